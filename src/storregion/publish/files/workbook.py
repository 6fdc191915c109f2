"""Rows as a workbook: the rows on one sheet, what to know about them once on another."""

import datetime
import io
import re
from typing import TYPE_CHECKING

from storregion.publish.files.metadata import WORDS, Views, facts, fields, heading, said

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format

_FIXED = datetime.datetime(2000, 1, 1)  # so that a file is the same whenever it is made
LONGEST_SHEET = 31


def xlsx_file(views: Views) -> bytes:
    """A workbook of two sheets. Words and codes are text cells, so that Excel keeps leading zeros."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": views[0].title, "created": _FIXED})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        _rows(views, book, bold)
        _about(views, book, bold)
    return buffer.getvalue()


def _rows(views: Views, book: "xlsxwriter.Workbook", bold: "Format") -> None:
    view = views[0]
    sheet = book.add_worksheet(sheet_name(view.title))
    names = fields(view)
    for at, name in enumerate(names):
        sheet.write_string(0, at, heading(views, name), bold)
    for down, row in enumerate(view.worded.select(names).iter_rows(), start=1):
        for at, value in enumerate(row):
            if isinstance(value, int | float):
                sheet.write_number(down, at, value)
            elif value is not None:
                sheet.write_string(down, at, value)
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(names) - 1, 16)


def _about(views: Views, book: "xlsxwriter.Workbook", bold: "Format") -> None:
    """What to know, a column a language."""
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(said(views, WORDS["about_sheet"], " – "))
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, len(views), 100 // len(views))
    known = [facts(view) for view in views]
    for down, name in enumerate(known[0]):
        sheet.write_string(down, 0, said(views, WORDS[name]), bold)
        for at, found in enumerate(known, start=1):
            sheet.write_string(down, at, found[name], wrap)
    for down, column in enumerate(views[0].shown, start=len(known[0]) + 1):
        sheet.write_string(down, 0, said(views, column.label), bold)
        for at, view in enumerate(views, start=1):
            sheet.write_string(down, at, column.about[view.language], wrap)


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
