"""Growth: cases worked by hand, a slow reckoning of the same in plain Python, and what must always hold."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.facts.people import MUNICIPALITY_CHANGES, POPULATION, POPULATION_PROFILE
from storregion.facts.places import MEMBERSHIP, PLACES
from storregion.studies.growth import (
    AGE_DIVERGENCE,
    AGE_STRUCTURE,
    GROWTH,
    age_divergence,
    age_structure,
    growth,
)

Row = dict[str, Any]
Cells = dict[tuple[str, int], Row]
Persons = Mapping[str, Any]  # by municipality and year a number, or the reason why there is none
ABSENT = {
    "persons": "persons_absent",
    "previous_year": "change_absent",
    "change": "change_absent",
    "change_percent": "change_absent",
    "annual_percent": "change_absent",
    "base_year": "base_absent",
    "base_change": "base_absent",
    "base_percent": "base_absent",
    "base_annual_percent": "base_absent",
    "group_share": "group_share_absent",
    "growth_share": "growth_share_absent",
    "concentration": "growth_share_absent",
    "period_share": "period_absent",
    "period_concentration": "period_absent",
    "rest_annual_percent": "rest_absent",
}


def frame(schema: Schema, rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return schema.check(pl.DataFrame(rows, schema=types, orient="row"), maker="the test")


def population(persons: Persons, basis: str = "observed") -> pl.DataFrame:
    """Persons by municipality and year; a word is the reason why there is none."""
    return frame(
        POPULATION,
        [
            (m, year, *((None, value) if isinstance(value, str) else (value, None)), basis)
            for m, years in persons.items()
            for year, value in years.items()
        ],
    )


def changes(*rows: tuple[str, str, int]) -> pl.DataFrame:
    return frame(MUNICIPALITY_CHANGES, [(*row, "observed") for row in rows])


def places(parts: Mapping[str, tuple[str, Iterable[str]]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The places and their memberships, from kind and municipalities by place."""
    rows = [(place, kind, place, place, None, "observed") for place, (kind, _) in parts.items()]
    members = [(place, m, "observed") for place, (_, inside) in parts.items() for m in inside]
    return frame(PLACES, rows), frame(MEMBERSHIP, members)


TWO = {
    "g": ("group", ("0001", "0002")),
    "0001": ("municipality", ("0001",)),
    "0002": ("municipality", ("0002",)),
}


def grown(
    persons: Persons,
    parts: Mapping[str, tuple[str, Iterable[str]]] = TWO,
    changed: Sequence[tuple[str, str, int]] = (),
    base_year: int = 1900,
) -> Cells:
    table = growth(population(persons), changes(*changed), *places(parts), base_year=base_year)
    return cells(GROWTH.check(table, maker="growth"))


def cells(table: pl.DataFrame) -> Cells:
    return {(row["place"], row["year"]): row for row in table.rows(named=True)}


# ---- worked by hand


def test_a_rate_is_annualised_over_uneven_years() -> None:
    # 1 000 → 1 210 in two years is 10 % a year: 1 000 · 1.1 · 1.1 = 1 210.
    # 1 210 → 1 331 in the year after is 10 % a year too, though the plain changes are 21 % and 10 %.
    found = grown({"0001": {2001: 1000, 2003: 1210, 2004: 1331}, "0002": {2001: 10, 2003: 10, 2004: 10}})
    assert found["0001", 2003]["change"] == 210
    assert found["0001", 2003]["change_percent"] == pytest.approx(21.0)
    assert found["0001", 2003]["annual_percent"] == pytest.approx(10.0)
    assert found["0001", 2004]["change_percent"] == pytest.approx(10.0)
    assert found["0001", 2004]["annual_percent"] == pytest.approx(10.0)
    assert found["0001", 2004]["previous_year"] == 2003
    # Since the base year: 1 000 → 1 331 in three years is 33.1 %, and again 10 % a year.
    assert found["0001", 2004]["base_year"] == 2001
    assert found["0001", 2004]["base_change"] == 331
    assert found["0001", 2004]["base_percent"] == pytest.approx(33.1)
    assert found["0001", 2004]["base_annual_percent"] == pytest.approx(10.0)


