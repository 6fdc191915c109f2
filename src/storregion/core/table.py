"""Typed tables: a schema says what a table means, and faults() holds a frame to it.

Three things every table of ours says in itself:

basis
    Whether a row was observed, estimated or assumed (`BASIS`).
absence
    Why a value is not there. A column names its companion in `absent`; the value is empty exactly
    where the companion gives a reason from `ABSENCES`. Missing is not suppressed is not zero.
key
    Which columns make a row unique.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from storregion.core.errors import CallError, TableError, nearest
from storregion.core.language import Text
from storregion.core.words import Said, word_file

BASES = ("observed", "estimated", "assumed")
ABSENCES = ("missing", "suppressed", "not_applicable", "not_comparable")
FAULTS_SHOWN = 1000

DataType = pl.DataType | type[pl.DataType]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit and meaning, and the values it may hold.

    `unit` names what a number counts (`persons`, `percent`, `share`, `points`, `year`, `km2`, …); words
    carry `code`, `name` or `text`. `absent` names the companion column that says why a value is empty;
    `optional` lets plain attributes be empty without a reason. `pattern` is a regular expression for the
    whole value, `refers` the (table, column) whose values are the only ones allowed. `cumulative` says that
    each year's value counts from one base year: values of neighbouring years then rest on mostly the same
    years, and no trend can be read out of them. `said` gives the words, and is called when they are needed;
    a schema gives it to the columns that have none.
    """

    name: str
    dtype: DataType
    unit: str
    key: bool = False
    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    absent: str | None = None
    optional: bool = False
    refers: tuple[str, str] | None = None
    cumulative: bool = False
    said: Callable[[], Said] | None = field(default=None, compare=False, repr=False)

    @property
    def numeric(self) -> bool:
        """Whether the column holds numbers, not words or codes; a year is a number."""
        return self.dtype in (pl.Int64, pl.Float64)

    @property
    def label(self) -> Text:
        """What readers see above the column."""
        return self._words.title

    @property
    def about(self) -> Text:
        """What the column means."""
        return self._words.about

    @property
    def _words(self) -> Said:
        if self.said is None:
            raise CallError(f"column {self.name!r} belongs to no table yet, so it has no words")
        return self.said()


def weakest(column: str = "basis") -> pl.Expr:
    """The weakest basis among the rows of a group, for aggregation."""
    values = pl.col(column)
    return (
        pl.when((values == "assumed").any())
        .then(pl.lit("assumed"))
        .when((values == "estimated").any())
        .then(pl.lit("estimated"))
        .otherwise(pl.lit("observed"))
        .alias("basis")
    )


def weaker(*columns: str) -> pl.Expr:
    """The weakest of the bases in several columns, row by row; an empty one says nothing."""
    least = pl.max_horizontal(pl.col(name).replace_strict(BASES, range(len(BASES))) for name in columns)
    return least.replace_strict(range(len(BASES)), BASES, return_dtype=pl.String).alias("basis")


def weakest_of(least: str, *tables: pl.DataFrame) -> str:
    """The weakest basis in whole tables, for what rests on all of their rows.

    Parameters
    ----------
    least : the basis that a result has where nothing in them is weaker: `estimated` for that of a model.
    tables : with the column `basis`; empty ones say nothing.
    """
    found: list[str] = [basis for table in tables for basis in table["basis"].unique(maintain_order=True)]
    return max(least, *found, key=BASES.index) if found else least


