"""Employed residents to come, after people have reacted to where jobs grow."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError, SettingError, some
from storregion.core.table import weakest_of
from storregion.facts.employment import Unemployment
from storregion.studies.job_demand import JobDemand
from storregion.studies.labour_supply import LabourSupply

EMPLOYED_AHEAD = columns.schema(
    "employed_ahead",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.number("working_age", "persons", least=0.0),
    columns.number("employed_residents", "employed", least=0.0),
    columns.number("moved", "employed"),
    columns.number("unemployed", "persons", least=0.0),
    columns.number("imbalance", "percent"),
)
EmployedAhead = Annotated[pl.DataFrame, EMPLOYED_AHEAD]


def employed_ahead(
    labour_supply: LabourSupply,
    job_demand: JobDemand,
    unemployment: Unemployment,
    *,
    migration_elasticity: float = 0.0,
    unemployment_elasticity: float = 0.0,
) -> EmployedAhead:
    """Employed residents of every municipality, after people have reacted to where jobs grow.

    A county is out of balance by what its jobs grow beyond its employed residents. By the elasticity of
    migration people of working age move there from other counties, the country's number unchanged; by that of
    unemployment fewer of those who live there are without work. Both react once, to the first imbalance.

    Parameters
    ----------
    labour_supply : employed residents before any reaction.
    job_demand : jobs by county.
    unemployment : the share of people of working age who are registered as unemployed.
    migration_elasticity : per cent by which a county's people of working age grow for each per cent that it
        is out of balance; 0 for no reaction.
    unemployment_elasticity : per cent by which a county's unemployment falls for each per cent that it is out
        of balance; 0 for no reaction.

    Raises
    ------
    DataError
        The unemployment of a municipality is missing, or more are employed than are of working age.
    SettingError
        An elasticity is negative.
    """
    for name, value in (("migration", migration_elasticity), ("unemployment", unemployment_elasticity)):
        if value < 0:
            raise SettingError(f"employed_ahead.{name}_elasticity = {value}; give 0 or more")
    latest = unemployment.filter(pl.col("year") == pl.col("year").max())
    found = (
        labour_supply.with_columns(county=pl.col("municipality").str.head(2))
        .join(_imbalance(labour_supply, job_demand), on=["county", "year"], how="left")
        .join(latest.select("municipality", "unemployment_percent"), on="municipality", how="left")
    )
    if lost := set(found.filter(pl.col("unemployment_percent").is_null())["municipality"]):
        raise DataError(f"unemployment is missing for {some(sorted(lost))}; add the rows of the latest year")
    ratio = 1.0 + pl.col("imbalance") / 100.0
    workers = pl.col("employed_residents")
    drawn = workers * ratio**migration_elasticity
    drawn = drawn * workers.sum().over("year") / drawn.sum().over("year")
    grown = drawn / workers
    without = pl.col("working_age") * grown * pl.col("unemployment_percent") / 100.0
    left = without * ratio**-unemployment_elasticity
    found = found.with_columns(
        working_age=pl.col("working_age") * grown,
        employed_residents=drawn + without - left,
        moved=drawn - workers,
        unemployed=left,
        basis=pl.lit(weakest_of("estimated", labour_supply, job_demand, latest)),
    )
    if (above := found.filter(pl.col("employed_residents") > pl.col("working_age"))).height:
        named = above["municipality"].unique().sort().to_list()
        raise DataError(f"participation is above 1 in {named}; give smaller elasticities to employed_ahead")
    return found.select(column.name for column in EMPLOYED_AHEAD.columns).sort("municipality", "year")


def _imbalance(supply: pl.DataFrame, demand: pl.DataFrame) -> pl.DataFrame:
    """By how many per cent each county's jobs have grown beyond its employed residents since the start."""
    county = pl.col("municipality").str.head(2)
    living = supply.group_by("year", county=county, maintain_order=True).agg(
        workers=pl.col("employed_residents").sum()
    )
    both = (
        demand.group_by("year", "county", maintain_order=True)
        .agg(pl.col("jobs").sum())
        .join(living, on=["year", "county"])
    )
    ratio = pl.col("jobs") / pl.col("workers")
    start = ratio.sort_by("year").first().over("county")
    return both.select("year", "county", imbalance=100.0 * (ratio / start - 1.0))
