"""Digital connection: gap, pace, weights and outages worked out by hand, and the bundled figures."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from tests.conftest import Built

from storregion.core.errors import DataError
from storregion.facts.digital import DIGITAL_COVERAGE, DIGITAL_GOALS, OUTAGES, digital_coverage
from storregion.facts.housing import HOUSEHOLDS_DWELLING
from storregion.facts.key_figures import KEY_FIGURES
from storregion.facts.places import MEMBERSHIP, PLACES
from storregion.studies.digital import (
    DIGITAL_DIVIDE,
    DIGITAL_GAP,
    DIGITAL_LATEST,
    DIGITAL_OUTAGES,
    digital_divide,
    digital_gap,
    digital_latest,
    digital_outages,
)


def table(schema: Any, *rows: Mapping[str, object]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame(
        [dict.fromkeys(types) | {"basis": "observed"} | dict(row) for row in rows], schema=types
    )


def shares(*rows: tuple[str, str, int, float], indicator: str = "gigabit") -> pl.DataFrame:
    """Area, ground, year and share."""
    return table(
        DIGITAL_COVERAGE,
        *(
            {"indicator": indicator, "area": a, "ground": g, "year": y, "share": s, "source": "made"}
            for a, g, y, s in rows
        ),
    )


HOMES = table(
    HOUSEHOLDS_DWELLING,
    {"municipality": "0001", "year": 2019, "dwelling": "flat_rented", "households": 100},
    {"municipality": "0001", "year": 2019, "dwelling": "flat_tenant_owned", "households": 200},
    {"municipality": "0002", "year": 2019, "dwelling": "flat_rented", "households": 100},
    # An earlier year, which no weight and no count is to take.
    {"municipality": "0001", "year": 2018, "dwelling": "flat_rented", "households": 7},
    {"municipality": "0002", "year": 2018, "dwelling": "flat_rented", "households": 70},
)
WHERE = table(
    PLACES,
    *(
        {"place": code, "kind": kind, "name_sv": code, "name_en": code}
        for code, kind in (("00", "county"), ("0001", "municipality"), ("0002", "municipality"))
    ),
)
MEMBERS = table(
    MEMBERSHIP,
    *(
        {"place": place, "municipality": code}
        for place, code in (("00", "0001"), ("00", "0002"), ("0001", "0001"), ("0002", "0002"))
    ),
)
GOALS = table(
    DIGITAL_GOALS,
    {"indicator": "gigabit", "year": 2025, "share": 0.9, "source": "made"},
    {"indicator": "gigabit", "year": 2030, "share": 1.0, "source": "made"},
)


def latest(coverage: pl.DataFrame) -> pl.DataFrame:
    return DIGITAL_LATEST.check(digital_latest(coverage, WHERE, MEMBERS, HOMES), maker="the test")


def gap(coverage: pl.DataFrame) -> pl.DataFrame:
    return DIGITAL_GAP.check(digital_gap(latest(coverage), GOALS, MEMBERS, HOMES), maker="the test")


def test_gap_households_and_years_by_hand() -> None:
    # Of four years the last three count: from 0.7 in 2020 to 0.9 in 2024 is 0.05 a year. The first goal is
    # reached; to the second it is 0.1: two years, and a tenth of 300 households.
    rows = gap(
        shares(*(("0001", "all", y, s) for y, s in ((2019, 0.1), (2020, 0.7), (2022, 0.75), (2024, 0.9))))
    )
    first, second = rows.filter(place="0001").sort("goal_year").iter_rows(named=True)
    assert (first["gap"], first["gap_households"], first["years_to_goal"]) == (0, 0, 0)
    assert second["gap"] == pytest.approx(0.1)
    assert second["gap_households"] == 30
    assert second["years_to_goal"] == pytest.approx(2)


def test_more_than_the_goal_leaves_nothing_by_hand() -> None:
    # 95 % where the first goal is 90 %: no gap, no households, no years; 5 points of 300 to the second: 15.
    rows = gap(shares(("0001", "all", 2024, 0.95))).filter(place="0001").sort("goal_year")
    assert rows["gap"].to_list() == [0, pytest.approx(0.05)]
    assert rows["gap_households"].to_list() == [0, 15]
    assert rows["years_to_goal"].to_list() == [0, None]
    # What remains in households and years is an estimate, however well the share is known.
    assert set(latest(shares(("0001", "all", 2024, 0.95)))["basis"]) == {"observed"}
    assert set(rows["basis"]) == {"estimated"}


def test_two_years_give_no_pace_and_neither_a_fall_nor_standing_still_gets_there() -> None:
    short = gap(shares(("0001", "all", 2023, 0.5), ("0001", "all", 2024, 0.6)))
    assert set(short.filter(place="0001")["years_absent"]) == {"missing"}
    falling = gap(shares(*(("0001", "all", 2022 + at, 0.8 - at / 10) for at in range(3))))
    assert set(falling.filter(place="0001")["years_absent"]) == {"not_applicable"}
    same = shares(*(("0001", "all", 2022 + at, 0.8) for at in range(3)))
    assert set(latest(same)["pace"]) == {0.0}
    still = gap(same).filter(place="0001")
    assert (set(still["years_to_goal"]), set(still["years_absent"])) == ({None}, {"not_applicable"})


def test_a_county_is_the_mean_by_households_only_when_every_municipality_is_there() -> None:
    both = latest(shares(("0001", "all", 2024, 0.9), ("0002", "all", 2024, 0.5)))
    row = both.filter(place="00").row(0, named=True)
    # 300 × 0.9 + 100 × 0.5 = 320 of 400.
    assert row["share"] == pytest.approx(0.8)
    assert row["basis"] == "estimated"
    assert latest(shares(("0001", "all", 2024, 0.9))).filter(place="00").is_empty()
    own = latest(shares(("00", "all", 2024, 0.7), ("0001", "all", 2024, 0.9), ("0002", "all", 2024, 0.5)))
    assert own.filter(place="00")["share"].item() == 0.7


def test_households_are_not_divided_by_ground() -> None:
    rows = gap(shares(("0001", "rural", 2024, 0.5), ("0001", "built_up", 2024, 0.5)))
    assert rows["gap_households"].to_list() == [None] * 4
    assert set(rows["households_absent"]) == {"missing"}


def test_the_divide_is_of_the_same_year() -> None:
    coverage = shares(
        ("0001", "built_up", 2023, 0.9), ("0001", "built_up", 2024, 0.95), ("0001", "rural", 2024, 0.7)
    )
    rows = DIGITAL_DIVIDE.check(digital_divide(coverage, WHERE), maker="the test")
    (row,) = rows.iter_rows(named=True)
    assert row["year"] == 2024
    assert row["divide"] == pytest.approx(0.25)


def test_outages_against_an_hour_and_four() -> None:
    rows = table(OUTAGES, {"area": "0001", "year": 2022, "saidi_minutes": 90, "source": "made"})
    found = DIGITAL_OUTAGES.check(digital_outages(rows, WHERE), maker="the test").row(0, named=True)
    assert (found["of_built_up"], found["of_rural"]) == (1.5, 0.375)


def figures(*titles: tuple[str, str]) -> pl.DataFrame:
    rows = (
        {"kpi": kpi, "area": "0001", "year": 2024, "sex": "total", "title": title, "value": 90.0}
        for kpi, title in titles
    )
    return table(KEY_FIGURES, *rows)


EMPTY = shares()


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Tillgång till bredband om minst 1 Gbit/s, hushåll, andel (%)", ("gigabit", "all")),
        ("Tillgång till bredband på minst 100 Mbit/s i tätort, andel (%)", ("mbit100", "built_up")),
        ("Hushåll med 100 Mbit/s utanför tätort och småort, andel (%)", ("mbit100", "rural")),
        ("Arbetsställen med tillgång till fiber, andel (%)", None),
        ("Arbetslöshet, andel (%)", None),
    ],
)
def test_a_key_figure_is_known_by_its_title(title: str, meant: tuple[str, str] | None) -> None:
    rows = digital_coverage(EMPTY, EMPTY, figures(("N00001", title)))
    found = [(row["indicator"], row["ground"], row["share"]) for row in rows.iter_rows(named=True)]
    assert found == ([] if meant is None else [(*meant, 0.9)])


def test_two_key_figures_of_one_cell_are_refused() -> None:
    twice = figures(("N00001", "Fiber, hushåll"), ("N00002", "Tillgång till fiber, hushåll"))
    with pytest.raises(DataError, match="N00001 and N00002 both say fiber/0001/all/2024"):
        digital_coverage(EMPTY, EMPTY, twice)


def test_a_table_read_in_counts_before_key_figures_and_these_before_what_is_bundled() -> None:
    key = figures(("N00001", "1 Gbit/s, hushåll"))
    bundled = shares(("0001", "all", 2024, 0.1), ("0001", "all", 2023, 0.2))
    own = shares(("0001", "all", 2024, 0.5))
    assert digital_coverage(bundled, own, key)["share"].to_list() == [0.2, 0.5]
    assert digital_coverage(bundled, EMPTY, key)["share"].to_list() == [0.2, 0.9]


def test_the_bundled_figures_by_hand(built: Built) -> None:
    # 1 Gbit/s 98.6 % in 2023: the goal of 98 % is reached, and to all it is 1.4 points of the 4 707 272
    # households of 2019: 65 902. 5G: (98 − 57) / 2 = 20.5 points a year, and 2 are left.
    rows = built("base").table("digital_gap").filter(place="00", ground="all")
    reached, left = rows.filter(indicator="gigabit").sort("goal_year").iter_rows(named=True)
    assert (reached["goal_year"], reached["gap"]) == (2025, 0)
    assert left["gap"] == pytest.approx(0.014)
    assert left["gap_households"] == pytest.approx(65_902, abs=1)
    assert left["years_absent"] == "missing"
    (mobile,) = rows.filter(indicator="mobile_5g").iter_rows(named=True)
    assert mobile["years_to_goal"] == pytest.approx(2 / 20.5)
    outages = built("base").table("digital_outages").filter(place="00", year=2022)
    assert outages["of_built_up"].item() == pytest.approx(95 / 60)
