"""Files of a view: CSV for programs, CSV for Excel, XLSX, JSON-stat2, Parquet. No cell is ever a formula."""

import csv
import datetime
import io
import json
import re
from collections.abc import Callable

import polars as pl
from markupsafe import escape

from storregion.core.errors import CallError
from storregion.core.figurefile import harmless
from storregion.core.language import Text
from storregion.core.table import Column
from storregion.publish.numbers import BASIS
from storregion.publish.view import Picture, View

_FIXED = datetime.datetime(2000, 1, 1)  # so that a file is the same whenever it is made
ABOUT: dict[str, Text] = {
    "title": Text("Titel", "Title"),
    "source": Text("Källa", "Source"),
    "licence": Text("Licens", "Licence"),
    "basis": Text("Grund", "Basis"),
    "caveats": Text("Att tänka på", "Caveats"),
    "cite": Text("Hänvisa så här", "How to cite"),
}


def csv_file(view: View) -> bytes:
    """Comma-separated UTF-8 with column names, decimal points, and source, licence, caveats on every row."""
    about = {name: value for name, value in facts(view).items() if name != "basis"}
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    fields = _fields(view)
    # A table may itself have a column called source; what is said of the whole is then told apart.
    writer.writerow([*fields, *(f"table_{name}" if name in fields else name for name in about)])
    tail = [harmless(value) for value in about.values()]
    for row in _rows(view, fields):
        writer.writerow([*map(_plain, row), *tail])
    return buffer.getvalue().encode()


def excel_csv_file(view: View) -> bytes:
    """The same for Excel: a byte order mark, semicolons, labels, and decimal commas in Swedish."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    about = {name: value for name, value in facts(view).items() if name != "basis"}
    fields = _fields(view)
    writer.writerow([*_titles(view, fields), *(ABOUT[name][view.language] for name in about)])
    tail = [harmless(value) for value in about.values()]
    comma = view.language == "sv"
    for row in _rows(view, fields):
        cells = [_plain(value) for value in row]
        if comma:
            cells = [
                cell.replace(".", ",") if isinstance(value, float) else cell
                for cell, value in zip(cells, row, strict=True)
            ]
        writer.writerow([*cells, *tail])
    return "\ufeff".encode() + buffer.getvalue().encode()


def xlsx_file(view: View) -> bytes:
    """A workbook: the rows on one sheet, what to know about them on another."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": view.title, "created": _FIXED})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(sheet_name(view.title))
        fields = _fields(view)
        for at, title in enumerate(_titles(view, fields)):
            sheet.write_string(0, at, title, bold)
        for down, row in enumerate(_rows(view, fields), start=1):
            for at, value in enumerate(row):
                if isinstance(value, int | float):
                    sheet.write_number(down, at, value)
                elif value is not None:
                    sheet.write_string(down, at, value)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, len(fields) - 1, 16)
        about = book.add_worksheet({"sv": "Om uppgifterna", "en": "About the data"}[view.language])
        about.set_column(0, 0, 18)
        about.set_column(1, 1, 100)
        for down, (name, value) in enumerate(facts(view).items()):
            about.write_string(down, 0, ABOUT[name][view.language], bold)
            about.write_string(down, 1, value, wrap)
        start = len(ABOUT) + 1
        for down, column in enumerate(view.shown, start=start):
            about.write_string(down, 0, column.label[view.language], bold)
            about.write_string(down, 1, column.about[view.language], wrap)
    return buffer.getvalue()


def sheet_name(title: str) -> str:
    """The name of a sheet that holds what a title says, in the 31 characters that Excel allows.

    Examples
    --------
    >>> sheet_name("Typisk restid mellan noder, minuter: morgon")
    'Typisk restid mellan noder'
    """
    plain = re.sub(r"[\[\]*?/\\]", " ", title.replace(":", ",")).strip("' ")
    if len(plain) > LONGEST_SHEET:
        plain = plain[: LONGEST_SHEET + 1].rpartition(" ")[0] or plain[:LONGEST_SHEET]
    return plain.rstrip(" ,;–-'") or "1"


def jsonstat_file(view: View) -> bytes:
    """JSON-stat 2.0: the table's key as dimensions, its numbers as a dimension of measures.

    A value that is absent is null and its reason stands in `status`.
    """
    language, schema = view.language, view.schema
    measures = [column for column in view.shown if column.numeric and not column.key]
    values = {name: view.frame[name].unique(maintain_order=True).to_list() for name in schema.key}
    sizes = [*(len(found) for found in values.values()), len(measures)]
    places = {name: {value: at for at, value in enumerate(found)} for name, found in values.items()}
    value: dict[str, float | int] = {}
    status: dict[str, str] = {}
    for row in view.frame.iter_rows(named=True):
        at = 0
        for name, found in values.items():
            at = at * len(found) + places[name][row[name]]
        for which, column in enumerate(measures):
            cell = str(at * len(measures) + which)
            if row[column.name] is not None:
                value[cell] = row[column.name]
            else:
                status[cell] = view.figure(column.name, row).absent or ""
    dimension: dict[str, object] = {}
    for name, found in values.items():
        known = view.labels.get(name, {})
        words = {str(code): known[code].text if code in known else str(code) for code in found}
        dimension[name] = {
            "label": schema[name].label[language],
            "category": {"index": [str(code) for code in found], "label": words},
        }
    dimension["measure"] = {
        "label": {"sv": "Mått", "en": "Measure"}[language],
        "category": {
            "index": [column.name for column in measures],
            "label": {column.name: column.label[language] for column in measures},
            "unit": {column.name: {"label": column.unit} for column in measures},
        },
    }
    roles = {"metric": ["measure"]} | ({"time": ["year"]} if "year" in schema.key else {})
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": view.title,
        "source": ", ".join(view.producers),
        "id": [*values, "measure"],
        "size": sizes,
        "role": roles,
        "dimension": dimension,
        "value": value,
        "status": status,
        "extension": facts(view) | {"table": schema.name, "key": view.record.key},
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def parquet_file(view: View) -> bytes:
    """The rows as Parquet, all columns; what to know about them stands in the file's metadata."""
    buffer = io.BytesIO()
    view.frame.write_parquet(buffer, compression="zstd", metadata=facts(view))
    return buffer.getvalue()


