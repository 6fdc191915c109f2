"""From one node to another, and how far you get: the answers, the map, the scenario switch and the data."""

import json
import re
from html import unescape

import polars as pl
import pytest

from storregion.core.comparison import Comparison
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish.pages import trips
from storregion.publish.pictures.maps import Atlas
from storregion.publish.pictures.place_maps import Dot, busiest
from storregion.publish.site import Site

MORNING = {"period": "morning", "way": "depart_at"}


def words(html: str) -> str:
    """The words of a page as a reader sees them."""
    text = re.sub("<[^>]*>", " ", re.sub(r"<sup.*?</sup>", "", html))
    return re.sub(r" (?=[.,])", "", " ".join(unescape(text).replace("\u00a0", " ").split()))


def asked(site: Site, query: str, language: Language = "sv") -> str:
    """The page as a query fills it in."""
    fields: dict[str, list[str]] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        fields.setdefault(name, []).append(value)
    return site.filled_in(language, trips.ADDRESS, fields).body.decode()


def answer(html: str) -> str:
    """The part of a page that answers, without form, map and matrix."""
    start = html.index('<section class="alike"')
    return words(html[start : html.find("<figure", start)])


def test_every_two_nodes_have_an_answer_in_both_directions(site: Site) -> None:
    nodes = site.workspace.table("nodes")["node"].to_list()
    times = site.workspace.table("access_nodes").filter(**MORNING)
    for row in times.iter_rows(named=True):
        shown = trips._way([site.workspace], "sv", row["origin"], row["destination"])
        assert (shown is None) == (row["typical"] is None)
        if shown is not None:
            assert f'value="{row["typical"]}"' in shown["typical"]
            assert f'value="{row["departures"]}"' in shown["departures"]
    assert times.height == len(nodes) * (len(nodes) - 1)


def test_a_pair_is_answered_in_large_figures_there_and_in_a_sentence_back(site: Site) -> None:
    text = answer(asked(site, "from=nykoping&to=stockholm"))
    # The line plan's regional train: 62 minutes in, 63 out, three journeys in the morning.
    assert "Nyköping → Stockholm med tåg och tunnelbana 62 minuter typiskt på morgonen" in text
    assert "Tillbaka: typiskt 63 minuter, 3 resor, 0 byten." in text
    assert text.count("Bygger på antaganden, inte på mätningar.") == 1
    assert "Back: typically 63 minutes" in answer(asked(site, "from=nykoping&to=stockholm", "en"))


def test_with_a_scenario_today_then_and_the_difference_are_those_of_their_own_tables(site: Site) -> None:
    other = site.scenario("ostlanken")
    query = "from=nykoping&to=stockholm&within=75&scenario=ostlanken"
    assert "62 → 44 minuter typiskt" in answer(asked(site, query))
    assert "44 minuter typiskt" in answer(asked(site, f"{query}&show=then"))
    assert "62 minuter typiskt" in answer(asked(site, f"{query}&show=today"))
    html = asked(site, f"{query}&show=difference")
    both = Comparison(site.workspace, other, "access_board", ("minutes",)).frame.filter(node="nykoping")
    gained = both.filter((pl.col("minutes_b") <= 75) & (pl.col("minutes_a") > 75))
    assert gained.height > 0
    main = html[html.index('class="stage"') : html.index('class="stage inset"')]
    assert set(re.findall(r'class="dot gained"[^>]*data-code="(\w+)"', main)) == set(gained["locality"])
    # Hollow is only what no train reaches: a change is a change however far away.
    unreached = both.filter(pl.col("minutes_difference").is_null())["locality"]
    assert set(re.findall(r'class="dot beyond"[^>]*data-code="(\w+)"', main)) == set(unreached)
    for side in (site.workspace, other):
        row = side.table("node_reach").filter(node="nykoping", limit=75, counted="with_wait")
        assert f'value="{row["residents"].item()}"' in html


@pytest.mark.parametrize("within", [30, 75, 120])
def test_what_lies_beyond_the_minutes_is_hollow(site: Site, within: int) -> None:
    html = asked(site, f"from=uppsala&within={within}")
    main = html[html.index('class="stage"') : html.index('class="stage inset"')]
    board = site.workspace.table("access_board").filter(node="uppsala")
    beyond = board.filter(pl.col("minutes").is_null() | (pl.col("minutes") > within))
    assert 0 < beyond.height < board.height
    assert set(re.findall(r'class="dot beyond"[^>]*data-code="(\w+)"', main)) == set(beyond["locality"])


