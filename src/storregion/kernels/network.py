"""A day's timetable as arrays that a search can run through.

Times are seconds of the service day: below 0 belongs to the day before, above 86 400 to the next. A trip is
an index; indexes without calls are allowed, so that an edited timetable keeps the numbers of its trips.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.walking import Links

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]

LATEST = 864_000  # seconds: ten days, more than any service day reaches in either direction
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


class Groups(NamedTuple):
    """Trips that call at the same stops and never overtake one another, in the order they run."""

    first_trip: Indices  # (groups + 1,) into trip
    trip: Indices  # (trips with at least two calls,)
    first_call: Indices  # (groups + 1,) into stop, board and alight
    stop: Ints  # (calls of one trip of each group,)
    board: Bytes
    alight: Bytes
    first_time: Indices  # (groups + 1,) into departure
    departure: Ints  # of a group: for each call, the departure of each of its trips
    first_visit: Indices  # (stops + 1,) into group and position
    group: Ints  # (visits,) groups that call at a stop
    position: Ints  # (visits,) which of the group's calls it is


class Network(NamedTuple):
    """A day's timetable, ready for scans and for RAPTOR. Build with `network`, change with `edited`."""

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


class Calls(NamedTuple):
    """Calls of trips at stops, sorted by trip and within it by position."""

    trip: Indices  # (calls,)
    stop: Ints  # (calls,)
    arrival: Ints  # (calls,) seconds of the service day
    departure: Ints  # (calls,) seconds of the service day
    board: Bytes  # (calls,) 1 where one may get on
    alight: Bytes  # (calls,) 1 where one may get off


def calls(
    trip: ArrayLike,
    stop: ArrayLike,
    arrival: ArrayLike,
    departure: ArrayLike,
    board: ArrayLike | None = None,
    alight: ArrayLike | None = None,
) -> Calls:
    """Calls in the types that the kernels take.

    Parameters
    ----------
    trip, stop : (calls,) indexes; calls sorted by trip, and within it in the order it makes them.
    arrival, departure : (calls,) seconds of the service day.
    board, alight : (calls,) whether one may get on and off; everywhere when left out.

    Raises
    ------
    ValueError
        The arrays differ in length, or hold what is not a whole number of the range.
    """
    length = np.size(np.asarray(trip))
    everywhere = np.ones(length, np.uint8)
    checked = Calls(
        _whole(trip, np.int64, "trip"),
        _whole(stop, np.int32, "stop"),
        _whole(arrival, np.int32, "arrival"),
        _whole(departure, np.int32, "departure"),
        everywhere if board is None else _whole(board, np.uint8, "board"),
        everywhere if alight is None else _whole(alight, np.uint8, "alight"),
    )
    for name, column in checked._asdict().items():
        if column.shape != (length,):
            raise ValueError(f"{name} must be {length} numbers like trip, not of shape {column.shape}")
    return checked


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
    waits = _whole(change, np.int32, "change")
    if waits.ndim != 1 or waits.min(initial=0) < 0:
        raise ValueError("change must be one number of seconds per stop, not below 0")
    links = _checked_links(walks, len(waits))
    most = int(made.trip.max(initial=-1)) + 1 if trips is None else trips
    if not 0 <= most <= MOST_TRIPS:
        raise ValueError(f"there can be {MOST_TRIPS} trips at most, not {most}")
    _refuse(*_fault(*made, most, len(waits)))
    first_call = np.searchsorted(made.trip, np.arange(most + 1)).astype(np.int64)
    return Network(
        first_call,
        *made[1:],
        waits,
        links,
        transposed(links),
        Connections(*_connections(*made, False)),
        Connections(*_connections(*made, True)),
        _groups(first_call, made, len(waits)),
    )


