"""Power hour by hour, and the areas behind a feed-in: what may come in, what is there, and who has asked."""

from typing import Annotated

import polars as pl

from storregion.core import columns

PARTS = ("feed_in", "local", "flexibility", "request")
"""What an area's capacity consists of, and what is asked of it."""

LOAD_SHAPE = columns.schema(
    "load_shape",
    __name__,
    columns.whole("month", "number", key=True, least=1, most=12),
    columns.whole("weekday", "number", key=True, least=1, most=7),
    columns.whole("hour", "number", key=True, least=0, most=23),
    columns.number("ratio", "ratio", least=0.0),
)
LoadShape = Annotated[pl.DataFrame, LOAD_SHAPE]

LOAD_DAYS = columns.schema(
    "load_days",
    __name__,
    columns.whole("month", "number", key=True, least=1, most=12),
    columns.whole("percentile", "percent", key=True, least=0, most=100),
    columns.number("factor", "ratio", least=0.0),
)
LoadDays = Annotated[pl.DataFrame, LOAD_DAYS]

CAPACITY_AREAS = columns.schema(
    "capacity_areas",
    __name__,
    columns.code("capacity_area", key=True),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
    columns.text("about_sv"),
    columns.text("about_en"),
    columns.number("use_gwh", "gwh", least=0.0, absent="use_absent"),
    columns.text("use_source", optional=True),
)
CapacityAreas = Annotated[pl.DataFrame, CAPACITY_AREAS]

CAPACITY_MEMBERS = columns.schema(
    "capacity_members",
    __name__,
    columns.code("capacity_area", refers=("capacity_areas", "capacity_area")),
    columns.municipality(key=True),
)
CapacityMembers = Annotated[pl.DataFrame, CAPACITY_MEMBERS]

CAPACITY_PARTS = columns.schema(
    "capacity_parts",
    __name__,
    columns.code("capacity_area", key=True, refers=("capacity_areas", "capacity_area")),
    columns.whole("number", "number", key=True, least=1),
    columns.code("capacity_part", choices=PARTS),
    columns.text("name", "name"),
    columns.number("mw", "mw"),
    columns.share("factor"),
    columns.whole("from_year", "year", least=1900, most=2150),
    columns.whole("until_year", "year", least=1900, most=2150, absent="until_absent"),
    columns.code("several", choices=("yes", "no")),
    columns.text("source"),
)
CapacityParts = Annotated[pl.DataFrame, CAPACITY_PARTS]
