"""Levels of nodes: the first level whose every limit is reached."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from storregion.core.errors import SettingError
from storregion.core.workspace import Workspace
from storregion.studies.node_levels import NODE_LEVELS, node_levels
from storregion.studies.nodes import NODE_ROLES

LEVELS = """
[[levels]]
code = "high"
name = { sv = "Hög", en = "High" }
at_least = { jobs = 1000, contained = 0.6 }

[[levels]]
code = "middle"
name = { sv = "Mellan", en = "Middle" }
at_least = { jobs = 500 }

[[levels]]
code = "low"
name = { sv = "Låg", en = "Low" }
"""


def roles(**nodes: tuple[float, float]) -> pl.DataFrame:
    """Nodes with jobs and self-containment; the rest of the columns is the same for all."""
    rest: dict[str, Any] = {
        column.name: 1.0 if column.dtype == pl.Float64 else None for column in NODE_ROLES.columns
    }
    rest |= {"year": 2001, "largest_destination": "0180", "role": "residential", "basis": "estimated"}
    rows = [
        rest | {"node": node, "jobs": jobs, "contained": contained}
        for node, (jobs, contained) in nodes.items()
    ]
    types = {column.name: column.dtype for column in NODE_ROLES.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def levels(folder: Path, text: str, **nodes: tuple[float, float]) -> dict[str, tuple[str, str | None]]:
    path = folder / "node_levels.toml"
    path.write_text(text, encoding="utf-8")
    table = NODE_LEVELS.check(node_levels(path, roles(**nodes)), maker="node_levels")
    assert set(table["basis"]) <= {"estimated"}
    return {row["node"]: (row["level"], row["lacks"]) for row in table.iter_rows(named=True)}


def test_on_a_limit_is_reached_and_below_it_what_is_missing_is_named(tmp_path: Path) -> None:
    found = levels(
        tmp_path, LEVELS, a=(1000, 0.6), b=(999.9, 0.6), c=(1000, 0.59), d=(500, 0.1), e=(499, 0.9)
    )
    assert found == {
        "a": ("high", None),
        "b": ("middle", "jobs"),
        "c": ("middle", "contained"),
        "d": ("middle", "jobs, contained"),
        "e": ("low", "jobs"),
    }


def test_a_misspelt_column_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"level 'high' limits 'containd'.*'contained'"):
        levels(tmp_path, LEVELS.replace("contained", "containd"), a=(1, 1))


@pytest.mark.parametrize("column", ["role", "hub_share", "basis"])
def test_what_is_no_number_or_may_be_empty_is_no_limit(tmp_path: Path, column: str) -> None:
    with pytest.raises(SettingError, match=f"limits '{column}'"):
        levels(tmp_path, LEVELS.replace("contained", column), a=(1, 1))


@pytest.mark.parametrize(
    "text", [LEVELS[: LEVELS.rindex("[[levels]]")], "levels = []\n"], ids=["the last asks", "no levels"]
)
def test_the_last_level_must_ask_for_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingError, match="the last level must ask for nothing"):
        levels(tmp_path, text, a=(1, 1))


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="at_most"):
        levels(tmp_path, LEVELS.replace("at_least", "at_most"), a=(1, 1))


def test_every_bundled_node_has_a_level_each_year(bundled: Workspace) -> None:
    table = bundled.table("node_levels")
    assert table.height == bundled.table("node_roles").height == 4 * 14
    now = dict(table.filter(year=2023).select("node", "level").rows())
    assert now["stockholm"] == "metropolitan"
    assert now["uppsala"] == "major"
