"""How long the balance of power takes: ten nodes, an hourly fortnight and a year in steps of three hours.

Run with `make bench`. Made use and generation. Prints seconds beside the target of the fortnight.
"""

import time

import numpy as np

from storregion.kernels.dispatch import Network, dispatched

COUNTIES, TARGET = 8, 2.0  # counties; seconds for the fortnight


def made(steps: int, hours: float) -> Network:
    """Counties linked with two zones that a border joins; one county's link is too small at the peak."""
    random = np.random.default_rng(1)
    day = 1 + 0.2 * np.sin(np.arange(steps) * hours / 24 * 2 * np.pi)
    use = random.uniform(100, 2500, (COUNTIES, 1)) * (day + 0.05 * random.random((COUNTIES, steps)))
    net = np.zeros((COUNTIES + 2, steps))
    net[:COUNTIES] = use - random.uniform(0, 1500, (COUNTIES, 1))
    power = np.zeros(COUNTIES + 2)
    power[:COUNTIES] = random.uniform(20, 300, COUNTIES)
    inside = [[COUNTIES if at == 0 else COUNTIES + 1, at] for at in range(COUNTIES)]
    ends = np.array([[COUNTIES, COUNTIES + 1], *inside], np.int64)
    limits = np.full(len(ends), np.inf)
    limits[0] = 7300.0
    limits[1] = np.quantile(np.maximum(net[0], 0), 0.95) + 1
    sources = np.array([COUNTIES, COUNTIES + 1], np.int64)
    return Network(net, power, power * steps * hours * 0.4, ends, limits, sources, hours)


def main() -> None:
    """Print what both spans take."""
    for name, steps, hours in (("fortnight", 336, 1.0), ("year", 2928, 3.0)):
        network = made(steps, hours)
        start = time.perf_counter()
        found = dispatched(network)
        took = time.perf_counter() - start
        target = f"; target {TARGET:.0f} s" if name == "fortnight" else ""
        print(f"{name}: {took:.2f} s{target}; least import {found.least_import.sum():.0f} MW")


if __name__ == "__main__":
    main()
