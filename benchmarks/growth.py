"""How cost grows with the number of municipalities: build, pages, bake and memory of made groups.

Run with `python -m benchmarks.growth`, or with `make bench`: 88 and 290 municipalities. `--all` adds 1 000
and 3 000; `--sizes` takes others that are sums of whole made counties (see `made.group`). `--timings` prints
the ten steps with the worst exponents. All times are of the processor, in a process that runs one step at a
time with compiled kernels. The exponent between two sizes is log(cost₂ / cost₁) / log(size₂ / size₁): 1 is
linear. Each size has processes of its own, with limits on memory and time; what the machine has no room for
is left out with the reason.
"""

import argparse
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks.made import group

from storregion.core.engine import Engine
from storregion.core.pipeline import Build
from storregion.core.workspace import Workspace
from storregion.kernels.warming import warmed

SHORT, WHOLE = (88, 290), (88, 290, 1000, 3000)
SAMPLE = 4
"""Pages of each family that are baked, after one that is not measured; the rest is taken to cost as much."""
TOO_SMALL = 0.2
"""Seconds; an exponent of what takes less in the larger group says more of the machine than of the step."""
LINEAR = 1.2
UNITS = {"s": "{:.2f} s", "ms": "{:.0f} ms", "MB": "{:.0f} MB", "": "{:.0f}"}
Figures = dict[str, float]


def measured_build(folder: Path) -> tuple[Figures, Figures]:
    """Build a group whole, a step at a time; returns the measures, and the seconds of each table."""
    for _ in warmed():
        pass
    work = Workspace(folder / "group", folder / "store")
    run = Build(work.steps, work.planned, work.group, work.raws, work.store, Engine(workers=1))
    steps: Figures = {}
    last = began = time.process_time()

    def note(table: str, done: int, of: int) -> None:
        nonlocal last
        now = time.process_time()
        steps[table], last = now - last, now

    run.run(run.due(work.steps), note)
    spent = time.process_time() - began
    work.build()
    return {"build, s": spent, "memory of the build, MB": peak()}, steps


