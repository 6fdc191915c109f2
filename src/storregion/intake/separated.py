"""A file of separated values as a grid of words: CSV and its kin."""

import io
import re
from dataclasses import replace
from pathlib import Path

import polars as pl

from storregion.core import csv_rows
from storregion.core.errors import DataError
from storregion.core.table import listed
from storregion.intake.grid import (
    Form,
    Grid,
    decoded,
    end_of,
    laid_out,
    note_of,
    opening_of,
    read_bytes,
    within,
)

SEPARATORS = (",", ";", "\t")
_BATCH = 50_000


def read_csv(path: Path, form: Form) -> Grid:
    """Read a file of separated values.

    Parameters
    ----------
    path : the file.
    form : how it is written; without a separator, the header row shows it.

    Raises
    ------
    DataError
        The separator is not clear, or rows differ in length; every such row is named.
    """
    text = decoded(path, read_bytes(path), form.encoding or "utf-8")
    *above, text = text.split("\n", form.skip_rows)
    if len(above) < form.skip_rows:
        raise DataError(f"{path} has {len(above)} rows; skip_rows = {form.skip_rows} leaves none")
    header = next((line for line in text.split("\n") if line.strip()), "")
    separator = form.separator or _separator(path, header)
    rows = _Rows(path, form)
    try:
        for number, row in csv_rows.rows(io.StringIO(text, newline=""), separator):
            rows.add(form.skip_rows + number, row)
    except csv_rows.BrokenRowError as error:
        raise DataError(f"{path}: row {form.skip_rows + error.row}: {error.why}") from None
    return rows.grid(separator)


class _Rows:
    """Rows of a CSV file as they come: first those of the header, then those of the table."""

    def __init__(self, path: Path, form: Form) -> None:
        self.path, self.form = path, form
        self.header: list[list[str]] = []
        self.header_rows: list[int] = []
        self.batches: list[pl.DataFrame] = []
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []
        self.wrong: list[tuple[int, int]] = []
        self.openings: list[tuple[int, str | None]] = []

    @property
    def width(self) -> int:
        return max(map(len, self.header), default=0)

    def add(self, number: int, row: list[str]) -> None:
        """Take the row of that number in the file."""
        if len(self.header) < self.form.header_rows:
            if row:
                self.header.append(row)
                self.header_rows.append(number)
            return
        if self.form.stop_at is not None:
            self.openings.append((number, opening_of(row, self.form, self.header)))
        if len(row) == self.width:
            self.rows.append(row)
            self.numbers.append(number)
        elif row:
            self.wrong.append((number, len(row)))
        if len(self.rows) == _BATCH:
            within(self.path, len(self.numbers) * self.width)
            self.batches.append(_words(self.rows, self.width))
            self.rows = []

    def grid(self, separator: str) -> Grid:
        """The table; rows of another length than the header are faults, but not below the table."""
        opening = pl.DataFrame(self.openings, {"row": pl.Int64, "words": pl.String}, orient="row")
        end = end_of(self.path, opening, self.form)
        if wrong := [
            f"row {number}: {cells} cells, but the header has {self.width}"
            for number, cells in self.wrong
            if end is None or number < end
        ]:
            raise DataError(
                f"{self.path} is not a table with the separator {separator!r}:\n  {listed(wrong)}"
            )
        within(self.path, len(self.numbers) * self.width)
        cells = pl.concat([*self.batches, _words(self.rows, self.width)])
        rows = pl.Series(self.numbers, dtype=pl.Int64)
        unread = sum(
            1 for number, words in self.openings if end is not None and number >= end and words != ""
        )
        kept = rows < end if end is not None else pl.repeat(True, rows.len(), eager=True)
        header = [[*row, *[""] * (self.width - len(row))] for row in self.header]
        found = laid_out(header, self.header_rows, cells.filter(kept), rows.filter(kept), self.form)
        return replace(found, note=note_of(end, unread))


def _separator(path: Path, header: str) -> str:
    """The one separator that the header row holds outside quotation marks."""
    bare = re.sub(r'"[^"]*"', "", header)
    found = [separator for separator in SEPARATORS if separator in bare]
    if len(found) != 1:
        shown = " and ".join(map(repr, found)) if found else "no comma, semicolon or tab"
        raise DataError(f"{path}: the header row has {shown}; write separator = … in the map")
    return found[0]


def _words(rows: list[list[str]], width: int) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(map(str, range(width)), pl.String), orient="row")
