"""How fast moves thin out with distance, from what is published of where they stay, and the moves themselves.

Only margins of the moves are known, and how many of them stay within a group of places. Doubly constrained
moves T_ij = A_i O_i B_j D_j f(d_ij) stay within groups the more, the faster f falls: the decay at which as
many stay as is published is the one that is used.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.balance import NoBalanceError, balanced

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Form = Literal["power", "exp"]


class Margins(NamedTuple):
    """Moves of each place, those that stay within its group apart from those that leave it.

    Attributes
    ----------
    group : (n,) the group of each place.
    out_within, in_within, out_beyond, in_beyond : (n,) moves; within each group the same out and in, and over
        all groups the same beyond.
    """

    group: Integers
    out_within: Floats
    in_within: Floats
    out_beyond: Floats
    in_beyond: Floats


def fitted(margins: Margins, km: Floats, form: Form, *, tolerance: float = 1e-6) -> float:
    """The decay at which as many moves stay within their group as is known.

    Parameters
    ----------
    margins : what is known of the moves.
    km : (n, n) kilometres between places, above zero off the diagonal.
    form : `power` for d^-β, `exp` for exp(-β d).
    tolerance : the difference of shares that is small enough.

    Returns
    -------
    β, above zero where nearness draws.

    Raises
    ------
    NoBalanceError
        No decay up to very steep ones lets so many stay, or no moves fit the margins.
    """
    out, into = margins.out_within + margins.out_beyond, margins.in_within + margins.in_beyond
    same = margins.group[:, None] == margins.group
    wanted = margins.out_within.sum() / out.sum()
    # In units of the form: a power of two decades, an exponential of a few typical distances.
    low, high = 0.0, 4.0 if form == "power" else 40.0 / float(np.median(km[km > 0]))
    if not _stay(out, into, km, form, low, same) <= wanted <= _stay(out, into, km, form, high, same):
        raise NoBalanceError(f"no decay lets {wanted:.1%} of the moves stay within their group")
    while True:
        beta = (low + high) / 2.0
        stays = _stay(out, into, km, form, beta, same)
        if abs(stays - wanted) <= tolerance or high - low <= 1e-12 * high:
            return beta
        low, high = (beta, high) if stays < wanted else (low, beta)


def moves(margins: Margins, km: Floats, form: Form, beta: float) -> Floats:
    """Moves between all places with a decay, which keep every margin within and beyond groups.

    Parameters
    ----------
    margins, km, form, beta : as of `fitted`, and what it returns.

    Returns
    -------
    (n, n) persons; 0 on the diagonal. Rows and columns add up to the margins, within groups and beyond.

    Raises
    ------
    NoBalanceError
        The margins do not fit each other.
    """
    seed = _seed(km, form, beta)
    same = margins.group[:, None] == margins.group
    found = balanced(np.where(same, 0.0, seed), margins.out_beyond, margins.in_beyond)
    for group in np.unique(margins.group):
        own = np.flatnonzero(margins.group == group)
        block = np.ix_(own, own)
        if margins.out_within[own].any():
            found[block] = balanced(seed[block], margins.out_within[own], margins.in_within[own])
    return found


def stayed(margins: Margins, km: Floats, form: Form, beta: float) -> Floats:
    """(n,) the share of each place's moves that the decay alone would keep within its group."""
    out, into = margins.out_within + margins.out_beyond, margins.in_within + margins.in_beyond
    table = balanced(_seed(km, form, beta), out, into, tolerance=1e-8)
    same = margins.group[:, None] == margins.group
    found: Floats = np.where(same, table, 0.0).sum(axis=1) / out
    return found


def _stay(out: Floats, into: Floats, km: Floats, form: Form, beta: float, same: NDArray[np.bool_]) -> float:
    table = balanced(_seed(km, form, beta), out, into, tolerance=1e-8)
    return float(table[same].sum() / out.sum())


def _seed(km: Floats, form: Form, beta: float) -> Floats:
    """What distance leaves of moves, 0 on the diagonal; scaled by row, so that none of it vanishes."""
    off = ~np.eye(len(km), dtype=np.bool_)
    exponent = np.full(km.shape, -np.inf)
    exponent[off] = -beta * (np.log(km[off]) if form == "power" else km[off])
    found: Floats = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    return found