def test_share_of_growth_concentration_and_the_rest() -> None:
    # The group grows from 400 to 500, by 100. The first municipality holds 100 of 400 in the base year, a
    # quarter, and has 75 of the growth, three quarters: concentration 0.75 / 0.25 = 3.
    # The other holds three quarters and has one quarter: 0.25 / 0.75 = 1/3.
    found = grown({"0001": {2001: 100, 2002: 175}, "0002": {2001: 300, 2002: 325}})
    one, other, whole = (found[place, 2002] for place in ("0001", "0002", "g"))
    assert (one["growth_share"], one["concentration"]) == (pytest.approx(0.75), pytest.approx(3.0))
    assert (other["growth_share"], other["concentration"]) == (pytest.approx(0.25), pytest.approx(1 / 3))
    assert (whole["growth_share"], whole["concentration"]) == (1.0, 1.0)
    # Shares of the population in 2002: 175/500 and 325/500.
    assert (one["group_share"], other["group_share"], whole["group_share"]) == (0.35, 0.65, 1.0)
    # The rest of the group without the first is the other: 300 → 325 in one year, 8 1/3 %.
    assert one["rest_annual_percent"] == pytest.approx(100 / 12)
    # Without the other: 100 → 175, 75 %. Without the whole group there is nothing.
    assert other["rest_annual_percent"] == pytest.approx(75.0)
    assert (whole["rest_annual_percent"], whole["rest_absent"]) == (None, "not_applicable")


def test_a_periods_share_counts_from_the_previous_year_and_no_further() -> None:
    # The group: 300, 330, 340. In the second period it grows by 10, of which the first has 8: 0.8. It began
    # the period with 120 of 330: 0.8 / (120/330) = 2.2. Since the base year it has 28 of 40: 0.7.
    found = grown({"0001": {2001: 100, 2004: 120, 2006: 128}, "0002": {2001: 200, 2004: 210, 2006: 212}})
    one = found["0001", 2006]
    assert (one["period_share"], one["period_concentration"]) == (pytest.approx(0.8), pytest.approx(2.2))
    assert one["growth_share"] == pytest.approx(0.7)
    assert found["0001", 2001]["period_absent"] == "not_applicable"
    # A group that shrinks has no growth to share.
    shrunk = grown({"0001": {2001: 9, 2004: 10}, "0002": {2001: 9, 2004: 7}})["0001", 2004]
    assert (shrunk["period_share"], shrunk["period_absent"]) == (None, "not_applicable")


def test_what_counts_from_the_base_year_is_called_cumulative() -> None:
    cumulative = {column.name for column in GROWTH.columns if column.cumulative}
    rates = {"base_annual_percent", "growth_share", "concentration", "rest_annual_percent"}
    assert cumulative == rates | {"base_change", "base_percent"}


def test_the_first_year_has_nothing_to_be_compared_with() -> None:
    first = grown({"0001": {2001: 1, 2002: 1}, "0002": {2001: 1, 2002: 1}})["0001", 2001]
    assert first["persons"] == 1
    assert (first["change"], first["change_absent"]) == (None, "not_applicable")
    assert (first["base_change"], first["base_absent"]) == (None, "not_applicable")
    assert (first["group_share"], first["group_share_absent"]) == (0.5, None)


def test_a_group_that_shrinks_or_stands_still_has_no_growth_to_share() -> None:
    # 200 → 190, then 200 → 200: nobody has a share of that, though one part grew by 10 or 20.
    found = grown({"0001": {2001: 100, 2002: 110, 2003: 120}, "0002": {2001: 100, 2002: 80, 2003: 80}})
    for year in (2002, 2003):
        row = found["0001", year]
        assert (row["growth_share"], row["concentration"]) == (None, None)
        assert row["growth_share_absent"] == "not_applicable"
        # The change itself, and the rest of the group, are there all the same.
        assert row["base_change"] == 10 * (year - 2001)
    assert found["0001", 2002]["rest_annual_percent"] == pytest.approx(-20.0)


def test_a_missing_municipality_year_is_missing_in_every_sum_and_never_zero() -> None:
    found = grown({"0001": {2001: 100, 2002: "missing", 2003: 120}, "0002": {2001: 50, 2002: 50, 2003: 50}})
    for place in ("0001", "g"):
        row = found[place, 2002]
        assert (row["persons"], row["persons_absent"]) == (None, "missing")
        assert (row["change"], row["change_absent"]) == (None, "missing")
        assert (row["group_share"], row["group_share_absent"]) == (None, "missing")
    # The other has its figures; what compares it with the group has none.
    other = found["0002", 2002]
    assert (other["persons"], other["change"]) == (50, 0)
    assert other["group_share_absent"] == other["growth_share_absent"] == other["rest_absent"] == "missing"
    # The year after is compared with the last year that has a figure: 150 → 170 in two years.
    assert (found["g", 2003]["previous_year"], found["g", 2003]["change"]) == (2001, 20)


