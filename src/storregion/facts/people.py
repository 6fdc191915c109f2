"""How many people live where, of what age, and how many are born and die."""

from typing import Annotated

import polars as pl

from storregion.core import columns

SEXES = ("men", "women")


POPULATION = columns.schema(
    "population",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons_of_place", least=0, absent="persons_absent"),
)
Population = Annotated[pl.DataFrame, POPULATION]


POPULATION_PROFILE = columns.schema(
    "population_profile",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.share("share_0_19", absent="shares_absent"),
    columns.share("share_75_plus", absent="shares_absent"),
    columns.share("share_primary_education", absent="education_absent"),
    columns.share("share_secondary_education", absent="education_absent"),
    columns.share("share_tertiary_education", absent="education_absent"),
    columns.absence("shares_absent"),
    columns.absence("education_absent"),
)
PopulationProfile = Annotated[pl.DataFrame, POPULATION_PROFILE]

POPULATION_BY_AGE = columns.schema(
    "population_by_age",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.age(),
    columns.whole("persons", "persons", least=0),
)
PopulationByAge = Annotated[pl.DataFrame, POPULATION_BY_AGE]

MUNICIPALITY_CHANGES = columns.schema(
    "municipality_changes",
    __name__,
    columns.code("municipality", key=True, pattern=r"\d{4}", refers=("municipalities", "municipality")),
    columns.code("parent", refers=("municipalities", "municipality")),
    columns.whole("year", "year", least=1974, most=2100),
)
MunicipalityChanges = Annotated[pl.DataFrame, MUNICIPALITY_CHANGES]

DEATHS = columns.schema(
    "deaths",
    __name__,
    columns.age(),
    columns.sex(),
    columns.whole("deaths", "persons", least=0),
    columns.whole("person_years", "person_years", least=0),
)
Deaths = Annotated[pl.DataFrame, DEATHS]

BIRTHS = columns.schema(
    "births",
    __name__,
    columns.code("mother_age", key=True, pattern=r"<15|1[5-9]|[234]\d|49\+"),
    columns.whole("births", "persons", least=0),
    columns.whole("women_years", "person_years", least=1),
)
Births = Annotated[pl.DataFrame, BIRTHS]
