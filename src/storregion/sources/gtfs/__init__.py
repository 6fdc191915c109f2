"""Timetables in GTFS, the format that Swedish and most other timetables are published in: one day of them.

`read` takes one feed or several and gives the five tables of a day; the steps below it do so for the feeds
among a group's files. The rules for what a feed leaves open, or gets wrong, are in the report of every feed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Annotated

import polars as pl

from storregion.core.errors import CallError, DataError
from storregion.core.lineage import Raw
from storregion.core.table import Schema
from storregion.sources.gtfs import archive as gtfs_archive
from storregion.sources.gtfs import calls as gtfs_calls
from storregion.sources.gtfs import changes as gtfs_changes
from storregion.sources.gtfs import days as gtfs_days
from storregion.sources.gtfs import places as gtfs_places
from storregion.sources.gtfs import speeds as gtfs_speeds
from storregion.sources.gtfs import tables as gtfs_tables
from storregion.sources.gtfs import trips as gtfs_trips
from storregion.sources.gtfs.day import Feed, Parsed, of_day
from storregion.sources.gtfs.report import Faults, Report, together
from storregion.timetable import tables
from storregion.timetable.travel_rules import TravelRules, day_of


@dataclass(frozen=True)
class Check:
    """What a feed is worth: its report, its days with service, and one day of it where it was asked for.

    `service` are the days with their trips, as `feed_service` has them.
    """

    report: Report
    days: tuple[date, ...]
    service: pl.DataFrame
    feed: Feed | None = None


def read(paths: Path | Sequence[Path], day: date) -> Feed:
    """Read one day of a feed, or of several as one.

    Parameters
    ----------
    paths : a zip or a folder for each feed. Of several, the codes of stops and lines get the feed's name and
        a colon in front, and a trip that an earlier feed has too is left out of the later.
    day : the day. Seconds are counted from its midnight by the clock of the first feed's time zone.

    Raises
    ------
    DataError
        A feed has faults that no rule takes care of, each named with file and row; or does not run that day.
    CallError
        There is no such file, or two feeds have one name.
    """
    every = [paths] if isinstance(paths, Path) else list(paths)
    names = [_name(path) for path in every]
    if not every or len(set(names)) < len(names):
        raise CallError(f"the feeds are named {', '.join(names) or 'nothing'}; give each a name of its own")
    faults = [Faults(name) for name in names]
    parsed = [_parsed(path, found) for path, found in zip(every, faults, strict=True)]
    together(faults).refuse()
    return of_day([feed for feed in parsed if feed is not None], day)


def check(path: Path, day: date | None = None, name: str = "") -> Check:
    """Look a feed over without refusing it.

    Parameters
    ----------
    path : a zip or a folder.
    day : a day to read as well; none when None.
    name : what it is called in messages; as its file when empty.

    Raises
    ------
    DataError
        The archive is damaged or made to do harm, or the feed does not run that day.
    CallError
        There is no such file.
    """
    faults = Faults(name or _name(path))
    parsed = _parsed(path, faults)
    if parsed is None:
        return Check(faults.report, (), _empty(tables.FEED_SERVICE))
    feed = None if day is None else of_day([parsed], day)
    # Reading the day may add faults, so the report comes last.
    return Check(faults.report, parsed.days, _service(parsed), feed)


def _name(path: Path) -> str:
    return path.stem if path.suffix.lower() == ".zip" else path.name


def _parsed(path: Path, faults: Faults) -> Parsed | None:
    """A feed with all its days; None when it has errors."""
    tables = gtfs_tables.typed(gtfs_archive.contents(path, tuple(gtfs_tables.TABLES)), faults)
    if faults.report.of("error"):
        return None
    publisher = _publisher(tables, faults.feed)
    calendar = gtfs_days.calendar(tables, faults)
    zone = gtfs_days.zone(tables, faults)
    lines = gtfs_trips.lines(tables, publisher, faults)
    trips = gtfs_trips.trips(tables, lines, calendar.services, faults)
    places = gtfs_places.places(tables, faults)
    calls = gtfs_calls.calls(tables.pop(gtfs_trips.TIMES), trips, places, faults)
    stops = gtfs_places.located(places, calls["stop"].unique(maintain_order=True), faults)
    if not faults.report.of("error"):
        calls = gtfs_speeds.possible(calls, trips, lines, stops, faults)
    repeated = gtfs_trips.frequencies(tables, trips, faults)
    gtfs_trips.too_many(calls, repeated, faults)
    changes, pairs = gtfs_changes.changes(tables[gtfs_changes.FILE], places, trips, lines, faults)
    running = trips.filter("usable").join(
        calls.select("trip").unique(maintain_order=True), on="trip", how="semi"
    )
    days = tuple(calendar.of(running["service_id"]).days())
    if not faults.report.of("error"):
        _running(running, days, faults)
    if zone is None or faults.report.of("error"):
        return None
    return Parsed(
        name=faults.feed,
        file=path.name,
        publisher=publisher,
        zone=zone,
        calendar=calendar,
        lines=lines,
        trips=trips,
        calls=calls,
        repeated=repeated,
        places=places,
        stops=stops,
        changes=changes,
        pairs=pairs,
        days=days,
        faults=faults,
    )


def _running(trips: pl.DataFrame, days: tuple[date, ...], faults: Faults) -> None:
    """Tell when a feed has no trip that can be used, or none that ever runs."""
    done = ("hämta tidtabellen igen eller fråga utgivaren", "fetch the feed again, or ask its publisher")
    if trips.is_empty():
        what = ("ingen tur med uppehåll går att använda", "no trip with calls can be used")
        faults.add("error", "no_usable_trip", gtfs_trips.TIMES, (), what, done, 1)
    elif not days:
        what = ("turerna går aldrig", "its trips never run")
        faults.add("error", "no_service_dates", gtfs_days.CHANGED, (), what, done, 1)


def _publisher(tables: dict[str, pl.DataFrame], name: str) -> str:
    """Who publishes a feed: as it says itself, else its agencies, else its name."""
    said = tables["feed_info.txt"]["feed_publisher_name"].drop_nulls()
    agencies = said if said.len() else tables["agency.txt"]["agency_name"].drop_nulls()
    return ", ".join(agencies.unique(maintain_order=True)) or name


def _service(feed: Parsed) -> pl.DataFrame:
    running = feed.trips.filter("usable").join(
        feed.calls.select("trip").unique(maintain_order=True), on="trip", how="semi"
    )
    trips = running.group_by("service_id", maintain_order=True).len("trips")
    calendar = feed.calendar.of(trips["service_id"])
    rows = []
    for day in feed.days:
        today = trips.filter(pl.col("service_id").is_in(calendar.running(day).implode()))
        rows.append((feed.name, str(day), int(today["trips"].sum()), "observed"))
    return pl.DataFrame(rows, schema=_empty(tables.FEED_SERVICE).schema, orient="row")


def _empty(schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(schema={column.name: column.dtype for column in schema.columns})


# ---- the steps


def feed_service(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)],
) -> tables.FeedService:
    """The days on which the group's feeds have service; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    """
    if feeds is None:
        return _empty(tables.FEED_SERVICE)
    found = []
    for path in _zips(feeds):
        checked = check(path)
        checked.report.refuse()
        found.append(checked.service)
    return pl.concat(found)