def weakest_until(least: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The weakest basis in each year and those before it, for what goes on from year to year: `year, basis`.

    Parameters
    ----------
    least : the basis that a result has where nothing is weaker.
    rows : with the columns `year` and `basis`.
    """
    years = rows.group_by("year", maintain_order=True).agg(weakest()).sort("year")
    rank = (
        pl.col("basis")
        .replace_strict(BASES, range(len(BASES)))
        .cum_max()
        .clip(lower_bound=BASES.index(least))
    )
    return years.select("year", basis=rank.replace_strict(range(len(BASES)), BASES, return_dtype=pl.String))


@dataclass(frozen=True)
class Schema:
    """What one table holds. Written once, it validates, documents, labels and reads the table.

    `module` is where it is written; `said` gives its title and meaning, and is called when they are needed.
    """

    name: str
    columns: tuple[Column, ...]
    said: Callable[[], Said] = field(compare=False, repr=False)
    module: str = ""

    @property
    def title(self) -> Text:
        """What readers see above the table."""
        return self.said().title

    @property
    def about(self) -> Text:
        """What the table holds."""
        return self.said().about

    def renamed(self, name: str, module: str) -> "Schema":
        """A table of the same columns with a name of its own.

        Parameters
        ----------
        name : the name.
        module : the `__name__` of the module it is written in; the title, and the meaning where that differs,
            lie in the file beside it.
        """
        words = word_file(module)
        return replace(self, name=name, module=module, said=lambda: words.table(name, like=self.said))

    def __getitem__(self, name: str) -> Column:
        """The column of that name, or an error with the nearest one."""
        for column in self.columns:
            if column.name == name:
                return column
        names = [column.name for column in self.columns]
        raise CallError(f"table {self.name!r} has no column {name!r}; {nearest(name, names)}")

    @property
    def key(self) -> list[str]:
        """The names of the columns that make a row unique."""
        return [column.name for column in self.columns if column.key]

    def check(
        self, frame: pl.DataFrame, *, maker: str, known: Mapping[tuple[str, str], pl.Series] | None = None
    ) -> pl.DataFrame:
        """Return the frame with its columns in order, or raise with all faults. Nothing is cast or filled.

        Parameters
        ----------
        frame : the rows.
        maker : what made them, for the message.
        known : the allowed values of columns that refer to another table, by (table, column).

        Raises
        ------
        TableError
            Columns missing or unknown, wrong types, empty values without a reason, values out of bounds
            or unknown, repeated keys.
        """
        wanted = [column.name for column in self.columns]
        found = [f"column {name!r} is missing" for name in wanted if name not in frame.columns]
        found += [
            f"column {name!r} is not in the schema; {nearest(name, wanted)}"
            for name in frame.columns
            if name not in wanted
        ]
        found += [
            f"column {column.name!r} is {frame[column.name].dtype}, expected {column.dtype}"
            for column in self.columns
            if column.name in frame.columns and frame[column.name].dtype != column.dtype
        ]
        rows = pl.int_range(1, frame.height + 1, eager=True)
        found = found or self.faults(frame, rows, known or {})
        if found:
            raise TableError(f"{maker} does not make a valid table {self.name!r}:\n  {listed(found)}")
        return frame.select(wanted)

    def faults(
        self,
        frame: pl.DataFrame,
        rows: pl.Series,
        known: Mapping[tuple[str, str], pl.Series],
        reported: Mapping[str, pl.Series] | None = None,
    ) -> list[str]:
        """Every fault in the values of a frame whose columns have the right types.

        Parameters
        ----------
        frame : rows with some or all of the schema's columns.
        rows : the number by which each row is to be named, same length.
        known : the allowed values of columns that refer to another table, by (table, column).
        reported : by column, which of its cells have a fault that is already reported; those are passed over.
        """
        reported = reported or {}
        found: list[str] = []
        present = [column for column in self.columns if column.name in frame.columns]
        tests = [(column, *one) for column in present for one in _tests(column, frame.columns, known)]
        # All at once, as each question to a frame costs; rows are looked for where something is wrong.
        wrong_at_all = frame.select(wrong.any().alias(f"{at}") for at, (_, wrong, _) in enumerate(tests))
        for (column, wrong, what), any_wrong in zip(
            tests, wrong_at_all.rows()[0] if tests else (), strict=True
        ):
            if not any_wrong:
                continue
            values, hits = frame[column.name], frame.select(wrong.fill_null(False)).to_series()
            if column.name in reported:
                hits &= ~reported[column.name]
            found += [
                f"row {row}, column {column.name!r}: {what.replace('{value}', _shown(value))}"
                for row, value in zip(rows.filter(hits), values.filter(hits), strict=True)
            ]
        return found + self._repeated(frame, rows, reported)

    def _repeated(self, frame: pl.DataFrame, rows: pl.Series, reported: Mapping[str, pl.Series]) -> list[str]:
        if not self.key or not set(self.key) <= set(frame.columns):
            return []
        if unreadable := [reported[name] for name in self.key if name in reported]:
            whole = pl.select(~pl.any_horizontal(*unreadable)).to_series()
            frame, rows = frame.filter(whole), rows.filter(whole)
        # A number for each row takes far less room than the rows; only equal numbers are looked into.
        numbers = frame.select(self.key).hash_rows()
        if numbers.n_unique() == numbers.len():
            return []
        twice = frame.select(self.key).is_duplicated()
        groups: dict[tuple[Any, ...], list[int]] = {}
        for row, values in zip(rows.filter(twice), frame.filter(twice).select(self.key).rows(), strict=True):
            groups.setdefault(values, []).append(row)
        return [
            f"rows {', '.join(map(str, same))}: the key {self.key} is repeated: "
            f"[{', '.join(map(_shown, values))}]"
            for values, same in groups.items()
        ]


def listed(faults: Sequence[str]) -> str:
    """Faults as lines of a message, the number of any beyond the limit said."""
    rest = len(faults) - FAULTS_SHOWN
    return "\n  ".join(faults[:FAULTS_SHOWN]) + (f"\n  … and {rest} faults more" if rest > 0 else "")


def _tests(
    column: Column, there: Sequence[str], known: Mapping[tuple[str, str], pl.Series]
) -> list[tuple[pl.Expr, str]]:
    """What makes a value of the column wrong, with the words to say so.

    Parameters
    ----------
    column : of a frame in which its values have the right type.
    there : the names of the frame's columns.
    known : as of `Schema.faults`.
    """
    values = pl.col(column.name)
    tests: list[tuple[pl.Expr, str]] = []
    if column.absent is not None and column.absent in there:
        reason = pl.col(column.absent).is_not_null()
        tests.append((values.is_null() & ~reason, f"empty, but {column.absent!r} gives no reason"))
        tests.append((values.is_not_null() & reason, f"{{value}}, but {column.absent!r} says it is absent"))
    elif not column.optional:
        tests.append((values.is_null(), "empty; give a value"))
    if column.dtype == pl.Float64:
        tests.append((values.is_nan() | values.is_infinite(), "{value} is not a finite number"))
    if column.least is not None:
        tests.append((values < column.least, f"{{value}} is below {column.least:g}"))
    if column.most is not None:
        tests.append((values > column.most, f"{{value}} is above {column.most:g}"))
    if column.pattern is not None:
        fits = values.str.contains(f"^(?:{column.pattern})$")
        tests.append((~fits, f"{{value}} does not look like {column.pattern}"))
    if column.choices:
        tests.append((~values.is_in(column.choices), f"{{value}} is not one of {', '.join(column.choices)}"))
    if column.refers is not None and column.refers in known:
        allowed = pl.lit(known[column.refers].implode())
        tests.append((~values.is_in(allowed), f"{{value}} is unknown in {column.refers[0]!r}"))
    return tests


def misfits(column: Column, values: pl.Series, known: Mapping[tuple[str, str], pl.Series]) -> dict[int, str]:
    """What is wrong with values, by their position; empty ones are passed over.

    Parameters
    ----------
    column : what they are to be.
    values : of the column's type.
    known : the allowed values of columns that refer to another table, by (table, column).
    """
    lone = replace(column, absent=None, optional=True)
    found: dict[int, str] = {}
    frame = values.alias(column.name).to_frame()
    for wrong, what in _tests(lone, (), known):
        for at in frame.select(wrong.fill_null(value=False)).to_series().arg_true():
            found.setdefault(at, what.removeprefix("{value} "))
    return found


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]
