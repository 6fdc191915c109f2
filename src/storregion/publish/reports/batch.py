"""Reports as files: some or all of a group's, in several processes."""

from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from functools import lru_cache
from pathlib import Path

from storregion.core import files
from storregion.core.errors import CallError, StoreError
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish import processes
from storregion.publish.portal import open_site
from storregion.publish.reports import (
    decks,
    meeting,
    scenario_sheet,
    slides_file,
    state,
    subject,
    underlag,
)
from storregion.publish.reports.files import Job, file
from storregion.publish.reports.model import Report
from storregion.publish.site import Site
from storregion.strategy import kept

Opened = tuple[Path, Path, str, bool]


SLIDES_ONLY = ("focus",)
"""What slides alone are made on."""


NAMED = {
    "meeting": "as its file in strategy/meetings",
    "focus": "as in the edition in force",
    "scenario": "as its file in scenarios",
}
"""What is asked for by its kind and a name, and what the name is."""


_BATCH = 8


def jobs(workspace: Workspace, what: Sequence[str]) -> list[Job]:
    """The jobs that a call asks for.

    Parameters
    ----------
    workspace : the group.
    what : codes or names of places, `all` for every municipality, `state`, or `meeting`, `focus` or
        `scenario` and a name.

    Raises
    ------
    CallError
        A place is unknown, or what has a name is not named.
    """
    if what[0] in NAMED:
        if len(what) != 2:
            raise CallError(f"name one {what[0]}: 'report {what[0]} NAME', {NAMED[what[0]]}")
        return [(what[0], what[1])]
    site, found = open_site(workspace), dict[Job, None]()
    for wanted in what:
        if wanted == "all":
            rows = workspace.table("places").filter(kind="municipality")
            found |= dict.fromkeys(("place", code) for code in sorted(rows["place"]))
        elif wanted == "state":
            found["state", ""] = None
        else:
            found["place", subject.subject(site, "sv", wanted).code] = None
    return list(found)


def made(site: Site, language: Language, job: Job) -> Report:
    """The report of a job.

    Parameters
    ----------
    site : where everything is read.
    language : of the report.
    job : `("place", code)`, `("state", "")`, `("meeting", name)` or `("scenario", name)`.
    """
    kind, name = job
    if kind == "place":
        return underlag.report(site, language, name)
    if kind == "scenario":
        return scenario_sheet.report(site, language, name)
    return state.report(site, language) if kind == "state" else meeting.report(site, language, name)


def write(
    workspace: Workspace,
    jobs: Sequence[Job],
    forms: Sequence[str],
    language: Language,
    folder: Path,
    report: Callable[[int, int], None] | None = None,
    workers: int = 2,
) -> list[Path]:
    """Write reports to a folder; return the files in order.

    Parameters
    ----------
    workspace : the group, built.
    jobs : what is reported on.
    forms : `pdf`, `docx`, `pptx` and `gpkg`. Map layers are made for places only, no slides for meetings, and
        nothing but slides for focus areas.
    language : of the reports.
    folder : where to; made when missing. Files of the same names are replaced.
    report : called with the number of reports done and in all.
    workers : processes; few reports are made in this one.

    Raises
    ------
    StoreError
        The folder cannot be written.
    CallError
        Something else than slides is asked for where only slides are made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.sweep(folder)
    except OSError as error:
        raise StoreError(f"cannot write {folder}: {error.strerror}; choose another with --to") from None
    opened = (workspace.folder, workspace.store.folder, workspace.scenario_name, workspace.as_built)
    batches = [list(jobs[at : at + _BATCH]) for at in range(0, len(jobs), _BATCH)]
    if len(batches) < 2:
        found = _some(open_site(workspace), jobs, forms, language, folder)
        if report is not None:
            report(len(jobs), len(jobs))
        return found
    done, paths = 0, dict[int, list[Path]]()
    with processes.pool(workers) as pool:
        running = {
            pool.submit(_in_process, opened, batch, forms, language, folder): at
            for at, batch in enumerate(batches)
        }
        for future in as_completed(running):
            at = running[future]
            paths[at] = future.result()
            done += len(batches[at])
            if report is not None:
                report(done, len(jobs))
    return [path for at in sorted(paths) for path in paths[at]]


@lru_cache(maxsize=1)
def _opened(opened: Opened) -> Site:
    folder, store, scenario_name, as_built = opened
    return open_site(Workspace(folder, store, scenario_name, as_built=as_built))


def _in_process(
    opened: Opened, jobs: Sequence[Job], forms: Sequence[str], language: Language, folder: Path
) -> list[Path]:
    return _some(_opened(opened), jobs, forms, language, folder)


def _some(
    site: Site, jobs: Sequence[Job], forms: Sequence[str], language: Language, folder: Path
) -> list[Path]:
    found = []
    for job in jobs:
        if job[0] in SLIDES_ONLY:
            found += _slides(site, job, forms, language, folder)
            continue
        it = made(site, language, job)
        for form in forms:
            if (form == "gpkg" and job[0] != "place") or (form == "pptx" and job[0] not in decks.DECKS):
                continue
            path = folder / f"{it.name}.{form}"
            kept.write(path, file(site, language, it, form, job))
            found.append(path)
    return found


def _slides(site: Site, job: Job, forms: Sequence[str], language: Language, folder: Path) -> list[Path]:
    """The slides of what nothing else is made on."""
    if list(forms) != ["pptx"]:
        raise CallError(f"only slides are made on a {job[0]}; choose --pptx alone")
    deck = decks.made(site, language, job)
    path = folder / f"{deck.name}.pptx"
    kept.write(path, slides_file.written(deck))
    return [path]
