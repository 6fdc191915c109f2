"""How far apart places are by several measures at once: standardised, weighted, some perhaps missing."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Apart(NamedTuple):
    """How far places are from each other.

    Attributes
    ----------
    distance : (n, n) standard deviations; not a number where two places share no measure with a weight.
    gaps : (n, n, k) the second place minus the first, standard deviations; not a number where one has none.
    shared : (n, n) how many measures both have.
    """

    distance: Floats
    gaps: Floats
    shared: Ints


def standardised(values: Floats) -> Floats:
    """Measures as standard deviations from their mean over the places that have them.

    Parameters
    ----------
    values : (n, k) of n places and k measures; not a number where one is missing.

    Returns
    -------
    (n, k). A measure that does not vary is 0 throughout: it tells no places apart.
    """
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    centred = values - np.where(known, values, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, centred, 0.0) ** 2).sum(axis=0) / count)
    # Rounding can make a constant seem to vary.
    level = np.where(known, np.abs(values), 0.0).max(axis=0, initial=0.0)
    varies = spread > 1e-12 * level
    scaled: Floats = np.where(varies, centred / np.where(varies, spread, 1.0), np.where(known, 0.0, np.nan))
    return scaled


def apart(values: Floats, weights: Floats) -> Apart:
    """The weighted distance between every two places, over the measures that both have.

    The distance is the root of the weighted mean of squared gaps, so that sharing fewer measures brings two
    places no nearer.

    Parameters
    ----------
    values : (n, k) standardised measures; not a number where one is missing.
    weights : (k,) not negative; only their proportions matter.
    """
    gaps = values[None, :, :] - values[:, None, :]
    known = ~np.isnan(gaps)
    weight = np.where(known, weights, 0.0).sum(axis=2)
    squares = (np.where(known, gaps, 0.0) ** 2 * weights).sum(axis=2)
    distance = np.sqrt(np.divide(squares, weight, out=np.full(weight.shape, np.nan), where=weight > 0))
    return Apart(distance, gaps, known.sum(axis=2))
