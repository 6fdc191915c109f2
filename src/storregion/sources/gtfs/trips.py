"""The trips of a feed: its lines, what each trip calls at, and the runs of them that meet one day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from storregion.sources.gtfs.days import Calendar, offset
from storregion.sources.gtfs.keys import filled, known, unique
from storregion.sources.gtfs.report import Faults, shown

TRIPS, ROUTES, TIMES, FREQUENCIES = "trips.txt", "routes.txt", "stop_times.txt", "frequencies.txt"
MOST_CALLS = 40_000_000
"""Calls that one day may hold."""
NEXT_MORNING = 12 * 3600
"""Trips of the day after count that start before this second of it."""
MOST_DAYS_BACK = 2

# Route types of the standard, its extended ones included: the first number of a span, and its mode. None is
# on-demand traffic, which has no timetable to speak of.
_MODES: list[tuple[int, str | None]] = [
    (0, "tram"),
    (1, "metro"),
    (2, "rail"),
    (3, "bus"),
    (4, "ferry"),
    (5, "tram"),
    (6, "other"),
    (11, "bus"),
    (12, "other"),
    (100, "rail"),
    (200, "bus"),
    (300, "rail"),
    (400, "metro"),
    (405, "other"),
    (500, "metro"),
    (700, "bus"),
    (900, "tram"),
    (1000, "ferry"),
    (1100, "other"),
    (1200, "ferry"),
    (1300, "other"),
    (1500, None),
    (1600, "other"),
]
_LAST_BASIC, _LAST_TYPE = 12, 1702
_LEFT_OUT = ("turerna används inte", "the trips are left out")


def mode(route_type: int) -> str | None:
    """The mode of a route type, basic or extended; None for on-demand traffic.

    Parameters
    ----------
    route_type : the number.
    """
    if _LAST_BASIC < route_type < 100 or route_type > _LAST_TYPE:
        return "other"
    return [name for first, name in _MODES if first <= route_type][-1]


def lines(tables: dict[str, pl.DataFrame], publisher: str, faults: Faults) -> pl.DataFrame:
    """The lines of a feed.

    Parameters
    ----------
    tables : the feed's tables.
    publisher : stands in where a line has no operator.
    faults : what is wrong is added to these.

    Returns
    -------
    The columns row, line (its number), route_id, name, mode (null for on-demand traffic) and operator.
    """
    frame = filled(ROUTES, tables[ROUTES], ["route_id", "route_type"], faults)
    frame = unique(ROUTES, frame, ["route_id"], faults)
    types = frame["route_type"].unique(maintain_order=True)
    odd = frame.filter(
        pl.col("route_type").is_between(_LAST_BASIC + 1, 99)
        | pl.col("route_type").is_between(8, 10)
        | (pl.col("route_type") > _LAST_TYPE)
    )
    if odd.height:
        first = odd["route_type"][0]
        what = (f"route_type {first} är okänd", f"route_type {first} is unknown")
        done = ("linjen räknas som annat trafikslag", "the line counts as another mode")
        faults.add("warning", "unexpected_enum_value", ROUTES, odd["row"], what, done)
    agencies = unique("agency.txt", tables["agency.txt"], ["agency_id"], faults)
    if agencies.height == 1:
        only = agencies["agency_id"][0]
        other = frame.filter(pl.col("agency_id").is_not_null() & pl.col("agency_id").ne_missing(pl.lit(only)))
        if other.height:
            unknown = shown(other["agency_id"][0])
            what = (
                f"agency_id {unknown} finns inte i agency.txt",
                f"agency_id {unknown} is not in agency.txt",
            )
            done = ("filens enda företag gäller", "the only agency of the file stands in")
            faults.add("warning", "foreign_key_violation", ROUTES, other["row"], what, done)
        frame = frame.with_columns(agency_id=pl.lit(only, pl.String))
    else:
        done = ("utgivaren får stå som trafikföretag", "the publisher stands in as operator")
        what = ("agency_id är tomt, men det finns flera", "agency_id is empty, but there are several")
        nobody = frame.filter(pl.col("agency_id").is_null())["row"]
        faults.add("warning", "missing_required_field", ROUTES, nobody, what, done)
        known(ROUTES, frame, "agency_id", agencies["agency_id"].drop_nulls(), "agency.txt", faults, done)
    operators = agencies.select("agency_id", operator="agency_name")
    frame = frame.join(operators, on="agency_id", how="left", maintain_order="left", nulls_equal=True)
    modes = {number: mode(number) for number in types.to_list()}
    return frame.select(
        "row",
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("line"),
        "route_id",
        pl.coalesce("route_short_name", "route_long_name", "route_id").alias("name"),
        pl.col("route_type").replace_strict(modes, return_dtype=pl.String).alias("mode"),
        pl.col("operator").fill_null(publisher),
    )


def trips(
    tables: dict[str, pl.DataFrame], lines: pl.DataFrame, services: pl.Series, faults: Faults
) -> pl.DataFrame:
    """The trips of a feed.

    Parameters
    ----------
    tables : the feed's tables.
    lines : its lines.
    services : every service its calendar names.
    faults : what is wrong is added to these.

    Returns
    -------
    A row for each trip, in file order: row, trip (its number, from 0), trip_id, line, service_id, block_id
    and usable, which is false where a rule leaves the trip out.
    """
    frame = filled(TRIPS, tables[TRIPS], ["trip_id", "route_id", "service_id"], faults)
    frame = unique(TRIPS, frame, ["trip_id"], faults)
    route = known(TRIPS, frame, "route_id", lines["route_id"], ROUTES, faults, _LEFT_OUT)
    where = "calendar.txt / calendar_dates.txt"
    service = known(TRIPS, frame, "service_id", services, where, faults, _LEFT_OUT)
    named = lines.select("route_id", "line", ordered=pl.col("mode").is_null())
    frame = frame.join(named, on="route_id", how="left", maintain_order="left")
    ordered = frame["ordered"].fill_null(False)
    what = ("linjen är anropsstyrd (route_type 1500–1599)", "the line is on demand (route_type 1500–1599)")
    faults.add("info", "on_demand_trip", TRIPS, frame.filter(ordered)["row"], what, _LEFT_OUT)
    return frame.select(
        "row",
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("trip"),
        "trip_id",
        "line",
        "service_id",
        "block_id",
        (route & service & ~ordered).alias("usable"),
    )


def frequencies(tables: dict[str, pl.DataFrame], trips: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The spans in which trips are repeated.

    Parameters
    ----------
    tables : the feed's tables.
    trips : its trips.
    faults : what is wrong is added to these.

    Returns
    -------
    The columns trip, start_time, end_time, headway_secs and exact.
    """
    needed = ["trip_id", "start_time", "end_time", "headway_secs"]
    frame = filled(FREQUENCIES, tables[FREQUENCIES], needed, faults)
    frame = unique(FREQUENCIES, frame, ["trip_id", "start_time"], faults)
    frame = frame.filter(known(FREQUENCIES, frame, "trip_id", trips["trip_id"], TRIPS, faults))
    turned = frame.filter(pl.col("end_time") <= pl.col("start_time"))["row"]
    done = ("rätta tiderna", "correct the times")
    what = ("end_time är inte efter start_time", "end_time is not after start_time")
    faults.add("error", "start_and_end_range_out_of_order", FREQUENCIES, turned, what, done)
    frame = frame.sort("trip_id", "start_time")
    over = frame.filter(pl.col("start_time") < pl.col("end_time").shift(1).over("trip_id"))["row"]
    what = ("tiderna överlappar turens förra rad", "the times overlap the trip's row before")
    faults.add("error", "overlapping_frequency", FREQUENCIES, over, what, done)
    frame = frame.with_columns(exact=pl.col("exact_times").fill_null(0) == 1)
    what = ("turtäthet utan tidtabell", "a headway without a timetable")
    done = (
        "turerna antas gå på start_time och sedan varje headway_secs",
        "trips are assumed to leave at start_time and every headway_secs after it",
    )
    loose = frame.filter(~pl.col("exact"))["row"]
    faults.add("info", "frequency_without_exact_times", FREQUENCIES, loose, what, done)
    named = trips.select("trip_id", "trip")
    return frame.join(named, on="trip_id", how="left", maintain_order="left").select(
        "trip", "start_time", "end_time", "headway_secs", "exact"
    )


