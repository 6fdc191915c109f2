"""Rows as a workbook: the rows on one sheet, what to know about them once on another."""

import datetime
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from storregion.core.language import LANGUAGES, Language
from storregion.publish.files.metadata import FACTS, WORDS, Views, caveats_of, facts, fields, heading, said
from storregion.publish.view import View

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format

_FIXED = datetime.datetime(2000, 1, 1)  # so that a file is the same whenever it is made
_HEADING = {"bold": True, "text_wrap": True, "valign": "top"}
LONGEST_SHEET = 31


def xlsx_file(views: Views) -> bytes:
    """A workbook of two sheets. Words and codes are text cells, so that Excel keeps leading zeros."""
    buffer = io.BytesIO()
    with _written(buffer, views[0].title) as book:
        bold = book.add_format(_HEADING)
        _rows(views, book, sheet_name(views[0].title), bold)
        _about(views, book, bold)
    return buffer.getvalue()


def page_workbook(title: str, views: Views) -> bytes:
    """A workbook of all tables of a page, a sheet each, and first a sheet of what to know about them.

    Parameters
    ----------
    title : of the page.
    views : its tables, in one language.
    """
    names = sheet_names([view.title for view in views])
    buffer = io.BytesIO()
    with _written(buffer, title) as book:
        bold = book.add_format(_HEADING)
        _contents(dict(zip(names, views, strict=True)), book, bold)
        for name, view in zip(names, views, strict=True):
            _rows([view], book, name, bold)
    return buffer.getvalue()


@contextmanager
def _written(buffer: io.BytesIO, title: str) -> "Iterator[xlsxwriter.Workbook]":
    """A workbook that is in the buffer when it is closed."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": title, "created": _FIXED})
        yield book


def _rows(views: Views, book: "xlsxwriter.Workbook", sheet_name: str, bold: "Format") -> None:
    view = views[0]
    sheet = book.add_worksheet(sheet_name)
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


def _contents(sheets: Mapping[str, View], book: "xlsxwriter.Workbook", bold: "Format") -> None:
    """What to know about several tables, each thing once: of each table, caveats, and what columns mean."""
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    language = next(iter(sheets.values())).language
    sheet = book.add_worksheet(WORDS["about_sheet"][language])
    sheet.set_column(0, 0, LONGEST_SHEET)
    sheet.set_column(1, len(FACTS), 40)
    for down, row in enumerate(_known(sheets, language)):
        for at, text in enumerate(row):
            sheet.write_string(down, at, text, wrap if at else bold)


def _known(sheets: Mapping[str, View], language: Language) -> Iterator[Sequence[str]]:
    """The rows of the sheet of what to know; an empty one stands between its parts."""
    words = {name: text[language] for name, text in WORDS.items()}
    of_each = [name for name in FACTS if name != "caveats"]
    yield [words["sheet"], *(words[name] for name in of_each)]
    for name, view in sheets.items():
        known = facts(view)
        yield [name, *(known[fact] for fact in of_each)]
    yield []
    yield [words["sheet"], words["caveats"]]
    for text, about in caveats_of(sheets).items():
        yield [words["all_sheets"] if len(about) == len(sheets) else "; ".join(about), text]
    yield []
    yield [words["columns"]]
    shown = (column for view in sheets.values() for column in view.shown)
    yield from dict.fromkeys((column.label[language], column.about[language]) for column in shown)


def sheet_names(titles: Sequence[str]) -> list[str]:
    """The names of the sheets of a workbook, each once; Excel takes capitals and small letters for the same.

    Examples
    --------
    >>> sheet_names(["Jobb: byn", "Jobb: byn", "jobb, byn"])
    ['Jobb, byn', 'Jobb, byn (2)', 'jobb, byn (3)']
    """
    taken = {WORDS["about_sheet"][language].lower() for language in LANGUAGES}
    found: list[str] = []
    for title in titles:
        name, at = sheet_name(title), 1
        while name.lower() in taken:
            at += 1
            ending = f" ({at})"
            name = sheet_name(title)[: LONGEST_SHEET - len(ending)].rstrip() + ending
        taken.add(name.lower())
        found.append(name)
    return found


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
