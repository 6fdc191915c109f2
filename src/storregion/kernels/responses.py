"""What one more mover a year would mean: people who come, stay, age, have children and die.

A projection that is given is linear in its net migration once its rates are held, so the migration that a
population needs follows exactly.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.cohorts import AGES, OLDEST, WOMEN, Rates, Year, year_on

Floats = NDArray[np.float64]
_ALMOST_ALL = 1.0 - 1e-12


def implied(before: Floats, year: Year, births: Floats) -> Rates:
    """The rates that carry people through a year as it was, its net migration by sex and age as immigrants.

    Parameters
    ----------
    before : (n, 2, ages) people at its start.
    year : as it was, what was adjusted included.
    births : (n, ages) births per woman, whose level is taken from the year.

    Returns
    -------
    Rates with which `year_on` gives the year's people, births and deaths; net immigration may be negative.
    """
    cohorts = np.zeros_like(before)
    cohorts[:, :, 1:] = before[:, :, :-1]
    cohorts[:, :, OLDEST] += before[:, :, OLDEST]
    cohorts[:, :, 0] = year.births
    net = year.people - (cohorts - year.deaths)
    died = np.divide(year.deaths, cohorts, out=np.zeros_like(cohorts), where=cohorts > 0)
    lived = 0.5 * (2.0 * cohorts - year.deaths + net)[:, WOMEN, 1:]
    level = year.births.sum(axis=1) / (lived * births[:, 1:]).sum(axis=1)
    zero = np.zeros_like(before)
    hazard = -np.log1p(-np.minimum(died, _ALMOST_ALL))
    return Rates(hazard, births * level[:, None], zero, zero, zero, net)


def response(years: Sequence[Rates], spread: Floats) -> Floats:
    """People who are there in each year because one more a year moved in and stayed: (years, n, 2, ages).

    Parameters
    ----------
    years : rates as `implied` gives them; their net immigration is left out.
    spread : (n, 2, ages) sex and age of the one more; adds up to 1 for each place.
    """
    people, found = np.zeros((len(spread), 2, AGES)), []
    for rates in years:
        people = year_on(people, rates._replace(immigration=spread)).people
        found.append(people)
    return np.stack(found)


def most_leaving(people: Floats, gone: Floats) -> Floats:
    """How many more a year can leave before a cohort of any year so far would be below nobody: (years, n).

    Parameters
    ----------
    people : (years, n, 2, ages) of the projection.
    gone : (years, n, 2, ages) the response to one who leaves.
    """
    most = np.divide(people, gone, out=np.full_like(people, np.inf), where=gone > 0)
    return np.asarray(np.minimum.accumulate(most.min(axis=(2, 3)), axis=0))
