"""A linear program by hand, and a solver that prints nothing."""

import numpy as np
import pytest

from storregion.kernels.linear import NoSolutionError, Program, Rows


def test_the_least_of_two_values_that_add_up_to_two(capfd: pytest.CaptureFixture[str]) -> None:
    # x + y is at least 2, and each is 0 to 3.
    row = Rows(
        np.array([0, 2], np.int32), np.array([0, 1], np.int32), np.ones(2), np.array([2.0]), np.array([9.0])
    )
    program = Program(np.zeros(2), np.full(2, 3.0), row)
    for cost, values, least in (
        ([1.0, 2.0], [2, 0], 2.0),
        ([2.0, 1.0], [0, 2], 2.0),
        ([-1.0, 1.0], [3, 0], -3.0),
    ):
        found = program.least(np.array(cost))
        assert found.values == pytest.approx(values)
        assert found.least == pytest.approx(least)
    with pytest.raises(NoSolutionError):
        Program(np.zeros(2), np.full(2, 0.5), row).least(np.ones(2))
    assert capfd.readouterr() == ("", "")
