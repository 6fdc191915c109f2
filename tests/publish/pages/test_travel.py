"""Travel times on pages: the matrix, pairs, stations, a node's reach, scenarios, and a change tried live."""

import asyncio
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html import unescape
from pathlib import Path

import httpx
import polars as pl
import pytest
from tests.publish.addresses import addresses

from storregion.core.comparison import sides
from storregion.core.language import LANGUAGES, Language
from storregion.core.lineage import Figure, Record
from storregion.core.store import Overlay, Store
from storregion.core.workspace import Workspace
from storregion.publish.labels import slugs
from storregion.publish.pages.what_if import TRY
from storregion.publish.portal import open_site
from storregion.publish.serving.application import application
from storregion.publish.serving.limits import Limits
from storregion.publish.site import NoSuchPageError, Site
from storregion.publish.travel import means, rested_on

_AT, _TO = "Vagnh%C3%A4rad+station", "Nyk%C3%B6ping+Centralstation"
TRIED = (
    f"sv/{TRY}?line=malartag-nykoping&less=10&start=Vagnh%C3%A4rad+station&end=Nyk%C3%B6ping+Centralstation"
)


def words(html: str) -> str:
    """The words of a page as a reader sees them."""
    text = re.sub("<[^>]*>", " ", re.sub(r"<sup.*?</sup>", "", html))
    return " ".join(unescape(text).replace("\u00a0", " ").split())


Ask = Callable[[str], httpx.Response]


@pytest.fixture(scope="module")
def live(site: Site) -> Ask:
    """The portal served live, asked for a path."""
    portal = application(open_site(site.workspace, live=True), Limits(patience=600))

    def ask(path: str) -> httpx.Response:
        async def answered() -> httpx.Response:
            transport = httpx.ASGITransport(portal)
            async with httpx.AsyncClient(transport=transport, base_url="http://portal") as client:
                return await client.get(f"/{path}")

        return asyncio.run(answered())

    return ask


def test_the_matrix_has_every_pair_and_each_number_leads_to_its_pair(site: Site) -> None:
    html = site.html("sv", "access/")
    matrix = re.findall(r'<table class="matrix">.*?</table>', html, re.DOTALL)[0]
    # Fourteen nodes, each with thirteen others.
    assert matrix.count("<data value=") == 14 * 13
    links = set(re.findall(r'href="(?:\.\./)*(?:\./)?pair/([a-z-]+)/([a-z-]+)/"', matrix))
    assert len(links) == 14 * 13 / 2
    for one, two in links:
        assert f"access/pair/{one}/{two}/" in site.makers
    typical = site.workspace.table("access_nodes").filter(period="morning", way="depart_at")
    cells = {
        f"access_nodes/typical?origin={row['origin']},destination={row['destination']},"
        f"period=morning,way=depart_at": str(row["typical"])
        for row in typical.iter_rows(named=True)
    }
    values = re.findall(r'<data value="([^"]*)"', matrix)
    found = [address.partition("#")[0] for address in addresses(matrix)]
    assert dict(zip(found, values, strict=True)) == cells


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_times_says_what_day_and_timetable_it_rests_on(site: Site, language: Language) -> None:
    for address in (
        "access/",
        "access/evening/arrive-by/time/",
        "access/pair/gavle/uppsala/",
        "access/station/",
        "access/station/uppsala-centralstation/",
        "scenario/ostlanken/",
        "place/eskilstuna/",
        "study/reach/",
        "indicator/cross_link_time/",
    ):
        text = words(site.html(language, address))
        assert "2023-11-30" in text, address
        assert {"sv": "linjeplanen", "en": "the line plan"}[language] in text, address


def test_pages_that_rest_on_no_timetable_name_none(site: Site) -> None:
    assert rested_on(site, "sv", "growth") == []
    assert "2023-11-30" not in site.html("sv", "indicator/population_growth/")
    assert "2023-11-30" not in site.html("sv", "study/growth/")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("sv", "med tåg och tunnelbana och till fots, utan buss"),
        ("en", "by train, metro and on foot, without buses"),
    ],
)
@pytest.mark.parametrize(
    "address", ["place/stockholm/", "access/station/", "access/station/flemingsberg-station/"]
)
def test_reach_by_a_timetable_without_buses_says_so(
    site: Site, language: Language, said: str, address: str
) -> None:
    assert said in words(site.html(language, address))


def test_where_homes_are_estimated_a_station_page_says_how_wrong_it_may_be(site: Site) -> None:
    assert "kan nära en enskild station slå fel med en faktor två" in words(
        site.html("sv", "access/station/tumba-station/")
    )


