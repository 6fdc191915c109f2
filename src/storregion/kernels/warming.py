"""Every compiled kernel, by family: compiled, or loaded where it is kept, by a first small use."""

from collections.abc import Callable, Iterator
from time import perf_counter

import numpy as np

from storregion.kernels import (
    calls,
    cohorts,
    estimate,
    intramax,
    markets,
    network,
    profiles,
    tally,
    travel,
    walking,
    windows,
)


def warmed() -> Iterator[tuple[str, float]]:
    """Warm the families one after another; after each, its name and the seconds it took."""
    for name, warm in FAMILIES.items():
        began = perf_counter()
        warm()
        yield name, perf_counter() - began


def _estimate() -> None:
    share = np.array([0.2, 0.2])
    estimate.matrix_from_shares(np.array([10.0, 10.0]), share, share, np.array([1, 0]), np.ones((2, 2)))


def _markets() -> None:
    flows = np.array([[8.0, 2.0], [2.0, 8.0]])
    markets.euro(flows)
    intramax.intramax(flows)


def _places() -> None:
    line = calls.calls([0, 0], [0, 1], [0, 600], [0, 600])
    made = network.network(line, walking.walking_links([[0.0, 0.0], [9000.0, 0.0]], 1.0), [0, 0])
    ends = walking.Links(np.array([0, 1]), np.zeros(1, np.int32), np.zeros(1, np.int32))
    kept = profiles.profiles(made, ends, ends, np.full((1, 1), np.inf), profiles.Sought(0, 1, 60, 900))
    windows.summaries(kept.begin, kept.end, kept.times, kept.rides, np.array([[0, 60]]), 0.0, np.array([50]))


def _tally() -> None:
    tally.tally(np.zeros(1, np.uint16), np.ones(1), (0,))


def _cohorts() -> None:
    one = np.ones((1, 2, 3))
    rates = cohorts.Rates(one, np.ones((1, 3)), one, one, one, one)
    path = np.ones((1, 1))
    cohorts.simulated(one, [rates], cohorts.Shocks(path, path, path, np.ones((1, 1, 1))), workers=1)


FAMILIES: dict[str, Callable[[], None]] = {
    "journeys and travel times": travel.warmup,
    "journeys between places": _places,
    "what is within reach": _tally,
    "flows from shares": _estimate,
    "labour markets": _markets,
    "people by age": _cohorts,
}
