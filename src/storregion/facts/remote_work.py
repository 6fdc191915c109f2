"""How many work from home, as surveys say it: each question on its own."""

from typing import Annotated

import polars as pl

from storregion.core import columns

MEASURES = ("any", "weekly", "half", "majority")

REMOTE_PRACTICE = columns.schema(
    "remote_practice",
    __name__,
    columns.code("survey", key=True),
    columns.code("measure", key=True, choices=MEASURES),
    columns.text("area", "name", key=True),
    columns.text("period", key=True),
    columns.text("who_sv"),
    columns.text("who_en", key=True),
    columns.number("percent_low", "percent", least=0, most=100),
    columns.number("percent_high", "percent", least=0, most=100),
    columns.text("question_sv"),
    columns.text("question_en"),
    columns.text("source"),
    columns.text("url", pattern=r"https?://[^\s<>\"]+", optional=True),
    columns.text("quality"),
)
RemotePractice = Annotated[pl.DataFrame, REMOTE_PRACTICE]
