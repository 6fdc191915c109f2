"""Employment to come: jobs, residents and flows that agree, hand-worked cases, and what cannot be."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.conftest import Built

from storregion.core.errors import DataError, ItemError, SettingError, StorregionError
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.facts.employment import INDUSTRIES
from storregion.sources.employment import employment_rates
from storregion.studies import employment as study
from storregion.studies import job_demand as demand
from storregion.studies.employed_ahead import employed_ahead
from storregion.studies.employment import (
    EMPLOYMENT,
    PLACE_JOBS,
    Ahead,
    Surety,
    Where,
    _half_widths,
    employment,
    place_jobs,
)
from storregion.studies.employment_operations import Employer, employment_operations
from storregion.studies.labour_supply import LabourNow, labour_supply
from storregion.studies.municipal_jobs import Demand, municipal_jobs

WHY = Text("Prov.", "A trial.")


def employer(**more: object) -> Employer:
    given = {"municipality": "0330", "industry": "B+C", "from_year": 2030, "jobs": 1000.0}
    return Employer(**(given | more), because=WHY, source="A test")  # type: ignore[arg-type]


def demanded(work: Workspace, operations: pl.DataFrame) -> pl.DataFrame:
    industries = demand.Industries(*(work.table(name) for name in demand.Industries._fields))
    return demand.job_demand(industries, work.table("labour_supply"), operations, work.group)


def with_operations(work: Workspace, *made: Employer) -> pl.DataFrame:
    """Municipal jobs where employers open or close."""
    operations = employment_operations(work.table("municipalities"), made=made)
    both = Demand(demanded(work, operations), operations, work.table("employed_industry"))
    return municipal_jobs(both, work.table("labour_supply"), work.table("employed_ahead"))


# ---- places, by hand

TRIED = pl.DataFrame(
    [(7, 9, "model", 20.0), (1, 9, "model", 10.0), (7, 1, "model", 99.0), (7, 9, "unchanged", 99.0)],
    schema=["horizon", "launches", "method", "half_width"],
    orient="row",
).with_columns(basis=pl.lit("estimated"))
"""Past errors of counties: ten per cent one year ahead, 20 seven; a single launch does not count."""
COUNTY = Where(
    pl.DataFrame(
        {
            "place": ["01", "01", "0101", "0102", "00", "00"],
            "municipality": ["0101", "0102", "0101", "0102", "0101", "0102"],
        }
    ),
    pl.DataFrame(
        {
            "place": ["01", "0101", "0102", "00"],
            "kind": ["county", "municipality", "municipality", "country"],
        }
    ),
)


def two_years() -> tuple[Ahead, Surety]:
    """Of 60 + 40 who live in the two, 45 + 30 stay in 2024; of 70 + 50 in 2031, 50 + 40."""
    names = ["municipality", "year", "employed_residents", "working_age", "unemployed"]
    people = [
        ("0101", 2024, 60, 80, 8),
        ("0102", 2024, 40, 50, 2),
        ("0101", 2031, 70, 100, 5),
        ("0102", 2031, 50, 50, 0),
    ]
    jobs = [
        ("0101", 2024, "F", 50),
        ("0101", 2024, "K", 5),
        ("0102", 2024, "K", 45),
        ("0101", 2031, "K", 60),
        ("0102", 2031, "K", 60),
    ]
    flows = [
        *(
            (2024, "0101", "0101", 45),
            (2024, "0101", "0102", 15),
            (2024, "0102", "0101", 10),
            (2024, "0102", "0102", 30),
        ),
        *(
            (2031, "0101", "0101", 50),
            (2031, "0101", "0102", 20),
            (2031, "0102", "0101", 10),
            (2031, "0102", "0102", 40),
        ),
    ]
    projected = [
        ("base", "0101", 2031, 100, 115),
        ("high", "0101", 2031, 100, 900),
        ("base", "0102", 2031, 100, 100),
    ]

    def made(rows: Sequence[tuple[object, ...]], columns: list[str]) -> pl.DataFrame:
        numbers = ("employed_residents", "working_age", "unemployed", "jobs", "persons")
        types = dict.fromkeys(numbers, pl.Float64)
        return pl.DataFrame(rows, schema=columns, orient="row", schema_overrides=types).with_columns(
            basis=pl.lit("estimated")
        )

    return (
        Ahead(
            made(people, names),
            made(jobs, ["municipality", "year", "industry", "jobs"]),
            made(flows, ["year", "home", "work", "persons"]),
        ),
        Surety(TRIED, made(projected, ["frame", "place", "year", "persons", "at_most"])),
    )


def test_employment_of_two_municipalities_and_their_county_by_hand() -> None:
    table = EMPLOYMENT.check(employment(*two_years(), COUNTY), maker="employment")
    found = {(row["place"], row["year"]): row for row in table.iter_rows(named=True)}
    first, later, county = found["0101", 2024], found["0101", 2031], found["01", 2031]
    # 55 jobs and 60 employed in the first, 45 of them there: 15 leave it and 10 come.
    assert [first[name] for name in ("jobs", "within", "outward", "inward", "net")] == [55, 45, 15, 10, -5]
    assert (first["participation"], first["unemployment_percent"]) == (60 / 80, 10.0)
    assert (first["jobs_percent"], first["at_least"], first["interval_absent"]) == (
        0.0,
        None,
        "not_applicable",
    )
    assert (later["jobs_percent"], later["residents_percent"]) == pytest.approx((100 * 5 / 55, 100 * 10 / 60))
    # Seven years ahead a county is 20 per cent off, and the people of the first 15: together 25.
    assert (later["at_least"], later["at_most"]) == pytest.approx((60 / 1.25, 60 * 1.25))
    # All who live in the county work in it. The second's people are known, so it is as far off as the county.
    assert [county[name] for name in ("jobs", "within", "outward", "inward")] == [120, 120, 0, 0]
    assert (county["at_least"], county["at_most"]) == pytest.approx((100, 144))
    assert found["0102", 2031]["at_most"] == pytest.approx(72)
    # The country's jobs are those of its people, without an interval of their own.
    assert (found["00", 2031]["jobs"], found["00", 2031]["at_most"]) == (120, None)


def spread(given: float) -> dict[tuple[str, int, str], float]:
    """Jobs of two municipalities with 60 and 40 jobs and 100 people each, of which one grows to 150.

    Their county has 10 jobs in every industry in both years, `given` of them in B+C and 2030 by an employer
    in the second.
    """
    basis = pl.lit("estimated").alias("basis")
    supply = pl.DataFrame(
        [(code, year, people, jobs)
         for code, jobs, later in (("0101", 60.0, 150.0), ("0102", 40.0, 100.0))
         for year, people in ((2024, 100.0), (2030, later))],
        schema=["municipality", "year", "people", "jobs_start"],
        orient="row",
    ).with_columns(basis)  # fmt: skip
    of_county = pl.DataFrame(
        [("01", year, industry, 10.0, given if (industry, year) == ("B+C", 2030) else 0.0)
         for year in (2024, 2030) for industry in INDUSTRIES],
        schema=["county", "year", "industry", "jobs", "given"],
        orient="row",
    ).with_columns(basis)  # fmt: skip
    opened = pl.DataFrame(
        [("0102", "B+C", 2030, None, given)] if given else [],
        schema={"municipality": pl.String, "industry": pl.String, "from_year": pl.Int64,
                "until_year": pl.Int64, "jobs": pl.Float64},
        orient="row",
    ).with_columns(basis)  # fmt: skip
    day = {"municipality": pl.String, "year": pl.Int64, "side": pl.String, "industry": pl.String,
           "persons": pl.Float64}  # fmt: skip
    demand = Demand(of_county, opened, pl.DataFrame(schema=day | {"basis": pl.String}))
    # 150 people of the country work, and there are 15 industries of 10 jobs.
    ahead = supply.select("municipality", "year", "basis", employed_residents=75.0)
    rows = municipal_jobs(demand, supply, ahead).select("municipality", "year", "industry", "jobs").rows()
    return {row[:3]: row[3] for row in rows}


def test_jobs_of_municipalities_follow_their_people_as_the_industry_does() -> None:
    found = spread(0.0)
    assert (found["0101", 2024, "A"], found["0102", 2024, "F"]) == pytest.approx((6, 4))
    # Building follows people whole: of 6 x 1.5 and 4 the first has 9 thirteenths.
    assert (found["0101", 2030, "F"], found["0102", 2030, "F"]) == pytest.approx((90 / 13, 40 / 13))
    # Farming by half, so by the root of 1.5.
    grown = 6 * 1.5**0.5
    assert found["0101", 2030, "A"] == pytest.approx(10 * grown / (grown + 4))


def test_only_the_jobs_that_nobody_is_given_are_spread() -> None:
    found, without, grown = spread(4.0), spread(0.0), 6 * 1.5**0.5
    # Of 10 jobs 4 are the employer's, and 6 are spread over both.
    assert found["0101", 2030, "B+C"] == pytest.approx(6 * grown / (grown + 4))
    assert found["0102", 2030, "B+C"] == pytest.approx(4 + 6 * 4 / (grown + 4))
    assert found["0102", 2030, "A"] == pytest.approx(without["0102", 2030, "A"])
    assert len(found) == 2 * 2 * len(INDUSTRIES)


def test_jobs_of_places_by_industry_by_hand() -> None:
    table = PLACE_JOBS.check(place_jobs(two_years()[0].municipal_jobs, COUNTY), maker="place_jobs")
    found = {
        row[:3]: row[3:5] for row in table.select("place", "year", "industry", "jobs", "jobs_percent").rows()
    }
    assert found["01", 2024, "K"] == (50, 0.0)
    assert found["01", 2031, "K"] == (120, pytest.approx(140.0))
    assert found["0101", 2031, "K"] == (60, pytest.approx(1100.0))
    assert ("0101", 2031, "F") not in found


def test_jobs_where_there_were_none_have_no_per_cent() -> None:
    jobs = two_years()[0].municipal_jobs.with_columns(
        jobs=pl.when(pl.col("year") == 2024).then(0.0).otherwise("jobs")
    )
    later = place_jobs(jobs, COUNTY).filter(place="0102", year=2031)
    assert later.select("jobs_percent", "change_absent").row(0) == (None, "not_applicable")


def test_a_width_grows_along_its_line_beyond_the_longest_horizon_and_never_shrinks() -> None:
    tried = pl.DataFrame({"horizon": [2, 4], "half_width": [10.0, 8.0]})
    # 0, 10 and again 10 per cent at 0, 2 and 4 years: 2.5 a year along the line from the start.
    found = _half_widths(tried, 6)
    assert found["county"].to_list() == pytest.approx([0, 0.05, 0.1, 0.1, 0.1, 0.125, 0.15])


# ---- supply


def ages(*rows: tuple[str, int, str, str, float]) -> pl.DataFrame:
    names = ["municipality", "year", "age_class", "sex", "persons"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(basis=pl.lit("estimated"))


def rates(share: float) -> pl.DataFrame:
    classes = ("16-19", "20-24", "25-34", "35-44", "45-54", "55-64")
    rows = [(2015, age, sex, share) for age in classes for sex in ("men", "women")]
    made = pl.DataFrame(rows, schema=["year", "age_class", "sex", "rate"], orient="row")
    return made.with_columns(basis=pl.lit("observed"))


def now(one: float, two: float) -> LabourNow:
    """Two municipalities in 2023: so many live in each and have work, all of them where they live."""
    flows = [("0101", "0101", one), ("0101", "0102", 0.0), ("0102", "0102", two), ("0102", "0101", 0.0)]
    commuting = pl.DataFrame(flows, schema=["home", "work", "persons"], orient="row").with_columns(
        year=pl.lit(2023, pl.Int64), sex=pl.lit("total"), cell=pl.lit("observed"), basis=pl.lit("observed")
    )
    people = [(code, year, n) for code in ("0101", "0102") for year, n in ((2023, 1000), (2024, 1100))]
    counted = pl.DataFrame(people, schema=["municipality", "year", "persons"], orient="row")
    return LabourNow(commuting, counted.with_columns(basis=pl.lit("observed")))


TWO = ages(
    ("0101", 2024, "30-34", "men", 1000.0),
    ("0101", 2024, "65-69", "women", 100.0),
    ("0101", 2030, "30-34", "men", 500.0),
    ("0101", 2030, "65-69", "women", 600.0),
    ("0102", 2024, "15-19", "men", 1000.0),
    ("0102", 2024, "0-4", "men", 100.0),
    ("0102", 2030, "20-24", "men", 1000.0),
    ("0102", 2030, "0-4", "men", 100.0),
)


def test_supply_of_two_municipalities_by_hand() -> None:
    # 600 and 200 worked in 2023; a tenth more people make 660 and 220 in 2024. With half of all at work and a
    # tenth of those over 64, the first would have 500 + 10 = 510 in 2024 and 250 + 60 = 310 in 2030:
    # 660 · 310/510. In the second, four fifths of those aged 15–19 count: 400, and 500 of those aged 20–24.
    found = labour_supply(TWO, rates(0.5), now(600, 200), ahead=(2030,), older_rate=0.1)
    workers = dict(
        zip(zip(found["municipality"], found["year"], strict=True), found["employed_residents"], strict=True)
    )
    assert workers["0101", 2024] == pytest.approx(660)
    assert workers["0101", 2030] == pytest.approx(660 * 310 / 510)
    assert workers["0102", 2030] == pytest.approx(220 * 500 / 400)
    # Children are people, but not of working age.
    assert found.filter(municipality="0102", year=2030).select("people", "working_age").row(0) == (1100, 1000)
    assert found.filter(municipality="0101", year=2030)["participation"].item() == pytest.approx(
        660 * 310 / 510 / 1100
    )


def test_jobs_at_the_start_are_as_many_as_the_employed_by_hand() -> None:
    # 700 and 100 work in each, 800 as the residents do; these are 880 in 2024, so 770 and 110 jobs.
    known = now(600, 200)
    moved = known.commuting.with_columns(
        persons=pl.when(home="0102", work="0101")
        .then(100.0)
        .when(home="0102")
        .then(100.0)
        .otherwise("persons")
    )
    # Men by themselves are among the total already.
    both = pl.concat([moved, moved.with_columns(sex=pl.lit("men"))])
    found = labour_supply(TWO, rates(0.5), LabourNow(both, known.population_yearly), ahead=(2030,))
    at_start = found.filter(year=2024).sort("municipality")
    assert at_start["jobs_start"].to_list() == pytest.approx([770, 110])
    assert at_start["employed_residents"].to_list() == pytest.approx([660, 220])


def test_what_rests_on_assumed_rates_is_assumed() -> None:
    guessed = rates(0.5).with_columns(basis=pl.lit("assumed"))
    assert set(labour_supply(TWO, guessed, now(600, 200), ahead=(2030,))["basis"]) == {"assumed"}
    assert set(labour_supply(TWO, rates(0.5), now(600, 200), ahead=(2030,))["basis"]) == {"estimated"}


def test_participation_above_one_is_refused() -> None:
    with pytest.raises(DataError, match=r"0101 in 2024 \(1320 of 1100\).*participation is above 1"):
        labour_supply(TWO, rates(0.5), now(1200, 200), ahead=(2030,), older_rate=0.1)


def test_what_supply_cannot_be_made_of_is_named() -> None:
    with pytest.raises(DataError, match="no rate of men aged 16-19"):
        labour_supply(TWO, rates(0.5).filter(pl.col("age_class") != "16-19"), now(600, 200), ahead=(2030,))
    with pytest.raises(SettingError, match=r"ahead has \[2031\]; projection_ages goes from 2024 to 2030"):
        labour_supply(TWO, rates(0.5), now(600, 200), ahead=(2031,))
    with pytest.raises(SettingError, match=r"older_rate = 17\.3; give a share"):
        labour_supply(TWO, rates(0.5), now(600, 200), ahead=(2030,), older_rate=17.3)


@pytest.mark.parametrize("path", ["scenarios/rate.toml", "assumptions.toml"])
def test_a_rate_that_is_no_share_names_the_file_that_sets_it(
    bundled: Workspace, tmp_path: Path, path: str
) -> None:
    folder = tmp_path / "group"
    shutil.copytree(bundled.folder, folder)
    words = 'title = { sv = "Prov", en = "Trial" }\nabout = { sv = "Prov.", en = "A trial." }\n'
    (folder / "scenarios" / "rate.toml").write_text(words, "utf-8")
    with (folder / path).open("a", encoding="utf-8") as file:
        file.write("\n[assumptions.labour_supply]\n" if "rate" in path else "\n[labour_supply]\n")
        file.write("older_rate = 17.3\n")
    work = Workspace(folder, bundled.store.folder, "rate")
    with pytest.raises(SettingError, match=rf"{path}: labour_supply\.older_rate = 17\.3; give a share"):
        work.build("labour_supply")


def test_nobody_who_works_in_a_municipality_is_not_taken_for_none() -> None:
    known = now(600, 200)
    unsaid = known.commuting.filter(pl.col("work") != "0102")
    with pytest.raises(DataError, match=r"no row of anyone who works in \['0102'\] in 2023.*a row with 0"):
        labour_supply(TWO, rates(0.5), known._replace(commuting=unsaid), ahead=(2030,))
    # Where the rows are there and say 0, nobody works there.
    none = known.commuting.with_columns(
        persons=pl.when(pl.col("work") == "0102").then(0.0).otherwise("persons")
    )
    found = labour_supply(TWO, rates(0.5), known._replace(commuting=none), ahead=(2030,))
    assert found.filter(municipality="0102")["jobs_start"].to_list() == [0.0, 0.0]


def test_a_rate_above_one_is_refused_with_file_and_row(tmp_path: Path) -> None:
    path = tmp_path / "employment_rates.csv"
    path.write_text("year,age_class,sex,rate\n2015,16-19,men,0.171\n2015,16-19,women,21.7\n", "utf-8")
    with pytest.raises(
        StorregionError, match=r"employment_rates\.csv[\s\S]*(row|line) 3[\s\S]*rate"
    ) as raised:
        employment_rates(path)
    assert "21.7" in str(raised.value)


def test_rates_give_the_published_rate_of_those_aged_16_to_64(bundled: Workspace) -> None:
    """74.6 per cent of men and 73.0 of women, in the rates' own source; weighted by the people of 2015."""
    people = bundled.table("population_age_sex").filter(pl.col("age").is_between(16, 64), year=2015)
    shares = bundled.table("employment_rates").with_columns(
        first=pl.col("age_class").str.head(2).cast(pl.Int64),
        last=pl.col("age_class").str.tail(2).cast(pl.Int64),
    )
    both = people.join(shares.drop("basis", "year"), on="sex").filter(
        pl.col("age").is_between(pl.col("first"), pl.col("last"))
    )
    means = both.group_by("sex").agg((pl.col("persons") * pl.col("rate")).sum() / pl.col("persons").sum())
    assert dict(means.iter_rows()) == pytest.approx({"men": 0.746, "women": 0.730}, abs=0.002)


