"""Balancing and gravity: published coefficients, an independent regression, and what must always hold."""

from random import Random
from typing import get_args

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.kernels.oracles import deterrence

from storregion.kernels.balance import Form, NoBalanceError, balanced, calibrated

Matrix = NDArray[np.float64]
FORMS: tuple[Form, ...] = get_args(Form)


def between(numbers: list[float]) -> Matrix:
    """A 9 × 9 matrix from its cells row by row, without the diagonal."""
    found = np.zeros((9, 9))
    found[~np.eye(9, dtype=np.bool_)] = numbers
    return found


# Internal migration between the nine NUTS 2 regions of Austria, persons, and distances in km: Dennett (2012),
# Estimating flows between geographical locations: 'get me started in' spatial interaction modelling, UCL CASA
# Working Paper 184. The same paper gives the coefficients below for the doubly constrained model.
# fmt: off
MIGRANTS = between([
    1131, 1887, 69, 738, 98, 31, 43, 19,
    1633, 14055, 416, 1276, 1850, 388, 303, 159,
    2301, 20164, 1080, 1831, 1943, 742, 674, 407,
    85, 379, 1597, 1608, 328, 317, 469, 114,
    762, 1110, 2973, 1252, 1081, 622, 425, 262,
    196, 2027, 3498, 346, 1332, 2144, 821, 274,
    49, 378, 1349, 310, 851, 2117, 630, 106,
    87, 424, 978, 490, 670, 577, 546, 569,
    33, 128, 643, 154, 328, 199, 112, 587,
])
KILOMETRES = between([
    103.001845, 84.204666, 220.811933, 132.00748, 214.511814, 246.933305, 390.85611, 505.089539,
    103.001845, 45.796272, 216.994739, 129.878172, 140.706671, 201.232355, 343.50075, 453.515594,
    84.204666, 45.796272, 249.932874, 158.630661, 186.420738, 244.108305, 387.61776, 498.407152,
    220.811933, 216.994739, 249.932874, 92.407958, 151.777157, 92.894408, 194.851669, 306.105825,
    132.00748, 129.878172, 158.630661, 92.407958, 124.563096, 122.433524, 261.893783, 376.34667,
    214.511814, 140.706671, 186.420738, 151.777157, 124.563096, 81.753652, 208.456383, 314.793199,
    246.933305, 201.232355, 244.108305, 92.894408, 122.433524, 81.753652, 145.076472, 258.591197,
    390.85611, 343.50075, 387.61776, 194.851669, 261.893783, 208.456383, 145.076472, 114.46325,
    505.089539, 453.515594, 498.407152, 306.105825, 376.34667, 314.793199, 258.591197, 114.46325,
])
# fmt: on
PUBLISHED: dict[Form, float] = {"exp": -0.007915333, "power": -1.264082533}
APART = ~np.eye(9, dtype=np.bool_)


def poisson(flows: Matrix, measure: Matrix, counted: NDArray[np.bool_]) -> tuple[float, Matrix]:
    """A Poisson regression with an effect per row and column, by reweighted least squares."""
    n, m = flows.shape
    row, column = np.nonzero(counted)
    flow, cost = flows[counted], measure[counted]
    effects = np.hstack([np.eye(n)[row], np.eye(m)[column][:, 1:], cost[:, None]])
    log = np.log(flow + 0.5)
    for _ in range(50):
        expected = np.exp(log)
        weight = np.sqrt(expected)
        answer = np.linalg.lstsq(effects * weight[:, None], (log + flow / expected - 1) * weight, rcond=None)[
            0
        ]
        log = effects @ answer
    found = np.zeros(flows.shape)
    found[counted] = np.exp(log)
    return float(answer[-1]), found


@pytest.mark.parametrize("form", FORMS)
def test_the_published_coefficient_is_found(form: Form) -> None:
    beta, predicted = calibrated(MIGRANTS, KILOMETRES, form, counted=APART)
    assert beta == pytest.approx(PUBLISHED[form], abs=1e-8)
    assert predicted.sum(axis=1) == pytest.approx(MIGRANTS.sum(axis=1), rel=1e-9)
    assert predicted.sum(axis=0) == pytest.approx(MIGRANTS.sum(axis=0), rel=1e-9)
    assert (predicted[~APART] == 0).all()


@pytest.mark.parametrize("form", FORMS)
def test_it_equals_a_poisson_regression_with_row_and_column_effects(form: Form) -> None:
    measure = KILOMETRES if form == "exp" else np.log(np.where(APART, KILOMETRES, 1))
    expected, fitted = poisson(MIGRANTS, measure, APART)
    beta, predicted = calibrated(MIGRANTS, KILOMETRES, form, counted=APART)
    assert beta == pytest.approx(expected, rel=1e-9)
    assert predicted == pytest.approx(fitted, rel=1e-8)


