"""Slides: charts that carry their tables' numbers, sentences as titles, and nothing that runs."""

import dataclasses
import datetime
import io
import math
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pptx
import pytest

from storregion.cli import main
from storregion.core.errors import CallError
from storregion.core.language import LANGUAGES, Language
from storregion.core.lineage import Figure
from storregion.publish.reports import decks, slides_file
from storregion.publish.reports.model import Sentence
from storregion.publish.reports.slides import Chart, Deck, Series, Slide
from storregion.publish.site import Site

JOBS = (("place", "0381"), ("place", "03"), ("state", ""), ("focus", "goal"), ("scenario", "ostlanken"))
DAY = datetime.date(2025, 1, 2)


def shown(deck: Deck) -> Any:
    return pptx.Presentation(io.BytesIO(slides_file.written(deck)))


def chart_of(slide: Any) -> Any:
    return next((shape.chart for shape in slide.shapes if shape.has_chart), None)


def book_of(chart: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(chart.part.chart_workbook.xlsx_part.blob))


def box(slide: Any, name: str) -> str:
    return next((str(it.text_frame.text) for it in slide.shapes if it.name == name), "")


def made(site: Site, language: Language, job: tuple[str, str]) -> Deck:
    return decks.made(site, language, job)


def test_a_line_is_the_tables_column_year_by_year(site: Site) -> None:
    show = shown(made(site, "sv", ("place", "0381")))
    chart = chart_of(show.slides[1])
    rows = site.workspace.table("growth").filter(place="0381").sort("year")
    held = dict(zip(rows["year"], rows["persons"], strict=True))
    years = range(rows["year"].min(), rows["year"].max() + 1)  # type: ignore[arg-type, operator]
    assert list(chart.plots[0].categories) == [str(year) for year in years]
    assert list(chart.plots[0].series[0].values) == [held.get(year) for year in years]
    # A share is 0.24658 in the table and 24.658 per cent in the chart.
    ages = site.workspace.table("age_structure").filter(place="0381", year=2021)
    last = chart_of(show.slides[3]).plots[0].series[0].values[-1]
    assert last == pytest.approx(100 * ages["share_0_19"].item(), rel=1e-12)


@pytest.mark.parametrize("job", JOBS, ids="-".join)
def test_a_charts_workbook_holds_its_numbers_and_where_each_is(site: Site, job: tuple[str, str]) -> None:
    deck = made(site, "sv", job)
    show, charts = shown(deck), 0
    for slide, it in zip(list(show.slides)[1:], deck.slides, strict=True):
        chart = chart_of(slide)
        assert (chart is None) == (it.chart is None)
        if chart is None or it.chart is None:
            continue
        charts += 1
        book, plot = book_of(chart), chart.plots[0]
        numbers = list(book["Sheet1"].iter_rows(values_only=True))
        assert [row[0] for row in numbers[1:]] == list(plot.categories)
        for at, series in enumerate(plot.series, 1):
            assert [row[at] for row in numbers[1:]] == [
                None if value is None else pytest.approx(value, rel=1e-12) for value in series.values
            ]
            assert numbers[0][at] == series.name
        cells = list(book["Cells"].iter_rows(min_row=2, values_only=True))
        assert [cell[5] for cell in cells] == [figure.id for figure in it.chart.figures]
        if job[0] != "scenario":
            for figure in it.chart.figures:
                again = site.workspace.figure(figure.table, figure.column, **dict(figure.where))
                assert again == figure
    assert charts >= (2 if job[1] in ("goal", "03") else 3)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("job", JOBS, ids="-".join)
