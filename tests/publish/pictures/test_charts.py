import itertools
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from storregion.core.language import LANGUAGES, Language
from storregion.publish.pictures import charts
from storregion.publish.pictures import renderer as compiling
from storregion.publish.site import Site


def line(*values: float | None, width: int = 680, zero: bool = False) -> dict[str, Any]:
    points = [{"year": 2001 + 4 * at, "value": value, "series": "x"} for at, value in enumerate(values)]
    return charts.lines(points, y="Title", unit=",.0f", width=width, zero=zero)


def strokes(svg: str) -> list[str]:
    """The drawn lines of a chart."""
    return re.findall(r'<path d="([^"]*)" stroke="[^"]*" stroke-width="2.25"', svg) or [
        path
        for group in re.findall(r'<g [^>]*stroke-width="2.25"[^>]*>(.*?)</g>', svg)
        for path in re.findall(r'<path d="([^"]*)"', group)
    ]


def points_of(svg: str) -> int:
    """How many points a chart has."""
    return svg.count("<circle ")


def test_a_missing_value_breaks_the_line() -> None:
    whole, broken = (strokes(charts.svg(line(1, 2, middle, 4, 5), "sv")) for middle in (3, None))
    assert [path.count("M") for path in whole] == [1]
    assert [path.count("M") for path in broken] == [2]
    # No point is drawn for it, neither at zero nor elsewhere.
    drawn = charts.svg(line(1, 2, None, 4, 5), "sv")
    assert points_of(drawn) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_specification_is_json_with_null_for_what_is_absent(site: Site, language: Language) -> None:
    # Shares of Knivsta begin after 2001, so that the first value is empty.
    spec = json.loads(site.answer(f"{language}/place/0330/ages.vl.json").body)
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    ages = site.workspace.table("age_structure").filter(place="0330").sort("year")
    young = spec["data"]["values"][: ages.height]
    assert [row["year"] for row in young] == ages["year"].to_list()
    assert [row["value"] for row in young] == [n and pytest.approx(100 * n) for n in ages["share_0_19"]]
    assert young[0]["value"] is None
    assert "url" not in spec["data"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", ["svg", "narrow.svg"])
def test_a_chart_runs_and_fetches_nothing(site: Site, language: Language, ending: str) -> None:
    for name in ("population", "ages"):
        data = site.answer(f"{language}/place/0330/{name}.{ending}").body.decode()
        root = ET.fromstring(data)  # noqa: S314 - our own file
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert not names & {"script", "image", "foreignObject", "a", "iframe"}
        attributes = [pair for element in root.iter() for pair in element.attrib.items()]
        assert [pair for pair in attributes if pair[0].startswith("on") or "href" in pair[0]] == []
        assert not re.search(r"@import|url\((?!#)", data)
        assert root.attrib["width"] == {"svg": "680", "narrow.svg": "360"}[ending]


def test_a_chart_follows_the_reader_s_dark_mode() -> None:
    drawn = charts.svg(line(1, 2, 3), "sv")
    assert "prefers-color-scheme:dark" in drawn
    assert charts.INK not in drawn.replace(f":root{{color:{charts.INK}}}", "")
    assert 'fill="currentColor"' in drawn


def test_numbers_on_the_axis_are_in_the_language() -> None:
    sv, en = (charts.svg(line(1000, 2000, 30000), language) for language in LANGUAGES)
    assert "30,000" in en
    assert "30,000" not in sv
    assert re.search("30[\u00a0\u202f]000", sv)


def test_a_single_line_has_no_legend_and_lines_differ_by_more_than_colour() -> None:
    # A colour that follows no field makes no legend.
    assert line(1, 2)["encoding"]["color"].keys() == {"value"}
    assert ">x</text>" not in charts.svg(line(1, 2), "en")
    points = [{"year": 2001 + at, "value": at, "series": name} for name in "ab" for at in range(3)]
    spec: Any = charts.lines(points, y="t", unit="d", width=680)
    assert spec["encoding"]["color"]["legend"] is not None
    assert spec["encoding"]["shape"]["field"] == "series"
    assert len(strokes(charts.svg(spec, "en"))) == 2
    assert all(f">{name}</text>" in charts.svg(spec, "en") for name in "ab")


def test_shares_start_at_zero(site: Site) -> None:
    picture = site.page("sv", "place/0330/").views["ages"].picture
    assert picture is not None
    assert picture.spec is not None
    spec: Any = picture.spec(680)
    assert spec["encoding"]["y"]["scale"]["zero"] is True
    shares = site.workspace.table("age_structure").filter(place="0330").sort("year")["share_0_19"]
    drawn = [row["value"] for row in spec["data"]["values"]][: shares.len()]
    assert drawn == [share if share is None else pytest.approx(100 * share) for share in shares]


def test_charts_of_one_form_are_drawn_as_if_each_were_compiled_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [{"year": year, "value": year % 7, "series": "s"} for year in range(2001, 2009)]
    specs = [
        *(line(1, 2, last) for last in (3, 30, 300)),
        charts.lines(points, y="t", unit="d", width=680, breaks=[2004, 2006]),
        charts.multiples([("a", "d", points), ("b", "d", points[:3])], columns=2, width=200),
        charts.bars([{"name": "a", "value": 1}, {"name": "b", "value": -2}], unit="d", width=360),
    ]
    drawn = [charts.svg(spec, "sv") for spec in specs]
    assert len(set(drawn)) == len(drawn)
    before = compiling._compiled_once.cache_info()
    charts.svg(line(1, 2, 3000), "sv")
    assert compiling._compiled_once.cache_info().misses == before.misses
    with compiling.renderer() as started:
        alone = started.vegalite_to_vega
    monkeypatch.setattr(charts, "compiled", lambda spec: json.dumps(alone(spec)))
    charts._rendered.cache_clear()
    assert [charts.svg(spec, "sv") for spec in specs] == drawn


def test_a_series_break_is_drawn_between_its_years() -> None:
    points = [{"year": year, "value": 1.0, "series": "s"} for year in (2020, 2021, 2022, 2023)]
    spec: Any = charts.lines(points, y="t", unit="d", width=680, breaks=[2022])
    line, rule = spec["layer"]
    assert line["mark"]["type"] == "line"
    assert rule["mark"]["type"] == "rule"
    assert rule["data"]["values"] == [{"break": 2021.5}]
    assert "stroke-dasharray" in charts.svg(spec, "sv")
    whole: Any = charts.lines(points, y="t", unit="d", width=680)
    assert "layer" not in whole
    assert "stroke-dasharray" not in charts.svg(whole, "sv")


@pytest.mark.parametrize("most", [8, 14])
@pytest.mark.parametrize(("first", "last"), [(1968, 2024), (2001, 2016), (1950, 2050), (1749, 2024)])
def test_an_axis_marks_the_ends_and_round_years_that_have_room(most: int, first: int, last: int) -> None:
    years = range(first, last + 1)
    found = charts.marked(years, most)
    assert (found[0], found[-1]) == (first, last)
    assert 3 <= len(found) <= most
    between = [right - left for left, right in itertools.pairwise(found[1:-1])]
    assert len(set(between)) <= 1
    # None stands nearer to an end than the years between stand to each other.
    ends = (found[1] - found[0], found[-1] - found[-2])
    assert not between or min(ends) >= between[0]


def test_few_or_uneven_years_are_all_marked() -> None:
    assert charts.marked([1968, 1985, 2001, 2024], 8) == [1968, 1985, 2001, 2024]


def test_a_chart_says_its_font_once_and_holds_nothing_unseen() -> None:
    points = [{"year": year, "value": float(year % 7), "series": "x"} for year in range(1968, 2025)]
    drawn = charts.svg(charts.lines(points, y="Title", unit=",.0f", width=680), "sv")
    assert drawn.count("font-family") == 1
    assert 'opacity="0"' not in drawn
    assert 'class="background"' not in drawn
    assert ">2024<" in drawn
    # A point for every year.
    assert points_of(drawn) == 57
