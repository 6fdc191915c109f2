"""Travel times by timetable: a tiny day worked by hand, and the bundled group as a traveller knows it."""

from typing import Any

import numpy as np
import polars as pl
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.geodesy import projected
from storregion.core.workspace import Workspace
from storregion.facts.places import (
    BOUNDARIES,
    LOCALITIES,
    MUNICIPALITIES,
    NODE_LOCALITIES,
    NODE_STATIONS,
    NODES,
)
from storregion.studies import travel_times
from storregion.studies.driving import ROAD_ESTIMATE, ROAD_KM
from storregion.studies.travel_times import (
    ACCESS_DAY,
    ACCESS_NODES,
    ACCESS_PLACES,
    ACCESS_POINTS,
    TRAVEL_RATIOS,
    Sites,
    access_day,
    access_points,
    node_times,
    place_times,
    travel_ratios,
)
from storregion.timetable.service import Timetable
from storregion.timetable.tables import LINES


def points(tiny: Any, stations: dict[str, str], kind: str = "node", basis: str = "observed") -> Any:
    rows = [
        {"kind": kind, "code": code, "station": station, "how": "named", "basis": basis}
        for code, station in stations.items()
    ]
    return ACCESS_POINTS.check(tiny.table(rows, ACCESS_POINTS), maker="the test")


def nodes(tiny: Any, codes: str = "abcd") -> Any:
    rows = [
        {"node": code, "name": code, "kind": "city", "municipality": "0001", "longitude": 15.0}
        | {"latitude": tiny.north[code.upper()], "point": "x", "basis": "observed"}
        for code in codes
    ]
    return tiny.table(rows, NODES)


ENDS = {"a": "A", "c": "C", "d": "D"}


def test_times_between_nodes_by_hand(tiny: Any) -> None:
    made = node_times(points(tiny, ENDS), nodes(tiny), tiny.draws(), tiny.periods())
    made = ACCESS_NODES.check(made, maker="node_times")
    assert made.height == 4 * 3 * 3 * 2
    by = {row["way"]: row for row in made.filter(origin="a", destination="d", period="morning").to_dicts()}
    # Leaving 06:00, 07:00 and 08:00 takes 75 minutes and one change, 07:10 takes 110 and none: the second of
    # 75, 75, 75, 110 is 75, of 0, 1, 1, 1 changes it is 1.
    leaving = by["depart_at"]
    assert (leaving["fastest"], leaving["typical"], leaving["departures"]) == (75.0, 75.0, 4)
    assert (leaving["transfers"], leaving["direct"]) == (1, 1)
    # 06:00–06:59 lead to 08:15 by the 07:00 in 135 to 76 minutes, 07:00–07:09 to 09:00 in 120 to 111,
    # 07:10–07:59 to 09:15 in 125 to 76, 08:00–08:59 nowhere. At most 116 take 41 + 6 + 41 = 88 minutes of
    # the 180, at most 117 take 42 + 7 + 42 = 91: the 90th is 117.
    assert leaving["with_wait"] == 117.0
    assert leaving["within_60"] == 0.0
    # 06:00–08:59 one arrives at 07:15 and 08:15; 09:00 is after it.
    assert (by["arrive_by"]["departures"], by["arrive_by"]["typical"]) == (2, 75.0)
    # A and D lie 0.3 degrees of latitude apart: 0.3 · 111.4 km.
    assert leaving["km"] == pytest.approx(33.4, abs=0.1)
    assert leaving["kmh"] == pytest.approx(60 * leaving["km"] / 75.0)


def test_waits_and_shares_within_an_hour_by_hand(tiny: Any) -> None:
    made = node_times(points(tiny, ENDS), nodes(tiny), tiny.draws(), tiny.periods())
    row = made.filter(origin="a", destination="c", period="morning", way="depart_at").row(0, named=True)
    # Every half-hour from 06:00 to 08:30, 50 minutes. Five times the waits 1 to 30 and 30 minutes without:
    # the 90th of 180 is 18 + 50. Within an hour are the waits 1 to 10, five times: 50 of 180.
    assert (row["fastest"], row["typical"], row["with_wait"], row["departures"]) == (50.0, 50.0, 68.0, 6)
    assert row["within_60"] == pytest.approx(50 / 180)
    # Waits of at most 9 minutes are 45 of the 180, of at most 27 they are 135.
    assert (row["p25"], row["p75"]) == (59.0, 77.0)


