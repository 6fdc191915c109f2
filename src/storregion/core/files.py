"""Files that are there whole or not at all, archives that may be damaged, and the memory at hand for them."""

import fcntl
import itertools
import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError)
"""What `zipfile` and the ways of packing inside it raise when an archive is not as it should be.

For a member locked by a password it is a plain `RuntimeError`.
"""

_turn = itertools.count()


def write(
    path: Path, pieces: Iterable[bytes | memoryview], drafts: Path | None = None, *, through: bool = True
) -> None:
    """Write a file under a temporary name and move it into place.

    Parameters
    ----------
    path : the file; its folder exists.
    pieces : its bytes, in pieces.
    drafts : the folder for the temporary file, on the same disk; the file's own when None.
    through : to the disk, so that it is there also after the power has failed.

    Raises
    ------
    OSError
        It cannot be written; what was there before is untouched and no temporary file is left.
    """
    draft = (drafts or path.parent) / f".{path.name}.{os.getpid()}.{next(_turn)}.tmp"
    try:
        # What a killed process of the same number left, or a link someone laid there, is not written through.
        draft.unlink(missing_ok=True)
        with draft.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            if through:
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Remove the temporary files that processes left in a folder when they were killed.

    Parameters
    ----------
    folder : where files were written; those of processes that still run stay.
    """
    for path in folder.glob(".*.tmp"):
        found = re.search(r"\.(\d+)\.\d+\.tmp$", path.name)
        if found and not _runs(int(found[1])):
            path.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


@contextmanager
def alone(path: Path) -> Iterator[int]:
    """Do something while no other process or thread does it; they wait.

    Parameters
    ----------
    path : a file that stands for what is done, made when missing. The system lets go of it when the process
        ends, however it ends.

    Yields
    ------
    The number of the open file.
    """
    door = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield door
    finally:
        os.close(door)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder; the system lets go of it when the process ends, however it ends.

    Parameters
    ----------
    folder : one that goes with the process, so that `abandoned` tells whether it may be removed.
    """
    door = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def abandoned(folder: Path) -> bool:
    """Whether no process holds a folder.

    Parameters
    ----------
    folder : one that `held` may hold.
    """
    door = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(door)
    return True


def free_memory() -> int | None:
    """Bytes of memory that can be had now; None where the system does not say."""
    try:
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None