# ---- jobs, residents and flows agree


def test_flows_are_the_residents_of_every_row_and_the_jobs_of_every_column(bundled: Workspace) -> None:
    flows = bundled.table("employment_flows")
    keys = ["municipality", "year"]
    living = flows.group_by("year", municipality="home").agg(pl.col("persons").sum())
    working = flows.group_by("year", municipality="work").agg(pl.col("persons").sum())
    jobs = bundled.table("municipal_jobs").group_by(keys).agg(pl.col("jobs").sum())
    for sums, meant, name in (
        (living, bundled.table("employed_ahead"), "employed_residents"),
        (working, jobs, "jobs"),
    ):
        both = sums.join(meant, on=keys)
        assert both.height == 290 * 6
        assert both.select((pl.col("persons") / pl.col(name) - 1.0).abs().max()).item() < 1e-8


def test_the_flows_are_the_latest_ones_times_a_factor_of_each_row_and_column(bundled: Workspace) -> None:
    """What makes them the doubly constrained model: T₁₁·T₂₂ / (T₁₂·T₂₁) is that of the latest commuting."""
    latest = bundled.table("commuting").filter(year=2023, sex="total")
    ahead = bundled.table("employment_flows").filter(year=2050)
    ratios = []
    for rows in (latest, ahead):
        flow = {(h, w): n for h, w, n in rows.select("home", "work", "persons").iter_rows()}
        some = ("0180", "0380", "0330", "2180")
        ratios.append(
            [flow[a, a] * flow[b, b] / (flow[a, b] * flow[b, a]) for a in some for b in some if a < b]
        )
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-6)