def test_reach_grows_with_the_minutes_and_agrees_with_the_limits_of_other_places(site: Site) -> None:
    reach = site.workspace.table("node_reach").filter(counted="with_wait").sort("node", "limit")
    assert reach["limit"].unique().sort().to_list() == list(range(30, 125, 5))
    grows = reach.select(pl.col("residents", "jobs").diff().over("node").drop_nulls() >= 0)
    assert grows["residents"].all()
    assert grows["jobs"].all()
    same = reach.rename({"node": "code"}).join(
        site.workspace.table("access_reach").filter(kind="node"), on=["code", "limit"]
    )
    assert same.height == 14 * 4
    assert (same["residents"] == same["residents_right"]).all()


def test_what_does_not_exist_is_named_and_the_rest_is_answered(site: Site) -> None:
    html = asked(site, "from=nowhere&to=stockholm&within=61&scenario=atlantis&show=all")
    assert "Finns inte: atlantis, all, 61, nowhere." in words(html[html.index('role="alert"') :])
    assert "Stockholm" in answer(html)
    assert "Välj två olika noder." in answer(asked(site, "from=uppsala&to=uppsala"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_server_the_form_waits_for_its_script_and_the_page_says_so(
    site: Site, language: Language
) -> None:
    html = site.html(language, trips.ADDRESS)
    assert re.search('<form class="try chosen" id="trip"[^>]* hidden>', html)
    assert {"sv": "Utan skript", "en": "Without scripts"}[language] in words(html)
    # Uppsala and Stockholm: many go far between them.
    assert "Uppsala → Stockholm" in words(html)


def test_the_scripts_data_are_the_tables(site: Site) -> None:
    assert {"times.json", "times-ostlanken.json"} <= site.page("sv", trips.ADDRESS).extra.keys()
    other: Workspace = site.scenario("ostlanken")
    for name, workspace in (("times.json", site.workspace), ("times-ostlanken.json", other)):
        found = json.loads(site.answer(f"sv/{trips.ADDRESS}{name}").body)
        row = workspace.table("access_nodes").filter(origin="linkoping", destination="stockholm", **MORNING)
        assert found["pairs"]["linkoping"]["stockholm"] == list(
            row.select("typical", "fastest", "departures", "transfers").row(0)
        )
        board = workspace.table("access_board").filter(node="linkoping")
        assert found["board"]["linkoping"] == dict(board.select("locality", "minutes").iter_rows())
        reach = workspace.table("node_reach").filter(node="linkoping", limit=90, counted="with_wait")
        assert found["reach"]["linkoping"]["90"] == pytest.approx(
            reach.select("residents", "jobs").row(0), abs=0.05
        )


def test_board_and_map_lead_to_each_other(site: Site) -> None:
    html = asked(site, "from=nykoping&scenario=ostlanken")
    assert re.search(r'class="board" href="\.\./scenario/ostlanken/"', html)
    assert re.search(r'class="board" hidden', asked(site, "from=nykoping"))
    assert 'href="../../access/?scenario=ostlanken"' in site.html("sv", "scenario/ostlanken/")
    assert "access/?scenario" not in site.html("sv", "scenario/bostadsprogram/")


def test_the_map_downloaded_follows_the_form(site: Site) -> None:
    query = {"from": ["nykoping"], "scenario": ["ostlanken"]}
    csv = site.filled_in("sv", trips.ADDRESS, query, "board.csv").body.decode()
    assert csv.count("\n") == 1 + site.workspace.table("access_board").filter(node="nykoping").height
    html = site.html("sv", trips.ADDRESS)
    assert 'href="board.csv" download' in html


def test_the_close_up_shows_where_most_dots_lie(site: Site) -> None:
    atlas = Atlas(site.workspace)
    # A degree of latitude is over a hundred kilometres: three dots close together, two far away.
    close = [Dot(18.0 + at / 100, 59.3, "", 1.0, "") for at in range(3)]
    far = [Dot(15.2, 59.3, "", 1.0, ""), Dot(17.1, 60.7, "", 1.0, "")]
    box = busiest(atlas, [*far, *close])
    assert box == busiest(atlas, close)
    assert box is not None
    assert box[2:] == (210.0, 210.0)
    # Six dots each alone: none is where most lie.
    assert busiest(atlas, [Dot(13.0 + at, 57.0 + at, "", 1.0, "") for at in range(6)]) is None
    assert busiest(atlas, []) is None
