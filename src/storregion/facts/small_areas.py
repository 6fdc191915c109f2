"""Areas within municipalities: statistical areas, localities and squares of the population grid."""

from typing import Annotated

import polars as pl

from storregion.core import columns

KINDS = ("deso", "regso", "locality", "grid_1km")

SMALL_AREAS = columns.schema(
    "small_areas",
    __name__,
    columns.code("kind", key=True, choices=KINDS),
    columns.code("code", key=True),
    columns.text("name", "name", optional=True),
    columns.code("municipality", pattern=r"\d{4}", optional=True),
    columns.whole("population", "persons", least=0, optional=True),
    columns.shape("geometry"),
    columns.number("area_km2", "km2", least=0.0),
)
SmallAreas = Annotated[pl.DataFrame, SMALL_AREAS]
