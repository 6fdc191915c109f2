"""A sheet of a workbook as a grid of words: XLSX, weighed before it is unpacked."""

import io
import re
import zipfile
from importlib.util import find_spec
from pathlib import Path

from storregion.core import files
from storregion.core.errors import CallError, DataError, nearest
from storregion.intake.grid import Form, Grid, from_sheet, read_bytes, within

LARGEST_UNPACKED = 512 * 2**20
"""Bytes that a workbook may unpack to; a small file can hold very much of nothing."""

_CHUNK = 2**20
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")


def read_xlsx(path: Path, form: Form) -> Grid:
    """Read one sheet of a workbook; its header is the first row, or rows, that are not empty.

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
    _weigh(path, raw)
    try:
        book = fastexcel.read_excel(raw)
        name = _sheet(path, form.sheet, book.sheet_names)
        cells = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise DataError(f"{path} cannot be read as XLSX: {str(error).splitlines()[0]}") from None
    cells.columns = [str(number) for number in range(cells.width)]
    return from_sheet(path, cells, form)


def _sheet(path: Path, wanted: str | None, names: list[str]) -> str:
    if wanted is None and len(names) > 1:
        shown = ", ".join(map(repr, names))
        raise DataError(f"{path} has the sheets {shown}; write sheet = … in the map")
    if wanted is not None and wanted not in names:
        raise DataError(f"{path} has no sheet {wanted!r}; {nearest(wanted, names)}")
    return wanted or names[0]


def _weigh(path: Path, raw: bytes) -> None:
    """Refuse a workbook that is damaged, unpacks to too much, or spans too wide a range.

    The sizes written in an archive may lie, and one cell far out makes a sheet of thousands of millions of
    cells; so every part is unpacked in small pieces and its cells' addresses looked at first.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            if (total := sum(part.file_size for part in parts)) > LARGEST_UNPACKED:
                raise DataError(f"{path} unpacks to {total} bytes; at most {LARGEST_UNPACKED} are read")
            for part in parts:
                within(path, _span(archive, part))
    except (*files.DAMAGES, OSError) as error:
        raise DataError(f"{path} is not a whole XLSX file: {error}") from None


def _span(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    """Rows times columns of the range of cells that a part of a workbook names."""
    right = bottom = 0
    rest = b""
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            for letters, digits in _REFERENCE.findall(rest + chunk):
                right, bottom = max(right, _column(letters)), max(bottom, int(digits))
            # An address may lie across two pieces.
            rest = chunk[-20:]
    return right * bottom


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
