"""Floods that one client can send a served portal, and what becomes of other readers meanwhile."""

import http.client
import signal
import socket
import subprocess
import time
from collections.abc import Sequence

from benchmarks.running import memory, said, shares

PLACE = "/sv/place/0380/"
TRIED = "/sv/access/try/?line=malartag-nykoping&headway={headway:g}"
LARGE = "/data/access_places/access_places.csv.gz"
DEAR = ("/datapackage.json", "/catalogue.rdf", LARGE)
SECONDS = 25


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
        line.sendall(f"GET {TRIED.format(headway=20 + at / 4)} HTTP/1.1\r\nHost: x\r\n{name}\r\n".encode())
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
    """A page asked for over new connections while others flood the portal; memory and connections meanwhile.

    Parameters
    ----------
    port : where the portal is served.
    process : that serves it, or watches over those that do.
    """
    before = most = memory(process)
    held = flood(port)
    half, since = held[-800:], time.perf_counter()
    shed, waits, times = 0.0, 0, list[float]()
    while time.perf_counter() < since + SECONDS:
        status, took = place(port)
        waits += status != 200
        times.append(took)
        if len(times) % 10 == 0:
            most = max(most, memory(process))
        if not shed and len(times) % 20 == 0 and open_still(half) == 0:
            shed = time.perf_counter() - since
        time.sleep(0.02)
    for line in held:
        line.close()
    said(
        f"{len(times)} place pages in the flood, median / p99",
        shares(times),
        f"p99 ≤ 1000 ms; {waits} told to wait",
    )
    said("800 half-sent requests closed after", f"{shed:.1f} s" if shed else f"not in {SECONDS} s", "≤ 15 s")
    said("memory before, at most", f"{before:.0f}, {most:.0f} MB", f"+{most / before - 1:.0%}; goal +20 %")


def place(port: int) -> tuple[int, float]:
    """The status of a place page, and the seconds it takes over a connection of its own.

    Parameters
    ----------
    port : where the portal is served.
    """
    start = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", PLACE)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, time.perf_counter() - start


def ended(process: "subprocess.Popen[bytes]", port: int) -> None:
    """How long a server that calculates takes to end.

    Parameters
    ----------
    process : that serves, or watches over those that do.
    port : where it is served.
    """
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET {TRIED.format(headway=77)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.2)
        start = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        process.wait()
    said("SIGTERM while a change is calculated", f"{time.perf_counter() - start:.1f} s", "≤ 5 s")
