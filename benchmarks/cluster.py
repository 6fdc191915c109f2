"""What a cluster costs: 1, 2, 4 and 8 worker processes on one machine against the threads of one process.

Run with `python -m benchmarks.cluster` (not part of `make bench`: it takes minutes). A made group of 88
municipalities is built by threads and by each number of processes, and cells are reached likewise; the
results are compared to the byte. Tasks that do nothing show what one costs by itself. Processor seconds are
of all processes together; more workers than cores cannot be faster.
"""

import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.made import group

from storregion.core.engine import Engine
from storregion.core.workspace import Workspace
from storregion.journeys.cells.call import Call
from storregion.journeys.cells.running import run

SIZE, WORKERS, EMPTY = 88, (1, 2, 4, 8), 500
ORIGINS, PERIOD, BATCH = "localities", "07:00-08:00", 10


@dataclass
class Spent:
    """Seconds by the clock, and of the processor in this process and its children."""

    wall: float = 0.0
    processor: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Measure what is done meanwhile; children count when they have ended."""

    def processor() -> float:
        both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(one.ru_utime + one.ru_stime for one in both)

    found, began, used = Spent(), time.perf_counter(), processor()
    yield found
    found.wall, found.processor = time.perf_counter() - began, processor() - used


def nothing(number: int) -> int:
    """A task that does nothing."""
    return number


def empty_tasks(workers: int) -> tuple[float, float]:
    """Milliseconds by the clock that a task costs when many are there, and one alone."""
    with Engine("dask", workers).pool() as pool:
        for _ in pool.map(nothing, range(8 * workers)):
            pass
        began = time.perf_counter()
        for future in [pool.submit(nothing, number) for number in range(EMPTY)]:
            future.result()
        many = (time.perf_counter() - began) / EMPTY
        began = time.perf_counter()
        for number in range(20):
            pool.submit(nothing, number).result()
    return 1000 * many, 1000 * (time.perf_counter() - began) / 20


def built(home: Path, store: Path, engine: Engine) -> Spent:
    """Build the group whole."""
    with spent() as found:
        Workspace(home, store).build(engine=engine)
    return found


def reached(home: Path, store: Path, to: Path, engine: Engine) -> tuple[Spent, str, int]:
    """Reach from every locality; also the checksum of the values, and the number of tasks."""
    work = Workspace(home, store)
    with spent() as found:
        done = run(work, Call(to, origins=ORIGINS, period=PERIOD, batch=BATCH, engine=engine))
    return found, done.checksum, done.made


def tables(store: Path) -> dict[str, bytes]:
    """The bytes of every table in a store."""
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*.parquet")}


def line(what: str, cost: Spent, tasks: int, alone: Spent) -> None:
    """Print one measurement beside that of threads."""
    more = 1000 * (cost.processor - alone.processor) / tasks
    print(f"{what:<34} {cost.wall:>8.1f} s {cost.processor:>10.1f} s {more:>12.0f} ms")


def builds(home: Path, folder: Path, engines: list[Engine]) -> None:
    """Build by each engine, the first of which is threads, and compare the tables' bytes."""
    alone, whole = Spent(), dict[str, bytes]()
    for engine in engines:
        store = folder / f"{engine.kind}-{engine.workers}"
        cost = built(home, store, engine)
        if not whole:
            alone, whole = cost, tables(store)
        line(f"build, {engine.workers} {said(engine)}", cost, len(whole), alone)
        others = [name for name, body in tables(store).items() if whole.get(name) != body]
        if others:
            print(f"  {len(others)} tables with other bytes than those of threads, as {min(others)}")


def reaches(home: Path, folder: Path, engines: list[Engine]) -> None:
    """Reach from every locality by each engine, the first of which is threads, and compare the values."""
    store = folder / f"{engines[0].kind}-{engines[0].workers}"
    # The first compiles kernels and keeps the network.
    reached(home, store, folder / "first.parquet", engines[0])
    alone, same = Spent(), ""
    for engine in engines:
        to = folder / f"{engine.kind}-{engine.workers}.parquet"
        cost, checksum, parts = reached(home, store, to, engine)
        if not same:
            alone, same = cost, checksum
        line(f"reach in {parts} parts, {engine.workers} {said(engine)}", cost, parts, alone)
        if checksum != same:
            raise SystemExit("a cluster reached other cells than threads")


def said(engine: Engine) -> str:
    """What an engine's workers are."""
    return "processes" if engine.far else "threads"


def main() -> int:
    """Measure and print."""
    cores = os.cpu_count() or 1
    print(f"{platform.machine()}, {cores} cores, Python {platform.python_version()}, ", end="")
    print(f"load {os.getloadavg()[0]:.1f}; beyond {cores} workers nothing can be faster here")
    for workers in WORKERS:
        many, one = empty_tasks(workers)
        print(f"{workers} workers: an empty task {many:.1f} ms when many wait, {one:.1f} ms alone")
    threads = Engine(workers=min(2, cores))
    engines = [threads, *(replace(threads, kind="dask", workers=workers) for workers in WORKERS)]
    print(f"{'':<34} {'by the clock':>10} {'processor':>12} {'more per task':>15}")
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        home = group.write(SIZE, folder)
        sys.path.insert(0, str(folder / "packages"))
        builds(home, folder, engines)
        reaches(home, folder, engines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
