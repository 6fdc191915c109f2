"""Operations on a small timetable worked by hand: four stops 11.1 km apart on a meridian, and one aside.

0.1 degrees of latitude are 11.12 km. Line L runs a–b–c–d in runs of 10 minutes, standing 1 minute at b and c,
so d is reached 32 minutes after a is left. Line M runs a–x–d.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core import scenario
from storregion.core.errors import SettingError
from storregion.core.group import Member, RegionGroup
from storregion.core.language import Text
from storregion.core.lineage import Record
from storregion.core.origins import ORIGINS, RawFiles
from storregion.core.pipeline import Build, Choices, plan
from storregion.core.step import Step
from storregion.core.store import Store
from storregion.timetable import operations, trip_edits
from storregion.timetable.operation_kinds import FASTEST_KMH, KINDS, Operation, kind
from storregion.timetable.operations import TIMETABLE_OPERATIONS, operated, parsed, timetable_operations
from storregion.timetable.tables import CALLS, LINES

DAY = 24 * 60
STATIONS = {"a": "a", "b": "b", "c": "c", "c:1": "c", "c:2": "c", "d": "d", "x": "x"}
STOPS_ = pl.DataFrame(
    {
        "stop": list(STATIONS),
        "name": list(STATIONS),
        "station": list(STATIONS.values()),
        "latitude": [59.0, 59.1, 59.2, 59.2, 59.2, 59.3, 59.15],
        "longitude": [17.0, 17.0, 17.0, 17.0, 17.0, 17.0, 17.1],
        "basis": "observed",
    }
)
LINES_ = pl.DataFrame(
    {
        "line": ["L", "M", "idle"],
        "name": ["Long", "Mid", "Idle"],
        "mode": ["rail", "bus", "bus"],
        "operator": "O",
        "source": "the feed",
        "feed": "feed",
        "basis": "observed",
    }
)
Trip = tuple[str, list[tuple[str, float, float]]]


def frame(*trips: Trip) -> pl.DataFrame:
    """Calls of trips given as (line, [(stop, arrival, departure), …]) in minutes."""
    rows = [
        (trip, position, line, stop, round(60 * arrival), round(60 * departure), 1, 1, "observed")
        for trip, (line, made) in enumerate(trips)
        for position, (stop, arrival, departure) in enumerate(made)
    ]
    schema = {column.name: column.dtype for column in CALLS.columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def along(line: str, stops: Sequence[str], leaves: float, run: float = 10, dwell: float = 1) -> Trip:
    made, now = [(stops[0], leaves, leaves)], leaves
    for place, stop in enumerate(stops[1:], 2):
        arrives = now + run
        now = arrives + (dwell if place < len(stops) else 0)
        made.append((stop, arrives, now))
    return line, made


# L there at 08:00 (480) and 10:00 (600), L back at 09:00 (540), M there at 08:10 and back at 09:10.
CALLS_ = frame(
    along("L", "abcd", 480),
    along("M", "axd", 490, run=20),
    along("L", "dcba", 540),
    along("M", "dxa", 550, run=20),
    along("L", "abcd", 600),
)


def op(kind_: str, **given_: Any) -> Operation:
    """An operation as TOML gives it."""
    because = {"sv": "skäl", "en": "reason"}
    document = {"kind": kind_, "because": because, "source": "a plan", **given_}
    made: Operation = msgspec.convert(document, Operation)
    return made


def done(*made: Operation, calls: pl.DataFrame = CALLS_) -> operations.Operated:
    """The timetable after operations, held to its schemas and to what it says of its own difference."""
    before = (calls.clone(), LINES_.clone())
    after = operated(calls, LINES_, STOPS_, made)
    assert calls.equals(before[0])
    assert LINES_.equals(before[1])
    LINES.check(after.lines, maker="the test")
    known = {("lines", "line"): after.lines["line"], ("stops", "stop"): STOPS_["stop"]}
    CALLS.check(after.calls, maker="the test", known=known)
    assert after.calls.equals(after.calls.sort("trip", "position"))
    left = calls.filter(~pl.col("trip").is_in(after.removed.implode()))
    assert pl.concat([left, after.added]).sort("trip", "position").equals(after.calls)
    per_trip = after.calls.group_by("trip").agg(pl.col("position").max() + 1 - pl.len())
    assert set(per_trip["position"]) <= {0}
    return after


def trip(after: operations.Operated | pl.DataFrame, number: int) -> list[tuple[str, float, float]]:
    """A trip's (stop, arrival, departure) in minutes."""
    calls = after if isinstance(after, pl.DataFrame) else after.calls
    rows = calls.filter(trip=number).select("stop", "arrival", "departure").rows()
    return [(stop, arrival / 60, departure / 60) for stop, arrival, departure in rows]


def bases(after: operations.Operated, number: int) -> list[str]:
    return after.calls.filter(trip=number)["basis"].to_list()


def refused(*made: Operation, calls: pl.DataFrame = CALLS_) -> str:
    with pytest.raises(SettingError) as error:
        operated(calls, LINES_, STOPS_, made)
    assert str(error.value).startswith(f"timetable operation {len(made)} ({kind(made[-1])} ")
    return str(error.value)


def trips_of(after: operations.Operated, line: str) -> dict[int, tuple[str, float]]:
    """Per trip of a line, its stops and when it leaves the first, in minutes."""
    rows = after.calls.filter(line=line).group_by("trip", maintain_order=True)
    found = rows.agg(pl.col("stop").str.join(" "), pl.col("departure").first())
    return {number: (stops, leaves / 60) for number, stops, leaves in found.rows()}


# ---- by hand: other times


def test_a_speed_factor_divides_run_times_and_leaves_dwells() -> None:
    after = done(op("speed", lines=["L"], factor=1.25))
    # 10 / 1.25 = 8 minutes a run: b at 488, stands 1, c at 497, stands 1, d at 506.
    there = [("a", 480, 480), ("b", 488, 489), ("c", 497, 498), ("d", 506, 506)]
    assert trip(after, 0) == there
    assert trip(after, 4) == [(stop, x + 120, y + 120) for stop, x, y in there]
    assert trip(after, 2) == [("d", 540, 540), ("c", 548, 549), ("b", 557, 558), ("a", 566, 566)]
    # The first call is as it was observed; all others have other times.
    assert bases(after, 0) == ["observed", "assumed", "assumed", "assumed"]
    assert after.removed.to_list() == [0, 2, 4]
    assert after.calls.filter(line="M").equals(CALLS_.filter(line="M"))


