"""Five-year cohorts of one region with net migrants, and of several with every move between them.

The checks of the yearly model: textbook forms, whose results are printed to the person.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WIDTH = 5.0
"""Years of an age group, and of a step."""
GIRLS = 1.0 / 2.05
"""The share of births that are girls at 105 boys to 100."""


def women_on(people: Floats, lived: Floats, births: Floats, migrants: Floats) -> tuple[Floats, Floats]:
    """Women five years later, half of the net migrants coming at the beginning and half at the end.

    Parameters
    ----------
    people : (k,) women by five-year age group, the last open.
    lived : (k,) person-years lived in each group by a birth cohort of 100,000; in the last, all the rest.
    births : (k,) births per woman and year.
    migrants : (k,) net migrants of the five years, by the age group at which they come.

    Returns
    -------
    (k,) women after, and (k,) births to mothers of each group, boys and girls.

    References
    ----------
    Preston, Heuveline & Guillot (2001), Demography, chapter 6.
    """
    early = people + 0.5 * migrants
    after = np.empty_like(people)
    after[1:] = early[:-1] * lived[1:] / lived[:-1]
    # Who is in the open group lives on in it.
    after[-1] = (early[-2] + early[-1]) * lived[-1] / (lived[-2] + lived[-1])
    born = 0.5 * WIDTH * births * (early + after + 0.5 * migrants)
    # Groups without births take no part, so the youngest group may be filled last.
    born[0] = 0.0
    after[0] = born.sum() * GIRLS * lived[0] / (WIDTH * 100_000.0)
    return after + 0.5 * migrants, born


def growth_matrices(deaths: Floats, moves: Floats, births: Floats) -> tuple[Floats, Floats]:
    """The survivorships and births of a multiregional population.

    P_x = (I + 5/2 M_x)⁻¹ (I − 5/2 M_x); S_x = L_{x+5} L_x⁻¹; B_x = 5/4 (P_0 + I)(F_x + F_{x+5} S_x).

    Parameters
    ----------
    deaths : (k, n) deaths per person and year, by age group and region.
    moves : (k, n, n) moves per person and year, `moves[x, i, j]` from i to j; the diagonal is not used.
    births : (k, n) births per person and year.

    Returns
    -------
    (k − 1, n, n) survivorships from each group to the next, and (k, n, n) births that are alive at the end of
    the five years; both take a column of regions.

    References
    ----------
    Rogers (1975), Introduction to multiregional mathematical demography; Willekens & Rogers (1978), Spatial
    population analysis: methods and computer programs.
    """
    k, n = deaths.shape
    one = np.eye(n)
    apart = moves * (1.0 - one)
    rates = -np.swapaxes(apart, 1, 2) + (deaths + apart.sum(axis=2))[:, :, None] * one
    staying = np.linalg.solve(one + 0.5 * WIDTH * rates, one - 0.5 * WIDTH * rates)
    alive = [one]
    for at in range(k - 1):
        alive.append(staying[at] @ alive[-1])
    lived = [0.5 * WIDTH * (alive[at] + alive[at + 1]) for at in range(k - 1)]
    lived.append(np.linalg.solve(rates[-1], alive[-1]))
    survive = np.array([lived[at + 1] @ np.linalg.inv(lived[at]) for at in range(k - 1)])
    bear = births[:, :, None] * one
    later = np.concatenate([bear[1:] @ survive, np.zeros((1, n, n))])
    return survive, np.asarray(0.25 * WIDTH * (staying[0] + one) @ (bear + later))


def regions_on(people: Floats, survive: Floats, bear: Floats) -> Floats:
    """People of every age group and region five years later: (k, n), as `growth_matrices` has it.

    Parameters
    ----------
    people : (k, n) persons.
    survive, bear : as `growth_matrices` gives them.
    """
    after = np.empty_like(people)
    after[1:] = np.einsum("xij,xj->xi", survive, people[:-1])
    after[0] = np.einsum("xij,xj->i", bear, people)
    return after
