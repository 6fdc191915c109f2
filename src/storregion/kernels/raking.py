"""Levels brought to totals that are asked for, smaller areas first, as whole persons."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.cohort_rates import whole_numbers
from storregion.kernels.cohorts import NoProjectionError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Asked(NamedTuple):
    """A total that some places are to have together; `members` are their indices."""

    members: Integers
    total: int


def raked(persons: Floats, asked: Sequence[Asked], whole: int) -> Integers:
    """Whole persons of every place so that all totals hold, in proportion to what each had.

    A total binds the members that no smaller total has bound: a county with a total, one of whose
    municipalities has a total of its own, shares out the rest among the others. What is left of the whole
    goes to those bound by none.

    Parameters
    ----------
    persons : (n,) not negative.
    asked : totals of parts, each within or apart from every other.
    whole : what all places are to have together.

    Returns
    -------
    (n,) whole persons.

    Raises
    ------
    NoProjectionError
        A part would have fewer than no people left for those that are not bound, or has people left and
        nobody to give them to; `at` is the place of its total in `asked`, or its length for the whole.

    References
    ----------
    Deming & Stephan (1940), On a least squares adjustment of a sampled frequency table; here the parts are
    nested, so one pass meets them all.
    """
    found, free = np.zeros(len(persons), np.int64), np.ones(len(persons), bool)
    order = sorted(range(len(asked)), key=lambda at: len(asked[at].members))
    everyone = Asked(np.arange(len(persons)), whole)
    for at in (*order, len(asked)):
        part = asked[at] if at < len(asked) else everyone
        open_ones = part.members[free[part.members]]
        left = part.total - int(found[part.members].sum())
        had = float(persons[open_ones].sum())
        if left < 0 or (left > 0 and had <= 0):
            raise CannotRakeError(at, left)
        if had > 0:
            found[open_ones] = whole_numbers(persons[open_ones] * (left / had), left)
        free[part.members] = False
    return found


class CannotRakeError(NoProjectionError):
    """A total that cannot be met: its place among those asked for, and how many people are left to share."""

    def __init__(self, at: int, left: int) -> None:
        """Say which total, and how many are left; below zero where there are too few."""
        super().__init__(f"total {at} leaves {left} people")
        self.at, self.left = at, left
