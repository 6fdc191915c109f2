"""How long the reports take: every municipality of the bundled group as PDF, and each format of one.

Run with `python benchmarks/reports.py`. The limit beside is 60 seconds for all on two cores.
"""

import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from storregion.core.workspace import Workspace
from storregion.publish.portal import open_site
from storregion.publish.reports import batch, underlag
from storregion.publish.reports.files import FILES, file

LIMIT = 60.0


def seconds(work: Callable[[], object]) -> float:
    """The time one call takes, by the wall clock."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> int:
    """Measure and print; 1 where all reports take longer than the limit."""
    with tempfile.TemporaryDirectory() as folder:
        work = Workspace()
        work.build()
        site, code = open_site(work), batch.jobs(work, ["all"])[0][1]
        jobs = batch.jobs(work, ["all"])
        all_of_them = seconds(lambda: batch.write(work, jobs, ["pdf"], "sv", Path(folder)))
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{len(jobs)} PDF reports, two processes: {all_of_them:.1f} s (limit {LIMIT:.0f} s)")
        print(f"  of the processor: {used.ru_utime + used.ru_stime:.1f} s")
        report = underlag.report(site, "sv", code)
        for form in FILES:
            made = partial(file, site, "sv", report, form, ("place", code))
            made()
            took = [seconds(made) for _ in range(5)]
            print(f"one {form}: {1000 * statistics.median(took):.0f} ms")
    print(f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    return int(all_of_them > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
