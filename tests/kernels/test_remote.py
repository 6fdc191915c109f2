"""Remote work: sums are kept, no days change nothing, more days mean longer ways and fewer trips."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.kernels import remote
from storregion.kernels.remote import Decay, Nearby, NoRemoteWorkError

Floats = NDArray[np.float64]
DECAY = Decay(10.0, 200.0, 0.003)
ONE_SCALE = Decay(10.0, 200.0, 0.0)
"""With one scale the mean way surely grows as ways weigh less; with two it need not."""


def drawn(seed: int, n: int = 6, k: int = 2) -> tuple[Floats, Floats, Floats, Floats]:
    """People, ways, days and shares of classes by home, at random."""
    made = np.random.default_rng(seed)
    flows = made.uniform(1.0, 1000.0, (n, n))
    at = made.uniform(0.0, 100.0, (n, 2))
    cost = np.hypot(*(at[:, None] - at).transpose(2, 0, 1)) + 5.0 * np.eye(n)
    return flows, cost, made.uniform(0.5, 4.5, k), made.uniform(0.0, 0.45, (n, k))


def test_a_way_weighs_as_the_days_on_which_it_is_travelled() -> None:
    # Two of five days at home: three fifths; with η = 2 (3/5)² = 0.36. All five at home: nothing.
    assert remote.perceived(np.array([0.0, 2.0, 5.0]), 2.0).tolist() == pytest.approx([1.0, 0.36, 0.0])
    assert remote.perceived(np.array([0.0, 2.0, 5.0]), 0.0).tolist() == [1.0, 1.0, 1.0]


def test_the_pull_of_a_lighter_way() -> None:
    # exp(-20/10) becomes exp(-10/10) when the way is halved: e times as much. With the far scale,
    # (e^-1 + 0.5·e^-0.1) / (e^-2 + 0.5·e^-0.2).
    cost = np.array([[20.0]])
    assert remote.pulls(cost, np.array([0.5]), Decay(10.0, 100.0, 0.0)).item() == pytest.approx(math.e)
    expected = (math.exp(-1) + 0.5 * math.exp(-0.1)) / (math.exp(-2) + 0.5 * math.exp(-0.2))
    assert remote.pulls(cost, np.array([0.5]), Decay(10.0, 100.0, 0.5)).item() == pytest.approx(expected)


def test_homes_follow_by_hand() -> None:
    # A workplace with 100 people, 80 living near and 20 far. Fifty of them work at home some days, and
    # for these the far home weighs four times as much: 0.8 and 0.2·4 = 0.8, so half live in each. Together
    # 50·0.8 + 25 = 65 near and 50·0.2 + 25 = 35 far.
    pattern = np.array([[0.8, 0.0], [0.2, 0.0]])
    pull = np.array([[[1.0, 1.0], [4.0, 1.0]]])
    held, jobs = np.array([100.0, 0.0]), np.array([[50.0, 0.0]])
    found = remote.settled(pattern, held, jobs, pull)
    assert (found.onsite + found.remote[0])[:, 0].tolist() == pytest.approx([65.0, 35.0])
    assert found.onsite[:, 1].tolist() == [0.0, 0.0]
    # And back again: from 65 and 35 to the pattern that they came from.
    assert remote.without(found.onsite + found.remote[0], jobs, pull) == pytest.approx(pattern, abs=1e-9)


@given(st.integers(0, 10_000), st.floats(0.0, 1.5))
@settings(max_examples=40)
def test_every_workplace_keeps_its_people_and_todays_commuting_comes_back(seed: int, exponent: float) -> None:
    flows, cost, days, classes = drawn(seed)
    jobs = remote.jobs_by_class(flows, classes)
    pull = remote.pulls(cost, remote.perceived(days, exponent), DECAY)
    pattern = remote.without(flows, jobs, pull)
    found = remote.settled(pattern, flows.sum(axis=0), jobs, pull)
    for of, made in zip(jobs, found.remote, strict=True):
        assert made.sum(axis=0) == pytest.approx(of)
    # What was taken apart is put together to the same.
    assert found.onsite + found.remote.sum(axis=0) == pytest.approx(flows, rel=1e-6)


@given(st.integers(0, 10_000))
@settings(max_examples=40)
def test_no_days_at_home_change_nothing(seed: int) -> None:
    flows, cost, days, classes = drawn(seed)
    jobs = remote.jobs_by_class(flows, classes)
    for pull in (
        remote.pulls(cost, remote.perceived(0.0 * days, 0.7), DECAY),
        remote.pulls(cost, remote.perceived(days, 0.0), DECAY),
    ):
        pattern = remote.without(flows, jobs, pull)
        assert pattern == pytest.approx(flows / flows.sum(axis=0))
        found = remote.settled(pattern, flows.sum(axis=0), jobs, pull)
        assert found.onsite + found.remote.sum(axis=0) == pytest.approx(flows)


@given(st.integers(0, 10_000), st.floats(0.05, 1.5))
@settings(max_examples=40)
def test_ways_grow_with_the_days_and_with_the_exponent(seed: int, exponent: float) -> None:
    flows, cost, _, _ = drawn(seed)
    near = Nearby(remote.shares(flows), cost, ONE_SCALE)
    held = flows.sum(axis=0)

    def way(days: float, eta: float) -> float:
        pull = remote.pulls(cost, remote.perceived(np.array([days]), eta), ONE_SCALE)
        return remote.mean_way(remote.settled(near.pattern, held, held[None], pull).remote, cost)

    for shorter, longer in pairwise([way(days, exponent) for days in (0.0, 1.0, 2.5, 4.0)]):
        assert longer > shorter
    for shorter, longer in pairwise([way(2.0, eta) for eta in (0.0, 0.2, 0.8, 2.0)]):
        assert longer > shorter


@given(st.integers(0, 10_000), st.floats(0.02, 1.2))
@settings(max_examples=30)
def test_calibration_finds_the_exponent_that_made_the_ways(seed: int, exponent: float) -> None:
    flows, cost, days, classes = drawn(seed)
    jobs = remote.jobs_by_class(flows, classes)
    near = Nearby(remote.shares(flows), cost, ONE_SCALE)
    pull = remote.pulls(cost, remote.perceived(days, exponent), ONE_SCALE)
    made = remote.settled(near.pattern, jobs.sum(axis=0), jobs, pull).remote
    before = remote.mean_way(near.pattern * jobs.sum(axis=0), cost)
    growth = remote.mean_way(made, cost) / before - 1
    assert remote.exponent_for(growth, days, jobs, near) == pytest.approx(exponent, rel=1e-4)


def test_national_shares_stay_and_odds_follow_the_weights() -> None:
    # Two places alike in size, the second with four times the odds of the first, a third of all remote.
    found = remote.classes_by_place(np.array([1 / 12, 1 / 4]), np.array([1.0, 4.0]), np.array([10.0, 10.0]))
    p, q = found.sum(axis=1)
    assert p + q == pytest.approx(2 / 3)
    assert q / (1 - q) == pytest.approx(4 * p / (1 - p))
    # Classes keep their proportions, one to three.
    assert (found[:, 1] / found[:, 0]).tolist() == pytest.approx([3.0, 3.0])


@given(st.lists(st.floats(0.0, 0.3), min_size=1, max_size=3), st.integers(0, 1000))
def test_the_mean_over_people_is_the_national_share(shares: list[float], seed: int) -> None:
    made = np.random.default_rng(seed)
    weight, people = made.uniform(0.05, 20.0, 9), made.uniform(1.0, 100.0, 9)
    found = remote.classes_by_place(np.array(shares), weight, people)
    assert people @ found / people.sum() == pytest.approx(np.array(shares))
    assert ((found >= 0) & (found.sum(axis=1)[:, None] < 1)).all()
    assert (np.diff(found.sum(axis=1)[np.argsort(weight)]) >= 0).all()


def test_weekdays_by_hand() -> None:
    # One day a week falls as the weekdays say. Two and a half days: 0.5 + (w - 0.2)·2.5·2.5/4, so on a day
    # with 0.3 that is 0.65625. Five days leave no choice.
    weekdays = np.array([0.3, 0.2, 0.2, 0.1, 0.2])
    found = remote.at_home(np.array([1.0, 2.5, 5.0, 0.0]), weekdays)
    assert found[0].tolist() == pytest.approx([0.3, 0.2, 0.2, 0.1, 0.2])
    assert found[1, 0] == pytest.approx(0.65625)
    assert found[2].tolist() == pytest.approx([1.0] * 5)
    assert found[3].tolist() == pytest.approx([0.0] * 5)


@given(st.floats(0.0, 5.0), st.lists(st.floats(0.04, 0.36), min_size=4, max_size=4))
def test_days_at_home_add_up_and_no_day_is_more_than_whole(days: float, first: list[float]) -> None:
    weekdays = np.array([*first, 1.0 - sum(first)])
    if not 0.04 <= weekdays[-1] <= 0.36:
        return
    found = remote.at_home(np.array([days]), weekdays)[0]
    assert found.sum() == pytest.approx(days)
    assert ((found >= -1e-12) & (found <= 1 + 1e-12)).all()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: remote.perceived(np.array([6.0]), 0.1),
        lambda: remote.perceived(np.array([1.0]), -0.1),
        lambda: remote.classes_by_place(np.array([0.6, 0.4]), np.ones(2), np.ones(2)),
        lambda: remote.classes_by_place(np.array([-0.1]), np.ones(2), np.ones(2)),
        lambda: remote.classes_by_place(np.array([0.1]), np.zeros(2), np.ones(2)),
        lambda: remote.without(np.ones((2, 2)), np.array([[3.0, 1.0]]), np.ones((1, 2, 2))),
        lambda: remote.settled(np.ones((2, 2)) / 2, np.ones(2), np.array([[3.0, 1.0]]), np.ones((1, 2, 2))),
        lambda: remote.at_home(np.array([1.0]), np.array([0.5, 0.2, 0.1, 0.1, 0.1])),
        lambda: remote.at_home(np.array([1.0]), np.array([0.2, 0.2, 0.2, 0.2])),
        lambda: remote.exponent_for(
            9.0, np.array([1.0]), np.ones((1, 2)), Nearby(np.ones((2, 2)) / 2, np.ones((2, 2)), DECAY)
        ),
        lambda: remote.exponent_for(
            0.05, np.array([5.0]), np.ones((1, 2)), Nearby(np.ones((2, 2)) / 2, np.ones((2, 2)), DECAY)
        ),
    ],
)
def test_what_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(NoRemoteWorkError):
        wrong()  # type: ignore[operator]
