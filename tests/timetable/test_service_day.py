"""The day that is calculated: line plan and feeds, replaced, joined or left out; and the rules' bounds."""

from typing import Any

import polars as pl
import pytest

from storregion.core.errors import DataError, SettingError
from storregion.core.workspace import Workspace
from storregion.journeys.from_tables import travel_network
from storregion.timetable import service_day
from storregion.timetable.lineplan import PLAN_HOPS, PLAN_LINES, PLAN_SERVICES
from storregion.timetable.operations import Operated, operated
from storregion.timetable.service import Plan, Timetable
from storregion.timetable.service_day import calls as all_calls
from storregion.timetable.service_day import (
    changes,
    lines,
    stops,
    timetable_calls,
    timetable_days,
    timetable_lines,
)
from storregion.timetable.tables import CALLS, CHANGES, FEED_SERVICE, LINES, TIMETABLE_DAYS, WALKING_TIMES
from storregion.timetable.travel_rules import PERIODS, TRAVEL_RULES, periods, travel_rules


def line(tiny: Any, code: str, feed: str) -> Any:
    row = {"line": code, "name": code, "mode": "rail", "operator": f"{feed}s bolag", "source": "x"}
    return tiny.table([row | {"feed": feed, "basis": "observed"}], LINES)


def plan(bundled: Workspace) -> Plan:
    return Plan(bundled.table("plan_hops"), bundled.table("plan_services"))


