"""Files that the program keeps in a group's folder: written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

from storregion.core.errors import StoreError


def write(where: Path, data: bytes) -> None:
    """Write a file beside its place, then move it there.

    Parameters
    ----------
    where : the file; its folder is made when it does not exist.
    data : what it shall hold.

    Raises
    ------
    StoreError
        The file or its folder is a link, or cannot be written; what was there before is untouched.
    """
    draft = where.with_name(f".{where.name}.{os.getpid()}.tmp")
    if where.parent.is_symlink() or where.is_symlink():
        raise StoreError(f"{where} leads elsewhere by a link; it is kept in the group's own folder")
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(where)
    except OSError as error:
        raise StoreError(
            f"cannot write {where}: {error.strerror}; make a copy of the group's folder that you may write, "
            "and name it with --group"
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
