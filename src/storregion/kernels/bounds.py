"""Bounds of suppressed cells from published sums: what a cell must at least, and can at most, be.

Every sum is passed over in turn: a whole lies between the sums of its parts' bounds, and a part between what
the whole leaves when all other parts are at their most, and at their least. In a tree of sums the bounds are
the tightest there are; where a cell is part of sums in two directions they may be wider than that (`tightest`
narrows them), but the truth is always inside.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Marks = NDArray[np.bool_]


class NoTruthError(ValueError):
    """The published figures leave no value that some cell can have: its row, its table, and why."""

    def __init__(self, row: int, table: int, why: str) -> None:
        """Take where the cell stands, and what is said of it."""
        super().__init__(f"row {row} of table {table} {why}")
        self.row, self.table = row, table


class Sum(NamedTuple):
    """A cell that is the sum of others.

    Attributes
    ----------
    whole : its row.
    parts : (m,) the rows of the others.
    follows : where in the list the sums stand that it follows from; it is left out where one of them is.
    """

    whole: int
    parts: Integers
    follows: tuple[int, ...] = ()


class Bounds(NamedTuple):
    """What every cell can be.

    Attributes
    ----------
    low, high : (n, k) arrays; infinite where nothing bounds a cell.
    against : (sums, k) whether a sum was left out, as figures contradict it or what it follows from.
    """

    low: Floats
    high: Floats
    against: Marks


def bounds(
    low: Floats, high: Floats, sums: Sequence[Sum], *, tolerance: float = 0.01, rounds: int = 200
) -> Bounds:
    """The bounds that sums give cells which are not negative.

    Parameters
    ----------
    low, high : (n, k) what is known of n cells in k separate tables: of a published cell its rounding, of a
        suppressed one 0 and infinity.
    sums : those that hold in every table.
    tolerance : stop when no bound moves by more; also what a sum may be off by, beyond its rounding.
    rounds : at most; bounds are valid after any number.

    Raises
    ------
    NoTruthError
        Each sum can be true by itself, but not all at once.
    """
    low, high = low.copy(), high.copy()
    against = np.array([_against(low, high, one, tolerance) for one in sums]).reshape(len(sums), -1)
    for at, one in enumerate(sums):
        against[at] |= against[list(one.follows)].any(axis=0)
    for _ in range(rounds):
        before = low.copy(), high.copy()
        # Upwards from the smallest parts, then down again: two passes settle a tree.
        for at in (*reversed(range(len(sums))), *range(len(sums))):
            _narrow(low, high, sums[at], ~against[at])
        if (low > high + tolerance).any():
            row, table = (int(at) for at in np.argwhere(low > high + tolerance)[0])
            least, most = low[row, table], high[row, table]
            raise NoTruthError(row, table, f"would be at least {least:g} and at most {most:g}")
        if _moved(before[0], low) <= tolerance and _moved(before[1], high) <= tolerance:
            break
    return Bounds(low, high, against)


def _against(low: Floats, high: Floats, one: Sum, tolerance: float) -> Marks:
    above: Marks = low[one.parts].sum(axis=0) > high[one.whole] + tolerance
    below: Marks = high[one.parts].sum(axis=0) < low[one.whole] - tolerance
    return above | below


def _narrow(low: Floats, high: Floats, one: Sum, used: Marks) -> None:
    """Narrow the bounds of a sum's whole and parts, in the tables where it is used."""
    at = np.ix_(one.parts, used)
    least, most = low[at], high[at]
    low[one.whole, used] = np.maximum(low[one.whole, used], least.sum(axis=0))
    high[one.whole, used] = np.minimum(high[one.whole, used], most.sum(axis=0))
    open_ended = np.isinf(most)
    closed = np.where(open_ended, 0.0, most)
    others_open = open_ended.sum(axis=0) - open_ended > 0
    others_most = np.where(others_open, np.inf, closed.sum(axis=0) - closed)
    low[at] = np.maximum(least, low[one.whole, used] - others_most)
    high[at] = np.minimum(most, high[one.whole, used] - (least.sum(axis=0) - least))


def _moved(before: Floats, now: Floats) -> float:
    """The farthest that a bound has moved; without end where one was found for what had none."""
    same = before == now
    return float(np.abs(np.where(same, 0.0, before) - np.where(same, 0.0, now)).max(initial=0.0))
