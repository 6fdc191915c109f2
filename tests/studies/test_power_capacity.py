"""Power to come: demand, peaks, margins and first years worked by hand, and the bundled area and scenario."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.conftest import Built

from storregion.core.errors import DataError, ItemError, SettingError
from storregion.core.language import Text
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.facts.power_capacity import CAPACITY_AREAS, CAPACITY_PARTS
from storregion.studies.power_capacity import (
    POWER_CAPACITY,
    POWER_DURATION,
    POWER_LIMITS,
    Grid,
    power_capacity,
    power_duration,
    power_limits,
)
from storregion.studies.power_demand import POWER_DEMAND, Ahead, Areas, ForEach, power_demand
from storregion.studies.power_operations import (
    POWER_OPERATIONS,
    Charging,
    FeedIn,
    Operation,
    Plant,
    Request,
    power_operations,
)
from storregion.studies.power_peaks import POWER_PEAKS, POWER_PROFILES, power_peaks, power_profiles

WHY: dict[str, Any] = {"because": Text("Prov.", "Trial."), "source": "Made up"}
HOURS = 8760


def table(schema: Schema, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Rows as a table; what is not given is empty."""
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame([dict.fromkeys(types) | row for row in rows], schema=types)


AREAS = table(
    CAPACITY_AREAS,
    [
        {
            "capacity_area": "north",
            "name_sv": "Norr",
            "name_en": "North",
            "use_absent": "not_applicable",
            "basis": "assumed",
        }
    ],
)
MEMBERS = pl.DataFrame(
    {"capacity_area": ["north", "north"], "municipality": ["0101", "0102"], "basis": "assumed"}
)
PROFILES = pl.DataFrame(
    {
        "hour_of_year": np.arange(1, HOURS + 1),
        # One hour has twice the mean of all others: 2/8761 and 1/8761.
        "use": np.where(np.arange(HOURS) == 10, 2, 1) / (HOURS + 1),
        "charging": np.where(np.arange(HOURS) == 10, 1.0, 0.0),
        "night": np.where(np.arange(HOURS) == 20, 1.0, 0.0),
        "heating": np.full(HOURS, 1 / HOURS),
        "basis": "assumed",
    }
)


def part(kind: str, mw: float, since: int, **more: Any) -> dict[str, Any]:
    """A row of what there is in the area."""
    row = {
        "capacity_area": "north",
        "capacity_part": kind,
        "name": kind,
        "mw": mw,
        "from_year": since,
        "factor": 1.0,
    }
    return row | {"several": "no", "source": "Made up", "basis": "assumed"} | more


def grid(
    parts: list[dict[str, Any]], *made: Operation, peaks: dict[int, float] | None = None, most: float = 0.0
) -> Grid:
    """The area with its need by year, its parts and a scenario's operations."""
    numbered = [row | {"number": number} for number, row in enumerate(parts, 1)]
    own = table(CAPACITY_PARTS, numbered), power_operations(AREAS, made=made)
    return Grid(demand(peaks or GROWING, most), PROFILES, AREAS, *own)


def demand(peaks: dict[int, float], most: float = 0.0) -> pl.DataFrame:
    """The area's need in the highest hour of every year, in MW; `most` MW more where use is suppressed."""
    rows = [
        {
            "scope": "area",
            "supplied": "north",
            "year": year,
            "homes_mwh": 0.0,
            "homes_known": "whole",
            "other_least_mwh": mw * (HOURS + 1) / 2,
            "other_most_mwh": (mw + most) * (HOURS + 1) / 2,
            **dict.fromkeys(("charging_mwh", "night_mwh", "heating_mwh"), 0.0),
            "basis": "estimated",
        }
        for year, mw in peaks.items()
    ]
    return table(POWER_DEMAND, rows)


GROWING = {2020: 300.0, **{year: 300.0 + 10 * (year - 2020) for year in range(2025, 2041)}}
FEEDS = [part("feed_in", 300, 2020), part("feed_in", 160, 2024)]


