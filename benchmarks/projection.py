"""How long a projection takes: 290 municipalities, a thousand paths, and one region against a plain loop.

Run with `make bench`. Prints medians after a call that warms up, and the memory of the process.
"""

import resource
import statistics
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.cohorts import AGES, Rates, Spread, drawn_shocks, simulated, to_totals, year_on

PLACES, YEARS, PATHS, STEPS = 290, 30, 1000, 70


def rates(places: int) -> Rates:
    """Rates of about the size of Sweden's, a little different in each place."""
    draw = np.random.default_rng(1)
    age = np.arange(AGES)
    level = draw.uniform(0.9, 1.1, (places, 1, 1))
    both = np.ones((1, 2, 1))
    births = np.where((age >= 18) & (age < 45), 0.06, 0.0) * level[:, 0]
    moves = 0.03 + 0.15 * np.exp(-0.5 * ((age - 22) / 4.0) ** 2) * level * both
    return Rates(
        np.minimum(3e-5 * np.exp(0.1 * age), 0.6) * level * both,
        births,
        moves,
        0.1 * moves,
        150.0 * moves,
        15.0 * moves,
    )


def looped(people: NDArray[np.float64], given: Rates) -> NDArray[np.float64]:
    """A year of one region without moves, age by age in plain Python."""
    after = [[0.0] * AGES for _ in range(2)]
    for sex in range(2):
        for age in range(1, AGES):
            cohort = people[0, sex, age - 1] + (people[0, sex, age] if age == AGES - 1 else 0.0)
            after[sex][age] = cohort * np.exp(-given.deaths[0, sex, age])
    births = sum(
        0.5 * (people[0, 1, age - 1] + after[1][age]) * given.births[0, age] for age in range(1, AGES)
    )
    for sex, share in enumerate((0.5145, 0.4855)):
        after[sex][0] = births * share * np.exp(-given.deaths[0, sex, 0])
    return np.array([after])


def median(work: Callable[[], object], times: int = 5) -> float:
    """The median time of a call in seconds, after one that warms up."""
    work()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def main() -> None:
    """Print every time."""
    given = rates(PLACES)
    people = np.full((PLACES, 2, AGES), 150.0)

    def run(framed: bool) -> None:
        now = people
        for _ in range(YEARS):
            frame = {"born": 110_000.0, "died": 95_000.0} if framed else {}
            year = year_on(now, given, **frame)
            now = to_totals(year, 1.001 * now.sum(axis=(1, 2))).people if framed else year.people

    for name, framed in (("free", False), ("births, deaths and totals met", True)):
        print(f"{PLACES} places × {YEARS} years, {name}: {median(lambda f=framed: run(f)):.3f} s")  # type: ignore[misc]
    together = np.array([[1.0, 0.0, 0.3], [0.0, 1.0, 0.0], [0.3, 0.0, 1.0]])
    shocks = drawn_shocks(Spread(0.05, 0.02, 0.2, 0.05, 0.8, together), PATHS, YEARS, PLACES, 1)
    years = [given] * YEARS
    taken = median(lambda: simulated(people, years, shocks), times=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{PATHS} paths of {PLACES} places × {YEARS} years, two threads: {taken:.1f} s, at most {peak:.0f} MB"
    )
    zero = np.zeros((1, 2, AGES))
    alone = rates(1)._replace(moves=zero, emigration=zero, arrivals=zero, immigration=zero)

    def steps(one: Callable[[NDArray[np.float64], Rates], NDArray[np.float64]]) -> NDArray[np.float64]:
        now = people[:1]
        for _ in range(STEPS):
            now = one(now, alone)
        return now

    def fast(now: NDArray[np.float64], given: Rates) -> NDArray[np.float64]:
        return year_on(now, given).people

    np.testing.assert_allclose(steps(fast), steps(looped), rtol=1e-10)
    quick, slow = median(lambda: steps(fast)), median(lambda: steps(looped))
    print(f"one region × {STEPS} years: {1000 * quick:.1f} ms, a plain loop {slow / quick:.0f} times as long")


if __name__ == "__main__":
    main()
