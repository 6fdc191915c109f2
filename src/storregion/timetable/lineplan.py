"""The line plan: lines by stations, run times and headways, as planners think of them, and their trips.

A day of the week is a weekday, a Saturday or a Sunday; public holidays and clock changes are not known here.
"""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.timetable.tables import LINES, RAIL_STATIONS, STOPS

DAYS = ("weekday", "saturday", "sunday")
DIRECTIONS = ("there", "back")
ALLOWED = ("both", "board", "alight")
BEGINS = ("terminus", "along")
NEXT_MORNING = 12 * 3600
"""Trips of the day after count that start before this second of it."""
_DAY = 86_400

LINE_STATIONS = columns.schema(
    "line_stations",
    __name__,
    RAIL_STATIONS["station"],
    columns.latitude(least=50.0, most=72.0),
    columns.longitude(least=5.0, most=25.0),
    columns.text("point"),
)
LineStations = Annotated[pl.DataFrame, LINE_STATIONS]

PUBLISHED_HOPS = columns.schema(
    "published_hops",
    __name__,
    columns.code("line", key=True),
    columns.text("from_station", "name", key=True),
    columns.text("to_station", "name", key=True),
    columns.duration("minutes", most=1440.0),
    columns.duration("minutes_back", most=1440.0),
    columns.text("source"),
)
PublishedHops = Annotated[pl.DataFrame, PUBLISHED_HOPS]

PLAN_STATIONS = STOPS.renamed("plan_stations", __name__)
PlanStations = Annotated[pl.DataFrame, PLAN_STATIONS]

PLAN_LINES = LINES.renamed("plan_lines", __name__)
PlanLines = Annotated[pl.DataFrame, PLAN_LINES]


PLAN_HOPS = columns.schema(
    "plan_hops",
    __name__,
    columns.code("line", key=True, refers=("plan_lines", "line")),
    columns.whole("position", "number", key=True, least=0),
    columns.code("from_stop", refers=("plan_stations", "stop")),
    columns.code("to_stop", refers=("plan_stations", "stop")),
    columns.duration("minutes", most=1440.0),
    columns.duration("minutes_back", most=1440.0),
    columns.duration("dwell", most=1440.0),
    columns.code("allowed", choices=ALLOWED),
    columns.text("source"),
)
PlanHops = Annotated[pl.DataFrame, PLAN_HOPS]

PLAN_SERVICES = columns.schema(
    "plan_services",
    __name__,
    columns.code("line", key=True, refers=("plan_lines", "line")),
    columns.code("direction", key=True, choices=DIRECTIONS),
    columns.code("days", key=True, choices=DAYS),
    columns.whole("first", "minutes", key=True, least=0, most=3600),
    columns.whole("last", "minutes", least=0, most=3600),
    columns.whole("headway", "minutes", least=1),
    columns.code("begins", choices=BEGINS),
)
PlanServices = Annotated[pl.DataFrame, PLAN_SERVICES]


def expanded(
    hops: pl.DataFrame, services: pl.DataFrame, yesterday: str, today: str, tomorrow: str
) -> pl.DataFrame:
    """Every call of every trip that the plan makes on a day, in the columns of `calls`.

    Parameters
    ----------
    hops : rows of `plan_hops`; each line's positions run from 0.
    services : rows of `plan_services`, from `first` every `headway` minutes until `last`. Where they begin
        along the line, trips that would have left the terminus sooner start where they would be by then.
    yesterday, today, tomorrow : the kind of each day, one of `DAYS`.

    Returns
    -------
    Calls with seconds from today's midnight, rounded to whole ones. Of yesterday's trips those still under
    way at midnight, a day taken off; of tomorrow's those that start before `NEXT_MORNING`, a day added. Trips
    are numbered from 0 by line, direction and start.

    Raises
    ------
    DataError
        A day is not one of `DAYS`, or a service's line has no hops.
    """
    if unknown := [kind for kind in (yesterday, today, tomorrow) if kind not in DAYS]:
        raise DataError(f"{unknown[0]!r} is not a kind of day; write one of {', '.join(DAYS)}")
    if lost := sorted(set(services["line"]) - set(hops["line"])):
        raise DataError(f"the line {lost[0]!r} has departures but no hops; give it stations")
    pattern = pl.concat([_pattern(hops, direction) for direction in DIRECTIONS])
    length = pattern.group_by("line", "direction", maintain_order=True).agg(
        pl.col("arrival").max().alias("length")
    )
    kinds = enumerate((yesterday, today, tomorrow), start=-1)
    starts = pl.concat([_starts(services.filter(days=kind), length, day) for day, kind in kinds])
    trips = (
        starts.filter(pl.col("start") + pl.col("length") >= 0, pl.col("start") < _DAY + NEXT_MORNING)
        .sort("line", "direction", "start")
        .with_row_index("trip")
    )
    at = [(pl.col("start") + pl.col(name)).alias(name) for name in ("arrival", "departure")]
    weaker = pl.max_horizontal("rank", "line_rank").replace_strict(
        {0: "observed", 1: "estimated", 2: "assumed"}, return_dtype=pl.String
    )
    made = trips.join(pattern, on=["line", "direction"], how="left").sort("trip", "position")
    return (
        made.filter(pl.col("start") + pl.col("departure") >= pl.col("opens"))
        .filter(pl.len().over("trip") > 1)
        .with_columns(position=pl.int_range(pl.len(), dtype=pl.Int64).over("trip"))
        .select(
            pl.col("trip").rle_id().cast(pl.Int64),
            "position",
            "line",
            "stop",
            *at,
            _may("board", pl.col("position") < pl.col("position").max().over("trip")),
            _may("alight", pl.col("position") > 0),
            weaker.alias("basis"),
        )
    )


