"""What a server frees goes back to the system."""

import os
import platform
import subprocess
import sys

import pytest
from tests.publish.started import needs_proc

from storregion.publish.serving.memory import giving_back

# Forty pieces of 10 MB, each after a small one that stays: freed, they are holes in a heap that cannot shrink
# from its end. That a piece of 30 MB is freed before them is what has glibc lay pieces of 10 MB in a heap.
BURST = """
import ctypes, sys
from pathlib import Path
if sys.argv[1:]:
    from storregion.publish.serving.memory import give_back
    give_back()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.malloc.argtypes = [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]

def piece(size):
    found = libc.malloc(size)
    ctypes.memset(found, 1, size)
    return found

libc.free(piece(30 * 2**20))
kept, large = [], []
for _ in range(40):
    large.append(piece(10 * 2**20))
    kept.append(piece(1000))
for one in large:
    libc.free(one)
pages = int(Path("/proc/self/statm").read_text().split()[1])
print(pages * 4096 // 2**20)
"""


def after_burst(*words: str) -> int:
    """Megabytes that a process of its own holds after it has freed 400."""
    call = [sys.executable, "-c", BURST, *words]
    return int(subprocess.run(call, check=True, capture_output=True, text=True).stdout)


@needs_proc
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="others have rules of their own")
def test_freed_memory_goes_back_to_the_system() -> None:
    """Of 400 MB freed nothing is held; without asking for that, all of it."""
    assert after_burst() > 400
    assert after_burst("give back") < 200


FRAMES = """
from pathlib import Path
import polars as pl
for _ in range(4):
    made = pl.DataFrame({"number": pl.int_range(10_000_000, eager=True)})
    made = made.group_by(pl.col("number") % 1000).agg(pl.col("number").alias("all"))
    del made
pages = int(Path("/proc/self/statm").read_text().split()[1])
print(pages * 4096 // 2**20)
"""


def after_frames() -> int:
    """Megabytes that a process of its own holds right after it has freed frames of 80 MB each."""
    return int(
        subprocess.run([sys.executable, "-c", FRAMES], check=True, capture_output=True, text=True).stdout
    )


@needs_proc
@pytest.mark.skipif(sys.platform != "linux", reason="others have another allocator")
def test_freed_frames_go_back_to_the_system_in_processes_that_serve() -> None:
    """Without asking for that, the library holds what several of them took for a while."""
    before = os.environ.get("_RJEM_MALLOC_CONF")
    plain = after_frames()
    with giving_back():
        asked = after_frames()
    assert plain - asked > 80
    assert os.environ.get("_RJEM_MALLOC_CONF") == before
