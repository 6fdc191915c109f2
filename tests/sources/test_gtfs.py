from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storregion.cli import main
from storregion.core.errors import CallError, DataError, SettingError
from storregion.sources import gtfs
from storregion.sources.gtfs import chains
from storregion.sources.gtfs.day import Feed
from storregion.sources.gtfs.tables import TABLES
from storregion.sources.gtfs.trips import mode
from storregion.timetable import tables
from storregion.timetable.travel_rules import travel_rules

Writer = Callable[..., Path]
DAY = date(2026, 6, 3)
TIMES = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n"
ONE_TRIP = "route_id,service_id,trip_id,block_id\nR,W,T1,\n"
STATED = "from_stop_id,to_stop_id,transfer_type,min_transfer_time\n"
WEEK = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"


def found(feed: Feed) -> list[tuple[str, str, str, int, tuple[int, ...]]]:
    return [(f.severity, f.code, f.file, f.count, f.rows) for f in feed.report.faults]


def rows(feed: Feed, *columns: str) -> list[tuple[object, ...]]:
    return feed.calls.select(columns).rows()


def refused(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        gtfs.read(path, DAY)
    return str(caught.value)


def fits(feed: Feed) -> None:
    """Every table is as its schema says, its codes known to the others."""
    known = {("stops", "stop"): feed.stops["stop"], ("lines", "line"): feed.lines["line"]}
    for schema, frame in (
        (tables.FEED_STOPS, feed.stops),
        (tables.FEED_LINES, feed.lines),
        (tables.FEED_CALLS, feed.calls),
        (tables.FEED_CHANGES, feed.changes),
        (tables.FEED_DAYS, feed.days),
    ):
        assert schema.check(frame, maker="read", known=known).columns == frame.columns


# ---- what the standard allows

ALLOWED = {
    "stops.txt": {"stop_lat": (-90, 90), "stop_lon": (-180, 180), "location_type": (0, 4)},
    "stop_times.txt": {"pickup_type": (0, 3), "drop_off_type": (0, 3), "timepoint": (0, 1)},
    "calendar.txt": dict.fromkeys(WEEK.split(","), (0, 1)),
    "calendar_dates.txt": {"exception_type": (1, 2)},
    "frequencies.txt": {"exact_times": (0, 1)},
    "transfers.txt": {"transfer_type": (0, 5)},
}
"""The least and the greatest number of fields that hold a choice or a coordinate, by the GTFS reference."""


@pytest.mark.parametrize("file", sorted(ALLOWED))
def test_numbers_are_those_that_the_standard_allows(file: str) -> None:
    used = TABLES[file].used
    for field, limits in ALLOWED[file].items():
        form = used[field]
        assert form is not None
        assert (form.least, form.most) == limits, field


# ---- a feed that is well


def test_a_feed_is_read_whole(folder: Writer) -> None:
    feed = gtfs.read(folder(), DAY)
    fits(feed)
    assert found(feed) == []
    assert feed.stops.select("stop", "name", "station").rows() == [
        ("S", "Staden", "S"),
        ("S1", "Staden", "S"),
        ("S2", "Staden", "S"),
        ("B", "Byn", "B"),
        ("C", "Berget", "C"),
    ]
    assert feed.lines.row(0) == ("R", "1", "rail", "Bolaget", "Bolaget (feed)", "feed", "observed")
    # Yesterday's T2 left at 23:50 and arrives at 0:10: −600 and 600. Tomorrow's T1 leaves at 8:00 + 24 h =
    # 115 200; tomorrow's T2 leaves after noon and is not there.
    assert rows(feed, "trip", "position", "stop", "arrival", "departure") == [
        (0, 0, "C", -600, -600),
        (0, 1, "S2", 600, 600),
        (1, 0, "S1", 28800, 28800),
        (1, 1, "B", 29400, 29460),
        (1, 2, "C", 30000, 30000),
        (2, 0, "C", 85800, 85800),
        (2, 1, "S2", 87000, 87000),
        (3, 0, "S1", 115200, 115200),
        (3, 1, "B", 115800, 115860),
        (3, 2, "C", 116400, 116400),
    ]
    # Of the day itself: T1 with three calls and T2 with two.
    assert feed.days.row(0) == (
        *("feed", "Bolaget", "2026-06-03", "2026-01-01", "2026-12-31"),
        *(2, 5, "observed"),
    )


@pytest.mark.parametrize("inside", ["", "feed/"])
def test_a_zip_is_read_as_a_folder_is(folder: Writer, zipped: Writer, inside: str) -> None:
    a, b = gtfs.read(folder("feed"), DAY), gtfs.read(zipped("feed", inside), DAY)
    assert a.calls.equals(b.calls)
    assert a.stops.equals(b.stops)


def untidy(text: str) -> str:
    """The same table with a byte order mark, spaces, line ends of Windows and a column without a name."""
    lines = [f"{at}, " + " , ".join(line.split(",")) for at, line in enumerate(text.splitlines())]
    lines[0] = "," + lines[0].partition(", ")[2]
    return "\ufeff" + "\r\n".join(lines)


def test_byte_order_marks_spaces_and_line_ends_make_no_difference(folder: Writer) -> None:
    plain = folder("plain")
    tables = {file.stem: untidy(file.read_text()) for file in plain.iterdir()}
    feed = gtfs.read(folder("untidy", **tables), DAY)
    assert feed.calls.equals(gtfs.read(plain, DAY).calls)
    assert [(code, rows) for _, code, _, _, rows in found(feed)] == [("empty_column_name", (1,))] * 6


def test_quoted_cells_are_read(folder: Writer) -> None:
    stops = 'stop_id,stop_name,stop_lat,stop_lon\nS1,"Byn, ""norra""\ndelen",59,16\n'
    stops += 'S2,b,59,16\nB,b,59,16\nC,"c",59,16\n'
    assert gtfs.read(folder(stops=stops), DAY).stops["name"][0] == 'Byn, "norra"\ndelen'


def test_a_bare_quotation_mark_takes_no_line_with_it(folder: Writer) -> None:
    # Two marks in a column that is not used: a parser that opens a cell at the first loses the second call.
    times = TIMES.replace("\n", ",stop_headsign\n") + (
        'T1,8:00:00,8:00:00,S1,1,Mot 5" hill\nT1,8:10:00,8:11:00,B,2,Mot 5" hill\nT1,8:20:00,8:20:00,C,3,\n'
    )
    feed = gtfs.read(folder(stop_times=times, trips=ONE_TRIP), DAY)
    assert feed.calls.filter(pl.col("trip") == 0)["stop"].to_list() == ["S1", "B", "C"]


def test_a_mark_that_hides_whole_rows_is_named_with_its_row(folder: Writer) -> None:
    times = TIMES.replace("\n", ",stop_headsign\n") + (
        'T1,8:00:00,8:00:00,S1,1,"Mot\nT1,8:10:00,8:11:00,B,2,norr"\nT1,8:20:00,8:20:00,C,3,\n'
    )
    said = refused(folder(stop_times=times, trips=ONE_TRIP))
    assert "csv_parsing_failed: feed/stop_times.txt row 2 " in said
    assert "holds whole rows of the table" in said


# ---- the day


def test_days_come_from_dates_alone(folder: Writer) -> None:
    dates = "service_id,date,exception_type\nW,20260602,1\nW,20260610,1\n"
    path = folder(calendar=None, calendar_dates=dates)
    feed = gtfs.read(path, date(2026, 6, 2))
    # Neither the day before nor the day after has service: T1 and T2 once each.
    assert feed.calls["trip"].n_unique() == 2
    assert feed.days.select("first_day", "last_day").row(0) == ("2026-06-02", "2026-06-10")
    with pytest.raises(
        DataError, match=r"from 2026-06-02 to 2026-06-10, and the nearest day .* is 2026-06-02"
    ):
        gtfs.read(path, DAY)


def test_a_service_of_a_single_day_runs_on_it(folder: Writer) -> None:
    # Wednesday 3 June 2026, the first day of the service and its last.
    calendar = f"service_id,{WEEK},start_date,end_date\nW,1,1,1,1,1,1,1,20260603,20260603\n"
    assert [day.day for day in gtfs.check(folder(calendar=calendar)).days] == [3]


def test_dates_add_to_weekdays_and_take_from_them(folder: Writer) -> None:
    # Mondays in June 2026 are 1, 8, 15, 22 and 29. The 8th is taken out, Sunday the 14th added.
    calendar = f"service_id,{WEEK},start_date,end_date\nW,1,0,0,0,0,0,0,20260601,20260630\n"
    dates = "service_id,date,exception_type\nW,20260608,2\nW,20260614,1\nW,20260609,2\nW,20260615,1\n"
    days = gtfs.check(folder(calendar=calendar, calendar_dates=dates)).days
    assert [day.day for day in days] == [1, 14, 15, 22, 29]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_days_are_those_counted_one_by_one(tmp_path: Path, data: st.DataObject) -> None:
    from storregion.sources.gtfs.days import Calendar
    from storregion.sources.gtfs.tables import WEEK as NAMES

    days = st.dates(date(2026, 1, 1), date(2026, 2, 15))
    flags = st.lists(st.integers(0, 1), min_size=7, max_size=7)
    spans = data.draw(st.lists(st.tuples(days, days, flags), max_size=4))
    changed = data.draw(
        st.lists(st.tuples(st.sampled_from("0123x"), days, st.integers(1, 2)), unique_by=lambda x: x[:2])
    )
    regular = [
        {
            "service_id": str(n),
            "start_date": min(a, b),
            "end_date": max(a, b),
            **dict(zip(NAMES, f, strict=True)),
        }
        for n, (a, b, f) in enumerate(spans)
    ]
    schema = {
        "service_id": pl.String,
        "start_date": pl.Date,
        "end_date": pl.Date,
        **dict.fromkeys(NAMES, pl.Int64),
    }
    calendar = Calendar(
        pl.DataFrame(regular, schema=schema),
        pl.DataFrame(changed, schema=["service_id", "date", "exception_type"], orient="row").cast(
            {"service_id": pl.String, "date": pl.Date, "exception_type": pl.Int64}
        ),
    )
    expected = []
    for day in pl.date_range(date(2026, 1, 1), date(2026, 2, 15), eager=True):
        running = {
            r["service_id"]
            for r in regular
            if r["start_date"] <= day <= r["end_date"] and r[NAMES[day.weekday()]]
        }
        running |= {s for s, d, kind in changed if d == day and kind == 1}
        running -= {s for s, d, kind in changed if d == day and kind == 2}
        assert set(calendar.running(day)) == running
        expected += [day] if running else []
    assert calendar.days() == expected


@pytest.mark.parametrize(
    ("day", "hours_at_eight"), [(date(2026, 3, 28), 8), (date(2026, 3, 29), 7), (date(2026, 10, 25), 9)]
)
def test_seconds_are_elapsed_time_when_clocks_change(folder: Writer, day: date, hours_at_eight: int) -> None:
    # Clocks go from 2 to 3 on 29 March 2026, and from 3 to 2 on 25 October: eight o'clock is seven and
    # nine hours after midnight.
    calls = gtfs.read(folder(), day).calls
    eight = calls.filter((pl.col("stop") == "S1") & (pl.col("departure") < 86_400))
    assert eight["departure"].to_list() == [hours_at_eight * 3600]


def test_the_day_before_and_after_keep_their_own_clocks(folder: Writer) -> None:
    # On 28 March the day after loses an hour. Its eight o'clock is 24 + 7 hours after midnight.
    calls = gtfs.read(folder(), date(2026, 3, 28)).calls
    assert calls.filter(pl.col("stop") == "S1")["departure"].to_list() == [8 * 3600, 31 * 3600]
    # On 29 March yesterday's trip of 23:50 left ten minutes before midnight, as on any other day.
    assert gtfs.read(folder("again"), date(2026, 3, 29)).calls["departure"][0] == -600


def test_trips_of_two_days_before_still_run(folder: Writer) -> None:
    # 49:00 is one in the morning two days later: 176 400 − 172 800 = 3 600.
    times = TIMES + "T1,23:00:00,23:00:00,S1,1\nT1,49:00:00,49:00:00,C,2\n"
    feed = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY)
    assert feed.calls.filter(pl.col("stop") == "C")["arrival"].to_list() == [3600, 90000, 176400]
    fits(feed)


