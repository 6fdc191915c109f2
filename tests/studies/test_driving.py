"""Minutes by car: the fit by hand, and what the bundled estimate says of pairs that anyone can check."""

import numpy as np
import polars as pl
import pytest

from storregion.core.workspace import Workspace
from storregion.facts.roads import DRIVE_TIMES
from storregion.studies.driving import (
    DRIVE_ERRORS,
    ROAD_ESTIMATE,
    ROAD_KM,
    Cities,
    _fit,
    drive_errors,
    road_estimate,
    road_km,
)

# On one meridian 0.9 degrees apart: about 100.2 km from A to B and from B to C in SWEREF 99 TM.
POINTS = pl.DataFrame(
    {
        "locality": ["A", "B", "C"],
        "latitude": [59.0, 59.9, 60.8],
        "longitude": [15.0] * 3,
        "basis": "observed",
    }
)


def published(*rows: tuple[str, str, float, float | None]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in DRIVE_TIMES.columns}
    made = [(*row, None if row[3] is not None else "missing", "x", "observed") for row in rows]
    return pl.DataFrame(made, schema=types, orient="row")


def test_speed_and_ends_are_those_of_times_that_follow_a_line() -> None:
    # 90 km/h and 12 minutes at the ends: 120 km are 92 minutes, 240 km 172; both ways alike.
    rows = published(("A", "B", 120.0, 92.0), ("B", "A", 120.0, 92.0), ("A", "C", 240.0, 172.0))
    (made,) = ROAD_ESTIMATE.check(road_estimate(rows, POINTS), maker="the test").rows(named=True)
    assert (made["fitted"], made["known_times"], made["known_distances"]) == ("yes", 3, 3)
    assert made["road_kmh"] == pytest.approx(90)
    assert made["ends_minutes"] == pytest.approx(12)
    assert made["mean_error"] == pytest.approx(0, abs=1e-9)
    # 120 km over 100.2 is 1.197.
    assert made["detour"] == pytest.approx(1.197, abs=0.002)
    errors = DRIVE_ERRORS.check(drive_errors(rows, POINTS, road_estimate(rows, POINTS)), maker="the test")
    assert errors["off"].abs().max() == pytest.approx(0, abs=0.5)


def test_without_enough_published_times_what_is_assumed_stands_and_says_so() -> None:
    rows = published(("A", "B", 120.0, 92.0), ("A", "C", 240.0, None))
    made = road_estimate(rows, POINTS, detour=1.3, kmh=80.0, ends_minutes=10.0).row(0, named=True)
    assert (made["fitted"], made["basis"], made["detour"]) == ("no", "assumed", 1.3)
    # 10 minutes and 120 km at 80 km/h are 100: 8 more than published.
    assert made["mean_error"] == pytest.approx(8)
    none = road_estimate(rows.clear(), POINTS).row(0, named=True)
    assert (none["mean_error"], none["error_absent"]) == (None, "missing")


def test_an_estimate_above_what_is_published_is_off_upwards() -> None:
    # 10 minutes, and 100.2 km × 1.3 at 80 km/h, which takes 97.7: 107.7, 15.7 more than the 92 published.
    rows = published(("A", "B", 120.0, 92.0))
    made = road_estimate(rows, POINTS, detour=1.3, kmh=80.0, ends_minutes=10.0)
    row = drive_errors(rows, POINTS, made).row(0, named=True)
    assert (row["estimated"], row["off"]) == (pytest.approx(107.7, abs=0.1), pytest.approx(15.7, abs=0.1))


def test_no_road_is_shorter_than_the_straight_line() -> None:
    # Points stand for whole localities, so 95 published km lie under 100.2: that is no detour, not 0.95.
    rows = published(("A", "B", 95.0, 80.0), ("B", "C", 95.0, 80.0), ("A", "C", 190.0, 150.0))
    assert road_estimate(rows, POINTS)["detour"].to_list() == [1.0]


def test_road_distances_are_means_of_both_ways_between_sure_localities() -> None:
    # 120 km there and 124 back are 122 either way. Node r is only assumed to lie in C.
    nodes = pl.DataFrame({"node": ["p", "q", "r"]})
    within = pl.DataFrame(
        {"node": ["p", "q", "r"], "locality": ["A", "B", "C"], "basis": ["observed", "observed", "assumed"]}
    )
    rows = published(("A", "B", 120.0, 92.0), ("B", "A", 124.0, None), ("A", "C", 240.0, 172.0))
    found = ROAD_KM.check(road_km(rows, Cities(nodes, within)), maker="the test")
    assert found.select("origin", "destination", "km").rows() == [("p", "q", 122.0), ("q", "p", 122.0)]


def test_the_bundled_estimate_is_near_what_is_published(bundled: Workspace) -> None:
    fit = bundled.table("road_estimate").row(0, named=True)
    assert 85 <= fit["road_kmh"] <= 105
    assert fit["mean_error"] < 8
    car = {
        (row["origin"], row["destination"]): row["car_minutes"]
        for row in bundled.table("travel_ratios").filter(period="morning").iter_rows(named=True)
    }
    # Two hours to two and a quarter are published for Örebro–Stockholm, about an hour for Uppsala–Stockholm.
    assert 120 <= car["orebro", "stockholm"] <= 145
    assert 55 <= car["uppsala", "stockholm"] <= 66
    assert 105 <= car["gavle", "stockholm"] <= 135


def test_times_that_would_begin_below_0_begin_at_0() -> None:
    """5 minutes for 10 km and 15 for 20 lie on a line from −5. By relative errors through 0: 104 km/h.

    Minutes by 60 km are x = 120 and 80 of each minute at a pace of 1 minute a km; the best pace is
    (120 + 80) / (120² + 80²).
    """
    ends, kmh = _fit(np.array([10.0, 20.0]), np.array([5.0, 15.0]))
    assert (ends, kmh) == pytest.approx((0.0, 104.0))
