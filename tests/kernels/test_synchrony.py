"""Series that move together: by hand, against NumPy, and what all of them share left out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.synchrony import (
    FEWEST,
    beyond_common,
    correlation,
    correlations,
    overlap,
    relative,
)

finite = st.floats(-5.0, 5.0)


def test_what_all_series_share_is_left_out() -> None:
    # All double from the first to the second time; the third series then triples while the others stand.
    levels = np.array([[1.0, 2, 2], [5, 10, 10], [3, 6, 18]])
    assert beyond_common(relative(levels)) == pytest.approx(np.array([[0, 0], [0, 0], [0, np.log(3)]]))


def test_a_missing_level_loses_its_two_changes() -> None:
    levels = np.array([[1.0, np.nan, 4, 8], [1, 1, 1, 1], [1, 1, 1, 1]])
    assert np.isnan(beyond_common(relative(levels))[0]).tolist() == [True, True, False]
    with pytest.raises(ValueError, match="zero or below"):
        relative(np.array([[1.0, 0.0]]))


def test_fishers_interval_by_hand() -> None:
    # r = 0.5 of 28 changes: atanh 0.5 = 0.5493, ± 1.96/√25 = 0.392: tanh 0.1573 = 0.156, tanh 0.9413 = 0.736.
    one = np.tile([1.0, 1, -1, -1], 7)
    two = np.tile([1.0, 1, 1, -1], 7) + 0.0
    found = correlation(one, two)
    expected = np.corrcoef(one, two)[0, 1]
    assert found.value == pytest.approx(expected)
    half = 1.96 / 5
    assert (found.low, found.high) == pytest.approx(
        (np.tanh(np.arctanh(expected) - half), np.tanh(np.arctanh(expected) + half))
    )
    assert found.changes == 28


@given(st.lists(st.tuples(finite, finite), min_size=FEWEST, max_size=20))
def test_a_correlation_lies_within_its_interval(pairs: list[tuple[float, float]]) -> None:
    one, two = np.array(pairs).T
    found = correlation(one, two)
    if not np.isnan(found.value):
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert correlation(two, one) == pytest.approx(found)


@given(st.lists(finite, min_size=6, max_size=20), st.floats(0.1, 9), st.floats(-9, 9))
def test_scale_and_level_change_no_correlation(values: list[float], scale: float, lift: float) -> None:
    steps = np.arange(float(len(values)))
    one, two = np.array(values) + steps, np.sin(steps)
    if one.std() < 1e-3:
        return
    assert correlation(scale * one + lift, two).value == pytest.approx(correlation(one, two).value, abs=1e-6)


def test_too_few_changes_or_none_at_all_have_no_correlation() -> None:
    few = np.arange(FEWEST - 1.0)
    assert np.isnan(correlation(few, few).value)
    for level in (0.0, 0.1):
        assert np.isnan(correlation(np.full(10, level), np.arange(10.0)).value)


def test_a_series_with_many_others_has_the_correlation_of_each_pair_that_numpy_finds() -> None:
    draw = np.random.default_rng(1)
    series = draw.normal(size=(40, 24))
    series[draw.random(series.shape) < 0.3] = np.nan
    series[3], series[4, 2:] = 0.5, np.nan  # one does not vary, one shares too few changes with any
    found = correlations(series[0], series)
    for at, other in enumerate(series):
        both = ~(np.isnan(series[0]) | np.isnan(other))
        assert found.changes[at] == both.sum()
        if both.sum() < FEWEST or other[both].std() == 0:
            assert np.isnan([found.value[at], found.low[at], found.high[at]]).all()
        else:
            expected = np.corrcoef(series[0][both], other[both])[0, 1]
            assert found.value[at] == pytest.approx(expected, abs=1e-12)
    assert np.isnan(found.value).sum() >= 2
    assert (~np.isnan(found.value)).sum() > 20


def test_overlap_by_hand() -> None:
    # Of 100 and 50 places: both reach the first; half of one, and none of the other, reach the second.
    weight = np.array([100.0, 50.0])
    assert overlap(weight, np.array([1.0, 0.5]), np.array([1.0, 0.0])) == pytest.approx(100 / 125)
    assert np.isnan(overlap(weight, np.zeros(2), np.zeros(2)))
