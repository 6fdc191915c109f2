"""A user's table file as a grid of words, row by row as it lies there: CSV, XLSX or Parquet.

Nothing is taken for a number, a date or a blank here: every cell comes out as the words it holds, with
the row of the file it stands in, so that whoever reads meaning into it can say where it is wrong.
"""

import csv
import io
import json
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from storregion.core.errors import CallError, DataError, nearest
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.table import listed

MOST_CELLS = 20_000_000
"""Cells that one file may hold."""
LARGEST_UNPACKED = 512 * 2**20
"""Bytes that a workbook may unpack to; a small file can hold very much of nothing."""
SEPARATORS = (",", ";", "\t")

# What zipfile and the ways of packing inside it raise when an archive is not as it should be.
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OSError,
)
_BATCH = 50_000
_CHUNK = 2**20
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet.

    `names` are the words of the header; `cells` holds columns of words named "0", "1", …, empty cells as
    null; `rows` are the numbers in the file of the rows, of which the first is 1.
    """

    names: tuple[str, ...]
    cells: pl.DataFrame
    rows: pl.Series


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


def read_csv(path: Path, separator: str | None, encoding: str) -> Grid:
    """Read a file of separated values.

    Parameters
    ----------
    path : the file.
    separator : what stands between cells; None when the header row shows it.
    encoding : the file's encoding, by Python's name.

    Raises
    ------
    DataError
        The separator cannot be told, or rows differ in length; every such row is named.
    """
    text = decoded(path, read_bytes(path), encoding)
    separator = separator or _separator(path, text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    batches: list[pl.DataFrame] = []
    rows: list[list[str]] = []
    numbers: list[int] = []
    wrong: list[str] = []
    try:
        header = next(reader, [])
        start = reader.line_num + 1
        for row in reader:
            if len(row) == len(header):
                rows.append(row)
                numbers.append(start)
            elif row:
                wrong.append(f"row {start}: {len(row)} cells, but the header has {len(header)}")
            if len(rows) == _BATCH:
                within(path, len(numbers) * len(header))
                batches.append(_words(rows, len(header)))
                rows = []
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}: row {reader.line_num}: {error}") from None
    if wrong:
        raise DataError(f"{path} is not a table with the separator {separator!r}:\n  {listed(wrong)}")
    within(path, len(numbers) * len(header))
    cells = pl.concat([*batches, _words(rows, len(header))])
    return _tidy(header, cells, pl.Series(numbers, dtype=pl.Int64))


def _separator(path: Path, header: str) -> str:
    """The one separator that the header row holds outside quotation marks."""
    bare = re.sub(r'"[^"]*"', "", header)
    found = [separator for separator in SEPARATORS if separator in bare]
    if len(found) != 1:
        shown = " and ".join(map(repr, found)) if found else "no comma, semicolon or tab"
        raise DataError(f"{path}: the header row has {shown}; say which by separator = … in the map")
    return found[0]


def _words(rows: list[list[str]], width: int) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict.fromkeys(map(str, range(width)), pl.String), orient="row")


def read_xlsx(path: Path, sheet: str | None) -> Grid:
    """Read one sheet of a workbook; the header is its first row that is not empty.

    Parameters
    ----------
    path : the file.
    sheet : the sheet's name; None when there is only one.

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
        name = _sheet(path, sheet, book.sheet_names)
        cells = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as error:
        raise DataError(f"{path} cannot be read as XLSX: {str(error).splitlines()[0]}") from None
    cells.columns = [str(number) for number in range(cells.width)]
    full = cells.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if cells.width else pl.Series()
    rows = pl.int_range(1, cells.height + 1, eager=True).filter(full) if cells.width else pl.Series()
    if rows.is_empty():
        raise DataError(f"{path}: the sheet {name!r} is empty")
    cells = cells.filter(full)
    return _tidy([cell or "" for cell in cells.row(0)], cells[1:], rows[1:])


def _sheet(path: Path, wanted: str | None, names: list[str]) -> str:
    if wanted is None and len(names) > 1:
        shown = ", ".join(map(repr, names))
        raise DataError(f"{path} has the sheets {shown}; say which by sheet = … in the map")
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
    except _DAMAGES as error:
        raise DataError(f"{path} is no whole XLSX file: {error}") from None


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


def read_parquet(path: Path) -> Grid:
    """Read a Parquet file; its first row of values counts as row 1, since it has no header row.

    Raises
    ------
    DataError
        The file is damaged or too large, or a column holds anything but words, numbers and dates.
    """
    raw = io.BytesIO(read_bytes(path))
    try:
        schema = pl.read_parquet_schema(raw)
        raw.seek(0)
        within(path, pl.scan_parquet(raw).select(pl.len()).collect().item() * len(schema))
        raw.seek(0)
        frame = pl.read_parquet(raw)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    if nested := [name for name, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary]:
        raise DataError(f"{path}: the columns {nested} hold neither words nor numbers; leave them out")
    cells = frame.select(pl.all().cast(pl.String))
    cells.columns = [str(number) for number in range(cells.width)]
    return _tidy(list(schema), cells, pl.int_range(1, frame.height + 1, eager=True))


def _tidy(header: list[str], cells: pl.DataFrame, rows: pl.Series) -> Grid:
    """A grid without spaces around its words, and without columns that hold nothing at all."""
    words = cells.select(pl.all().str.strip_chars().replace("", None))
    names = [name.strip() for name in header]
    kept = [at for at, name in enumerate(names) if name or words[str(at)].null_count() < words.height]
    words = words.select(str(at) for at in kept)
    words.columns = [str(at) for at in range(len(kept))]
    return Grid(tuple(names[at] for at in kept), words, rows)


GEOMETRY = "geometry"
"""What the shapes of a file of areas are called among its columns; their cells are WKB in hexadecimal."""


def read_geojson(path: Path) -> Grid:
    """Read a GeoJSON file of areas: a row for each feature, its shape beside its properties.

    Parameters
    ----------
    path : the file.

    Raises
    ------
    DataError
        It is no GeoJSON, or a feature has no area for a shape.
    CallError
        The package that reads shapes is not installed.
    """
    if find_spec("shapely") is None:
        raise CallError("reading GeoJSON needs shapely; install with: pip install shapely")
    import shapely

    try:
        features = json.loads(decoded(path, read_bytes(path), "utf-8"))["features"]
        properties = [feature["properties"] or {} for feature in features]
        shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise DataError(f"{path} is no GeoJSON of features with shapes ({error})") from None
    rows = pl.int_range(1, len(features) + 1, eager=True)
    wrong = [
        f"feature {row} has no area for a shape"
        for row, shape in zip(rows, shapes, strict=True)
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty
    ]
    if wrong:
        raise DataError(f"{path}:\n  {listed(wrong)}")
    names = tuple(dict.fromkeys(name for one in properties for name in one if name != GEOMETRY))
    within(path, len(features) * (len(names) + 1))
    words = [
        pl.Series(
            str(at), [None if (v := one.get(name)) is None else str(v) for one in properties], dtype=pl.String
        )
        for at, name in enumerate(names)
    ]
    words.append(pl.Series(str(len(names)), shapely.to_wkb(shapes, hex=True, byte_order=1), dtype=pl.String))
    return Grid((*names, GEOMETRY), pl.DataFrame(words), rows)
