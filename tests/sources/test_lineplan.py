"""The line plan: trips worked out by hand, every fault named, and the bundled plan held to its own rules."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core import figurefile, scenario
from storregion.core.errors import DataError, SettingError
from storregion.core.geodesy import distances
from storregion.sources import lineplan
from storregion.timetable.lineplan import (
    ALLOWED,
    BEGINS,
    DAYS,
    PLAN_HOPS,
    PLAN_LINES,
    PLAN_SERVICES,
    PLAN_STATIONS,
    expanded,
)
from storregion.timetable.operation_kinds import Operation
from storregion.timetable.operations import operated
from storregion.timetable.tables import CALLS, RAIL_SEGMENTS

ROOT = Path(__file__).parents[2]
GROUP = ROOT / "groups" / "oms"
LINES, FIGURES = GROUP / "lines", GROUP / "figures"
STATIONS, SEGMENTS = FIGURES / "rail_stations.csv", FIGURES / lineplan.SEGMENTS
PAGE = ROOT / "docs" / "explanation" / "line-plan.md"

# Three stations on one meridian, 0.1 degrees apart: 2 π · 6 371 km / 3 600 = 11.12 km from one to the next.
POINTS = "station,latitude,longitude\nA station,59.0,17.0\nB station,59.1,17.0\nC station,59.2,17.0\n"
MEDIANS = (
    "from_station,to_station,weekday_trains,median_minutes,fastest_minutes\n"
    "A station,B station,9,10.0,9.0\nB station,A station,9,11.0,9.0\nB station,C station,9,20.5,9.0\n"
)
LINE = """
name = "A–B–C"
mode = "rail"
operator = "Regiontåg"
basis = "estimated"
dwell = 3
calls = [
  { station = "A station" },
  { station = "B station", minutes = 10, back = 11, dwell = 2, basis = "observed" },
  { station = "C station", minutes = 20.5 },
]
services = [
  { days = ["weekday"], from = "05:10", until = "06:20", every = 30, back_from = "05:25" },
  { days = ["saturday"], from = "23:40", until = "24:10", every = 30 },
  { days = ["sunday"], from = "08:00", until = "08:00", every = 60, ways = "there" },
]
[source]
publisher = "Regiontåg"
document = "Tidtabell"
date = "2025"
minutes = "B–C antagna"
"""


class Plan:
    """A folder of lines to spoil, with three stations and their observed minutes."""

    def __init__(self, folder: Path) -> None:
        self.lines = folder / "lines"
        self.lines.mkdir()
        self.stations, self.segments = folder / "rail_stations.csv", folder / "segments.csv"
        self.stations.write_text(POINTS, "utf-8")
        self.segments.write_text(MEDIANS, "utf-8")
        self.own = lineplan.line_stations(None)
        self.published = lineplan.published_hops(None)
        self.write(LINE)

    def write(self, text: str, name: str = "abc.toml") -> None:
        (self.lines / name).write_text(text, "utf-8")

    def hops(self) -> pl.DataFrame:
        return lineplan.plan_hops(self.lines, self.stations, self.own, self.segments, self.published)

    def services(self) -> pl.DataFrame:
        return lineplan.plan_services(self.lines, self.stations, self.own)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path)


def table(trips: list[list[tuple[str, int, int]]]) -> list[tuple[int, int, str, int, int]]:
    return [
        (trip, position, stop, 60 * arrival, 60 * departure)
        for trip, calls in enumerate(trips)
        for position, (stop, arrival, departure) in enumerate(calls)
    ]


def shown(frame: pl.DataFrame) -> list[tuple[Any, ...]]:
    return frame.select("trip", "position", "stop", "arrival", "departure").rows()


# ---- read


def test_a_line_is_read_as_it_is_written(plan: Plan) -> None:
    assert plan.hops().rows() == [
        # B is left after 2 minutes; nobody waits at the terminus, whatever the line's dwell of 3 says.
        ("abc", 0, "A station", "B station", 10.0, 11.0, 2.0, "both", lineplan.SEGMENTS, "observed"),
        ("abc", 1, "B station", "C station", 20.5, 20.5, 0.0, "both", "B–C antagna", "assumed"),
    ]
    assert plan.services().rows() == [
        # From 05:10 (310) every 30 until 06:20: 05:10, 05:40, 06:10 (370). Back 05:25 (325) to 06:25 (385).
        ("abc", "there", "weekday", 310, 370, 30, "terminus", "estimated"),
        ("abc", "back", "weekday", 325, 385, 30, "terminus", "estimated"),
        ("abc", "there", "saturday", 1420, 1450, 30, "terminus", "estimated"),
        ("abc", "back", "saturday", 1420, 1450, 30, "terminus", "estimated"),
        ("abc", "there", "sunday", 480, 480, 60, "terminus", "estimated"),
    ]
    lines = lineplan.plan_lines(plan.lines, plan.stations, plan.own)
    source = "Regiontåg, Tidtabell, 2025; B–C antagna"
    # The weakest basis of anything in it: B–C is assumed.
    assert lines.rows() == [("abc", "A–B–C", "rail", "Regiontåg", source, "line_plan", "assumed")]
    stations = lineplan.plan_stations(plan.lines, plan.stations, plan.own)
    assert stations.row(1) == ("B station", "B station", "B station", 59.1, 17.0, "observed")


def test_files_that_a_computer_hides_are_no_lines(plan: Plan) -> None:
    before = plan.hops()
    plan.write("x", ".DS_Store")
    plan.write("x", ".abc.toml.swp")
    assert plan.hops().equals(before)


def test_a_group_without_a_line_plan_has_empty_tables() -> None:
    own = lineplan.line_stations(None)
    for frame, schema in (
        (lineplan.plan_stations(None, None, own), PLAN_STATIONS),
        (lineplan.plan_lines(None, None, own), PLAN_LINES),
        (lineplan.plan_hops(None, None, own, None, lineplan.published_hops(None)), PLAN_HOPS),
        (lineplan.plan_services(None, None, own), PLAN_SERVICES),
    ):
        assert schema.check(frame, maker="test").is_empty()


def test_without_lines_there_are_no_calls() -> None:
    own = lineplan.line_stations(None)
    hops = lineplan.plan_hops(None, None, own, None, lineplan.published_hops(None))
    services = lineplan.plan_services(None, None, own)
    assert CALLS.check(expanded(hops, services, *DAYS), maker="test").is_empty()


# ---- trips


def test_a_weekday_between_sundays_is_as_worked_by_hand(plan: Plan) -> None:
    calls = expanded(plan.hops(), plan.services(), "sunday", "weekday", "sunday")
    assert CALLS.check(calls, maker="test").height == calls.height
    # Yesterday's only trip, 08:00–08:32, does not reach midnight. Trips are numbered back first.
    back = [
        # From C: 20.5 minutes to B, 2 there, 11 to A: 33.5 in all.
        [("C station", t, t), ("B station", t + 20.5, t + 22.5), ("A station", t + 33.5, t + 33.5)]
        for t in (325, 355, 385)
    ]
    there = [
        # From A: 10 minutes to B, 2 there, 20.5 to C: 32.5 in all.
        [("A station", t, t), ("B station", t + 10, t + 12), ("C station", t + 32.5, t + 32.5)]
        # Tomorrow's 08:00 is at 24 · 60 + 480 = 1 920.
        for t in (310, 340, 370, 1920)
    ]
    assert shown(calls) == table([*back, *there])  # type: ignore[list-item]
    assert calls.select("board", "alight").rows()[:3] == [(1, 0), (1, 1), (0, 1)]
    assert set(calls["basis"]) == {"assumed"}


def test_where_only_boarding_is_allowed_there_only_alighting_is_on_the_way_back(plan: Plan) -> None:
    plan.write(LINE.replace("dwell = 2", 'dwell = 2, only = "board"'))
    calls = expanded(plan.hops(), plan.services(), "sunday", "weekday", "sunday")
    for stop, there, back in (("A station", (1, 0), (0, 1)), ("C station", (0, 1), (1, 0))):
        assert set(calls.filter(stop=stop).select("board", "alight").rows()) == {there, back}
    # The three trips back come first; in B one alights from them and boards the four there.
    middle = calls.filter(stop="B station").sort("trip").select("board", "alight").rows()
    assert middle == [(0, 1)] * 3 + [(1, 0)] * 4


def test_where_service_begins_along_the_line_the_first_trips_start_on_the_way(plan: Plan) -> None:
    every = 'until = "05:10", every = 10, ways = "there", along = true'
    plan.write(LINE.replace('until = "06:20", every = 30, back_from = "05:25"', every))
    calls = expanded(plan.hops(), plan.services(), "sunday", "weekday", "sunday")
    rows = calls.filter(pl.col("departure").is_between(5 * 3600, 6 * 3600))
    # A–B takes 10 minutes, B is left after 2, and C reached 20.5 later. The first train leaves A at 05:10.
    # One that left at 05:00 would leave B at 05:12, so it starts there: it may be boarded, not left, there.
    # One that left at 04:50 would leave B at 05:02, before service begins, and only reach C: it does not run.
    assert rows.select("trip", "position", "stop", "departure", "board", "alight").rows() == [
        (0, 0, "B station", 18_720, 1, 0),
        (0, 1, "C station", 18_720 + 1230, 0, 1),
        (1, 0, "A station", 18_600, 1, 0),
        (1, 1, "B station", 18_600 + 720, 1, 1),
        (1, 2, "C station", 18_600 + 720 + 1230, 0, 1),
    ]


def test_trips_past_midnight_belong_to_the_day_after_too(plan: Plan) -> None:
    calls = expanded(plan.hops(), plan.services(), "saturday", "sunday", "weekday").filter(
        pl.col("trip").is_in(range(2))
    )
    # Yesterday's 23:40 from C is at 1 420 − 1 440 = −20 and reaches B at 0.5, A at 13.5; 24:10 is at 10.
    assert shown(calls) == table(
        [
            [("C station", t, t), ("B station", t + 20.5, t + 22.5), ("A station", t + 33.5, t + 33.5)]  # type: ignore[list-item]
            for t in (-20, 10)
        ]
    )


def test_of_yesterday_only_trips_under_way_at_midnight_count(plan: Plan) -> None:
    plan.write(LINE.replace('from = "23:40", until = "24:10"', 'from = "23:20", until = "23:50"'))
    calls = expanded(plan.hops(), plan.services(), "saturday", "sunday", "sunday")
    starts = calls.filter(pl.col("position") == 0, pl.col("arrival") < 0)
    # From A it is 32.5 minutes: 23:20 ends at 23:52.5, 23:50 after midnight. From C 33.5: the same two.
    assert starts.select("stop", "arrival").rows() == [("C station", -600), ("A station", -600)]


def test_tomorrow_counts_until_noon(plan: Plan) -> None:
    plan.write(LINE.replace('from = "08:00", until = "08:00"', 'from = "11:00", until = "13:00"'))
    calls = expanded(plan.hops(), plan.services(), "sunday", "sunday", "sunday")
    starts = calls.filter(position=0)["departure"].to_list()
    # Today 11, 12 and 13; tomorrow 11 only, for 12:00 is noon: 24 + 11 = 35 hours.
    assert starts == [3600 * hour for hour in (11, 12, 13, 35)]


@pytest.mark.parametrize(
    ("kinds", "trips"),
    # Of today: six trips on weekdays, four on Saturdays, one on Sundays.
    [(("sunday", "weekday", "weekday"), 6), (("sunday", "saturday", "weekday"), 4), (("sunday",) * 3, 1)],
)
def test_each_kind_of_day_has_its_own_trips(plan: Plan, kinds: tuple[str, str, str], trips: int) -> None:
    calls = expanded(plan.hops(), plan.services(), *kinds)
    starts = calls.filter(pl.col("position") == 0, pl.col("departure").is_between(0, 90_000))
    assert starts.height == trips


def test_an_unknown_kind_of_day_is_refused(plan: Plan) -> None:
    with pytest.raises(
        DataError, match="'monday' is not a kind of day; write one of weekday, saturday, sunday"
    ):
        expanded(plan.hops(), plan.services(), "sunday", "monday", "weekday")


def test_departures_of_a_line_without_hops_are_refused(plan: Plan) -> None:
    with pytest.raises(DataError, match="'abc' has departures but no hops"):
        expanded(plan.hops().clear(), plan.services(), *DAYS)


def slow(hops: pl.DataFrame, services: pl.DataFrame, kinds: tuple[str, str, str]) -> set[tuple[Any, ...]]:
    """Every call, trip by trip and stop by stop."""
    found = set[tuple[Any, ...]]()
    for day, kind in enumerate(kinds, -1):
        for line, direction, days, first, last, headway, begins, _ in services.rows():
            if days != kind:
                continue
            own = [row for row in hops.sort("position").rows() if row[0] == line]
            if direction == "there":
                stops = [own[0][2], *(row[3] for row in own)]
                rides, waits = [row[4] for row in own], [row[6] for row in own]
            else:
                stops = [own[-1][3], *(row[2] for row in reversed(own))]
                rides, waits = [row[5] for row in reversed(own)], [*(row[6] for row in own[-2::-1]), 0]
            # Of a trip that would have left before the first one, what is left runs from the first minute on.
            sooner = range(first - headway, first - 5000, -headway) if begins == "along" else ()
            for start in (*sooner, *range(first, last + 1, headway)):
                clock = start + 1440.0 * day
                calls = [(line, direction, day, start, stops[0], clock * 60, clock * 60)]
                for stop, ride, wait in zip(stops[1:], rides, waits, strict=True):
                    calls.append(
                        (line, direction, day, start, stop, (clock + ride) * 60, (clock + ride + wait) * 60)
                    )
                    clock += ride + wait
                calls = [call for call in calls if call[6] >= 60 * (first + 1440 * day)]
                if len(calls) > 1 and calls[-1][5] >= 0 and 60 * (start + 1440 * day) < 129_600:
                    found.update((line, stop, at, gone) for line, _, _, _, stop, at, gone in calls)
    return found


MINUTES = st.integers(1, 400).map(lambda half: half / 2)


@st.composite
def plans(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame]:
    hops, services = [], []
    for line in draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True)):
        count = draw(st.integers(1, 4))
        for at in range(count):
            wait = draw(MINUTES) if at < count - 1 else 0.0
            minutes = (draw(MINUTES), draw(MINUTES), wait)
            allowed = draw(st.sampled_from(ALLOWED)) if at < count - 1 else "both"
            hops.append((line, at, f"{at}", f"{at + 1}", *minutes, allowed, "s", "observed"))
        for direction in ("there", "back"):
            first, more, headway = (
                draw(st.integers(0, 1500)),
                draw(st.integers(0, 5)),
                draw(st.integers(1, 200)),
            )
            day = draw(st.sampled_from(DAYS))
            begins = draw(st.sampled_from(BEGINS))
            last = first + more * headway
            services.append((line, direction, day, first, last, headway, begins, "estimated"))
    types = [
        {column.name: column.dtype for column in schema.columns} for schema in (PLAN_HOPS, PLAN_SERVICES)
    ]
    return pl.DataFrame(hops, types[0], orient="row"), pl.DataFrame(services, types[1], orient="row")


def test_a_trip_on_its_last_half_minute_as_the_service_opens_is_there() -> None:
    # Half a minute, a wait as long, half a minute; every minute from 08:00. The trip of 07:59 leaves the
    # middle at 08:00:00, and ends at 08:00:30.
    types = [
        {column.name: column.dtype for column in schema.columns} for schema in (PLAN_HOPS, PLAN_SERVICES)
    ]
    hops = [("b", at, f"{at}", f"{at + 1}", 0.5, 0.5, 0.5 - at / 2, "both", "s", "observed") for at in (0, 1)]
    services = [("b", "there", "weekday", 480, 480, 1, "along", "observed")]
    plan = pl.DataFrame(hops, types[0], orient="row"), pl.DataFrame(services, types[1], orient="row")
    calls = expanded(*plan, "sunday", "weekday", "sunday")
    assert calls.filter(trip=0).select("stop", "arrival", "departure").rows() == [
        ("1", 28_770, 28_800),
        ("2", 28_830, 28_830),
    ]


@settings(deadline=None, max_examples=60)
@given(plans(), st.tuples(*[st.sampled_from(DAYS)] * 3))
def test_trips_are_those_of_a_walk_stop_by_stop(
    plan: tuple[pl.DataFrame, pl.DataFrame], kinds: tuple[str, str, str]
) -> None:
    calls = expanded(*plan, *kinds)
    assert set(calls.select("line", "stop", "arrival", "departure").rows()) == slow(*plan, kinds)
    trips = calls["trip"].unique(maintain_order=True)
    assert trips.to_list() == list(range(trips.len()))
    hops, services = (frame.sample(fraction=1.0, shuffle=True, seed=7) for frame in plan)
    same = ["trip", "position", "line", "stop", "arrival", "departure"]
    assert expanded(hops, services, *kinds).select(same).equals(calls.select(same))


# ---- faults


def swapped(old: str, new: str) -> Callable[[Plan], None]:
    assert old in LINE
    return lambda plan: plan.write(LINE.replace(old, new))


FAULTS: list[tuple[Callable[[Plan], None], str]] = [
    (
        swapped("C station", "D station"),
        r"abc.toml: calls\[2\] \(D station\): unknown station; did you mean '",
    ),
    (swapped("C station", "A station"), r"calls\[2\] \(A station\): the station stands twice"),
    (
        swapped('{ station = "A station" }', '{ station = "A station", back = 2 }'),
        r"calls\[0\].* no hop leads",
    ),
    (swapped("minutes = 20.5", 'basis = "assumed"'), r"calls\[2\].*: minutes are missing; .* from B station"),
    (swapped("minutes = 20.5", "minutes = 0"), r"calls \(C station\): minutes = 0; give a run time above 0"),
    (swapped("back = 11", "back = -1"), r"calls \(B station\): back = -1; give a run time above 0"),
    # 11.12 km in 2 minutes is 334 km/h.
    (
        swapped("minutes = 20.5", "minutes = 2"),
        r"minutes = 2 for 11 km from B station is 334 km/h, above 320",
    ),
    (swapped("minutes = 20.5", "minutes = 1440"), r"calls: 1452 minutes from end to end; at most 1440"),
    (swapped("minutes = 20.5", "minutes = 20, dwell = 1"), r"calls\[2\].*: a terminus has no dwell"),
    (swapped("minutes = 20.5", 'minutes = 20, only = "board"'), r"calls\[2\].*: at a terminus one boards"),
    (swapped("dwell = 2", 'only = "leave"'), r"abc.toml: Invalid enum value 'leave'"),
    (swapped("dwell = 2", "dwell = 61"), r"calls\[1\].*: dwell is 61 minutes; give 0–60"),
    (swapped("dwell = 3", "dwell = -1"), r"abc.toml: dwell: -1 minutes; give 0–60"),
    (swapped('minutes = "B–C antagna"', ""), r"source.minutes: not every hop is observed; say what"),
    (swapped("every = 30, back", "every = 0, back"), r"services\[0\]: every = 0; give the minutes between"),
    (swapped('until = "06:20"', 'until = "05:00"'), r"services\[0\]: until = 05:00 lies before from = 05:10"),
    (swapped('"06:20"', '"06:60"'), r"services\[0\]: until = '06:60' is not a valid time; write 05:10"),
    (swapped('"05:25"', '"5.25"'), r"services\[0\]: back_from = '5.25' is not a valid time"),
    (
        swapped('["saturday"]', '["saturdy"]'),
        r"services\[1\]: days: unknown 'saturdy'; did you mean 'saturday'",
    ),
    (swapped('["saturday"]', "[]"), r"services\[1\]: days = \[\]; name each kind of day once"),
    (
        swapped('["saturday"]', '["sunday", "sunday"]'),
        r"services\[1\]: days = .*; name each kind of day once",
    ),
    (
        swapped(
            '{ days = ["saturday"]',
            '{ days = ["weekday"], from = "10:00", until = "11:00", every = 9, along = true }, '
            '{ days = ["saturday"]',
        ),
        r"services\[1\]: along is for the first service of a day; trips of services\[0\]",
    ),
    (
        swapped('ways = "there"', 'ways = "there", back_from = "09:00"'),
        r"services\[2\]: back_from has no use",
    ),
    (
        # Weekdays from 05:10 until 06:10, and again from 06:10.
        swapped('{ days = ["sunday"], from = "08:00"', '{ days = ["weekday"], from = "06:10"'),
        r"services\[2\]: overlaps services\[0\] \(there, weekday\): it begins 06:10, the other .* 06:10;",
    ),
    (lambda plan: plan.write(LINE, "b.toml"), r"b.toml: name 'A–B–C' is that of abc.toml too"),
    (lambda plan: plan.write(LINE, "Å 1.toml"), r"Å 1.toml: not the name of a line; write small letters"),
    (lambda plan: plan.write("x", "notes.txt"), r"notes.txt: not the name of a line"),
    (
        swapped("operator", "operater"),
        r"unknown key 'operater'; did you mean 'operator'",
    ),
    (swapped('mode = "rail"', 'mode = "train"'), r"abc.toml: Invalid enum value 'train'"),
    (swapped("dwell = 3", "dwell = inf"), r"'dwell' is inf; give a finite number"),
    (
        swapped("minutes = 10,", "minutes = 9,"),
        r"abc.toml: A station to B station is said to be observed as 9 minutes, but .* median of 10 min",
    ),
    (
        swapped("minutes = 20.5", 'minutes = 20.5, basis = "observed"'),
        r"C station to B station is said to be observed as 20.5 minutes, but .* has no train",
    ),
    (
        # Also where a hop before it is assumed.
        lambda plan: plan.write(
            LINE.replace(', basis = "observed"', ', basis = "assumed"').replace(
                "minutes = 20.5", 'minutes = 20.5, basis = "observed"'
            )
        ),
        r"C station to B station is said to be observed as 20.5 minutes, but .* has no train",
    ),
]


@pytest.mark.parametrize(("spoil", "message"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_named_with_its_file_key_and_remedy(
    plan: Plan, spoil: Callable[[Plan], None], message: str
) -> None:
    spoil(plan)
    with pytest.raises(SettingError, match=message):
        plan.hops()


def test_every_fault_of_every_file_is_reported_at_once(plan: Plan) -> None:
    plan.write(LINE.replace("every = 60", "every = 0").replace("B station", "X station"))
    plan.write(LINE.replace("dwell = 2", "dwell = -2"), "b.toml")
    with pytest.raises(SettingError) as error:
        plan.services()
    assert all(part in str(error.value) for part in ("services[2]: every = 0", "X station", "dwell is -2"))


def test_a_line_without_services_or_a_second_station_is_refused(plan: Plan) -> None:
    head, _, tail = LINE.partition("services = [")
    plan.write(head + "services = []\n[source]" + tail.partition("[source]")[2])
    with pytest.raises(SettingError, match="services: none; say when the line departs"):
        plan.services()
    rest = LINE.partition("services = [")[2]
    plan.write(head.partition("calls = [")[0] + 'calls = [{ station = "A station" }]\nservices = [' + rest)
    with pytest.raises(SettingError, match="calls: a line needs at least two stations"):
        plan.services()


def test_a_station_in_both_files_is_refused(plan: Plan, tmp_path: Path) -> None:
    own = tmp_path / "line_stations.csv"
    own.write_text("station,latitude,longitude,point,basis\nA station,59.0,17.0,x,assumed\n", "utf-8")
    with pytest.raises(SettingError, match=r"line_stations.csv: the station 'A station' already stands in"):
        lineplan.plan_stations(plan.lines, plan.stations, lineplan.line_stations(own))


def test_a_station_of_the_plan_alone_keeps_its_basis(plan: Plan, tmp_path: Path) -> None:
    own = tmp_path / "line_stations.csv"
    own.write_text("station,latitude,longitude,point,basis\nD station,59.3,17.0,x,assumed\n", "utf-8")
    plan.write(LINE.replace("C station", "D station"))
    stations = lineplan.plan_stations(plan.lines, plan.stations, lineplan.line_stations(own))
    assert stations.row(2) == ("D station", "D station", "D station", 59.3, 17.0, "assumed")


# ---- the bundled plan

OWN = lineplan.line_stations(FIGURES / "line_stations.csv")
PLACES = lineplan.plan_stations(LINES, STATIONS, OWN)
PLANNED = lineplan.plan_lines(LINES, STATIONS, OWN)
PUBLISHED = lineplan.published_hops(FIGURES / "published_hops.csv")
HOPS = lineplan.plan_hops(LINES, STATIONS, OWN, SEGMENTS, PUBLISHED)
SERVICES = lineplan.plan_services(LINES, STATIONS, OWN)
WEEKDAY = expanded(HOPS, SERVICES, "weekday", "weekday", "weekday")


@pytest.mark.parametrize(
    ("start", "end", "trains"),
    # In the open timetable of 2023-11-30, 8 of 30 SJ trains may be used from Stockholm to Södertälje Syd, and
    # 17 of 38 to Arlanda. The plan has 8 of sj-gavle-linkoping to both, and 8 of sj-dalarna to Arlanda.
    [("Stockholm Centralstation", "Södertälje Syd station", 8), ("Stockholm Centralstation", "Arlanda", 16)],
)
def test_trains_take_nobody_where_their_source_forbids_it(start: str, end: str, trains: int) -> None:
    own = PLANNED.filter(operator="SJ")["line"].implode()
    today = WEEKDAY.filter(pl.col("line").is_in(own), pl.col("departure").is_between(0, 86_399))
    on = today.filter(stop=start, board=1).join(
        today.filter(pl.col("stop").str.starts_with(end), alight=1), on="trip", suffix="_off"
    )
    assert on.filter(pl.col("position_off") > pl.col("position"))["trip"].n_unique() == trains


def test_the_bundled_plan_is_read_whole() -> None:
    assert set(PLANNED["line"]) == {path.stem for path in LINES.iterdir()}
    known = {("plan_lines", "line"): PLANNED["line"], ("plan_stations", "stop"): PLACES["stop"]}
    tables = (
        (PLAN_STATIONS, PLACES),
        (PLAN_LINES, PLANNED),
        (PLAN_HOPS, HOPS),
        (PLAN_SERVICES, SERVICES),
    )
    for schema, frame in tables:
        assert schema.check(frame, maker="test", known=known).height > 0
    lines = {("lines", "line"): PLANNED["line"], ("stops", "stop"): PLACES["stop"]}
    assert CALLS.check(WEEKDAY, maker="test", known=lines).height > 10_000


def test_every_bundled_line_and_hop_says_what_it_rests_on() -> None:
    assert PLANNED["source"].str.len_chars().min() > 20  # type: ignore[operator]
    assert HOPS["source"].str.len_chars().min() > 10  # type: ignore[operator]
    known = HOPS.filter(basis="observed")
    published = known.filter(pl.col("line").is_in(PUBLISHED["line"].implode()))
    assert set(known.join(published, on=["line", "position"], how="anti")["source"]) == {lineplan.SEGMENTS}
    assert set(published["source"]) <= set(PUBLISHED["source"])


def test_every_station_of_the_files_is_used_and_has_a_point() -> None:
    assert set(OWN["station"]) <= set(PLACES["stop"])
    assert set(PLACES["stop"]) == set(HOPS["from_stop"]) | set(HOPS["to_stop"])


def test_every_bundled_hop_has_a_speed_that_trains_have() -> None:
    points = {stop: (north, east) for stop, _, _, north, east, _ in PLACES.rows()}
    speeds = {
        (line, start, end): 60 * distances(*points[start], *points[end])[0] / minutes
        for line, _, start, end, *both, _, _, _, _ in HOPS.rows()
        for minutes in both
    }
    local = set(PLANNED.filter(pl.col("mode") != "rail")["line"]) | {"roslagsbanan-28", "arlanda-express"}
    least = {hop: 10 if hop[0] in local else 20 for hop in speeds}
    assert {hop: round(speed) for hop, speed in speeds.items() if not least[hop] <= speed <= 250} == {}


def direct(calls: pl.DataFrame, start: str, end: str) -> pl.Series:
    """Minutes of every direct train of the day from one stop to another."""
    later = calls.filter(stop=end)
    both = (
        calls.filter(stop=start)
        .join(later, on="trip", suffix="_end")
        .filter(pl.col("position") < pl.col("position_end"), pl.col("departure").is_between(0, 86_399))
    )
    return both.select((pl.col("arrival_end") - pl.col("departure")) / 60).to_series()


C = "Centralstation"


@pytest.mark.parametrize(
    ("start", "end", "least", "most"),
    # What travellers know, and what the open timetable has of the same journeys.
    [
        (f"Uppsala {C}", f"Stockholm {C}", 37, 40),
        (f"Västerås {C}", f"Stockholm {C}", 55, 60),
        (f"Örebro {C}", f"Stockholm {C}", 105, 120),
        (f"Eskilstuna {C}", f"Stockholm {C}", 60, 70),
        (f"Nyköping {C}", f"Stockholm {C}", 58, 66),
        (f"Norrköping {C}", f"Stockholm {C}", 71, 90),
        (f"Linköping {C}", f"Stockholm {C}", 96, 115),
        (f"Gävle {C}", f"Stockholm {C}", 80, 95),
        (f"Eskilstuna {C}", f"Västerås {C}", 28, 35),
        (f"Västerås {C}", f"Uppsala {C}", 70, 95),
        (f"Uppsala {C}", f"Gävle {C}", 42, 75),
        ("Södertälje centrum", "Stockholm City", 40, 48),
        ("Märsta station", "Stockholm City", 36, 44),
        ("Jakobsberg station", "Stockholm City", 18, 25),
        ("Häggvik station", "Stockholm City", 16, 22),
        ("Flemingsberg station", "Stockholm City", 17, 24),
    ],
)
def test_typical_times_between_nodes_are_those_that_travellers_know(
    start: str, end: str, least: float, most: float
) -> None:
    minutes = direct(WEEKDAY, start, end)
    assert minutes.len() >= 10
    assert least <= minutes.median() <= most  # type: ignore[operator]


@pytest.mark.parametrize(
    ("line", "minutes"),
    # Published end to end: 1 h 41 min, 1 h 24 min, 1 h 45 min and 24 min; of the metro by station pages after
    # sl.se; Roslagsbanan to Kårsta about 50 minutes and Tvärbanan about 50.
    [
        *(("sl-40", 101), ("sl-41", 84), ("sl-43", 105), ("sl-48", 24)),
        *(("sl-10", 23), ("sl-11", 23), ("sl-13", 44), ("sl-14", 33), ("sl-17", 39), ("sl-18", 37)),
        *(("sl-19", 55), ("roslagsbanan-27", 50), ("tvarbanan-30", 50)),
    ],
)
def test_commuter_lines_take_their_published_time(line: str, minutes: float) -> None:
    hops = HOPS.filter(line=line)
    taken = hops.select(pl.col("minutes").sum() + pl.col("dwell").sum()).item()
    assert taken == pytest.approx(minutes, abs=0.5)


def test_a_line_with_published_minutes_is_held_to_them(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "published_hops.csv"
    head = "line,from_station,to_station,minutes,minutes_back,source,basis\n"
    file.write_text(head + "abc,A station,B station,10,11,Tidtabell,observed\n", "utf-8")
    plan.published = lineplan.published_hops(file)
    assert plan.hops()["source"].to_list() == ["Tidtabell", "B–C antagna"]
    file.write_text(head + "abc,A station,B station,9,11,Tidtabell,observed\n", "utf-8")
    plan.published = lineplan.published_hops(file)
    with pytest.raises(SettingError, match=r"A station to B station takes 10 and 11 minutes .* 9 and 11"):
        plan.hops()
    file.write_text(head + "abc,B station,C station,20.5,20.5,Tidtabell,observed\n", "utf-8")
    plan.published = lineplan.published_hops(file)
    with pytest.raises(SettingError, match="A station to B station is said to be observed, but"):
        plan.hops()


def test_the_plan_is_mirrored_about_the_whole_hour() -> None:
    """What leaves a station some minutes after the hour arrives there as many before it, on the way back."""
    length = HOPS.group_by("line").agg(pl.col("minutes").sum() + pl.col("dwell").sum())
    ways = SERVICES.filter(pl.col("headway") >= 20).join(length, on="line")
    there, back = ways.filter(direction="there"), ways.filter(direction="back")
    both = there.join(back, on=["line", "days", "headway", "last"], how="full").height
    assert both >= there.height
    for line, days, first, headway, minutes in there.select(
        "line", "days", "first", "headway", "minutes"
    ).rows():
        starts = back.filter(line=line, days=days, headway=headway)["first"].to_list()
        apart = [(first + minutes + start) % headway for start in starts]
        assert any(min(one, headway - one) <= 1 for one in apart), (line, days, starts)


def test_estimated_headways_make_about_as_many_trains_as_ran() -> None:
    segments = figurefile.read(SEGMENTS, RAIL_SEGMENTS)
    ran = {(start, end): count for start, end, count, _, _ in segments.rows()}
    # Lines that the open timetable has; it counts portions of one train twice, so a third is allowed.
    lines = set(PLANNED.filter(pl.col("line").str.contains("^(sj|malarbanan|tag-i-bergslagen)-"))["line"])
    assert len(lines) == 16
    starts = WEEKDAY.filter(position=0).filter(pl.col("departure").is_between(0, 86_399))["trip"]
    calls = WEEKDAY.filter(pl.col("trip").is_in(starts.implode()), pl.col("line").is_in(lines))
    hops = calls.select(pl.col("stop").shift(1).over("trip").alias("start"), "stop").drop_nulls()
    planned = {(start, end): count for start, end, count in hops.group_by("start", "stop").len().rows()}
    far = {
        ends: (count, ran[ends])
        for ends, count in planned.items()
        if abs(count - ran[ends]) > max(3, ran[ends] / 3)
    }
    assert far == {}


def differences() -> str:
    """The hops that differ by more than a tenth from the open timetable, as a table of the page."""
    segments = figurefile.read(SEGMENTS, RAIL_SEGMENTS)
    medians = {(start, end): median for start, end, _, median, _ in segments.rows()}
    trains = {(start, end): count for start, end, count, _, _ in segments.rows()}
    rows = ["| line | from | to | plan, min | median, min | trains |", "|---|---|---|---|---|---|"]
    for line, _, start, end, there, back, *_ in HOPS.sort("line", "position").rows():
        for ends, minutes in (((start, end), there), ((end, start), back)):
            median = medians.get(ends)
            if median is not None and abs(minutes - median) > 0.1 * median:
                rows.append(f"| {line} | {' | '.join(ends)} | {minutes:g} | {median:g} | {trains[ends]} |")
    return "\n".join(rows)


def test_the_page_lists_where_the_plan_differs_from_the_open_timetable() -> None:
    text = PAGE.read_text("utf-8")
    listed = text.partition("<!-- differences -->\n")[2].partition("\n<!-- /differences -->")[0]
    assert listed == differences(), "put the right side between the marks on the page"


# ---- the scenarios made on it


def after(name: str) -> pl.DataFrame:
    """The weekday's calls with a bundled scenario's operations made."""
    made = scenario.read(GROUP, name).assumptions["timetable_operations"]["made"]
    operations = msgspec.convert(made, tuple[Operation, ...])
    return operated(WEEKDAY, PLANNED, PLACES, operations).calls


@pytest.mark.parametrize(
    ("name", "start", "end", "published"),
    [
        ("ostlanken", f"Stockholm {C}", "Vagnhärad station", 10),
        ("ostlanken", f"Stockholm {C}", f"Nyköping {C}", 20),
        ("ostlanken", f"Stockholm {C}", f"Norrköping {C}", 30),
        ("ostlanken", f"Stockholm {C}", f"Linköping {C}", 40),
        ("ostlanken", f"Linköping {C}", f"Stockholm {C}", 40),
        ("malarbanan-orebro", f"Västerås {C}", f"Stockholm {C}", 10),
        ("malarbanan-orebro", f"Västerås {C}", f"Örebro {C}", 10),
        # The trains by Eskilstuna are no faster; those by Västerås are 20 minutes less.
        ("ostlanken", f"Stockholm {C}", f"Örebro {C}", 0),
    ],
)
def test_a_scenario_gains_what_is_published(name: str, start: str, end: str, published: float) -> None:
    before, now = direct(WEEKDAY, start, end).median(), direct(after(name), start, end).median()
    assert before - now == pytest.approx(published, abs=3)  # type: ignore[operator]


def test_the_fastest_train_to_orebro_gains_twenty_minutes() -> None:
    ends = (f"Stockholm {C}", f"Örebro {C}")
    assert direct(WEEKDAY, *ends).min() - direct(after("malarbanan-orebro"), *ends).min() == 20  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "start", "end", "published"),
    [
        # 2 h 55 min.
        ("oslo-sthlm", f"Stockholm {C}", "Oslo S", 175),
        ("oslo-sthlm", "Oslo S", f"Stockholm {C}", 175),
        ("aroslanken", f"Västerås {C}", f"Uppsala {C}", 40),
        ("aroslanken", f"Västerås {C}", f"Arlanda {C}", 55),
    ],
)
def test_a_new_line_takes_what_is_published(name: str, start: str, end: str, published: float) -> None:
    assert direct(after(name), start, end).min() == published


@pytest.mark.parametrize("name", ["ostlanken", "malarbanan-orebro"])
def test_a_scenario_of_speed_makes_no_train_faster_than_the_tracks_allow(name: str) -> None:
    points = {stop: (north, east) for stop, _, _, north, east, _ in PLACES.rows()}
    run = pl.col("arrival") - pl.col("departure").shift(1).over("trip")
    runs = (
        after(name).select("stop", run=run, start=pl.col("stop").shift(1).over("trip")).drop_nulls().unique()
    )
    fastest = max(
        3600 * distances(*points[start], *points[stop])[0] / seconds for stop, seconds, start in runs.rows()
    )
    assert fastest <= 250


@pytest.mark.parametrize("every", ["1", "1440"])
def test_departures_may_be_a_minute_or_a_day_apart(plan: Plan, every: str) -> None:
    plan.write(LINE.replace("every = 60", f"every = {every}"))
    assert int(every) in {row[5] for row in plan.services().rows()}


def test_a_file_that_cannot_be_read_hides_no_fault_of_another(plan: Plan) -> None:
    plan.write("name = 3\n", "a.toml")
    plan.write("name = 4\n", "Not-a-code.toml")
    plan.write(LINE.replace("every = 60", "every = 0"))
    with pytest.raises(SettingError) as error:
        plan.services()
    assert all(part in str(error.value) for part in ("a.toml", "Not-a-code.toml", "services[2]: every = 0"))


def test_what_is_observed_throughout_stays_observed() -> None:
    """As where a line plan is typed from a published timetable; one hop that is not makes the line so."""
    hops = pl.DataFrame(
        [("x", 0, "A", "B", 10.0, 10.0, 0.0, "both", "s", "observed")],
        schema=[column.name for column in PLAN_HOPS.columns],
        orient="row",
    )
    services = pl.DataFrame(
        [("x", "there", "weekday", 480, 480, 60, "terminus", "observed")],
        schema=[column.name for column in PLAN_SERVICES.columns],
        orient="row",
    )
    for basis in ("observed", "estimated", "assumed"):
        made = expanded(hops.with_columns(basis=pl.lit(basis)), services, "weekday", "weekday", "weekday")
        assert set(made["basis"]) == {basis}
