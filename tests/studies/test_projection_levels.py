"""Rates of the country and levels of the municipalities, by hand."""

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.studies.projection_levels import _last, _migration, _rate, local_levels

PEOPLE = pl.DataFrame({"year": [2019, 2020, 2021], "age": [0, 0, 0], "persons": [100, 200, 300]})
EVENTS = pl.DataFrame(
    {
        "year": [2018, 2020, 2020, 2021],
        "age": [0, 0, 0, 0],
        "county": ["1", "1", "2", "1"],
        "events": [9, 1, 2, 5],
    }
)


def test_the_last_years_are_years_and_not_rows() -> None:
    assert sorted(_last(EVENTS, 2)["year"]) == [2020, 2020, 2021]
    assert sorted(_last(EVENTS, 3)["year"]) == [2018, 2020, 2020, 2021]


def test_a_rate_is_events_by_the_people_of_mid_year() -> None:
    # 3 and 5 events; (100 + 200) / 2 and (200 + 300) / 2 lived: 8 of 400.
    rate = _rate(EVENTS, PEOPLE, 2)
    assert rate[0] == pytest.approx(8 / 400)


def test_a_year_that_events_are_divided_by_must_be_there() -> None:
    with pytest.raises(DataError, match=r"population_age_sex has no year \[2019\]"):
        _rate(EVENTS, PEOPLE.filter(pl.col("year") > 2019), 2)


def test_immigrants_are_spread_by_the_latest_year_that_has_every_age() -> None:
    """The rate is alike at every age, so that ages count by their people: 3 old to 1 young in 2021."""
    ages = np.arange(101)
    stock = {2020: np.where(ages < 50, 30, 10), 2021: np.where(ages < 50, 10, 30)}
    people = pl.concat(
        pl.DataFrame({"year": [year] * 101, "age": ages, "persons": persons})
        for year, persons in stock.items()
    )
    # Of the year after only one age is known yet.
    people = pl.concat([people, people.filter(year=2021, age=0).with_columns(year=pl.lit(2022, pl.Int64))])
    lived = (
        people.filter(year=2021)
        .group_by(first=pl.col("age") // 5 * 5)
        .agg(pl.col("persons").sum())
        .sort("first")
    )
    moves = lived.select(
        year=pl.lit(2021, pl.Int64),
        age_class=pl.format("{}-{}", "first", pl.col("first") + 4),
        domestic_out=pl.col("persons") * 4,
        immigration=pl.col("persons") * 2,
        emigration=pl.col("persons"),
    )
    out, gone, come = _migration(moves, people, 1)
    assert out == pytest.approx(np.full(101, 4.0))
    assert gone == pytest.approx(np.full(101, 1.0))
    # 50 ages of 10 and 51 of 30, and half for each sex.
    assert come[[10, 80]] == pytest.approx([10 / 2030 / 2, 30 / 2030 / 2])


@pytest.mark.parametrize(("ages", "before"), [(["0101"], ["0101", "0102"]), (["0101", "0102"], ["0101"])])
def test_municipalities_that_differ_between_tables_are_reported(ages: list[str], before: list[str]) -> None:
    parts = pl.DataFrame({"municipality": ["0101", "0102"], "year": [2024, 2024]})
    aged = pl.DataFrame({"municipality": ages, "sex": "men", "age": 0, "year": 2024}).with_columns(
        pl.col("year")
    )
    people = pl.DataFrame(
        {"municipality": before, "year": [2023] * len(before), "persons": [5] * len(before)}
    )
    with pytest.raises(
        DataError, match="components, ages and the population of 2023 differ in municipalities"
    ):
        local_levels(pl.DataFrame(), aged, parts, people)
