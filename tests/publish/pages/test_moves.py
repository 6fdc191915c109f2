"""Moves as a planner meets them: how many come and go, where from by estimate, and that it is one."""

import html as html_module
import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import moves
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    plain = html_module.unescape(re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", plain)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "sv",
            "2021 flyttade 2 528 invånare till Strängnäs från resten av landet och 1 844 invånare därifrån",
        ),
        ("sv", "Flest beräknas komma från"),
        ("en", "That is an estimate within published sums."),
    ],
)
def test_a_planner_reads_who_comes_and_where_from(site: Site, language: Language, said: str) -> None:
    assert said in words(site.html(language, "place/0486/"))


def test_the_largest_origins_are_near_or_large(site: Site) -> None:
    row = site.workspace.table("places").filter(place="0486").row(0, named=True)
    (section,) = moves.place_sections(site, "sv", row)
    origins = section.views[0].frame
    assert origins.height == moves.MOST_ROWS
    assert origins["persons"].is_sorted(descending=True)
    assert {"0180", "0484"} <= set(origins["moved_from"])


def test_a_county_has_counties_and_a_node_no_section(site: Site) -> None:
    rows = {row["place"]: row for row in site.workspace.table("places").iter_rows(named=True)}
    (section,) = moves.place_sections(site, "en", rows["04"])
    assert [view.schema.name for view in section.views] == ["county_flows", "county_flows"]
    assert moves.place_sections(site, "en", rows["stockholm"]) == []
    assert list(moves.place_tiles(site, "en", rows["oms"])) == []


def test_the_study_says_that_it_is_an_estimate(site: Site) -> None:
    page = words(site.html("en", "study/moves/"))
    assert "Between which places people move is estimated" in page
    assert "the most of all counties" in page


def test_a_group_without_moves_has_a_page_without_figures(small_site: Site) -> None:
    assert "Who moves where" in words(small_site.html("en", "study/moves/"))