def test_the_rules_as_they_are_bounded() -> None:
    made = TRAVEL_RULES.check(travel_rules(), maker="travel_rules")
    assert made["basis"].to_list() == ["assumed"]
    assert PERIODS.check(periods(), maker="periods").select("period", "first", "last").rows() == [
        ("morning", 360, 540),
        ("midday", 600, 840),
        ("evening", 900, 1080),
    ]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("09:00-06:00", "ends before it begins"),
        ("06:00-06:00", "ends before it begins"),
        ("06-09", "has the time '06'"),
        ("06:60-09:00", "has the time '06:60'"),
        ("06:00–09:00", "has the time '06:00–09:00'"),
        ("02:00-05:00", "between 03:00 and 27:00"),
        ("20:00-27:01", "between 03:00 and 27:00"),
        ("06:00-14:01", "lasts eight hours at most"),
    ],
)
def test_a_period_that_cannot_be_searched_is_reported(written: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        periods(midday=written)


def test_a_period_at_its_bounds_is_taken() -> None:
    made = periods(morning="03:00-11:00", evening="19:00-27:00")
    assert made["first"].to_list() == [180, 600, 1140]
    assert made["last"].to_list() == [660, 840, 1620]


@pytest.mark.parametrize("day", ["2025-02-30", "20251016", "today", ""])
def test_a_day_that_is_none_is_reported(day: str) -> None:
    with pytest.raises(SettingError, match="is not a valid day; write it as 2025-10-16"):
        travel_rules(day=day)


def served(*rows: tuple[str, str, int]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["feed", "day", "trips"], orient="row")
    return FEED_SERVICE.check(frame.with_columns(basis=pl.lit("observed")), maker="the test")


def test_a_typical_thursday_is_used_when_the_feeds_do_not_reach_the_stated_day() -> None:
    """Ten Thursdays that both have: 1 January with 5 + 2 trips, the 8th with 8 + 4, seven with 9 + 4 and
    one with 30 + 4. In order 7, 12, seven of 13, 34: nine of ten do not exceed 13, and 5 % of it is 0.65,
    so 12 is too few; the first with 13 is the 15th. The week that only x has, and Friday the 2nd, do not
    count."""
    days = ["2026-01-01", "2026-01-08", "2026-01-15", "2026-01-22", "2026-01-29", "2026-02-05",
            "2026-02-12", "2026-02-19", "2026-02-26", "2026-03-05"]  # fmt: skip
    trips = [(5, 2), (8, 4), *[(9, 4)] * 7, (30, 4)]
    rows = [(feed, day, pair[at]) for day, pair in zip(days, trips, strict=True)
            for at, feed in enumerate("xy")]  # fmt: skip
    service = served(*rows, ("x", "2026-03-12", 12), ("x", "2026-01-02", 12), ("y", "2026-01-02", 12))
    made = TRAVEL_RULES.check(travel_rules(service, day="2023-11-30"), maker="")
    assert made.select("day", "stated_day", "day_rule").row(0) == (
        "2026-01-15", "2023-11-30", "typical_thursday",
    )  # fmt: skip
    # A day that all of them reach stays, also where one of them rests that day; so does one without feeds.
    for day, feeds in (("2026-01-02", service), ("2026-01-22", service), ("2023-11-30", service.clear())):
        assert travel_rules(feeds, day=day).select("day", "day_rule").row(0) == (day, "stated")
    for chosen in ({"feeds": "leave_out"}, {"day_without_service": "refuse"}):
        assert travel_rules(service, day="2023-11-30", **chosen)["day"].item() == "2023-11-30"  # type: ignore[arg-type]


def test_feeds_without_a_thursday_in_common_are_reported() -> None:
    service = served(("x", "2026-01-01", 1), ("y", "2026-06-04", 1))
    with pytest.raises(DataError, match=r"no Thursday in common .x 2026-01-01 to 2026-01-01, y 2026-06-04"):
        travel_rules(service)


def test_no_slack_is_reported_and_a_journey_too_long_to_search_too() -> None:
    with pytest.raises(SettingError, match="give at least 1"):
        travel_rules(slack_seconds=0)
    with pytest.raises(DataError, match=r"541\.0 is above 540"):
        TRAVEL_RULES.check(travel_rules(longest_minutes=541), maker="travel_rules")


@pytest.mark.parametrize(
    ("feeds", "empty", "wanted"),
    [
        ("replace", False, ["feed"]),
        ("replace", True, ["plan"]),
        ("join", False, ["plan", "feed"]),
        ("join", True, ["plan"]),
        ("leave_out", False, ["plan"]),
    ],
)
def test_whose_stops_and_lines_count(tiny: Any, feeds: Any, empty: bool, wanted: list[str]) -> None:
    rules = travel_rules(feeds=feeds)
    mine, other = line(tiny, "plan", "line_plan"), line(tiny, "feed", "x.zip")
    assert timetable_lines(mine, other.clear() if empty else other, rules)["line"].to_list() == wanted
    halts = tiny.stops()
    theirs = halts.with_columns(pl.col("stop") + "'")
    made = stops(halts, theirs.clear() if empty else theirs, rules)
    assert made.height == 5 * len(wanted)


def test_one_code_in_plan_and_feed_is_reported(tiny: Any) -> None:
    with pytest.raises(DataError, match="both have the stop 'A'; rename it in the line plan, or let"):
        stops(tiny.stops(), tiny.stops(), travel_rules(feeds="join"))


def test_joined_trips_keep_apart(tiny: Any, bundled: Workspace) -> None:
    calls = tiny.calls()
    args = (calls, travel_rules(feeds="join"), line(tiny, "line", "x"), tiny.stops())
    made = timetable_calls(plan(bundled), *args)
    planned = timetable_calls(plan(bundled), calls.clear(), *args[1:])
    assert made.height == planned.height + calls.height
    assert made["trip"].n_unique() == planned["trip"].n_unique() + calls["trip"].n_unique()
    assert made.select(pl.struct("trip", "position").n_unique()).item() == made.height
    none = Plan(tiny.table([], PLAN_HOPS), tiny.table([], PLAN_SERVICES))
    assert timetable_calls(none, *args).equals(calls)
    replaced = (calls, travel_rules(feeds="replace"), *args[2:])
    assert timetable_calls(plan(bundled), *replaced).equals(calls)


@pytest.mark.parametrize(
    ("day", "leaves"),
    [
        # Of the day before, what is under way at midnight: 23:40, which arrives at that second, and 23:50 on
        # a weekday, 23:45 on a Saturday, none on a Sunday. Of the day after, what leaves before noon.
        ("2025-10-16", [-20, -10, 420, 1420, 1430, 1440 + 420]),  # Thursday, between weekdays
        ("2025-10-17", [-20, -10, 420, 1420, 1430, 1440 + 540]),  # Friday, before a Saturday
        ("2025-10-18", [-20, -10, 540, 1425, 1440 + 660]),  # Saturday, after a weekday, before a Sunday
        ("2025-10-19", [-15, 660, 1440 + 420]),  # Sunday, after a Saturday and before a weekday
        ("2025-10-20", [420, 1420, 1430, 1440 + 420]),  # Monday, after a Sunday
    ],
)
def test_the_kind_of_each_day_decides_the_trips(tiny: Any, day: str, leaves: list[int]) -> None:
    """One hop of 20 minutes: weekdays 07:00, 23:40 and 23:50, Saturdays 09:00 and 23:45, Sundays 11:00."""
    hop = {"line": "line", "position": 0, "from_stop": "A", "to_stop": "B", "minutes": 20.0}
    hop |= {"minutes_back": 20.0, "dwell": 0.0, "allowed": "both", "source": "made", "basis": "observed"}
    times = [
        ("weekday", 420),
        ("weekday", 1420),
        ("weekday", 1430),
        ("saturday", 540),
        ("saturday", 1425),
        ("sunday", 660),
    ]
    more = {"line": "line", "direction": "there", "headway": 60, "begins": "terminus", "basis": "observed"}
    runs = [{"days": kind, "first": at, "last": at, **more} for kind, at in times]
    made = timetable_calls(
        Plan(tiny.table([hop], PLAN_HOPS), tiny.table(runs, PLAN_SERVICES)),
        tiny.calls([]),
        travel_rules(day=day),
        line(tiny, "line", "line_plan"),
        tiny.stops(),
    )
    starts = CALLS.check(made, maker="timetable_calls").filter(position=0)["departure"]
    assert [second / 60 for second in starts] == leaves


def test_changes_go_with_the_feeds(tiny: Any) -> None:
    stated, none = tiny.changes({("A", "A"): 120}), walking(tiny)
    assert changes(stated, none, tiny.stops(), travel_rules()).equals(stated)
    assert changes(stated, none, tiny.stops(), travel_rules(feeds="leave_out")).is_empty()


def walking(tiny: Any, *rows: tuple[str, str, float]) -> Any:
    made = [
        {"from_stop": a, "to_stop": b, "minutes": m, "source": "x", "basis": "observed"} for a, b, m in rows
    ]
    return WALKING_TIMES.check(tiny.table(made, WALKING_TIMES), maker="the test")


def test_a_walking_time_takes_the_place_of_what_is_stated_and_of_the_straight_line(tiny: Any) -> None:
    stated = tiny.changes({("D", "E"): 600, ("E", "D"): 700})
    made = changes(stated, walking(tiny, ("D", "E", 2.01)), tiny.stops(), travel_rules())
    # 2.01 minutes are 120.6 seconds, rounded up; the other way stays as stated.
    assert dict(CHANGES.check(made, maker="changes").select("to_stop", "seconds").rows()) == {
        "E": 121,
        "D": 700,
    }
    # No time at all is a time: who is there may go on at once.
    at_once = changes(
        tiny.changes({("A", "A"): 0}), walking(tiny, ("B", "C", 0.0)), tiny.stops(), tiny.rules()
    )
    assert at_once["seconds"].to_list() == [0, 0]
    # D to E is 300.8 m, at 1.3 times the straight line and 4.8 km/h 294 seconds.
    assert on_foot(tiny, tiny.changes()) == {("D", "E"): 294, ("E", "D"): 294}
    assert on_foot(
        tiny, changes(tiny.changes(), walking(tiny, ("D", "E", 2.01)), tiny.stops(), tiny.rules())
    ) == {
        ("D", "E"): 121,
        ("E", "D"): 294,
    }


def on_foot(tiny: Any, table: Any) -> dict[tuple[str, str], int]:
    """Seconds to walk between stops in the network."""
    walks = travel_network(tiny.calls(), tiny.stops(), table, tiny.rules()).timetable.walks
    names = sorted(tiny.north)
    return {
        (names[at], names[walks.stop[link]]): int(walks.seconds[link])
        for at in range(len(names))
        for link in range(walks.first[at], walks.first[at + 1])
    }


def test_a_walking_time_of_an_unknown_stop_is_refused(tiny: Any) -> None:
    with pytest.raises(DataError, match=r"walking_times.csv has a time for 'X', which is not a stop"):
        changes(tiny.changes(), walking(tiny, ("A", "X", 2.0)), tiny.stops(), travel_rules())


def test_days_and_validity(tiny: Any) -> None:
    rules, calls = travel_rules(day="2025-10-16"), tiny.calls()
    theirs: dict[str, object] = {
        "feed": "x.zip",
        "publisher": "P",
        "day": "2025-10-16",
        "first_day": "2025-10-01",
    }
    theirs |= {"last_day": "2025-10-31", "trips": 3, "calls": 9, "basis": "observed"}
    feed_days = tiny.table([theirs], TIMETABLE_DAYS)
    none = tiny.table([], PLAN_LINES)
    own = line(tiny, "line", "line_plan")
    made = TIMETABLE_DAYS.check(timetable_days(none, calls, own, feed_days, rules), maker="")
    # Ten trips: six of three calls and four of two.
    assert made.select("feed", "trips", "calls", "basis").rows() == [("line_plan", 10, 26, "assumed")]
    both = pl.concat([own, line(tiny, "other", "x.zip")])
    assert timetable_days(none, calls, both, feed_days, rules)["feed"].to_list() == ["line_plan", "x.zip"]
    feed = line(tiny, "line", "x.zip")
    assert timetable_days(none, calls, feed, feed_days, rules)["feed"].to_list() == ["x.zip"]
    assert timetable_days(none, calls.clear(), own, feed_days, rules).is_empty()


def test_without_operations_the_day_is_the_timetable(bundled: Workspace) -> None:
    for table in ("lines", "calls"):
        assert bundled.table(table).equals(bundled.table(f"timetable_{table}"))
    before = Timetable(bundled.table("timetable_lines"), bundled.table("timetable_calls"))
    rest = (bundled.table("stops"), bundled.table("timetable_operations"))
    assert lines(before, *rest).equals(bundled.table("timetable_lines"))


def test_the_operations_are_made_once_for_lines_and_calls(
    bundled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(*args: Any) -> Operated:
        made.append(1)
        return operated(*args)

    monkeypatch.setattr(service_day, "operated", counted)
    before = Timetable(*(bundled.table(f"timetable_{t}").head(50) for t in ("lines", "calls")))
    rest = (bundled.table("stops"), bundled.table("timetable_operations"))
    assert lines(before, *rest).equals(before.lines)
    assert all_calls(before, *rest).equals(before.calls)
    assert made == [1]
