"""How two series move together beyond what they share with all others: correlation with its interval."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 5
"""Changes that two series must share for a correlation; Fisher's interval needs more than three."""


class Correlation(NamedTuple):
    """A correlation, the ends of its interval, and the changes it rests on; not a number where too few."""

    value: float
    low: float
    high: float
    changes: int


def relative(levels: Floats) -> Floats:
    """The changes of the logarithm of each series from one time to the next.

    Parameters
    ----------
    levels : (n, t) of n series at t times, above zero; not a number where one is missing.

    Returns
    -------
    (n, t − 1); not a number where either level is missing.

    Raises
    ------
    ValueError
        A level is zero or below.
    """
    if (levels <= 0).any():
        raise ValueError("a level is zero or below, so its relative change cannot be calculated")
    return np.asarray(np.diff(np.log(levels), axis=1))


def beyond_common(changes: Floats) -> Floats:
    """Changes less the median of all series at each time.

    Parameters
    ----------
    changes : (n, t) of n series; not a number where one is missing.
    """
    known = ~np.isnan(changes).all(axis=0)
    common = np.zeros(changes.shape[1])
    common[known] = np.nanmedian(changes[:, known], axis=0)
    return np.asarray(changes - common)


def correlation(one: Floats, two: Floats, deviations: float = 1.96) -> Correlation:
    """The correlation of two series of changes over the times that both have, with Fisher's interval.

    Parameters
    ----------
    one, two : (t,) changes; not a number where one is missing.
    deviations : standard deviations of the interval: 1.96 for 95 per cent.

    References
    ----------
    Fisher (1921), On the probable error of a coefficient of correlation deduced from a small sample.
    """
    both = ~(np.isnan(one) | np.isnan(two))
    many = int(both.sum())
    first, second = (series[both] - series[both].mean() if many else series[both] for series in (one, two))
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    # What is left of a series that does not vary is rounding.
    steady = (
        1e-12 * many * max(float(np.abs(one[both]).max() * np.abs(two[both]).max()), 1e-300) if many else 0.0
    )
    if many < FEWEST or size <= steady:
        return Correlation(np.nan, np.nan, np.nan, many)
    value = float(np.clip((first * second).sum() / size, -1.0, 1.0))
    with np.errstate(divide="ignore"):
        middle = np.arctanh(value)
    half = deviations / np.sqrt(many - 3)
    return Correlation(value, float(np.tanh(middle - half)), float(np.tanh(middle + half)), many)


def overlap(weight: Floats, one: Floats, two: Floats) -> float:
    """How much of what either of two reaches both reach: Σ w·min(a, b) / Σ w·max(a, b) (Ruzicka).

    Parameters
    ----------
    weight : (k,) the size of each thing reached, not below zero.
    one, two : (k,) the share of each of two that reaches it, 0 to 1.

    Returns
    -------
    From 0, nothing in common, to 1, all the same; not a number where neither reaches anything.
    """
    either = float((weight * np.maximum(one, two)).sum())
    return float((weight * np.minimum(one, two)).sum()) / either if either > 0 else float("nan")
