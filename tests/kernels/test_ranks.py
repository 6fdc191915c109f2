"""Ranks by weighted scores: by hand, ties, and what random weights can and cannot change."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from storregion.kernels.ranks import percentiles, ranks, stability, weighted


def test_percentiles_by_hand() -> None:
    # The lowest has three above it, the two alike one below and one above, the highest three below.
    assert percentiles(np.array([1.0, 5.0, 5.0, 9.0])) == pytest.approx([0, 0.5, 0.5, 1])
    assert percentiles(np.array([7.0])) == pytest.approx([0.5])


def test_ranks_of_totals_alike_are_shared() -> None:
    assert ranks(np.array([0.2, 0.9, 0.9, 0.1])).tolist() == [3, 1, 1, 4]


def test_only_the_proportions_of_weights_matter() -> None:
    scores = np.array([[1.0, 0.0], [0.0, 1.0]])
    # 3·1/(3 + 1) and 1·1/(3 + 1).
    assert weighted(scores, np.array([3.0, 1.0])) == pytest.approx([0.75, 0.25])
    assert weighted(scores, np.array([30.0, 10.0])) == pytest.approx([0.75, 0.25])


def test_a_place_first_in_all_sides_keeps_its_rank() -> None:
    scores = np.array([[1.0, 1.0, 1.0], [0.5, 0.0, 0.5], [0.0, 0.5, 0.0]])
    found = stability(scores, np.ones(3), 2000, 1)
    assert (found.kept[0], found.low[0], found.high[0]) == (1.0, 1, 1)
    # The second beats the third unless the middle side weighs more than half: one in four of uniform weights.
    assert found.kept[1] == pytest.approx(0.75, abs=0.04)


def test_the_same_seed_gives_the_same_answer() -> None:
    scores = np.random.default_rng(3).random((6, 3))
    one, two = (stability(scores, np.ones(3), 500, 9) for _ in range(2))
    assert (one.kept == two.kept).all()


@given(arrays(np.float64, (5, 3), elements=st.floats(0, 1)))
def test_the_ends_of_the_ranks_are_in_order_and_shares_are_shares(scores: np.ndarray) -> None:
    found = stability(scores, np.array([1.0, 2.0, 3.0]), 200, 1)
    assert ((found.kept >= 0) & (found.kept <= 1)).all()
    assert ((found.low >= 1) & (found.low <= found.high) & (found.high <= 5)).all()
