"""A report as DOCX, to be worked on: real headings, header rows, alt texts, language and title."""

import datetime
import io
import re
import zipfile
from typing import Any

from storregion.core.errors import CallError
from storregion.publish.reports import pdf
from storregion.publish.reports.model import (
    Block,
    Cell,
    Drawing,
    Items,
    Paragraph,
    Quote,
    Report,
    Table,
    runs,
)
from storregion.publish.reports.wording import fresh, word

LOCALES = {"sv": "sv-SE", "en": "en-GB"}


_INK, _DEEP, _SOFT, _ACCENT = "17242B", "0B4A66", "4D5C63", "A8430F"


_PALE, _RULE = "E3EEF1", "B9C4C8"


_TICK = "☐ "


_LETTER, _PADDING = 0.2, 0.45
"""Centimetres that a letter of a table takes, and those between a cell's words and its edges."""


_WIDTH = 16.0
"""Centimetres between the margins."""


def written(report: Report) -> bytes:
    """A report as the bytes of a DOCX file. The same report gives the same bytes.

    Parameters
    ----------
    report : what is written.

    Raises
    ------
    CallError
        python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise CallError("a DOCX needs python-docx; install with: pip install 'storregion[reports]'") from None
    document = docx.Document()
    _prepare(document, report)
    document.add_paragraph(report.eyebrow, style="Subtitle")
    document.add_paragraph(report.title, style="Title")
    document.add_paragraph(f"{report.group} · {fresh(report)}")
    if report.estimated:
        document.add_paragraph(word("basis_warning", report.language), style="Intense Quote")
    for section in report.sections:
        document.add_heading(section.heading, section.level)
        for block in section.blocks:
            _add(document, block, report)
    buffer = io.BytesIO()
    document.save(buffer)
    return fixed(buffer.getvalue(), pdf.moment(report))


def _prepare(document: Any, report: Report) -> None:
    """Page, styles, language and properties."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm((21 - _WIDTH) / 2)
    page.top_margin = page.bottom_margin = Cm(2)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    notice = document.styles["Intense Quote"].paragraph_format
    notice.left_indent = notice.right_indent = Cm(0)
    notice.space_before = notice.space_after = Pt(6)
    document.styles["Intense Quote"].font.bold = False
    for name, size, colour in (
        ("Normal", 11, _INK),
        ("Title", 24, _INK),
        ("Subtitle", 10, _SOFT),
        ("Heading 1", 16, _DEEP),
        ("Heading 2", 12.5, _INK),
        ("Caption", 10, _INK),
        ("Intense Quote", 11, _ACCENT),
        ("Quote", 12, _DEEP),
    ):
        font = document.styles[name].font
        font.name, font.size, font.color.rgb = "Calibri", Pt(size), RGBColor.from_string(colour)
        font.italic = False
        fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in [key for key in fonts.attrib if "Theme" in key]:
            del fonts.attrib[attribute]
    default = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    language = default.find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        default.append(language)
    language.set(qn("w:val"), LOCALES[report.language])
    properties = document.core_properties
    properties.title, properties.subject, properties.author = report.title, report.about, report.group
    properties.language, properties.comments, properties.identifier = LOCALES[report.language], "", report.key
    properties.last_modified_by = report.group
    properties.created = properties.modified = pdf.moment(report).replace(tzinfo=None)


def _add(document: Any, block: Block, report: Report) -> None:
    if isinstance(block, Paragraph):
        style = "Intense Quote" if block.kind == "notice" else "Normal"
        _say(document.add_paragraph(style=style), block.sentences, report)
    elif isinstance(block, Items):
        for entry in block.entries:
            ticked = block.kind == "check"
            paragraph = document.add_paragraph(style="Normal" if ticked else "List Bullet")
            if ticked:
                paragraph.add_run(_TICK)
            _say(paragraph, entry, report)
    elif isinstance(block, Quote):
        if block.translation:
            document.add_paragraph(block.translation)
        quoted = document.add_paragraph(style="Quote")
        _in_language(quoted.add_run(f"”{block.words}”"), LOCALES[block.language])
        document.add_paragraph(block.source, style="Caption")
    elif isinstance(block, Drawing):
        _picture(document, block)
    else:
        _table(document, block, report)


def _say(paragraph: Any, sentences: tuple[Cell, ...], report: Report) -> None:
    for at, sentence in enumerate(sentences):
        if at:
            paragraph.add_run(" ")
        for run in runs(sentence, report.language):
            paragraph.add_run(run.text)
            if run.mark:
                paragraph.add_run(run.mark).font.superscript = True


