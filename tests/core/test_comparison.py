"""A comparison matches rows by key, loses none, keeps each reason for absence, and says where figures lie."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from storregion.core import columns
from storregion.core.comparison import NO_ROW, Comparison
from storregion.core.scenario import NOTHING_CHANGED
from storregion.core.workspace import Workspace

GAPS = columns.schema(
    "gaps",
    "storregion.facts.people",
    columns.year(),
    columns.number("amount", "persons", absent="amount_absent"),
)


class Fake:
    """As much of a workspace as a comparison's rows need."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame
        self.steps = {"gaps": SimpleNamespace(schema=GAPS)}
        self.scenario = NOTHING_CHANGED

    def known(self, table: str) -> str:
        return table

    def table(self, table: str) -> pl.DataFrame:
        return self.frame


HEAD = 'title = { sv = "Prov", en = "Trial" }\nabout = { sv = "Prov.", en = "Trial." }\n'
EDIT = '[[edits]]\nbecause = {{ sv = "Prov.", en = "Trial." }}\n{}\n'


def both(small: Path, store: Path, *edits: str) -> tuple[Workspace, Workspace]:
    (small / "scenarios").mkdir(exist_ok=True)
    (small / "scenarios" / "trial.toml").write_text(HEAD + "".join(map(EDIT.format, edits)), "utf-8")
    return Workspace(small, store), Workspace(small, store, "trial")


def test_a_scenario_that_changes_nothing_differs_in_no_table(small: Path, store: Path) -> None:
    base, trial = both(small, store)
    assert {table for table in base.steps if Comparison(base, trial, table).differing().height} == set()


@pytest.mark.long
def test_every_table_can_be_compared(bundled: Workspace, built: Callable[[str], Workspace]) -> None:
    other = built("stockholm-still")
    differ = set()
    for table in bundled.steps:
        found = Comparison(bundled, other, table)
        # What it holds is what its schema says, and every row of either side is there once.
        if found.schema.key:
            found.schema.check(found.frame, maker=f"the comparison of {table}")
        assert found.frame.height >= max(bundled.table(table).height, other.table(table).height)
        if found.differing().height:
            differ.add(table)
    assert {"population", "growth"} <= differ
    # Only a table that rests on the edit can differ.
    assert differ <= {table for table in bundled.steps if bundled.key(table) != other.key(table)}
    assert "electricity_use" not in differ


EDIT_TOTAL = 'table = "population"\nwhere = { municipality = "1080", year = 2024 }\nset = { persons = 66000 }'


def test_a_change_is_the_second_minus_the_first(small: Path, store: Path) -> None:
    base, trial = both(small, store, EDIT_TOTAL)
    there = Comparison(base, trial, "population").differing().to_dicts()
    back = Comparison(trial, base, "population").differing().to_dicts()
    assert [(row["persons_a"], row["persons_b"], row["persons_difference"]) for row in there] == [
        (66301, 66000, -301)
    ]
    assert [(row["basis_a"], row["basis_b"], row["basis"]) for row in there] == [
        ("observed", "assumed", "assumed")
    ]
    assert [(row["persons_a"], row["persons_b"], row["persons_difference"]) for row in back] == [
        (66000, 66301, 301)
    ]
    assert all(row["present"] == "both" for row in there + back)
    # Measures that are alike in every row are left out.
    assert "persons_a_absent" not in there[0]


def test_a_figure_of_a_comparison_is_that_of_its_own_table(small: Path, store: Path) -> None:
    base, trial = both(small, store, EDIT_TOTAL)
    found = Comparison(base, trial, "population", ("persons",))
    row = found.frame.filter(municipality="1080", year=2024).row(0, named=True)
    one, two, change = (found.cell(found.schema, f"persons_{side}", row) for side in ("a", "b", "difference"))
    where = {name: row[name] for name in found.of.key}
    assert one == base.figure("population", "persons", **where)
    assert two == trial.figure("population", "persons", **where)
    # The difference names both tables by their keys, and is known as well as the weaker.
    assert change.value == -301
    assert change.key == f"{base.key('population')}..{trial.key('population')}"
    assert change.basis == "assumed"
    assert found.record("population").inputs == {
        "population": trial.key("population"),
        "population@base": base.key("population"),
    }
    assert found.schema["persons_b"].label.en.endswith(": Trial")


