"""Relations that numbers must keep to, and what breaks them: bounds between numbers, not of one alone.

A schema says what one cell may hold. That deaths and person-years were exchanged, that one place is ten times
too large, or that parts come to more than their whole, only two numbers together can say. What breaks a
relation need not be wrong, so it is asked about, and a group may accept it with a reason.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import polars as pl
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import SettingError, nearest, some

Tables = Callable[[str], pl.DataFrame]
"""Gives a table by its name."""
ACCEPTED = "accepted.toml"


@dataclass(frozen=True)
class Relation:
    """What must hold between two numbers.

    Attributes
    ----------
    name : for the file of what is accepted.
    numbers : makes, of tables, the columns that name a place, and then `a` and `b`; what is null is passed
        over.
    says : what `a` and `b` are, in words.
    least, most : between what a / b must lie; where b is 0, a must be. As they are, both are the same.
    """

    name: str
    numbers: Callable[[Tables], pl.DataFrame]
    says: tuple[str, str]
    least: float = 1.0
    most: float = 1.0

    def broken(self, tables: Tables) -> pl.DataFrame:
        """The rows of `numbers` that do not keep to the relation."""
        a, b = pl.col("a").cast(pl.Float64), pl.col("b").cast(pl.Float64)
        # What is written with some decimals differs in the last of them.
        room = 1e-9 * pl.max_horizontal(a.abs(), b.abs())
        return self.numbers(tables).filter((a < b * self.least - room) | (a > b * self.most + room))


class NotMadeError(Exception):
    """A table that the group does not have: there is nothing to compare."""


@dataclass(frozen=True)
class _Used:
    """Gives tables, and remembers which."""

    tables: Tables
    made: frozenset[str]
    names: list[str] = field(default_factory=list)

    def __call__(self, name: str) -> pl.DataFrame:
        if name not in self.made:
            raise NotMadeError(name)
        self.names.append(name)
        return self.tables(name)


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that breaks a relation and is right all the same: where, and why."""

    relation: str
    because: Annotated[str, Meta(min_length=1)]
    where: Annotated[dict[str, str | int], Meta(min_length=1)]


class AcceptedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a group has accepted: `accepted.toml`."""

    accepted: tuple[Kept, ...] = ()


def accepted(folder: Path, relations: Sequence[Relation]) -> tuple[Kept, ...]:
    """What a group has accepted: its `accepted.toml`, if there is one.

    Parameters
    ----------
    folder : the group's folder.
    relations : all that there are.

    Raises
    ------
    SettingError
        It names a relation that does not exist.
    """
    path = folder / ACCEPTED
    if not path.is_file():
        return ()
    known = {relation.name for relation in relations}
    kept = settings.read(path, AcceptedFile).accepted
    for one in kept:
        if one.relation not in known:
            raise SettingError(
                f"{path}: there is no relation {one.relation!r}; {nearest(one.relation, known)}"
            )
    return kept


@dataclass(frozen=True)
class Answer:
    """How many relations were looked at, and a question for each that something breaks."""

    compared: int
    questions: tuple[str, ...]


def compared(
    relations: Sequence[Relation],
    tables: Tables,
    made: Iterable[str],
    kept: Sequence[Kept] = (),
    report: Callable[[int, int, str], None] | None = None,
) -> Answer:
    """Hold the tables to the relations; what is accepted needlessly is asked about too.

    Parameters
    ----------
    relations : those to look at; one whose tables are not all there is passed over.
    tables : gives a table.
    made : the tables that there are.
    kept : what is accepted.
    report : called with the number done, the number in all and the relation after each.
    """
    there, lines, looked_at, fitting = frozenset(made), list[str](), set[str](), set[int]()
    for done, relation in enumerate(relations, 1):
        used = _Used(tables, there)
        try:
            rows = relation.broken(used).to_dicts()
        except NotMadeError:
            continue
        looked_at.add(relation.name)
        fits = [[number for number, one in enumerate(kept) if _fits(one, relation, row)] for row in rows]
        fitting.update(number for numbers in fits for number in numbers)
        if asked := [row for row, numbers in zip(rows, fits, strict=True) if not numbers]:
            lines.append(_line(relation, list(dict.fromkeys(used.names)), asked))
        if report is not None:
            report(done, len(relations), relation.name)
    lines += [
        f"{ACCEPTED} accepts {one.relation} where {_where(one.where)}, which keeps to it; take it out"
        for number, one in enumerate(kept)
        if number not in fitting and one.relation in looked_at
    ]
    return Answer(len(looked_at), tuple(lines))


def _fits(one: Kept, relation: Relation, row: Mapping[str, object]) -> bool:
    return one.relation == relation.name and all(row.get(name) == value for name, value in one.where.items())


def _line(relation: Relation, tables: Sequence[str], rows: Sequence[Mapping[str, object]]) -> str:
    """A question: where, both numbers, what would be plausible, and what to write when it is right."""
    a, b = relation.says
    places = (f"{_where(_place(row))}: {_number(row['a'])}, {_number(row['b'])}" for row in rows)
    shown = some(places, between="; ")
    where = ", ".join(f"{name} = {_toml(value)}" for name, value in _place(rows[0]).items())
    return (
        f"{', '.join(tables)}: {a} should be {_limits(relation)} {b}, and is not at {shown}. Correct "
        f"the figures; or, where they are right, write in {ACCEPTED}: [[accepted]] relation = "
        f'"{relation.name}", where = {{ {where} }}, because = "…"'
    )


def _limits(relation: Relation) -> str:
    if relation.least == relation.most == 1:
        return "the same as"
    if relation.least == 0:
        return f"at most {relation.most:g} times"
    return f"{relation.least:g} to {relation.most:g} times"


def _place(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in ("a", "b")}


def _where(place: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in place.items()) or "altogether"


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _toml(value: object) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


# ---- kinds of numbers to compare


def neighbours(frame: pl.DataFrame, by: Sequence[str], value: str, least: float = 0) -> pl.DataFrame:
    """Each year's value `a` and that of the year before in the frame, `b`.

    Parameters
    ----------
    frame : a table with the column year.
    by : the columns that a series has in common.
    value : the column of values.
    least : a pair counts only when one of both is at least this; small numbers jump by themselves.
    """
    pairs = frame.drop_nulls(value).sort(*by, "year").select(*by, "year", a=value)
    pairs = pairs.with_columns(b=pl.col("a").shift(1).over(by) if by else pl.col("a").shift(1))
    return pairs.drop_nulls("b").filter(pl.max_horizontal("a", "b") >= least)


def totals(
    frame: pl.DataFrame, by: Sequence[str], value: str | pl.Expr, name: Literal["a", "b"]
) -> pl.DataFrame:
    """The sum of a value.

    Parameters
    ----------
    frame : a table.
    by : the columns that stay.
    value : what is summed.
    name : what the sum is to be called.
    """
    return (
        frame.group_by(by, maintain_order=True)
        .agg((pl.col(value) if isinstance(value, str) else value).sum().alias(name))
        .sort(by)
    )


def present(frame: pl.DataFrame, columns: Sequence[str], whole: pl.DataFrame | None = None) -> pl.DataFrame:
    """Which combinations of values have a row: `a` is 1 where one has, else 0, and `b` is 1.

    Parameters
    ----------
    frame : a table.
    columns : the columns whose values are combined.
    whole : the values that a first column should have; those that stand anywhere in the frame when None.
    """
    every = whole if whole is not None else frame.select(columns[0]).unique(maintain_order=True)
    for name in columns[1:]:
        every = every.join(frame.select(name).unique(maintain_order=True), how="cross")
    there = frame.select(columns).unique(maintain_order=True).with_columns(a=pl.lit(1))
    return (
        every.join(there, on=columns, how="left")
        .with_columns(pl.col("a").fill_null(0), b=pl.lit(1))
        .sort(columns)
    )
