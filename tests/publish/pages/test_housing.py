"""Homes as a planner meets them: a price for its access, and a ratio never compared across assessments."""

import html as html_module
import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import housing
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    plain = html_module.unescape(re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", plain)


# 3 993 against 3 795 thousand is 5.2 per cent more; 160 dwellings.
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "Ett småhus i Strängnäs kostade i medeltal 3 993 000 kr år 2024, en ändring med 5,2 %"),
        ("sv", "med 59 minuter till Stockholm på morgonen, väntan medräknad, vore"),
        ("sv", "I Strängnäs blev 160 bostäder färdiga 2024"),
        ("en", "A house in Strängnäs cost 3,993,000 SEK on average in 2024, a change of 5.2%"),
        ("en", "The yearly price changes follow those of Stockholm with a correlation of"),
    ],
)
def test_a_planner_reads_what_a_house_costs_for_its_access(site: Site, language: Language, said: str) -> None:
    assert said in words(site.html(language, "place/0486/"))


def test_a_node_says_what_its_municipality_costs(site: Site) -> None:
    page = words(site.html("sv", "place/kista-sollentuna-haggvik/"))
    assert "Ett småhus i Sollentuna kostade i medeltal" in page
    assert "Priserna gäller kommunen Sollentuna, som Kista-Sollentuna-Häggvik ligger i." in page
    # Prices are not compared with those of the hub in the hub itself.
    hub = words(site.html("en", "place/stockholm/"))
    assert "A house in Stockholm cost" in hub
    assert "follow those of Stockholm" not in hub


def test_each_assessment_is_a_line_of_its_own(site: Site) -> None:
    row = site.workspace.table("places").filter(place="0486").row(0, named=True)
    (section,) = housing.place_sections(site, "en", row)
    ratio = next(view for view in section.views if view.name == "housing-ratio")
    assert ratio.picture is not None
    assert ratio.picture.spec is not None
    spec = ratio.picture.spec(680)
    series = {point["year"]: point["series"] for point in spec["data"]["values"]}  # type: ignore[index]
    assert (series[2017], series[2018], series[2023]) == (
        "values of 2011",
        "values of 2018",
        "values of 2018",
    )
    assert series[2024] == "values of 2024"
    assert len(spec["layer"]) == 2  # type: ignore[arg-type]


def test_the_study_answers_with_the_gradient_of_the_hub(site: Site) -> None:
    page = words(site.html("en", "study/housing/"))
    assert "is the change of a house's price per ten minutes further from Stockholm, 2024" in page
    assert "Values were assessed anew in 2018, 2024" in page


def test_a_tile_says_the_price_of_a_municipality_and_the_dwellings_of_a_county(site: Site) -> None:
    rows = {row["place"]: row for row in site.workspace.table("places").iter_rows(named=True)}
    (price,) = housing.place_tiles(site, "sv", rows["0486"])
    assert price.figure.value == 3_993_000
    (completed,) = housing.place_tiles(site, "sv", rows["04"])
    assert completed.words == "tile_completed"
    assert list(housing.place_tiles(site, "sv", rows["stockholm"])) == []


def test_a_group_without_prices_has_a_page_without_figures(small_site: Site) -> None:
    assert "Homes and house prices" in words(small_site.html("en", "study/housing/"))
