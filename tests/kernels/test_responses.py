"""What one more mover a year means: by hand, and the goal hit when people are carried with what is solved."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.cohorts import AGES, Rates, Year, to_totals, year_on
from storregion.kernels.responses import implied, most_leaving, response

PLACES, YEARS = 3, 12


def drawn(seed: int) -> tuple[np.ndarray, Rates]:
    """People and rates of a few places, a little different in each."""
    draw = np.random.default_rng(seed)
    age = np.arange(AGES)
    level = draw.uniform(0.8, 1.2, (PLACES, 1, 1))
    both = np.ones((1, 2, 1))
    moves = (0.02 + 0.1 * np.exp(-0.5 * ((age - 22) / 5.0) ** 2)) * level * both
    births = np.where((age >= 18) & (age < 45), 0.06, 0.0) * level[:, 0]
    deaths = np.minimum(3e-5 * np.exp(0.1 * age), 0.6) * level * both
    people = draw.uniform(50, 200, (PLACES, 2, AGES)) * np.exp(-0.02 * age)
    return people, Rates(deaths, births, moves, 0.1 * moves, 100.0 * moves, 12.0 * moves)


def carried(seed: int) -> tuple[np.ndarray, list[Year], list[Rates]]:
    """A projection held to totals and births, and the rates that it implies."""
    people, rates = drawn(seed)
    start, years, found = people, [], []
    for at in range(YEARS):
        year = to_totals(year_on(people, rates, born=400.0), people.sum(axis=(1, 2)) * (1.0 + 0.002 * at))
        found.append(implied(people, year, rates.births))
        years.append(year)
        people = year.people
    return start, years, found


def spread(years: list[Year]) -> np.ndarray:
    moved = years[0].moved_in + years[0].immigrated
    return np.asarray(moved / moved.sum(axis=(1, 2), keepdims=True))


def test_implied_rates_give_the_projection_again() -> None:
    people, years, rates = carried(1)
    for year, rate in zip(years, rates, strict=True):
        again = year_on(people, rate)
        np.testing.assert_allclose(again.people, year.people, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(again.births, year.births, rtol=1e-9)
        np.testing.assert_allclose(again.deaths, year.deaths, rtol=1e-9, atol=1e-9)
        people = year.people


@given(st.integers(0, 1000), st.floats(-0.2, 1.0))
def test_carrying_people_with_the_migration_solved_for_hits_the_goal(seed: int, more: float) -> None:
    people, years, rates = carried(seed)
    one = spread(years)
    last = years[-1].people.sum(axis=(1, 2))
    goal = last * (1.0 + more)
    extra = (goal - last) / response(rates, one)[-1].sum(axis=(1, 2))
    for rate in rates:
        changed = rate._replace(immigration=rate.immigration + extra[:, None, None] * one)
        people = year_on(people, changed).people
    np.testing.assert_allclose(people.sum(axis=(1, 2)), goal, rtol=1e-9)


def test_one_more_a_year_by_hand() -> None:
    """Nobody dies or is born: after three years there are three, 30, 31 and 32 years old."""
    zero = np.zeros((1, 2, AGES))
    still = Rates(zero, np.zeros((1, AGES)), zero, zero, zero, zero)
    one = zero.copy()
    one[0, 1, 30] = 1.0
    found = response([still] * 3, one)
    assert found.sum(axis=(1, 2, 3)).tolist() == [1.0, 2.0, 3.0]
    assert np.flatnonzero(found[-1, 0, 1]).tolist() == [30, 31, 32]


def test_one_more_woman_has_children() -> None:
    """0.2 births per woman and year lived at 30 and 31. A mover lives half her first year: 0.1, then 0.2."""
    zero = np.zeros((1, 2, AGES))
    births = np.zeros((1, AGES))
    births[0, 30:32] = 0.2
    one = zero.copy()
    one[0, 1, 30] = 1.0
    found = response([Rates(zero, births, zero, zero, zero, zero)] * 2, one)
    assert found.sum(axis=(1, 2, 3)) == pytest.approx([1.1, 2.4])


def test_the_most_that_can_leave_leaves_nobody_of_some_age() -> None:
    people = np.array([[[[10.0, 6.0]]], [[[10.0, 4.0]]], [[[10.0, 9.0]]]])
    gone = np.array([[[[0.0, 1.0]]], [[[0.0, 2.0]]], [[[1.0, 1.0]]]])
    # 6 / 1, then 4 / 2, which holds for the third year too although it alone would allow 9.
    assert most_leaving(people, gone)[:, 0].tolist() == [6.0, 2.0, 2.0]
