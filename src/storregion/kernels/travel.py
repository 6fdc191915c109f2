"""Travel times to places, and what they put within reach.

A travel time is counted from the departure, the wait at the first stop included. A place is reached by a
ride and a walk, or by walking alone.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from storregion.kernels import raptor, rounds, scan
from storregion.kernels.calls import LATEST, calls
from storregion.kernels.compiled import compiled
from storregion.kernels.network import Network, network
from storregion.kernels.scan import HORIZON, UNREACHED, Labels
from storregion.kernels.walking import Links, nearest_stops, walking_links

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]

Origin = TypeVar("Origin")
Result = TypeVar("Result")


class Travel(NamedTuple):
    """How long it takes to each place, over the departures of a window."""

    percentiles: Labels  # (points, percentiles) seconds; UNREACHED where too few departures arrive
    within: Labels  # (points, cutoffs) departures that arrive within each number of seconds
    fastest: Labels  # (points,) seconds of the fastest; UNREACHED where none arrives


def travel_times(
    by_ride: Labels, egress: Links, direct: ArrayLike, *, step: int = 60, cutoff: int = 10_800
) -> Labels:
    """Seconds to each point from each departure.

    Parameters
    ----------
    by_ride : (stops, lanes) of `scan.Times`, forward or backward.
    egress : stops to walk from to each point (or to, of a backward search).
    direct : (points,) seconds to walk all the way; below 0 where nobody does.
    step : seconds between two departures, as of the search.
    cutoff : seconds, as of the search: what takes longer is unreached.

    Returns
    -------
    (points, lanes) seconds; UNREACHED where it takes longer than `cutoff`.

    Raises
    ------
    ValueError
        The egress links or the direct walks do not fit the stops and points.
    """
    links, walk = _checked(by_ride, egress, direct, step, cutoff)
    return _travel_times(by_ride, *links, walk, int(step), int(cutoff))


def travel(
    by_ride: Labels,
    egress: Links,
    direct: ArrayLike,
    *,
    step: int = 60,
    cutoff: int = 10_800,
    percentiles: Sequence[int] = (25, 50, 75),
    cutoffs: Sequence[int] = (1800, 2700, 3600, 5400),
) -> Travel:
    """What `travel_times` are over the window, without keeping them.

    Parameters
    ----------
    by_ride, egress, direct, step, cutoff : as of `travel_times`.
    percentiles : whole numbers 1 to 100. The p-th is the time at the nearest rank, ⌈p · lanes / 100⌉, of
        the times in rising order; what is unreached counts as longer than any time.
    cutoffs : seconds within which departures are counted, each at most `cutoff`.

    Raises
    ------
    ValueError
        As of `travel_times`; or a percentile or a cutoff is out of range.
    """
    links, walk = _checked(by_ride, egress, direct, step, cutoff)
    lanes = by_ride.shape[1]
    if any(not 1 <= percent <= 100 for percent in percentiles):
        raise ValueError(f"percentiles must be 1 to 100, not {list(percentiles)}")
    if any(not 0 <= within <= cutoff for within in cutoffs):
        raise ValueError(f"cutoffs must be 0 to {cutoff} s, which is searched, not {list(cutoffs)}")
    ranks = np.array([-(-int(percent) * lanes // 100) for percent in percentiles], np.int64)
    limits = np.array([int(within) for within in cutoffs], np.int32)
    return Travel(*_travel(by_ride, *links, walk, int(step), int(cutoff), ranks, limits))


def reach(
    timetable: Network,
    access_stops: ArrayLike,
    access_seconds: ArrayLike,
    egress: Links,
    direct: ArrayLike,
    start: int,
    lanes: int = 60,
    *,
    step: int = 60,
    slack: int = 60,
    cutoff: int = 10_800,
    percentiles: Sequence[int] = (25, 50, 75),
    cutoffs: Sequence[int] = (1800, 2700, 3600, 5400),
) -> Travel:
    """Travel times from one origin to every point: `scan.arrivals`, then `travel`.

    Parameters
    ----------
    timetable, access_stops, access_seconds, start, lanes, step, slack, cutoff : as of `scan.arrivals`.
    egress, direct, percentiles, cutoffs : as of `travel`.

    Raises
    ------
    ValueError
        As of either.
    """
    times = scan.arrivals(
        timetable, access_stops, access_seconds, start, lanes, step=step, slack=slack, cutoff=cutoff
    )
    return travel(
        times.by_ride, egress, direct, step=step, cutoff=cutoff, percentiles=percentiles, cutoffs=cutoffs
    )


def over(work: Callable[[Origin], Result], origins: Iterable[Origin], threads: int = 1) -> list[Result]:
    """The results of all origins in their order, worked out in several threads.

    Kernels leave other threads to run. Each origin is worked out by one thread, as it is alone, so that the
    number of threads changes no bit of a result.

    Parameters
    ----------
    work : what to do of one origin; it must change nothing that others read.
    origins : what to do it of.
    threads : how many at once.
    """
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, not {threads}")
    if threads == 1:
        return [work(origin) for origin in origins]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, origins))


def warmup() -> None:
    """Compile every routing kernel, or load it where it is kept, on a line of two stops."""
    here = [[0.0, 0.0], [900.0, 0.0]]
    near = nearest_stops(here, here, 100.0)
    line = calls([0, 0, 1, 1], [0, 1, 0, 1], [0, 60, 600, 660], [0, 60, 600, 660])
    made = network(line, walking_links(here, 1000.0), [0, 0])
    reach(made, [0], [0], near, [0, -1], 0, 2)
    back = scan.departures(made, [1], [0], 900, 1)
    travel_times(back.by_ride, near, [-1, 0])
    rounds.rraptor(made, [0], [0], 0, 2)
    raptor.journeys(made, [0], [0], near, 0, 900)


def _checked(by_ride: Labels, egress: Links, direct: ArrayLike, step: int, cutoff: int) -> tuple[Links, Ints]:
    links = Links(
        np.require(egress.first, np.int64, ["C", "W"]),
        np.require(egress.stop, np.int32, ["C", "W"]),
        np.require(egress.seconds, np.int32, ["C", "W"]),
    )
    walk = np.require(np.asarray(direct), np.int32, ["C", "W"])
    if by_ride.dtype != np.uint16 or not by_ride.flags.c_contiguous:
        raise ValueError("times by ride must be those of a scan")
    if links.first.shape != (len(walk) + 1,) or links.first[0] or (np.diff(links.first) < 0).any():
        raise ValueError(f"egress links must be given for each of {len(walk)} points")
    if not len(links.stop) == len(links.seconds) == links.first[-1]:
        raise ValueError("egress links must have one stop and one number of seconds each")
    if len(links.stop) and not 0 <= links.stop.min() <= links.stop.max() < len(by_ride):
        raise ValueError(f"an egress link is of a stop that does not exist, of {len(by_ride)}")
    if links.seconds.min(initial=0) < 0 or links.seconds.max(initial=0) > LATEST:
        raise ValueError(f"an egress link must take 0 to {LATEST} seconds")
    if step < 1 or cutoff < 0 or (by_ride.shape[1] - 1) * step + cutoff > HORIZON:
        raise ValueError(f"a step of {step} s and a cutoff of {cutoff} s are not those of a search")
    return links, walk


@compiled
def _served(by_ride: Labels) -> NDArray[np.bool_]:
    """Stops that any lane reaches."""
    served = np.empty(len(by_ride), np.bool_)
    for stop in range(len(by_ride)):
        least = np.uint16(UNREACHED)
        for lane in range(by_ride.shape[1]):
            least = min(least, by_ride[stop, lane])
        served[stop] = least != UNREACHED
    return served


@compiled
def _times(
    times: Ints,
    by_ride: Labels,
    served: NDArray[np.bool_],
    first: int,
    last: int,
    stop: Ints,
    seconds: Ints,
    direct: int,
    step: int,
    cutoff: int,
) -> None:
    """Travel times to one point from each departure."""
    lanes = len(times)
    for lane in range(lanes):
        times[lane] = UNREACHED
    for link in range(first, last):
        here = stop[link]
        walk = np.int32(seconds[link])
        if served[here] and walk <= cutoff:
            for lane in range(lanes):
                time = np.int32(np.int32(by_ride[here, lane]) + walk)
                times[lane] = time if time < times[lane] else times[lane]
    for lane in range(lanes):
        # What is unreached stays so: UNREACHED lies beyond the last lane and its cutoff.
        time = np.int32(times[lane] - lane * step)
        if direct >= 0:
            time = min(time, np.int32(direct))
        times[lane] = UNREACHED if time > cutoff else time


@compiled
def _travel_times(
    by_ride: Labels, first: Indices, stop: Ints, seconds: Ints, direct: Ints, step: int, cutoff: int
) -> Labels:
    lanes = by_ride.shape[1]
    best = np.empty((len(direct), lanes), np.uint16)
    times = np.empty(lanes, np.int32)
    served = _served(by_ride)
    for point in range(len(direct)):
        span = first[point], first[point + 1]
        _times(times, by_ride, served, *span, stop, seconds, direct[point], step, cutoff)
        for lane in range(lanes):
            best[point, lane] = times[lane]
    return best


@compiled
def _counted(times: Ints, most: int) -> int:
    """How many times are at most so long."""
    limit = np.int32(most)
    count = 0
    for lane in range(len(times)):
        count += times[lane] <= limit
    return count


@compiled
def _ranked(times: Ints, rank: int, least: int, reached: int, cutoff: int) -> int:
    """The time at a rank, of times from the least to the cutoff: the shortest that as many are at most.

    As times over a window lie about evenly, the rank tells where to look, every other time; between, and
    where several times are the same, halving does. Passing over all times is quicker than sorting them.
    """
    low, high = int(least) - 1, _last(times, cutoff)
    below, within = 0, reached
    halve = False
    while high - low > 1:
        middle = (low + high) // 2
        if not halve:
            middle = low + int((high - low) * (rank - below) / (within - below + 1))
            middle = min(max(middle, low + 1), high - 1)
        halve = not halve
        count = _counted(times, middle)
        if count >= rank:
            high, within = middle, count
        else:
            low, below = middle, count
        if within == rank:
            return _last(times, high)
        if below == rank - 1:
            return _next(times, low)
    return high


@compiled
def _last(times: Ints, most: int) -> int:
    """The longest of the times that are at most so long."""
    limit, found = np.int32(most), np.int32(0)
    for lane in range(len(times)):
        found = max(found, times[lane] if times[lane] <= limit else np.int32(0))
    return int(found)


@compiled
def _next(times: Ints, least: int) -> int:
    """The shortest of the times that are longer."""
    limit, found = np.int32(least), np.int32(UNREACHED)
    for lane in range(len(times)):
        found = min(found, times[lane] if times[lane] > limit else np.int32(UNREACHED))
    return int(found)


@compiled
def _travel(
    by_ride: Labels,
    first: Indices,
    stop: Ints,
    seconds: Ints,
    direct: Ints,
    step: int,
    cutoff: int,
    ranks: Indices,
    cutoffs: Ints,
) -> tuple[Labels, Labels, Labels]:
    points = len(direct)
    percentiles = np.full((points, len(ranks)), UNREACHED, np.uint16)
    within = np.zeros((points, len(cutoffs)), np.uint16)
    fastest = np.full(points, UNREACHED, np.uint16)
    times = np.empty(by_ride.shape[1], np.int32)
    served = _served(by_ride)
    for point in range(points):
        span = first[point], first[point + 1]
        _times(times, by_ride, served, *span, stop, seconds, direct[point], step, cutoff)
        least = times.min()
        fastest[point] = least
        if least == UNREACHED:
            continue
        for which in range(len(cutoffs)):
            within[point, which] = _counted(times, cutoffs[which])
        reached = _counted(times, cutoff)
        for which in range(len(ranks)):
            if ranks[which] > reached:
                continue
            percentiles[point, which] = _ranked(times, ranks[which], least, reached, cutoff)
    return percentiles, within, fastest
