"""Bake the portal to a folder that any web server can host, at the same addresses as when served live.

What an earlier portal in the folder has, and rests on nothing that has changed since, is taken over as it is.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from storregion.core.errors import DataError, StoreError, StorregionError
from storregion.core.language import LANGUAGES, Language
from storregion.core.reads import noted
from storregion.core.workspace import Workspace
from storregion.publish import drafts, manifest, processes
from storregion.publish.content import key_beside_tables
from storregion.publish.earlier import Earlier
from storregion.publish.manifest import File, Made
from storregion.publish.portal import open_site
from storregion.publish.site import Site
from storregion.publish.versions import Versions

_BATCH = 12
Report = Callable[[int, int], None]


class Job(NamedTuple):
    """A page with all its files; or an open file, which is of no language."""

    language: Language | None
    address: str

    @property
    def name(self) -> str:
        """Its address from the root."""
        return f"{self.language}/{self.address}" if self.language else self.address


class Opened(NamedTuple):
    """What a process needs to open the same site from the same tables, and the same earlier portal."""

    folder: Path
    store: Path
    scenario: str
    as_built: bool
    reports: bool
    earlier: Path
    inode: int | None


Task = Callable[[Sequence[Job]], list[Made]]


@dataclass(frozen=True)
class Baked:
    """What a bake did.

    Attributes
    ----------
    written, kept : files that were written anew, and files taken over from the earlier portal.
    size : bytes of all.
    """

    written: int
    kept: int
    size: int


def bake(
    workspace: Workspace,
    folder: Path,
    report: Report | None = None,
    workers: int = 2,
    *,
    reports: bool = False,
) -> Baked:
    """Write every page and file of the portal into a folder.

    The portal is written beside the folder and moved into place when it is whole, so what was there before
    stays readable until then.

    Parameters
    ----------
    workspace : what is published; it is built first where out of date.
    folder : where to; must not exist, be empty, or hold an earlier portal.
    report : called with the number of pages done and of those that are not taken over.
    workers : processes.
    reports : whether reports are written in all formats too; that takes a third of the time and of the room.

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
    drafts.may_replace(folder)
    if not workspace.as_built:
        workspace.build()
    site = open_site(workspace, reports=reports)
    try:
        with drafts.draft(folder) as draft:
            made = _filled(site, folder, draft, report, workers)
            drafts.swap(draft, folder)
    except StorregionError:
        raise
    except BrokenProcessPool:
        raise StoreError(f"a process that bakes {folder} was stopped from outside; bake again") from None
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror}; choose another with --to") from None
    count, new = sum(len(one.files) for one in made), sum(one.new for one in made)
    return Baked(new, count - new, sum(file.size for one in made for file in one.files))


def _filled(site: Site, folder: Path, draft: Path, report: Report | None, workers: int) -> list[Made]:
    """Fill a draft with what can be taken over and with what cannot; its manifest comes last."""
    version, beside = Versions(site), f"{key_beside_tables(site.workspace)} {site.reports}"
    with closing(Earlier(folder)) as earlier:
        jobs, made = _jobs(site), list[Made]()
        if earlier.contents.beside == beside:
            made = [kept for job in jobs if (kept := earlier.kept(job.name, version, draft)) is not None]
        there = {one.name for one in made}
        due = [job for job in jobs if job.name not in there]
        opened = _opened_as(site, folder, earlier.inode)
        task = partial(_bake_batch, opened, _keys(site), draft)
        made += _made(task, due, report, workers)
    read = sorted({read for one in made for read in one.reads})
    manifest.write(draft, beside, made, {one: version(one) for one in read})
    return made


def _jobs(site: Site) -> list[Job]:
    """All there is to make; the descriptions of all tables, which take longest, come first."""
    alone = [Job(None, path) for path in reversed(site.addresses_outside_pages())]
    return alone + [Job(language, address) for address in site.makers for language in LANGUAGES]


def _opened_as(site: Site, earlier: Path, inode: int | None) -> Opened:
    it = site.workspace
    known = (it.folder, it.store.folder, it.scenario_name, it.as_built)
    return Opened(*known, site.reports, earlier, inode)


def _made(task: Task, jobs: Sequence[Job], report: Report | None, workers: int) -> Iterator[Made]:
    """Make some pages and files, in several processes."""
    batches = [jobs[at : at + _BATCH] for at in range(0, len(jobs), _BATCH)]
    if not batches:
        return
    done = 0
    with processes.pool(min(workers, len(batches))) as pool:
        running = {pool.submit(task, batch): batch for batch in batches}
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
def _opened(it: Opened) -> tuple[Site, Earlier]:
    """The site and the earlier portal of this process, opened once."""
    workspace = Workspace(it.folder, it.store, it.scenario, as_built=it.as_built)
    return open_site(workspace, reports=it.reports), Earlier(it.earlier, it.inode)


def _keys(site: Site) -> dict[str, str]:
    return {table: site.workspace.key(table) for table in site.workspace.steps}


def _bake_batch(opened: Opened, keys: dict[str, str], draft: Path, batch: Sequence[Job]) -> list[Made]:
    """Make some pages and their files, all from the tables of the given keys."""
    site, earlier = _opened(opened)
    made = [_page(site, earlier, draft, job) for job in batch]
    if _keys(site) != keys:
        raise DataError(f"the files or tables of {opened.folder} changed while baking; bake again")
    return made


def _page(site: Site, earlier: Earlier, draft: Path, job: Job) -> Made:
    """Make a page and its files, and note what was read for them."""
    files, new = [], 0
    with noted() as reads:
        paths = site.files(job.language, job.address) if job.language else [job.address]
        for path in paths:
            body = site.answer(path).body
            name = path + "index.html" if path.endswith("/") else path
            sha256 = hashlib.sha256(body).hexdigest()
            if (file := earlier.same(name, sha256, draft)) is None:
                file, new = _written(draft, name, body, sha256), new + 1
            files.append(file)
    if job.language:
        site.forget(job.language, job.address)
    return Made(job.name, files, sorted(reads), new)


def _written(draft: Path, name: str, body: bytes, sha256: str) -> File:
    target = draft / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:  # never into a file that an earlier portal has too
        file.write(body)
    return File(name, len(body), sha256, target.stat().st_mtime_ns)
