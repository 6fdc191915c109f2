"""From published counts to the rates of a year: profiles by single age, and who moves where at what age."""

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.cohorts import AGES

Floats = NDArray[np.float64]
YOUNG = (17, 40)
"""The ages between which moves of the young are read from the ages of today's residents."""
_WINDOW = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
_LEAST = 0.1


def at_end(rate: Floats) -> Floats:
    """Rates by age at the event as rates by age at the end of the year: half a year later on average.

    Parameters
    ----------
    rate : (..., ages) by completed years at the event.
    """
    later = rate.copy()
    later[..., 1:] = 0.5 * (rate[..., :-1] + rate[..., 1:])
    later[..., -1] = rate[..., -1]
    return later


def by_single_age(rates: Floats, lowest: Floats) -> Floats:
    """Rates of five-year classes at every single age, along straight lines between their middles.

    Parameters
    ----------
    rates : (k,) rates of the classes, in order of age.
    lowest : (k,) the first age of each.
    """
    return np.asarray(np.interp(np.arange(AGES) + 0.5, lowest + 2.5, rates), np.float64)


def arrivals(people: Floats, leaving: Floats, into: Floats) -> Floats:
    """Persons who move in by sex and age, so that places keep the ages they are known for.

    Between the ages `YOUNG`, a place gains as many net as its part of the country's people rises from one age
    to the next among today's residents: a student town gains at 19 and loses at 26, year after year. At all
    other ages people come as they go, and as many in all as moved in.

    Parameters
    ----------
    people : (n, 2, ages) today's residents.
    leaving : (n, 2, ages) persons who move out, by age at the end of the year.
    into : (n,) persons who move in.

    Returns
    -------
    (n, 2, ages) persons; at every age at least a tenth of those who leave.
    """
    smooth = np.apply_along_axis(np.convolve, 2, people, _WINDOW, "same")
    part = smooth / smooth.sum(axis=0)
    rise = np.zeros_like(people)
    first, last = YOUNG
    ages = slice(first, last + 1)
    before = slice(first - 1, last)
    rise[:, :, ages] = people[:, :, before] * (part[:, :, ages] / np.maximum(part[:, :, before], 1e-9) - 1.0)
    young = np.zeros(AGES, np.bool_)
    young[ages] = True
    found = np.maximum(leaving + rise, _LEAST * leaving)
    rest = into - found[:, :, young].sum(axis=(1, 2))
    others = leaving[:, :, ~young]
    level = np.maximum(rest / others.sum(axis=(1, 2)), _LEAST)
    found[:, :, ~young] = others * level[:, None, None]
    return found


def whole_numbers(values: Floats, total: int) -> NDArray[np.int64]:
    """Whole numbers that add up to a total, each next to its value: the largest remainders are rounded up.

    Parameters
    ----------
    values : (n,) not negative, adding up to within one half of n of the total.
    total : what they must add up to.
    """
    down = np.floor(values).astype(np.int64)
    missing = int(total - down.sum())
    if not 0 <= missing <= len(values):
        raise ValueError(
            f"{len(values)} numbers that add up to {values.sum():g} cannot be rounded to {total}"
        )
    up = np.argsort(down - values, kind="stable")[:missing]
    down[up] += 1
    return down
