"""The cohort model of counties against marks set before it was made, and a plain loop beside it."""

from collections.abc import Mapping
from itertools import product

import numpy as np
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.studies.county_cohorts import _carried, county_cohort_errors, county_cohorts


def test_the_marks_are_met_for_launches_1980_to_2005(bundled: Workspace) -> None:
    """At most 1.9 and 3.1 per cent free at 5 and 10 years, 1.0 and 1.7 given the country's total."""
    rows = bundled.table("county_cohort_errors").filter(since=1980, until=2005).sort("horizon")
    assert rows["launches"].to_list() == [26, 26, 26]
    five, ten, _ = rows["alone_percent"]
    assert five <= 1.9
    assert ten <= 3.1
    five, ten, _ = rows["given_percent"]
    assert five <= 1.0
    assert ten <= 1.7


def test_a_county_by_a_plain_loop(bundled: Workspace) -> None:
    """One county, one launch, a year at a time: every age changes as in the mean of twelve years before."""
    county, launch = "01", 2000
    people: dict[tuple[int, str, int], float] = {
        (year, sex, age): float(persons)
        for year, sex, age, persons in bundled.table("population_age_sex")
        .filter(county=county)
        .select("year", "sex", "age", "persons")
        .iter_rows()
    }
    ages = {"<15": 14, "49+": 49}
    births: dict[tuple[int, str, int], float] = {}
    for year, mother, sex, count in (
        bundled.table("births_age")
        .filter(county=county)
        .select("year", "mother_age", "sex", "births")
        .iter_rows()
    ):
        age = ages.get(mother) or (-1 if mother == "unknown" else int(mother))
        births[year, sex, age] = float(count)
    for year in {key[0] for key in births}:
        for sex in ("men", "women"):
            known = sum(births[year, sex, age] for age in range(14, 50))
            for age in range(14, 50):
                births[year, sex, age] *= 1 + births[year, sex, -1] / known
    totals = (
        bundled.table("population_yearly")
        .filter(pl.col("municipality").str.starts_with(county))
        .group_by("year")
        .agg(pl.col("persons").sum())
    )
    scale = {
        year: persons / sum(people[year, sex, age] for sex in ("men", "women") for age in range(101))
        for year, persons in totals.iter_rows()
        if (year, "men", 0) in people
    }
    people = {key: persons * scale[key[0]] for key, persons in people.items()}
    births = {key: count * scale[key[0]] for key, count in births.items() if key[2] >= 0}
    base = range(launch - 12, launch)
    now = {(sex, age): people[launch, sex, age] for sex in ("men", "women") for age in range(101)}
    for _ in range(5):
        after = {}
        for sex in ("men", "women"):
            for age in range(1, 100):
                change = sum(people[t + 1, sex, age] - people[t, sex, age - 1] for t in base) / 12
                after[sex, age] = max(now[sex, age - 1] + change, 0)
            oldest = (
                sum(people[t + 1, sex, 100] - people[t, sex, 99] - people[t, sex, 100] for t in base) / 12
            )
            after[sex, 100] = max(now[sex, 99] + now[sex, 100] + oldest, 0)
        born = 0.0
        for age in range(14, 50):
            women = (people[launch - 1, "women", age] + people[launch, "women", age]) / 2
            rate = (births[launch, "men", age] + births[launch, "women", age]) / women
            born += rate * (now["women", age - 1] + after["women", age]) / 2
        for sex, share in (("men", 0.5145), ("women", 0.4855)):
            lost = sum(
                people[t + 1, sex, 0] - sum(births[t + 1, sex, age] for age in range(14, 50)) for t in base
            )
            after[sex, 0] = born * share + lost / 12
        now = after
    found = bundled.table("county_cohorts").filter(county=county, launch=launch, horizon=5)
    assert found["alone"].item() == pytest.approx(sum(now.values()), rel=1e-9)


def test_too_few_years_are_named(bundled: Workspace) -> None:
    tables = [bundled.table(name) for name in ("population_age_sex", "births_age", "population_yearly")]
    with pytest.raises(DataError, match="needs every year from 1958; there are 1968–2015"):
        county_cohorts(*tables, first=1970)


YEARS = range(2000, 2012)


def by_cell(years: range, of: Mapping[str, float], persons: str = "persons") -> pl.DataFrame:
    """As many of each sex and age in each year, by county."""
    cells = product(of, years, ("men", "women"), range(101))
    frame = pl.DataFrame(list(cells), schema=["county", "year", "sex", "age"], orient="row")
    return frame.with_columns(pl.col("county").replace_strict(of).alias(persons), basis=pl.lit("observed"))


