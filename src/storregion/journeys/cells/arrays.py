"""Arrays in one file that several processes map into memory, and that says when it is damaged.

A line that names the format, the length of a header, the header as JSON, then each array's bytes at a
multiple of 64. Nothing in it is run when it is read.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storregion.journeys.cells.parts import put

MAGIC = b"storregion arrays 1\n"
_ALIGNED = 64
_KINDS = "iuf"


class _Array(msgspec.Struct):
    dtype: str
    shape: tuple[int, ...]
    offset: int
    crc: int


class _Header(msgspec.Struct):
    said: dict[str, Any]
    arrays: list[_Array]


def save(path: Path, said: dict[str, Any], arrays: Sequence[NDArray[Any]]) -> None:
    """Write arrays of numbers, and what is said of them, to one file; it is there whole or not at all.

    Parameters
    ----------
    path : the file.
    said : words and numbers that JSON can hold.
    arrays : in the order that `load` gives them back.
    """
    listed, parts, offset = [], list[memoryview | bytes](), 0
    for array in map(np.ascontiguousarray, arrays):
        raw = array.reshape(-1).view(np.uint8).data  # no copy: a network's arrays fill hundreds of MB
        fill = bytes(-len(raw) % _ALIGNED)
        listed.append(_Array(array.dtype.str, array.shape, offset, zlib.crc32(raw)))
        parts += [raw, fill]
        offset += len(raw) + len(fill)
    header = msgspec.json.encode(_Header(said, listed))
    front = MAGIC + len(header).to_bytes(8, "little") + header
    put(path, (front, bytes(-len(front) % _ALIGNED), *parts))


def load(path: Path, *, checked: bool = True) -> tuple[dict[str, Any], list[NDArray[Any]]] | None:
    """What `save` wrote, mapped into memory, or None where it is not there or not whole.

    What is written into the arrays stays in this process.

    Parameters
    ----------
    path : the file.
    checked : look at every byte; left out by those for whom another process just did.
    """
    try:
        whole = np.asarray(np.memmap(path, np.uint8, mode="c"))
        if whole[: len(MAGIC)].tobytes() != MAGIC:
            return None
        begin = len(MAGIC) + 8
        length = int.from_bytes(whole[len(MAGIC) : begin].tobytes(), "little")
        header = msgspec.json.decode(whole[begin : begin + length].tobytes(), type=_Header)
        begin += length + -(begin + length) % _ALIGNED
        return header.said, [_one(whole, begin, part, checked) for part in header.arrays]
    except (OSError, ValueError, TypeError, msgspec.DecodeError):
        return None


def _one(whole: NDArray[np.uint8], begin: int, part: _Array, checked: bool) -> NDArray[Any]:
    dtype = np.dtype(part.dtype)
    if dtype.kind not in _KINDS:
        raise ValueError(f"{part.dtype} holds no numbers")
    size = dtype.itemsize * int(np.prod(part.shape, dtype=np.int64))
    raw = whole[begin + part.offset : begin + part.offset + size]
    if len(raw) != size or (checked and zlib.crc32(raw.data) != part.crc):
        raise ValueError("the bytes are not those that were written")
    return raw.view(dtype).reshape(part.shape)