def test_a_row_that_is_not_there_at_all_is_missing_too() -> None:
    found = grown({"0001": {2001: 100}, "0002": {2001: 50, 2002: 50}})
    assert found["g", 2002]["persons_absent"] == found["0001", 2002]["persons_absent"] == "missing"
    assert found["0002", 2002]["persons"] == 50


@pytest.mark.parametrize("reason", ["missing", "suppressed", "not_comparable"])
def test_the_reason_of_a_part_is_the_reason_of_the_whole(reason: str) -> None:
    found = grown({"0001": {2001: 100, 2002: reason}, "0002": {2001: 50, 2002: 50}})
    assert found["g", 2002]["persons_absent"] == found["0001", 2002]["persons_absent"] == reason


def test_a_group_without_a_figure_in_the_base_year_of_a_part_cannot_be_compared_with_it() -> None:
    # The first has 2001, the group only 2002: the part counts from 2001, and the group has nothing there.
    found = grown({"0001": {2001: 100, 2002: 110, 2003: 120}, "0002": {2001: "missing", 2002: 50, 2003: 50}})
    row = found["0001", 2003]
    assert (row["base_year"], row["base_change"]) == (2001, 20)
    assert row["growth_share_absent"] == row["rest_absent"] == "missing"
    assert row["group_share"] == pytest.approx(120 / 170)


def test_nobody_at_first_gives_no_per_cent() -> None:
    found = grown({"0001": {2001: 0, 2002: 5, 2003: 10}, "0002": {2001: 5, 2002: 5, 2003: 5}})
    assert found["0001", 2002]["change_absent"] == "not_applicable"
    assert found["0001", 2003]["change_percent"] == pytest.approx(100.0)
    assert found["0001", 2003]["base_absent"] == "not_applicable"


def test_where_nobody_lives_in_the_group_there_is_no_share_of_it() -> None:
    found = grown({"0001": {2001: 0, 2002: 0}, "0002": {2001: 0, 2002: 5}})
    assert (found["0001", 2001]["group_share"], found["0001", 2001]["group_share_absent"]) == (
        None,
        "not_applicable",
    )
    assert found["0001", 2002]["group_share"] == 0.0


def test_the_base_year_is_the_first_at_hand_from_the_one_assumed() -> None:
    persons = {"0001": {2001: 100, 2005: 110, 2010: 120}, "0002": {2001: 1, 2005: 1, 2010: 1}}
    for assumed, used in ((1900, 2001), (2001, 2001), (2002, 2005), (2005, 2005)):
        assert grown(persons, base_year=assumed)["0001", 2010]["base_year"] == used
    early = grown(persons, base_year=2005)
    assert [early["0001", year]["base_absent"] for year in (2001, 2005, 2010)] == [
        "not_applicable",
        "not_applicable",
        None,
    ]
    with pytest.raises(DataError, match="base_year = 2011, but the last year at hand is 2010"):
        grown(persons, base_year=2011)


def test_no_population_at_all_is_an_error() -> None:
    with pytest.raises(DataError, match="no population"):
        grown({})


# The second is formed out of the first on 1 January 2003. One county holds both, another only a third.
SPLIT = {
    "0001": {2001: 100, 2002: 104, 2003: 80, 2004: 82},
    "0002": {2001: "not_applicable", 2002: "not_applicable", 2003: 30, 2004: 33},
    "0003": {2001: 50, 2002: 50, 2003: 50, 2004: 50},
}
SPLIT_PLACES = {
    "g": ("group", ("0001", "0002", "0003")),
    "g-nodes": ("nodes", ("0001",)),
    "g-rest": ("rest", ("0002", "0003")),
    "01": ("county", ("0001", "0002")),
    "02": ("county", ("0003",)),
    "0001": ("municipality", ("0001",)),
    "0002": ("municipality", ("0002",)),
}
FORMED = [("0002", "0001", 2003)]


def test_the_parent_is_not_compared_across_the_year_another_was_formed_out_of_it() -> None:
    found = grown(SPLIT, SPLIT_PLACES, FORMED)
    # 104 → 80 is no decline of 24: the border moved. Before and after, changes are as they are.
    assert found["0001", 2002]["change"] == 4
    assert (found["0001", 2003]["change"], found["0001", 2003]["change_absent"]) == (None, "not_comparable")
    assert (found["0001", 2003]["base_year"], found["0001", 2003]["base_absent"]) == (None, "not_comparable")
    assert found["0001", 2003]["growth_share_absent"] == "not_comparable"
    assert found["0001", 2004]["change"] == 2
    # Its base year is the first one after: 80 → 82.
    assert (found["0001", 2004]["base_year"], found["0001", 2004]["base_change"]) == (2003, 2)
    # Without the formation being known, the same figures would have shown a fall.
    assert grown(SPLIT, SPLIT_PLACES)["0001", 2003]["change"] == -24


