"""Nearness: means over where people live, the shorter way by train, and how well it fits what is known."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels import deterrence
from storregion.kernels.deterrence import Parts

# The first place has three quarters of its people at 0 and a quarter 40 km to the east; the second is at 100.
PARTS = Parts(np.array([0, 0, 1]), np.array([0.0, 40.0, 100.0]), np.zeros(3), np.array([75.0, 25.0, 10.0]))


def test_the_middle_of_a_place_is_where_its_people_are() -> None:
    east, north = deterrence.centres(PARTS)
    assert (east.tolist(), north.tolist()) == ([10.0, 100.0], [0.0, 0.0])


def test_nearness_is_a_mean_over_people_not_over_points() -> None:
    way = deterrence.ways(PARTS, np.ones((2, 2)))
    near = deterrence.mean_nearness(PARTS, way, 20.0)
    # 100 and 60 km: 0.75 · e^-5 + 0.25 · e^-3, twice that of the mean point at 90 km, e^-4.5.
    expected = 0.75 * math.exp(-5) + 0.25 * math.exp(-3)
    assert near == pytest.approx(np.array([[0, expected], [expected, 0]]), rel=1e-5)
    assert expected > 1.5 * math.exp(-4.5)
    halved = deterrence.ways(PARTS, np.array([[1.0, 0.5], [0.5, 1.0]]))
    nearer = 0.75 * math.exp(-2.5) + 0.25 * math.exp(-1.5)
    assert deterrence.mean_nearness(PARTS, halved, 20.0)[0, 1] == pytest.approx(nearer, rel=1e-5)


def test_a_train_shortens_the_way_only_where_it_is_faster() -> None:
    # A car does 1.1 km a minute: 100 km are 91 minutes. The train takes 50, in which a car does 55.
    km = np.array([[0.0, 100.0], [100.0, 0.0]])
    minutes = np.array([[9.0, 50.0], [200.0, 9.0]])
    way = deterrence.shortened(km, minutes, 1.1)
    assert way == pytest.approx(np.array([[0, math.sqrt(100 * 55)], [100, 0]]))


def test_times_over_several_hops_and_the_way_to_the_station() -> None:
    none = np.inf
    hops = np.array([[none, 10, 50], [10, none, 15], [50, 15, none]])
    times = deterrence.through(hops)
    # 10 + 15 by the second beats 50 without a stop.
    assert times.tolist() == [[0, 10, 25], [10, 0, 15], [25, 15, 0]]
    # The first place is 5 minutes from the first station, the second 7 from the last, the third far from all.
    access = np.array([[5, none, none], [none, 30, 7], [none, none, none]])
    found = deterrence.by_way_of(access, times)
    assert found[0, 1] == found[1, 0] == 5 + 25 + 7
    assert np.isinf(found[2]).all()
    assert np.isinf(deterrence.by_way_of(np.zeros((2, 0)), np.zeros((0, 0)))).all()


def test_the_deviance_of_two_places_by_hand() -> None:
    # 100 live in the first and half leave: 30 of 50 to the second, as published; the spread says 20 of 50.
    # 2 · (30 ln(30 / 20) + 20 ln(20 / 30)) = 8.109. The other two places keep their people.
    spread = np.array([[0.0, 20.0, 30.0], [0, 0, 0], [0, 0, 0]])
    workers, to_largest = np.array([100.0, 100.0, 100.0]), np.array([0.3, 0.0, 0.0])
    found = deterrence.deviance(spread, workers, to_largest, np.array([1, 1, 2]))
    assert found == pytest.approx(2 * (30 * math.log(1.5) + 20 * math.log(2 / 3)))
    right = np.array([[0.0, 30.0, 20.0], [0, 0, 0], [0, 0, 0]])
    assert deterrence.deviance(right, workers, to_largest, np.array([1, 1, 2])) == pytest.approx(0)


def test_the_deviance_sees_a_far_place_that_gets_nobody() -> None:
    # 30 of 50 go there, but the spread has 0.001 or nobody: far worse than 10, which a square hardly sees.
    workers, to_largest, destination = np.array([100.0, 1, 1]), np.array([0.3, 0, 0]), np.array([1, 1, 2])

    def of(there: float) -> float:
        spread = np.array([[0.0, there, 50 - there], [0, 0, 0], [0, 0, 0]])
        return deterrence.deviance(spread, workers, to_largest, destination)

    assert of(10) < of(1) < of(0.001) < of(0)
    assert of(0) < np.inf


def test_what_a_published_share_has_beyond_nearness_holds_for_the_way_back() -> None:
    weight = np.array([[0, 0.2, 0.1], [0.2, 0, 0.1], [0.1, 0.1, 0]])
    spread = np.array([[0.0, 10, 5], [1, 0, 1], [1, 1, 0]])
    # 40 go from the first to the second where nearness says 10: four times, of which the root is 2.
    # The second's own largest is the third, 1 as said; the third has nobody going anywhere.
    found = deterrence.reciprocal(weight, spread, np.array([40.0, 1, 0]), np.array([1, 2, 2]), 0.5)
    assert found.tolist() == [[0, 0.2, 0.1], [0.4, 0, 0.1], [0.1, 0.1, 0]]
    same = deterrence.reciprocal(weight, spread, np.array([40.0, 1, 0]), np.array([1, 2, 2]), 0.0)
    assert np.array_equal(same, weight)


@given(st.integers(2, 12), st.integers(0, 2**32))
@settings(deadline=None)
def test_a_free_spread_has_all_who_leave_about_by_weight_and_jobs(n: int, seed: int) -> None:
    source = np.random.default_rng(seed)
    workers, out = source.gamma(1, 1000, n) + 1, source.uniform(0, 0.8, n)
    weight = source.uniform(0.2, 1, (n, n)) * (1 - np.eye(n))
    spread = deterrence.free_spread(workers, out, weight)
    assert spread.sum(axis=1) == pytest.approx(out * workers)
    assert (spread.diagonal() == 0).all()
    jobs = spread.sum(axis=0) + (1 - out) * workers
    for i in range(n):
        others = np.arange(n) != i
        rates = spread[i, others] / (weight[i] * jobs)[others]
        assert rates == pytest.approx(np.full(n - 1, rates.mean()), rel=0.25)
