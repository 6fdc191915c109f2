"""One run: from what is asked for to one file, taking up where a killed run left off."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from storregion.core.errors import CallError, nearest
from storregion.core.workspace import Workspace
from storregion.journeys.cells import engines, inputs, parts
from storregion.journeys.cells.call import Call

MOST_MINUTES = 900
"""Minutes of departures that one search can go through, with the longest journey after them."""


@dataclass(frozen=True)
class Done:
    """What came of it: the file, its rows, the checksum of its values, and batches kept and made."""

    path: Path
    rows: int
    checksum: str
    kept: int
    made: int


Report = Callable[[int, int, str], None]


def run(workspace: Workspace, call: Call, report: Report | None = None) -> Done:
    """Compute what every origin reaches, take up where a killed run left off, and write one file.

    Parameters
    ----------
    workspace : the group whose cells, nodes and rules count.
    call : what is asked for.
    report : called with batches done, batches in all, and words on the time left.

    Raises
    ------
    CallError
        Something asked for does not exist, or what lies at the place to write is not a result of `access`.
    DataError
        The feed or the grid has faults, or it takes more memory than there is.
    StoreError
        The place cannot be written.
    """
    _check(call)
    target = parts.target(call.to)
    facts = inputs.gathered(workspace, call)
    if not 1 <= facts.lanes <= MOST_MINUTES:
        raise CallError(f"--period is {facts.lanes} minutes long; at most {MOST_MINUTES} can be searched")
    key = parts.key(facts.said)
    if (whole := parts.finished(target, key)) is not None:
        return Done(target, whole.rows, whole.checksum, whole.batches, 0)
    engine = call.engine
    cluster = engine.workers if engine.far and not engine.scheduler else 0
    local = engine.workers if engine.scheduler is None else 0
    # Made before any folder is, so that nothing lies in the way when its faults are mended.
    kept, job = inputs.job(workspace.store.folder, facts, local, cluster)
    folder = parts.Folder.opened(target, {**facts.said, "batch": str(call.batch)})
    spans = [
        (first, min(first + call.batch, len(job.codes))) for first in range(0, len(job.codes), call.batch)
    ]
    due = folder.due(len(spans))
    here = len(spans) - len(due)
    began = monotonic()
    if report is not None and here:
        report(here, len(spans), f"{here} kept from before")
    if due:
        made = engines.worked(call, engines.Work(job, kept, folder, spans), due)
        for number, (batch, frame) in enumerate(made, 1):
            folder.keep(batch, frame)
            if report is not None:
                left = (monotonic() - began) / number * (len(due) - number)
                report(here + number, len(spans), f"{_spoken(left)} left" if left else "")
    rows, checksum = folder.join(target, key, len(spans))
    return Done(target, rows, checksum, here, len(due))


def _check(call: Call) -> None:
    """Refuse words that mean nothing, before anything is read."""
    if call.origins not in inputs.ORIGINS:
        raise CallError(f"--origins {call.origins!r} is unknown; {nearest(call.origins, inputs.ORIGINS)}")
    if call.feed is None and call.day is not None:
        raise CallError("--day goes with --feed; the day of the group's tables stands in assumptions.toml")
    if call.share is not None and not call.engine.far:
        raise CallError("--share goes with --engine dask")


def _spoken(seconds: float) -> str:
    """A time as one says it."""
    if seconds < 90:
        return f"about {max(round(seconds), 1)} s"
    return f"about {round(seconds / 60)} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