def test_figures_that_are_carried_back_are_compared_across_the_year_of_the_formation() -> None:
    # The first without what became the second, all years: 100 - 28, 104 - 29, 80, 82.
    back = SPLIT | {
        "0001": {2001: 72, 2002: 75, 2003: 80, 2004: 82},
        "0002": {2001: 28, 2002: 29, 2003: 30, 2004: 33},
    }
    found = grown(back, SPLIT_PLACES, FORMED)
    assert found["0001", 2003]["change"] == 5
    assert (found["0002", 2003]["change"], found["0002", 2004]["base_year"]) == (1, 2001)
    assert (found["0001", 2004]["base_year"], found["0001", 2004]["base_change"]) == (2001, 10)


def test_what_holds_one_of_the_two_only_is_not_compared_either() -> None:
    found = grown(SPLIT, SPLIT_PLACES, FORMED)
    assert found["g-nodes", 2003]["change_absent"] == "not_comparable"
    # The others in 2002 are 50; in 2003 they are 30 + 50, since the new one is among them.
    assert (found["g-rest", 2002]["persons"], found["g-rest", 2003]["persons"]) == (50, 80)
    assert found["g-rest", 2003]["change_absent"] == "not_comparable"
    assert found["g-rest", 2004]["change"] == 3


def test_what_holds_both_or_neither_stays_comparable() -> None:
    found = grown(SPLIT, SPLIT_PLACES, FORMED)
    # The county: 100, 104, then 80 + 30 = 110, then 82 + 33 = 115.
    assert [found["01", year]["persons"] for year in (2001, 2002, 2003, 2004)] == [100, 104, 110, 115]
    assert (found["01", 2003]["change"], found["01", 2004]["base_change"]) == (6, 15)
    assert (found["02", 2003]["change"], found["g", 2003]["change"]) == (0, 6)
    # The county has all the growth of the group, 15 of 15.
    assert found["01", 2004]["growth_share"] == 1.0


def test_the_one_that_was_formed_was_not_there_before() -> None:
    found = grown(SPLIT, SPLIT_PLACES, FORMED)
    assert (found["0002", 2002]["persons"], found["0002", 2002]["persons_absent"]) == (None, "not_applicable")
    assert found["0002", 2003]["change_absent"] == "not_applicable"
    assert found["0002", 2004]["change"] == 3
    # 33 − 30 = 3 of the group's growth from 160 to 165, 5: a share of 0.6.
    assert found["0002", 2004]["growth_share"] == pytest.approx(0.6)


def test_a_place_outside_the_group_is_no_part_of_it() -> None:
    parts = {"00": ("country", ("0001", "0002", "0003")), **TWO}
    row = grown({"0001": {2001: 1, 2002: 2}, "0002": {2001: 1, 2002: 2}, "0003": {2001: 9, 2002: 9}}, parts)[
        "00", 2002
    ]
    assert (row["persons"], row["change"]) == (13, 2)
    assert {row["group_share_absent"], row["growth_share_absent"], row["rest_absent"]} == {"not_applicable"}


def test_a_row_is_as_well_known_as_the_least_known_of_what_it_rests_on() -> None:
    persons = population({"0001": {2001: 100, 2005: 110, 2009: 120}, "0002": {2001: 50, 2005: 50, 2009: 50}})
    touched = (pl.col("municipality") == "0002") & (pl.col("year") == 2005)
    persons = persons.with_columns(basis=pl.when(touched).then(pl.lit("estimated")).otherwise("basis"))
    found = cells(growth(persons, changes(), *places(TWO)))
    known = {cell: row["basis"] for cell, row in found.items()}
    # 2005 of the second and of the group; of the first, since its share is of the group's total; and 2009 of
    # all three, whose previous year it is: the first's share of the period's growth is of the group's.
    estimated = {("0002", 2005), ("g", 2005), ("0001", 2005), ("0002", 2009), ("g", 2009), ("0001", 2009)}
    assert {cell for cell, basis in known.items() if basis == "estimated"} == estimated
    assert set(known.values()) == {"estimated", "observed"}


# ---- a slow reckoning of the same, in plain Python, over all the bundled data