def test_a_slide_says_what_it_shows_its_source_and_once_that_it_is_calculated(
    site: Site, language: Language, job: tuple[str, str]
) -> None:
    deck = made(site, language, job)
    show = shown(deck)
    assert (show.slide_width / show.slide_height) == pytest.approx(16 / 9, rel=1e-3)
    calculated = {"sv": "eräknat, inte uppmätt", "en": "alculated, not measured"}[language]
    for slide, it in zip(list(show.slides)[1:], deck.slides, strict=True):
        title, notes = slide.shapes.title.text_frame.text, slide.notes_slide.notes_text_frame.text
        assert " " in title
        assert title in notes
        words = " ".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        assert words.count(calculated) == (it.estimated != "none")
        if it.chart:
            assert box(slide, "subtitle")
            assert {"sv": "Källa: ", "en": "Source: "}[language] in box(slide, "source")
            assert all(site.workspace.key(table) in notes for table in it.tables)
            frame = next(shape for shape in slide.shapes if shape.has_chart)
            assert title in frame._element.nvGraphicFramePr.cNvPr.get("descr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("job", JOBS, ids="-".join)
def test_words_fit_their_boxes(site: Site, language: Language, job: tuple[str, str]) -> None:
    # A letter of Calibri is half as wide as its size on average, a line a fifth higher; 12 700 EMU a point.
    for slide in shown(made(site, language, job)).slides:
        for shape in (it for it in slide.shapes if it.has_text_frame):
            high = 0.0
            for paragraph in shape.text_frame.paragraphs:
                size = paragraph.runs[0].font.size.pt
                lines = math.ceil(len(paragraph.text) * 0.5 * size / (shape.width / 12700 - 15))
                high += lines * size * 1.2 + size / 3
            assert high - size / 3 <= shape.height / 12700 + 1, (shape.name, shape.text_frame.text)


HOSTILE = '=HYPERLINK("http://x.example","a")'
NAMES = (
    HOSTILE,
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "-2+3",
    "<script>{x}</script>",
    "http://x.example",
    "a\x00\x0bb",
)


def hostile() -> Deck:
    figures = tuple(
        Figure(at, "persons", "t", "c", (("place", name),), "k", "observed") for at, name in enumerate(NAMES)
    )
    chart = Chart("bars", "persons", NAMES, (Series(HOSTILE, figures),))
    title = Sentence("{it}", {"it": HOSTILE})
    slide = Slide(title, HOSTILE, chart, caveats=(title,), source=HOSTILE, notes=NAMES)
    listed = Slide(title, points=tuple(Sentence("{it}", {"it": name}) for name in NAMES))
    return Deck("a", HOSTILE, HOSTILE, "sv", NAMES[4], 2024, DAY, (slide, listed))


def test_no_name_becomes_a_formula_a_link_or_markup() -> None:
    content = slides_file.written(hostile())
    show = pptx.Presentation(io.BytesIO(content))
    chart = chart_of(show.slides[1])
    kept = [*NAMES[:6], "a b"]
    assert list(chart.plots[0].categories) == kept
    blob = chart.part.chart_workbook.xlsx_part.blob
    rows = list(book_of(chart)["Sheet1"].iter_rows())
    assert [(row[0].value, row[0].data_type) for row in rows[1:]] == [(name, "s") for name in kept]
    assert (rows[0][1].value, rows[0][1].data_type) == (HOSTILE, "s")
    with zipfile.ZipFile(io.BytesIO(blob)) as book:
        assert not any(
            b"<f>" in book.read(name) or b"hyperlink" in book.read(name) for name in book.namelist()
        )
        assert not any("externalLink" in name for name in book.namelist())
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                text = parts.read(name)
                assert b"<script" not in text
                assert b"hlinkClick" not in text
                assert b'TargetMode="External"' not in text
    assert show.slides[1].shapes.title.text_frame.text == HOSTILE


def test_the_same_deck_gives_the_same_bytes_dated_by_its_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    first = slides_file.written(hostile())
    with zipfile.ZipFile(io.BytesIO(first)) as parts:
        assert {info.date_time[:3] for info in parts.infolist()} == {(2025, 1, 2)}
        inside = next(name for name in parts.namelist() if name.endswith(".xlsx"))
        with zipfile.ZipFile(io.BytesIO(parts.read(inside))) as book:
            assert b"2025-01-02T00:00:00Z" in book.read("docProps/core.xml")
    assert first == slides_file.written(hostile())
    # What changes a figure changes the version.
    other = dataclasses.replace(hostile(), slides=hostile().slides[1:])
    assert other.key != hostile().key


def test_a_figure_without_value_is_not_zero() -> None:
    gone = Figure(None, "persons", "t", "c", (("place", "b"),), "k", "observed", "suppressed")
    there = Figure(0, "persons", "t", "c", (("place", "a"),), "k", "observed")
    chart = Chart("bars", "persons", ("A", "B"), (Series("S", (there, gone)),))
    slide = Slide(Sentence("Two places"), "x", chart)
    show = shown(Deck("a", "T", "t", "sv", "G", 2024, DAY, (slide,)))
    assert list(chart_of(show.slides[1]).plots[0].series[0].values) == [0, None]
    assert "B, S: sekretess" in show.slides[1].notes_slide.notes_text_frame.text


def test_the_command_writes_slides(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--store", str(site.workspace.store.folder), "report"]
    assert main([*words, "focus", "goal", "--language", "en", "--to", str(tmp_path)]) == 0
    assert main([*words, "state", "0381", "--pptx", "--to", str(tmp_path)]) == 0
    names = {"slides-focus-goal-en.pptx", "state-sv.pptx", "underlag-0381-sv.pptx"}
    assert {path.name for path in tmp_path.iterdir()} == names
    capsys.readouterr()
    assert main([*words, "scenario", "--to", str(tmp_path)]) == 2
    assert "report scenario NAME" in capsys.readouterr().err
    assert main([*words, "focus", "goal", "--pdf", "--to", str(tmp_path)]) == 2
    assert "--pptx" in capsys.readouterr().err


def test_a_figure_of_one_year_alone_stands_large_and_not_as_one_bar(site: Site) -> None:
    deck = made(site, "sv", ("state", ""))
    alone = [
        (shape, it) for shape, it in zip(list(shown(deck).slides)[1:], deck.slides, strict=True) if it.large
    ]
    row = site.workspace.table("outward_group").filter(target="oslo").row(0, named=True)
    assert f"{row['median_minutes']:.0f} minuter" in {
        box(slide, "figure").replace("\xa0", " ") for slide, _ in alone
    }
    for slide, it in alone:
        assert chart_of(slide) is None
        assert it.large in it.figures
        assert box(slide, "source").startswith("Källa: ")
    # No chart has a single bar or year.
    assert all(len(it.chart.categories) > 1 for it in deck.slides if it.chart)


def test_what_does_not_exist_is_said(site: Site) -> None:
    with pytest.raises(CallError, match="'gol' does not exist; did you mean 'goal'"):
        made(site, "sv", ("focus", "gol"))
    with pytest.raises(CallError, match="'ostlank' does not exist; did you mean 'ostlanken'"):
        made(site, "sv", ("scenario", "ostlank"))


def test_a_group_without_strategy_has_slides_on_its_places(small_site: Site) -> None:
    code = small_site.workspace.table("places").filter(kind="municipality")["place"][0]
    deck = made(small_site, "en", ("place", code))
    assert any(slide.chart for slide in deck.slides)
    with pytest.raises(CallError, match="no adopted strategy"):
        made(small_site, "en", ("focus", "goal"))


@pytest.mark.parametrize(
    ("language", "word"), [("sv", "högst i Stockholms län"), ("en", "highest in Stockholm")]
)
def test_the_state_has_a_slide_of_where_the_counties_go(site: Site, language: Language, word: str) -> None:
    deck = made(site, language, ("state", ""))
    slide = next(one for one in shown(deck).slides if word in one.shapes.title.text_frame.text)
    chart = chart_of(slide)
    rows = site.workspace.table("projection").filter(place="21", frame="base", year=2040)
    # Seven bars, the county that grows least last.
    values = list(chart.plots[0].series[0].values)
    assert len(values) == 7
    assert rows["change_percent"].item() in [pytest.approx(value) for value in (values[0], values[-1])]


@pytest.mark.parametrize(
    ("language", "word"), [("sv", "par av län pendlar"), ("en", "pairs of counties commute")]
)
def test_the_state_has_a_slide_of_the_common_market(site: Site, language: Language, word: str) -> None:
    deck = made(site, language, ("state", ""))
    slide = next(one for one in shown(deck).slides if word in one.shapes.title.text_frame.text)
    # 2018: five pairs above and eight below what is expected, of the 18 that both forms judge alike.
    assert slide.shapes.title.text_frame.text.startswith("5 ")
    values = list(chart_of(slide).plots[0].series[0].values)
    # The four with the most and the four with the least, in order.
    assert len(values) == 8
    ordered = sorted(values, reverse=True)
    assert values in (ordered, ordered[::-1])
