"""Statistics by area and period, as their publisher divides them: one long table for many series."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis
from storregion.facts.people import SEXES

SERIES = {
    "population": Text("Folkmängd", "Population"),
    "components_of_change": Text("Befolkningsförändringar", "Components of population change"),
    "migration": Text("Flyttningar", "Migration"),
    "migration_origin": Text(
        "Flyttningar inom länet, övriga landet och utlandet",
        "Migration within the county, the rest of the country and abroad",
    ),
    "regional_projection": Text("Regional befolkningsframskrivning", "Regional population projection"),
    "employment": Text("Dag- och nattbefolkning", "Employed by place of work and of residence"),
    "labour_status": Text("Arbetsmarknadsstatus", "Labour market status"),
    "education": Text("Utbildningsnivå", "Level of education"),
    "income": Text("Förvärvsinkomst", "Earned income"),
    "gross_regional_product": Text("Bruttoregionprodukt", "Gross regional product"),
    "dwellings": Text("Påbörjade och färdigställda lägenheter", "Dwellings started and completed"),
    "dwellings_completed": Text("Färdigställda lägenheter", "Dwellings completed"),
    "dwelling_stock": Text("Bostadsbestånd", "Stock of dwellings"),
    "house_prices": Text("Småhuspriser", "Prices of one-family houses"),
    "energy_use": Text("Slutlig energianvändning", "Final use of energy"),
    "electricity_production": Text("Elproduktion", "Electricity production"),
    "district_heating": Text("Fjärrvärmeproduktion", "District heating production"),
    "wind_power": Text("Vindkraft", "Wind power"),
    "solar_power": Text("Solkraft", "Solar power"),
}
"""Which series there are, with their names: each is one figure file, `statistics_NAME.csv`."""
STATISTICS = tuple(SERIES)
PROJECTIONS = ("regional_projection",)
"""The series that look ahead: what they say is estimated, not observed."""


def _code(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.String, "code", label, about, key=True)


REGIONAL_STATISTICS = Schema(
    "regional_statistics",
    Text("Regional statistik", "Regional statistics"),
    Text(
        "Statistik per område och period med utgivarens egen indelning; tom tills någon är hämtad.",
        "Statistics by area and period, divided as the publisher divides them; empty until some are fetched.",
    ),
    (
        Column(
            "statistic",
            pl.String,
            "code",
            Text("Statistik", "Statistic"),
            Text("Vilken serie.", "Which series."),
            key=True,
            choices=STATISTICS,
        ),
        Column(
            "area",
            pl.String,
            "code",
            Text("Område", "Area"),
            Text(
                "Kommunens eller länets kod, eller rikets, som är två nollor.",
                "The code of the municipality or county, or of the country, which is two noughts.",
            ),
            key=True,
            pattern=r"\d{2}|\d{4}",
        ),
        Column(
            "period",
            pl.String,
            "code",
            Text("Period", "Period"),
            Text(
                "Året, eller året med kvartal (K) eller månad (M).",
                "The year, with quarter (K) or month (M).",
            ),
            key=True,
            pattern=r"\d{4}(K[1-4]|M\d{2})?",
        ),
        Column(
            "sex",
            pl.String,
            "code",
            Text("Kön", "Sex"),
            Text("total (alla), men (män) eller women (kvinnor).", "total, men or women."),
            key=True,
            choices=("total", *SEXES),
        ),
        _code(
            "age",
            Text("Ålder", "Age"),
            Text("Utgivarens åldersklass, eller total.", "The publisher's age class, or total."),
        ),
        _code(
            "category",
            Text("Indelning", "Division"),
            Text(
                "Utgivarens ord för det som serien delas efter, eller total.",
                "The publisher's words for what the series is divided by, or total.",
            ),
        ),
        _code(
            "measure",
            Text("Mått", "Measure"),
            Text(
                "Vad som räknas, med utgivarens ord.",
                "What is counted, in the publisher's words.",
            ),
        ),
        Column(
            "value",
            pl.Float64,
            "number",
            Text("Värde", "Value"),
            Text("Värdet i måttets enhet.", "The value in the measure's unit."),
            absent="value_absent",
        ),
        absence("value_absent", Text("värde", "value")),
        basis(),
    ),
)
RegionalStatistics = Annotated[pl.DataFrame, REGIONAL_STATISTICS]
