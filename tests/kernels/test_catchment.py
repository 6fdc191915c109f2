"""Access with competition: three places by hand, what holds for any places, and a slow oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.catchment import NoAccessError, access, supply_per_person


def test_three_places_by_hand() -> None:
    # Places 0, 1, 2 have 100, 300 and 200 young people; schools a and b have 200 and 90 places.
    # 0 reaches a; 1 reaches a and b; 2 reaches neither.
    # a: 200 / (100 + 300) = 0.5 each; b: 90 / 300 = 0.3 each. So 0 has 0.5, 1 has 0.8, 2 has nothing.
    reached = np.array([[True, False], [True, True], [False, False]])
    demand = np.array([100.0, 300.0, 200.0])
    each = supply_per_person(np.array([200.0, 90.0]), demand, reached)
    assert each.tolist() == pytest.approx([0.5, 0.3])
    assert access(each, reached).tolist() == pytest.approx([0.5, 0.8, 0.0])


def test_a_school_that_comes_within_reach_of_more_gives_each_less() -> None:
    # A new line takes 2 to a: 200 / 600 = 1/3. 2 gains; 0 and 1 lose, though they reach what they did.
    reached = np.array([[True, False], [True, True], [True, False]])
    demand = np.array([100.0, 300.0, 200.0])
    each = supply_per_person(np.array([200.0, 90.0]), demand, reached)
    assert access(each, reached).tolist() == pytest.approx([1 / 3, 1 / 3 + 0.3, 1 / 3])


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    n, m = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    numbers = st.floats(0, 1e6)
    supply = np.array(draw(st.lists(numbers, min_size=m, max_size=m)))
    demand = np.array(draw(st.lists(st.floats(1, 1e6), min_size=n, max_size=n)))
    reached = np.array(draw(st.lists(st.booleans(), min_size=n * m, max_size=n * m))).reshape(n, m)
    return supply, demand, reached


@given(cases())
def test_what_is_reached_is_shared_out_whole(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    supply, demand, reached = case
    found = access(supply_per_person(supply, demand, reached), reached)
    assert demand @ found == pytest.approx(supply[reached.any(axis=0)].sum())
    assert (found >= 0).all()


@given(cases())
def test_it_agrees_with_the_sums_written_out(case: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    supply, demand, reached = case
    slow = [
        sum(
            supply[j] / sum(demand[k] for k in range(len(demand)) if reached[k, j])
            for j in range(len(supply))
            if reached[i, j]
        )
        for i in range(len(demand))
    ]
    assert access(supply_per_person(supply, demand, reached), reached) == pytest.approx(np.array(slow))


@given(cases(), st.floats(0.1, 10))
def test_twice_the_supply_is_twice_the_access(
    case: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float
) -> None:
    supply, demand, reached = case
    once, more = (access(supply_per_person(s, demand, reached), reached) for s in (supply, supply * factor))
    assert more == pytest.approx(once * factor)


@pytest.mark.parametrize(
    ("supply", "demand", "said"),
    [
        ([1.0, 2.0], [1.0], "do not fit"),
        ([-1.0], [1.0], r"supply \[0\] is negative"),
        ([1.0], [np.nan], r"demand \[0\] is negative or not finite"),
    ],
)
def test_what_no_access_can_be_made_of_is_refused(
    supply: list[float], demand: list[float], said: str
) -> None:
    with pytest.raises(NoAccessError, match=said):
        supply_per_person(np.array(supply), np.array(demand), np.ones((1, 1), np.bool_))
