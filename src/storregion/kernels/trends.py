"""How a place's share of the country moves on: growth of several past periods, weighed by what followed.

The weights are fitted to what places of the past did after years like theirs, and only to outcomes that were
known by the launch, so a hindcast uses nothing that its forecaster could not have known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PERIODS = ((0, 1), (1, 5), (5, 10), (10, 15))
"""The past periods whose growth is measured, in years before the launch."""
OLDEST = PERIODS[-1][1]
"""Years of the past that a launch needs."""
MEASURES = (*(f"growth_{since}_{until}" for since, until in PERIODS), "constant", "nearness", "volatility")
_CHANGES = 10


class NoTrendError(ValueError):
    """The past does not suffice for the launch and horizon asked for, or holds nobody."""


class Trend(NamedTuple):
    """What a launch foresees.

    Attributes
    ----------
    change : (n,) change of the logarithm of each place's share of the total over the horizon.
    weights : (k,) weights of `MEASURES`.
    errors : (launches, n) ln(outcome / forecast) at the launches that were fitted to, true total given.
    """

    change: Floats
    weights: Floats
    errors: Floats


def measures(persons: Floats, distance: Floats, *, within: float = 20_000.0) -> Floats:
    """The measures of every place at every launch, from what was known by then.

    Parameters
    ----------
    persons : (n, years) persons, above zero, in successive years.
    distance : (n, n) metres between places, 0 on the diagonal.
    within : metres at which a neighbour counts 1/e of one at the same point.

    Returns
    -------
    (years, n, k) array, NaN for launches with less than `OLDEST` years before them. Growth is that of the
    logarithm of the share, per year; nearness the logarithm of the persons near a place, against the mean,
    per hundred; volatility the standard deviation of ten years' growth.

    Raises
    ------
    NoTrendError
        Somewhere nobody lives, or the shapes do not fit.
    """
    if distance.shape != (len(persons),) * 2:
        raise NoTrendError(f"{len(persons)} places need ({len(persons)}, {len(persons)}) distances")
    share = _shares(persons)
    n, years = share.shape
    found = np.full((years, n, len(MEASURES)), np.nan)
    reach = np.log(np.exp(-distance / within) @ persons)
    yearly = np.diff(share, axis=1)
    for at in range(OLDEST, years):
        for column, (since, until) in enumerate(PERIODS):
            found[at, :, column] = (share[:, at - since] - share[:, at - until]) / (until - since)
        found[at, :, -3] = 0.01
        found[at, :, -2] = (reach[:, at] - reach[:, at].mean()) / 100.0
        found[at, :, -1] = yearly[:, at - _CHANGES : at].std(axis=1)
    return found


def foreseen(persons: Floats, measured: Floats, launch: int, horizon: int, *, ridge: float = 0.08) -> Trend:
    """What the past up to a launch says of the years to the horizon.

    Parameters
    ----------
    persons : (n, years) as for `measures`; years after the launch are not looked at.
    measured : (years, n, k) array of `measures`.
    launch : index of the launch among the years.
    horizon : years ahead.
    ridge : how strongly weights are drawn to zero, that is to no change of share.

    Raises
    ------
    NoTrendError
        No earlier launch has an outcome by then.
    """
    starts = np.arange(OLDEST, launch - horizon + 1)
    if not len(starts):
        need = OLDEST + horizon
        raise NoTrendError(f"{horizon} years ahead need {need} years before the launch; there are {launch}")
    share = _shares(persons[:, : launch + 1])
    outcome = (share[:, starts + horizon] - share[:, starts]).T
    past = measured[starts]
    weights = _weights(past.reshape(-1, past.shape[-1]), outcome.reshape(-1) / horizon, ridge)
    fitted = past @ weights * horizon
    level = np.log((np.exp(share[:, starts].T + fitted)).sum(axis=1, keepdims=True))
    return Trend(measured[launch] @ weights * horizon, weights, outcome - (fitted - level))


def controlled(persons: Floats, change: Floats, total: float) -> Floats:
    """Persons after a change of the logarithm of shares, adding up to a total; (n,)."""
    found = persons * np.exp(change)
    return np.asarray(found * (total / found.sum()))


def linear(persons: Floats, launch: int, horizon: int, years: int) -> Floats:
    """The naive rule: the mean yearly change of some past years goes on; (n,) persons."""
    now = persons[:, launch]
    return np.asarray(now + (now - persons[:, launch - years]) * (horizon / years))


def size_classes(persons: Floats, classes: int = 4) -> Integers:
    """Equally large classes by size, 0 the smallest; (n,)."""
    order = np.argsort(np.argsort(persons, kind="stable"), kind="stable")
    return order * classes // len(persons)


def half_widths(errors: Floats, sizes: Integers, size: Integers, coverage: float) -> Floats:
    """How far outcomes were off, up and down alike, in a share of the cases of each size class.

    Parameters
    ----------
    errors : (launches, n) ln(outcome / forecast).
    sizes : (launches, n) size classes at those launches.
    size : (n,) size classes of the places asked for.
    coverage : the share of cases within.

    Returns
    -------
    (n,) half widths of the logarithm.
    """
    found = np.array(
        [np.quantile(np.abs(errors[sizes == one]), coverage) for one in range(int(sizes.max()) + 1)]
    )
    return np.asarray(found[size])


def _shares(persons: Floats) -> Floats:
    if not (np.isfinite(persons) & (persons > 0)).all():
        where = np.argwhere(~(persons > 0))[:5].tolist()
        raise NoTrendError(f"persons must be above zero everywhere; (place, year) {where} are not")
    return np.asarray(np.log(persons) - np.log(persons.sum(axis=0)))


def _weights(x: Floats, y: Floats, ridge: float) -> Floats:
    """Weights with the least sum of absolute errors, by reweighted least squares; the ridge draws to zero."""
    weights: Floats = np.zeros(x.shape[1])
    for _ in range(8):
        near = 1.0 / np.maximum(np.abs(y - x @ weights), 1e-3)
        weighted = x * near[:, None]
        system = weighted.T @ x
        system[np.diag_indices_from(system)] *= 1.0 + ridge
        weights = np.asarray(np.linalg.solve(system, weighted.T @ y), np.float64)
    return weights