def test_a_quarter_of_the_minutes_without_service_leaves_no_slow_quarter(tiny: Any) -> None:
    made = node_times(points(tiny, ENDS), nodes(tiny), tiny.draws(), tiny.periods())
    row = made.filter(origin="a", destination="d", period="morning", way="depart_at").row(0, named=True)
    # As above, 60 of 180 minutes lead nowhere, so the 135th is no time. 76 to 97 are told by 22 minutes each
    # of 06:00–06:59 and 07:10–07:59, 44 in all: the 45th is 98.
    assert (row["p25"], row["p75"], row["p75_absent"]) == (98.0, None, "not_applicable")
    gone = made.filter(origin="b", destination="a", period="morning", way="depart_at").row(0, named=True)
    assert (gone["p25"], gone["p25_absent"], gone["p75_absent"]) == (None, "missing", "missing")


def test_times_between_municipalities_leaving_and_arriving_by_hand(tiny: Any) -> None:
    made = place_times(
        points(tiny, {"0001": "A", "0004": "D"}, "municipality"),
        ["0001", "0004"],
        tiny.draws(),
        tiny.periods(),
    )
    made = ACCESS_PLACES.check(made, maker="place_times")
    rows = made.filter(origin="0001", period="morning").select("way", "typical", "departures").rows()
    # The same journeys as from node a to node d above: four leave, two arrive.
    assert rows == [("depart_at", 75.0, 4), ("arrive_by", 75.0, 2)]


