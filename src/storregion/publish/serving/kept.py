"""Answers as they are kept: made once, packed once, small ones in memory and large ones on disk."""

import gzip
import os
import tempfile
import weakref
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import brotli
import msgspec

from storregion.publish.parts import Answer

PLAIN = "identity"
_PACKED = ("text/", "application/json", "application/xml", "application/rdf+xml", "image/svg+xml")
"""Media types, by their beginning, that packing makes smaller."""
_LEAST = 800
_COUNT = 4
"""Bytes that say how long the head of a file is."""
_LARGE = 512 * 1024
"""Bytes from which an answer lies on disk."""
_BROTLI, _GZIP = 5, 6
"""How hard to pack: harder takes many times as long for a few per cent less."""


class OpenFile:
    """A file that is read in parts, and closed with the last who reads it."""

    def __init__(self, door: int) -> None:
        """Take over an open file by its number."""
        self.door = door
        weakref.finalize(self, os.close, door)


class OnDisk:
    """Bytes in a file."""

    def __init__(self, file: OpenFile, start: int, size: int) -> None:
        """Say where they lie."""
        self.file, self._start, self._size = file, start, size

    def __len__(self) -> int:
        """How many bytes."""
        return self._size

    def part(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return os.pread(self.file.door, end - start, self._start + start)


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
        on_disk = [body for body in self.bodies.values() if isinstance(body, OnDisk)]
        size = sum(map(len, on_disk))
        return sum(map(len, self.bodies.values())) - size, size, len({id(body.file) for body in on_disk})


class _Head(msgspec.Struct):
    """What stands first in a file of an answer: before its bytes, packed in each way."""

    media_type: str
    tag: str
    sizes: dict[str, int]


def packed(answer: Answer, tag: str) -> Kept:
    """An answer packed, in memory.

    Parameters
    ----------
    answer : what is to be sent.
    tag : of its content.
    """
    body = answer.body
    found = {PLAIN: body}
    if answer.media_type.startswith(_PACKED) and len(body) >= _LEAST:
        found["br"] = brotli.compress(body, quality=_BROTLI)
        # Without a time, so that the same content gives the same bytes.
        found["gzip"] = gzip.compress(body, _GZIP, mtime=0)
    return Kept(answer.media_type, tag, {name: InMemory(it) for name, it in found.items()})


def laid(kept: Kept, folder: Path) -> Kept:
    """An answer on disk if it is large, in a file without a name, which goes with the last who reads it.

    Parameters
    ----------
    kept : the answer, in memory.
    folder : on the disk that is to hold it.
    """
    if len(kept.bodies[PLAIN]) < _LARGE:
        return kept
    with tempfile.TemporaryFile(dir=folder) as file:
        file.writelines(written(kept))
        file.flush()
        return _read(os.dup(file.fileno()))


def written(kept: Kept) -> list[bytes]:
    """The pieces of a file that holds an answer."""
    sizes = {name: len(body) for name, body in kept.bodies.items()}
    head = msgspec.json.encode(_Head(kept.media_type, kept.tag, sizes))
    bodies = [body.part(0, len(body)) for body in kept.bodies.values()]
    return [len(head).to_bytes(_COUNT, "big"), head, *bodies]


def read_kept(path: Path) -> Kept | None:
    """The answer that a file holds; large ones stay there. None where the file does not exist.

    Parameters
    ----------
    path : the file, of the pieces that `written` gives.
    """
    try:
        return _read(os.open(path, os.O_RDONLY))
    except FileNotFoundError:
        return None


def _read(door: int) -> Kept:
    file = OpenFile(door)
    size = int.from_bytes(os.pread(door, _COUNT, 0), "big")
    head = msgspec.json.decode(os.pread(door, size, _COUNT), type=_Head)
    large = head.sizes[PLAIN] >= _LARGE
    bodies, start = dict[str, Bytes](), _COUNT + size
    for name, count in head.sizes.items():
        bodies[name] = OnDisk(file, start, count) if large else InMemory(os.pread(door, count, start))
        start += count
    return Kept(head.media_type, head.tag, bodies)


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
