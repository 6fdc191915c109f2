"""Cohorts carried forward: people of every place, sex and age, year by year, as whole arrays.

Ages are 0 to `OLDEST`, the last open; sexes are men and women. In everything that happens during a year, the
age is that at the end of it, so age 0 is those born during the year.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
OLDEST = 100
AGES = OLDEST + 1
WOMEN = 1
BOYS = 0.5145
"""The share of births that are boys: about 106 to 100."""


class NoProjectionError(ValueError):
    """What is asked for cannot be, such as a total that would need a negative number of people.

    Attributes
    ----------
    places : which places, by their index; none where it concerns all.
    year : the year from the start, 0 the first.
    """

    def __init__(self, why: str, *, places: Sequence[int] = (), year: int = 0) -> None:
        """Say why, where and when."""
        super().__init__(why)
        self.places, self.year = tuple(places), year


class Rates(NamedTuple):
    """What happens to people in one year.

    Attributes
    ----------
    deaths : (n, 2, ages) hazard of death during the year; the probability is 1 − e^−hazard.
    births : (n, ages) births per woman during the year, by her age at its end.
    moves : (n, 2, ages) probability that a survivor moves to another place of the country.
    emigration : (n, 2, ages) probability that a survivor emigrates.
    arrivals : (n, 2, ages) persons who move in from other places, before they are balanced.
    immigration : (n, 2, ages) persons who immigrate.
    """

    deaths: Floats
    births: Floats
    moves: Floats
    emigration: Floats
    arrivals: Floats
    immigration: Floats


class Year(NamedTuple):
    """A year of every place.

    Attributes
    ----------
    people : (n, 2, ages) at its end.
    births : (n, 2) by the child's sex.
    deaths, moved_out, moved_in, emigrated, immigrated : (n, 2, ages) persons.
    adjusted : (n, 2, ages) what was added so that the places' totals are those asked for; 0 where none were.
    """

    people: Floats
    births: Floats
    deaths: Floats
    moved_out: Floats
    moved_in: Floats
    emigrated: Floats
    immigrated: Floats
    adjusted: Floats


def year_on(people: Floats, rates: Rates, *, born: float | None = None, died: float | None = None) -> Year:
    """People a year later, and what happened to them.

    Parameters
    ----------
    people : (n, 2, ages) persons, not negative.
    rates : of the year.
    born, died : births and deaths of all places together, which rates of all are scaled to; None leaves them.

    Raises
    ------
    NoProjectionError
        People move out at an age at which nobody moves in, or more die than there are.
    """
    cohorts = np.zeros_like(people)
    cohorts[:, :, 1:] = people[:, :, :-1]
    cohorts[:, :, OLDEST] += people[:, :, OLDEST]
    hazard = rates.deaths
    if died is not None:
        hazard = hazard * _factor(cohorts, hazard, died, born)
    dead = cohorts * -np.expm1(-hazard)
    out, gone = (cohorts - dead) * rates.moves, (cohorts - dead) * rates.emigration
    stayed = cohorts - dead - out - gone + rates.immigration
    # A mother's year is lived half before and half after the moves of the year.
    lived = 0.5 * (cohorts[:, WOMEN] + stayed[:, WOMEN] + _balanced(out, rates.arrivals)[:, WOMEN])
    mothers = (lived * rates.births)[:, 1:].sum(axis=1)
    if born is not None:
        mothers = mothers * (born / mothers.sum())
    births = mothers[:, None] * np.array([BOYS, 1.0 - BOYS])
    cohorts[:, :, 0] = births
    dead[:, :, 0] = births * -np.expm1(-hazard[:, :, 0])
    out[:, :, 0] = (births - dead[:, :, 0]) * rates.moves[:, :, 0]
    gone[:, :, 0] = (births - dead[:, :, 0]) * rates.emigration[:, :, 0]
    came = _balanced(out, rates.arrivals)
    after = cohorts - dead - out - gone + came + rates.immigration
    return Year(after, births, dead, out, came, gone, rates.immigration, np.zeros_like(people))


def _balanced(out: Floats, arrivals: Floats) -> Floats:
    """Arrivals scaled by sex and age, so that as many come in as go out."""
    leaving, coming = out.sum(axis=0), arrivals.sum(axis=0)
    if ((coming <= 0) & (leaving > 0)).any():
        sex, age = np.argwhere((coming <= 0) & (leaving > 0))[0]
        raise NoProjectionError(
            f"people of sex {sex} and age {age} move out, but nobody moves in at that age"
        )
    return np.asarray(arrivals * np.divide(leaving, coming, out=np.zeros_like(coming), where=coming > 0))


def _factor(cohorts: Floats, hazard: Floats, died: float, born: float | None) -> float:
    """What all hazards are multiplied by so that so many die, by Newton's method."""
    weight = cohorts.copy()
    weight[:, :, 0] = (born or 0.0) * np.array([BOYS, 1.0 - BOYS]) / len(cohorts)
    if not 0.0 <= died < weight.sum():
        raise NoProjectionError(f"{died:g} cannot die of {weight.sum():g} people")
    factor, whole = 1.0, float(weight.sum())
    for _ in range(20):
        alive = weight * np.exp(-hazard * factor)
        off = whole - float(alive.sum()) - died
        if abs(off) < 1e-4:
            break
        factor -= off / float(np.vdot(alive, hazard))
    return factor


