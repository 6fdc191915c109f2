"""Shift-share: how far the counties' jobs grew with the country, with their industries, and by themselves."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import SettingError
from storregion.core.group import RegionGroup
from storregion.core.table import weakest
from storregion.facts.employment import (
    REST,
    WIDE_INDUSTRIES,
    EmploymentIndustryYearly,
    YearlyJobs,
    yearly_jobs,
)

PARTS = ("growth", "national", "mix", "regional")
SHIFT_SHARE = columns.schema(
    "shift_share",
    __name__,
    columns.county(key=True),
    columns.whole("since", "year", key=True),
    columns.whole("until", "year", key=True),
    columns.code("industry", key=True, choices=WIDE_INDUSTRIES),
    columns.number("jobs", "thousand_jobs", least=0.0),
    *(columns.number(part, "thousand_jobs") for part in PARTS),
    *(columns.number(f"{part}_percent", "percent", absent="percent_absent") for part in PARTS),
)
ShiftShare = Annotated[pl.DataFrame, SHIFT_SHARE]


def shift_share(
    employment_industry_yearly: EmploymentIndustryYearly,
    group: RegionGroup,
    *,
    years: tuple[int, ...] = (2000, 2008, 2017),
) -> ShiftShare:
    """The growth of jobs in each county by industry and in all, between years and over all of them.

    Parameters
    ----------
    employment_industry_yearly : jobs by county, industry and year.
    group : the code of the country.
    years : the ends of the periods; the last row of periods is from the first to the last.

    Raises
    ------
    SettingError
        A year is not in the table, or the years do not rise.
    """
    found = yearly_jobs(employment_industry_yearly, group)
    if len(years) < 2 or list(years) != sorted(set(years)):
        raise SettingError(f"shift_share.years = {list(years)}; give at least two years in rising order")
    if lost := [year for year in years if year not in found.years]:
        raise SettingError(
            f"shift_share.years has {lost}; employment_industry_yearly has {found.years[0]}–{found.years[-1]}"
        )
    whole = [(years[0], years[-1])] if len(years) > 2 else []
    rows = [row for since, until in (*pairwise(years), *whole) for row in _period(found, since, until)]
    basis = employment_industry_yearly.select(weakest()).item()
    return _with_percent(pl.DataFrame(rows, orient="row", schema=_NAMES)).with_columns(basis=pl.lit(basis))


_NAMES = ["county", "since", "until", "industry", "jobs", *PARTS]


def _period(found: YearlyJobs, since: int, until: int) -> Iterator[tuple[str | int | float, ...]]:
    """A row for each county and industry, and one for all industries of the county."""
    from storregion.kernels.shift_share import decomposed

    then, now = (found.thousands[:, :, year - found.years[0]] for year in (since, until))
    parts = decomposed(then, now, then.sum(axis=0), now.sum(axis=0))
    numbers = np.stack([then, now - then, *parts])
    for r, county in enumerate(found.regions):
        if county == REST:
            continue
        yield (county, since, until, "total", *numbers[:, r].sum(axis=1).tolist())
        for i, industry in enumerate(found.industries):
            yield (county, since, until, industry, *numbers[:, r, i].tolist())


def _with_percent(rows: pl.DataFrame) -> pl.DataFrame:
    """Growth and its parts per hundred jobs at the start; not where there were none."""
    some = pl.col("jobs") > 0
    parts = {f"{name}_percent": pl.when(some).then(100.0 * pl.col(name) / pl.col("jobs")) for name in PARTS}
    reason = pl.when(~some).then(pl.lit("not_applicable"))
    names = [column.name for column in SHIFT_SHARE.columns if column.name != "basis"]
    return rows.with_columns(**parts, percent_absent=reason).select(names)
