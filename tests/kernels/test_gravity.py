"""The gravity model of flows between places: a model's own flows, deviance and harmonic distances by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.balance import balanced
from storregion.kernels.gravity import deviance, fitted, harmonic, strength


def test_deviance_by_hand() -> None:
    # 2·(20·ln 2 − 10 + 0 − 5): the cell where nobody is observed counts its 5 predicted.
    flows, said = np.array([[20.0, 0.0]]), np.array([[10.0, 5.0]])
    counted = np.ones((1, 2), np.bool_)
    assert deviance(flows, said, counted) == pytest.approx(2 * (20 * np.log(2) - 10 + 5))
    assert deviance(flows, flows, counted) == 0


@pytest.mark.parametrize("form", ["exp", "power"])
def test_flows_of_the_model_itself_are_explained_wholly(form: str) -> None:
    cost = np.abs(np.subtract.outer(np.arange(5.0) ** 1.5, np.arange(5.0) ** 1.5)) + np.eye(5)
    apart = ~np.eye(5, dtype=np.bool_)
    weight = np.where(apart, np.exp(-0.4 * (cost if form == "exp" else np.log(cost))), 0.0)
    margin = np.array([50.0, 80.0, 40.0, 60.0, 30.0])
    flows = balanced(weight, margin, margin)
    fit = fitted(flows + np.diag([900.0] * 5), cost, form)  # type: ignore[arg-type]
    assert fit.beta == pytest.approx(-0.4, rel=1e-6)
    assert fit.explained == pytest.approx(1.0, abs=1e-9)
    assert fit.predicted == pytest.approx(flows, rel=1e-6)


def test_harmonic_distances_by_hand() -> None:
    # Group 0 is one point; group 1 two, 10 and 40 away, with three and one residents:
    # 1 / (3/4·1/10 + 1/4·1/40) = 1 / 0.08125. Where points of one group lie does not matter within it.
    distance = np.array([[0.0, 10.0, 40.0], [10.0, 0.0, 30.0], [40.0, 30.0, 0.0]])
    found = harmonic(distance, np.array([7.0, 3.0, 1.0]), np.array([0, 1, 1]))
    assert found == pytest.approx(np.array([[0, 1 / 0.08125], [1 / 0.08125, 0]]))


@given(st.lists(st.floats(1.0, 500.0), min_size=2, max_size=12))
def test_a_harmonic_distance_lies_between_the_nearest_and_the_mean(away: list[float]) -> None:
    size = len(away) + 1
    distance = np.zeros((size, size))
    distance[0, 1:] = distance[1:, 0] = away
    group = np.array([0] + [1] * len(away))
    between = harmonic(distance, np.ones(size), group)[0, 1]
    assert min(away) * (1 - 1e-9) <= between <= np.mean(away) * (1 + 1e-9)


def test_a_pair_is_judged_only_where_both_forms_agree() -> None:
    seen = np.array([50.0, 100, 160, 50, 300])
    low, high = np.array([100.0, 100, 100, 60, 150]), np.array([120.0, 140, 100, 100, 310])
    # 50/100 at most: weak. 100/140 to 100/100: as expected. 160/100: strong. 50/100 to 50/60: both sides of
    # 0.67. 300/310 to 300/150: both sides of 1/0.67.
    found = strength(seen, low, high, 0.67)
    assert found[:3].tolist() == [-1.0, 0.0, 1.0]
    assert np.isnan(found[3:]).all()