def born(years: range) -> pl.DataFrame:
    """One of each sex to mothers of each age, and nobody whose mother's age is unknown."""
    ages = ["<15", *map(str, range(15, 49)), "49+", "unknown"]
    cells = list(product(("01", "02"), years, ("men", "women"), ages))
    frame = pl.DataFrame(cells, schema=["county", "year", "sex", "mother_age"], orient="row")
    births = (pl.col("mother_age") != "unknown").cast(pl.Int64)
    return frame.with_columns(births=births, basis=pl.lit("observed"))


def totals(years: range) -> pl.DataFrame:
    """County 01, in two municipalities, grows by 100 a year; county 02 stays."""
    rows = [
        row
        for year in years
        for row in (
            ("0101", year, 3_000 + 100 * (year - 2000)), ("0102", year, 1_000), ("0201", year, 8_000)
        )
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=["municipality", "year", "persons"], orient="row")
    return frame.with_columns(basis=pl.lit("observed"))


def test_counties_that_stay_or_grow_evenly_are_carried_on_exactly() -> None:
    """Ages of an earlier division are scaled: county 02 has 2 · 101 · 20 = 4 040 there, and 8 000 today.

    It neither grows nor ages, so that it stays as it is. A straight line meets even growth in both.
    """
    # Of 1999 there are ages but no births; of the years after 2011, only totals.
    ages = by_cell(range(1999, 2012), {"01": 10, "02": 20})
    made = county_cohorts(ages, born(YEARS), totals(range(1998, 2018)), base_years=2, first=2010)
    # Launches 2010 and 2011: only for five years ahead is the outcome known, of 2015 and 2016.
    assert made.select("county", "launch", "horizon", "outcome").rows() == [
        ("01", 2010, 5, 5_500), ("02", 2010, 5, 8_000), ("01", 2011, 5, 5_600), ("02", 2011, 5, 8_000),
    ]  # fmt: skip
    assert made.filter(county="02")["alone"].to_list() == pytest.approx([8_000, 8_000])
    assert made["linear"].to_list() == pytest.approx(made["outcome"].to_list())
    # Together they are the country of that year.
    sums = made.group_by("launch", maintain_order=True).agg(pl.col("projected", "outcome").sum())
    assert sums["projected"].to_list() == pytest.approx(sums["outcome"].to_list())
    assert set(made["basis"]) == {"estimated"}
    assumed = totals(range(1998, 2018)).with_columns(basis=pl.lit("assumed"))
    made = county_cohorts(ages, born(YEARS), assumed, base_years=2, first=2010)
    assert set(made["basis"]) == {"assumed"}


def test_a_year_missing_among_the_years_is_reported() -> None:
    gap = born(YEARS).filter(pl.col("year") != 2005)
    with pytest.raises(DataError, match="needs every year from 2008; there are 2000–2011"):
        county_cohorts(by_cell(YEARS, {"01": 10, "02": 20}), gap, totals(YEARS), base_years=2, first=2010)
    # The changes of two years before 2002 need ages of 2000; of three, those of 1999.
    with pytest.raises(DataError, match="needs every year from 1999"):
        county_cohorts(
            by_cell(YEARS, {"01": 10, "02": 20}), born(YEARS), totals(YEARS), base_years=3, first=2002
        )


def test_errors_by_hand() -> None:
    """Ten per cent too high and five too low are 7.5 off; a launch outside the span does not count."""
    rows = [
        ("01", 2000, 5, 110.0, 104.0, 100.0, 100),
        ("02", 2000, 5, 190.0, 200.0, 220.0, 200),
        ("01", 1999, 5, 500.0, 500.0, 500.0, 100),
    ]
    names = ["county", "launch", "horizon", "alone", "projected", "linear", "outcome"]
    given = pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("estimated"))
    found = county_cohort_errors(given, spans=(2000, 2005))
    means = ("launches", "alone_percent", "given_percent", "linear_percent", "since", "until")
    assert found.select(means).row(0) == pytest.approx((1, 7.5, 2.0, 5.0, 2000, 2005))


def test_a_cohort_changes_as_those_before_it_did() -> None:
    """Ten of each age and sex at first, one more each year, nobody born, and two years to go by.

    Every cohort then grows by one a year. Of those of 99 and older, 12 + 12 become 13 and then 13 + 13 become
    14: 11.5 go on average. Of age 0 there are 13 and 14, all of them come from elsewhere.
    """
    people = np.stack([np.full((2, 101), 10.0 + year) for year in range(5)])[None]
    births = np.zeros((1, 5, 2, 36))
    found = _carried(people, births, 2)
    # A sex: 13.5 of age 0, 15 of each from 1 to 99, and 14 + 14 − 11.5 of 100 and older.
    assert found[1] == pytest.approx([2 * (13.5 + 99 * 15 + 16.5)])
