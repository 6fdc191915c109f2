"""Edge-disjoint routes: how many ways there are between two nodes that share no edge.

By Menger's theorem it is the fewest edges whose loss parts the nodes. Each route found may use an edge the
other way round, by which an earlier route is led elsewhere (L. R. Ford & D. R. Fulkerson 1956).
"""

from collections import deque

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def edge_disjoint(edges: Ints, nodes: int, start: int, end: int) -> int:
    """The most routes between two nodes of which no two share an edge.

    Parameters
    ----------
    edges : (m, 2) the nodes at both ends of each edge, by index; two edges may have the same ends.
    nodes : how many nodes there are.
    start, end : two nodes; they must differ.

    Raises
    ------
    ValueError
        A node does not exist, or start and end are the same.
    """
    if start == end:
        raise ValueError(f"start and end are both {start}; give two nodes")
    if len(edges) and (edges.min() < 0 or edges.max() >= nodes):
        raise ValueError(f"an edge names a node outside 0 to {nodes - 1}")
    if not (0 <= start < nodes and 0 <= end < nodes):
        raise ValueError(f"start or end lies outside 0 to {nodes - 1}")
    # Each edge is two arcs, 2k there and 2k + 1 back; a route along one frees the other.
    leaving: list[list[int]] = [[] for _ in range(nodes)]
    heads: list[int] = []
    for one, two in edges.tolist():
        leaving[one].append(len(heads))
        leaving[two].append(len(heads) + 1)
        heads += [two, one]
    room = [1] * len(heads)
    routes = 0
    while path := _path(leaving, heads, room, start, end):
        for arc in path:
            room[arc] -= 1
            room[arc ^ 1] += 1
        routes += 1
    return routes


def _path(leaving: list[list[int]], heads: list[int], room: list[int], start: int, end: int) -> list[int]:
    """The arcs of a shortest way with room left; none where there is no way."""
    came: dict[int, int] = {start: -1}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == end:
            break
        for arc in leaving[node]:
            if room[arc] and heads[arc] not in came:
                came[heads[arc]] = arc
                queue.append(heads[arc])
    arcs: list[int] = []
    node = end
    while node in came and came[node] >= 0:
        arcs.append(came[node])
        node = heads[came[node] ^ 1]
    return arcs
