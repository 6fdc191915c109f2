"""Digital connection as a planner meets it: on the study's page, and on those of places."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import with_unit
from storregion.publish.pages import digital
from storregion.publish.reports import underlag
from storregion.publish.reports.model import Paragraph
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "address", "said"),
    [
        ("sv", "study/digital/", "av landets hushåll och företag kunde få 1 Gbit/s 2023"),
        ("en", "study/digital/", "households had 5G coverage in 2024"),
        ("sv", "place/01/", "2022 kunde 96,0 % i Stockholms län få minst 100 Mbit/s."),
        ("sv", "place/1980/", "2020 var elavbrotten 40 minuter per kund, mindre än den timme"),
        (
            "en",
            "place/00/",
            "In 2022 outages came to 95 minutes per customer, more than the hour",
        ),
    ],
)
def test_the_answer_stands_first(site: Site, language: Language, address: str, said: str) -> None:
    assert said in words(site.html(language, address))


def test_a_place_without_figures_has_no_section(site: Site) -> None:
    row = site.workspace.table("places").filter(place="0580").row(0, named=True)
    assert digital.place_sections(site, "sv", row) == []


def test_the_picture_is_of_one_connection_and_its_own_goal(site: Site) -> None:
    (view,) = digital.study(site, "sv").views
    # 5G has three years in the country; 1 Gbit/s two, and the others one.
    assert set(view.frame["indicator"]) == {"mobile_5g"}
    assert view.frame["year"].to_list() == [2022, 2023, 2024]
    assert view.picture is not None
    assert view.picture.spec is not None
    assert '"value": 100.0' in str(view.picture.spec(680)).replace("'", '"')


def test_a_tenth_of_a_year_is_not_no_year() -> None:
    assert with_unit(0.0976, "years_to_goal", "sv").replace("\xa0", " ") == "0,1 år"


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [("county", "01", "tile_digital"), ("group", "oms", "tile_digital_country"), ("county", "03", None)],
)
def test_a_tile_says_when_the_figure_is_the_countrys(
    site: Site, kind: str, code: str, words: str | None
) -> None:
    row = site.workspace.table("places").filter(kind=kind, place=code).row(0, named=True)
    tiles = list(digital.place_tiles(site, "sv", row))
    assert [tile.words for tile in tiles] == ([words] if words else [])


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("01", "{latest_year} kunde {share} i {place} få {connection}."),
        (
            "0580",
            "Uppgifter för {place} är inte inlästa. I riket kunde {share} få {connection} {latest_year}.",
        ),
    ],
)
def test_the_report_says_whose_figure_it_is(site: Site, code: str, said: str) -> None:
    sections = {section.name: section for section in underlag.report(site, "sv", code).sections}
    first = sections["digital"].blocks[0]
    assert isinstance(first, Paragraph)
    assert said in [sentence.template for sentence in first.sentences]


def test_a_group_without_the_figures_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/digital/")
