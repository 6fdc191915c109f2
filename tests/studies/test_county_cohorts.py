"""The cohort model of counties against marks set before it was made, and a plain loop beside it."""

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
