"""Homes, their prices and who lives in them, as Statistics Sweden publishes them."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import housing as facts
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas

LEAST_PRICE = 50_000
"""Kronor; no municipality's houses have ever sold for less on average in the years there are."""


def housing(raw: Annotated[Path, Raw("housing.csv")], municipalities: Municipalities) -> facts.Housing:
    """Dwellings completed and house prices by municipality.

    Raises
    ------
    DataError
        Mean prices are so low that they must be in thousands.
    """
    read = areas.observed(raw, facts.HOUSING, municipalities)
    low = read.filter(pl.col("house_price_sek") < LEAST_PRICE)
    if low.height:
        named = low.select("municipality", "year", "house_price_sek").head(5).rows()
        raise DataError(
            f"{raw} has {low.height} mean house prices below {LEAST_PRICE} kronor, such as {named}; they "
            "seem to be in thousands: give them in whole kronor"
        )
    return read


def county_house_prices(
    raw: Annotated[Path, Raw("county_house_prices.csv")], counties: Counties
) -> facts.CountyHousePrices:
    """Prices of flats and the index of house prices by county."""
    return areas.observed(raw, facts.COUNTY_HOUSE_PRICES, counties)


def households_dwelling(
    raw: Annotated[Path, Raw("households_dwelling.csv")], municipalities: Municipalities
) -> facts.HouseholdsDwelling:
    """Households by form of dwelling and tenure."""
    return areas.observed(raw, facts.HOUSEHOLDS_DWELLING, municipalities)
