"""Higher education as a planner meets it: how many study places are within an hour, and what is not known."""

import html as html_module
import re

import polars as pl
import pytest

from storregion.core.language import Language
from storregion.publish.pages import education
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    plain = html_module.unescape(re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", plain)


# From 0486 the hour reaches three institutions: 13 620 + 9 650 + 9 650 = 32 920. Two of them have a campus
# that it does not reach, so at least 9 650; smaller campuses of a fourth with 15 730 make it 48 650 at most.
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Inom en timme från Strängnäs nås 3 lärosäten med tillsammans 32 920 studenter."),
        ("sv", "Det är minst 9 650 studenter och mest 48 650 studenter"),
        ("sv", "Närmast är Mälardalens universitet (Eskilstuna), 45 minuter bort med väntan."),
        ("en", "The nearest is Mälardalen University (Eskilstuna), 45 minutes away, the wait included."),
    ],
)
def test_a_planner_reads_how_many_study_places_are_within_an_hour(
    site: Site, language: Language, said: str
) -> None:
    assert said in words(site.html(language, "place/0486/"))


def test_a_place_without_a_station_says_so_and_has_no_tile(site: Site) -> None:
    none = site.workspace.table("education_reach").filter(reach_absent="missing")["place"][0]
    row = site.workspace.table("places").filter(place=none).row(0, named=True)
    assert list(education.place_tiles(site, "sv", row)) == []
    (section,) = education.place_sections(site, "sv", row)
    assert section.context["said"] == [("education_unserved", {"place": row["name_sv"]})]
    assert section.views == []


def test_the_study_explains_the_sum_and_says_that_no_flow_is_estimated(site: Site) -> None:
    page = words(site.html("en", "study/education/"))
    assert "61,380 students are counted more than once in the sum" in page
    assert "471,610 students; 410,230 students study in the country" in page
    assert "no flows are estimated" in page
    assert "No main campus is reached within an hour in the morning from Nyköping." in page


def test_a_county_and_the_group_have_no_section(site: Site) -> None:
    rows = site.workspace.table("places").filter(pl.col("kind").is_in(["county", "group", "country"]))
    assert all(education.place_sections(site, "sv", row) == [] for row in rows.iter_rows(named=True))


def test_a_group_without_institutions_has_a_page_without_figures(small_site: Site) -> None:
    assert "Högre utbildning inom räckhåll" in words(small_site.html("sv", "study/education/"))


@pytest.mark.parametrize(
    ("node", "says"),
    [
        ("uppsala", "Uppsala has one main campus or more."),
        ("sodertalje", "Södertälje has a campus, but the main campuses are in other towns."),
        ("arlanda-marsta", "Arlanda-Märsta has no campus of its own, but a main campus is within an hour."),
        ("nykoping", "Nyköping has no campus of its own, and no main campus is within an hour."),
    ],
)
def test_a_node_says_whether_it_has_a_campus(site: Site, node: str, says: str) -> None:
    assert says in words(site.html("en", f"place/{node}/"))
