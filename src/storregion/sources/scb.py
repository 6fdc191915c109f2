"""Statistics Sweden (SCB): registers of places, population and labour market areas."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError, some
from storregion.core.lineage import Raw
from storregion.core.table import Schema, listed
from storregion.facts import people, places, work
from storregion.facts.places import Counties, Municipalities
from storregion.sources import commuting_check

_OBSERVED = pl.lit("observed").alias("basis")


def counties(raw: Annotated[Path, Raw("counties.csv")]) -> Counties:
    """The counties of the country."""
    return figurefile.read(raw, places.COUNTIES).with_columns(_OBSERVED)


def municipalities(raw: Annotated[Path, Raw("municipalities.csv")], counties: Counties) -> Municipalities:
    """The municipalities of the country."""
    known = {("counties", "county"): counties["county"]}
    return figurefile.read(raw, places.MUNICIPALITIES, known=known).with_columns(_OBSERVED)


def municipality_changes(
    raw: Annotated[Path, Raw("municipality_changes.csv")], municipalities: Municipalities
) -> people.MunicipalityChanges:
    """Municipalities formed out of others."""
    return _by_municipality(raw, people.MUNICIPALITY_CHANGES, municipalities)


def population(
    raw: Annotated[Path, Raw("population_totals.csv")],
    municipalities: Municipalities,
    municipality_changes: people.MunicipalityChanges,
) -> people.Population:
    """Population of every municipality in every year that the file has for any of them.

    A municipality-year without a row is kept as an empty one with its reason: not applicable where the
    municipality was not formed yet, else missing.
    """
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    read = figurefile.read(raw, people.POPULATION, leave_out=("basis", "persons_absent"), known=known)
    return _every_year(read, "persons_absent", municipalities, municipality_changes)


def population_by_age(
    raw: Annotated[Path | None, Raw("population_by_age.csv", optional=True)], municipalities: Municipalities
) -> people.PopulationByAge:
    """Population by municipality and single year of age, once it is fetched; no rows before that."""
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in people.POPULATION_BY_AGE.columns})
    return _by_municipality(raw, people.POPULATION_BY_AGE, municipalities)


def population_profile(
    raw: Annotated[Path, Raw("population_profile.csv")],
    population_by_age: people.PopulationByAge,
    population: people.Population,
    municipalities: Municipalities,
    municipality_changes: people.MunicipalityChanges,
) -> people.PopulationProfile:
    """Shares by age and education; absent municipality-years as for population.

    Once population by age is fetched, the shares by age are counted from it, in the years that `population`
    has too; other years, and all shares by education, are those of the file.

    Parameters
    ----------
    raw : the shares as published.
    population_by_age : persons by single year of age; may be empty.
    population : its years are those whose shares can be weighed.
    municipalities, municipality_changes : which there are, and since when.
    """
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    left = ("basis", "shares_absent", "education_absent")
    read = figurefile.read(raw, people.POPULATION_PROFILE, leave_out=left, known=known)
    keys, ages = ["municipality", "year"], [f"share_{name}" for name in ("0_19", "75_plus")]
    counted = _shares_by_age(population_by_age.join(population, on="year", how="semi"))
    published = read.select(*keys, *ages).join(counted, on="year", how="anti")
    return (
        _every_year(pl.concat([published, counted]), "shares_absent", municipalities, municipality_changes)
        .join(read.drop(ages), on=keys, how="left", maintain_order="left")
        .with_columns(
            education_absent=pl.when(pl.col("share_primary_education").is_null()).then(
                pl.coalesce("shares_absent", pl.lit("missing"))
            )
        )
    )


def _shares_by_age(people: pl.DataFrame) -> pl.DataFrame:
    """The shares of young and old of every municipality and year."""
    persons, age = pl.col("persons"), pl.col("age")
    return people.group_by("municipality", "year", maintain_order=True).agg(
        share_0_19=persons.filter(age <= 19).sum() / persons.sum(),
        share_75_plus=persons.filter(age >= 75).sum() / persons.sum(),
    )


def deaths(raw: Annotated[Path, Raw("deaths_sweden_2011_2015.csv")]) -> people.Deaths:
    """Deaths by age and sex."""
    return figurefile.read(raw, people.DEATHS).with_columns(_OBSERVED)


def births(raw: Annotated[Path, Raw("births_sweden_2011_2015.csv")]) -> people.Births:
    """Births by mother's age."""
    return figurefile.read(raw, people.BIRTHS).with_columns(_OBSERVED)


