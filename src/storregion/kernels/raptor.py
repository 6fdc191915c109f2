"""Journeys by number of rides, leg by leg: range RAPTOR.

RAPTOR (Delling, Pajor & Werneck 2015) rides every line that passes a stop reached by the round before; one
round is one ride more. Departures are searched from the last to the first, and labels are kept between them,
for who leaves earlier can still catch what who leaves later caught.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.groups import Groups
from storregion.kernels.network import Network
from storregion.kernels.scan import asked, checked_access
from storregion.kernels.walking import Links

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]

NEVER = 2**30  # seconds
ROUNDS = 12  # rides that labels have room for at first; doubled where that is too few


class Journeys(NamedTuple):
    """Journeys to each place of which no other is as good in departure, arrival and rides.

    Those to place g are first[g] to first[g + 1] - 1, the last to leave first. The legs of journey j are the
    rides[j] from first_leg[j] on. Between two legs one walks, where they do not meet at one stop.
    """

    first: Indices  # (places + 1,)
    departure: Ints  # (journeys,) seconds of the service day, from the origin
    arrival: Ints  # (journeys,) seconds of the service day, at the place
    rides: Ints  # (journeys,)
    first_leg: Indices  # (journeys,)
    trip: Indices  # (legs,)
    on: Indices  # (legs,) call of the network at which one gets on
    off: Indices  # (legs,) call of the network at which one gets off


class _State(NamedTuple):
    """Labels of every stop, for at most so many rides, and what a round works with."""

    best: Ints  # (stops, rounds + 1) earliest arrival
    ridden: Ints  # (stops, rounds + 1) earliest arrival by ride alone
    leg: Indices  # (stops, rounds + 1, 3) trip, call on, call off of `ridden`
    walked: Ints  # (stops, rounds + 1) where `best` was walked from; the stop itself where it was ridden to
    ridden_from: Ints  # (trips, rounds + 1) first call of a trip from which it has been ridden
    marked: Ints  # stops reached by the last round
    came: Ints  # stops reached by ride in this round
    since: Ints  # (groups,) first call that a marked stop is at
    queue: Ints  # groups to ride
    is_marked: Bytes  # (stops,)
    has_come: Bytes  # (stops,)


class _Ends(NamedTuple):
    """Places by the stops from which one walks to them, and what is known of each."""

    first: Indices  # (stops + 1,) into place and seconds
    place: Indices
    seconds: Ints
    best: Indices  # (places, rounds + 1) earliest arrival with at most so many rides
    last: Indices  # (places,) stop at which the last ride of this round's journey ends; -1 without one


def journeys(
    timetable: Network,
    access_stops: ArrayLike,
    access_seconds: ArrayLike,
    egress: Links,
    start: int,
    end: int,
    *,
    slack: int = 60,
    cutoff: int = 10_800,
) -> Journeys:
    """The journeys by ride from one place to others that leave within a window and are worth taking.

    Parameters
    ----------
    timetable, access_stops, access_seconds, cutoff : as of `scan.arrivals`.
    egress : the stops to walk from to each place, and how long that takes.
    start, end : seconds of the service day; the first and the last moment to leave the origin.
    slack : seconds at every boarding, as of `scan.arrivals`; 0 or more.

    Returns
    -------
    Journeys, each leaving as late as it can. Of those alike in departure, arrival and rides the one is kept
    whose last ride has the lowest trip index, and of these the one that gets off first. What walks all the
    way is not among them.

    Raises
    ------
    ValueError
        As of `scan.arrivals`, except for a slack of 0; or the window ends before it starts.
    """
    window = asked(start, 1, 1, slack, cutoff, least_slack=0)
    if end < start:
        raise ValueError(f"the window ends at {end} s, before it starts at {start} s")
    stops, seconds = checked_access(access_stops, access_seconds, timetable.stops)
    checked_access(egress.stop, egress.seconds, timetable.stops)
    waits = np.maximum(timetable.change, np.int32(slack))
    leave = _leaving(timetable, stops, seconds, waits, start, end)
    rounds = ROUNDS
    while True:
        done, rows, legs = _profile(
            timetable.first_call,
            timetable.arrival,
            timetable.stop,
            timetable.walks,
            timetable.groups,
            _state(timetable, rounds),
            _ends(egress, timetable.stops, rounds),
            waits,
            stops,
            seconds,
            leave,
            window.cutoff,
        )
        if done:
            rows = rows[np.argsort(rows[:, 0], kind="stable")]
            first = np.searchsorted(rows[:, 0], np.arange(len(egress.first)))
            leaves, comes, rides = rows[:, 1:4].T.astype(np.int32)
            return Journeys(first, leaves, comes, rides, rows[:, 4], legs[:, 0], legs[:, 1], legs[:, 2])
        rounds *= 2


def _state(timetable: Network, rounds: int) -> _State:
    stops, groups = timetable.stops, len(timetable.groups.first_trip) - 1
    return _State(
        np.full((stops, rounds + 1), NEVER, np.int32),
        np.full((stops, rounds + 1), NEVER, np.int32),
        np.empty((stops, rounds + 1, 3), np.int64),
        np.empty((stops, rounds + 1), np.int32),
        np.full((timetable.trips, rounds + 1), NEVER, np.int32),
        np.empty(stops, np.int32),
        np.empty(stops, np.int32),
        np.full(groups, -1, np.int32),
        np.empty(groups, np.int32),
        np.zeros(stops, np.uint8),
        np.zeros(stops, np.uint8),
    )


def _ends(egress: Links, stops: int, rounds: int) -> _Ends:
    places = len(egress.first) - 1
    order = np.argsort(egress.stop, kind="stable")
    first = np.zeros(stops + 1, np.int64)
    np.cumsum(np.bincount(egress.stop, minlength=stops), out=first[1:])
    return _Ends(
        first,
        np.repeat(np.arange(places), np.diff(egress.first))[order],
        np.require(egress.seconds, np.int32)[order],
        np.full((places, rounds + 1), NEVER, np.int64),
        np.full(places, -1, np.int64),
    )


def _shortest(stops: Ints, seconds: Ints, size: int) -> Ints:
    """Seconds to each stop; -1 where nobody walks."""
    shortest = np.full(size, NEVER, np.int32)
    np.minimum.at(shortest, stops, seconds)
    shortest[shortest == NEVER] = -1
    return shortest


def _leaving(timetable: Network, stops: Ints, seconds: Ints, waits: Ints, start: int, end: int) -> Indices:
    """The moments to leave the origin so as to board a trip without waiting longer than one must, falling."""
    walk = _shortest(stops, seconds, timetable.stops).astype(np.int64)
    use = (timetable.board == 1) & (walk[timetable.stop] >= 0)
    at = timetable.stop[use]
    leave = timetable.departure[use] - walk[at] - waits[at]
    return np.ascontiguousarray(np.unique(leave[(leave >= start) & (leave <= end)])[::-1])


@compiled
def _reach(best: Ints, stop: int, turn: int, time: int) -> bool:
    """Set the earliest arrival of a stop with so many rides, and with more; whether it is news."""
    if time >= best[stop, turn]:
        return False
    for later in range(turn, best.shape[1]):
        if best[stop, later] <= time:
            break
        best[stop, later] = time
    return True


@compiled
def _start(state: _State, stops: Ints, seconds: Ints, leave: int, limit: int) -> int:
    """Walk to the first stops; how many are marked."""
    best, marks, is_marked = state.best, state.marked, state.is_marked
    marked = 0
    for at in range(len(stops)):
        stop = stops[at]
        time = leave + seconds[at]
        if time <= limit and _reach(best, stop, 0, time) and not is_marked[stop]:
            is_marked[stop] = 1
            marks[marked] = stop
            marked += 1
    return marked


@compiled
def _queued(groups: Groups, state: _State, marked: int) -> int:
    """Groups that call at marked stops, each from the first such call; how many. No stop stays marked."""
    marks, is_marked, since, queue = state.marked, state.is_marked, state.since, state.queue
    first_visit, visit_group, visit_position = groups.first_visit, groups.group, groups.position
    queued = 0
    for at in range(marked):
        stop = marks[at]
        is_marked[stop] = 0
        for visit in range(first_visit[stop], first_visit[stop + 1]):
            group = visit_group[visit]
            position = visit_position[visit]
            if since[group] < 0:
                queue[queued] = group
                queued += 1
                since[group] = position
            elif position < since[group]:
                since[group] = position
    return queued


@compiled
def _earliest_trip(departure: Ints, begin: int, size: int, time: int) -> int:
    """The first of a group's trips to leave a call at a time or later; `size` where none does."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if departure[begin + middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _news(least: Ints, what: int, turn: int, value: int) -> None:
    """Lower what is known of so many rides, and of more."""
    for later in range(turn, least.shape[1]):
        if least[what, later] <= value:
            break
        least[what, later] = value


