"""Roads: how far and how long one drives, as published for single pairs of localities."""

from typing import Annotated

import polars as pl

from storregion.core import columns

DRIVE_TIMES = columns.schema(
    "drive_times",
    __name__,
    columns.code("from_locality", key=True, refers=("localities", "locality")),
    columns.code("to_locality", key=True, refers=("localities", "locality")),
    columns.number("km", "km", least=1.0),
    columns.duration("minutes", absent="minutes_absent"),
    columns.text("source"),
)
DriveTimes = Annotated[pl.DataFrame, DRIVE_TIMES]
