"""Levels of education: two municipalities by hand, and medians of the bundled group."""

import polars as pl
import pytest

from storregion.core.workspace import Workspace
from storregion.studies.education_levels import education_levels, education_match

NAMES = ["municipality", "year", "age_class", "primary", "secondary", "post_secondary_short"]
NAMES += ["post_secondary_long", "unknown", "basis"]


def test_shares_by_hand() -> None:
    # Of 100 young 30 have a long education, of 100 old 10, of 200 between 60; older people do not count.
    ages = pl.DataFrame(
        [
            ("0101", 2019, "25-34", 20, 30, 10, 30, 10, "observed"),
            ("0101", 2019, "35-44", 40, 60, 40, 60, 0, "observed"),
            ("0101", 2019, "45-54", 0, 0, 0, 0, 0, "observed"),
            ("0101", 2019, "55-64", 40, 40, 10, 10, 0, "observed"),
            ("0101", 2019, "65-74", 0, 0, 0, 999, 0, "observed"),
        ],
        schema=NAMES,
        orient="row",
    )
    row = education_levels(ages, pl.DataFrame({"place": ["0101"], "municipality": ["0101"]})).row(
        0, named=True
    )
    assert row["working_age"] == 400
    assert row["long_share"] == pytest.approx((30 + 60 + 10) / 400)
    assert row["post_share"] == pytest.approx((40 + 100 + 20) / 400)
    assert (row["long_25_34"], row["long_55_64"]) == (pytest.approx(0.3), pytest.approx(0.1))
    assert row["generations_points"] == pytest.approx(0.2)


def test_each_place_is_set_against_the_median_of_its_kind() -> None:
    # Medians of the three municipalities: 0.2 and 50 jobs; a has no station, so its jobs do not count.
    codes = ["a", "b", "c"]
    levels = pl.DataFrame(
        {
            "place": codes * 2,
            # Five years earlier it was the other way round.
            "year": [2019] * 3 + [2014] * 3,
            "long_share": [0.1, 0.2, 0.3, 0.3, 0.2, 0.1],
            "basis": "observed",
        }
    )
    reach = pl.DataFrame(
        {
            "kind": "municipality",
            "code": ["b", "c"] * 2,
            "limit": [60, 60, 90, 90],
            "jobs": [60.0, 40.0, 70.0, 80.0],
            "basis": "assumed",
        }
    )
    places = pl.DataFrame({"place": codes, "kind": "municipality"})
    rows = education_match(levels, reach, places)
    assert rows["match"].to_list() == [None, "both", "people"]
    assert rows["jobs_absent"].to_list() == ["missing", None, None]
    assert rows["basis"].to_list() == ["observed", "assumed", "assumed"]


def test_nodes_are_not_set_against_municipalities() -> None:
    # Medians of the two nodes 0.85 and 700 jobs, of the two municipalities 0.15 and 45: one of each is below.
    codes = ["p", "q", "a", "b"]
    kinds = ["node", "node", "municipality", "municipality"]
    levels = pl.DataFrame(
        {"place": codes, "year": 2019, "long_share": [0.8, 0.9, 0.1, 0.2], "basis": "observed"}
    )
    reach = pl.DataFrame(
        {"kind": kinds, "code": codes, "limit": 60, "jobs": [500.0, 900.0, 50.0, 40.0], "basis": "observed"}
    )
    rows = education_match(levels, reach, pl.DataFrame({"place": codes, "kind": kinds}))
    assert rows["match"].to_list() == ["neither", "both", "jobs", "people"]


def test_the_country_has_the_published_people(bundled: Workspace) -> None:
    row = bundled.table("education_levels").filter(place="00").row(0, named=True)
    people = bundled.table("municipality_age_sex").filter(pl.col("age").is_between(25, 64))["persons"].sum()
    # The register of education leaves some out; to within one in two hundred.
    assert row["working_age"] == pytest.approx(people, rel=0.005)