@pytest.mark.parametrize("form", FORMS)
def test_another_unit_of_cost_changes_no_flow(form: Form) -> None:
    beta, predicted = calibrated(MIGRANTS, KILOMETRES, form, counted=APART)
    in_metres, again = calibrated(MIGRANTS, KILOMETRES * 1000, form, counted=APART)
    assert in_metres == pytest.approx(beta / 1000 if form == "exp" else beta, rel=1e-9)
    assert again == pytest.approx(predicted, rel=1e-8)


@given(st.integers(0, 2**32), st.sampled_from(FORMS), st.sampled_from([-3.0, -0.8, -0.05, 0.4]))
@settings(deadline=None, max_examples=40)
def test_a_known_coefficient_is_recovered(seed: int, form: Form, beta: float) -> None:
    source = np.random.default_rng(seed)
    n, m = source.integers(3, 12, 2)
    cost = source.uniform(0.3, 4, (n, m))
    margins = source.gamma(1, 100, (n, m)) + 1
    flows = balanced(deterrence(cost, beta, form), margins.sum(axis=1), margins.sum(axis=0), tolerance=1e-12)
    found, predicted = calibrated(flows, cost, form)
    assert found == pytest.approx(beta, abs=1e-6)
    assert predicted == pytest.approx(flows, rel=1e-5)


def test_a_place_that_is_small_beside_the_others_bears_no_more_than_rounding() -> None:
    # From one person to a hundred million: of such a total, rounding alone is a part of 1e-8 of the smallest.
    source = np.random.default_rng(0)
    people = 10.0 ** source.permutation(np.linspace(0, 8, 60))
    where = source.uniform(0, 100, (60, 2))
    cost = np.hypot(*(where[:, None] - where).T) + 1
    apart = ~np.eye(60, dtype=np.bool_)
    flows = np.where(apart, np.outer(people, people) * np.exp(-0.05 * cost) / people.sum(), 0.0)
    beta, predicted = calibrated(flows, cost, "exp", counted=apart)
    assert beta == pytest.approx(-0.05, rel=1e-9)
    assert predicted == pytest.approx(flows, rel=1e-6)


# ---- balancing

# Weights that differ more balance more slowly than the rounds allow, and are refused.
POSITIVE = st.floats(0.1, 10)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Matrix, Matrix, Matrix]:
    """A seed, and the margins of some other table."""
    shape = draw(st.tuples(st.integers(1, 8), st.integers(1, 8)))
    seed, other = (draw(hnp.arrays(np.float64, shape, elements=POSITIVE)) for _ in range(2))
    return seed, other.sum(axis=1), other.sum(axis=0)


@given(tables())
@settings(deadline=None)
def test_margins_are_kept(case: tuple[Matrix, Matrix, Matrix]) -> None:
    seed, rows, columns = case
    table = balanced(seed, rows, columns)
    assert table.sum(axis=1) == pytest.approx(rows, rel=1e-9)
    assert table.sum(axis=0) == pytest.approx(columns, rel=1e-9)
    assert (table > 0).all()


@given(tables(), st.data())
@settings(deadline=None)
def test_factors_of_rows_and_columns_of_the_seed_change_nothing(
    case: tuple[Matrix, Matrix, Matrix], data: st.DataObject
) -> None:
    seed, rows, columns = case
    by_row = data.draw(hnp.arrays(np.float64, (len(rows), 1), elements=POSITIVE))
    by_column = data.draw(hnp.arrays(np.float64, len(columns), elements=POSITIVE))
    assert balanced(seed * by_row * by_column, rows, columns) == pytest.approx(
        balanced(seed, rows, columns), rel=1e-6
    )


