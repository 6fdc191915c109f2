"""Journeys to places from the times of a search at stops: by hand, and against a plain calculation."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.kernels.goals import Goals, come, unbeaten
from storregion.kernels.scan import UNREACHED

NOWHERE = np.inf


def goals(places: list[tuple[list[int], list[tuple[int, int]]]], stops: int) -> Goals:
    """Places of the stops at which they are, and (stop, seconds) from where one walks to them."""
    ends, near = [end for end, _ in places], [[*((e, 0) for e in end), *walks] for end, walks in places]
    flat = [one for some in near for one in some]
    return Goals(
        np.arange(stops),
        np.cumsum([0, *map(len, ends)]),
        np.array([end for some in ends for end in some], np.int64),
        np.cumsum([0, *map(len, near)]),
        np.array([stop for stop, _ in flat], np.int64),
        np.array([seconds for _, seconds in flat], np.int32),
    )


def labels(rows: list[list[int]]) -> NDArray[np.uint16]:
    return np.array(rows, np.uint16)


def test_one_comes_by_the_stop_that_is_soonest_walk_included() -> None:
    # Two lanes. Stop 0 is the place's own and reached at 900 and 1 000, stop 1 at 500 and never, and it is
    # 300 seconds on foot from there: 800 and 1 000.
    by_ride = labels([[900, 1000], [500, UNREACHED]])
    arrivals, rides = come(by_ride, by_ride, labels([[2, 2], [1, 65535]]), goals([([0], [(1, 300)])], 2), 10)
    assert arrivals.tolist() == [[810, 1010]]
    # Rides are those of what comes first to its own stop, walk or not.
    assert rides.tolist() == [[2, 2]]


def test_a_journey_that_a_later_one_makes_needless_is_left_out() -> None:
    ready = np.array([0.0, 60.0, 120.0, 180.0])
    # The second arrives with the third, so only the third counts; the fourth never arrives.
    arrivals = np.array([[500.0, 900.0, 900.0, NOWHERE]])
    kept = unbeaten(ready, arrivals, np.array([[1, 2, 3, 4]]), np.array([NOWHERE]), 30, 5000)
    assert kept.first.tolist() == [0, 2]
    assert kept.times.tolist() == [[0.0, 120.0], [30.0, 150.0], [500.0, 900.0]]
    assert kept.rides.tolist() == [1, 3]


def test_who_walks_as_fast_leaves_at_once_and_rides_nothing() -> None:
    ready, arrivals = np.array([0.0, 60.0]), np.array([[400.0, 300.0]])
    kept = unbeaten(ready, arrivals, np.array([[1, 1]]), np.array([240.0]), 30, 5000)
    # On foot at 240 and 300, as soon as the second ride.
    assert kept.times[:2].tolist() == [[0.0, 60.0], [0.0, 60.0]]
    assert kept.rides.tolist() == [0, 0]
    # A place that shares a stop with the origin has no journeys; what takes too long is none.
    assert unbeaten(ready, arrivals, np.array([[1, 1]]), np.array([0.0]), 30, 5000).first.tolist() == [0, 0]
    assert unbeaten(ready, arrivals, np.array([[1, 1]]), np.array([NOWHERE]), 30, 240).rides.tolist() == [1]


def slow(
    ready: list[float], arrivals: list[float], rides: list[int], on_foot: float, longest: int
) -> list[tuple[float, float, int]]:
    """Ready, arrival and rides of the journeys of one place that no later one makes needless."""
    walked = [at + on_foot <= there for at, there in zip(ready, arrivals, strict=True)]
    every = [
        (at, at + on_foot if foot else there, 0 if foot else count)
        for at, there, count, foot in zip(ready, arrivals, rides, walked, strict=True)
    ]
    fine = [one for one in every if one[1] - one[0] <= longest]
    return [one for at, one in enumerate(fine) if all(one[1] < later[1] for later in fine[at + 1 :])]


@given(data=st.data(), lanes=st.integers(1, 8), places=st.integers(1, 4))
def test_of_any_arrivals_those_are_kept_that_no_later_one_beats(
    data: st.DataObject, lanes: int, places: int
) -> None:
    ready = [60.0 * lane for lane in range(lanes)]
    times = st.lists(
        st.one_of(st.integers(0, 900).map(float), st.just(NOWHERE)), min_size=lanes, max_size=lanes
    )
    arrivals = [data.draw(times) for _ in range(places)]
    rides = [data.draw(st.lists(st.integers(1, 5), min_size=lanes, max_size=lanes)) for _ in range(places)]
    on_foot = [data.draw(st.sampled_from([NOWHERE, 45.0, 200.0])) for _ in range(places)]
    kept = unbeaten(np.array(ready), np.array(arrivals), np.array(rides), np.array(on_foot), 30, 500)
    for place in range(places):
        own = slice(kept.first[place], kept.first[place + 1])
        made = list(zip(*kept.times[:, own][[0, 2]].tolist(), kept.rides[own].tolist(), strict=True))
        assert made == slow(ready, arrivals[place], rides[place], on_foot[place], 500)


@given(data=st.data(), stops=st.integers(1, 5), lanes=st.integers(1, 4))
def test_any_search_comes_to_places_as_each_stop_by_itself_says(
    data: st.DataObject, stops: int, lanes: int
) -> None:
    times = st.one_of(st.integers(0, 900), st.just(UNREACHED))
    table = st.lists(st.lists(times, min_size=lanes, max_size=lanes), min_size=stops, max_size=stops)
    by_ride, earliest = data.draw(table), data.draw(table)
    counts = [[data.draw(st.integers(0, 5)) for _ in range(lanes)] for _ in range(stops)]
    end = st.integers(0, stops - 1)
    walks = st.lists(st.tuples(end, st.integers(1, 300)), max_size=3)
    places = data.draw(
        st.lists(st.tuples(st.lists(end, min_size=1, max_size=2), walks), min_size=1, max_size=3)
    )
    arrivals, rides = come(labels(by_ride), labels(earliest), labels(counts), goals(places, stops), 100)
    for place, (ends, near) in enumerate(places):
        for lane in range(lanes):
            from_stops = [(by_ride[stop][lane], walk) for stop, walk in [*((e, 0) for e in ends), *near]]
            ridden = [100 + time + walk for time, walk in from_stops if time != UNREACHED]
            assert arrivals[place, lane] == min(ridden, default=NOWHERE)
            first = min(earliest[stop][lane] for stop in ends)
            fewest = min(counts[stop][lane] for stop in ends if earliest[stop][lane] == first)
            assert rides[place, lane] == max(fewest, 1)
