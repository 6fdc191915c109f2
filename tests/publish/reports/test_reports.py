"""Reports: the same numbers in every format, each traced; files that tools take; fitting words."""

import dataclasses
import datetime
import io
import itertools
import re
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from threading import Barrier
from typing import Any
from xml.etree import ElementTree

import docx
import numpy as np
import pikepdf
import pyogrio
import pytest
from pypdf import PdfReader
from tests.publish.addresses import addresses

from storregion.cli import main
from storregion.core.errors import CallError, SettingError
from storregion.core.language import LANGUAGES, Language, Text
from storregion.core.lineage import Figure
from storregion.publish.pages.reports import page_of
from storregion.publish.portal import open_site
from storregion.publish.rendering import BareNumberError
from storregion.publish.reports import (
    batch,
    checklist,
    labour,
    layers,
    meeting,
    pdf,
    relations_map,
    state,
    subject,
    underlag,
    word_file,
)
from storregion.publish.reports.files import FILES, file
from storregion.publish.reports.model import (
    Drawing,
    Items,
    Paragraph,
    Quote,
    Report,
    Section,
    Sentence,
    Table,
    figures_of,
    runs,
)
from storregion.publish.reports.wording import plain
from storregion.publish.site import Site
from storregion.strategy.forum import Decision, Meeting
from storregion.strategy.freeze import Change

# A municipality without a node, one with, the hub's, one that shrinks, and a county.
DAY = datetime.date(2025, 1, 2)
PLACES = ("0381", "0580", "0180", "2121", "03")


