"""How long the main job takes, each time beside the limit that the machine sets in the same run.

Run with `make bench`. Prints medians, the limit, their ratio, and the machine.
"""

import http.client
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import storregion
from storregion.publish.portal import open_site

TRIED = "/sv/access/try/?line=malartag-nykoping&less={less}"
COMMAND = [sys.executable, "-m", "storregion"]
# Answers every request with the same bytes: what the server alone costs.
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = b"x" * int(sys.argv[2])
app = Starlette(routes=[Route("/{path:path}", lambda request: Response(body, media_type="text/html"))])
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""


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
    took = seconds(lambda: run("--store", str(store), "bake", "--to", str(folder)))
    files = [path for path in folder.rglob("*") if path.is_file()]
    bodies = [path.read_bytes() for path in files]
    copy = folder.with_name("copy")
    copy.mkdir()

    def write() -> None:
        for at, body in enumerate(bodies):
            (copy / str(at)).write_bytes(body)

    size = sum(map(len, bodies)) / 1e6
    line(f"bake: {len(files)} files, {size:.0f} MB", took, seconds(write), "writing those bytes")


@contextmanager
def served(words: list[str], port: int) -> Iterator[http.client.HTTPConnection]:
    """A server in a process of its own, and a connection to it that is kept open."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            time.sleep(0.1)
            connection = http.client.HTTPConnection("127.0.0.1", port)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            yield connection
            connection.close()
            return
        raise SystemExit(f"no server came up on port {port}")
    finally:
        process.terminate()
        process.wait()


def fetched(connection: http.client.HTTPConnection, paths: list[str]) -> list[float]:
    """The time of each request in turn, body read, in seconds."""
    times = []
    for path in paths:
        start = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - start)
        if answer.status != 200:
            raise SystemExit(f"{path} answered {answer.status}")
    return times


def requests(store: Path) -> None:
    """Pages and charts over a kept connection, first visits and later, against a server of fixed bytes."""
    site = open_site(storregion.open(store=store))
    pages = [f"/{language}/{address}" for language in ("sv", "en") for address in site.makers]
    random.Random(1).shuffle(pages)  # noqa: S311 - an order, no secret
    charts = [f"{page}population.svg" for page in pages if "/place/" in page and page.count("/") == 4][:40]
    size = statistics.median(len(site.html("sv", address)) for address in list(site.makers)[:60])
    with served([sys.executable, "-c", BARE, "8471", str(int(size))], 8471) as connection:
        fetched(connection, pages[:50])
        bare = statistics.median(fetched(connection, pages[:300]))
    with served([*COMMAND, "--store", str(store), "serve", "--port", "8472"], 8472) as connection:
        first = fetched(connection, pages)
        again = fetched(connection, pages)
        charts_first = fetched(connection, charts)
        fetched(connection, [TRIED.format(less=1)])
        tried = fetched(connection, [TRIED.format(less=less) for less in range(2, 9)])
    line(f"page, first visit, median of {len(pages)}", statistics.median(first), bare, "the server alone")
    line(
        "page, first visit, 95th percentile", statistics.quantiles(first, n=20)[-1], bare, "the server alone"
    )
    line(f"page, again, median of {len(pages)}", statistics.median(again), bare, "the server alone")
    line(f"a change tried, median of {len(tried)}", statistics.median(tried), bare, "the server alone")
    line(
        f"chart, first visit, median of {len(charts)}",
        statistics.median(charts_first),
        bare,
        "the server alone",
    )


if __name__ == "__main__":
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as place:
        builds(Path(place) / "store")
        bakes(Path(place) / "store", Path(place) / "portal")
        requests(Path(place) / "store")
