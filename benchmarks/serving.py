"""The served portal under load: warm pages, the weight of the first, requests a second, and floods.

Run with `make bench`, or alone. A server of fixed bytes beside it is what the machine allows in the same run.
"""

import asyncio
import http.client
import os
import platform
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import storregion
from storregion.publish.portal import open_site
from storregion.publish.site import Site

PORT, PORT_BARE = 8474, 8473
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
PLACE = "/sv/place/0380/"
TRIED = "/sv/access/try/?line=malartag-nykoping&less={less}"
LARGE = "/data/access_places/access_places.csv.gz"
DEAR = ("/datapackage.json", "/catalogue.rdf", LARGE)
CLIENTS, SECONDS = 50, 10
_LOADS = r'<(?:link rel="(?:stylesheet|icon)"[^>]*href|script[^>]*src|img[^>]*src)="([^"]+)"'
Served = tuple["subprocess.Popen[bytes]", http.client.HTTPConnection]
BROWSER = {"Accept-Encoding": "gzip, br", "Accept": "text/html"}


def said(what: str, found: str, goal: str) -> None:
    """Print one measurement beside its goal."""
    print(f"{what:<66} {found:>22}   {goal}")


def shares(times: Sequence[float]) -> str:
    """The median and 99th percentile in milliseconds."""
    ninety_nine = statistics.quantiles(times, n=100)[-1] if len(times) > 1 else times[0]
    return f"{statistics.median(times) * 1000:.1f} / {ninety_nine * 1000:.1f} ms"


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


