"""Changes of a series that is broken in some years: between two breaks, and never across one."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class BrokenSpanError(ValueError):
    """A change was asked for across a year in which the series is not the same thing as before."""

    def __init__(self, first: int, last: int, broken: int) -> None:
        """Say which change, and the first break within it."""
        super().__init__(f"a break in {broken} lies between {first} and {last}")
        self.broken = broken


def unbroken(first: int, last: int, breaks: Collection[int]) -> None:
    """Refuse a change across a break.

    Parameters
    ----------
    first, last : the years that are compared, in that order.
    breaks : years from which the series is not comparable with the years before.

    Raises
    ------
    BrokenSpanError
        A break lies after the first year, up to the last.
    """
    for year in sorted(breaks):
        if first < year <= last:
            raise BrokenSpanError(first, last, year)


def yearly_changes(years: Integers, values: Floats, breaks: Collection[int]) -> Floats:
    """The change of each year from the one before, as a ratio less 1.

    Parameters
    ----------
    years : (n,) rising.
    values : (n,) above zero; not a number where one is missing.
    breaks : as of `unbroken`.

    Returns
    -------
    (n,) changes; not a number for the first year, after a gap, and in the year of a break.
    """
    found = np.full(len(values), np.nan)
    for at in range(1, len(values)):
        if years[at] - years[at - 1] == 1 and years[at] not in breaks:
            found[at] = values[at] / values[at - 1] - 1.0
    return found
