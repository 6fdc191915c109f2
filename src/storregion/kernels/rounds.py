"""Arrivals with the fewest rides, for every departure minute of a window: RAPTOR with a lane per minute.

RAPTOR (Delling, Pajor & Werneck 2015) rides every line that passes a stop reached by the round before; one
round is one ride more. Here a round takes all departures of the window at once. As in `scan`, whoever leaves
earlier can do all that whoever leaves later can. A stop's times therefore do not fall from lane to lane, and
what a line carries is a staircase: the latest lanes are aboard the last trip, the earlier ones before it.
A line is ridden once a round, from the first stop with news, in as many steps as trips are of use.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.groups import Groups
from storregion.kernels.network import Network
from storregion.kernels.scan import UNREACHED, Labels, asked, checked_access, trim
from storregion.kernels.walking import Links

Ints = NDArray[np.int32]
Indices = NDArray[np.int64]
Steps = NDArray[np.uint32]

NO_RIDES = 65_535


class Rounds(NamedTuple):
    """When each stop is reached in each lane, in seconds after the start, and with how many rides."""

    earliest: Labels  # (stops, lanes) as of `scan.Times`
    by_ride: Labels  # (stops, lanes) as of `scan.Times`
    rides: Labels  # (stops, lanes) the fewest that reach the stop at `earliest`; NO_RIDES where unreached


class _Lines(NamedTuple):
    """The part of a day that a window can use, copied close together as groups are first ridden."""

    first: Indices  # (groups,) into times; -1 where not yet copied
    trips: Indices  # (groups,) trips of the window
    times: Labels  # for each call of a group and each trip: departure + 1 (0 before the start), arrival


class _News(NamedTuple):
    """What a round works with."""

    marked: Ints  # stops reached sooner than in the round before
    before: Labels  # (stops, lanes) of each marked stop, its times in the round before
    first_step: Ints  # (stops,) into steps; -1 where not marked
    steps: Steps  # of each marked stop, by falling lane, second ready to board + 1 and lane; 0 ends them
    came: Ints  # stops come to by ride
    lowest: Ints  # (stops,) first lane that came sooner
    highest: Ints  # (stops,) last lane that came sooner; -1 where none
    since: Ints  # (groups,) first call at a marked stop; -1 where there is none
    until: Ints  # (groups,) last call at a marked stop


class _Aboard(NamedTuple):
    """Who is aboard which trip of a group: by falling lane, and so by falling trip."""

    trip: Ints
    lane: Ints


def rraptor(
    timetable: Network,
    access_stops: ArrayLike,
    access_seconds: ArrayLike,
    start: int,
    lanes: int = 60,
    *,
    step: int = 60,
    slack: int = 60,
    cutoff: int = 10_800,
    wanted: ArrayLike | None = None,
) -> Rounds:
    """The earliest arrival at stops, for each departure of a window, and its number of rides.

    Parameters
    ----------
    timetable, access_stops, access_seconds, start, lanes, step, cutoff : as of `scan.arrivals`.
    slack : as of `scan.arrivals`; here it may be 0.
    wanted : (n,) the stops to answer for; every stop when left out.

    Returns
    -------
    Rounds of these stops; its times are those of `scan.arrivals`.

    Raises
    ------
    ValueError
        As of `scan.arrivals`, except for a slack of 0; or a stop asked for does not exist.
    """
    window = asked(start, lanes, step, slack, cutoff, least_slack=0)
    stops, seconds = checked_access(access_stops, access_seconds, timetable.stops)
    ends = None if wanted is None else np.asarray(wanted, np.int64)
    if ends is not None and len(ends) and not 0 <= ends.min() <= ends.max() < timetable.stops:
        raise ValueError(f"there are {timetable.stops} stops; {ends.min()} to {ends.max()} are asked for")
    found = _search(
        timetable.first_call,
        timetable.arrival,
        timetable.departure,
        timetable.walks,
        timetable.groups,
        np.maximum(timetable.change, np.int32(slack)),
        stops,
        seconds,
        window.start,
        window.lanes,
        window.step,
        window.cutoff,
    )
    return Rounds(*found) if ends is None else Rounds(*(labels[ends] for labels in found))


@compiled
def _search(
    first_call: Indices,
    arrival: Ints,
    departure: Ints,
    walks: Links,
    groups: Groups,
    waits: Ints,
    stops: Ints,
    seconds: Ints,
    start: int,
    lanes: int,
    step: int,
    cutoff: int,
) -> tuple[Labels, Labels, Labels]:
    """Earliest arrivals, those by ride alone, and the fewest rides to the earliest."""
    size, count = len(waits), len(groups.first_trip) - 1
    earliest = np.full((size, lanes), UNREACHED, np.uint16)
    by_ride = np.full((size, lanes), UNREACHED, np.uint16)
    rides = np.full((size, lanes), NO_RIDES, np.uint16)
    lines = _Lines(
        np.full(count, -1, np.int64), np.zeros(count, np.int64), np.empty(2 * len(arrival), np.uint16)
    )
    news = _News(
        np.empty(size, np.int32),
        np.empty((size, lanes), np.uint16),
        np.full(size, -1, np.int32),
        np.empty(size * (lanes + 1), np.uint32),
        np.empty(size, np.int32),
        np.zeros(size, np.int32),
        np.full(size, -1, np.int32),
        np.full(count, -1, np.int32),
        np.zeros(count, np.int32),
    )
    marked = _walk_to_first(news, earliest, stops, seconds, step, cutoff)
    copied = turn = 0
    while marked:
        _take_steps(news, marked, earliest, rides, waits, turn)
        turn += 1
        _queue(news, marked, groups)
        for group in range(count):
            if news.since[group] >= 0 and lines.first[group] < 0:
                copied = _copy(
                    lines, group, copied, groups, first_call, arrival, departure,
                    start, start + (lanes - 1) * step + cutoff,
                )  # fmt: skip
        came = _ride(news, lines, groups, by_ride, step, cutoff)
        for at in range(marked):
            news.first_step[news.marked[at]] = -1
        marked = _walk(news, came, walks, earliest, by_ride, cutoff)
    _forget(earliest, rides, step, cutoff)
    trim(earliest, step, cutoff)
    trim(by_ride, step, cutoff)
    return earliest, by_ride, rides


@compiled
def _walk_to_first(news: _News, earliest: Labels, stops: Ints, seconds: Ints, step: int, cutoff: int) -> int:
    """Walk from the origin; how many stops are marked."""
    marked = 0
    for at in range(len(stops)):
        stop = stops[at]
        if seconds[at] > cutoff:
            continue
        if news.first_step[stop] < 0:
            news.first_step[stop] = 0
            news.marked[marked] = stop
            news.before[marked] = UNREACHED
            marked += 1
        for lane in range(earliest.shape[1]):
            earliest[stop, lane] = min(earliest[stop, lane], lane * step + seconds[at])
    return marked


@compiled
def _take_steps(news: _News, marked: int, earliest: Labels, rides: Labels, waits: Ints, turn: int) -> None:
    """Set the rides of what is news at the marked stops, and note when one is ready to board there."""
    lanes = earliest.shape[1]
    size = 0
    for at in range(marked):
        stop = np.uint32(news.marked[at])
        news.first_step[stop] = size
        now, before, fewest = earliest[stop], news.before[at], rides[stop]
        for lane in range(lanes):
            fewest[lane] = np.uint16(turn) if now[lane] < before[lane] else fewest[lane]
        wait = np.int64(waits[stop]) + 1
        last = np.int64(-1)
        for back in range(lanes):
            lane = lanes - 1 - back
            time = np.int64(now[lane])
            if time != last and time < before[lane]:
                last = time
                if time + wait <= UNREACHED:
                    news.steps[size] = (time + wait) << 16 | lane
                    size += 1
        news.steps[size] = 0
        size += 1


@compiled
def _queue(news: _News, marked: int, groups: Groups) -> None:
    """Note which groups call at marked stops, from which call to which."""
    since, until = news.since, news.until
    for at in range(marked):
        stop = news.marked[at]
        for visit in range(groups.first_visit[stop], groups.first_visit[stop + 1]):
            group, position = groups.group[visit], groups.position[visit]
            since[group] = position if since[group] < 0 else min(since[group], position)
            until[group] = max(until[group], position)


@compiled
def _copy(
    lines: _Lines,
    group: int,
    copied: int,
    groups: Groups,
    first_call: Indices,
    arrival: Ints,
    departure: Ints,
    start: int,
    last: int,
) -> int:
    """Copy the trips of a group that run within the window; how many times are copied by now."""
    length = groups.first_call[group + 1] - groups.first_call[group]
    begin, end = groups.first_trip[group], groups.first_trip[group + 1]
    leaves = groups.first_time[group]  # its first call; its last one stands as many trips before the end
    low, high, ends = 0, end - begin, groups.first_time[group + 1] - (end - begin)
    while low < high and groups.departure[ends + low] < start:
        low += 1
    while low < high and groups.departure[leaves + high - 1] > last:
        high -= 1
    trips = high - low
    lines.first[group] = copied
    lines.trips[group] = trips
    for trip in range(trips):
        call = first_call[groups.trip[begin + low + trip]]
        for position in range(length):
            at = copied + 2 * (position * trips + trip)
            lines.times[at] = min(max(departure[call + position] - start + 1, 0), UNREACHED)
            lines.times[at + 1] = min(max(arrival[call + position] - start, 0), UNREACHED)
    return int(copied + 2 * trips * length)


@compiled
def _ride(news: _News, lines: _Lines, groups: Groups, by_ride: Labels, step: int, cutoff: int) -> int:
    """Ride every queued group from its first marked stop; how many stops are come to."""
    # Names for each array: to take it out of a tuple costs as much as a step.
    since, until, first_step, steps = news.since, news.until, news.first_step, news.steps
    firsts, stops, boards, alights = groups.first_call, groups.stop, groups.board, groups.alight
    times = lines.times
    room = by_ride.shape[1] + 1
    aboard = _Aboard(np.empty(room, np.int32), np.empty(room, np.int32))
    spare = _Aboard(np.empty(room, np.int32), np.empty(room, np.int32))
    on = _Aboard(np.empty(room, np.int32), np.empty(room, np.int32))
    came = 0
    for group in range(len(since)):
        if since[group] < 0:
            continue
        first, trips, size = firsts[group], lines.trips[group], 0
        for position in range(since[group], firsts[group + 1] - first):
            if size == 0 and position > until[group]:
                break
            stop = np.uint32(stops[first + position])
            row = lines.first[group] + 2 * position * trips
            if size and alights[first + position]:
                came = _alight(news, came, stop, times, row, aboard, size, by_ride, step, cutoff)
            if first_step[stop] >= 0 and boards[first + position]:
                found = _board(on, aboard, size, steps, first_step[stop], times, row, trips, step, cutoff)
                if found:
                    size = _joined(spare, aboard, size, on, found)
                    aboard, spare = spare, aboard
        since[group] = -1
        until[group] = 0
    return came


@compiled
def _alight(
    news: _News,
    came: int,
    stop: np.uint32,
    times: Labels,
    row: int,
    aboard: _Aboard,
    size: int,
    by_ride: Labels,
    step: int,
    cutoff: int,
) -> int:
    """Let off at a stop whoever comes sooner than by any ride before; how many stops are come to by now."""
    for at in range(size):
        last = aboard.lane[at]
        time = times[row + 2 * aboard.trip[at] + 1]
        if time >= by_ride[stop, np.uint32(last)] or time > last * step + cutoff:
            continue
        lane = last
        while lane >= 0 and by_ride[stop, np.uint32(lane)] > time:
            by_ride[stop, np.uint32(lane)] = time
            lane -= 1
        if news.highest[stop] < 0:
            news.came[came] = stop
            came += 1
            news.lowest[stop], news.highest[stop] = lane + 1, last
        else:
            news.lowest[stop] = min(news.lowest[stop], lane + 1)
            news.highest[stop] = max(news.highest[stop], last)
    return came


@compiled
def _board(
    on: _Aboard,
    aboard: _Aboard,
    size: int,
    steps: Steps,
    at_step: int,
    times: Labels,
    row: int,
    trips: int,
    step: int,
    cutoff: int,
) -> int:
    """Who with news at a stop can catch an earlier trip than the one they are aboard; how many steps."""
    found = carried = 0
    best = np.int64(trips)
    while best > 0 and steps[at_step]:
        ready, lane = np.int64(steps[at_step] >> 16), np.int64(steps[at_step] & 65_535)
        at_step += 1
        while carried < size and aboard.lane[carried] >= lane:
            best = min(best, np.int64(aboard.trip[carried]))
            carried += 1
        if best == 0 or times[row + 2 * best - 2] < ready:
            continue
        low = np.int64(0)
        if best == trips:
            high = best - 1
            while low < high:
                middle = (low + high) // 2
                if times[row + 2 * middle] < ready:
                    low = middle + 1
                else:
                    high = middle
            best = low
        else:
            best -= 1
            while best > 0 and times[row + 2 * best - 2] >= ready:
                best -= 1
        if times[row + 2 * best] <= lane * step + cutoff + 1:
            on.trip[found], on.lane[found] = best, lane
            found += 1
    return found


@compiled
def _joined(into: _Aboard, aboard: _Aboard, size: int, on: _Aboard, found: int) -> int:
    """Who is aboard with those who got on: of each lane the earliest trip; how many steps."""
    kept = one = other = 0
    least = np.int64(2**31)
    while one < size or other < found:
        stay = other == found
        if one < size and not stay:
            stay = aboard.lane[one] > on.lane[other] or (
                aboard.lane[one] == on.lane[other] and aboard.trip[one] <= on.trip[other]
            )
        if stay:
            trip, lane = aboard.trip[one], aboard.lane[one]
            one += 1
        else:
            trip, lane = on.trip[other], on.lane[other]
            other += 1
        if trip < least:
            least = np.int64(trip)
            into.trip[kept], into.lane[kept] = trip, lane
            kept += 1
    return kept


@compiled
def _sooner(now: Labels, came: Labels, walk: int) -> bool:
    """Whether any lane comes sooner with a walk from another stop; what is unreached stays so."""
    gain = np.int32(0)
    room, seconds = np.int32(UNREACHED - walk), np.int32(walk)
    for lane in range(len(now)):
        time = np.int32(came[lane])
        time = np.int32((time if time < room else room) + seconds)
        less = np.int32(np.int32(now[lane]) - time)
        gain = less if less > gain else gain
    return bool(gain > 0)


@compiled
def _take(now: Labels, came: Labels, walk: int) -> None:
    """Keep what comes sooner with a walk from another stop."""
    room, seconds = np.int32(UNREACHED - walk), np.int32(walk)
    for lane in range(len(now)):
        time = np.int32(came[lane])
        time = np.int32((time if time < room else room) + seconds)
        known = np.int32(now[lane])
        now[lane] = np.uint16(time if time < known else known)


@compiled
def _walk(news: _News, came: int, walks: Links, earliest: Labels, by_ride: Labels, cutoff: int) -> int:
    """Mark the stops come to sooner, by ride or by a walk from there; how many are marked."""
    first, stops, seconds = walks.first, walks.stop, walks.seconds
    marked = 0
    for at in range(came):
        here = news.came[at]
        low, high = news.lowest[here], news.highest[here] + 1
        news.highest[here] = -1
        rode = by_ride[here, low:high]
        for link in range(first[here] - 1, first[here + 1]):
            near, walk = here, 0  # at first the stop itself
            if link >= first[here]:
                near, walk = stops[link], seconds[link]
            now = earliest[near, low:high]
            if walk <= cutoff and _sooner(now, rode, walk):
                if news.first_step[near] < 0:
                    news.first_step[near] = 0
                    news.marked[marked] = near
                    for lane in range(earliest.shape[1]):
                        news.before[marked, lane] = earliest[near, lane]
                    marked += 1
                _take(now, rode, walk)
    return marked


@compiled
def _forget(earliest: Labels, rides: Labels, step: int, cutoff: int) -> None:
    """Take away the rides of what arrives too late for its lane."""
    lanes = earliest.shape[1]
    for stop in range(len(earliest)):
        if earliest[stop, 0] != UNREACHED and earliest[stop, lanes - 1] > cutoff:
            for lane in range(lanes):
                if earliest[stop, lane] > lane * step + cutoff:
                    rides[stop, lane] = NO_RIDES
