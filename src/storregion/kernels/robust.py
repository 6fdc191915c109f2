"""A straight line that a few strange points do not move: the median slope of all pairs, with its interval."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Z95 = 1.959964
"""Standard deviations of a normal distribution that hold 95 per cent of it."""
MAD_TO_SD = 1.4826
"""Standard deviations in a median absolute deviation of a normal distribution."""


class NoLineError(ValueError):
    """Points that no line can be laid through."""


class Line(NamedTuple):
    """A line through points.

    Attributes
    ----------
    slope, low, high : units of y per unit of x, and the ends of the slope's 95 per cent interval.
    level : y where x is 0: the median of what the slope leaves.
    spread : robust standard deviation of the points around the line.
    """

    slope: float
    low: float
    high: float
    level: float
    spread: float


def line(x: Floats, y: Floats) -> Line:
    """The line of the median slope between all pairs of points (Theil–Sen).

    Up to 29 per cent of the points may be arbitrarily far off without moving it arbitrarily. The interval
    comes from the order of the slopes and supposes no distribution of what is left.

    Parameters
    ----------
    x, y : (n,) finite, n at least 3; two values of x at least differ.

    Raises
    ------
    NoLineError
        The points are too few, not finite, or all above each other.

    References
    ----------
    Theil (1950); Sen (1968), Estimates of the regression coefficient based on Kendall's tau.
    """
    if x.shape != y.shape or x.ndim != 1 or len(x) < 3 or not (np.isfinite(x) & np.isfinite(y)).all():
        raise NoLineError("a line needs at least three points, all finite")
    one, two = np.triu_indices(len(x), 1)
    apart = x[two] - x[one]
    differ = apart != 0
    if not differ.any():
        raise NoLineError("all points have the same x: no slope can be said")
    slopes = np.sort((y[two] - y[one])[differ] / apart[differ])
    slope = float(np.median(slopes))
    low, high = _interval(slopes, _deviation(x, y))
    left = y - slope * x
    level = float(np.median(left))
    return Line(slope, low, high, level, float(MAD_TO_SD * np.median(np.abs(left - level))))


def _deviation(x: Floats, y: Floats) -> float:
    """Standard deviation of Kendall's S for so many points, with those that are alike."""
    n = len(x)
    variance = n * (n - 1) * (2 * n + 5)
    for values in (x, y):
        alike = np.unique(values, return_counts=True)[1]
        variance -= int((alike * (alike - 1) * (2 * alike + 5)).sum())
    return float(np.sqrt(variance / 18.0))


def _interval(slopes: Floats, deviation: float) -> tuple[float, float]:
    """The slopes between which the true one lies, by their ranks."""
    count, half = len(slopes), _Z95 * deviation
    first = max(round((count - half) / 2.0) - 1, 0)
    last = min(round((count + half) / 2.0), count - 1)
    return float(slopes[first]), float(slopes[last])
