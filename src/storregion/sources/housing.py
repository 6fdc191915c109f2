"""Homes, their prices and who lives in them, as Statistics Sweden publishes them."""

from pathlib import Path
from typing import Annotated

from storregion.core.lineage import Raw
from storregion.facts import housing as facts
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas


def housing(raw: Annotated[Path, Raw("housing.csv")], municipalities: Municipalities) -> facts.Housing:
    """Dwellings completed and house prices by municipality."""
    return areas.observed(raw, facts.HOUSING, municipalities)


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
