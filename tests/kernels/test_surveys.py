"""Shares of a sample: Wilson's interval and Kish's size."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels import surveys


def test_wilson_by_hand() -> None:
    # 8 of 10 with z = 1.96: middle (0.8 + 3.8416/20) / 1.38416 = 0.71674, half of it
    # 1.96·√(0.8·0.2/10 + 3.8416/400) / 1.38416 = 0.22654: 0.4902 to 0.9433, as textbooks have it.
    low, high = surveys.wilson(np.array([0.8]), np.array([10.0]), 1.96)
    assert (low.item(), high.item()) == pytest.approx((0.4902, 0.9433), abs=5e-5)


def test_nobody_of_ten_may_still_be_a_quarter() -> None:
    # The upper end is z² / (n + z²) = 3.8416 / 13.8416.
    low, high = surveys.wilson(np.array([0.0]), np.array([10.0]), 1.96)
    assert (low.item(), high.item()) == pytest.approx((0.0, 3.8416 / 13.8416))


def test_unequal_weights_count_as_fewer() -> None:
    # Two people, one of whom counts three times as much: 4² / (1 + 9) = 1.6.
    assert surveys.effective(np.array([4.0]), np.array([10.0])).item() == pytest.approx(1.6)


@given(st.floats(0.0, 1.0), st.floats(1.0, 1e6), st.floats(0.5, 4.0))
def test_an_interval_holds_its_share_within_0_and_1_and_is_that_of_the_roots(
    share: float, size: float, z: float
) -> None:
    low, high = (end.item() for end in surveys.wilson(np.array([share]), np.array([size]), z))
    assert 0.0 <= low <= share <= high <= 1.0
    # The ends are the shares that lie z standard deviations of theirs from the observed one.
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(share - end) == pytest.approx(
                z * math.sqrt(end * (1 - end) / size), rel=1e-6, abs=1e-9
            )
    mirrored_low, mirrored_high = surveys.wilson(np.array([1 - share]), np.array([size]), z)
    assert (mirrored_low.item(), mirrored_high.item()) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_the_difference_between_two_samples_as_published() -> None:
    # Newcombe (1998), table II, (a): 56 of 70 against 48 of 80, method 10: 0.2000, from 0.0524 to 0.3339.
    share, size = np.array([48 / 80, 56 / 70]), np.array([80.0, 70.0])
    low, high = surveys.wilson(share, size, 1.959964)
    before, after = (surveys.Shares(*(part[[at]] for part in (share, low, high))) for at in (0, 1))
    found = [part.item() for part in surveys.difference(before, after)]
    assert found == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)


@given(st.lists(st.tuples(st.floats(0.0, 1.0), st.floats(2.0, 1e5)), min_size=2, max_size=2))
def test_a_difference_lies_in_its_interval_and_turns_with_the_samples(two: list[tuple[float, float]]) -> None:
    parts = []
    for share, size in two:
        low, high = surveys.wilson(np.array([share]), np.array([size]), 1.96)
        parts.append(surveys.Shares(np.array([share]), low, high))
    one, other = surveys.difference(*parts), surveys.difference(*parts[::-1])
    assert -1.0 <= one.low.item() <= one.share.item() <= one.high.item() <= 1.0
    assert (one.low.item(), one.high.item()) == pytest.approx((-other.high.item(), -other.low.item()))
