"""Shares of a sample with how far they may be off."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
