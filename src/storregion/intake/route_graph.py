"""A network that a user keeps: read to count routes in it, and never written anywhere."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storregion.core.errors import CallError, DataError, nearest
from storregion.core.settings import text

ENDS = ("one", "two")
POSITIONS = ("latitude", "longitude", "lat", "lon", "x", "y", "east", "north", "wkt", "geometry")
LARGEST_GRAPH = 16 * 2**20
"""Bytes that the file may hold."""


@dataclass(frozen=True)
class RouteGraph:
    """Nodes by name, and the edges between them by index.

    Attributes
    ----------
    path : the file.
    nodes : their names, in order of first mention.
    edges : (m, 2) indexes of nodes.
    positions : the columns of the file that say where something lies; they are not read.
    """

    path: Path
    nodes: tuple[str, ...]
    edges: NDArray[np.int64]
    positions: tuple[str, ...]

    def at(self, name: str) -> int:
        """The index of a node.

        Raises
        ------
        CallError
            There is no such node.
        """
        if name not in self.nodes:
            raise CallError(f"{self.path} has no node {name!r}; {nearest(name, self.nodes)}")
        return self.nodes.index(name)

    def refuse_export(self) -> None:
        """Say that the network is not exported, and which of its columns are positions.

        Raises
        ------
        CallError
            Always.
        """
        where = f"; row 1 names the positions {', '.join(self.positions)}" if self.positions else ""
        raise CallError(
            f"{self.path} is a network that stays where it lies{where}. Routes in it are counted and "
            "printed, never exported; leave --export out"
        )


def read(path: Path) -> RouteGraph:
    """Read a network: CSV with the columns `one` and `two`, a row an edge.

    Parameters
    ----------
    path : the file; further columns are left unread.

    Raises
    ------
    DataError
        The file is not such a network; each fault with its row.
    """
    rows = list(csv.reader(io.StringIO(text(path, LARGEST_GRAPH))))
    header = [name.strip() for name in rows[0]] if rows else []
    if missing := [name for name in ENDS if name not in header]:
        raise DataError(f"{path}, row 1: column {missing[0]!r} is missing; {nearest(missing[0], header)}")
    one, two = (header.index(name) for name in ENDS)
    faults, names, edges = list[str](), dict[str, int](), list[tuple[int, int]]()
    for number, row in enumerate(rows[1:], 2):
        ends = [row[at].strip() if at < len(row) else "" for at in (one, two)]
        if not all(ends):
            faults.append(f"row {number}: an end of the edge is empty; name both")
        elif ends[0] == ends[1]:
            faults.append(f"row {number}: the edge leads from {ends[0]!r} to itself; take it out")
        else:
            first, second = (names.setdefault(name, len(names)) for name in ends)
            edges.append((first, second))
    if faults:
        raise DataError("\n  ".join([f"{path} is not a network:", *faults]))
    positions = tuple(name for name in header if name.lower() in POSITIONS)
    return RouteGraph(path, tuple(names), np.array(edges, np.int64).reshape(-1, 2), positions)
