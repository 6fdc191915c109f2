"""Ranks by weighted scores, and how often they stay when the weights are drawn at random."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CLOSE = 1e-9
"""Scores closer than this are alike, whatever order their parts were added in."""


class Stability(NamedTuple):
    """Of each place, the share of draws in which it keeps its rank, and the ends of nine draws in ten."""

    kept: Floats
    low: Ints
    high: Ints


def percentiles(values: Floats) -> Floats:
    """Each value's place among all, from 0 for the lowest to 1 for the highest; those alike share the middle.

    Parameters
    ----------
    values : (n,) numbers; 0.5 for all where there is one, or all are alike.
    """
    below = (values[None, :] < values[:, None]).sum(axis=1)
    above = (values[None, :] > values[:, None]).sum(axis=1)
    # As many below as above is the middle.
    return np.asarray(0.5 + (below - above) / (2 * max(1, len(values) - 1)))


def weighted(scores: Floats, weights: Floats) -> Floats:
    """(n,) the weighted mean of each place's scores.

    Parameters
    ----------
    scores : (n, k) of n places and k sides.
    weights : (k,) not below zero, at least one above it; only their proportions matter.
    """
    return np.asarray(scores @ (weights / weights.sum()))


def ranks(total: Floats) -> Ints:
    """(…, n) the rank of each total, 1 for the highest; those alike share the best of their ranks.

    Parameters
    ----------
    total : (…, n) of n places.
    """
    return np.asarray((total[..., None, :] > total[..., :, None] + _CLOSE).sum(axis=-1) + 1)


def stability(scores: Floats, weights: Floats, draws: int, seed: int) -> Stability:
    """How often each place has the rank that some weights give it, over weights drawn at random.

    The draws are uniform over all weights that add up to one.

    Parameters
    ----------
    scores : (n, k) of n places and k sides.
    weights : (k,) those whose ranks are tried.
    draws : how many.
    seed : of the draws; the same seed gives the same answer.
    """
    drawn = np.random.default_rng(seed).exponential(size=(draws, scores.shape[1]))
    found = ranks((drawn / drawn.sum(axis=1, keepdims=True)) @ scores.T)
    low, high = np.quantile(found, (0.05, 0.95), axis=0, method="inverted_cdf").astype(np.int64)
    return Stability((found == ranks(weighted(scores, weights))).mean(axis=0), low, high)
