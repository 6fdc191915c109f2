"""Others' projections beside ours, and beside what happened."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weaker, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import Places
from storregion.facts.vintages import PUBLISHED, ProjectionVintages
from storregion.studies.projection import PlaceHistory, Projection

KINDS = ("country", "county", "municipality")

VINTAGE_LEVELS = columns.schema(
    "vintage_levels",
    __name__,
    columns.code("projection", key=True),
    columns.place(),
    columns.year(),
    columns.code("published", pattern=PUBLISHED),
    columns.text("producer"),
    columns.whole("projected", "published_persons", least=0),
    columns.whole("ours", "persons", least=0, absent="ours_absent"),
    columns.number("against_ours", "percent", absent="ours_absent"),
    columns.whole("outcome", "persons_counted", least=0, absent="outcome_absent"),
    columns.number("error_percent", "percent", absent="outcome_absent"),
)
VintageLevels = Annotated[pl.DataFrame, VINTAGE_LEVELS]

VINTAGE_ERRORS = columns.schema(
    "vintage_errors",
    __name__,
    columns.code("projection", key=True),
    columns.code("kind", key=True, choices=KINDS),
    columns.year(),
    columns.code("published", pattern=PUBLISHED),
    columns.whole("places", "number", least=1),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("bias_percent", "percent"),
    columns.number("unchanged_percent", "percent", least=0.0),
)
VintageErrors = Annotated[pl.DataFrame, VINTAGE_ERRORS]


def vintage_levels(
    projection_vintages: ProjectionVintages,
    projection: Projection,
    place_history: PlaceHistory,
    places: Places,
) -> VintageLevels:
    """Every published projection of the group's places: its level, ours in the base frame, and what came.

    Parameters
    ----------
    projection_vintages : what others projected.
    projection : ours.
    place_history : what came.
    places : those reported on.
    """
    known = places.filter(pl.col("kind").is_in(KINDS))
    ours = projection.filter(frame="base").select("place", "year", ours="persons", basis_ours="basis")
    came = place_history.select("place", "year", outcome="persons", basis_came="basis")
    return (
        projection_vintages.rename({"area": "place", "persons": "projected"})
        .join(known, on="place", how="semi")
        .join(ours, on=["place", "year"], how="left")
        .join(came, on=["place", "year"], how="left")
        .with_columns(
            against_ours=_off("projected", "ours"),
            error_percent=_off("projected", "outcome"),
            basis=weaker("basis", "basis_ours", "basis_came"),
            **{
                f"{name}_absent": pl.when(pl.col(name).is_null()).then(pl.lit("not_applicable"))
                for name in ("ours", "outcome")
            },
        )
        .select(column.name for column in VINTAGE_LEVELS.columns)
        .sort("place", "published", "projection", "year")
    )


def vintage_errors(
    projection_vintages: ProjectionVintages, population_yearly: PopulationYearly, group: RegionGroup
) -> VintageErrors:
    """How far off each published projection was, over all areas of the country that it has.

    Beside it stands the error of leaving the population as it was at the end of the year before publication.

    Parameters
    ----------
    projection_vintages : what others projected.
    population_yearly : what came.
    group : names the country.
    """
    country = group.country.code if group.country else ""
    counted = pl.concat(
        population_yearly.group_by(area=area, year="year", maintain_order=True).agg(pl.col("persons").sum())
        for area in (pl.col("municipality"), pl.col("municipality").str.head(2), pl.lit(country))
    )
    before = pl.col("published").str.head(4).cast(pl.Int64) - 1
    short = pl.when(pl.col("area").str.len_chars() == 2).then(pl.lit("county"))
    parts = short.otherwise(pl.lit("municipality"))
    kind = pl.when(pl.col("area") == country).then(pl.lit("country")).otherwise(parts)
    return (
        projection_vintages.with_columns(before=before)
        .filter(pl.col("year") > pl.col("before"))
        .join(counted.rename({"persons": "outcome"}), on=["area", "year"])
        .join(counted.rename({"persons": "then", "year": "before"}), on=["area", "before"])
        .with_columns(error=_off("persons", "outcome"), unchanged=_off("then", "outcome"), kind=kind)
        .group_by("projection", "kind", "year", "published", maintain_order=True)
        .agg(
            places=pl.len().cast(pl.Int64),
            error_percent=pl.col("error").abs().mean(),
            bias_percent=pl.col("error").mean(),
            unchanged_percent=pl.col("unchanged").abs().mean(),
        )
        .with_columns(basis=pl.lit(weakest_of("estimated", projection_vintages, population_yearly)))
        .select(column.name for column in VINTAGE_ERRORS.columns)
        .sort("projection", "kind", "year")
    )


def _off(one: str, other: str) -> pl.Expr:
    """How far above another a level lies, in per cent of it."""
    return 100.0 * (pl.col(one) / pl.col(other) - 1.0)