class Oracle:
    """Growth reckoned one cell at a time, from the definition in the study's text."""

    def __init__(self, work: Workspace) -> None:
        self.base_from = work.record("growth").assumptions["base_year"]
        self.persons = {
            (m, year): (persons, absent) for m, year, persons, absent, _ in work.table("population").rows()
        }
        self.years = sorted({year for _, year in self.persons})
        self.members: dict[str, set[str]] = defaultdict(set)
        for place, m, _ in work.table("membership").rows():
            self.members[place].add(m)
        self.own = work.group.code
        self.formed = [
            (child, parent, year)
            for child, parent, year, _ in work.table("municipality_changes").rows()
            if all(self.persons[child, before][0] is None for before in self.years if before < year)
        ]

    def level(self, place: str, year: int) -> tuple[int | None, str | None]:
        total, there = 0, False
        for m in self.members[place]:
            persons, absent = self.persons[m, year]
            if persons is not None:
                total, there = total + persons, True
            elif absent != "not_applicable":
                return None, absent
        return (total, None) if there else (None, "not_applicable")

    def comparable(self, place: str, earlier: int, year: int) -> bool:
        inside = self.members[place]
        return not any(
            earlier < formed <= year and (child in inside) != (parent in inside)
            for child, parent, formed in self.formed
        )

    def earlier(self, place: str, year: int, since: int = 0) -> list[int]:
        return [y for y in self.years if since <= y < year and self.level(place, y)[0] is not None]

    def row(self, place: str, year: int) -> Row:
        now, lost = self.level(place, year)
        row: Row = (
            dict.fromkeys(ABSENT) | dict.fromkeys(ABSENT.values()) | {"persons": now, "persons_absent": lost}
        )
        before = self.earlier(place, year)
        counted = self.earlier(place, year, self.base_from)
        usable = [y for y in counted if self.comparable(place, y, year)]
        if now is None:
            row |= {"change_absent": lost, "base_absent": lost}
        else:
            row |= self.since(place, year, now, before[-1:])
            row |= self.since_base(place, year, now, counted, usable)
        return row | self.beside_group(place, year, row) | self.in_period(place, year, row)

    def since(self, place: str, year: int, now: int, before: list[int]) -> Row:
        if not before:
            return {"change_absent": "not_applicable"}
        if not self.comparable(place, before[0], year):
            return {"change_absent": "not_comparable"}
        then = self.level(place, before[0])[0]
        assert then
        rate = math.exp(math.log(now / then) / (year - before[0])) - 1
        return {
            "previous_year": before[0],
            "change": now - then,
            "change_percent": 100 * (now - then) / then,
            "annual_percent": 100 * rate,
        }

    def since_base(self, place: str, year: int, now: int, counted: list[int], usable: list[int]) -> Row:
        if not usable:
            return {"base_absent": "not_comparable" if counted else "not_applicable"}
        then = self.level(place, usable[0])[0]
        assert then
        rate = math.exp(math.log(now / then) / (year - usable[0])) - 1
        return {
            "base_year": usable[0],
            "base_change": now - then,
            "base_percent": 100 * (now - then) / then,
            "base_annual_percent": 100 * rate,
        }

    def in_period(self, place: str, year: int, row: Row) -> Row:
        if not self.members[place] <= self.members[self.own]:
            return {"period_absent": "not_applicable"}
        if row["change_absent"]:
            return {"period_absent": row["change_absent"]}
        before = row["previous_year"]
        then, whole_then = self.level(place, before)[0], self.level(self.own, before)[0]
        whole = self.level(self.own, year)[0]
        assert then
        assert whole
        assert whole_then
        if whole <= whole_then:
            return {"period_absent": "not_applicable"}
        share = row["change"] / (whole - whole_then)
        return {"period_share": share, "period_concentration": share * whole_then / then}

    def beside_group(self, place: str, year: int, row: Row) -> Row:
        if not self.members[place] <= self.members[self.own]:
            return dict.fromkeys(
                ("group_share_absent", "growth_share_absent", "rest_absent"), "not_applicable"
            )
        now = row["persons"]
        whole, _ = self.level(self.own, year)
        assert whole
        found: Row = (
            {"group_share": now / whole} if now is not None else {"group_share_absent": row["persons_absent"]}
        )
        if row["base_absent"]:
            return found | dict.fromkeys(("growth_share_absent", "rest_absent"), row["base_absent"])
        base = row["base_year"]
        then, whole_then = self.level(place, base)[0], self.level(self.own, base)[0]
        assert then
        assert whole_then
        if whole > whole_then:
            share = (now - then) / (whole - whole_then)
            found |= {"growth_share": share, "concentration": share * whole_then / then}
        else:
            found |= {"growth_share_absent": "not_applicable"}
        if whole_then > then:
            rate = math.exp(math.log((whole - now) / (whole_then - then)) / (year - base)) - 1
            return found | {"rest_annual_percent": 100 * rate}
        return found | {"rest_absent": "not_applicable"}


