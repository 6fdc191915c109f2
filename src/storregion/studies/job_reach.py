"""How many jobs one reaches from home: by locality, and for those who live in a place."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weakest
from storregion.facts.places import Localities, Membership
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
    access_reach: AccessReach, localities: Localities, membership: Membership, group: RegionGroup
) -> JobReach:
    """The jobs that are reached from the station of each of the group's localities, and from how many fewer.

    Parameters
    ----------
    access_reach : jobs within each limit; a locality without a station in the timetable has no row.
    localities : residents and municipality of each.
    membership : the municipalities of the group.
    group : whose localities count.
    """
    own = membership.filter(place=group.code)["municipality"].implode()
    homes = localities.filter(pl.col("municipality").is_in(own)).select(
        "locality", "municipality", pl.col("population").cast(pl.Float64).alias("residents")
    )
    reached = access_reach.filter(kind="locality").select("limit", "jobs", "basis", locality="code")
    rows = homes.join(reached, on="locality").sort("limit", "jobs", "locality")
    # Localities with one station between them reach the same, and neither reaches fewer.
    alike = rows.group_by("limit", "jobs", maintain_order=True).agg(people=pl.col("residents").sum())
    before = pl.col("people").cum_sum().over("limit") - pl.col("people")
    shares = alike.select("limit", "jobs", fewer_share=before / pl.col("people").sum().over("limit"))
    return rows.join(shares, on=["limit", "jobs"]).sort("locality", "limit")


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
    total = inside.group_by("place").agg(people=pl.col("population").sum())
    rows = job_reach.join(inside.select("place", "locality"), on="locality").sort("jobs", "locality")
    cumulated = pl.col("residents").cum_sum()
    half = cumulated >= pl.col("residents").sum() / 2
    return (
        rows.group_by("place", "limit")
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
