"""Processes that a process under test has started, looked for in /proc."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks for processes in /proc")
_LOOKS = 2400
"""How often to look, two minutes in all, before something is said never to come."""


def eventually(holds: Callable[[], object]) -> bool:
    """Whether something comes to hold."""
    for _ in range(_LOOKS):
        if holds():
            return True
        time.sleep(0.05)
    return False


def runs(process: int) -> bool:
    """Whether a process is there; one that waits to be buried has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(parent: int) -> set[int]:
    """The processes that a process has started, also those that only clean up after others."""
    try:
        found = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    except OSError:
        return set()
    return {int(child) for child in found}


def working(parent: int) -> set[int]:
    """The children of a process that do its work."""
    found = set()
    for child in children(parent):
        # One may end while it is looked at.
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.add(child)
    return found
