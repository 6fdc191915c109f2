"""The served portal under load: pages at first and kept, the weight of the first, requests a second, floods.

Run with `make bench`, or alone: `python -m benchmarks.serving [STORE] [--workers N] [--seconds S]`. As many
processes that send fixed bytes are what the machine allows in the same run.
"""

import argparse
import http.client
import random
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

from benchmarks.floods import DEAR, PLACE, TRIED, ended, flooded
from benchmarks.running import CLIENTS, asked, connected, machine, memory, said, served, shares

import storregion
from storregion.publish.portal import open_site
from storregion.publish.site import Site

PORT, PORT_BARE = 8474, 8473
SIZE = 4000
# Answers every request with the same bytes: what the server alone costs.
BARE = f"""
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = b"x" * {SIZE}
app = Starlette(routes=[Route("/{{path:path}}", lambda request: Response(body, media_type="text/html"))])
"""
_LOADS = r'<(?:link rel="(?:stylesheet|icon)"[^>]*href|script[^>]*src|img[^>]*src)="([^"]+)"'
BROWSER = {"Accept-Encoding": "gzip, br", "Accept": "text/html"}


def got(connection: http.client.HTTPConnection, path: str) -> tuple[int, float, bytes]:
    """The status, time and bytes of one request over a kept connection."""
    start = time.perf_counter()
    connection.request("GET", path, headers=BROWSER)
    answer = connection.getresponse()
    body = answer.read()
    return answer.status, time.perf_counter() - start, body


def filled(connection: http.client.HTTPConnection, paths: Sequence[str]) -> list[float]:
    """Ask for every page until it is there; how long each took."""
    times = []
    for path in paths:
        start = time.perf_counter()
        while got(connection, path)[0] == 202:
            time.sleep(0.1)
        times.append(time.perf_counter() - start)
    return times


def weight(connection: http.client.HTTPConnection, path: str) -> tuple[int, int]:
    """The bytes over the line of a page and all the files that it loads, and how many files."""
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    loads = re.findall(_LOADS, text)
    queue, seen = [path, *(urljoin(path, load) for load in loads)], dict[str, int]()
    while queue:
        address = queue.pop()
        if address in seen:
            continue
        seen[address] = len(got(connection, address)[2])
        if address.partition("?")[0].endswith((".js", ".css")):
            connection.request("GET", address)
            inner = connection.getresponse().read().decode()
            # What a module imports at once, and the fonts of a style sheet.
            found = re.findall(r'^import [^;]*"(\./[^"]+)";|url\("?([^")]+)"?\)', inner, flags=re.MULTILINE)
            queue += [urljoin(address.partition("?")[0], one or two) for one, two in found]
    return sum(seen.values()), len(seen)


def pages_of(site: Site) -> tuple[int, list[str]]:
    """How many kinds of page there are, and the first three of each in both languages."""
    kinds: dict[tuple[str, int], list[str]] = {}
    for address in site.makers:
        kinds.setdefault((address.partition("/")[0], address.count("/")), []).append(address)
    found = [f"/{of}/{one}" for of in ("sv", "en") for group in kinds.values() for one in group[:3]]
    return len(kinds), found


@contextmanager
def growing(process: int) -> Iterator[list[float]]:
    """The memory of a server, looked at every second until the block ends."""
    found, over = [memory(process)], threading.Event()

    def look() -> None:
        while not over.wait(1):
            found.append(memory(process))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield found
    finally:
        over.set()
        looking.join()


def bare(workers: int, seconds: float) -> float:
    """Answers a second of bare servers, as many processes."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "bare.py").write_text(BARE)
        more = [
            "--port",
            str(PORT_BARE),
            "--workers",
            str(workers),
            "--log-level",
            "error",
            "--no-access-log",
        ]
        with served([sys.executable, "-m", "uvicorn", "bare:app", "--app-dir", place, *more], PORT_BARE):
            return asked(PORT_BARE, seconds, ["/"]).rate


def kept(process: int, pages: Sequence[str], seconds: float, workers: int) -> None:
    """Kept pages, asked for by many clients."""
    # Until every process has opened the portal and found what the others have made.
    while asked(PORT, 3, pages).others:
        time.sleep(1)
    # Once more over all, so that what is kept is kept before memory is looked at.
    asked(PORT, 5, pages)
    with growing(process) as found:
        got = asked(PORT, seconds, pages)
    floor = bare(workers, min(seconds, 10))
    said(
        f"kept pages, {CLIENTS} clients, {seconds:g} s",
        f"{got.rate:.0f} a second",
        f"≥ 400; bare {floor:.0f}",
    )
    said("the same, median / p99", shares(got.times), f"p99 ≤ 250 ms; {got.others} not pages")
    grown = f"+{max(found) / found[0] - 1:.0%}; flat"
    said("memory of all processes before, at most", f"{found[0]:.0f}, {max(found):.0f} MB", grown)


def main(store: Path, workers: int, seconds: float) -> None:
    """Serve the bundled group and measure; the tables that are not in the store are built first."""
    print(f"{machine()}; {workers} processes serve")
    storregion.open(None, store).build()
    site = open_site(storregion.open(None, store))
    for scenario in site.scenarios:
        storregion.open(None, store, scenario).build()
    kinds, pages = pages_of(site)
    words = [
        "-m",
        "storregion",
        "--store",
        str(store),
        "serve",
        "--port",
        str(PORT),
        "--workers",
        str(workers),
    ]
    with served([sys.executable, *words], PORT) as (process, connection):
        first = filled(connection, pages)
        said(f"{len(first)} pages, first visit, median / p99", shares(first), "told of after 1000 ms")
        order = random.Random(1)  # noqa: S311 - an order, no secret
        times = [got(connection, path)[1] for path in order.sample(pages * 5, 5 * len(pages))]
        said(f"{kinds} kinds of page, kept, median / p99", shares(times), "≤ 50 / 250 ms")
        total, files = weight(connection, "/sv/")
        said(f"the first page with its {files} files", f"{total / 1000:.0f} kB", "≤ 250 kB")
        kept(process.pid, pages, seconds, workers)
        # Each dear thing once, so that what it takes is not counted as growth; a change by every process,
        # which none takes from another where each is of its own, and which the system hands out by chance.
        filled(connected(PORT), [*DEAR, PLACE])
        for at in range(8 * workers):
            filled(connected(PORT), [TRIED.format(headway=20.1 + at)])
        flooded(PORT, process.pid)
        ended(process, PORT)
    print(machine())


if __name__ == "__main__":
    calls = argparse.ArgumentParser(description="Measure the served portal under load.")
    calls.add_argument("store", nargs="?", type=Path, help="a store (default: one that is built for this)")
    calls.add_argument("--workers", type=int, default=2, help="processes that serve (default: 2)")
    calls.add_argument("--seconds", type=float, default=10, help="of kept pages (default: 10; 300 for all)")
    chosen = calls.parse_args()
    with tempfile.TemporaryDirectory() as place:
        main(chosen.store or Path(place) / "store", chosen.workers, chosen.seconds)
