"""What the counties produce, and what goes through their ports."""

from typing import Annotated

import polars as pl

from storregion.core import columns

GROSS_REGIONAL_PRODUCT = columns.schema(
    "gross_regional_product",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.number("gdp_million_eur", "million_eur", least=0),
    columns.number("gdp_million_sek", "million_sek", least=0),
)
GrossRegionalProduct = Annotated[pl.DataFrame, GROSS_REGIONAL_PRODUCT]

PORT_GOODS = columns.schema(
    "port_goods",
    __name__,
    columns.year(),
    columns.county(key=True, refers=("counties and country", "county")),
    columns.whole("domestic_unloaded_kt", "kilotonnes", least=0, absent="directions_absent"),
    columns.whole("domestic_loaded_kt", "kilotonnes", least=0, absent="directions_absent"),
    columns.whole("foreign_unloaded_kt", "kilotonnes", least=0, absent="directions_absent"),
    columns.whole("foreign_loaded_kt", "kilotonnes", least=0, absent="directions_absent"),
    columns.whole("domestic_kt", "kilotonnes", least=0, absent="sums_absent"),
    columns.whole("foreign_kt", "kilotonnes", least=0, absent="sums_absent"),
    columns.whole("total_kt", "kilotonnes", least=0),
)
PortGoods = Annotated[pl.DataFrame, PORT_GOODS]
