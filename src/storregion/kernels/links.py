"""Links of a network: hops that pass others without stopping, taken apart into the smaller ones."""

import heapq
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def taken_apart(ends: Ints, length: Floats, kind: Ints, stretch: float) -> list[list[int]]:
    """Each hop as the smallest hops of its kind that lead from its one end to the other.

    A hop is taken apart where the way over shorter ones is at most `stretch` times as long; of several such
    ways the shortest counts.

    Parameters
    ----------
    ends : (m, 2) places, whichever first; no hop of a kind stands twice.
    length : (m,) such as straight metres, above 0.
    kind : (m,) hops are taken apart into those of their own kind.
    stretch : at least 1.

    Returns
    -------
    For each hop, the indexes of those that it is made of, from its first end on; its own where it is whole.
    """
    around: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    found: list[list[int]] = [[] for _ in length]
    for hop in np.argsort(length, kind="stable").tolist():
        of, one, two = int(kind[hop]), int(ends[hop, 0]), int(ends[hop, 1])
        way = _way((of, one), two, float(length[hop]) * stretch, around, length)
        if way:
            found[hop] = way
            continue
        found[hop] = [hop]
        around[of, one].append((two, hop))
        around[of, two].append((one, hop))
    return found


def _way(
    start: tuple[int, int],
    goal: int,
    most: float,
    around: defaultdict[tuple[int, int], list[tuple[int, int]]],
    length: Floats,
) -> list[int]:
    """The shortest way over hops of a kind, if it is no longer than `most`; else none."""
    of, place = start
    queue: list[tuple[float, int, list[int]]] = [(0.0, place, [])]
    done: set[int] = set()
    while queue:
        so_far, place, way = heapq.heappop(queue)
        if place == goal:
            return way
        if place in done:
            continue
        done.add(place)
        for other, hop in around[of, place]:
            further = so_far + float(length[hop])
            if other not in done and further <= most:
                heapq.heappush(queue, (further, other, [*way, hop]))
    return []
