"""A fetch that is killed at any moment leaves what was there before, or what comes after, whole."""

import hashlib
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.fetch.faithful import Publisher, Table, Variable

from storregion import cli
from storregion.core import landing
from storregion.core.errors import StoreError
from storregion.core.origins import RawFiles
from storregion.fetch.lock import Lock

KILLS = int(os.environ.get("STORREGION_KILLS", "100"))
SMALL = Path(__file__).parents[1] / "groups" / "blekinge"
CODES = ["1060", "1080", "1081", "1082", "1083"]
YEARS = [str(year) for year in range(2001, 2025)]
TARGET = """
publisher = "scb"
file = "population_totals.csv"
title_sv = "Folkmängd"
title_en = "Population"
[columns]
municipality = { dimension = "Region" }
year = { dimension = "Tid" }
persons = { cells = true }
[[tables]]
id = "TAB638"
[tables.select]
Region = ["*"]
Tid = ["*"]
"""


def prepare(folder: Path, publisher: Publisher) -> None:
    """A small group with one target, and a table for it: 120 cells in calls of at most 15."""
    (folder / "fetch").mkdir()
    (folder / "fetch" / "publishers.toml").write_text(
        f'[scb]\nkind = "pxweb2"\nname = "SCB"\nbase = "{publisher.address}"\nlicence = "CC0 1.0"\n'
        "calls = 1000\nseconds = 1.0\nprivate = true\nplain = true\npause = 0.01\n"
    )
    (folder / "fetch" / "population.toml").write_text(TARGET)
    publisher.cells, publisher.calls, publisher.seconds = 15, 1000, 1.0
    variables = [Variable("Region", CODES), Variable("Tid", YEARS, time=True)]
    publisher.add(Table("TAB638", variables, lambda codes: int(codes[0]) * 10 + int(codes[1]) % 10))


def edition(publisher: Publisher, number: int) -> None:
    """Another edition of the table, with other figures."""
    table = publisher.tables["TAB638"]
    table.updated = f"2025-01-01T00:{number // 60:02}:{number % 60:02}Z"
    table.cell = lambda codes: int(codes[0]) * 1000 + number


def state(folder: Path) -> tuple[str, str]:
    """What a user finds: the figures by their hash and the lock's word on them; whole, or this fails."""
    raws = RawFiles(folder, folder / "figures")
    assert raws.unnamed() == []
    lock = Lock.read(folder)
    if not lock.targets:
        assert not raws.origins["population_totals.csv"].fetched
        return "", ""
    assert raws.origins["population_totals.csv"].fetched
    data = (folder / "fetched" / "population_totals.csv").read_bytes()
    locked = lock.targets["population"]
    assert hashlib.sha256(data).hexdigest() == locked.sha256
    for table in locked.tables:
        for kept in table.kept:
            raw = (folder / "fetched" / "raw" / kept.sha256).read_bytes()
            assert hashlib.sha256(raw).hexdigest() == kept.sha256
    return locked.sha256, locked.tables[0].updated


