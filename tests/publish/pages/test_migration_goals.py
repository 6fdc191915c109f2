"""The form of what a goal would take: the answer in words, faults with a remedy, nothing stored."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import rounded
from storregion.publish.pages import migration_goals
from storregion.publish.site import Query, Site


def words(html: str) -> str:
    """The words of a page without the marks of how figures are known."""
    plain = re.sub(r"<[^>]+>", "", re.sub(r"<sup.*?</sup>", "", html))
    return re.sub(r"\s+", " ", plain).replace("\xa0", " ")


def answered(site: Site, language: Language, query: Query) -> str:
    return words(site.filled_in(language, "goal/", query, "").body.decode())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "För att Knivsta ska ha 50 000 invånare 2040 krävs ett flyttnetto"),
        ("en", "For Knivsta to have 50,000 residents in 2040, a net migration of"),
    ],
)
def test_a_goal_is_answered(site: Site, language: Language, said: str) -> None:
    query = {"municipality": ["0330"], "goal": ["50 000"], "year": ["2040"]}
    html = answered(site, language, query)
    assert said in html
    row = site.workspace.table("migration_response").filter(municipality="0330", year=2040).row(0, named=True)
    needed = row["net_a_year"] + (50_000 - row["persons"]) / row["more"]
    shown = f"{rounded(needed):,}".replace(",", " " if language == "sv" else ",")
    assert shown in html


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"municipality": ["9999"]}, "Välj en kommun"),
        ({"goal": ["många"]}, "Skriv målet som ett helt antal"),
        ({"goal": ["-5"]}, "Skriv målet som ett helt antal"),
        ({"year": ["1999"]}, "Skriv ett år från 2025 till 2050"),
        ({"goal": ["10"]}, "Målet är så lågt"),
    ],
)
def test_a_field_at_fault_is_said_with_its_remedy(site: Site, changed: Query, says: str) -> None:
    html = answered(
        site, "sv", {"municipality": ["0330"], "goal": ["50000"], "year": ["2040"]} | dict(changed)
    )
    assert says in html
    assert "krävs ett flyttnetto" not in html


def test_the_page_of_a_municipality_says_what_a_thousand_more_take(site: Site) -> None:
    assert "1 000 invånare fler 2040 än framskrivningen kräver" in words(site.html("sv", "place/0330/"))
    assert "1 000 invånare fler" not in words(site.html("sv", "place/01/"))


def test_a_group_without_the_figures_has_no_form(small_site: Site) -> None:
    assert migration_goals.addresses(small_site) == {}
    assert list(migration_goals.findable(small_site, "sv")) == []
