"""Trends of shares: hand-worked cases, properties that must hold, and a slow oracle of the weights."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels import trends

FAR = np.full((3, 3), 1e9) * (1 - np.eye(3))


def test_measures_of_steady_growth() -> None:
    # Three places far apart, 16 years. The first grows by e^0.02 a year, the others stand still. The total's
    # logarithm moves too, so a share's growth is the place's less the total's, in any period.
    years = np.arange(16)
    persons = np.stack([1000 * np.exp(0.02 * years), np.full(16, 1000.0), np.full(16, 2000.0)])
    found = trends.measures(persons, FAR)
    assert np.isnan(found[:15]).all()
    last = dict(zip(trends.MEASURES, found[15].T, strict=True))
    total = np.log(persons.sum(axis=0))
    for since, until in trends.PERIODS:
        pace = (total[15 - since] - total[15 - until]) / (until - since)
        expected = [0.02 - pace, -pace, -pace]
        np.testing.assert_allclose(last[f"growth_{since}_{until}"], expected, atol=1e-12)
    # Nobody is near but oneself: ln 1000e^0.3, ln 1000, ln 2000, less their mean, per hundred.
    near = np.log([1000 * np.exp(0.3), 1000, 2000])
    np.testing.assert_allclose(last["nearness"], (near - near.mean()) / 100, atol=1e-12)
    # Shares of the two others move alike, so they are as volatile as each other.
    assert last["volatility"][1] == pytest.approx(last["volatility"][2])


def history(seed: int, places: int = 12, years: int = 40) -> np.ndarray:
    noise = np.random.default_rng(seed)
    steps = noise.normal(0.0, 0.01, (places, 1)) + noise.normal(0.0, 0.004, (places, years))
    return 10_000.0 * np.exp(np.cumsum(steps, axis=1))


def apart(places: int = 12) -> np.ndarray:
    at = np.arange(places) * 15_000.0
    return np.abs(at[:, None] - at)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([1, 5, 10]))
def test_nothing_after_the_launch_is_looked_at(seed: int, horizon: int) -> None:
    persons, launch = history(seed), 30
    seen = trends.foreseen(persons, trends.measures(persons, apart()), launch, horizon)
    later = persons.copy()
    later[:, launch + 1 :] *= np.random.default_rng(seed).uniform(0.5, 2.0, later[:, launch + 1 :].shape)
    again = trends.foreseen(later, trends.measures(later, apart()), launch, horizon)
    np.testing.assert_array_equal(seen.change, again.change)
    np.testing.assert_array_equal(seen.errors, again.errors)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10.0))
def test_the_unit_of_persons_does_not_matter_and_totals_are_met(seed: int, scale: float) -> None:
    persons = history(seed)
    one = trends.foreseen(persons, trends.measures(persons, apart()), 30, 5)
    two = trends.foreseen(scale * persons, trends.measures(scale * persons, apart()), 30, 5)
    np.testing.assert_allclose(one.change, two.change, atol=1e-9)
    assert trends.controlled(persons[:, 30], one.change, 5e5).sum() == pytest.approx(5e5)


def test_the_weights_have_the_least_absolute_error() -> None:
    """No step from the weights to either side lowers the sum of absolute errors by more than a hair."""
    persons = history(3, places=40)
    measured, horizon = trends.measures(persons, apart(40)), 5
    found = trends.foreseen(persons, measured, 39, horizon, ridge=0.0)
    share = np.log(persons / persons.sum(axis=0))
    past, after = [], []
    for start in range(15, 35):
        for place in range(40):
            past.append(measured[start, place])
            after.append((share[place, start + horizon] - share[place, start]) / horizon)
    x, y = np.array(past), np.array(after)

    def loss(weights: np.ndarray) -> float:
        # Errors below a thousandth count as their square, as the fit has it.
        size = np.abs(y - x @ weights)
        return float(np.where(size < 1e-3, size**2 / 2e-3 + 5e-4, size).sum())

    least = loss(found.weights)
    for at in range(len(found.weights)):
        for step in (-0.3, 0.3):
            assert loss(found.weights + step * np.eye(len(found.weights))[at]) > least - 1e-3 * least


def test_half_widths_hold_the_share_asked_for() -> None:
    # One class: |errors| 1, 2, 3, 4, 5 hundredths; four fifths of the way from least to most is 4.2.
    errors = np.array([[0.01, -0.02, 0.03, -0.04, 0.05]])
    classes = np.zeros((1, 5), np.int64)
    width = trends.half_widths(errors, classes, np.zeros(2, np.int64), 0.8)
    np.testing.assert_allclose(width, [0.042, 0.042])


def test_size_classes_and_the_naive_rule() -> None:
    assert trends.size_classes(np.array([5.0, 1.0, 9.0, 3.0])).tolist() == [2, 0, 3, 1]
    # 100 → 110 in ten years, so 115 five years on.
    assert trends.linear(np.array([[100.0] * 10 + [110.0]]), 10, 5, 10).tolist() == [115.0]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: trends.measures(np.zeros((2, 20)), np.zeros((2, 2))), "above zero"),
        (lambda: trends.measures(np.ones((2, 20)), np.zeros((3, 3))), r"\(2, 2\) distances"),
        (lambda: trends.foreseen(np.ones((2, 20)), np.ones((20, 2, 7)), 19, 5), "need 20 years before"),
    ],
)
def test_what_cannot_be_is_refused(act: Callable[[], object], message: str) -> None:
    with pytest.raises(trends.NoTrendError, match=message):
        act()


def test_the_first_persons_that_are_not_above_zero_are_named() -> None:
    persons = np.full((3, 20), 100.0)
    persons[1, 2], persons[2, 0] = 0.0, -1.0
    with pytest.raises(trends.NoTrendError, match=r"\[\[1, 2\], \[2, 0\]\] are not"):
        trends._shares(persons)
