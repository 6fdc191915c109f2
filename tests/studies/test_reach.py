"""Reach: sums, halving, the rule of storregional access at its borders, and growth laid to good access."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from storregion.core.geodesy import projected
from storregion.core.group import RegionGroup
from storregion.core.group import bundled as bundled_folder
from storregion.core.workspace import Workspace
from storregion.facts.cells import CELLS
from storregion.facts.places import LOCALITIES, MEMBERSHIP
from storregion.facts.work import COMMUTING
from storregion.studies.growth import GROWTH
from storregion.studies.reach import (
    ACCESS_BOARD,
    ACCESS_GROWTH,
    ACCESS_LOCALITIES,
    ACCESS_POTENTIAL,
    ACCESS_REACH,
    ACCESS_STATIONS,
    Morning,
    Reachable,
    _reach_rows,
    access_board,
    access_growth,
    access_localities,
    access_potential,
    access_reach,
    access_stations,
)
from storregion.studies.travel_times import ACCESS_POINTS

PEOPLE = {"A": 100.0, "B": 40.0, "C": 60.0, "D": 8.0}
HOMES = {"A": "0001", "B": "0001", "C": "0002", "D": "0003"}


def cells(tiny: Any) -> Any:
    """A cell whose centre is each of four stations."""
    stops = tiny.stops().filter(pl.col("stop") != "E")
    rows = [
        {"cell": f"{at}_{at}", "municipality": HOMES[code], "east": x, "north": y}
        | {"residents": PEOPLE[code], "basis": "estimated"}
        for at, (code, x, y) in enumerate(zip(stops["stop"], *projected(stops), strict=True))
    ]
    return CELLS.check(tiny.table(rows, CELLS), maker="the test")


def commuting(tiny: Any) -> Any:
    """70 jobs in 0001, 30 in 0002 and 6 in 0003; the older year and one of the sexes do not count."""
    rows = [
        {"year": year, "home": "0001", "work": work, "sex": sex, "persons": float(persons)}
        | {"cell": "observed", "basis": "observed"}
        for year, sex, work, persons in [
            (2001, "total", "0001", 70),
            (2001, "total", "0002", 30),
            (2001, "total", "0003", 6),
            (2001, "women", "0002", 9),
            (2000, "total", "0003", 999),
        ]
    ]
    flows = [row | {"home": home, "persons": 0.0} for home in ("0002", "0003") for row in rows[:3]]
    return tiny.table([*rows, *flows], COMMUTING)


def points(tiny: Any, *rows: tuple[str, str, str]) -> Any:
    return tiny.table(
        [{"kind": k, "code": c, "station": s, "how": "named", "basis": "observed"} for k, c, s in rows],
        ACCESS_POINTS,
    )


def reachable(tiny: Any) -> Reachable:
    """What is reached, and no walking times given."""
    return Reachable(cells(tiny), tiny.cell_walks(), commuting(tiny))


def test_people_and_jobs_within_limits_by_hand(tiny: Any) -> None:
    ends = points(tiny, ("node", "a", "A"), ("locality", "b", "A"), ("node", "d", "D"))
    made = ACCESS_REACH.check(
        access_reach(ends, tiny.service(), tiny.periods(), reachable(tiny)),
        maker="access_reach",
    )
    # Medians of the morning from A: itself 0, B 38, C 68, D 117 minutes. The jobs of 0001 lie as its
    # residents do: 70 · 100 / 140 = 50 at A and 20 at B.
    own = made.filter(code="a").select("limit", "residents", "jobs").rows()
    assert own == [(30, 100.0, 50.0), (45, 140.0, 70.0), (60, 140.0, 70.0), (90, 200.0, 100.0)]
    assert made.filter(code="b").select("limit", "residents", "jobs").rows() == own
    assert made.filter(code="d").select("residents", "jobs").rows() == [(8.0, 6.0)] * 4
    assert set(made["basis"]) == {"estimated"}


def test_what_is_reached_in_just_as_many_minutes_as_the_limit_counts() -> None:
    # Three square kilometres with 1, 10 and 100 people and twice as many jobs, at 29.9, 30 and 30.1 minutes.
    people = np.array([1.0, 10.0, 100.0])
    morning = Morning([("node", "a", np.array([29.9, 30.0, 30.1]))], people, 2 * people, "estimated")
    rows = _reach_rows(morning, [29, 30, 31]).select("limit", "residents", "jobs").rows()
    assert rows == [(29, 0.0, 0.0), (30, 11.0, 22.0), (31, 111.0, 222.0)]


def test_a_potential_halves_with_time(tiny: Any) -> None:
    ends = points(tiny, ("node", "a", "A"))
    made = access_potential(ends, tiny.service(), tiny.periods(), reachable(tiny), half_minutes=38.0)
    row = ACCESS_POTENTIAL.check(made, maker="access_potential").row(0, named=True)
    # B at 38 minutes counts half, C at 68 and D at 117 by 2^-(68/38) = 0.2893 and 2^-(117/38) = 0.1183:
    # 100 + 20 + 17.36 + 0.95 residents; 50 + 10 + 8.68 + 0.71 jobs.
    assert row["residents"] == pytest.approx(138.30, abs=0.01)
    assert row["jobs"] == pytest.approx(69.39, abs=0.01)


@pytest.mark.parametrize(
    ("chosen", "good"),
    [
        # From A, five trains are in C between 06:00 and 09:00, each after 50 minutes; D is beyond an hour.
        ({}, "yes"),
        ({"limit_minutes": 50.0}, "yes"),
        ({"limit_minutes": 49.9}, "no"),
        ({"least_journeys": 5}, "yes"),
        ({"least_journeys": 6}, "no"),
        ({"least_nodes": 2}, "no"),
        ({"least_nodes": 2, "limit_minutes": 75.0, "least_journeys": 2}, "yes"),
        ({"least_nodes": 2, "limit_minutes": 75.0, "least_journeys": 3}, "no"),
    ],
)
def test_the_rule_of_storregional_access_at_its_borders(tiny: Any, chosen: dict[str, Any], good: str) -> None:
    made = stations(tiny, **chosen)
    assert made.filter(station="A")["storregional"].to_list() == [good]


def stations(tiny: Any, **chosen: Any) -> Any:
    ends = points(
        tiny,
        *(("station", code, code) for code in "ABCDE"),
        *(("node", code.lower(), code) for code in "ACD"),
    )
    made = access_stations(ends, tiny.service(), tiny.periods(), cells(tiny), **chosen)
    return ACCESS_STATIONS.check(made, maker="access_stations")


def test_stations_by_hand(tiny: Any) -> None:
    made = stations(tiny).select("station", "nearest_node", "node_minutes", "nodes_within", "departures")
    by = {row[0]: row[1:] for row in made.rows()}
    # A is a node, but not its own. Six trains to C and one to D leave it in the morning.
    assert by["A"] == ("c", 50.0, 1, 7)
    # From B to C 30 minutes; the 08:30 of A leaves B at 08:50.
    assert by["B"] == ("c", 30.0, 1, 6)
    # To D at 07:15 and 08:15, which are too few journeys.
    assert by["C"] == ("d", 20.0, 0, 3)
    assert by["D"] == (None, None, 0, 0)
    # From E one walks to D, five minutes, at any minute.
    assert by["E"][0] == "d"
    assert by["E"][1:] == (pytest.approx(4.9, abs=0.02), 1, 0)
    near = dict(stations(tiny, near_km=11.5).select("station", "residents_near").rows())
    # Cells 11.1 km away: B has A's, its own and C's.
    assert near == {"A": 140.0, "B": 200.0, "C": 108.0, "D": 68.0, "E": 68.0}


def test_localities_follow_their_station_and_the_board_tells_times(tiny: Any, bundled: Workspace) -> None:
    ends = points(
        tiny,
        ("locality", "T1", "B"),
        ("locality", "T2", "D"),
        ("node", "a", "A"),
        ("node", "d", "D"),
    )
    where = bundled.group.code
    rows = [
        {"locality": code, "name": code, "municipality": home, "population": 10, "basis": "observed"}
        for code, home in [("T1", "0001"), ("T2", "0001"), ("T3", "0001"), ("T4", "0009")]
    ]
    inside = tiny.table([{"place": where, "municipality": "0001", "basis": "observed"}], MEMBERSHIP)
    made = access_localities(tiny.table(rows, LOCALITIES), inside, ends, stations(tiny), bundled.group)
    ACCESS_LOCALITIES.check(made, maker="access_localities")
    assert made.select("locality", "station", "good").rows() == [
        ("T1", "B", "yes"),
        ("T2", "D", "no"),
        ("T3", None, "no"),
    ]
    # That a locality has no station is a matter of the model; where it lies may be assumed.
    assert made["basis"].to_list() == ["estimated"] * 3
    guessed = tiny.table([row | {"basis": "assumed"} for row in rows[1:2]] + rows[2:], LOCALITIES)
    moved = access_localities(guessed, inside, ends, stations(tiny), bundled.group)
    assert moved.select("locality", "basis").rows() == [("T2", "assumed"), ("T3", "estimated")]
    board = ACCESS_BOARD.check(access_board(ends, made, tiny.service(), tiny.periods()), maker="access_board")
    assert board.select("node", "locality", "minutes", "minutes_absent").rows() == [
        ("a", "T1", 38.0, None),
        ("a", "T2", 117.0, None),
        ("d", "T1", None, "not_applicable"),
        ("d", "T2", 0.0, None),
    ]
    none = made.filter(pl.col("station").is_null())
    assert access_board(ends, none, tiny.service(), tiny.periods()).is_empty()


def grown(tiny: Any, changes: dict[str, int | None]) -> Any:
    rows = [
        {"place": place, "year": year, "base_change": None if change is None else change - (2001 - year)}
        | {"base_absent": "not_comparable" if change is None else None}
        for place, change in changes.items()
        for year in (2000, 2001)
    ]
    return tiny.table(rows, GROWTH)


GROUP = RegionGroup.read(bundled_folder())


def growth(
    tiny: Any, changes: dict[str, int | None], *walks: tuple[str, str, float], **places: str
) -> dict[str, tuple[Any, ...]]:
    """What is told of places, each given by its municipalities; 0001, 0002 and 0003 are the group's."""
    members = [
        {"place": place, "municipality": home, "basis": "observed"}
        for place, homes in (places | {GROUP.code: "0001 0002 0003"}).items()
        for home in homes.split()
    ]
    made = access_growth(
        cells(tiny),
        tiny.cell_walks(*walks),
        stations(tiny),
        tiny.service(),
        grown(tiny, changes),
        tiny.table(members, MEMBERSHIP),
        GROUP,
    )
    made = ACCESS_GROWTH.check(made, maker="access_growth")
    return {row[0]: row[1:-1] for row in made.rows()}


