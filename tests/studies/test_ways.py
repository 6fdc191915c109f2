"""Ways between nodes: by hand on the tiny timetable, and on the bundled group."""

from typing import Any

import polars as pl

from storregion.core.workspace import Workspace
from storregion.studies.travel_times import ACCESS_POINTS
from storregion.studies.ways import NODE_WAYS, node_ways
from storregion.timetable.tables import STOPS


def made(
    tiny: Any, ends: dict[str, str], trips: Any = None, stops: Any = None, basis: str = "observed"
) -> Any:
    rows = [
        {"kind": "node", "code": code, "station": station, "how": "named", "basis": basis}
        for code, station in ends.items()
    ]
    points = ACCESS_POINTS.check(tiny.table(rows, ACCESS_POINTS), maker="the test")
    service = tiny.service(trips)._replace(stops=tiny.stops() if stops is None else stops)
    table = node_ways(points, service, tiny.periods())
    return NODE_WAYS.check(table, maker="node_ways")


def test_ways_and_their_shares_by_hand(tiny: Any) -> None:
    table = made(tiny, {"a": "A", "d": "D"})
    # From A at 06:00, 07:00 and 08:00 one changes in C and is in D 75 minutes later; at 07:10 the slow train
    # leaves, 110 minutes on the way. From D nothing leaves.
    assert table.select("origin", "rank", "route", "lines", "transfers", "minutes", "share").rows() == [
        ("a", 1, "A → C → D", "line + line", 1, 75.0, 0.75),
        ("a", 2, "A → D", "line", 0, 110.0, 0.25),
    ]
    assert set(table["basis"]) == {"observed"}
    assert set(made(tiny, {"a": "A", "d": "D"}, basis="assumed")["basis"]) == {"assumed"}


def test_a_walk_between_two_rides_is_reported(tiny: Any) -> None:
    # From C to E, 300 m on foot to D, and on to B: some 294 s and a minute of slack fit into six minutes.
    table = made(tiny, {"c": "C", "b": "B"}, [[("C", 400), ("E", 420)], [("D", 426), ("B", 450)]])
    assert table.filter(origin="c")["route"].to_list() == ["C → E / D → B"]
    assert table.filter(origin="c")["minutes"].to_list() == [50.0]


def test_lines_that_stand_for_one_another_are_reported_once_the_most_used_first(tiny: Any) -> None:
    trips = [[("A", 370), ("B", 380)], [("A", 400), ("B", 410)], [("A", 430), ("B", 440)]]
    calls = tiny.calls(trips).with_columns(line=pl.Series(["x", "x", "y", "y", "y", "y"]))
    lines = pl.concat([tiny.lines().with_columns(line=pl.lit(one), name=pl.lit(one.upper())) for one in "xy"])
    rows = [{"kind": "node", "code": c, "station": c, "how": "named", "basis": "observed"} for c in "AB"]
    points = tiny.table(rows, ACCESS_POINTS)
    table = node_ways(points, tiny.service()._replace(calls=calls, lines=lines), tiny.periods())
    assert table.select("route", "lines", "share").rows() == [("A → B", "Y / X", 1.0)]


def test_only_departures_of_the_morning_count_and_none_makes_no_row(tiny: Any) -> None:
    # The first minute of the morning is in it, the minute it ends is not.
    edges = [[("A", 360), ("B", 370)], [("A", 540), ("B", 560)], [("A", 359), ("B", 362)]]
    assert made(tiny, {"a": "A", "b": "B"}, edges)["minutes"].to_list() == [10.0]
    assert made(tiny, {"a": "A", "b": "B"}, [[("A", 600), ("B", 610)]]).is_empty()
    assert made(tiny, {"a": "A"}).is_empty()
    assert made(tiny, {"a": "A", "b": "B"}, []).is_empty()


def test_the_bundled_ways_are_those_of_the_map(bundled: Workspace) -> None:
    table = bundled.table("node_ways")
    stops = set(STOPS.check(bundled.table("stops"), maker="stops")["name"])
    for route in table["route"]:
        assert {name for part in route.split(" → ") for name in part.split(" / ")} <= stops
    first = table.filter(rank=1)
    # From Eskilstuna to Gävle the way is by Stockholm or Uppsala; to Uppsala there is a train.
    over = first.filter(origin="eskilstuna", destination="gavle")["route"].item()
    assert "Stockholm" in over or "Uppsala" in over
    assert first.filter(origin="stockholm", destination="uppsala")["transfers"].to_list() == [0]
    shares = table.group_by("origin", "destination").agg(pl.col("share").sum())
    assert (shares["share"] <= 1 + 1e-9).all()
    # Where journeys are counted there is a way, and the other way round.
    key = ["origin", "destination"]
    times = bundled.table("access_nodes").filter(period="morning", way="depart_at")
    rode = times.filter(pl.col("typical").is_not_null())
    assert first.select(key).sort(key).equals(rode.select(key).sort(key))
