"""What the collaboration itself has agreed on or collected: its nodes, and single published figures."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.lineage import Raw
from storregion.facts import places, published
from storregion.timetable import tables


def nodes(raw: Annotated[Path, Raw("nodes.csv")], municipalities: places.Municipalities) -> places.Nodes:
    """The node cities and regional urban cores; the file itself says how each point is known."""
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    return figurefile.read(raw, places.NODES, leave_out=(), known=known)


def node_localities(
    raw: Annotated[Path, Raw("node_localities.csv")], nodes: places.Nodes, localities: places.Localities
) -> places.NodeLocalities:
    """The localities that each node lies in; the file itself says how each is known."""
    known = {("nodes", "node"): nodes["node"], ("localities", "locality"): localities["locality"]}
    return figurefile.read(raw, places.NODE_LOCALITIES, leave_out=(), known=known)


def node_stations(
    raw: Annotated[Path | None, Raw("node_stations.csv", optional=True)], nodes: places.Nodes
) -> places.NodeStations:
    """The stations named for the nodes; no rows where the group names none."""
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in places.NODE_STATIONS.columns})
    known = {("nodes", "node"): nodes["node"]}
    return figurefile.read(raw, places.NODE_STATIONS, leave_out=(), known=known)


def walking_times(
    raw: Annotated[Path | None, Raw("walking_times.csv", optional=True)],
) -> tables.WalkingTimes:
    """Walking times given by the group, the file says how each is known; no rows where it gives none."""
    if raw is None:
        types = {column.name: column.dtype for column in tables.WALKING_TIMES.columns}
        return pl.DataFrame(schema=types)
    return figurefile.read(raw, tables.WALKING_TIMES, leave_out=())


def cell_walks(
    raw: Annotated[Path | None, Raw("cell_walking_times.csv", optional=True)],
) -> tables.CellWalks:
    """Walking times to square kilometres given by the group; no rows where it gives none."""
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in tables.CELL_WALKS.columns})
    return figurefile.read(raw, tables.CELL_WALKS, leave_out=())


def published_facts(raw: Annotated[Path, Raw("published_facts.csv")]) -> published.PublishedFacts:
    """Single published figures, each row with its own source."""
    frame = figurefile.read(raw, published.PUBLISHED_FACTS)
    return frame.with_columns(basis=pl.lit("observed"))
