"""Walking within a radius, against every pair measured."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels.walking import FORBIDDEN, Links, nearest_stops, walking_links

places = st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900)), max_size=30)


def pairs(links: Links) -> dict[tuple[int, int], int]:
    start = np.repeat(np.arange(len(links.first) - 1), np.diff(links.first))
    return dict(
        zip(zip(start.tolist(), links.stop.tolist(), strict=True), links.seconds.tolist(), strict=True)
    )


def test_the_radius_counts_and_seconds_are_rounded_up() -> None:
    # 3-4-5: 500 m as the crow flies, 650 m on foot, at 1.2 m/s 541.67 s. 501 m is too far.
    found = nearest_stops([[0, 0]], [[300, 400], [501, 0], [0, 0]], 500)
    assert pairs(found) == {(0, 0): 542, (0, 2): 0}


@given(places, places, st.sampled_from([1.0, 100.0, 333.3, 5000.0]))
@settings(max_examples=100, deadline=None)
def test_every_stop_within_the_radius_is_found(
    points: list[tuple[int, int]], stops: list[tuple[int, int]], radius: float
) -> None:
    expected = {
        (i, j): math.ceil(math.hypot(a - c, b - d) * (1.3 / 1.2) - 1e-6)
        for i, (a, b) in enumerate(points)
        for j, (c, d) in enumerate(stops)
        if math.hypot(a - c, b - d) <= radius
    }
    found = nearest_stops(points, stops, radius)
    assert pairs(found) == expected
    for first, last in zip(found.first, found.first[1:], strict=False):
        assert (np.diff(found.stop[first:last]) > 0).all()


@given(places)
@settings(max_examples=60, deadline=None)
def test_no_detour_is_faster_than_a_link(stops: list[tuple[int, int]]) -> None:
    seconds = pairs(walking_links(stops, 700))
    assert all(a != b for a, b in seconds)
    for (a, b), first in seconds.items():
        for c in range(len(stops)):
            if (b, c) in seconds and (a, c) in seconds:
                assert seconds[a, c] <= first + seconds[b, c]


def test_stated_changes_hold_whatever_the_distance() -> None:
    stops = [[0, 0], [120, 0], [9000, 0]]
    found = walking_links(stops, 200, stated=([0, 0, 2], [1, 2, 0], [FORBIDDEN, 300, 400]))
    assert pairs(found) == {(0, 2): 300, (1, 0): 130, (2, 0): 400}


def test_what_cannot_be_walked_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        nearest_stops([[0, 0]], [[0, 0]], 0)
    with pytest.raises(ValueError, match="finite metres"):
        nearest_stops([[0, math.nan]], [[0, 0]], 1)
    with pytest.raises(ValueError, match="too far for a radius"):
        nearest_stops([[0, 0]], [[1e30, 0]], 1)
    with pytest.raises(ValueError, match="from stop 0 to 5, of 1"):
        walking_links([[0, 0]], 1, stated=([0], [5], [1]))
    with pytest.raises(ValueError, match="to itself"):
        walking_links([[0, 0]], 1, stated=([0], [0], [1]))
    with pytest.raises(ValueError, match="stated twice"):
        walking_links([[0, 0], [1, 1]], 1, stated=([0, 0], [1, 1], [1, 2]))
