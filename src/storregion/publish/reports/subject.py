"""The place that a report is about, and how its cells are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from storregion.core.errors import CallError, nearest
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.core.reads import once
from storregion.core.workspace import Workspace
from storregion.publish.labels import code_labels, municipality_labels, node_labels
from storregion.publish.reports.wording import WORDS
from storregion.publish.site import Site
from storregion.publish.view import Label, View

KINDS = ("municipality", "county")
"""The kinds of places that there are reports for."""


@dataclass(frozen=True)
class Subject:
    """A municipality or county in one language."""

    site: Site
    language: Language
    code: str
    name: str
    kind: str
    county: str

    @property
    def workspace(self) -> Workspace:
        """Where the cells are read."""
        return self.site.workspace

    @property
    def group(self) -> str:
        """The short name of the group."""
        return self.workspace.group.short[self.language]

    @once
    def members(self) -> list[str]:
        """The municipalities that it consists of."""
        found: list[str] = (
            self.workspace.table("membership").filter(place=self.code)["municipality"].to_list()
        )
        return found

    @once
    def nodes(self) -> pl.DataFrame:
        """The nodes that lie in it."""
        inside = pl.col("municipality").is_in(self.members)
        return self.workspace.table("nodes").filter(inside).sort("name")

    @once
    def region(self) -> str:
        """Who plans for the county."""
        return self.workspace.group.counties[self.county].region

    @once
    def names(self) -> dict[str, str]:
        """The name of every place of the group, by code."""
        rows = self.workspace.table("places")
        pairs = zip(rows["place"], rows[f"name_{self.language}"], strict=True)
        return {code: name[:1].upper() + name[1:] for code, name in pairs}

    @once
    def labels(self) -> dict[str, dict[str, Label]]:
        """The words for codes in tables, by column."""
        places = municipality_labels(self.site, self.language)
        nodes = node_labels(self.site, self.language)
        known = {code: Label(name) for code, name in self.names.items()}
        own = {
            column: {
                name.removeprefix(f"report_{column}_"): Label(text[self.language])
                for name, text in WORDS.items()
                if name.startswith(f"report_{column}_")
            }
            for column in ("sector", "kind")
        }
        return {
            **code_labels(self.language),
            **dict.fromkeys(("node", "origin", "destination", "one", "two"), nodes),
            **dict.fromkeys(("home", "work", "municipality", "largest_destination", "centre"), places),
            "place": known,
            **own,
        }

    def there(self, *tables: str) -> bool:
        """Whether the group has all these tables."""
        return all(table in self.workspace.steps for table in tables)

    def cell(self, table: str, column: str, row: dict[str, Any]) -> Figure:
        """The figure of a column in a row read from a table."""
        return self.workspace.cell(self.workspace.schemas[table], column, row)

    def latest(self, table: str) -> pl.DataFrame:
        """The rows of a table's latest year."""
        rows = self.workspace.table(table)
        return rows.filter(pl.col("year") == rows["year"].max())

    def view(
        self,
        table: str,
        title: str,
        rows: pl.DataFrame,
        columns: tuple[str, ...] = (),
        labels: Mapping[str, Mapping[str, Label]] | None = None,
    ) -> View:
        """Rows of a table with every code in words; `labels` go before the place's own."""
        schema = self.workspace.schemas[table]
        reasons = {column.absent for column in schema.columns} | {"basis"}
        shown = columns or tuple(column.name for column in schema.columns if column.name not in reasons)
        every = {**self.labels, **(labels or {})}
        known = {column: words for column, words in every.items() if column in rows.columns}
        return View(table, title, self.workspace, schema, rows, shown, self.language, known)


def subject(site: Site, language: Language, wanted: str) -> Subject:
    """The place of a code or a name.

    Parameters
    ----------
    site : where it is looked for.
    language : of its name.
    wanted : the code, or the name in either language, in any case.

    Raises
    ------
    CallError
        There is none, or reports are not made for its kind.
    """
    rows = site.workspace.table("places").filter(pl.col("kind").is_in(KINDS))
    for row in rows.iter_rows(named=True):
        if wanted.casefold() in (row["place"], row["name_sv"].casefold(), row["name_en"].casefold()):
            name = row[f"name_{language}"]
            return Subject(site, language, row["place"], name, row["kind"], row["county"] or row["place"])
    known = [*rows["place"], *rows["name_sv"]]
    raise CallError(f"municipality or county {wanted!r} does not exist; {nearest(wanted, known)}")


def codes(site: Site) -> list[str]:
    """The codes of all places that there are reports for, counties last."""
    rows = site.workspace.table("places").filter(pl.col("kind").is_in(KINDS))
    order = dict(zip(rows["place"], rows["kind"], strict=True))
    return sorted(order, key=lambda code: (KINDS.index(order[code]), code))