def edited(timetable: Network, removed: ArrayLike, added: Calls | None = None) -> Network:
    """The timetable without some trips and with others: what `network` builds of the calls that then are.

    Every other trip keeps its index. To change a trip, remove it and add its new calls under its index.

    Parameters
    ----------
    timetable : is left as it is.
    removed : (n,) indexes of trips whose calls go; their indexes stay, without calls.
    added : calls of trips that are new or removed.

    Raises
    ------
    ValueError
        A trip to remove does not exist, a trip to add runs already, or its calls are not right.
    """
    gone = np.unique(_whole(removed, np.int64, "removed"))
    if len(gone) and not 0 <= gone[0] <= gone[-1] < timetable.trips:
        raise ValueError(f"trip {gone[0] if gone[0] < 0 else gone[-1]} to remove does not exist")
    new = calls([], [], [], []) if added is None else added
    sizes = np.diff(timetable.first_call)
    sizes[gone] = 0
    known = new.trip[(new.trip >= 0) & (new.trip < timetable.trips)]
    if len(known) and sizes[known].any():
        raise ValueError(f"trip {known[sizes[known] > 0][0]} to add runs already; remove it first")
    kept = np.ones(timetable.trips, np.bool_)
    kept[gone] = False
    trips = max(timetable.trips, int(new.trip.max(initial=-1)) + 1)
    _refuse(*_fault(*new, trips, timetable.stops))
    left = int(sizes.sum())
    made = Calls(*_spliced(kept, timetable.first_call, *_columns(timetable), *_columns(new), new.trip, left))
    first_call = np.searchsorted(made.trip, np.arange(trips + 1)).astype(np.int64)
    # A few hops go into the sorted ones: sorting all anew would take twice as long.
    return timetable._replace(
        first_call=first_call,
        stop=made.stop,
        arrival=made.arrival,
        departure=made.departure,
        board=made.board,
        alight=made.alight,
        forward=Connections(*_merged(*timetable.forward, *_connections(*new, False), kept, False)),
        backward=Connections(*_merged(*timetable.backward, *_connections(*new, True), kept, True)),
        groups=_groups(first_call, made, timetable.stops),
    )


def _columns(made: Calls | Network) -> tuple[Ints, Ints, Ints, Bytes, Bytes]:
    return made.stop, made.arrival, made.departure, made.board, made.alight


def transposed(walks: Links) -> Links:
    """Links by where they lead, of links by where they start."""
    order = np.argsort(walks.stop, kind="stable")
    size = len(walks.first) - 1
    starts = np.repeat(np.arange(size, dtype=np.int32), np.diff(walks.first))
    first = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(walks.stop, minlength=size), out=first[1:])
    return Links(first, starts[order], walks.seconds[order])


def _whole(given: ArrayLike, dtype: type, name: str) -> NDArray[Any]:
    """An array of whole numbers in the type wanted, or refused: nothing is rounded or wrapped round."""
    array = np.asarray(given)
    if array.dtype == dtype:
        return np.require(array, requirements=["C", "W"])  # one kind of array alone is compiled for
    if array.size == 0:
        return np.zeros(array.shape, dtype)
    limits = np.iinfo(dtype)
    if array.dtype.kind not in "iub" or array.min() < limits.min or array.max() > limits.max:
        raise ValueError(f"{name} must be whole numbers from {limits.min} to {limits.max}")
    return np.require(array, dtype, ["C", "W"])


