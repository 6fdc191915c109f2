"""The section on travel times, for groups with a timetable; none for others."""

import polars as pl

from storregion.publish.reports.model import Block, Paragraph, Section, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word

TABLES = ("access_stations", "access_nodes")


def sections(it: Subject) -> list[Section]:
    """Station areas of the place, and times from its nodes to others in the morning.

    Parameters
    ----------
    it : the place.
    """
    if not it.there(*TABLES) or it.workspace.table("access_nodes").is_empty():
        return []
    blocks: list[Block] = [Paragraph((said("travel_timetable", it.language),), "notice")]
    blocks += [block for block in (_stations(it), *_nodes(it)) if block is not None]
    return [Section("travel", word("travel", it.language), tuple(blocks))]


def _stations(it: Subject) -> Block | None:
    rows = it.workspace.table("access_stations")
    if "municipality" not in rows.columns:
        return None
    rows = rows.filter(pl.col("municipality").is_in(it.members)).sort("name")
    title = word("travel_stations", it.language, place=it.name)
    columns = ("name", "storregional", "node_minutes", "nodes_within", "departures", "residents_near")
    return table_of(it.view("access_stations", title, rows, columns)) if rows.height else None


def _nodes(it: Subject) -> list[Block]:
    found: list[Block] = []
    for node in it.nodes.iter_rows(named=True):
        rows = it.workspace.table("access_nodes").filter(
            origin=node["node"], period="morning", way="depart_at"
        )
        title = word("travel_nodes", it.language, place=node["name"])
        columns = ("destination", "typical", "departures", "transfers")
        view = it.view("access_nodes", title, rows.sort("typical", nulls_last=True), columns)
        found.append(table_of(view))
    return found