def test_every_cell_is_what_a_slow_reckoning_gives(bundled: Workspace) -> None:
    oracle, found = Oracle(bundled), cells(bundled.table("growth"))
    assert found.keys() == {
        (place, year) for place in bundled.table("places")["place"] for year in oracle.years
    }
    compared = 0
    for (place, year), row in found.items():
        for name, value in oracle.row(place, year).items():
            right = (
                row[name] == value
                if not isinstance(value, float)
                else row[name] == pytest.approx(value, rel=1e-9, abs=1e-9)
            )
            assert right, f"{name} of {place} in {year}: {row[name]}, reckoned {value}"
            compared += 1
    assert compared == len(found) * (len(ABSENT) + 7)


def test_the_shares_of_young_and_old_are_what_a_slow_reckoning_gives(bundled: Workspace) -> None:
    profile = {
        (r["municipality"], r["year"]): r for r in bundled.table("population_profile").rows(named=True)
    }
    persons = {
        (r["municipality"], r["year"]): r["persons"] for r in bundled.table("population").rows(named=True)
    }
    # Shares of 2001 are of Uppsala with Knivsta.
    persons["0380", 2001] += persons["0330", 2001]
    members: dict[str, list[str]] = defaultdict(list)
    for place, m, _ in bundled.table("membership").rows():
        members[place].append(m)
    found = cells(bundled.table("age_structure"))
    assert len(found) == len(members) * len({year for _, year in profile})
    for (place, year), row in found.items():
        there = [m for m in members[place] if profile[m, year]["shares_absent"] is None]
        if not there:
            assert (row["share_0_19"], row["shares_absent"]) == (None, "not_applicable")
            continue
        whole = sum(persons[m, year] for m in there)
        for name in ("share_0_19", "share_75_plus"):
            mean = sum(profile[m, year][name] * persons[m, year] for m in there) / whole
            assert row[name] == pytest.approx(mean, rel=1e-12)
            difference = 100 * (mean - found[bundled.group.code, year][name])
            assert row[name.replace("share", "difference")] == pytest.approx(difference, abs=1e-9)


# ---- what is published


def test_published_totals_are_reproduced(bundled: Workspace) -> None:
    country = bundled.group.country
    assert country is not None
    for year, persons in ((2016, 9_995_153), (2021, 10_452_326), (2024, 10_587_710)):
        assert bundled.figure("growth", "persons", place=country.code, year=year).value == persons
    assert bundled.figure("growth", "persons", place=bundled.group.code, year=2024).value == 4_529_298


# ---- what must always hold

COUNTS = st.integers(1, 10**6)


@st.composite
def made_up(draw: st.DrawFn) -> dict[str, dict[int, int]]:
    """A group of two to five municipalities over two to four unevenly spaced years."""
    years = sorted(draw(st.sets(st.integers(1990, 2024), min_size=2, max_size=4)))
    codes = [f"{number:04d}" for number in range(1, draw(st.integers(2, 5)) + 1)]
    return {code: {year: draw(COUNTS) for year in years} for code in codes}


def parts_of(persons: Mapping[str, object]) -> dict[str, tuple[str, Iterable[str]]]:
    return {"g": ("group", list(persons)), **{code: ("municipality", (code,)) for code in persons}}


quick = settings(max_examples=12, deadline=None)


@given(made_up())
@quick
def test_the_changes_and_shares_of_the_parts_add_up_to_the_group(persons: dict[str, dict[int, int]]) -> None:
    found = grown(persons, parts_of(persons))
    for year in list(next(iter(persons.values())))[1:]:
        whole, parts = found["g", year], [found[code, year] for code in persons]
        for name in ("persons", "change", "base_change"):
            assert sum(part[name] for part in parts) == whole[name]
        assert sum(part["group_share"] for part in parts) == pytest.approx(1.0)
        if whole["change"] > 0:
            assert sum(part["period_share"] for part in parts) == pytest.approx(1.0, abs=1e-6)
        if whole["base_change"] > 0:
            assert sum(part["growth_share"] for part in parts) == pytest.approx(1.0, abs=1e-6)
        else:
            assert {part["growth_share_absent"] for part in parts} == {"not_applicable"}


@given(made_up(), st.randoms())
@quick
def test_new_labels_change_nothing_but_the_labels(persons: dict[str, dict[int, int]], chance: Any) -> None:
    codes = [f"{number:04d}" for number in chance.sample(range(1, 9999), len(persons))]
    renamed = dict(zip(persons, codes, strict=True))
    before = grown(persons, parts_of(persons))
    after = grown({renamed[code]: years for code, years in persons.items()}, parts_of(codes_of(codes)))
    for (place, year), row in before.items():
        same = after[renamed.get(place, place), year]
        assert row | {"place": ""} == same | {"place": ""}