def test_a_day_outside_the_calendar_is_refused(folder: Writer) -> None:
    with pytest.raises(
        DataError, match=r"no service on 2027-01-02; it has from 2026-01-01 to 2026-12-31, and .* 2026-12-31"
    ):
        gtfs.read(folder(), date(2027, 1, 2))


def test_a_feed_without_calendar_is_refused(folder: Writer) -> None:
    assert "missing_calendar_and_calendar_date_files" in refused(folder(calendar=None))


@pytest.mark.parametrize("zones", ["Europe/Nowhere", "../secret", "A\nB,b,u,Europe/Oslo"])
def test_time_zones_must_be_one_that_is_known(folder: Writer, zones: str) -> None:
    text = refused(folder(agency=f"agency_id,agency_name,agency_url,agency_timezone\nA,a,u,{zones}\n"))
    assert "invalid_timezone" in text or "inconsistent_agency_timezone" in text


# ---- times


def test_blank_times_are_reckoned_by_order(folder: Writer) -> None:
    # From 8:00:00 at the first to 8:30:00 at the fourth of four calls: ten minutes each.
    times = TIMES + "T1,8:00:00,8:00:00,S1,1\nT1,,,B,5\nT1,,,C,6\nT1,8:30:00,8:30:00,S2,9\n"
    feed = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY)
    assert feed.calls["arrival"][:4].to_list() == [28800, 29400, 30000, 30600]
    assert feed.calls["basis"][:4].to_list() == ["observed", "estimated", "estimated", "observed"]
    assert found(feed) == [("info", "interpolated_time", "stop_times.txt", 2, (3, 4))]