def limits(given: Grid) -> dict[str, Any]:
    """The first years below zero of the area."""
    found = power_limits(power_capacity(given))
    return POWER_LIMITS.check(found, maker="limits").row(0, named=True)


def test_margin_by_hand() -> None:
    # 2025: need 350; 300 + 160 + 0.8 · 50 + 5 = 505, so 155 are left; a winter once in ten years takes
    # 350 · 1.1 = 385 and leaves 120. Without the 300 of the first feed-in, 205 − 350 = −145.
    parts = [*FEEDS, part("local", 50, 2021, factor=0.8), part("flexibility", 5, 2025, until_year=2026)]
    found = power_capacity(grid(parts), ten_year=1.1)
    found = POWER_CAPACITY.check(found, maker="capacity")
    rows = {row["year"]: row for row in found.iter_rows(named=True)}
    assert rows[2025]["limit_mw"] == 505
    assert rows[2025]["margin_mw"] == pytest.approx(155)
    assert rows[2025]["ten_year_mw"] == pytest.approx(120)
    assert rows[2025]["without_largest_mw"] == pytest.approx(-145)
    assert rows[2027]["limit_mw"] == 500
    # 2020: 300 against 300 is not above. Were it 310, one hour would be above, by 10 MWh.
    assert rows[2020]["hours_above"] == 0
    more = power_capacity(grid(parts, peaks=GROWING | {2020: 310.0})).row(0, named=True)
    assert (more["hours_above"], more["mwh_above"]) == (1, pytest.approx(10))


def test_a_request_of_100_mw_in_2030_moves_the_first_year_below_zero() -> None:
    # 460 MW carry 300 + 10 · (year − 2020) until 2036, when nothing is left; 2037 is the first below zero.
    # With 100 MW in 2030: 400 + 100 > 460 then, and 2029 needs 390. So 2030 is the first.
    assert limits(grid(FEEDS))["first_below"] == 2037
    mill = Request(area="north", name="Mill", mw=100, from_year=2030, **WHY)
    assert limits(grid(FEEDS, mill))["first_below"] == 2030
    # A tenth as much: 10 · (year − 2020) above 150 from 2036 on.
    small = Request(area="north", name="Mill", mw=10, from_year=2030, **WHY)
    assert limits(grid(FEEDS, small))["first_below"] == 2036


def test_operations_move_the_first_year() -> None:
    # 60 MW more from 2033 carry 520, more than the 500 of 2040. A plant that takes 40 MW away in 2026 leaves
    # 420, enough to 2032.
    more = FeedIn(area="north", name="Line", mw=60, from_year=2033, **WHY)
    closed = Plant(area="north", name="Old", mw=-40, from_year=2026, **WHY)
    assert limits(grid(FEEDS, closed))["first_below"] == 2033
    assert limits(grid(FEEDS, more))["first_below"] is None
    assert limits(grid(FEEDS, more))["first_absent"] == "not_applicable"


def test_a_request_counts_by_its_probability_until_it_is_granted() -> None:
    # With no winter but the normal one, a request of 100 MW in 2030 comes in a quarter of the draws. 0.25 of
    # 10 000 has a standard error of 0.0043.
    parts = [*FEEDS, part("request", 100, 2030, factor=0.25)]
    flat = dict.fromkeys(GROWING, 400.0)
    whole = power_capacity(grid(parts, peaks=flat), ten_year=1.0)
    shares = dict(whole.select("year", "short_share").iter_rows())
    assert shares[2029] == 0
    # The first year is past, so nothing is drawn for it.
    assert shares[2020] is None
    assert shares[2030] == pytest.approx(0.25, abs=0.013)
    assert whole.filter(year=2030)["margin_mw"].item() == pytest.approx(60)
    mill = Request(area="north", name="request", mw=100, from_year=2030, **WHY)
    again = power_capacity(grid(parts, mill, peaks=flat), ten_year=1.0).filter(year=2030)
    assert again["margin_mw"].item() == pytest.approx(-40)
    assert again["short_share"].item() == 1


