"""Shares of a sample with how far they may be off."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Shares(NamedTuple):
    """Shares with the ends of their intervals."""

    share: Floats  # (n,) 0 to 1
    low: Floats  # (n,)
    high: Floats  # (n,)


def effective(weights: Floats, squares: Floats) -> Floats:
    """How many respondents of equal weight say as much: (Σ w)² / Σ w².

    Parameters
    ----------
    weights, squares : (n,) sums of weights and of their squares, above 0.

    References
    ----------
    Kish (1965), Survey sampling.
    """
    return weights**2 / squares


def wilson(share: Floats, size: Floats, z: float) -> tuple[Floats, Floats]:
    """The ends of the interval that a true share lies in.

    Unlike the usual ± it stays within 0 and 1, and says something where nobody, or everybody, answers so.

    Parameters
    ----------
    share : (n,) observed, 0 to 1.
    size : (n,) respondents, above 0.
    z : standard deviations on each side, such as 1.96 for nineteen cases in twenty.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    spread = z**2 / size
    middle = share + spread / 2
    half = z * np.sqrt(share * (1 - share) / size + spread / (4 * size))
    # Rounding may carry an end a hair beyond what a share can be, or past the share itself.
    low = np.clip((middle - half) / (1 + spread), 0.0, share)
    high = np.clip((middle + half) / (1 + spread), share, 1.0)
    return low, high


def difference(before: Shares, after: Shares) -> Shares:
    """How much larger a share is in the second of two independent samples, with the ends of the interval.

    Parameters
    ----------
    before, after : shares with their intervals by `wilson`.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions, method 10.
    """
    change = after.share - before.share
    low = change - np.hypot(after.share - after.low, before.high - before.share)
    high = change + np.hypot(after.high - after.share, before.share - before.low)
    return Shares(change, low, high)
