"""What a projection starts from: people by age, births, deaths and moves, and the national projection."""

from typing import Annotated

import polars as pl

from storregion.core import columns

AGE_CLASS = r"\d{1,2}-\d{1,2}|\d+\+"
VARIANTS = ("HU", "LD", "HD", "LF", "HF", "LI", "HI")
"""Main (HU); low and high mortality (D), fertility (F) and migration (I)."""

MUNICIPALITY_AGE_SEX = columns.schema(
    "municipality_age_sex",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.age(),
    columns.sex(),
    columns.whole("persons", "persons", least=0),
)
MunicipalityAgeSex = Annotated[pl.DataFrame, MUNICIPALITY_AGE_SEX]

POPULATION_AGE_SEX = columns.schema(
    "population_age_sex",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.age(),
    columns.sex(),
    columns.whole("persons", "persons", least=0),
)
PopulationAgeSex = Annotated[pl.DataFrame, POPULATION_AGE_SEX]

POPULATION_AGE_CLASS = columns.schema(
    "population_age_class",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("age_class", key=True, pattern=AGE_CLASS),
    columns.sex(),
    columns.whole("persons", "persons", least=0),
)
PopulationAgeClass = Annotated[pl.DataFrame, POPULATION_AGE_CLASS]

DEATHS_AGE_SEX = columns.schema(
    "deaths_age_sex",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.age(),
    columns.sex(),
    columns.whole("deaths", "persons", least=0),
)
DeathsAgeSex = Annotated[pl.DataFrame, DEATHS_AGE_SEX]

DEATHS_AGE_CLASS = columns.schema(
    "deaths_age_class",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("age_class", key=True, pattern=AGE_CLASS),
    columns.sex(),
    columns.whole("deaths", "persons", least=0),
)
DeathsAgeClass = Annotated[pl.DataFrame, DEATHS_AGE_CLASS]

BIRTHS_AGE = columns.schema(
    "births_age",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("mother_age", key=True, pattern=r"<15|1[5-9]|[23]\d|4[0-8]|49\+|unknown"),
    columns.sex(),
    columns.whole("births", "persons", least=0),
)
BirthsAge = Annotated[pl.DataFrame, BIRTHS_AGE]

MIGRATION_AGE_CLASS = columns.schema(
    "migration_age_class",
    __name__,
    columns.code("county_then", key=True, pattern=columns.COUNTY),
    columns.year(),
    columns.code("age_class", key=True, pattern=rf"{AGE_CLASS}|unknown"),
    columns.whole("domestic_in", "persons", least=0),
    columns.whole("domestic_out", "persons", least=0),
    columns.whole("immigration", "persons", least=0),
    columns.whole("emigration", "persons", least=0),
)
MigrationAgeClass = Annotated[pl.DataFrame, MIGRATION_AGE_CLASS]

COMPONENTS_MUNICIPALITY = columns.schema(
    "components_municipality",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.whole("change", "persons"),
    columns.whole("births", "persons", least=0),
    columns.whole("deaths", "persons", least=0),
    columns.whole("in_same_county", "persons", least=0, absent="same_county_absent"),
    columns.whole("in_rest_of_sweden", "persons", least=0),
    columns.whole("immigration", "persons", least=0),
    columns.whole("out_same_county", "persons", least=0, absent="same_county_absent"),
    columns.whole("out_rest_of_sweden", "persons", least=0),
    columns.whole("emigration", "persons", least=0),
    columns.whole("adjustment", "persons"),
)
ComponentsMunicipality = Annotated[pl.DataFrame, COMPONENTS_MUNICIPALITY]

COMPONENTS_COUNTY = columns.schema(
    "components_county",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.whole("change", "persons", absent="change_absent"),
    columns.whole("births", "persons", least=0, absent="births_absent"),
    columns.whole("deaths", "persons", least=0, absent="births_absent"),
    columns.whole("in_moves", "persons", least=0, absent="moves_absent"),
    columns.whole("out_moves", "persons", least=0, absent="moves_absent"),
    columns.whole("immigration", "persons", least=0, absent="moves_absent"),
    columns.whole("emigration", "persons", least=0, absent="moves_absent"),
    columns.whole("net_migration", "persons", absent="moves_absent"),
    columns.whole("adjustment", "persons", absent="adjustment_absent"),
)
ComponentsCounty = Annotated[pl.DataFrame, COMPONENTS_COUNTY]

MOVES_KNOWN = columns.schema(
    "moves_known",
    __name__,
    columns.code("moved_from", key=True, pattern=r"\d\d(\d\d)?"),
    columns.code("moved_to", key=True, pattern=r"\d\d(\d\d)?"),
    columns.year(),
    columns.whole("persons", "persons", least=0),
)
MovesKnown = Annotated[pl.DataFrame, MOVES_KNOWN]

NATIONAL_PROJECTION = columns.schema(
    "national_projection",
    __name__,
    columns.code("variant", key=True, choices=VARIANTS),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.whole("births", "persons", least=0, absent="births_absent"),
    columns.whole("deaths", "persons", least=0, absent="deaths_absent"),
    columns.whole("net_migration", "persons", absent="migration_absent"),
)
NationalProjection = Annotated[pl.DataFrame, NATIONAL_PROJECTION]

POPULATION_YEARLY = columns.schema(
    "population_yearly",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
)
PopulationYearly = Annotated[pl.DataFrame, POPULATION_YEARLY]
