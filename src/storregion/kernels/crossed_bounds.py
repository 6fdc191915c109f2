"""The tightest bounds of suppressed cells, where sums run in more than one direction.

Passing over one sum at a time gives the tightest bounds only where cells and sums form a tree (`bounds`).
Elsewhere the least and the most of a cell, over all tables in which every sum is true, is a linear program.
Each connected part of a table is one program, solved with other weights for each cell and side. A side that
some solution happens to reach is settled, as no bound is tighter than a table that exists.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from storregion.kernels.bounds import Bounds, Floats, Integers, Marks, NoTruthError, Sum
from storregion.kernels.linear import NoSolutionError, Program, Rows, rows_of

DECIMALS = 6
"""As near as the solver comes; its answers are rounded to so many."""
FEW = 3
"""As many sides must one run for all of them settle for another such run."""
SIGNS = np.array([1.0, -1.0])
"""A cell's two sides: its least, and the least of its negative."""


class _Part(NamedTuple):
    """Cells that sums connect: their rows, the sums among them, and what fixed cells add to each of those."""

    cells: Integers
    sums: list[tuple[Integers, Floats]]
    fixed: Floats


def tightest(found: Bounds, sums: Sequence[Sum], wanted: Marks, *, tolerance: float = 0.01) -> Bounds:
    """The bounds that all sums together give the cells that are wanted.

    Parameters
    ----------
    found : what `bounds` has found of n cells in k tables, and which sums it left out.
    sums : the sums it was given.
    wanted : (n, k) the cells whose bounds are to be the tightest.
    tolerance : what a sum may be off by where no table makes all of them exact.

    Returns
    -------
    Bounds that are nowhere wider than those found.

    Raises
    ------
    NoTruthError
        No table makes all sums true.
    """
    low, high = found.low.copy(), found.high.copy()
    for table in range(low.shape[1]):
        used = [one for one, against in zip(sums, found.against[:, table], strict=True) if not against]
        for part in _parts(low[:, table], high[:, table], used):
            asked = np.flatnonzero(wanted[part.cells, table])
            if not len(asked) or _is_tree(part):
                continue
            within = low[part.cells, table], high[part.cells, table]
            sides = _sides(part, within, asked, tolerance)
            if sides is None:
                raise NoTruthError(int(part.cells[asked[0]]), table, "cannot be true with all other figures")
            low[part.cells[asked], table], high[part.cells[asked], table] = sides[0], -sides[1]
    return Bounds(low, high, found.against)


def _parts(low: Floats, high: Floats, sums: Sequence[Sum]) -> Iterator[_Part]:
    """The connected parts of a table: cells that are free, and the sums with some of them."""
    free = high > low
    label = np.where(free, np.arange(len(low)), -1)
    members = [np.array([one.whole, *one.parts], np.int64) for one in sums]
    weights = [np.array([-1.0, *np.ones(len(one.parts))]) for one in sums]
    inside = [cells[free[cells]] for cells in members]
    changed = True
    while changed:
        changed = False
        for cells in inside:
            if len(cells) and (label[cells] != (lowest := label[cells].min())).any():
                label[cells], changed = lowest, True
    place = np.zeros(len(low), np.int64)
    of_label: dict[int, list[int]] = {}
    for number, cells in enumerate(inside):
        if len(cells):
            of_label.setdefault(int(label[cells[0]]), []).append(number)
    for value, numbers in of_label.items():
        own = np.flatnonzero(label == value)
        place[own] = np.arange(len(own))
        terms, fixed = [], []
        for number in numbers:
            cells, weight = members[number], weights[number]
            terms.append((place[cells[free[cells]]], weight[free[cells]]))
            fixed.append(float(weight[~free[cells]] @ low[cells[~free[cells]]]))
        yield _Part(own, terms, np.array(fixed))


def _is_tree(part: _Part) -> bool:
    """Whether one sum at a time is enough: no way leads from a cell over sums back to itself."""
    return sum(len(cells) for cells, _ in part.sums) == len(part.cells) + len(part.sums) - 1


def _sides(part: _Part, within: tuple[Floats, Floats], asked: Integers, tolerance: float) -> Floats | None:
    """The least of the cells asked for, and of their negatives; none where no values make the sums true."""
    limit = np.stack([within[0][asked], -within[1][asked]])
    still = np.stack([np.ones(len(asked), bool), ~_endless(part, within[1])[asked]])
    for slack in (0.0, tolerance):
        program = Program(*within, _rows(part, -part.fixed - slack, -part.fixed + slack))
        try:
            return _tightened(program, len(part.cells), asked, limit, still)
        except NoSolutionError:
            continue
    return None


def _rows(part: _Part, low: Floats, high: Floats) -> Rows:
    """The sums of a part, each between its bounds."""
    row = np.repeat(np.arange(len(part.sums)), [len(cells) for cells, _ in part.sums])
    value = np.concatenate([cells for cells, _ in part.sums])
    return rows_of(row, value, np.concatenate([weights for _, weights in part.sums]), low, high)


def _endless(part: _Part, high: Floats) -> Marks:
    """The cells that can be of any size: those that some change raises which leaves sums and bounds alone.

    Such changes add up to one that raises all of these cells. It is looked for as one that raises as many as
    it can by 1, each cell's change in two parts of which the first is at most 1.
    """
    endless = np.isinf(high)
    many, zero = len(high), np.zeros(len(part.sums))
    if endless.any():
        twice = [(np.concatenate([cells, cells + many]), np.tile(weights, 2)) for cells, weights in part.sums]
        most = np.concatenate([endless.astype(np.float64), np.where(endless, np.inf, 0.0)])
        program = Program(np.zeros(2 * many), most, _rows(part._replace(sums=twice), zero, zero))
        cost = np.concatenate([-np.ones(many), np.zeros(many)])
        endless = program.least(cost).values[:many] > 0.5
    return endless


def _tightened(program: Program, size: int, asked: Integers, limit: Floats, still: Marks) -> Floats:
    """Both sides of the cells asked for: first of as many at once as settle, then each by itself.

    `still` marks the sides that are not settled.
    """
    answer, still = limit.copy(), still.copy()

    def least(side: int, cells: Marks | int) -> float:
        cost = np.zeros(size)
        cost[asked[cells]] = SIGNS[side]
        solved = program.least(cost)
        if np.isfinite(solved.least):
            still[SIGNS[:, np.newaxis] * solved.values[asked] <= limit + 10.0**-DECIMALS] = False
        return solved.least

    for side in (0, 1):
        before = still.sum() + FEW
        while before - still.sum() >= FEW:
            before = still.sum()
            least(side, still[side])
    for side, cell in np.argwhere(still).tolist():
        if still[side, cell]:
            still[side, cell] = False
            found = np.round(least(side, cell), DECIMALS)
            answer[side, cell] = max(answer[side, cell], found)
    return answer
