"""How many people live where, of what age, and how many are born and die."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis
from storregion.facts.places import county, municipality

SEXES = ("men", "women")


def year(*, about: Text | None = None) -> Column:
    """The column that names the year of an observation."""
    return Column(
        "year",
        pl.Int64,
        "year",
        Text("År", "Year"),
        about or Text("Året, den 31 december.", "The year, on 31 December."),
        key=True,
        least=1749,
        most=2100,
    )


def sex() -> Column:
    """The column that names a sex as registered."""
    return Column(
        "sex",
        pl.String,
        "code",
        Text("Kön", "Sex"),
        Text("men (män) eller women (kvinnor).", "men or women, as registered."),
        key=True,
        choices=SEXES,
    )


def age() -> Column:
    """The column that names an age in completed years."""
    return Column(
        "age",
        pl.Int64,
        "years",
        Text("Ålder", "Age"),
        Text("Fyllda år; 100 är 100 år och äldre.", "Completed years; 100 is 100 or more."),
        key=True,
        least=0,
        most=100,
    )


POPULATION = Schema(
    "population",
    Text("Folkmängd per kommun", "Population by municipality"),
    Text(
        "Folkmängd den 31 december i alla landets kommuner. Åren ligger olika långt isär.",
        "Population on 31 December in every municipality of the country. The years are unevenly spaced.",
    ),
    (
        municipality(key=True),
        year(),
        Column(
            "persons",
            pl.Int64,
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkbokförda den 31 december.", "Registered residents on 31 December."),
            least=0,
            absent="persons_absent",
        ),
        absence("persons_absent", Text("folkmängd", "population")),
        basis(),
    ),
)
Population = Annotated[pl.DataFrame, POPULATION]


def _share(name: str, label: Text, about: Text, absent: str = "shares_absent") -> Column:
    return Column(name, pl.Float64, "share", label, about, least=0.0, most=1.0, absent=absent)


def _education(name: str, level: Text) -> Column:
    label = Text(f"Andel med {level.sv}", f"Share with {level.en}")
    about = Text(
        f"Andel av invånarna 16–74 år med {level.sv} som högsta utbildning.",
        f"Share of residents aged 16–74 whose highest education is {level.en}.",
    )
    return _share(name, label, about, "education_absent")


POPULATION_PROFILE = Schema(
    "population_profile",
    Text("Ålder och utbildning per kommun", "Age and education by municipality"),
    Text(
        "Andelar av befolkningen efter ålder och utbildning i alla landets kommuner.",
        "Shares of the population by age and education in every municipality.",
    ),
    (
        municipality(key=True),
        year(),
        _share(
            "share_0_19", Text("Andel 0–19 år", "Share aged 0–19"), Text("Andel 0–19 år.", "Share aged 0–19.")
        ),
        _share(
            "share_75_plus",
            Text("Andel 75 år–", "Share aged 75+"),
            Text("Andel 75 år och äldre.", "Share aged 75 or more."),
        ),
        _education("share_primary_education", Text("förgymnasial utbildning", "primary education")),
        _education("share_secondary_education", Text("gymnasial utbildning", "upper secondary education")),
        _education("share_tertiary_education", Text("eftergymnasial utbildning", "tertiary education")),
        absence("shares_absent", Text("andelar efter ålder", "shares by age")),
        absence("education_absent", Text("andelar efter utbildning", "shares by education")),
        basis(),
    ),
)
PopulationProfile = Annotated[pl.DataFrame, POPULATION_PROFILE]

POPULATION_BY_AGE = Schema(
    "population_by_age",
    Text("Folkmängd per kommun och ålder", "Population by municipality and age"),
    Text(
        "Folkmängd den 31 december efter ettårig ålder i alla kommuner; tom tills den är hämtad. En ålder "
        "utan rad har ingen invånare.",
        "Population on 31 December by single year of age in every municipality; empty until it is fetched. "
        "An age without a row has no resident.",
    ),
    (
        municipality(key=True),
        year(),
        age(),
        Column(
            "persons",
            pl.Int64,
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkbokförda den 31 december.", "Registered residents on 31 December."),
            least=0,
        ),
        basis(),
    ),
)
PopulationByAge = Annotated[pl.DataFrame, POPULATION_BY_AGE]

MUNICIPALITY_CHANGES = Schema(
    "municipality_changes",
    Text("Ändrad kommunindelning", "Changes of municipalities"),
    Text(
        "Kommuner som bildats ur en annan under perioden; moderkommunen går inte att jämföra över året.",
        "Municipalities formed out of another in the period; the parent cannot be compared across the year.",
    ),
    (
        municipality(key=True, about=Text("Kommunen som bildades.", "The municipality that was formed.")),
        Column(
            "parent",
            pl.String,
            "code",
            Text("Ur kommun", "Out of"),
            Text("Kommunen som den bildades ur.", "The municipality it was formed out of."),
            refers=("municipalities", "municipality"),
        ),
        Column(
            "year",
            pl.Int64,
            "year",
            Text("År", "Year"),
            Text("Året den bildades, den 1 januari.", "The year it was formed, on 1 January."),
            least=1974,
            most=2100,
        ),
        basis(),
    ),
)
MunicipalityChanges = Annotated[pl.DataFrame, MUNICIPALITY_CHANGES]

POPULATION_AGE_SEX = Schema(
    "population_age_sex",
    Text("Folkmängd per län, ålder och kön 2015", "Population by county, age and sex 2015"),
    Text(
        "Folkmängd den 31 december 2015 efter ettårig ålder och kön i alla län.",
        "Population on 31 December 2015 by single year of age and sex in every county.",
    ),
    (
        county(key=True),
        age(),
        sex(),
        Column(
            "persons",
            pl.Int64,
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkbokförda den 31 december 2015.", "Registered residents on 31 December 2015."),
            least=0,
        ),
        basis(),
    ),
)
PopulationAgeSex = Annotated[pl.DataFrame, POPULATION_AGE_SEX]

DEATHS = Schema(
    "deaths",
    Text("Döda i riket 2011–2015", "Deaths in the country 2011–2015"),
    Text(
        "Döda efter ålder och kön under fem år, med genomlevda personår.",
        "Deaths by age and sex over five years, with person-years lived.",
    ),
    (
        age(),
        sex(),
        Column(
            "deaths",
            pl.Int64,
            "persons",
            Text("Döda", "Deaths"),
            Text("Döda 2011–2015.", "Deaths 2011–2015."),
            least=0,
        ),
        Column(
            "person_years",
            pl.Int64,
            "person_years",
            Text("Personår", "Person-years"),
            Text("Summa av årens folkmängder.", "Sum of the years' populations."),
            least=0,
        ),
        basis(),
    ),
)
Deaths = Annotated[pl.DataFrame, DEATHS]

BIRTHS = Schema(
    "births",
    Text("Födda i riket 2011–2015", "Births in the country 2011–2015"),
    Text(
        "Födda efter moderns ålder under fem år, med genomlevda kvinnoår.",
        "Births by mother's age over five years, with woman-years lived.",
    ),
    (
        Column(
            "mother_age",
            pl.String,
            "code",
            Text("Moderns ålder", "Mother's age"),
            Text(
                "Fyllda år; <15 och 49+ är öppna klasser.", "Completed years; <15 and 49+ are open classes."
            ),
            key=True,
            pattern=r"<15|1[5-9]|[234]\d|49\+",
        ),
        Column(
            "births",
            pl.Int64,
            "persons",
            Text("Födda", "Births"),
            Text("Födda 2011–2015.", "Births 2011–2015."),
            least=0,
        ),
        Column(
            "women_years",
            pl.Int64,
            "person_years",
            Text("Kvinnoår", "Woman-years"),
            Text("Summa av årens kvinnor i åldern.", "Sum of the years' women of that age."),
            least=1,
        ),
        basis(),
    ),
)
Births = Annotated[pl.DataFrame, BIRTHS]
