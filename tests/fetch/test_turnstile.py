import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from tests.fetch.faithful import Publisher, Table, Variable

from storregion.core.errors import FetchError, StoreError
from storregion.fetch.publishers import Publisher as Settings
from storregion.fetch.transport import Call, Transport
from storregion.fetch.turnstile import Turnstile

CALLS = """
import sys
from pathlib import Path
import msgspec
from storregion.fetch.publishers import Publisher
from storregion.fetch.transport import Call, Transport
from storregion.fetch.turnstile import Turnstile
asked = msgspec.json.decode(sys.argv[1], type=Publisher)
transport = Transport(asked, Turnstile(Path(sys.argv[2])))
for number in range(int(sys.argv[4])):
    transport.receive(Call("config", {"n": str(number)}), Path(sys.argv[3]))
transport.close()
"""


@pytest.mark.long
def test_no_window_holds_more_calls_than_published_with_several_processes_at_once(
    publisher: Publisher, asked: Settings, cache: Path, tmp_path: Path
) -> None:
    """Three processes make 20 calls each where 8 a second are taken; the publisher's own log is the judge."""
    publisher.calls, publisher.seconds = 8, 1.0
    settings = msgspec.json.encode(msgspec.structs.replace(asked, calls=8, seconds=1.0)).decode()
    running = [
        subprocess.Popen(
            [sys.executable, "-c", CALLS, settings, str(cache / "calls.sqlite"), str(tmp_path / str(n)), "20"]
        )
        for n in range(3)
    ]
    assert [process.wait(timeout=600) for process in running] == [0, 0, 0]
    assert len(publisher.log) == 60
    assert not any(seen.refused for seen in publisher.log)
    assert publisher.most_in_a_window() <= 8


class Clock:
    """A clock that moves only while one sleeps, so that what is waited is a sum and not a measurement."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000_000.0, 0.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The turnstile's clock."""
    made = Clock()
    monkeypatch.setattr("storregion.fetch.turnstile.time", made)
    return made


def test_no_longer_is_waited_than_the_windows_ask(tmp_path: Path, clock: Clock) -> None:
    """60 calls in eights make seven full waits of a second."""
    turnstile = Turnstile(tmp_path / "c.sqlite")
    for _ in range(60):
        with turnstile.pass_through("door", [(8, 1.0)]):
            pass
    assert clock.slept == pytest.approx(7.0, abs=0.1)


def test_the_publishers_own_limit_is_kept_where_it_is_stricter(
    publisher: Publisher, asked: Settings, cache: Path, tmp_path: Path
) -> None:
    with closing(Transport(asked, Turnstile(cache / "c.sqlite"))) as transport:
        transport.slow_down(3, 1.0)
        publisher.calls, publisher.seconds = 3, 1.0
        for _ in range(7):
            transport.receive(Call("config"), tmp_path)
        transport.slow_down(0, 1.0)
        # 30 in 10 seconds are no more than 3 in one, but 30 at once are.
        assert transport.limits == [(30, 10.0), (3, 1.0)]
    assert publisher.most_in_a_window() <= 3
    assert not any(seen.refused for seen in publisher.log)


def test_calls_side_by_side_in_one_process_share_the_places(tmp_path: Path) -> None:
    """Each call holds its place while it lasts: 12 calls of 50 ms, three places in 0.3 s."""
    turnstile = Turnstile(tmp_path / "c.sqlite")
    spans: list[tuple[float, float]] = []

    def call() -> None:
        with turnstile.pass_through("door", [(3, 0.3)]):
            began = time.time()
            time.sleep(0.05)
            spans.append((began, time.time()))

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans.sort()
    # The call three places on begins no sooner than 0.3 s after this one has ended.
    ended = sorted(end for _, end in spans)
    assert all(spans[n + 3][0] >= ended[n] + 0.299 for n in range(9))


