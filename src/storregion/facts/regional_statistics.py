"""Statistics by area and period, as their publisher divides them: one long table for many series."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.language import Text
from storregion.facts.key_figures import KEY_FIGURES

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


REGIONAL_STATISTICS = columns.schema(
    "regional_statistics",
    __name__,
    columns.code("statistic", key=True, choices=STATISTICS),
    columns.code("area", key=True, pattern=r"\d{2}|\d{4}"),
    columns.code("period", key=True, pattern=r"\d{4}(K[1-4]|M\d{2})?"),
    KEY_FIGURES["sex"],
    columns.code("age", key=True),
    columns.code("category", key=True),
    columns.code("measure", key=True),
    columns.number("value", "number", absent="value_absent"),
)
RegionalStatistics = Annotated[pl.DataFrame, REGIONAL_STATISTICS]
