"""Bounds of suppressed cells: by hand, against all tables there can be, and on random suppression."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.bounds import Floats, NoTruthError, Sum, bounds

INF = np.inf


def total(whole: int, *parts: int, follows: tuple[int, ...] = ()) -> Sum:
    """A sum of rows."""
    return Sum(whole, np.array(parts, np.int64), follows)


def column(*values: float) -> Floats:
    """One table."""
    return np.array(values)[:, np.newaxis]


def test_two_suppressed_of_three_by_hand() -> None:
    # 100 = 30 + a + b: each is between 0 and 70. With a at least 50, b is at most 20.
    sums = [total(0, 1, 2, 3)]
    found = bounds(column(100, 30, 0, 0), column(100, 30, INF, INF), sums)
    assert found.low[:, 0].tolist() == [100, 30, 0, 0]
    assert found.high[:, 0].tolist() == [100, 30, 70, 70]
    found = bounds(column(100, 30, 50, 0), column(100, 30, INF, INF), sums)
    assert found.high[:, 0].tolist() == [100, 30, 70, 20]


def test_a_suppressed_sum_lets_through_what_is_known_above_and_below() -> None:
    # 100 = a + 40, so a = 60 = 25 + b, so b = 35.
    sums = [total(0, 1, 2), total(1, 3, 4)]
    found = bounds(column(100, 0, 40, 25, 0), column(100, INF, 40, 25, INF), sums)
    assert found.low[:, 0].tolist() == found.high[:, 0].tolist() == [100, 60, 40, 25, 35]


def test_rounding_leaves_its_room() -> None:
    # 10 ± 0.5 = 4 ± 0.5 + a: a is between 9.5 − 4.5 = 5 and 10.5 − 3.5 = 7.
    found = bounds(column(9.5, 3.5, 0), column(10.5, 4.5, INF), [total(0, 1, 2)])
    assert (found.low[2, 0], found.high[2, 0]) == (5, 7)


def test_without_a_total_there_is_no_upper_bound() -> None:
    found = bounds(column(0, 30, 0), column(INF, 30, INF), [total(0, 1, 2)])
    assert found.low[:, 0].tolist() == [30, 30, 0]
    assert found.high[:, 0].tolist() == [INF, 30, INF]


def test_a_sum_that_contradicts_its_parts_is_left_out_with_those_that_follow() -> None:
    # In the first table 10 is less than 7 + 8; in the second 20 = 7 + 8 + 5.
    low = np.array([[10.0, 20], [7, 7], [8, 8], [0, 0], [0, 0]])
    high = np.array([[10.0, 20], [7, 7], [8, 8], [INF, INF], [INF, INF]])
    found = bounds(low, high, [total(0, 1, 2, 3), total(4, 0, follows=(0,))])
    assert found.against.tolist() == [[True, False], [True, False]]
    assert found.high[3].tolist() == [INF, 5]
    assert found.high[4].tolist() == [INF, 20]


def test_sums_that_cannot_be_true_at_once_are_refused() -> None:
    # a + b is at most 5 and c at most 3, but the total of a + b and c is 10.
    sums = [total(0, 1, 2), total(1, 3, 4)]
    low, high = column(10, 0, 3, 0, 0), column(10, INF, 3, 2, 3)
    with pytest.raises(NoTruthError, match="row"):
        bounds(low, high, sums)


def all_there_can_be(low: Floats, high: Floats, sums: Sequence[Sum], most: int) -> tuple[Floats, Floats]:
    """The least and the most of every cell over all tables of whole numbers, each tried."""
    wholes = {one.whole for one in sums}
    leaves = [row for row in range(len(low)) if row not in wholes]
    spans = [np.arange(low[row, 0], min(high[row, 0], most) + 1) for row in leaves]
    tried = np.zeros((len(low), int(np.prod([len(span) for span in spans]))))
    tried[leaves] = np.array(np.meshgrid(*spans, indexing="ij")).reshape(len(leaves), -1)
    for one in reversed(sums):
        tried[one.whole] = tried[one.parts].sum(axis=0)
    agrees = ((tried >= low) & (tried <= high)).all(axis=0)
    return tried[:, agrees].min(axis=1), tried[:, agrees].max(axis=1)


# A country of two counties with two and three municipalities.
TREE = [total(0, 1, 2), total(1, 3, 4), total(2, 5, 6, 7)]


@given(st.lists(st.integers(0, 2), min_size=5, max_size=5), st.sets(st.integers(1, 7)))
def test_in_a_tree_the_bounds_are_those_of_all_tables(leaves: list[int], hidden: set[int]) -> None:
    truth = np.array([sum(leaves), sum(leaves[:2]), sum(leaves[2:]), *leaves], float)
    low, high = column(*truth), column(*truth)
    low[list(hidden)], high[list(hidden)] = 0, INF
    least, most = all_there_can_be(low, high, TREE, sum(leaves))
    found = bounds(low, high, TREE)
    np.testing.assert_allclose(found.low[:, 0], least, atol=0.05)
    np.testing.assert_allclose(found.high[:, 0], most, atol=0.05)


@given(st.data())
def test_the_truth_is_always_inside_where_sums_run_both_ways(data: st.DataObject) -> None:
    """Rows and columns of several tables at once, any cell and any total hidden."""
    rows, across, tables = (data.draw(st.integers(1, most)) for most in (5, 5, 3))
    size = (rows + 1) * (across + 1)
    number = np.arange(size).reshape(rows + 1, across + 1)
    inner = data.draw(
        st.lists(st.integers(0, 1000), min_size=rows * across * tables, max_size=rows * across * tables)
    )
    truth = np.zeros((rows + 1, across + 1, tables))
    truth[1:, 1:] = np.array(inner, float).reshape(rows, across, tables)
    truth[0], truth[:, 0] = truth[1:].sum(axis=0), truth[:, 1:].sum(axis=1)
    truth[0, 0] = truth[0, 1:].sum(axis=0)
    sums = [total(number[0, at], *number[1:, at]) for at in range(across + 1)]
    sums += [total(number[at, 0], *number[at, 1:]) for at in range(rows + 1)]
    flat = truth.reshape(size, tables)
    hidden = np.array(
        data.draw(st.lists(st.booleans(), min_size=size * tables, max_size=size * tables))
    ).reshape(size, tables)
    low, high = np.where(hidden, 0.0, flat), np.where(hidden, INF, flat)
    found = bounds(low, high, sums)
    assert not found.against.any()
    assert (found.low <= flat + 0.05).all()
    assert (found.high >= flat - 0.05).all()
    assert (found.low >= low - 1e-9).all()
    # Consistent with every sum: no whole is outside what its parts allow.
    for one in sums:
        assert (found.low[one.whole] >= found.low[one.parts].sum(axis=0) - 0.1).all()
        assert (found.high[one.whole] <= found.high[one.parts].sum(axis=0) + 0.1).all()
