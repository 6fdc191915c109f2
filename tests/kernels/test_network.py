"""A day's timetable: what it refuses, how it is sorted."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels.calls import Calls, calls
from storregion.kernels.network import Network, network
from storregion.kernels.walking import Links, walking_links

NO_WALKS = Links(np.zeros(4, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32))
Rows = Sequence[tuple[int, ...]]


def made(rows: Rows) -> Calls:
    """Calls of rows of trip, stop, arrival, departure, may board, may alight."""
    return calls(*np.array(rows, np.int64).reshape(-1, 6).T)


def built(rows: Rows, trips: int | None = None) -> Network:
    return network(made(rows), NO_WALKS, [0, 0, 0], trips=trips)


def test_hops_are_sorted_by_departure_and_backward_by_negated_arrival() -> None:
    # Trip 0 leaves 0 at 100, 1 at 200, and is at 2 at 300; trip 1 goes from 2 at 150 to 0 at 250.
    day = built([(0, 0, 90, 100, 1, 1), (0, 1, 190, 200, 1, 0), (0, 2, 300, 300, 1, 1),
                 (1, 2, 150, 150, 1, 1), (1, 0, 250, 260, 1, 1)])  # fmt: skip
    assert day.forward.time.tolist() == [100, 150, 200]
    assert day.forward.origin.tolist() == [0, 2, 1]
    assert day.forward.until.tolist() == [190, 250, 300]
    assert day.forward.ride.tolist() == [2, 7, 3]  # nobody gets off trip 0 at stop 1
    assert day.backward.time.tolist() == [-300, -250, -190]
    assert day.backward.origin.tolist() == [2, 0, 1]
    assert day.backward.until.tolist() == [-200, -150, -100]
    assert day.backward.ride.tolist() == [3, 7, 1]


def test_a_trip_that_overtakes_runs_in_a_group_of_its_own() -> None:
    # 0 at 0-100, 1 at 10-90 (overtakes it), 2 at 20-110 (follows both; joins the first).
    rows = [(t, s, at, at, 1, 1) for t, times in enumerate([(0, 100), (10, 90), (20, 110)])
            for s, at in enumerate(times)]  # fmt: skip
    groups = built(rows).groups
    assert [groups.trip[a:b].tolist() for a, b in pairwise(groups.first_trip)] == [
        [0, 2],
        [1],
    ]
    assert groups.departure.tolist() == [0, 20, 100, 110, 10, 90]


def test_trips_alike_that_never_overtake_are_one_group_beside_those_of_other_stops() -> None:
    # Every ten minutes one from 0 to 1, and between them one from 0 to 2 and one from 0 over 1 to 2.
    ways = [(0, 1), (0, 2), (0, 1, 2)]
    rows = [(t, stop, 100 * t + 30 * n, 100 * t + 30 * n, 1, 1)
            for t in range(12) for n, stop in enumerate(ways[t % 3])]  # fmt: skip
    groups = built(rows).groups
    members = [groups.trip[a:b].tolist() for a, b in pairwise(groups.first_trip)]
    assert sorted(members) == [[0, 3, 6, 9], [1, 4, 7, 10], [2, 5, 8, 11]]


WRONG = {
    "trip 0: its calls come after": [(1, 0, 0, 0, 1, 1), (0, 0, 0, 0, 1, 1)],
    "trip -1: the index is not": [(-1, 0, 0, 0, 1, 1)],
    "trip 7: it calls at a stop that does not exist": [(7, 3, 0, 0, 1, 1)],
    "trip 7: it departs from a stop before it arrives": [(7, 0, 10, 9, 1, 1)],
    "trip 7: it arrives at a stop before it departed": [(7, 0, 0, 10, 1, 1), (7, 1, 9, 20, 1, 1)],
    "trip 7: it has a time more than 864000 seconds": [(7, 0, 864_001, 864_001, 1, 1)],
    "trip 7: whether one may board": [(7, 0, 0, 0, 2, 1)],
}


@pytest.mark.parametrize("words", WRONG)
def test_what_is_no_timetable_is_refused_by_its_trip(words: str) -> None:
    with pytest.raises(ValueError, match=words):
        built(WRONG[words])


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="arrival must be whole numbers"):
        calls([0], [0], [0.5], [1])
    with pytest.raises(ValueError, match="stop must be whole numbers"):
        calls([0], [2**40], [0], [0])
    with pytest.raises(ValueError, match="stop must be 1 numbers"):
        calls([0], [0, 1], [0], [0])
    with pytest.raises(ValueError, match="walking links must be given for each of 2 stops"):
        network(made([]), NO_WALKS, [0, 0])
    with pytest.raises(ValueError, match="not below 0"):
        network(made([]), NO_WALKS, [0, 0, -1])


trip = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 90), st.integers(0, 9)), min_size=1, max_size=4)


def rows_of(days: dict[int, list[tuple[int, int, int]]]) -> Rows:
    rows: list[tuple[int, ...]] = []
    for index, made_ in sorted(days.items()):
        time = 10 * index - 30
        for stop, hop, dwell in made_:
            rows.append((index, stop, time + hop, time + hop + dwell, hop % 5 > 0, dwell % 4 > 0))
            time += hop + dwell
    return rows


@given(st.dictionaries(st.integers(0, 9), trip, max_size=10))
@settings(max_examples=100, deadline=None)
def test_groups_hold_every_trip_once_and_nobody_overtakes_in_them(
    day: dict[int, list[tuple[int, int, int]]],
) -> None:
    found = built(rows_of(day))
    groups = found.groups
    assert sorted(groups.trip) == [index for index, made_ in sorted(day.items()) if len(made_) > 1]
    for group in range(len(groups.first_trip) - 1):
        members = groups.trip[groups.first_trip[group] : groups.first_trip[group + 1]]
        spans = [slice(found.first_call[t], found.first_call[t + 1]) for t in members]
        stops = groups.stop[groups.first_call[group] : groups.first_call[group + 1]]
        for span in spans:
            np.testing.assert_array_equal(found.stop[span], stops)
        for one, other in pairwise(spans):
            assert (found.arrival[one] <= found.arrival[other]).all()
            assert (found.departure[one] <= found.departure[other]).all()
        departures = np.array([found.departure[span] for span in spans]).T.ravel()
        first, last = groups.first_time[group : group + 2]
        np.testing.assert_array_equal(groups.departure[first:last], departures)


def test_links_are_turned_round() -> None:
    links = walking_links([[0, 0], [100, 0], [200, 0]], 150, stated=([2], [0], [7]))
    day = network(made([]), links, [0, 0, 0])
    assert day.walks_back.first.tolist() == [0, 2, 4, 5]
    assert day.walks_back.stop.tolist() == [1, 2, 0, 2, 1]
    assert day.walks_back.seconds.tolist() == [109, 7, 109, 109, 109]
