"""A portal served by several processes: they share work, are replaced when killed, and none is left over."""

import logging
import multiprocessing
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from tests.cli.calls import changed, process
from tests.publish.serving.live import WAIT, Live
from tests.publish.serving.test_application import until
from tests.publish.started import children, eventually, needs_proc, runs, working

from storregion.core.errors import StoreError
from storregion.core.workspace import Workspace
from storregion.publish.serving import workers
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.workers import Watch

pytestmark = needs_proc
PAGE = "/sv/place/1080/"


def replaced(parent: int, one: int) -> bool:
    """Whether two processes answer, none of which is a given one."""
    return len(working(parent) - {one}) == 2


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(
    small: Path, store: Path, *words: str, port: int = 0
) -> Iterator[tuple["subprocess.Popen[bytes]", Live]]:
    """The small group served by two processes; killed at the end if they still run."""
    port = port or free_port()
    call = ("--group", small, "--store", store, *words, "serve", "--port", port, "--workers", 2)
    with process(*call, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        try:
            yield server, Live(port)
        finally:
            server.kill()


@pytest.mark.long
def test_two_processes_answer_as_one_and_are_replaced_when_killed(small: Path, store: Path) -> None:
    with served(small, store) as (server, to):
        first = until(lambda: to.get(PAGE), 200)
        # Built by one of them, found by the other.
        assert Workspace(small, store).due() == []
        # What one has made, whoever answers finds: byte for byte, under the same tag.
        for _ in range(20):
            again = to.get(PAGE)
            assert (again.status, again.body, again.headers["etag"]) == (
                200,
                first.body,
                first.headers["etag"],
            )
        made = [
            path
            for path in (store / "serving").glob("*/[01]/*")
            if first.headers["etag"][1:-1].encode() in path.read_bytes()
        ]
        assert len(made) == 1
        for _ in range(2):
            one = min(working(server.pid))
            os.kill(one, signal.SIGKILL)
            assert eventually(partial(replaced, server.pid, one))
            assert until(lambda: to.get(PAGE), 200).body == first.body
        started = children(server.pid)
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=WAIT)
    assert server.returncode == -signal.SIGTERM
    assert said.count(b"ended by signal 9; another takes its place") == 2
    assert eventually(lambda: not any(map(runs, started)))
    assert list((store / "serving").iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_process_and_no_folder_outlives_the_server(small: Path, store: Path, how: signal.Signals) -> None:
    Workspace(small, store).build()
    with served(small, store, "--as-built") as (server, to):
        until(lambda: to.get(PAGE), 200)
        started = children(server.pid)
        assert len(working(server.pid)) == 2
        server.send_signal(how)
        assert server.wait(WAIT) == (130 if how == signal.SIGINT else -how)
    assert eventually(lambda: not any(map(runs, started)))
    left = list((store / "serving").iterdir())
    assert len(left) == (how == signal.SIGKILL)
    # The port is free at once, and the next run takes away what the killed one left.
    with served(small, store, "--as-built", port=to.port) as (server, to):
        until(lambda: to.get(PAGE), 200)
        now = list((store / "serving").iterdir())
        assert len(now) == 1
        assert now != left
        server.terminate()
        server.wait(WAIT)


@pytest.mark.long
def test_what_cannot_be_built_ends_all_processes_with_what_is_wrong(small: Path, store: Path) -> None:
    changed(small / "figures" / "population_totals.csv", "1080", "108X")
    with served(small, store) as (server, _):
        _, said = server.communicate(timeout=WAIT)
    assert server.returncode == 1
    assert said.decode().count("storregion: ") == 1
    assert "population_totals.csv" in said.decode()


def ends(number: int, says: Connection) -> BaseProcess:
    """A process that ends as soon as it is started."""
    one = multiprocessing.get_context("spawn").Process(target=os._exit, args=(3,))
    one.start()
    return one


@pytest.mark.long
def test_processes_that_end_at_once_are_started_anew_a_few_times_and_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    falls: list[int] = []

    def no_wait(count: int) -> float:
        falls.append(count)
        return 0.0

    monkeypatch.setattr(workers, "_waits", no_wait)
    with (
        caplog.at_level(logging.WARNING, "storregion.portal"),
        pytest.raises(StoreError, match="with code 3"),
    ):
        Watch(ends, 1).run(lambda: False)
    assert falls == [1, 2, 3, 4]
    assert len(caplog.records) == 4


def test_the_wait_before_a_process_is_started_anew_grows() -> None:
    assert [workers._waits(falls) for falls in (1, 2, 3, 4)] == [0, 1, 3, 7]


def test_a_process_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_STOP", 0.2)
    started: list[BaseProcess] = []

    def deaf(number: int, says: Connection) -> BaseProcess:
        one = multiprocessing.get_context("fork").Process(target=_deaf)
        one.start()
        started.append(one)
        return one

    Watch(deaf, 2).run(lambda: len(started) == 2)
    assert [one.exitcode for one in started] == [-signal.SIGKILL] * 2


def _deaf() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(WAIT)


@pytest.mark.parametrize("count", [2, 3, 16])
def test_processes_together_take_on_no_more_than_one(count: int) -> None:
    one, each = Limits(), Limits().shared_by(count)
    for name in ("under_way", "memory", "disk", "files"):
        assert count * getattr(each, name) <= getattr(one, name)
    for name in ("pages", "exports", "tries"):
        whole, part = getattr(one, name), getattr(each, name)
        # One at least, or a process could do nothing.
        assert count * part.longest <= max(count, whole.longest)
        assert count * part.per_reader <= max(count, whole.per_reader)
    assert (each.patience, each.longest) == (one.patience, one.longest)
