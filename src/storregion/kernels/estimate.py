"""A commuting matrix from what is published of it, by constrained maximum entropy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class NoEstimateError(ValueError):
    """The published shares contradict each other, or no matrix was found within the steps allowed."""


class Observed(NamedTuple):
    """What is observed of a matrix beside the shares of each place; each part may be empty."""

    cells: Floats = np.empty((0, 0))  # (n, n) persons; NaN where a cell is not known
    jobs: Floats = np.empty(0)  # (n,) column sums, persons; NaN where not known
    groups: Indices = np.empty(0, np.int64)  # (n,) the group of places, such as a county, of each place
    blocks: Floats = np.empty((0, 0))  # (k, k) persons living in one group and working in another


def matrix_from_shares(
    workers: Floats,
    out: Floats,
    to_largest: Floats,
    destination: Indices,
    weight: Floats,
    observed: Observed | None = None,
    *,
    tolerance: float = 1e-9,
    steps: int = 500,
) -> Floats:
    """The most even matrix that keeps what is published and what is observed.

    Kept exactly are observed cells; of each place its employed residents, those who work where they live, and
    those who work in the largest destination, unless observed cells say otherwise; no other destination gets
    more than the largest. The rest of each row is spread in proportion to weight[i, j]·J_j·g[A, B], the
    maximum-entropy answer, where J_j are the column sums of the matrix itself, or what gives the observed
    ones, and g makes the flows between groups of places the observed ones. Where these do not fit the shares,
    the blocks give way: they come as near as the rest allows. A place without employed residents that is
    nobody's largest destination gets no jobs.

    Parameters
    ----------
    workers : (n,) employed residents, persons.
    out : (n,) share of them who work elsewhere.
    to_largest : (n,) share who work in the largest destination.
    destination : (n,) index of the largest destination; the place's own where nobody leaves.
    weight : (n, n) how near two places are, not negative; the diagonal is not used.
    observed : cells, jobs and flows between groups that are known beside the shares.
    tolerance : the largest relative change of any J_j in the last step, and the largest part of a group's
        residents by which its observed flows may be off.
    steps : steps allowed.

    Returns
    -------
    (n, n) array, persons living in i and working in j.

    Raises
    ------
    NoEstimateError
        A number cannot be, a row's rest does not fit under its largest destination, or the steps end.

    References
    ----------
    Wilson (1970), Entropy in urban and regional modelling; Csiszár (1975), I-divergence geometry.
    """
    _check_shares(workers, out, to_largest, destination, weight)
    known = observed or Observed()
    case = _case((workers, out, to_largest, destination), weight, known)
    flows, unplaced, settled = _balance(case, tolerance, steps)
    _check_placed(unplaced > 1e-9 * workers)
    if not settled:
        raise NoEstimateError(f"the jobs did not settle within {steps} steps")
    return flows


class _Case(NamedTuple):
    """What the compiled loop works on."""

    fixed: Floats  # (n, n) persons in cells that are known, 0 elsewhere
    nearness: Floats  # (n, n) weights of the cells that are not
    rest: Floats  # (n,) persons of each row left to spread
    ceiling: Floats  # (n,) the most that one cell of the row may get
    jobs: Floats  # (n,) persons that the spread shall bring to a place, NaN where that is not known
    groups: Indices  # (n,) the group of each place
    blocks: Floats  # (k, k) persons of the rest between groups; NaN where a row of groups is free


def _case(shares: tuple[Floats, Floats, Floats, Indices], weight: Floats, known: Observed) -> _Case:
    workers, out, to_largest, destination = shares
    n = len(workers)
    here = np.arange(n)
    fixed, taken = np.zeros((n, n)), np.zeros((n, n), np.bool_)
    fixed[here, destination], fixed[here, here] = to_largest * workers, (1.0 - out) * workers
    taken[here, destination] = taken[here, here] = True
    # Shares that should cancel may leave a rounding error below zero.
    rest = np.maximum(out - to_largest, 0.0) * workers
    ceiling = to_largest * workers
    if known.cells.size:
        seen = np.isfinite(known.cells)
        fixed[seen], taken[seen] = known.cells[seen], True
        some = seen.any(axis=1)
        rest = np.where(some, np.maximum(workers - fixed.sum(axis=1), 0.0), rest)
        # What is observed may leave more than the largest destination allows; then the ceiling gives way.
        even = rest / np.maximum((~taken & (weight > 0)).sum(axis=1), 1)
        ceiling = np.where(some, np.maximum(ceiling, even * (1 + 1e-9)), ceiling)
    nearness = np.where(taken, 0.0, weight)
    jobs = np.full(n, np.nan)
    if known.jobs.size:
        jobs = np.maximum(known.jobs - fixed.sum(axis=0), 0.0)
        if np.isfinite(jobs).all() and jobs.sum() > 0:
            jobs *= rest.sum() / jobs.sum()
    groups, blocks = np.zeros(n, np.int64), np.full((1, 1), np.nan)
    if known.blocks.size:
        groups = known.groups.astype(np.int64)
        blocks = _rest_between(known.blocks, groups, fixed, nearness, rest)
        if np.isfinite(jobs).all():
            blocks = _agreeing(blocks, np.bincount(groups, jobs, len(blocks)).astype(np.float64))
    return _Case(fixed, nearness, rest, ceiling, jobs, groups, blocks)


def _rest_between(blocks: Floats, groups: Indices, fixed: Floats, nearness: Floats, rest: Floats) -> Floats:
    """What is left of the flows between groups when the known cells are taken out, within what rows have."""
    member = np.eye(len(blocks))[groups]
    room = member.T @ ((nearness > 0) & (rest > 0)[:, None]) @ member > 0
    left = np.where(room, np.maximum(blocks - member.T @ fixed @ member, 0.0), 0.0)
    whole = left.sum(axis=1)
    scale = np.divide(rest @ member, whole, out=np.full(len(blocks), np.nan), where=whole > 0)
    return np.asarray(left * scale[:, None])


def _agreeing(blocks: Floats, jobs: Floats) -> Floats:
    """The flows between groups, by the jobs of each group; they are older than the jobs and give way."""
    rows = blocks.sum(axis=1)
    if not np.isfinite(rows).all():
        return blocks
    found = blocks
    for _ in range(200):
        columns = found.sum(axis=0)
        found = found * np.divide(jobs, columns, out=np.ones_like(jobs), where=columns > 0)
        now = found.sum(axis=1)
        found = found * np.divide(rows, now, out=np.ones_like(now), where=now > 0)[:, None]
    return np.asarray(found)


def _check_placed(wrong: NDArray[np.bool_]) -> None:
    if wrong.any():
        raise NoEstimateError(
            f"the rest of the rows of places {np.flatnonzero(wrong).tolist()} does not fit under their "
            "largest destination where the weight is above zero"
        )


def _check_shares(
    workers: Floats, out: Floats, to_largest: Floats, destination: Indices, weight: Floats
) -> None:
    n = len(workers)
    if not out.shape == to_largest.shape == destination.shape == (n,) or weight.shape != (n, n):
        raise NoEstimateError(f"shares and destinations must be ({n},) and the weights ({n}, {n})")
    right = np.isfinite(workers) & (workers >= 0)
    right &= (out >= 0) & (out <= 1) & (to_largest >= 0) & (to_largest <= out + 1e-12)
    right &= (destination >= 0) & (destination < n) & ((destination != np.arange(n)) | (out == 0))
    # What is left must fit under the largest destination in each of the other places.
    right &= out - to_largest <= to_largest * max(n - 2, 0) + 1e-12
    if not right.all():
        raise NoEstimateError(
            f"the numbers or shares of places {np.flatnonzero(~right).tolist()} contradict each other"
        )
    wrong = ~(np.isfinite(weight) & (weight >= 0)) & ~np.eye(n, dtype=np.bool_)
    if wrong.any():
        raise NoEstimateError(
            f"weights must be finite and not negative; {np.argwhere(wrong)[:10].tolist()} are not"
        )


@compiled
def _balance(case: _Case, tolerance: float, steps: int) -> tuple[Floats, Floats, bool]:
    """The flows, what found no room in each row, and whether the jobs settled."""
    n, k = len(case.rest), len(case.blocks)
    pull = case.rest.copy()
    for i in range(n):
        pull[i] += case.fixed[i].sum()
    between = np.ones((k, k))
    flows, unplaced = case.fixed.copy(), np.zeros(n)
    settled = False
    for step in range(steps):
        flows = case.fixed.copy()
        weights = np.empty((n, n))
        for i in range(n):
            for j in range(n):
                weights[i, j] = case.nearness[i, j] * pull[j] * between[case.groups[i], case.groups[j]]
        unplaced = _spread(flows, weights, case.rest, case.ceiling)
        # Jobs and blocks correct the same gaps, so where jobs are given they take turns. Where not both can
        # be met, the factors between groups stay as they are from half the steps on, and jobs are met.
        late = step >= steps // 2
        settled = _pull(case, flows, pull, late or step % 2 == 0, tolerance)
        near = _between(case, flows, between, not late and step % 2 == 1, tolerance)
        if settled and (near or late):
            break
    return flows, unplaced, settled


@compiled
def _pull(case: _Case, flows: Floats, pull: Floats, turn: bool, tolerance: float) -> bool:
    """Set what draws commuters to each place, in place; whether it stays as it was."""
    settled = True
    for j in range(len(pull)):
        found = 0.0
        spread = 0.0
        for i in range(len(pull)):
            found += flows[i, j]
            spread += flows[i, j] - case.fixed[i, j]
        if np.isnan(case.jobs[j]):
            settled = settled and abs(found - pull[j]) <= tolerance * found
            pull[j] = found
        elif spread > 0:
            settled = settled and abs(spread - case.jobs[j]) <= 100 * tolerance * (found + 1.0)
            if turn:
                pull[j] *= case.jobs[j] / spread
    return settled


@compiled
def _between(case: _Case, flows: Floats, between: Floats, turn: bool, tolerance: float) -> bool:
    """Set the factors between groups, in place; whether the flows between them are as observed."""
    k = len(between)
    found = np.zeros((k, k))
    for i in range(len(case.groups)):
        for j in range(len(case.groups)):
            found[case.groups[i], case.groups[j]] += flows[i, j] - case.fixed[i, j]
    near = True
    every_turn = np.isnan(case.jobs).all()
    for a in range(k):
        whole = case.blocks[a].sum()
        if not whole > 0:  # nothing to spread, or nothing is known
            continue
        top = 0.0
        for b in range(k):
            wanted = case.blocks[a, b]
            near = near and abs(found[a, b] - wanted) <= 100 * tolerance * whole
            if found[a, b] > 0 and (turn or every_turn):
                between[a, b] *= wanted / found[a, b]
            if found[a, b] > 0:
                top = max(top, between[a, b])
        for b in range(k):
            # Blocks that cannot be met must not drive the others out of what numbers can hold.
            between[a, b] = max(between[a, b] / top, 1e-12)
    return near


@compiled
def _spread(flows: Floats, weights: Floats, rest: Floats, ceiling: Floats) -> Floats:
    """Add each row's rest to its cells by their weights, none above the row's ceiling; what found no room.

    A cell at the ceiling stays there: as it gives up its share, the rate of the others only rises.
    """
    n = len(rest)
    unplaced = np.zeros(n)
    for i in range(n):
        left = rest[i]
        reach = weights[i].sum()
        rate = 0.0
        while reach > 0:
            rate = left / reach
            full = 0
            for j in range(n):
                if weights[i, j] * rate > ceiling[i]:
                    flows[i, j] += ceiling[i]
                    weights[i, j] = 0.0
                    left -= ceiling[i]
                    full += 1
            if full == 0:
                break
            left = max(left, 0.0)  # but for rounding, it never falls below
            reach = weights[i].sum()
        if reach > 0:
            for j in range(n):
                flows[i, j] += weights[i, j] * rate
        else:
            unplaced[i] = left
    return unplaced
