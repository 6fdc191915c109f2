"""Homes: how many are completed where, what they cost, and how households live."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError

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


class Levels(NamedTuple):
    """Places in order of code, their prices[place, year], and the last year."""

    places: list[str]
    prices: NDArray[np.float64]
    last: int


def levels(prices: pl.DataFrame, by: str, column: str) -> Levels:
    """Prices of every place in every year from the first to the last; not a number where one is missing.

    Parameters
    ----------
    prices : by place and year.
    by, column : the columns of place and price.

    Raises
    ------
    DataError
        A price is zero.
    """
    if (prices[column] <= 0).any():
        raise DataError(f"{column} has a price of zero; a price of nothing is missing, so leave its row out")
    years = range(int(str(prices["year"].min())), int(str(prices["year"].max())) + 1)
    wide = prices.pivot(on="year", index=by, values=column).sort(by)
    # A year without any price has no change to or from it.
    lost = {str(year): None for year in years if str(year) not in wide.columns}
    table = wide.with_columns(**lost).select(str(year) for year in years).to_numpy().astype(np.float64)
    return Levels(wide[by].to_list(), table, years[-1])
