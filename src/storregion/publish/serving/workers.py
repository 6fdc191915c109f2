"""Several processes that answer at one address, and the one that watches over them."""

import logging
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from storregion.core.errors import DataError, StoreError, StorregionError
from storregion.core.workspace import Workspace
from storregion.publish import processes
from storregion.publish.serving.limits import Limits
from storregion.publish.serving.memory import giving_back
from storregion.publish.serving.server import serve
from storregion.publish.serving.shared import Shared, shared_folder

LOG = logging.getLogger("storregion.portal")
_LOOK = 0.2
"""Seconds between looks at whether to stop, or to start a process anew."""
_SETTLED = 60.0
"""Seconds after which a process that ends is no longer one that ended at once."""
_MOST_FALLS = 5
"""Times in a row that a process may end at once before the whole gives up."""
_STOP = 4.0
"""Seconds that the processes get to stop."""

Opened = tuple[Path, Path, str, bool]
Start = Callable[[int, Connection], BaseProcess]


def serve_together(workspace: Workspace, door: socket.socket, workers: int) -> None:
    """Serve with several processes until interrupted.

    Parameters
    ----------
    workspace : what is served.
    door : a listening socket, which they share.
    workers : how many processes.

    Raises
    ------
    StorregionError
        The portal's own tables cannot be built, or the processes end as soon as they start.
    """
    opened = (workspace.folder, workspace.store.folder, workspace.scenario_name, workspace.as_built)
    # Fresh processes: Polars keeps threads that a fork would break.
    context = get_context("spawn")
    with _until_stopped() as stopped, shared_folder(workspace.store.folder) as folder:

        def start(number: int, says: Connection) -> BaseProcess:
            words = (opened, door, (folder, number, workers), says)
            process = context.Process(target=_serve, args=words, name=f"worker {number}")
            with giving_back():
                process.start()
            return process

        Watch(start, workers).run(lambda: bool(stopped))


@contextmanager
def _until_stopped() -> Iterator[list[int]]:
    """Note the signals that ask to stop, and pass on the first when all is tidied up."""
    noted: list[int] = []
    before = {
        it: signal.signal(it, lambda number, _: noted.append(number))
        for it in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if noted:
        signal.raise_signal(noted[0])


def _serve(opened: Opened, door: socket.socket, place: tuple[Path, int, int], says: Connection) -> None:
    """What a process does: serve, and say why if there is nothing to serve."""
    processes.end_with_parent()
    # Ctrl-C reaches all processes of a terminal; until this one serves, the parent stops it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder, store, scenario, as_built = opened
    limits = Limits().shared_by(place[2])
    try:
        workspace = Workspace(folder, store, scenario, as_built=as_built)
        serve(workspace, door, limits, Shared(*place, most=limits.disk))
    except StorregionError as fault:
        says.send(str(fault))


@dataclass(frozen=True)
class _Running:
    """A process that serves, what it says before it ends of itself, and since when it runs."""

    process: BaseProcess
    hears: Connection
    since: float


@dataclass
class _Place:
    """The place of one process among those that serve.

    Attributes
    ----------
    number : of the place.
    running : who stands in it; None while it is empty.
    due : when it is to be filled.
    falls : how often in a row a process in it has ended at once.
    """

    number: int
    running: _Running | None = None
    due: float = 0.0
    falls: int = 0


class Watch:
    """Keeps a number of processes running."""

    def __init__(self, start: Start, workers: int) -> None:
        """Start nothing yet.

        Parameters
        ----------
        start : starts the process of a number, with where it says why it ends of itself.
        workers : how many processes.
        """
        self._start = start
        self._places = [_Place(number) for number in range(workers)]

    def run(self, stopped: Callable[[], bool]) -> None:
        """Start the processes, and others in place of those that end, until all are to stop.

        Parameters
        ----------
        stopped : whether to stop.

        Raises
        ------
        StorregionError
            A process says that there is nothing to serve, or they end as soon as they start.
        """
        try:
            while not stopped():
                for place in self._places:
                    if place.running is None and place.due <= time.monotonic():
                        self._fill(place)
                connection.wait([it.process.sentinel for it in self._running()], _LOOK)
                for place in self._places:
                    if place.running and place.running.process.exitcode is not None and not stopped():
                        self._empty(place, place.running)
        finally:
            self._end()

    def _running(self) -> list[_Running]:
        return [it.running for it in self._places if it.running is not None]

    def _fill(self, place: _Place) -> None:
        hears, says = connection.Pipe(duplex=False)
        with says:
            place.running = _Running(self._start(place.number, says), hears, time.monotonic())

    def _empty(self, place: _Place, ended: _Running) -> None:
        """Note that a process has ended, and when another is to take its place."""
        with ended.hears, suppress(EOFError):
            raise DataError(ended.hears.recv())
        place.falls = 1 if time.monotonic() > ended.since + _SETTLED else place.falls + 1
        how = _how(ended.process.exitcode or 0)
        if place.falls >= _MOST_FALLS:
            raise StoreError(
                f"the processes that serve end soon after they start, the last {how}; "
                "see what is said above, and serve with fewer --workers if memory is short"
            )
        wait = _waits(place.falls)
        LOG.warning("process %d ended %s; another takes its place in %g s", ended.process.pid, how, wait)
        place.running, place.due = None, time.monotonic() + wait

    def _end(self) -> None:
        """Stop every process; one that does not stop in time is killed."""
        running = [it.process for it in self._running()]
        for process in running:
            process.terminate()
        until = time.monotonic() + _STOP
        for process in running:
            process.join(max(0.0, until - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()


def _waits(falls: int) -> float:
    """Seconds to wait when a process has ended at once so often in a row: 0, 1, 3, 7."""
    return 2.0 ** (falls - 1) - 1


def _how(code: int) -> str:
    """How a process ended.

    Examples
    --------
    >>> _how(-9), _how(1)
    ('by signal 9', 'with code 1')
    """
    return f"by signal {-code}" if code < 0 else f"with code {code}"
