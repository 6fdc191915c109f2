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


class Correlations(NamedTuple):
    """Correlations of one series with others, each (k,), as of `Correlation`."""

    value: Floats
    low: Floats
    high: Floats
    changes: NDArray[np.int64]


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
    found = correlations(one, two[None], deviations)
    return Correlation(
        float(found.value[0]), float(found.low[0]), float(found.high[0]), int(found.changes[0])
    )


def correlations(one: Floats, others: Floats, deviations: float = 1.96) -> Correlations:
    """The correlation of a series of changes with each of others, as `correlation` has it of two.

    Parameters
    ----------
    one : (t,) changes; not a number where one is missing.
    others : (k, t) changes likewise.
    deviations : standard deviations of the interval: 1.96 for 95 per cent.
    """
    both = ~(np.isnan(one) | np.isnan(others))
    many = both.sum(axis=1)
    pair = [np.where(both, series, 0.0) for series in (one, others)]
    # Those that share too few changes are put aside below; until then they divide by 1.
    means = [series.sum(axis=1, keepdims=True) / np.maximum(many, 1)[:, None] for series in pair]
    first, second = (np.where(both, series - mean, 0.0) for series, mean in zip(pair, means, strict=True))
    size = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    # What is left of a series that does not vary is rounding.
    largest = np.prod([np.abs(series).max(axis=1, initial=0.0) for series in pair], axis=0)
    judged = (many >= FEWEST) & (size > 1e-12 * many * np.maximum(largest, 1e-300))
    value = np.full(len(others), np.nan)
    value[judged] = np.clip((first * second).sum(axis=1)[judged] / size[judged], -1.0, 1.0)
    with np.errstate(divide="ignore"):
        middle = np.arctanh(value)
    half = deviations / np.sqrt(np.where(judged, many - 3, 1))
    return Correlations(value, np.tanh(middle - half), np.tanh(middle + half), many)


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