def to_totals(year: Year, totals: Floats) -> Year:
    """The year with people added where a place is below its total, and taken away where it is above.

    They are added as those who move in are spread over sex and age, and taken as those who move out are.

    Parameters
    ----------
    year : as `year_on` gives it.
    totals : (n,) persons of each place at the end of the year.

    Raises
    ------
    NoProjectionError
        A total is negative, or a place has too few people of some age to take; `places` says where.
    """
    short = totals - year.people.sum(axis=(1, 2))
    coming = year.moved_in + year.immigrated
    leaving = year.moved_out + year.emigrated
    whole = np.where(short > 0, coming.sum(axis=(1, 2)), leaving.sum(axis=(1, 2)))
    stuck = (whole <= 0) & (np.abs(short) > 1e-9)
    rate = np.divide(short, whole, out=np.zeros_like(short), where=whole > 0)[:, None, None]
    change = np.where(rate > 0, coming, leaving) * rate
    people = year.people + change
    wrong = stuck | (people.min(axis=(1, 2)) < -1e-9) | ~(totals >= 0)
    if wrong.any():
        where = np.flatnonzero(wrong)
        raise NoProjectionError(
            f"there cannot be {totals[where[:10]].round(1).tolist()} people: there would be fewer than none "
            "of some age, or nobody moves there",
            places=where.tolist(),
        )
    return year._replace(people=np.maximum(people, 0.0), adjusted=year.adjusted + change)


def shrunk_levels(events: Floats, expected: Floats, group: NDArray[np.int64]) -> Floats:
    """Levels of small places drawn towards their group's, by how little they tell: empirical Bayes.

    A level is events over those expected at the country's rates. Counts vary by chance as Poisson's; what
    they vary beyond that, over all groups, is how much places differ.

    Parameters
    ----------
    events : (n,) counts of each place.
    expected : (n,) counts at the country's rates, above zero.
    group : (n,) index of each place's group.

    Returns
    -------
    (n,) levels, 1 for the country's.

    References
    ----------
    Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators.
    """
    among = np.bincount(group, expected)
    mean = (np.bincount(group, events) / among)[group]
    raw = events / expected
    spread = (expected * (raw - mean) ** 2).sum() / expected.sum()
    chance = mean.mean() * (len(raw) - len(among)) / expected.sum()
    differ = max(spread - chance, 0.0)
    trust = differ / (differ + mean / expected) if differ > 0 else np.zeros_like(raw)
    return np.asarray(mean + trust * (raw - mean))


class Shocks(NamedTuple):
    """What multiplies the rates of each path and year: 1 leaves them.

    Attributes
    ----------
    births, deaths, immigration : (paths, years) of the whole country.
    arrivals : (paths, years, n) of those who move into each place.
    """

    births: Floats
    deaths: Floats
    immigration: Floats
    arrivals: Floats


class Spread(NamedTuple):
    """How far shocks stray, as standard deviations of their logarithms in the long run.

    `persistence` is what is left of a shock a year later; `together` is the (3, 3) correlation of births,
    deaths and immigration.
    """

    births: float
    deaths: float
    immigration: float
    arrivals: float
    persistence: float
    together: Floats