@given(tables(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_rows_and_columns_changes_nothing(
    case: tuple[Matrix, Matrix, Matrix], random: Random
) -> None:
    seed, rows, columns = case
    by_row, by_column = list(range(len(rows))), list(range(len(columns)))
    random.shuffle(by_row)
    random.shuffle(by_column)
    table = balanced(seed[np.ix_(by_row, by_column)], rows[by_row], columns[by_column])
    assert table == pytest.approx(balanced(seed, rows, columns)[np.ix_(by_row, by_column)], rel=1e-8)


def test_balancing_by_hand() -> None:
    # The odds ratio 4 · 1 / (1 · 1) stays: with all margins 3, x² / (3 - x)² = 4 gives x = 2.
    table = balanced(np.array([[4.0, 1.0], [1.0, 1.0]]), np.full(2, 3.0), np.full(2, 3.0))
    assert table == pytest.approx(np.array([[2, 1], [1, 2]]), rel=1e-9)


def test_zeros_stay_and_empty_margins_are_empty() -> None:
    seed = np.array([[1.0, 0.0, 2.0], [3.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    table = balanced(seed, np.array([2.0, 5.0, 0.0]), np.array([3.0, 2.0, 2.0]))
    assert (table[seed == 0] == 0).all()
    assert (table[2] == 0).all()
    assert table.sum(axis=0) == pytest.approx([3, 2, 2])
    assert balanced(np.zeros((0, 0)), np.zeros(0), np.zeros(0)).shape == (0, 0)
    assert (balanced(np.ones((2, 2)), np.zeros(2), np.zeros(2)) == 0).all()


ONES = np.ones((3, 3))
BLOCKS = np.array([[1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0]])


@pytest.mark.parametrize(
    ("seed", "rows", "columns", "what"),
    [
        (ONES, [1, 2, 3], [1, 2, 4], "rows add up to .*6.*7"),
        (ONES, [1, -2, 7], [1, 2, 3], "rows 1 are negative"),
        (ONES, [1, 2, 3], [1, float("nan"), 3], "columns 1 are negative or not finite"),
        (ONES, [1, 2], [1, 2], "shape"),
        (ONES * [[1], [-1], [1]], [1, 2, 3], [1, 2, 3], r"seed cells \[1, 0\], \[1, 1\], \[1, 2\]"),
        (ONES * [[1], [0], [1]], [1, 2, 3], [1, 2, 3], "no room for rows 1"),
        (ONES * [1, 1, 0], [1, 2, 3], [1, 2, 3], "no room for columns 2"),
        # Row 2 reaches column 0 alone, which wants less.
        (np.array([[1, 1, 1], [1, 1, 1], [1, 0, 0]]), [1, 2, 3], [2, 2, 2], "no room for rows 2"),
        # Each row could be held by its columns, but rows 0 and 1 together not.
        (BLOCKS, [2, 2, 1, 1], [1, 2, 1, 2], "rows 0, 1, 2, 3 are still off after"),
    ],
)
def test_margins_that_do_not_fit_are_named(
    seed: Matrix, rows: list[float], columns: list[float], what: str
) -> None:
    with pytest.raises(NoBalanceError, match=what):
        balanced(np.asarray(seed, np.float64), np.array(rows, float), np.array(columns, float), steps=2000)


# ---- what cannot be calibrated


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "cost",
    [
        np.full((4, 4), 7.0),
        np.multiply.outer([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 5.0, 9.0]),
        np.add.outer([1.0, 2.0, 3.0, 4.0], [2.0, 3.0, 5.0, 9.0]),
    ],
)
def test_costs_that_the_margins_cancel_are_reported(form: Form, cost: Matrix) -> None:
    flows = np.ones((4, 4)) + np.eye(4)
    parts_cancel = np.allclose(cost, cost[0, 0]) or (form == "power") == (cost[1, 0] == 2 * cost[0, 0])
    if parts_cancel:
        with pytest.raises(NoBalanceError, match="any β gives the same flows"):
            calibrated(flows, cost, form)
    else:
        assert np.isfinite(calibrated(flows, cost, form)[0])


STEPS = np.abs(np.subtract.outer(np.arange(5.0), np.arange(5.0)))


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("flows", [np.diag([1.0, 2, 3, 4, 5]), np.eye(5)[::-1] * 3])
def test_flows_at_the_edge_of_the_margins_have_no_coefficient(flows: Matrix, scale: float) -> None:
    # Nobody leaves, or all go as far as the margins allow: however steep, the model falls short.
    with pytest.raises(NoBalanceError, match=r"no β was found|any β beyond"):
        calibrated(flows, STEPS * scale, "exp")


def test_flows_that_ignore_cost_have_coefficient_nought() -> None:
    flows = np.multiply.outer([1.0, 2, 3, 4, 5], [5.0, 1, 2, 8, 1])
    assert calibrated(flows, STEPS, "exp")[0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("flows", "cost", "form", "what"),
    [
        (np.zeros((2, 2)), np.ones((2, 2)), "exp", "nobody moves"),
        (np.ones((2, 2)), np.array([[1.0, 0.0], [1.0, 1.0]]), "power", r"costs \[0, 1\]"),
        (np.ones((2, 2)), np.array([[1.0, 1.0], [np.inf, 1.0]]), "exp", r"costs \[1, 0\]"),
        (np.array([[1.0, 1.0], [1.0, -1.0]]), np.ones((2, 2)), "exp", r"flows \[1, 1\]"),
        (np.ones((2, 2)), np.ones((2, 3)), "exp", "shape"),
    ],
)
def test_flows_and_costs_that_cannot_be_are_named(flows: Matrix, cost: Matrix, form: Form, what: str) -> None:
    with pytest.raises(NoBalanceError, match=what):
        calibrated(flows, cost, form)


def test_a_place_without_flows_takes_no_part() -> None:
    flows, cost = np.zeros((10, 10)), np.ones((10, 10))
    flows[:9, :9], cost[:9, :9] = MIGRANTS, KILOMETRES
    counted = np.zeros((10, 10), np.bool_)
    counted[:9, :9] = APART
    cost[9, :] = np.inf
    assert calibrated(flows, cost, "exp", counted=counted)[0] == pytest.approx(PUBLISHED["exp"], abs=1e-8)
