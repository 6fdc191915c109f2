"""Jobs within reach from home on the pages: the number is said to be at least so many without buses."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import said
from storregion.publish.pages import job_reach
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", re.sub(r"<sup.*?</sup>", "", html))).replace(
        "\xa0", " "
    )


@pytest.mark.parametrize(
    ("language", "caution"),
    [("sv", "Läs antalet som minst så många"), ("en", "Read the number as at least so many")],
)
def test_a_municipality_says_what_half_of_it_reaches(site: Site, language: Language, caution: str) -> None:
    table = site.workspace.table("job_reach_places").filter(place="0486", limit=60)
    schema = site.workspace.schemas["job_reach_places"]
    median = said(site.workspace.cell(schema, "median_jobs", table.row(0, named=True)), language)
    html = words(site.html(language, "place/0486/"))
    assert median.replace("\xa0", " ") in html
    assert caution in html


def test_the_map_has_a_dot_for_each_locality_with_a_station(site: Site) -> None:
    rows = site.workspace.table("job_reach").filter(limit=60)
    html = site.html("sv", "study/job_reach/")
    assert html.count('class="dot"') == rows.height > 100


def test_a_municipality_without_a_locality_of_its_own_has_no_section(site: Site) -> None:
    # Five municipalities have no locality coded to them, others none with a station.
    served = set(site.workspace.table("job_reach_places")["place"])
    municipalities = site.workspace.table("places").filter(kind="municipality").iter_rows(named=True)
    without = [row for row in municipalities if row["place"] not in served]
    assert without
    for row in without:
        assert job_reach.place_sections(site, "sv", row) == []


def test_a_group_without_a_timetable_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/job_reach/")
