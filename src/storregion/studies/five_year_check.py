"""What the projection would have said five years ago of the latest year, municipality by municipality."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.table import weakest, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.studies.projection_hindcasts import HindcastCases
from storregion.studies.projection_intervals import IntervalCases

AHEAD = 5
PARTS = ("all", "group")

FIVE_YEAR_CHECK = columns.schema(
    "five_year_check",
    __name__,
    columns.municipality(key=True),
    columns.whole("launch", "year"),
    columns.year(key=False),
    columns.whole("persons_then", "persons", least=0),
    columns.number("projected", "persons", least=0.0),
    columns.number("alone", "persons", least=0.0),
    columns.whole("outcome", "persons_counted", least=0),
    columns.number("error_percent", "percent"),
    columns.number("alone_percent", "percent"),
    columns.number("half_width", "percent", least=0.0),
)
FiveYearCheck = Annotated[pl.DataFrame, FIVE_YEAR_CHECK]

FIVE_YEAR_ERRORS = columns.schema(
    "five_year_errors",
    __name__,
    columns.code("part", key=True, choices=PARTS),
    columns.whole("launch", "year"),
    columns.year(key=False),
    columns.whole("places", "number", least=1),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("alone_percent", "percent", least=0.0),
    columns.number("unchanged_percent", "percent", least=0.0),
    columns.share("covered"),
)
FiveYearErrors = Annotated[pl.DataFrame, FIVE_YEAR_ERRORS]


def five_year_check(
    hindcast_cases: HindcastCases,
    interval_cases: IntervalCases,
    population_yearly: PopulationYearly,
    *,
    national_years: int = 10,
) -> FiveYearCheck:
    """Every municipality's projection from five years before the latest, with and without the true total.

    Parameters
    ----------
    hindcast_cases : the projections, which meet the country's true total.
    interval_cases : the interval that each would have been shown with.
    population_yearly : the outcome.
    national_years : the years whose mean change carries the country's total on, where it is not given.

    Raises
    ------
    DataError
        The years do not reach so far back.
    """
    newest = int(population_yearly["year"].to_numpy().max())
    launch = newest - AHEAD
    total = dict(
        population_yearly.group_by("year", maintain_order=True).agg(pl.col("persons").sum()).iter_rows()
    )
    if launch - national_years not in total:
        raise DataError(
            f"five_year_check needs {launch - national_years} in population_yearly; add it, or ask for fewer"
        )
    change = (total[launch] - total[launch - national_years]) / national_years
    foreseen = (total[launch] + AHEAD * change) / total[newest]
    alone = pl.col("projected") * foreseen
    shown = interval_cases.filter(launch=launch, horizon=AHEAD, rule="as_shown")
    return (
        hindcast_cases.filter(launch=launch, horizon=AHEAD)
        .drop("half_width")
        .join(shown.select("municipality", "half_width"), on="municipality")
        .with_columns(
            year=pl.lit(newest, pl.Int64),
            alone=alone,
            alone_percent=100.0 * (alone / pl.col("outcome") - 1.0),
            basis=pl.lit(weakest_of("estimated", hindcast_cases, interval_cases, population_yearly)),
        )
        .select(column.name for column in FIVE_YEAR_CHECK.columns)
        .sort("municipality")
    )


def five_year_errors(five_year_check: FiveYearCheck, group: RegionGroup) -> FiveYearErrors:
    """Mean errors over municipalities, beside leaving everything as it was.

    Parameters
    ----------
    five_year_check : the municipalities.
    group : its counties are one part.
    """
    own = pl.col("municipality").str.head(2).is_in(list(group.counties))
    parts = {"all": five_year_check, "group": five_year_check.filter(own)}
    unchanged = 100.0 * (pl.col("persons_then") / pl.col("outcome") - 1.0)
    return pl.concat(
        rows.group_by("launch", "year", maintain_order=True)
        .agg(
            places=pl.len().cast(pl.Int64),
            error_percent=pl.col("error_percent").abs().mean(),
            alone_percent=pl.col("alone_percent").abs().mean(),
            unchanged_percent=unchanged.abs().mean(),
            covered=(pl.col("error_percent").abs() <= pl.col("half_width")).mean(),
            basis=weakest(),
        )
        .with_columns(part=pl.lit(part))
        .select(column.name for column in FIVE_YEAR_ERRORS.columns)
        for part, rows in parts.items()
        if rows.height
    )
