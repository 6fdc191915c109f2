"""The journeys of a part of the day between all of some places that no other beats, in one pass.

How soon one is there from a vehicle or a stop does not depend on how one came to it. One pass over the hops,
from the last to the first, therefore finds for every boarding when one can be at a place, and with how few
rides: the profile connection scan (Dibbelt, Pajor, Strasser & Wagner 2018). All places that are gone to pass
side by side, so that what the pass reads of the timetable it reads once for all of them.

An arrival and the rides it takes are one number, seconds · 2^shift + rides: the least is the soonest arrival,
and of those alike the one with the fewest rides.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.calls import LATEST
from storregion.kernels.compiled import compiled
from storregion.kernels.network import Connections, Network, transposed
from storregion.kernels.walking import Links

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Labels = NDArray[np.signedinteger]  # of 32 bits where arrivals and rides fit, else of 64

NONE = {np.int32: 2**30, np.int64: 2**62}
"""What stands where one does not come, by the type of number: with the most rides on top it still is one."""
ROOM = 64 * 2**20
"""Bytes that the arrivals of all boardings may take in one pass; more goals than fit take several passes."""


class Kept(NamedTuple):
    """The journeys between places that no other beats; of a pair they are begin to end - 1, rising."""

    begin: Indices  # (origins, goals)
    end: Indices  # (origins, goals)
    times: Floats  # (3, journeys) seconds of the day when one must be at the stop, leaves, and arrives
    rides: Indices  # (journeys,) the fewest that the journey takes; 0 for a walk


class Sought(NamedTuple):
    """Which journeys are looked for: seconds of the day, and seconds.

    `start` is when the first lane is at the stop, and each of `lanes` follows a minute after the one before.
    A boarding needs `slack`, and `longest` passes at most from being at the stop to the arrival.
    """

    start: int
    lanes: int
    slack: int
    longest: int

    @property
    def length(self) -> int:
        """Seconds from the first lane to the last arrival that counts."""
        return 60 * (self.lanes - 1) + self.longest


class _Boardings(NamedTuple):
    """The hops one may board, by stop and time; those at a stop are first[stop] to first[stop + 1] - 1."""

    first: Indices  # (stops + 1,)
    time: Ints  # (boardings,)
    of_hop: Indices  # (hops,) which boarding a hop is; -1 where nobody may get on


def profiles(timetable: Network, origins: Links, goals: Links, on_foot: Floats, sought: Sought) -> Kept:
    """The journeys from each origin to each goal, leaving at whole minutes, that no later one makes needless.

    Of those that arrive alike the last to leave is kept, and of those that leave in one minute the one with
    the fewest rides.

    Parameters
    ----------
    timetable : of the day.
    origins : stops to walk to from each origin, and the seconds that takes.
    goals : stops to walk from to each goal, and the seconds.
    on_foot : (origins, goals) seconds to walk all the way, taken where that is not slower than to ride;
        infinite beyond reach, and no journey at all where it is 0.
    sought : which journeys.

    Raises
    ------
    ValueError
        The slack is 0, with which hops that take no time would be missed, or a number is out of range.
    """
    if sought.slack < 1 or sought.lanes < 1 or sought.longest < 0:
        raise ValueError(f"slack and lanes must be 1 or more and the longest 0 or more, not {sought}")
    if max(abs(sought.start), sought.length) > LATEST:
        raise ValueError(
            f"the journeys are more than {LATEST} s from the start of the day, or from the first"
        )
    # Every ride takes a slack: no journey that counts takes more rides than this.
    shift = (sought.longest // sought.slack + 1).bit_length()
    none = np.array([NONE[np.int64]], np.int64)
    if (sought.length + 1) << shift < NONE[np.int32]:
        none = np.array([NONE[np.int32]], np.int32)
    hops = _within(timetable.forward, sought)
    boardings = _Boardings(*_boardings(hops, timetable.stops))
    waits = np.maximum(timetable.change, np.int32(sought.slack))
    size = len(goals.first) - 1
    most = max(1, ROOM // (none.itemsize * max(1, len(boardings.time))))
    parts = []
    for begin in range(0, max(size, 1), most):
        own = _some(goals, begin, min(size, begin + most))
        ends = transposed(Links(*own), timetable.stops)
        aboard = np.full((timetable.trips, len(own.first) - 1), none[0])
        found = _pass(hops, timetable.walks, waits, boardings, ends, aboard, sought, shift)
        foot = np.ascontiguousarray(on_foot[:, begin : begin + most])
        parts.append(_collected(found, boardings, origins, foot, sought, shift))
    return _joined(parts)


def _within(hops: Connections, sought: Sought) -> Connections:
    """The hops that may be part of a journey that is looked for."""
    first, last = np.searchsorted(hops.time, [sought.start, sought.start + sought.length + 1])
    return Connections(*(column[first:last] for column in hops))


def _some(goals: Links, begin: int, end: int) -> Links:
    """The links of some goals, one after another."""
    first, last = goals.first[begin], goals.first[end]
    return Links(goals.first[begin : end + 1] - first, goals.stop[first:last], goals.seconds[first:last])


def _joined(parts: list[Kept]) -> Kept:
    """What several passes found, beside each other."""
    if len(parts) == 1:
        return parts[0]
    before = np.cumsum([0, *(len(part.rides) for part in parts[:-1])])
    return Kept(
        np.concatenate([part.begin + at for part, at in zip(parts, before, strict=True)], axis=1),
        np.concatenate([part.end + at for part, at in zip(parts, before, strict=True)], axis=1),
        np.concatenate([part.times for part in parts], axis=1),
        np.concatenate([part.rides for part in parts]),
    )


def _collected(
    found: Labels, boardings: _Boardings, origins: Links, on_foot: Floats, sought: Sought, shift: int
) -> Kept:
    """The journeys of one pass: counted first, then written where they belong."""
    asked = (found, boardings.first, boardings.time, origins, on_foot, *sought, shift)
    counts = np.zeros(on_foot.shape, np.int64)
    nothing, none = np.zeros((3, 0)), np.zeros(0, np.int64)
    _sweep(*asked, counts, nothing, none, False)
    end = np.cumsum(counts.ravel()).reshape(counts.shape)
    times, rides = np.empty((3, counts.sum())), np.empty(counts.sum(), np.int64)
    at = end.copy()
    _sweep(*asked, at, times, rides, True)
    return Kept(at, end, times, rides)


@compiled
def _boardings(hops: Connections, stops: int) -> tuple[Indices, Ints, Indices]:
    """The hops one may board, sorted by stop by counting; they come by time."""
    time, origin, _, _, ride = hops
    first = np.zeros(stops + 1, np.int64)
    for hop in range(len(time)):
        if ride[hop] & 2:
            first[origin[hop] + 1] += 1
    for stop in range(stops):
        first[stop + 1] += first[stop]
    place = first.copy()
    times = np.empty(first[stops], np.int32)
    of_hop = np.full(len(time), -1, np.int64)
    for hop in range(len(time)):
        if ride[hop] & 2:
            at = place[origin[hop]]
            place[origin[hop]] += 1
            times[at] = time[hop]
            of_hop[hop] = at
    return first, times, of_hop


@compiled
def _first_from(time: Ints, low: int, high: int, moment: int) -> int:
    """The first of some rising times that is a moment or later; `high` where none is."""
    while low < high:
        middle = (low + high) // 2
        if time[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _lower(mine: Labels, other: Labels) -> None:
    """Take the lesser of two numbers for each goal."""
    for goal in range(len(mine)):
        mine[goal] = min(mine[goal], other[goal])


@compiled
def _pass(
    hops: Connections,
    walks: Links,
    waits: Ints,
    boardings: _Boardings,
    ends: Links,
    aboard: Labels,
    sought: Sought,
    shift: int,
) -> Labels:
    """(boardings, goals) the arrival and the rides of who is at the stop in time to board, or boards later.

    Parameters
    ----------
    hops : by time.
    walks, waits : from each stop, and seconds at each before a boarding.
    boardings : the hops one may board.
    ends : for each stop, the goals that one walks to from there.
    aboard : (trips, goals) the same of who is on board; nobody comes from there yet.
    sought, shift : the journeys, and how arrival and rides are one number.
    """
    _, origin, target, until, ride = hops
    first, time, of_hop = boardings
    start = sought.start
    latest = start + 60 * (sought.lanes - 1) + sought.longest
    # Every row is written at its own hop, before which no earlier hop can ask for it.
    size = aboard.shape[1]
    found = np.empty((len(time), size), aboard.dtype)
    for hop in range(len(origin) - 1, -1, -1):
        mine = aboard[ride[hop] >> 2]
        if ride[hop] & 1:
            there = target[hop]
            at = _first_from(time, first[there], first[there + 1], until[hop] + waits[there])
            if at < first[there + 1]:
                _lower(mine, found[at])
            for link in range(walks.first[there], walks.first[there + 1]):
                near = walks.stop[link]
                ready = until[hop] + walks.seconds[link] + waits[near]
                at = _first_from(time, first[near], first[near + 1], ready)
                if at < first[near + 1]:
                    _lower(mine, found[at])
            for end in range(ends.first[there], ends.first[there + 1]):
                arrival = until[hop] + ends.seconds[end]
                if arrival <= latest:
                    goal = ends.stop[end]
                    mine[goal] = min(mine[goal], (arrival - start) << shift)
        here = of_hop[hop]
        if here >= 0:
            own = found[here]
            for goal in range(size):
                own[goal] = mine[goal]
                own[goal] += 1
            if here + 1 < first[origin[hop] + 1]:
                _lower(own, found[here + 1])
    return found


@compiled
def _boarded(
    found: Labels,
    first: Indices,
    time: Ints,
    origins: Links,
    span: tuple[int, int],
    moment: int,
    turn: Indices,
    here: Labels,
) -> bool:
    """Board whatever leaves the stops of an origin from a moment on; whether that is more than before.

    `span` is where the origin's stops lie, `turn` the first boarding at each so far, and `here` the least of
    all of them for each goal; both are brought up to date.
    """
    news = False
    for way in range(span[0], span[1]):
        now = turn[way - span[0]]
        while now > first[origins.stop[way]] and time[now - 1] >= moment + origins.seconds[way]:
            now -= 1
        if now < turn[way - span[0]]:
            turn[way - span[0]] = now
            _lower(here, found[now])
            news = True
    return news


@compiled
def _sweep(
    found: Labels,
    first: Indices,
    time: Ints,
    origins: Links,
    on_foot: Floats,
    start: int,
    lanes: int,
    slack: int,
    longest: int,
    shift: int,
    at: Indices,
    times: Floats,
    rides: Indices,
    write: bool,
) -> None:
    """Go through the lanes of each origin from the last to the first, and count or write its journeys.

    Parameters
    ----------
    found, first, time : of the pass, and of its boardings.
    origins, on_foot, start, lanes, slack, longest, shift : as of `profiles`.
    at : (origins, goals) the numbers of journeys, added to; or where they end, brought to where they begin.
    times, rides : where they are written, from the last to the first.
    write : whether to write them.
    """
    size = on_foot.shape[1]
    none = (60 * (lanes - 1) + longest + 1) << shift
    for place in range(len(at)):
        soonest = np.full(size, np.int64(none))
        here = np.full(size, none, found.dtype)
        near = np.flatnonzero(np.isfinite(on_foot[place]) & (on_foot[place] > 0))
        begin, end = origins.first[place], origins.first[place + 1]
        turn = first[origins.stop[begin:end] + 1].copy()
        for lane in range(lanes - 1, -1, -1):
            ready = start + 60 * lane
            news = _boarded(found, first, time, origins, (begin, end), ready + slack, turn, here)
            for which in range(size if news else len(near)):
                goal = which if news else near[which]
                arrival, walk = np.int64(here[goal] >> shift), on_foot[place, goal]
                known = here[goal] < none
                walked = walk < np.inf and (not known or ready + walk <= start + arrival)
                if walked:
                    arrival = np.int64(ready - start + walk)
                if not (known or walked) or arrival >= soonest[goal] or walk == 0:
                    continue
                if arrival + start - ready > longest:
                    continue
                soonest[goal] = arrival
                if not write:
                    at[place, goal] += 1
                    continue
                at[place, goal] -= 1
                row = at[place, goal]
                times[0, row] = ready
                times[1, row] = ready if walked else ready + slack
                times[2, row] = start + arrival
                rides[row] = 0 if walked else here[goal] & ((1 << shift) - 1)