@compiled
def _ride(
    first_call: Indices,
    arrival: Ints,
    groups: Groups,
    state: _State,
    waits: Ints,
    turn: int,
    queued: int,
    limit: int,
) -> int:
    """Ride every queued group from its first marked stop; how many stops are come to."""
    # Names for each array: to take it out of a tuple costs as much as a step.
    queue, since, came_to, has_come = state.queue, state.since, state.came, state.has_come
    best, ridden, leg = state.best, state.ridden, state.leg
    firsts, stops, boards, alights = groups.first_call, groups.stop, groups.board, groups.alight
    first_trip, trips_of, ridden_from = groups.first_trip, groups.trip, state.ridden_from
    first_time, departure = groups.first_time, groups.departure
    came = 0
    for at in range(queued):
        group = queue[at]
        begin = since[group]
        since[group] = -1
        first = firsts[group]
        trips = first_trip[group + 1] - first_trip[group]
        aboard = trips  # none yet
        trip = on = np.int64(-1)
        news_until = np.int64(-1)  # whoever got on this trip before has been to all its later calls
        for position in range(begin, firsts[group + 1] - first):
            stop = stops[first + position]
            if position <= news_until and alights[first + position]:
                off = first_call[trip] + position
                time = arrival[off]
                if time <= limit and time < ridden[stop, turn]:
                    _news(ridden, stop, turn, time)
                    if not has_come[stop]:
                        has_come[stop] = 1
                        came_to[came] = stop
                        came += 1
                    news = True
                else:
                    # As early, in the same round of the same departure: the lower trip is kept.
                    news = time == ridden[stop, turn] and has_come[stop] == 1
                    news = news and trip < leg[stop, turn, 0]
                if news:
                    leg[stop, turn, 0] = trip
                    leg[stop, turn, 1] = on
                    leg[stop, turn, 2] = off
            if boards[first + position] and aboard > 0:
                ready = best[stop, turn - 1] + waits[stop]
                row = first_time[group] + position * trips
                if departure[row + aboard - 1] >= ready:
                    aboard = _earliest_trip(departure, row, aboard, ready)
                    trip = trips_of[first_trip[group] + aboard]
                    on = first_call[trip] + position
                    news_until = np.int64(ridden_from[trip, turn])
                    _news(ridden_from, trip, turn, position)
            if aboard == 0 and position >= news_until:
                break  # the first trip of the group, and nothing new of it
    return came


