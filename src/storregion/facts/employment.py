"""Who works in which industry, who is out of work, and what work can be done from home."""

from typing import Annotated

import polars as pl

from storregion.core import columns

INDUSTRIES = ("A", "B+C", "D+E", "F", "G", "H", "I", "J", "K", "L", "M+N", "O", "P", "Q", "R+S+T+U")
WIDE_INDUSTRIES = ("total", "A", "B-E", "F", "G-I", "J", "K", "L", "M-N", "O-Q", "R-U")

EMPLOYMENT_INDUSTRY = columns.schema(
    "employment_industry",
    __name__,
    columns.county(key=True),
    columns.year(),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.whole("employed_residents", "employed", least=0),
    columns.whole("jobs", "jobs", least=0),
)
EmploymentIndustry = Annotated[pl.DataFrame, EMPLOYMENT_INDUSTRY]

EMPLOYMENT_INDUSTRY_YEARLY = columns.schema(
    "employment_industry_yearly",
    __name__,
    columns.county(key=True, refers=("counties and country", "county")),
    columns.year(),
    columns.code("industry", key=True, choices=WIDE_INDUSTRIES),
    columns.whole("employed_thousand", "thousand_employed", least=0),
)
EmploymentIndustryYearly = Annotated[pl.DataFrame, EMPLOYMENT_INDUSTRY_YEARLY]

UNEMPLOYMENT = columns.schema(
    "unemployment",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.number("unemployment_percent", "percent", least=0, most=100),
)
Unemployment = Annotated[pl.DataFrame, UNEMPLOYMENT]

REMOTE_WORK = columns.schema(
    "remote_work",
    __name__,
    columns.code("industry", key=True, pattern=r"[A-U]\d\d(-\d\d)?"),
    columns.share("remote_share"),
)
RemoteWork = Annotated[pl.DataFrame, REMOTE_WORK]