def test_doors_do_not_wait_for_each_other(tmp_path: Path, clock: Clock) -> None:
    turnstile = Turnstile(tmp_path / "c.sqlite")
    for door in "abcdef":
        with turnstile.pass_through(door, [(1, 30.0)]):
            pass
    assert clock.slept == 0.0
    assert turnstile.wait("a", [(1, 30.0)]) == pytest.approx(30.0)
    assert turnstile.wait("z", [(1, 30.0)]) == 0.0


def test_a_month_has_its_calls_and_no_more(tmp_path: Path) -> None:
    turnstile = Turnstile(tmp_path / "c.sqlite")
    for _ in range(3):
        with turnstile.pass_through("door", [(10, 0.01)], monthly=3):
            pass
    with pytest.raises(FetchError, match="3 calls a month that door allows are used up"):
        turnstile.pass_through("door", [(10, 0.01)], monthly=3).__enter__()
    assert turnstile.spent("door") == 3
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as books:
        books.execute("UPDATE spent SET month = '2020-01'")
        books.commit()
    assert turnstile.spent("door") == 0
    with turnstile.pass_through("door", [(10, 0.01)], monthly=3):
        pass


def test_a_clock_that_was_ahead_holds_a_place_for_one_window(tmp_path: Path, clock: Clock) -> None:
    # The only call of the window ended half a minute from now by a clock that has been set back since.
    turnstile = Turnstile(tmp_path / "c.sqlite")
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as books:
        books.execute("INSERT INTO calls VALUES ('door', ?, ?, 1)", (clock.now, clock.now + 30))
        books.commit()
    with turnstile.pass_through("door", [(1, 0.2)]):
        pass
    assert clock.slept == pytest.approx(0.2, abs=0.02)


def test_the_calls_of_a_month_are_counted_by_account(tmp_path: Path) -> None:
    # Each of two keys has one call a month through the same door; the second is not charged for the first.
    turnstile = Turnstile(tmp_path / "c.sqlite")
    for account in ("door one", "door two"):
        with turnstile.pass_through("door", [(10, 0.01)], monthly=1, account=account):
            pass
        with pytest.raises(FetchError, match="1 calls a month that door allows are used up"):
            turnstile.pass_through("door", [(10, 0.01)], monthly=1, account=account).__enter__()
    # A call that was refused is not counted.
    assert [turnstile.spent(name) for name in ("door one", "door two", "door")] == [1, 1, 0]


def test_a_killed_process_holds_no_place_for_ever(tmp_path: Path, clock: Clock) -> None:
    turnstile = Turnstile(tmp_path / "c.sqlite")
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as books:
        child = subprocess.Popen([sys.executable, "-c", ""])
        child.wait()
        books.execute("INSERT INTO calls VALUES ('door', ?, NULL, ?)", (clock.now, child.pid))
        books.execute("INSERT INTO calls VALUES ('door', ?, NULL, ?)", (clock.now - 5000, os.getpid()))
        # A clock that was a day ahead once.
        books.execute("INSERT INTO calls VALUES ('door', ?, ?, 1)", (clock.now, clock.now + 86400))
        books.commit()
    with turnstile.pass_through("door", [(3, 0.2)]):
        pass
    # All three may have been sent just now, so one more window passes first.
    assert clock.slept == pytest.approx(0.2, abs=0.02)


def test_a_cache_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="STORREGION_STORE"):
        Turnstile(tmp_path / "file" / "calls.sqlite")


def test_the_server_of_these_tests_does_refuse(publisher: Publisher, asked: Settings, tmp_path: Path) -> None:
    """Were the turnstile not there, the publisher would say so."""
    publisher.calls, publisher.seconds = 2, 30.0
    publisher.add(Table("T", [Variable("Tid", ["2024"], time=True)], lambda _: 1))
    settings = msgspec.structs.replace(asked, calls=1000, attempts=1)
    with closing(Transport(settings, Turnstile(tmp_path / "c.sqlite"))) as transport:
        for _ in range(2):
            transport.receive(Call("config"), tmp_path)
        with pytest.raises(FetchError, match="429"):
            transport.receive(Call("config"), tmp_path)
    assert publisher.most_in_a_window() == 3