def test_minutes_between_two_stops_are_met_in_either_direction_and_later_calls_move() -> None:
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="c", minutes=15))
    # a to c took 21, 1 of it standing at b; 14 remain for two equal runs: b at 487, c at 495, d 10 later.
    assert trip(after, 0) == [("a", 480, 480), ("b", 487, 488), ("c", 495, 496), ("d", 506, 506)]
    # Back: d to c as before (550), then 7 to b and 7 to a.
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("b", 558, 559), ("a", 566, 566)]
    assert bases(after, 2) == ["observed", "observed", "assumed", "assumed"]


def test_minutes_less_are_taken_off_runs_in_proportion() -> None:
    calls = frame(("L", [("a", 0, 0), ("b", 10, 12), ("c", 32, 32), ("d", 42, 42)]))
    after = done(op("speed", lines=["L"], from_stop="c", to_stop="a", minutes_less=6), calls=calls)
    # Runs of 10 and 20 lose 6 of 30, a fifth: 8 and 16. The dwell of 2 stays, d is 10 after c.
    assert trip(after, 0) == [("a", 0, 0), ("b", 8, 10), ("c", 26, 26), ("d", 36, 36)]


def test_a_slower_line_is_minutes_less_below_nothing() -> None:
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes_less=-5))
    assert trip(after, 0)[1:] == [("b", 495, 496), ("c", 506, 507), ("d", 517, 517)]


def test_runs_that_do_not_divide_evenly_add_up_to_the_second() -> None:
    calls = frame(("L", [("a", 0, 0), ("b", 10, 10), ("c", 20, 20), ("d", 30, 30)]))
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="d", minutes=20.5), calls=calls)
    # 1230 s over three equal runs: 410 s each; of 20 min 31 s it is 410.33, so 410, 821 and 1231 s.
    assert after.calls["arrival"].to_list() == [0, 410, 820, 1230]
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="d", minutes=1231 / 60), calls=calls)
    assert after.calls["arrival"].to_list() == [0, 410, 821, 1231]


def test_trips_that_do_not_call_at_both_stops_stand() -> None:
    calls = pl.concat([CALLS_, frame(along("L", "bcd", 700)).with_columns(pl.col("trip") + 9)])
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="c", minutes=15), calls=calls)
    assert after.removed.to_list() == [0, 2, 4]


def test_a_station_stands_for_its_platforms() -> None:
    calls = frame(along("L", ["a", "c:1", "d"], 0), along("L", ["d", "c:2", "a"], 100))
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="c", minutes=8), calls=calls)
    assert trip(after, 0) == [("a", 0, 0), ("c:1", 8, 9), ("d", 19, 19)]
    assert trip(after, 1) == [("d", 100, 100), ("c:2", 110, 111), ("a", 119, 119)]
    after = done(op("dwell", line="L", stop="c:1", minutes=4), calls=calls)
    assert after.removed.to_list() == [0]


def test_a_dwell_moves_later_calls() -> None:
    after = done(op("dwell", line="L", stop="b", minutes=3.5))
    assert trip(after, 0) == [("a", 480, 480), ("b", 490, 493.5), ("c", 503.5, 504.5), ("d", 514.5, 514.5)]
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("b", 561, 564.5), ("a", 574.5, 574.5)]


def test_a_dwell_at_the_ends_is_left_alone() -> None:
    calls = pl.concat([CALLS_, frame(along("L", "bcd", 700)).with_columns(pl.col("trip") + 9)])
    assert done(op("dwell", line="L", stop="b", minutes=3), calls=calls).removed.to_list() == [0, 2, 4]


# ---- by hand: other calls


def test_a_reroute_replaces_what_lies_between() -> None:
    after = done(
        op("reroute", line="L", from_stop="a", to_stop="d", via=["x", "c"], minutes=[9, 6, 8], dwell=2)
    )
    # There: x at 489, stands 2, c at 497, stands 2, d at 507.
    assert trip(after, 0) == [("a", 480, 480), ("x", 489, 491), ("c", 497, 499), ("d", 507, 507)]
    # Back: c 8 after d, x 6 after c, a 9 after x.
    assert trip(after, 2) == [("d", 540, 540), ("c", 548, 550), ("x", 556, 558), ("a", 567, 567)]
    assert bases(after, 0) == ["observed", "assumed", "assumed", "assumed"]


def test_a_reroute_one_way_and_without_calls_between() -> None:
    made = op("reroute", line="L", from_stop="c", to_stop="a", minutes=[16], both_ways=False)
    after = done(made)
    assert after.removed.to_list() == [2]
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("a", 567, 567)]


def test_a_stop_is_added_between_two_in_a_row() -> None:
    after = done(op("add_stop", line="L", stop="x", between=["b", "c"], minutes=[5, 7], dwell=2))
    # There: b left at 491, x at 496, left 498, c at 505 instead of 501, d 4 later than 512.
    there = [("a", 480, 480), ("b", 490, 491), ("x", 496, 498), ("c", 505, 506), ("d", 516, 516)]
    assert trip(after, 0) == there
    # Back: c left at 551, x 7 later at 558, left 560, b 5 later at 565.
    back = [("d", 540, 540), ("c", 550, 551), ("x", 558, 560), ("b", 565, 566), ("a", 576, 576)]
    assert trip(after, 2) == back
    assert bases(after, 0) == ["observed", "observed", "assumed", "assumed", "assumed"]
    one_way = done(op("add_stop", line="L", stop="x", between=["b", "c"], minutes=[5, 7], both_ways=False))
    assert one_way.removed.to_list() == [0, 4]


def test_a_stop_is_added_at_every_passing() -> None:
    calls = frame(along("L", "bcbc", 0))
    after = done(op("add_stop", line="L", stop="x", between=["b", "c"], minutes=[5, 7]), calls=calls)
    assert [stop for stop, *_ in trip(after, 0)] == list("bxcxbxc")
    # b 0; x 5–6; c 13–14; back x 7 later 21–22, b 27–28; x 33–34; c 41.
    assert trip(after, 0)[-1] == ("c", 41, 41)