def test_the_country_has_as_many_jobs_as_employed_people_and_places_are_sums(bundled: Workspace) -> None:
    rows = bundled.table("employment")
    country = rows.filter(place="00")
    assert country["jobs"].to_list() == pytest.approx(country["employed_residents"].to_list())
    assert country.filter(year=2040).select("outward", "inward").row(0) == pytest.approx((0, 0), abs=1e-3)
    assert country["at_least"].null_count() == country.height
    group = rows.filter(place=bundled.group.code)["jobs"]
    counties = rows.filter(pl.col("place").is_in(list(bundled.group.counties)))
    assert counties.group_by("year").agg(pl.col("jobs").sum()).sort("year")[
        "jobs"
    ].to_list() == pytest.approx(group.to_list())
    industries = bundled.table("place_jobs").group_by("place", "year").agg(total=pl.col("jobs").sum())
    both = rows.join(industries, on=["place", "year"])
    # Jobs of places are written to a thousandth.
    assert both.select((pl.col("jobs") - pl.col("total")).abs().max()).item() < 1e-3


def test_the_start_is_the_latest_commuting_carried_by_population(bundled: Workspace) -> None:
    flows = bundled.table("commuting").filter(year=2023, sex="total")
    people = bundled.table("population_yearly").filter(municipality="0330")
    living = flows.filter(home="0330")["persons"].sum()
    grown = people.filter(year=2024)["persons"].item() / people.filter(year=2023)["persons"].item()
    start = bundled.table("employment").filter(place="0330", year=2024)
    assert start["employed_residents"].item() == pytest.approx(living * grown)