def test_growth_is_laid_by_the_share_with_good_access(tiny: Any) -> None:
    # A and B have access, and so has E, within a walk of which D's cell lies; C has not. So all of 0001, none
    # of 0002 and all of 0003 live well: of 208 people 148.
    made = growth(
        tiny, {"0001": 30, "0002": 10, "0003": -5}, all="0001 0002 0003", some="0001 0002", lost="0001 0009"
    )
    # 30 + 10 - 5 = 35 in all, of which 30 - 5 = 25 lies well.
    assert made["all"] == (2001, 208.0, 148.0, 148 / 208, None, 35.0, None, 25 / 35, None)
    assert made["some"][-4:] == (40.0, None, 0.75, None)
    assert "lost" not in made


def test_a_walk_given_decides_who_lives_within_a_walk(tiny: Any) -> None:
    # The straight line from D's cell to E is a few minutes, from C's to B eleven kilometres. One walks for as
    # long as the rules say, and not a minute longer.
    longest = tiny.rules()["walk_minutes"].item()
    same: dict[str, int | None] = {"0001": 30, "0002": 10, "0003": -5}
    for cell, station, minutes, good in [
        ("3_3", "E", longest, 148.0),
        ("3_3", "E", longest + 1, 140.0),
        ("2_2", "B", longest, 208.0),
        ("2_2", "B", longest + 1, 148.0),
        ("2_2", "C", 1.0, 148.0),
    ]:
        assert growth(tiny, same, (cell, station, minutes))[GROUP.code][2] == good