def _in_language(run: Any, locale: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    language = OxmlElement("w:lang")
    language.set(qn("w:val"), locale)
    run._r.get_or_add_rPr().append(language)


def _picture(document: Any, drawing: Drawing) -> None:
    """A drawing as PNG for every program, its SVG beside it for those that can show it."""
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml
    from docx.shared import Cm

    width = {"whole": _WIDTH, "most": 0.85 * _WIDTH, "half": 0.5 * _WIDTH}[drawing.width]
    shape = document.add_picture(io.BytesIO(pdf.raster(drawing.svg)), width=Cm(width))
    document.paragraphs[-1].paragraph_format.keep_with_next = True
    properties = shape._inline.docPr
    properties.set("descr", drawing.alt)
    properties.set("title", drawing.caption)
    name = PackURI(f"/word/media/{drawing.name}.svg")
    part = Part(name, "image/svg+xml", drawing.svg.encode(), document.part.package)
    relation = document.part.relate_to(
        part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    )
    blip = shape._inline.graphic.graphicData.pic.blipFill.blip
    blip.append(
        parse_xml(
            '<a:extLst xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
            '<a:ext uri="{96DAC541-7B7A-43D3-8B79-37D633B846F1}">'
            '<asvg:svgBlip xmlns:asvg="http://schemas.microsoft.com/office/drawing/2016/SVG/main" '
            'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
            f'r:embed="{relation}"/></a:ext></a:extLst>'
        )
    )
    document.add_paragraph(drawing.caption, style="Caption")


def _table(document: Any, table: Table, report: Report) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    caption = document.add_paragraph(table.title, style="Caption")
    caption.paragraph_format.keep_with_next = True
    if table.table:
        caption.add_run(f" · {word('in_table', report.language, table=table.table)}").bold = False
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.header), style="Table Grid")
    made.autofit = False
    _bordered(made)
    head = made.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))
    described = OxmlElement("w:tblCaption")
    described.set(qn("w:val"), table.title)
    made._tbl.tblPr.append(described)
    widths, size = _widths(table, report)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Cm(width)
    lines: list[tuple[Cell, ...]] = [table.header, *table.rows]
    for number, (row, cells) in enumerate(zip(made.rows, lines, strict=True)):
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for at, (place, cell) in enumerate(zip(row.cells, cells, strict=True)):
            place.width = Cm(widths[at])
            if number == 0:
                _shaded(place)
            paragraph = place.paragraphs[0]
            _say(paragraph, (cell,), report)
            paragraph.paragraph_format.space_after = Pt(0)
            if at in table.numbers:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            for run in paragraph.runs:
                run.font.size = Pt(size)
                run.font.bold = True if number == 0 else None
    note = (table.note,) if table.note else ()
    below = document.add_paragraph(style="Normal")
    _say(below, note, report)
    for run in below.runs:
        run.font.size = Pt(9)


def _widths(table: Table, report: Report) -> tuple[list[float], float]:
    """The columns' widths in centimetres, and the size of type in points.

    A column has its share of the page, but never less than its longest word needs; where the words of all do
    not fit, they are set smaller.
    """
    shares = table.widths or (3, *[2] * (len(table.header) - 1))
    whole = [_WIDTH * share / sum(shares) for share in shares]
    least = []
    for at in range(len(table.header)):
        said = ["".join(run.text for run in runs(row[at], report.language)) for row in table.rows]
        # Addresses of cells may break at their signs; words of a language may not break at all.
        longest = max(
            len(word)
            for text in (table.header[at], *said)
            for word in re.split(r"[ \n/,?#=&-]+", text) or [""]
        )
        least.append(min(_LETTER * longest + _PADDING, _WIDTH / 2))
    spare = [max(width - need, 0.0) for width, need in zip(whole, least, strict=True)]
    over = sum(least) + sum(spare) - _WIDTH
    part = max(1 - over / sum(spare), 0.0) if sum(spare) else 0.0
    found = [need + part * more for need, more in zip(least, spare, strict=True)]
    fits = min(1.0, _WIDTH / sum(found))
    return [_WIDTH * width / sum(found) for width in found], max(7.0, round(2 * 9 * fits) / 2)


def _shaded(cell: Any) -> None:
    """A pale ground for a cell of the header, dark words on it."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    ground = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", _PALE)):
        ground.set(qn(f"w:{name}"), value)
    cell._tc.get_or_add_tcPr().append(ground)


def _bordered(made: Any) -> None:
    """Thin lines between the rows only."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        there = side in ("top", "bottom", "insideH")
        for name, value in (("val", "single" if there else "nil"), ("sz", "4"), ("color", _RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    made._tbl.tblPr.append(borders)


def fixed(content: bytes, moment: datetime.datetime) -> bytes:
    """An Office file with one date on all its parts, so that its bytes do not depend on the clock.

    Parameters
    ----------
    content : the file.
    moment : the date; no earlier one than 1980 can be written.
    """
    date = max(moment, datetime.datetime(1980, 1, 1, tzinfo=datetime.UTC)).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return buffer.getvalue()