def codes_of(codes: Iterable[str]) -> dict[str, None]:
    return dict.fromkeys(codes)


@given(made_up(), st.integers(2, 100))
@quick
def test_as_many_times_more_people_everywhere_leaves_every_rate_as_it_was(
    persons: dict[str, dict[int, int]], times: int
) -> None:
    before = grown(persons, parts_of(persons))
    after = grown(
        {code: {y: times * n for y, n in years.items()} for code, years in persons.items()}, parts_of(persons)
    )
    for cell, row in before.items():
        for name, value in row.items():
            if name in ("persons", "change", "base_change"):
                assert after[cell][name] == (None if value is None else times * value)
            elif isinstance(value, float):
                assert after[cell][name] == pytest.approx(value, rel=1e-6, abs=1e-6)
            else:
                assert after[cell][name] == value


@given(made_up())
@quick
def test_the_annual_rate_over_the_years_gives_the_population_back(persons: dict[str, dict[int, int]]) -> None:
    for row in grown(persons, parts_of(persons)).values():
        if row["base_change"] is not None:
            before = row["persons"] - row["base_change"]
            years = row["year"] - row["base_year"]
            assert before * (1 + row["base_annual_percent"] / 100) ** years == pytest.approx(
                row["persons"], rel=1e-6
            )


# ---- ages


def profile(shares: Mapping[str, Mapping[int, tuple[float, float] | str]]) -> pl.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for m, years in shares.items():
        for year, value in years.items():
            young_old = (None, None) if isinstance(value, str) else value
            lost = value if isinstance(value, str) else None
            # Shares by education, and why those by age and those by education are absent.
            rest = (None, None, None, lost, lost) if lost else (0.3, 0.4, 0.3, None, None)
            rows.append((m, year, *young_old, *rest, "observed"))
    return frame(POPULATION_PROFILE, rows)


def aged(shares: pl.DataFrame, persons: pl.DataFrame) -> Cells:
    table = age_structure(shares, persons, changes(), *places(TWO))
    return cells(AGE_STRUCTURE.check(table, maker="age_structure"))


def test_shares_of_a_place_are_weighed_by_population() -> None:
    # 100 persons of whom 20 % are young, and 300 of whom 40 % are: 20 + 120 of 400, 35 %.
    found = aged(
        profile({"0001": {2001: (0.2, 0.1)}, "0002": {2001: (0.4, 0.1)}}),
        population({"0001": {2001: 100}, "0002": {2001: 300}}),
    )
    assert found["g", 2001]["share_0_19"] == pytest.approx(0.35)
    assert found["0001", 2001]["difference_0_19"] == pytest.approx(-15.0)
    assert found["0002", 2001]["difference_0_19"] == pytest.approx(5.0)
    assert found["g", 2001]["difference_75_plus"] == pytest.approx(0.0)


@pytest.mark.parametrize("reason", ["missing", "suppressed"])
def test_a_share_that_is_absent_makes_that_of_the_whole_absent(reason: str) -> None:
    found = aged(
        profile({"0001": {2001: reason}, "0002": {2001: (0.4, 0.1)}}),
        population({"0001": {2001: 100}, "0002": {2001: 300}}),
    )
    assert (found["g", 2001]["share_0_19"], found["g", 2001]["shares_absent"]) == (None, reason)
    assert found["0002", 2001]["share_0_19"] == pytest.approx(0.4)
    assert (found["0002", 2001]["difference_0_19"], found["0002", 2001]["difference_absent"]) == (
        None,
        reason,
    )


def test_a_share_that_could_not_be_there_is_left_out_of_the_weighing() -> None:
    found = aged(
        profile({"0001": {2001: "not_applicable"}, "0002": {2001: (0.4, 0.1)}}),
        population({"0001": {2001: "not_applicable"}, "0002": {2001: 300}}),
    )
    assert found["g", 2001]["share_0_19"] == pytest.approx(0.4)
    assert found["0001", 2001]["shares_absent"] == "not_applicable"


THREE = {"g": ("group", ("0001", "0002", "0003")), "0001": ("municipality", ("0001",))}


