"""Hierarchical fusion of places by the flows between them: INTRAMAX (Masser & Brown 1975)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled
from storregion.kernels.markets import NOISE, checked, gridded

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def intramax(flows: Floats) -> tuple[Indices, Floats, Floats]:
    """The whole tree of fusions, strongest tie first, each tie measured against the sizes of both.

    Fuses the pair with the largest C_ij/(E_i·J_j) + C_ji/(E_j·J_i) and adds up their flows, until one is
    left. Of equal ties the one with the lowest-numbered place goes first, then the one whose other part has
    the lowest-numbered place.

    Parameters
    ----------
    flows : (n, n) array, persons
        flows[i, j] live in i and work in j.

    Returns
    -------
    (n - 1, 2) the two numbers fused at each step (places are 0 … n-1, the fusion of step s is n + s; the
    lower number first), (n - 1,) their tie in 1/persons, 0 where nothing tied them, and (n - 1,) the share
    of all flows that lies within places or fusions after the step.

    Raises
    ------
    NotFlowsError
        The matrix is not square, or a flow is negative or not finite.

    References
    ----------
    Masser & Brown (1975), Hierarchical aggregation procedures for interaction data.
    """
    given = gridded(checked(flows))
    n = len(given)
    residents, jobs = given.sum(axis=1), given.sum(axis=0)
    groups = _Groups(
        given, given.T.copy(), residents, jobs, np.arange(n), np.ones(n, np.bool_), np.zeros(n), np.zeros(n)
    )
    return _intramax(groups, given.diagonal().copy())


class _Groups(NamedTuple):
    """Fusions so far, each at the index of its lowest place; columns stay those of places."""

    flows: Floats  # (n, n) from group to place
    inflows: Floats  # (n, n) to group from place
    residents: Floats  # (n,) of groups
    jobs: Floats  # (n,) of groups
    label: Indices  # (n,) group of each place
    alive: NDArray[np.bool_]  # (n,) which indices are groups
    to: Floats  # (n,) flows of one group to each group, written by _weigh_group
    back: Floats  # (n,) and from each group


@compiled
def _weigh_group(groups: _Groups, one: int, first: int) -> None:
    """Write what goes from one group to every group numbered from `first` on, and back."""
    groups.to[first:] = 0.0
    groups.back[first:] = 0.0
    for place in range(first, len(groups.label)):
        group = groups.label[place]
        groups.to[group] += groups.flows[one, place]
        groups.back[group] += groups.inflows[one, place]


@compiled
def _tie(groups: _Groups, one: int, two: int) -> float:
    """How tied a group just weighed is to another."""
    tie = 0.0
    if groups.to[two] > 0:
        tie += groups.to[two] / (groups.residents[one] * groups.jobs[two])
    if groups.back[two] > 0:
        tie += groups.back[two] / (groups.residents[two] * groups.jobs[one])
    return tie


@compiled
def _strongest(groups: _Groups, one: int) -> tuple[int, float]:
    """The later group that a group is most tied to, or -1 and 0."""
    _weigh_group(groups, one, one + 1)
    best, most = -1, 0.0
    for two in range(one + 1, len(groups.label)):
        if groups.alive[two]:
            tie = _tie(groups, one, two)
            if tie > most * (1.0 + NOISE):
                best, most = two, tie
    return best, most


@compiled
def _fuse(groups: _Groups, one: int, two: int) -> None:
    groups.flows[one] += groups.flows[two]
    groups.inflows[one] += groups.inflows[two]
    groups.residents[one] += groups.residents[two]
    groups.jobs[one] += groups.jobs[two]
    groups.alive[two] = False
    for place in range(two, len(groups.label)):
        if groups.label[place] == two:
            groups.label[place] = one


@compiled
def _renew(groups: _Groups, one: int, two: int, partner: Indices, strength: Floats, now: Floats) -> None:
    """Bring every group's strongest later tie up to date after a fusion; now: ties to the fused group."""
    for other in range(two):
        if strength[other] <= 0 or other == one:
            continue  # what is tied to no later group stays so
        if partner[other] == one or partner[other] == two:
            if other < one and now[other] > strength[other] * (1.0 + NOISE):
                partner[other], strength[other] = one, now[other]
            else:
                partner[other], strength[other] = _strongest(groups, other)
        elif other < one:
            stronger = now[other] > strength[other] * (1.0 + NOISE)
            if stronger or (now[other] >= strength[other] * (1.0 - NOISE) and one < partner[other]):
                partner[other], strength[other] = one, now[other]


@compiled
def _pair(alive: NDArray[np.bool_], partner: Indices, strength: Floats) -> tuple[int, int, float]:
    """The most tied pair; the first two groups when none is tied."""
    one, most = -1, 0.0
    for group in range(len(alive)):
        if strength[group] > most * (1.0 + NOISE):
            one, most = group, strength[group]
    if one >= 0:
        return one, partner[one], most
    left = np.flatnonzero(alive)
    return left[0], left[1], 0.0


@compiled
def _intramax(groups: _Groups, within: Floats) -> tuple[Indices, Floats, Floats]:
    n = len(within)
    total, inside = groups.residents.sum(), within.sum()
    number = np.arange(n)
    partner, strength, now = np.full(n, -1), np.zeros(n), np.zeros(n)
    for one in range(n):
        partner[one], strength[one] = _strongest(groups, one)
    steps = max(n - 1, 0)
    fused, ties, shares = np.empty((steps, 2), np.int64), np.empty(steps), np.empty(steps)
    for step in range(steps):
        one, two, ties[step] = _pair(groups.alive, partner, strength)
        fused[step, 0] = min(number[one], number[two])
        fused[step, 1] = max(number[one], number[two])
        number[one] = n + step
        _fuse(groups, one, two)
        _weigh_group(groups, one, 0)
        inside += groups.to[one] - within[one] - within[two]
        within[one] = groups.to[one]
        shares[step] = inside / total if total > 0 else 0.0
        for other in range(n):
            now[other] = _tie(groups, one, other) if groups.alive[other] else 0.0
        strength[two] = 0.0
        partner[one], strength[one] = _strongest(groups, one)
        _renew(groups, one, two, partner, strength, now)
    return fused, ties, shares
