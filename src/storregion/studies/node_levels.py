"""Levels of nodes: which node is of which order, by limits that a region can change.

Title       Levels of nodes
Question    Which nodes are of the same order, and which limit decides it?
Method      A rule file lists levels from the highest down, each with the least values it asks for of the
            columns of node_roles. A node gets the first level whose every limit it reaches. What it lacks
            for the level above is written out.
Reads       node_roles
Limits      The limits are a proposal in a file, not a decision of the regions. They are as sure as the
            columns they look at.

Titel       Nodernas nivåer
Fråga       Vilka noder är av samma ordning, och vilken gräns avgör det?
Metod       En regelfil listar nivåer från den högsta och nedåt, var och en med de minsta värden den kräver
            av kolumnerna i node_roles. En nod får den första nivån vars alla gränser den når. Vad som
            saknas till nivån ovanför skrivs ut.
Läser       node_roles
Gränser     Gränserna är ett förslag i en fil, inget beslut av regionerna. De är så säkra som kolumnerna de
            ser till.
"""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import polars as pl

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Raw
from storregion.core.table import Column, Schema, basis
from storregion.facts.people import year
from storregion.studies.nodes import NODE_ROLES, NodeRoles


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One level: its code and name, and the least value it asks for of columns of node_roles."""

    code: str
    name: Text
    at_least: dict[str, float] = {}


class Levels(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rule file: levels from the highest down; the last asks for nothing."""

    levels: tuple[Level, ...]


NODE_LEVELS = Schema(
    "node_levels",
    Text("Nodernas nivåer", "Levels of nodes"),
    Text(
        "Nivån för varje nod och år enligt regelfilen, och vad som saknas till nivån ovanför.",
        "The level of every node and year by the rule file, and what it lacks for the level above.",
    ),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nod", "Node"),
            Text("Nodens kod.", "The node's code."),
            key=True,
            refers=("node_roles", "node"),
        ),
        year(),
        Column("level", pl.String, "code", Text("Nivå", "Level"), Text("Nivåns kod.", "The level's code.")),
        Column(
            "name_sv",
            pl.String,
            "name",
            Text("Nivåns namn", "Name in Swedish"),
            Text("Nivåns namn på svenska.", "The level's name in Swedish."),
        ),
        Column(
            "name_en",
            pl.String,
            "name",
            Text("Engelskt namn", "Name in English"),
            Text("Nivåns namn på engelska.", "The level's name in English."),
        ),
        Column(
            "lacks",
            pl.String,
            "code",
            Text("Saknar", "Lacks"),
            Text(
                "Kolumnerna som inte når nivån ovanför; tomt på högsta nivån.",
                "The columns that do not reach the level above; empty on the highest.",
            ),
            optional=True,
        ),
        basis(),
    ),
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
        at = next(place for place, lacking in enumerate(missing) if not lacking)
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