def test_a_stop_skipped_leaves_other_times_but_for_what_is_gained() -> None:
    after = done(op("skip_stop", line="L", stop="b"))
    assert trip(after, 0) == [("a", 480, 480), ("c", 501, 502), ("d", 512, 512)]
    assert bases(after, 0) == ["observed"] * 3
    after = done(op("skip_stop", line="L", stop="b", minutes_less=2))
    assert trip(after, 0) == [("a", 480, 480), ("c", 499, 500), ("d", 510, 510)]
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("a", 570, 570)]
    assert bases(after, 2) == ["observed", "observed", "assumed"]


def test_nothing_is_gained_where_a_trip_begins_or_ends_at_the_stop_skipped() -> None:
    after = done(op("skip_stop", line="L", stop="a", minutes_less=2))
    assert trip(after, 0) == [("b", 490, 491), ("c", 501, 502), ("d", 512, 512)]
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("b", 561, 562)]


# ---- by hand: lines and departures

SERVICE = [{"from": "05:00", "until": "06:00", "every": 30}]
NEW = {"line": "N", "name": "New", "mode": "rail", "operator": "P", "stops": ["a", "x", "d"]}


def test_a_line_is_added_both_ways_for_three_days() -> None:
    after = done(op("add_line", **NEW, minutes=[20, 15], service=SERVICE, dwell=2))
    assert after.removed.is_empty()
    # Three departures (until counts) today and tomorrow; yesterday's 37 minutes are over by midnight.
    times = [300, 330, 360, 300 + DAY, 330 + DAY, 360 + DAY]
    there = {5 + n: ("a x d", leaves) for n, leaves in enumerate(times)}
    assert trips_of(after, "N") == there | {11 + n: ("d x a", leaves) for n, leaves in enumerate(times)}
    assert trip(after, 5) == [("a", 300, 300), ("x", 320, 322), ("d", 337, 337)]
    assert trip(after, 11) == [("d", 300, 300), ("x", 315, 317), ("a", 337, 337)]
    first, last = after.calls.filter(trip=5).rows(named=True)[::2]
    assert (first["board"], first["alight"], last["board"], last["alight"]) == (1, 0, 0, 1)
    assert set(after.added["basis"]) == {"assumed"}
    row = after.lines.filter(line="N").row(0, named=True)
    assert (row["name"], row["source"], row["feed"], row["basis"]) == ("New", "a plan", "scenario", "assumed")
    assert after.lines.head(3).equals(LINES_)


def test_trips_through_midnight_come_from_yesterday() -> None:
    night = [{"from": "23:30", "until": "24:30", "every": 30}]
    after = done(op("add_line", **NEW, minutes=[20, 15], service=night, both_ways=False, dwell=0))
    # Yesterday's 23:30 is there at 00:05, 24:00 is today's 00:00 and 24:30 today's 00:30: all are met today.
    leaves = [-30, 0, 30, DAY - 30, DAY, DAY + 30, 2 * DAY - 30, 2 * DAY, 2 * DAY + 30]
    assert [found[1] for found in trips_of(after, "N").values()] == leaves
    assert trip(after, 5) == [("a", -30, -30), ("x", -10, -10), ("d", 5, 5)]


def test_periods_that_meet_share_a_departure() -> None:
    service = [*SERVICE, {"from": "06:00", "until": "08:00", "every": 45}]
    after = done(op("add_line", **NEW, minutes=[20, 15], service=service, both_ways=False))
    today = [leaves for _, leaves in trips_of(after, "N").values() if leaves < DAY]
    assert today == [300, 330, 360, 405, 450]  # 08:00 does not fit 45 minutes, so it is none


def test_a_held_stop_keeps_its_clock_and_calls_on_both_sides_move() -> None:
    # a–c is 10 + 10 minutes and a dwell of 1. Six less makes each run 7; c is still reached at 501 and left
    # at 502, so a is left at 501 − 7 − 1 − 7 = 486. Back, c is left at 551 as before, and a reached at 566.
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="c", minutes_less=6, hold="c"))
    assert trip(after, 0) == [("a", 486, 486), ("b", 493, 494), ("c", 501, 502), ("d", 512, 512)]
    assert trip(after, 2) == [("d", 540, 540), ("c", 550, 551), ("b", 558, 559), ("a", 566, 566)]
    # Held at the terminus, the train leaves the other one later; a platform is its station.
    calls = frame(along("L", ["a", "b", "c:1"], 480))
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=6, hold="c"), calls=calls)
    assert trip(after, 0) == [("a", 484, 484), ("b", 490, 491), ("c:1", 501, 501)]
    # Without a change nothing is held, wherever the trips call.
    after = done(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=10, hold="x"))
    assert after.added.is_empty()


def test_a_trip_that_begins_beyond_the_held_stop_moves_with_the_others() -> None:
    # a–b takes 10 minutes and a dwell of 1, b–c 10. Held at a with b–c in 6, the early trip from b keeps its
    # clock there; held at a with a–b in 6, it leaves b 4 minutes sooner, as the other does.
    calls = frame(along("L", ["b", "c"], 431), along("L", ["a", "b", "c"], 480))
    sooner = done(op("speed", lines=["L"], from_stop="b", to_stop="c", minutes=6, hold="a"), calls=calls)
    assert trip(sooner, 0) == [("b", 431, 431), ("c", 437, 437)]
    moved = done(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=6, hold="a"), calls=calls)
    assert trip(moved, 0) == [("b", 427, 427), ("c", 437, 437)]
    assert trip(moved, 1) == [("a", 480, 480), ("b", 486, 487), ("c", 497, 497)]


def test_a_trip_cannot_be_held_where_it_does_not_call() -> None:
    made = op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=8, hold="x")
    assert "does not call at 'x', so it cannot be held there; name a stop of every trip" in refused(made)
    assert "there is no stop 'y'" in refused(op("speed", lines=["L"], factor=1.1, hold="y"))


