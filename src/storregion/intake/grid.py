"""A user's table as a grid of words, row by row as it lies there: where on the sheet it lies, and its header.

Nothing is taken for a number, a date or a blank here: every cell comes out as the words it holds, with
the row of the file it stands in, so that whoever reads meaning into it can say where it is wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import polars as pl
from msgspec import Meta

from storregion.core.errors import DataError, nearest
from storregion.core.figurefile import LARGEST_FILE

MOST_CELLS = 20_000_000
"""Cells that one file may hold."""

ColumnName = str | int
"""A column by its name, or by its number from the left, of which the first is 1."""


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The form of one file: how its words are written, and where on the sheet the table lies.

    `skip_rows` are the rows above the header, and `header_rows` those of the header itself: their words
    are joined, and an empty cell of an upper one means the same as the cell to its left. `fill_down` names
    columns whose word stands on the first row of a group only. `stop_at` says where the table ends: at the
    first row whose first cell is empty (`""`), begins with this, or matches it (when it begins with `^`).
    """

    separator: Literal[",", ";", "\t"] | None = None
    encoding: Literal["utf-8", "cp1252", "latin-1"] | None = None
    sheet: str | None = None
    skip_rows: Annotated[int, Meta(ge=0)] = 0
    header_rows: Annotated[int, Meta(ge=1)] = 1
    fill_down: tuple[ColumnName, ...] = ()
    stop_at: str | None = None


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet.

    `names` are the words of the header, joined where it has several rows; `cells` holds columns of words
    named "0", "1", …, empty cells as null; `rows` are the numbers of the rows in the file, from 1. `headers`
    are the words of every row of the header, and `header_rows` their numbers, none for a form without one.
    `note` says what was left unread below the table.
    """

    names: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series
    headers: tuple[tuple[str, ...], ...] = ()
    header_rows: tuple[int, ...] = ()
    note: str = ""

    @property
    def place(self) -> str:
        """What to call the header in messages."""
        return f"row {self.header_rows[-1]}: " if self.header_rows else ""

    def find(self, column: ColumnName) -> int:
        """The position of a column, from 0.

        Raises
        ------
        DataError
            There is no such column, or there are two.
        """
        if isinstance(column, int):
            if 1 <= column <= len(self.names):
                return column - 1
            raise DataError(f"{self.place}there is no column {column}; there are 1 to {len(self.names)}")
        if (count := self.names.count(column)) == 1:
            return self.names.index(column)
        if count:
            raise DataError(f"{self.place}column {column!r} stands twice; give its number from the left")
        raise DataError(
            f"{self.place}there is no column {column!r}; {nearest(column, filter(None, self.names))}"
        )


def read_bytes(path: Path) -> bytes:
    """The bytes of a user's file, refused when there are too many.

    Raises
    ------
    DataError
        The file cannot be read, or holds more than `LARGEST_FILE` bytes.
    """
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise DataError(f"{path} holds {size} bytes; at most {LARGEST_FILE} are read. Split it by year")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def decoded(path: Path, raw: bytes, encoding: str) -> str:
    """Bytes as text.

    Parameters
    ----------
    path : the file they are from, for the message.
    raw : the bytes.
    encoding : what they are said to be, by Python's name.

    Raises
    ------
    DataError
        They are something else; the row of the first wrong byte is named.
    """
    try:
        return raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: row {row} is not {encoding} (byte 0x{raw[error.start]:02x}); save the file as UTF-8, "
            'or write encoding = "cp1252" or "latin-1" in the map if it is that'
        ) from None


def within(path: Path, cells: int) -> None:
    """Refuse a file with more cells than are read.

    Raises
    ------
    DataError
        There are more than `MOST_CELLS`.
    """
    if cells > MOST_CELLS:
        raise DataError(f"{path} holds {cells} cells; at most {MOST_CELLS} are read. Split it by year")


# ---- where on a sheet the table lies


def from_sheet(path: Path, cells: pl.DataFrame, form: Form) -> Grid:
    """The table on a sheet, whose header is the first row, or rows, that are not empty.

    Parameters
    ----------
    path : the file, for messages.
    cells : every cell of the sheet from its first row on, columns named "0", "1", …
    form : where the table lies.

    Raises
    ------
    DataError
        Nothing lies there.
    """
    rows = pl.int_range(1, cells.height + 1, eager=True)[form.skip_rows :]
    words = cells[form.skip_rows :].select(pl.all().str.strip_chars().replace("", None))
    used = [at for at, column in enumerate(words) if column.null_count() < words.height]
    words = words[:, min(used, default=0) : max(used, default=-1) + 1]
    words.columns = [str(number) for number in range(words.width)]
    if not words.width:
        raise DataError(f"{path} is empty" + (f" below row {form.skip_rows}" if form.skip_rows else ""))
    full = words.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
    top, numbers = words.filter(full)[: form.header_rows], rows.filter(full)[: form.header_rows].to_list()
    header = [[word or "" for word in row] for row in top.iter_rows()]
    below = rows > numbers[-1]
    words, rows, full = words.filter(below), rows.filter(below), full.filter(below)
    end = None
    if form.stop_at is not None:
        opened = [(row, opening_of(line, form, header)) for row, line in zip(rows, words.rows(), strict=True)]
        opening = pl.DataFrame(opened, {"row": pl.Int64, "words": pl.String}, orient="row")
        end = end_of(path, opening, form)
    unread = 0 if end is None else int((full & (rows >= end)).sum())
    kept = full if end is None else full & (rows < end)
    found = laid_out(header, numbers, words.filter(kept), rows.filter(kept), form)
    return replace(found, note=note_of(end, unread))


def opening_of(row: Sequence[str | None], form: Form, header: Sequence[Sequence[str]]) -> str | None:
    """What a row begins with, to be held against `stop_at`.

    Parameters
    ----------
    row : its cells.
    form : where the table lies.
    header : the words of every row of the header.

    Returns
    -------
    The first cell; null where it is empty only because it is to be filled from above.
    """
    first = (row[0] or "").strip() if row else ""
    if first or not any((cell or "").strip() for cell in row):
        return first
    name = " ".join(filter(None, (words[0].strip() for words in header if words)))
    return None if 1 in form.fill_down or name in form.fill_down else first


def end_of(path: Path, openings: pl.DataFrame, form: Form) -> int | None:
    """The number of the row at which the table ends, if `stop_at` names one.

    Parameters
    ----------
    path : the file, for messages.
    openings : the number of every row below the header, and what it begins with.
    form : where the table lies.

    Raises
    ------
    DataError
        `stop_at` begins with ^ and is not a regular expression.
    """
    if form.stop_at is None:
        return None
    words = pl.col("words")
    hit = words == "" if form.stop_at == "" else words.str.starts_with(form.stop_at)
    hit = words.str.contains(form.stop_at) if form.stop_at.startswith("^") else hit
    try:
        ends = openings.filter(hit)["row"]
    except pl.exceptions.ComputeError as error:
        raise DataError(f"{path}: {not_regular('stop_at', error)}") from None
    return ends[0] if ends.len() else None


def note_of(end: int | None, unread: int) -> str:
    """What was left unread, in words; nothing where nothing was.

    Parameters
    ----------
    end : the row at which the table ends, if one was named.
    unread : how many rows from there on are not empty.
    """
    if end is None or not unread:
        return ""
    rows = f"{unread} rows" if unread > 1 else "1 row"
    return f"the table ends above row {end}; {rows} from there on left unread"


def not_regular(key: str, error: Exception) -> str:
    """What to say of a regular expression that is not one.

    Parameters
    ----------
    key : the key of the map that holds it.
    error : the engine's complaint.
    """
    why = next((line.strip() for line in str(error).splitlines() if line.strip().startswith("error:")), "")
    return f"{key} is not a regular expression that can be used ({why.removeprefix('error: ') or error})"


def laid_out(
    header: Sequence[Sequence[str]],
    header_rows: Sequence[int],
    cells: pl.DataFrame,
    rows: pl.Series,
    form: Form,
) -> Grid:
    """A grid of header and rows: no spaces around words, header rows joined, codes of groups filled down.

    Parameters
    ----------
    header : the words of every row of the header, all of one length; none where a form has no header row.
    header_rows : their numbers in the file.
    cells : the rows of the table, columns named "0", "1", …
    rows : their numbers in the file.
    form : which columns are filled down.
    """
    words = cells.select(pl.all().str.strip_chars().replace("", None))
    headers = [[word.strip() for word in row] for row in header]
    for upper in headers[:-1]:
        for at in range(1, len(upper)):
            upper[at] = upper[at] or upper[at - 1]
    names = [" ".join(filter(None, parts)) for parts in zip(*headers, strict=True)]
    # Columns that hold nothing at all, at either edge, do not count.
    full = [at for at in range(words.width) if names[at] or words[str(at)].null_count() < words.height]
    kept = range(min(full, default=0), max(full, default=-1) + 1)
    words = words.select(str(at) for at in kept)
    words.columns = [str(at) for at in range(len(kept))]
    found = Grid(
        tuple(names[at] for at in kept),
        words,
        rows,
        tuple(tuple(row[at] for at in kept) for row in headers),
        tuple(header_rows),
    )
    filled = [pl.col(str(found.find(column))).forward_fill() for column in form.fill_down]
    return replace(found, cells=words.with_columns(filled)) if filled else found
