"""The estimate tried on known matrices: it finds its own model again, and its intervals hold the truth."""

import csv
import gzip
import math
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from storregion.kernels import intervals, trial
from storregion.kernels.trial import Trial

Matrix = NDArray[np.float64]
SHARED = Path(os.environ.get("STORREGION_SHARED", Path(__file__).parents[3] / "shared"))


def test_the_interval_of_a_flow_by_hand() -> None:
    # 99 people 30 km away: log10(100) = 2, so e^-(1.75 - 0.6) and e^(1.15 - 0.5) of 100, less the one added.
    flows, none = np.array([99.0]), np.zeros(1)
    low, high = intervals.of_cells(flows, none, np.array([1e9]), np.array([30.0]))
    assert low == pytest.approx(100 * math.exp(-1.15) - 1)
    assert high == pytest.approx(100 * math.exp(0.65) - 1)
    # Nobody passes the largest destination.
    assert intervals.of_cells(flows, none, np.array([120.0]), np.array([30.0]))[1] == 120
    # Other estimates apart by 0.5 widen it: √(0.65² + (1.2816 · 0.5)²) = 0.913.
    wider = intervals.of_cells(flows, np.array([0.5]), np.array([1e9]), np.array([30.0]))[1]
    assert wider == pytest.approx(100 * math.exp(0.9128) - 1, rel=1e-3)
    # Far away the estimate was off by less: 0.7 of the length.
    assert intervals.of_cells(flows, none, np.array([1e9]), np.array([90.0]))[1] == pytest.approx(
        100 * math.exp(0.7 * 0.65) - 1
    )


def test_few_people_may_be_nobody_and_many_are_surer() -> None:
    flows = np.array([0.0, 2.0, 50.0, 5000.0])
    low, high = intervals.of_cells(flows, np.zeros(4), np.full(4, 1e9), np.full(4, 30.0))
    assert (low[:2] == 0).all()
    assert (low <= flows).all()
    assert (flows <= high).all()
    assert (np.diff((high + 1) / (flows + 1)) < 0).all()
    low, high = intervals.of_sums(flows)
    assert (low <= flows).all()
    assert (flows <= high).all()


def test_how_far_estimates_are_apart() -> None:
    # ln(20.5 / 10.5) = 0.669 and 0: the root of the mean square is 0.473.
    assert intervals.apart(np.array([10.0]), [np.array([20.0]), np.array([10.0])]) == pytest.approx(
        0.473, abs=1e-3
    )
    assert intervals.apart(np.array([10.0]), []).tolist() == [0.0]


def test_the_errors_of_two_cells_by_hand() -> None:
    matrix = np.array([[50.0, 10, 0], [0, 50, 0], [6, 0, 50]])
    flows = np.array([[50.0, 6, 4], [0, 50, 0], [6, 0, 50]])
    spread = np.array([[False, True, False], [False, False, False], [True, False, False]])
    found = Trial(flows, flows - 3, flows + 3, spread, 10.0)
    band = trial.band(matrix, found, np.ones((3, 3), bool))
    # 16 between places observed, 16 estimated; min(10, 6) + min(6, 6) = 12 of them in common.
    assert (band.observed, band.estimated, band.common) == (16, 16, 0.75)
    # Of the two estimated cells, 10 lies outside 3 to 9 and 6 inside.
    assert (band.cells, band.covered) == (2, 0.5)
    near, *others = trial.by_distance(matrix, np.full((3, 3), 5.0), found)
    assert near == band
    assert all(one.cells == 0 and math.isnan(one.covered) for one in others)


def norway() -> tuple[Matrix, Matrix, NDArray[np.int64]]:
    """Commuting in Norway 2017 (Statistics Norway, table 03321), kilometres, and counties."""
    folder = SHARED / "data" / "commuting"
    if not (folder / "norway_2017.csv.gz").is_file():
        pytest.skip("no complete matrix: STORREGION_SHARED names no folder with data/commuting in it")
    with (folder / "norway_points_utm33.csv").open(encoding="utf-8") as file:
        points = {row["code"]: (float(row["x"]) / 1e3, float(row["y"]) / 1e3) for row in csv.DictReader(file)}
    codes = sorted(points)
    index = {code: at for at, code in enumerate(codes)}
    matrix = np.zeros((len(codes), len(codes)))
    with gzip.open(folder / "norway_2017.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            matrix[index[row["home"]], index[row["work"]]] += float(row["persons"])
    x, y = np.array([points[code] for code in codes]).T
    counties = sorted({code[:2] for code in codes})
    groups = np.array([counties.index(code[:2]) for code in codes])
    return matrix, np.hypot(x[:, None] - x, y[:, None] - y), groups


def test_four_fifths_of_the_intervals_hold_the_truth_in_norway() -> None:
    matrix, km, groups = norway()
    found = trial.trial(matrix, km, groups)
    everywhere = trial.band(matrix, found, km >= 0)
    # 0.77 with a single exponential, 0.80 with two scales, 0.83 with the flows between counties besides.
    assert everywhere.common > 0.84
    assert everywhere.covered == pytest.approx(0.8, abs=0.02)
    bands = trial.by_distance(matrix, km, found)
    for band in bands:
        assert 0.75 <= band.covered <= 0.85
        assert band.cells > 500
    # Beyond 80 km a single exponential has a tenth of those who go there.
    far = bands[3:]
    assert sum(b.estimated for b in far) == pytest.approx(sum(b.observed for b in far), rel=0.05)
    # So do sums of estimated cells into a place.
    sums, seen = (np.where(found.spread, flows, 0.0).sum(axis=0) for flows in (found.flows, matrix))
    low, high = intervals.of_sums(sums)
    large = sums >= 100
    assert ((seen >= low) & (seen <= high))[large].mean() == pytest.approx(0.85, abs=0.05)
