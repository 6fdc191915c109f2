"""Key figures of municipalities, regions and the country, as the database of key figures publishes them."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis
from storregion.facts.people import SEXES, year

KEY_FIGURES = Schema(
    "key_figures",
    Text("Nyckeltal", "Key figures"),
    Text(
        "Nyckeltal per kommun, region och riket, kvinnor och män för sig; tom tills några är hämtade.",
        "Key figures by municipality, region and country, women and men apart; empty until some are fetched.",
    ),
    (
        Column(
            "kpi",
            pl.String,
            "code",
            Text("Nyckeltal", "Key figure"),
            Text("Nyckeltalets kod.", "The code of the key figure."),
            key=True,
            pattern=r"[NU]\d{5}",
        ),
        Column(
            "area",
            pl.String,
            "code",
            Text("Område", "Area"),
            Text(
                "Kommunens kod, länets kod för regionen, eller rikets kod.",
                "The municipality's code, the county's code for its region, or the country's code.",
            ),
            key=True,
            pattern=r"\d{2}|\d{4}",
        ),
        year(about=Text("Året nyckeltalet gäller.", "The year that the key figure is about.")),
        Column(
            "sex",
            pl.String,
            "code",
            Text("Kön", "Sex"),
            Text("total (alla), men (män) eller women (kvinnor).", "total, men or women."),
            key=True,
            choices=("total", *SEXES),
        ),
        Column(
            "title",
            pl.String,
            "text",
            Text("Benämning", "Title"),
            Text("Nyckeltalets namn med enhet, på svenska.", "The name with its unit, in Swedish."),
        ),
        Column(
            "value",
            pl.Float64,
            "number",
            Text("Värde", "Value"),
            Text("Värdet i den enhet som benämningen anger.", "The value in the unit that the title gives."),
            absent="value_absent",
        ),
        absence("value_absent", Text("värde", "value")),
        basis(),
    ),
)
KeyFigures = Annotated[pl.DataFrame, KEY_FIGURES]
