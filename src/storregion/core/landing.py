"""Landing: several files of a group take their places together, or none does.

The files lie first in `fetched/.landing`, written through to the disk. One small plan, moved into place in
a single step, says where each belongs; from then on they have landed, and whoever opens the group next
finishes the moving if the process that began it was killed.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from storregion.core.errors import StoreError

PLACE = Path("fetched", ".landing")
_PLAN = "plan.json"


def settle(group: Path) -> bool:
    """Finish a landing that was interrupted; return whether there was one.

    Parameters
    ----------
    group : the group's folder.

    Raises
    ------
    StoreError
        A landing waits, and its files cannot be moved.
    """
    plan = group / PLACE / _PLAN
    try:
        moves = json.loads(plan.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise StoreError(f"{plan} cannot be read ({error}); remove it and fetch again") from None
    try:
        for name, place in moves.items():
            draft = group / PLACE / name
            # One that is gone was moved before the interruption.
            if draft.exists():
                (group / place).parent.mkdir(parents=True, exist_ok=True)
                draft.replace(group / place)
        plan.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritten(group, error) from None
    shutil.rmtree(group / PLACE, ignore_errors=True)
    return True


def land(group: Path, files: Mapping[str, bytes | Path]) -> None:
    """Put files into a group's folder, all of them or none.

    Parameters
    ----------
    group : the group's folder.
    files : by the place inside the group: the content, or a file whose content it is to be.

    Raises
    ------
    StoreError
        The folder cannot be written.
    """
    settle(group)
    staged = group / PLACE
    try:
        # What lies there without a plan never landed.
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        moves = {}
        for number, (place, content) in enumerate(sorted(files.items())):
            _stage(staged / str(number), content)
            moves[str(number)] = place
        _write(staged / f".{_PLAN}", json.dumps(moves).encode())
        _flush(staged)
        (staged / f".{_PLAN}").replace(staged / _PLAN)
        _flush(staged)
    except OSError as error:
        shutil.rmtree(staged, ignore_errors=True)
        raise _unwritten(group, error) from None
    settle(group)


def _stage(path: Path, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        _write(path, content)
        return
    try:
        os.link(content, path)
    except OSError:
        # Another file system, or one without links.
        shutil.copyfile(content, path)
        with path.open("rb+") as file:
            os.fsync(file.fileno())


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    """Write a folder's names through to the disk, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unwritten(group: Path, error: OSError) -> StoreError:
    return StoreError(
        f"cannot write into {group}: {error.strerror}; free space, or make a copy of the group's folder that "
        "you may write, and name it with --group"
    )
