"""Similarity: a hand-worked case, properties that must hold, and a slow oracle."""

import math
import statistics

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from storregion.kernels.similarity import apart, standardised

NAN = float("nan")


def test_three_places_by_hand() -> None:
    # Mean 3, deviations -3, 0, 3, variance (9 + 0 + 9) / 3 = 6: -3/√6, 0, 3/√6. The second measure is missing
    # for the last place: mean 15, deviations -5, 5, standard deviation 5: -1, 1.
    values = np.array([[0.0, 10.0], [3.0, 20.0], [6.0, NAN]])
    scaled = standardised(values)
    wanted = np.array([[-3 / math.sqrt(6), -1.0], [0.0, 1.0], [3 / math.sqrt(6), NAN]])
    np.testing.assert_allclose(scaled, wanted)
    # Weights 3 and 1. First to second: gaps 3/√6 and 2, √((3·9/6 + 1·4) / 4) = √2.125. First to third: only
    # the first measure, gap 6/√6, √((3·36/6) / 3) = √6.
    found = apart(scaled, np.array([3.0, 1.0]))
    assert found.distance[0, 1] == pytest.approx(math.sqrt(2.125))
    assert found.distance[0, 2] == pytest.approx(math.sqrt(6))
    assert found.gaps[0, 1].tolist() == pytest.approx([3 / math.sqrt(6), 2])
    assert found.shared.tolist() == [[2, 2, 1], [2, 2, 1], [1, 1, 1]]


def test_a_measure_that_does_not_vary_tells_no_places_apart() -> None:
    # A constant whose mean is not exact in floating point.
    scaled = standardised(np.array([[0.1, 1.0], [0.1, 2.0], [0.1, NAN]]))
    assert scaled[:, 0].tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(standardised(np.full((3, 1), NAN))).all()


def test_places_without_a_shared_measure_have_no_distance() -> None:
    found = apart(np.array([[1.0, NAN], [NAN, 1.0]]), np.array([1.0, 1.0]))
    assert math.isnan(found.distance[0, 1])
    assert found.shared[0, 1] == 0
    # Nor have those that share only what weighs nothing.
    assert math.isnan(apart(np.array([[1.0], [2.0]]), np.array([0.0])).distance[0, 1])


def slow(values: list[list[float]], weights: list[float], one: int, two: int) -> float:
    """The distance by its definition, in plain Python."""
    above = below = 0.0
    for measure, weight in enumerate(weights):
        known = [row[measure] for row in values if not math.isnan(row[measure])]
        ends = values[one][measure], values[two][measure]
        if any(math.isnan(end) for end in ends):
            continue
        spread = statistics.pstdev(known)
        gap = (ends[1] - ends[0]) / spread if spread > 0 else 0.0
        above, below = above + weight * gap**2, below + weight
    return math.sqrt(above / below) if below else NAN


PLACES = arrays.arrays(
    np.float64, (5, 3), elements=st.one_of(st.just(NAN), st.integers(-50, 50).map(lambda it: it / 4))
)


@given(PLACES, st.lists(st.integers(0, 4).map(float), min_size=3, max_size=3))
def test_distances_are_those_of_the_definition(values: np.ndarray, weights: list[float]) -> None:
    found = apart(standardised(values), np.array(weights)).distance
    wanted = [[slow(values.tolist(), weights, one, two) for two in range(5)] for one in range(5)]
    np.testing.assert_allclose(found, wanted, atol=1e-9)


@given(PLACES, st.floats(0.1, 10), st.floats(-5, 5))
def test_units_do_not_matter(values: np.ndarray, scale: float, shift: float) -> None:
    weights = np.ones(3)
    one = apart(standardised(values), weights).distance
    other = apart(standardised(values * scale + shift), 7 * weights).distance
    np.testing.assert_allclose(one, other, atol=1e-6)
