"""From the times of a search at stops to the journeys to places, for all places at once."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.scan import UNREACHED, Labels

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class Goals(NamedTuple):
    """Places to come to, by the stops that a search answers for.

    The stops of place g are end[first_end[g]] to end[first_end[g + 1] - 1]; those from which one walks to it,
    its own among them, are near[first_near[g]] and so on.
    """

    asked: Indices  # (stops,) those that a search has to answer for, rising
    first_end: Indices  # (places + 1,)
    end: Indices  # indexes in `asked`
    first_near: Indices  # (places + 1,)
    near: Indices  # indexes in `asked`
    seconds: Ints  # to walk from each of `near`


class Kept(NamedTuple):
    """The journeys to each place that no other beats; those of place g are first[g] to first[g + 1] - 1."""

    first: Indices  # (places + 1,)
    times: Floats  # (3, journeys) seconds of the day when one must be at the stop, leaves, and arrives
    rides: Indices  # (journeys,) 0 for a walk


@compiled
def come(
    by_ride: Labels, earliest: Labels, rides: Labels, goals: Goals, start: int
) -> tuple[Floats, Indices]:
    """When one comes by ride to each place in each lane, and with how few rides.

    Parameters
    ----------
    by_ride, earliest, rides : (asked stops, lanes) as of `rounds.Rounds`.
    goals : the places.
    start : seconds of the day from which the times are counted.

    Returns
    -------
    (places, lanes) seconds of the day, infinite where nobody comes; and at least one ride, as who walks all
    the way beats what is looked for here.
    """
    places, lanes = len(goals.first_end) - 1, by_ride.shape[1]
    arrivals = np.full((places, lanes), np.inf)
    fewest = np.empty((places, lanes), np.int64)
    soonest = np.empty(lanes, np.int64)
    for place in range(places):
        for at in range(goals.first_near[place], goals.first_near[place + 1]):
            walk = start + goals.seconds[at]
            stop = goals.near[at]
            for lane in range(lanes):
                time = by_ride[stop, lane]
                if time != UNREACHED and time + walk < arrivals[place, lane]:
                    arrivals[place, lane] = time + walk
        soonest[:] = UNREACHED + 1
        for at in range(goals.first_end[place], goals.first_end[place + 1]):
            stop = goals.end[at]
            for lane in range(lanes):
                first, count = earliest[stop, lane], max(rides[stop, lane], 1)
                if first < soonest[lane] or (first == soonest[lane] and count < fewest[place, lane]):
                    soonest[lane], fewest[place, lane] = first, count
    return arrivals, fewest


@compiled
def unbeaten(
    ready: Floats, arrivals: Floats, rides: Indices, on_foot: Floats, slack: int, longest: int
) -> Kept:
    """The journeys to each place that no later one makes needless.

    Of those that arrive alike the last to leave is kept.

    Parameters
    ----------
    ready : (lanes,) seconds of the day when one is at the stop, rising.
    arrivals, rides : (places, lanes) of the best journey by ride.
    on_foot : (places,) seconds to walk all the way, taken where that is not slower; infinite beyond reach,
        and no journey at all where it is 0.
    slack : seconds that one must be at the stop before a departure.
    longest : seconds from being at the stop to the arrival.
    """
    places, lanes = arrivals.shape
    first = np.zeros(places + 1, np.int64)
    times = np.empty((3, places * lanes))
    counts = np.empty(places * lanes, np.int64)
    size = 0
    for place in range(places):
        begin, soonest = size, np.inf
        for lane in range(lanes - 1, -1, -1) if on_foot[place] > 0 else range(0):
            walked = ready[lane] + on_foot[place] <= arrivals[place, lane]
            arrival = ready[lane] + on_foot[place] if walked else arrivals[place, lane]
            if arrival < soonest and arrival - ready[lane] <= longest:
                soonest = arrival
                times[0, size] = ready[lane]
                times[1, size] = ready[lane] if walked else ready[lane] + slack
                times[2, size] = arrival
                counts[size] = 0 if walked else rides[place, lane]
                size += 1
        times[:, begin:size] = times[:, begin:size][:, ::-1].copy()
        counts[begin:size] = counts[begin:size][::-1].copy()
        first[place + 1] = size
    return Kept(first, times[:, :size].copy(), counts[:size].copy())
