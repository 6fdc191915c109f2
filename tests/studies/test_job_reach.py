"""Jobs within reach from home: three localities by hand, ties, and places that reach outside the group."""

import polars as pl
import pytest

from storregion.core import group
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.studies.job_reach import job_reach, job_reach_places

OMS = RegionGroup.read(group.bundled())
LOCALITIES = pl.DataFrame(
    {
        "locality": ["A", "B", "C", "D", "E"],
        "municipality": ["0101", "0101", "0102", "0102", "0901"],
        "population": [100, 300, 500, 50, 900],
        # Discs 2 · 1.3 · 20 km across: nobody cycles that in an hour.
        "area_ha": [125_664.0] * 5,
    }
)
POPULATION = pl.DataFrame(
    {"municipality": ["0101", "0102", "0901"], "year": 2024, "persons": [400, 1000, 900]}
)


def jobs_of(workers: dict[str, float]) -> pl.DataFrame:
    """Commuting in which so many work in each municipality, all of whom live there."""
    rows = [(2024, code, code, "total", found, "spread", "estimated") for code, found in workers.items()]
    return pl.DataFrame(rows, ["year", "home", "work", "sex", "persons", "cell", "basis"], orient="row")


def made(jobs: dict[str, float], localities: pl.DataFrame = LOCALITIES) -> pl.DataFrame:
    work = jobs_of({"0101": 200, "0102": 250, "0901": 10})
    return job_reach(reached(jobs), localities, POPULATION, work, OMS)


MEMBERSHIP = pl.DataFrame(
    [("oms", "0101"), ("oms", "0102"), ("0101", "0101"), ("0102", "0102"), ("00", "0102"), ("00", "0901")],
    ["place", "municipality"],
    orient="row",
)


def reached(jobs: dict[str, float]) -> pl.DataFrame:
    rows = [("locality", code, 60, 0.0, found, "estimated") for code, found in jobs.items()]
    rows.append(("node", "A", 60, 0.0, 1e6, "estimated"))
    return pl.DataFrame(rows, ["kind", "code", "limit", "residents", "jobs", "basis"], orient="row")


def test_three_localities_by_hand() -> None:
    # A (100 residents) reaches 10 jobs, B (300) 40, C (500) 20; D has no station, E lies outside the group.
    # Of 900, nobody reaches fewer than A; A's 100 fewer than C; A's and C's 600 fewer than B.
    rows = made({"A": 10, "B": 40, "C": 20, "E": 5})
    shares = dict(rows.select("locality", "fewer_share").iter_rows())
    assert shares == pytest.approx({"A": 0.0, "C": 100 / 900, "B": 600 / 900})
    # In order of jobs 100, then 500, make up half of 900 at C; in 0101 100 and then 300 of 400 at B.
    places = {row["place"]: row for row in job_reach_places(rows, LOCALITIES, MEMBERSHIP, OMS).to_dicts()}
    assert set(places) == {"oms", "0101", "0102"}
    assert places["oms"]["median_jobs"] == 20
    assert places["0101"]["median_jobs"] == 40
    assert (places["0101"]["least_jobs"], places["0101"]["most_jobs"]) == (10, 40)
    assert (places["0102"]["served"], places["0102"]["unserved"]) == (500, 50)


def test_localities_with_one_station_reach_the_same() -> None:
    rows = made({"A": 10, "B": 10, "C": 20})
    shares = dict(rows.select("locality", "fewer_share").iter_rows())
    assert shares == pytest.approx({"A": 0.0, "B": 0.0, "C": 400 / 900})


def test_jobs_of_the_own_town_count_where_one_cycles_across_it_in_time() -> None:
    # 1 000 hectares are a disc 3.57 km across, 4.64 with the detour: 18.6 minutes at 15 km/h. C has 500
    # of the 1 000 residents of 0102, which has 250 jobs: 125. It counts where fewer are reached.
    small = LOCALITIES.with_columns(
        area_ha=pl.when(pl.col("locality") == "C").then(1000.0).otherwise("area_ha")
    )
    assert dict(made({"B": 40, "C": 20}, small).select("locality", "jobs").iter_rows()) == {"B": 40, "C": 125}
    assert made({"C": 300}, small)["jobs"].to_list() == [300]
    # 20 800 hectares are 16.27 km across, 21.2 with the detour: 85 minutes, more than the hour.
    wide = small.with_columns(area_ha=pl.lit(20_800.0))
    assert made({"C": 20}, wide)["jobs"].to_list() == [20]
    # A locality without an area has what the timetable says.
    assert made({"C": 20}, small.with_columns(area_ha=pl.lit(None, pl.Float64)))["jobs"].to_list() == [20]


def test_no_large_town_reaches_fewer_jobs_than_it_has(bundled: Workspace) -> None:
    # A Swedish municipality with a city has some 0.45 to 0.6 jobs a resident, most of them in the city.
    rows = bundled.table("job_reach").filter(limit=60).sort("residents", descending=True).head(10)
    assert rows.height == 10
    assert (rows["jobs"] > 0.35 * rows["residents"]).all(), rows


def test_every_resident_of_the_group_is_served_or_not(bundled: Workspace) -> None:
    own = bundled.table("membership").filter(place="oms")["municipality"].implode()
    people = bundled.table("localities").filter(pl.col("municipality").is_in(own))["population"].sum()
    for row in bundled.table("job_reach_places").filter(place="oms").iter_rows(named=True):
        assert row["served"] + row["unserved"] == people == 4_031_731
    # The more minutes, the more jobs; the country, of which the timetable has a part, is not there.
    rows = bundled.table("job_reach").sort("locality", "limit")
    assert rows.select((pl.col("jobs").diff().over("locality") >= 0).all()).item()
    assert "00" not in set(bundled.table("job_reach_places")["place"])
