"""Jobs to come that meet the employed people, with those that a scenario gives, by hand."""

from itertools import product

import numpy as np
import polars as pl
import pytest

from storregion.core import group
from storregion.core.errors import DataError, SettingError
from storregion.core.group import RegionGroup
from storregion.facts.employment import INDUSTRIES, WIDE_INDUSTRIES
from storregion.studies.employment_hindcasts import GrowthRule
from storregion.studies.job_demand import JOB_DEMAND, Industries, _met, _past, _register, job_demand

JOBS = np.array([[6.0, 2.0], [2.0, 0.0]])
OMS = RegionGroup.read(group.bundled())
REGISTER = {("01", "F"): 60, ("01", "K"): 40, ("03", "K"): 100}
"""Jobs in 2023; none in other industries."""


def unchanged(until: int = 2017) -> Industries:
    """Two counties and the rest of the country whose jobs and people are the same in all years."""
    wide = {("00", "F"): 400, ("00", "K"): 600, **REGISTER}
    accounts = [
        (county, year, industry, wide.get((county, industry), 0))
        for county, year, industry in product(("00", "01", "03"), range(2015, until + 1), WIDE_INDUSTRIES)
    ]
    register = [
        (county, 2023, industry, REGISTER.get((county, industry), 0))
        for county, industry in product(("01", "03"), INDUSTRIES)
    ]
    # The register's latest year counts.
    register.append(("01", 2022, "F", 999))
    people = [(code, year, 100) for code in ("0101", "0301") for year in (2022, 2023)]

    def made(rows: list[tuple[str, int, str, int]] | list[tuple[str, int, int]], *names: str) -> pl.DataFrame:
        return pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("observed"))

    return Industries(
        made(register, "county", "year", "industry", "jobs"),
        made(accounts, "county", "year", "industry", "employed_thousand"),
        made(people, "municipality", "year", "persons"),
    )


def supply(workers: dict[int, tuple[float, float]]) -> pl.DataFrame:
    """Employed people of two municipalities by year; 200 and 100 jobs there at the start."""
    rows = [
        (code, year, 100.0, persons[at], (200.0, 100.0)[at])
        for year, persons in workers.items()
        for at, code in enumerate(("0101", "0301"))
    ]
    names = ["municipality", "year", "people", "employed_residents", "jobs_start"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("observed"))


def operations(*rows: tuple[str, str, int, int | None, float]) -> pl.DataFrame:
    types = {
        "municipality": pl.String,
        "industry": pl.String,
        "from_year": pl.Int64,
        "until_year": pl.Int64,
        "jobs": pl.Float64,
    }
    return pl.DataFrame(rows, schema=types, orient="row")


def demanded(
    given: pl.DataFrame, workers: dict[int, tuple[float, float]]
) -> dict[tuple[str, int, str], tuple[float, float]]:
    table = job_demand(unchanged(), supply(workers), given, OMS, rule=GrowthRule(base_years=1))
    # What an employer brings is assumed, and so is all that gives way, in the years that it is there.
    changed = {
        year
        for year in workers
        for start, end in given.select("from_year", "until_year").iter_rows()
        if start <= year <= (end or year)
    }
    known = JOB_DEMAND.check(table, maker="job_demand").select("year", "basis").unique()
    assert dict(known.iter_rows()) == {
        year: "assumed" if year in changed else "estimated" for year in workers
    }
    return {row[:3]: row[3:] for row in table.select("county", "year", "industry", "jobs", "given").rows()}


def test_where_nothing_changes_jobs_keep_their_shares_and_meet_the_employed() -> None:
    found = demanded(operations(), {2024: (180.0, 120.0), 2030: (180.0, 150.0)})
    # 200 jobs by 60 and 40, and 100 in one industry: as many as the 300 employed. In 2030 a tenth more.
    for year, factor in ((2024, 1.0), (2030, 1.1)):
        assert found["01", year, "F"] == pytest.approx((120 * factor, 0))
        assert found["01", year, "K"] == pytest.approx((80 * factor, 0))
        assert found["03", year, "K"] == pytest.approx((100 * factor, 0))
    assert sum(jobs for jobs, _ in found.values()) == pytest.approx(300 + 330)
    assert found["03", 2024, "F"] == (0, 0)


