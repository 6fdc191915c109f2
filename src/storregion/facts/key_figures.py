"""Key figures of municipalities, regions and the country, as the database of key figures publishes them."""

from typing import Annotated

import polars as pl

from storregion.core import columns

KEY_FIGURES = columns.schema(
    "key_figures",
    __name__,
    columns.code("kpi", key=True, pattern=r"[NU]\d{5}"),
    columns.code("area", key=True, pattern=r"\d{2}|\d{4}"),
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.code("sex", key=True, choices=("total", "men", "women")),
    columns.text("title"),
    columns.number("value", "number", absent="value_absent"),
)
KeyFigures = Annotated[pl.DataFrame, KEY_FIGURES]
