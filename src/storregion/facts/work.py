"""Who works where: the labour market areas that municipalities form."""

from typing import Annotated

import polars as pl

from storregion.facts.people import year
from storregion.facts.places import municipality
from storregion.language import Text
from storregion.table import Column, Schema, basis

LABOUR_MARKET_AREAS = Schema(
    "labour_market_areas",
    Text("Lokala arbetsmarknader", "Local labour market areas"),
    Text(
        "SCB:s lokala arbetsmarknader per år: området, kommunen man pendlar mest till, och andelar som "
        "pendlar ut.",
        "Statistics Sweden's local labour market areas by year: area, largest destination and shares "
        "commuting out.",
    ),
    (
        municipality(key=True),
        year(about=Text("Årets indelning.", "The year of the delineation.")),
        Column(
            "la_code",
            pl.String,
            "code",
            Text("Områdeskod", "Area code"),
            Text("Områdets kod.", "The area's code."),
            pattern=r"LA\d{4}",
        ),
        Column(
            "la_name", pl.String, "name", Text("Område", "Area"), Text("Områdets namn.", "The area's name.")
        ),
        Column(
            "largest_destination",
            pl.String,
            "code",
            Text("Länkad till", "Linked to"),
            Text("Kommunen som SCB länkar kommunen till.", "The municipality it is linked to."),
            refers=("municipalities", "municipality"),
        ),
        Column(
            "out_share",
            pl.Float64,
            "share",
            Text("Andel utpendlare", "Share commuting out"),
            Text(
                "Andel av de sysselsatta invånarna som arbetar i en annan kommun.",
                "Share of employed residents who work in another municipality.",
            ),
            least=0.0,
            most=1.0,
        ),
        Column(
            "out_share_largest",
            pl.Float64,
            "share",
            Text("Andel till största mål", "Share to largest destination"),
            Text(
                "Andel av de sysselsatta invånarna som arbetar i den största målkommunen.",
                "Share of employed residents who work in the largest single destination.",
            ),
            least=0.0,
            most=1.0,
        ),
        basis(),
    ),
)
LabourMarketAreas = Annotated[pl.DataFrame, LABOUR_MARKET_AREAS]
