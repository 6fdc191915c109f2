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