def test_blank_times_are_reckoned_by_the_way_where_it_is_known(folder: Writer) -> None:
    # 30 minutes over 10 km; the call at 2 km comes after 6 minutes, that at 10 km of 10 with the last.
    times = TIMES.replace("\n", ",shape_dist_traveled\n") + (
        "T1,8:00:00,8:00:00,S1,1,0\nT1,,,B,2,2\nT1,,,C,3,10\nT1,8:30:00,8:30:00,S2,4,10\n"
    )
    calls = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY).calls
    assert calls["arrival"][:4].to_list() == [28800, 29160, 30600, 30600]
    assert calls["departure"][:4].to_list() == [28800, 29160, 30600, 30600]


def test_where_some_calls_have_no_way_all_blank_times_follow_from_order(folder: Writer) -> None:
    # As above, but how far the vehicle has come at the third of four calls is not known.
    times = TIMES.replace("\n", ",shape_dist_traveled\n") + (
        "T1,8:00:00,8:00:00,S1,1,0\nT1,,,B,2,2\nT1,,,C,3,\nT1,8:30:00,8:30:00,S2,4,10\n"
    )
    calls = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY).calls
    assert calls["arrival"][:4].to_list() == [28800, 29400, 30000, 30600]


@pytest.mark.parametrize(("leaves", "trips"), [("11:59:59", 2), ("12:00:00", 1)])
def test_tomorrows_trips_are_those_that_leave_before_noon(folder: Writer, leaves: str, trips: int) -> None:
    times = TIMES + f"T1,{leaves},{leaves},S1,1\nT1,12:30:00,12:30:00,B,2\n"
    assert gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY).calls["trip"].n_unique() == trips


def test_a_dwell_before_a_blank_time_is_no_part_of_the_run(folder: Writer) -> None:
    """The vehicle stands at the first from 8:00 to 8:10, reaches the third at 8:30 and stands there: it is
    at the second half way of those 20 minutes, 8:20, whatever it waits before and after."""
    times = TIMES + "T1,8:00:00,8:10:00,S1,1\nT1,,,B,2\nT1,8:30:00,8:50:00,S2,3\n"
    calls = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY).calls
    assert calls["arrival"][:3].to_list() == [28800, 30000, 30600]
    assert calls["departure"][:3].to_list() == [29400, 30000, 31800]


def test_one_time_of_two_is_taken_for_both(folder: Writer) -> None:
    times = TIMES + "T1,,8:00:00,S1,1\nT1,8:10:00,,B,2\n"
    feed = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY)
    assert rows(feed, "arrival", "departure")[:2] == [(28800, 28800), (29400, 29400)]
    assert feed.report.count("stop_time_with_only_arrival_or_departure_time") == 2


def test_rows_may_stand_in_any_order(folder: Writer) -> None:
    head, *lines = Path(folder("plain") / "stop_times.txt").read_text().splitlines()
    turned = "\n".join([head, *reversed(lines)])
    assert gtfs.read(folder(stop_times=turned), DAY).calls.equals(gtfs.read(folder("b"), DAY).calls)


def test_times_that_run_backwards_are_refused_each_with_its_row(folder: Writer) -> None:
    times = TIMES + "T1,8:00:00,8:00:00,S1,1\nT1,7:50:00,7:55:00,B,2\nT1,9:00:00,8:59:00,C,3\n"
    path = folder(trips=ONE_TRIP, stop_times=times)
    text = refused(path)
    assert "stop_time_with_arrival_before_previous_departure_time: feed/stop_times.txt row 3 (1 ×)" in text
    assert "start_and_end_range_out_of_order: feed/stop_times.txt row 4 (1 ×)" in text
    assert len(gtfs.check(path).report.of("error")) == 2


def test_a_blank_time_hides_no_step_backwards(folder: Writer) -> None:
    times = TIMES + "T1,8:00:00,8:00:00,S1,1\nT1,,,B,2\nT1,7:00:00,7:00:00,C,3\n"
    assert "row 4 (1 ×)" in refused(folder(trips=ONE_TRIP, stop_times=times))


@pytest.mark.parametrize(
    ("number", "seconds", "usable"),
    [
        # 60 km in a straight line along a meridian. A minute is allowed for rounding, so a train, at most
        # 500 km/h, needs 60 / 500 h = 432 s less 60 s = 372 s; a bus, at most 150 km/h, 1440 − 60 = 1380 s.
        (100, 0, False),
        (100, 371, False),
        (100, 373, True),
        (700, 1379, False),
        (700, 1381, True),
    ],
)
def test_a_trip_faster_than_any_vehicle_is_left_out(
    folder: Writer, number: int, seconds: int, usable: bool
) -> None:
    # A degree of a meridian is 6371.0088 km · π / 180 = 111.195080 km.
    stops = f"stop_id,stop_name,stop_lat,stop_lon\nA,A,59,16\nB,B,{59 + 60 / 111.195080:.9f},16\n"
    there = f"8:{seconds // 60:02}:{seconds % 60:02}"
    path = folder(
        stops=stops,
        routes=f"route_id,route_short_name,route_type\nR,R,{number}\n",
        stop_times=f"{TIMES}T1,8:00:00,8:00:00,A,1\nT1,{there},{there},B,2\n"
        "T2,8:00:00,8:00:00,A,1\nT2,9:00:00,9:00:00,B,2\n",
    )
    fault = ("warning", "fast_travel_between_consecutive_stops", "trips.txt", 1, (2,))
    feed = gtfs.read(path, DAY)
    assert (fault not in found(feed)) == usable
    assert feed.days["trips"].to_list() == [2 if usable else 1]


def test_approximate_times_are_not_judged_by_speed(folder: Writer) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\nA,A,59,16\nB,B,60,16\n"
    times = TIMES.replace("\n", ",timepoint\n") + "T1,8:00:00,8:00:00,A,1,1\nT1,8:00:00,8:00:00,B,2,0\n"
    feed = gtfs.read(folder(stops=stops, trips=ONE_TRIP, stop_times=times), DAY)
    assert feed.days["trips"].item() == 1
    # The row of the approximate time is named, and not that of the other.
    assert ("info", "approximate_time", "stop_times.txt", 1, (3,)) in found(feed)


