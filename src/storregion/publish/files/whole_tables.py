"""Whole tables as files, once for both languages, at addresses of no language: `data/TABLE/TABLE.csv`."""

from functools import partial

from storregion.core.language import LANGUAGES
from storregion.core.reads import once
from storregion.publish.files.downloads import MANY, PACKED, WRITERS
from storregion.publish.files.metadata import Views
from storregion.publish.parts import Export
from storregion.publish.site import Site
from storregion.publish.view import View

MANY_CELLS = 25_000
"""Cells, a quarter of a megabyte of CSV, beyond which a whole table's CSV is packed, and is not also JSON."""


class Whole:
    """One whole table."""

    def __init__(self, site: Site, table: str) -> None:
        """Take the table; its rows are read when a file needs them.

        Parameters
        ----------
        site : the portal.
        table : its name.
        """
        self.workspace, self.table = site.workspace, table
        self.schema = site.workspace.schemas[table]

    @once
    def views(self) -> Views:
        """All rows and columns, with the words of each language."""
        names, frame = [column.name for column in self.schema.columns], self.workspace.table(self.table)
        return [
            View(self.table, self.schema.title[language], self.workspace, self.schema, frame, names, language)
            for language in LANGUAGES
        ]

    @once
    def endings(self) -> list[str]:
        """The endings of its files."""
        if self._rows > MANY:
            return list(PACKED)
        if self._rows * len(self.schema.columns) > MANY_CELLS:
            return ["csv.gz", "csv.gz-metadata.json", "xlsx", "parquet"]
        found = ["csv", "csv-metadata.json", "zip", "xlsx"]
        if self.schema.key and any(column.numeric and not column.key for column in self.schema.columns):
            found.append("json")
        return [*found, "parquet"]

    @property
    def _rows(self) -> int:
        """How many rows it has; the record says so without the table being read."""
        record = self.workspace.store.record(self.table, self.workspace.key(self.table))
        return self.workspace.table(self.table).height if record is None else record.rows

    def made(self, ending: str) -> bytes:
        """One of its files."""
        return WRITERS[ending][1](self.views)


def address(table: str, ending: str) -> str:
    """Where a file of a table lies."""
    return f"data/{table}/{table}.{ending}"


def files(site: Site) -> dict[str, Export]:
    """Every file of every table, by address, with its media type and what makes it."""
    found: dict[str, Export] = {}
    for table in site.workspace.schemas:
        whole = Whole(site, table)
        for ending in whole.endings:
            found[address(table, ending)] = (WRITERS[ending][0], partial(whole.made, ending))
    return found
