"""Answers as they are kept: made once, packed once, small ones in memory and large ones on disk."""

import gzip
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import brotli

from storregion.publish.parts import Answer

PLAIN = "identity"
_PACKED = ("text/", "application/json", "application/xml", "application/rdf+xml", "image/svg+xml")
"""Media types, by their beginning, that packing makes smaller."""
_LEAST = 800
_LARGE = 512 * 1024
"""Bytes from which an answer lies on disk, packed less hard."""


class OnDisk:
    """Bytes in a file without a name, which goes with the last who reads it."""

    def __init__(self, folder: Path, body: bytes) -> None:
        """Write the bytes.

        Parameters
        ----------
        folder : on the disk that is to hold them.
        body : the bytes.
        """
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed with this object
        weakref.finalize(self, self._file.close)
        self._file.write(body)
        self._file.flush()
        self._size = len(body)

    def __len__(self) -> int:
        """How many bytes."""
        return self._size

    def part(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return os.pread(self._file.fileno(), end - start, start)


class InMemory:
    """Bytes that are read as those on disk are."""

    def __init__(self, body: bytes) -> None:
        """Hold the bytes."""
        self._body = body

    def __len__(self) -> int:
        """How many bytes."""
        return len(self._body)

    def part(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return self._body[start:end]


Bytes = OnDisk | InMemory


@dataclass(frozen=True)
class Kept:
    """An answer ready to send: its media type, its tag, and its bytes as they are and packed."""

    media_type: str
    tag: str
    bodies: Mapping[str, Bytes]

    @property
    def weight(self) -> tuple[int, int, int]:
        """Its bytes in memory and on disk, and its open files."""
        on_disk = [len(body) for body in self.bodies.values() if isinstance(body, OnDisk)]
        return sum(map(len, self.bodies.values())) - sum(on_disk), sum(on_disk), len(on_disk)


def prepared(answer: Answer, tag: str, folder: Path) -> Kept:
    """An answer packed, and on disk where it is large.

    Parameters
    ----------
    answer : what is to be sent.
    tag : of its content.
    folder : on the disk that holds large answers.
    """
    body, large = answer.body, len(answer.body) >= _LARGE
    found = {PLAIN: body}
    if answer.media_type.startswith(_PACKED) and len(body) >= _LEAST:
        found["br"] = brotli.compress(body, quality=4 if large else 6)
        # Without a time, so that the same content gives the same bytes.
        found["gzip"] = gzip.compress(body, 5 if large else 6, mtime=0)
    bodies = {name: OnDisk(folder, it) if large else InMemory(it) for name, it in found.items()}
    return Kept(answer.media_type, tag, bodies)


class Shelf:
    """Kept answers by address, those asked for last, within bounds of memory, disk and open files."""

    def __init__(self, memory: int, disk: int, files: int) -> None:
        """Keep nothing yet.

        Parameters
        ----------
        memory, disk : the most bytes of all answers together.
        files : the most files open.
        """
        self._bounds = (memory, disk, files)
        self._weights = [0, 0, 0]
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def get(self, address: str) -> Kept | None:
        """What is kept of an address."""
        found = self._kept.get(address)
        if found is not None:
            self._kept.move_to_end(address)
        return found

    def put(self, address: str, kept: Kept) -> None:
        """Keep an answer; what was asked for longest ago goes where there are too many bytes."""
        self._take(address)
        self._kept[address] = kept
        self._weigh(kept, 1)
        while len(self._kept) > 1 and any(
            weight > most for weight, most in zip(self._weights, self._bounds, strict=True)
        ):
            self._take(next(iter(self._kept)))

    def clear(self) -> None:
        """Keep nothing more."""
        self._kept.clear()
        self._weights = [0, 0, 0]

    def _take(self, address: str) -> None:
        gone = self._kept.pop(address, None)
        if gone is not None:
            self._weigh(gone, -1)

    def _weigh(self, kept: Kept, sign: int) -> None:
        for at, weight in enumerate(kept.weight):
            self._weights[at] += sign * weight