class _Text(HTMLParser):
    """The text of the report on a page, without what surrounds it and the links to files."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = self.skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside += tag == "article"
        self.skipped += tag == "nav"

    def handle_endtag(self, tag: str) -> None:
        self.inside -= tag == "article"
        self.skipped -= tag == "nav"
        if tag in ("td", "th", "p", "li", "caption", "h1", "h2", "h3"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self.inside and not self.skipped:
            self.words.append(data)


def html_text(site: Site, report: Report, address: str) -> str:
    page = page_of(site, report, address, ("", ""), {})
    reader = _Text()
    path = f"{report.language}/{address}"
    reader.feed(site.render(page.template, report.language, path, page=page, **page.context))
    return "".join(reader.words)


def pdf_text(content: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    return "\n".join(re.sub(r"(Sida|Page) \d+ (av|of) \d+", "", page) for page in pages)


def docx_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        body = file.read("word/document.xml").decode()
    return re.sub(r"<[^>]+>", "", re.sub(r"</w:p>|</w:tc>", "\n", body))


def plain_report(report: Report) -> Report:
    """The report without pictures, whose labels are numbers too, and without versions and addresses."""
    kept = [
        dataclasses.replace(s, blocks=tuple(b for b in s.blocks if not isinstance(b, Drawing)))
        for s in report.sections
        if s.name not in ("sources", "traced", "documents", "caveats")
    ]
    return dataclasses.replace(report, sections=tuple(kept))


def numbers(text: str, key: str) -> Counter[str]:
    """Every run of digits, whatever stands between thousands."""
    return Counter(re.findall(r"\d+", text.replace(key, "")))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", PLACES)
def test_every_number_is_the_same_in_every_format(site: Site, language: Language, code: str) -> None:
    report = plain_report(underlag.report(site, language, code))
    said = numbers(html_text(site, report, f"place/{code}/underlag/"), report.key)
    # A tick box, a bullet or a page number adds no digits.
    assert numbers(docx_text(word_file.written(report)), report.key) == said
    assert numbers(pdf_text(pdf.written(report)), report.key) - said == Counter()
    assert said - numbers(pdf_text(pdf.written(report)), report.key) == Counter()
    assert sum(said.values()) > 60


@pytest.mark.parametrize("code", PLACES)
def test_every_figure_traces_to_its_cell(site: Site, code: str) -> None:
    report = underlag.report(site, "sv", code)
    assert len(report.figures) > 40
    for figure in report.figures:
        again = site.workspace.figure(figure.table, figure.column, **dict(figure.where))
        assert again == figure
    shown = set(addresses(site.html("sv", f"place/{code}/underlag/")))
    assert {figure.id for figure in report.figures} <= shown


def test_marks_and_warning_stand_in_every_format(site: Site) -> None:
    report = plain_report(underlag.report(site, "sv", "0381"))
    marked = sum(
        1
        for block in report.blocks
        for sentence in getattr(block, "sentences", ())
        for run in runs(sentence, "sv")
        if run.mark
    )
    assert marked > 0
    assert report.estimated
    warning = "Bygger på antaganden eller uppskattningar (märkta a eller u)."
    for text in (
        html_text(site, report, "place/0381/underlag/"),
        pdf_text(pdf.written(report)),
        docx_text(word_file.written(report)),
    ):
        assert warning in text.replace("\n", " ").replace("  ", " ")
        assert re.search(r"8,8\s%\s?u\b", text)
        # Words that say that a number of people is an estimate stand instead of a mark.
        assert re.search(r"cirka\s2\s000\ssysselsatta\sår", text)


# ---- PDF/UA


def structure(content: bytes) -> tuple[Any, Counter[str], list[Any]]:
    """The document, how many elements of each kind its structure has, and its figures."""
    document = pikepdf.open(io.BytesIO(content))
    kinds: Counter[str] = Counter()
    figures, queue = [], [document.Root.StructTreeRoot]
    while queue:
        element = queue.pop()
        if isinstance(element, pikepdf.Array):
            queue += list(element)
        elif isinstance(element, pikepdf.Dictionary):
            if "/S" in element:
                kinds[str(element.S)] += 1
                figures += [element] if element.S == "/Figure" else []
            if "/K" in element:
                queue.append(element.K)
    return document, kinds, figures


def test_drawings_are_set_for_several_threads_that_ask_at_once(site: Site) -> None:
    drawing = next(b for b in underlag.report(site, "sv", "0381").blocks if isinstance(b, Drawing))
    alone = pdf.raster(drawing.svg)
    together = Barrier(4)

    def asked(_: int) -> bytes:
        together.wait()
        return pdf.raster(drawing.svg)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(asked, range(4))) == {alone}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_as_pdf_ua(site: Site, language: Language) -> None:
    report = underlag.report(site, language, "0381")
    document, kinds, figures = structure(pdf.written(report))
    root = document.Root
    assert root.MarkInfo.Marked is True or bool(root.MarkInfo.Marked)
    assert str(root.Lang).startswith(language)
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    with document.open_metadata() as metadata:
        assert metadata["dc:title"] == report.title
        assert metadata["pdfuaid:part"] == "1"
    assert kinds["/H1"] == 1
    assert kinds["/H2"] == sum(section.level == 1 for section in report.sections)
    assert kinds["/H3"] == sum(section.level == 2 for section in report.sections)
    tables = [block for block in report.blocks if isinstance(block, Table)]
    assert kinds["/Table"] == len(tables)
    assert kinds["/TH"] == sum(len(table.header) for table in tables)
    drawings = [block.alt for block in report.blocks if isinstance(block, Drawing)]
    assert sorted(str(figure.Alt) for figure in figures) == sorted(drawings)
    assert len(drawings) == 3


def test_every_page_has_its_fonts_inside(site: Site) -> None:
    document, _, _ = structure(pdf.written(underlag.report(site, "sv", "0381")))
    fonts = {
        str(font.get("/BaseFont", ""))
        for page in document.pages
        for font in page.Resources.get("/Font", {}).values()
    }
    assert fonts
    assert all("Source" in font or "Libertinus" in font for font in fonts)


# ---- DOCX


def test_the_docx_has_headings_header_rows_alt_texts_language_and_title(site: Site) -> None:
    report = underlag.report(site, "sv", "0381")
    content = word_file.written(report)
    document = docx.Document(io.BytesIO(content))
    styles_of = [(str(p.style.name) if p.style else "", p.text) for p in document.paragraphs]
    headings = [(name, text) for name, text in styles_of if name.startswith("Heading")]
    assert headings == [(f"Heading {s.level}", s.heading) for s in report.sections]
    assert document.core_properties.title == report.title
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        body, styles = file.read("word/document.xml").decode(), file.read("word/styles.xml").decode()
        newest = (report.date.year, report.date.month, report.date.day)
        assert {info.date_time[:3] for info in file.infolist()} == {newest}
        assert sum(name.endswith(".svg") for name in file.namelist()) == 3
    tables = [block for block in report.blocks if isinstance(block, Table)]
    assert body.count("<w:tblHeader/>") == len(tables) == len(document.tables)
    assert 'w:lang w:val="sv-SE"' in styles
    for drawing in (block for block in report.blocks if isinstance(block, Drawing)):
        assert f'descr="{drawing.alt}"' in body


# ---- the map


def test_the_place_is_named_on_its_map_and_no_name_covers_another(site: Site) -> None:
    report = underlag.report(site, "sv", "0381")
    drawn_map = next(b for b in report.blocks if isinstance(b, Drawing) and b.name == "map")
    assert 'font-weight="700" fill="#17242b">Enköping</text>' in drawn_map.svg
    names = [relations_map.Name(name, (x, y)) for _, name, x, y in site.atlas.nodes]
    boxes = relations_map._placed(names, np.empty((0, 2)), np.empty((0, 2)))
    pairs = itertools.combinations(boxes, 2)
    assert [pair for pair in pairs if relations_map._overlap(*pair)] == []
    # A node's own name is not written twice.
    hub = next(b for b in underlag.report(site, "sv", "0180").blocks if isinstance(b, Drawing))
    assert hub.svg.count('fill="#17242b">Stockholm</text>') == 1


# ---- GeoPackage


def test_gdal_reads_the_layers(site: Site, tmp_path: Path) -> None:
    it = subject.subject(site, "sv", "0381")
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers.written(it, DAY))
    kinds = {str(name): kind for name, kind in pyogrio.list_layers(path)}
    assert kinds == {
        "layer_styles": None,
        "kommuner": "MultiPolygon",
        "grannkommuner": "MultiPolygon",
        "noder": "Point",
        "stationer": "Point",
        "pendlingsrelationer": "LineString",
        "tatorter": "Point",
        "kallor": None,
    }
    for name, kind in kinds.items():
        about = pyogrio.read_info(path, layer=name, force_feature_count=True)
        assert about["features"] > 0
        assert about["crs"] == ("EPSG:3006" if kind else None)
    _, _, _, fields = pyogrio.raw.read(path, layer="kommuner")
    names = list(pyogrio.read_info(path, layer="kommuner")["fields"])
    values = {name: column[0] for name, column in zip(names, fields, strict=True)}
    last = site.workspace.table("growth").filter(place="0381").sort("year").row(-1, named=True)
    assert values["folkmangd"] == last["persons"]
    columns = {"folkmangd": "persons", "forandring_sedan_basar": "base_change", "basar": "base_year"}
    columns["forandring_procent_per_ar"] = "base_annual_percent"
    for name, column in columns.items():
        figure = site.workspace.figure("growth", column, place="0381", year=last["year"])
        assert (values[name], values[f"siffra_{name}"]) == (figure.value, figure.id)
    assert values["ar"] == last["year"]
    # Boundaries of the shape lie where the municipality does: east 597–641 km, north 6595–6640 km.
    west, south, east, north = pyogrio.read_info(path, layer="kommuner", force_total_bounds=True)[
        "total_bounds"
    ]
    assert 590_000 < west < east < 650_000
    assert 6_590_000 < south < north < 6_645_000


def rows_of(path: Path, layer: str) -> list[dict[str, Any]]:
    """The attributes of a layer, row by row."""
    names = list(pyogrio.read_info(path, layer=layer)["fields"])
    _, _, _, columns = pyogrio.raw.read(path, layer=layer)
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def test_a_geopackage_has_neighbours_and_stations(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers.written(subject.subject(site, "sv", "0381"), DAY))
    # Neighbours of Enköping by land, in the county and in Västmanland.
    neighbours = {row["namn"] for row in rows_of(path, "grannkommuner")}
    assert {"Heby", "Sala", "Västerås", "Uppsala", "Håbo"} <= neighbours
    assert neighbours.isdisjoint({"Enköping", "Stockholm", "Örebro", "Gävle"})
    stations = {row["namn"]: row for row in rows_of(path, "stationer")}
    assert not [name for name in stations if name.startswith(("Uppsala", "Västerås"))]
    found = stations["Enköping station"]
    figure = site.workspace.figure("access_stations", "node_minutes", station=str(found["station"]))
    assert (found["minuter_till_nod"], found["siffra"]) == (figure.value, figure.id)
    assert found["storregional"] in ("ja", "nej")


def test_every_layer_with_shapes_has_a_style_that_qgis_finds(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers.written(subject.subject(site, "sv", "0381"), DAY))
    styles = {row["f_table_name"]: row for row in rows_of(path, "layer_styles")}
    kinds = {"Point": "marker", "LineString": "line", "MultiPolygon": "fill"}
    shaped = {str(name): kinds[kind] for name, kind in pyogrio.list_layers(path) if kind}
    assert styles.keys() == shaped.keys()
    for name, kind in shaped.items():
        assert styles[name]["f_geometry_column"] == "geom"
        assert styles[name]["useAsDefault"]
        style = ElementTree.fromstring(str(styles[name]["styleQML"]))  # noqa: S314 - our own
        symbol = style.find("renderer-v2/symbols/symbol")
        assert symbol is not None
        assert symbol.get("type") == kind
        label = style.find("labeling/settings/text-style")
        if label is not None:
            assert label.get("fieldName") in pyogrio.read_info(path, layer=name)["fields"]


def test_the_layers_of_a_region_hold_all_its_municipalities(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "layers.gpkg"
    path.write_bytes(layers.written(subject.subject(site, "sv", "03"), DAY))
    inside = site.workspace.table("places").filter(kind="municipality", county="03").height
    assert pyogrio.read_info(path, layer="kommuner", force_feature_count=True)["features"] == inside


# ---- the same again, and what a text may hold


@pytest.mark.parametrize("form", FILES)
def test_the_same_report_gives_the_same_bytes(site: Site, form: str) -> None:
    report = underlag.report(site, "sv", "0381")
    job = ("place", "0381")
    first = file(site, "sv", report, form, job)
    assert first == file(site, "sv", underlag.report(site, "sv", "0381"), form, job)


def test_a_set_date_is_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    report = state.report(site, "sv")
    # The presentation that the goal is quoted from is of 23 September 2025, the figures end in 2024.
    assert report.date == datetime.date(2025, 9, 23)
    assert pdf.moment(report) == datetime.datetime(2025, 9, 23, tzinfo=datetime.UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert pdf.moment(report) == datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)


HOSTILE = '#panic("x") *b* $a$ <script>alert(1)</script> ]]> {braces} \\ @ref'


def test_no_text_is_run_as_markup(site: Site) -> None:
    blocks = (
        Paragraph((plain(HOSTILE),)),
        Items(((plain(HOSTILE),),), "check"),
        Quote(HOSTILE, HOSTILE),
        Table(HOSTILE, ("A", HOSTILE), (("1", HOSTILE),)),
    )
    sections = (Section("a", HOSTILE, blocks),)
    report = Report("a", "Title", HOSTILE, HOSTILE, "sv", "G", 2024, DAY, sections)
    page = page_of(site, report, "place/0381/underlag/", ("", ""), {})
    html = site.render(page.template, "sv", "sv/place/0381/underlag/", page=page, **page.context)
    assert "<script>" not in html
    assert html.count("{braces}") >= 5
    assert "".join(HOSTILE.split()) in "".join(pdf_text(pdf.written(report)).split())
    assert docx.Document(io.BytesIO(word_file.written(report))).paragraphs[3].text == HOSTILE


def test_a_bare_number_is_refused() -> None:
    with pytest.raises(BareNumberError):
        _ = Sentence("{n}", {"n": 3}).pieces  # type: ignore[dict-item]
    with pytest.raises(SettingError, match=r"names \{n\}"):
        _ = Sentence("{n}", {"m": "x"}).pieces


# ---- what is said


def spoken(report: Report) -> str:
    """All sentences of a report as one text."""
    found = []
    for block in report.blocks:
        sentences = list(getattr(block, "sentences", ()))
        sentences += [s for entry in getattr(block, "entries", ()) for s in entry]
        found += ["".join(run.text for run in runs(s, report.language)) for s in sentences]
    return " ".join(found).replace("\u00a0", " ")


def test_a_municipality_without_a_node(site: Site) -> None:
    text = spoken(underlag.report(site, "sv", "enköping"))
    assert "Ingen av nodstäderna eller de regionala stadskärnorna ligger i kommunen." in text
    assert "I Enköping bodde 48 591 invånare den 31 december 2024." in text
    assert "växte med 11 410 invånare, eller 30,7 %, mellan 2001 och 2024" in text
    assert re.search(
        r"Av nodernas kommuner pendlar flest från Enköping till Uppsala: cirka 2 000 sysselsatta år 2023",
        text,
    )
    assert re.search(r"Åt andra hållet pendlar flest från \w+ till Enköping: cirka 1 \d00 sysselsatta", text)
    # The share stands in two sentences, in the text and in brief; marked as an estimate in all four.
    shares = [
        figure.basis
        for block in underlag.report(site, "sv", "0381").blocks
        if not isinstance(block, Table)
        for figure in figures_of(block)
        if figure.unit == "share" and figure.value == pytest.approx(0.08818)
    ]
    assert shares == ["estimated"] * 4
    assert "det vanligaste målet är bara delvis kontrollerat" in text
    # No indicator is judged, and that is said once.
    assert text.count("bedöms") == 1
    assert "Tillväxtens koncentration: Enköping" in text
    assert re.search(r"nodkommunerna i ÖMS \d,\d\d \(2024\)", text)


def test_commuters_are_named_by_municipality(site: Site) -> None:
    text = spoken(underlag.report(site, "sv", "0126"))
    assert "från Huddinge till Stockholm:" in text
    assert "Järfälla (där Barkarby-Jakobsberg ligger)" in spoken(underlag.report(site, "sv", "0139"))


def test_travel_times_are_named_by_what_runs(site: Site) -> None:
    titles = [b.title for b in underlag.report(site, "sv", "0381").blocks if isinstance(b, Table)]
    means = "tåg, tunnelbana och spårvagn"
    assert f"Restid med {means} från Enköping till nodernas kommuner på morgonen" in titles
    island = underlag.report(site, "sv", "0125")
    assert not any(b.title.startswith("Restid") for b in island.blocks if isinstance(b, Table))
    text = spoken(island)
    none = f"Från Ekerö finns ingen resa med {means} till nodernas kommuner på morgonen i tidtabellen."
    assert none in text
    assert f"Tidtabellen har bara {means}" in text


def test_a_municipality_that_shrinks(site: Site) -> None:
    text = spoken(underlag.report(site, "sv", "2121"))
    assert re.search(r"Befolkningen i Ovanåker minskade med \d+ invånare, eller \d+,\d %, mellan", text)
    assert "minskade med −" not in text


def test_municipalities_with_nodes_and_the_hub(site: Site) -> None:
    assert "I kommunen finns nodstaden Linköping." in spoken(underlag.report(site, "sv", "0580"))
    hub = spoken(underlag.report(site, "sv", "0180"))
    assert "Stockholm har flest jobb av alla noder" in hub
    assert "The node cities" not in hub


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("0330", ("2035 beräknas Knivsta ha", "Förra gången: med det som var känt 2019", "kräver")),
        ("01", ("2035 beräknas Stockholms län ha", "Enligt SCB 2024 har", "Inrikes flyttningar avgör")),
    ],
)
def test_the_people_to_come_are_said_with_how_sure_it_is(
    site: Site, code: str, says: tuple[str, ...]
) -> None:
    text = spoken(underlag.report(site, "sv", code))
    for words in says:
        assert words in text


def test_a_region(site: Site) -> None:
    report = underlag.report(site, "en", "03")
    assert report.title == "A perspective across the regions: Uppsala County"
    text = spoken(report)
    assert "Region Uppsala plans for the county" in text
    assert "The county has the node city Uppsala." in text


def test_a_region_names_all_its_nodes_in_one_sentence(site: Site) -> None:
    text = spoken(underlag.report(site, "sv", "01"))
    cores = "Arlanda-Märsta, Barkarby-Jakobsberg, Flemingsberg och Kista-Sollentuna-Häggvik"
    named = f"I länet finns nodstäderna Stockholm och Södertälje samt de regionala stadskärnorna {cores}."
    # In brief, and where the county lies.
    assert text.count(named) == text.count("I länet finns") == 2


def test_caveats_name_their_tables_and_concern_the_place(site: Site) -> None:
    def caveats(code: str) -> dict[str, str]:
        sections = underlag.report(site, "sv", code).sections
        table = next(s.blocks[0] for s in sections if s.name == "caveats")
        assert isinstance(table, Table)
        assert all(tables for tables, _, _ in table.rows)
        return {str(title): str(said) for _, title, said in table.rows}

    changes = "Ändringar i kommunindelningen 2001–2024"
    # Heby changed county in 2007: it concerns Uppsala County and not Linköping.
    assert "Heby" in caveats("0381")[changes]
    assert changes not in caveats("0580")
    assert "Lokala arbetsmarknader 2020–2023" in caveats("0580")


def test_the_words_of_the_strategy_are_quoted_with_their_source(site: Site) -> None:
    report = underlag.report(site, "sv", "0381")
    edition = site.strategy.latest
    assert edition is not None
    quoted = {block.words for block in report.blocks if isinstance(block, Quote)}
    assert {focus.words.text for focus in edition.focus.values()} <= quoted
    assert all(block.source for block in report.blocks if isinstance(block, Quote))


@pytest.mark.parametrize("code", ["1080", "10"])
def test_a_group_without_strategy_has_reports_too(small_site: Site, code: str) -> None:
    report = underlag.report(small_site, "sv", code)
    assert pdf.written(report).startswith(b"%PDF")
    assert layers.written(subject.subject(small_site, "sv", code), DAY).startswith(b"SQLite format 3")
    assert "ingen antagen inriktning" in spoken(report)


def test_enkoping_is_three_clicks_away(site: Site) -> None:
    assert 'href="place/"' in site.html("sv", "")
    assert 'href="0381/"' in site.html("sv", "place/")
    assert 'href="underlag/"' in site.html("sv", "place/0381/")
    page = site.html("sv", "place/0381/underlag/")
    for form, media_type in FILES.items():
        assert f'href="underlag-0381-sv.{form}"' in page
        assert site.answer(f"sv/place/0381/underlag/underlag-0381-sv.{form}").media_type == media_type


# ---- the state and a meeting


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_state_is_two_pages(site: Site, language: Language) -> None:
    content = pdf.written(state.report(site, language))
    assert len(PdfReader(io.BytesIO(content)).pages) == 2
    # A word may be broken at the end of a line.
    text = "".join(pdf_text(content).split()).replace("-", "").replace("\u00ad", "")
    first = (
        "Ingen tidigare uppföljning är fryst här" if language == "sv" else "No earlier follow-up is frozen"
    )
    assert first.replace(" ", "").replace("-", "") in text
    # The follow-up of 2021 is quoted, and what is not judged is said once.
    assert "76procentavbefolkningsökningen" in text
    assert text.count("Bedömsinte") == 0


def test_changes_are_reported_once_for_each_indicator(site: Site) -> None:
    name = next(iter(site.followup.indicators))
    where = ("followup", "indicators", name, "cells")
    changes = [
        Change((*where, "2024", "value"), "1", "2"),
        Change((*where, "2021", "value"), "1", "3"),
        Change(("followup", "indicators", "gone", "indicator", "table"), '"growth"', None),
        Change(("strategy", "links", "1"), None, "x"),
    ]
    said = ["".join(run.text for run in runs(s, "sv")) for s in state.change_sentences(site, "sv", changes)]
    assert said == [
        f"Nya eller ändrade siffror: {site.followup.indicators[name].title.sv}.",
        "Inte längre bland indikatorerna: gone.",
        "Ändrat i strategin: länkar till andra planer.",
    ]


def test_a_meeting_has_its_decisions_and_the_state(site: Site) -> None:
    body, document = next(iter(site.strategy.forum.organisations)), next(iter(site.strategy.documents))
    decision = Decision(Text("Godkänna uppföljningen", "Approve the follow-up"), "D 1", ("2025/goal",))
    title = Text("Höstmöte", "Autumn meeting")
    held = Meeting(datetime.date(2026, 10, 1), body, title, document, (decision,))
    forum = dataclasses.replace(site.strategy.forum, meetings={"host": held})
    other = open_site(site.workspace)
    other.strategy = dataclasses.replace(other.strategy, forum=forum)
    report = meeting.report(other, "sv", "host")
    text = spoken(report)
    assert "Godkänna uppföljningen. Diarienummer D 1. Gäller Övergripande mål." in text
    assert pdf.written(report).startswith(b"%PDF")
    # The figures end before the meeting; the papers are dated by it.
    assert (report.year, report.date) == (2024, datetime.date(2026, 10, 1))
    with pytest.raises(CallError, match="no meeting 'hast'"):
        meeting.report(other, "sv", "hast")


# ---- the command, and the checklist


def test_the_command_writes_reports(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = site.workspace
    words = ["--group", str(work.folder), "--store", str(work.store.folder), "report", "Enköping"]
    assert main([*words, "--pdf", "--docx", "--pptx", "--gpkg", "--to", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {f"underlag-0381-sv.{form}" for form in FILES}
    capsys.readouterr()
    assert main([*words[:-1], "Enkoping", "--to", str(tmp_path)]) == 2
    assert "Enköping" in capsys.readouterr().err


def test_jobs_of_a_call(site: Site) -> None:
    found = batch.jobs(site.workspace, ["state", "0381", "Enköping", "all"])
    assert found[0] == ("state", "")
    assert found[1] == ("place", "0381")
    assert len(found) == 89
    with pytest.raises(CallError, match="name one meeting"):
        batch.jobs(site.workspace, ["meeting"])


def test_a_question_about_no_element_is_refused(site: Site, tmp_path: Path) -> None:
    text = '[about]\nsv = "a"\nen = "b"\n[elements]\n"2025/gaol" = []\n'
    (tmp_path / "checklist.toml").write_text(text, "utf-8")
    with pytest.raises(SettingError, match="gaol"):
        checklist.read(tmp_path, site.strategy)
    assert checklist.read(tmp_path / "none", site.strategy) is None


def region_says(site: Site, code: str) -> list[str]:
    """What a place's region is quoted for: the words that lead to each quote, the quote and its source."""
    found: list[str] = []
    for section in underlag.report(site, "sv", code=code).sections:
        lead = ""
        for block in section.blocks:
            if isinstance(block, Paragraph):
                lead = "".join(str(piece) for sentence in block.sentences for piece in sentence.pieces)
            if isinstance(block, Quote) and lead.endswith(":"):
                found.append(f"{lead} {block.words} | {block.source}")
    return found


