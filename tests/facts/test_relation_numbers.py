"""What relations between people compare, by hand on few rows."""

import polars as pl

from storregion.facts.relations import people

AGES = pl.DataFrame(
    [
        # Of a cohort: 400 of 79, then 390 of 80, then 370 of 81, which is too old to be compared.
        ("01", "men", 79, 2020, 400),
        ("01", "men", 80, 2021, 390),
        ("01", "men", 81, 2022, 370),
        ("01", "men", 92, 2022, 30),
        ("01", "women", 95, 2022, 70),
        ("01", "women", 89, 2022, 500),
    ],
    schema=["county", "sex", "age", "year", "persons"],
    orient="row",
)


def test_a_cohort_is_followed_until_it_is_80() -> None:
    found = people._cohort({"population_age_sex": AGES}.__getitem__)
    assert found.select("born", "year", "a", "b").rows() == [(1941, 2021, 390, 400)]


def test_the_old_are_compared_by_sex() -> None:
    # From 90 on: 30 men and 70 women; the women of 89 do not count.
    found = people._old_men({"population_age_sex": AGES}.__getitem__)
    assert found.rows() == [("01", 2022, 30, 70)]
    # From 85 on, in municipalities: 500 women more.
    places = AGES.rename({"county": "municipality"}).filter(pl.col("year") == 2022)
    found = people._old_men_of_places({"municipality_age_sex": places}.__getitem__)
    assert found.rows() == [("01", 2022, 30, 570)]


def test_counties_are_compared_since_their_borders_are_those_of_today() -> None:
    tables = {
        "municipalities": pl.DataFrame({"municipality": ["0101", "0102"], "county": ["01", "01"]}),
        "population": pl.DataFrame(
            [("0101", 2006, 9), ("0101", 2007, 10), ("0102", 2007, 5), ("0101", 2008, 11)],
            schema=["municipality", "year", "persons"],
            orient="row",
        ),
    }
    assert people.county_persons(tables.__getitem__).rows() == [("01", 2007, 15), ("01", 2008, 11)]


def test_deaths_are_set_against_people_below_90() -> None:
    tables = {
        "population_age_sex": AGES.filter(pl.col("year") == 2022),
        "deaths_age_sex": pl.DataFrame(
            [("01", "women", 89, 2022, 40), ("01", "women", 90, 2022, 7), ("01", "men", 81, 2022, 20)],
            schema=["county", "sex", "age", "year", "deaths"],
            orient="row",
        ),
    }
    found = people._deaths_of_people(tables.__getitem__).sort("sex")
    assert found.rows() == [(2022, "men", 80, 20, 370), (2022, "women", 80, 40, 500)]


def test_boys_are_set_against_girls() -> None:
    births = pl.DataFrame(
        [("01", 2022, "30", "men", 60), ("03", 2022, "31", "men", 46), ("01", 2022, "30", "women", 100)],
        schema=["county", "year", "mother_age", "sex", "births"],
        orient="row",
    )
    assert people._boys({"births_age": births}.__getitem__).rows() == [(2022, 106, 100)]
