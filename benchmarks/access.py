"""How long it takes to reach a whole region by timetable, each time beside the limit of the same machine.

Run with `make bench`. The timetable is a made one of seven Swedish counties on a weekday, built by a tool of
the shared folder (STORREGION_SHARED, else ../shared); without it nothing is measured, and that is said.
Prints the best of several runs, the bytes that must at least be moved at the bandwidth measured, their
ratio, the target, and where there is one the time of the prototype, measured once on another machine of two
cores. `python benchmarks/access.py whole` runs the real command over all cells, once on each
number of threads, which takes minutes.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.geodesy import projected
from storregion.core.workspace import Workspace
from storregion.journeys.cells import inputs
from storregion.journeys.cells.call import Call, Feed
from storregion.journeys.cells.job import Job
from storregion.kernels import raptor, rounds, scan, travel
from storregion.kernels.calls import Calls, calls
from storregion.kernels.network import Network, network
from storregion.kernels.walking import Links, nearest_stops, walking_links
from storregion.sources import gtfs

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("STORREGION_SHARED") or ROOT.parent / "shared")
TOOL = SHARED / "tools" / "make_synthetic_oms_feed.py"
PLACES = SHARED / "figures" / "localities_2020.csv"
FEED = Path(tempfile.gettempdir()) / "storregion-made-feed"
ARRAYS = FEED / "arrays.npz"
ZIP = FEED / "made.zip"
GRID = FEED / "cells.csv"
STORE = FEED / "store"
DAY = date(2026, 10, 14)
PERIOD = "07:00-08:00"
SAMPLE = 600

START = 7 * 3600
CUTOFF = 7200
WALK = 300.0  # metres as the crow flies between rides
REACH = 1000.0  # metres as the crow flies to the first stop and from the last
FAR = 3000.0  # metres as the crow flies from the last stop to a place that stands off the made lines
CELLS = 22_753
STOCKHOLM = (18.07, 59.33)
UPPSALA = (17.645, 59.858)


class Day(NamedTuple):
    """A made day and what surrounds it."""

    made: Calls
    stops: NDArray[np.float64]
    cells: NDArray[np.float64]


def plane(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres from a point in the middle of the region, near enough for a benchmark."""
    return np.column_stack([(lon - 16.5) * 111_320 * np.cos(np.radians(59.3)), (lat - 59.3) * 110_540])


def seconds_of(column: str) -> pl.Expr:
    """Seconds of HH:MM:SS."""
    parts = pl.col(column).str.split_exact(":", 2).struct
    return sum((parts[at].cast(pl.Int32) * 60 ** (2 - at) for at in range(3)), pl.lit(0)).cast(pl.Int32)