def labour_market_areas(
    raw: Annotated[Path, Raw("labour_market_areas.csv")], municipalities: Municipalities
) -> work.LabourMarketAreas:
    """Local labour market areas by year."""
    return _by_municipality(raw, work.LABOUR_MARKET_AREAS, municipalities)


def _by_municipality(raw: Path, schema: Schema, municipalities: pl.DataFrame) -> pl.DataFrame:
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    return figurefile.read(raw, schema, known=known).with_columns(_OBSERVED)


def _every_year(
    read: pl.DataFrame, companion: str, municipalities: pl.DataFrame, changes: pl.DataFrame
) -> pl.DataFrame:
    """All municipalities × all years, absent ones with the reason."""
    every = municipalities.select("municipality").join(read.select("year").unique().sort("year"), how="cross")
    formed = changes.select("municipality", formed="year")
    reason = (
        pl.when(pl.col("there"))
        .then(None)
        .when(pl.col("year") < pl.col("formed"))
        .then(pl.lit("not_applicable"))
        .otherwise(pl.lit("missing"))
    )
    return (
        every.join(
            read.with_columns(there=True), on=["municipality", "year"], how="left", maintain_order="left"
        )
        .join(formed, on="municipality", how="left", maintain_order="left")
        .with_columns(reason.alias(companion), _OBSERVED)
        .drop("there", "formed")
    )


def commuting_observed(
    raw: Annotated[Path | None, Raw("commuting.csv", optional=True)], municipalities: Municipalities
) -> work.CommutingObserved:
    """Commuting as a file gives it, once one has been read in; no rows before that.

    Raises
    ------
    DataError
        The file has codes, values or a shape that commuting in the country cannot have.
    """
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in work.COMMUTING_OBSERVED.columns})
    frame = _by_municipality(raw, work.COMMUTING_OBSERVED, municipalities)
    if faults := commuting_check.faults(frame, municipalities.height):
        raise DataError(f"{raw} does not hold commuting in the whole country:\n  {listed(faults)}")
    return frame


def commuting_known(
    raw: Annotated[Path | None, Raw("commuting_known.csv", optional=True)], municipalities: Municipalities
) -> work.CommutingKnown:
    """Single flows that someone has read in; no rows before that."""
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in work.COMMUTING_KNOWN.columns})
    return _by_municipality(raw, work.COMMUTING_KNOWN, municipalities)


def county_commuting(
    raw: Annotated[Path | None, Raw("commuting_county_county.csv", optional=True)], counties: Counties
) -> work.CountyCommuting:
    """Commuting between counties, whole years of the whole country; no rows where a group has no such file.

    Raises
    ------
    DataError
        A year does not have all counties as homes, or nobody stays in a county.
    """
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in work.COUNTY_COMMUTING.columns})
    known = {("counties", "county"): counties["county"]}
    frame = figurefile.read(raw, work.COUNTY_COMMUTING, known=known)
    stay = frame.filter(pl.col("home_county") == pl.col("work_county"), pl.col("persons") > 0)
    every = (
        frame.select("year")
        .unique(maintain_order=True)
        .join(counties.select(home_county="county"), how="cross")
    )
    without = every.join(stay, on=["year", "home_county"], how="anti").sort("year", "home_county")
    if without.height:
        raise DataError(
            f"{raw}: nobody both lives and works in the county in {some(without.rows())}; read in every "
            "county of the country, those who stay in it included"
        )
    return frame.with_columns(_OBSERVED)


def series_breaks(raw: Annotated[Path, Raw("series_breaks.csv")]) -> work.SeriesBreaks:
    """The years in which sources changed."""
    return figurefile.read(raw, work.SERIES_BREAKS).with_columns(_OBSERVED)