def test_what_is_not_known_is_not_calculated() -> None:
    def of(parts: list[dict[str, Any]], most: float) -> dict[str, Any]:
        found = POWER_CAPACITY.check(power_capacity(grid(parts, most=most)), maker="capacity")
        return found.row(0, named=True)

    nothing = of([], 0)
    assert (nothing["limit_absent"], nothing["margin_absent"], nothing["need_mw"]) == (
        "missing",
        "missing",
        300,
    )
    bounded = of(FEEDS, 40)
    assert (bounded["need_absent"], bounded["margin_absent"]) == ("suppressed", "suppressed")
    assert (bounded["need_least"], bounded["need_most"]) == (pytest.approx(300), pytest.approx(340))
    together = of([part("feed_in", 400, 2020, several="yes")], 0)
    assert (together["margin_mw"], together["without_largest_absent"]) == (pytest.approx(100), "missing")


def test_the_curve_begins_with_the_peak() -> None:
    found = POWER_DURATION.check(power_duration(grid(FEEDS)), maker="duration")
    rows = {(row["year"], row["rank"]): row["load_mw"] for row in found.iter_rows(named=True)}
    assert rows[2030, 1] == pytest.approx(400)
    assert rows[2030, 2] == rows[2030, 8760] == pytest.approx(200)
    assert {year for year, _ in rows} == {2020, 2030, 2040}


# ---- demand


ACCOUNTS = pl.DataFrame(
    [
        # Homes and industry of the first; houses of the second, with 0 to 30 MWh suppressed.
        ("0101", "smahus", 100.0, 100.0, "published"),
        ("0101", "fritidshus", 0.0, 0.0, "published"),
        ("0101", "flerbostadshus", 20.0, 20.0, "published"),
        ("0101", "industri_bygg", 50.0, 50.0, "published"),
        ("0101", "total", 170.0, 170.0, "published"),
        ("0102", "smahus", 40.0, 40.0, "published"),
        ("0102", "industri_bygg", 0.0, 30.0, "bounded"),
        ("0102", "total", 40.0, 70.0, "bounded"),
    ],
    schema=["place", "category", "least_mwh", "most_mwh", "known"],
    orient="row",
).with_columns(side=pl.lit("use"), year=pl.lit(2020, pl.Int64), basis=pl.lit("observed"))
MEMBERSHIP = pl.DataFrame({"place": ["0101", "0102"], "municipality": ["0101", "0102"]})
HISTORY = pl.DataFrame(
    {"place": ["0101", "0102"], "year": [2020, 2020], "persons": [100, 50], "basis": "observed"}
)
PROJECTION = pl.DataFrame(
    {
        "frame": "base",
        "place": ["0101", "0101", "0102", "0102"],
        "year": [2025, 2030, 2025, 2030],
        "persons": [105, 110, 50, 40],
        "basis": "estimated",
    }
)
JOBS = pl.DataFrame(
    [
        *(("0101", 2024, "F", 10.0), ("0101", 2030, "F", 13.0), ("0101", 2024, "Q", 10.0)),
        *(("0101", 2030, "Q", 10.0), ("0102", 2024, "Q", 10.0), ("0102", 2030, "Q", 5.0)),
        *((place, year, "A", 1.0) for place in ("0101", "0102") for year in (2024, 2030)),
        *((place, year, "H", 1.0) for place in ("0101", "0102") for year in (2024, 2030)),
        *((place, year, "G", 1.0) for place in ("0101", "0102") for year in (2024, 2030)),
        *(("0102", year, "F", 1.0) for year in (2024, 2030)),
    ],
    schema=["municipality", "year", "industry", "jobs"],
    orient="row",
).with_columns(basis=pl.lit("estimated"))