def prepare() -> None:
    """Keep the feed as arrays: calls, stops and one-kilometre cells around them."""
    rows = pl.read_csv(FEED / "stop_times.txt").select(
        pl.col("trip_id").str.slice(1).cast(pl.Int64),
        pl.col("stop_id"),
        seconds_of("arrival_time").alias("arrival"),
        seconds_of("departure_time").alias("departure"),
    )
    used, index = np.unique(rows["stop_id"].to_numpy(), return_inverse=True)
    table = pl.read_csv(FEED / "stops.txt").sort("stop_id")
    at = np.searchsorted(table["stop_id"].to_numpy(), used)
    stops = plane(table["stop_lon"].to_numpy(), table["stop_lat"].to_numpy())[at]
    around = np.floor(stops / 1000)
    near = np.concatenate([around + np.array((dx, dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
    cells = np.unique(near, axis=0)
    chosen = np.random.default_rng(0).choice(len(cells), min(CELLS, len(cells)), replace=False)
    made = calls(*(rows["trip_id"], index.astype(np.int32), rows["arrival"], rows["departure"]))
    np.savez(ARRAYS, *made, stops=stops, cells=cells[np.sort(chosen)] * 1000 + 500)


def read() -> Day:
    """The day, read from the feed by another process, whose memory does not count."""
    if not ARRAYS.exists():
        subprocess.run([sys.executable, __file__, "prepare"], check=True)
    with np.load(ARRAYS) as kept:
        return Day(Calls(*(kept[f"arr_{at}"] for at in range(6))), kept["stops"], kept["cells"])


def best(work: Callable[[], object], times: int = 9) -> float:
    """The shortest time of several calls, for others use the machine too."""
    work()
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def spent(work: Callable[[], object], times: int) -> tuple[float, float]:
    """The least seconds of several calls by the clock, and by all processors together."""
    found, used = [], []
    for _ in range(times):
        start, before = time.perf_counter(), time.process_time()
        work()
        found.append(time.perf_counter() - start)
        used.append(time.process_time() - before)
    return min(found), min(used)


def speed_up(one: tuple[float, float], two: tuple[float, float]) -> str:
    """How much sooner two threads are by the clock, and at most where both have a core of their own."""
    ratio, possible = one[0] / two[0], 2 * one[1] / two[1]
    met = "met" if ratio >= 1.9 else "MISSED"
    return (
        f"×{ratio:.2f}, target ×1.9 {met}; processor seconds {one[1]:.2f} and {two[1]:.2f}, so "
        f"that two idle cores give ×{min(possible, 2):.2f} at most"
    )


def bandwidth() -> float:
    """Bytes per second that one thread reads from memory."""
    numbers = np.ones(2**25)
    return numbers.nbytes / best(numbers.sum, 5)


PROTOTYPE = {"scan": 17.0, "raptor": 48.0, "cells": 22.5}
"""Milliseconds of the prototype for the same tasks, on its own machine."""


def line(
    what: str, took: float, floor: float, target: float | None = None, prototype: str | None = None
) -> None:
    """Print one measurement beside its floor, its target and the prototype, in milliseconds."""
    aim = "" if target is None else f"target {target:>5.0f} ms {'met' if took * 1000 <= target else 'MISSED'}"
    before = "" if prototype is None else f"  prototype {PROTOTYPE[prototype]:.1f} ms elsewhere"
    print(
        f"{what:<58} {took * 1000:>9.2f} ms  floor {floor * 1000:>7.2f} ms  ×{took / floor:<6.0f} "
        f"{aim}{before}"
    )


def moved(*arrays: NDArray[np.generic]) -> int:
    """Bytes of arrays."""
    return sum(array.nbytes for array in arrays)


def peak() -> float:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status").read_text("utf-8")
    return 1024.0 * int(status.partition("VmHWM:")[2].split()[0])


def building(day: Day, walks: Links, change: NDArray[np.int32], speed: float) -> Network:
    """Build the timetable, and edit one line of it."""
    made = network(day.made, walks, change)
    line("build the timetable", best(lambda: network(day.made, walks, change), 3),
         moved(*made.forward, *made.backward, *day.made) / speed, 1000)  # fmt: skip
    return made


def searching(day: Day, made: Network, speed: float) -> Callable[[int], travel.Travel]:
    """One origin, forward, backward and by RAPTOR; then to every cell."""
    home = nearest_stops(plane(*np.array(STOCKHOLM)[:, None]), day.stops, REACH)
    place = (home.stop, home.seconds)
    forward = partial(scan.arrivals, made, *place, START, cutoff=CUTOFF)
    first, last = np.searchsorted(made.forward.time, [START, START + 59 * 60 + CUTOFF])
    floor = (20 * (last - first) + moved(*forward())) / speed
    line(f"60 departures to {made.stops} stops, {last - first} hops", best(forward), floor, 20, "scan")
    backward = partial(scan.departures, made, *place, START + 3600 + CUTOFF, cutoff=CUTOFF)
    line("60 arrivals from every stop", best(backward), floor, 20)
    ridden = partial(rounds.rraptor, made, *place, START, cutoff=CUTOFF)
    line("the same departures with the fewest rides, by RAPTOR", best(ridden), floor, 60, "raptor")
    goal = nearest_stops(plane(*np.array(UPPSALA)[:, None]), day.stops, FAR)
    travellers = partial(raptor.journeys, made, *place, goal, START, START + 7200)
    line("journeys of two hours to one place", best(travellers, 3), floor)
    egress = nearest_stops(day.cells, day.stops, REACH)
    nobody = np.full(len(day.cells), -1, np.int32)

    def work(cell: int) -> travel.Travel:
        span = slice(egress.first[cell], egress.first[cell + 1])
        return travel.reach(
            made, egress.stop[span], egress.seconds[span], egress, nobody, START, cutoff=CUTOFF,
            cutoffs=(1800, 2700, 3600, 5400),
        )  # fmt: skip

    line(f"to {len(day.cells)} cells: percentiles and shares",
         best(lambda: travel.reach(made, *place, egress, nobody, START, cutoff=CUTOFF)),
         floor + moved(*egress) / speed, 25, "cells")  # fmt: skip
    return work


def threads(day: Day, work: Callable[[int], travel.Travel]) -> None:
    """Many origins on one thread and on two."""
    origins = np.random.default_rng(1).choice(len(day.cells), 60, replace=False).tolist()
    work(origins[0])
    one, two = (spent(partial(travel.over, work, origins, count), 3) for count in (1, 2))
    print(f"60 origins to all cells: {one[0] / 60 * 1000:.1f} ms each on one thread, "
          f"{two[0] / 60 * 1000:.1f} on two: {speed_up(one, two)}")  # fmt: skip


def zipped() -> None:
    """Keep the feed as one zip, and cells around its stops as the command reads them."""
    if not ZIP.exists():
        with zipfile.ZipFile(ZIP, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(FEED.glob("*.txt")):
                archive.write(path, path.name)
    if not GRID.exists():
        used = pl.scan_csv(FEED / "stop_times.txt").select(pl.col("stop_id").unique()).collect()
        table = pl.read_csv(FEED / "stops.txt").join(used, on="stop_id", how="semi")
        places = table.select(longitude="stop_lon", latitude="stop_lat")
        around = np.floor(np.column_stack(projected(places)) / 1000)
        near = np.concatenate([around + np.array((dx, dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1)])
        cells = np.unique(near, axis=0).astype(int)
        kept = np.sort(np.random.default_rng(0).choice(len(cells), min(CELLS, len(cells)), replace=False))
        home = Workspace().table("municipalities")["municipality"][0]
        rows = [
            (f"{x}_{y}", home, 1000 * x + 500, 1000 * y + 500, 10 + (7 * x + 13 * y) % 90, "assumed")
            for x, y in cells[kept].tolist()
        ]
        names = ["cell", "municipality", "east", "north", "residents", "basis"]
        pl.DataFrame(rows, schema=names, orient="row").write_csv(GRID)


def loaded() -> Job:
    """The job of the command over the made feed, its network read or mapped."""
    facts = inputs.gathered(
        Workspace(None, STORE), Call(ZIP, feed=Feed(ZIP, gtfs.read), day=DAY, grid=GRID, period=PERIOD)
    )
    return inputs.job(STORE, facts, 2, 0)[1]


def first_answer() -> None:
    """In a fresh process: print the seconds to the job, to the first answer, and the peak in bytes."""
    facts = inputs.gathered(
        Workspace(None, STORE), Call(ZIP, feed=Feed(ZIP, gtfs.read), day=DAY, grid=GRID, period=PERIOD)
    )
    start = time.perf_counter()
    job = inputs.job(STORE, facts, 2, 0)[1]
    took = time.perf_counter() - start
    job.reached(0, 1)
    print(took, peak())


def fresh(what: str, target: float, most: float) -> None:
    """A fresh process: how long the timetable takes, and the first answer."""
    start = time.perf_counter()
    words = [sys.executable, __file__, "first"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    first, took = time.perf_counter() - start, float(shown[0])
    print(
        f"{what}: {took:.2f} s, target {target:.0f} s {'met' if took < target else 'MISSED'}; first answer "
        f"of a fresh process: {first:.2f} s, target {most:.0f} s {'met' if first < most else 'MISSED'}; "
        f"peak {float(shown[1]) / 1e6:.0f} MB, target 1000 MB {'met' if float(shown[1]) < 1e9 else 'MISSED'}"
    )


def at_scale() -> None:
    """The command's own work: loading, and some of its origins on one thread and on two."""
    zipped()
    Workspace(None, STORE).table("cells")
    shutil.rmtree(STORE / "networks", ignore_errors=True)
    fresh("timetable from its zip", 10, 15)
    fresh("timetable kept in the store", 1, 2)
    job = loaded()
    total = len(job.codes)
    chosen = np.sort(np.random.default_rng(1).choice(total, SAMPLE, replace=False))
    part = replace(job, codes=tuple(job.codes[at] for at in chosen), points=job.points[chosen]).ready()
    part.reached(0, 1, 1)
    one, two = (spent(partial(part.reached, 0, SAMPLE, count), 2) for count in (1, 2))
    print(
        f"{SAMPLE} of {total} cells as origins, {PERIOD}: {SAMPLE / one[0]:.1f} a second on one thread, "
        f"{SAMPLE / two[0]:.1f} on two: {speed_up(one, two)}; all of them in "
        f"{total * one[0] / SAMPLE / 60:.1f} and {total * two[0] / SAMPLE / 60:.1f} minutes"
    )


def whole() -> None:
    """The real command over all cells, on one thread and on two."""
    zipped()
    for count in (1, 2):
        target = FEED / f"access-{count}.parquet"
        target.unlink(missing_ok=True)
        words = (
            f"--store {STORE} access --feed {ZIP} --day {DAY} --grid {GRID} --period {PERIOD} --to {target}"
        )
        start = time.perf_counter()
        command = [sys.executable, "-m", "storregion", *words.split(), "--workers", str(count)]
        shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(f"{count} threads: {time.perf_counter() - start:.0f} s; {' '.join(shown.split())}")


def cold() -> None:
    """Print how long a fresh process takes to its first answer, kernels kept."""
    words = [sys.executable, "-c", "from storregion.kernels.travel import warmup; warmup()"]
    took = best(lambda: subprocess.run(words, check=True), 3)
    print(f"a fresh process, all kernels loaded and used: {took:.2f} s, target 2 s "
          f"{'met' if took < 2 else 'MISSED'}")  # fmt: skip


def main() -> None:
    """Measure all, or say why not."""
    if not (TOOL.exists() and PLACES.exists()):
        print(
            f"no timetable to measure with: {TOOL} and {PLACES} are needed; STORREGION_SHARED names "
            "their folder"
        )
        return
    if not (FEED / "stop_times.txt").exists():
        done = subprocess.run(["python3", TOOL, FEED, PLACES], capture_output=True, text=True)
        if done.returncode:
            print(f"no timetable to measure with: {done.stderr.strip().splitlines()[-1]}")
            return
    travel.warmup()
    speed = bandwidth()
    day = read()
    walks = walking_links(day.stops, WALK)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, memory read at "
        f"{speed / 1e9:.1f} GB/s; {len(np.unique(day.made.trip))} trips, {len(day.made.trip)} calls, "
        f"{len(walks.stop)} walking links of at most {WALK:.0f} m; cutoff {CUTOFF // 60} min"
    )
    made = building(day, walks, np.zeros(len(day.stops), np.int32), speed)
    work = searching(day, made, speed)
    threads(day, work)
    cold()
    at_scale()
    print(f"peak memory {peak() / 1e6:.0f} MB, target 1000 MB {'met' if peak() < 1e9 else 'MISSED'}")


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    elif sys.argv[1:] == ["first"]:
        first_answer()
    elif sys.argv[1:] == ["whole"]:
        whole()
    else:
        main()
