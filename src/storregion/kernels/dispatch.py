"""Power in a network step by step: what has to come in from outside, by a linear program.

Use, and generation that cannot be moved, are given for every step. Some generation can be moved in time,
within its power and its energy; power flows over links up to their capacity; the rest is imported at the
sources. What is sought is the least power of import that is enough in every step. Nothing here has a price
in money: the weights only put what is worse after what is better.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.linear import DUAL, Floats, Integers, Program, Rows, rows_of

Table = NDArray[np.float64]


class Weights(NamedTuple):
    """What is worse than what.

    Attributes
    ----------
    least_import : of a MW of import for the whole span, at the first source.
    later : how many times as much more at each source than at the one before.
    unserved : of a MWh of use that is not met.
    spilled : of a MWh of generation that cannot be moved and has nowhere to go.
    imported : of a MWh of import, which decides where only energy differs.
    moved : of a MWh over a link, so that power takes no detour.
    """

    least_import: float = 1e3
    later: float = 0.01
    unserved: float = 1e5
    spilled: float = 1.0
    imported: float = 1e-3
    moved: float = 1e-5


WEIGHTS = Weights()


class Network(NamedTuple):
    """Nodes, what is used and generated there, and what joins them.

    Attributes
    ----------
    net_use : (nodes, steps) MW used less generation that cannot be moved.
    movable_mw, movable_mwh : (nodes,) the most power of generation that can be moved, and its energy in all.
    ends : (links, 2) the nodes that a link joins.
    link_mw : (links,) its capacity in both directions; infinite where it is not limited.
    sources : (sources,) nodes at which power can come from and go to the outside, the preferred first.
    hours : of each step.
    """

    net_use: Table
    movable_mw: Floats
    movable_mwh: Floats
    ends: Integers
    link_mw: Floats
    sources: Integers
    hours: float


class Dispatch(NamedTuple):
    """What runs and flows in every step, in MW.

    Attributes
    ----------
    moved : (nodes, steps) generation that can be moved.
    there, back : (links, steps) flow from a link's first end to its second, and the other way.
    imported, exported : (sources, steps) what comes in and goes out.
    unserved : (nodes, steps) use that is not met.
    spilled : (nodes, steps) generation that has nowhere to go.
    least_import : (sources,) the most that is imported in any step, which is as little as can be.
    price : (nodes, steps) how much the weighted sum grows for one MW more of use there and then.
    """

    moved: Table
    there: Table
    back: Table
    imported: Table
    exported: Table
    unserved: Table
    spilled: Table
    least_import: Floats
    price: Table


class _Columns(NamedTuple):
    """Where each kind of value begins among the program's, each a row of steps at a time."""

    moved: int
    there: int
    back: int
    imported: int
    exported: int
    unserved: int
    spilled: int
    least_import: int
    size: int


def dispatched(network: Network) -> Dispatch:
    """The values that need the least import; every step is balanced at every node.

    Parameters
    ----------
    network : nodes, use and generation, links and sources; at least one step.

    Raises
    ------
    UnsettledError
        The solver gives no answer.
    """
    nodes, steps = network.net_use.shape
    links, sources = len(network.link_mw), len(network.sources)
    sizes = np.array([0, nodes, links, links, sources, sources, nodes, nodes]) * steps
    begins = np.cumsum(sizes).tolist()
    at = _Columns._make([*begins, begins[-1] + sources])
    high = np.full(at.size, np.inf)
    high[: at.there] = np.repeat(network.movable_mw, steps)
    high[at.there : at.imported] = np.tile(np.repeat(network.link_mw, steps), 2)
    program = Program(np.zeros(at.size), high, _rows(network, at), DUAL)
    # Without this, zeros may have a sign.
    values = program.least(_weights(network, at)).values + 0.0
    price = program.prices()[: nodes * steps].reshape(nodes, steps)
    parts = [values[begin:end].reshape(-1, steps) for begin, end in pairwise(at[:-1])]
    return Dispatch._make([*parts, values[at.least_import :], price])


def _weights(network: Network, at: _Columns) -> Floats:
    cost = np.zeros(at.size)
    cost[at.there : at.imported] = WEIGHTS.moved * network.hours
    cost[at.imported : at.exported] = WEIGHTS.imported * network.hours
    cost[at.unserved : at.spilled] = WEIGHTS.unserved * network.hours
    cost[at.spilled : at.least_import] = WEIGHTS.spilled * network.hours
    later = 1 + WEIGHTS.later * np.arange(len(network.sources))
    cost[at.least_import :] = WEIGHTS.least_import * later
    return cost


def _rows(network: Network, at: _Columns) -> Rows:
    """A balance for each node and step, the least import over each step, and the energy that can be moved."""
    nodes, steps = network.net_use.shape
    sources, time = len(network.sources), np.arange(steps)

    def block(begin: int, rows: Integers, weight: float) -> tuple[Integers, Integers, Floats]:
        """The values of one kind, each in the balance of the node that belongs to it."""
        row = (rows[:, np.newaxis] * steps + time).ravel()
        return row, begin + np.arange(row.size), np.full(row.size, weight)

    every, first, second = np.arange(nodes), network.ends[:, 0], network.ends[:, 1]
    balance = nodes * steps
    above = balance + np.arange(sources * steps)
    energy = np.repeat(balance + sources * steps + every, steps)
    terms = [
        block(at.moved, every, 1.0),
        block(at.unserved, every, 1.0),
        block(at.spilled, every, -1.0),
        *(block(at.there, end, sign) for end, sign in ((first, -1.0), (second, 1.0))),
        *(block(at.back, end, sign) for end, sign in ((first, 1.0), (second, -1.0))),
        block(at.imported, network.sources, 1.0),
        block(at.exported, network.sources, -1.0),
        (above, at.least_import + np.repeat(np.arange(sources), steps), np.ones(above.size)),
        (above, at.imported + np.arange(above.size), -np.ones(above.size)),
        (energy, at.moved + np.arange(energy.size), np.full(energy.size, network.hours)),
    ]
    use = network.net_use.ravel()
    low = np.concatenate([use, np.zeros(above.size), np.full(nodes, -np.inf)])
    high = np.concatenate([use, np.full(above.size, np.inf), network.movable_mwh])
    row, value, weight = (np.concatenate(part) for part in zip(*terms, strict=True))
    return rows_of(row, value, weight, low, high)
