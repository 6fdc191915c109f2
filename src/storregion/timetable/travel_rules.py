"""The rules of travel: the day that is used, how one walks and changes, and the periods of the day."""

from datetime import date
from math import ceil
from typing import Annotated, Literal

import msgspec
import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError, SettingError
from storregion.core.table import Schema
from storregion.timetable.tables import FEED_SERVICE, FeedService

FEEDS = ("replace", "join", "leave_out")
DAY_RULES = ("stated", "typical_thursday")
PERIOD_NAMES = ("morning", "midday", "evening")
WAYS = ("depart_at", "arrive_by")
"""What a period counts: journeys that leave in it, or that arrive in it."""
DAY_BEGINS, DAY_ENDS = 3 * 60, 27 * 60
LONGEST_PERIOD = 8 * 60
"""Minutes; one search holds no more departures besides the longest journey."""


TRAVEL_RULES = columns.schema(
    "travel_rules",
    __name__,
    columns.text("day", key=True, pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.code("feeds", choices=FEEDS),
    columns.number("slack_seconds", "seconds", least=0, most=3600),
    columns.number("walk_kmh", "kmh", least=0.5, most=30),
    columns.number("walk_factor", "ratio", least=1, most=3),
    columns.number("walk_minutes", "minutes", least=1, most=180),
    columns.number("change_metres", "metres", least=0, most=5000),
    columns.number("longest_minutes", "minutes", least=30, most=540),
    columns.text("stated_day", pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.code("day_rule", choices=DAY_RULES),
)
TravelRules = Annotated[pl.DataFrame, TRAVEL_RULES]


PERIODS = columns.schema(
    "periods",
    __name__,
    columns.code("period", key=True, choices=PERIOD_NAMES),
    columns.whole("first", "minutes", least=0, most=2880),
    columns.whole("last", "minutes", least=0, most=2880),
)
Periods = Annotated[pl.DataFrame, PERIODS]


_NO_FEEDS = pl.DataFrame(schema={column.name: column.dtype for column in FEED_SERVICE.columns})


class Walking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one walks to, from and between stops."""

    kmh: float = 4.8
    factor: float = 1.3
    minutes: float = 30.0
    change_metres: float = 500.0


def travel_rules(
    feed_service: FeedService = _NO_FEEDS,
    *,
    day: str = "2025-10-16",
    day_without_service: Literal["typical_thursday", "refuse"] = "typical_thursday",
    feeds: Literal["replace", "join", "leave_out"] = "replace",
    slack_seconds: float = 60.0,
    walking: Walking = Walking(),  # noqa: B008 - frozen
    longest_minutes: float = 300.0,
) -> TravelRules:
    """The day and the rules that every travel time here rests on.

    Parameters
    ----------
    feed_service : the days on which feeds have service.
    day : the day whose timetable is used, as 2025-10-16.
    day_without_service : what is done when the feeds do not reach that day: use a typical Thursday that
        all of them have, or refuse.
    feeds : whether feeds take the line plan's place (`replace`), join it, or are left out (`leave_out`).
    slack_seconds : how long before departure one must be at the stop, at every boarding.
    walking : the speed in kilometres an hour (`kmh`), the way on foot over the straight line (`factor`), the
        longest walk between a point and a stop (`minutes`), and the longest straight line walked between two
        stops at a change (`change_metres`).
    longest_minutes : journeys longer than this do not count.
    """
    day_of(day)
    service = feed_service if feeds != "leave_out" else feed_service.clear()
    chosen, how = day, "stated"
    if not _reached(service, day) and day_without_service == "typical_thursday":
        chosen, how = typical_thursday(service), "typical_thursday"
    if slack_seconds < 1:
        raise SettingError(
            f"travel_rules: slack_seconds = {slack_seconds:g}; give at least 1, or a hop of no time could be "
            "boarded as one arrives"
        )
    walk = msgspec.structs.astuple(walking)
    row = (chosen, feeds, slack_seconds, *walk, longest_minutes, day, how, "assumed")
    return pl.DataFrame([row], schema=_types(TRAVEL_RULES), orient="row")


def _reached(service: pl.DataFrame, day: str) -> bool:
    """Whether every feed's days reach a day and one has service on it; also when there are no feeds."""
    ends = service.group_by("feed", maintain_order=True).agg(
        first=pl.col("day").min(), last=pl.col("day").max()
    )
    within = ends.select(((pl.col("first") <= day) & (pl.col("last") >= day)).all()).item()
    return service.is_empty() or (bool(within) and not service.filter(day=day).is_empty())


def typical_thursday(service: pl.DataFrame) -> str:
    """The first Thursday of full service among those on which every feed has service.

    Full are as many trips as nine Thursdays of ten do not exceed, give or take 5 %. Holidays have fewer, and
    so have the days that feeds have only in part: long gone or far ahead. The middle would be among those
    where they are many, and the most may be a day of extra trips.

    Parameters
    ----------
    service : the days on which feeds have service, as `feed_service` has them.

    Raises
    ------
    DataError
        There is no such Thursday.
    """
    feeds = service["feed"].n_unique()
    days = (
        service.filter(pl.col("day").str.to_date().dt.weekday() == 4)
        .group_by("day", maintain_order=True)
        .agg(pl.col("trips").sum(), pl.len())
        .filter(pl.col("len") == feeds)
        .sort("day")
    )
    if days.is_empty():
        spans = (
            service.group_by("feed", maintain_order=True)
            .agg(first=pl.col("day").min(), last=pl.col("day").max())
            .sort("feed")
        )
        listed = ", ".join(f"{feed} {first} to {last}" for feed, first, last in spans.iter_rows())
        raise DataError(
            f"the feeds have no Thursday in common ({listed}), so no day can be chosen; replace the feed "
            "whose days are over, or write a day that all of them reach under [travel_rules] in "
            "assumptions.toml"
        )
    full = sorted(days["trips"])[ceil(0.9 * days.height) - 1]
    return str(days.filter((pl.col("trips") - full).abs() <= 0.05 * full)["day"][0])


def periods(
    *, morning: str = "06:00-09:00", midday: str = "10:00-14:00", evening: str = "15:00-18:00"
) -> Periods:
    """The periods of the day, each written as 06:00-09:00.

    Parameters
    ----------
    morning : within 03:00 and 27:00, which is 03:00 the next day; at most eight hours, as are the others.
    midday : the hours between the rushes.
    evening : the hours when most go home.
    """
    rows = []
    for name, written in zip(PERIOD_NAMES, (morning, midday, evening), strict=True):
        first, _, last = written.partition("-")
        start, end = _minutes(first, name), _minutes(last, name)
        if not start < end:
            raise SettingError(
                f"periods: {name} = {written!r} ends before it begins; write it as 06:00-09:00"
            )
        if start < DAY_BEGINS or end > DAY_ENDS or end - start > LONGEST_PERIOD:
            raise SettingError(
                f"periods: {name} = {written!r}; a period lies between 03:00 and 27:00 (03:00 the next day) "
                "and lasts eight hours at most"
            )
        rows.append((name, start, end, "assumed"))
    return pl.DataFrame(rows, schema=_types(PERIODS), orient="row")


def day_of(written: str) -> date:
    """The day that the rules name.

    Raises
    ------
    SettingError
        It is not a valid day.
    """
    try:
        return date.fromisoformat(written if len(written) == 10 else "")
    except ValueError:
        raise SettingError(
            f"travel_rules: day = {written!r} is not a valid day; write it as 2025-10-16"
        ) from None


def _minutes(written: str, period: str) -> int:
    hour, colon, minute = written.strip().partition(":")
    if not colon or not (hour.isdecimal() and minute.isdecimal()) or int(minute) > 59 or int(hour) > 47:
        raise SettingError(f"periods: {period} has the time {written!r}; write it as 06:00-09:00")
    return 60 * int(hour) + int(minute)


def _types(schema: Schema) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {column.name: column.dtype for column in schema.columns}