async def _client(port: int, paths: Sequence[str], until: float, seed: int) -> int:
    """Ask for one page after another over a kept connection; how many were answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    order, count = random.Random(seed), 0  # noqa: S311 - an order, no secret
    while time.perf_counter() < until:
        path = order.choice(paths)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, br\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if found := re.search(rb"content-length: (\d+)", head):
            await reader.readexactly(int(found[1]))
        else:
            while (size := int(await reader.readline(), 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readline()
        count += head.startswith(b"http/1.1 200")
    writer.close()
    return count


def clients(port: int, paths: list[str]) -> None:
    """What the process of the clients does: print how many requests were answered a second."""

    async def all_of_them() -> int:
        until = time.perf_counter() + SECONDS
        return sum(await asyncio.gather(*(_client(port, paths, until, seed) for seed in range(CLIENTS))))

    print(asyncio.run(all_of_them()) / SECONDS)


def rate(port: int, paths: Sequence[str]) -> float:
    """Requests a second of fifty clients in a process of their own."""
    words = [sys.executable, "-m", "benchmarks.serving", "clients", str(port), *paths]
    return float(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


def memory(process: int) -> float:
    """The resident memory of a process in megabytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def flood(port: int) -> list[socket.socket]:
    """Sixty dear requests closed at once, 120 changes tried, 800 half-sent requests and 20 slow readers."""
    held = []
    for at in range(60):
        with socket.create_connection(("127.0.0.1", port)) as line:
            line.sendall(f"GET {DEAR[at % len(DEAR)]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    for at in range(120):
        line = socket.create_connection(("127.0.0.1", port))
        # As a proxy on the same machine would tell them apart.
        name = f"X-Forwarded-For: 192.0.2.{at}\r\n"
        line.sendall(f"GET {TRIED.format(less=1 + at / 10)} HTTP/1.1\r\nHost: x\r\n{name}\r\n".encode())
        held.append(line)
    for _ in range(20):
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(f"GET {LARGE} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        held.append(line)
    for _ in range(800):
        line = socket.create_connection(("127.0.0.1", port))
        line.sendall(b"GET /sv/ HTTP/1.1\r\nHost: x\r\n")
        held.append(line)
    return held


def open_still(lines: Sequence[socket.socket]) -> int:
    """How many connections the server has not closed."""
    count = 0
    for line in lines:
        line.setblocking(False)
        try:
            count += line.recv(1) != b""
        except BlockingIOError:
            count += 1
        except OSError:
            continue
    return count


def flooded(port: int, process: int) -> None:
    """A page asked for while others flood the portal, and what memory and connections come to."""
    before = memory(process)
    held = flood(port)
    half, since = held[-800:], time.perf_counter()
    shed, most, times = 0.0, before, list[float]()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    while time.perf_counter() < since + 25:
        status, took, _ = got(connection, PLACE)
        times.append(took)
        if status != 200:
            raise SystemExit(f"{PLACE} answered {status} in a flood")
        most = max(most, memory(process))
        if not shed and len(times) % 20 == 0 and open_still(half) == 0:
            shed = time.perf_counter() - since
        time.sleep(0.02)
    for line in held:
        line.close()
    said(f"{len(times)} place pages in the flood, median / p99", shares(times), "p99 ≤ 1000 ms")
    said("800 half-sent requests closed after", f"{shed:.1f} s" if shed else "not in 25 s", "≤ 15 s")
    said("memory before, at most", f"{before:.0f}, {most:.0f} MB", f"+{most / before - 1:.0%}; goal +20 %")


def ended(process: "subprocess.Popen[bytes]", port: int) -> None:
    """How long a server that calculates takes to end."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET {TRIED.format(less=17)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.2)
        start = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait()
    said("SIGTERM while a change is calculated", f"{time.perf_counter() - start:.1f} s", "≤ 5 s")


def _connected(port: int) -> http.client.HTTPConnection:
    for _ in range(300):
        time.sleep(0.1)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.connect()
        except ConnectionRefusedError:
            continue
        return connection
    raise SystemExit(f"no server came up on port {port}")


@contextmanager
def served(
    words: Sequence[str], port: int
) -> Iterator[tuple["subprocess.Popen[bytes]", http.client.HTTPConnection]]:
    """A server in a process of its own, and a connection to it that is kept open."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        connection = _connected(port)
        yield process, connection
        connection.close()
    finally:
        process.kill()
        process.wait()


def pages_of(site: Site) -> tuple[int, list[str]]:
    """How many kinds of page there are, and the first three of each in both languages."""
    kinds: dict[tuple[str, int], list[str]] = {}
    for address in site.makers:
        kinds.setdefault((address.partition("/")[0], address.count("/")), []).append(address)
    found = [f"/{of}/{one}" for of in ("sv", "en") for group in kinds.values() for one in group[:3]]
    return len(kinds), found


def main(store: Path) -> None:
    """Serve the bundled group and measure; the tables that are not in the store are built first."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    storregion.open(None, store).build()
    site = open_site(storregion.open(None, store))
    for scenario in site.scenarios:
        storregion.open(None, store, scenario).build()
    kinds, pages = pages_of(site)
    size = 4000
    with served([sys.executable, "-c", BARE, str(PORT_BARE), str(size)], PORT_BARE):
        bare = rate(PORT_BARE, ["/"])
    said(f"the bare server, {size} bytes, {CLIENTS} clients", f"{bare:.0f} a second", "")
    with served([*COMMAND, "--store", str(store), "serve", "--port", str(PORT)], PORT) as (
        process,
        connection,
    ):
        first = filled(connection, pages)
        said(f"{len(first)} pages, first visit, median / p99", shares(first), "told of after 1000 ms")
        order = random.Random(1)  # noqa: S311 - an order, no secret
        times = [got(connection, path)[1] for path in order.sample(pages * 5, 5 * len(pages))]
        said(f"{kinds} kinds of page, kept, median / p99", shares(times), "≤ 50 / 250 ms")
        total, files = weight(connection, "/sv/")
        said(f"the first page with its {files} files", f"{total / 1000:.0f} kB", "≤ 250 kB")
        said(
            f"kept pages, {CLIENTS} clients",
            f"{rate(PORT, pages):.0f} a second",
            f"≥ 400, or {bare:.0f} bare",
        )
        # Each dear thing once, so that what it takes is not counted as growth.
        filled(_connected(PORT), [*DEAR, TRIED.format(less=16)])
        flooded(PORT, process.pid)
        ended(process, PORT)


if __name__ == "__main__":
    if sys.argv[1:2] == ["clients"]:
        clients(int(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as place:
            main(Path(place) / "store")
