"""Distances on the sphere: by hand, beside the ellipsoid, and as a distance must behave."""

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.core.geodesy import EARTH_KM, degrees, distances, metres

NORTH = st.floats(-90, 90)
EAST = st.floats(-180, 180)
POINT = st.tuples(NORTH, EAST)


def test_the_radius_is_the_mean_of_the_ellipsoid() -> None:
    ellipsoid = pyproj.Geod(ellps="GRS80")
    assert pytest.approx((2 * ellipsoid.a + ellipsoid.b) / 3000, abs=1e-4) == EARTH_KM


@pytest.mark.parametrize(
    ("start", "end", "share"),
    [
        ((0, 0), (1, 0), 1 / 360),  # a degree of a meridian
        ((60, 15), (90, 0), 30 / 360),  # up to the pole, whatever the longitude
        ((0, -170), (0, 170), 20 / 360),  # across the date line
        ((0, 0), (0, 180), 1 / 2),  # as far as one can come
        ((59.3, 18.1), (59.3, 18.1), 0),
        # From 0° to 90° along 60°: the angle has the cosine sin² 60° = 3/4.
        ((60, 0), (60, 90), np.arccos(3 / 4) / (2 * np.pi)),
    ],
)
def test_shares_of_a_great_circle(start: tuple[float, float], end: tuple[float, float], share: float) -> None:
    assert distances(*start, *end) == pytest.approx([share * 2 * np.pi * EARTH_KM], abs=1e-6)


@given(POINT, POINT)
def test_distances_are_those_of_the_ellipsoid_within_the_tolerance_of_a_sphere(
    start: tuple[float, float], end: tuple[float, float]
) -> None:
    _, _, metres = pyproj.Geod(ellps="GRS80").inv(start[1], start[0], end[1], end[0])
    assert distances(*start, *end) == pytest.approx([metres / 1000], rel=0.006, abs=1e-6)


@given(POINT, POINT, POINT)
def test_it_is_a_distance(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    there, back, on, whole = (distances(*one, *other)[0] for one, other in ((a, b), (b, a), (b, c), (a, c)))
    assert there == pytest.approx(back, abs=1e-3)
    assert 0 <= whole <= there + on + 1e-3


def test_points_pair_by_pair_and_what_has_no_point() -> None:
    found = distances([0, 0, np.nan], [0, 0, 0], [1, 0, 1], [0, 2, 0])
    degree = EARTH_KM * np.pi / 180
    np.testing.assert_allclose(found, [degree, 2 * degree, np.nan], rtol=1e-12)


def test_metres_on_the_national_grid() -> None:
    # On the central meridian, 15° E, east is 500 km; the equator is north 0. The scale there is 0.9996, and
    # 60° N lies 6 654 072.8 m along the meridian of GRS 80: times 0.9996, 6 651 411.2 m.
    east, north = metres([15.0, 15.0], [0.0, 60.0])
    np.testing.assert_allclose(east, 500_000, atol=0.05)
    np.testing.assert_allclose(north, [0, 6_651_411.2], atol=0.05)


@given(st.floats(10, 25), st.floats(55, 70))
def test_back_from_the_grid_is_where_one_began(longitude: float, latitude: float) -> None:
    found = np.ravel(degrees(*metres([longitude], [latitude])))
    assert found == pytest.approx([longitude, latitude], abs=1e-8)