def test_goals_in_parts_give_the_rows_of_all_at_once(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ["0004", "0001", "0003", "0002"]
    ends = points(tiny, {"0001": "A", "0002": "B", "0004": "D"}, "municipality")

    def made() -> pl.DataFrame:
        return place_times(ends, codes, tiny.draws(), tiny.periods())

    whole = made()
    assert whole["origin"].unique(maintain_order=True).to_list() == ["0001", "0002", "0003", "0004"]
    assert whole.filter(times_absent="missing").select("origin", "destination").n_unique() == 6
    # Three goals a part, and one.
    for most in (12, 1):
        monkeypatch.setattr(travel_times, "MOST_PAIRS", most)
        assert made().equals(whole)


def test_why_there_is_no_time(tiny: Any) -> None:
    made = node_times(points(tiny, ENDS), nodes(tiny), tiny.draws(), tiny.periods())
    none = made.filter(origin="d", destination="a").select("times_absent", "wait_absent", "departures")
    assert set(none.rows()) == {("not_applicable", "not_applicable", 0)}
    unserved = made.filter(origin="b").select("times_absent", "wait_absent", "departures")
    assert set(unserved.rows()) == {("missing", "missing", 0)}


def test_the_weakest_basis_of_ends_and_calls_is_reported(tiny: Any) -> None:
    assumed = points(tiny, {"c": "C"}, basis="assumed")
    ends = pl.concat([points(tiny, {"a": "A", "d": "D"}), assumed])
    made = node_times(ends, nodes(tiny), tiny.draws(), tiny.periods())
    assert set(made.filter(pl.col("origin") == "c")["basis"]) == {"assumed"}
    assert set(made.filter(origin="a", destination="d")["basis"]) == {"observed"}


def test_first_arrival_and_last_departure_by_hand(tiny: Any) -> None:
    trips = [*tiny.trips, [("A", 175), ("D", 190)], [("A", 1500), ("D", 1570)]]
    made = access_day(
        points(tiny, ENDS),
        nodes(tiny),
        tiny.service(trips),
    )
    row = ACCESS_DAY.check(made, maker="access_day").filter(origin="a", destination="d").row(0, named=True)
    # The train of 02:55 is of the day before; the last one leaves at 01:00 the next night.
    assert (row["first_arrival"], row["last_departure"], row["departures"]) == ("07:15", "25:00", 5)
    gone = made.filter(origin="d", destination="a").row(0, named=True)
    assert (gone["first_arrival"], gone["times_absent"], gone["departures"]) == (None, "not_applicable", 0)
    assert made.filter(origin="a", destination="b")["times_absent"].to_list() == ["missing"]


def test_an_empty_timetable_gives_empty_tables(tiny: Any) -> None:
    none = tiny.draws([])
    assert ACCESS_NODES.check(
        node_times(points(tiny, {}), nodes(tiny), none, tiny.periods()), maker=""
    ).is_empty()
    assert ACCESS_PLACES.check(
        place_times(points(tiny, {}), ["0001", "0002"], none, tiny.periods()), maker=""
    ).is_empty()


def test_the_car_by_hand(tiny: Any) -> None:
    made = node_times(points(tiny, ENDS), nodes(tiny), tiny.draws(), tiny.periods())
    fit = {"fitted": "no", "detour": 1.3, "road_kmh": 80.0, "ends_minutes": 10.0}
    estimate = tiny.table(
        [fit | {"known_times": 0, "known_distances": 0, "error_absent": "missing", "basis": "assumed"}],
        ROAD_ESTIMATE,
    )
    none = tiny.table([], ROAD_KM)
    ratios = TRAVEL_RATIOS.check(travel_ratios(made, estimate, none), maker="travel_ratios")
    row = ratios.filter(origin="a", destination="d", period="morning").row(0, named=True)
    # 33.4 km · 1.3 at 80 km/h is 32.6 minutes, and 10 at the ends; 75 over that is 1.76.
    assert row["car_minutes"] == pytest.approx(42.6, abs=0.1)
    assert row["ratio"] == pytest.approx(75 / row["car_minutes"])
    assert set(ratios["basis"]) == {"estimated"}
    # A published road distance takes the place of the straight line: 60 km at 80 km/h are 45 minutes, and 10.
    road = tiny.table([{"origin": "a", "destination": "d", "km": 60.0, "basis": "observed"}], ROAD_KM)
    other = travel_ratios(made, estimate, road).filter(origin="a", destination="d")
    assert set(other["car_minutes"]) == {55.0}


@settings(max_examples=25, deadline=None)
@given(start=st.integers(300, 600), minutes=st.integers(1, 60), line=st.sampled_from(["ABC", "AC", "CD"]))
def test_adding_a_trip_never_makes_the_time_with_wait_longer(
    tiny: Any, start: int, minutes: int, line: str
) -> None:
    more = [*tiny.trips, [(stop, start + at * minutes) for at, stop in enumerate(line)]]
    key = ["origin", "destination", "period", "way"]
    first, then = (
        node_times(points(tiny, ENDS), nodes(tiny), net, tiny.periods()).sort(key)
        for net in (tiny.draws(), tiny.draws(more))
    )
    both = first.join(then, on=key, suffix="_then")
    assert both.height == first.height
    assert both.filter(pl.col("with_wait_then") > pl.col("with_wait")).is_empty()
    assert both.filter(pl.col("with_wait").is_not_null() & pl.col("with_wait_then").is_null()).is_empty()
    assert both.filter(pl.col("within_60_then") < pl.col("within_60")).is_empty()


# ---- which stations stand for a place


def ends_of(tiny: Any, named: dict[str, str], node_stations: Any = None, calls: Any = None) -> Any:
    stops = tiny.stops()
    east, north = projected(stops)
    where = dict(zip(stops["stop"], zip(east, north, strict=True), strict=True))
    # 0001 has A and B, 0002 ends 500 m south of C, 0003 has D and E.
    x = where["A"][0]
    shapes = {
        "0001": shapely.box(x - 9e3, where["A"][1] - 9e3, x + 9e3, where["B"][1] + 3e3),
        "0002": shapely.box(x - 9e3, where["B"][1] + 3e3, x + 9e3, where["C"][1] - 500),
        "0003": shapely.box(x - 9e3, where["D"][1] - 3e3, x + 9e3, where["E"][1] + 3e3),
    }
    areas = [{"area": a, "geometry": g.wkb, "area_km2": 1.0, "basis": "observed"} for a, g in shapes.items()]
    homes = [{"municipality": code, "latitude": 59.0, "longitude": 15.0} for code in shapes]
    towns = [
        {"locality": "T1", "latitude": 59.3, "longitude": 15.0, "area_ha": 100, "basis": "observed"},
        {"locality": "T2", "latitude": 59.15, "longitude": 15.0, "area_ha": 100, "basis": "observed"},
        {"locality": "T3", "latitude": 59.273, "longitude": 15.0, "area_ha": 1000, "basis": "observed"},
        {"locality": "T4", "latitude": 59.273, "longitude": 15.0, "area_ha": 600, "basis": "observed"},
    ]
    lines = [{"line": "line", "mode": "rail"}]
    if node_stations is None:
        rows = [{"node": n, "name": s, "basis": "observed"} for n, s in named.items()]
        node_stations = tiny.table(rows, NODE_STATIONS)
    sites = Sites(
        nodes(tiny),
        node_stations,
        tiny.table(homes, MUNICIPALITIES),
        tiny.table(towns, LOCALITIES),
        tiny.table([], NODE_LOCALITIES),
        tiny.table(areas, BOUNDARIES),
    )
    before = Timetable(tiny.table(lines, LINES), tiny.calls([*tiny.trips, [("C", 100), ("E", 120)]]))
    then = tiny.service() if calls is None else tiny.service()._replace(calls=calls)
    made = access_points(sites, before, then._replace(lines=before.lines))
    return ACCESS_POINTS.check(made, maker="access_points")


def test_a_station_just_at_the_limit_is_near(tiny: Any) -> None:
    place = pl.DataFrame({"latitude": [59.0], "longitude": [15.0], "basis": ["observed"]})
    east, north = projected(place)
    here = {"station": "S", "east": float(east[0]), "north": float(north[0]) + 250.0, "calls": 5}
    stations = pl.DataFrame([here | {"basis": "observed"}])
    for metres, found in ((250.0, ["S"]), (249.0, [])):
        made = travel_times._busiest("node", pl.Series(["a"]), place, np.array([metres]), stations)
        assert made["station"].to_list() == found


def test_stations_that_stand_for_places_by_hand(tiny: Any) -> None:
    made = ends_of(tiny, {"a": "B", "b": "nowhere"})
    chosen = {
        (kind, code): (station, how)
        for kind, code, station, how in made.select("kind", "code", "station", "how").rows()
    }
    # a is named B; b's name is not there, so the busiest within 5 km of it: B; D is busier than E.
    assert chosen["node", "a"] == ("B", "named")
    assert chosen["node", "b"] == ("B", "busiest")
    assert chosen["node", "d"] == ("D", "busiest")
    # T1 lies at D; T2 halfway between B and C, 5.6 km from either and with no station.
    assert chosen["locality", "T1"] == ("D", "busiest")
    assert ("locality", "T2") not in chosen
    # T3 and T4 lie 3.0 km south of D. A disc of 10 km² has a radius of 1.78 km, and 1.5 km beyond it is
    # 3.28; one of 6 km² has 1.38, and reaches 2.88.
    assert chosen["locality", "T3"] == ("D", "busiest")
    assert ("locality", "T4") not in chosen
    # The nodes' municipality is 0001: B, named for a, stands for it too. C lies 500 m from 0002, which is
    # within a kilometre.
    assert chosen["municipality", "0001"] == ("B", "named")
    assert chosen["municipality", "0002"] == ("C", "busiest")
    assert chosen["municipality", "0003"] == ("D", "busiest")
    assert [code for kind, code in chosen if kind == "station"] == list("ABCDE")
    assert chosen["station", "E"] == ("E", "itself")


def test_points_before_stay_with_any_scenario_and_new_stations_join(tiny: Any) -> None:
    before = ends_of(tiny, {"a": "B"})
    assert ends_of(tiny, {"a": "B"}, calls=tiny.calls().clear()).equals(before)
    # However busy D becomes, 0001 stays with the station it has.
    busy = tiny.calls([*tiny.trips, *([("A", at), ("D", at + 9)] for at in range(600, 700))])
    assert ends_of(tiny, {"a": "B"}, calls=busy).equals(before)
    # Without its trains before, E is a station only in the scenario.
    assert ("station", "E") in before.select("kind", "code").rows()


def test_a_municipality_without_named_stations_is_its_busiest_one_and_may_have_several_named(
    tiny: Any,
) -> None:
    plain = ends_of(tiny, {}).filter(kind="municipality", code="0001")
    # A has 7 calls, B 6.
    assert plain.select("station", "how").rows() == [("A", "busiest")]
    # Both stations of a stand for it, and B once though b is named so as well.
    named = tiny.table(
        [{"node": n, "name": s, "basis": "observed"} for n, s in ("aA", "aB", "bB")], NODE_STATIONS
    )
    both = ends_of(tiny, {}, node_stations=named).filter(kind="municipality", code="0001")
    assert both.select("station", "how").rows() == [("A", "named"), ("B", "named")]


# ---- the bundled group

EXPECTED = [
    # Typical minutes in the morning, each way, of a traveller who knows the lines. Of the open timetable of
    # 2023-11-30: Uppsala–Stockholm 37–46 (median 39), Västerås–Stockholm 56–64 (56), Gävle–Uppsala 43–67 (46)
    # and Linköping–Stockholm 95–165 (104). Eskilstuna–Stockholm took 51 without stops, with them some 20 more
    # (ekuriren.se, in the line's file).
    ("uppsala", "stockholm", 37, 40),
    ("vasteras", "stockholm", 54, 60),
    ("eskilstuna", "stockholm", 60, 70),
    ("orebro", "stockholm", 105, 120),
    ("linkoping", "stockholm", 95, 115),
    ("norrkoping", "linkoping", 22, 30),
    ("gavle", "uppsala", 42, 47),
    ("nykoping", "stockholm", 58, 68),
    ("eskilstuna", "vasteras", 28, 36),
    # The open timetable of 2023-11-30: Örebro–Västerås 49–59 minutes, median 49 (rail_segments_sj_2023.csv).
    ("orebro", "vasteras", 47, 59),
    # Stockholm–Norrköping 1 h 45 min by way of Nyköping, 83 with a stop in Södertälje, 72 without.
    ("norrkoping", "stockholm", 72, 105),
]


@pytest.mark.parametrize(("one", "two", "least", "most"), EXPECTED)
def test_typical_times_are_what_travellers_know(
    bundled: Workspace, one: str, two: str, least: float, most: float
) -> None:
    for origin, destination in ((one, two), (two, one)):
        where = {"origin": origin, "destination": destination, "period": "morning", "way": "depart_at"}
        value = bundled.figure("access_nodes", "typical", **where).value
        assert value is not None
        assert least <= value <= most, (origin, destination)


def test_a_journey_takes_about_as_long_either_way(bundled: Workspace) -> None:
    rows = bundled.table("access_nodes").filter(period="morning", way="depart_at")
    ends = {"left_on": ["origin", "destination"], "right_on": ["destination", "origin"]}
    both = rows.join(rows, suffix="_back", **ends)  # type: ignore[arg-type]
    apart = both.select(
        pl.col("origin", "destination"), d=(pl.col("with_wait") - pl.col("with_wait_back")).abs()
    )
    # Pairs with a train every other hour, such as Linköping–Örebro, differ most.
    assert apart["d"].max() <= 20  # type: ignore[operator]
    assert apart.filter(pl.col("d") > 10).height <= 12
    assert apart["d"].mean() <= 3  # type: ignore[operator]


def test_every_pair_of_nodes_has_a_time_in_the_morning(bundled: Workspace) -> None:
    morning = bundled.table("access_nodes").filter(period="morning", way="depart_at")
    assert morning.height == 14 * 13
    assert morning["typical"].null_count() == 0
    assert morning.filter(pl.col("fastest") > pl.col("typical")).is_empty()
    assert morning.filter(pl.col("direct") > pl.col("departures")).is_empty()
    back = morning.join(
        morning, left_on=["origin", "destination"], right_on=["destination", "origin"], suffix="_back"
    )
    assert back.height == 14 * 13
    assert back["km"].equals(back["km_back"], check_names=False)
    assert set(bundled.table("access_nodes")["basis"]) == {"assumed"}


def test_nothing_is_faster_than_a_train_can_be(bundled: Workspace) -> None:
    access = bundled.table("access_nodes")
    assert access.filter(pl.col("kmh") > 200).is_empty()
    fastest = access.filter(60 * pl.col("km") / pl.col("fastest") > 200)
    assert fastest.is_empty()