def test_places_that_reach_outside_the_group_are_left_out(tiny: Any) -> None:
    made = growth(tiny, {"0001": 30, "0002": 10, "0003": -5}, country="0001 0002 0003 0004", some="0001")
    assert set(made) == {"some", GROUP.code}


def test_a_share_of_no_growth_is_not_applicable_and_unknown_growth_says_why(tiny: Any) -> None:
    made = growth(tiny, {"0001": -3, "0002": 3, "0003": None}, still="0001 0002", odd="0001 0003", out="0001")
    assert made["still"][-4:] == (0.0, None, None, "not_applicable")
    assert made["odd"][-4:] == (None, "not_comparable", None, "not_comparable")
    assert made["out"][-4:] == (-3.0, None, None, "not_applicable")


def test_without_stations_nothing_is_reported_of_access(tiny: Any, bundled: Workspace) -> None:
    none = stations(tiny).clear()
    made = access_growth(
        cells(tiny),
        tiny.cell_walks(),
        none,
        tiny.service(),
        grown(tiny, {"0001": 1}),
        tiny.table([], MEMBERSHIP),
        GROUP,
    )
    assert made.is_empty()
    places = tiny.table([], LOCALITIES), tiny.table([], MEMBERSHIP), points(tiny)
    assert access_localities(*places, none, bundled.group).is_empty()
    assert access_reach(points(tiny), tiny.service([]), tiny.periods(), reachable(tiny)).is_empty()


# ---- the bundled group


def test_no_growth_is_reported_of_the_country(bundled: Workspace) -> None:
    found = set(bundled.table("access_growth")["place"])
    assert bundled.group.code in found
    assert set(bundled.group.counties) <= found
    assert not [place for place in found if place.isdigit() and place[:2] not in bundled.group.counties]


def test_more_is_reached_in_more_time(bundled: Workspace) -> None:
    reach = bundled.table("access_reach").sort("kind", "code", "limit")
    for column in ("residents", "jobs"):
        steps = reach.select(pl.col(column).diff().over("kind", "code")).to_series().drop_nulls()
        assert (steps >= 0).all()
    people = bundled.table("cells")["residents"].sum()
    assert reach.filter(pl.col("residents") >= people).is_empty()
    # Most people are reached from the hub.
    node = reach.filter(kind="node", limit=60).sort("residents", descending=True)
    assert node["code"][0] == bundled.table("node_system").sort("year")["hub"][-1]


def test_jobs_spread_over_cells_are_all_there(bundled: Workspace) -> None:
    from storregion.studies.reach import _jobs

    flows = bundled.table("commuting")
    latest = flows.filter(pl.col("year") == pl.col("year").max(), pl.col("sex") == "total")
    jobs, _ = _jobs(bundled.table("cells"), flows)
    assert np.isfinite(jobs).all()
    assert jobs.sum() == pytest.approx(latest["persons"].sum(), rel=1e-9)
