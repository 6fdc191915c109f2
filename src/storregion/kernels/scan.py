"""All stops from one place, for every departure minute of a window, in one scan of the timetable.

The Connection Scan (Dibbelt, Pajor, Strasser & Wagner 2018) with a lane per minute. Whoever leaves earlier
can do all that whoever leaves later can, so the lanes that can be aboard a trip, or wait at a stop, are the
first so many: one number per trip and stop. For the same reason a stop's times do not fall from lane to
lane, and an arrival improves a run of lanes that ends with the last one aboard.
"""

from operator import index
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.calls import LATEST
from storregion.kernels.compiled import compiled
from storregion.kernels.network import Connections, Network
from storregion.kernels.walking import Links

Ints = NDArray[np.int32]
Indices = NDArray[np.int64]
Labels = NDArray[np.uint16]

UNREACHED = 65_535
MOST_LANES = 32_767
HORIZON = 65_534  # seconds after the start of a window that a time can be stored: 18 hours


class Times(NamedTuple):
    """When each stop is reached in each lane, in seconds after the start of the window.

    Of a backward search they are the seconds before its end.
    """

    earliest: Labels  # (stops, lanes) by the walk from the origin, by ride, or by ride and walk
    by_ride: Labels  # (stops, lanes) by ride alone: where a walk may follow, to a place or another stop


def arrivals(
    timetable: Network,
    access_stops: ArrayLike,
    access_seconds: ArrayLike,
    start: int,
    lanes: int = 60,
    *,
    step: int = 60,
    slack: int = 60,
    cutoff: int = 10_800,
) -> Times:
    """The earliest arrival at every stop, for each departure of a window.

    Parameters
    ----------
    timetable : of the day.
    access_stops, access_seconds : (n,) stops to walk to from the origin, and how long that takes.
    start : seconds of the service day when the first lane leaves the origin; lane k leaves k · step later.
    lanes : how many departures.
    step : seconds from one departure to the next.
    slack : seconds between coming to a stop and leaving it by ride, at every boarding, the first included.
        Where the stop's own time to change is longer, that holds.
    cutoff : seconds after its departure by which a lane must arrive.

    Returns
    -------
    Times in seconds after `start`, exact to the second; UNREACHED where it takes longer than `cutoff`.

    Raises
    ------
    ValueError
        Window and cutoff together are longer than HORIZON; the slack is 0, with which a scan misses changes
        between hops that take no time (`rounds.rraptor` takes it); or an argument is out of range.
    """
    window = asked(start, lanes, step, slack, cutoff, least_slack=1)
    stops, seconds = checked_access(access_stops, access_seconds, timetable.stops)
    waits = np.maximum(timetable.change, np.int32(slack))
    return _run(
        timetable, timetable.forward, timetable.walks, np.zeros_like(waits), waits, stops, seconds, window
    )


def departures(
    timetable: Network,
    egress_stops: ArrayLike,
    egress_seconds: ArrayLike,
    end: int,
    lanes: int = 60,
    *,
    step: int = 60,
    slack: int = 60,
    cutoff: int = 10_800,
) -> Times:
    """The latest time to be at every stop so as to reach a place, for each arrival of a window.

    Parameters
    ----------
    timetable : of the day.
    egress_stops, egress_seconds : (n,) stops to walk from to the place, and how long that takes.
    end : seconds of the service day when the first lane must be there; lane k must be k · step earlier.
    lanes, step, slack, cutoff : as of `arrivals`.

    Returns
    -------
    Times in seconds before `end`; UNREACHED where it takes longer than `cutoff`. `earliest` may start with
    the walk to the place or to another stop; `by_ride` starts with a ride, for which the slack is counted.

    Raises
    ------
    ValueError
        As of `arrivals`.
    """
    window = asked(-end, lanes, step, slack, cutoff, least_slack=1)
    stops, seconds = checked_access(egress_stops, egress_seconds, timetable.stops)
    waits = np.maximum(timetable.change, np.int32(slack))
    return _run(
        timetable,
        timetable.backward,
        timetable.walks_back,
        waits,
        np.zeros_like(waits),
        stops,
        seconds,
        window,
    )


class Window(NamedTuple):
    """The departures that are asked for."""

    start: int
    lanes: int
    step: int
    slack: int
    cutoff: int

    @property
    def length(self) -> int:
        """Seconds from the first departure to the last arrival that counts."""
        return (self.lanes - 1) * self.step + self.cutoff


def asked(start: int, lanes: int, step: int, slack: int, cutoff: int, *, least_slack: int) -> Window:
    """The window in whole numbers, or refused where it cannot be searched."""
    window = Window(*map(index, (start, lanes, step, slack, cutoff)))
    if window.lanes < 1 or window.step < 1 or window.cutoff < 0:
        raise ValueError(
            f"lanes and step must be 1 or more and the cutoff 0 or more, not {lanes}, {step} and {cutoff}"
        )
    if window.lanes > MOST_LANES:
        raise ValueError(f"a window has {MOST_LANES} departures at most, not {lanes}")
    if window.length > HORIZON:
        raise ValueError(
            f"a window of {lanes} departures and a cutoff of {cutoff} s reach {window.length} s ahead, more "
            f"than the {HORIZON} s that can be stored; take a shorter window or cutoff"
        )
    if abs(window.start) > LATEST:
        raise ValueError(f"the window is {abs(start)} s from the start of the day, more than {LATEST} s")
    if not least_slack <= window.slack <= HORIZON:
        raise ValueError(f"the slack must be {least_slack} to {HORIZON} s, not {slack}")
    return window