def test_jobs_that_a_scenario_gives_stand_in_their_years_and_the_others_give_way() -> None:
    given = operations(("0101", "F", 2026, 2027, 30.0), ("0101", "F", 2027, None, 30.0))
    years = dict.fromkeys((2024, 2025, 2026, 2027, 2028), (180.0, 120.0))
    found = demanded(given, years)
    # Of 300, those given stand; the rest is shared as before: 120, 80 and 100 of 300.
    for year, stands in ((2024, 0), (2025, 0), (2026, 30), (2027, 60), (2028, 30)):
        rest = (300 - stands) / 300
        assert found["01", year, "F"] == pytest.approx((120 * rest + stands, stands))
        assert found["03", year, "K"] == pytest.approx((100 * rest, 0))


def test_the_pace_is_that_of_the_base_years_and_fades_by_hand() -> None:
    # Construction in 01 by the national accounts: 15, 30 and 60 thousand in 2015–2017, all else as it is. By
    # the last year 60 jobs would have been 30 a year before, by the last two 15 two years before.
    given = unchanged()
    counts = {2015: 15, 2016: 30, 2017: 60}
    accounts = given.employment_industry_yearly.with_columns(
        employed_thousand=pl.when(pl.col("industry") == "F", pl.col("county") == "01")
        .then(pl.col("year").replace_strict(counts))
        .otherwise("employed_thousand")
    )
    earlier = given.population_yearly.filter(year=2022).with_columns(pl.lit(2021, pl.Int64).alias("year"))
    people = pl.concat([given.population_yearly, earlier])
    whole = given._replace(employment_industry_yearly=accounts, population_yearly=people)
    register = _register(whole.employment_industry)
    at = INDUSTRIES.index("F")
    assert [_past(register, whole, OMS, years).before[0, at] for years in (1, 2)] == [30.0, 15.0]
    # A county alone in its industry gains no share: only the nation's pace counts, log 2 in a year. With all
    # of it left 2024 has 120 and 2025 has 240 beside 40 and 100 that stand still. With none left, 60 of 200
    # grow as the 260 and 380 employed do.
    workers = {2023: (200.0, 0.0), 2024: (260.0, 0.0), 2025: (380.0, 0.0)}
    level = supply(workers).with_columns(jobs_start=pl.lit(100.0))
    for left, jobs in ((1.0, [60.0, 120.0, 240.0]), (0.0, [60.0, 78.0, 114.0])):
        rule = GrowthRule(base_years=1, national_fading=left, shift_fading=1.0 - left)
        found = job_demand(whole, level, operations(), OMS, rule=rule)
        assert found.filter(county="01", industry="F")["jobs"].to_list() == pytest.approx(jobs)


def test_what_demand_cannot_be_made_of_is_named() -> None:
    whole, workers = unchanged(), supply({2024: (180.0, 120.0)})
    rule = GrowthRule(base_years=1)
    lost = whole._replace(employment_industry=whole.employment_industry.slice(1))
    with pytest.raises(DataError, match="every county and industry of its latest year"):
        job_demand(lost, workers, operations(), OMS, rule=rule)
    with pytest.raises(DataError, match=r"population_yearly has nobody in \['01', '03'\] in 2021"):
        job_demand(whole, workers, operations(), OMS, rule=GrowthRule(base_years=2))
    for years in (0, 3):
        with pytest.raises(SettingError, match=f"base_years = {years}; there are 3 years"):
            job_demand(whole, workers, operations(), OMS, rule=GrowthRule(base_years=years))
    with pytest.raises(DataError, match=r"differ in the counties \['03'\]"):
        job_demand(whole, workers.head(1), operations(), OMS, rule=rule)


def test_given_jobs_stand_and_the_others_share_the_rest() -> None:
    # 23 people, 3 jobs given: 20 are left for 10, so that each is doubled.
    given = np.array([[0.0, 3.0], [0.0, 0.0]])
    assert _met(JOBS, given, 23.0, 2030) == pytest.approx(np.array([[12.0, 7.0], [4.0, 0.0]]))


def test_all_the_jobs_of_an_industry_may_go_and_no_more() -> None:
    # 10 people and 7 taken: 17 to share by 10, so that 6 are 10.2, of which 7 go.
    taken = np.array([[-7.0, 0.0], [0.0, 0.0]])
    assert _met(JOBS, taken, 10.0, 2030).sum() == pytest.approx(10.0)
    for given in (np.array([[0.0, 0.0], [0.0, -1.0]]), np.array([[11.0, 0.0], [0.0, 0.0]])):
        with pytest.raises(DataError, match="take more jobs from a county's industry in 2030 than it has"):
            _met(JOBS, given, 10.0, 2030)
