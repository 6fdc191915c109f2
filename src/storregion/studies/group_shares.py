"""The group's part of the country's people and jobs, and the part of its own outside one county."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weaker, weakest
from storregion.facts.demography import PopulationYearly
from storregion.facts.employment import EmploymentIndustryYearly, yearly_jobs

GROUP_SHARES = columns.schema(
    "group_shares",
    __name__,
    columns.code("counted", key=True, choices=("people", "jobs")),
    columns.year(),
    columns.county(),
    columns.share("country_share"),
    columns.share("outside_share"),
    columns.number("growth_outside", "share", absent="growth_share_absent"),
)
GroupShares = Annotated[pl.DataFrame, GROUP_SHARES]


def group_shares(
    population_yearly: PopulationYearly,
    employment_industry_yearly: EmploymentIndustryYearly,
    group: RegionGroup,
) -> GroupShares:
    """The group's part of the country's people and jobs in every year, and where in the group they are.

    Parameters
    ----------
    population_yearly : persons by municipality, of the whole country.
    employment_industry_yearly : thousands of jobs by county and industry, with the country.
    group : its counties, and the code of the country.

    Returns
    -------
    A row for people and for jobs in each year. `county` is the group's most populous in the latest year, the
    one that others are outside of. The part of the growth is that since the year before.

    Raises
    ------
    DataError
        The jobs of the country, a year or a cell are missing.
    """
    areas = {"people": _people(population_yearly), "jobs": _jobs(employment_industry_yearly, group)}
    own = areas["people"].filter(pl.col("area").is_in(list(group.counties)))
    largest = own.sort("year", "amount")["area"][-1]
    names = [column.name for column in GROUP_SHARES.columns]
    return pl.concat(
        _shares(frame, group, largest).with_columns(counted=pl.lit(of)).select(names)
        for of, frame in areas.items()
    ).sort("counted", "year")


def _people(population: pl.DataFrame) -> pl.DataFrame:
    """Persons of every county and year."""
    area = pl.col("municipality").str.head(2)
    return population.group_by("year", area=area, maintain_order=True).agg(
        amount=pl.col("persons").sum(), basis=weakest()
    )


def _jobs(jobs: pl.DataFrame, group: RegionGroup) -> pl.DataFrame:
    """Thousands of jobs of every county of the group, and of the rest of the country, in every year."""
    found = yearly_jobs(jobs, group)
    wide = pl.DataFrame(found.thousands.sum(axis=1).T, schema=found.regions)
    long = wide.with_columns(year=pl.Series(found.years)).unpivot(
        index="year", variable_name="area", value_name="amount"
    )
    return long.with_columns(basis=pl.lit(jobs.select(weakest()).item()))


def _shares(areas: pl.DataFrame, group: RegionGroup, largest: str) -> pl.DataFrame:
    """The parts, from the amount of every area of the country in every year."""
    own = pl.col("area").is_in(list(group.counties))
    amount = pl.col("amount")
    sums = (
        areas.group_by("year", maintain_order=True)
        .agg(
            country=amount.sum(),
            group=amount.filter(own).sum(),
            outside=amount.filter(own, pl.col("area") != largest).sum(),
            basis=weakest(),
        )
        .sort("year")
        .with_columns(basis_before=pl.col("basis").shift(1))
        # The part of the growth rests on the year before, too.
        .with_columns(basis=weaker("basis", "basis_before"))
    )
    growth = pl.col("outside").diff() / pl.col("group").diff()
    shares = sums.with_columns(
        county=pl.lit(largest),
        country_share=pl.col("group") / pl.col("country"),
        outside_share=pl.col("outside") / pl.col("group"),
        growth_outside=pl.when(pl.col("group").diff() > 0).then(growth),
    )
    return shares.with_columns(
        growth_share_absent=pl.when(pl.col("growth_outside").is_null()).then(pl.lit("not_applicable"))
    )
