"""Raking by hand, and its properties on random nested totals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.raking import Asked, CannotRakeError, raked


def test_a_county_with_a_municipality_of_its_own_total() -> None:
    """Places 0–2 are to have 600, 300 of them in 0; 1 and 2 share 300 as 1 to 2; 400 of 1,000 are left."""
    persons = np.array([100.0, 100.0, 200.0, 50.0, 150.0])
    county, one = Asked(np.array([0, 1, 2]), 600), Asked(np.array([0]), 300)
    assert raked(persons, [county, one], 1000).tolist() == [300, 100, 200, 100, 300]


def test_without_totals_only_the_whole_counts() -> None:
    assert raked(np.array([1.0, 3.0]), [], 8).tolist() == [2, 6]


@pytest.mark.parametrize(
    ("asked", "at", "left"),
    [
        # The municipality alone has more than its county.
        ([Asked(np.array([0]), 700), Asked(np.array([0, 1]), 600)], 1, -100),
        # The county has more than everyone.
        ([Asked(np.array([0, 1]), 1100)], 1, -100),
        # All are bound, and 400 of the whole are left with nobody to have them.
        ([Asked(np.array([0, 1, 2]), 600)], 1, 400),
    ],
)
def test_totals_that_cannot_be_met_are_named(asked: list[Asked], at: int, left: int) -> None:
    with pytest.raises(CannotRakeError) as refused:
        raked(np.array([100.0, 100.0, 100.0]), asked, 1000)
    assert (refused.value.at, refused.value.left) == (at, left)


@given(st.lists(st.floats(1.0, 1e6), min_size=6, max_size=6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_every_total_holds_and_proportions_stay(persons: list[float], one: int, more: int) -> None:
    had = np.array(persons)
    found = raked(had, [Asked(np.array([0, 1, 2]), one + more), Asked(np.array([0]), one)], one + more + 5000)
    assert (found >= 0).all()
    assert (found[0], found[:3].sum(), found.sum()) == (one, one + more, one + more + 5000)
    # Within a part, each is within one person of its proportion.
    rest = had[3:] * 5000 / had[3:].sum()
    assert np.abs(found[3:] - rest).max() <= 1.0
