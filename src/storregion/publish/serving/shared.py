"""Answers that the processes of a server make for each other, each once, in files that go with the server."""

import hashlib
import logging
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from storregion.core import files
from storregion.publish.serving.kept import Kept, read_kept, written

LOG = logging.getLogger("storregion.portal")


class Shared:
    """What one process makes and the others find, within a bound of bytes for each."""

    def __init__(self, folder: Path, number: int, workers: int, most: int) -> None:
        """Begin with nothing made by this process; what one before it in its place had made is removed.

        Parameters
        ----------
        folder : of all processes.
        number : of this process, from 0.
        workers : how many there are.
        most : bytes that this process may have made; what is oldest goes.
        """
        places = [folder / str(it) for it in range(workers)]
        self._own, self._locks, self._most = places[number], folder / "locks", most
        self._places = [self._own, *(it for it in places if it != self._own)]
        shutil.rmtree(self._own, ignore_errors=True)
        self._own.mkdir()
        self._locks.mkdir(exist_ok=True)
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._turn = threading.Lock()

    def once(self, content: str, make: Callable[[], Kept]) -> Kept:
        """An answer that any of the processes has made, or that is made now; who else wants it waits.

        Parameters
        ----------
        content : what tells one answer's content from another.
        make : makes it, in memory.
        """
        name = hashlib.sha256(content.encode()).hexdigest()
        if found := self._found(name):
            return found
        lock = self._locks / name
        with files.alone(lock):
            try:
                return self._found(name) or self._put(name, make())
            finally:
                # Who waits finds the answer; who comes later needs no lock.
                lock.unlink(missing_ok=True)

    def _found(self, name: str) -> Kept | None:
        for place in self._places:
            if found := read_kept(place / name):
                return found
        return None

    def _put(self, name: str, kept: Kept) -> Kept:
        """Lay an answer where others find it; it is answered all the same where the disk takes nothing."""
        pieces = written(kept)
        try:
            files.write(self._own / name, pieces, through=False)
        except OSError as fault:
            LOG.warning("an answer cannot be laid in %s for others: %s", self._own, fault.strerror)
            return kept
        with self._turn:
            self._sizes[name] = sum(map(len, pieces))
            while sum(self._sizes.values()) > self._most and len(self._sizes) > 1:
                # Who reads it has it open.
                (self._own / self._sizes.popitem(last=False)[0]).unlink(missing_ok=True)
        return read_kept(self._own / name) or kept


@contextmanager
def shared_folder(store: Path) -> Iterator[Path]:
    """A folder for the answers of one server, gone afterwards; what killed servers left goes first.

    Parameters
    ----------
    store : the folder of the store, on whose disk it lies.
    """
    place = store / "serving"
    place.mkdir(exist_ok=True)
    folder = place / secrets.token_hex(4)
    with ExitStack() as held:
        # Alone, so that no other server takes a folder that is not held yet for one that was left.
        with files.alone(store / "serving.lock"):
            for left in place.iterdir():
                if files.abandoned(left):
                    shutil.rmtree(left, ignore_errors=True)
            folder.mkdir()
            held.callback(shutil.rmtree, folder, ignore_errors=True)
            held.enter_context(files.held(folder))
        yield folder