def test_who_had_no_shares_yet_counts_in_the_municipality_they_were_published_for() -> None:
    # The second was formed out of the first in 2003. Its 100 persons of 2001 are carried back, but the first
    # has the share of all 400, 20 %: (80 + 240) of 800, 40 %. Without them: (60 + 240) of 700, 43 %.
    shares: dict[str, dict[int, tuple[float, float] | str]]
    shares = {"0001": {2001: (0.2, 0.1)}, "0002": {2001: "not_applicable"}, "0003": {2001: (0.6, 0.1)}}
    persons = population({"0001": {2001: 300}, "0002": {2001: 100}, "0003": {2001: 400}})
    table = age_structure(profile(shares), persons, changes(("0002", "0001", 2003)), *places(THREE))
    assert cells(table)["g", 2001]["share_0_19"] == pytest.approx(0.4)


def test_a_share_whose_row_is_not_there_is_missing() -> None:
    found = aged(
        profile({"0002": {2001: (0.4, 0.1)}}), population({"0001": {2001: 100}, "0002": {2001: 300}})
    )
    assert found["g", 2001]["shares_absent"] == found["0001", 2001]["shares_absent"] == "missing"


def test_shares_without_a_population_to_weigh_them_with_are_an_error() -> None:
    with pytest.raises(DataError, match=r"shares by age exist for \[2002\], but no population"):
        aged(
            profile({m: {2001: (0.2, 0.1), 2002: (0.2, 0.1)} for m in ("0001", "0002")}),
            population({"0001": {2001: 100}, "0002": {2001: 300}}),
        )


def diverged(first: tuple[float, float], later: tuple[float, float], **assumed: float) -> Row:
    persons = population({"0001": {2001: 1, 2005: 1}, "0002": {2001: 1, 2005: 1}})
    shares = profile(
        {m: {2001: (first[at], 0.1), 2005: (later[at], 0.1)} for at, m in enumerate(("0001", "0002"))}
    )
    own, members = places(TWO)
    table = age_divergence(age_structure(shares, persons, changes(), own, members), own, **assumed)
    rows = AGE_DIVERGENCE.check(table, maker="age_divergence").rows(named=True)
    return next(row for row in rows if row["age_group"] == "0_19" and row["year"] == 2005)


def test_a_change_just_as_large_as_what_counts_as_none_is_none() -> None:
    # The mean difference goes from 25 to 12.5 points, and the other way, exactly in binary fractions.
    for first, later, word in (
        ((0.5, 0.0), (0.25, 0.0), "converging"),
        ((0.25, 0.0), (0.5, 0.0), "diverging"),
    ):
        assert diverged(first, later, unchanged_points=12.5)["direction"] == "unchanged"
        assert diverged(first, later, unchanged_points=12.4)["direction"] == word


def test_divergence_is_how_far_a_municipality_is_from_the_mean_on_average() -> None:
    shares = {"0001": 0.20, "0002": 0.20, "0003": 0.29}
    persons = population({code: {2001: 1} for code in shares})
    three = {code: ("municipality", (code,)) for code in shares}
    own, members = places({"g": ("group", tuple(shares)), **three})
    made = profile({code: {2001: (share, 0.1)} for code, share in shares.items()})
    table = age_divergence(age_structure(made, persons, changes(), own, members), own)
    # The mean is 23 %: two lie 3 points from it and one 6, so 4 on average; the standard deviation is 4.24.
    assert table.filter(age_group="0_19")["deviation"].to_list() == pytest.approx([4.0])


def test_divergence_is_the_spread_between_the_municipalities() -> None:
    # Two shares of 20 and 30 % lie 5 points from their mean. Later 20 and 36 %: 8 points, so 3 points more.
    row = diverged((0.20, 0.30), (0.20, 0.36))
    assert row["deviation"] == pytest.approx(8.0)
    assert row["deviation_change"] == pytest.approx(3.0)
    assert (row["lowest"], row["highest"], row["municipalities"]) == (0.20, 0.36, 2)
    assert row["direction"] == "diverging"


@pytest.mark.parametrize(
    ("later", "threshold", "direction"),
    [
        ((0.20, 0.36), 2.9, "diverging"),
        ((0.20, 0.36), 3.1, "unchanged"),
        ((0.20, 0.24), 2.9, "converging"),
        ((0.20, 0.24), 3.1, "unchanged"),
    ],
)
def test_the_direction_follows_the_threshold(
    later: tuple[float, float], threshold: float, direction: str
) -> None:
    assert diverged((0.20, 0.30), later, unchanged_points=threshold)["direction"] == direction


def test_the_first_year_has_no_direction(bundled: Workspace) -> None:
    table = bundled.table("age_divergence")
    first = table.filter(pl.col("year") == pl.col("year").min())
    assert first["direction"].null_count() == first.height == 2
    assert table["direction"].null_count() == 2
