"""Compilation, kept on disk where there is a place for it."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """A function of numbers and arrays as machine code, during which other threads run.

    The code is kept beside the source, else in the user's cache folder; where neither can be written to (a
    read-only container), it is compiled anew in each process.

    Parameters
    ----------
    function : what Numba can compile; it is compiled when first called.
    """
    try:
        return cast(Callable[P, R], njit(cache=True, nogil=True)(function))
    except RuntimeError:  # Numba found no folder to keep the code in
        return cast(Callable[P, R], njit(nogil=True)(function))
