"""The hashes of files, remembered by what the system says of each file, so that few are read again.

A file is taken for unchanged while its place on disk, its size and the times of its last change are the
same. The time of the last change of anything about it (`ctime`) cannot be set back, so that a file put there
with an old date is read again. A file that changed a moment before it was read might change once more within
the same tick of the system's clock: it is not remembered, and read again each time until it is older.
"""

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from storregion.core import files

SETTLED = 2_000_000_000
"""Nanoseconds after its last change from which on a file's hash is remembered; some disks tick in seconds."""
MOST = 20_000
"""Hashes kept in the file; beyond it only those asked for since it was read."""


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What the system says of a file, and its hash then."""

    device: int
    inode: int
    size: int
    changed: int
    touched: int
    sha256: str

    @staticmethod
    def of(about: os.stat_result, sha256: str) -> "Seen":
        """The file as it is now."""
        return Seen(about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns, sha256)

    @property
    def settled(self) -> bool:
        """Whether the last change lies so far back that another one would show; none lies ahead."""
        return max(self.changed, self.touched) + SETTLED < time.time_ns()


class Hashes:
    """The SHA-256 of files, kept in a file from one process to the next."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is remembered; one that cannot be read is as good as none.

        Parameters
        ----------
        path : the file; nothing is kept when None.
        """
        self._path = path
        self._known: dict[str, Seen] = {}
        self._asked: dict[str, Seen] = {}
        if path is not None:
            with suppress(OSError, msgspec.DecodeError):
                self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])

    def of(self, path: Path) -> str:
        """The hash of a file, which is read unless it is sure to be unchanged.

        Raises
        ------
        OSError
            It cannot be read.
        """
        name = os.fspath(path)
        known = self._asked.get(name) or self._known.get(name)
        if known is not None and Seen.of(path.stat(), known.sha256) == known:
            self._asked[name] = known
            return known.sha256
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            seen = Seen.of(os.fstat(file.fileno()), sha256)
        if seen == Seen.of(before, sha256) and seen.settled:
            self._asked[name] = seen
        else:
            self._asked.pop(name, None)
            self._known.pop(name, None)
        return sha256

    def forget(self) -> None:
        """Read every file again."""
        self._known, self._asked = {}, {}

    def keep(self) -> None:
        """Write what is remembered; where that cannot be done, files are read again."""
        both = {**self._known, **self._asked}
        if self._path is None or both == self._known:
            return
        self._known = both if len(both) <= MOST else dict(self._asked)
        with suppress(OSError):
            files.write(self._path, [msgspec.json.encode(self._known)])