def measured_pages(folder: Path) -> tuple[Figures, Figures]:
    """Make pages of a built group; returns the measures, and the seconds of all pages of each family."""
    from storregion.publish.portal import open_site

    work = Workspace(folder / "group", folder / "store", as_built=True)
    site = open_site(work, reports=False)
    families = defaultdict(list)
    for address in site.makers:
        families[family(address)].append(address)
    began = time.process_time()
    found: Figures = {}
    for name, addresses in families.items():
        first, *others = addresses[:: max(1, len(addresses) // SAMPLE)][: SAMPLE + 1]
        warm = spent(site, first)
        found[name] = len(addresses) * statistics.mean([spent(site, one) for one in others] or [warm])
    sampled = time.process_time() - began
    tables = sorted(families["data/…"])
    places = [address for address in families["place/…"] if len(address.strip("/").split("/")[-1]) == 4]
    return {
        "pages in a language": len(site.makers),
        "one place page, ms": 1000 * statistics.median(html(site, one) for one in places[5:55:10]),
        "one table page, ms": 1000 * statistics.median(html(site, one) for one in tables[5::40]),
        "bake of a language, by the sample, s": sum(found.values()),
        "baking the sample, s": sampled,
        "memory of the pages, MB": peak(),
    }, found


def family(address: str) -> str:
    """The kind of page: how deep it lies, and what its address begins with; of studies the whole."""
    first, *rest = address.strip("/").split("/")
    if first == "study":
        return address.strip("/")
    if len(rest) > 2:
        first, rest = f"{first}/{rest[0]}", rest[1:]
    return "/".join([first, *("…" for _ in rest)])


def spent(site: object, address: str) -> float:
    """Seconds that a page takes with all its files."""
    began = time.process_time()
    for path in site.files("sv", address):  # type: ignore[attr-defined]
        site.answer(path)  # type: ignore[attr-defined]
    return time.process_time() - began


def html(site: object, address: str) -> float:
    """Seconds that a page takes alone."""
    began = time.process_time()
    site.html("sv", address)  # type: ignore[attr-defined]
    return time.process_time() - began


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PHASES = {"build": measured_build, "pages": measured_pages}


def of_size(size: int, limits: argparse.Namespace) -> dict[str, tuple[Figures, Figures]] | str:
    """What each phase measures, in a process of its own; or why it was left out."""
    if (reason := no_room(size, limits)) is not None:
        return reason
    found = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        group.write(size, folder)
        paths = [str(folder / "packages"), os.environ.get("PYTHONPATH", "")]
        said = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        for phase in PHASES:
            command = [sys.executable, "-m", "benchmarks.growth", "--phase", phase, "--folder", place]
            command += ["--memory", str(limits.memory)]
            try:
                done = subprocess.run(
                    command,
                    env=said,
                    capture_output=True,
                    text=True,
                    timeout=limits.minutes * 60,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return f"{phase} was not done in {limits.minutes} minutes"
            if done.returncode:
                return f"{phase} failed: {done.stderr.strip()[-600:]}"
            found[phase] = tuple(json.loads(done.stdout.splitlines()[-1]))
    return found


def no_room(size: int, limits: argparse.Namespace) -> str | None:
    """Why the machine is too small or too busy for a size; None where it is not."""
    if size <= max(SHORT):
        return None
    room = {line.split(":")[0]: line.split()[1] for line in Path("/proc/meminfo").read_text().splitlines()}
    free = int(room["MemAvailable"]) / 1024**2
    if free < limits.memory:
        return f"{free:.1f} GB of memory are free, {limits.memory:.0f} are wanted"
    busy, cores = os.getloadavg()[0], os.cpu_count() or 1
    return f"a load of {busy:.1f} on {cores} cores" if busy > limits.load * cores else None


def exponent(sizes: tuple[int, int], costs: tuple[float, float]) -> float | None:
    """How a cost grows between two sizes; None where it is too small to say."""
    if min(costs) <= 0:
        return None
    return math.log(costs[1] / costs[0]) / math.log(sizes[1] / sizes[0])


def lines(found: Mapping[int, dict[str, tuple[Figures, Figures]]]) -> Iterator[str]:
    """Every measure at every size, with the exponent since the size before."""
    sizes = list(found)
    yield f"{'':<38}" + "".join(f"{size:>22}" for size in sizes)
    for phase in PHASES:
        for name in found[sizes[0]][phase][0]:
            unit = name.rpartition(", ")[2] if name.endswith((" s", " ms", " MB")) else ""
            costs = [found[size][phase][0][name] for size in sizes]
            grown = [None, *(exponent(s, c) for s, c in zip(pairwise(sizes), pairwise(costs), strict=True))]
            cells = [
                UNITS[unit].format(cost) + (f"  n^{power:.2f}" if power is not None else "")
                for cost, power in zip(costs, grown, strict=True)
            ]
            yield f"{name:<38}" + "".join(f"{cell:>22}" for cell in cells)


def worst(found: Mapping[int, dict[str, tuple[Figures, Figures]]], phase: str, most: int) -> Iterator[str]:
    """The parts of a phase with the worst exponents between the two largest sizes."""
    *_, small, large = found
    ranked = []
    for name, cost in found[large][phase][1].items():
        before = found[small][phase][1].get(name, 0.0)
        power = exponent((small, large), (before, cost))
        if power is not None and cost >= TOO_SMALL:
            ranked.append((power, name, before, cost))
    for power, name, before, cost in sorted(ranked, reverse=True)[:most]:
        above = "" if power <= LINEAR else "  above n·log n"
        yield f"  {name:<36} {before:>9.2f} s {cost:>9.2f} s   n^{power:.2f}{above}"


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--all", action="store_true", help="also 1 000 and 3 000 municipalities")
    asked.add_argument("--sizes", type=int, nargs="+")
    asked.add_argument("--timings", action="store_true", help="the steps and pages with the worst exponents")
    asked.add_argument("--memory", type=float, default=8.0, help="GB that a process may have")
    asked.add_argument("--minutes", type=float, default=30.0, help="that a process may take")
    asked.add_argument("--load", type=float, default=3.0, help="a core's load above which large sizes wait")
    asked.add_argument("--phase", choices=PHASES, help=argparse.SUPPRESS)
    asked.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = asked.parse_args(words)
    if chosen.phase:
        most = int(chosen.memory * 1024**3)
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        print(json.dumps(PHASES[chosen.phase](chosen.folder)))
        return 0
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    found = {}
    for size in chosen.sizes or (WHOLE if chosen.all else SHORT):
        figures = of_size(size, chosen)
        if isinstance(figures, str):
            print(f"{size} municipalities left out: {figures}")
        else:
            found[size] = figures
    if not found:
        return 1
    print("\n".join(lines(found)))
    if chosen.timings and len(found) > 1:
        for phase, what in (("build", "tables"), ("pages", "families of pages")):
            print(f"{what} that grow most, from {list(found)[-2]} to {list(found)[-1]}:")
            print("\n".join(worst(found, phase, 10)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