def test_a_regional_analyst_finds_nothing_odd(bundled: Workspace) -> None:
    rows = bundled.table("employment").join(bundled.table("places").select("place", "kind"), on="place")
    assert 0.5 < float(rows["participation"].min()) < float(rows["participation"].max()) < 0.8  # type: ignore[arg-type]
    assert rows.filter(kind="municipality")["jobs_percent"].is_between(-40, 40).all()
    assert rows.filter(kind="county", year=2050)["jobs_percent"].is_between(-15, 20).all()
    inside = (pl.col("at_least") < pl.col("jobs")) & (pl.col("jobs") < pl.col("at_most"))
    assert rows.drop_nulls("at_least").select(inside.all()).item()


def test_commuters_across_a_border_are_never_below_nobody(bundled: Workspace) -> None:
    rows = bundled.table("employment")
    for name in ("outward", "inward", "net"):
        nothing = rows.filter(pl.col(name) == 0)[name]
        assert not np.signbit(nothing.to_numpy()).any()


def test_flows_that_do_not_fit_jobs_and_residents_are_refused(bundled: Workspace) -> None:
    """Twenty times those who live and work in Knivsta: more than are employed there, and in the country."""
    given = Ahead(*(bundled.table(name) for name in Ahead._fields))
    own = (pl.col("home") == "0330") & (pl.col("work") == "0330")
    many = given.employment_flows.with_columns(
        persons=pl.when(own).then(pl.col("persons") * 20).otherwise("persons")
    )
    surety = Surety(*(bundled.table(name) for name in Surety._fields))
    where = Where(*(bundled.table(name) for name in Where._fields))
    with pytest.raises(DataError, match=r"people live and work in 00 in 2024, but .* does not fit"):
        employment(given._replace(employment_flows=many), surety, where)


