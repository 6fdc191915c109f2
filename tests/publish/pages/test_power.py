"""Electricity, as a planner meets it: what is published as numbers, and what is suppressed as intervals."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import power
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")


# Published: 24 022 of 3 100 GWh are 774.9 %, and 24 022 − 22 594.907 are 46.0 % of it.
# In 0180 four of eight sectors are suppressed, two of them together up to 2 443 + 716 GWh.
@pytest.mark.parametrize(
    ("language", "place", "said"),
    [
        ("sv", "03", "2020 användes 3 100 GWh el i Uppsala län. Det producerades 24 022 GWh."),
        ("sv", "03", "Det är 774,9 % av användningen. Utan Forsmark Block är det 46,0 %."),
        # 3 100 000 MWh for 388 394 people, and 3 100 against 2 873.6 GWh.
        ("sv", "03", "Användningen är 8,0 MWh per invånare. Sedan 2011 har den ändrats med 7,9 %."),
        ("en", "03", "That is 774.9% of the use. Without Forsmark Block it is 46.0%."),
        ("sv", "0180", "2020 användes mellan 6 074 GWh och 9 243 GWh el i Stockholm."),
        ("en", "0180", "In 2020, between 6,074 GWh and 9,243 GWh of electricity were used in Stockholm."),
    ],
)
def test_a_place_says_what_is_used_and_generated(
    site: Site, language: Language, place: str, said: str
) -> None:
    assert said in words(site.html(language, f"place/{place}/"))


def test_what_is_suppressed_is_no_large_figure(site: Site) -> None:
    places = site.workspace.table("places")
    known, hidden = (places.filter(place=place).row(0, named=True) for place in ("03", "0180"))
    (tile,) = power.place_tiles(site, "sv", known)
    assert tile.figure.value == 3100
    assert list(power.place_tiles(site, "sv", hidden)) == []


def test_the_plant_is_named_only_where_self_sufficiency_depends_on_it(site: Site) -> None:
    assert "Forsmark Block" not in words(site.html("sv", "place/21/"))


def test_a_suppressed_cell_is_drawn_from_the_least_to_the_most(site: Site) -> None:
    row = site.workspace.table("places").filter(place="0180").row(0, named=True)
    (section,) = power.place_sections(site, "sv", row)
    picture = section.views[0].picture
    assert picture is not None
    assert picture.spec is not None
    bars = {bar["name"]: bar for bar in picture.spec(680)["data"]["values"]}  # type: ignore[index]
    assert bars["industri, bygg"]["words"] == "0–2\xa0443"
    assert (bars["industri, bygg"]["least"], bars["industri, bygg"]["most"]) == (
        0,
        pytest.approx(2443, abs=1),
    )
    assert bars["småhus"]["least"] == bars["småhus"]["most"] == pytest.approx(581, abs=1)


def test_an_open_cell_says_what_it_is_at_least() -> None:
    bar = power._bar({"least_mwh": 2_000.0, "most_mwh": None}, "vindkraft", "sv")
    assert bar == {"name": "vindkraft", "least": 2.0, "most": 2.0, "words": "minst 2"}


def test_a_group_without_the_figures_has_a_page_all_the_same(small_site: Site) -> None:
    small_site.html("sv", "study/power/")
