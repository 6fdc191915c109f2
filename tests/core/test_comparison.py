from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from storregion.core.comparison import compared
from storregion.core.workspace import Workspace

HEAD = 'title = { sv = "Prov", en = "Trial" }\nabout = { sv = "Prov.", en = "Trial." }\n'
EDIT = '[[edits]]\nbecause = {{ sv = "Prov.", en = "Trial." }}\n{}\n'


def both(small: Path, store: Path, *edits: str) -> tuple[Workspace, Workspace]:
    (small / "scenarios").mkdir(exist_ok=True)
    (small / "scenarios" / "trial.toml").write_text(HEAD + "".join(map(EDIT.format, edits)), "utf-8")
    return Workspace(small, store), Workspace(small, store, "trial")


def test_a_scenario_that_changes_nothing_differs_in_no_table(small: Path, store: Path) -> None:
    base, trial = both(small, store)
    assert {table for table in base.steps if not compared(base, trial, table).is_empty()} == set()


@pytest.mark.long
def test_every_table_can_be_compared(bundled: Workspace, built: Callable[[str], Workspace]) -> None:
    other = built("stockholm-still")
    differ = {table for table in bundled.steps if not compared(bundled, other, table).is_empty()}
    assert {"population", "growth"} <= differ
    # Only a table that rests on the edit can differ.
    assert differ <= {table for table in bundled.steps if bundled.key(table) != other.key(table)}
    assert "electricity_use" not in differ


def test_a_change_is_the_second_minus_the_first(small: Path, store: Path) -> None:
    edit = 'table = "population"\nwhere = { municipality = "1080", year = 2024 }\nset = { persons = 66000 }'
    base, trial = both(small, store, edit)
    row = {"municipality": "1080", "year": 2024, "column": "persons"}
    there = compared(base, trial, "population").to_dicts()
    back = compared(trial, base, "population").to_dicts()
    assert there == [
        row | {"a": "66301", "b": "66000", "difference": -301.0, "basis_a": "observed", "basis_b": "assumed"}
    ]
    assert back == [
        row | {"a": "66000", "b": "66301", "difference": 301.0, "basis_a": "assumed", "basis_b": "observed"}
    ]


@pytest.mark.parametrize(("one", "two"), [(False, True), (True, False)])
def test_a_row_that_stands_in_one_only_is_reported(small: Path, store: Path, one: bool, two: bool) -> None:
    edit = 'table = "localities"\nwhere = { locality = "1060TB101" }\nremove = true'
    pair = both(small, store, edit)
    frame = compared(pair[one], pair[two], "localities").filter(column="population")
    a, b = ("254", None) if one is False else (None, "254")
    assert frame.select("a", "b", "difference").rows() == [(a, b, None)]


def test_a_row_of_a_table_of_keys_is_reported_when_it_is_gone(small: Path, store: Path) -> None:
    edit = 'table = "node_localities"\nwhere = { node = "karlskrona" }\nremove = true'
    base, trial = both(small, store, edit)
    frame = compared(base, trial, "node_localities")
    assert frame.select("node", "locality", "column", "a", "b").rows() == [
        ("karlskrona", "1080TC109", "basis", "observed", None)
    ]


def test_a_value_assumed_to_be_what_it_was_is_another_basis(small: Path, store: Path) -> None:
    edit = 'table = "population"\nwhere = { municipality = "1080", year = 2024 }\nset = { persons = 66301 }'
    base, trial = both(small, store, edit)
    assert compared(base, trial, "population").select("column", "a", "b", "difference").rows() == [
        ("basis", "observed", "assumed", None)
    ]
    growth = compared(base, trial, "growth")
    assert growth["column"].unique().to_list() == ["basis"]
    assert growth["b"].unique().to_list() == ["assumed"]
    assert growth.filter(pl.col("place") == "1080")["year"].to_list() == [2024]
