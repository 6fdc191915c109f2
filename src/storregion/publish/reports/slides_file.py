"""A deck as PPTX: wide slides with charts that can be edited and carry their numbers.

Every text goes in as text: nothing in it is run as a formula, followed as a link or read as markup.
"""

import datetime
import io
import re
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from storregion.core import units
from storregion.core.errors import CallError
from storregion.core.language import Language
from storregion.publish.numbers import ABSENT, scaled
from storregion.publish.numbers import said as figure_words
from storregion.publish.reports import pdf
from storregion.publish.reports.model import Cell, runs
from storregion.publish.reports.slides import Chart, Deck, Slide
from storregion.publish.reports.word_file import LOCALES, fixed
from storregion.publish.reports.wording import fresh, word

_INK, _SOFT, _ACCENT, _RULE = "17242B", "4D5C63", "A8430F", "D5DDDF"
_SERIES = ("0B4A66", "C98D4B", "4FA7AC", "7A5C86")
_LONGEST = 255
"""Letters that a property of a file may have."""
_WIDE, _HIGH = 33.867, 19.05
"""Centimetres of a slide: 16 to 9."""
_LEFT, _ACROSS = 1.6, 30.6
_LARGE, _LETTERS = 115, 13
"""Points of type for the one figure of a slide, and how many letters of it have room on a line."""
_SIZES = ((22, 450), (18, 800), (14, 1400), (11, 2400), (9, 10**9))
"""Points of type for words on a slide, by fewer letters than how many."""
_TITLE_ONLY, _TITLE_SLIDE = 5, 0
"""Layouts of the template: a title alone, and the first slide's."""
_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]+")


@dataclass(frozen=True)
class Letters:
    """How words are set: language, size in points, colour."""

    language: Language
    size: int
    colour: str = _SOFT
    bold: bool = False


def written(deck: Deck) -> bytes:
    """A deck as the bytes of a PPTX file. The same deck gives the same bytes.

    Parameters
    ----------
    deck : what is written.

    Raises
    ------
    CallError
        python-pptx or XlsxWriter is not installed.
    """
    try:
        import pptx
        import xlsxwriter  # noqa: F401 - the numbers of a chart are a workbook
    except ImportError:
        raise CallError("a PPTX needs python-pptx; install with: pip install 'storregion[reports]'") from None
    show = pptx.Presentation()
    _wide(show)
    _described(show, deck)
    _first(show, deck)
    for number, slide in enumerate(deck.slides, 2):
        _add(show, slide, deck, number)
    buffer = io.BytesIO()
    show.save(buffer)
    return fixed(buffer.getvalue(), pdf.moment(deck))


def inert(text: str) -> str:
    """Words on one line, without signs that cannot be shown."""
    return " ".join(_NOT_SHOWN.sub(" ", text).split(" ")).strip()


def _plain(cell: Cell, deck: Deck) -> str:
    """What a sentence says. No marks: a slide says once that it is calculated."""
    return inert("".join(run.text for run in runs(cell, deck.language)))


def _wide(show: Any) -> None:
    """The template's layouts stretched from 4:3 to 16:9."""
    from pptx.util import Cm

    share = Cm(_WIDE) / show.slide_width
    show.slide_width, show.slide_height = Cm(_WIDE), Cm(_HIGH)
    master = show.slide_master
    for shape in [*master.shapes, *(shape for layout in master.slide_layouts for shape in layout.shapes)]:
        if shape._element.xpath(".//a:xfrm"):
            shape.left, shape.width = int(shape.left * share), int(shape.width * share)


def _described(show: Any, deck: Deck) -> None:
    properties = show.core_properties
    properties.title, properties.subject, properties.author = (
        shorten(inert(it), _LONGEST, placeholder=" …") for it in (deck.title, deck.about, deck.group)
    )
    properties.language, properties.identifier = LOCALES[deck.language], deck.key
    properties.last_modified_by, properties.comments, properties.revision = inert(deck.group), "", 1
    properties.created = properties.modified = _day(deck)


def _day(deck: Deck) -> datetime.datetime:
    return pdf.moment(deck).replace(tzinfo=None)


def _first(show: Any, deck: Deck) -> None:
    """The first slide: what the deck is about, and how fresh it is."""
    slide = show.slides.add_slide(show.slide_layouts[_TITLE_SLIDE])
    _titled(slide, deck.title, deck, (6.0, 3.6), 40)
    below = slide.placeholders[1]
    _placed(below, 9.8, 5.0)
    _say(below.text_frame, [deck.about, f"{deck.group} · {fresh(deck)}"], Letters(deck.language, 20))
    slide.notes_slide.notes_text_frame.text = inert(fresh(deck))


