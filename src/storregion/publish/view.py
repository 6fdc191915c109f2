"""A view: some rows of one table, as a page shows them and as files carry them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from storregion.core.comparison import Comparison
from storregion.core.errors import CallError
from storregion.core.language import Language
from storregion.core.lineage import Figure, Origin, Record, Row
from storregion.core.reads import once
from storregion.core.scenario import BASE
from storregion.core.table import BASES, Column, Schema
from storregion.core.workspace import Workspace
from storregion.publish.pictures.maps import Key


@dataclass(frozen=True)
class Label:
    """Words in a cell, and the page they lead to."""

    text: str
    target: str | None = None


_NARROW = 40
"""Characters that still read well in a narrow cell, on two or three lines."""


@dataclass(frozen=True)
class Picture:
    """A picture of a view: what it is called, what it says in words, and how it is drawn.

    `draw` makes the SVG text for a width in pixels, `spec` the Vega-Lite specification if it has one.
    `subtitle` and `keys` are the unit and the legend that stand beside the drawing; `bare` makes it without
    them where `draw` has them inside.
    """

    alt: str
    draw: Callable[[int], str]
    spec: Callable[[int], dict[str, object]] | None = None
    subtitle: str = ""
    keys: Sequence[Key] = ()
    bare: Callable[[int], str] | None = None


@dataclass(frozen=True)
class View:
    """Rows of one table under a title, with what a reader must know about them.

    Attributes
    ----------
    name : the stem of the view's files.
    title : what it shows.
    schema : the table's schema.
    frame : the rows, all columns of the table.
    columns : the columns shown, in order.
    language : of labels and files.
    labels : for columns of codes, the words and targets that stand for each code.
    picture : the picture above the table, if any.
    note : what else a reader must know.
    comparison : where the rows are those of a comparison, which the figures and sources then come from;
        `workspace` is its B.
    """

    name: str
    title: str
    workspace: Workspace
    schema: Schema
    frame: pl.DataFrame
    columns: Sequence[str]
    language: Language
    labels: Mapping[str, Mapping[str, Label]] = field(default_factory=dict)
    picture: Picture | None = None
    note: str | None = None
    comparison: Comparison | None = None

    @property
    def shown(self) -> list[Column]:
        """The columns shown."""
        return [self.schema[name] for name in self.columns]

    @once
    def wordy(self) -> set[str]:
        """The columns with a text too long for a narrow cell."""
        texts = [column.name for column in self.shown if column.unit == "text"]
        longest = self.frame.select(pl.col(texts).str.len_chars().max()).row(0) if texts else ()
        return {name for name, size in zip(texts, longest, strict=True) if size and size > _NARROW}

    @once
    def rows(self) -> list[list[Label | Figure]]:
        """The cells, row by row: words, or figures that know where they come from."""
        return [
            [self._cell(column, row) for column in self.shown] for row in self.frame.iter_rows(named=True)
        ]

    @once
    def worded(self) -> pl.DataFrame:
        """The rows with the words for their codes, as columns `CODE_name`."""
        words = {
            name: {code: label.text for code, label in known.items()}
            for name, known in self.labels.items()
            if name in self.frame.columns and f"{name}_name" not in self.frame.columns
        }
        return self.frame.with_columns(
            pl.col(name)
            .cast(pl.String)
            .replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.String)
            .alias(f"{name}_name")
            for name, known in words.items()
        )

    @property
    def _source(self) -> Workspace | Comparison:
        return self.comparison or self.workspace

    def figure(self, column: str, row: Row) -> Figure:
        """The figure of one column in a row of the view."""
        return self._source.cell(self.schema, column, row)

    def _cell(self, column: Column, row: Row) -> Label | Figure:
        value = row[column.name]
        if column.numeric and column.name not in self.schema.key:
            return self.figure(column.name, row)
        if isinstance(value, str) and (known := self.labels.get(column.name, {}).get(value)):
            return known
        return Label("" if value is None else str(value))

    @once
    def basis(self) -> str:
        """The weakest basis among the rows."""
        if "basis" not in self.frame.columns or self.frame.is_empty():
            return "observed"
        found: list[str] = self.frame["basis"].unique(maintain_order=True).to_list()
        return max(found, key=BASES.index)

    @once
    def uniform(self) -> bool:
        """Whether all rows are known in the same way, so that it is said once and no figure is marked."""
        return "basis" not in self.frame.columns or self.frame["basis"].n_unique() <= 1

    @once
    def record(self) -> Record:
        """How the table was made."""
        return self._source.record(self.schema.name)

    @once
    def origins(self) -> list[Origin]:
        """The raw files behind the table."""
        return self._source.origins(self.schema.name)

    @property
    def producers(self) -> list[str]:
        """Who published the raw files, in the view's language."""
        return list(dict.fromkeys(origin.published_by(self.language) for origin in self.origins))

    @property
    def licences(self) -> list[str]:
        """The licences of the raw files, in the view's language."""
        return list(dict.fromkeys(origin.terms(self.language) for origin in self.origins))

    @property
    def caveats(self) -> list[str]:
        """What is known to be wrong with the raw files, and where series break within the view's years."""
        defects = [text for origin in self.origins if (text := origin.defects[self.language])]
        return list(dict.fromkeys([*defects, *self.breaks]))

    @once
    def breaks(self) -> list[str]:
        """The series breaks of the tables that the view rests on, from the year after its first on."""
        if "series_breaks" not in self.workspace.steps or "year" not in self.frame.columns:
            return []
        behind = [record.table for record in self._source.trace(self.schema.name)]
        years = self.frame["year"].drop_nulls().unique(maintain_order=True)
        found = self.workspace.table("series_breaks").filter(pl.col("series").is_in(behind)).sort("year")
        words = {"sv": "Tidsseriebrott", "en": "Series break"}[self.language]
        return [
            f"{words} {row['year']}: {row[f'about_{self.language}']}"
            for row in found.iter_rows(named=True)
            if len(years) and min(years) < row["year"] <= max(years)
        ]

    @property
    def citation(self) -> str:
        """How to cite the view."""
        scenario = self.workspace.scenario
        group = self.workspace.group.short[self.language]
        if self.workspace.scenario_name != BASE:
            group += f" [{scenario.title[self.language]}]"
        sources = ", ".join(self.producers)
        table, key = self.schema.name, self.record.key
        if self.language == "sv":
            return f"{group}: {self.title}. storregion, tabell {table}, version {key}. Källa: {sources}."
        return f"{group}: {self.title}. storregion, table {table}, version {key}. Source: {sources}."


def embedded(view: View) -> str:
    """A view's picture as part of a page: without the style that its file carries."""
    if view.picture is None:
        raise CallError(f"the view {view.name!r} has no picture")
    text = view.picture.draw(0)
    start, end = text.index("<style>"), text.index("</style>") + len("</style>")
    return text[:start] + text[end:]
