import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.strategy.trend import byar, growth_rate, mann_kendall, theil_sen, wilson

VALUES = st.lists(st.integers(-20, 20), max_size=12)


def test_mann_kendall_and_theil_sen_of_a_series_worked_by_hand() -> None:
    # 45 pairs, of which (5,4), (8,7) and (12,10) fall and the other 42 rise: S = 42 − 3 = 39. No ties:
    # variance 10·9·25/18 = 125, z = 38/√125 = 3.39882, p = 2·(1 − Φ(z)) = 0.00067676.
    values = [2, 3, 5, 4, 6, 8, 7, 9, 12, 10]
    found = mann_kendall(values)
    assert found.s == 39
    assert found.z == pytest.approx(3.39882, abs=5e-6)
    assert found.p == pytest.approx(0.00067676, abs=5e-9)
    assert theil_sen(range(10), values) == 1


def test_ties_shrink_the_variance() -> None:
    # 1,1,2,2,2: pairs across the two groups rise, 2·3 = 6. Variance
    # (5·4·15 − 2·1·9 − 3·2·11)/18 = (300 − 18 − 66)/18 = 12, z = 5/√12 = 1.443376.
    found = mann_kendall([1, 1, 2, 2, 2])
    assert found.s == 6
    assert found.z == pytest.approx(5 / math.sqrt(12))


@pytest.mark.parametrize("values", [[], [3], [4, 4, 4, 4]])
def test_what_does_not_vary_has_no_sign(values: list[float]) -> None:
    assert mann_kendall(values) == mann_kendall([])
    assert mann_kendall(values).p == 1


@given(VALUES)
def test_mann_kendall_is_turned_by_time_and_only_sees_order(values: list[int]) -> None:
    found, turned = mann_kendall(values), mann_kendall(values[::-1])
    assert (found.s, found.z, found.p) == (-turned.s, -turned.z, turned.p)
    assert found == mann_kendall([value**3 for value in values])
    assert 0 <= found.p <= 1


@given(VALUES, st.integers(-5, 5))
def test_theil_sen_is_the_middle_of_all_slopes(values: list[int], more: int) -> None:
    times = [2000 + 3 * place for place in range(len(values))]
    slope = theil_sen(times, values)
    pairs = list(itertools.combinations(zip(times, values, strict=True), 2))
    assert (slope is None) == (not pairs)
    if slope is not None:
        slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs]
        assert sum(one <= slope for one in slopes) * 2 >= len(slopes)
        assert sum(one >= slope for one in slopes) * 2 >= len(slopes)
        tilted = [value + more * time for time, value in zip(times, values, strict=True)]
        assert theil_sen(times, tilted) == pytest.approx(slope + more)


def test_growth_rate() -> None:
    # 100 to 121 in two years is 10 % a year, since 1.1² = 1.21.
    assert growth_rate(100, 121, 2) == pytest.approx(10)
    assert growth_rate(121, 100, 2) == pytest.approx(100 / 1.1 - 100)
    for first, last, years in ((0, 1, 1), (1, 0, 1), (-1, -2, 1), (1, 2, 0)):
        assert growth_rate(first, last, years) is None


def test_wilson_worked_by_hand() -> None:
    # 8 of 10, z = 1.959964, z² = 3.841459: centre 0.8 + 0.192073 = 0.992073, reach
    # 1.959964·√(0.016 + 0.009604) = 0.313616, scale 1.384146: 0.490162 to 0.943318.
    found = wilson(8, 10)
    assert found.low == pytest.approx(0.490162, abs=1e-6)
    assert found.high == pytest.approx(0.943318, abs=1e-6)
    # 0 of 10: z²/(n + z²) = 3.841459/13.841459 = 0.277533.
    assert wilson(0, 10).low == 0
    assert wilson(0, 10).high == pytest.approx(0.277533, abs=1e-6)
    assert wilson(10, 10).low == pytest.approx(0.722467, abs=1e-6)
    assert wilson(10, 10).high == 1


def test_byar_worked_by_hand() -> None:
    # 10: low 10·(1 − 1/90 − 1.959964/(3·3.162278))³ = 10·0.782287³ = 4.78745;
    # high 11·(1 − 1/99 + 1.959964/(3·3.316625))³ = 11·1.186885³ = 18.39146.
    found = byar(10)
    assert found.low == pytest.approx(4.78745, abs=1e-5)
    assert found.high == pytest.approx(18.39146, abs=1e-5)
    assert byar(0).low == 0
    # The exact Poisson limit above nothing counted is −ln 0.025 = 3.6889; Byar's is near.
    assert byar(0).high == pytest.approx(3.6889, abs=0.03)


@given(st.integers(0, 300), st.integers(1, 300))
def test_intervals_hold_what_was_seen(part: int, whole: int) -> None:
    if part <= whole:
        found = wilson(part, whole)
        assert 0 <= found.low <= part / whole + 1e-12
        assert part / whole - 1e-12 <= found.high <= 1
    counted = byar(part)
    assert 0 <= counted.low <= part <= counted.high


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (-1, 2), (3, 2), (0, 0)])
def test_what_is_no_share_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is not a share"):
        wilson(part, whole)
    with pytest.raises(ValueError, match="is not a count"):
        byar(-1)
