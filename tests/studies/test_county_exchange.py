"""Commuting between counties: the published sums, three counties by hand, and pairs that are not judged."""

import msgspec
import polars as pl
import pytest

from storregion.core import group
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.workspace import Workspace
from storregion.studies.county_exchange import (
    COUNTY_PAIRS,
    county_exchange,
    county_gravity,
    county_pairs,
)

OMS = RegionGroup.read(group.bundled())
PAIR = msgspec.structs.replace(OMS, code="pair", counties=dict.fromkeys(("01", "02"), OMS.counties["01"]))


def flows(cells: dict[tuple[str, str], int]) -> pl.DataFrame:
    """A year of flows between counties."""
    rows = [(2018, home, work, persons, "observed") for (home, work), persons in cells.items()]
    return pl.DataFrame(rows, ["year", "home_county", "work_county", "persons", "basis"], orient="row")


THREE = flows(
    {
        ("01", "01"): 900, ("01", "02"): 60, ("01", "03"): 40,
        ("02", "01"): 150, ("02", "02"): 300, ("02", "03"): 50,
        ("03", "01"): 10, ("03", "02"): 20, ("03", "03"): 70,
    }
)  # fmt: skip


def test_two_of_three_counties_by_hand() -> None:
    # 01: 900 + 60 + 40 = 1000 live there, 60 go to 02 and 40 out; 150 come from 02 and 10 from 03.
    # Both: 1000 + 500, 900 + 300 stay, 60 + 150 between them, 40 + 50 out, 10 + 20 in.
    rows = {row["place"]: row for row in county_exchange(THREE, PAIR).iter_rows(named=True)}
    names = ("residents", "own_county", "to_group", "to_rest", "from_group", "from_rest")
    assert [rows["01"][name] for name in names] == [1000, 900, 60, 40, 150, 10]
    assert [rows["pair"][name] for name in names] == [1500, 1200, 210, 90, 210, 30]
    assert rows["01"]["group_share"] == pytest.approx(0.06)
    assert rows["pair"]["rest_share"] == pytest.approx(0.06)
    assert set(rows) == {"01", "02", "pair"}


def test_the_published_sums(bundled: Workspace) -> None:
    # Statistics Sweden 2018: 2 101 506 live and work in the group, 118 723 of them across a county border.
    row = bundled.table("county_exchange").filter(place="oms").row(0, named=True)
    assert row["own_county"] + row["to_group"] == 2_101_506
    assert row["to_group"] == row["from_group"] == 118_723
    pairs = bundled.table("county_pairs")
    assert pairs["both_ways"].sum() == 118_723
    assert pairs.height == 21


def test_the_model_of_all_counties_has_the_observed_margins(bundled: Workspace) -> None:
    # The model keeps how many leave and enter each county, so a pair cannot be expected to have more.
    flows = bundled.table("county_commuting").filter(pl.col("home_county") != pl.col("work_county"))
    out = dict(flows.group_by("home_county").agg(pl.col("persons").sum()).iter_rows())
    into = dict(flows.group_by("work_county").agg(pl.col("persons").sum()).iter_rows())
    for row in bundled.table("county_pairs").iter_rows(named=True):
        one, two = row["county"], row["other_county"]
        assert row["predicted_high"] <= min(out[one], into[two]) + min(out[two], into[one])


FOUR = flows(
    {
        ("01", "01"): 900, ("01", "02"): 60, ("01", "03"): 40, ("01", "04"): 9,
        ("02", "01"): 150, ("02", "02"): 300, ("02", "03"): 50, ("02", "04"): 12,
        ("03", "01"): 10, ("03", "02"): 20, ("03", "03"): 70, ("03", "04"): 8,
        ("04", "01"): 5, ("04", "02"): 15, ("04", "03"): 25, ("04", "04"): 80,
    }
)  # fmt: skip


def test_a_pair_against_both_forms_of_the_model_by_hand() -> None:
    # 60 go from 01 to 02 and 150 back: 210 beside what the forms expect, least of the form that expects most.
    points = pl.DataFrame(
        {
            "municipality": ["0101", "0201", "0301", "0401"], "east": [0.0, 3e4, 9e4, 12e4],
            "north": [0.0, 4e4, 0.0, 5e4], "basis": "estimated",
        }
    )  # fmt: skip
    people = pl.DataFrame(
        {"municipality": points["municipality"], "year": 2018, "persons": [9, 5, 1, 1], "basis": "observed"}
    )
    row = county_pairs(FOUR, points, people, PAIR).row(0, named=True)
    assert (row["county"], row["other_county"], row["there"], row["back"]) == ("01", "02", 60, 150)
    # 30 km to the east and 40 to the north are 50.
    assert (row["both_ways"], row["km"]) == (210, pytest.approx(50.0))
    assert row["predicted_low"] < row["predicted_high"]
    assert row["ratio_low"] == pytest.approx(210 / row["predicted_high"])
    assert row["ratio_high"] == pytest.approx(210 / row["predicted_low"])
    # Points are estimates at best and leave flows observed; what is measured from one moved is assumed.
    assert row["basis"] == "observed"
    moved = points.with_columns(basis=pl.when(municipality="0301").then(pl.lit("assumed")).otherwise("basis"))
    guessed = people.with_columns(basis=pl.lit("assumed"))
    for one, other in ((moved, people), (points, guessed)):
        assert county_pairs(FOUR, one, other, PAIR)["basis"].to_list() == ["assumed"]
        assert set(county_gravity(FOUR, one, other)["basis"]) == {"assumed"}


def test_flows_that_no_model_fits_are_refused() -> None:
    points = pl.DataFrame(
        {"municipality": ["0101", "0201", "0301"], "east": [0.0, 1e5, 2e5], "north": [0.0, 0.0, 1e4]}
    )
    people = pl.DataFrame({"municipality": ["0101", "0201", "0301"], "year": 2018, "persons": [9, 5, 1]})
    alone = flows({(one, one): 10 for one in ("01", "02", "03")})
    with pytest.raises(DataError, match="2018 has no gravity model"):
        county_pairs(alone, points, people, PAIR)


def test_without_flows_between_counties_nothing_is_said() -> None:
    none = THREE.clear()
    points = pl.DataFrame({"municipality": ["0101"], "east": [0.0], "north": [0.0]})
    people = pl.DataFrame({"municipality": ["0101"], "year": 2018, "persons": [9]})
    assert county_exchange(none, PAIR).is_empty()
    assert COUNTY_PAIRS.check(county_pairs(none, points, people, PAIR), maker="county_pairs").is_empty()
