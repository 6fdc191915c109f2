"""A commuting matrix from published shares alone, by constrained maximum entropy."""

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class NoEstimateError(ValueError):
    """The published shares contradict each other, or no matrix was found within the steps allowed."""


def matrix_from_shares(
    workers: Floats,
    out: Floats,
    to_largest: Floats,
    destination: Indices,
    weight: Floats,
    *,
    tolerance: float = 1e-9,
    steps: int = 500,
) -> Floats:
    """The most even matrix that keeps what is published of each place.

    Kept exactly are each place's employed residents, those who work where they live, and those who work in
    the largest destination; no other destination gets more than the largest. The rest of each row is spread
    in proportion to weight[i, j]·J_j, the maximum-entropy answer for given jobs, where the jobs J_j are the
    column sums of the matrix itself. A place without employed residents that is nobody's largest destination
    gets no jobs.

    Parameters
    ----------
    workers : (n,) employed residents, persons.
    out : (n,) share of them who work elsewhere.
    to_largest : (n,) share who work in the largest destination.
    destination : (n,) index of the largest destination; the place's own where nobody leaves.
    weight : (n, n) how near two places are, not negative; the diagonal is not used.
    tolerance : the largest relative change of any J_j in the last step.
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
    Wilson (1970), Entropy in urban and regional modelling.
    """
    _check_shares(workers, out, to_largest, destination, weight)
    here = np.arange(len(workers))
    fixed = np.zeros(weight.shape)
    fixed[here, destination], fixed[here, here] = to_largest * workers, (1.0 - out) * workers
    nearness = np.array(weight, np.float64)
    nearness[here, here] = nearness[here, destination] = 0.0
    # Shares that should cancel may leave a rounding error below zero.
    rest = np.maximum(out - to_largest, 0.0) * workers
    jobs = workers.astype(np.float64)
    for _ in range(steps):
        flows = fixed.copy()
        unplaced = _spread(flows, nearness * jobs, rest, to_largest * workers)
        _check_placed(unplaced > 1e-9 * workers)
        found = flows.sum(axis=0)
        if np.all(np.abs(found - jobs) <= tolerance * found):
            return flows
        jobs = found
    raise NoEstimateError(f"the jobs did not settle within {steps} steps")


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
def _spread(flows: Floats, weights: Floats, rest: Floats, ceiling: Floats) -> Floats:
    """Add each row's rest to its cells by their weights, none above the row's ceiling; what found no room.

    A cell at the ceiling stays there: as it gives up its share, the rate of the others only rises.
    """
    n = len(rest)
    unplaced = np.zeros(n)
    for i in range(n):
        left = rest[i]
        reach = weights[i].sum()
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