def needed(
    *made: Operation,
    areas: pl.DataFrame = AREAS,
    losses: float = 1.0,
    accounts: pl.DataFrame = ACCOUNTS,
    **more: Any,
) -> dict[tuple[str, int], dict[str, Any]]:
    """Demand by unit and year."""
    given = Areas(MEMBERSHIP, areas, MEMBERS, power_operations(AREAS, made=made))
    found = power_demand(accounts, given, Ahead(HISTORY, PROJECTION, JOBS), losses=losses, **more)
    found = POWER_DEMAND.check(found, maker="demand")
    return {(row["supplied"], row["year"]): row for row in found.iter_rows(named=True)}


def test_demand_follows_people_and_jobs_by_hand() -> None:
    # Homes: 120 · 110/100. Industry follows F: 50 · 13/10; in 2025 a sixth of the way from 2024 to 2030.
    rows = needed()
    assert rows["0101", 2020]["homes_mwh"] == 120
    assert rows["0101", 2030]["homes_mwh"] == pytest.approx(132)
    assert rows["0101", 2030]["other_least_mwh"] == pytest.approx(65)
    assert rows["0101", 2025]["other_least_mwh"] == pytest.approx(50 * 10.5 / 10)
    # What is suppressed, 0 to 30, follows all jobs: 10 + 4 become 5 + 4 of 14.
    assert rows["0102", 2030]["other_least_mwh"] == 0
    assert rows["0102", 2030]["other_most_mwh"] == pytest.approx(30 * 9 / 14)
    assert (rows["0101", 2030]["homes_known"], rows["0102", 2030]["homes_known"]) == ("whole", "in_part")
    # The area: homes 160 · 150/150, as its people stay as many; losses of a tenth come on top.
    assert rows["north", 2030]["homes_mwh"] == pytest.approx(160)
    assert needed(losses=1.1)["north", 2030]["homes_mwh"] == pytest.approx(176)


def test_an_area_that_is_a_county_has_what_is_published_of_the_county() -> None:
    # Homes 150 + 5 + 20 and industry 60 of the county, where its municipalities show 160 and 50.
    cells = (("smahus", 150.0), ("fritidshus", 5.0), ("flerbostadshus", 20.0), ("industri_bygg", 60.0))
    county = pl.DataFrame(
        [("01", category, mwh, mwh, "published") for category, mwh in (*cells, ("total", 235.0))],
        schema=["place", "category", "least_mwh", "most_mwh", "known"],
        orient="row",
    ).with_columns(side=pl.lit("use"), year=pl.lit(2020, pl.Int64), basis=pl.lit("observed"))
    both = pl.DataFrame({"place": ["01", "01"], "municipality": ["0101", "0102"]})
    given = Areas(pl.concat([MEMBERSHIP, both]), AREAS, MEMBERS, power_operations(AREAS, made=()))
    rows = power_demand(
        pl.concat([ACCOUNTS, county]), given, Ahead(HISTORY, PROJECTION, JOBS), losses=1.0
    ).filter(scope="area", year=2020)
    names = ("homes_mwh", "homes_known", "other_least_mwh", "other_most_mwh")
    assert rows.select(names).rows() == [(175.0, "whole", 60.0, 60.0)]


def test_an_assumed_use_takes_the_place_of_bounds_and_lies_within_them() -> None:
    # 0.220 GWh are assumed: 160 in homes, 50 in industry, so 10 are left of the 0 to 30.
    assumed = AREAS.with_columns(use_gwh=pl.lit(0.22), use_absent=pl.lit(None, pl.String))
    row = needed(areas=assumed)["north", 2020]
    assert row["other_least_mwh"] == row["other_most_mwh"] == pytest.approx(60)
    with pytest.raises(DataError, match=r"use_gwh = 0.25 of north is outside the published 0 to 0 GWh"):
        needed(areas=assumed.with_columns(use_gwh=pl.lit(0.25)))


