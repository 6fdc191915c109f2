"""Large files for many processes: in a folder that all of them see, or in an object store through fsspec."""

import atexit
import hashlib
import shutil
import tempfile
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from storregion.core.errors import CallError, DataError


def put(path: Path, url: str | None) -> str:
    """Where other processes find a file.

    Parameters
    ----------
    path : the file.
    url : a folder that fsspec knows, as s3://bucket/folder; None where all processes see the file itself.

    Returns
    -------
    The file's own path, or its address below the URL, named by its content: what is there is not sent again.

    Raises
    ------
    CallError
        The URL cannot be written.
    """
    if url is None:
        return str(path.resolve())
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    address = f"{url.rstrip('/')}/{digest}"
    try:
        files, inside = _fsspec().core.url_to_fs(address)
        if not files.exists(inside):
            files.makedirs(inside.rpartition("/")[0], exist_ok=True)
            # Under another name until it is whole, as others may be reading.
            files.put_file(str(path), f"{inside}.part")
            files.mv(f"{inside}.part", inside)
    except Exception as error:  # what a file system may raise is its own
        raise CallError(f"--share {url} cannot be written: {error}") from None
    return address


@lru_cache(maxsize=8)
def here(address: str) -> Path:
    """The file at an address of `put`, fetched once in each process where it lies far away.

    Raises
    ------
    DataError
        It cannot be read, or is not what was put there.
    """
    if "://" not in address:
        return Path(address)
    name = address.rpartition("/")[2]
    path = _folder() / name
    try:
        files, inside = _fsspec().core.url_to_fs(address)
        files.get_file(inside, str(path))
    except Exception as error:  # what a file system may raise is its own
        raise DataError(f"a worker cannot read {address}: {error}") from None
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != name:
            raise DataError(f"{address} is not what was put there; remove it and run the same words again")
    return path


def _fsspec() -> Any:
    if find_spec("fsspec") is None:
        raise CallError("--share needs fsspec; install with: pip install 'storregion[cluster]'")
    return import_module("fsspec")


@cache
def _folder() -> Path:
    """This process's folder for what it fetches, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="storregion-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
