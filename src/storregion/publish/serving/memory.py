"""Memory given back to the system as soon as it is free, where the system lets a process ask for that."""

import ctypes

_TRIM, _MAPPED, _ARENAS = -1, -3, -8
"""What glibc's `mallopt` calls its parameters (mallopt(3)): when freed ends are given back, from what size on
a piece is given back by itself, and how many heaps threads have."""
_PIECE = 128 * 1024
"""Bytes. glibc begins with as many, but takes more each time a larger piece is freed, up to 32 MB."""
_HEAPS = 2


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
