"""Jobs to come that meet the employed people, with those that a scenario gives, by hand."""

import numpy as np
import pytest

from storregion.core.errors import DataError
from storregion.studies.job_demand import _met

JOBS = np.array([[6.0, 2.0], [2.0, 0.0]])


def test_given_jobs_stand_and_the_others_share_the_rest() -> None:
    # 23 people, 3 jobs given: 20 are left for 10, so that each is doubled.
    given = np.array([[0.0, 3.0], [0.0, 0.0]])
    assert _met(JOBS, given, 23.0, 2030) == pytest.approx(np.array([[12.0, 7.0], [4.0, 0.0]]))


def test_all_the_jobs_of_an_industry_may_go_and_no_more() -> None:
    # 10 people and 7 taken: 17 to share by 10, so that 6 are 10.2, of which 7 go.
    taken = np.array([[-7.0, 0.0], [0.0, 0.0]])
    assert _met(JOBS, taken, 10.0, 2030).sum() == pytest.approx(10.0)
    for given in (np.array([[0.0, 0.0], [0.0, -1.0]]), np.array([[11.0, 0.0], [0.0, 0.0]])):
        with pytest.raises(DataError, match="take more jobs from a county's industry in 2030 than it has"):
            _met(JOBS, given, 10.0, 2030)
