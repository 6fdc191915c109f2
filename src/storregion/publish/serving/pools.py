"""Work for readers on a few threads: bounded queues, a limit for each reader, and nothing done for nobody."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Generic, TypeVar

from storregion.publish.serving.limits import Room

T = TypeVar("T")
_PROMISED = 30.0
"""Seconds that a reader who was asked to come back is waited for."""


class FullError(Exception):
    """A pool takes no more work for now.

    Attributes
    ----------
    own : whether it is this reader's own work that fills it.
    seconds : after how long to ask again.
    """

    def __init__(self, seconds: int, *, own: bool) -> None:
        """Say when to ask again."""
        super().__init__(f"ask again in {seconds} s")
        self.seconds, self.own = seconds, own


@dataclass
class Job(Generic[T]):
    """A piece of work that several readers may wait for.

    Attributes
    ----------
    make : what is done.
    reader : who asked first.
    waiting : how many wait for it now.
    """

    make: Callable[[], T]
    reader: str
    future: "Future[T]" = field(default_factory=Future)
    waiting: int = 0
    _promised: float = 0.0

    def promise(self) -> None:
        """Keep the work although nobody waits: a reader was asked to come back."""
        self._promised = time.monotonic() + _PROMISED

    def leave(self) -> None:
        """One reader waits no longer; work not begun that nobody waits for is dropped."""
        self.waiting -= 1
        if not self.wanted():
            self.future.cancel()

    def wanted(self) -> bool:
        """Whether anybody waits or will come back."""
        return self.waiting > 0 or time.monotonic() < self._promised


class Pool:
    """A few threads and a bounded queue of work before them."""

    def __init__(self, name: str, room: Room) -> None:
        """Start no thread before there is work.

        Parameters
        ----------
        name : of the threads.
        room : how much is done at once, and how much may wait.
        """
        self.name, self.room = name, room
        self._queue: deque[Job[object]] = deque()
        self._running: list[Job[object]] = []
        self._turn = threading.Condition()
        self._started = 0

    def submit(self, make: Callable[[], T], reader: str) -> Job[T]:
        """Put work in the queue, first come first served.

        Parameters
        ----------
        make : the work.
        reader : who asks, as `reader_of` says.

        Raises
        ------
        FullError
            The queue is full, or holds enough of this reader's.
        """
        job = Job(make, reader)
        with self._turn:
            waiting = [it for it in self._queue if not it.future.cancelled() and it.wanted()]
            self._queue = deque(waiting)
            if sum(it.reader == reader for it in [*waiting, *self._running]) >= self.room.per_reader:
                raise FullError(5, own=True)
            if len(waiting) >= self.room.longest:
                raise FullError(10, own=False)
            job.waiting = 1
            self._queue.append(job)  # type: ignore[arg-type]
            if self._started < self.room.threads:
                self._started += 1
                # A thread that ends with the process: nobody waits for what a reader who is gone asked for.
                threading.Thread(target=self._work, name=self.name, daemon=True).start()
            self._turn.notify()
        return job

    def before(self, job: Job[T]) -> int:
        """How many pieces of work are done before one that waits."""
        with self._turn:
            queue = list(self._queue)
            place = next((at for at, it in enumerate(queue) if it is job), None)
            return 0 if place is None else place + len(self._running)

    def _work(self) -> None:
        while True:
            with self._turn:
                while not self._queue:
                    self._turn.wait()
                job = self._queue.popleft()
                if not job.wanted():
                    job.future.cancel()
                if not job.future.set_running_or_notify_cancel():
                    continue
                self._running.append(job)
            try:
                job.future.set_result(job.make())
            except BaseException as fault:  # it is raised anew where the work is waited for
                job.future.set_exception(fault)
            with self._turn:
                self._running.remove(job)


def reader_of(host: str) -> str:
    """Whom an address belongs to: of IPv6 the network, of which one reader has all addresses.

    Examples
    --------
    >>> reader_of("192.0.2.7"), reader_of("2001:db8:1:2:3:4:5:6")
    ('192.0.2.7', '2001:db8:1:2::')
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address) or address.ipv4_mapped:
        return host
    return str(IPv6Address(int(address) >> 64 << 64))
