"""Fetch a million cells from a publisher on this machine: calls, seconds, memory.

Run from the project's folder with ``python -m benchmarks.fetch``. The publisher takes 30 calls of 150 000
cells in 10 seconds, as Statistics Sweden does. Printed are the calls, the time beside the estimate that
``--dry-run`` gives, and the most memory that the fetching process held. Then 1.54 million cells, which make
a file larger than is read, must be refused before any of them is asked for.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from tests.fetch.faithful import Publisher, Table, Variable

from storregion.core import group

TARGET = """
publisher = "scb"
file = "statistics_migration.csv"
title_sv = "En miljon celler"
title_en = "A million cells"
with_reasons = true
[columns]
statistic = { constant = "migration" }
area = { dimension = "Region" }
period = { dimension = "Tid" }
sex = { dimension = "Kon", words = { 1 = "men", 2 = "women", "1+2" = "total" } }
age = { constant = "total" }
category = { dimension = "Klass" }
measure = { constant = "persons" }
value = { cells = true }
[[tables]]
id = "TAB1"
[tables.select]
Region = ["*"]
Kon = ["*"]
Klass = ["*"]
Tid = ["*"]
"""


MOST_MEMORY = 650
"""Megabytes that the fetch of a million cells may hold; docs/how-to/fetch.md states it."""
MOST_TIMES = 2.0
"""How far the time may be from the estimate, either way."""


def serve(classes: int = 43) -> Publisher:
    """A table of 312 areas, 3 sexes, 43 classes and 25 years: 1 006 200 cells."""
    figures = group.bundled() / "figures"
    municipalities = pl.read_csv(figures / "municipalities.csv", infer_schema=False)["municipality"]
    counties = pl.read_csv(figures / "counties.csv", infer_schema=False)["county"]
    publisher = Publisher(cells=150_000, calls=30, seconds=10.0)
    variables = [
        Variable("Region", ["00", *counties, *municipalities]),
        Variable("Kon", ["1", "2", "1+2"]),
        Variable("Klass", [f"K{number:02}" for number in range(classes)]),
        Variable("Tid", [str(year) for year in range(2000, 2025)], time=True),
    ]
    publisher.add(Table("TAB1", variables, lambda codes: int(codes[0]) * 7 % 5003 + int(codes[3])))
    return publisher


def run(folder: Path, *words: str, code: int = 0) -> tuple[float, str]:
    """One command in a process of its own: its seconds and what it says."""
    call = [sys.executable, "-m", "storregion", "--group", str(folder), "--store", str(folder / "store")]
    began = time.monotonic()
    done = subprocess.run(
        [*call, "fetch", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "STORREGION_STORE": str(folder / "cache")},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return time.monotonic() - began, done.stdout + done.stderr


def prepared(place: str, publisher: Publisher) -> Path:
    """A copy of the bundled group with the one target."""
    folder = Path(place, "group")
    shutil.copytree(group.bundled(), folder, ignore=shutil.ignore_patterns("fetch", "fetched"))
    (folder / "fetch").mkdir()
    (folder / "fetch" / "publishers.toml").write_text(
        f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{publisher.address}"\nlicence = "CC0 1.0"\n'
        "calls = 30\nseconds = 10.0\nprivate = true\nplain = true\n"
    )
    (folder / "fetch" / "million.toml").write_text(TARGET)
    return folder


def million() -> None:
    """Fetch a million cells, and print what it took."""
    publisher = serve()
    with tempfile.TemporaryDirectory() as place:
        folder = prepared(place, publisher)
        _, found = run(folder, "--dry-run")
        print(found.strip())
        said = re.search(r"about (\d+) seconds", found)
        assert said is not None, found
        estimate = float(said[1])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds, found = run(folder)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        worked = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        rows = pl.scan_csv(folder / "fetched" / "statistics_migration.csv").select(pl.len()).collect().item()
        calls = len(publisher.asked("/data"))
        raw = sum(path.stat().st_size for path in (folder / "fetched" / "raw").iterdir())
        print(f"{rows} rows from {calls} calls of figures, {raw / 1e6:.1f} MB kept")
        fits = estimate / MOST_TIMES <= seconds <= estimate * MOST_TIMES
        print(
            f"time {seconds:.1f} s ({worked:.1f} s of them at work), estimate {estimate:.0f} s, "
            f"target within ×{MOST_TIMES:.0f} {'met' if fits else 'MISSED'}"
        )
        most = after.ru_maxrss / 1024
        met = "met" if most <= MOST_MEMORY else "MISSED"
        dry = before.ru_maxrss / 1024
        print(f"peak memory {most:.0f} MB (a dry run: {dry:.0f} MB), target {MOST_MEMORY} MB {met}")
        again, _ = run(folder)
        print(f"a second fetch: {again:.1f} s, {len(publisher.asked('/data')) - calls} calls of figures")
    publisher.close()


def too_much() -> None:
    """Ask for 312 · 3 · 66 · 25 = 1 544 400 cells, which are refused."""
    publisher = serve(66)
    with tempfile.TemporaryDirectory() as place:
        _, found = run(prepared(place, publisher), code=1)
        print("1.54 million cells:", next(line for line in found.splitlines() if "would be" in line))
        asked = len(publisher.asked("/data"))
        print(f"{asked} calls of figures, target 0 {'met' if not asked else 'MISSED'}")
    publisher.close()


def main() -> None:
    """Fetch both."""
    million()
    too_much()


if __name__ == "__main__":
    main()