@compiled
def _walk(walks: Links, state: _State, turn: int, came: int, limit: int) -> int:
    """Mark what was ridden to, and what can be walked to from there; how many stops are marked."""
    best, ridden, walked = state.best, state.ridden, state.walked
    came_to, has_come, marks, is_marked = state.came, state.has_come, state.marked, state.is_marked
    first, stops, seconds = walks.first, walks.stop, walks.seconds
    marked = 0
    for at in range(came):
        stop = came_to[at]
        has_come[stop] = 0
        if _reach(best, stop, turn, ridden[stop, turn]):
            walked[stop, turn] = stop
            is_marked[stop] = 1
            marks[marked] = stop
            marked += 1
    for at in range(came):
        stop = came_to[at]
        since = ridden[stop, turn]
        for link in range(first[stop], first[stop + 1]):
            near = stops[link]
            time = since + seconds[link]
            if time < best[near, turn] and time <= limit and _reach(best, near, turn, time):
                walked[near, turn] = stop
                if not is_marked[near]:
                    is_marked[near] = 1
                    marks[marked] = near
                    marked += 1
    return marked


@compiled
def _arrive(state: _State, ends: _Ends, turn: int, came: int, limit: int) -> int:
    """Walk to the places from where one has ridden to; how many are reached sooner than with fewer rides."""
    first, places, seconds, best, last = ends.first, ends.place, ends.seconds, ends.best, ends.last
    reached = 0
    for which in range(came):
        stop = state.came[which]
        for at in range(first[stop], first[stop + 1]):
            place, time = places[at], state.ridden[stop, turn] + np.int64(seconds[at])
            if time > limit or time > best[place, turn]:
                continue
            # As early, in the same round: the lower trip is kept, and of one trip the earlier call.
            first_off = last[place] >= 0 and state.leg[stop, turn, 2] < state.leg[last[place], turn, 2]
            if time == best[place, turn] and not first_off:
                continue
            reached += last[place] < 0
            last[place] = stop
            for later in range(turn, best.shape[1]):
                best[place, later] = min(best[place, later], time)
    return reached


