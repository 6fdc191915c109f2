"""Walking between places in a plane: seconds of every pair within reach.

A table of walking times from elsewhere replaces these, as `Links`.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]

NOISE = 1e-6  # seconds that are rounding, not walking
FORBIDDEN = -1  # seconds of a stated link that nobody may use


class Links(NamedTuple):
    """Stops to walk to, from each place: those at first[p] to first[p + 1] - 1."""

    first: Indices  # (places + 1,)
    stop: Ints  # (links,) rising within a place
    seconds: Ints  # (links,)


def nearest_stops(
    points: ArrayLike, stops: ArrayLike, radius: float, *, factor: float = 1.3, speed: float = 1.2
) -> Links:
    """Every stop within reach of each point.

    Parameters
    ----------
    points, stops : (n, 2) metres in the same plane.
    radius : metres as the crow flies; a stop at just this distance counts.
    factor : metres walked per metre as the crow flies.
    speed : metres walked per second.

    Returns
    -------
    Links from points to stops; seconds are rounded up, so that a detour is never the faster way.

    Raises
    ------
    ValueError
        A coordinate is not finite, or the radius, the factor or the speed is not above 0.
    """
    here, there = _plane(points, "points"), _plane(stops, "stops")
    if not (0 < radius < math.inf and 0 < factor < math.inf and 0 < speed < math.inf):
        raise ValueError("radius, factor and speed must be above 0 and finite")
    if not len(here) or not len(there):
        return Links(np.zeros(len(here) + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
    low = np.minimum(here.min(axis=0), there.min(axis=0))
    extent = np.maximum(here.max(axis=0), there.max(axis=0)) - low
    if extent.max() / radius > 2**30 or extent.max() * factor / speed > 2**31 - 1:
        raise ValueError(f"the places are {extent.max():g} m apart, too far for a radius of {radius:g} m")
    # Squares as wide as the radius, in columns; a margin of one keeps neighbouring columns apart.
    rows = int(extent[1] // radius) + 3
    square = ((there - low) // radius).astype(np.int64) + 1
    key = square[:, 0] * rows + square[:, 1]
    order = np.argsort(key, kind="stable")
    return Links(*_near(here - low, (there - low)[order], order, key[order], rows, radius, factor / speed))


def walking_links(
    stops: ArrayLike,
    radius: float,
    *,
    factor: float = 1.3,
    speed: float = 1.2,
    stated: tuple[ArrayLike, ArrayLike, ArrayLike] | None = None,
) -> Links:
    """Every other stop within reach of each stop, to change between rides.

    Parameters
    ----------
    stops : (stops, 2) metres in a plane.
    radius, factor, speed : as of `nearest_stops`.
    stated : from stop, to stop and seconds of changes that the timetable states. They hold whatever the
        distance, and instead of it; FORBIDDEN takes a link away.

    Returns
    -------
    Links between stops, none from a stop to itself. Within the radius no detour is faster than a link,
    save where seconds are stated.

    Raises
    ------
    ValueError
        As of `nearest_stops`; or a stated change is of a stop that does not exist, is between a stop and
        itself, or is stated twice.
    """
    near = nearest_stops(stops, stops, radius, factor=factor, speed=speed)
    size = len(near.first) - 1
    start = np.repeat(np.arange(size, dtype=np.int64), np.diff(near.first))
    kept = start != near.stop
    bare = Links(_first(start[kept], size), near.stop[kept], near.seconds[kept])
    if stated is None:
        return bare
    for at in np.flatnonzero(np.asarray(stated[0]) == np.asarray(stated[1]))[:1]:
        raise ValueError(
            f"stated change {at} is from stop {np.asarray(stated[0])[at]} to itself; that is the stop's time "
            "to change"
        )
    return restated(bare, size, stated)


def restated(links: Links, stops: int, stated: tuple[ArrayLike, ArrayLike, ArrayLike]) -> Links:
    """Links with stated seconds in place of those calculated.

    Parameters
    ----------
    links : from places to stops.
    stops : how many stops there are.
    stated : place, stop and seconds of each. They hold whatever the distance; FORBIDDEN takes a link away.

    Raises
    ------
    ValueError
        A stated link is of a place or stop that does not exist, takes less than no time, or is stated twice.
    """
    places = len(links.first) - 1
    given_pairs, given_seconds = _stated(stated, places, stops)
    key = np.repeat(np.arange(places, dtype=np.int64), np.diff(links.first)) * stops + links.stop
    kept, use = ~np.isin(key, given_pairs), given_seconds != FORBIDDEN
    key = np.concatenate([key[kept], given_pairs[use]])
    seconds = np.concatenate([links.seconds[kept], given_seconds[use]])
    order = np.argsort(key, kind="stable")
    start, stop = np.divmod(key[order], max(stops, 1))
    return Links(_first(start, places), stop.astype(np.int32), seconds[order].astype(np.int32))


def _first(start: Indices, places: int) -> Indices:
    """Where the links of each place begin, and the last end."""
    return np.searchsorted(start, np.arange(places + 1, dtype=np.int64)).astype(np.int64)


def _stated(
    stated: tuple[ArrayLike, ArrayLike, ArrayLike], places: int, stops: int
) -> tuple[Indices, Indices]:
    """Stated links as place · stops + stop, rising, and their seconds."""
    start, end, seconds = (np.asarray(column, np.int64) for column in stated)
    if not start.shape == end.shape == seconds.shape:
        raise ValueError("stated changes must have a stop, a stop and a number of seconds each")
    wrong = (np.minimum(start, end) < 0) | (start >= places) | (end >= stops)
    for at in np.flatnonzero(wrong)[:1]:
        raise ValueError(f"stated change {at} is from stop {start[at]} to {end[at]}, of {stops} stops")
    for at in np.flatnonzero((seconds < FORBIDDEN) | (seconds > 2**31 - 1))[:1]:
        raise ValueError(f"stated change {at} takes {seconds[at]} seconds; {FORBIDDEN} is for forbidden")
    key = start * stops + end
    order = np.argsort(key, kind="stable")
    for at in np.flatnonzero(np.diff(key[order]) == 0)[:1]:
        again = order[at + 1]
        raise ValueError(f"the change from stop {start[again]} to {end[again]} is stated twice")
    return key[order], seconds[order]


def _plane(given: ArrayLike, name: str) -> Floats:
    points = np.ascontiguousarray(given, np.float64)
    if points.size == 0:
        points = points.reshape(0, 2)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"{name} must be pairs of finite metres, one pair a place")
    return points


@compiled
def _near(
    here: Floats,
    there: Floats,
    number: Indices,
    key: Indices,
    rows: int,
    radius: float,
    pace: float,
) -> tuple[Indices, Ints, Ints]:
    """Pairs within the radius, by looking into the nine squares around; `there` is sorted by square."""
    first = np.zeros(len(here) + 1, np.int64)
    found = 0
    stop = np.empty(max(4 * len(here), 64), np.int32)
    seconds = np.empty(len(stop), np.int32)
    for point in range(len(here)):
        x, y = here[point, 0], here[point, 1]
        column = np.int64(x // radius) + 1
        row = np.int64(y // radius) + 1
        begin = found
        for beside in range(column - 1, column + 2):
            since = np.searchsorted(key, beside * rows + row - 1)
            until = np.searchsorted(key, beside * rows + row + 1, side="right")
            for at in range(since, until):
                apart = math.hypot(there[at, 0] - x, there[at, 1] - y)
                if apart > radius:
                    continue
                if found == len(stop):
                    stop = np.concatenate((stop, np.empty_like(stop)))
                    seconds = np.concatenate((seconds, np.empty_like(seconds)))
                place = found  # keep a point's stops in rising order
                while place > begin and stop[place - 1] > number[at]:
                    stop[place] = stop[place - 1]
                    seconds[place] = seconds[place - 1]
                    place -= 1
                stop[place] = number[at]
                seconds[place] = math.ceil(apart * pace - NOISE)
                found += 1
        first[point + 1] = found
    return first, stop[:found].copy(), seconds[:found].copy()
