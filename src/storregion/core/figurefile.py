"""Figure files: published figures as CSV in our own columns, read strictly, every fault named at once."""

import io
import re
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from storregion.core import csv_rows
from storregion.core.errors import TableError, nearest
from storregion.core.settings import text
from storregion.core.table import Column, Schema, listed

LARGEST_FILE = 64 * 2**20
"""Bytes a figure file may hold."""
_BATCH = 50_000


def read(
    path: Path,
    schema: Schema,
    *,
    leave_out: Sequence[str] = ("basis",),
    optional: Sequence[str] = (),
    known: Mapping[tuple[str, str], pl.Series] | None = None,
) -> pl.DataFrame:
    """Read a CSV file in a schema's columns (comma, UTF-8, header first).

    Parameters
    ----------
    path : the file.
    schema : what the file holds.
    leave_out : columns of the schema that the file does not carry; the caller adds them.
    optional : columns that the file may do without; they are empty then.
    known : the allowed values of columns that refer to another table, by (table, column).

    Returns
    -------
    The rows in file order, typed as the schema says. Empty cells are null.

    Raises
    ------
    TableError
        One error with every fault, each with its row (the header is row 1) and column.
    """
    columns = [column for column in schema.columns if column.name not in leave_out]
    header, cells, lines, faults = _cells(path)
    names = [column.name for column in columns]
    missing = [name for name in names if name not in header]
    faults += [f"row 1: column {name!r} is missing" for name in missing if name not in optional]
    faults += [
        f"row 1: column {name!r} is not expected; {nearest(name, names)}"
        for name in header
        if name not in names
    ]
    faults += [f"row 1: column {name!r} stands twice" for name in names if header.count(name) > 1]
    if any(fault.startswith("row 1:") for fault in faults):
        raise _error(path, schema, faults)
    series, unreadable_cells, height = [], dict[str, pl.Series](), cells.height
    for column in columns:
        if column.name in missing:
            series.append(pl.Series(column.name, [None] * height, dtype=column.dtype))
            continue
        # Each column leaves the cells as it is read, or a large file would lie there twice.
        values = cells.drop_in_place(str(header.index(column.name))).replace("", None).alias(column.name)
        typed, unreadable_cells[column.name], wrong = _typed(column, values, lines)
        series.append(typed)
        faults += wrong
    frame = pl.DataFrame(series)
    faults += schema.faults(frame, lines, known or {}, unreadable_cells)
    if faults:
        raise _error(path, schema, faults)
    return frame


def written(frame: pl.DataFrame) -> bytes:
    """A frame as a figure file.

    Parameters
    ----------
    frame : rows in a schema's columns.
    """
    return plain(frame).write_csv().encode()


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with its numbers as figure files have them: whole ones without decimals.

    Parameters
    ----------
    frame : the rows.
    """
    whole = [
        pl.when(pl.col(name) == pl.col(name).floor())
        .then(pl.col(name).cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
        for name, dtype in frame.schema.items()
        if dtype == pl.Float64
    ]
    return frame.with_columns(whole)


FORMULA = r"^[=+\-@\t\r]"
"""How a text begins that a spreadsheet takes for a formula."""


def harmless(text: str) -> str:
    """A text for a CSV file that no spreadsheet takes for a formula.

    Parameters
    ----------
    text : the cell; one that begins like a formula gets an apostrophe in front.
    """
    return "'" + text if re.match(FORMULA, text) else text


def _cells(path: Path) -> tuple[list[str], pl.DataFrame, pl.Series, list[str]]:
    """The header, the rows of the right length as columns "0", "1", …, their row numbers, faults in form."""
    # Read as bytes again: a StringIO takes four bytes for every sign.
    source = io.BytesIO(text(path, LARGEST_FILE).encode())
    found = csv_rows.rows(io.TextIOWrapper(source, "utf-8", newline=""))
    rows: list[list[str]] = []
    batches: list[pl.DataFrame] = []
    numbers = array("q")
    faults: list[str] = []
    try:
        _, header = next(found, (1, []))
        columns = dict.fromkeys(map(str, range(len(header))), pl.String)
        for number, row in found:
            if len(row) != len(header):
                faults.append(f"row {number}: {len(row)} cells, but the header has {len(header)}")
            else:
                rows.append(row)
                numbers.append(number)
            # As lists of words a large file takes twenty times its size.
            if len(rows) == _BATCH:
                batches.append(pl.DataFrame(rows, schema=columns, orient="row"))
                rows = []
    except csv_rows.BrokenRowError as error:
        raise TableError(f"{path}: {error}; is it a comma-separated file?") from None
    batches.append(pl.DataFrame(rows, schema=columns, orient="row"))
    return header, pl.concat(batches), pl.Series(numbers, dtype=pl.Int64), faults


def _typed(column: Column, values: pl.Series, lines: pl.Series) -> tuple[pl.Series, pl.Series, list[str]]:
    """The words of a column as its type, which of them are not valid, and a fault for each of those."""
    if column.dtype == pl.String:
        return _words(column, values, lines)
    if column.dtype == pl.Float64:
        form, what = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$", "a number (with a decimal point)"
    else:
        form, what = r"^-?\d{1,18}$", "a whole number"
    typed = values.cast(column.dtype, strict=False)
    wrong = values.is_not_null() & (~values.str.contains(form) | typed.is_null())
    faults = [
        f"row {line}, column {column.name!r}: {value[:60]!r} is not {what}"
        for line, value in zip(lines.filter(wrong), values.filter(wrong), strict=True)
    ]
    return typed, wrong, faults


_UNCLEAN = (
    (r"^\s|\s$", "begins or ends with a space; take it out"),
    (
        r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\x{FFFD}--\n\t]",
        "holds a sign that no reader sees, or that turns the direction of text; take it out",
    ),
    (r"\S {2,}\S|\x{A0}", "holds several spaces in a row, or one that is not plain; write one plain space"),
    (
        r"Ã[\x{80}-\x{BF}\x{152}-\x{178}\x{2013}-\x{2122}]|â€|Â[\x{80}-\x{BF}]",
        "is UTF-8 that was read as another encoding; write the letters that are meant",
    ),
)
"""What a name may not hold, since it would look like another, and what to say of it."""
_NAMES = ("code", "name")
"""The units of columns whose words tell things apart; texts of publishers are taken as they are."""
_IN_PARTS = "has letters in parts, such as a and a ring; write them as keyboards do (NFC)"


def _words(column: Column, values: pl.Series, lines: pl.Series) -> tuple[pl.Series, pl.Series, list[str]]:
    """The words of a column, which of them look like others than they are, and a fault for each of those."""
    different = values.unique(maintain_order=True).drop_nulls() if column.unit in _NAMES else values.clear()
    wrong = dict.fromkeys(different.filter(different != different.str.normalize("NFC")), _IN_PARTS)
    for sign, what in _UNCLEAN:
        wrong |= dict.fromkeys(different.filter(different.str.contains(sign)), what)
    hits = values.is_in(list(wrong)).fill_null(value=False)
    faults = [
        f"row {line}, column {column.name!r}: {value[:60]!a} {wrong[value]}"
        for line, value in zip(lines.filter(hits), values.filter(hits), strict=True)
    ]
    return values, hits, faults


def _error(path: Path, schema: Schema, faults: Sequence[str]) -> TableError:
    return TableError(f"{path} does not hold {schema.name!r} as it should:\n  {listed(faults)}")
