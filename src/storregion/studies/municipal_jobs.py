"""Jobs to come by municipality and industry: the county's, spread over its municipalities."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.operations import in_force
from storregion.core.table import weakest_of
from storregion.facts.employment import INDUSTRIES, WIDE_OF
from storregion.facts.work import EmployedIndustry
from storregion.kernels.balance import NoBalanceError, balanced
from storregion.studies.employed_ahead import EmployedAhead
from storregion.studies.employment_hindcasts import GrowthRule
from storregion.studies.employment_operations import EmploymentOperations
from storregion.studies.job_demand import JobDemand
from storregion.studies.labour_supply import LabourSupply

Floats = NDArray[np.float64]

MUNICIPAL_JOBS = columns.schema(
    "municipal_jobs",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.number("jobs", "jobs", least=0.0),
    columns.code("cell", choices=("spread", "observed")),
)
MunicipalJobs = Annotated[pl.DataFrame, MUNICIPAL_JOBS]


class Demand(NamedTuple):
    """Jobs by county and industry, those that a scenario gives to a municipality, and where they are now."""

    job_demand: JobDemand
    employment_operations: EmploymentOperations
    employed_industry: EmployedIndustry


def municipal_jobs(
    demand: Demand,
    labour_supply: LabourSupply,
    employed_ahead: EmployedAhead,
    *,
    rule: GrowthRule = GrowthRule(),  # noqa: B008 - frozen
) -> MunicipalJobs:
    """The jobs of every municipality by industry: the county's, spread over its municipalities.

    At the start they are spread by day population: every industry alike, or by the industry's own once it is
    fetched for the whole county, fitted to the jobs of each municipality. From then on a municipality's part
    follows its part of the county's people, as the industry does.

    Parameters
    ----------
    demand : jobs by county and industry, those that are given, and fetched day population by industry.
    labour_supply : people, and jobs at the start.
    employed_ahead : employed residents, whose number in the country jobs have too.
    rule : which industries follow the people, and how far others do; as for `employment_hindcast_cases`.

    Raises
    ------
    DataError
        A scenario takes more jobs from a municipality than it has in the industry, or fetched employment does
        not fit the jobs of its municipalities.
    """
    rates = rule.follow([WIDE_OF[one] for one in INDUSTRIES])
    follow = pl.DataFrame({"industry": INDUSTRIES, "follow": rates})
    start = labour_supply.filter(pl.col("year") == pl.col("year").min())
    places = labour_supply.join(start.select("municipality", first="people"), on="municipality").with_columns(
        county=pl.col("municipality").str.head(2), grown=pl.col("people") / pl.col("first")
    )
    weight = pl.col("weight") * pl.col("grown") ** pl.col("follow")
    part = weight / weight.sum().over("county", "year", "industry")
    keys = ["municipality", "year", "industry"]
    given = _given(demand.employment_operations, places["year"].unique().sort())
    spread = (
        places.join(follow, how="cross")
        .join(_weights(start, demand), on=["municipality", "industry"])
        .join(demand.job_demand, on=["county", "year", "industry"])
        .select(*keys, "cell", jobs=part * (pl.col("jobs") - pl.col("given")))
        .join(given, on=keys, how="left")
        .with_columns(jobs=pl.col("jobs") + pl.col("given").fill_null(0.0))
    )
    if (wrong := spread.filter(pl.col("jobs") < 0)).height:
        first = wrong.unique("municipality", maintain_order=True)
        named = first.select("municipality", "industry", "year").rows()[:5]
        raise DataError(f"employment_operations take more jobs than there are in {named}; take fewer away")
    known = weakest_of("estimated", *demand, labour_supply, employed_ahead)
    workers = pl.col("employed_residents").sum()
    total = employed_ahead.group_by("year", maintain_order=True).agg(workers=workers)
    met = pl.col("jobs") * pl.col("workers") / pl.col("jobs").sum().over("year")
    return (
        spread.join(total, on="year")
        .select(*keys, jobs=met, cell="cell", basis=pl.lit(known))
        .sort("municipality", "year", "industry")
    )


def _given(operations: pl.DataFrame, years: pl.Series) -> pl.DataFrame:
    """Jobs that operations give each municipality and industry by year."""
    return (
        in_force(operations, years.to_list())
        .group_by("municipality", "year", "industry", maintain_order=True)
        .agg(given=pl.col("jobs").sum())
    )


def _weights(start: pl.DataFrame, demand: Demand) -> pl.DataFrame:
    """The jobs of every municipality and industry at the start, and whether the industry's own are known."""
    first = demand.job_demand.filter(year=int(start["year"][0]))
    day = demand.employed_industry.filter(pl.col("side") == "day", pl.col("year") <= start["year"][0])
    day = day.filter(pl.col("year") == pl.col("year").max())
    frames = []
    counties = start.sort("municipality").group_by(
        pl.col("municipality").str.head(2).alias("county"), maintain_order=True
    )
    for (county,), rows in counties:
        codes = rows["municipality"].to_list()
        jobs = rows["jobs_start"].to_numpy()
        order = pl.col("industry").replace_strict(list(INDUSTRIES), range(len(INDUSTRIES)))
        wanted = first.filter(county=county).sort(order)["jobs"].to_numpy()
        known = _known(day, codes)
        even = np.outer(jobs, wanted) / wanted.sum()
        found = even if known is None else _fitted(known, jobs, wanted, str(county))
        frames.append(
            pl.DataFrame(
                {
                    "municipality": np.repeat(codes, len(INDUSTRIES)),
                    "industry": np.tile(INDUSTRIES, len(codes)),
                    "weight": found.ravel(),
                    "cell": ["spread" if known is None else "observed"] * found.size,
                }
            )
        )
    return pl.concat(frames)


def _known(day: pl.DataFrame, codes: list[str]) -> Floats | None:
    """Fetched jobs of municipalities by industry; None where some are missing."""
    rows = day.filter(pl.col("municipality").is_in(codes))
    if rows.height != len(codes) * len(INDUSTRIES):
        return None
    order = pl.col("industry").replace_strict(list(INDUSTRIES), range(len(INDUSTRIES)))
    return rows.sort("municipality", order)["persons"].to_numpy().reshape(len(codes), -1)


def _fitted(known: Floats, jobs: Floats, wanted: Floats, county: str) -> Floats:
    """Fetched jobs that add up to those of each municipality, and of each industry of the county."""
    try:
        return balanced(known, jobs, wanted * (jobs.sum() / wanted.sum()))
    except NoBalanceError as error:
        raise DataError(
            f"fetched employment by industry does not fit the jobs of county {county}: {error}; "
            "municipalities and industries in order"
        ) from None
