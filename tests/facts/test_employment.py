"""Jobs by county, industry and year: all there, and what the counties leave of the country."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.group import RegionGroup, bundled
from storregion.facts.employment import REST, WIDE_INDUSTRIES, yearly_jobs

GROUP = RegionGroup.read(bundled())


def jobs(country: int, years: tuple[int, ...] = (2020, 2021)) -> pl.DataFrame:
    """Two counties with 5 and 3 thousand in every industry, and a country."""
    rows = [
        (county, year, industry, thousand)
        for county, thousand in (("01", 5), ("03", 3), ("00", country))
        for year in years
        for industry in WIDE_INDUSTRIES
    ]
    return pl.DataFrame(rows, schema=["county", "year", "industry", "employed_thousand"], orient="row")


def test_what_the_counties_leave_is_the_rest_of_the_country() -> None:
    found = yearly_jobs(jobs(20), GROUP)
    assert (found.regions, found.years) == (["01", "03", REST], [2020, 2021])
    assert found.industries == list(WIDE_INDUSTRIES[1:])
    assert [np.unique(found.thousands[at]).tolist() for at in range(3)] == [[5], [3], [12]]


def test_counties_that_are_the_country_leave_nothing() -> None:
    found = yearly_jobs(jobs(8), GROUP)
    assert found.regions == ["01", "03"]
    assert [np.unique(found.thousands[at]).tolist() for at in range(2)] == [[5], [3]]
    # One of a hundred is as much as rounding may leave: of 808 and 809 thousand, 800 are in the counties.
    many = (
        pl.when(pl.col("county") == "00")
        .then("employed_thousand")
        .otherwise(100 * pl.col("employed_thousand"))
    )
    regions = [
        yearly_jobs(jobs(country).with_columns(employed_thousand=many), GROUP).regions[2:]
        for country in (808, 809)
    ]
    assert regions == [[], [REST]]
    # Each of three numbers is rounded to thousands by itself: 8 may be 6.5 to the next, but not less.
    assert yearly_jobs(jobs(7), GROUP).regions == ["01", "03"]
    one = pl.all_horizontal(pl.col("county") == "00", pl.col("year") == 2021, pl.col("industry") == "F")
    wrong = jobs(8).with_columns(employed_thousand=pl.when(one).then(6).otherwise("employed_thousand"))
    with pytest.raises(DataError, match="more jobs in its counties than in the country"):
        yearly_jobs(wrong, GROUP)


def test_what_rounding_takes_below_nothing_is_nothing() -> None:
    # The counties have 5 + 3 of 20 thousand; in construction the country is said to have 7: none are left.
    one = pl.all_horizontal(pl.col("county") == "00", pl.col("industry") == "F")
    rows = jobs(20).with_columns(employed_thousand=pl.when(one).then(7).otherwise("employed_thousand"))
    found = yearly_jobs(rows, GROUP)
    assert found.thousands[2, found.industries.index("F")].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ({"county": "03", "year": 2021, "industry": "F"}, "every county, industry and year 2020–2022; add"),
        ({"year": 2021}, "every county, industry and year 2020–2022; add"),
        ({"county": "00"}, "no rows of the country, '00'"),
    ],
)
def test_what_is_missing_is_refused(left_out: dict[str, Any], message: str) -> None:
    rows = jobs(20, (2020, 2021, 2022))
    kept = rows.filter(~pl.all_horizontal(pl.col(name) == value for name, value in left_out.items()))
    with pytest.raises(DataError, match=message):
        yearly_jobs(kept, GROUP)