NURSERY = """
import os, sys
from storregion import cli
from storregion.fetch import outcome, run, status
from storregion.intake.rehearsal import reading
reading("population_totals.csv")
for line in sys.stdin:
    child = os.fork()
    if not child:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os._exit(cli.main(line.split()))
    print(child, flush=True)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Nursery:
    """A process that has loaded the program and started no thread: each of its children is one command.

    A child is what a new interpreter would be once it has loaded the program, so a kill falls on a fetch
    and never on the loading, which writes nothing.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, words: list[str]) -> int:
        assert self.process.stdin is not None
        print(*words, file=self.process.stdin, flush=True)
        return self._number()

    def ends_within(self, seconds: float) -> bool:
        """Whether the command that was started ends by itself in that time."""
        assert self.process.stdout is not None
        return bool(select.select([self.process.stdout], [], [], seconds)[0])

    def _number(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    def end(self) -> int:
        """The exit code of the command that was started, negative when a signal ended it."""
        return os.waitstatus_to_exitcode(self._number())

    def close(self) -> None:
        self.process.communicate()


def timed(nursery: Nursery, words: list[str]) -> float:
    """Seconds that a command takes which nobody disturbs."""
    began = time.monotonic()
    nursery.start(words)
    assert nursery.end() == 0
    return time.monotonic() - began


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_killed_at_any_moment_it_is_whole(tmp_path: Path, publisher: Publisher) -> None:
    """A hundred kills, each at another moment of a fetch of a new edition; STORREGION_KILLS takes others."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    prepare(folder, publisher)
    words = ["--group", str(folder), "--store", str(tmp_path / "store"), "fetch"]
    nursery = Nursery()
    edition(publisher, 0)
    nursery.start(words)
    assert nursery.end() == 0
    edition(publisher, 1)
    lasts = timed(nursery, words)
    before = state(folder)
    killed, number, fresh = 0, 1, 0
    chance = random.Random(7)
    while killed < KILLS and number < 5 * KILLS:
        number += 1
        edition(publisher, number)
        began = time.monotonic()
        child = nursery.start(words)
        if nursery.ends_within(lasts * chance.uniform(0.02, 1.0)):
            # The machine has less to do than when it was last seen.
            lasts = time.monotonic() - began
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        code = nursery.end()
        assert code in (0, -signal.SIGKILL)
        killed += code != 0
        after = state(folder)
        assert after == before or after[1] == publisher.tables["TAB638"].updated
        fresh += after != before
        before = after
    nursery.close()
    assert killed == KILLS, (killed, number, fresh)
    assert cli.main(words) == cli.FINE
    assert state(folder)[1] == publisher.tables["TAB638"].updated
    # Nothing is left lying about: no draft, no journal, no plan.
    names = [path.name for path in (folder / "fetched").rglob("*")]
    assert [name for name in names if ".tmp" in name or "journal" in name or "plan" in name] == []


def test_an_interrupted_fetch_goes_on_from_where_it_was(tmp_path: Path, publisher: Publisher) -> None:
    """Eight calls of 15 cells; the fifth fails for good, and the next fetch makes only the last four."""
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    prepare(folder, publisher)
    words = ["--group", str(folder), "--store", str(tmp_path / "store"), "fetch"]

    def fault(handler: object, seen: object) -> bool:
        if len(publisher.asked("/data")) >= 5:
            handler.problem(410, "Gone", "")  # type: ignore[attr-defined]
            return True
        return False

    publisher.fault = fault
    assert cli.main(words) == cli.DATA_WRONG
    assert state(folder) == ("", "")
    publisher.fault, publisher.log[:] = None, []
    assert cli.main(words) == cli.FINE
    assert len(publisher.asked("/data")) == 4
    assert state(folder)[0]


def test_a_journal_line_half_written_counts_as_none(tmp_path: Path, publisher: Publisher) -> None:
    folder = Path(shutil.copytree(SMALL, tmp_path / "group"))
    prepare(folder, publisher)
    raw = folder / "fetched" / "raw"
    raw.mkdir(parents=True)
    (raw / "journal.jsonl").write_bytes(b'["abc", {"method": "GE')
    (raw / ".99999.tmp").write_bytes(b"half")
    assert cli.main(["--group", str(folder), "--store", str(tmp_path / "store"), "fetch"]) == cli.FINE
    assert all(len(path.name) == 64 for path in raw.iterdir())


# ---- landing


def test_files_land_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before every single step of the disk in turn, the group is as before or as after."""
    new = {"a.csv": b"new a", "fetched/b.csv": b"new b", "lock": b"new lock"}
    after = dict(new)
    steps = 0
    outcomes = set()
    for stop in range(40):
        folder = tmp_path / str(stop)
        folder.mkdir()
        for place in new:
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_bytes(b"old")
        steps = 0

        class Killed(BaseException):
            pass

        def counted(real: Callable[..., object], stop: int = stop) -> object:
            def act(self: Path, *rest: object, **named: object) -> object:
                nonlocal steps
                steps += 1
                if steps > stop:
                    raise Killed
                return real(self, *rest, **named)

            return act

        with monkeypatch.context() as patch:
            for name in ("replace", "unlink", "mkdir", "open"):
                patch.setattr(Path, name, counted(getattr(Path, name)))
            with suppress(Killed):
                landing.land(folder, new)
        landing.settle(folder)
        found = {place: (folder / place).read_bytes() for place in new}
        assert found in (dict.fromkeys(new, b"old"), after), stop
        outcomes.add(found == after)
        assert not (folder / landing.PLACE / "plan.json").exists()
    assert outcomes == {True, False}


def test_a_landing_that_cannot_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / landing.PLACE).mkdir(parents=True)
    (tmp_path / landing.PLACE / "plan.json").write_text("{", "utf-8")
    with pytest.raises(StoreError, match="remove it and fetch again"):
        landing.settle(tmp_path)
    (tmp_path / landing.PLACE / "plan.json").write_text(json.dumps({"0": "x"}), "utf-8")
    assert landing.settle(tmp_path)
    assert not landing.settle(tmp_path)
