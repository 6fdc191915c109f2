"""Homes: how many are completed where, what they cost, and how households live."""

from typing import Annotated

import polars as pl

from storregion.core import columns

FORMS = (
    "house_owned",
    "house_tenant_owned",
    "house_rented",
    "flat_tenant_owned",
    "flat_rented",
    "special",
    "other",
    "unknown",
)
"""One- and two-dwelling houses and flats by tenure, special housing, other and unknown."""

HOUSING = columns.schema(
    "housing",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("dwellings_completed", "dwellings", least=0),
    columns.number("price_to_assessed_value", "ratio", least=0),
    columns.whole("house_price_sek", "sek", least=0),
)
Housing = Annotated[pl.DataFrame, HOUSING]

COUNTY_HOUSE_PRICES = columns.schema(
    "county_house_prices",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.whole("tenant_owned_price_sek", "sek", least=0),
    columns.number("house_price_index_1990", "price_index", least=0),
)
CountyHousePrices = Annotated[pl.DataFrame, COUNTY_HOUSE_PRICES]

HOUSEHOLDS_DWELLING = columns.schema(
    "households_dwelling",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("dwelling", key=True, choices=FORMS),
    columns.whole("households", "households", least=0),
)
HouseholdsDwelling = Annotated[pl.DataFrame, HOUSEHOLDS_DWELLING]
