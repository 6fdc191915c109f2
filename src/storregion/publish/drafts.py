"""A folder written beside the one whose place it takes, which stays as it was until the new one is whole."""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storregion.core import files
from storregion.core.errors import CallError

MARK = ".storregion-portal"
"""The file that a portal is known by."""


def may_replace(folder: Path) -> None:
    """Refuse a folder that holds something else than a portal."""
    if folder.exists() and not folder.is_dir():
        raise CallError(f"{folder} is a file; --to takes a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise CallError(f"{folder} holds something else than an earlier portal; choose an empty folder")


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """An empty folder beside the portal, held while it is filled and gone afterwards."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    draft.mkdir()
    try:
        with files.held(draft):
            yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what killed bakes left beside the portal, or put back what one had moved aside."""
    for path in folder.parent.iterdir():
        found = re.fullmatch(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.(tmp|old)", path.name)
        if not found or not path.is_dir() or not files.abandoned(path):
            continue
        if found[1] == "old" and not folder.exists():
            path.rename(folder)
        else:
            shutil.rmtree(path, ignore_errors=True)


def swap(draft: Path, folder: Path) -> None:
    """Put the new portal in the old one's place, or leave the old one there."""
    if not folder.exists():
        draft.rename(folder)
        return
    old = draft.with_suffix(".old")
    folder.rename(old)
    try:
        draft.rename(folder)
    except BaseException:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)
