"""Access that counts who competes for what is reached: the two-step floating catchment area.

A place of supply j gives each of those who reach it R_j = S_j / Σ_i D_i, over the places i that reach it; a
place of demand i has A_i = Σ_j R_j, over the supply within its reach. Nobody is served twice: Σ_i D_i·A_i is
the supply that somebody reaches.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Cells = NDArray[np.bool_]


class NoAccessError(ValueError):
    """Supply, demand or reach that no access can be made of."""


def supply_per_person(supply: Floats, demand: Floats, reached: Cells) -> Floats:
    """The first step: what each place of supply has for each of those who reach it.

    Parameters
    ----------
    supply : (m,) what there is at each place, not negative.
    demand : (n,) persons who may want it, not negative.
    reached : (n, m) whether those of a place reach that supply.

    Returns
    -------
    (m,) supply per person; not a number where nobody reaches it.

    Raises
    ------
    NoAccessError
        The shapes do not fit, or a number is negative or not finite.

    References
    ----------
    Luo & Wang (2003), Measures of spatial accessibility to health care in a GIS environment.
    """
    if reached.shape != (*demand.shape, *supply.shape) or reached.ndim != 2:
        raise NoAccessError(f"{demand.shape} demand and {supply.shape} supply do not fit {reached.shape}")
    for name, values in (("supply", supply), ("demand", demand)):
        wrong = ~(np.isfinite(values) & (values >= 0))
        if wrong.any():
            raise NoAccessError(f"{name} {np.flatnonzero(wrong)[:10].tolist()} is negative or not finite")
    persons = demand @ reached
    found: Floats = np.divide(supply, persons, out=np.full(len(supply), np.nan), where=persons > 0)
    return found


def access(per_person: Floats, reached: Cells) -> Floats:
    """The second step: what one person of each place has within reach, all who compete counted.

    Parameters
    ----------
    per_person : (m,) of `supply_per_person`.
    reached : (k, m) whether a place reaches that supply; the places may be others than those of the demand.

    Returns
    -------
    (k,) supply per person; 0 where nothing is reached. Supply that none of the demand reaches gives nothing.
    """
    found: Floats = reached.astype(np.float64) @ np.nan_to_num(per_person, nan=0.0)
    return found