def test_run_times_follow_from_speed_over_a_longer_way() -> None:
    after = done(op("add_line", **NEW | {"stops": ["a", "b"]}, kmh=100, service=SERVICE, both_ways=False))
    # One tenth of a degree: 6371.0088 km · π / 1800 = 11.1195 km; times 1.25 at 100 km/h: 500.4 s.
    assert after.calls.filter(trip=5)["arrival"].to_list() == [18_000, 18_500]
    straight = op("add_line", **NEW | {"stops": ["a", "b"]}, kmh=100, distance_factor=1, service=SERVICE)
    assert done(straight).calls.filter(trip=5)["arrival"].to_list() == [18_000, 18_400]


def test_a_line_is_removed_with_its_trips() -> None:
    after = done(op("remove_line", line="L"))
    assert after.calls.equals(CALLS_.filter(line="M"))
    assert after.lines["line"].to_list() == ["M", "idle"]
    assert after.removed.to_list() == [0, 2, 4]
    assert after.added.is_empty()


def test_a_headway_replaces_within_its_periods() -> None:
    calls = pl.concat([CALLS_, frame(along("L", "abcd", DAY + 480)).with_columns(pl.col("trip") + 9)])
    made = op("headway", line="L", service=[{"from": "08:00", "until": "09:30", "every": 60}])
    after = done(made, calls=calls)
    # 08:00 there, 09:00 back and tomorrow's 08:00 go, 10:00 stands; 08:00 and 09:00 come, each way, two days.
    assert after.removed.to_list() == [0, 2, 9]
    times = [480, 540, 480 + DAY, 540 + DAY]
    new = {10 + n: ("a b c d", leaves) for n, leaves in enumerate(times)}
    new |= {14 + n: ("d c b a", leaves) for n, leaves in enumerate(times)}
    assert trips_of(after, "L") == {4: ("a b c d", 600)} | new
    assert trip(after, 11) == [("a", 540, 540), ("b", 550, 551), ("c", 561, 562), ("d", 572, 572)]
    assert trip(after, 14) == [("d", 480, 480), ("c", 490, 491), ("b", 501, 502), ("a", 512, 512)]


def test_a_departure_at_the_very_end_of_a_period_is_run_once() -> None:
    """L there leaves at 08:00 and at 10:00, which is `until`; L back at 09:00, which is `from`."""
    after = done(op("headway", line="L", service=[{"from": "09:00", "until": "10:00", "every": 30}]))
    assert after.removed.to_list() == [2, 4]
    for way, leaves in (("a b c d", [480, 540, 570, 600]), ("d c b a", [540, 570, 600])):
        today = [at for stops, at in trips_of(after, "L").values() if stops == way and at < DAY]
        assert sorted(today) == leaves


def test_a_headway_may_add_to_what_runs() -> None:
    after = done(
        op("headway", line="L", how="add", service=[{"from": "08:00", "until": "08:00", "every": 60}])
    )
    assert after.removed.is_empty()
    assert trips_of(after, "L").keys() == {0, 2, 4, 5, 6, 7, 8}


def test_new_departures_run_as_the_median_trip_of_the_commonest_stops() -> None:
    calls = frame(
        along("L", "abd", 0, run=5),
        along("L", "abcd", 100, run=12),
        along("L", "abcd", 200, run=10),
        along("L", "abcd", 300, run=11),
        along("L", "abcd", 400, run=14),
        along("L", "dcba", 500, run=9),
    )
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    after = done(made, calls=calls)
    # Of 10, 11, 12 and 14 minutes the lower median is 11; the way back has one trip, of 9.
    assert trip(after, 6) == [("a", 720, 720), ("b", 731, 732), ("c", 743, 744), ("d", 755, 755)]
    assert trip(after, 8) == [("d", 720, 720), ("c", 729, 730), ("b", 739, 740), ("a", 749, 749)]


def test_a_headway_runs_as_its_own_line_does_however_common_another_is() -> None:
    calls = frame(
        along("M", "axd", 0), along("M", "axd", 50), along("L", "abcd", 100), along("M", "axd", 150)
    )
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    # Both lines are worked on.
    after = done(op("speed", lines=["M"], factor=1.25), made, calls=calls)
    assert {stops for stops, _ in trips_of(after, "L").values()} == {"a b c d"}
    assert {stops for stops, _ in trips_of(after, "M").values()} == {"a x d"}


def test_of_two_patterns_as_common_that_of_the_first_trip_is_run() -> None:
    # Two trips by c and two past it, and the first of all runs by c.
    calls = frame(
        along("L", "abcd", 0), along("L", "abd", 100), along("L", "abd", 200), along("L", "abcd", 300)
    )
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    assert [stop for stop, _, _ in trip(done(made, calls=calls), 4)] == ["a", "b", "c", "d"]


def test_the_way_of_a_loop_is_reported_by_its_order() -> None:
    calls = frame(
        *(along("L", "abcda", at) for at in (0, 60, 120)), along("L", "adcba", 30), along("L", "abda", 90)
    )
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    new = trips_of(done(made, calls=calls), "L")
    assert {stops for number, (stops, _) in new.items() if number > 4} == {"a b c d a", "a d c b a"}


def test_ways_that_use_different_platforms_are_reported_by_their_stations() -> None:
    calls = frame(along("L", ["a", "c:1", "d"], 0), along("L", ["d", "c:2", "a"], 30), along("L", "ad", 60))
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    new = trips_of(done(made, calls=calls), "L")
    assert [stops for number, (stops, _) in new.items() if number > 2] == ["a c:1 d"] * 2 + ["d c:2 a"] * 2


def test_yesterdays_trips_are_changed_like_todays() -> None:
    # 23:40 of yesterday, taken back by a day: b at 23:50, c 11 past midnight before, 7 past it after.
    calls = frame(along("L", "abcd", -20, dwell=11), along("L", "abcd", DAY - 20, dwell=11))
    after = done(op("speed", lines=["L"], factor=1.25), calls=calls)
    assert trip(after, 0) == [("a", -20, -20), ("b", -12, -1), ("c", 7, 18), ("d", 26, 26)]
    assert trip(after, 1) == [(stop, x + DAY, y + DAY) for stop, x, y in trip(after, 0)]


def test_a_line_can_be_added_where_nothing_runs() -> None:
    after = done(op("add_line", **NEW, minutes=[20, 15], service=SERVICE, both_ways=False), calls=frame())
    assert list(trips_of(after, "N")) == [0, 1, 2, 3, 4, 5]


