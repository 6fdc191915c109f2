"""Cohorts: hand-worked cases, a plain loop beside the arrays, and what must always hold."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels import cohorts
from storregion.kernels.cohorts import AGES, BOYS, NoProjectionError, Rates, Year

Floats = cohorts.Floats


def still(n: int) -> Rates:
    """Nobody is born, dies or moves."""
    zero = np.zeros((n, 2, AGES))
    return Rates(zero, np.zeros((n, AGES)), zero, zero, zero, zero)


def drawn(seed: int, n: int = 4) -> tuple[Floats, Rates]:
    draw = np.random.default_rng(seed)
    shape = (n, 2, AGES)
    births = np.zeros((n, AGES))
    births[:, 15:50] = draw.uniform(0, 0.15, (n, 35))
    rates = Rates(
        draw.uniform(0, 0.2, shape),
        births,
        draw.uniform(0, 0.3, shape),
        draw.uniform(0, 0.1, shape),
        draw.uniform(0.1, 20, shape),
        draw.uniform(0, 5, shape),
    )
    return draw.uniform(50, 200, shape), rates


def by_loop(people: Floats, rates: Rates) -> tuple[Floats, Floats]:
    """The same year, a person's fate after the other."""
    n = len(people)
    after, births = np.zeros_like(people), np.zeros((n, 2))
    leaving, coming = np.zeros((2, AGES)), rates.arrivals.sum(axis=0)
    cohort = np.zeros_like(people)
    for place in range(n):
        for sex in range(2):
            for age in range(1, AGES):
                cohort[place, sex, age] = people[place, sex, age - 1]
            cohort[place, sex, 100] += people[place, sex, 100]

    def fate(place: int, sex: int, age: int) -> None:
        here = (place, sex, age)
        alive = cohort[here] * np.exp(-rates.deaths[here])
        leaving[sex, age] += alive * rates.moves[here]
        after[here] = alive * (1 - rates.moves[here] - rates.emigration[here]) + rates.immigration[here]

    def settle(sex: int, age: int) -> None:
        for place in range(n):
            here = (place, sex, age)
            after[here] += leaving[sex, age] * rates.arrivals[here] / coming[sex, age]

    for sex in range(2):
        for age in range(1, AGES):
            for place in range(n):
                fate(place, sex, age)
            settle(sex, age)
    for place in range(n):
        for age in range(15, 50):
            women = (cohort[place, 1, age] + after[place, 1, age]) / 2
            births[place] += women * rates.births[place, age] * np.array([BOYS, 1 - BOYS])
    cohort[:, :, 0] = births
    for sex in range(2):
        for place in range(n):
            fate(place, sex, 0)
        settle(sex, 0)
    return after, births


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_arrays_and_loop_agree(seed: int) -> None:
    people, rates = drawn(seed)
    year = cohorts.year_on(people, rates)
    after, births = by_loop(people, rates)
    np.testing.assert_allclose(year.people, after, rtol=1e-12)
    np.testing.assert_allclose(year.births, births, rtol=1e-12)


def parts(year: Year) -> Floats:
    """Births − deaths + net migration + adjustment of each place."""
    coming = year.moved_in + year.immigrated + year.adjusted
    leaving = year.deaths + year.moved_out + year.emigrated
    return np.asarray(year.births.sum(axis=1) + (coming - leaving).sum(axis=(1, 2)))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_the_parts_add_up_and_moves_balance(seed: int, framed: bool) -> None:
    people, rates = drawn(seed)
    frame = {"born": 500.0, "died": 8000.0} if framed else {}
    year = cohorts.year_on(people, rates, **frame)
    if framed:
        assert year.births.sum() == pytest.approx(500.0)
        # Deaths of the newborn are foreseen from an even spread over places.
        assert year.deaths.sum() == pytest.approx(8000.0, rel=1e-3)
        year = cohorts.to_totals(year, 1.05 * year.people.sum(axis=(1, 2)))
    change = year.people.sum(axis=(1, 2)) - people.sum(axis=(1, 2))
    np.testing.assert_allclose(change, parts(year), atol=1e-8)
    np.testing.assert_allclose(year.moved_in.sum(axis=0), year.moved_out.sum(axis=0), atol=1e-8)
    assert year.people.min() >= 0


def test_without_rates_everybody_is_a_year_older() -> None:
    people = np.arange(2.0 * AGES).reshape(1, 2, AGES)
    after = cohorts.year_on(people, still(1)).people
    np.testing.assert_array_equal(after[0, :, 1:100], people[0, :, :99])
    np.testing.assert_array_equal(after[0, :, 0], [0, 0])
    np.testing.assert_array_equal(after[0, :, 100], people[0, :, 99] + people[0, :, 100])


def test_a_year_by_hand() -> None:
    """Two places; 1,000 women of age 29 in the first, 200 men of age 60 in the second."""
    people = np.zeros((2, 2, AGES))
    people[0, 1, 29], people[1, 0, 60] = 1000, 200
    rates = Rates(*(part.copy() for part in still(2)))
    rates.births[:, 30] = 0.1
    rates.deaths[:, 0, 61] = np.log(2)  # half of the men die
    rates.moves[0, 1, 30], rates.arrivals[1, 1, 30] = 0.2, 7.0  # 200 women move to the second place
    rates.emigration[1, 0, 61] = 0.1  # 10 of the 100 men left
    rates.immigration[0, 0, 61] = 5
    year = cohorts.year_on(people, rates)
    assert year.people[0, 1, 30] == pytest.approx(800)
    assert year.people[1, 1, 30] == pytest.approx(200)
    assert year.people[1, 0, 61] == pytest.approx(90)
    assert year.people[0, 0, 61] == pytest.approx(5)
    # Births at 0.1 a woman: (1,000 + 800) / 2 women in the first place, (0 + 200) / 2 in the second.
    np.testing.assert_allclose(year.births.sum(axis=1), [90, 10])


