"""Commuting between counties as a planner meets it: the matrix, and a county's own sentences."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import county_exchange
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


# 2018: 40 113 and 3 011 of the 185 239 employed who live in 03, and 17 284 who come from the group.
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "arbetar 21,7 % i ett annat av länen i ÖMS och 1,6 % i övriga landet (2018)."),
        ("sv", "Från de andra länen i gruppen kommer 17 284 sysselsatta hit"),
        ("sv", "Fler pendlar än storlek och avstånd ger till och från Västmanlands län och Gävleborgs län."),
        ("en", "Fewer commute than expected to and from Södermanland County, Östergötland County and Örebro"),
    ],
)
def test_a_county_says_where_its_employed_work(site: Site, language: Language, said: str) -> None:
    assert said in words(site.html(language, "place/03/"))


def test_the_matrix_marks_weak_and_strong_pairs_both_ways(site: Site) -> None:
    part = county_exchange.study(site, "sv")
    rows = part.context["grid"]["rows"]
    shades = {(label.target, at): cell[1] for label, cells in rows for at, cell in enumerate(cells)}
    # In order of code 01, 03, 04, 05, 18, 19, 21: 03–21 is strong, 19–21 weak, 01–03 as expected.
    assert shades["sv/place/03/", 6] == shades["sv/place/21/", 1] == 3
    assert shades["sv/place/19/", 6] == shades["sv/place/21/", 5] == 5
    assert shades["sv/place/01/", 1] == 0


def test_a_group_without_the_figures_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/county_exchange/")
    row = small_site.workspace.table("places").filter(kind="county").row(0, named=True)
    assert county_exchange.place_sections(small_site, "sv", row) == []