def _checked_links(given: Links, stops: int) -> Links:
    walks = Links(
        _whole(given.first, np.int64, "walks"),
        _whole(given.stop, np.int32, "walks"),
        _whole(given.seconds, np.int32, "walks"),
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


FAULTS = (
    "",
    "its calls come after those of a higher index; sort them by trip",
    "the index is not one of the trips",
    "it calls at a stop that does not exist",
    f"it has a time more than {LATEST} seconds from the start of the day",
    "it departs from a stop before it arrives there",
    "it arrives at a stop before it departed from the one before",
    "whether one may board or alight must be 0 or 1",
)


def _refuse(fault: int, trip: int) -> None:
    if fault:
        raise ValueError(f"trip {trip}: {FAULTS[fault]}")


@compiled
def _fault(
    trip: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
    trips: int,
    stops: int,
) -> tuple[int, int]:
    """The first thing wrong, as an index of FAULTS, and the trip."""
    for call in range(len(trip)):
        here = trip[call]
        if call > 0 and here < trip[call - 1]:
            return 1, here
        if here < 0 or here >= trips:
            return 2, here
        if stop[call] < 0 or stop[call] >= stops:
            return 3, here
        if abs(arrival[call]) > LATEST or abs(departure[call]) > LATEST:
            return 4, here
        if departure[call] < arrival[call]:
            return 5, here
        if call > 0 and here == trip[call - 1] and arrival[call] < departure[call - 1]:
            return 6, here
        if board[call] > 1 or alight[call] > 1:
            return 7, here
    return 0, 0


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


@compiled
def _merged(
    time: Ints,
    origin: Ints,
    target: Ints,
    until: Ints,
    ride: Ints,
    new_time: Ints,
    new_origin: Ints,
    new_target: Ints,
    new_until: Ints,
    new_ride: Ints,
    kept: NDArray[np.bool_],
    backward: bool,
) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """The hops of trips kept and the new ones, in the order of `_connections`."""
    size = len(new_time)
    for hop in range(len(ride)):
        size += kept[ride[hop] >> 2]
    times = np.empty(size, np.int32)
    origins = np.empty(size, np.int32)
    targets = np.empty(size, np.int32)
    untils = np.empty(size, np.int32)
    rides = np.empty(size, np.int32)
    at = 0
    new = 0
    for hop in range(len(time) + 1):
        if hop < len(time) and not kept[ride[hop] >> 2]:
            continue
        while new < len(new_time):
            if hop < len(time) and new_time[new] >= time[hop]:
                sooner = new_ride[new] > ride[hop] if backward else new_ride[new] < ride[hop]
                if new_time[new] > time[hop] or not sooner:
                    break
            times[at] = new_time[new]
            origins[at] = new_origin[new]
            targets[at] = new_target[new]
            untils[at] = new_until[new]
            rides[at] = new_ride[new]
            at += 1
            new += 1
        if hop < len(time):
            times[at] = time[hop]
            origins[at] = origin[hop]
            targets[at] = target[hop]
            untils[at] = until[hop]
            rides[at] = ride[hop]
            at += 1
    return times, origins, targets, untils, rides


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
def _follows(
    earlier: int,
    later: int,
    first_call: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
) -> bool:
    """Whether a trip calls where another does, nowhere before it."""
    here, there = first_call[earlier], first_call[later]
    length = first_call[earlier + 1] - here
    if first_call[later + 1] - there != length:
        return False
    for step in range(length):
        a, b = here + step, there + step
        if stop[a] != stop[b] or board[a] != board[b] or alight[a] != alight[b]:
            return False
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

    A trip is only compared with groups of its own mark, whose trips stand together in `order`.
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
            if _follows(last[known], trip, first_call, stop, arrival, departure, board, alight):
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


def _groups(first_call: Indices, made: Calls, stops: int) -> Groups:
    order, group, groups = _grouped(first_call, *made[1:])
    first_trip = np.searchsorted(group, np.arange(groups + 1)).astype(np.int64)
    leader = order[first_trip[:-1]]
    size = first_call[leader + 1] - first_call[leader]
    first = _offsets(size)
    first_time = _offsets(size * np.diff(first_trip))
    which = np.repeat(first_call[leader] - first[:-1], size) + np.arange(first[-1])
    stop = made.stop[which]
    departure = _by_call(first_call, made.departure, first_trip, order, first, first_time)
    visit = np.argsort(stop, kind="stable")
    owner = np.repeat(np.arange(groups, dtype=np.int32), size)
    position = (np.arange(first[-1]) - np.repeat(first[:-1], size)).astype(np.int32)
    return Groups(
        first_trip,
        order,
        first,
        stop,
        made.board[which],
        made.alight[which],
        first_time,
        departure,
        _offsets(np.bincount(stop, minlength=stops)),
        owner[visit],
        position[visit],
    )


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


@compiled
def _spliced(
    kept: NDArray[np.bool_],
    first_call: Indices,
    stop: Ints,
    arrival: Ints,
    departure: Ints,
    board: Bytes,
    alight: Bytes,
    new_stop: Ints,
    new_arrival: Ints,
    new_departure: Ints,
    new_board: Bytes,
    new_alight: Bytes,
    new_trip: Indices,
    left: int,
) -> tuple[Indices, Ints, Ints, Ints, Bytes, Bytes]:
    """The calls of the trips kept and of the new ones, by trip."""
    size = left + len(new_trip)
    trips = np.empty(size, np.int64)
    stops = np.empty(size, np.int32)
    arrivals = np.empty(size, np.int32)
    departures = np.empty(size, np.int32)
    boards = np.empty(size, np.uint8)
    alights = np.empty(size, np.uint8)
    at = 0
    new = 0
    for trip in range(len(kept) + 1):
        while new < len(new_trip) and (new_trip[new] <= trip or trip == len(kept)):
            trips[at] = new_trip[new]
            stops[at] = new_stop[new]
            arrivals[at] = new_arrival[new]
            departures[at] = new_departure[new]
            boards[at] = new_board[new]
            alights[at] = new_alight[new]
            at += 1
            new += 1
        if trip == len(kept) or not kept[trip]:
            continue
        for call in range(first_call[trip], first_call[trip + 1]):
            trips[at] = trip
            stops[at] = stop[call]
            arrivals[at] = arrival[call]
            departures[at] = departure[call]
            boards[at] = board[call]
            alights[at] = alight[call]
            at += 1
    return trips, stops, arrivals, departures, boards, alights