def test_totals_are_met_by_those_who_move() -> None:
    people, rates = drawn(1)
    year = cohorts.year_on(people, rates)
    free = year.people.sum(axis=(1, 2))
    wanted = free + np.array([100.0, -100, 0, 50])
    met = cohorts.to_totals(year, wanted)
    np.testing.assert_allclose(met.people.sum(axis=(1, 2)), wanted)
    # More people: as those coming in are spread; fewer: as those going out are; as before: nobody.
    coming, leaving = year.moved_in + year.immigrated, year.moved_out + year.emigrated
    np.testing.assert_allclose(met.adjusted[0], 100 * coming[0] / coming[0].sum())
    np.testing.assert_allclose(met.adjusted[1], -100 * leaving[1] / leaving[1].sum())
    np.testing.assert_allclose(met.adjusted[2], 0, atol=1e-12)


def _nobody_comes() -> None:
    people, rates = drawn(1)
    rates.arrivals[:, 1, 40] = 0
    cohorts.year_on(people, rates)


def _with_totals(first: float, second: float) -> None:
    cohorts.to_totals(cohorts.year_on(*drawn(1)), np.array([first, second, 25e3, 25e3]))


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (_nobody_comes, "sex 1 and age 40 move out, but nobody moves in"),
        (lambda: cohorts.year_on(*drawn(1), died=1e9), "cannot die of"),
        (lambda: _with_totals(-5.0, 25e3), r"there cannot be \[-5.0\] people"),
        (lambda: _with_totals(25e3, 5.0), r"there cannot be \[5.0\] people"),
    ],
)
def test_what_cannot_be_is_refused(act: Callable[[], object], message: str) -> None:
    with pytest.raises(NoProjectionError, match=message):
        act()


def test_shrunk_levels_by_hand() -> None:
    # One group, 150 events where 100 are expected: level 1.5. Two places of 50 expected: 100 and 50 events,
    # raw levels 2 and 1. Spread 0.25; by chance 1.5 · (2 − 1) / 100 = 0.015; differ 0.235; trust
    # 0.235 / (0.235 + 1.5 / 50) = 0.88679.
    found = cohorts.shrunk_levels(np.array([100.0, 50.0]), np.array([50.0, 50.0]), np.array([0, 0]))
    np.testing.assert_allclose(found, [1.5 + 0.88679 * 0.5, 1.5 - 0.88679 * 0.5], atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_levels_lie_between_the_groups_and_their_own(seed: int) -> None:
    draw = np.random.default_rng(seed)
    expected, group = draw.uniform(1, 100, 12), np.arange(12) % 3
    events = draw.poisson(expected).astype(float)
    found = cohorts.shrunk_levels(events, expected, group)
    for at in range(12):
        mean = events[group == group[at]].sum() / expected[group == group[at]].sum()
        low, high = sorted([mean, events[at] / expected[at]])
        assert low - 1e-9 <= found[at] <= high + 1e-9


def test_paths_follow_the_year_and_do_not_depend_on_threads() -> None:
    people, rates = drawn(5)
    spread = cohorts.Spread(0.05, 0.02, 0.2, 0.1, 0.7, np.array([[1, 0, 0.3], [0, 1, 0], [0.3, 0, 1]]))
    shocks = cohorts.drawn_shocks(spread, 6, 4, 4, seed=11)
    found = cohorts.simulated(people, [rates] * 4, shocks)
    np.testing.assert_array_equal(found, cohorts.simulated(people, [rates] * 4, shocks, workers=1))
    for path in range(6):
        now = people
        for at in range(4):
            shaken = Rates(
                rates.deaths * shocks.deaths[path, at],
                rates.births * shocks.births[path, at],
                rates.moves,
                rates.emigration,
                rates.arrivals * shocks.arrivals[path, at][:, None, None],
                rates.immigration * shocks.immigration[path, at],
            )
            now = cohorts.year_on(now, shaken).people
            np.testing.assert_allclose(found[path, at], now.sum(axis=(1, 2)), rtol=1e-12)


def test_shocks_have_the_spread_and_go_together() -> None:
    spread = cohorts.Spread(0.05, 0.02, 0.2, 0.1, 0.7, np.array([[1, 0, 0.5], [0, 1, 0], [0.5, 0, 1]]))
    shocks = cohorts.drawn_shocks(spread, 4000, 5, 2, seed=3)
    for found, size in ((shocks.births, 0.05), (shocks.deaths, 0.02), (shocks.immigration, 0.2)):
        # With 4,000 draws a standard deviation is within about 1.1 per cent, a mean of 1 within size / 63.
        assert np.log(found[:, 4]).std() == pytest.approx(size, rel=0.05)
        assert found[:, 4].mean() == pytest.approx(1.0, abs=4 * size / 63)
    births, come = np.log(shocks.births[:, 4]), np.log(shocks.immigration[:, 4])
    assert np.corrcoef(births, come)[0, 1] == pytest.approx(0.5, abs=0.05)
    assert np.corrcoef(births, np.log(shocks.births[:, 3]))[0, 1] == pytest.approx(0.7, abs=0.05)
