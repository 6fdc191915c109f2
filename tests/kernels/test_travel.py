"""Travel times to places: an analytic case, a plain reckoning of the same numbers, and threads."""

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.kernels import scan, travel
from storregion.kernels.calls import calls
from storregion.kernels.network import Network, network
from storregion.kernels.scan import UNREACHED
from storregion.kernels.walking import Links, nearest_stops, walking_links

SIDE = 6  # stops along each side of the grid of lines


def grid() -> Network:
    """Lines east along each row and north along each column, a kilometre and 6 minutes between stops.

    Every 20 minutes all trips of a direction pass the n-th stop 6 n minutes after they start.
    """
    trips = []
    for row in range(SIDE):
        for start in range(0, 6 * 3600, 1200):
            trips.append([(row * SIDE + n, start + 360 * n) for n in range(SIDE)])
            trips.append([(n * SIDE + row, start + 360 * n) for n in range(SIDE)])
    rows = [(t, stop, at, at) for t, trip in enumerate(trips) for stop, at in trip]
    places = [(1000.0 * (stop % SIDE), 1000.0 * (stop // SIDE)) for stop in range(SIDE * SIDE)]
    return network(calls(*np.array(rows).T), walking_links(places, 300), np.zeros(SIDE * SIDE, np.int32))


def test_a_twenty_minute_headway_gives_the_travel_times_of_a_uniform_wait() -> None:
    # From the west end of a row to its east end: 30 minutes' ride and one of slack. Leaving at minute k, one
    # waits for the next departure at or after k + 1: (19 - k) mod 20 minutes. Over 60 departures each of
    # 31, 32, ..., 50 minutes comes three times (in continuous time the wait is uniform on 0-20: 31 to 51).
    day = grid()
    end = Links(np.array([0, 1]), np.array([SIDE - 1], np.int32), np.array([0], np.int32))
    shown = travel.reach(
        day, [0], [0], end, [-1], 7200, percentiles=(1, 5, 25, 50, 75, 95, 100), cutoffs=(1860, 2400, 3000)
    )
    # The nearest ranks of 60 are 1, 3, 15, 30, 45, 57 and 60; of three to a minute: minutes 1, 1, 5, 10, 15,
    # 19 and 20 of those twenty.
    assert (shown.percentiles[0] / 60).tolist() == [31, 31, 35, 40, 45, 49, 50]
    assert shown.within[0].tolist() == [3, 30, 60]
    assert shown.fastest.tolist() == [1860]


def test_second_by_second_the_wait_reaches_from_nothing_to_the_headway() -> None:
    # 1 200 departures a second apart: 31 min to 50 min 59 s, each second once; the p-th percentile is the
    # 12 p-th of them, 1860 + 12 p - 1 seconds.
    end = Links(np.array([0, 1]), np.array([SIDE - 1], np.int32), np.array([0], np.int32))
    shown = travel.reach(grid(), [0], [0], end, [-1], 7200, 1200, step=1, percentiles=(25, 50, 75, 100))
    assert shown.percentiles[0].tolist() == [2159, 2459, 2759, 3059]


def test_changing_in_the_grid_waits_for_the_crossing_line() -> None:
    # East 3 stops and north 2: both lines pass the n-th stop 6 n minutes after the start of the row or the
    # column. East reaches column 3 at s + 18; the column's trips pass row 0 at 0, 20, ...; ready at s + 19,
    # on at s + 20, two hops: s + 32.
    goal = 2 * SIDE + 3
    end = Links(np.array([0, 1]), np.array([goal], np.int32), np.array([0], np.int32))
    times = scan.arrivals(grid(), [0], [0], 7200 - 60, 1)
    assert travel.travel_times(times.by_ride, end, [-1])[0, 0] == 60 + 32 * 60


# ---- against plain numpy

labels = st.one_of(st.just(UNREACHED), st.integers(0, 4000))


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_percentiles_shares_and_the_fastest_are_those_of_a_plain_sort(data: st.DataObject) -> None:
    lanes = data.draw(st.integers(1, 9))
    step, cutoff = data.draw(st.sampled_from([1, 60, 200])), data.draw(st.sampled_from([0, 700, 3000]))
    rows = data.draw(st.lists(st.lists(labels, min_size=lanes, max_size=lanes), min_size=1, max_size=4))
    by_ride = np.array(rows, np.uint16)
    after = np.arange(lanes) * step
    by_ride = np.where(by_ride == UNREACHED, UNREACHED, np.maximum(by_ride, after)).astype(np.uint16)
    walks = data.draw(
        st.lists(st.dictionaries(st.integers(0, len(rows) - 1), st.integers(0, 500)), min_size=1, max_size=4)
    )
    direct = data.draw(
        st.lists(st.sampled_from([-1, 0, 400, 9000]), min_size=len(walks), max_size=len(walks))
    )
    links = Links(
        np.cumsum([0, *map(len, walks)]),
        np.array([stop for walk in walks for stop in walk], np.int32),
        np.array([seconds for walk in walks for seconds in walk.values()], np.int32),
    )
    expected = plain(by_ride, walks, direct, step, cutoff)
    np.testing.assert_array_equal(
        travel.travel_times(by_ride, links, direct, step=step, cutoff=cutoff), expected
    )
    percents, limits = (1, 25, 50, 75, 100), (0, cutoff // 2, cutoff)
    shown = travel.travel(
        by_ride, links, direct, step=step, cutoff=cutoff, percentiles=percents, cutoffs=limits
    )
    ranked = np.sort(expected, axis=1)
    for column, percent in enumerate(percents):
        at = ceil(Fraction(percent * lanes, 100)) - 1
        assert shown.percentiles[:, column].tolist() == ranked[:, at].tolist()
    for column, limit in enumerate(limits):
        assert shown.within[:, column].tolist() == (expected <= limit).sum(axis=1).tolist()
    assert shown.fastest.tolist() == ranked[:, 0].tolist()


def plain(
    by_ride: NDArray[np.uint16], walks: list[dict[int, int]], direct: list[int], step: int, cutoff: int
) -> NDArray[np.uint16]:
    shown = np.full((len(walks), by_ride.shape[1]), UNREACHED, np.uint16)
    for point, walk in enumerate(walks):
        for lane in range(by_ride.shape[1]):
            found = [int(by_ride[stop, lane]) + seconds - lane * step for stop, seconds in walk.items()
                     if by_ride[stop, lane] != UNREACHED]  # fmt: skip
            found += [direct[point]] if direct[point] >= 0 else []
            if found and min(found) <= cutoff:
                shown[point, lane] = min(found)
    return shown


def test_last_departures_of_a_line() -> None:
    # 0 to 5 along the row: at the stop at minute 119, on at 120, there at 150, a minute's walk: 32 minutes.
    day = grid()
    home = Links(np.array([0, 1]), np.array([0], np.int32), np.array([0], np.int32))
    for before, left in ((151 * 60, 32 * 60), (151 * 60 - 1, 52 * 60 - 1)):
        # A second earlier it is the trip before, twenty minutes sooner.
        back = scan.departures(day, [5], [60], before, lanes=1)
        assert travel.travel_times(back.by_ride, home, [-1]).tolist() == [[left]]


def test_the_number_of_threads_changes_no_bit_and_no_order() -> None:
    day = grid()
    points = np.random.default_rng(3).uniform(0, 5000, (200, 2))
    stops = [(1000.0 * (stop % SIDE), 1000.0 * (stop // SIDE)) for stop in range(SIDE * SIDE)]
    near = nearest_stops(points, stops, 800)
    direct = np.full(len(points), -1, np.int32)

    def work(origin: int) -> travel.Travel:
        return travel.reach(day, [origin], [origin], near, direct, 3600)

    one, two, three = (travel.over(work, range(SIDE * SIDE), threads) for threads in (1, 2, 3))
    assert len({shown.fastest.tobytes() for shown in one}) > 10
    for other in (two, three):
        for shown, same in zip(one, other, strict=True):
            for mine, its in zip(shown, same, strict=True):
                np.testing.assert_array_equal(mine, its)
    with pytest.raises(ValueError, match="threads must be 1 or more"):
        travel.over(work, [0], 0)


def test_a_read_only_table_compiles_nothing_anew() -> None:
    travel.warmup()
    compiled = [len(kernel.signatures) for kernel in KERNELS]
    sealed = np.array([0, 0])
    sealed.flags.writeable = False
    day = network(calls(sealed, [0, 1], sealed, np.zeros(2, np.int32)), walking_links(np.eye(2), 9), sealed)
    travel.reach(day, sealed, sealed, nearest_stops(np.eye(2), np.eye(2), 9), sealed, int(sealed[0]), 3)
    assert [len(kernel.signatures) for kernel in KERNELS] == compiled == [1] * len(KERNELS)


KERNELS: tuple[Any, ...] = (scan._scan, travel._travel)


def test_what_does_not_fit_is_refused() -> None:
    by_ride = np.zeros((2, 3), np.uint16)
    links = Links(np.array([0, 1]), np.array([1], np.int32), np.array([0], np.int32))
    with pytest.raises(ValueError, match="egress links must be given for each of 2 points"):
        travel.travel(by_ride, links, [0, 0])
    with pytest.raises(ValueError, match="percentiles must be 1 to 100"):
        travel.travel(by_ride, links, [0], percentiles=(50, 0))
    with pytest.raises(ValueError, match="cutoffs must be 0 to 600 s"):
        travel.travel(by_ride, links, [0], cutoff=600, cutoffs=(601,))
    with pytest.raises(ValueError, match="are not those of a search"):
        travel.travel(by_ride, links, [0], cutoff=65_500)
    with pytest.raises(ValueError, match="does not exist, of 1"):
        travel.travel(by_ride[:1], links, [0])
    with pytest.raises(ValueError, match="must be those of a scan"):
        travel.travel(by_ride.T, links, [0])
