"""Shift-share: a hand-worked case, what must hold for any numbers, and a plain loop beside the arrays."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from storregion.kernels.shift_share import NoShareError, Past, carried, decomposed, faded

Floats = NDArray[np.float64]


def test_a_region_worked_out_by_hand() -> None:
    # The nation grows from 1000 to 1100 jobs, by a tenth; its factories shrink from 400 to 360, by a tenth,
    # and its services grow from 600 to 740, by 140/600. The region has 50 factory jobs, then 55, and 50 in
    # services, then 60.
    parts = decomposed(
        np.array([[50.0, 50.0]]), np.array([[55.0, 60.0]]), np.array([400.0, 600.0]), np.array([360.0, 740.0])
    )
    assert_allclose(parts.national, [[5.0, 5.0]])  # a tenth of 50
    assert_allclose(parts.mix, [[50 * (-0.1 - 0.1), 50 * (140 / 600 - 0.1)]])  # −10 and 6⅔
    assert_allclose(parts.regional, [[50 * (0.1 + 0.1), 50 * (0.2 - 140 / 600)]])  # 10 and −1⅔


jobs = st.lists(st.floats(1.0, 1e6), min_size=12, max_size=12)


@given(jobs, jobs)
def test_parts_add_up_and_the_nation_has_no_shift(before: list[float], after: list[float]) -> None:
    then, now = np.reshape(before, (3, 4)), np.reshape(after, (3, 4))
    parts = decomposed(then, now, then.sum(axis=0), now.sum(axis=0))
    scale = then.sum() + now.sum()
    assert_allclose(parts.national + parts.mix + parts.regional, now - then, atol=1e-9 * scale)
    # What one region gains of an industry others lose, and the industries' mix evens out in the nation.
    assert_allclose(parts.regional.sum(axis=0), 0.0, atol=1e-9 * scale)
    assert_allclose(parts.mix.sum(), 0.0, atol=1e-9 * scale)


@pytest.mark.parametrize(
    ("before", "nation", "said"),
    [
        ([[1.0, 2.0]], [1.0, 2.0, 3.0], "do not fit"),
        ([[-1.0, 2.0]], [1.0, 2.0], "negative"),
        ([[1.0, np.nan]], [1.0, 2.0], "not finite"),
        ([[1.0, 2.0]], [3.0, 0.0], r"industries \[1\] have no jobs in the nation"),
    ],
)
def test_impossible_jobs_are_refused(before: list[list[float]], nation: list[float], said: str) -> None:
    with pytest.raises(NoShareError, match=said):
        decomposed(np.array(before), np.array(before), np.array(nation), np.array(nation))


def test_a_fading_pace() -> None:
    assert faded(3, 0.5) == pytest.approx(0.5 + 0.25 + 0.125)
    assert faded(3, 1.0) == 3
    assert faded(3, 0.0) == 0


def _looped(
    past: Past, horizon: int, people: Floats, follow: Floats, national: float, shift: float
) -> Floats:
    """One region and industry at a time, as the docstring says it."""
    regions, industries = past.now.shape
    found = np.zeros(past.now.shape)
    for i in range(industries):
        now, before = past.now[:, i].sum(), past.before[:, i].sum()
        ahead = now * math.exp(math.log(now / before) / past.years * faded(horizon, national))
        weights = []
        for r in range(regions):
            gained = math.log((past.now[r, i] / now) / (past.before[r, i] / before))
            part = [one[r] / one.sum() for one in (past.people_before, past.people, people)]
            own = (gained - follow[i] * math.log(part[1] / part[0])) / past.years * faded(horizon, shift)
            weights.append(past.now[r, i] / now * math.exp(own + follow[i] * math.log(part[2] / part[1])))
        found[:, i] = [ahead * weight / sum(weights) for weight in weights]
    return found


@given(jobs, jobs, st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(1, 30))
def test_the_years_to_come_by_a_plain_loop(
    before: list[float], now: list[float], national: float, shift: float, horizon: int
) -> None:
    people = [np.array(one) for one in ([10.0, 20.0, 30.0], [11.0, 20.0, 29.0], [14.0, 20.0, 26.0])]
    past = Past(np.reshape(before, (3, 4)), np.reshape(now, (3, 4)), 5, people[0], people[1])
    # With a pace as wild as these, only a few years stay within what numbers hold.
    horizon = min(horizon, 6)
    follow = np.array([0.0, 0.5, 1.0, 1.0])
    found = carried(past, horizon, people[2], follow, national_fading=national, shift_fading=shift)
    assert_allclose(found, _looped(past, horizon, people[2], follow, national, shift), rtol=1e-9)


def test_nothing_moves_where_nothing_has_moved() -> None:
    now, people = np.array([[10.0, 0.0], [30.0, 5.0]]), np.array([4.0, 6.0])
    past = Past(now, now, 5, people, people)
    found = carried(past, 10, people, np.array([1.0, 0.5]), national_fading=0.9, shift_fading=0.2)
    assert_allclose(found, now)


def test_local_services_follow_the_people_and_factories_do_not() -> None:
    # Half of the people live in each region; by then three in four in the first.
    now, people = np.array([[10.0, 10.0], [10.0, 10.0]]), np.array([50.0, 50.0])
    past = Past(now, now, 5, people, people)
    found = carried(
        past, 10, np.array([75.0, 25.0]), np.array([1.0, 0.0]), national_fading=0.9, shift_fading=0.2
    )
    assert_allclose(found, [[15.0, 10.0], [5.0, 10.0]])


def test_jobs_of_either_year_may_be_wrong() -> None:
    good, wrong = np.array([[1.0, 2.0]]), np.array([[1.0, -2.0]])
    nation = np.array([5.0, 5.0])
    for before, after in ((good, wrong), (wrong, good)):
        with pytest.raises(NoShareError, match="jobs of regions are negative"):
            decomposed(before, after, nation, nation)
    for before, after in ((nation, -nation), (-nation, nation)):
        with pytest.raises(NoShareError, match="jobs of the nation are negative"):
            decomposed(good, good, before, after)
