"""Links: hops that pass others taken apart into the smaller ones."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.links import taken_apart


def apart(hops: list[tuple[int, int]], at: list[float], kind: list[int], stretch: float) -> list[list[int]]:
    length = np.array([abs(at[one] - at[two]) for one, two in hops])
    return taken_apart(np.array(hops, np.int64), length, np.array(kind, np.int64), stretch)


def test_an_express_goes_over_the_links_of_the_slow_train() -> None:
    # Stations at 0, 10, 20 and 30 km: the express 0–30 goes over all three, that from 10 to 30 over two.
    hops = [(0, 3), (0, 1), (1, 2), (2, 3), (1, 3)]
    assert apart(hops, [0, 10, 20, 30], [0] * 5, 1.0) == [[1, 2, 3], [1], [2], [3], [2, 3]]


def test_a_way_too_long_or_of_another_kind_does_not_count() -> None:
    # A and C are 10 km apart; over B it is 6 + 6 = 12.
    ends, length = np.array([(0, 2), (0, 1), (1, 2)]), np.array([10.0, 6.0, 6.0])
    same = np.zeros(3, np.int64)
    assert taken_apart(ends, length, same, 1.2) == [[1, 2], [1], [2]]
    assert taken_apart(ends, length, same, 1.19) == [[0], [1], [2]]
    assert taken_apart(ends, length, np.array([0, 1, 0]), 1.5) == [[0], [1], [2]]


places = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=6, unique=True)


@given(places, st.floats(1.0, 1.5), st.data())
def test_every_hop_is_a_way_of_whole_ones_as_short_as_any(
    at: list[tuple[int, int]], stretch: float, data: st.DataObject
) -> None:
    every = list(itertools.combinations(range(len(at)), 2))
    hops = data.draw(st.lists(st.sampled_from(every), min_size=1, unique=True))
    length = np.array([np.hypot(*np.subtract(at[one], at[two])) for one, two in hops])
    found = taken_apart(np.array(hops), length, np.zeros(len(hops), np.int64), stretch)
    whole = [hop for hop, way in enumerate(found) if way == [hop]]
    for hop, way in enumerate(found):
        assert set(way) <= set(whole)
        place = hops[hop][0]
        for part in way:
            assert place in hops[part]
            place = sum(hops[part]) - place
        assert place == hops[hop][1]
        # By trying all orders of the whole hops that are no longer than this one.
        shorter = [one for one in whole if one != hop and length[one] <= length[hop]]
        if way == [hop]:
            shorter = [one for one in shorter if length[one] < length[hop]]
        ways = _every_way(hops[hop], hops, shorter)
        best = min((sum(length[one] for one in each) for each in ways), default=np.inf)
        if way == [hop]:
            assert best > stretch * length[hop] * (1 - 1e-9)
        else:
            assert sum(length[one] for one in way) <= min(best, stretch * length[hop]) * (1 + 1e-9)


def _every_way(ends: tuple[int, int], hops: list[tuple[int, int]], of: list[int]) -> list[list[int]]:
    """Every way between two places over some hops that visits no place twice."""
    found: list[list[int]] = []
    open_ways: list[tuple[list[int], list[int]]] = [([], [ends[0]])]
    while open_ways:
        way, been = open_ways.pop()
        if been[-1] == ends[1]:
            found.append(way)
            continue
        open_ways += [
            ([*way, one], [*been, other])
            for one in of
            if been[-1] in hops[one] and (other := sum(hops[one]) - been[-1]) not in been
        ]
    return found
