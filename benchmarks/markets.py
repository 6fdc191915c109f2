"""How long the kernels take on matrices like Sweden's, each time beside the limit of the same machine.

Run with `make bench`. Prints medians, the limit (reading the matrix once, at the bandwidth measured), their
ratio, the target, and the machine; then how time and memory grow with the number of places.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.balance import calibrated
from storregion.kernels.estimate import matrix_from_shares
from storregion.kernels.intramax import intramax
from storregion.kernels.markets import centres, euro, shares

Matrix = NDArray[np.float64]
MARKETS: dict[str, Callable[[Matrix], object]] = {
    "centre rule": lambda flows: centres(*shares(flows)),
    "EURO, as documented": euro,
    "EURO, as Istat's program": lambda flows: euro(flows, reaggregate=False),
    "INTRAMAX": intramax,
}
TARGETS = {  # milliseconds, by the number of places
    290: dict.fromkeys(MARKETS, 20.0),
    400: {"EURO, as documented": 150.0, "EURO, as Istat's program": 150.0, "INTRAMAX": 100.0},
}
SIZES = (1000, 2000, 4000, 6000)
LONGEST = 60.0  # seconds; a kernel that takes longer is not tried on more places


def seconds(work: Callable[[], object]) -> float:
    """The time one call takes, by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(work: Callable[[], object], times: int = 9) -> float:
    """The median time of a call, after one that compiles."""
    work()
    return statistics.median(seconds(work) for _ in range(times))


def bandwidth() -> float:
    """Bytes per second that one thread reads from memory."""
    numbers = np.ones(2**25)
    return numbers.nbytes / median(numbers.sum, 5)


def line(what: str, took: float, limit: float, target: float | None = None) -> None:
    """Print one measurement beside its limit and its target."""
    aim = (
        "" if target is None else f"   target {target:>4.0f} ms {'met' if took * 1000 < target else 'MISSED'}"
    )
    print(
        f"{what:<44} {took * 1000:>10.2f} ms   {limit * 1000:>10.3f} ms reading the matrix once   "
        f"×{took / limit:.0f}{aim}"
    )


def kilometres(n: int) -> Matrix:
    """Points as dense as Sweden's municipalities in its southern half: the distance between each two."""
    source = np.random.default_rng(n)
    points = source.random((n, 2)) * 300 * (n / 290) ** 0.5
    apart = np.empty((n, n))
    for at, point in enumerate(points):
        apart[at] = np.hypot(*(points - point).T)
    return apart


def commuting(n: int) -> Matrix:
    """Whole persons between places of very different size, fewer with every kilometre."""
    people = np.random.default_rng(n + 1).lognormal(9, 1, n)
    flows = kilometres(n)
    for at, row in enumerate(flows):
        row[:] = people * np.exp(-row / 12)
        row[at] *= 4
        row[:] = np.rint(row * (people[at] / row.sum()))
    return flows


def kernels(speed: float) -> None:
    """Every kernel on as many places as there are municipalities, and some on more."""
    for n, targets in TARGETS.items():
        flows = commuting(n)
        for name, kernel in MARKETS.items():
            line(
                f"{name}, {n} places",
                median(partial(kernel, flows)),
                flows.nbytes / speed,
                targets.get(name),
            )
    flows, cost = commuting(290), kilometres(290) + 1
    apart = ~np.eye(290, dtype=np.bool_)
    limit = flows.nbytes / speed
    line(
        "calibration, exp, 290 places",
        median(lambda: calibrated(flows, cost, "exp", counted=apart), 3),
        limit,
        500,
    )
    line(
        "calibration, power, 290 places",
        median(lambda: calibrated(flows, cost, "power", counted=apart), 3),
        limit,
        500,
    )
    known = (flows.sum(axis=1), *shares(flows))
    weight = np.exp(-cost / 25)
    line("estimate from shares, 290 places", median(lambda: matrix_from_shares(*known, weight), 5), limit, 20)


def peak() -> float:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    # ru_maxrss would be no less than that of the process which started this one.
    return 1024.0 * int(status.read_text("utf-8").partition("VmHWM:")[2].split()[0])


def once(name: str, n: int) -> None:
    """Print the seconds of one call and the peak memory of this process, in bytes."""
    MARKETS[name](commuting(20))
    flows = commuting(n)
    print(seconds(partial(MARKETS[name], flows)), peak())


def growth(speed: float) -> None:
    """Time and peak memory with more places, each in a process of its own; dense matrices of float64."""
    print("\nplaces  kernel                        seconds   × reading once   peak memory   × the matrix")
    tried = dict.fromkeys(MARKETS, 0.0)
    for n in SIZES:
        for name in MARKETS:
            if tried[name] > LONGEST:
                print(f"{n:>6}  {name:<26} not tried: fewer places took {tried[name]:.0f} s")
                continue
            words = [sys.executable, __file__, name, str(n)]
            found = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            took, held = map(float, found.split())
            tried[name] = took
            size = n * n * 8
            print(
                f"{n:>6}  {name:<26} {took:>10.3f}   {took / (size / speed):>14.0f}   "
                f"{held / 1e6:>8.0f} MB   {held / size:>12.1f}"
            )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        once(sys.argv[1], int(sys.argv[2]))
    else:
        read = bandwidth()
        print(
            f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
            f"memory read at {read / 1e9:.1f} GB/s"
        )
        kernels(read)
        growth(read)
