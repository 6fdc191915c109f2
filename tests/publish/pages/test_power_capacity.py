"""Room in the grid, as a planner meets it: the curve beside its limit, the margin, and what is not known."""

import re

import pytest

from storregion.core.language import Language
from storregion.publish.pages import power_capacity
from storregion.publish.pictures.durations import HOURS, durations
from storregion.publish.reports import underlag
from storregion.publish.reports.model import Paragraph, runs
from storregion.publish.site import Site


def words(html: str) -> str:
    without_marks = re.sub(r"<sup.*?</sup>", "", html)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", without_marks)).replace("\xa0", " ")


# Uppsala County used 3 100 GWh in 2020, all published: 3 100 000 · 1.064 · 16 652 / 87 237 204 MWh in the
# highest hour, some 630. Four sectors of the municipality 0380 are suppressed. 300 + 100 + 150 − 100 are 450.
@pytest.mark.parametrize(
    ("language", "place", "said"),
    [
        ("sv", "03", "En kall vardag en normal vinter behövdes 630 MW i Uppsala län 2020."),
        (
            "en",
            "03",
            "On a cold working day of a normal winter, 630 MW were needed in Uppsala County in 2020.",
        ),
        (
            "sv",
            "0380",
            "behövdes mellan 106 MW och 408 MW i Uppsala 2020, då flera sektorer är sekretessbelagda.",
        ),
        ("sv", "0380", "Till området Uppsala med Knivsta kan 450 MW komma in 2030."),
        ("en", "0180", "How much can come in to the area Stockholm County is not published"),
    ],
)
def test_a_place_says_its_highest_hour_and_its_room(
    site: Site, language: Language, place: str, said: str
) -> None:
    assert said in words(site.html(language, f"place/{place}/"))


def test_what_is_suppressed_is_no_large_figure(site: Site) -> None:
    places = site.workspace.table("places")
    known, hidden = (places.filter(place=place).row(0, named=True) for place in ("03", "0380"))
    assert len(list(power_capacity.place_tiles(site, "sv", known))) == 1
    assert list(power_capacity.place_tiles(site, "sv", hidden)) == []


def test_the_study_shows_the_curve_beside_the_limit(site: Site) -> None:
    part = power_capacity.study(site, "sv")
    curve, margin = part.views
    assert curve.picture is not None
    assert curve.picture.spec is not None
    layers = curve.picture.spec(680)["layer"]
    rows = layers[0]["data"]["values"]  # type: ignore[index]
    assert max(row["hours"] for row in rows) == HOURS
    assert {row["series"] for row in rows} == {"2020", "2030", "2050"}
    limits = {limit["words"]: limit["value"] for limit in layers[1]["data"]["values"]}  # type: ignore[index]
    assert limits == {"gräns 2020: 300 MW": 300, "gräns 2030, 2050: 450 MW": 450}
    assert "margin_mw" in margin.columns
    assert "är ett antagande, 1 715 GWh" in words(site.html("sv", "study/power_capacity/"))


def test_a_curve_has_a_colour_for_each_year() -> None:
    rows = [{"hours": 1, "value": 5.0, "series": year} for year in ("2020", "2030")]
    found = durations(rows, [], width=340)
    assert found["layer"][0]["encoding"]["color"]["scale"]["domain"] == ["2020", "2030"]  # type: ignore[index]


@pytest.mark.parametrize("study", ["power_capacity", "power_peaks", "power_demand", "power_operations"])
def test_a_group_without_the_figures_has_the_pages_all_the_same(small_site: Site, study: str) -> None:
    small_site.html("sv", f"study/{study}/")


def test_the_report_on_a_place_says_its_highest_hour(site: Site) -> None:
    report = underlag.report(site, "sv", "0380")
    (section,) = (section for section in report.sections if section.name == "power")
    first = section.blocks[0]
    assert isinstance(first, Paragraph)
    said = "".join(run.text for sentence in first.sentences for run in runs(sentence, "sv"))
    assert "behövdes mellan 106" in said
    assert "kan 450" in said
