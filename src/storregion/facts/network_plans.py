"""What the grid companies plan for: need and measures by sub-area as they are published, and by county."""

from typing import Annotated

import polars as pl

from storregion.core import columns

COMPANY = r"[a-z0-9]+(-[a-z0-9]+)*"

NETWORK_PLAN_AREAS = columns.schema(
    "network_plan_areas",
    __name__,
    columns.code("company", key=True, pattern=COMPANY),
    columns.whole("edition", "year", key=True, least=2000, most=2150),
    columns.text("sub_area", "name", key=True),
    columns.county(key=True),
    columns.year(),
    columns.number("need_mw", "mw", least=0.0),
    columns.number("planned_mw", "mw", least=0.0, optional=True),
)
NetworkPlanAreas = Annotated[pl.DataFrame, NETWORK_PLAN_AREAS]

NETWORK_PLANS = columns.schema(
    "network_plans",
    __name__,
    NETWORK_PLAN_AREAS["company"],
    NETWORK_PLAN_AREAS["edition"],
    columns.county(key=True),
    columns.year(),
    columns.whole("sub_areas", "number", least=1),
    NETWORK_PLAN_AREAS["need_mw"],
    columns.number("planned_mw", "mw", least=0.0, absent="planned_absent"),
)
NetworkPlans = Annotated[pl.DataFrame, NETWORK_PLANS]
