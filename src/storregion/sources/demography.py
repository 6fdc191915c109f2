"""People by age, births, deaths and moves as Statistics Sweden and Eurostat publish them."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import columns, figurefile
from storregion.core.errors import DataError, some
from storregion.core.lineage import Raw
from storregion.core.table import listed
from storregion.facts import demography as facts
from storregion.facts.people import Population
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas

_AGES = (*map(str, range(100)), "100+")
_MOTHERS = ("<15", *map(str, range(15, 49)), "49+", "unknown")


def municipality_age_sex(
    raw: Annotated[Path, Raw("municipality_age_sex.csv")],
    fetched: Annotated[Path | None, Raw("municipality_ages.csv", optional=True)],
    municipalities: Municipalities,
) -> facts.MunicipalityAgeSex:
    """Population by municipality, single year of age and sex.

    Parameters
    ----------
    raw : the bundled year, with a column for each sex.
    fetched : the latest year, with a row for each sex, which takes its place once it is fetched.
    municipalities : which there are.
    """
    if fetched is None:
        return areas.across(raw, facts.MUNICIPALITY_AGE_SEX, "sex", columns.SEXES, municipalities)
    return areas.observed(fetched, facts.MUNICIPALITY_AGE_SEX, municipalities)


def population_age_sex(
    raw: Annotated[Path, Raw("population_age_sex_1968_2015.csv")],
    fetched: Annotated[Path | None, Raw("population_age_sex.csv", optional=True)],
    counties: Counties,
) -> facts.PopulationAgeSex:
    """Population by county, single year of age and sex.

    Parameters
    ----------
    raw : the bundled years, with a column for each age.
    fetched : what takes their place once it is fetched, with a row for each age.
    counties : which there are.
    """
    if fetched is None:
        return areas.across(raw, facts.POPULATION_AGE_SEX, "age", _AGES, counties)
    return areas.observed(fetched, facts.POPULATION_AGE_SEX, counties)


def population_yearly(
    raw: Annotated[Path, Raw("population_totals_yearly.csv")],
    population: Population,
    municipalities: Municipalities,
) -> facts.PopulationYearly:
    """Population of every municipality in every year, in today's division.

    Parameters
    ----------
    raw : the bundled years.
    population : totals by municipality, of which the years after those are added once they are fetched.
    municipalities : which there are.

    Raises
    ------
    DataError
        A municipality has no row in one of the years.
    """
    read = areas.observed(raw, facts.POPULATION_YEARLY, municipalities)
    later = population.filter(pl.col("year") > read["year"].max(), pl.col("persons").is_not_null())
    read = pl.concat([read, later.select(read.columns)])
    whole = read.select(pl.col("municipality").unique(maintain_order=True)).join(
        read.select(pl.col("year").unique(maintain_order=True)), how="cross"
    )
    lost = whole.join(read, on=["municipality", "year"], how="anti").sort("municipality", "year")
    if lost.height:
        named = [f"{row['municipality']} in {row['year']}" for row in lost.iter_rows(named=True)]
        raise DataError(f"{raw}: no population of\n  {listed(named)}\ngive every municipality every year")
    return read


def population_age_class(
    raw: Annotated[Path, Raw("population_age_class.csv")], counties: Counties
) -> facts.PopulationAgeClass:
    """Population by county, five-year age class and sex; the file has a column for each sex."""
    return areas.across(raw, facts.POPULATION_AGE_CLASS, "sex", columns.SEXES, counties)


def deaths_age_sex(raw: Annotated[Path, Raw("deaths_age_sex.csv")], counties: Counties) -> facts.DeathsAgeSex:
    """Deaths by county, single year of age and sex; the file has a column for each age."""
    return areas.across(raw, facts.DEATHS_AGE_SEX, "age", _AGES, counties)


def deaths_age_class(
    raw: Annotated[Path, Raw("deaths_age_class.csv")], counties: Counties
) -> facts.DeathsAgeClass:
    """Deaths by county, five-year age class and sex; the file has a column for each sex."""
    return areas.across(raw, facts.DEATHS_AGE_CLASS, "sex", columns.SEXES, counties)


def births_age(raw: Annotated[Path, Raw("births_age.csv")], counties: Counties) -> facts.BirthsAge:
    """Births by county, mother's age and the child's sex; the file has a column for each age."""
    return areas.across(raw, facts.BIRTHS_AGE, "mother_age", _MOTHERS, counties)


def migration_age_class(raw: Annotated[Path, Raw("migration_age_class.csv")]) -> facts.MigrationAgeClass:
    """Moves by the county division of the time and five-year age class."""
    return areas.observed(raw, facts.MIGRATION_AGE_CLASS)


def components_municipality(
    raw: Annotated[Path, Raw("components_municipality.csv")], municipalities: Municipalities
) -> facts.ComponentsMunicipality:
    """Population change of every municipality by its parts.

    A county of one municipality cannot have moves within it; any other empty cell is missing.
    """
    read = areas.observed(raw, facts.COMPONENTS_MUNICIPALITY, municipalities)
    alone = municipalities.filter(pl.len().over("county") == 1)["municipality"]
    cannot = pl.col("same_county_absent").is_not_null() & pl.col("municipality").is_in(alone.implode())
    reason = pl.when(cannot).then(pl.lit("not_applicable")).otherwise("same_county_absent")
    return read.with_columns(reason.alias("same_county_absent"))


def components_county(
    raw: Annotated[Path, Raw("components_county.csv")], counties: Counties
) -> facts.ComponentsCounty:
    """Population change of every county by its parts; what the file leaves empty is missing."""
    return areas.observed(raw, facts.COMPONENTS_COUNTY, counties)


def moves_known(
    raw: Annotated[Path | None, Raw("moves_known.csv", optional=True)], municipalities: Municipalities
) -> facts.MovesKnown:
    """Moves between counties, or between municipalities, as read in; no rows without the file.

    Parameters
    ----------
    raw : the file that an import has made.
    municipalities : which there are, and their counties.

    Raises
    ------
    DataError
        A place does not exist, a move ends where it began, or counties and municipalities are mixed.
    """
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in facts.MOVES_KNOWN.columns})
    read = figurefile.read(raw, facts.MOVES_KNOWN)
    ends = {*read["moved_from"], *read["moved_to"]}
    if strange := sorted(ends - {*municipalities["municipality"], *municipalities["county"]}):
        raise DataError(f"{raw} has moves of {strange[:8]}, which are not municipalities or counties")
    if len({len(code) for code in ends}) > 1:
        raise DataError(
            f"{raw} has moves of both counties and municipalities; give them in two files, one at a time"
        )
    if stay := read.filter(pl.col("moved_from") == pl.col("moved_to"))["moved_from"].to_list():
        raise DataError(
            f"{raw} has moves from {some(stay)} to themselves; a move crosses a border: leave them out"
        )
    return read.with_columns(areas.OBSERVED)


def national_projection(
    raw: Annotated[Path, Raw("national_projection.csv")],
) -> facts.NationalProjection:
    """The national projection and its variants; every row looks ahead and is estimated."""
    return areas.observed(raw, facts.NATIONAL_PROJECTION).with_columns(basis=pl.lit("estimated"))