def drawn_shocks(spread: Spread, paths: int, years: int, places: int, seed: int) -> Shocks:
    """Shocks that fade slowly: national ones that go together, and one of each place's own.

    Parameters
    ----------
    spread : how far they stray.
    paths, years, places : how many.
    seed : the same one gives the same shocks.
    """
    draw = np.random.default_rng(seed)
    root = np.linalg.cholesky(spread.together)
    national = _faded(draw.standard_normal((paths, years, 3)) @ root.T, spread.persistence)
    own = _faded(draw.standard_normal((paths, years, places)), spread.persistence)
    size = np.array([spread.births, spread.deaths, spread.immigration])
    births, deaths, immigration = np.moveaxis(np.exp(national * size - 0.5 * size**2), -1, 0)
    arrivals = np.exp(own * spread.arrivals - 0.5 * spread.arrivals**2)
    return Shocks(births, deaths, immigration, arrivals)


def _faded(noise: Floats, persistence: float) -> Floats:
    """Noise of unit variance that remembers a part of the year before; the years lie on the second axis."""
    found = noise.copy()
    fresh = np.sqrt(1.0 - persistence**2)
    for at in range(1, noise.shape[1]):
        found[:, at] = persistence * found[:, at - 1] + fresh * noise[:, at]
    return found


def simulated(people: Floats, years: Sequence[Rates], shocks: Shocks, *, workers: int = 2) -> Floats:
    """The population of every place on every path: (paths, years, n) persons.

    Parameters
    ----------
    people : (n, 2, ages) at the start, of every path.
    years : the rates of each year without shocks.
    shocks : of each path and year.
    workers : threads; the answer is the same with any number.
    """
    found = np.empty((len(shocks.births), len(years), len(people)))
    stacked = Rates(*(np.stack(part) for part in zip(*years, strict=True)))

    def follow(path: int) -> None:
        national = np.stack([shocks.births[path], shocks.deaths[path], shocks.immigration[path]])
        _follow(people, stacked, national, shocks.arrivals[path], found[path])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(follow, range(len(found))))
    return found


@compiled
def _follow(people: Floats, rates: Rates, national: Floats, arrivals: Floats, found: Floats) -> None:
    """One path: what `year_on` does for each year, cell by cell, without keeping what happened."""
    n, sexes, ages = people.shape
    now, after = people.copy(), np.empty_like(people)
    for t in range(len(found)):
        bear, die, come = national[0, t], national[1, t], national[2, t]
        out, into = np.zeros((sexes, ages)), np.zeros((sexes, ages))
        births = np.zeros(n)
        for i in range(n):
            # Women at the end of the year but for those moving in, who are added below.
            for sex in range(sexes):
                for age in range(1, ages):
                    cohort = now[i, sex, age - 1]
                    if age == ages - 1:
                        cohort += now[i, sex, age]
                    alive = cohort * np.exp(-rates.deaths[t, i, sex, age] * die)
                    moved = alive * rates.moves[t, i, sex, age]
                    out[sex, age] += moved
                    into[sex, age] += rates.arrivals[t, i, sex, age] * arrivals[t, i]
                    stayed = alive * (1.0 - rates.emigration[t, i, sex, age]) - moved
                    after[i, sex, age] = stayed + rates.immigration[t, i, sex, age] * come
                    if sex == WOMEN:
                        births[i] += 0.5 * rates.births[t, i, age] * bear * (cohort + after[i, sex, age])
                into[sex, 0] += rates.arrivals[t, i, sex, 0] * arrivals[t, i]
        for i in range(n):
            for age in range(1, ages):
                if into[WOMEN, age] > 0:
                    share = arrivals[t, i] * out[WOMEN, age] / into[WOMEN, age]
                    births[i] += (
                        0.5 * rates.births[t, i, age] * bear * rates.arrivals[t, i, WOMEN, age] * share
                    )
            for sex in range(sexes):
                born = births[i] * (BOYS if sex == 0 else 1.0 - BOYS)
                alive = born * np.exp(-rates.deaths[t, i, sex, 0] * die)
                moved = alive * rates.moves[t, i, sex, 0]
                out[sex, 0] += moved
                stayed = alive * (1.0 - rates.emigration[t, i, sex, 0]) - moved
                after[i, sex, 0] = stayed + rates.immigration[t, i, sex, 0] * come
        for i in range(n):
            whole = 0.0
            for sex in range(sexes):
                for age in range(ages):
                    if into[sex, age] > 0:
                        share = arrivals[t, i] * out[sex, age] / into[sex, age]
                        after[i, sex, age] += rates.arrivals[t, i, sex, age] * share
                    whole += after[i, sex, age]
            found[t, i] = whole
        now, after = after, now