def test_what_a_total_does_not_hold_is_rounding_or_a_fault() -> None:
    """0101's cells add up to 170 MWh. A total in whole GWh may be 500 MWh off, and four cells 2 together."""

    def rest(total: float) -> float:
        cell = (pl.col("place") == "0101") & (pl.col("category") == "total")
        ends = pl.when(cell).then(total).otherwise(pl.col("least_mwh", "most_mwh")).name.keep()
        return float(needed(accounts=ACCOUNTS.with_columns(ends))["0101", 2020]["other_least_mwh"])

    # Industry's 50 stand; what is left beyond the 170 is not published.
    assert rest(180.0) == pytest.approx(60)
    assert rest(170.0) == rest(100.0) == rest(170.0 - 502.0) == pytest.approx(50)
    with pytest.raises(
        DataError,
        match=r"published of 0101 use 0\.2 GWh, 0\.5 more than all its use, .* at most 0\.5; compare",
    ):
        rest(170.0 - 502.1)


def test_demand_is_assumed_where_anything_that_it_is_made_of_is() -> None:
    rows = needed()
    assert {name: rows[name, 2030]["basis"] for name in ("0101", "0102", "north")} == {
        "0101": "estimated",
        "0102": "estimated",
        # The area is the municipalities that are assumed to be behind its feed-in.
        "north": "assumed",
    }
    assumed = needed(accounts=ACCOUNTS.with_columns(basis=pl.lit("assumed")))
    assert {row["basis"] for row in assumed.values()} == {"assumed"}


def test_charging_and_heating_are_added_for_each_inhabitant() -> None:
    # Half way to 2030 it is half of 200 kWh for 105 people: 10.5 MWh, then 22; a quarter of it at night.
    charge: dict[str, Any] = {"added": (ForEach(use="charging", year=2030, kwh=200, **WHY),)}
    rows = needed(Charging(from_year=2026, night_share=0.25, **WHY), **charge)
    assert rows["0101", 2025]["charging_mwh"] == pytest.approx(10.5)
    assert rows["0101", 2030]["charging_mwh"] == pytest.approx(22 * 0.75)
    assert rows["0101", 2030]["night_mwh"] == pytest.approx(22 * 0.25)
    # How much is charged at night is the operation's word from its first year on, and nobody's before.
    assert [rows["0101", year]["basis"] for year in (2025, 2030)] == ["estimated", "assumed"]
    # The operation's first year has it already.
    first = needed(Charging(from_year=2030, night_share=0.25, **WHY), **charge)
    assert [first["0101", year]["night_mwh"] for year in (2025, 2030)] == [0.0, pytest.approx(22 * 0.25)]
    warm = needed(added=(ForEach(use="heating", year=2025, kwh=100, **WHY),))
    assert warm["0101", 2030]["heating_mwh"] == pytest.approx(11)
    with pytest.raises(
        SettingError, match=r"power_demand.added, charging: give the years after 2020 in order"
    ):
        needed(added=(ForEach(use="charging", year=2020, kwh=1, **WHY),))


def test_peaks_by_hand() -> None:
    # 120 + 50 MWh, of which the highest hour has 2 of 8 761 parts. Charging of 20 MWh in that very hour is
    # 20 MW more; moved to the night it is 20 MW in an hour that has 1 part, which is then the highest.
    def peak(row: dict[str, Any]) -> float:
        rows = [dict(row, scope="place", homes_known="whole", basis="estimated", supplied="0101", year=2020)]
        found = POWER_PEAKS.check(power_peaks(table(POWER_DEMAND, rows), PROFILES), maker="peaks")
        return float(found["peak_mw"].item())

    use = {"homes_mwh": 120.0, "other_least_mwh": 50.0, "other_most_mwh": 50.0}
    none = dict.fromkeys(("charging_mwh", "night_mwh", "heating_mwh"), 0.0)
    assert peak(use | none) == pytest.approx(170 * 2 / 8761)
    assert peak(use | none | {"charging_mwh": 20.0}) == pytest.approx(170 * 2 / 8761 + 20)
    assert peak(use | none | {"night_mwh": 20.0}) == pytest.approx(170 / 8761 + 20)
    assert peak(use | none | {"heating_mwh": 8760.0}) == pytest.approx(170 * 2 / 8761 + 1)


