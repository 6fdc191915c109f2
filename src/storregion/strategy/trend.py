"""The sign and size of a trend, rates of growth, and intervals of small numbers. Pure functions."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

from storregion.strategy.agreement import Interval

LEVEL = 0.95


@dataclass(frozen=True)
class MannKendall:
    """The test's statistic S, its normal deviate z and the two-sided probability p."""

    s: int
    z: float
    p: float


def mann_kendall(values: Sequence[float]) -> MannKendall:
    """Whether values in order of time rise or fall more often than chance lets them.

    S counts the pairs that rise less those that fall. Its variance is corrected for ties, and z for
    continuity; p comes from the normal distribution (H. B. Mann 1945; M. G. Kendall, Rank Correlation
    Methods, 1975). For few points the normal distribution is an approximation.

    Parameters
    ----------
    values : (n,) in order of time, finite.

    Returns
    -------
    z 0 and p 1 where all values are equal or there are fewer than two.
    """
    s = sum((later > earlier) - (later < earlier) for earlier, later in itertools.combinations(values, 2))
    n = len(values)
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if s == 0 or variance <= 0:
        return MannKendall(s, 0.0, 1.0)
    z = (s - math.copysign(1, s)) / math.sqrt(variance)
    return MannKendall(s, z, math.erfc(abs(z) / math.sqrt(2)))


def theil_sen(times: Sequence[float], values: Sequence[float]) -> float | None:
    """The median slope over all pairs of points, in the values' unit a time unit (P. K. Sen 1968).

    Parameters
    ----------
    times, values : (n,) points; no time twice.

    Returns
    -------
    None for fewer than two points.
    """
    pairs = itertools.combinations(zip(times, values, strict=True), 2)
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in pairs]
    return median(slopes) if slopes else None


def growth_rate(first: float, last: float, years: float) -> float | None:
    """The compound annual growth rate from one value to another, in per cent a year.

    Parameters
    ----------
    first, last : the values.
    years : the time between them, above 0.

    Returns
    -------
    None where there is no such rate: a value is not above 0.
    """
    if first <= 0 or last <= 0 or years <= 0:
        return None
    return 100 * (math.pow(last / first, 1 / years) - 1)


def wilson(part: int, whole: int, level: float = LEVEL) -> Interval:
    """The Wilson score interval of a share, good also for few and for shares near 0 or 1.

    E. B. Wilson 1927: (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n).

    Parameters
    ----------
    part, whole : how many of how many; 0 ≤ part ≤ whole, whole above 0.
    level : the level of confidence.
    """
    if not 0 <= part <= whole or whole == 0:
        raise ValueError(f"{part} of {whole} is not a share")
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = part / whole
    centre = share + z * z / (2 * whole)
    reach = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    low = 0.0 if part == 0 else (centre - reach) / scale
    high = 1.0 if part == whole else (centre + reach) / scale
    return Interval(low, high)


def byar(count: int, level: float = LEVEL) -> Interval:
    """Byar's interval of a Poisson count, close to the exact one also for few.

    N. E. Breslow & N. E. Day 1987: o·(1 − 1/9o − z/3√o)³ and (o+1)·(1 − 1/9(o+1) + z/3√(o+1))³.

    Parameters
    ----------
    count : how many were counted, not negative.
    level : the level of confidence.
    """
    if count < 0:
        raise ValueError(f"{count} is not a count")
    z = NormalDist().inv_cdf((1 + level) / 2)
    low = 0.0 if count == 0 else count * (1 - 1 / (9 * count) - z / (3 * math.sqrt(count))) ** 3
    above = count + 1
    return Interval(max(0.0, low), above * (1 - 1 / (9 * above) + z / (3 * math.sqrt(above))) ** 3)
