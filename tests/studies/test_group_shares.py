"""The group's part of the country: two counties worked out by hand, and the published totals."""

import msgspec
import polars as pl
import pytest

from storregion.core import group
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.facts.employment import WIDE_INDUSTRIES
from storregion.studies.group_shares import GROUP_SHARES, group_shares

OMS = RegionGroup.read(group.bundled())
TWO = msgspec.structs.replace(OMS, counties={code: OMS.counties[code] for code in ("01", "03")})


def people(rows: dict[str, tuple[int, int, int]]) -> pl.DataFrame:
    """Persons by municipality in 2000, 2001 and 2002."""
    found = [
        (code, 2000 + at, persons, "observed")
        for code, many in rows.items()
        for at, persons in enumerate(many)
    ]
    return pl.DataFrame(found, schema=["municipality", "year", "persons", "basis"], orient="row")


def jobs(rows: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Thousands of jobs by county in 2000 and 2001, all of them in construction."""
    found = [
        (county, 2000 + at, industry, thousand if industry == "F" else 0, "observed")
        for county, many in rows.items()
        for at, thousand in enumerate(many)
        for industry in WIDE_INDUSTRIES
        if industry != "total"
    ]
    names = ["county", "year", "industry", "employed_thousand", "basis"]
    return pl.DataFrame(found, schema=names, orient="row")


PEOPLE = people({"0114": (600, 690, 680), "0330": (200, 210, 214), "2580": (200, 300, 306)})
JOBS = jobs({"01": (30, 36), "03": (10, 12), "00": (100, 120)})


def test_shares_by_hand() -> None:
    found = group_shares(PEOPLE, JOBS, TWO)
    GROUP_SHARES.check(found, maker="group_shares")
    rows = found.filter(counted="people").sort("year")
    # 800 of 1,000, 900 of 1,200, 894 of 1,200; 200 of 800, 210 of 900, 214 of 894.
    assert rows["country_share"].to_list() == pytest.approx([0.8, 0.75, 0.745])
    assert rows["outside_share"].to_list() == pytest.approx([0.25, 210 / 900, 214 / 894])
    # From 800 to 900, 10 of 100 outside. From 900 to 894 the group shrank, so nothing has a part of growth.
    assert rows["growth_outside"].to_list() == [None, pytest.approx(0.1), None]
    assert rows["growth_share_absent"].to_list() == ["not_applicable", None, "not_applicable"]
    work = found.filter(counted="jobs").sort("year")
    # 40 of 100 and 48 of 120; 10 of 40 and 12 of 48; 2 of the 8 more.
    assert work["country_share"].to_list() == pytest.approx([0.4, 0.4])
    assert work["outside_share"].to_list() == pytest.approx([0.25, 0.25])
    assert work["growth_outside"].to_list() == [None, pytest.approx(0.25)]


def test_a_part_of_the_growth_from_an_assumed_year_is_assumed() -> None:
    # Only 2000 is assumed: 2001's growth rests on it, that of 2002 does not.
    guessed = PEOPLE.with_columns(basis=pl.when(year=2000).then(pl.lit("assumed")).otherwise("basis"))
    rows = group_shares(guessed, JOBS, TWO).filter(counted="people").sort("year")
    assert rows["basis"].to_list() == ["assumed", "assumed", "observed"]


def test_a_shrinking_rest_has_a_negative_part_of_the_growth() -> None:
    # The group grows by 90 while the rest loses 10.
    found = group_shares(people({"0114": (600, 700, 700), "0330": (200, 190, 190)}), JOBS, TWO)
    assert found.filter(counted="people", year=2001)["growth_outside"].item() == pytest.approx(-10 / 90)


def test_nothing_has_a_part_of_no_growth() -> None:
    # 800 people in every year, of whom ten move out of the largest county.
    found = group_shares(people({"0114": (600, 590, 590), "0330": (200, 210, 210)}), JOBS, TWO)
    rows = found.filter(counted="people").sort("year")
    assert rows["growth_outside"].to_list() == [None] * 3
    assert set(rows["growth_share_absent"]) == {"not_applicable"}


def test_the_most_populous_county_is_that_of_people_in_the_latest_year() -> None:
    overtaken = people({"0114": (600, 100, 100), "0330": (200, 900, 900)})
    found = group_shares(overtaken, JOBS, TWO)
    assert set(found["county"]) == {"03"}
    # Outside it are 600 of 800 people of 2000, and 30 of 40 thousand jobs.
    assert found.filter(year=2000)["outside_share"].to_list() == pytest.approx([0.75, 0.75])


def test_a_year_without_the_jobs_of_a_county_stops() -> None:
    with pytest.raises(DataError, match="every county, industry and year"):
        group_shares(PEOPLE, JOBS.slice(1), TWO)


def test_the_published_totals(bundled: Workspace) -> None:
    rows = bundled.table("group_shares")
    newest = rows.filter(counted="people", year=2024).row(0, named=True)
    # 4,529,298 of 10,587,710. Stockholm County had 2,473,307, and 2,454,821 the year before, ÖMS 4,508,223.
    assert newest["country_share"] == pytest.approx(4_529_298 / 10_587_710)
    assert newest["outside_share"] == pytest.approx(1 - 2_473_307 / 4_529_298)
    grew, alone = 4_529_298 - 4_508_223, 2_473_307 - 2_454_821
    assert newest["growth_outside"] == pytest.approx(1 - alone / grew)
    assert set(rows["basis"]) == {"observed"}
    jobs_there = rows.filter(counted="jobs")["year"]
    assert (jobs_there.min(), jobs_there.max()) == (2000, 2017)