def test_a_feed_without_any_call_is_refused(folder: Writer) -> None:
    assert "no_usable_trip: feed/stop_times.txt" in refused(folder(stop_times=TIMES))


def test_a_feed_whose_trips_never_run_is_refused(folder: Writer) -> None:
    calendar = f"service_id,{WEEK},start_date,end_date\nW,0,0,0,0,0,0,0,20260101,20261231\n"
    assert "no_service_dates" in refused(folder(calendar=calendar))


@pytest.mark.parametrize("time", ["8:00", "8:60:00", "-1:00:00", "8.00.00", "73:00:00", "x"])
def test_words_that_are_no_times_are_refused(folder: Writer, time: str) -> None:
    times = TIMES + f"T1,{time},8:00:00,S1,1\nT1,8:10:00,8:10:00,B,2\n"
    assert f"invalid_time: feed/stop_times.txt row 2 (1 ×): arrival_time '{time}'" in refused(
        folder(stop_times=times)
    )


# ---- faults that leave something out


@pytest.mark.parametrize(
    ("changes", "fault", "trips"),
    [
        (
            {"trips": "route_id,service_id,trip_id\nR,W,T1\nR,X,T2\n"},
            ("warning", "foreign_key_violation", "trips.txt", 1, (3,)),
            1,
        ),
        (
            {"trips": "route_id,service_id,trip_id\nR,W,T1\nQ,W,T2\n"},
            ("warning", "foreign_key_violation", "trips.txt", 1, (3,)),
            1,
        ),
        ({"trips": ONE_TRIP}, ("warning", "foreign_key_violation", "stop_times.txt", 2, (5, 6)), 1),
        (
            {"trips": ONE_TRIP + "R,W,T2,\nR,W,T3,\n"},
            ("warning", "unusable_trip", "trips.txt", 1, (4,)),
            2,
        ),
        (
            {"trips": ONE_TRIP + "R,W,T2,\nR,W,T2,\n"},
            ("warning", "duplicate_key", "trips.txt", 1, (4,)),
            2,
        ),
        (
            {"routes": "route_id,route_short_name,route_type\nR,1,1501\n", "trips": ONE_TRIP + "Q,W,T2,\n"},
            ("info", "on_demand_trip", "trips.txt", 1, (2,)),
            0,
        ),
    ],
)
def test_a_faulty_trip_alone_is_left_out(
    folder: Writer, changes: dict[str, str], fault: tuple[object, ...], trips: int
) -> None:
    path = folder(**changes)
    assert fault in [(f.severity, f.code, f.file, f.count, f.rows) for f in gtfs.check(path).report.faults]
    if trips:
        assert gtfs.read(path, DAY).days["trips"].to_list() == [trips]
    else:
        with pytest.raises(DataError, match="no_usable_trip"):
            gtfs.read(path, DAY)


def test_a_call_at_an_unknown_stop_alone_is_left_out(folder: Writer) -> None:
    times = (
        TIMES
        + "T1,8:00:00,8:00:00,S1,1\nT1,8:10:00,8:10:00,?,2\nT1,8:20:00,8:20:00,C,3\nT1,9:00:00,9:00:00,B,4\n"
    )
    feed = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY)
    assert rows(feed, "position", "stop")[:3] == [(0, "S1"), (1, "C"), (2, "B")]
    assert found(feed) == [("warning", "foreign_key_violation", "stop_times.txt", 1, (3,))]


def test_a_trip_without_a_time_at_its_end_is_left_out(folder: Writer) -> None:
    times = TIMES + "T1,8:00:00,8:00:00,S1,1\nT1,,,B,2\nT2,9:00:00,9:00:00,S1,1\nT2,9:10:00,9:10:00,C,2\n"
    feed = gtfs.read(folder(stop_times=times), DAY)
    assert feed.days["trips"].to_list() == [1]
    assert ("warning", "missing_trip_edge", "stop_times.txt", 1, (3,)) in found(feed)


def test_a_row_that_stands_twice_counts_once_but_two_that_differ_are_refused(folder: Writer) -> None:
    times = TIMES + "T1,8:00:00,8:00:00,S1,1\nT1,8:00:00,8:00:00,S1,1\nT1,8:10:00,8:10:00,B,2\n"
    feed = gtfs.read(folder("same", trips=ONE_TRIP, stop_times=times), DAY)
    assert rows(feed, "stop")[:2] == [("S1",), ("B",)]
    assert found(feed) == [("warning", "duplicate_key", "stop_times.txt", 1, (3,))]
    other = times.replace("T1,8:00:00,8:00:00,S1,1\n", "T1,8:00:00,8:00:00,S2,1\n", 1)
    assert "error duplicate_key: other/stop_times.txt row 2, 3 (2 ×)" in refused(
        folder("other", trips=ONE_TRIP, stop_times=other)
    )


def test_whether_one_may_board_and_alight(folder: Writer) -> None:
    times = TIMES.replace("\n", ",pickup_type,drop_off_type\n") + (
        "T1,8:00:00,8:00:00,S1,1,0,1\nT1,8:10:00,8:10:00,B,2,2,3\nT1,8:20:00,8:20:00,C,3,1,\n"
    )
    feed = gtfs.read(folder(trips=ONE_TRIP, stop_times=times), DAY)
    assert rows(feed, "board", "alight")[:3] == [(1, 0), (1, 1), (0, 1)]
    assert [fault[:2] for fault in found(feed)] == [
        ("info", "pickup_type_by_arrangement"),
        ("info", "drop_off_type_by_arrangement"),
    ]


@pytest.mark.parametrize(
    ("number", "meant"),
    [
        *((0, "tram"), (1, "metro"), (2, "rail"), (3, "bus"), (4, "ferry"), (7, "other"), (11, "bus")),
        *((100, "rail"), (117, "rail"), (401, "metro"), (700, "bus"), (714, "bus"), (717, "bus")),
        *((900, "tram"), (1000, "ferry"), (1501, None), (1700, "other"), (50, "other"), (9999, "other")),
    ],
)
def test_route_types_are_modes(number: int, meant: str | None) -> None:
    assert mode(number) == meant
    assert meant is None or meant in tables.MODES


# ---- places


def test_a_stop_without_coordinates_takes_its_stations(folder: Writer) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nS,Staden,59,16,1,\nS1,,,,,S\n"
    feed = gtfs.read(folder(stops=stops + "S2,b,59,16,,\nB,b,59,16,,\nC,c,59,16,,\n"), DAY)
    assert feed.stops.row(1) == ("S1", "Staden", "S", 59.0, 16.0, "observed")


