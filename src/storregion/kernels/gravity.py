"""How well a gravity model explains flows: deviance, and a model fitted and judged in one go.

The model itself is that of `balance`: T_ij = A_i O_i B_j D_j f(c_ij), doubly constrained.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.balance import Cells, Floats, Form, balanced, calibrated


class Fit(NamedTuple):
    """β, the (n, n) flows that the model predicts, and the share of the deviance that distance explains."""

    beta: float
    predicted: Floats
    explained: float


def deviance(flows: Floats, predicted: Floats, counted: Cells) -> float:
    """Poisson deviance 2·Σ(T·ln(T/T̂) − (T − T̂)) of the cells that count.

    Parameters
    ----------
    flows : (n, m) persons, observed.
    predicted : (n, m) persons; above zero where somebody is observed.
    counted : (n, m) cells that count.
    """
    seen, said = flows[counted], predicted[counted]
    there = seen > 0
    return float(2 * ((seen[there] * np.log(seen[there] / said[there])).sum() - (seen - said).sum()))


def fitted(flows: Floats, cost: Floats, form: Form) -> Fit:
    """The doubly constrained model of flows between different places, judged against one without distance.

    Parameters
    ----------
    flows : (n, n) persons; the diagonal does not take part.
    cost : (n, n) kilometres or minutes, above zero off the diagonal.
    form : `exp` or `power`.

    Raises
    ------
    NoBalanceError
        As of `balance.calibrated`.
    """
    apart: NDArray[np.bool_] = ~np.eye(len(flows), dtype=np.bool_)
    between = np.where(apart, flows, 0.0)
    beta, predicted = calibrated(between, np.where(apart, cost, 1.0), form, counted=apart)
    alone = balanced(apart.astype(np.float64), between.sum(axis=1), between.sum(axis=0))
    explained = 1 - deviance(between, predicted, apart) / deviance(between, alone, apart)
    return Fit(beta, predicted, explained)


class Judged(NamedTuple):
    """Pairs of places against the model: arrays of one value a pair.

    Attributes
    ----------
    there, back : persons in each direction.
    low, high : the fewest and the most that the two forms predict in both directions together.
    strength : 1 strong, 0 as predicted, -1 weak; not a number where the forms do not say the same.
    """

    there: Floats
    back: Floats
    low: Floats
    high: Floats
    strength: Floats


def judged(flows: Floats, cost: Floats, pairs: NDArray[np.int64], weak_ratio: float) -> Judged:
    """Flows both ways between pairs of places against the model in both forms.

    Parameters
    ----------
    flows, cost : as of `fitted`.
    pairs : (k, 2) places.
    weak_ratio : share of the predicted flow below which a pair is weak, and whose inverse it is strong above.

    Raises
    ------
    NoBalanceError
        As of `balance.calibrated`.
    """
    one, two = pairs.reshape(-1, 2).T
    models = [fitted(flows, cost, form).predicted for form in ("exp", "power")]
    said = np.array([model[one, two] + model[two, one] for model in models])
    there, back, low, high = flows[one, two], flows[two, one], said.min(axis=0), said.max(axis=0)
    return Judged(there, back, low, high, strength(there + back, low, high, weak_ratio))


def strength(seen: Floats, low: Floats, high: Floats, weak_ratio: float) -> Floats:
    """Whether flows are strong or weak whichever prediction holds; as of `Judged.strength`."""
    found = np.full(len(seen), np.nan)
    found[seen < weak_ratio * low] = -1.0
    found[seen > high / weak_ratio] = 1.0
    found[(seen >= weak_ratio * high) & (seen <= low / weak_ratio)] = 0.0
    return found


def harmonic(distance: Floats, weight: Floats, group: NDArray[np.int64]) -> Floats:
    """Weighted harmonic mean distances between groups of points: near pairs count more, as they do for flows.

    Parameters
    ----------
    distance : (n, n) between points; above zero between points of different groups.
    weight : (n,) of the points, such as their residents.
    group : (n,) each point's group, 0 to m − 1.

    Returns
    -------
    (m, m) distances between groups, in the unit of `distance`; 0 within a group.
    """
    many = int(group.max(initial=-1)) + 1
    part = np.zeros((len(weight), many))
    part[np.arange(len(weight)), group] = weight / np.bincount(group, weight, many)[group]
    other = group[:, None] != group
    near = np.divide(1.0, distance, out=np.zeros_like(distance), where=other)
    summed = part.T @ near @ part
    return np.divide(1.0, summed, out=np.zeros_like(summed), where=summed > 0)
