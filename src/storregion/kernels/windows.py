"""What the journeys between two places come to in windows of the day, over several draws of the clock."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Summary(NamedTuple):
    """Figures by pair, by window, and by way: leaving in the window, or arriving in it.

    Counts, the fewest of changes and the fastest are those of the middle draw; typical times and waits are
    nearest ranks over the journeys and minutes of all draws. Where the middle draw has no journey, times are
    not a number and changes are -1.
    """

    journeys: Indices  # (pairs, windows, 2)
    direct: Indices  # (pairs, windows, 2) journeys with one ride
    changes: Indices  # (pairs, windows, 2) that the typical journey takes
    fastest: Floats  # (pairs, windows, 2) seconds
    typical: Floats  # (pairs, windows, 2) seconds, the median
    low: Floats  # (pairs, windows, 2) seconds, the least median of any draw with a journey
    high: Floats  # (pairs, windows, 2) seconds, the highest
    waits: Floats  # (pairs, windows, 2, percents) seconds with the wait; infinite beyond the longest
    soon: Floats  # (pairs, windows, 2) share of the minutes with at most an hour, the wait included


@compiled
def summaries(
    begin: Indices,
    end: Indices,
    times: Floats,
    rides: Indices,
    windows: Indices,
    longest: float,
    percents: Indices,
) -> Summary:
    """The figures of some windows, for all pairs of places.

    Parameters
    ----------
    begin, end : (draws, pairs) where the journeys of each draw and pair lie.
    times : (3, journeys) whole seconds of the day when one must be there, leaves, and arrives; rising within
        a draw and pair.
    rides : (journeys,) vehicles boarded; 0 for a walk.
    windows : (windows, 2) first second and the one after the last; whole minutes.
    longest : seconds of the longest journey that counts.
    percents : (percents,) of the minutes of a window, by nearest rank, 1 to 100.
    """
    shape = (begin.shape[1], len(windows), 2)
    found = Summary(
        np.zeros(shape, np.int64),
        np.zeros(shape, np.int64),
        np.full(shape, -1, np.int64),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full((begin.shape[1], len(windows), 2, len(percents)), np.inf),
        np.zeros(shape),
    )
    most = 0
    for pair in range(begin.shape[1]):
        most = max(most, (end[:, pair] - begin[:, pair]).sum())
    taken, changes = np.empty(most), np.empty(most)
    runs = np.empty((most, 2))
    for pair in range(begin.shape[1]):
        for window in range(len(windows)):
            for way in range(2):
                here = (pair, window, way)
                _journeys(found, here, begin, end, times, rides, windows[window], taken, changes)
                size = _waits(begin[:, pair], end[:, pair], times, way, windows[window], longest, runs)
                minutes = len(begin) * len(range(windows[window, 0], windows[window, 1], 60))
                for at in range(len(percents)):
                    rank = -(-minutes * percents[at] // 100)
                    found.waits[pair, window, way, at] = _least(runs[:size], rank, longest)
                found.soon[here] = _within(runs[:size], min(3600.0, longest)) / minutes
    return found


@compiled
def _journeys(
    found: Summary,
    here: tuple[int, int, int],
    begin: Indices,
    end: Indices,
    times: Floats,
    rides: Indices,
    window: Indices,
    taken: Floats,
    changes: Floats,
) -> None:
    """Set the figures of the journeys of a window; `taken` and `changes` have room for all of a pair's."""
    pair, _, way = here
    draws = len(begin)
    counts, direct = np.zeros(draws), np.zeros(draws)
    fastest = np.full(draws, np.inf)
    low, high = np.inf, -np.inf
    size = 0
    for draw in range(draws):
        first = size
        for at in range(begin[draw, pair], end[draw, pair]):
            if window[0] <= times[1 + way, at] < window[1]:
                taken[size] = times[2, at] - times[1, at]
                fastest[draw] = min(fastest[draw], taken[size])
                changes[size] = max(rides[at] - 1, 0)
                direct[draw] += rides[at] == 1
                size += 1
        counts[draw] = size - first
        if size > first:
            median = _median(taken[first:size])
            low, high = min(low, median), max(high, median)
    found.direct[here] = int(_median(direct))
    found.journeys[here] = int(_median(counts))
    if found.journeys[here]:
        found.fastest[here] = _median(fastest)
        found.typical[here] = _median(taken[:size])
        found.changes[here] = int(_median(changes[:size]))
        found.low[here], found.high[here] = low, high


@compiled
def _waits(
    begin: Indices, end: Indices, times: Floats, way: int, window: Indices, longest: float, runs: Floats
) -> int:
    """The seconds from each minute until one is there, or before it that one must set out, in runs.

    The minutes that one journey serves wait a minute longer each: a run is its shortest wait, and how many
    minutes wait no longer than the longest. How many runs are written.
    """
    start = window[0]
    minutes = len(range(window[0], window[1], 60))
    size = 0
    for draw in range(len(begin)):
        served = 0  # minutes that earlier journeys serve
        for at in range(begin[draw], end[draw]):
            if way == 0:
                until = min(int((times[0, at] - start) // 60) + 1, minutes)
                wait = times[2, at] - (start + 60 * (until - 1))
            else:
                served = max(_minute_from(times[2, at], start), 0)
                until = minutes
                if at + 1 < end[draw]:
                    until = min(_minute_from(times[2, at + 1], start), minutes)
                wait = start + 60 * served - times[0, at]
            if until > served and wait <= longest:
                runs[size, 0] = wait
                runs[size, 1] = min(until - served, int((longest - wait) // 60) + 1)
                size += 1
            served = max(served, until)
    return size


@compiled
def _minute_from(time: float, start: int) -> int:
    """The first minute of a window that is not before a time."""
    return -int((start - time) // 60)


@compiled
def _within(runs: Floats, most: float) -> int:
    """How many minutes of some runs wait no longer than `most` seconds."""
    count = 0
    for at in range(len(runs)):
        if runs[at, 0] <= most:
            # Of whole seconds a quotient is as good as a whole division, and far quicker.
            count += min(int(runs[at, 1]), int((most - runs[at, 0]) / 60.0) + 1)
    return count


@compiled
def _least(runs: Floats, rank: int, longest: float) -> float:
    """The least number of whole seconds that so many minutes wait at most; infinite where fewer do."""
    high = np.int64(np.floor(longest))
    if _within(runs, float(high)) < rank:
        return np.inf
    low = np.int64(0)
    while low < high:
        middle = (low + high) // 2
        if _within(runs, float(middle)) >= rank:
            high = middle
        else:
            low = middle + 1
    return float(low)


@compiled
def _median(values: Floats) -> float:
    """The median by nearest rank: the least value that half of them are at or below."""
    return float(np.sort(values)[(len(values) - 1) // 2])
