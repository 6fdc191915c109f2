"""Bake the portal to a folder that any web server can host, at the same addresses as when served live."""

import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from storregion.core import files
from storregion.core.errors import CallError, DataError, StoreError, StorregionError
from storregion.core.language import LANGUAGES, Language
from storregion.core.workspace import Workspace
from storregion.publish import processes
from storregion.publish.portal import open_site
from storregion.publish.site import Site

Opened = tuple[Path, Path, str, bool, bool]


_MARK = ".storregion-portal"
_BATCH = 12


def bake(
    workspace: Workspace,
    folder: Path,
    report: Callable[[int, int], None] | None = None,
    workers: int = 2,
    *,
    reports: bool = False,
) -> int:
    """Write every page and file of the portal into a folder.

    The portal is written beside the folder and moved into place when it is whole, so what was there before
    stays readable until then.

    Parameters
    ----------
    workspace : what is published; it is built first where out of date.
    folder : where to; must not exist, be empty, or hold an earlier portal.
    report : called with the number of pages done and in all.
    workers : processes.
    reports : whether reports are written in all formats too; that takes a third of the time and of the room.

    Returns
    -------
    The number of files written.

    Raises
    ------
    CallError
        The folder holds something else.
    StoreError
        The folder cannot be written.
    DataError
        The group's files changed meanwhile.
    """
    folder = folder.resolve()
    _may_replace(folder)
    if not workspace.as_built:
        workspace.build()
    site = open_site(workspace, reports=reports)
    try:
        with _draft(folder) as draft:
            count = sum(1 for _ in _written(site, draft, report, workers))
            (draft / _MARK).write_text("made by storregion bake\n", "utf-8")
            _swap(draft, folder)
    except StorregionError:
        raise
    except BrokenProcessPool:
        raise StoreError(f"a process that bakes {folder} was stopped from outside; bake again") from None
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror}; choose another with --to") from None
    return count


def _may_replace(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise CallError(f"{folder} is a file; --to takes a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).exists():
        raise CallError(f"{folder} holds something else than an earlier portal; choose an empty folder")


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """An empty folder beside the portal, held while it is filled and gone afterwards."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    draft = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.tmp")
    draft.mkdir()
    try:
        with files.held(draft):
            yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what killed bakes left beside the portal, or put back what one had moved aside."""
    for path in folder.parent.iterdir():
        found = re.fullmatch(rf"\.{re.escape(folder.name)}\.[0-9a-f]{{8}}\.(tmp|old)", path.name)
        if not found or not path.is_dir() or not files.abandoned(path):
            continue
        if found[1] == "old" and not folder.exists():
            path.rename(folder)
        else:
            shutil.rmtree(path, ignore_errors=True)


def _swap(draft: Path, folder: Path) -> None:
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


def _written(
    site: Site, draft: Path, report: Callable[[int, int], None] | None, workers: int
) -> Iterator[str]:
    """Write the portal; yield every path written."""
    for path in site.addresses_outside_pages():
        yield _write(site, draft, path)
    jobs: list[tuple[Language, str]] = [
        (language, address) for address in site.makers for language in LANGUAGES
    ]
    batches = [jobs[at : at + _BATCH] for at in range(0, len(jobs), _BATCH)]
    workspace = site.workspace
    read = (workspace.folder, workspace.store.folder, workspace.scenario_name, workspace.as_built)
    opened = (*read, site.reports)
    keys = _keys(site)
    done = 0
    with processes.pool(workers) as pool:
        running = {pool.submit(_bake_batch, opened, keys, draft, batch): batch for batch in batches}
        try:
            for future in as_completed(running):
                yield from future.result()
                done += len(running[future])
                if report is not None:
                    report(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


@lru_cache(maxsize=1)
def _opened(opened: Opened) -> Site:
    """The site of this process, opened once."""
    folder, store, scenario_name, as_built, reports = opened
    return open_site(Workspace(folder, store, scenario_name, as_built=as_built), reports=reports)


def _keys(site: Site) -> dict[str, str]:
    return {table: site.workspace.key(table) for table in site.workspace.steps}


def _bake_batch(
    opened: Opened, keys: dict[str, str], draft: Path, batch: list[tuple[Language, str]]
) -> list[str]:
    """Write some pages and their files, all from the tables of the given keys."""
    site = _opened(opened)
    written = [_write(site, draft, path) for job in batch for path in site.files(*job)]
    if _keys(site) != keys:
        raise DataError(f"the files or tables of {opened[0]} changed while baking; bake again")
    return written


def _write(site: Site, draft: Path, path: str) -> str:
    target = draft / (path + "index.html" if path.endswith("/") else path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(site.answer(path).body)
    return path
