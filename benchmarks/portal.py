"""How long the main job takes, each time beside the limit that the machine sets in the same run.

Run with `make bench`. Prints medians, the limit, their ratio, and the machine.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COMMAND = [sys.executable, "-m", "storregion"]


def seconds(work: Callable[[], object]) -> float:
    """The time one call takes, by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(*words: str) -> None:
    """Run one command of ours to its end."""
    subprocess.run([*COMMAND, *words], check=True, capture_output=True)


def line(what: str, took: float, limit: float, limited_by: str) -> None:
    """Print one measurement beside its limit."""
    print(
        f"{what:<44} {took * 1000:>10.1f} ms   {limit * 1000:>10.1f} ms {limited_by:<38} ×{took / limit:.1f}"
    )


def builds(store: Path) -> None:
    """A cold build and one with nothing to do, against starting Python with the libraries that both need."""
    imports = "import polars, msgspec, shapely, pyproj, numpy"
    start = statistics.median(
        seconds(lambda: subprocess.run([sys.executable, "-c", imports], check=True)) for _ in range(3)
    )
    cold = seconds(lambda: run("--store", str(store), "build"))
    again = statistics.median(seconds(lambda: run("--store", str(store), "build")) for _ in range(5))
    line("cold build of the bundled group", cold, start, "importing the libraries")
    light = statistics.median(
        seconds(lambda: subprocess.run([sys.executable, "-c", "import polars, msgspec"], check=True))
        for _ in range(5)
    )
    line("second build, nothing to do", again, light, "importing Polars and msgspec")


def bakes(store: Path, folder: Path) -> None:
    """The whole portal in both languages, against writing as many bytes to as many files."""
    bake = ("--store", str(store), "bake", "--to", str(folder))
    took = seconds(lambda: run(*bake))
    files = [path for path in folder.rglob("*") if path.is_file()]
    bodies = [path.read_bytes() for path in files]
    copy = folder.with_name("copy")
    copy.mkdir()

    def write() -> None:
        for at, body in enumerate(bodies):
            (copy / str(at)).write_bytes(body)

    def link() -> None:
        linked = folder.with_name("linked")
        linked.mkdir()
        for at, path in enumerate(files):
            os.link(path, linked / str(at))

    size = sum(map(len, bodies)) / 1e6
    line(f"bake: {len(files)} files, {size:.0f} MB", took, seconds(write), "writing those bytes")
    line("second bake, nothing changed", seconds(lambda: run(*bake)), seconds(link), "linking those files")


if __name__ == "__main__":
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as place:
        builds(Path(place) / "store")
        bakes(Path(place) / "store", Path(place) / "portal")
