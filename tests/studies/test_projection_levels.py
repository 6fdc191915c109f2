"""Rates of the country and levels of the municipalities, by hand."""

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.studies.projection_levels import _last, _migration, _rate, local_levels, national_rates

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


def of_each(sexes: dict[str, int], name: str, years: tuple[int, ...]) -> pl.DataFrame:
    """As many of every age 0 to 100 in each year, by sex."""
    return pl.DataFrame(
        [(year, age, sex, many) for year in years for age in range(101) for sex, many in sexes.items()],
        schema=["year", "age", "sex", name],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))


def test_the_country_by_hand() -> None:
    """Of 100 men of an age 1 dies a year, of 200 women 4; 2 are born to mothers of each age, 18 to others."""
    people = of_each({"men": 100, "women": 200}, "persons", (2019, 2020, 2021))
    dead = of_each({"men": 1, "women": 4}, "deaths", (2020, 2021))
    mothers = ["<15", *map(str, range(15, 49)), "49+", "unknown"]
    born = pl.DataFrame(
        [(year, age, 18 if age == "unknown" else 2) for year in (2020, 2021) for age in mothers],
        schema=["year", "mother_age", "births"],
        orient="row",
    ).with_columns(basis=pl.lit("observed"))
    moves = pl.DataFrame(
        {"year": 2021, "age_class": [f"{age}-{age + 4}" for age in range(0, 101, 5)]}
    ).with_columns(domestic_out=150, immigration=30, emigration=15, basis=pl.lit("observed"))
    made = national_rates(people, dead, born, moves, years=2)
    assert made["age"].to_list() == [*range(101), *range(101)]
    assert made.filter(sex="men")["deaths"].to_numpy() == pytest.approx(np.full(101, 0.01))
    assert made.filter(sex="women")["deaths"].to_numpy() == pytest.approx(np.full(101, 0.02))
    # 72 of known and 18 of unknown mothers a year: each age has 90 / 72 of its two, of 200 women.
    assert made.filter(sex="women", age=30)["births"].item() == pytest.approx(90 / 72 * 2 / 200)
    assert made.filter(sex="men")["births"].sum() == 0.0
    assert made.filter(sex="women", age=60)["births"].item() == pytest.approx(0.0)
    # 150 of the 1 500 people of five ages move, and 15 emigrate, of both sexes alike.
    for sex in ("men", "women"):
        assert made.filter(sex=sex, age=32)["moves"].item() == pytest.approx(0.1)
        assert made.filter(sex=sex, age=32)["emigration"].item() == pytest.approx(0.01)
    assert made["immigrants"].sum() == pytest.approx(1.0)
    assert set(made["basis"]) == {"estimated"}
    assumed = dead.with_columns(basis=pl.lit("assumed"))
    assert set(national_rates(people, assumed, born, moves, years=2)["basis"]) == {"assumed"}


def test_levels_of_two_municipalities_by_hand() -> None:
    """404 and 202 people of every age; of the country 1 in 100 dies, 2 in 100 women give birth."""
    rates = of_each({"men": 0, "women": 0}, "year_", (2021,)).select("age", "sex", basis=pl.lit("estimated"))
    rates = rates.with_columns(
        deaths=0.01, moves=0.05, emigration=0.01, births=pl.when(sex="women").then(0.02).otherwise(0.0)
    )
    aged = pl.concat(
        of_each({"men": 3, "women": 3}, "persons", (2023,)).with_columns(municipality=pl.lit(code))
        for code in ("0101", "0102")
    )
    parts = pl.DataFrame(
        {
            "municipality": ["0101", "0102", "0101"],
            "year": [2024, 2024, 2023],
            "births": [4, 2, 99],
            "deaths": [5, 1, 99],
            "out_rest_of_sweden": [20, 6, 99],
            "out_same_county": [None, 4, 99],
            "in_rest_of_sweden": [7, 8, 99],
            "in_same_county": [None, 1, 99],
            "immigration": [3, 2, 99],
            "emigration": [4, 1, 99],
            "basis": "observed",
        }
    )
    before = pl.DataFrame(
        {
            "municipality": ["0101", "0102", "0101", "0102"],
            "year": [2023, 2023, 2024, 2024],
            "persons": [404, 202, 1, 1],
            "basis": "observed",
        }
    )
    made = local_levels(rates, aged, parts, before)
    assert made.select("municipality", "year").rows() == [("0101", 2024), ("0102", 2024)]
    # Expected are 4.04 and 2.02 deaths, and as many births; both are 6 in all, so 4 and 2.
    assert made["mortality_alone"].to_list() == pytest.approx([5 / 4, 1 / 2])
    assert made["fertility_alone"].to_list() == pytest.approx([1.0, 1.0])
    assert made["fertility"].to_list() == pytest.approx([1.0, 1.0])
    # Six deaths differ no more than by chance: both get the county's level, which is the country's.
    assert made["mortality"].to_list() == pytest.approx([1.0, 1.0])
    assert made["moves"].to_list() == pytest.approx([20 / 20.2, 10 / 10.1])
    assert made["emigration"].to_list() == pytest.approx([4 / 4.04, 1 / 2.02])
    assert made["moved_in"].to_list() == [7, 9]
    assert made["immigrated"].to_list() == [3, 2]
    assert set(made["basis"]) == {"estimated"}
    assumed = before.with_columns(basis=pl.lit("assumed"))
    assert set(local_levels(rates, aged, parts, assumed)["basis"]) == {"assumed"}


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