# ---- what a scenario does


def test_an_employer_adds_its_jobs_and_others_have_as_many_fewer(bundled: Workspace) -> None:
    base = bundled.table("municipal_jobs")
    found = with_operations(bundled, employer(), employer(industry="J", until_year=2035))
    key = {"municipality": "0330", "industry": "B+C"}
    # All other jobs of the country shrink by 2000 of 5.2 million until 2035, and by 1000 from then on.
    for year, taken in ((2030, 2000.0), (2040, 1000.0)):
        total = float(base.filter(year=year)["jobs"].sum())
        scale = 1.0 - taken / total
        before, after = (rows.filter(year=year, **key)["jobs"].item() for rows in (base, found))
        assert after == pytest.approx(before * scale + 1000.0)
        elsewhere = [
            float(rows.filter(year=year, municipality="2580")["jobs"].sum()) for rows in (base, found)
        ]
        assert elsewhere[1] == pytest.approx(elsewhere[0] * scale)
        assert found.filter(year=year)["jobs"].sum() == pytest.approx(total)
    assert_frame_equal(found.filter(year=2024).drop("basis"), base.filter(year=2024).drop("basis"))


def test_operations_that_cannot_be_are_named(bundled: Workspace) -> None:
    known = bundled.table("municipalities")
    for wrong, said in (
        ({"municipality": "0331x"}, r"operation 1 \(employer\): the municipality '0331x' does not exist"),
        ({"industry": "B-E"}, r"the industry 'B-E' does not exist; .*'B\+C'"),
        ({"until_year": 2029}, "ends in 2029, before it begins in 2030"),
    ):
        with pytest.raises(ItemError, match=said):
            employment_operations(known, made=(employer(**wrong),))
    with pytest.raises(DataError, match=r"more jobs than there are in \[\('0330', 'B\+C', 2030\)"):
        with_operations(bundled, employer(jobs=-5000.0))
    with pytest.raises(DataError, match="more jobs from a county's industry in 2030 than it has"):
        with_operations(bundled, employer(jobs=-500_000.0))


