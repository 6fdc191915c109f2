"""Trips in groups that never overtake one another, as RAPTOR takes them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.calls import Bytes, Calls, Indices, Ints
from storregion.kernels.compiled import compiled


class Groups(NamedTuple):
    """Trips that call at the same stops and never overtake one another, in the order they run."""

    first_trip: Indices  # (groups + 1,) into trip
    trip: Indices  # (trips with at least two calls,)
    first_call: Indices  # (groups + 1,) into stop, board and alight
    stop: Ints  # (calls of one trip of each group,)
    board: Bytes  # never at the last call
    alight: Bytes
    first_time: Indices  # (groups + 1,) into departure
    departure: Ints  # of a group: for each call, the departure of each of its trips
    first_visit: Indices  # (stops + 1,) into group and position
    group: Ints  # (visits,) groups that one can board at a stop
    position: Ints  # (visits,) which of the group's calls it is


def groups_of(first_call: Indices, made: Calls, stops: int) -> Groups:
    """Group the trips of a day.

    Parameters
    ----------
    first_call : (trips + 1,) a trip's calls are first_call[t] to first_call[t + 1] - 1.
    made : the calls, sorted and sound.
    stops : how many stops there are.
    """
    order, group, groups = _grouped(first_call, *made[1:])
    first_trip = np.searchsorted(group, np.arange(groups + 1)).astype(np.int64)
    leader = order[first_trip[:-1]]
    size = first_call[leader + 1] - first_call[leader]
    first = _offsets(size)
    first_time = _offsets(size * np.diff(first_trip))
    which = np.repeat(first_call[leader] - first[:-1], size) + np.arange(first[-1])
    stop = made.stop[which]
    departure = _by_call(first_call, made.departure, first_trip, order, first, first_time)
    board = made.board[which]
    board[first[1:] - 1] = 0  # nobody gets on at the last call
    visit = np.argsort(stop, kind="stable")
    visit = visit[board[visit] == 1]
    owner = np.repeat(np.arange(groups, dtype=np.int32), size)
    position = (np.arange(first[-1]) - np.repeat(first[:-1], size)).astype(np.int32)
    return Groups(
        first_trip,
        order,
        first,
        stop,
        board,
        made.alight[which],
        first_time,
        departure,
        _offsets(np.bincount(stop[visit], minlength=stops)),
        owner[visit],
        position[visit],
    )


def _grouped(
    first_call: Indices, stop: Ints, arrival: Ints, departure: Ints, board: Bytes, alight: Bytes
) -> tuple[Indices, Indices, int]:
    """Trips of at least two calls by group and then as they run, the group of each, and how many groups."""
    runs = np.flatnonzero(np.diff(first_call) >= 2)
    mark = _marks(first_call, stop, board, alight)[runs]
    leaves = departure[first_call[runs]]
    comes = arrival[first_call[runs + 1] - 1]
    order = runs[np.lexsort((comes, leaves, mark))]
    group, counted = _fifo(order, first_call, stop, arrival, departure, board, alight)
    # Groups of one line stand together, for a search that rides them in turn finds their stops at hand.
    leader = order[np.unique(group, return_index=True)[1]]
    group = np.argsort(np.argsort(leader))[group]
    by_group = np.argsort(group, kind="stable")
    return order[by_group], group[by_group], counted


@compiled
def _marks(first_call: Indices, stop: Ints, board: Bytes, alight: Bytes) -> NDArray[np.uint64]:
    """A number per trip that is the same for the same stops; for others it differs, nearly always."""
    marks = np.empty(len(first_call) - 1, np.uint64)
    for trip in range(len(marks)):
        mark = np.uint64(14695981039346656037)
        for call in range(first_call[trip], first_call[trip + 1]):
            call_mark = np.uint64(stop[call]) * np.uint64(4) + np.uint64(board[call] * 2 + alight[call])
            mark = (mark ^ call_mark) * np.uint64(1099511628211)
            mark ^= mark >> np.uint64(29)
        marks[trip] = mark
    return marks


@compiled
def _follows(earlier: int, later: int, first_call: Indices, arrival: Ints, departure: Ints) -> bool:
    """Whether a trip is nowhere before another one that calls at the same stops."""
    here, there = first_call[earlier], first_call[later]
    for step in range(first_call[earlier + 1] - here):
        a, b = here + step, there + step
        if arrival[b] < arrival[a] or departure[b] < departure[a]:
            return False
    return True


@compiled
def _fifo(
    order: Indices,
    first_call: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
) -> tuple[Indices, int]:
    """The group of each trip: the first one whose last trip it follows, else one of its own.

    A trip is only compared with groups of its own stops, whose trips stand together in `order`.
    """
    group = np.empty(len(order), np.int64)
    last = np.empty(len(order), np.int64)
    groups = 0
    since = 0
    for at in range(len(order)):
        trip = order[at]
        if at > 0 and not _same_stops(order[at - 1], trip, first_call, stop, board, alight):
            since = groups
        chosen = groups
        for known in range(since, groups):
            if _follows(last[known], trip, first_call, arrival, departure):
                chosen = known
                break
        groups = max(groups, chosen + 1)
        group[at] = chosen
        last[chosen] = trip
    return group, groups


@compiled
def _same_stops(one: int, other: int, first_call: Indices, stop: Ints, board: Bytes, alight: Bytes) -> bool:
    here, there = first_call[one], first_call[other]
    length = first_call[one + 1] - here
    if first_call[other + 1] - there != length:
        return False
    for step in range(length):
        a, b = here + step, there + step
        if stop[a] != stop[b] or board[a] != board[b] or alight[a] != alight[b]:
            return False
    return True


def _offsets(sizes: Indices) -> Indices:
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


@compiled
def _by_call(
    first_call: Indices,
    departure: Ints,
    first_trip: Indices,
    trip: Indices,
    first: Indices,
    first_time: Indices,
) -> Ints:
    """Departures of each group, all trips' at its first call, then all trips' at the next."""
    turned = np.empty(first_time[-1], np.int32)
    for group in range(len(first) - 1):
        calls = first[group + 1] - first[group]
        trips = first_trip[group + 1] - first_trip[group]
        for at in range(trips):
            begin = first_call[trip[first_trip[group] + at]]
            for step in range(calls):
                turned[first_time[group] + step * trips + at] = departure[begin + step]
    return turned
