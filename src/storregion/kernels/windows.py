"""What the journeys between two places come to in windows of the day, over several draws of the clock."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Summary(NamedTuple):
    """Figures by window, and by way: leaving in the window, or arriving in it.

    Counts, the fewest of changes and the fastest are those of the middle draw; typical times and waits are
    nearest ranks over the journeys and minutes of all draws. Where the middle draw has no journey, times are
    not a number and changes are -1.
    """

    journeys: Indices  # (windows, 2)
    direct: Indices  # (windows, 2) journeys with one ride
    changes: Indices  # (windows, 2) that the typical journey takes
    fastest: Floats  # (windows, 2) seconds
    typical: Floats  # (windows, 2) seconds, the median
    low: Floats  # (windows, 2) seconds, the least median of any draw with a journey
    high: Floats  # (windows, 2) seconds, the highest
    waits: Floats  # (windows, 2, percents) seconds with the wait; infinite beyond the longest
    soon: Floats  # (windows, 2) share of the minutes with at most an hour, the wait included


@compiled
def summary(
    first: Indices,
    times: Floats,
    rides: Indices,
    windows: Indices,
    longest: float,
    percents: Indices,
) -> Summary:
    """The figures of some windows.

    Parameters
    ----------
    first : (draws + 1,) where the journeys of each draw begin, and where the last one's end.
    times : (3, journeys) seconds of the day when one must be there, leaves, and arrives; rising in a draw.
    rides : (journeys,) vehicles boarded; 0 for a walk.
    windows : (windows, 2) first second and the one after the last; whole minutes.
    longest : seconds of the longest journey that counts.
    percents : (percents,) of the minutes of a window, by nearest rank, 1 to 100.
    """
    shape = (len(windows), 2)
    found = Summary(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.full(shape, -1, np.int64),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full((len(windows), 2, len(percents)), np.inf),
        np.zeros(shape),
    )
    taken = np.empty(len(rides))
    changes = np.empty(len(rides))
    for window in range(len(windows)):
        start, end = windows[window]
        for way in range(2):
            _journeys(found, (window, way), first, times, rides, start, end, taken, changes)
            waits = _waits(first, times, way, start, end, longest)
            for at in range(len(percents)):
                found.waits[window, way, at] = _ranked(waits, percents[at])
            found.soon[window, way] = (waits <= 3600.0).mean()
    return found


@compiled
def _journeys(
    found: Summary,
    here: tuple[int, int],
    first: Indices,
    times: Floats,
    rides: Indices,
    start: int,
    end: int,
    taken: Floats,
    changes: Floats,
) -> None:
    """Set the figures of the journeys of a window; `taken` and `changes` have room for all journeys."""
    draws = len(first) - 1
    counts = np.zeros(draws, np.int64)
    direct = np.zeros(draws, np.int64)
    fastest = np.full(draws, np.inf)
    low, high = np.inf, -np.inf
    size = 0
    for draw in range(draws):
        begin = size
        for at in range(first[draw], first[draw + 1]):
            if start <= times[1 + here[1], at] < end:
                taken[size] = times[2, at] - times[1, at]
                fastest[draw] = min(fastest[draw], taken[size])
                changes[size] = max(rides[at] - 1, 0)
                direct[draw] += rides[at] == 1
                size += 1
        counts[draw] = size - begin
        if size > begin:
            median = _ranked(taken[begin:size], 50)
            low, high = min(low, median), max(high, median)
    middle = (draws - 1) // 2
    found.direct[here] = np.sort(direct)[middle]
    found.journeys[here] = np.sort(counts)[middle]
    if found.journeys[here]:
        found.fastest[here] = np.sort(fastest)[middle]
        found.typical[here] = _ranked(taken[:size], 50)
        found.changes[here] = int(_ranked(changes[:size], 50))
        found.low[here], found.high[here] = low, high


@compiled
def _waits(first: Indices, times: Floats, way: int, start: int, end: int, longest: float) -> Floats:
    """(draws x minutes,) seconds from each minute until one is there, or before it that one must set out."""
    draws, minutes = len(first) - 1, len(range(start, end, 60))
    waits = np.full(draws * minutes, np.inf)
    for draw in range(draws):
        at, last = first[draw], first[draw + 1]
        for minute in range(minutes):
            moment = start + 60 * minute
            if way == 0:
                while at < last and times[0, at] < moment:
                    at += 1
                wait = times[2, at] - moment if at < last else np.inf
            else:
                while at < last and times[2, at] <= moment:
                    at += 1
                wait = moment - times[0, at - 1] if at > first[draw] else np.inf
            if wait <= longest:
                waits[draw * minutes + minute] = wait
    return waits


@compiled
def _ranked(values: Floats, percent: int) -> float:
    """A percentile by nearest rank: the least value that so many of a hundred are at or below."""
    at = -(-len(values) * percent // 100) - 1
    return float(np.partition(values, at)[at])