@pytest.mark.parametrize("half", ["59.5,", ",16.5"])
def test_a_stop_with_one_coordinate_takes_both_of_its_stations(folder: Writer, half: str) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon,location_type,parent_station\nS,Staden,59,16,1,\n"
    stops += f"S1,,{half},,S\nS2,b,59,16,,\nB,b,59,16,,\nC,c,59,16,,\n"
    feed = gtfs.read(folder(stops=stops), DAY)
    assert feed.stops.row(1) == ("S1", "Staden", "S", 59.0, 16.0, "observed")


def test_a_stop_that_is_nowhere_is_refused_where_used_and_left_out_where_not(folder: Writer) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\nS1,a,,\nS2,b,59,16\nB,b,59,16\nC,c,59,16\nX,x,,\n"
    text = refused(folder(stops=stops))
    assert "error stop_without_location: feed/stops.txt row 2 (1 ×)" in text
    feed = gtfs.read(folder("b", stops=stops.replace("S1,a,,", "S1,a,59,16")), DAY)
    assert "X" not in feed.stops["stop"]
    assert found(feed) == [("warning", "stop_without_location", "stops.txt", 1, (6,))]


def test_calls_where_zeros_stand_for_coordinates_do_not_count(folder: Writer) -> None:
    stops = "stop_id,stop_name,stop_lat,stop_lon\nS1,a,59,16\nS2,b,59,16\nB,b,0,0.0\nC,c,59,16\n"
    feed = gtfs.read(folder(stops=stops), DAY)
    assert "B" not in {*feed.stops["stop"], *feed.calls["stop"]}
    assert found(feed) == [
        ("warning", "point_near_origin", "stops.txt", 1, (4,)),
        ("warning", "point_near_origin", "stop_times.txt", 1, (3,)),
    ]


def test_boarding_areas_are_their_platform_and_entrances_no_stops(folder: Writer) -> None:
    stops = Path(folder("a") / "stops.txt").read_text() + "S1x,,59,16,4,S1\nE,,59,16,2,S\n"
    times = TIMES + "T1,8:00:00,8:00:00,S1x,1\nT1,8:10:00,8:10:00,E,2\nT1,8:20:00,8:20:00,C,3\n"
    feed = gtfs.read(folder(stops=stops, trips=ONE_TRIP, stop_times=times), DAY)
    assert rows(feed, "stop")[:2] == [("S1",), ("C",)]
    assert found(feed) == [("warning", "location_with_unexpected_stop_time", "stop_times.txt", 1, (3,))]
    assert feed.stops["stop"].to_list() == ["S", "S1", "S2", "B", "C"]


def test_a_parent_that_is_no_station_is_none(folder: Writer) -> None:
    stops = (
        Path(folder("a") / "stops.txt")
        .read_text()
        .replace("C,Berget,59.2,16.0,,", "C,Berget,59.2,16.0,,B\nD,d,59,16,,Q")
    )
    feed = gtfs.read(folder(stops=stops), DAY)
    assert feed.stops.filter(pl.col("stop").is_in(["C", "D"]))["station"].to_list() == ["C", "D"]
    assert {fault[1] for fault in found(feed)} == {"wrong_parent_location_type", "foreign_key_violation"}


# ---- headways, vehicles and changes


def test_headways_become_trips(folder: Writer) -> None:
    # 6:00, 6:20 and 6:40 (before 7:00, not at it) exactly; from 7:00 every half hour to 8:00 by assumption.
    spans = "trip_id,start_time,end_time,headway_secs,exact_times\n"
    spans += "T1,6:00:00,7:00:00,1200,1\nT1,7:00:00,8:00:00,1800,0\n"
    feed = gtfs.read(folder(trips=ONE_TRIP, frequencies=spans), DAY)
    first = feed.calls.filter((pl.col("position") == 0) & (pl.col("departure") < 86_400))
    assert first["departure"].to_list() == [21600, 22800, 24000, 25200, 27000]
    assert first["basis"].to_list() == ["observed"] * 3 + ["assumed"] * 2
    # The trip takes 20 minutes however often it runs.
    last = feed.calls.filter((pl.col("position") == 2) & (pl.col("arrival") < 86_400))
    assert last["arrival"].to_list() == [departure + 1200 for departure in first["departure"]]
    assert ("info", "frequency_without_exact_times", "frequencies.txt", 1, (3,)) in found(feed)
    fits(feed)


def test_headways_of_a_second_are_refused_before_they_fill_the_memory(folder: Writer) -> None:
    names = [f"F{n}" for n in range(200)]
    trips = "route_id,service_id,trip_id\n" + "".join(f"R,W,{n}\n" for n in names)
    times = TIMES + "".join(f"{n},8:00:00,8:00:00,S1,1\n{n},8:10:00,8:10:00,C,2\n" for n in names)
    spans = "trip_id,start_time,end_time,headway_secs\n" + "".join(f"{n},0:00:00,72:00:00,1\n" for n in names)
    assert "too_many_calls" in refused(folder(trips=trips, stop_times=times, frequencies=spans))


BLOCK = "route_id,service_id,trip_id,block_id\nR,W,T1,K\nR,W,T2,K\n"
TURNS = TIMES + (
    "T1,8:00:00,8:00:00,S1,1\nT1,8:10:00,8:12:00,B,2\nT2,8:15:00,8:20:00,B,1\nT2,8:30:00,8:30:00,C,2\n"
)


def test_trips_of_one_block_are_one_vehicle(folder: Writer) -> None:
    feed = gtfs.read(folder(trips=BLOCK, stop_times=TURNS), DAY)
    # It arrives at B with the first at 8:10 and leaves with the second at 8:20.
    assert rows(feed, "trip", "position", "stop", "arrival", "departure")[:3] == [
        (0, 0, "S1", 28800, 28800),
        (0, 1, "B", 29400, 30000),
        (0, 2, "C", 30600, 30600),
    ]
    assert feed.days.select("trips", "calls").row(0) == (2, 4)
    # The day's pair and tomorrow's.
    assert found(feed) == [("info", "in_seat_transfer", "trips.txt", 2, ())]
    fits(feed)


