"""The robust line: by hand, known slopes found again within their interval, and a slow oracle."""

from itertools import combinations
from statistics import median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.robust import NoLineError, line


def test_four_points_by_hand() -> None:
    # Slopes of (0, 0), (1, 2), (2, 3), (3, 30): 2, 1.5, 10, 1, 14, 27; their median (2 + 10) / 2 = 6.
    # Left of y - 6x: 0, -4, -9, 12; the median is -2, and the distances from it 2, 2, 7, 14 have median 4.5.
    found = line(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 2.0, 3.0, 30.0]))
    assert (found.slope, found.level) == (6.0, -2.0)
    assert found.spread == pytest.approx(1.4826 * 4.5)
    assert found.low <= 6.0 <= found.high


def test_a_known_slope_is_recovered_within_its_interval_as_often_as_it_says() -> None:
    """Prices that fall by 1.2 per cent a minute: the 95 per cent interval holds that in 93 to 97 of 100."""
    random = np.random.default_rng(5)
    held, times = 0, 400
    for _ in range(times):
        x = random.uniform(10, 120, 45)
        found = line(x, 15.0 - 0.012 * x + random.normal(0, 0.2, 45))
        held += found.low <= -0.012 <= found.high
    # Three standard deviations of a share of 400 around 0.95 are 0.033.
    assert held / times == pytest.approx(0.95, abs=0.033)


def test_strange_points_hardly_move_it() -> None:
    random = np.random.default_rng(7)
    x = random.uniform(0, 100, 60)
    y = 2.0 - 0.01 * x + random.normal(0, 0.05, 60)
    spoilt = y.copy()
    spoilt[:10] += 50.0
    assert line(x, spoilt).slope == pytest.approx(line(x, y).slope, abs=0.003)


points = st.lists(
    st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=3, max_size=15, unique_by=lambda p: p[0]
).filter(lambda ps: min(abs(a[0] - b[0]) for a, b in combinations(ps, 2)) > 1e-3)


@given(points)
def test_it_is_the_median_of_all_pairs(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs).T
    slow = median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(pairs, 2))
    found = line(x, y)
    assert found.slope == pytest.approx(slow, rel=1e-9, abs=1e-9)
    assert found.low <= found.slope <= found.high


@given(points, st.floats(-5, 5), st.floats(-50, 50))
def test_a_tilted_plane_tilts_the_line(pairs: list[tuple[float, float]], tilt: float, lift: float) -> None:
    x, y = np.array(pairs).T
    tilted = y + tilt * x + lift
    before, then = line(x, y), line(x, tilted)
    ends = [(before.slope, then.slope)]
    # Values that are alike narrow the interval, and a tilt parts or joins them.
    if len(set(y)) == len(set(tilted)) == len(y):
        ends += [(before.low, then.low), (before.high, then.high)]
    for one, two in ends:
        assert two == pytest.approx(one + tilt, abs=1e-6 * (1 + abs(one)))


@pytest.mark.parametrize(
    ("x", "said"),
    [([1.0, 2.0], "at least three points"), ([1.0] * 3, "same x"), ([1.0, np.nan, 2.0], "all finite")],
)
def test_points_that_no_line_goes_through_are_refused(x: list[float], said: str) -> None:
    with pytest.raises(NoLineError, match=said):
        line(np.array(x), np.arange(float(len(x))))
