"""Files that the program keeps in a group's folder: written whole or not at all."""

from pathlib import Path

from storregion.core import files
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
    if where.parent.is_symlink() or where.is_symlink():
        raise StoreError(f"{where} leads elsewhere by a link; it is kept in the group's own folder")
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        files.write(where, [data])
    except OSError as error:
        raise StoreError(
            f"cannot write {where}: {error.strerror}; make a copy of the group's folder that you may write, "
            "and name it with --group"
        ) from None
