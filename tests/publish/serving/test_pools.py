"""Work for readers: bounded, fair, and never done for nobody."""

import threading
from collections.abc import Iterator
from functools import partial

import pytest

from storregion.publish.serving.limits import Room
from storregion.publish.serving.pools import FullError, Job, Pool

WAIT = 120


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What work waits for; opened at the end, whatever happens."""
    event = threading.Event()
    yield event
    event.set()


def held(pool: Pool, gate: threading.Event, reader: str) -> Job[bool]:
    """Work that is under way until the gate opens."""
    begun = threading.Event()

    def work() -> bool:
        begun.set()
        return gate.wait(WAIT)

    job = pool.submit(work, reader)
    assert begun.wait(WAIT)
    return job


def test_work_is_done_and_its_faults_are_raised_where_it_is_waited_for() -> None:
    pool = Pool("test", Room(threads=1, longest=5, per_reader=5))
    assert pool.submit(lambda: 2 + 3, "a").future.result(WAIT) == 5
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0, "a").future.result(WAIT)
    # The thread lives on.
    assert pool.submit(lambda: 7, "a").future.result(WAIT) == 7


def test_a_full_queue_takes_no_more_and_room_comes_back(gate: threading.Event) -> None:
    pool = Pool("test", Room(threads=1, longest=2, per_reader=9))
    held(pool, gate, "a")
    waiting = [pool.submit(lambda: 1, name) for name in "bc"]
    with pytest.raises(FullError) as full:
        pool.submit(lambda: 1, "d")
    assert (full.value.own, full.value.seconds > 0) == (False, True)
    assert [pool.before(job) for job in waiting] == [1, 2]
    gate.set()
    assert [job.future.result(WAIT) for job in waiting] == [1, 1]
    assert pool.submit(lambda: 4, "d").future.result(WAIT) == 4


def test_one_reader_takes_no_more_than_its_share(gate: threading.Event) -> None:
    pool = Pool("test", Room(threads=1, longest=9, per_reader=2))
    held(pool, gate, "a")
    pool.submit(lambda: 1, "a")
    with pytest.raises(FullError) as full:
        pool.submit(lambda: 1, "a")
    assert full.value.own
    # Others are not held up by it.
    assert pool.before(pool.submit(lambda: 1, "b")) == 2


def test_work_that_nobody_waits_for_any_more_is_not_begun(gate: threading.Event) -> None:
    pool = Pool("test", Room(threads=1, longest=2, per_reader=9))
    held(pool, gate, "a")
    done: list[str] = []
    left, kept = (pool.submit(partial(done.append, it), it) for it in ("left", "kept"))
    left.leave()
    assert left.future.cancelled()
    # Its place in the queue is free at once.
    last = pool.submit(partial(done.append, "last"), "c")
    gate.set()
    kept.future.result(WAIT)
    last.future.result(WAIT)
    assert done == ["kept", "last"]


def test_work_that_another_still_waits_for_or_will_come_back_to_is_done(gate: threading.Event) -> None:
    pool = Pool("test", Room(threads=1, longest=5, per_reader=9))
    held(pool, gate, "a")
    shared, promised = pool.submit(lambda: "shared", "b"), pool.submit(lambda: "promised", "c")
    shared.waiting += 1
    shared.leave()
    promised.promise()
    promised.leave()
    gate.set()
    assert shared.future.result(WAIT) == "shared"
    assert promised.future.result(WAIT) == "promised"
