"""Distances on the earth, taken as a sphere."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Kilometres: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

EARTH_KM = 6371.0088
"""Mean radius of the earth: (2a + b) / 3 of the ellipsoid GRS 80 (Moritz, Geodetic Reference System 1980)."""


def distances(
    from_north: ArrayLike, from_east: ArrayLike, to_north: ArrayLike, to_east: ArrayLike
) -> Kilometres:
    """Kilometres along great circles between points, pair by pair, by the haversine formula.

    On the ellipsoid the distances are at most 0.6 % shorter or longer.

    Parameters
    ----------
    from_north, from_east : latitudes and longitudes where the lines start, in degrees; (n,) or one number.
    to_north, to_east : where they end, likewise. What is NaN gives NaN.

    Returns
    -------
    (n,) kilometres.
    """
    start, end = np.radians(from_north), np.radians(to_north)
    turn = np.radians(np.subtract(to_east, from_east))
    half = np.sin((end - start) / 2) ** 2 + np.cos(start) * np.cos(end) * np.sin(turn / 2) ** 2
    # Rounding may lift what is half around the earth a hair above 1.
    return np.atleast_1d(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0))))