def test_reach_by_a_timetable_with_buses_or_of_trains_alone_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, lines = site.workspace, site.workspace.table("lines")
    bus = lines.with_columns(
        mode=pl.when(pl.col("line") == lines["line"][0]).then(pl.lit("bus")).otherwise("mode")
    )
    table = Workspace.table
    monkeypatch.setattr(Workspace, "table", lambda self, name: bus if name == "lines" else table(self, name))
    assert workspace.table("lines") is bus
    assert means(site, "sv") == "med kollektivtrafik och till fots"
    bus = lines.with_columns(mode=pl.lit("rail"))
    assert means(site, "sv") == "enbart med tåg och till fots"
    monkeypatch.undo()
    assert means(site, "sv") == "med tåg och tunnelbana och till fots, utan buss"


def test_best_reached_first_puts_the_hub_before_the_edge(site: Site) -> None:
    page = site.page("sv", "access/morning/depart-at/time/")
    order = [label.text for label in page.context["grid"]["nodes"]]
    assert order.index("Stockholm") < order.index("Uppsala") < order.index("Gävle")
    by_name = [label.text for label in site.page("sv", "access/").context["grid"]["nodes"]]
    assert by_name[-1] == "Örebro"


def test_a_pairs_page_tells_times_scenarios_commuting_and_what_is_missing(site: Site) -> None:
    page = site.page("sv", "access/pair/eskilstuna/nykoping/")
    assert {"times", "day", "car", "commuting", "gap", "ostlanken"} <= page.views.keys()
    # Oslo–Stockholm leaves the pair as it is, and the page says so in a word.
    assert "oslo-sthlm" not in page.views
    text = words(site.html("sv", "access/pair/eskilstuna/nykoping/"))
    assert "Eskilstuna–Nyköping: typiskt" in text
    assert "Nyköping–Eskilstuna: typiskt" in text
    assert "Ostlänken" in text


def test_a_pairs_page_tells_where_one_changes_and_makes_room_for_long_words_alone(site: Site) -> None:
    page = site.page("sv", "access/pair/linkoping/orebro/")
    ways = page.views["ways"]
    assert set(ways.frame["destination"]) == {"linkoping", "orebro"}
    assert all(" → " in route for route in ways.frame["route"])
    assert ways.wordy == {"route", "lines"}
    assert page.views["day"].wordy == set()


def test_there_is_one_page_for_each_rail_station_and_their_addresses_are_plain(site: Site) -> None:
    found = slugs(site)
    assert len(set(found.values())) == len(found) == site.workspace.table("access_stations").height
    assert found["Örebro Södra station"] == "orebro-sodra-station"
    assert all(re.fullmatch(r"[a-z0-9-]+", slug) for slug in found.values())
    assert "Linjer här, och vad de bygger på" in words(site.html("sv", "access/station/vagnharad-station/"))


@pytest.mark.parametrize(
    "address", ["place/eskilstuna/board.svg", "access/station/stations.svg", "scenario/ostlanken/map.svg"]
)
def test_maps_are_whole_pictures_with_words_for_every_mark(site: Site, address: str) -> None:
    answer = site.answer(f"sv/{address}")
    root = ET.fromstring(answer.body)  # noqa: S314
    space = {"s": "http://www.w3.org/2000/svg"}
    titled = root.findall(".//s:circle[@class='dot']/s:title", space) + root.findall(
        ".//s:path/s:title", space
    )
    assert len(titled) >= 50
    assert all(title.text and ":" in title.text for title in titled)


def test_a_scenario_shows_before_with_it_and_the_difference_from_its_own_tables(site: Site) -> None:
    page = site.page("sv", "scenario/ostlanken/")
    view = page.views["times"]
    assert {"changed", "residents", "jobs", "map", "commuting"} <= page.views.keys()
    other = site.scenario("ostlanken")
    before, then = site.workspace.key("access_nodes"), other.key("access_nodes")
    assert before != then
    assert view.record.key == f"{before}..{then}"
    assert [column.name for column in view.shown][-3:] == list(sides("with_wait"))
    # The figures before and with the change are those of their own tables.
    figures = [[cell for cell in row if isinstance(cell, Figure)] for row in view.rows]
    assert {figure.key for figure, _, _ in figures} == {before}
    assert {figure.key for _, figure, _ in figures} == {then}
    html = site.html("sv", "scenario/ostlanken/")
    assert html.count('<table class="matrix">') == 3
    # What it rests on stands with its source; that connections are chance stands before the times, and that
    # commuting is not a forecast before its table.
    text = words(html)
    assert text.index("inga anslutningar är planerade") < text.index("Med ändringen minus före")
    assert "Hur restiderna ensamma skulle ändra pendlingen; ingen prognos." in text
    assert "How travel times alone would change commuting; not a forecast." in words(
        site.html("en", "scenario/ostlanken/")
    )
    assert "ostlanken.se" in html
    assert "[Ostlänken]" in view.citation