def feed_stops(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)], travel_rules: TravelRules
) -> tables.FeedStops:
    """Where the vehicles of the group's feeds stop; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    travel_rules : the day that is used.
    """
    return _empty(tables.FEED_STOPS) if feeds is None else _chosen(feeds, travel_rules).stops


def feed_lines(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)], travel_rules: TravelRules
) -> tables.FeedLines:
    """The lines of the group's feeds that run on the day; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    travel_rules : the day that is used.
    """
    return _empty(tables.FEED_LINES) if feeds is None else _chosen(feeds, travel_rules).lines


def feed_calls(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)], travel_rules: TravelRules
) -> tables.FeedCalls:
    """Every call of every trip of the group's feeds on the day; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    travel_rules : the day that is used.
    """
    return _empty(tables.FEED_CALLS) if feeds is None else _chosen(feeds, travel_rules).calls


def feed_changes(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)], travel_rules: TravelRules
) -> tables.FeedChanges:
    """The times to change that the group's feeds state; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    travel_rules : the day that is used.
    """
    return _empty(tables.FEED_CHANGES) if feeds is None else _chosen(feeds, travel_rules).changes


def feed_days(
    feeds: Annotated[Path | None, Raw("timetables/", optional=True)], travel_rules: TravelRules
) -> tables.FeedDays:
    """The day and validity of the group's feeds; no rows while it has none.

    Parameters
    ----------
    feeds : the folder of feeds, each a zip.
    travel_rules : the day that is used.
    """
    return _empty(tables.FEED_DAYS) if feeds is None else _chosen(feeds, travel_rules).days


_READING = Lock()


def _chosen(folder: Path, travel_rules: pl.DataFrame) -> Feed:
    """The folder's feeds on the day, read once for all five steps, which may run at the same time."""
    states = tuple((path, path.stat().st_size, path.stat().st_mtime_ns) for path in _zips(folder))
    with _READING:
        return _once(states, day_of(travel_rules["day"].item()))


def _zips(folder: Path) -> list[Path]:
    """The feeds in a folder."""
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if wrong := [path for path in paths if path.suffix.lower() != ".zip"]:
        raise DataError(f"{wrong[0]} is not a zip; {folder} may hold timetables only, each a zip")
    if not paths:
        raise DataError(f"{folder} holds no feed; put timetables there, each a zip, or take its line out")
    return paths


@lru_cache(maxsize=1)
def _once(states: tuple[tuple[Path, int, int], ...], day: date) -> Feed:
    return read([path for path, _, _ in states], day)
