"""A trial of the estimate on a matrix that is known: it gets the shares that are published, no more."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels import deterrence, intervals
from storregion.kernels.deterrence import Parts
from storregion.kernels.estimate import Observed, matrix_from_shares
from storregion.kernels.markets import shares

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Cells = NDArray[np.bool_]

SCALES = (8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 30.0, 40.0, 60.0)
"""Kilometres over which nearness may fall to a third: those that are tried."""
BANDS = (0.0, 20.0, 40.0, 80.0, 150.0, np.inf)
"""Kilometres between which errors are counted."""


class Trial(NamedTuple):
    """An estimate beside the truth."""

    flows: Floats  # (n, n) persons estimated
    low: Floats  # (n, n) ends of the interval of each cell
    high: Floats
    spread: Cells  # (n, n) cells that no published share gives
    near_km: float  # the scale of least deviance


class Band(NamedTuple):
    """How an estimate does at a distance."""

    observed: float  # persons between different places
    estimated: float
    common: float  # twice the sum of the smaller of each cell over both sums; NaN where nobody goes
    cells: int  # estimated cells of at least so many persons
    covered: float  # share of these whose observed value lies in the interval; NaN where there are none


def trial(
    matrix: Floats,
    km: Floats,
    groups: Indices,
    *,
    far_km: float = 200.0,
    far_weight: float = 0.003,
    reciprocity: float = 0.7,
) -> Trial:
    """Estimate a known matrix from its shares and its flows between groups of places.

    Parameters
    ----------
    matrix : (n, n) persons living in i and working in j, with those who stay.
    km : (n, n) kilometres between places.
    groups : (n,) the group, such as a county, of each place, from 0.
    far_km, far_weight : the far scale and its weight.
    reciprocity : how much of what a published share has beyond nearness holds on the way back.
    """
    workers = matrix.sum(axis=1)
    out, to_largest, destination = shares(matrix)
    places = Parts(np.arange(len(km)), np.zeros(len(km)), np.zeros(len(km)), np.ones(len(km)))
    way = km.astype(np.float32)
    far = deterrence.mean_nearness(places, way, far_km)
    near = [deterrence.mean_nearness(places, way, scale) for scale in SCALES]
    fits = [
        deterrence.deviance(
            deterrence.free_spread(workers, out, one + far_weight * far), workers, to_largest, destination
        )
        for one in near
    ]
    best = int(np.argmin(fits))
    member = np.eye(int(groups.max()) + 1)[groups]
    known = Observed(groups=groups, blocks=member.T @ matrix @ member)

    def estimated(one: Floats, factor: float, back: float) -> Floats:
        weight = one + factor * far_weight * far
        free = deterrence.free_spread(workers, out, weight)
        weight = deterrence.reciprocal(weight, free, to_largest * workers, destination, back)
        return matrix_from_shares(
            workers, out, to_largest, destination, weight + np.eye(len(weight)), known, tolerance=1e-6
        )

    flows = estimated(near[best], 1.0, reciprocity)
    others = [
        estimated(near[max(best - 1, 0)], 1.0, reciprocity),
        estimated(near[min(best + 1, len(near) - 1)], 1.0, reciprocity),
        estimated(near[best], 0.5, reciprocity),
        estimated(near[best], 2.0, reciprocity),
        estimated(near[best], 1.0, 0.0),
    ]
    spread = ~np.eye(len(km), dtype=np.bool_)
    spread[np.arange(len(km)), destination] = False
    ceiling = np.broadcast_to((to_largest * workers)[:, None], flows.shape)
    low, high = intervals.of_cells(flows, intervals.apart(flows, others), ceiling, km)
    return Trial(flows, np.where(spread, low, flows), np.where(spread, high, flows), spread, SCALES[best])


def by_distance(matrix: Floats, km: Floats, found: Trial, *, least: float = 5.0) -> list[Band]:
    """The errors of an estimate within the bands of distance.

    Parameters
    ----------
    matrix : (n, n) the truth.
    km : (n, n) kilometres.
    found : the estimate.
    least : persons from which an estimated cell counts for the coverage.
    """
    return [band(matrix, found, (km >= start) & (km < end), least) for start, end in pairwise(BANDS)]


def band(matrix: Floats, found: Trial, taken: Cells, least: float = 5.0) -> Band:
    """The errors of an estimate in some cells.

    Parameters
    ----------
    matrix : (n, n) the truth.
    found : the estimate.
    taken : (n, n) which cells; those on the diagonal never count.
    least : persons from which an estimated cell counts for the coverage.
    """
    taken = taken & ~np.eye(len(matrix), dtype=np.bool_)
    seen, said = float(matrix[taken].sum()), float(found.flows[taken].sum())
    both = 2 * float(np.minimum(matrix[taken], found.flows[taken]).sum())
    common = both / (seen + said) if seen + said > 0 else float("nan")
    counted = taken & found.spread & (found.flows >= least)
    inside = (matrix >= np.floor(found.low)) & (matrix <= np.ceil(found.high))
    covered = float(inside[counted].mean()) if counted.any() else float("nan")
    return Band(seen, said, common, int(counted.sum()), covered)
