"""A report as a tagged PDF (PDF/UA-1), set by Typst in this process.

The report goes to the layout as data, never as markup: what a text holds is shown, not run.
"""

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from storregion.core.errors import CallError, DataError
from storregion.publish.reports.model import Cell, Drawing, Items, Paragraph, Quote, Report, Table, runs
from storregion.publish.reports.slides import Deck
from storregion.publish.reports.wording import fresh, word

HERE = Path(__file__).parent
PLAIN = 10.0
SIZES = (12.0, 11.5, 11.0, 10.5, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5)
"""Sizes of type, in points, that are tried for a report with a fixed number of pages."""
_TURN = Lock()


def written(report: Report) -> bytes:
    """A report as the bytes of a PDF. The same report gives the same bytes.

    Parameters
    ----------
    report : what is set. One with a fixed number of pages is set in the largest type that fits them.

    Raises
    ------
    CallError
        Typst is not installed.
    DataError
        It does not fit its pages, or breaks a rule of PDF/UA-1 (the message says which).
    """
    if report.sheets is None:
        return bytes(_compiled(report, PLAIN, "pdf"))
    for size in SIZES:
        if len(pictures(report, size, ppi=12)) == report.sheets:
            return bytes(_compiled(report, size, "pdf"))
    raise DataError(f"{report.title!r} does not fit {report.sheets} pages; say less in it")


def pictures(report: Report, size: float = PLAIN, ppi: float = 144) -> list[bytes]:
    """The pages of a report as PNG.

    Parameters
    ----------
    report : what is set.
    size : of type, in points.
    ppi : dots an inch.
    """
    return list(_compiled(report, size, "png", ppi))


def raster(svg: str, width: float = 480, ppi: float = 200) -> bytes:
    """A drawing as PNG, for files that cannot hold a vector picture alone.

    Parameters
    ----------
    svg : the drawing.
    width : in points.
    ppi : dots an inch.
    """
    inputs = {"svg": svg, "width": str(width)}
    with _compiler() as compiler:
        return bytes(compiler.compile(_layout("picture.typ"), sys_inputs=inputs, format="png", ppi=ppi))


def moment(report: Report | Deck) -> datetime.datetime:
    """When a report's files were made: SOURCE_DATE_EPOCH where set, else the day of its newest source."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit() and len(epoch) < 12:
        return datetime.datetime.fromtimestamp(int(epoch), datetime.UTC)
    return datetime.datetime.combine(report.date, datetime.time(), datetime.UTC)


@contextmanager
def _compiler() -> Iterator[Any]:
    """The compiler, for one thread at a time: it refuses a second while it sets for the first."""
    with _TURN:
        yield _begun()


@cache
def _begun() -> Any:
    """One compiler a process: it keeps fonts and what it has set before."""
    try:
        import typst
    except ImportError:
        raise CallError("a PDF needs typst; install with: pip install 'storregion[reports]'") from None
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[HERE / "fonts"])
    return typst.Compiler(root=HERE, font_paths=fonts)


@cache
def _layout(name: str) -> bytes:
    return (HERE / name).read_bytes()


def _compiled(report: Report, size: float, form: str, ppi: float | None = None) -> Any:
    inputs = {"report": msgspec.json.encode(data(report)).decode(), "size": str(size)}
    more: dict[str, Any] = {"pdf_standards": ["ua-1"]} if form == "pdf" else {"ppi": ppi}
    try:
        with _compiler() as compiler:
            found = compiler.compile(
                _layout("report.typ"), sys_inputs=inputs, format=form, timestamp=moment(report), **more
            )
    except RuntimeError as error:
        raise DataError(f"{report.title!r} cannot be set as PDF: {error}") from None
    if form == "pdf":
        return found
    return found if isinstance(found, list) else [found]


def data(report: Report) -> dict[str, Any]:
    """A report as plain data for the layout: every text a string, every number in words.

    Parameters
    ----------
    report : what is set.
    """
    language = report.language
    names = ("page", "of", "version", "basis_warning")
    return {
        "title": report.title,
        "eyebrow": report.eyebrow,
        "about": report.about,
        "group": report.group,
        "language": language,
        "fresh": fresh(report),
        "key": report.key,
        "estimated": report.estimated,
        "sheets": report.sheets or 0,
        "words": {name: word(name, language) for name in names},
        "sections": [
            {
                "name": section.name,
                "heading": section.heading,
                "level": section.level,
                "blocks": [_block(block, report) for block in section.blocks],
            }
            for section in report.sections
        ],
    }


def _runs(cell: Cell, report: Report) -> list[dict[str, str]]:
    return [{"text": run.text, "mark": run.mark} for run in runs(cell, report.language)]


def _sentences(sentences: tuple[Any, ...], report: Report) -> list[dict[str, str]]:
    """Sentences as runs, a space between each two."""
    found: list[dict[str, str]] = []
    for sentence in sentences:
        found += [{"text": " ", "mark": ""}] if found else []
        found += _runs(sentence, report)
    return found


def _block(block: object, report: Report) -> dict[str, Any]:
    if isinstance(block, Paragraph):
        return {"is": "paragraph", "kind": block.kind, "runs": _sentences(block.sentences, report)}
    if isinstance(block, Items):
        entries = [_sentences(entry, report) for entry in block.entries]
        return {"is": "items", "kind": block.kind, "entries": entries}
    if isinstance(block, Quote):
        parts = {"words": block.words, "source": block.source, "translation": block.translation or ""}
        return {"is": "quote", "language": block.language, **parts}
    if isinstance(block, Drawing):
        parts = {"svg": block.svg, "alt": block.alt, "caption": block.caption, "width": block.width}
        return {"is": "drawing", **parts}
    assert isinstance(block, Table)  # noqa: S101 — the last kind of block
    return {
        "is": "table",
        "title": block.title,
        "table": word("in_table", report.language, table=block.table) if block.table else "",
        "header": list(block.header),
        "rows": [[_runs(cell, report) for cell in row] for row in block.rows],
        "numbers": sorted(block.numbers),
        "widths": list(block.widths),
        "note": _runs(block.note, report) if block.note else [],
    }
