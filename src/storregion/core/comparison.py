"""Two scenarios side by side: every table as A, B and B−A, rows matched by key, absence with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from storregion.core import columns
from storregion.core.language import Text
from storregion.core.lineage import OF_BASE, Figure, Origin, Record, Row
from storregion.core.reads import once
from storregion.core.table import ABSENCES, Column, Schema, weaker
from storregion.core.words import Said
from storregion.core.workspace import Workspace, figure_of

NO_ROW = "no_row"
"""The reason for an empty value where only the other scenario has the row."""
_UNITS = {"percent": "points", "percent_a_year": "points", "share": "share_points"}
"""The units of differences, where they are not those of the measure."""

COMPARED = columns.schema(
    "comparison",
    __name__,
    columns.number("in_scenario", "ratio"),
    columns.number("difference", "ratio"),
    columns.text("reason"),
    columns.code("present", choices=("both", "a", "b")),
    columns.code("basis_a", optional=True),
    columns.code("basis_b", optional=True),
)
"""What a comparison has in place of a table's own columns; the words of the first three are patterns."""


def sides(measure: str) -> tuple[str, str, str]:
    """The columns that hold a measure in a comparison: A, B, B−A.

    Examples
    --------
    >>> sides("with_wait")
    ('with_wait_a', 'with_wait_b', 'with_wait_difference')
    """
    return f"{measure}_a", f"{measure}_b", f"{measure}_difference"


@dataclass(frozen=True)
class Comparison:
    """A table in two scenarios. It gives cells, records and origins, as a workspace does.

    Attributes
    ----------
    a, b : the group opened with one scenario each.
    table : the table's name.
    only : the measures to compare; all columns but the key, the basis and shapes when empty.
    """

    a: Workspace
    b: Workspace
    table: str
    only: tuple[str, ...] = ()

    @once
    def of(self) -> Schema:
        """The schema of the table itself."""
        return self.a.steps[self.a.known(self.table)].schema

    @once
    def measures(self) -> list[Column]:
        """The columns that are compared."""
        apart = {"basis", *self.of.key, *(column.absent for column in self.of.columns)}
        free = [it for it in self.of.columns if it.name not in apart and it.dtype != pl.Binary]
        return [self.of[name] for name in self.only] or free

    @once
    def _has_basis(self) -> bool:
        return any(column.name == "basis" for column in self.of.columns)

    @once
    def schema(self) -> Schema:
        """The schema of `frame`; its title and meaning are those of the table."""
        made = [column for column in self.of.columns if column.key]
        made += [part for column in self.measures for part in self._parts(column)]
        made.append(COMPARED["present"])
        if self._has_basis:
            made += [COMPARED["basis_a"], COMPARED["basis_b"], self.of["basis"]]
        return Schema(self.table, tuple(made), self.of.said, self.of.module)

    def _parts(self, column: Column) -> Iterator[Column]:
        """A, B and, for a number, B−A; each followed by the reason for its absence, unless it is optional."""
        titles = (self.a.scenario.title, self.b.scenario.title, self.a.scenario.title)
        bare = replace(column, refers=None, pattern=None, choices=(), least=None, most=None)
        for name, title in zip(sides(column.name), titles, strict=True):
            change = name == sides(column.name)[2]
            if change and not column.numeric:
                continue
            words = partial(_said, "difference" if change else "in_scenario", column, title)
            unit = _UNITS.get(column.unit, column.unit) if change else column.unit
            absent = None if column.optional else f"{name}_absent"
            part = replace(bare, name=name, unit=unit, absent=absent, said=words)
            yield part
            if absent:
                why = partial(_said, "reason", part, title)
                yield columns.code(absent, choices=(*ABSENCES, NO_ROW), optional=True, said=why)

    @once
    def frame(self) -> pl.DataFrame:
        """Every row of either scenario, with the columns of `schema`, sorted by key."""
        one, two = self._side(self.a, "a"), self._side(self.b, "b")
        both = one.join(two, on=self.of.key, how="full", coalesce=True, nulls_equal=True)
        gone = {side: pl.col(f"in_{side}").is_null() for side in "ab"}
        present = (
            pl.when(gone["a"]).then(pl.lit("b")).when(gone["b"]).then(pl.lit("a")).otherwise(pl.lit("both"))
        )
        bases = [weaker("basis_a", "basis_b")] if self._has_basis else []
        changes = [change for column in self.measures for change in _changes(column, gone)]
        whole = both.with_columns(present.alias("present"), *bases, *changes)
        return whole.select(column.name for column in self.schema.columns).sort(self.of.key)

    def _side(self, workspace: Workspace, side: str) -> pl.DataFrame:
        """The rows of one scenario, each column but the key named after the side."""
        held = {f"{it.name}_{side}": pl.col(it.name) for it in self.measures}
        held |= {
            f"{it.name}_{side}_absent": pl.col(it.absent) if it.absent else pl.lit(None, pl.String)
            for it in self.measures
            if not it.optional
        }
        if self._has_basis:
            held[f"basis_{side}"] = pl.col("basis")
        return workspace.table(self.table).select(*self.of.key, **held, **{f"in_{side}": pl.lit(True)})

    def differing(self) -> pl.DataFrame:
        """The rows of `frame` that differ, with the measures that do so in any row.

        A row that one scenario alone has differs, and so does one that is known in another way.
        """
        unlike = {it.name: _unlike(it) for it in self.measures}
        known = [pl.col("basis_a").ne_missing(pl.col("basis_b"))] if self._has_basis else []
        rows = self.frame.filter(pl.any_horizontal(pl.col("present") != "both", *known, *unlike.values()))
        left_out = set()
        for name, differs in unlike.items():
            parts = [part for side in sides(name) for part in (side, f"{side}_absent")]
            alike = not rows.select(differs.any()).item()
            left_out |= {it for it in parts if alike or (it.endswith("_absent") and _empty(rows, it))}
        return rows.drop(left_out, strict=False)

    def changed(self, measure: str) -> pl.DataFrame:
        """The rows in which one measure differs: the key, A, B, B−A, and which scenarios have the row."""
        rows = self.frame.filter(_unlike(self.of[measure]))
        shown = [*self.of.key, *sides(measure), "present"]
        return rows.select(name for name in shown if name in rows.columns)

    def most_changed(self, measure: str, most: int) -> pl.DataFrame:
        """The rows of `changed` in which a number differs most, one for each of what the table is about.

        A place that differs in many years or variants has one row, that of its largest difference. What is no
        number, or has none in one of the scenarios, keeps its order.

        Parameters
        ----------
        measure : the column's name.
        most : rows at most.
        """
        rows = self.changed(measure)
        if (difference := sides(measure)[2]) not in rows.columns:
            return rows.head(most)
        about = [it.name for it in self.of.columns if it.key and it.name != "year" and not it.choices]
        ordered = rows.sort(pl.col(difference).abs(), descending=True, nulls_last=True, maintain_order=True)
        return (ordered.unique(about, keep="first", maintain_order=True) if about else ordered).head(most)

    # ---- what a view asks of a workspace

    def key(self, table: str) -> str:
        """The content keys of the table in A and in B."""
        return f"{self.a.key(table)}..{self.b.key(table)}"

    def cell(self, schema: Schema, column: str, row: Row) -> Figure:
        """The figure of one column in a row of `frame`: that of its own scenario, or the difference."""
        for workspace, side in ((self.a, "a"), (self.b, "b")):
            measure = column.removesuffix(f"_{side}")
            if measure != column and any(it.name == measure for it in self.measures):
                found = figure_of(schema, column, row, workspace.key(self.table))
                own = row.get(f"basis_{side}")
                return replace(found, column=measure, basis=found.basis if own is None else str(own))
        return figure_of(schema, column, row, self.key(self.table))

    def record(self, table: str) -> Record:
        """How the comparison was made: out of the table in B and in A."""
        one, two = self.a.record(table), self.b.record(table)
        inputs = {table: two.key, f"{table}{OF_BASE}": one.key}
        return Record(table, self.key(table), __name__, {}, {}, {}, inputs, (), (), self.frame.height)

    def trace(self, table: str) -> list[Record]:
        """Every record behind the table in B and in A."""
        found = {record.key: record for it in (self.b, self.a) for record in it.trace(table)}
        return list(found.values())

    def origins(self, table: str) -> list[Origin]:
        """Every raw file behind the table in B and in A."""
        found = {origin.file: origin for it in (self.b, self.a) for origin in it.origins(table)}
        return list(found.values())


