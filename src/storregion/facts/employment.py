"""Who works in which industry, who is out of work, and what work can be done from home."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup

INDUSTRIES = ("A", "B+C", "D+E", "F", "G", "H", "I", "J", "K", "L", "M+N", "O", "P", "Q", "R+S+T+U")
WIDE_INDUSTRIES = ("total", "A", "B-E", "F", "G-I", "J", "K", "L", "M-N", "O-Q", "R-U")

WIDE_OF = {
    "A": "A", "B+C": "B-E", "D+E": "B-E", "F": "F", "G": "G-I", "H": "G-I", "I": "G-I", "J": "J", "K": "K",
    "L": "L", "M+N": "M-N", "O": "O-Q", "P": "O-Q", "Q": "O-Q", "R+S+T+U": "R-U",
}  # fmt: skip
"""The wide industry of the national accounts that each industry of the register belongs to."""

EMPLOYMENT_INDUSTRY = columns.schema(
    "employment_industry",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.whole("employed_residents", "employed", least=0),
    columns.whole("jobs", "jobs", least=0),
)
EmploymentIndustry = Annotated[pl.DataFrame, EMPLOYMENT_INDUSTRY]

EMPLOYMENT_INDUSTRY_YEARLY = columns.schema(
    "employment_industry_yearly",
    __name__,
    columns.county(key=True, refers=("counties and country", "county")),
    columns.year(),
    columns.code("industry", key=True, choices=WIDE_INDUSTRIES),
    columns.whole("employed_thousand", "thousand_employed", least=0),
)
EmploymentIndustryYearly = Annotated[pl.DataFrame, EMPLOYMENT_INDUSTRY_YEARLY]

EMPLOYMENT_RATES = columns.schema(
    "employment_rates",
    __name__,
    columns.year(),
    columns.code("age_class", key=True, pattern=r"\d\d-\d\d"),
    columns.sex(),
    columns.share("rate"),
)
EmploymentRates = Annotated[pl.DataFrame, EMPLOYMENT_RATES]

UNEMPLOYMENT = columns.schema(
    "unemployment",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.number("unemployment_percent", "percent", least=0, most=100),
)
Unemployment = Annotated[pl.DataFrame, UNEMPLOYMENT]

REMOTE_WORK = columns.schema(
    "remote_work",
    __name__,
    columns.code("industry", key=True, pattern=r"[A-U]\d\d(-\d\d)?"),
    columns.share("remote_share"),
)
RemoteWork = Annotated[pl.DataFrame, REMOTE_WORK]


REST = "rest"
"""The part of the country outside the counties that have jobs by industry and year."""


@dataclass(frozen=True)
class YearlyJobs:
    """Jobs by region, industry and year as an array; the regions are the whole country.

    Attributes
    ----------
    regions : counties in order of code, and last the rest of the country where there is one.
    years : in order, none missing.
    industries : those of the yearly table but the total.
    thousands : (r, i, t) thousands of employed people.
    """

    regions: list[str]
    years: list[int]
    industries: list[str]
    thousands: NDArray[np.float64]


def yearly_jobs(employment_industry_yearly: pl.DataFrame, group: RegionGroup) -> YearlyJobs:
    """The table `employment_industry_yearly` as an array, with what the counties leave of the country.

    Parameters
    ----------
    employment_industry_yearly : jobs of counties and the country.
    group : the code of the country.

    Raises
    ------
    DataError
        The country, a year or a cell is missing, or counties have more jobs than the country.
    """
    name = "employment_industry_yearly"
    industries = [one for one in WIDE_INDUSTRIES if one != "total"]
    rows = employment_industry_yearly.filter(pl.col("industry") != "total")
    areas, years = (rows[key].unique().sort().to_list() for key in ("county", "year"))
    country = group.country.code if group.country else None
    if country not in areas:
        raise DataError(
            f"{name} has no rows of the country, {country!r}; add them, and its code to group.toml"
        )
    counties = [area for area in areas if area != country]
    axes = {"county": [*counties, country], "industry": industries, "year": years}
    shape = tuple(len(axis) for axis in axes.values())
    if rows.height != np.prod(shape) or years != list(range(years[0], years[0] + len(years))):
        raise DataError(
            f"{name} must have every county, industry and year {years[0]}–{years[-1]}; add the rest"
        )
    order = [pl.col(key).replace_strict(axis, range(len(axis))) for key, axis in axes.items()]
    found = rows.sort(order)["employed_thousand"].to_numpy().reshape(shape).astype(np.float64)
    rest = found[-1] - found[:-1].sum(axis=0)
    # Each cell is rounded by itself, so nothing may look like a little less.
    if (rest < -0.5 * len(counties) - 0.5).any():
        raise DataError(f"{name} has more jobs in its counties than in the country; correct it")
    if rest.sum() < 0.01 * found[-1].sum():
        return YearlyJobs(counties, years, industries, found[:-1])
    regions = np.concatenate([found[:-1], np.maximum(rest, 0.0)[None]])
    return YearlyJobs([*counties, REST], years, industries, regions)