def test_a_line_of_one_way_stays_so() -> None:
    calls = frame(along("L", "abcd", 0), along("L", "bcd", 60))
    made = op("headway", line="L", how="add", service=[{"from": "12:00", "until": "12:00", "every": 60}])
    assert {stops for stops, _ in trips_of(done(made, calls=calls), "L").values()} == {"a b c d", "b c d"}


# ---- several


def test_operations_are_made_in_order_each_on_what_is_left() -> None:
    after = done(
        op("remove_line", line="L"),
        op("add_line", **NEW | {"line": "L"}, minutes=[20, 15], service=SERVICE, both_ways=False),
        op("speed", lines=["L"], factor=2),
        op("skip_stop", line="M", stop="x"),
    )
    # New trips are numbered after the largest there was, 4.
    assert trip(after, 5) == [("a", 300, 300), ("x", 310, 311), ("d", 318.5, 318.5)]
    assert trips_of(after, "L").keys() == {5, 6, 7, 8, 9, 10}
    assert after.removed.to_list() == [0, 1, 2, 3, 4]
    assert after.lines["source"].to_list() == ["the feed; a plan", "the feed", "a plan; a plan"]
    assert after.lines["basis"].to_list() == ["assumed", "observed", "assumed"]


def test_trips_added_and_removed_again_leave_nothing() -> None:
    made = op("add_line", **NEW, minutes=[20, 15], service=SERVICE)
    after = done(made, op("remove_line", line="N"))
    assert after.calls.equals(CALLS_)
    assert after.lines.equals(LINES_)
    assert after.removed.is_empty()
    assert after.added.is_empty()
    # A number once given is not given again.
    twice = done(made, op("remove_line", line="N"), made)
    assert min(trips_of(twice, "N")) == 17


def test_calls_in_any_order_are_put_in_order() -> None:
    mixed = CALLS_.sample(fraction=1, shuffle=True, seed=1)
    made = op("speed", lines=["L"], factor=1.25)
    assert operated(mixed, LINES_, STOPS_, [made]).calls.equals(done(made).calls)


def test_many_trips_apart_give_the_same_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    made = op("skip_stop", line="L", stop="b"), op("headway", line="M", service=SERVICE)
    few = done(*made)
    monkeypatch.setattr(operations, "_MOST_SLICES", 0)
    assert done(*made).calls.equals(few.calls)


# ---- faults


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (op("remove_line", line="LL"), "there is no line 'LL'; did you mean 'L'?"),
        (op("remove_line", line="idel"), "there is no line 'idel'; did you mean 'idle'?"),
        (
            op("headway", line="idle", service=SERVICE),
            "the line 'idle' has no trip on this day; name one that runs",
        ),
        (op("skip_stop", line="L", stop="c:11"), "there is no stop 'c:11'; did you mean 'c:1'?"),
        (op("skip_stop", line="L", stop="x"), "no trip of the line 'L' calls at 'x'"),
        (op("dwell", line="L", stop="a", minutes=3), "no trip of the line 'L' calls at 'a' on its way"),
        (
            op("speed", lines=["L", "M"], from_stop="a", to_stop="c", minutes=9),
            "line 'M' calls at both stops",
        ),
        (op("reroute", line="M", from_stop="a", to_stop="c", minutes=[9]), "line 'M' calls at both stops"),
        (
            op("add_stop", line="L", stop="x", between=["a", "c"], minutes=[5, 5]),
            "no trip of the line 'L' runs from the one stop straight to the other",
        ),
        (
            op("add_line", **NEW | {"line": "L"}, minutes=[9, 9], service=SERVICE),
            "there is a line 'L' already; give another code, or remove that line first",
        ),
        (op("skip_stop", line="M", stop="a", because={"sv": "s", "en": "e"}), None),
        (
            op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=1),
            "the run from 'a' to 'b' becomes 1 minutes over 11.1 km; give it more time, since no run may",
        ),
        (op("speed", lines=["L"], from_stop="a", to_stop="b", minutes_less=10), "becomes 0 minutes over"),
        (op("speed", lines=["L"], from_stop="a", to_stop="b", minutes_less=12), "becomes -2 minutes over"),
        (op("speed", lines=["L"], factor=20), "becomes 0.5 minutes over 11.1 km"),
        (
            op("skip_stop", line="L", stop="b", minutes_less=20),
            "from 'a' to 'c' becomes 1 minutes over 22.2 km",
        ),
        (
            op("reroute", line="L", from_stop="a", to_stop="d", minutes=[5]),
            "from 'a' to 'd' becomes 5 minutes",
        ),
        (
            op("add_stop", line="L", stop="x", between=["b", "c"], minutes=[0, 5]),
            "from 'b' to 'x' becomes 0 minutes",
        ),
        (op("add_line", **NEW, minutes=[1, 20], service=SERVICE), "from 'a' to 'x' becomes 1 minutes over"),
        (op("dwell", line="L", stop="b", minutes=1440), None),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_remedy(made: Operation, expected: str | None) -> None:
    if expected is None:
        done(made)
    else:
        assert expected in refused(op("speed", lines=["M"], factor=1.1), made)


def test_skipping_all_but_one_call_is_refused() -> None:
    skips = [op("skip_stop", line="M", stop=stop) for stop in "ax"]
    assert "2 trips would call at fewer than two stops; remove the line" in refused(*skips)


def test_a_run_just_within_the_limit_stands() -> None:
    # 11.1195 km at 350 km/h take 114.37 s: 115 s will do, 114 s will not.
    assert math.ceil(11.1195 / FASTEST_KMH * 3600) == 115
    done(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=115 / 60))
    refused(op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=114 / 60))


def test_runs_of_no_time_that_an_operation_leaves_alone_stand() -> None:
    calls = frame(("L", [("a", 0, 0), ("b", 0, 0), ("c", 10, 10)]))
    after = done(op("speed", lines=["L"], factor=1.25), calls=calls)
    assert trip(after, 0) == [("a", 0, 0), ("b", 0, 0), ("c", 8, 8)]
    made = op("speed", lines=["L"], from_stop="a", to_stop="b", minutes=5)
    assert "takes no time between the stops" in refused(made, calls=calls)