def test_a_change_that_is_tried_runs_few_steps_and_leaves_nothing(
    live: Ask, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    written: list[Path] = []
    keep = Overlay.keep

    def kept(store: Overlay, frame: pl.DataFrame, record: Record) -> Record:
        made.append(record.table)
        return keep(store, frame, record)

    monkeypatch.setattr(Overlay, "keep", kept)
    monkeypatch.setattr(Store, "_write", lambda store, path, data: written.append(path))
    answer = live(TRIED)
    # Of a hundred steps: the operations, the lines, calls and points they reach, and the two tables shown.
    assert 0 < len(made) <= 6
    assert len(set(made)) == len(made)
    assert answer.status_code == 200
    text = words(answer.text)
    assert "Beräknat nu med din ändring och inte sparat." in text
    assert "Med ändringen minus före" in text
    assert written == []
    # The address carries the change: asked for again it is the same.
    assert live(TRIED).text == answer.text


def test_the_form_keeps_what_was_given_and_may_be_sent_to_this_portal_only(live: Ask) -> None:
    answer = live(TRIED)
    assert '<option value="malartag-nykoping" selected>' in answer.text
    assert "form-action 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("line=malartag-nykoping", "Ange minuter mellan avgångar eller minuter kortare."),
        ("line=nowhere&headway=30", "Linje: välj en i listan."),
        ("line=%3Cscript%3Ealert(1)%3C/script%3E&headway=30", "Linje: välj en i listan."),
        *(
            (
                f"line=malartag-nykoping&headway={every}",
                "Minuter mellan avgångar: skriv ett tal från 1 till 1440",
            )
            for every in ("often", "0", "0,5", "1441", "nan", "inf", "-15")
        ),
        ("line=malartag-nykoping&headway=30&from=99:99", "Från klockan: skriv ett klockslag som 05:00."),
        ("line=malartag-nykoping&headway=30&until=7", "Till klockan: skriv ett klockslag som 05:00."),
        ("line=malartag-nykoping&headway=30&from=23:30", "Till klockan ligger före från klockan."),
        ("line=malartag-nykoping&from=06:00", "Klockslagen gäller turtätheten"),
        ("line=malartag-nykoping&less=5&from=06:00", "Klockslagen gäller turtätheten"),
        ("line=malartag-nykoping&less=much", "Minuter kortare: skriv ett tal mellan -1440 och 1440"),
        ("line=malartag-nykoping&less=5", "Körtid: välj både från station och till station, två olika."),
        (f"line=malartag-nykoping&less=5&start={_AT}&end={_AT}", "två olika."),
        (f"line=malartag-nykoping&start={_AT}", "Stationerna gäller körtiden"),
        (f"line=malartag-nykoping&less=5&start={_AT}&end=X", "Linjen stannar inte vid X."),
        (
            f"line=malartag-nykoping&less=5&start={_AT}&end=Sala+station",
            "Linjen stannar inte vid Sala station.",
        ),
        (f"line=malartag-nykoping&less=500&start={_AT}&end={_TO}", "körtiden blir för kort för sträckan"),
    ],
)
def test_a_change_that_cannot_be_made_says_why_and_the_form_stays(live: Ask, query: str, said: str) -> None:
    answer = live(f"sv/{TRY}?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert said in words(answer.text)
    assert "<script>" not in answer.text
    assert '<form class="try"' in answer.text
    # No word of the program's own, and the same in English.
    alert = words(answer.text.partition('role="alert"')[2].partition("</div>")[0])
    assert not re.search(r"float|\$|from_stop|minutes_less|factor|timetable operation", alert)
    english = words(live(f"en/{TRY}?{query}").text.partition('role="alert"')[2].partition("</div>")[0])
    assert "The change cannot be made" in english
    assert not re.search("[åäö]", english.replace("Linköping", ""))


def test_a_query_too_long_to_be_a_change_is_not_there(live: Ask) -> None:
    assert live(f"sv/{TRY}?line={'a' * 3000}").status_code == 404


def test_baked_the_form_is_left_out_and_says_how_to_get_it(site: Site) -> None:
    html = site.html("sv", TRY)
    assert '<form class="try"' not in html
    assert "storregion serve" in html


def test_a_group_without_a_timetable_has_no_such_pages_and_no_such_menu(small_site: Site) -> None:
    assert not [address for address in small_site.makers if address.startswith(("access/", "scenario/"))]
    assert "Restider" not in small_site.html("sv", "")
    with pytest.raises(NoSuchPageError):
        small_site.page("sv", "access/")


def test_a_portal_of_a_scenario_sets_no_other_beside_it(bundled: Workspace) -> None:
    other = Workspace(bundled.folder, bundled.store.folder, "ostlanken")
    assert open_site(other).scenarios == []
