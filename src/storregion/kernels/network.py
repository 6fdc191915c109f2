"""A day's timetable as arrays that a search can run through.

Times are seconds of the service day: below 0 belongs to the day before, above 86 400 to the next. A trip is
an index; indexes without calls are allowed.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from storregion.kernels.calls import LATEST, Bytes, Calls, Indices, Ints, refuse, whole
from storregion.kernels.compiled import compiled
from storregion.kernels.groups import Groups, groups_of
from storregion.kernels.walking import Links

MOST_TRIPS = 2**29  # two bits of a connection's trip say whether one may board and alight


class Connections(NamedTuple):
    """Hops of all trips in the order of a scan.

    In the backward order every time is negated and the ends have changed places, so that one and the same
    scan runs both ways.
    """

    time: Ints  # (connections,) seconds, not falling: when it leaves `origin`
    origin: Ints  # (connections,) stop
    target: Ints  # (connections,) stop
    until: Ints  # (connections,) seconds: when it reaches `target`
    ride: Ints  # (connections,) 4 · trip + 2 · may get on at origin + 1 · may get off at target


class Network(NamedTuple):
    """A day's timetable, ready for scans and for RAPTOR. Build with `network`."""

    first_call: Indices  # (trips + 1,) a trip's calls are first_call[t] to first_call[t + 1] - 1
    stop: Ints  # (calls,)
    arrival: Ints  # (calls,) seconds of the service day
    departure: Ints  # (calls,) seconds of the service day
    board: Bytes  # (calls,) 1 where one may get on
    alight: Bytes  # (calls,) 1 where one may get off
    change: Ints  # (stops,) least seconds between coming to a stop and leaving it
    walks: Links  # from each stop
    walks_back: Links  # to each stop
    forward: Connections
    backward: Connections
    groups: Groups

    @property
    def trips(self) -> int:
        """How many indexes of trips there are, with or without calls."""
        return len(self.first_call) - 1

    @property
    def stops(self) -> int:
        """How many stops there are."""
        return len(self.change)


def network(made: Calls, walks: Links, change: ArrayLike, *, trips: int | None = None) -> Network:
    """The timetable of a day, sorted for every search.

    Parameters
    ----------
    made : the calls of the trips that run, those of yesterday and tomorrow that reach into the day included.
    walks : walking links between stops, one at most between two rides.
    change : (stops,) least seconds between coming to a stop and leaving it. What is waited at a boarding is
        the larger of this and the search's own slack.
    trips : indexes of trips there are; one more than the largest when left out.

    Raises
    ------
    ValueError
        Calls are not sorted by trip, a trip runs backwards in time, or an index or a time is out of range.
        The message names the trip.
    """
    waits = whole(change, np.int32, "change")
    if waits.ndim != 1 or waits.min(initial=0) < 0:
        raise ValueError("change must be one number of seconds per stop, not below 0")
    links = _checked_links(walks, len(waits))
    most = int(made.trip.max(initial=-1)) + 1 if trips is None else trips
    if not 0 <= most <= MOST_TRIPS:
        raise ValueError(f"there can be {MOST_TRIPS} trips at most, not {most}")
    refuse(made, most, len(waits))
    first_call = np.searchsorted(made.trip, np.arange(most + 1)).astype(np.int64)
    return Network(
        first_call,
        *made[1:],
        waits,
        links,
        transposed(links, len(waits)),
        Connections(*_connections(*made, False)),
        Connections(*_connections(*made, True)),
        groups_of(first_call, made, len(waits)),
    )


def transposed(walks: Links, stops: int) -> Links:
    """Links by which of so many stops they lead to, of links by where they start."""
    order = np.argsort(walks.stop, kind="stable")
    starts = np.repeat(np.arange(len(walks.first) - 1, dtype=np.int32), np.diff(walks.first))
    first = np.zeros(stops + 1, np.int64)
    np.cumsum(np.bincount(walks.stop, minlength=stops), out=first[1:])
    return Links(first, starts[order], walks.seconds[order])


def _checked_links(given: Links, stops: int) -> Links:
    walks = Links(
        whole(given.first, np.int64, "walks"),
        whole(given.stop, np.int32, "walks"),
        whole(given.seconds, np.int32, "walks"),
    )
    if walks.first.shape != (stops + 1,) or walks.first[0] != 0 or (np.diff(walks.first) < 0).any():
        raise ValueError(f"walking links must be given for each of {stops} stops")
    if not len(walks.stop) == len(walks.seconds) == walks.first[-1]:
        raise ValueError("walking links must have one stop and one number of seconds each")
    if len(walks.stop) and not 0 <= walks.stop.min() <= walks.stop.max() < stops:
        raise ValueError("a walking link leads to a stop that does not exist")
    if walks.seconds.min(initial=0) < 0 or walks.seconds.max(initial=0) > LATEST:
        raise ValueError(f"a walking link must take 0 to {LATEST} seconds")
    return walks


@compiled
def _connections(
    trip: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
    backward: bool,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Hops by time (then trip, then position), or by negated time (then the other way round).

    Sorted by counting: there are few seconds in a day beside the hops.
    """
    calls = len(trip)
    low, high = LATEST, -LATEST
    for call in range(calls):
        low = min(low, int(arrival[call]))
        high = max(high, int(departure[call]))
    if backward:
        low, high = -high, -low
    place = np.zeros(max(high - low, 0) + 2, np.int64)
    for call in range(calls - 1):
        if trip[call] == trip[call + 1]:
            time = -arrival[call + 1] if backward else departure[call]
            place[time - low + 1] += 1
    for second in range(1, len(place)):
        place[second] += place[second - 1]
    size = place[-1]
    times = np.empty(size, np.int32)
    origin = np.empty(size, np.int32)
    target = np.empty(size, np.int32)
    until = np.empty(size, np.int32)
    ride = np.empty(size, np.int32)
    for step in range(calls - 1):
        call = calls - 2 - step if backward else step
        if trip[call] != trip[call + 1]:
            continue
        on, off = (call + 1, call) if backward else (call, call + 1)
        time = -arrival[on] if backward else departure[on]
        at = place[time - low]
        place[time - low] += 1
        times[at] = time
        origin[at] = stop[on]
        target[at] = stop[off]
        until[at] = -departure[off] if backward else arrival[off]
        may_on = alight[on] if backward else board[on]
        may_off = board[off] if backward else alight[off]
        ride[at] = trip[call] * 4 + may_on * 2 + may_off
    return times, origin, target, until, ride