def test_between_platforms_of_a_station_a_vehicle_calls_twice(folder: Writer) -> None:
    times = (
        TIMES
        + "T1,8:00:00,8:00:00,B,1\nT1,8:10:00,8:10:00,S1,2\nT2,8:15:00,8:15:00,S2,1\nT2,9:00:00,9:00:00,C,2\n"
    )
    feed = gtfs.read(folder(trips=BLOCK, stop_times=times), DAY)
    assert rows(feed, "trip", "position", "stop")[:4] == [
        (0, 0, "B"),
        (0, 1, "S1"),
        (0, 2, "S2"),
        (0, 3, "C"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"stop_times": TURNS.replace("T2,8:15:00,8:20:00,B", "T2,8:15:00,8:20:00,S2")},
        {"stop_times": TURNS.replace("T2,8:15:00,8:20:00", "T2,8:05:00,8:06:00")},
        {"trips": BLOCK.replace("T2,K", "T2,L")},
        {"transfers": "from_trip_id,to_trip_id,transfer_type\nT1,T2,5\n"},
        {
            "calendar_dates": "service_id,date,exception_type\nV,20260604,1\nW,20260604,2\n",
            "trips": BLOCK.replace("R,W,T2", "R,V,T2"),
        },
        {"frequencies": "trip_id,start_time,end_time,headway_secs,exact_times\nT1,8:00:00,8:01:00,600,1\n"},
    ],
    ids=["elsewhere", "too early", "other block", "forbidden", "another day", "headway"],
)
def test_other_trips_are_not_one_vehicle(folder: Writer, changes: dict[str, str]) -> None:
    feed = gtfs.read(folder(**{"trips": BLOCK, "stop_times": TURNS, **changes}), DAY)
    assert set(feed.calls.group_by("trip").len()["len"]) == {2}
    assert feed.calls["trip"].n_unique() >= 2


def test_type_4_makes_one_vehicle_without_a_block(folder: Writer) -> None:
    stays = "from_trip_id,to_trip_id,transfer_type\nT1,T2,4\nT2,T1,4\n"
    feed = gtfs.read(folder(stop_times=TURNS, transfers=stays), DAY)
    assert feed.calls.filter(pl.col("trip") == 0)["stop"].to_list() == ["S1", "B", "C"]
    # T2 does not end before T1 begins, and tomorrow's T1 is 23 hours later: the row is named.
    assert ("warning", "in_seat_transfer_not_used", "transfers.txt", 1, (3,)) in found(feed)


NEAR = (
    "stop_id,stop_name,stop_lat,stop_lon\nS1,a,59.0001,16\nS2,a,59.0002,16\nB,b,59.1,16\nC,c,59.2,16\n"
    # 0.0005 degrees of latitude are 0.0005 × 111.2 km = 56 m; 0.02 are 2.2 km.
    "B2,b läge 2,59.1005,16\nB3,långt bort,59.12,16\n"
)
STAYS = "from_trip_id,to_trip_id,transfer_type\nT1,T2,4\n"


def test_type_4_holds_between_stops_near_each_other(folder: Writer) -> None:
    times = TURNS.replace("T2,8:15:00,8:20:00,B", "T2,8:15:00,8:20:00,B2")
    feed = gtfs.read(folder(stops=NEAR, stop_times=times, transfers=STAYS), DAY)
    assert feed.calls.filter(pl.col("trip") == 0)["stop"].to_list() == ["S1", "B", "B2", "C"]
    times = times.replace("B2", "B3")
    feed = gtfs.read(folder("far", stops=NEAR, stop_times=times, transfers=STAYS), DAY)
    assert feed.calls.filter(pl.col("trip") == 0)["stop"].to_list() == ["S1", "B"]
    assert ("warning", "in_seat_transfer_not_used", "transfers.txt", 1, (2,)) in found(feed)


def test_type_4_holds_onto_the_next_service_day(folder: Writer) -> None:
    # T1 ends at 23:58, and T2 of the next service day goes on from there at 0:04.
    times = TIMES + (
        "T1,23:40:00,23:40:00,S1,1\nT1,23:58:00,23:58:00,B,2\nT2,0:04:00,0:04:00,B,1\nT2,0:20:00,0:20:00,C,2\n"
    )
    feed = gtfs.read(folder(stop_times=times, transfers=STAYS), DAY)
    # Today's T1 leaves at 23:40, 85 200 seconds after midnight.
    (trip,) = feed.calls.filter((pl.col("stop") == "S1") & (pl.col("departure") == 85200))["trip"]
    last = feed.calls.filter(pl.col("trip") == trip)
    assert last.select("stop", "departure").rows() == [("S1", 85200), ("B", 86640), ("C", 87600)]


def test_a_vehicle_that_parts_goes_on_as_both(folder: Writer) -> None:
    trips = "route_id,service_id,trip_id,block_id\nR,W,T1,\nR,W,T2,\nR,W,T3,\n"
    times = TURNS + "T3,8:12:00,8:14:00,B,1\nT3,8:40:00,8:40:00,S2,2\n"
    feed = gtfs.read(folder(trips=trips, stop_times=times, transfers=STAYS + "T1,T3,4\n"), DAY)
    today = feed.calls.filter(pl.col("trip") < 2)
    assert today.select("trip", "stop", "arrival", "departure").rows() == [
        (0, "S1", 28800, 28800),
        (0, "B", 29400, 29640),
        (0, "S2", 31200, 31200),
        (1, "S1", 28800, 28800),
        (1, "B", 29400, 30000),
        (1, "C", 30600, 30600),
    ]
    assert ("info", "in_seat_transfer_parts", "transfers.txt", 2, (2, 3)) in found(feed)
    fits(feed)


def test_vehicles_that_join_go_on_as_one(folder: Writer) -> None:
    trips = "route_id,service_id,trip_id,block_id\nR,W,T1,\nR,W,T2,\nR,W,T3,\n"
    times = TURNS + "T3,7:50:00,7:50:00,S2,1\nT3,8:08:00,8:08:00,B,2\n"
    feed = gtfs.read(folder(trips=trips, stop_times=times, transfers=STAYS + "T3,T2,4\n"), DAY)
    ways = feed.calls.group_by("trip", maintain_order=True).agg("stop")["stop"].to_list()
    assert ways[:2] == [["S1", "B", "C"], ["S2", "B", "C"]]


