"""How a cohort model of the counties would have done: cohorts that change as those before them did."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest, weakest_of
from storregion.facts.demography import BirthsAge, PopulationAgeSex, PopulationYearly

Floats = NDArray[np.float64]
HORIZONS = (5, 10, 15)

COUNTY_COHORTS = columns.schema(
    "county_cohorts",
    __name__,
    columns.county(key=True),
    columns.whole("launch", "year", key=True),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.number("alone", "persons", least=0.0),
    columns.number("projected", "persons", least=0.0),
    columns.number("linear", "persons", least=0.0),
    columns.whole("outcome", "persons_counted", least=0),
)
CountyCohorts = Annotated[pl.DataFrame, COUNTY_COHORTS]

COUNTY_COHORT_ERRORS = columns.schema(
    "county_cohort_errors",
    __name__,
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("since", "year", key=True),
    columns.whole("until", "year", key=True),
    columns.whole("launches", "number", least=1),
    columns.number("alone_percent", "percent", least=0.0),
    columns.number("given_percent", "percent", least=0.0),
    columns.number("linear_percent", "percent", least=0.0),
)
CountyCohortErrors = Annotated[pl.DataFrame, COUNTY_COHORT_ERRORS]


def county_cohorts(
    population_age_sex: PopulationAgeSex,
    births_age: BirthsAge,
    population_yearly: PopulationYearly,
    *,
    base_years: int = 12,
    first: int = 1980,
) -> CountyCohorts:
    """Every county from every launch, free and with the country's true total, beside a ten-year trend.

    Ages of earlier divisions are scaled to the county's population in today's.

    Parameters
    ----------
    population_age_sex : people by single age.
    births_age : births by mother's age.
    population_yearly : the outcomes, in today's division.
    base_years : the years whose cohort changes are averaged.
    first : the first launch.

    Raises
    ------
    DataError
        There are too few years before the first launch.
    """
    totals = population_yearly.group_by(
        "year", county=pl.col("municipality").str.head(2), maintain_order=True
    ).agg(pl.col("persons").sum())
    years = sorted(set(population_age_sex["year"]) & set(births_age["year"]) & set(totals["year"]))
    if first - base_years < years[0] or years != list(range(years[0], years[-1] + 1)):
        raise DataError(
            f"county_cohorts needs every year from {first - base_years}; there are {years[0]}–{years[-1]}: "
            "choose a later first launch, or add the years"
        )
    counties = sorted(set(totals["county"]))
    people = _array(population_age_sex, years, "persons").reshape(len(counties), len(years), 2, 101)
    later = totals.filter(pl.col("year") >= years[0]).sort("year", "county")
    outcome = later["persons"].to_numpy().reshape(-1, len(counties))
    scale = outcome[: len(years)].T / people.sum(axis=(2, 3))
    births = _births(births_age, len(counties), years) * scale[:, :, None, None]
    people = people * scale[:, :, None, None]
    known = weakest_of("estimated", population_age_sex, births_age, population_yearly)
    frames = []
    for launch in range(first, years[-1] + 1):
        at = launch - years[0]
        ahead = _carried(people[:, : at + 1], births[:, : at + 1], base_years)
        for horizon in HORIZONS:
            if at + horizon < len(outcome):
                made = _cases(ahead[horizon], outcome, at, horizon)
                frames.append(
                    made.with_columns(
                        county=pl.Series(counties),
                        launch=pl.lit(launch, pl.Int64),
                        horizon=pl.lit(horizon, pl.Int64),
                        basis=pl.lit(known),
                    )
                )
    return pl.concat(frames).select(column.name for column in COUNTY_COHORTS.columns)


def _cases(alone: Floats, outcome: NDArray[np.int64], at: int, horizon: int) -> pl.DataFrame:
    """What was projected of every county, free and given the country, beside the trend of ten years."""
    then, now, before = outcome[at + horizon], outcome[at], outcome[at - 10]
    linear = now + (now - before) * horizon / 10
    return pl.DataFrame(
        {
            "alone": alone,
            "projected": alone * then.sum() / alone.sum(),
            "linear": linear * then.sum() / linear.sum(),
            "outcome": then,
        }
    )


def _array(frame: pl.DataFrame, years: list[int], value: str) -> Floats:
    rows = frame.filter(pl.col("year").is_in(years)).sort("county", "year", "sex", "age")
    return rows[value].to_numpy().astype(np.float64)


def _births(born: pl.DataFrame, counties: int, years: list[int]) -> Floats:
    """Births by the child's sex and mother's age 14 to 49, those of unknown age spread: (n, years, 2, 36)."""
    named = {"<15": "14", "49+": "49", "unknown": "-1"}
    rows = born.filter(pl.col("year").is_in(years)).with_columns(
        age=pl.col("mother_age").replace(named).cast(pl.Int64)
    )
    found = _array(rows, years, "births").reshape(counties, len(years), 2, 37)
    unknown, aged = found[..., 0], found[..., 1:]
    return np.asarray(aged * (1.0 + unknown / aged.sum(axis=-1))[..., None])


def _carried(people: Floats, births: Floats, base_years: int) -> dict[int, Floats]:
    """Each county's population at every horizon, from the last year of what is given."""
    from storregion.kernels.cohorts import AGES, Rates, year_on

    n = len(people)
    change = np.zeros((n, 2, AGES))
    change[:, :, 1:] = (people[:, -base_years:, :, 1:] - people[:, -base_years - 1 : -1, :, :-1]).mean(axis=1)
    change[:, :, AGES - 1] -= people[:, -base_years - 1 : -1, :, AGES - 1].mean(axis=1)
    change[:, :, 0] = (people[:, -base_years:, :, 0] - births[:, -base_years:].sum(axis=3)).mean(axis=1)
    women = 0.5 * (people[:, -2, 1] + people[:, -1, 1])
    rate = np.zeros((n, AGES))
    rate[:, 14:50] = births[:, -1].sum(axis=1) / women[:, 14:50]
    zero = np.zeros((n, 2, AGES))
    rates = Rates(zero, rate, zero, zero, zero, change)
    now, found = people[:, -1], {}
    for horizon in range(1, max(HORIZONS) + 1):
        # The oldest ages may fall below nobody where few are left.
        now = np.maximum(year_on(now, rates).people, 0.0)
        found[horizon] = now.sum(axis=(1, 2))
    return found


def county_cohort_errors(
    county_cohorts: CountyCohorts, *, spans: tuple[int, ...] = (1980, 2005, 1980, 2015, 2000, 2015)
) -> CountyCohortErrors:
    """Mean absolute errors over counties and launches.

    Parameters
    ----------
    county_cohorts : every case.
    spans : the first and last launches, pair by pair.
    """

    def off(name: str) -> pl.Expr:
        return (100.0 * (pl.col(name) / pl.col("outcome") - 1.0)).abs().mean()

    frames = [
        county_cohorts.filter(pl.col("launch").is_between(since, until))
        .group_by("horizon", maintain_order=True)
        .agg(
            weakest(),
            launches=pl.col("launch").n_unique().cast(pl.Int64),
            alone_percent=off("alone"),
            given_percent=off("projected"),
            linear_percent=off("linear"),
        )
        .with_columns(since=pl.lit(since, pl.Int64), until=pl.lit(until, pl.Int64))
        for since, until in zip(spans[::2], spans[1::2], strict=True)
    ]
    return (
        pl.concat(frames)
        .select(column.name for column in COUNTY_COHORT_ERRORS.columns)
        .sort("since", "until", "horizon")
    )