def test_new_homes_run_on_into_workers_jobs_and_commuting(bundled: Workspace, built: Built) -> None:
    """`bostadsprogram` gives Uppsala and Knivsta homes from 2030 on; all others have as many people fewer."""
    base, homes = (work.table("employment").filter(year=2050) for work in (bundled, built("bostadsprogram")))
    names = ["jobs", "employed_residents", "outward", "inward"]
    both = base.select("place", *names).join(homes.select("place", *names), on="place", suffix="_b")
    for place in ("0380", "0330"):
        row = both.filter(place=place).row(0, named=True)
        assert all(row[f"{name}_b"] > row[name] for name in names)
    # 190 homes with 2.3 people in each of 21 years are 9 177 people, of whom about half work.
    knivsta = (
        both.filter(place="0330").select(pl.col("employed_residents_b") - pl.col("employed_residents")).item()
    )
    assert 0.4 * 9177 < knivsta < 0.6 * 9177
    gone = both.filter(place="2180").row(0, named=True)
    assert gone["jobs_b"] < gone["jobs"]


# ---- fetched day population by industry


def test_fetched_day_population_replaces_the_spread(bundled: Workspace) -> None:
    """All of county 03's factory jobs are said to be in Uppsala, and its other jobs as they were spread."""
    base = bundled.table("municipal_jobs")
    start = base.filter(pl.col("municipality").str.starts_with("03"), year=2024)
    here = (pl.col("municipality") == "0380") | (pl.col("industry") != "B+C")
    day = start.select(
        "municipality",
        "industry",
        year=pl.lit(2023, pl.Int64),
        side=pl.lit("day"),
        persons=pl.when(here).then("jobs").otherwise(0.0),
        basis=pl.lit("observed"),
    )
    both = Demand(bundled.table("job_demand"), bundled.table("employment_operations"), day)
    found = municipal_jobs(both, bundled.table("labour_supply"), bundled.table("employed_ahead"))
    now = found.filter(pl.col("municipality").str.starts_with("03"), year=2024)
    elsewhere = now.filter(pl.col("municipality") != "0380", industry="B+C")
    assert elsewhere["jobs"].sum() == pytest.approx(0, abs=1e-6)
    # Every municipality keeps its jobs in all, and the county those of every industry.
    for key in ("municipality", "industry"):
        sums = [rows.group_by(key).agg(pl.col("jobs").sum()).sort(key)["jobs"] for rows in (start, now)]
        assert sums[0].to_list() == pytest.approx(sums[1].to_list())
    assert set(now["cell"]) == {"observed"}
    assert set(found.filter(municipality="0180")["cell"]) == {"spread"}
    missing = both._replace(employed_industry=day.filter(pl.col("municipality") != "0319"))
    kept = municipal_jobs(missing, bundled.table("labour_supply"), bundled.table("employed_ahead"))
    assert_frame_equal(kept, base)


