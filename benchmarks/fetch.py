"""Fetch a million cells from a publisher on this machine: calls, seconds, memory.

Run from the project's folder with ``python -m benchmarks.fetch``. The publisher takes 30 calls of 150 000
cells in 10 seconds, as Statistics Sweden does. Printed are the calls, the time beside the estimate that
``--dry-run`` gives, and the most memory that the fetching process held.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from tests.fetch.faithful import Publisher, Table, Variable

from storregion import group

TARGET = """
publisher = "scb"
file = "statistics_migration.csv"
title_sv = "En miljon celler"
title_en = "A million cells"
value = "value"
with_reasons = true
[columns]
statistic = { constant = "migration" }
area = { dimension = "Region" }
period = { dimension = "Tid" }
sex = { dimension = "Kon", words = { 1 = "men", 2 = "women", "1+2" = "total" } }
age = { constant = "total" }
category = { dimension = "Klass" }
measure = { constant = "persons" }
[[tables]]
id = "TAB1"
[tables.select]
Region = ["*"]
Kon = ["*"]
Klass = ["*"]
Tid = ["*"]
"""


def serve() -> Publisher:
    """A table of 312 areas, 3 sexes, 43 classes and 25 years: 1 006 200 cells."""
    figures = group.bundled() / "figures"
    municipalities = pl.read_csv(figures / "municipalities.csv", infer_schema=False)["municipality"]
    counties = pl.read_csv(figures / "counties.csv", infer_schema=False)["county"]
    publisher = Publisher(cells=150_000, calls=30, seconds=10.0)
    variables = [
        Variable("Region", ["00", *counties, *municipalities]),
        Variable("Kon", ["1", "2", "1+2"]),
        Variable("Klass", [f"K{number:02}" for number in range(43)]),
        Variable("Tid", [str(year) for year in range(2000, 2025)], time=True),
    ]
    publisher.add(Table("TAB1", variables, lambda codes: int(codes[0]) * 7 % 5003 + int(codes[3])))
    return publisher


def run(folder: Path, *words: str) -> tuple[float, str]:
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
    assert done.returncode == 0, done.stdout + done.stderr
    return time.monotonic() - began, done.stdout + done.stderr


def main() -> None:
    """Fetch it, and print what it took."""
    publisher = serve()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "group")
        shutil.copytree(group.bundled(), folder, ignore=shutil.ignore_patterns("fetch", "fetched"))
        (folder / "fetch").mkdir()
        (folder / "fetch" / "publishers.toml").write_text(
            f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{publisher.address}"\nlicence = "CC0 1.0"\n'
            "calls = 30\nseconds = 10.0\nprivate = true\nplain = true\n"
        )
        (folder / "fetch" / "million.toml").write_text(TARGET)
        _, told = run(folder, "--dry-run")
        print(told.strip())
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        seconds, told = run(folder)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(told.strip())
        rows = pl.scan_csv(folder / "fetched" / "statistics_migration.csv").select(pl.len()).collect().item()
        calls = len(publisher.asked("/data"))
        raw = sum(path.stat().st_size for path in (folder / "fetched" / "raw").iterdir())
        print(f"{rows} rows from {calls} calls of figures, {raw / 1e6:.1f} MB kept, in {seconds:.1f} s")
        print(f"most memory: {most / 1024:.0f} MB (a dry run: {before / 1024:.0f} MB)")
        again, _ = run(folder)
        print(f"a second fetch: {again:.1f} s, {len(publisher.asked('/data')) - calls} calls of figures")
    publisher.close()


if __name__ == "__main__":
    main()
