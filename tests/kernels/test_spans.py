"""Broken series: changes by hand, and a break that is never bridged whatever the years and values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.spans import BrokenSpanError, unbroken, yearly_changes


def test_changes_by_hand() -> None:
    # 2016 to 2017 +10 %; 2018 a break; 2018 to 2019 -5 %; 2020 missing from the years.
    years = np.array([2016, 2017, 2018, 2019, 2021])
    found = yearly_changes(years, np.array([2.0, 2.2, 1.0, 0.95, 1.0]), {2018})
    assert np.isnan(found[[0, 2, 4]]).all()
    assert found[[1, 3]] == pytest.approx([0.1, -0.05])


@given(
    st.integers(2, 30), st.sets(st.integers(2000, 2030), max_size=5), st.lists(st.floats(0.1, 9), min_size=30)
)
def test_a_break_is_never_bridged(count: int, breaks: set[int], values: list[float]) -> None:
    """What lies before a break changes no change after it, and the year of a break has none."""
    years = np.arange(2000, 2000 + count)
    before = np.array(values[:count])
    found = yearly_changes(years, before, breaks)
    for year in breaks & set(years.tolist()):
        assert np.isnan(found[year - 2000])
        scaled = np.where(years < year, before * 7.0, before)
        then = yearly_changes(years, scaled, breaks)
        assert np.allclose(found, then, equal_nan=True)


@given(st.integers(1990, 2030), st.integers(1990, 2030), st.sets(st.integers(1990, 2030), max_size=4))
def test_a_change_across_a_break_is_refused(one: int, two: int, breaks: set[int]) -> None:
    first, last = sorted((one, two))
    across = [year for year in breaks if first < year <= last]
    if not across:
        unbroken(first, last, breaks)
        return
    with pytest.raises(BrokenSpanError, match=f"a break in {min(across)} lies between {first} and {last}"):
        unbroken(first, last, breaks)
