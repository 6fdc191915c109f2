"""The start page: how each focus area stands, and a map whose layer is chosen."""

import json
import re

import polars as pl
import pytest

from storregion.core.language import LANGUAGES, Language
from storregion.publish.pages import start
from storregion.publish.pictures.maps import palette
from storregion.publish.site import Site
from storregion.publish.words import WORDS
from storregion.strategy import followup


def html(site: Site, **query: list[str]) -> str:
    return site.filled_in("sv", "", query).body.decode()


def fills(text: str) -> dict[str, tuple[str, str]]:
    """Colour and words of each municipality on a drawn map."""
    found = re.findall(
        r'data-code="(\d{4})"><path class="area" d="[^"]*" fill="([^"]*)"><title>[^:]*: ([^<]*)', text
    )
    return {code: (colour, words) for code, colour, words in found}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_for_every_focus_area_says_what_is_followed_or_why_not(site: Site, language: Language) -> None:
    rows = site.page(language, "").context["rows"]
    edition = site.strategy.latest
    assert edition is not None
    assert len({row.focus.text for row in rows}) == len(edition.focus) + 1
    assert [row.standing.name for row in rows if row.standing] == [
        name for area in ("goal", *edition.focus) for name in site.followup.of(f"{edition.year}/{area}")
    ]
    for row in rows:
        if row.standing is None:
            assert row.missing in [reason[language] for reason in site.followup.not_yet.values()]
    # Nobody owns any of them, and the page says so in every row.
    assert site.html(language, "").count(f"<div>{WORDS['no_owner'][language]}</div>") == len(rows)


def test_a_sparkline_says_first_last_and_trend(site: Site) -> None:
    points = followup.points(site.followup.indicators["population_growth"], site.workspace)
    spark = next(row.spark for row in site.page("sv", "").context["rows"] if row.standing)
    assert spark.count(",") >= len(points)
    words = re.search('aria-label="([^"]*)"', spark)
    assert words is not None
    first, last = points[0], points[-1]
    for year, value in (first, last):
        assert f"{year}: {value:.2f}".replace(".", ",") in words[1].replace("\u2212", "-")
    assert words[1].endswith("Trend: oklar.")


def test_the_layers_join_by_themselves(site: Site, small_site: Site) -> None:
    names = [layer.name for layer in site.page("sv", "").context["layers"]]
    assert names[0] == "population_growth"
    assert {"commuting", "travel", "labour", "storregional_access"} < set(names)
    # A group without indicators, timetable or commuting between nodes has those that it can show.
    assert "travel" not in [layer.name for layer in small_site.page("sv", "").context["layers"]]


def test_growth_is_shown_in_several_classes_below_zero(site: Site) -> None:
    shown = fills(html(site))
    assert len(shown) == 88
    rows = site.workspace.table("growth").filter(pl.col("place").is_in(list(shown)), year=2024)
    limits = (-1.0, -0.5, 0.0, 0.5, 1.0, 1.5)
    for place, value in rows.select("place", "annual_percent").iter_rows():
        assert shown[place][0] == palette(limits)[sum(value >= limit for limit in limits)]
    assert len({colour for colour, _ in shown.values()} & set(palette(limits)[:3])) == 3


def test_commuting_to_a_chosen_place(site: Site) -> None:
    text = html(site, layer=["commuting"], commuting=["0380"])
    shown = fills(text)
    assert shown["0380"] == ("#c2410c", "vald")
    # Most in Enköping who commute out go to Uppsala: 8.818 % of those employed, some 2 000.
    assert shown["0381"][1].replace("\u00a0", " ") == "cirka 2 000"
    assert '<option value="0380" selected>' in text
    assert "Pendling in till Uppsala, 2023</h2>" in text


def test_travel_time_to_a_chosen_node(site: Site) -> None:
    shown = fills(html(site, layer=["travel"], travel=["uppsala"]))
    # The way into Uppsala from Enköping takes longer than that from Knivsta next door.
    colours = ["#0b4a66", "#1f7488", "#4fa7ac", "#a8d5cf", "#e3f0e8"]
    assert colours.index(shown["0330"][0]) < colours.index(shown["0381"][0])
    times = site.workspace.table("access_places").filter(
        destination="0380", period="morning", way="depart_at"
    )
    for place, typical in times.drop_nulls("typical").select("origin", "typical").iter_rows():
        if place in shown:
            assert shown[place][0] == colours[sum(typical >= limit for limit in (30, 45, 60, 90))]
    assert shown["0380"][1] == "vald"


@pytest.mark.parametrize(
    "query", [{"layer": ["<b>x"]}, {"layer": ["commuting"], "commuting": ["9999"]}, {"travel": ["nowhere"]}]
)
def test_what_does_not_exist_is_named_and_harmless(site: Site, query: dict[str, list[str]]) -> None:
    text = html(site, **query)
    assert 'role="alert">Finns inte: ' in text
    assert "<b>x" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_reads_the_same_map(site: Site, language: Language) -> None:
    page = site.page(language, "")
    for layer, code in (("population_growth", ""), ("commuting", "0380"), ("labour", "")):
        query = {"layer": [layer], layer: [code]} if code else {"layer": [layer]}
        asked = site.filled_in(language, "", query).body.decode()
        read = json.loads(page.extra[f"layer-{layer}{'-' * bool(code)}{code}.json"][1]())
        assert {place: words for place, (_, words) in read["fills"].items()} == {
            place: words for place, (_, words) in fills(asked).items() if place in read["fills"]
        }
        assert f'<h2 id="layer" class="title">{read["title"]}</h2>' in asked
        assert read["lead"] in asked


def test_every_choice_has_its_file(site: Site) -> None:
    page = site.page("sv", "")
    layers = page.context["layers"]
    files = [name for name in page.extra if name.startswith("layer-")]
    assert len(files) == sum(max(1, len(layer.choices)) for layer in layers)
    assert start.forms(site).keys() == {""}
