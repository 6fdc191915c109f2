"""Edge-disjoint routes: small graphs by hand, and Menger's theorem tried on small ones."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storregion.kernels.disjoint import edge_disjoint


def count(edges: list[tuple[int, int]], nodes: int, start: int, end: int) -> int:
    return edge_disjoint(np.array(edges, np.int64).reshape(-1, 2), nodes, start, end)


@pytest.mark.parametrize(
    ("edges", "routes"),
    [
        ([], 0),
        ([(0, 1), (1, 3)], 1),
        # A ring has two ways round.
        ([(0, 1), (1, 3), (3, 2), (2, 0)], 2),
        # Two edges with the same ends are two ways.
        ([(0, 3), (0, 3)], 2),
        # Both ways pass the bridge 1–2, so its loss parts them.
        ([(0, 1), (0, 1), (1, 2), (2, 3), (2, 3)], 1),
        # The shortest way 0–1–2–3 blocks both others; it must be led elsewhere for there to be two.
        ([(0, 1), (1, 2), (2, 3), (0, 2), (1, 3)], 2),
    ],
)
def test_small_graphs_by_hand(edges: list[tuple[int, int]], routes: int) -> None:
    assert count(edges, 4, 0, 3) == routes
    assert count(edges, 4, 3, 0) == routes


def parted(edges: list[tuple[int, int]], start: int, end: int) -> bool:
    reached = {start}
    while more := {b for a, b in [*edges, *((b, a) for a, b in edges)] if a in reached} - reached:
        reached |= more
    return end not in reached


ends = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda edge: edge[0] != edge[1])


@given(st.lists(ends, max_size=8))
def test_as_many_routes_as_the_fewest_edges_whose_loss_parts_the_nodes(edges: list[tuple[int, int]]) -> None:
    fewest = next(
        size
        for size in range(len(edges) + 1)
        for lost in combinations(range(len(edges)), size)
        if parted([edge for at, edge in enumerate(edges) if at not in lost], 0, 4)
    )
    assert count(edges, 5, 0, 4) == fewest


@pytest.mark.parametrize(
    ("edges", "start", "end", "said"),
    [
        ([(0, 1)], 0, 0, "are both 0"),
        ([(0, 9)], 0, 1, "an edge names a node outside 0 to 3"),
        ([(0, 1)], 0, 7, "start or end lies outside"),
    ],
)
def test_what_is_not_a_graph_is_refused(
    edges: list[tuple[int, int]], start: int, end: int, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        count(edges, 4, start, end)