def _may(what: str, there: pl.Expr) -> pl.Expr:
    """1 where the call lets travellers do it, and the trip goes on or has begun; else 0."""
    return (there & pl.col("allowed").is_in(["both", what])).cast(pl.Int64).alias(what)


_RANK = pl.col("basis").replace_strict({"observed": 0, "estimated": 1, "assumed": 2}, return_dtype=pl.Int64)


def _starts(services: pl.DataFrame, length: pl.DataFrame, day: int) -> pl.DataFrame:
    """The second at which every trip of these services leaves its terminus, `day` days from today.

    Trips that begin along the line left it before the service `opens`.
    """
    rows = services.join(length, on=["line", "direction"], how="left")
    # As many as can be under way by then; those that are at their end have one call left and are taken out.
    earlier = pl.col("length") // (60 * pl.col("headway"))
    sooner = pl.when(begins="along").then(earlier).otherwise(0) * pl.col("headway")
    minutes = pl.int_ranges(pl.col("first") - sooner, pl.col("last") + 1, "headway", dtype=pl.Int64)
    opens = (pl.col("first") * 60 + day * _DAY).alias("opens")
    return (
        rows.select("line", "direction", "length", opens, minutes.alias("start"), _RANK.alias("rank"))
        .explode("start")
        .with_columns(pl.col("start") * 60 + day * _DAY)
    )


def _pattern(hops: pl.DataFrame, direction: str) -> pl.DataFrame:
    """The calls of a trip in one direction, in seconds from its start."""
    there = direction == "there"
    ordered = hops.sort("line", "position").with_columns(
        ride=pl.col("minutes" if there else "minutes_back"),
        # A vehicle on its way back waits where the hop began, which is where the hop before it ended.
        wait=pl.col("dwell") if there else pl.col("dwell").shift(1, fill_value=0.0).over("line"),
        allowed=pl.col("allowed") if there else _mirrored(pl.col("allowed")),
        line_rank=_RANK.max().over("line"),
        first=pl.col("from_stop" if there else "to_stop"),
        stop=pl.col("to_stop" if there else "from_stop"),
    )
    ordered = ordered.sort("line", "position", descending=[False, not there])
    waited = pl.col("wait").shift(1, fill_value=0.0).over("line")
    arrival = (pl.col("ride") + waited).cum_sum().over("line")
    later = ordered.with_columns(
        position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("line"),
        arrival=(60 * arrival).round().cast(pl.Int64),
        departure=(60 * (arrival + pl.col("wait"))).round().cast(pl.Int64),
    )
    zero = pl.lit(0, pl.Int64)
    start = later.filter(position=1).with_columns(
        stop="first", position=zero, arrival=zero, departure=zero, allowed=pl.lit("both")
    )
    columns = ["line", "position", "stop", "arrival", "departure", "allowed", "line_rank"]
    return pl.concat([start.select(columns), later.select(columns)]).with_columns(direction=pl.lit(direction))


def _mirrored(allowed: pl.Expr) -> pl.Expr:
    """What is allowed where a hop began, on the way back: the other of what was on the way there."""
    other = allowed.replace({"board": "alight", "alight": "board"})
    return other.shift(1, fill_value="both").over("line")
