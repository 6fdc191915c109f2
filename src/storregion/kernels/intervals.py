"""How far an estimated flow may be off: intervals that hold the truth in four cases of five.

Two things widen them. Priors that fit the published shares about as well give other flows; and on a complete
national matrix the estimate was off by more than these differ. That second part was measured on the commuting
of Norway in 2017 (Statistics Norway, table 03321, 426 municipalities), whose municipalities are small and far
apart, and falls with the size of the flow: `storregion commuting check` measures it on any matrix.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BELOW, _ABOVE = (1.75, 0.30), (1.15, 0.25)
"""Log distance of the ends of a cell's interval: at one person, and how much less at ten times as many."""
_BANDS, _FACTORS = (20.0, 40.0, 80.0), (1.2, 1.0, 0.82, 0.7)
"""By how much these are longer or shorter below and above so many kilometres."""
_SUM_BELOW, _SUM_ABOVE = (0.72, 0.0), (2.1, 0.55)
"""The log distance for sums of estimated cells into one place."""
_LEAST, _LEAST_OF_SUMS = 0.1, 0.38
"""Log distance below which no interval of an estimate is."""
_Z80 = 1.2816
"""Standard deviations of a normal distribution that hold four fifths of it."""


def apart(flows: Floats, others: Sequence[Floats]) -> Floats:
    """How far estimates from other priors are from one, as a standard deviation of logs.

    Parameters
    ----------
    flows : the estimate, persons.
    others : estimates from other priors, of the same shape.
    """
    logs = [np.log((other + 0.5) / (flows + 0.5)) ** 2 for other in others]
    found: Floats = np.sqrt(np.mean(logs, axis=0)) if logs else np.zeros(flows.shape)
    return found


def of_cells(flows: Floats, deviation: Floats, ceiling: Floats, km: Floats) -> tuple[Floats, Floats]:
    """The ends of the interval of each estimated cell.

    Parameters
    ----------
    flows : persons.
    deviation : of other priors, as `apart` gives it.
    ceiling : the most that what is published allows, persons.
    km : kilometres between the places.

    Returns
    -------
    low, high : of the shape of the flows, persons; low is 0 at least.
    """
    factor = np.array(_FACTORS)[np.searchsorted(_BANDS, km, side="right")]
    down, up = (factor * _length(flows, ends, _LEAST) for ends in (_BELOW, _ABOVE))
    low, high = _ends(flows, deviation, down, up)
    return low, np.maximum(np.minimum(high, ceiling), flows)


def of_sums(flows: Floats) -> tuple[Floats, Floats]:
    """The ends of the interval of sums of estimated cells, as of all who come to a place.

    Parameters
    ----------
    flows : persons, the cells that are known left out.

    Returns
    -------
    low, high : of the shape of the flows, persons; low is 0 at least.
    """
    down, up = (_length(flows, ends, _LEAST_OF_SUMS) for ends in (_SUM_BELOW, _SUM_ABOVE))
    return _ends(flows, np.zeros(flows.shape), down, up)


def _length(flows: Floats, ends: tuple[float, float], least: float) -> Floats:
    found: Floats = np.maximum(ends[0] - ends[1] * np.log10(flows + 1.0), least)
    return found


def _ends(flows: Floats, deviation: Floats, down: Floats, up: Floats) -> tuple[Floats, Floats]:
    extra = _Z80 * deviation
    low = np.maximum((flows + 1.0) * np.exp(-np.hypot(down, extra)) - 1.0, 0.0)
    return low, (flows + 1.0) * np.exp(np.hypot(up, extra)) - 1.0
