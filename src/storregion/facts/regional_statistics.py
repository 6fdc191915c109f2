"""Statistics by area and period, as their publisher divides them: one long table for many series."""

from typing import Annotated

import polars as pl

from storregion.facts.people import SEXES
from storregion.language import Text
from storregion.table import Column, Schema, absence, basis

STATISTICS = (
    "migration",
    "employment",
    "education",
    "income",
    "dwellings",
    "electricity_production",
    "energy_use",
)
"""Which series there are: each is one figure file, `statistics_NAME.csv`."""


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
        _code("statistic", Text("Statistik", "Statistic"), Text("Vilken serie.", "Which series.")),
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
                "Utgivarens kod för det som serien delas efter, eller total.",
                "The publisher's code of what the series is divided by, or total.",
            ),
        ),
        _code(
            "measure",
            Text("Mått", "Measure"),
            Text(
                "Vad som räknas med enhet, eller utgivarens kod för det.",
                "What is counted with its unit, or the publisher's code for it.",
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
