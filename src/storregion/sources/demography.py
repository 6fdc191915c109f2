"""People by age, births, deaths and moves as Statistics Sweden and Eurostat publish them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import columns, figurefile
from storregion.core.lineage import Raw
from storregion.core.table import Schema
from storregion.facts import demography as facts
from storregion.facts.places import Counties, Municipalities

_OBSERVED = pl.lit("observed").alias("basis")
_AGES = (*map(str, range(100)), "100+")
_MOTHERS = ("<15", *map(str, range(15, 49)), "49+", "unknown")


def municipality_age_sex(
    raw: Annotated[Path, Raw("municipality_age_sex.csv")], municipalities: Municipalities
) -> facts.MunicipalityAgeSex:
    """Population by municipality, single year of age and sex; the file has a column for each sex."""
    return _across(raw, facts.MUNICIPALITY_AGE_SEX, "sex", columns.SEXES, municipalities)


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
        return _across(raw, facts.POPULATION_AGE_SEX, "age", _AGES, counties)
    return figurefile.read(fetched, facts.POPULATION_AGE_SEX, known=_known(counties)).with_columns(_OBSERVED)


def population_age_class(
    raw: Annotated[Path, Raw("population_age_class.csv")], counties: Counties
) -> facts.PopulationAgeClass:
    """Population by county, five-year age class and sex; the file has a column for each sex."""
    return _across(raw, facts.POPULATION_AGE_CLASS, "sex", columns.SEXES, counties)


def deaths_age_sex(raw: Annotated[Path, Raw("deaths_age_sex.csv")], counties: Counties) -> facts.DeathsAgeSex:
    """Deaths by county, single year of age and sex; the file has a column for each age."""
    return _across(raw, facts.DEATHS_AGE_SEX, "age", _AGES, counties)


def deaths_age_class(
    raw: Annotated[Path, Raw("deaths_age_class.csv")], counties: Counties
) -> facts.DeathsAgeClass:
    """Deaths by county, five-year age class and sex; the file has a column for each sex."""
    return _across(raw, facts.DEATHS_AGE_CLASS, "sex", columns.SEXES, counties)


def births_age(raw: Annotated[Path, Raw("births_age.csv")], counties: Counties) -> facts.BirthsAge:
    """Births by county, mother's age and the child's sex; the file has a column for each age."""
    return _across(raw, facts.BIRTHS_AGE, "mother_age", _MOTHERS, counties)


def migration_age_class(raw: Annotated[Path, Raw("migration_age_class.csv")]) -> facts.MigrationAgeClass:
    """Moves by the county division of the time and five-year age class."""
    return figurefile.read(raw, facts.MIGRATION_AGE_CLASS).with_columns(_OBSERVED)


def components_municipality(
    raw: Annotated[Path, Raw("components_municipality.csv")], municipalities: Municipalities
) -> facts.ComponentsMunicipality:
    """Population change of every municipality by its parts.

    A county of one municipality cannot have moves within it; any other empty cell is missing.
    """
    read = _with_reasons(raw, facts.COMPONENTS_MUNICIPALITY, _known(municipalities))
    alone = municipalities.filter(pl.len().over("county") == 1)["municipality"]
    cannot = pl.col("same_county_absent").is_not_null() & pl.col("municipality").is_in(alone.implode())
    reason = pl.when(cannot).then(pl.lit("not_applicable")).otherwise("same_county_absent")
    return read.with_columns(reason.alias("same_county_absent"), _OBSERVED)


def components_county(
    raw: Annotated[Path, Raw("components_county.csv")], counties: Counties
) -> facts.ComponentsCounty:
    """Population change of every county by its parts; what the file leaves empty is missing."""
    return _with_reasons(raw, facts.COMPONENTS_COUNTY, _known(counties)).with_columns(_OBSERVED)


def national_projection(
    raw: Annotated[Path, Raw("national_projection.csv")],
) -> facts.NationalProjection:
    """The national projection and its variants; every row looks ahead and is estimated."""
    estimated = pl.lit("estimated").alias("basis")
    return _with_reasons(raw, facts.NATIONAL_PROJECTION, {}).with_columns(estimated)


Known = Mapping[tuple[str, str], pl.Series]


def _known(places: pl.DataFrame) -> Known:
    """The codes of all municipalities or counties, by the table and column that they are of."""
    name, table = places.columns[0], {"county": "counties", "municipality": "municipalities"}
    return {(table[name], name): places[name]}


def _across(
    raw: Path, schema: Schema, across: str, values: Sequence[str], places: pl.DataFrame
) -> pl.DataFrame:
    """The rows of a file that has a column for each value of one column of the key.

    Parameters
    ----------
    raw : the file.
    schema : the table; beside the key it has one column, whose values the file's columns hold.
    across : the column of the key whose values stand in the header.
    values : those values, as the header has them.
    places : the municipalities or counties.
    """
    (counted,) = (column for column in schema.columns if not column.key and column.name != "basis")
    keys = [column for column in schema.columns if column.key and column.name != across]
    wide = replace(schema, columns=(*keys, *(replace(counted, name=value) for value in values)))
    read = figurefile.read(raw, wide, known=_known(places))
    names = [column.name for column in keys]
    long = read.unpivot(index=names, on=list(values), variable_name=across, value_name=counted.name)
    if not schema[across].numeric:
        return long.with_columns(_OBSERVED)
    return long.with_columns(pl.col(across).str.strip_suffix("+").cast(schema[across].dtype), _OBSERVED)


def _with_reasons(raw: Path, schema: Schema, known: Known) -> pl.DataFrame:
    """A file whose empty cells are missing, with the companion columns that say so."""
    reasons = {column.absent: column.name for column in schema.columns if column.absent}
    bare = [replace(column, absent=None, optional=column.absent is not None) for column in schema.columns]
    leave = ("basis", *reasons)
    read = figurefile.read(raw, replace(schema, columns=tuple(bare)), leave_out=leave, known=known)
    return read.with_columns(
        pl.when(pl.col(value).is_null()).then(pl.lit("missing")).alias(reason)
        for reason, value in reasons.items()
    )
