"""Processes that share a store: an answer is made once, a table is built once, and both within bounds."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.publish.serving.live import WAIT

from storregion.core import files
from storregion.core.language import Text
from storregion.core.workspace import Workspace
from storregion.publish.parts import Answer
from storregion.publish.readiness import BuiltOnly
from storregion.publish.serving.builder import WHOLE, Builder
from storregion.publish.serving.kept import InMemory, Kept, OnDisk, packed
from storregion.publish.serving.shared import Shared, shared_folder
from storregion.publish.serving.turns import Progress, Turn


def answer(body: bytes) -> Kept:
    return packed(Answer("text/csv; charset=utf-8", body), "tag")


def whole(kept: Kept) -> dict[str, bytes]:
    return {name: body.part(0, len(body)) for name, body in kept.bodies.items()}


@pytest.mark.parametrize("size", [100, 900, 600_000])
def test_what_one_process_makes_the_other_finds(tmp_path: Path, size: int) -> None:
    one, other = (Shared(tmp_path, number, 2, 10**7) for number in range(2))
    made = answer((b"kommun;2023;17\n" * size)[:size])
    kept = [one.once("x", lambda: made), other.once("x", lambda: pytest.fail("made again"))]
    for found in kept:
        assert (found.media_type, found.tag, whole(found)) == (made.media_type, "tag", whole(made))
        kinds = {type(body) for body in found.bodies.values()}
        assert kinds == {OnDisk if size > 512 * 1024 else InMemory}
    assert list((tmp_path / "locks").iterdir()) == []
    # What a process in the same place begins with is nothing of its own.
    assert Shared(tmp_path, 0, 2, 10**7).once("x", lambda: answer(b"anew")).tag == "tag"


def test_who_asks_meanwhile_waits_for_the_one_that_makes_it(tmp_path: Path) -> None:
    one, other = (Shared(tmp_path, number, 2, 10**7) for number in range(2))
    begun, gate, count = threading.Event(), threading.Event(), []

    def make() -> Kept:
        count.append(1)
        begun.set()
        assert gate.wait(WAIT)
        return answer(b"x")

    with ThreadPoolExecutor(2) as readers:
        first = readers.submit(one.once, "x", make)
        assert begun.wait(WAIT)
        second = readers.submit(other.once, "x", make)
        # Something else is not held up.
        assert other.once("y", lambda: answer(b"y"))
        gate.set()
        assert whole(first.result(WAIT)) == whole(second.result(WAIT))
    assert len(count) == 1


def test_what_fails_is_tried_by_whoever_asks_next(tmp_path: Path) -> None:
    shared = Shared(tmp_path, 0, 1, 10**7)
    with pytest.raises(ZeroDivisionError):
        shared.once("x", lambda: answer(b"x" * (1 // 0)))
    assert whole(shared.once("x", lambda: answer(b"x"))) == {"identity": b"x"}


def test_the_oldest_goes_where_there_are_too_many_bytes(tmp_path: Path) -> None:
    # Three answers of 300 bytes, with a head of some 60 each, are more than 1,000.
    shared = Shared(tmp_path, 0, 1, 1000)
    kept = {name: shared.once(name, lambda: answer(b"x" * 300)) for name in "abc"}
    assert len(list((tmp_path / "0").iterdir())) == 2
    assert whole(kept["a"]) == {"identity": b"x" * 300}
    made: list[str] = []

    def anew() -> Kept:
        made.append(name)
        return answer(b"x")

    for name in "cba":
        shared.once(name, anew)
    assert made == ["a"]


def test_a_disk_that_takes_nothing_costs_no_answer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shared = Shared(tmp_path, 0, 1, 10**7)
    shutil.rmtree(tmp_path / "0")
    assert whole(shared.once("x", lambda: answer(b"x"))) == {"identity": b"x"}
    assert "cannot be laid" in caplog.text


def test_the_folder_goes_with_the_server_and_others_stay(tmp_path: Path) -> None:
    (tmp_path / "serving" / "left").mkdir(parents=True)
    with shared_folder(tmp_path) as one, shared_folder(tmp_path) as other:
        assert {it.name for it in (tmp_path / "serving").iterdir()} == {one.name, other.name}
        assert not files.abandoned(one)
    assert list((tmp_path / "serving").iterdir()) == []


def test_one_process_builds_and_those_that_wait_know_how_far_it_has_come(tmp_path: Path) -> None:
    mine, other = Turn(tmp_path), Turn(tmp_path)
    long = Progress(Text(sv="Ö" * 300, en="x"), Text(sv="steg", en="step"), 3, 9)
    short = Progress(Text(sv="Ö", en="x"), None, 4, 9)
    assert other.said() is None
    with ThreadPoolExecutor(1) as waiting:
        with mine.taken() as turn:
            entered = waiting.submit(_takes, other)
            for progress in (long, short):
                turn.say(progress)
                assert other.said() == progress
            assert not entered.done()
        entered.result(WAIT)
    assert mine.said() is None


def _takes(turn: Turn) -> None:
    with turn.taken():
        pass


def test_two_builders_of_a_store_build_each_table_once(
    small: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    build = Workspace.build

    def noted(self: Workspace, *only: str, **more: object) -> list[str]:
        made.extend(found := build(self, *only, **more))  # type: ignore[arg-type]
        return found

    monkeypatch.setattr(Workspace, "build", noted)
    builders = [Builder(BuiltOnly.of(Workspace(small, store))) for _ in range(2)]
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda one: one.build("base", [WHOLE]), builders))
    assert sorted(made) == sorted(Workspace(small, store).steps)
