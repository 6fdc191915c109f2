"""Jobs to come by county and industry: the country's industries, each county's share, and its people."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, SettingError
from storregion.core.group import RegionGroup
from storregion.core.operations import assumed_in, in_force
from storregion.core.table import weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.employment import (
    INDUSTRIES,
    WIDE_OF,
    EmploymentIndustry,
    EmploymentIndustryYearly,
    yearly_jobs,
)
from storregion.kernels.shift_share import Past, carried
from storregion.studies.employment_hindcasts import GrowthRule
from storregion.studies.employment_operations import EmploymentOperations
from storregion.studies.labour_supply import LabourSupply

Floats = NDArray[np.float64]

JOB_DEMAND = columns.schema(
    "job_demand",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("given", "jobs"),
)
JobDemand = Annotated[pl.DataFrame, JOB_DEMAND]


class Industries(NamedTuple):
    """Jobs by county and industry, in the register's year and in the years of the national accounts."""

    employment_industry: EmploymentIndustry
    employment_industry_yearly: EmploymentIndustryYearly
    population_yearly: PopulationYearly


def job_demand(
    industries: Industries,
    labour_supply: LabourSupply,
    employment_operations: EmploymentOperations,
    group: RegionGroup,
    *,
    rule: GrowthRule = GrowthRule(),  # noqa: B008 - frozen
) -> JobDemand:
    """The jobs of every county by industry, adding up to the country's employed people in every year.

    Levels are the register's; only the pace of change is the national accounts', whose levels cannot be
    compared with them. The pace fades from the register's year on.

    Parameters
    ----------
    industries : jobs by county and industry, and population.
    labour_supply : people, employed people and the jobs of each county at the start.
    employment_operations : jobs that a scenario gives; all others have as many less in proportion.
    group : the code of the country.
    rule : how jobs go on; as for `employment_hindcast_cases`.

    Raises
    ------
    DataError
        Operations take more jobs than there are, or a county or year is missing.
    SettingError
        An industry of `local` does not exist.
    """
    register = _register(industries.employment_industry)
    past = _past(register, industries, group, rule.base_years)
    follow = rule.follow([WIDE_OF[one] for one in INDUSTRIES])
    people, workers, jobs_start = _supply(labour_supply, register.counties)
    years = sorted(people)
    free = {
        year: carried(
            past,
            year - register.year,
            people[year],
            follow,
            national_fading=rule.national_fading,
            shift_fading=rule.shift_fading,
        )
        for year in years
    }
    level = jobs_start / free[years[0]].sum(axis=1)
    operations = in_force(employment_operations, years)
    frames, changed = [], []
    for year in years:
        jobs = free[year] * level[:, None]
        acting = operations.filter(year=year)
        changed += [year] if acting.height else []
        given = _given(acting, register.counties)
        frames.append(_table(register.counties, year, _met(jobs, given, workers[year], year), given))
    known = weakest_of("estimated", *industries, labour_supply)
    basis = assumed_in(changed, pl.lit(known))
    return pl.concat(frames).with_columns(basis).sort("county", "year", "industry")


class _Register(NamedTuple):
    """The register's jobs in its latest year."""

    year: int
    counties: list[str]
    jobs: Floats  # (c, i)


def _register(rows: pl.DataFrame) -> _Register:
    latest = rows.filter(pl.col("year") == pl.col("year").max())
    counties = latest["county"].unique().sort().to_list()
    if latest.height != len(counties) * len(INDUSTRIES):
        raise DataError(
            "employment_industry must have every county and industry of its latest year; add the rest"
        )
    order = pl.col("industry").replace_strict(list(INDUSTRIES), range(len(INDUSTRIES)))
    jobs = latest.sort("county", order)["jobs"].to_numpy().reshape(len(counties), -1).astype(np.float64)
    return _Register(int(latest["year"][0]), counties, jobs)


def _past(register: _Register, industries: Industries, group: RegionGroup, base_years: int) -> Past:
    """The register's year, and what would have been some years earlier by the national accounts' pace."""
    found = yearly_jobs(industries.employment_industry_yearly, group)
    if not 0 < base_years < len(found.years):
        raise SettingError(f"job_demand.rule.base_years = {base_years}; there are {len(found.years)} years")
    ends = (found.thousands[:, :, -1], found.thousands[:, :, -1 - base_years])
    back = np.divide(ends[1], ends[0], out=np.ones_like(ends[0]), where=(ends[0] > 0) & (ends[1] > 0))
    last = len(found.regions) - 1
    region = [found.regions.index(one) if one in found.regions else last for one in register.counties]
    wide = [found.industries.index(WIDE_OF[one]) for one in INDUSTRIES]
    before = register.jobs * back[np.ix_(region, wide)]
    then, now = (
        _people(industries.population_yearly, register.counties, year)
        for year in (register.year - base_years, register.year)
    )
    return Past(before, register.jobs, base_years, then, now)


def _people(population: pl.DataFrame, counties: list[str], year: int) -> Floats:
    sums = population.filter(year=year).group_by(
        county=pl.col("municipality").str.head(2), maintain_order=True
    )
    found = dict(sums.agg(pl.col("persons").sum()).iter_rows())
    if lost := [county for county in counties if county not in found]:
        raise DataError(f"population_yearly has nobody in {lost} in {year}; add them")
    return np.array([found[county] for county in counties], np.float64)


def _supply(supply: pl.DataFrame, counties: list[str]) -> tuple[dict[int, Floats], dict[int, float], Floats]:
    """People by county and year, employed people by year, and jobs by county at the start."""
    sums = supply.group_by("year", county=pl.col("municipality").str.head(2), maintain_order=True).agg(
        pl.col("people", "employed_residents", "jobs_start").sum()
    )
    if lost := sorted(set(sums["county"]) ^ set(counties)):
        raise DataError(f"employment_industry and the projection differ in the counties {lost}; add the rest")
    people, workers, jobs = {}, {}, np.empty(0)
    for (year,), rows in sums.sort("county").group_by("year", maintain_order=True):
        people[int(str(year))] = rows["people"].to_numpy()
        workers[int(str(year))] = float(rows["employed_residents"].sum())
        jobs = rows["jobs_start"].to_numpy()
    return people, workers, jobs


def _given(acting: pl.DataFrame, counties: list[str]) -> Floats:
    """Jobs that operations give each county and industry in a year."""
    found = np.zeros((len(counties), len(INDUSTRIES)))
    for row in acting.iter_rows(named=True):
        found[counties.index(row["municipality"][:2]), INDUSTRIES.index(row["industry"])] += row["jobs"]
    return found


def _met(jobs: Floats, given: Floats, total: float, year: int) -> Floats:
    """Jobs that add up to the country's employed people: those given stand, all others are scaled."""
    rest = total - given.sum()
    found = jobs * (rest / jobs.sum()) + given
    if rest < 0 or (found < 0).any():
        raise DataError(
            f"employment_operations take more jobs from a county's industry in {year} than it has; take fewer"
        )
    return np.asarray(found)


def _table(counties: list[str], year: int, jobs: Floats, given: Floats) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "county": np.repeat(counties, len(INDUSTRIES)),
            "year": np.full(jobs.size, year),
            "industry": np.tile(INDUSTRIES, len(counties)),
            "jobs": jobs.ravel(),
            "given": given.ravel(),
        }
    )