@dataclass(frozen=True)
class Day:
    """Which day is used: its date, the moment it begins, and the feed's time zone."""

    date: date
    start: datetime
    zone: ZoneInfo


def runs(
    trips: pl.DataFrame, calls: pl.DataFrame, repeated: pl.DataFrame, calendar: Calendar, day: Day
) -> pl.DataFrame:
    """Every run of a trip that meets the day.

    Those of the day itself, those of days before that still run after its midnight, and those of the day
    after that start before `NEXT_MORNING`.

    Parameters
    ----------
    trips : the feed's trips.
    calls : what they call at, as `gtfs_calls.calls` gives it.
    repeated : the spans in which trips are repeated.
    calendar : when services run.
    day : the day.

    Returns
    -------
    In order of service day, trip and time: trip, line, block_id, shift (its service day, in days from the
    day), seconds (to be added to its times), first and last (its first and last call's row), start and end
    (its first departure and last arrival, in seconds after the day's midnight), repeated and loose (whether
    it comes of a headway, and of one without a timetable).
    """
    ends = calls.with_row_index("at").group_by("trip", maintain_order=True)
    spans = ends.agg(
        first=pl.col("at").first(),
        last=pl.col("at").last(),
        leaves=pl.col("departure").first().cast(pl.Int64),
        arrives=pl.col("arrival").last().cast(pl.Int64),
    )
    usable = trips.filter("usable").join(spans, on="trip", how="inner", maintain_order="left")
    latest = max(usable["arrives"].to_list(), default=0)
    back = min(MOST_DAYS_BACK, max(1, latest // 86_400))
    days = []
    for shift in range(-back, 2):
        service = day.date + timedelta(shift)
        zero = offset(day.zone, service, day.start)
        today = usable.filter(pl.col("service_id").is_in(calendar.running(service).implode()))
        found = _expanded(today, repeated).with_columns(
            shift=pl.lit(shift, pl.Int8), seconds=pl.col("seconds") + zero
        )
        found = found.with_columns(
            start=pl.col("leaves") + pl.col("seconds"), end=pl.col("arrives") + pl.col("seconds")
        )
        if shift < 0:
            found = found.filter(pl.col("end") >= 0)
        elif shift > 0:
            found = found.filter(pl.col("start") < zero + NEXT_MORNING)
        days.append(found)
    columns = ["trip", "line", "block_id", "shift", "seconds", "first", "last", "start", "end"]
    return pl.concat(days).select(*columns, "repeated", "loose")


def _expanded(today: pl.DataFrame, repeated: pl.DataFrame) -> pl.DataFrame:
    """A row for each run: once for most trips, once a headway for those that are repeated."""
    zero = pl.lit(0, pl.Int64).alias("seconds")
    no = pl.lit(False)
    once = today.join(repeated, on="trip", how="anti", maintain_order="left").with_columns(
        zero, repeated=no, loose=no
    )
    again = today.join(repeated, on="trip", how="inner", maintain_order="left_right")
    # start_time is when the trip leaves its first stop.
    leaving = pl.int_ranges("start_time", "end_time", "headway_secs")
    again = (
        again.with_columns(seconds=leaving)
        .explode("seconds")
        .with_columns(pl.col("seconds") - pl.col("leaves"), repeated=~no, loose=~pl.col("exact"))
    )
    return pl.concat([once, again.select(once.columns)]).sort("trip", "seconds", maintain_order=True)


def too_many(calls: pl.DataFrame, repeated: pl.DataFrame, faults: Faults) -> None:
    """Refuse headways so short that one day would hold more calls than are read.

    Parameters
    ----------
    calls : what the feed's trips call at.
    repeated : the spans in which trips are repeated.
    faults : what is wrong is added to these.
    """
    lengths = calls.group_by("trip", maintain_order=True).len()
    times = (pl.col("end_time") - pl.col("start_time")) // pl.col("headway_secs") + 1
    count = repeated.join(lengths, on="trip").select((times * pl.col("len")).sum()).item()
    if count > MOST_CALLS:
        what = (f"turtätheten ger {count} uppehåll om dagen", f"headways make {count} calls a day")
        done = (f"högst {MOST_CALLS} läses", f"at most {MOST_CALLS} are read")
        faults.add("error", "too_many_calls", FREQUENCIES, (), what, done, 1)


def gathered(calls: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """The calls of runs.

    Parameters
    ----------
    calls : what trips call at, sorted by trip.
    runs : the runs of them.

    Returns
    -------
    The columns run (the number of the row in `runs`), position, stop, arrival, departure (seconds after the
    day's midnight), board, alight and estimated, in order of run and position.
    """
    first, last = runs["first"].to_numpy().astype(np.int64), runs["last"].to_numpy().astype(np.int64)
    lengths = last - first + 1
    begins = np.cumsum(lengths) - lengths
    run = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
    position = np.arange(int(lengths.sum()), dtype=np.int64) - begins[run]
    rows = calls.select(pl.all().gather(first[run] + position))
    seconds = pl.Series(runs["seconds"].to_numpy()[run], dtype=pl.Int32)
    return rows.select(
        pl.Series("run", run),
        pl.Series("position", position, dtype=pl.Int32),
        "stop",
        pl.col("arrival") + seconds,
        pl.col("departure") + seconds,
        "board",
        "alight",
        "estimated",
    )
