"""Single figures as published, each with its own source and quality: quoted, never computed with."""

from typing import Annotated

import polars as pl

from storregion.core import columns

PUBLISHED_FACTS = columns.schema(
    "published_facts",
    __name__,
    columns.text("theme", key=True),
    columns.text("indicator", key=True),
    columns.text("place", key=True),
    columns.text("year", key=True),
    columns.text("value"),
    columns.text("unit"),
    columns.text("source"),
    columns.text("quality"),
)
PublishedFacts = Annotated[pl.DataFrame, PUBLISHED_FACTS]
