"""Links outward as a planner meets them: on the study's page, a place's page, the map and the report."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import outward
from storregion.publish.reports import underlag
from storregion.publish.reports.model import Paragraph
from storregion.publish.site import Site
from storregion.publish.travel import COLOURS


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "place", "said"),
    [
        (
            "sv",
            "linkoping",
            "Från Linköping hinner man över dagen till Malmö, Köpenhamn och Göteborg och hem igen utan flyg",
        ),
        ("sv", "1880", "med minst 6 h där. Det går inte till Oslo"),
        ("en", "1880", "Basic access to central Stockholm is green."),
        ("en", "2180", "from Gävle one can, without flying, be in Gothenburg"),
    ],
)
def test_a_place_says_which_cities_are_within_a_day(
    site: Site, language: Language, place: str, said: str
) -> None:
    assert said.lower() in words(site.html(language, f"place/{place}/")).lower()


def test_a_place_without_a_station_says_so(site: Site) -> None:
    rows = site.workspace.table("outward_times").filter(times_absent="missing")
    code = rows["place"][0]
    row = site.workspace.table("places").filter(place=code).row(0, named=True)
    (section,) = outward.place_sections(site, "sv", row)
    assert section.views == []
    assert section.context["said"][0][0] == "outward_unserved"
    assert list(outward.place_tiles(site, "sv", row)) == []


def test_the_page_shows_the_city_that_divides_the_group(site: Site) -> None:
    rows = site.workspace.table("outward_group").filter(kind="city")
    nearest = min(rows.iter_rows(named=True), key=lambda row: abs(row["day_trip_share"] - 0.5))["target"]
    part = outward.study(site, "sv")
    assert set(part.views[0].frame["target"]) == {nearest}
    html = words(site.html("sv", "study/outward/"))
    assert html.count("Flygtider och avgångar per dag finns inte") == 1
    assert "flyg från Arlanda flygplats till Oslo, Göteborg, Malmö" in html
    assert "Trafikverket, Kriterier för grundläggande tillgänglighet" in html


def test_the_nearest_are_darkest_on_the_page_as_on_the_map(site: Site) -> None:
    part = outward.study(site, "sv")
    (layer,) = outward.map_layers(site, "sv")
    assert [key.colour for key in part.context["keys"]] == [*COLOURS[::-1], None]
    target = part.views[0].frame["target"][0]
    drawn = re.findall(r'class="area" d="[^"]*" fill="([^"]*)"', part.context["map_svg"])
    fills = [colour or "url(#absent)" for colour, _ in layer.paint(target).fills.values()]
    assert sorted(drawn) == sorted(fills)
    assert len(set(fills)) > 2


def test_the_map_offers_every_city(site: Site) -> None:
    (layer,) = outward.map_layers(site, "en")
    cities = site.workspace.table("outward_targets").filter(kind="city")["target"]
    assert {code for code, _ in layer.choices} == set(cities)
    shown = layer.paint(layer.choices[-1][0])
    assert "door to door" in shown.lead


def test_the_report_on_a_municipality_has_the_sentences(site: Site) -> None:
    report = underlag.report(site, "sv", "1880")
    (travel,) = [section for section in report.sections if section.name == "travel"]
    last = travel.blocks[-1]
    assert isinstance(last, Paragraph)
    assert any("hinner man över dagen" in sentence.template for sentence in last.sentences)


def test_a_county_has_no_section(site: Site) -> None:
    row = site.workspace.table("places").filter(kind="county").row(0, named=True)
    assert outward.place_sections(site, "sv", row) == []


def test_a_group_without_a_register_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/outward/")
