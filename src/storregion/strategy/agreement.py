"""How far people who code the same texts agree: per cent, and Krippendorff's alpha for ordered codes."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

DRAWS = 2000
_SEED = 20250918
_DEFINED = 0.95


def percent(units: Sequence[Sequence[object]]) -> float | None:
    """The part of the pairs of codes of one unit that are equal, in per cent.

    Parameters
    ----------
    units : for each unit the codes it was given; units coded once say nothing.

    Returns
    -------
    0 to 100; None where no unit was coded twice.
    """
    pairs = [one == two for codes in units for one, two in itertools.combinations(codes, 2)]
    return 100 * sum(pairs) / len(pairs) if pairs else None


def alpha(units: Sequence[Sequence[int]]) -> float | None:
    """Krippendorff's alpha with the ordinal metric: 1 full agreement, 0 as by chance, below 0 worse.

    α = 1 − (n−1)·Σ o(c,k)·δ²(c,k) / Σ n(c)·n(k)·δ²(c,k), where o are the coincidences of codes within units,
    n(c) how often a code stands in units coded at least twice, and δ(c,k) the codes from c to k counted as
    often as they stand, both ends by half. K. Krippendorff, Content Analysis, 4th ed. 2019, ch. 12.

    Parameters
    ----------
    units : for each unit the codes it was given, in any order; units coded once are left out.

    Returns
    -------
    None where it is not defined: no unit coded twice, or all codes the same.
    """
    coded = [codes for codes in units if len(codes) > 1]
    number = Counter(code for codes in coded for code in codes)
    total = sum(number.values())
    observed = 0.0
    for codes in coded:
        pairs = itertools.permutations(codes, 2)
        observed += sum(_distance(one, two, number) for one, two in pairs) / (len(codes) - 1)
    expected = sum(number[c] * number[k] * _distance(c, k, number) for c in number for k in number)
    return 1 - (total - 1) * observed / expected if expected else None


def _distance(one: int, two: int, number: Counter[int]) -> float:
    """The squared ordinal distance of two codes."""
    low, high = min(one, two), max(one, two)
    if low == high:
        return 0.0
    between = sum(count for code, count in number.items() if low <= code <= high)
    return float(between - (number[low] + number[high]) / 2) ** 2


@dataclass(frozen=True)
class Interval:
    """The limits that a value lies between, at 95 per cent."""

    low: float
    high: float


def alpha_interval(units: Sequence[Sequence[int]], draws: int = DRAWS) -> Interval | None:
    """A 95 per cent percentile bootstrap interval of alpha, the units drawn anew with replacement.

    The draws are the same every time. A draw in which alpha is not defined is left out.

    Parameters
    ----------
    units : as for `alpha`.
    draws : how many times the units are drawn.

    Returns
    -------
    None where alpha is not defined in the units, or in more than a twentieth of the draws.
    """
    coded = [codes for codes in units if len(codes) > 1]
    if alpha(coded) is None:
        return None
    # Reproducible draws, not secrets.
    chance = random.Random(_SEED)  # noqa: S311
    values = [alpha(chance.choices(coded, k=len(coded))) for _ in range(draws)]
    there = sorted(value for value in values if value is not None)
    if len(there) < _DEFINED * draws:
        return None
    last = len(there) - 1
    return Interval(there[round(0.025 * last)], there[round(0.975 * last)])
