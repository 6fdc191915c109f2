"""A sheet of a workbook as a grid of words: XLSX, weighed before it is unpacked."""

import io
import re
import zipfile
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from storregion.core import files
from storregion.core.errors import CallError, DataError, nearest
from storregion.intake import sheet_cells
from storregion.intake.grid import Form, Grid, from_sheet, read_bytes, within
from storregion.intake.sheet_cells import Found

LARGEST_UNPACKED = 512 * 2**20
"""Bytes that a workbook may unpack to; a small file can hold very much of nothing."""

MOST_STRINGS = 2_000_000
"""Texts that the cells of a workbook may share; each takes far more memory than room in the file."""

_CHUNK, _LONGEST_TAG = 2**20, 64
_STRING = re.compile(rb"<(?:\w+:)?si[\s/>]")


def read_xlsx(path: Path, form: Form) -> Grid:
    """Read one sheet of a workbook; its header is the first row, or rows, that are not empty.

    An error such as #N/A, and a formula that was never calculated, are words in their cell: what they mean
    is for the map to say. Only an empty cell is empty.

    Parameters
    ----------
    path : the file.
    form : the sheet's name, needed when there are several, and where on it the table lies.

    Raises
    ------
    CallError
        The package that reads workbooks is not installed.
    DataError
        The file is damaged or too large, or has no such sheet.
    """
    if find_spec("fastexcel") is None:
        raise CallError("reading XLSX needs fastexcel; install with: pip install 'storregion[tables]'")
    import fastexcel

    raw = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            _weigh(path, archive)
            book = fastexcel.read_excel(raw)
            name = _sheet(path, form.sheet, book.sheet_names)
            found = sheet_cells.look(path, archive, name)
        within(path, found.rows * found.columns)
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        cells = sheet.to_polars()
    except fastexcel.FastExcelError as error:
        raise DataError(f"{path} cannot be read as XLSX: {str(error).splitlines()[0]}") from None
    except (*files.DAMAGES, OSError) as error:
        raise DataError(f"{path} is not a whole XLSX file: {error}") from None
    columns = sheet.available_columns()
    return from_sheet(path, _whole(cells, columns[0].absolute_index if columns else 0, found), form)


def _whole(cells: pl.DataFrame, left: int, found: Found) -> pl.DataFrame:
    """Every cell of the sheet from its first on, with the words of those without a value in their place."""
    height, width = max(cells.height, found.rows), max(left + cells.width, found.columns)
    columns = []
    for at in range(width):
        here = left <= at < left + cells.width
        column = cells.to_series(at - left) if here else pl.Series([], dtype=pl.String)
        columns.append(column.extend_constant(None, height - column.len()).alias(str(at)))
    odd: dict[int, list[tuple[int, str]]] = {}
    for (row, at), words in found.odd.items():
        odd.setdefault(at, []).append((row, words))
    for at, there in odd.items():
        columns[at] = columns[at].scatter([row for row, _ in there], [words for _, words in there])
    return pl.DataFrame(columns)


def _sheet(path: Path, wanted: str | None, names: list[str]) -> str:
    if wanted is None and len(names) > 1:
        shown = ", ".join(map(repr, names))
        raise DataError(f"{path} has the sheets {shown}; write sheet = … in the map")
    if wanted is not None and wanted not in names:
        raise DataError(f"{path} has no sheet {wanted!r}; {nearest(wanted, names)}")
    return wanted or names[0]


def _weigh(path: Path, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook that is damaged, unpacks to too much, or shares too many texts.

    The sizes written in an archive may lie, so every part is unpacked in small pieces first.
    """
    parts = archive.infolist()
    if (total := sum(part.file_size for part in parts)) > LARGEST_UNPACKED:
        raise DataError(f"{path} unpacks to {total} bytes; at most {LARGEST_UNPACKED} are read")
    strings = sum(_strings(archive, part) for part in parts)
    if strings > MOST_STRINGS:
        raise DataError(f"{path} holds {strings} shared texts; at most {MOST_STRINGS} are read. Split it")


def _strings(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """How many shared texts a part of a workbook holds."""
    count, rest = 0, b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            joined = rest + chunk
            # A tag may lie across two pieces.
            rest = joined[joined.rfind(b"<") :] if b"<" in joined[-_LONGEST_TAG:] else b""
            count += len(_STRING.findall(joined[: len(joined) - len(rest)]))
    return count + len(_STRING.findall(rest))