def test_shares_and_per_cents_differ_by_points(small: Path, store: Path) -> None:
    base, trial = both(small, store, EDIT_TOTAL)
    units = []
    for table, column in (("population_profile", "share_0_19"), ("growth", "base_annual_percent")):
        schema = Comparison(base, trial, table, (column,)).schema
        units.append([schema[f"{column}_{side}"].unit for side in ("a", "b", "difference")])
    assert units == [["share", "share", "share_points"], ["percent_a_year", "percent_a_year", "points"]]
    people = Comparison(base, trial, "population", ("persons",)).schema
    assert people["persons_difference"].unit == people["persons_a"].unit


@pytest.mark.parametrize(("one", "two"), [(False, True), (True, False)])
def test_a_row_that_stands_in_one_only_is_there_and_marked(
    small: Path, store: Path, one: bool, two: bool
) -> None:
    edit = 'table = "localities"\nwhere = { locality = "1060TB101" }\nremove = true'
    pair = both(small, store, edit)
    found = Comparison(pair[one], pair[two], "localities", ("population",))
    rows = found.differing()
    a, b, present = (254, None, "a") if one is False else (None, 254, "b")
    assert rows.select(
        "locality", "population_a", "population_b", "population_difference", "present"
    ).rows() == [("1060TB101", a, b, None, present)]
    # What only one of them has fits the schema that the comparison says of itself.
    assert found.schema.check(found.frame, maker="the test").height == found.frame.height


def test_each_side_keeps_its_reason_for_absence(tiny: Any) -> None:
    one = tiny.table(
        [
            {"year": 2000, "amount": None, "amount_absent": "missing"},
            {"year": 2001, "amount": None, "amount_absent": "suppressed"},
            {"year": 2002, "amount": 4.0},
            {"year": 2003, "amount": 1.0},
        ],
        GAPS,
    )
    two = tiny.table(
        [
            {"year": 2000, "amount": 7.0},
            {"year": 2001, "amount": None, "amount_absent": "missing"},
            {"year": 2002, "amount": 5.0},
        ],
        GAPS,
    )
    made = Comparison(Fake(one), Fake(two), "gaps")  # type: ignore[arg-type]
    rows = made.frame.select(
        "year", "amount_a_absent", "amount_b_absent", "amount_difference", "amount_difference_absent"
    ).rows()
    assert rows == [
        # Missing in A, 7 in B: nothing to subtract from.
        (2000, "missing", None, None, "missing"),
        # Absent in both, each for its own reason.
        (2001, "suppressed", "missing", None, "suppressed"),
        (2002, None, None, 1.0, None),
        # B has no such row, which is not the same as a missing figure.
        (2003, None, NO_ROW, None, NO_ROW),
    ]


def test_a_row_of_a_table_of_keys_is_there_when_it_is_gone(small: Path, store: Path) -> None:
    edit = 'table = "node_localities"\nwhere = { node = "karlskrona" }\nremove = true'
    base, trial = both(small, store, edit)
    rows = Comparison(base, trial, "node_localities").differing()
    assert rows.select("node", "locality", "present", "basis_a", "basis_b").rows() == [
        ("karlskrona", "1080TC109", "a", "observed", None)
    ]


def test_a_value_assumed_to_be_what_it_was_is_another_basis(small: Path, store: Path) -> None:
    edit = 'table = "population"\nwhere = { municipality = "1080", year = 2024 }\nset = { persons = 66301 }'
    base, trial = both(small, store, edit)
    rows = Comparison(base, trial, "population").differing()
    assert rows.select("basis_a", "basis_b", "basis").rows() == [("observed", "assumed", "assumed")]
    assert "persons_a" not in rows.columns
    growth = Comparison(base, trial, "growth").differing()
    assert growth["basis_b"].unique().to_list() == ["assumed"]
    assert growth.filter(pl.col("place") == "1080")["year"].to_list() == [2024]