def spec_file(view: View) -> bytes:
    """The Vega-Lite specification of the view's chart."""
    spec = _picture(view).spec
    if spec is None:
        raise CallError(f"the picture of {view.name!r} is not a chart, so it has no specification")
    return json.dumps(spec(WIDE) | {"usermeta": facts(view)}, ensure_ascii=False, indent=1).encode()


LONGEST_SHEET = 31
WIDE, NARROW = 680, 360


MANY = 50_000
"""Rows beyond which a table is offered as Parquet only: as text it would be a hundred megabytes."""


def svg_file(view: View) -> bytes:
    """The view's picture at full width."""
    return _described(view, _picture(view).draw(WIDE))


def narrow_svg_file(view: View) -> bytes:
    """The view's picture for a phone."""
    return _described(view, _picture(view).draw(NARROW))


def _described(view: View, drawn: str) -> bytes:
    """A picture with what to know about it inside, for those who meet it elsewhere."""
    said = "\n".join(f"{ABOUT[name][view.language]}: {value}" for name, value in facts(view).items())
    start = drawn.index(">") + 1
    return f"{drawn[:start]}<desc>{escape(said)}</desc>{drawn[start:]}".encode()


def _picture(view: View) -> Picture:
    if view.picture is None:
        raise CallError(f"the view {view.name!r} has no picture")
    return view.picture


WRITERS: dict[str, tuple[str, Callable[[View], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", csv_file),
    "excel.csv": ("text/csv; charset=utf-8", excel_csv_file),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_file),
    "json": ("application/json", jsonstat_file),
    "parquet": ("application/vnd.apache.parquet", parquet_file),
    "svg": ("image/svg+xml", svg_file),
    "narrow.svg": ("image/svg+xml", narrow_svg_file),
    "vl.json": ("application/json", spec_file),
}
"""Every ending a view's files may have: media type and writer."""


def endings(view: View) -> list[str]:
    """The endings of the files that a view has."""
    if view.frame.height > MANY:
        return ["parquet"]
    found = ["csv", "excel.csv", "xlsx"]
    if view.schema.key and any(column.numeric and not column.key for column in view.shown):
        found.append("json")
    if view.picture is not None:
        found += ["svg", "narrow.svg"] + (["vl.json"] if view.picture.spec else [])
    elif len(view.columns) == len(view.schema.columns):
        found.append("parquet")
    return found


def facts(view: View) -> dict[str, str]:
    """What a reader of a file must know: source, licence, basis, caveats, citation."""
    return {
        "title": view.title,
        "source": ", ".join(view.producers),
        "licence": ", ".join(view.licences),
        "basis": BASIS[view.basis][view.language],
        "caveats": " ".join(
            f"{text.rstrip('.')}." for text in [*view.caveats, *([view.note] if view.note else [])]
        ),
        "cite": view.citation,
    }


def _fields(view: View) -> list[str]:
    """The columns of a file: those shown, the words for codes, the reasons for empty cells, the basis."""
    fields: list[str] = []
    for column in view.shown:
        fields.append(column.name)
        if column.name in view.labels:
            fields.append(f"{column.name}_name")
    fields += [column.absent for column in view.shown if column.absent]
    if "basis" in view.frame.columns:
        fields.append("basis")
    return [name for name in dict.fromkeys(fields) if view.frame.schema.get(name) != pl.Binary]


def _titles(view: View, fields: list[str]) -> list[str]:
    names = {column.name: _title(column, view) for column in view.schema.columns}
    names |= {
        f"{name}_name": f"{names[name]} ({ {'sv': 'namn', 'en': 'name'}[view.language] })"
        for name in view.labels
    }
    return [harmless(names[name]) for name in fields]


def _title(column: Column, view: View) -> str:
    return column.label[view.language]


def _rows(view: View, fields: list[str]) -> list[list[str | int | float | None]]:
    return [[_field(view, name, row) for name in fields] for row in view.frame.iter_rows(named=True)]


def _field(view: View, name: str, row: dict[str, str | int | float | None]) -> str | int | float | None:
    if name in row:
        return row[name]
    code = row[name.removesuffix("_name")]
    known = view.labels[name.removesuffix("_name")].get(str(code))
    return known.text if known else None


def _plain(value: str | int | float | None) -> str:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else repr(value)
