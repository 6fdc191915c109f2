"""How long bounds take for as many cells as Sweden has: 290 municipalities, 8 sectors, 12 years.

Run with `make bench`. Made figures with every seventh cell and every tenth total of a municipality
suppressed. Prints the seconds that one sum at a time takes, and all sums together, and how many cells the
latter narrows.
"""

import time

import numpy as np

from storregion.kernels.bounds import Floats, Marks, Sum, bounds
from storregion.kernels.crossed_bounds import tightest

MUNICIPALITIES, COUNTIES, SECTORS, YEARS = 290, 21, 8, 12
TARGET = 10.0  # seconds


def made() -> tuple[Floats, Marks, list[Sum]]:
    """Cells by place and sector (the last is the total) and year, what is suppressed, and the sums."""
    random = np.random.default_rng(1)
    county = np.arange(MUNICIPALITIES) * COUNTIES // MUNICIPALITIES
    small = np.round(random.lognormal(10, 1.3, (MUNICIPALITIES, SECTORS, YEARS)))
    counties = np.stack([small[county == at].sum(axis=0) for at in range(COUNTIES)])
    cells = np.concatenate([counties.sum(axis=0)[np.newaxis], counties, small])
    cells = np.concatenate([cells, cells.sum(axis=1)[:, np.newaxis]], axis=1)
    hidden = np.zeros(cells.shape, bool)
    first = 1 + COUNTIES
    hidden[first:, :SECTORS] = random.random(small.shape) < 1 / 7
    hidden[first:, SECTORS] = random.random((MUNICIPALITIES, YEARS)) < 1 / 10
    row = np.arange(cells.shape[0] * cells.shape[1]).reshape(cells.shape[:2])
    sums = [Sum(int(row[0, at]), row[1:first, at]) for at in range(SECTORS + 1)]
    for one in range(COUNTIES):
        parts = first + np.flatnonzero(county == one)
        sums += [Sum(int(row[1 + one, at]), row[parts, at]) for at in range(SECTORS + 1)]
    sums += [Sum(int(line[SECTORS]), line[:SECTORS]) for line in row]
    return cells.reshape(-1, YEARS), hidden.reshape(-1, YEARS), sums


def main() -> None:
    """Print what both ways take."""
    cells, hidden, sums = made()
    low = np.where(hidden, 0.0, np.maximum(cells - 0.5, 0.0))
    high = np.where(hidden, np.inf, cells + 0.5)
    start = time.perf_counter()
    found = bounds(low, high, sums)
    between = time.perf_counter()
    tight = tightest(found, sums, hidden)
    took = time.perf_counter() - between
    narrowed = int(((tight.low > found.low + 0.5) | (tight.high < found.high - 0.5)).sum())
    print(f"{int(hidden.sum())} cells suppressed of {hidden.size}")
    print(f"one sum at a time: {between - start:.2f} s")
    print(f"all together: {took:.2f} s; target {TARGET:.0f} s; {narrowed} cells narrowed")


if __name__ == "__main__":
    main()
