"""Files of a view: CSV for programs, CSV for Excel, XLSX, JSON-stat2, Parquet. No cell is ever a formula.

Rows carry values, the reasons for absent ones and the basis. What is true of the whole is said once, in the
metadata beside or inside the file.
"""

import csv
import gzip
import io
import zipfile
from collections.abc import Callable
from typing import TypedDict, Unpack

import polars as pl
from markupsafe import escape

from storregion.core.errors import CallError
from storregion.core.figurefile import FORMULA, harmless
from storregion.publish import words
from storregion.publish.files.geoparquet import geo_metadata
from storregion.publish.files.jsonstat import jsonstat_file
from storregion.publish.files.metadata import (
    Views,
    compact,
    csv_metadata,
    facts,
    fields,
    heading,
    lines,
    readme,
)
from storregion.publish.files.workbook import xlsx_file
from storregion.publish.view import Picture, View

WIDE, NARROW = 680, 360
MANY = 20_000
"""Rows beyond which a table is offered packed only: as gzip CSV and as Parquet."""
_MOMENT = (1980, 1, 1, 0, 0, 0)  # so that a file is the same whenever it is made


def csv_file(views: Views) -> bytes:
    """Comma-separated UTF-8 with column names and decimal points."""
    view = views[0]
    return _header(fields(view), ",", "\n") + _cells(view.worded.select(fields(view)))


def excel_csv_file(views: Views) -> bytes:
    """The same for Excel: a byte order mark, semicolons, headings, and decimal commas in Swedish.

    Excel reads 0380 as the number 380. An apostrophe stands before the digits of every column in which a code
    begins with zero, so that the code stays text.
    """
    view = views[0]
    titles = [harmless(heading(views, name)) for name in fields(view)]
    decimal_comma = view.language == "sv"
    rows = _cells(_as_text(view), separator=";", line_terminator="\r\n", decimal_comma=decimal_comma)
    return "\ufeff".encode() + _header(titles, ";", "\r\n") + rows


def _header(names: list[str], delimiter: str, end: str) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=delimiter, lineterminator=end).writerow(names)
    return buffer.getvalue().encode()


class _Form(TypedDict, total=False):
    separator: str
    line_terminator: str
    decimal_comma: bool


def _cells(rows: pl.DataFrame, **form: Unpack[_Form]) -> bytes:
    harmless_text = pl.col(pl.String).str.replace(f"({FORMULA})", "'$1")
    buffer = io.BytesIO()
    rows.with_columns(harmless_text).write_csv(buffer, include_header=False, **form)
    return buffer.getvalue()


def _as_text(view: View) -> pl.DataFrame:
    """The rows, with an apostrophe before digits that Excel would read as a number without its zeros."""
    rows = view.worded.select(fields(view))
    text = [name for name, dtype in rows.schema.items() if dtype == pl.String]
    zero = [name for name in text if rows[name].str.contains(r"^0\d+$").any()]
    return rows.with_columns(pl.col(zero).str.replace(r"^(\d+)$", "'$1")) if zero else rows


def packed_csv_file(views: Views) -> bytes:
    """The CSV file packed with gzip."""
    # Packing harder takes twice the time for a hundredth of the size.
    return gzip.compress(csv_file(views), 6, mtime=0)


def zip_file(views: Views) -> bytes:
    """The CSV file with its metadata and a README."""
    file = f"{views[0].name}.csv"
    contents = {
        file: csv_file(views),
        f"{file}-metadata.json": csv_metadata(views, file),
        "README.md": readme(views, file),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def parquet_file(views: Views) -> bytes:
    """The rows as Parquet, or GeoParquet where they have shapes; what to know is in the file's metadata."""
    several, frame = len(views) > 1, views[0].frame
    known = {
        f"{name}_{view.language}" if several else name: value
        for view in views
        for name, value in facts(view).items()
    }
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", metadata=known | geo_metadata(frame))
    return buffer.getvalue()


def spec_file(views: Views) -> bytes:
    """The Vega-Lite specification of the view's chart."""
    view = views[0]
    spec = _picture(view).spec
    if spec is None:
        raise CallError(f"the picture of {view.name!r} is not a chart, so it has no specification")
    return compact(spec(WIDE) | {"usermeta": facts(view)})


def svg_file(views: Views) -> bytes:
    """The view's picture at full width, with what to know about it for those who meet it elsewhere."""
    drawn = _picture(views[0]).draw(WIDE)
    about = "\n".join(lines(views[0]))
    start = drawn.index(">") + 1
    return f"{drawn[:start]}<desc>{escape(about)}</desc>{drawn[start:]}".encode()


def narrow_svg_file(views: Views) -> bytes:
    """The view's picture for a phone, which a page shows; it is the picture at full width that is offered."""
    return _picture(views[0]).draw(NARROW).encode()


def _picture(view: View) -> Picture:
    if view.picture is None:
        raise CallError(f"the view {view.name!r} has no picture")
    return view.picture


CSV, JSON = "text/csv; charset=utf-8", "application/json"
CSV_METADATA = "application/csvm+json"
WRITERS: dict[str, tuple[str, Callable[[Views], bytes]]] = {
    "csv": (CSV, csv_file),
    "csv-metadata.json": (CSV_METADATA, lambda views: csv_metadata(views, f"{views[0].name}.csv")),
    "csv.gz": ("application/gzip", packed_csv_file),
    "csv.gz-metadata.json": (CSV_METADATA, lambda views: csv_metadata(views, f"{views[0].name}.csv.gz")),
    "excel.csv": (CSV, excel_csv_file),
    "zip": ("application/zip", zip_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_file),
    "json": (JSON, jsonstat_file),
    "parquet": ("application/vnd.apache.parquet", parquet_file),
    "svg": ("image/svg+xml", svg_file),
    "narrow.svg": ("image/svg+xml", narrow_svg_file),
    "vl.json": (JSON, spec_file),
}
"""Every ending a file may have: media type and writer. A view's own file is of its language alone."""
KINDS = words.read("file_kinds.toml")
PACKED = ("csv.gz", "csv.gz-metadata.json", "parquet")
"""The files of a table of more rows than `MANY`."""


def endings(view: View) -> list[str]:
    """The endings of the files that a view has."""
    if view.frame.height > MANY:
        return list(PACKED)
    found = ["csv", "csv-metadata.json", "excel.csv", "xlsx"]
    if view.schema.key and any(column.numeric and not column.key for column in view.shown):
        found.append("json")
    if view.picture is not None:
        found += ["svg", "narrow.svg"] + (["vl.json"] if view.picture.spec else [])
    return found