# ---- reactions


def reacted(work: Workspace, *, migration: float = 0.0, unemployment: float = 0.0) -> pl.DataFrame:
    return employed_ahead(
        work.table("labour_supply"),
        work.table("job_demand"),
        work.table("unemployment"),
        migration_elasticity=migration,
        unemployment_elasticity=unemployment,
    )


def test_nothing_reacts_where_elasticities_are_zero(bundled: Workspace) -> None:
    found, supply = bundled.table("employed_ahead"), bundled.table("labour_supply")
    assert found["employed_residents"].to_list() == pytest.approx(supply["employed_residents"].to_list())
    assert found["moved"].abs().max() == pytest.approx(0, abs=1e-6)


def test_people_move_to_where_jobs_grow_and_the_country_keeps_its_number(bundled: Workspace) -> None:
    base, found = bundled.table("employed_ahead"), reacted(bundled, migration=0.5)
    for year in (2030, 2050):
        sums = [rows.filter(year=year)["employed_residents"].sum() for rows in (base, found)]
        assert sums[0] == pytest.approx(sums[1])
    rows = found.filter(year=2050).join(
        base.select("municipality", "year", now="employed_residents"), on=["municipality", "year"]
    )
    # Half of a per cent more workers for each per cent out of balance, but for the country's number.
    grown = rows.select("imbalance", grown=pl.col("employed_residents") / pl.col("now"))
    scale = grown["grown"] / (1 + grown["imbalance"] / 100) ** 0.5
    assert scale.max() == pytest.approx(scale.min())
    assert 0.99 < scale[0] < 1.01


