"""Where batches are worked out: threads of this process, or the processes of a Dask cluster."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import polars as pl

from storregion.core import broadcast
from storregion.core.errors import DataError
from storregion.core.pipeline import code_behind
from storregion.journeys.cells import arrays, networks, parts
from storregion.journeys.cells.call import Call
from storregion.journeys.cells.job import Job

Span = tuple[int, int]


@dataclass(frozen=True)
class Work:
    """A job in batches.

    Attributes
    ----------
    job : what to work out.
    network : the file that its network is kept in.
    folder : where a cluster finds the rest of the job.
    spans : for each batch, its first origin and the one after its last.
    """

    job: Job
    network: Path
    folder: parts.Folder
    spans: list[Span]


@dataclass(frozen=True)
class Shared:
    """Where a worker finds a job.

    Attributes
    ----------
    network, job : addresses of `broadcast`.
    key : of the run, so that a worker takes no other job that lay in the same place.
    code : digest of the code that both sides must have.
    """

    network: str
    job: str
    key: str
    code: str


def worked(call: Call, work: Work, due: list[int]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The batches that are due, as they are done.

    Parameters
    ----------
    call : says which engine, and where a cluster finds what is large.
    work : the job.
    due : numbers of batches.
    """
    if call.engine.far:
        return _clustered(call, work, due)
    return _threaded(work.job.ready(), work.spans, due, call.engine.workers)


def _threaded(
    job: Job, spans: list[Span], due: list[int], threads: int
) -> Iterator[tuple[int, pl.DataFrame]]:
    for batch in due:
        yield batch, job.reached(*spans[batch], threads)


def _clustered(call: Call, work: Work, due: list[int]) -> Iterator[tuple[int, pl.DataFrame]]:
    path = work.folder.path / parts.JOB
    _save(path, work.job)
    network, rest = (broadcast.put(one, call.share) for one in (work.network, path))
    shared = Shared(network, rest, work.folder.key, networks.digest(code_behind(Job.__module__)))
    batch = partial(_batch, shared)
    numbers = {work.spans[one]: one for one in due}
    for span, frame in call.engine.map(batch, numbers):
        yield numbers[span], frame


def _save(path: Path, job: Job) -> None:
    """Keep all of a job but its network."""
    said = {
        "nodes": job.nodes,
        "codes": job.codes,
        "start": job.start,
        "lanes": job.lanes,
        "basis": job.basis,
    }
    given = [job.egress_given, job.access_given]
    arrays.save(path, said, [job.cells, job.node_points, job.points, *given])


@lru_cache(maxsize=1)
def _loaded(shared: Shared) -> Job:
    """A job as a worker sees it, loaded once in each process."""
    timetable = networks.load(broadcast.here(shared.network), checked=False)
    rest = arrays.load(broadcast.here(shared.job))
    if timetable is None or rest is None:
        lost = shared.network if timetable is None else shared.job
        raise DataError(
            f"a worker cannot read {lost}; put --store and --to in folders that every worker "
            "sees, or give --share"
        )
    said, (cells, node_points, points, egress, access) = rest
    said = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return Job(
        network=timetable,
        cells=cells,
        node_points=node_points,
        points=points,
        egress_given=egress,
        access_given=access,
        **said,
    ).ready()


def _batch(shared: Shared, span: Span) -> pl.DataFrame:
    """One batch, worked out by a worker."""
    if networks.digest(code_behind(Job.__module__)) != shared.code:
        raise DataError("a worker has another version of storregion; install the same everywhere")
    return _loaded(shared).reached(*span)
