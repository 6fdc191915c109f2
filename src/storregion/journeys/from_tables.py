"""The tables of a day's timetable as a network to search.

Stops become indexes in order of code and trips in order of number; metres are SWEREF 99 TM.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import geodesy
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.journeys.network import Ints, TravelNetwork

LONGEST_CHANGE = 3600
"""Seconds that stand for a change at one stop that takes longer, or that is stated to be impossible."""


def travel_network(
    calls: pl.DataFrame, stops: pl.DataFrame, changes: pl.DataFrame, travel_rules: pl.DataFrame
) -> TravelNetwork:
    """The tables of a day's timetable as a network to search.

    Parameters
    ----------
    calls, stops, changes, travel_rules : the tables of those names.

    Raises
    ------
    DataError
        The calls cannot be a timetable: times run backwards, or a stop is unknown.
    """
    (made,) = travel_networks([calls], stops, changes, travel_rules)
    return made


def travel_networks(
    timetables: Iterable[pl.DataFrame], stops: pl.DataFrame, changes: pl.DataFrame, travel_rules: pl.DataFrame
) -> tuple[TravelNetwork, ...]:
    """Several timetables between the same stops, each as a network to search.

    Parameters
    ----------
    timetables : the calls of each.
    stops, changes, travel_rules : the tables of those names.

    Raises
    ------
    DataError
        As of `travel_network`.
    """
    from storregion.kernels import calls as timed
    from storregion.kernels import network as build
    from storregion.kernels.walking import walking_links

    rules = travel_rules.row(0, named=True)
    speed = rules["walk_kmh"] / 3.6
    named = stops.sort("stop").with_row_index("at").with_columns(pl.col("at").cast(pl.Int32))
    index = named.select("stop", "at")
    points = np.column_stack(geodesy.projected(named)) if named.height else np.zeros((0, 2))
    stated, own = _stated(changes, index)
    change = np.zeros(named.height, np.int32)
    change[own[0]] = own[1]
    # The kernel takes no radius of nothing; within a metre lie only platforms at the same point.
    metres = max(rules["change_metres"], 1.0)
    walks = walking_links(points, metres, factor=rules["walk_factor"], speed=speed, stated=stated)
    stations = named.group_by("station", maintain_order=True).agg(pl.col("at").sort())
    found = {code: np.array(own, np.int32) for code, own in stations.iter_rows()}

    def made(calls: pl.DataFrame) -> TravelNetwork:
        rows = _in_order(calls, index)
        times = (rows[name].to_numpy() for name in ("at", "arrival", "departure", "board", "alight"))
        trips = rows["trip"].rle_id().cast(pl.Int64).to_numpy()
        try:
            timetable = build.network(timed.calls(trips, *times), walks, change)
        except ValueError as error:
            raise DataError(f"the calls are not a valid timetable: {error}") from None
        return TravelNetwork(
            timetable=timetable,
            stations=found,
            points=points,
            slack=int(rules["slack_seconds"]),
            longest=int(60 * rules["longest_minutes"]),
            pace=rules["walk_factor"] / speed,
            reach=60 * rules["walk_minutes"] * speed / rules["walk_factor"],
            basis=weakest_of("observed", calls),
        )

    return tuple(map(made, timetables))


def _in_order(calls: pl.DataFrame, index: pl.DataFrame) -> pl.DataFrame:
    """Calls by trip and position, each with the number of its stop, and without words: there are millions."""
    lean = calls.select("trip", "position", "arrival", "departure", "board", "alight", "stop")
    rows = lean.join(index, on="stop", how="left", maintain_order="left")
    if lost := rows.filter(pl.col("at").is_null())["stop"].unique().sort().to_list():
        raise DataError(f"calls are made at {lost[0]!r}, which does not exist; add it to the stops")
    rows = rows.drop("stop")
    step = rows.select(trip=pl.col("trip").diff(), position=pl.col("position").diff())
    onward = (pl.col("trip") > 0) | (pl.col("trip") == 0) & (pl.col("position") > 0)
    return rows if step.select(onward.all(ignore_nulls=True)).item() else rows.sort("trip", "position")


def _stated(
    changes: pl.DataFrame, index: pl.DataFrame
) -> tuple[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], tuple[Ints, Ints]]:
    """Stated changes between two stops, forbidden ones as -1, and those at one stop."""
    from storregion.kernels.walking import FORBIDDEN

    both = changes.join(index, left_on="from_stop", right_on="stop").join(
        index, left_on="to_stop", right_on="stop", suffix="_to"
    )
    seconds = both["seconds"].fill_null(FORBIDDEN).to_numpy()
    start, end = both["at"].cast(pl.Int64).to_numpy(), both["at_to"].cast(pl.Int64).to_numpy()
    apart = start != end
    own = np.where(seconds == FORBIDDEN, LONGEST_CHANGE, np.minimum(seconds, LONGEST_CHANGE))[~apart]
    return (start[apart], end[apart], seconds[apart]), (start[~apart].astype(np.int32), own.astype(np.int32))
