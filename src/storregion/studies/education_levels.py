"""How long an education people have, by generation, and whether the jobs within reach are many."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.table import weaker, weakest
from storregion.facts.education import EducationAge
from storregion.facts.places import Membership, Places
from storregion.studies.reach import AccessReach

WORKING = ("25-34", "35-44", "45-54", "55-64")
"""The age classes of working age, from the youngest."""
_LEVELS = ("primary", "secondary", "post_secondary_short", "post_secondary_long", "unknown")

EDUCATION_LEVELS = columns.schema(
    "education_levels",
    __name__,
    columns.place(),
    columns.year(),
    columns.whole("working_age", "persons_counted", least=0),
    columns.share("long_share"),
    columns.share("post_share"),
    columns.share("long_25_34"),
    columns.share("long_55_64"),
    columns.number("generations_points", "share_points"),
)
EducationLevels = Annotated[pl.DataFrame, EDUCATION_LEVELS]

EDUCATION_MATCH = columns.schema(
    "education_match",
    __name__,
    columns.place(),
    EDUCATION_LEVELS["long_share"],
    columns.number("jobs", "jobs", least=0.0, absent="jobs_absent"),
    columns.code("match", choices=("both", "people", "jobs", "neither"), absent="jobs_absent"),
)
EducationMatch = Annotated[pl.DataFrame, EDUCATION_MATCH]


def education_levels(education_age: EducationAge, membership: Membership) -> EducationLevels:
    """How many of working age have a long education, and how much more often the young than the old have.

    Parameters
    ----------
    education_age : people by level and age class; those of unknown level are counted among all.
    membership : the municipalities of each place.
    """
    counted = education_age.filter(pl.col("age_class").is_in(WORKING)).with_columns(
        every=pl.sum_horizontal(_LEVELS)
    )
    long, every = pl.col("post_secondary_long"), pl.col("every")

    def share(part: pl.Expr, ages: tuple[str, ...]) -> pl.Expr:
        chosen = pl.col("age_class").is_in(ages)
        return part.filter(chosen).sum() / every.filter(chosen).sum()

    return (
        membership.select("place", "municipality")
        .join(counted, on="municipality")
        .group_by("place", "year", maintain_order=True)
        .agg(
            working_age=every.sum(),
            long_share=share(long, WORKING),
            post_share=share(long + pl.col("post_secondary_short"), WORKING),
            long_25_34=share(long, WORKING[:1]),
            long_55_64=share(long, WORKING[-1:]),
            basis=weakest(),
        )
        .with_columns(generations_points=pl.col("long_25_34") - pl.col("long_55_64"))
        .sort("place", "year")
        .select(column.name for column in EDUCATION_LEVELS.columns)
    )


def education_match(
    education_levels: EducationLevels, access_reach: AccessReach, places: Places, *, match_minutes: int = 60
) -> EducationMatch:
    """Whether many jobs are within reach where many have a long education, each against the median.

    Jobs are not known by the education that they ask for, so all of them count.

    Parameters
    ----------
    education_levels : of the latest year.
    access_reach : jobs within 30, 45, 60 and 90 minutes; a place without a station has none that can be said.
    places : the group's; municipalities and nodes are compared among themselves.
    match_minutes : which of these limits is used.
    """
    own = places.filter(pl.col("kind").is_in(["municipality", "node"])).select("kind", "place")
    levels = education_levels.filter(pl.col("year") == pl.col("year").max())
    jobs = access_reach.filter(limit=match_minutes).select("kind", "jobs", place="code", jobs_basis="basis")
    rows = own.join(levels, on="place", maintain_order="left").join(
        jobs, on=["kind", "place"], how="left", maintain_order="left"
    )
    people, many = (pl.col(name) >= pl.col(name).median().over("kind") for name in ("long_share", "jobs"))
    match = (
        pl.when(people & many)
        .then(pl.lit("both"))
        .when(people)
        .then(pl.lit("people"))
        .when(many)
        .then(pl.lit("jobs"))
        .otherwise(pl.lit("neither"))
    )
    none = pl.col("jobs").is_null()
    return rows.select(
        "place",
        "long_share",
        "jobs",
        match=pl.when(~none).then(match),
        jobs_absent=pl.when(none).then(pl.lit("missing")),
        basis=weaker("basis", "jobs_basis"),
    )
