"""The cells of a feed's table as words: a fast parse where it surely finds every row, else the strict one."""

import io
from collections.abc import Sequence
from itertools import islice

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import csv_rows
from storregion.core.csv_rows import BrokenRowError
from storregion.sources.gtfs.report import shown

_BATCH = 50_000
_PIECE = 2**23
_COMMA, _QUOTE, _NEWLINE, _RETURN = b',"\n\r'


class UnevenRowsError(Exception):
    """Rows that do not have as many cells as the header.

    Attributes
    ----------
    rows : their lines in the file.
    """

    def __init__(self, rows: list[int]) -> None:
        """The message names the rows."""
        super().__init__(f"rows {rows}")
        self.rows = rows


def words(data: bytes, width: int, wanted: Sequence[int]) -> pl.DataFrame:
    """Some columns of a table, every row of it.

    Parameters
    ----------
    data : the file, in UTF-8 and with the header in its first line.
    width : cells of the header.
    wanted : positions of the columns, from 0.

    Returns
    -------
    A column `row` with the line that each row begins on, and the wanted ones named "0", "1", … by position.

    Raises
    ------
    UnevenRowsError
        Rows are shorter or longer than the header; all of them are named.
    BrokenRowError
        Quotation marks do not say where a cell ends.
    """
    lines = _lines(data, width)
    return _strict(data, width, wanted) if lines is None else _fast(data, width, wanted, lines)


def _fast(data: bytes, width: int, wanted: Sequence[int], lines: int) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            skip_rows=1,
            schema={str(at): pl.String for at in range(width)},
            columns=list(wanted),
            row_index_name="row",
            row_index_offset=2,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError as error:
        raise BrokenRowError(1, shown(str(error))) from None
    if frame.height != lines - 1:
        raise BrokenRowError(1, f"{lines - 1} rows follow it, but {frame.height} are found")
    return frame


def _strict(data: bytes, width: int, wanted: Sequence[int]) -> pl.DataFrame:
    found = csv_rows.rows(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""))
    next(found, None)
    schema = {"row": pl.UInt32, **{str(at): pl.String for at in wanted}}
    batches, wrong = [pl.DataFrame(schema=schema)], list[int]()
    while batch := list(islice(found, _BATCH)):
        wrong += [row for row, cells in batch if len(cells) != width and any(map(str.strip, cells))]
        even = [(row, *(cells[at] for at in wanted)) for row, cells in batch if len(cells) == width]
        batches.append(pl.DataFrame(even, schema=schema, orient="row"))
    if wrong:
        raise UnevenRowsError(wrong)
    return pl.concat(batches)


def _lines(data: bytes, width: int) -> int | None:
    """The lines of a table whose every line is one row; None where quotation marks need the strict parse.

    Commas are counted in whole lines, some megabytes at a time, so that their positions stay few.
    """
    wrong: list[int] = []
    start = lines = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE)
        piece = np.frombuffer(data, np.uint8, (end + 1 if end >= 0 else len(data)) - start, start)
        ends = np.flatnonzero(piece == _NEWLINE)
        if end < 0 and (not len(ends) or ends[-1] != len(piece) - 1):
            ends = np.append(ends, len(piece))
        commas = np.flatnonzero(piece == _COMMA)
        quotes = np.flatnonzero(piece == _QUOTE)
        if quotes.size:
            if not _surround(piece, quotes, ends):
                return None
            commas = commas[np.searchsorted(quotes, commas) % 2 == 0]
        cells = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
        wrong += [
            lines + int(at) + 1
            for at in np.flatnonzero(cells != width)
            if piece[ends[at - 1] + 1 if at else 0 : ends[at]].tobytes().strip()
        ]
        lines += len(ends)
        start += len(piece)
    if wrong:
        raise UnevenRowsError(wrong)
    return lines


def _surround(piece: NDArray[np.uint8], quotes: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
    """Whether quotation marks stand only around whole cells of one line each, so that all parsers agree."""
    if quotes.size % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    padded = np.pad(piece, (1, 2), constant_values=_NEWLINE)
    after = padded[closing + 2]
    after = np.where(after == _RETURN, padded[closing + 3], after)
    return bool(
        np.isin(padded[opening], (_COMMA, _NEWLINE)).all()
        and np.isin(after, (_COMMA, _NEWLINE)).all()
        and (np.searchsorted(ends, opening) == np.searchsorted(ends, closing)).all()
    )
