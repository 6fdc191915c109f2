"""How often outcomes lay within the projection's intervals, launch by launch, as known at each launch."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.group import RegionGroup
from storregion.core.table import weaker, weakest
from storregion.studies.projection_hindcasts import HindcastCases

RULES = ("size_class", "as_shown")
PARTS = ("all", "group")

INTERVAL_CASES = columns.schema(
    "interval_cases",
    __name__,
    columns.municipality(key=True),
    columns.whole("launch", "year", key=True),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.code("rule", key=True, choices=RULES),
    columns.number("error_percent", "percent"),
    columns.number("half_width", "percent", least=0.0),
)
IntervalCases = Annotated[pl.DataFrame, INTERVAL_CASES]

INTERVAL_COVERAGE = columns.schema(
    "interval_coverage",
    __name__,
    columns.code("rule", key=True, choices=RULES),
    columns.code("part", key=True, choices=PARTS),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("launch", "year", key=True),
    columns.whole("cases", "number", least=1),
    columns.share("covered"),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("half_width", "percent", least=0.0),
)
IntervalCoverage = Annotated[pl.DataFrame, INTERVAL_COVERAGE]

INTERVAL_MEANS = columns.schema(
    "interval_means",
    __name__,
    columns.code("rule", key=True, choices=RULES),
    columns.code("part", key=True, choices=PARTS),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("since", "year"),
    columns.whole("until", "year"),
    columns.whole("launches", "number", least=1),
    columns.share("covered"),
    columns.share("fewest_covered"),
    columns.share("most_covered"),
    columns.number("half_width", "percent", least=0.0),
)
IntervalMeans = Annotated[pl.DataFrame, INTERVAL_MEANS]


def interval_cases(hindcast_cases: HindcastCases, *, coverage: float = 0.8) -> IntervalCases:
    """Every past projection of a municipality, with the interval it would have had by each of two rules.

    Parameters
    ----------
    hindcast_cases : the errors, and the interval of the size class.
    coverage : the share of past errors that an interval holds; as for `municipal_trend`.

    Returns
    -------
    `size_class` is the interval of the municipality's size class. `as_shown` is how the projection does it:
    that, or what held so many errors of the county's municipalities in projections whose outcome was known at
    the launch, where that is wider; no rows where no outcome was known.
    """
    county = pl.col("municipality").str.head(2)
    cases = hindcast_cases.with_columns(county=county)
    launches = cases.select("horizon", "county", "launch").unique(maintain_order=True)
    errors = cases.select("horizon", "county", pl.col("launch").alias("before"), "error_percent", "basis")
    known = launches.join(errors, on=["horizon", "county"]).filter(
        pl.col("before") + pl.col("horizon") <= pl.col("launch")
    )
    size = pl.col("error_percent").abs()
    around = known.group_by("horizon", "county", "launch", maintain_order=True).agg(
        around=size.quantile(coverage, "linear"), basis_around=weakest()
    )
    shown = cases.join(around, on=["horizon", "county", "launch"]).with_columns(
        half_width=pl.max_horizontal("half_width", "around"), basis=weaker("basis", "basis_around")
    )
    names = [column.name for column in INTERVAL_CASES.columns]
    return pl.concat(
        frame.with_columns(rule=pl.lit(rule)).select(names)
        for rule, frame in zip(RULES, (cases, shown), strict=True)
    ).sort("municipality", "launch", "horizon", "rule")


def interval_coverage(interval_cases: IntervalCases, group: RegionGroup) -> IntervalCoverage:
    """The share of outcomes within the interval for every launch, in the country and in the group.

    Parameters
    ----------
    interval_cases : each municipality's.
    group : its counties are one part.
    """
    own = pl.col("municipality").str.head(2).is_in(list(group.counties))
    size = pl.col("error_percent").abs()
    parts = {"all": interval_cases, "group": interval_cases.filter(own)}
    return pl.concat(
        rows.group_by("rule", "horizon", "launch", maintain_order=True)
        .agg(
            cases=pl.len().cast(pl.Int64),
            covered=(size <= pl.col("half_width")).mean(),
            error_percent=size.mean(),
            half_width=pl.col("half_width").mean(),
            basis=weakest(),
        )
        .with_columns(part=pl.lit(part))
        .select(column.name for column in INTERVAL_COVERAGE.columns)
        for part, rows in parts.items()
        if rows.height
    ).sort("rule", "part", "horizon", "launch")


def interval_means(interval_coverage: IntervalCoverage, *, since: int = 2000) -> IntervalMeans:
    """Coverage on average over launches, with that of the worst and the best.

    Parameters
    ----------
    interval_coverage : of every launch.
    since : the first launch that counts.
    """
    launch = pl.col("launch")
    return (
        interval_coverage.filter(launch >= since)
        .group_by("rule", "part", "horizon", maintain_order=True)
        .agg(
            since=launch.min(),
            until=launch.max(),
            launches=pl.len().cast(pl.Int64),
            covered=pl.col("covered").mean(),
            fewest_covered=pl.col("covered").min(),
            most_covered=pl.col("covered").max(),
            half_width=pl.col("half_width").mean(),
            basis=weakest(),
        )
        .select(column.name for column in INTERVAL_MEANS.columns)
        .sort("rule", "part", "horizon")
    )
