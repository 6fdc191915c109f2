"""Areas within municipalities: statistical areas, localities and squares of the population grid."""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, basis

KINDS = ("deso", "regso", "locality", "grid_1km")

SMALL_AREAS = Schema(
    "small_areas",
    Text("Områden inom kommuner", "Areas within municipalities"),
    Text(
        "DeSO, RegSO, tätorter och rutor om 1 km² som SCB:s geodata har dem; tom tills några är hämtade.",
        "DeSO, RegSO, localities and squares of 1 km² as Statistics Sweden's geodata have them; empty until "
        "some are fetched.",
    ),
    (
        Column(
            "kind",
            pl.String,
            "code",
            Text("Slag", "Kind"),
            Text(
                "deso, regso, locality (tätort) eller grid_1km (ruta).", "deso, regso, locality or grid_1km."
            ),
            key=True,
            choices=KINDS,
        ),
        Column(
            "code",
            pl.String,
            "code",
            Text("Kod", "Code"),
            Text("Områdets kod hos SCB.", "The area's code at Statistics Sweden."),
            key=True,
        ),
        Column(
            "name",
            pl.String,
            "name",
            Text("Namn", "Name"),
            Text("Områdets namn, där det har ett.", "The area's name, where it has one."),
            optional=True,
        ),
        Column(
            "municipality",
            pl.String,
            "code",
            Text("Kommun", "Municipality"),
            Text("Kommunen som källan anger.", "The municipality that the source gives."),
            pattern=r"\d{4}",
            optional=True,
        ),
        Column(
            "population",
            pl.Int64,
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkmängd, där källan har den.", "Population, where the source has it."),
            least=0,
            optional=True,
        ),
        Column(
            "geometry",
            pl.Binary,
            "wkb",
            Text("Form", "Shape"),
            Text("WKB i SWEREF 99 TM, meter.", "WKB in SWEREF 99 TM, metres."),
        ),
        Column(
            "area_km2",
            pl.Float64,
            "km2",
            Text("Areal", "Area"),
            Text("Formens areal.", "Area of the shape."),
            least=0.0,
        ),
        basis(),
    ),
)
SmallAreas = Annotated[pl.DataFrame, SMALL_AREAS]
