"""Jobs to come, as a planner meets them: how many, how sure, who commutes, how earlier projections did."""

import json
import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import rounded
from storregion.publish.pages import employment, employment_hindcasts
from storregion.publish.site import Site


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "answer", "tried"),
    [
        (
            "sv",
            r"2040 beräknas Knivsta ha cirka (\d+ \d{3}) jobb",
            r"framskrivna från 2010 till seriens sista år hade haft ett medelfel på 2,0 %",
        ),
        (
            "en",
            r"In 2040, Knivsta is expected to have about (\d+,\d{3}) jobs: between 7,300 and 8,500",
            r"projected from 2010 to the last year of the series would have had a mean error of 2\.0%",
        ),
    ],
)
def test_the_answer_comes_first_and_says_how_the_model_has_done(
    site: Site, language: Language, answer: str, tried: str
) -> None:
    html = words(site.html(language, "place/0330/"))
    said = re.search(answer, html)
    rows = site.workspace.table("employment").filter(place="0330", year=2040)
    assert said is not None
    assert int(re.sub(r"\D", "", said[1])) == rounded(rows["jobs"].item())
    assert re.search(tried, html)


def test_the_country_is_said_without_an_interval_and_without_commuters(site: Site) -> None:
    html = words(site.html("sv", "place/00/"))
    assert "Talet är arbetskraftens" in html
    assert "pendlar in och" not in html


@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_studys_page_has_a_fan_for_each_county(site: Site, language: Language) -> None:
    picture = employment.study(site, language).views[0].picture
    assert picture is not None
    assert picture.spec is not None
    assert len(json.loads(json.dumps(picture.spec(680)))["concat"]) == len(site.workspace.group.counties)
    assert "<svg" in picture.draw(680)


def test_errors_are_drawn_by_years_ahead(site: Site) -> None:
    picture = employment_hindcasts.study(site, "sv").views[0].picture
    assert picture is not None
    assert picture.spec is not None
    points = json.loads(json.dumps(picture.spec(680)))["data"]["values"]
    assert {point["series"] for point in points} == {
        "Modellen", "Femårig trend, avstämd", "Oförändrad andel", "Oförändrad"
    }  # fmt: skip
    assert [point["year"] for point in points if point["series"] == "Modellen"] == list(range(1, 12))


def test_the_report_on_a_municipality_says_how_many_jobs_are_expected(site: Site) -> None:
    html = words(site.html("sv", "place/0330/underlag/"))
    assert re.search(r"2040 beräknas Knivsta ha cirka 7 \d{3} jobb", html)


def test_a_group_without_the_figures_has_no_section(small_site: Site) -> None:
    row = small_site.workspace.table("places").row(0, named=True)
    assert employment.place_sections(small_site, "sv", row) == []
    assert list(employment.place_tiles(small_site, "sv", row)) == []
    for study in (
        "employment",
        "employment_hindcasts",
        "labour_supply",
        "job_demand",
        "municipal_jobs",
    ):
        small_site.html("sv", f"study/{study}/")
