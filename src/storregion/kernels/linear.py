"""Linear programs by HiGHS: the least of a weighted sum over values that satisfy linear rows and bounds."""

from typing import NamedTuple

import highspy
import numpy as np
from highspy import HighsModelStatus
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DUAL, PRIMAL = 1, 4
"""Which simplex method begins: primal where only the weights change from one run to the next."""


class Rows(NamedTuple):
    """Weighted sums of the values, each between its bounds.

    Attributes
    ----------
    start : (rows + 1,) where each row's terms begin in the next two.
    value : (terms,) which value each term is of.
    weight : (terms,) its weight.
    low, high : (rows,) bounds of each sum.
    """

    start: Integers
    value: Integers
    weight: Floats
    low: Floats
    high: Floats


class Solved(NamedTuple):
    """The values that make the weighted sum least.

    Attributes
    ----------
    values : (n,) the values.
    least : the weighted sum; minus infinity where it has no least, and the values say nothing.
    """

    values: Floats
    least: float


class NoSolutionError(ValueError):
    """No values satisfy all rows and bounds."""


class UnsettledError(RuntimeError):
    """The solver stopped without an answer; the message says how."""


class _Quiet(highspy.Highs):
    """A solver that prints nothing."""

    def __init__(self) -> None:
        # The constructor passed over prints the solver's name before it can be silenced.
        super(highspy.Highs, self).__init__()
        self.silent()


class Program:
    """A program that is solved again and again with other weights, each time from where it stood.

    Parameters
    ----------
    low, high : (n,) bounds of the values.
    rows : what the values have to satisfy.
    method : the simplex method.
    """

    def __init__(self, low: Floats, high: Floats, rows: Rows, method: int = PRIMAL) -> None:
        """Hand the program to the solver, with all weights zero."""
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(low), len(rows.low)
        model.col_cost_, model.col_lower_, model.col_upper_ = np.zeros(len(low)), low, high
        model.row_lower_, model.row_upper_ = rows.low, rows.high
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_, model.a_matrix_.index_ = rows.start, rows.value
        model.a_matrix_.value_ = rows.weight
        self._cost = np.zeros(len(low))
        self._solver = _Quiet()
        for option, value in _options(method).items():
            self._solver.setOptionValue(option, value)
        self._solver.passModel(model)

    def least(self, cost: Floats) -> Solved:
        """The values whose sum, weighted by cost, is least.

        Raises
        ------
        NoSolutionError
            No values satisfy the rows and bounds.
        UnsettledError
            The solver gives no answer, from where it stood nor afresh.
        """
        changed = np.flatnonzero(cost != self._cost).astype(np.int32)
        self._solver.changeColsCost(len(changed), changed, cost[changed])
        self._cost = cost.copy()
        status = self._run()
        if status not in _ANSWERS:
            self._solver.clearSolver()
            status = self._run()
        if status == HighsModelStatus.kInfeasible:
            raise NoSolutionError("no values satisfy all rows and bounds")
        if status not in _ANSWERS:
            raise UnsettledError(f"HiGHS stopped: {self._solver.modelStatusToString(status)}")
        values = np.array(self._solver.getSolution().col_value)
        least = -np.inf if status == HighsModelStatus.kUnbounded else float(cost @ values)
        return Solved(values, least)

    def prices(self) -> Floats:
        """How much the least of the last run grows for each unit that both bounds of a row are raised by."""
        return np.array(self._solver.getSolution().row_dual)

    def _run(self) -> HighsModelStatus:
        self._solver.run()
        return self._solver.getModelStatus()


_ANSWERS = (HighsModelStatus.kOptimal, HighsModelStatus.kInfeasible, HighsModelStatus.kUnbounded)


def _options(method: int) -> dict[str, str | int | float]:
    """What makes the solver give the same answer every time, and begin where it stood."""
    return {
        "solver": "simplex",
        "simplex_strategy": method,
        "presolve": "off" if method == PRIMAL else "on",
        "threads": 1,
        "random_seed": 0,
        # Sums of cells need no perturbation against cycling; without it most runs are shorter.
        "primal_simplex_bound_perturbation_multiplier": 0.0,
    }


def rows_of(row: Integers, value: Integers, weight: Floats, low: Floats, high: Floats) -> Rows:
    """Rows from their terms in any order.

    Parameters
    ----------
    row, value, weight : (terms,) the row of each term, the value it is of, and its weight.
    low, high : (rows,) bounds of each sum.
    """
    order = np.argsort(row, kind="stable")
    start = np.searchsorted(row[order], np.arange(len(low) + 1))
    return Rows(start, value[order], weight[order], low, high)
