"""One day of parsed feeds: their runs, calls and vehicles put together into the tables of a timetable."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import polars as pl

from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.sources.gtfs import chains as gtfs_chains
from storregion.sources.gtfs import days as gtfs_days
from storregion.sources.gtfs import overlaps as gtfs_overlaps
from storregion.sources.gtfs import trips as gtfs_trips
from storregion.sources.gtfs.days import Calendar
from storregion.sources.gtfs.report import Faults, Report, together
from storregion.timetable import tables

_OBSERVED = pl.lit("observed").alias("basis")


@dataclass(frozen=True)
class Feed:
    """One day of a timetable: tables as `facts.timetable` has them, and what was found while reading."""

    stops: pl.DataFrame
    lines: pl.DataFrame
    calls: pl.DataFrame
    changes: pl.DataFrame
    days: pl.DataFrame
    report: Report


@dataclass(frozen=True)
class Parsed:
    """One feed, all its days."""

    name: str
    file: str
    publisher: str
    zone: ZoneInfo
    calendar: Calendar
    lines: pl.DataFrame
    trips: pl.DataFrame
    calls: pl.DataFrame
    repeated: pl.DataFrame
    places: pl.DataFrame
    stops: pl.DataFrame
    changes: pl.DataFrame
    pairs: pl.DataFrame
    days: tuple[date, ...]
    faults: Faults


def of_day(feeds: list[Parsed], day: date) -> Feed:
    """The tables of one day of parsed feeds.

    Parameters
    ----------
    feeds : the feeds, of which an earlier goes before a later where they have the same trip.
    day : the day.

    Raises
    ------
    DataError
        A feed does not reach the day, or none of them runs on it.
    """
    _running(feeds, day)
    start = gtfs_days.midnight(feeds[0].zone, day)
    runs, calls, links = [], [], []
    run_base = stop_base = line_base = 0
    for number, feed in enumerate(feeds):
        chosen = gtfs_trips.Day(day, start, feed.zone)
        mine = gtfs_trips.runs(feed.trips, feed.calls, feed.repeated, feed.calendar, chosen)
        onward = gtfs_chains.links(mine, feed.calls, feed.pairs, feed.places, feed.faults)
        links.append(onward.select(pl.all() + run_base))
        calls.append(
            gtfs_trips.gathered(feed.calls, mine).with_columns(
                pl.col("run") + run_base, pl.col("stop") + stop_base
            )
        )
        runs.append(mine.with_columns(pl.col("line") + line_base, feed=pl.lit(number)))
        run_base += mine.height
        stop_base += feed.places.height
        line_base += feed.lines.height
    return _assembled(feeds, pl.concat(runs), pl.concat(calls), pl.concat(links), day)


def _running(feeds: list[Parsed], day: date) -> None:
    """Refuse a day that a feed does not reach, or on which none of them runs."""
    resting = [feed for feed in feeds if day not in feed.days]
    for feed in resting:
        first, last = feed.days[0], feed.days[-1]
        if not first <= day <= last or len(resting) == len(feeds):
            near = min(feed.days, key=lambda other: abs(other - day))
            raise DataError(
                f"{feed.file} has no service on {day}; it has from {first} to {last}, and the nearest "
                f"day with service is {near}"
            )
        what = (f"ingen trafik {day}", f"no service on {day}")
        done = ("dess turer den dagen saknas inte, de finns inte", "it adds no trips that day")
        feed.faults.add("warning", "no_service_that_day", "calendar.txt", (), what, done, 1)


def _assembled(
    feeds: list[Parsed], runs: pl.DataFrame, calls: pl.DataFrame, links: pl.DataFrame, day: date
) -> Feed:
    stops, lines = _stops(feeds), _lines(feeds)
    runs = runs.with_row_index("run").with_columns(kept=True)
    if len(feeds) > 1:
        gone = _repeated(feeds, runs, calls, stops, lines)
        runs = runs.with_columns(kept=~pl.col("run").is_in(gone.implode()))
        calls = calls.filter(~pl.col("run").is_in(gone.implode()))
        lost = pl.any_horizontal(pl.col("run", "next").is_in(gone.implode()))
        links = links.filter(~lost)
    calls = gtfs_chains.joined(calls, links)
    if links.height:
        what = ("turer som ett fordon kör i följd", "trips that one vehicle runs one after another")
        done = ("de är en tur, på den förstas linje", "they are one trip, on the first one's line")
        feeds[0].faults.add("info", "in_seat_transfer", "trips.txt", (), what, done, links.height)
    used = runs.filter("kept")["line"].unique(maintain_order=True)
    return Feed(
        stops.filter(pl.col("latitude").is_not_null()).select(*_columns(tables.FEED_STOPS)),
        lines.filter(pl.col("at").is_in(used.implode())).select(*_columns(tables.FEED_LINES)),
        _calls(calls, runs, stops, lines),
        _changes(feeds, stops),
        _days(feeds, runs, day),
        together([feed.faults for feed in feeds]),
    )


def _columns(schema: Schema) -> list[str]:
    return [column.name for column in schema.columns]


def _front(feeds: list[Parsed], feed: Parsed) -> pl.Expr:
    return pl.lit(f"{feed.name}:" if len(feeds) > 1 else "")


def _stops(feeds: list[Parsed]) -> pl.DataFrame:
    """Every place of all feeds by its number, those that are not stops with that alone."""
    whole = []
    for feed in feeds:
        front = _front(feeds, feed)
        named = feed.stops.select(
            "at",
            "stop_id",
            "name",
            "latitude",
            "longitude",
            stop=front + pl.col("stop_id"),
            station=front + pl.col("station"),
        )
        whole.append(feed.places.select("at").join(named, on="at", how="left", maintain_order="left"))
    return pl.concat(whole).with_columns(_OBSERVED)


def _lines(feeds: list[Parsed]) -> pl.DataFrame:
    """Every line of all feeds by its number."""
    whole = [
        feed.lines.with_columns(
            line=_front(feeds, feed) + pl.col("route_id"),
            source=pl.lit(f"{feed.publisher} ({feed.file})"),
            feed=pl.lit(feed.name),
        )
        for feed in feeds
    ]
    return pl.concat(whole).with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), _OBSERVED)


def _repeated(
    feeds: list[Parsed], runs: pl.DataFrame, calls: pl.DataFrame, stops: pl.DataFrame, lines: pl.DataFrame
) -> pl.Series:
    """The runs that an earlier feed has too; they are noted in the report."""
    near = stops.with_row_index("number").filter(pl.col("latitude").is_not_null())
    places = gtfs_overlaps.same_places(near).to_frame("place").with_columns(near["number"])
    places = stops.with_row_index("number").join(places, on="number", how="left", maintain_order="left")
    modes = lines["mode"].gather(runs["line"])
    gone = gtfs_overlaps.repeated(calls, runs["feed"], modes, places["place"])
    reported = runs.filter(pl.col("run").is_in(gone.implode()))
    for number, feed in enumerate(feeds):
        mine = reported.filter(pl.col("feed") == number)
        rows = feed.trips["row"].gather(mine["trip"])
        what = ("turen finns också i en tidtabell före den", "the trip is in a feed before it, too")
        feed.faults.add(
            "info", "trip_in_several_feeds", "trips.txt", rows, what, ("den räknas en gång", "it counts once")
        )
    return gone


def _calls(calls: pl.DataFrame, runs: pl.DataFrame, stops: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    number = calls["run"]
    estimated = pl.when("estimated").then(pl.lit("estimated")).otherwise(pl.lit("observed"))
    return calls.select(
        calls["vehicle"].rle_id().cast(pl.Int64).alias("trip"),
        pl.col("position").cast(pl.Int64),
        lines["line"].gather(runs["line"]).gather(number).alias("line"),
        stops["stop"].gather(calls["stop"]).alias("stop"),
        pl.col("arrival", "departure", "board", "alight").cast(pl.Int64),
        pl.when(runs["loose"].gather(number)).then(pl.lit("assumed")).otherwise(estimated).alias("basis"),
    )


def _changes(feeds: list[Parsed], stops: pl.DataFrame) -> pl.DataFrame:
    """The times to change of all feeds, between stops that have a place."""
    whole, base = [], 0
    for feed in feeds:
        whole.append(feed.changes.with_columns(pl.col("from_stop", "to_stop") + base))
        base += feed.places.height
    pairs = pl.concat(whole)
    absent = pl.when(pl.col("seconds").is_null()).then(pl.lit("not_applicable")).alias("seconds_absent")
    return pairs.select(
        stops["stop"].gather(pairs["from_stop"]).alias("from_stop"),
        stops["stop"].gather(pairs["to_stop"]).alias("to_stop"),
        "seconds",
        absent,
        _OBSERVED,
    ).drop_nulls(["from_stop", "to_stop"])


def _days(feeds: list[Parsed], runs: pl.DataFrame, day: date) -> pl.DataFrame:
    """What each feed has that service day, as the feed counts its trips."""
    own = runs.filter((pl.col("shift") == 0) & pl.col("kept"))
    rows = []
    types = {column.name: column.dtype for column in tables.FEED_DAYS.columns}
    for number, feed in enumerate(feeds):
        mine = own.filter(pl.col("feed") == number)
        calls = mine.select((pl.col("last") - pl.col("first") + 1).cast(pl.Int64).sum()).item()
        valid = (str(feed.days[0]), str(feed.days[-1]))
        rows.append((feed.name, feed.publisher, str(day), *valid, mine.height, calls, "observed"))
    return pl.DataFrame(rows, schema=types, orient="row")