@compiled
def _trace(state: _State, call_stop: Ints, stop: int, turn: int, legs: Indices, at: int) -> None:
    """Write the legs of a journey that ends with a ride to a stop."""
    for back in range(turn, 0, -1):
        for end in range(legs.shape[1]):
            legs[at + back - 1, end] = state.leg[stop, back, end]
        begin = call_stop[state.leg[stop, back, 1]]
        stop = state.walked[begin, back - 1]


@compiled
def _longer(table: Indices, rows: int) -> Indices:
    """A table with room for so many rows."""
    while rows > len(table):
        table = np.concatenate((table, np.empty_like(table)))
    return table


@compiled
def _profile(
    first_call: Indices,
    arrival: Ints,
    call_stop: Ints,
    walks: Links,
    groups: Groups,
    state: _State,
    ends: _Ends,
    waits: Ints,
    stops: Ints,
    seconds: Ints,
    leave: Indices,
    cutoff: int,
) -> tuple[bool, Indices, Indices]:
    """Place, departure, arrival, rides and first leg of each journey, departures falling; and the legs."""
    rounds = state.best.shape[1] - 1
    rows = np.empty((64, 5), np.int64)
    legs = np.empty((64, 3), np.int64)
    written = legs_written = 0
    for at in range(len(leave)):
        marked = _start(state, stops, seconds, leave[at], leave[at] + cutoff)
        turn = 0
        while marked and len(ends.best):
            turn += 1
            if turn > rounds:
                return False, rows[:0].copy(), legs[:0].copy()
            latest = leave[at] + cutoff
            limit = min(latest, ends.best[:, turn].max() - 1)
            queued = _queued(groups, state, marked)
            came = _ride(first_call, arrival, groups, state, waits, turn, queued, limit)
            reached = _arrive(state, ends, turn, came, latest)
            rows = _longer(rows, written + reached)
            legs = _longer(legs, legs_written + reached * turn)
            for place in range(len(ends.last) if reached else 0):
                if ends.last[place] >= 0:
                    # One by one: a row set at once is ten times as dear to compile.
                    rows[written, 0], rows[written, 1] = place, leave[at]
                    rows[written, 2] = ends.best[place, turn]
                    rows[written, 3], rows[written, 4] = turn, legs_written
                    _trace(state, call_stop, ends.last[place], turn, legs, legs_written)
                    ends.last[place] = -1
                    written += 1
                    legs_written += turn
            marked = _walk(walks, state, turn, came, limit)
    return True, rows[:written].copy(), legs[:legs_written].copy()
