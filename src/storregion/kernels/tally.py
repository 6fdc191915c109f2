"""How much lies within reach, added up in one order, so that the same numbers give the same bits anywhere."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.scan import UNREACHED, Labels

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Ints = NDArray[np.int32]


def tally(seconds: Labels, weights: Floats, cutoffs: Sequence[int]) -> tuple[Floats, Indices]:
    """The sum of what there is, and the number of places, within each number of seconds.

    Parameters
    ----------
    seconds : (points,) to each point; UNREACHED counts for no cutoff.
    weights : (points,) what there is at each point.
    cutoffs : seconds, each below UNREACHED.

    Returns
    -------
    (cutoffs,) sums, from the first point to the last, and (cutoffs,) numbers of points.

    Raises
    ------
    ValueError
        The weights are not one number per point, or a cutoff is out of range.
    """
    there = np.require(weights, np.float64, ["C", "W"])
    if there.shape != seconds.shape or there.ndim != 1:
        raise ValueError(f"there must be one weight for each of {len(seconds)} points")
    if any(not 0 <= most < UNREACHED for most in cutoffs):
        raise ValueError(f"cutoffs must be 0 to {UNREACHED - 1} s, not {list(cutoffs)}")
    return _tally(np.require(seconds, np.uint16, ["C", "W"]), there, np.array(cutoffs, np.int32))


@compiled
def _tally(seconds: Labels, weights: Floats, cutoffs: Ints) -> tuple[Floats, Indices]:
    sums = np.zeros(len(cutoffs), np.float64)
    counts = np.zeros(len(cutoffs), np.int64)
    for point in range(len(seconds)):
        if seconds[point] == UNREACHED:
            continue
        for which in range(len(cutoffs)):
            if seconds[point] <= cutoffs[which]:
                sums[which] += weights[point]
                counts[which] += 1
    return sums, counts