def checked_access(stops: ArrayLike, seconds: ArrayLike, size: int) -> tuple[Ints, Ints]:
    """The stops around a place as the kernels take them, or refused."""
    where, after = np.asarray(stops), np.asarray(seconds)
    if where.ndim != 1 or where.shape != after.shape:
        raise ValueError("stops and the seconds to them must be as many")
    if len(where) == 0:
        return np.zeros(0, np.int32), np.zeros(0, np.int32)
    if where.dtype.kind not in "iu" or after.dtype.kind not in "iu":
        raise ValueError("stops and the seconds to them must be whole numbers")
    if where.min() < 0 or where.max() >= size:
        raise ValueError(f"there are {size} stops; {where.min()} to {where.max()} are asked for")
    if after.min() < 0 or after.max() > LATEST:
        raise ValueError(f"the seconds to a stop must be 0 to {LATEST}")
    return np.require(where, np.int32, ["C", "W"]), np.require(after, np.int32, ["C", "W"])


def _run(
    timetable: Network,
    hops: Connections,
    walks: Links,
    after_ride: Ints,
    before_ride: Ints,
    stops: Ints,
    seconds: Ints,
    window: Window,
) -> Times:
    found = _scan(
        hops,
        timetable.trips,
        walks,
        after_ride,
        before_ride,
        stops,
        seconds,
        window.start,
        window.lanes,
        window.step,
        window.cutoff,
    )
    return Times(*found)


@compiled
def _lower(labels: Labels, stop: np.uint32, most: np.uint32, value: int) -> None:
    """Lower a stop's lanes, from the last one given down to where it no longer improves."""
    lane = int(most)
    while lane >= 0 and labels[stop, np.uint32(lane)] > value:
        labels[stop, np.uint32(lane)] = value
        lane -= 1


@compiled
def trim(labels: Labels, step: int, cutoff: int) -> None:
    """Take away what arrives too late for its lane."""
    lanes = labels.shape[1]
    latest = (np.arange(lanes) * step + cutoff).astype(np.uint16)
    none = np.uint16(UNREACHED)
    for stop in range(len(labels)):
        # Times do not fall from lane to lane: the first tells if there are any, the last if any is late.
        if labels[stop, 0] != none and labels[stop, lanes - 1] > latest[0]:
            for lane in range(lanes):
                value = labels[stop, lane]
                labels[stop, lane] = none if value > latest[lane] else value


@compiled
def _walked(none: Labels, stops: Ints, seconds: Ints, step: int, cutoff: int) -> Labels:
    """When the stops around the origin are reached on foot."""
    earliest = none.copy()
    for at in range(len(stops)):
        if seconds[at] <= cutoff:
            for lane in range(none.shape[1]):
                value = lane * step + seconds[at]
                earliest[stops[at], lane] = min(earliest[stops[at], lane], value)
    return earliest


@compiled
def _scan(
    hops: Connections,
    trips: int,
    walks: Links,
    after_ride: Ints,
    before_ride: Ints,
    stops: Ints,
    seconds: Ints,
    start: int,
    lanes: int,
    step: int,
    cutoff: int,
) -> tuple[Labels, Labels]:
    """The scan; backward, times are negated, and the slack is at the end of a ride instead of before it."""
    time, origin, target, until, ride = hops
    walk_first, walk_stop, walk_seconds = walks
    by_ride = np.full((len(before_ride), lanes), UNREACHED, np.uint16)
    earliest = _walked(by_ride, stops, seconds, step, cutoff)
    # The lanes that may board at a stop now, and when the next one may; the lanes aboard a trip.
    waiting = np.zeros(len(before_ride), np.int16)
    ready = (start + earliest[:, 0] + before_ride).astype(np.int32)
    aboard = np.zeros(trips, np.int16)
    last = start + (lanes - 1) * step + cutoff
    for hop in range(np.searchsorted(time, start), np.searchsorted(time, last, side="right")):
        here = np.uint32(origin[hop])  # unsigned: no test whether it counts from the end
        packed = ride[hop]
        trip = np.uint32(packed >> 2)
        count = aboard[trip]
        if time[hop] >= ready[here]:
            lane = int(waiting[here])
            wait = start + before_ride[here]
            while lane < lanes and earliest[here, lane] + wait <= time[hop]:
                lane += 1
            waiting[here] = lane
            ready[here] = earliest[here, lane] + wait if lane < lanes else 2 * LATEST
        if packed & 2 and waiting[here] > count:
            count = waiting[here]
            aboard[trip] = count
        if count == 0 or not packed & 1:
            continue
        there = np.uint32(target[hop])
        most = np.uint32(count - 1)
        value = until[hop] - start + after_ride[there]
        if value >= by_ride[there, most] or value > most * step + cutoff:
            continue
        _lower(by_ride, there, most, value)
        if value < earliest[there, most]:
            _lower(earliest, there, most, value)
            if waiting[there] < lanes:
                ready[there] = start + earliest[there, waiting[there]] + before_ride[there]
        for link in range(walk_first[there], walk_first[there + 1]):
            near = np.uint32(walk_stop[link])
            walked = value + walk_seconds[link]
            if walked < earliest[near, most] and walked <= most * step + cutoff:
                _lower(earliest, near, most, walked)
                if waiting[near] < lanes:
                    ready[near] = start + earliest[near, waiting[near]] + before_ride[near]
    trim(earliest, step, cutoff)
    trim(by_ride, step, cutoff)
    return earliest, by_ride
