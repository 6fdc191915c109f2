"""Electricity: what is used and produced where, and in which plants. An absent cell is never zero."""

from typing import Annotated

import polars as pl

from storregion.core import columns

SECTORS = (
    "flerbostadshus",
    "fritidshus",
    "industri_bygg",
    "jordbruk_skogsbruk_fiske",
    "offentlig",
    "ovriga_tjanster",
    "smahus",
    "transporter",
)
GENERATION_KINDS = (
    "kraftvarme_industriellt_mottryck",
    "ovrig_varmekraft_karn_kondens",
    "solkraft",
    "vattenkraft",
    "vindkraft",
)


ELECTRICITY_USE = columns.schema(
    "electricity_use",
    __name__,
    columns.municipality(key=True),
    columns.code("sector", key=True, choices=SECTORS),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("mwh", "mwh", least=0.0),
)
ElectricityUse = Annotated[pl.DataFrame, ELECTRICITY_USE]

COUNTY_ELECTRICITY_USE = columns.schema(
    "county_electricity_use",
    __name__,
    columns.county(key=True, refers=("counties and country", "county")),
    columns.code("sector", key=True, choices=SECTORS),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("mwh", "mwh", least=0.0),
)
CountyElectricityUse = Annotated[pl.DataFrame, COUNTY_ELECTRICITY_USE]

ELECTRICITY_GENERATION = columns.schema(
    "electricity_generation",
    __name__,
    columns.municipality(key=True),
    columns.code("kind", key=True, choices=GENERATION_KINDS),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("mwh", "mwh", least=0.0),
)
ElectricityGeneration = Annotated[pl.DataFrame, ELECTRICITY_GENERATION]

COUNTY_ELECTRICITY_GENERATION = columns.schema(
    "county_electricity_generation",
    __name__,
    columns.county(key=True, refers=("counties and country", "county")),
    columns.code("kind", key=True, choices=GENERATION_KINDS),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    ELECTRICITY_GENERATION["mwh"],
)
CountyElectricityGeneration = Annotated[pl.DataFrame, COUNTY_ELECTRICITY_GENERATION]

COUNTY_ELECTRICITY_TOTALS = columns.schema(
    "county_electricity_totals",
    __name__,
    columns.county(key=True),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("use_gwh", "gwh", least=0.0),
    columns.number("generation_gwh", "gwh", least=0.0),
)
CountyElectricityTotals = Annotated[pl.DataFrame, COUNTY_ELECTRICITY_TOTALS]


POWER_PLANTS = columns.schema(
    "power_plants",
    __name__,
    columns.whole("unit", "number", key=True, least=1),
    columns.text("name", "name"),
    columns.text("fuel", "name"),
    columns.text("technology", "name", optional=True),
    columns.number("mw", "mw", least=0.0),
    columns.whole("year_in", "year", least=1850, most=2100, optional=True),
    columns.whole("year_out", "year", least=1850, most=2100, optional=True),
    columns.county(),
)
PowerPlants = Annotated[pl.DataFrame, POWER_PLANTS]
