"""The day that is calculated: line plan and feeds joined, a scenario made on them, and the rules of travel.

A feed among the group's files replaces the line plan, joins it, or is left out, as `travel_rules`
says. What a scenario changes is in `lines` and `calls`; `timetable_lines` and `timetable_calls` hold the
timetable as it was before.
"""

from datetime import date, timedelta
from typing import Literal

import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.sharing import shared
from storregion.core.table import Schema
from storregion.timetable.lineplan import PlanLines, PlanStations, expanded
from storregion.timetable.operations import Operated, TimetableOperations, operated, parsed
from storregion.timetable.service import Plan, Timetable
from storregion.timetable.tables import (
    TIMETABLE_DAYS,
    Calls,
    Changes,
    FeedCalls,
    FeedChanges,
    FeedDays,
    FeedLines,
    FeedStops,
    Lines,
    Stops,
    TimetableCalls,
    TimetableDays,
    TimetableLines,
    WalkingTimes,
)
from storregion.timetable.travel_rules import TravelRules, day_of

LINE_PLAN = "line_plan"


def stops(plan_stations: PlanStations, feed_stops: FeedStops, travel_rules: TravelRules) -> Stops:
    """Every stop of the timetables that count."""
    return _joined(plan_stations, feed_stops, travel_rules, "stop")


def timetable_lines(
    plan_lines: PlanLines, feed_lines: FeedLines, travel_rules: TravelRules
) -> TimetableLines:
    """The lines before any scenario's operations."""
    return _joined(plan_lines, feed_lines, travel_rules, "line")


def timetable_calls(
    plan: Plan,
    feed_calls: FeedCalls,
    travel_rules: TravelRules,
    timetable_lines: TimetableLines,
    stops: Stops,
) -> TimetableCalls:
    """The calls before any scenario's operations: the line plan's trips and those of the feeds."""
    day = day_of(travel_rules["day"].item())
    kinds = [_kind(day + timedelta(days=step)) for step in (-1, 0, 1)]
    planned = expanded(plan.hops, plan.services, *kinds)
    which = _which(feed_calls, travel_rules)
    if which == "feed":
        return feed_calls
    if which == "plan":
        return planned
    later = int(planned.select(pl.max_horizontal(pl.col("trip").max() + 1, 0)).item() or 0)
    return pl.concat([planned, feed_calls.with_columns(pl.col("trip") + later)])


def lines(timetable: Timetable, stops: Stops, timetable_operations: TimetableOperations) -> Lines:
    """The lines, with those that a scenario adds and without those that it removes."""
    return _operated(timetable, stops, timetable_operations).lines


def calls(timetable: Timetable, stops: Stops, timetable_operations: TimetableOperations) -> Calls:
    """Every call of the day, a scenario's operations made."""
    return _operated(timetable, stops, timetable_operations).calls


@shared(most=1)
def _operated(timetable: Timetable, stops: pl.DataFrame, operations: pl.DataFrame) -> Operated:
    """The operations made on the timetable, once for lines and calls."""
    return operated(timetable.calls, timetable.lines, stops, parsed(operations))


def changes(
    feed_changes: FeedChanges, walking_times: WalkingTimes, stops: Stops, travel_rules: TravelRules
) -> Changes:
    """The times to change that the feeds state, and the walking times given in place of theirs.

    Parameters
    ----------
    feed_changes : as the feeds state them.
    walking_times : minutes between two stops; seconds are rounded up.
    stops, travel_rules : the stops there are, and whether the feeds count.

    Raises
    ------
    DataError
        A walking time is to or from a stop that no timetable has.
    """
    stated = feed_changes.clear() if travel_rules["feeds"].item() == "leave_out" else feed_changes
    walked = walking_times.select(
        "from_stop",
        "to_stop",
        seconds=(60 * pl.col("minutes")).ceil().cast(pl.Int64),
        seconds_absent=pl.lit(None, pl.String),
        basis="basis",
    )
    known = set(stops["stop"])
    for stop in (*walked["from_stop"], *walked["to_stop"]):
        if stop not in known:
            raise DataError(
                f"walking_times.csv has a time for {stop!r}, which is not a stop of the timetable; "
                f"{nearest(stop, known)}"
            )
    return pl.concat([stated.join(walked, on=["from_stop", "to_stop"], how="anti"), walked])


def timetable_days(
    plan_lines: PlanLines,
    timetable_calls: TimetableCalls,
    timetable_lines: TimetableLines,
    feed_days: FeedDays,
    travel_rules: TravelRules,
) -> TimetableDays:
    """The day that is calculated and the validity of each timetable that counts."""
    if timetable_calls.is_empty():
        return pl.DataFrame(schema=_types(TIMETABLE_DAYS))
    own = timetable_lines.filter(feed=LINE_PLAN)
    day = travel_rules["day"].item()
    rows = feed_days if timetable_lines.height > own.height else feed_days.clear()
    if own.height:
        mine = timetable_calls.filter(pl.col("line").is_in(own["line"].implode()))
        trips = mine["trip"].n_unique()
        publisher = ", ".join(sorted(set(own["operator"])))
        row = (LINE_PLAN, publisher, day, day, day, trips, mine.height, "assumed")
        rows = pl.concat([pl.DataFrame([row], schema=_types(TIMETABLE_DAYS), orient="row"), rows])
    return rows


def _which(feed: pl.DataFrame, rules: pl.DataFrame) -> Literal["plan", "feed", "both"]:
    """Whose rows count."""
    how = rules["feeds"].item()
    if how == "leave_out" or feed.is_empty():
        return "plan"
    return "feed" if how == "replace" else "both"


def _joined(plan: pl.DataFrame, feed: pl.DataFrame, rules: pl.DataFrame, key: str) -> pl.DataFrame:
    which = _which(feed, rules)
    if which != "both":
        return feed if which == "feed" else plan
    if twice := sorted(set(plan[key]) & set(feed[key])):
        raise DataError(
            f"the line plan and a feed both have the {key} {twice[0]!r}; rename it in the line plan, or let "
            "the feeds replace the line plan (travel_rules.feeds)"
        )
    return pl.concat([plan, feed])


def _kind(day: date) -> Literal["weekday", "saturday", "sunday"]:
    """The kind of day by the week alone; a line plan knows no public holidays."""
    weekday = day.weekday()
    return "weekday" if weekday < 5 else "saturday" if weekday == 5 else "sunday"


def _types(schema: Schema) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {column.name: column.dtype for column in schema.columns}
