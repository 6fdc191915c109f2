"""Memory given back to the system as soon as it is free, where the system lets a process ask for that."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_TRIM, _MAPPED, _ARENAS = -1, -3, -8
"""What glibc's `mallopt` calls its parameters (mallopt(3)): when freed ends are given back, from what size on
a piece is given back by itself, and how many heaps threads have."""
_PIECE = 128 * 1024
"""Bytes. glibc begins with as many, but takes more each time a larger piece is freed, up to 32 MB."""
_HEAPS = 2
_FRAMES = "_RJEM_MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"
"""What the allocator of the data frame library reads when the library is loaded (jemalloc(3)); the last one
said counts. Without it, what one change that is tried has freed is held on to, and the next takes more."""


def give_back() -> None:
    """Have this process give back what it frees.

    A server calculates in bursts. Without this it holds for good what the largest of them took, and more
    after each, between pieces that are still in use.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    # Only glibc has it; others have rules of their own for what they give back.
    if mallopt is not None:
        for parameter, value in ((_TRIM, _PIECE), (_MAPPED, _PIECE), (_ARENAS, _HEAPS)):
            mallopt(parameter, value)


@contextmanager
def giving_back() -> Iterator[None]:
    """Have processes that are started meanwhile give back what their data frames free.

    This process has loaded the library, so that for itself it is too late.
    """
    name, value = _FRAMES
    before = os.environ.get(name)
    os.environ[name] = f"{before},{value}" if before else value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