def _add(show: Any, it: Slide, deck: Deck, number: int) -> None:
    slide = show.slides.add_slide(show.slide_layouts[_TITLE_ONLY])
    title = _plain(it.title, deck)
    _titled(slide, title, deck, (0.9, 2.5), 28 if len(title) < 100 else 23 if len(title) < 140 else 19)
    if it.subtitle:
        _box(slide, "subtitle", (3.4, 1.0), [it.subtitle], Letters(deck.language, 17))
    if it.chart:
        _charted(slide, it, deck, title)
    elif it.large:
        shown = inert(figure_words(it.large, deck.language))
        size = min(_LARGE, _LETTERS * _LARGE // len(shown))
        _box(slide, "figure", (6.2, 5.5), [shown], Letters(deck.language, size, _SERIES[0], bold=True))
    else:
        _listed(slide, it, deck)
    caveats = [_plain(caveat, deck) for caveat in it.caveats]
    if it.estimated != "none":
        caveats.insert(0, word("all_estimated" if it.estimated == "all" else "slide_partly", deck.language))
    if caveats:
        told = " ".join(caveats)
        _box(
            slide,
            "caveats",
            (15.2, 1.9),
            [told],
            Letters(deck.language, 13 if len(told) < 390 else 11 if len(told) < 600 else 9, _ACCENT),
        )
    foot = " · ".join(part for part in (it.source, deck.group, str(number)) if part)
    _box(slide, "source", (17.1, 1.7), [foot], Letters(deck.language, 12 if len(foot) < 270 else 9))
    slide.notes_slide.notes_text_frame.text = "\n".join(_notes(it, deck, title, caveats))


def _listed(slide: Any, it: Slide, deck: Deck) -> None:
    """Words under the title: a quote, then points."""
    said = []
    if it.quote:
        said += [it.quote.translation] if it.quote.translation else []
        said += [f"”{it.quote.words}”", it.quote.source]
    said += [f"• {_plain(point, deck)}" for point in it.points]
    size = next(size for size, most in _SIZES if sum(map(len, said)) < most)
    _box(slide, "points", (4.6, 10.4), said, Letters(deck.language, size, _INK))


def _notes(it: Slide, deck: Deck, title: str, caveats: list[str]) -> list[str]:
    """What stands under the slide: its words, what its chart does not show, sources."""
    found = [title, it.subtitle, *caveats]
    for category, series, figure in it.chart.absent if it.chart else ():
        found.append(f"{category}, {series}: {ABSENT[figure.absent or 'missing'][deck.language]}")
    return [inert(line) for line in (*found, it.source, *it.notes) if line]


def _titled(slide: Any, text: str, deck: Deck, place: tuple[float, float], size: int) -> None:
    title = slide.shapes.title
    _placed(title, *place)
    _say(title.text_frame, [text], Letters(deck.language, size, _INK, bold=True))


def _colour(code: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(code)


def _placed(shape: Any, top: float, height: float) -> None:
    from pptx.util import Cm

    shape.left, shape.top, shape.width, shape.height = Cm(_LEFT), Cm(top), Cm(_ACROSS), Cm(height)


def _box(slide: Any, name: str, place: tuple[float, float], said: list[str], letters: Letters) -> None:
    from pptx.util import Cm

    top, height = place
    box = slide.shapes.add_textbox(Cm(_LEFT), Cm(top), Cm(_ACROSS), Cm(height))
    box.name = name
    _say(box.text_frame, said, letters)


def _say(frame: Any, said: list[str], letters: Letters) -> None:
    """Paragraphs of plain words."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
    for at, text in enumerate(said):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment, paragraph.space_after = PP_ALIGN.LEFT, Pt(letters.size / 3)
        run = paragraph.add_run()
        run.text = inert(text)
        run.font.name, run.font.size, run.font.bold = "Calibri", Pt(letters.size), letters.bold
        run.font.color.rgb = _colour(letters.colour)
        run._r.get_or_add_rPr().set("lang", LOCALES[letters.language])


def _charted(slide: Any, it: Slide, deck: Deck, title: str) -> None:
    """The chart as Office draws it, its numbers in the workbook inside."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Cm

    assert it.chart is not None  # noqa: S101 - asked before
    chart = it.chart
    data = CategoryChartData(number_format=_format(chart.unit))
    data.categories = [inert(name) for name in chart.categories]
    for one in chart.series:
        data.add_series(inert(one.name), [_value(figure) for figure in one.figures])
    form = XL_CHART_TYPE.LINE_MARKERS if chart.kind == "lines" else XL_CHART_TYPE.BAR_CLUSTERED
    place = Cm(_LEFT), Cm(4.5), Cm(_ACROSS), Cm(10.6)
    frame = slide.shapes.add_chart(form, *place, data)
    frame.name = "chart"
    frame._element.nvGraphicFramePr.cNvPr.set("descr", f"{title} {inert(it.subtitle)}")
    frame.chart.part.chart_workbook.update_from_xlsx_blob(_workbook(chart, deck))
    _drawn(frame.chart, chart)


def _value(figure: Any) -> float | int | None:
    return None if figure is None else scaled(figure.value, figure.unit)


def _format(unit: str) -> str:
    """How Office writes the unit's numbers; it puts the signs of the reader's own language."""
    form = units.unit(unit)
    return ("#,##0" if form.grouped else "0") + ("." + "0" * form.decimals if form.decimals else "")


def _workbook(chart: Chart, deck: Deck) -> bytes:
    """The chart's numbers, and on a second sheet the cell and basis of each.

    Names are written as words whatever they begin with, so that none becomes a formula or a link.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"title": inert(deck.title), "created": _day(deck)})
        numbers, cells = book.add_worksheet("Sheet1"), book.add_worksheet("Cells")
        form = book.add_format({"num_format": _format(chart.unit)})
        for row, category in enumerate(chart.categories, 1):
            numbers.write_string(row, 0, inert(category))
        for column, name in enumerate(("category", "series", "value", "unit", "basis", "cell")):
            cells.write_string(0, column, name)
        line = 1
        for column, one in enumerate(chart.series, 1):
            numbers.write_string(0, column, inert(one.name))
            for row, figure in enumerate(one.figures):
                value = _value(figure)
                if value is not None:
                    numbers.write_number(row + 1, column, value, form)
                if figure is None:
                    continue
                words = [chart.categories[row], one.name, "", figure.unit, figure.basis, figure.id]
                for at, text in enumerate(words):
                    cells.write_string(line, at, inert(text))
                if figure.value is not None:
                    cells.write_number(line, 2, figure.value)
                line += 1
    return buffer.getvalue()


def _drawn(made: Any, chart: Chart) -> None:
    """Fonts, colours, labels at bars and line ends; a legend only where there are several series."""
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    made.font.size, made.font.name = Pt(14), "Calibri"
    made.font.color.rgb = _colour(_INK)
    made.has_title = False
    made.has_legend = len(chart.series) > 1
    if made.has_legend:
        made.legend.position, made.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    axis = made.value_axis
    axis.major_gridlines.format.line.color.rgb = _colour(_RULE)
    axis.format.line.fill.background()
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = _format(chart.unit), False
    if chart.kind == "bars":
        _bars(made, chart)
    else:
        _lines(made, chart)


def _bars(made: Any, chart: Chart) -> None:
    """The first category on top, the number at each bar's end, and so no axis of numbers."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    made.category_axis.reverse_order = True
    made.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    made.value_axis.visible, made.value_axis.has_major_gridlines = False, False
    plot = made.plots[0]
    plot.gap_width, plot.overlap = 45, -5
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.show_value, labels.number_format = True, _format(chart.unit)
    labels.number_format_is_linked = False
    for series, colour in zip(plot.series, _SERIES, strict=False):
        series.invert_if_negative = False
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _colour(colour)


def _lines(made: Any, chart: Chart) -> None:
    """A line over the years without figures, its last number at its end."""
    from pptx.enum.chart import XL_LABEL_POSITION, XL_MARKER_STYLE
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    blanks = made._chartSpace.chart.find(qn("c:dispBlanksAs"))
    if blanks is not None:
        blanks.set("val", "span")
    for series, one, colour in zip(made.plots[0].series, chart.series, _SERIES, strict=False):
        ink = _colour(colour)
        series.smooth = False
        series.format.line.color.rgb, series.format.line.width = ink, Pt(2.75)
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 6
        series.marker.format.fill.solid()
        series.marker.format.fill.fore_color.rgb = series.marker.format.line.color.rgb = ink
        last = max(at for at, figure in enumerate(one.figures) if _value(figure) is not None)
        label = series.points[last].data_label
        label.position = XL_LABEL_POSITION.ABOVE
        label.font.size, label.font.bold = Pt(14), True
        label.font.color.rgb = ink
