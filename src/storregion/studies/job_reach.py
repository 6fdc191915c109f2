"""How many jobs one reaches from home: by locality, and for those who live in a place."""

import math
from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weakest
from storregion.facts.people import Population
from storregion.facts.places import Localities, Membership
from storregion.facts.work import Commuting, latest_matrix
from storregion.studies.reach import ACCESS_REACH, AccessReach

JOB_REACH = columns.schema(
    "job_reach",
    __name__,
    columns.locality(),
    columns.whole("limit", "minutes", key=True, least=0),
    columns.code("municipality", refers=("municipalities", "municipality")),
    columns.number("residents", "persons", least=0.0),
    ACCESS_REACH["jobs"],
    columns.share("fewer_share"),
)
JobReach = Annotated[pl.DataFrame, JOB_REACH]

JOB_REACH_PLACES = columns.schema(
    "job_reach_places",
    __name__,
    columns.place(),
    columns.whole("limit", "minutes", key=True, least=0),
    columns.number("served", "persons", least=0.0),
    columns.number("unserved", "persons", least=0.0),
    columns.number("median_jobs", "jobs", least=0.0),
    columns.number("least_jobs", "jobs", least=0.0),
    columns.number("most_jobs", "jobs", least=0.0),
)
JobReachPlaces = Annotated[pl.DataFrame, JOB_REACH_PLACES]


def job_reach(
    access_reach: AccessReach,
    localities: Localities,
    population: Population,
    commuting: Commuting,
    group: RegionGroup,
    *,
    cycle_kmh: float = 15.0,
    detour: float = 1.3,
) -> JobReach:
    """The jobs that are reached from each of the group's localities with a station, and from how many fewer.

    Parameters
    ----------
    access_reach : jobs within each limit; a locality without a station in the timetable has no row.
    localities : residents, municipality and area of each.
    population : of municipalities; a locality has its residents' part of the municipality's jobs.
    commuting : jobs of municipalities, those of the latest year.
    group : whose localities count.
    cycle_kmh : speed at which one crosses the own locality. Where that takes no longer than the limit, all
        its jobs are reached, also where the timetable has no buses.
    detour : how much longer the way is than the straight line.
    """
    own = pl.col("municipality").str.slice(0, 2).is_in(list(group.counties))
    homes = localities.filter(own).select(
        "locality", "municipality", "area_ha", pl.col("population").cast(pl.Float64).alias("residents")
    )
    nearby = homes.join(_jobs_a_resident(population, commuting), on="municipality", how="left")
    # From end to end of a disc as large as the locality.
    kilometres = 2 * (pl.col("area_ha") / 100 / math.pi).sqrt() * detour
    crossed = kilometres / cycle_kmh * 60 <= pl.col("limit")
    own_jobs = pl.when(crossed).then(pl.col("residents") * pl.col("jobs_a_resident"))
    reached = access_reach.filter(kind="locality").select("limit", "jobs", "basis", locality="code")
    rows = (
        nearby.join(reached, on="locality")
        .with_columns(jobs=pl.max_horizontal("jobs", own_jobs))
        .drop("area_ha", "jobs_a_resident")
        .sort("limit", "jobs", "locality")
    )
    # Localities with one station between them reach the same, and neither reaches fewer.
    alike = rows.group_by("limit", "jobs", maintain_order=True).agg(people=pl.col("residents").sum())
    before = pl.col("people").cum_sum().over("limit") - pl.col("people")
    shares = alike.select("limit", "jobs", fewer_share=before / pl.col("people").sum().over("limit"))
    return (
        rows.join(shares, on=["limit", "jobs"])
        .select(column.name for column in JOB_REACH.columns)
        .sort("locality", "limit")
    )


def _jobs_a_resident(population: pl.DataFrame, commuting: pl.DataFrame) -> pl.DataFrame:
    """The jobs of each municipality for each of its residents, both of their latest year."""
    latest = latest_matrix(commuting)
    jobs = pl.DataFrame({"municipality": latest.codes, "jobs": latest.persons.sum(axis=0)})
    people = (
        population.drop_nulls("persons").sort("year").group_by("municipality", maintain_order=True).last()
    )
    return jobs.join(people, on="municipality").select(
        "municipality", jobs_a_resident=pl.col("jobs") / pl.col("persons")
    )


def job_reach_places(
    job_reach: JobReach, localities: Localities, membership: Membership, group: RegionGroup
) -> JobReachPlaces:
    """What those who live in the localities of a place reach: the median resident, the fewest and the most.

    Parameters
    ----------
    job_reach : jobs reached from each locality with a station.
    localities : all localities, with residents.
    membership : the municipalities of each place; one without a locality with a station has no row.
    group : places that reach outside it are left out, for the timetable is the group's.
    """
    own = membership.filter(place=group.code)["municipality"].implode()
    beyond = membership.filter(~pl.col("municipality").is_in(own))
    inside = (
        membership.join(beyond, on="place", how="anti")
        .join(localities, on="municipality")
        .select("place", "locality", "population")
    )
    total = inside.group_by("place", maintain_order=True).agg(people=pl.col("population").sum())
    rows = job_reach.join(inside.select("place", "locality"), on="locality").sort("jobs", "locality")
    cumulated = pl.col("residents").cum_sum()
    half = cumulated >= pl.col("residents").sum() / 2
    return (
        rows.group_by("place", "limit", maintain_order=True)
        .agg(
            served=pl.col("residents").sum(),
            median_jobs=pl.col("jobs").filter(half).first(),
            least_jobs=pl.col("jobs").min(),
            most_jobs=pl.col("jobs").max(),
            basis=weakest(),
        )
        .join(total, on="place")
        .with_columns(unserved=pl.col("people") - pl.col("served"))
        .select(column.name for column in JOB_REACH_PLACES.columns)
        .sort("place", "limit")
    )
