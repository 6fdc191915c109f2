"""On which days the services of a feed run, and how its times become seconds after one day's midnight."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from storregion.sources.gtfs.keys import filled, unique
from storregion.sources.gtfs.report import Faults, shown
from storregion.sources.gtfs.tables import WEEK

HALF_DAY = 43_200
REGULAR, CHANGED = "calendar.txt", "calendar_dates.txt"


@dataclass(frozen=True)
class Calendar:
    """The services of a feed: those that run on weekdays of a span, and days added (1) or taken out (2)."""

    regular: pl.DataFrame
    changed: pl.DataFrame

    @property
    def services(self) -> pl.Series:
        """Every service that is named."""
        return pl.concat([self.regular["service_id"], self.changed["service_id"]]).unique(maintain_order=True)

    def running(self, day: date) -> pl.Series:
        """The services that run one day.

        Parameters
        ----------
        day : the service day.
        """
        spanned = (pl.col("start_date") <= day) & (pl.col("end_date") >= day)
        week = self.regular.filter(spanned & (pl.col(WEEK[day.weekday()]) == 1))["service_id"]
        today = self.changed.filter(pl.col("date") == day)
        added = today.filter(pl.col("exception_type") == 1)["service_id"]
        taken = today.filter(pl.col("exception_type") == 2)["service_id"]
        return pl.concat([week.filter(~week.is_in(taken.implode())), added]).unique(maintain_order=True)

    def of(self, services: pl.Series) -> "Calendar":
        """The calendar of some services only.

        Parameters
        ----------
        services : their names.
        """
        wanted = pl.col("service_id").is_in(services.implode())
        return Calendar(self.regular.filter(wanted), self.changed.filter(wanted))

    def days(self) -> list[date]:
        """Every day on which any service runs, in order."""
        ends = [self.regular["start_date"], self.regular["end_date"], self.changed["date"]]
        every = pl.concat(ends).drop_nulls()
        if every.is_empty():
            return []
        ordered: list[date] = every.unique().sort().to_list()
        first, last = ordered[0], ordered[-1]
        count = self._counts(first, (last - first).days + 1)
        return [first + timedelta(int(at)) for at in np.flatnonzero(count > 0)]

    def _counts(self, first: date, length: int) -> np.ndarray:
        """How many services run on each day from the first on."""
        spans = self.regular.with_columns(
            start=(pl.col("start_date") - first).dt.total_days(),
            end=(pl.col("end_date") - first).dt.total_days(),
        )
        count = self._changes(first, length)
        for number, weekday in enumerate(WEEK):
            runs = spans.filter(pl.col(weekday) == 1)
            steps = np.zeros(length + 1, np.int64)
            np.add.at(steps, runs["start"].to_numpy(), 1)
            np.add.at(steps, runs["end"].to_numpy() + 1, -1)
            same = slice((number - first.weekday()) % 7, length, 7)
            count[same] += np.cumsum(steps)[:length][same]
        return count

    def _changes(self, first: date, length: int) -> np.ndarray:
        """What days added and taken out change in the counts, where they change anything."""
        flags = [pl.col(name) for name in WEEK]
        weekday = pl.col("date").dt.weekday() - 1
        runs = pl.concat_list(flags).list.get(weekday) == 1
        spanned = (pl.col("start_date") <= pl.col("date")) & (pl.col("end_date") >= pl.col("date"))
        reported = self.changed.join(self.regular, on="service_id", how="left").with_columns(
            already=(runs & spanned).fill_null(False), at=(pl.col("date") - first).dt.total_days()
        )
        step = (
            pl.when((pl.col("exception_type") == 1) & ~pl.col("already"))
            .then(1)
            .when((pl.col("exception_type") == 2) & pl.col("already"))
            .then(-1)
            .otherwise(0)
        )
        count = np.zeros(length, np.int64)
        reported = reported.with_columns(step=step)
        np.add.at(count, reported["at"].to_numpy(), reported["step"].to_numpy())
        return count


def calendar(tables: dict[str, pl.DataFrame], faults: Faults) -> Calendar:
    """The calendar of a feed, from either table of it or both.

    Parameters
    ----------
    tables : the feed's tables.
    faults : what is wrong is added to these.
    """
    regular, changed = tables[REGULAR], tables[CHANGED]
    if regular.is_empty() and changed.is_empty():
        what = ("varken den eller calendar_dates.txt har rader", "neither it nor calendar_dates.txt has rows")
        done = ("lägg till en av dem", "add one of them")
        faults.add("error", "missing_calendar_and_calendar_date_files", REGULAR, (), what, done, 1)
    regular = filled(REGULAR, regular, regular.columns, faults)
    changed = filled(CHANGED, changed, changed.columns, faults)
    turned = regular.filter(pl.col("start_date") > pl.col("end_date"))["row"]
    what = ("end_date är före start_date", "end_date is before start_date")
    done = ("rätta datumen", "correct the dates")
    faults.add("error", "start_and_end_range_out_of_order", REGULAR, turned, what, done)
    return Calendar(
        unique(REGULAR, regular, ["service_id"], faults).filter(pl.col("start_date") <= pl.col("end_date")),
        unique(CHANGED, changed, ["service_id", "date"], faults),
    )


def zone(tables: dict[str, pl.DataFrame], faults: Faults) -> ZoneInfo | None:
    """The one time zone of a feed; None when a fault says why there is none.

    Parameters
    ----------
    tables : the feed's tables.
    faults : what is wrong is added to these.
    """
    file, done = "agency.txt", ("skriv en tidszon, samma på alla rader", "give one time zone in all rows")
    rows = filled(file, tables[file], ["agency_timezone"], faults)
    names = rows["agency_timezone"].unique(maintain_order=True).to_list()
    if len(names) != 1:
        what = (f"{len(names)} tidszoner", f"{len(names)} time zones")
        faults.add("error", "inconsistent_agency_timezone", file, rows["row"], what, done, 1)
        return None
    try:
        return ZoneInfo(names[0])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        name = shown(names[0])
        what = (
            f"tidszonen {name} är okänd, eller så saknar datorn tidszoner (pip install tzdata)",
            f"the time zone {name} is unknown, or this machine has no time zones (pip install tzdata)",
        )
        faults.add("error", "invalid_timezone", file, rows["row"], what, done, 1)
        return None


def midnight(where: ZoneInfo, day: date) -> datetime:
    """The moment a day begins by the clock of a time zone.

    Parameters
    ----------
    where : the time zone.
    day : the day.
    """
    return datetime.combine(day, time(0), where).astimezone(UTC)


def offset(where: ZoneInfo, service: date, start: datetime) -> int:
    """Seconds from a moment to the zero of a service day's times, which is noon less twelve hours.

    That is the day's midnight except on the two days a year when clocks change: in spring it is an hour
    before, in autumn an hour after. Seconds are elapsed time, so a trip at 8:00 by the clock comes 7 hours
    after midnight that day in spring, and 9 in autumn.

    Parameters
    ----------
    where : the feed's time zone.
    service : the service day.
    start : the moment.
    """
    noon = datetime.combine(service, time(12), where).astimezone(UTC)
    return int((noon - start).total_seconds()) - HALF_DAY