def test_words_that_another_retells_are_not_put_in_the_region_s_mouth(site: Site) -> None:
    found = region_says(site, "0580")
    assert [one for one in found if "digitalt Östergötland" in one] == [
        "Reglab återger Region Östergötland: ett mer digitalt Östergötland | Ny RUS i Region Östergötland, "
        "Reglab, 2021-10. Förslag. En annans sammanfattning, inte strategin själv"
    ]


def test_a_document_that_a_later_one_replaces_is_not_quoted(site: Site) -> None:
    found = region_says(site, "0380")
    assert [one for one in found if "bredband" in one] == []
    assert any(one.startswith("Så skriver Region Uppsala:") and ", 2025. " in one for one in found)


def value_in(sentence: Sentence, name: str) -> Any:
    """The number that a sentence has under a name."""
    part = sentence.parts[name]
    assert isinstance(part, Figure)
    return part.value


def test_a_county_says_where_its_employed_work_and_how_the_common_market_ranks_it(site: Site) -> None:
    # 2018: of the 127 897 employed who live in 19, 14 373 work in another of the group's counties, and 3 070
    # outside the group.
    first, second = labour.counties(subject.subject(site, "sv", "19"))
    assert value_in(first, "group_share") == pytest.approx(14_373 / 127_897)
    assert value_in(first, "rest_share") == pytest.approx(3_070 / 127_897)
    row = site.workspace.table("market_ranking").filter(place="19").row(0, named=True)
    assert value_in(second, "rank") == row["rank"]


def test_a_municipality_says_how_many_jobs_are_within_an_hour(site: Site) -> None:
    it = subject.subject(site, "sv", "0486")
    (reach,) = labour.reached(it)
    row = site.workspace.table("job_reach_places").filter(place="0486", limit=60).row(0, named=True)
    assert value_in(reach, "median_jobs") == row["median_jobs"]
    assert labour.counties(it) == []