def test_peaks_of_what_is_suppressed_have_bounds_and_change_bound_by_bound() -> None:
    # The highest hour has 2 of 8 761 parts. From 120 + 50 to 120 + 80 MWh in 2020: 170 and 200 of them; in
    # 2030 132 + 60 to 132 + 100: 192 and 232, so 22 and 32 more; in 2040 nobody knows how much at most.
    none = dict.fromkeys(("charging_mwh", "night_mwh", "heating_mwh"), 0.0)
    own: dict[str, Any] = none | {
        "scope": "place",
        "supplied": "0101",
        "homes_known": "in_part",
        "basis": "estimated",
    }
    rows = [
        own | {"year": year, "homes_mwh": homes, "other_least_mwh": least, "other_most_mwh": most}
        for year, homes, least, most in (
            (2020, 120.0, 50.0, 80.0), (2030, 132.0, 60.0, 100.0), (2040, 132.0, 60.0, None),
        )
    ]  # fmt: skip
    found = POWER_PEAKS.check(power_peaks(table(POWER_DEMAND, rows), PROFILES), maker="peaks")
    hour = 2 / 8761
    assert found["peak_least"].to_list() == pytest.approx([170 * hour, 192 * hour, 192 * hour])
    assert found["peak_most"].to_list() == [pytest.approx(200 * hour), pytest.approx(232 * hour), None]
    assert found["change_least"].to_list() == pytest.approx([0, 22 * hour, 22 * hour])
    assert found["change_most"].to_list() == [0, pytest.approx(32 * hour), None]
    assert set(found["peak_absent"]) == set(found["homes_absent"]) == {"suppressed"}
    whole = power_peaks(table(POWER_DEMAND, [row | {"homes_known": "whole"} for row in rows]), PROFILES)
    assert whole["homes_mw"].to_list() == pytest.approx([120 * hour, 132 * hour, 132 * hour])


def test_charging_at_night_falls_on_the_first_six_hours_by_hand() -> None:
    # A load that is always the same. A sixth of a day's charging falls in each hour before six.
    shape = [(month, day, hour) for month in range(1, 13) for day in range(1, 8) for hour in range(24)]
    load = pl.DataFrame(shape, schema=["month", "weekday", "hour"], orient="row").with_columns(ratio=1.0)
    days = pl.DataFrame(
        [(month, part) for month in range(1, 13) for part in (0, 100)],
        schema=["month", "percentile"],
        orient="row",
    ).with_columns(factor=1.0)
    found = power_profiles(load, days, charging_hours=(0.0,) * 18 + (1.0,) * 6)
    first = found.head(24)
    assert first["night"].to_list() == pytest.approx([1 / 6 / 365] * 6 + [0] * 18)
    assert first["charging"].to_list() == pytest.approx([0] * 18 + [1 / 6 / 365] * 6)
    assert found["use"].to_list() == pytest.approx([1 / 8760] * 8760)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (
            Plant(area="nort", name="x", mw=1, from_year=2030, **WHY),
            r"the area 'nort' does not exist; .*'north'",
        ),
        (Request(area="north", name="x", mw=100_000, from_year=2030, **WHY), r"mw = 100000 .* Is it in kW\?"),
        (Request(area="north", name="x", mw=-1, from_year=2030, **WHY), r"mw = -1 is not from 0 to 5000"),
        (FeedIn(area="north", name="x", mw=0, from_year=2030, **WHY), r"mw = 0 is not .* or is 0"),
    ],
)
def test_an_operation_that_cannot_be_is_refused(one: Operation, said: str) -> None:
    with pytest.raises(ItemError, match=rf"power_operations.made: operation 1 .*: {said}"):
        power_operations(AREAS, made=(one,))


def test_operations_become_rows() -> None:
    made = (
        Plant(area="north", name="x", mw=-3, from_year=2030, **WHY),
        Charging(from_year=2031, night_share=0.5, **WHY),
    )
    found = POWER_OPERATIONS.check(power_operations(AREAS, made=made), maker="operations")
    assert found.select("operation", "capacity_area", "mw", "night_share", "from_year").rows() == [
        ("plant", "north", -3, None, 2030),
        ("charging", None, None, 0.5, 2031),
    ]