def test_a_trip_of_no_time_has_nothing_to_divide() -> None:
    calls = frame(("L", [("c:1", 0, 0), ("c:2", 0, 0)]), along("L", "abcd", 100))
    after = done(op("speed", lines=["L"], factor=1.25), calls=calls)
    assert after.removed.to_list() == [1]


def test_platforms_of_one_place_may_lie_no_time_apart() -> None:
    calls = frame(along("L", ["a", "c", "d"], 0))
    done(
        op("reroute", line="L", from_stop="a", to_stop="d", via=["c", "c:1"], minutes=[10, 0, 10]),
        calls=calls,
    )


def test_trips_beyond_what_a_table_holds_are_refused() -> None:
    calls = frame(along("L", "abcd", 4 * DAY - 40))
    assert "fourth day" in refused(op("dwell", line="L", stop="b", minutes=60), calls=calls)


def test_no_more_calls_are_made_than_memory_bears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trip_edits, "MOST_CALLS", 50)
    made = op("add_line", **NEW, minutes=[20, 15], service=SERVICE)
    # Nine departures in three days, two ways, three calls.
    assert "54 calls would be added; at most 50 may be" in refused(made)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (op("speed", lines=["L"], factor=2, minutes=5), "exactly one of factor, minutes and minutes_less"),
        (op("speed", lines=["L"]), "exactly one of factor, minutes and minutes_less"),
        (op("speed", lines=["L"], minutes=5), "minutes and minutes_less need from_stop and to_stop"),
        (op("speed", lines=["L"], factor=2, from_stop="a"), "both from_stop and to_stop, or neither"),
        (op("speed", lines=["L"], factor=2, from_stop="a", to_stop="a"), "'a' comes twice in a row"),
        (op("speed", lines=[], factor=2), "lines must name one or more lines"),
        (op("speed", lines=["L", "L"], factor=2), "each once"),
        (op("headway", line="L", service=[]), "service is empty"),
        (
            op("headway", line="L", service=[{"from": "23:00", "until": "01:00", "every": 30}]),
            "service from 23:00 until 01:00 ends first; past midnight, add 24 hours",
        ),
        (op("add_line", **NEW | {"stops": ["a"]}, kmh=50, service=SERVICE), "stops must be two or more"),
        (op("add_line", **NEW, service=SERVICE), "either minutes from stop to stop, or kmh"),
        (
            op("add_line", **NEW, minutes=[9, 9], kmh=50, service=SERVICE),
            "either minutes from stop to stop, or",
        ),
        (
            op("add_line", **NEW, minutes=[9], service=SERVICE),
            "3 stops have 2 runs between them, but minutes has 1",
        ),
        (op("add_line", **NEW | {"stops": ["a", "a"]}, kmh=50, service=SERVICE), "'a' comes twice in a row"),
        (op("add_line", **NEW, kmh=50, service=[]), "service is empty"),
        (op("reroute", line="L", from_stop="a", to_stop="a", minutes=[9]), "must be two stops"),
        (op("reroute", line="L", from_stop="a", to_stop="c", via=["x"], minutes=[9]), "3 stops have 2 runs"),
        (op("add_stop", line="L", stop="x", between=["a", "a"], minutes=[9, 9]), "between must be two stops"),
        (op("add_stop", line="L", stop="a", between=["a", "b"], minutes=[9, 9]), "'a' comes twice in a row"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_looked_at(
    made: Operation, expected: str
) -> None:
    assert expected in refused(made)
    with pytest.raises(SettingError, match=r"timetable operation 2 \(") as error:
        timetable_operations(made=(op("remove_line", line="Q"), made))
    assert expected in str(error.value)


# ---- whatever the timetable


@st.composite
def timetables(draw: st.DrawFn) -> pl.DataFrame:
    """Some trips of the two lines, each along the meridian one way or the other, at any time."""
    made = []
    for number in range(draw(st.integers(1, 8))):
        stops = draw(st.lists(st.sampled_from("abcd"), min_size=2, max_size=4, unique=True))
        stops = sorted(stops, reverse=draw(st.booleans()))
        leaves = draw(st.integers(-60, 30 * 60))
        run, dwell = draw(st.integers(8, 25)), draw(st.integers(0, 3))
        line = draw(st.sampled_from("LM")) if number else "L"
        made.append(along(line, stops, leaves, run, dwell))
    return frame(*made)


DURATION = st.integers(10, 30)


@st.composite
def some_operation(draw: st.DrawFn, line: str = "L") -> Operation:
    a, b = draw(st.sampled_from([("a", "b"), ("b", "c"), ("a", "d"), ("c", "a"), ("d", "b")]))
    service = [{"from": "07:00", "until": draw(st.sampled_from(["07:00", "09:00", "25:00"])), "every": 50}]
    found = draw(st.sampled_from(list(KINDS)[1:]))
    every: dict[str, dict[str, Any]] = {
        "remove_line": {"line": line},
        "headway": {"line": line, "service": service, "how": draw(st.sampled_from(["replace", "add"]))},
        "speed": {"lines": [line], "factor": draw(st.floats(0.5, 1.1))},
        "dwell": {"line": line, "stop": b, "minutes": draw(st.integers(0, 9))},
        "reroute": {"line": line, "from_stop": a, "to_stop": b, "via": ["x"], "minutes": [20, 20]},
        "add_stop": {"line": line, "stop": "x", "between": [a, b], "minutes": [20, 20]},
        "skip_stop": {"line": line, "stop": b},
    }
    return op(found, **every[found])


@settings(max_examples=40, deadline=None)
@given(timetables())
def test_no_operation_changes_nothing(calls: pl.DataFrame) -> None:
    after = done(calls=calls)
    assert after.calls.equals(calls)
    assert after.lines.equals(LINES_)
    assert after.removed.is_empty()
    assert after.added.is_empty()


@settings(max_examples=40, deadline=None)
@given(timetables(), st.booleans())
def test_a_factor_of_one_changes_nothing(calls: pl.DataFrame, part: bool) -> None:
    line = calls["line"][0]
    ends = {"from_stop": calls["stop"][0], "to_stop": calls["stop"][1]} if part else {}
    after = done(op("speed", lines=[line], factor=1, **ends), calls=calls)
    assert after.calls.equals(calls)
    assert after.lines.equals(LINES_)
    assert after.removed.is_empty()


@settings(max_examples=40, deadline=None)
@given(timetables(), st.data())
def test_a_stop_skipped_and_added_again_is_as_it_was(calls: pl.DataFrame, data: st.DataObject) -> None:
    # Every trip of L alike, so that one operation can put the stop back into each.
    legs = data.draw(st.tuples(DURATION, DURATION, st.integers(0, 5)))
    rows: list[Trip] = [
        (
            "L",
            [
                ("a", at, at),
                ("b", at + legs[0], at + legs[0] + legs[2]),
                ("c", at + sum(legs), at + sum(legs)),
            ],
        )
        for at in data.draw(st.lists(st.integers(0, 1000), min_size=1, max_size=4))
    ]
    whole = pl.concat([calls.filter(line="M"), frame(*rows).with_columns(pl.col("trip") + 50)])
    after = done(
        op("skip_stop", line="L", stop="b"),
        op("add_stop", line="L", stop="b", between=["a", "c"], minutes=list(legs[:2]), dwell=legs[2]),
        calls=whole,
    )
    assert after.calls.equals(whole)
    assert after.removed.is_empty()


@settings(max_examples=100, deadline=None)
@given(timetables(), some_operation())
def test_an_operation_on_one_line_never_changes_another(calls: pl.DataFrame, made: Operation) -> None:
    try:
        after = done(made, calls=calls)
    except SettingError:
        return
    assert after.calls.filter(line="M").equals(calls.filter(line="M"))
    assert after.lines.filter(line="M").equals(LINES_.filter(line="M"))
    if kind(made) == "remove_line":
        assert after.calls["trip"].n_unique() < calls["trip"].n_unique()
    if kind(made) not in ("remove_line", "headway"):
        assert set(after.calls["trip"]) == set(calls["trip"])
    again = done(made, calls=calls)
    assert again.calls.equals(after.calls)


# ---- travel


def earliest(calls: pl.DataFrame, origin: str, leaves: int) -> dict[str, int]:
    """The earliest arrival at every stop, by trying every ride until nothing gets better. Slow and plain."""
    reached = {origin: leaves}
    rides = [group.rows(named=True) for _, group in calls.sort("trip", "position").group_by("trip")]
    better = True
    while better:
        better = False
        for made in rides:
            for i, boarded in enumerate(made):
                if not boarded["board"] or reached.get(boarded["stop"], math.inf) > boarded["departure"]:
                    continue
                for left in made[i + 1 :]:
                    if left["alight"] and left["arrival"] < reached.get(left["stop"], math.inf):
                        reached[left["stop"]] = left["arrival"]
                        better = True
    return reached


def no_later(fewer: pl.DataFrame, more: pl.DataFrame, leaves: int) -> None:
    for origin in "ad":
        with_more = earliest(more, origin, leaves)
        for stop, arrival in earliest(fewer, origin, leaves).items():
            assert with_more.get(stop, math.inf) <= arrival


def test_the_slow_search_changes_trips() -> None:
    # a at 480 on L, c at 501; from b there is only L.
    assert earliest(CALLS_, "a", 480 * 60) == {
        s: 60 * m for s, m in zip("abcdx", (480, 490, 501, 512, 510), strict=True)
    }
    assert earliest(CALLS_, "c", 0) == {"c": 0, "d": 512 * 60, "b": 561 * 60, "a": 572 * 60, "x": 570 * 60}


HOURS = st.integers(0, 25 * 3600)


@settings(max_examples=40, deadline=None)
@given(timetables(), HOURS, st.booleans(), st.integers(5, 60))
def test_who_travels_is_never_later_with_more_trips(
    calls: pl.DataFrame, leaves: int, line: bool, every: int
) -> None:
    service = [{"from": "06:00", "until": "24:30", "every": 4 * every}]
    new = op("add_line", **NEW, minutes=[20, 15], service=service)
    more = op("headway", line=calls["line"][0], how="add", service=service)
    no_later(calls, done(new if line else more, calls=calls).calls, leaves)


@settings(max_examples=40, deadline=None)
@given(timetables(), HOURS)
def test_who_travels_is_never_earlier_with_fewer_trips(calls: pl.DataFrame, leaves: int) -> None:
    after = done(op("remove_line", line=calls["line"][0]), calls=calls)
    no_later(after.calls, calls, leaves)


@settings(max_examples=40, deadline=None)
@given(timetables(), HOURS)
def test_who_travels_is_never_earlier_with_fewer_calls(calls: pl.DataFrame, leaves: int) -> None:
    try:
        after = done(op("skip_stop", line=calls["line"][0], stop=calls["stop"][1]), calls=calls)
    except SettingError:
        return
    no_later(after.calls, calls, leaves)


# ---- through files, plan and store

SCENARIO = """
title = { sv = "Prov", en = "Trial" }
about = { sv = "Prov", en = "Trial" }

[[assumptions.timetable_operations.made]]
kind = "add_line"
line = "N"
name = "New"
mode = "rail"
operator = "P"
stops = ["a", "x", "d"]
minutes = [20, 15.5]
service = [{ from = "05:00", until = "23:00", every = 30 }]
because = { sv = "Skäl", en = "Reason" }
source = "a plan"

[[assumptions.timetable_operations.made]]
kind = "speed"
lines = ["L", "M"]
factor = 1.25
because = { sv = "Skäl", en = "Reason" }
source = "a plan"
"""
GROUP = RegionGroup(
    code="lab",
    name=Text("prov", "trial"),
    short=Text("prov", "trial"),
    counties={"99": Member("Ingen")},
    about=Text("", ""),
    contact=Text("", ""),
)


def planned(folder: Path, content: str | None) -> tuple[dict[str, Step], Record, RawFiles]:
    """The record of the operations of a scenario file, or of none."""
    figures, scenarios = folder / "figures", folder / "scenarios"
    for made in (figures, scenarios):
        made.mkdir(exist_ok=True)
    (figures / "sources.csv").write_text(",".join(column.name for column in ORIGINS.columns) + "\n")
    chosen: Any = ()
    if content is not None:
        path = scenarios / "trial.toml"
        path.write_text(content, encoding="utf-8")
        chosen = ((path, scenario.read(folder, "trial").assumptions),)
    order = {"timetable_operations": Step(timetable_operations)}
    raws = RawFiles(folder, figures)
    return order, plan(order, GROUP, raws, Choices(chosen))["timetable_operations"], raws


def test_a_scenario_file_reaches_the_table_through_plan_and_store(tmp_path: Path) -> None:
    order, record, raws = planned(tmp_path, SCENARIO)
    store = Store(tmp_path / "store")
    Build(order, {"timetable_operations": record}, GROUP, raws, store).run([record])
    table = store.table("timetable_operations", record.key)
    TIMETABLE_OPERATIONS.check(table, maker="the test")
    assert table["kind"].to_list() == ["add_line", "speed"]
    assert table["lines"].to_list() == ["N", "L, M"]
    assert table["because_en"].to_list() == ["Reason", "Reason"]
    assert parsed(table) == record.assumptions["made"]
    kept = store.record("timetable_operations", record.key)
    assert kept is not None
    assert kept.overridden == {"made": "trial.toml"}
    assert [made["kind"] for made in kept.assumptions["made"]] == ["add_line", "speed"]


def test_the_key_follows_the_operations(tmp_path: Path) -> None:
    keys = [
        planned(tmp_path, content)[1].key
        for content in (
            None,
            SCENARIO,
            SCENARIO.replace("15.5", "15"),
            SCENARIO.replace('"05:00"', '"06:00"'),
        )
    ]
    assert len(set(keys)) == 4
    assert planned(tmp_path, SCENARIO)[1].key == keys[1]


def test_what_a_scenario_does_is_assumed_and_says_why() -> None:
    made = op("remove_line", line="L"), op("speed", lines=["M"], factor=1.1)
    table = timetable_operations(made=made)
    TIMETABLE_OPERATIONS.check(table, maker="timetable_operations")
    said = ("skäl", "reason", "a plan", "assumed")
    columns = ["number", "kind", "lines", "because_sv", "because_en", "source", "basis"]
    assert table.select(columns).rows() == [(1, "remove_line", "L", *said), (2, "speed", "M", *said)]


def test_no_operation_is_an_empty_table() -> None:
    table = timetable_operations()
    assert table.is_empty()
    TIMETABLE_OPERATIONS.check(table, maker="the test")
    assert parsed(table) == ()


@pytest.mark.parametrize(
    ("right", "wrong", "expected"),
    [
        ('kind = "speed"', 'kind = "sped"', "unknown kind 'sped'; did you mean 'speed'?"),
        ("minutes =", "mintues =", "unknown key 'add_line.mintues'; did you mean 'minutes'?"),
        ("every =", "evry =", "unknown key 'add_line.service.evry'; did you mean 'every'?"),
        ('kind = "speed"', "", "missing required field `kind`"),
        ('mode = "rail"', 'mode = "sled"', "Invalid enum value 'sled'"),
        ("factor = 1.25", 'factor = "fast"', "Expected `float | null`, got `str`"),
        ('"05:00"', '"5:00"', "matching regex"),
        ('source = "a plan"\n\n[[', "\n\n[[", "missing required field `source`"),
        ("minutes = [20,", "minutes = [-20,", "Expected `float` >= 0.0"),
        ('made]]\nkind = "speed"', 'mad]]\nkind = "speed"', "has no assumption 'mad'; did you mean 'made'"),
    ],
)
def test_a_fault_in_the_file_is_reported_with_the_nearest(
    tmp_path: Path, right: str, wrong: str, expected: str
) -> None:
    assert right in SCENARIO
    with pytest.raises(SettingError) as error:
        planned(tmp_path, SCENARIO.replace(right, wrong, 1))
    assert expected in str(error.value)
    assert "trial.toml" in str(error.value)


def test_a_payload_that_is_not_an_operation_is_reported() -> None:
    table = timetable_operations(made=(op("remove_line", line="L"),))
    broken = table.with_columns(payload=pl.lit('{"kind": "nothing"}'))
    with pytest.raises(SettingError, match="timetable operation 1 cannot be read: Invalid value 'nothing'"):
        parsed(broken)


def test_every_kind_goes_to_the_table_and_back() -> None:
    made = (
        op("add_line", **NEW, kmh=80, service=SERVICE),
        op("remove_line", line="L"),
        op("headway", line="L", service=SERVICE, how="add"),
        op("speed", lines=["L"], from_stop="a", to_stop="b", minutes_less=2.5),
        op("dwell", line="L", stop="b", minutes=3),
        op("reroute", line="L", from_stop="a", to_stop="d", via=["x"], minutes=[9, 9]),
        op("add_stop", line="L", stop="x", between=["a", "b"], minutes=[9, 9]),
        op("skip_stop", line="L", stop="b", minutes_less=1),
    )
    assert tuple(map(kind, made)) == tuple(KINDS)
    assert parsed(timetable_operations(made=made)) == made


# ---- size


def test_of_many_calls_only_those_of_the_line_are_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    heights: list[int] = []

    def counted(work: Any) -> Any:
        def run(rows: pl.DataFrame, *rest: Any) -> Any:
            heights.append(rows.height)
            return work(rows, *rest)

        return run

    for name in ("runs", "times", "check", "with_speed"):
        monkeypatch.setattr(trip_edits, name, counted(getattr(trip_edits, name)))
    one = pl.concat([CALLS_.with_columns(pl.col("trip") + 5 * day) for day in range(400)])
    others = one.with_columns(line=pl.lit("M")).filter(pl.col("trip") % 5 != 0)
    many = pl.concat([others.with_columns(pl.col("trip") + 2000 * turn) for turn in range(1, 75)])
    calls = pl.concat([CALLS_, many.with_columns(pl.col("trip") + 5)])
    assert calls.height > 400_000
    after = operated(calls, LINES_, STOPS_, [op("speed", lines=["L"], factor=1.25)])
    assert set(heights) == {CALLS_.filter(line="L").height}
    assert after.removed.to_list() == [0, 2, 4]
    assert after.calls.tail(calls.height - CALLS_.height).equals(many.with_columns(pl.col("trip") + 5))