def test_unemployment_falls_where_jobs_grow(bundled: Workspace) -> None:
    base, found = bundled.table("employed_ahead"), reacted(bundled, unemployment=2.0)
    both = base.join(found, on=["municipality", "year"], suffix="_b").filter(year=2050)
    ratio = both["unemployed_b"] / both["unemployed"] * (1 + both["imbalance"] / 100) ** 2
    assert ratio.to_list() == pytest.approx([1.0] * both.height)
    left = both["unemployed"] - both["unemployed_b"]
    assert (both["employed_residents_b"] - both["employed_residents"]).to_list() == pytest.approx(
        left.to_list()
    )
    with pytest.raises(SettingError, match=r"migration_elasticity = -1\.0; give 0"):
        reacted(bundled, migration=-1.0)


@pytest.mark.parametrize(("employed", "jobs"), [(99.0, 200.0), (200.0, 99.0)])
def test_more_who_live_and_work_in_a_place_than_it_has_are_refused(employed: float, jobs: float) -> None:
    row = {"place": "0101", "year": 2030, "within": 100.0, "employed_residents": employed, "jobs": jobs}
    row |= {"outward": employed - 100.0, "inward": jobs - 100.0, "net": jobs - employed}
    says = (
        f"100.0 people live and work in 0101 in 2030, but {employed} are employed and there are {jobs} jobs"
    )
    with pytest.raises(DataError, match=says):
        study._balanced(pl.DataFrame([row]))
    # Only a rest of balancing is none.
    rest = row | {"employed_residents": 100.0, "jobs": 100.0, "outward": -1e-9, "inward": 1e-9, "net": 0.0}
    made = study._balanced(pl.DataFrame([rest])).row(0, named=True)
    assert (made["outward"], made["inward"], made["within"]) == (0.0, 0.0, 100.0)