def test_hours_of_charging_that_are_none_are_refused(bundled: Workspace) -> None:
    shape, days = bundled.table("load_shape"), bundled.table("load_days")
    POWER_PROFILES.check(power_profiles(shape, days), maker="profiles")
    for wrong in ((1.0,) * 23, (0.0,) * 24, (-1.0,) + (1.0,) * 23):
        with pytest.raises(SettingError, match="give 24 numbers from 0 up"):
            power_profiles(shape, days, charging_hours=wrong)


# ---- the bundled group


def test_the_bundled_area_is_above_its_limit_as_published(bundled: Workspace) -> None:
    # Published: 300 MW, 160–200 hours a year. 300 + 100 + 150 MW from 2024, less a plant of up to 100 MW that
    # the use was net of and that has closed: 450.
    rows = bundled.table("power_capacity").filter(capacity_area="uppsala-knivsta")
    now = rows.filter(year=2020).row(0, named=True)
    assert now["limit_mw"] == 300
    assert 160 <= now["hours_above"] <= 200
    ahead = rows.filter(year=2030).row(0, named=True)
    assert ahead["limit_mw"] == 450
    assert ahead["margin_mw"] == pytest.approx(450 - ahead["need_mw"])
    # 100 MW more in 2030 than what is left then: 2030 is the first year below zero, where there was none.
    assert 0 < ahead["margin_mw"] < 100
    assert (
        bundled.table("power_limits").filter(capacity_area="uppsala-knivsta")["first_absent"].item()
        == "not_applicable"
    )
    areas = bundled.table("capacity_areas")
    mill = Request(area="uppsala-knivsta", name="Mill", mw=100, from_year=2030, **WHY)
    need = bundled.table("power_demand"), bundled.table("power_profiles")
    given = Grid(*need, areas, bundled.table("capacity_parts"), power_operations(areas, made=(mill,)))
    again = power_limits(power_capacity(given)).filter(capacity_area="uppsala-knivsta")
    assert again["first_below"].item() == 2030


def test_the_loss_factor_is_that_of_the_zone(bundled: Workspace) -> None:
    facts = bundled.table("published_facts").filter(theme="kraft", place="SE3", year="2017")
    use, load = (
        float(facts.filter(pl.col("indicator").str.contains(word))["value"].item())
        for word in ("slutlig", "inkl. förluster")
    )
    assert load / use == pytest.approx(bundled.record("power_demand").assumptions["losses"], abs=0.0005)


def test_homes_that_are_built_raise_the_peak_by_what_their_people_use(built: Built) -> None:
    # Use in homes in 2020 over the people of 2020 is MWh for each; times the people that the scenario adds,
    # times the losses and the highest hour's part of the year, is what the homes add to the peak.
    base, other = built("base"), built("bostadsprogram")

    def at(work: Workspace, name: str, **where: Any) -> dict[str, Any]:
        return work.table(name).filter(**where).row(0, named=True)

    place, year = "0380", 2040
    people = [
        at(work, "projection", frame="base", place=place, year=year)["persons"] for work in (base, other)
    ]
    before = at(base, "place_history", place=place, year=2020)["persons"]
    cells = base.table("power_accounts").filter(
        pl.col("category").is_in(["smahus", "flerbostadshus", "fritidshus"]),
        place=place,
        side="use",
        year=2020,
    )
    highest = base.table("power_profiles")["use"].max()
    assert isinstance(highest, float)
    by_hand = cells["least_mwh"].sum() / before * (people[1] - people[0]) * 1.064 * highest
    peaks = [at(work, "power_peaks", place=place, year=year) for work in (base, other)]
    assert people[1] > people[0] + 10_000
    assert peaks[1]["homes_mw"] - peaks[0]["homes_mw"] == pytest.approx(by_hand)
    # Jobs follow the people in part, so that all use grows at least by that of the homes.
    assert peaks[1]["peak_least"] - peaks[0]["peak_least"] >= by_hand
