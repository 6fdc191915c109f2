"""The tightest bounds of suppressed cells: by hand, and against all tables there can be."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.bounds import Bounds, Floats, NoTruthError, Sum, bounds
from storregion.kernels.crossed_bounds import tightest

INF = np.inf


def column(*values: float) -> Floats:
    """One table."""
    return np.array(values)[:, np.newaxis]


def total(whole: int, *parts: int) -> Sum:
    """A sum of rows."""
    return Sum(whole, np.array(parts, np.int64))


def both(low: Floats, high: Floats, sums: Sequence[Sum]) -> tuple[Bounds, Bounds]:
    """One sum at a time, and all together, for every cell that is not known."""
    found = bounds(low, high, sums)
    return found, tightest(found, sums, low != high)


# Rows 5–7 have the totals 30, 20, 50, columns 8–10 the totals 25, 20, 55. Of the cells
#   a b e    30
#   c d 0    20
#   0 0 f    50
# all letters are suppressed. The first two rows less the first two columns leave e = 30 + 20 − 25 − 20 = 5.
CROSSED = [total(6, 0, 1, 4), total(7, 2, 3), total(8, 0, 2), total(9, 1, 3), total(10, 4, 5)]


def test_a_cell_that_only_all_sums_together_give_by_hand() -> None:
    low = column(0, 0, 0, 0, 0, 50, 30, 20, 25, 20, 0)
    high = column(INF, INF, INF, INF, INF, 50, 30, 20, 25, 20, INF)
    loose, tight = both(low, high, CROSSED)
    # One at a time: c is at most 20, so a is at least 5, so e is at most 25.
    assert (loose.low[4, 0], loose.high[4, 0]) == (0, 25)
    assert (tight.low[4, 0], tight.high[4, 0]) == (5, 5)
    # a + b = 25, a + c = 25, c + d = 20, b + d = 20: b = c = 25 − a and d = a − 5, so a is between 5 and 25.
    assert tight.low[:4, 0].tolist() == [5, 0, 0, 0]
    assert tight.high[:4, 0].tolist() == [25, 20, 20, 20]
    assert (tight.low[10, 0], tight.high[10, 0]) == (55, 55)


def test_rounding_of_every_total_leaves_its_room_by_hand() -> None:
    # Each of four totals is off by at most 0.5, so that e is between 5 − 2 and 5 + 2.
    low = column(0, 0, 0, 0, 0, 50, 29.5, 19.5, 24.5, 19.5, 0)
    high = column(INF, INF, INF, INF, INF, 50, 30.5, 20.5, 25.5, 20.5, INF)
    _, tight = both(low, high, CROSSED)
    assert (tight.low[4, 0], tight.high[4, 0]) == (3, 7)


def test_a_difference_of_two_open_sums_is_found() -> None:
    # W = a + b and W = a + 5, where nothing bounds W or a: b = 5 all the same.
    sums = [total(0, 1, 2), total(0, 1, 3)]
    loose, tight = both(column(0, 0, 0, 5), column(INF, INF, INF, 5), sums)
    assert (loose.low[2, 0], loose.high[2, 0]) == (0, INF)
    assert (tight.low[2, 0], tight.high[2, 0]) == (5, 5)
    assert tight.high[:2, 0].tolist() == [INF, INF]


def test_cells_without_end_are_told_from_cells_that_open_ones_bound() -> None:
    # W = a + b + c, V = a + d and d + c = 5: W, V, a and b have no end, but c and d are at most 5.
    sums = [total(0, 2, 3, 4), total(1, 2, 5), total(6, 4, 5)]
    low, high = column(0.0, 0, 0, 0, 0, 0, 5), column(INF, INF, INF, INF, INF, INF, 5)
    _, tight = both(low, high, sums)
    assert tight.high[:, 0].tolist() == [INF, INF, INF, INF, 5, 5, 5]
    # With V = W, a + d = a + b + c: b = d − c is at most 5, too, and c at most d, so at most 2.5.
    again = [*sums, total(0, 1)]
    _, tight = both(low, high, again)
    assert tight.high[:, 0].tolist() == [INF, INF, INF, 5, 2.5, 5, 5]
    assert tight.low[:, 0].tolist() == [2.5, 2.5, 0, 0, 0, 2.5, 5]


def test_sums_that_only_together_cannot_be_true_are_refused() -> None:
    # Rows add up to two million and columns to two more; one sum at a time moves a bound by two a round.
    sums = [total(4, 0, 1), total(5, 2, 3), total(6, 0, 2), total(7, 1, 3)]
    million = 1_000_000
    low = column(0, 0, 0, 0, million, million, million, million + 2)
    high = column(INF, INF, INF, INF, million, million, million, million + 2)
    with pytest.raises(NoTruthError, match="cannot be true with all other figures"):
        both(low, high, sums)


def test_cells_that_are_not_wanted_and_sums_left_out_change_nothing() -> None:
    low = column(0, 0, 0, 0, 0, 50, 30, 20, 25, 20, 0)
    high = column(INF, INF, INF, INF, INF, 50, 30, 20, 25, 20, INF)
    found = bounds(low, high, CROSSED)
    unwanted = tightest(found, CROSSED, np.zeros(low.shape, bool))
    np.testing.assert_array_equal(unwanted.high, found.high)
    against = found.against.copy()
    against[1] = True
    # Without the second row's sum only the others hold: e can again be 0, with a = 25 and b = 5.
    without = tightest(Bounds(found.low, found.high, against), CROSSED, low != high)
    assert (without.low[4, 0], without.high[4, 0]) == (0, 25)


def crossed(rows: int, across: int) -> list[Sum]:
    """The sums of a table with totals in its first row and column, in both directions."""
    number = np.arange((rows + 1) * (across + 1)).reshape(rows + 1, across + 1)
    sums = [Sum(int(number[0, at]), number[1:, at]) for at in range(across + 1)]
    return sums + [Sum(int(number[at, 0]), number[at, 1:]) for at in range(rows + 1)]


def with_totals(inner: Floats) -> Floats:
    """A table with its totals, flat."""
    whole = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1))
    whole[1:, 1:] = inner
    whole[0], whole[:, 0] = whole[1:].sum(axis=0), whole[:, 1:].sum(axis=1)
    whole[0, 0] = inner.sum()
    return whole.ravel()


@given(
    st.lists(st.integers(0, 2), min_size=6, max_size=6),
    st.sets(st.integers(0, 11)),
)
def test_the_bounds_are_those_of_all_tables_that_there_can_be(inner: list[int], hidden: set[int]) -> None:
    """Every table of two by three whole numbers is tried: the bounds of two-way tables are whole numbers."""
    truth = with_totals(np.array(inner, float).reshape(2, 3))
    low, high = truth[:, np.newaxis].copy(), truth[:, np.newaxis].copy()
    low[list(hidden)], high[list(hidden)] = 0, 13
    tried = np.array(np.meshgrid(*[np.arange(3.0)] * 6, indexing="ij")).reshape(6, -1)
    # Cells are at most 2 here, as their published totals may leave more; so are the bounds that are given.
    inside = [row for row in range(12) if row >= 4 and row % 4]
    high[inside] = np.minimum(high[inside], 2)
    every = np.array([with_totals(one.reshape(2, 3)) for one in tried.T]).T
    fits = every[:, ((every >= low) & (every <= high)).all(axis=0)]
    _, tight = both(low, high, crossed(2, 3))
    np.testing.assert_allclose(tight.low[:, 0], fits.min(axis=1), atol=1e-6)
    np.testing.assert_allclose(tight.high[:, 0], fits.max(axis=1), atol=1e-6)


@given(st.data())
def test_the_truth_is_inside_and_no_bound_is_wider(data: st.DataObject) -> None:
    """Two tables of any size at once, published with rounding, any cell and any total hidden."""
    rows, across = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    size, many = (rows + 1) * (across + 1), rows * across
    numbers = st.lists(st.integers(0, 1000), min_size=many, max_size=many)
    tables = [np.array(data.draw(numbers), float).reshape(rows, across) + 0.25 for _ in range(2)]
    truth = np.stack([with_totals(one) for one in tables], axis=1)
    marks = st.lists(st.booleans(), min_size=2 * size, max_size=2 * size)
    hidden = np.array(data.draw(marks)).reshape(size, 2)
    low = np.where(hidden, 0.0, np.maximum(np.round(truth) - 0.5, 0.0))
    high = np.where(hidden, INF, np.round(truth) + 0.5)
    sums = crossed(rows, across)
    found = bounds(low, high, sums)
    tight = tightest(found, sums, hidden)
    assert (tight.low <= truth + 1e-6).all()
    assert (tight.high >= truth - 1e-6).all()
    assert (tight.low >= found.low).all()
    assert (tight.high <= found.high).all()