def test_ways_beyond_number_are_refused(folder: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_WAYS", 1)
    with pytest.raises(DataError, match="more than 1 calls"):
        gtfs.read(folder(stop_times=TURNS, transfers=STAYS), DAY)


def test_a_line_of_an_unknown_agency_is_named(folder: Writer) -> None:
    routes = "route_id,agency_id,route_short_name,route_type\nR,X,1,106\n"
    feed = gtfs.read(folder(routes=routes), DAY)
    assert found(feed) == [("warning", "foreign_key_violation", "routes.txt", 1, (2,))]
    assert feed.lines["operator"].to_list() == ["Bolaget"]


def test_changes_are_stated_for_stops_and_stations(folder: Writer) -> None:
    stated = STATED + "S,C,2,300\nS1,C,2,120\nB,C,3,\nC,B,1,\nB,B,0,\n?,B,2,60\nC,S1,2,\n"
    feed = gtfs.read(folder(transfers=stated), DAY)
    # S stands for itself, S1 and S2; S1 has its own time.
    assert sorted(feed.changes.drop("basis").rows(), key=str) == [
        ("B", "C", None, "not_applicable"),
        ("C", "B", 0, None),
        ("S", "C", 300, None),
        ("S1", "C", 120, None),
        ("S2", "C", 300, None),
    ]
    assert sorted(fault[1:] for fault in found(feed)) == [
        ("foreign_key_violation", "transfers.txt", 1, (7,)),
        ("missing_required_field", "transfers.txt", 1, (8,)),
        ("recommended_transfer", "transfers.txt", 1, (6,)),
    ]
    fits(feed)


def test_a_change_of_no_time_is_one_and_a_blank_time_is_none(folder: Writer) -> None:
    feed = gtfs.read(folder(transfers=STATED + "B,C,2,0\nC,B,2,\n"), DAY)
    assert feed.changes.select("from_stop", "to_stop", "seconds").rows() == [("B", "C", 0)]
    assert found(feed) == [("warning", "missing_required_field", "transfers.txt", 1, (3,))]


def test_of_two_times_for_one_change_the_longest_holds(folder: Writer) -> None:
    feed = gtfs.read(folder(transfers=STATED + "B,C,2,60\nB,C,2,90\nC,B,2,60\nC,B,3,\n"), DAY)
    assert feed.changes.select("from_stop", "seconds").rows() == [("B", 90), ("C", None)]
    assert feed.report.count("duplicate_key") == 4


def test_changes_between_certain_trips_are_reported_and_not_used(folder: Writer) -> None:
    text = STATED.replace("\n", ",from_trip_id,to_route_id\n") + "B,C,2,60,T1,\nC,B,2,60,,R\n"
    feed = gtfs.read(folder(transfers=text), DAY)
    assert feed.changes.is_empty()
    assert found(feed) == [("info", "trip_specific_transfer", "transfers.txt", 2, (2, 3))]


# ---- several feeds


def test_feeds_are_read_as_one_with_codes_of_their_own(folder: Writer) -> None:
    # The second has the first's places by other codes, 100 m away, and one trip of its own.
    stops = (
        "stop_id,stop_name,stop_lat,stop_lon\n1,STADEN,59.0009,16\n2,Byn,59.1009,16\n3,Berget,59.2,16.0009\n"
    )
    times = TIMES + (
        "X,8:00:00,8:00:00,1,1\nX,8:10:00,8:11:00,2,2\nX,8:20:00,8:20:00,3,3\n"
        "Y,8:00:00,8:00:00,1,1\nY,8:10:00,8:10:00,2,2\nY,8:20:00,8:20:00,3,3\n"
    )
    trips = "route_id,service_id,trip_id\nR,W,X\nR,W,Y\n"
    a, b = folder("a"), folder("b", stops=stops, stop_times=times, trips=trips)
    feed = gtfs.read([a, b], DAY)
    fits(feed)
    assert feed.lines["line"].to_list() == ["a:R", "b:R"]
    assert feed.days.select("feed", "trips", "calls").rows() == [("a", 2, 5), ("b", 1, 3)]
    # X is T1, today and tomorrow. Y leaves a minute earlier and is another.
    assert [fault for fault in found(feed) if fault[1] == "trip_in_several_feeds"] == [
        ("info", "trip_in_several_feeds", "trips.txt", 1, (2,))
    ]
    mine = feed.calls.filter(pl.col("line") == "b:R")
    assert mine["trip"].n_unique() == 2
    assert set(mine["stop"]) == {"b:1", "b:2", "b:3"}


def test_a_feed_read_twice_adds_nothing(folder: Writer) -> None:
    once, twice = gtfs.read(folder("a"), DAY), gtfs.read([folder("x"), folder("y")], DAY)
    assert twice.calls.with_columns(pl.col("stop", "line").str.strip_prefix("x:")).equals(once.calls)


@pytest.mark.parametrize("changes", [{"stops": ("59.1,", "59.11,")}, {"routes": (",106", ",3")}])
def test_trips_elsewhere_or_of_another_mode_are_others(
    folder: Writer, changes: dict[str, tuple[str, str]]
) -> None:
    a = folder("a")
    other = {name: (a / f"{name}.txt").read_text().replace(*pair) for name, pair in changes.items()}
    feed = gtfs.read([a, folder("b", **other)], DAY)
    kept = feed.days.filter(pl.col("feed") == "b")["trips"].item()
    # 0.01 degrees of latitude are 1 112 m, so T1, which calls there, is another; T2 does not.
    assert kept == (1 if "stops" in changes else 2)


def test_feeds_of_one_name_are_refused(folder: Writer, zipped: Writer) -> None:
    with pytest.raises(CallError, match="a name of its own"):
        gtfs.read([folder("feed"), zipped("feed")], DAY)


# ---- what is missing


@pytest.mark.parametrize("name", ["agency", "stops", "routes", "trips", "stop_times"])
def test_a_feed_needs_its_tables(folder: Writer, name: str) -> None:
    assert f"missing_required_file: feed/{name}.txt" in refused(folder(**{name: None}))


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("stops", "stop_id,stop_name,stop_id\na,b,c\n", "duplicated_column"),
        ("stops", "stop_name\na\n", "missing_required_column"),
        ("stops", "", "empty_file"),
        ("stops", "stop_id,stop_name\na\n", "invalid_row_length"),
        ("stops", "stop_id,stop_name\na,b,c\n", "invalid_row_length"),
        ("stops", 'stop_id,stop_name\n"a,b\n', "csv_parsing_failed"),
        ("stops", 'stop_id,stop_name\n"x"y,b\n', "csv_parsing_failed"),
        ("stops", "stop_id" + ",x" * 300_000 + "\n", "too_many_columns"),
        ("stops", "stop_id,stop_name,stop_lat,stop_lon\na,b,91,0\n", "invalid_float"),
        ("stops", "stop_id,stop_name,stop_lat,stop_lon\na,b,NaN,0\n", "invalid_float"),
        ("stops", "stop_id,stop_name\n,b\n", "missing_required_field"),
        (
            "calendar",
            f"service_id,{WEEK},start_date,end_date\nW,1,1,1,1,1,1,1,20260101,20260230\n",
            "invalid_date",
        ),
        (
            "calendar",
            f"service_id,{WEEK},start_date,end_date\nW,1,1,1,1,1,1,2,20260101,20260201\n",
            "invalid_integer",
        ),
        (
            "calendar",
            f"service_id,{WEEK},start_date,end_date\nW,1,1,1,1,1,1,1,20260301,20260201\n",
            "out_of_order",
        ),
        ("stop_times", TIMES + "T1,8:00:00,8:00:00,S1,1.5\n", "invalid_integer"),
        (
            "agency",
            "agency_id,agency_name,agency_timezone\nA,a,Europe/Stockholm\nA,b,Europe/Stockholm\n",
            "duplicate_key",
        ),
        ("stops", "stop_id,stop_name\nS1,a\nS1,b\n", "duplicate_key"),
        ("routes", "route_id,route_type\nR,1\nR,2\n", "duplicate_key"),
        ("trips", "route_id,service_id,trip_id\nR,W,T1\nR,V,T1\n", "duplicate_key"),
        (
            "frequencies",
            "trip_id,start_time,end_time,headway_secs\nT1,6:00:00,7:00:00,0\n",
            "invalid_integer",
        ),
        (
            "frequencies",
            "trip_id,start_time,end_time,headway_secs\nT1,6:00:00,7:00:00,60\nT1,6:30:00,8:00:00,60\n",
            "overlapping_frequency",
        ),
    ],
)
def test_a_table_that_is_none_is_refused(folder: Writer, table: str, text: str, code: str) -> None:
    assert code in refused(folder(**{table: text}))


