"""Levels of nodes: which node is of which order, by limits that a region can change."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import polars as pl

from storregion.core import columns, settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Raw
from storregion.studies.nodes import NODE_ROLES, NodeRoles


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level: its code and name, and the least value it asks for of columns of node_roles."""

    code: str
    name: Text
    at_least: dict[str, float] = {}


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rule file: levels from the highest down; the last asks for nothing."""

    levels: tuple[Level, ...]


NODE_LEVELS = columns.schema(
    "node_levels",
    __name__,
    columns.node(refers=("node_roles", "node")),
    columns.year(),
    columns.code("level"),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
    columns.code("lacks", optional=True),
)
NodeLevels = Annotated[pl.DataFrame, NODE_LEVELS]


def node_levels(raw: Annotated[Path, Raw("node_levels.toml")], node_roles: NodeRoles) -> NodeLevels:
    """The level of every node by the group's rule file.

    Parameters
    ----------
    raw : the rule file.
    node_roles : the columns that limits look at.

    Raises
    ------
    SettingError
        A limit names no number of node_roles, or the last level asks for something.
    """
    rules = settings.read(raw, Levels).levels
    _fit(rules, raw)
    rows = []
    for row in node_roles.sort("node", "year").iter_rows(named=True):
        missing = [[name for name, least in level.at_least.items() if row[name] < least] for level in rules]
        at = next(place for place, below in enumerate(missing) if not below)
        above = ", ".join(missing[at - 1]) if at else None
        level = rules[at]
        rows.append((row["node"], row["year"], level.code, level.name.sv, level.name.en, above, row["basis"]))
    types: dict[str, Any] = {column.name: column.dtype for column in NODE_LEVELS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _fit(rules: tuple[Level, ...], path: Path) -> None:
    numbers = [column.name for column in NODE_ROLES.columns if column.numeric and column.absent is None]
    for level in rules:
        for name in level.at_least:
            if name not in numbers:
                raise SettingError(f"{path}: level {level.code!r} limits {name!r}; {nearest(name, numbers)}")
    if not rules or rules[-1].at_least:
        raise SettingError(f"{path}: the last level must ask for nothing, so that every node gets one")
