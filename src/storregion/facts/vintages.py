"""Projections that others have published, as they stood when they were: facts about what was expected."""

from typing import Annotated

import polars as pl

from storregion.core import columns

PUBLISHED = r"(19|20)\d\d(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
"""A year, a month or a day: as much of the date as is known."""

PROJECTION_VINTAGES = columns.schema(
    "projection_vintages",
    __name__,
    columns.code("projection", key=True, pattern=r"[a-z0-9]+(-[a-z0-9]+)*"),
    columns.code("area", key=True, pattern=r"\d{2}|\d{4}"),
    columns.year(),
    columns.whole("persons", "published_persons", least=0),
    columns.code("published", pattern=PUBLISHED),
    columns.text("producer"),
    columns.text("source"),
)
ProjectionVintages = Annotated[pl.DataFrame, PROJECTION_VINTAGES]