def test_a_row_far_down_is_named(folder: Writer) -> None:
    # Rows are looked at 8 MiB at a time; a million rows of 11 bytes are more.
    stops = "stop_id,stop_name\n" + "12345,6789\n" * 1_000_000 + "1,2,3\n\n1\n"
    text = refused(folder(stops=stops))
    assert "invalid_row_length: feed/stops.txt row 1000002, 1000004 (2 ×)" in text


@pytest.mark.parametrize("text", ["{}\n\n", "\n\n{}", "{}\r"])
def test_blank_lines_are_passed_over(folder: Writer, text: str) -> None:
    plain = folder("a")
    head, _, body = (plain / "stops.txt").read_text().partition("\n")
    feed = gtfs.read(folder(stops=head + "\n" + text.format(body.replace("\n", "\n\n"))), DAY)
    assert feed.stops.equals(gtfs.read(plain, DAY).stops)


def test_lines_that_end_in_carriage_returns_alone_are_no_table(folder: Writer) -> None:
    assert "a carriage return alone" in refused(folder(stops="stop_id,stop_name\rS,Staden\r"))


def test_reports_speak_both_languages(folder: Writer) -> None:
    faults = gtfs.check(folder(stop_times=None)).report
    assert faults.lines("sv") == [
        "fel missing_required_file: feed/stop_times.txt (1 ×): filen saknas; lägg till den"
    ]
    assert faults.lines() == [
        "error missing_required_file: feed/stop_times.txt (1 ×): the file is missing; add it to the feed"
    ]


def test_signs_that_move_a_cursor_are_shown_as_codes(folder: Writer) -> None:
    text = "\n".join(gtfs.check(folder(trips="route_id,service_id,trip_id\n\x1b[2J,W,T1\n")).report.lines())
    assert "\\x1b[2J" in text
    assert "\x1b" not in text


# ---- the steps


def rules(day: str = "2026-06-03") -> pl.DataFrame:
    return travel_rules(day=day)


def test_steps_without_feeds_make_empty_tables() -> None:
    for step, schema in (
        (gtfs.feed_stops, tables.FEED_STOPS),
        (gtfs.feed_lines, tables.FEED_LINES),
        (gtfs.feed_calls, tables.FEED_CALLS),
        (gtfs.feed_changes, tables.FEED_CHANGES),
        (gtfs.feed_days, tables.FEED_DAYS),
    ):
        assert schema.check(step(None, rules()), maker="step").is_empty()


def put(place: Path, feed: Path) -> Path:
    """A folder of timetables with a feed in it."""
    where = place / "timetables"
    where.mkdir(exist_ok=True)
    feed.rename(where / feed.name)
    return where


def test_steps_read_the_folder_once(zipped: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, times = gtfs.read, []

    def counted(paths: Sequence[Path], day: date) -> Feed:
        times.append(day)
        return read(paths, day)

    monkeypatch.setattr(gtfs, "read", counted)
    where = put(tmp_path, zipped())
    assert gtfs.feed_calls(where, rules("2026-06-03")).height == 10
    assert gtfs.feed_days(where, rules("2026-06-03"))["feed"].to_list() == ["feed"]
    assert len(times) == 1
    put(tmp_path, zipped("other"))
    assert gtfs.feed_days(where, rules("2026-06-03"))["feed"].to_list() == ["feed", "other"]
    assert gtfs.feed_days(where, rules("2026-06-04"))["day"].to_list() == ["2026-06-04"] * 2
    assert times == [DAY, DAY, date(2026, 6, 4)]


def test_steps_need_a_day_and_feeds(zipped: Writer, tmp_path: Path) -> None:
    where = put(tmp_path, zipped())
    with pytest.raises(DataError, match=r"2027-06-03"):
        gtfs.feed_calls(where, rules("2027-06-03"))
    with pytest.raises(SettingError, match="is not a valid day"):
        rules("3 juni")
    (where / "feed.zip").rename(where / "feed.txt")
    with pytest.raises(DataError, match=r"feed\.txt is not a zip"):
        gtfs.feed_calls(where, rules("2026-06-03"))
    (where / "feed.txt").unlink()
    with pytest.raises(DataError, match="holds no feed"):
        gtfs.feed_calls(where, rules("2026-06-03"))


# ---- the command


def test_the_command_lists_faults_and_counts_the_day(
    zipped: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    path = zipped(trips=ONE_TRIP + "R,X,T2,\n")
    assert main(["gtfs", "check", str(path), "--day", "2026-06-03"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "warning foreign_key_violation: feed/trips.txt row 3 (1 ×): service_id 'X' is not in calendar.txt / "
        "calendar_dates.txt; the trips are left out",
        f"{path} can be read: 365 days with service from 2026-01-01 to 2026-12-31.",
        "  2026-06-03: 1 trips, 3 calls (Bolaget)",
    ]


def test_the_command_tells_a_feed_that_cannot_be_read(
    folder: Writer, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder(stop_times=None)
    assert main(["gtfs", "check", str(path)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"{path} cannot be read: errors of 1 kind."
    assert main(["gtfs", "check", str(path / "none")]) == 2
    with pytest.raises(SystemExit, match="2"):
        main(["gtfs", "check", str(path), "--day", "2026-02-30"])
    assert "is not a valid day" in capsys.readouterr().err


def test_agencies_may_share_a_time_zone(folder: Writer) -> None:
    agencies = "agency_id,agency_name,agency_url,agency_timezone\n" + "".join(
        f"{code},{code} AB,https://example.org,Europe/Stockholm\n" for code in "AB"
    )
    two, one = gtfs.read(folder(agency=agencies), DAY), gtfs.read(folder("one"), DAY)
    assert two.calls.height == one.calls.height > 0
