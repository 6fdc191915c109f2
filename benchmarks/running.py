"""Servers in processes of their own, the clients that ask them, and what they take."""

import asyncio
import http.client
import json
import os
import platform
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 50
Served = tuple["subprocess.Popen[bytes]", http.client.HTTPConnection]


def said(what: str, found: str, goal: str) -> None:
    """Print one measurement beside its goal."""
    print(f"{what:<66} {found:>22}   {goal}")


def shares(times: Sequence[float]) -> str:
    """The median and 99th percentile in milliseconds."""
    ninety_nine = statistics.quantiles(times, n=100)[-1] if len(times) > 1 else times[0]
    return f"{statistics.median(times) * 1000:.1f} / {ninety_nine * 1000:.1f} ms"


def machine() -> str:
    """The processor, its cores, and how busy it is."""
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").is_file() else ""
    model = found[1] if (found := re.search(r"model name\s*: (.*)", text)) else platform.machine()
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    )


def memory(process: int) -> float:
    """The memory of a process and those it has started, in megabytes; what they share counts once."""
    found, queue = 0, [process]
    while queue:
        one = queue.pop()
        # One may end meanwhile.
        with suppress(OSError):
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text()
            found += int(re.findall(r"^Pss:\s+(\d+)", rolled, flags=re.MULTILINE)[0])
            queue += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return found / 1024


@dataclass(frozen=True)
class Answered:
    """What many clients got: seconds of each answer, and how many were no page."""

    times: list[float]
    others: int
    seconds: float

    @property
    def rate(self) -> float:
        """Pages a second."""
        return len(self.times) / self.seconds


async def _client(port: int, paths: Sequence[str], until: float, seed: int) -> tuple[list[float], int]:
    """Ask for one page after another over a kept connection; how long each took, and how many were none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    order, times, others = random.Random(seed), list[float](), 0  # noqa: S311 - an order, no secret
    while (start := time.perf_counter()) < until:
        path = order.choice(paths)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip, br\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if found := re.search(rb"content-length: (\d+)", head):
            await reader.readexactly(int(found[1]))
        else:
            while (size := int(await reader.readline(), 16)) > 0:
                await reader.readexactly(size + 2)
            await reader.readline()
        if head.startswith(b"http/1.1 200"):
            times.append(time.perf_counter() - start)
        else:
            others += 1
    writer.close()
    return times, others


def clients(port: int, seconds: float, paths: Sequence[str]) -> None:
    """What the process of the clients does: print what they got."""

    async def all_of_them() -> list[tuple[list[float], int]]:
        until = time.perf_counter() + seconds
        return await asyncio.gather(*(_client(port, paths, until, seed) for seed in range(CLIENTS)))

    found = asyncio.run(all_of_them())
    print(json.dumps([[one for times, _ in found for one in times], sum(others for _, others in found)]))


def asked(port: int, seconds: float, paths: Sequence[str]) -> Answered:
    """What fifty clients in a process of their own get.

    Parameters
    ----------
    port : where is served.
    seconds : how long they ask.
    paths : what they ask for, in any order.
    """
    words = [sys.executable, "-m", "benchmarks.running", str(port), str(seconds), *paths]
    got = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    times, others = json.loads(got)
    return Answered(times, others, seconds)


def connected(port: int) -> http.client.HTTPConnection:
    """A connection to a server that is coming up."""
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
def served(words: Sequence[str], port: int) -> Iterator[Served]:
    """A server in a process of its own, and a connection to it that is kept open."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        connection = connected(port)
        if process.poll() is not None:
            raise SystemExit(f"another server than the one measured answers on port {port}")
        yield process, connection
        connection.close()
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    clients(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:])
