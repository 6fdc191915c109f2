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
    }
)
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
    rows = job_reach(reached({"A": 10, "B": 40, "C": 20, "E": 5}), LOCALITIES, MEMBERSHIP, OMS)
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
    rows = job_reach(reached({"A": 10, "B": 10, "C": 20}), LOCALITIES, MEMBERSHIP, OMS)
    shares = dict(rows.select("locality", "fewer_share").iter_rows())
    assert shares == pytest.approx({"A": 0.0, "B": 0.0, "C": 400 / 900})


def test_every_resident_of_the_group_is_served_or_not(bundled: Workspace) -> None:
    own = bundled.table("membership").filter(place="oms")["municipality"].implode()
    people = bundled.table("localities").filter(pl.col("municipality").is_in(own))["population"].sum()
    for row in bundled.table("job_reach_places").filter(place="oms").iter_rows(named=True):
        assert row["served"] + row["unserved"] == people == 4_031_731
    # The more minutes, the more jobs; the country, of which the timetable has a part, is not there.
    rows = bundled.table("job_reach").sort("locality", "limit")
    assert rows.select((pl.col("jobs").diff().over("locality") >= 0).all()).item()
    assert "00" not in set(bundled.table("job_reach_places")["place"])
