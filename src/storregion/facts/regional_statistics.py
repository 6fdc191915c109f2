"""Statistics by area and period, as their publisher divides them: one long table for many series."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.facts.key_figures import KEY_FIGURES

REGIONAL_STATISTICS = columns.schema(
    "regional_statistics",
    __name__,
    columns.code("statistic", key=True, pattern=r"[a-z][a-z0-9_]*"),
    columns.code("area", key=True, pattern=r"\d{2}|\d{4}|\d{4}([A-C]\d{4}|R\d{3})"),
    columns.code("period", key=True, pattern=r"\d{4}(K[1-4]|M\d{2})?"),
    KEY_FIGURES["sex"],
    columns.code("age", key=True),
    columns.code("category", key=True),
    columns.code("measure", key=True),
    columns.number("value", "number", absent="value_absent"),
)
RegionalStatistics = Annotated[pl.DataFrame, REGIONAL_STATISTICS]
