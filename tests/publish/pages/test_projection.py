"""The population to come, as a planner meets it: the answer first, how sure, and what last time missed by."""

import json
import re

import pytest

from storregion.core.language import Language
from storregion.publish.numbers import rounded
from storregion.publish.pages import projection
from storregion.publish.site import Site
from storregion.publish.words import WORDS
from storregion.studies.projection_operations import KINDS


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "answer", "last"),
    [
        (
            "sv",
            r"2035 beräknas Knivsta ha cirka (\d+ \d{3}) invånare",
            "Förra gången: med det som var känt 2019",
        ),
        ("en", r"In 2035, Knivsta is expected to have about (\d+,\d{3}) resident", "what was known in 2019"),
    ],
)
def test_the_answer_comes_first(site: Site, language: Language, answer: str, last: str) -> None:
    html = words(site.html(language, "place/0330/"))
    said = re.search(answer, html)
    rows = site.workspace.table("projection").filter(place="0330", year=2035, frame="base")
    assert said is not None
    assert int(re.sub(r"\D", "", said[1])) == rounded(rows["persons"].item())
    assert last in html


def test_the_country_is_said_without_an_interval(site: Site) -> None:
    html = words(site.html("sv", "place/00/"))
    assert "Talet är ramen som allt annat stäms av mot." in html


@pytest.mark.parametrize(("language", "ahead"), [("sv", "till 2040"), ("en", "up to 2040")])
def test_the_studys_page_shows_where_counties_and_group_go(
    site: Site, language: Language, ahead: str
) -> None:
    picture = projection.study(site, language).views[0].picture
    assert picture is not None
    assert picture.spec is not None
    panels = json.loads(json.dumps(picture.spec(680)))["concat"]
    assert len(panels) == len(site.workspace.group.counties) + 1
    # Those that grow most stand first, each with its change in words.
    ends = [panel["layer"][3]["data"]["values"][16] for panel in panels]
    assert {point["year"] for point in ends} == {2040}
    values = [point["value"] for point in ends]
    assert values == sorted(values, reverse=True)
    lines = [panel["title"]["text"][1] for panel in panels]
    assert lines[0].startswith("+")
    assert lines[-1].startswith("−")
    assert all(line.endswith(ahead) for line in lines)
    assert "<svg" in picture.draw(680)


def test_a_group_without_the_figures_has_no_section(small_site: Site) -> None:
    row = small_site.workspace.table("places").row(0, named=True)
    assert projection.place_sections(small_site, "sv", row) == []
    assert list(projection.place_tiles(small_site, "sv", row)) == []
    assert "study/projection/" in small_site.makers
    small_site.html("sv", "study/projection/")


def test_every_operation_on_the_projection_is_called_by_words() -> None:
    assert [kind for kind in (*KINDS, "frame") if f"board_operation_{kind}" not in WORDS] == []
