"""Which stops of two feeds are one place: within 250 metres on the ground, also where degrees are narrow."""

import math

import polars as pl
import pytest

from storregion.core import geodesy
from storregion.sources.gtfs.overlaps import NEAR, same_places

DEGREE = 1000 * geodesy.EARTH_KM * math.pi / 180
"""Metres of a degree of latitude."""


def stops(*points: tuple[float, float]) -> pl.DataFrame:
    """Stops of one name at (latitude, longitude)."""
    rows = [(f"{at}", "Torget", *point) for at, point in enumerate(points)]
    return pl.DataFrame(rows, ["stop_id", "name", "latitude", "longitude"], orient="row")


@pytest.mark.parametrize("latitude", [0.0, 55.0, 59.3, 68.0])
@pytest.mark.parametrize("metres", [10.0, 0.98 * NEAR, 1.02 * NEAR, 1.9 * NEAR])
def test_metres_to_the_east_are_metres_on_the_ground(latitude: float, metres: float) -> None:
    """At 60° a degree of longitude is half as long as at the equator: 240 m are 480 m of latitude's degrees.

    Wherever the pair lies in the grid that pairs are looked for in.
    """
    apart = metres / (DEGREE * math.cos(math.radians(latitude)))
    for step in range(40):
        west = 15.0 + step * 37.0 / DEGREE
        found = same_places(stops((latitude, west), (latitude, west + apart)))
        assert (found[0] == found[1]) == (metres < NEAR), step


def test_metres_to_the_north_are_so_everywhere() -> None:
    for step in range(40):
        south = 59.0 + step * 37.0 / DEGREE
        for metres in (0.98 * NEAR, 1.02 * NEAR):
            found = same_places(stops((south, 15.0), (south + metres / DEGREE, 15.0)))
            assert (found[0] == found[1]) == (metres < NEAR), step
