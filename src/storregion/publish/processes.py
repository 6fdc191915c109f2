"""Processes that make pages and reports side by side, and that end when the one that started them does."""

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, get_context, parent_process

from storregion.core.garbage import collect_rarely


def pool(workers: int) -> ProcessPoolExecutor:
    """Processes to hand work to; none outlives this one, however it ends.

    Parameters
    ----------
    workers : how many.
    """
    # A fresh process each: the chart renderer and Polars keep threads that a fork would break.
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    end_with_parent()
    collect_rarely()


def end_with_parent() -> None:
    """End this process when its parent ends, also when that is killed: the system then closes a pipe."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    # Whatever this process is making, nobody takes it; nothing is to be tidied up either.
    os._exit(1)
