"""Where people travel outside the group: targets, links, and criteria of how well they are reached."""

from typing import Annotated

import polars as pl

from storregion.core import columns

TARGET_KINDS = ("capital", "city", "gate")
LINK_MODES = ("rail", "bus", "ferry", "air")
LEVELS = ("green", "yellow")
CODE = "[a-z][a-z0-9-]*"
_MOST = {"least": 1, "most": 1440}

OUTWARD_TARGETS = columns.schema(
    "outward_targets",
    __name__,
    columns.code("target", key=True, pattern=CODE),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
    columns.code("kind", choices=TARGET_KINDS),
    columns.latitude(),
    columns.longitude(),
)
OutwardTargets = Annotated[pl.DataFrame, OUTWARD_TARGETS]

OUTWARD_STATIONS = columns.schema(
    "outward_stations",
    __name__,
    columns.code("target", key=True, refers=("outward_targets", "target")),
    columns.text("name", "name", key=True),
)
OutwardStations = Annotated[pl.DataFrame, OUTWARD_STATIONS]

OUTWARD_LINKS = columns.schema(
    "outward_links",
    __name__,
    columns.code("link", key=True, pattern=CODE),
    columns.code("mode", choices=LINK_MODES),
    columns.text("start", "name"),
    columns.text("end", "name"),
    columns.number("minutes", "minutes", **_MOST),
    columns.number("minutes_back", "minutes", **_MOST),
    columns.whole("departures", "departures", least=1, most=200),
    columns.whole("first", "minutes", least=0, most=1440),
    columns.whole("last", "minutes", least=0, most=1440),
    columns.text("valid_from", pattern=r"\d{4}-\d{2}-\d{2}"),
    columns.text("valid_to", pattern=r"\d{4}-\d{2}-\d{2}", optional=True),
    columns.text("source"),
)
OutwardLinks = Annotated[pl.DataFrame, OUTWARD_LINKS]

OUTWARD_GAPS = columns.schema(
    "outward_gaps",
    __name__,
    columns.code("mode", key=True, choices=LINK_MODES),
    columns.text("start", "name", key=True),
    columns.code("target", key=True, refers=("outward_targets", "target")),
    columns.text("why_sv"),
    columns.text("why_en"),
)
OutwardGaps = Annotated[pl.DataFrame, OUTWARD_GAPS]

OUTWARD_CRITERIA = columns.schema(
    "outward_criteria",
    __name__,
    columns.code("target", key=True, refers=("outward_targets", "target")),
    columns.code("level", key=True, choices=LEVELS),
    columns.number("longest", "minutes", **_MOST),
    columns.number("stay", "minutes", **_MOST),
    columns.text("arrive_before", pattern="[0-9]{2}:[0-9]{2}", optional=True),
    columns.text("leave_after", pattern="[0-9]{2}:[0-9]{2}", optional=True),
    columns.text("source"),
)
OutwardCriteria = Annotated[pl.DataFrame, OUTWARD_CRITERIA]