def _said(pattern: str, column: Column, scenario: Text) -> Said:
    """The words of a column that stands for another in a scenario."""
    words = COMPARED[pattern]

    def filled(text: Text) -> Text:
        parts = {"column": column.label, "about": column.about, "scenario": scenario}
        sv, en = ({name: part[it] for name, part in parts.items()} for it in ("sv", "en"))
        return Text(text.sv.format(**sv), text.en.format(**en))

    return Said(filled(words.label), filled(words.about))


def _changes(column: Column, gone: dict[str, pl.Expr]) -> Iterator[pl.Expr]:
    """B−A of a number, and why A, B and B−A are absent: for B−A the reason of A, else that of B."""
    a, b, difference = sides(column.name)
    if column.numeric:
        yield (pl.col(b) - pl.col(a)).alias(difference)
    if not column.optional:
        why_a, why_b = (
            pl.when(gone[side]).then(pl.lit(NO_ROW)).otherwise(pl.col(f"{name}_absent"))
            for side, name in (("a", a), ("b", b))
        )
        yield why_a.alias(f"{a}_absent")
        yield why_b.alias(f"{b}_absent")
        if column.numeric:
            yield pl.coalesce(why_a, why_b).alias(f"{difference}_absent")


def _unlike(column: Column) -> pl.Expr:
    a, b, _ = sides(column.name)
    values = pl.col(a).ne_missing(pl.col(b))
    return values if column.optional else values | pl.col(f"{a}_absent").ne_missing(pl.col(f"{b}_absent"))


def _empty(rows: pl.DataFrame, column: str) -> bool:
    return column in rows.columns and rows[column].null_count() == rows.height
