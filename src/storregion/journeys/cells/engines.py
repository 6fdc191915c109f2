"""Where batches are worked out: threads of this process, or the processes of a Dask cluster."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl

from storregion.core.errors import CallError, DataError
from storregion.core.pipeline import code_behind
from storregion.journeys.cells import arrays, networks, parts
from storregion.journeys.cells.call import Call
from storregion.journeys.cells.job import Job

ENGINES = ("threads", "dask")
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


def worked(call: Call, work: Work, due: list[int]) -> Iterator[tuple[int, pl.DataFrame]]:
    """The batches that are due, as they are done.

    Parameters
    ----------
    call : says which engine, with how many workers or which cluster.
    work : the job.
    due : numbers of batches.
    """
    if call.engine == "dask":
        return _clustered(call, work, due)
    return _threaded(work.job.ready(), work.spans, due, call.workers)


def _threaded(
    job: Job, spans: list[Span], due: list[int], threads: int
) -> Iterator[tuple[int, pl.DataFrame]]:
    for batch in due:
        yield batch, job.reached(*spans[batch], threads)


def _clustered(call: Call, work: Work, due: list[int]) -> Iterator[tuple[int, pl.DataFrame]]:
    if find_spec("distributed") is None:
        raise CallError("--engine dask needs distributed; install with: pip install 'storregion[cluster]'")
    distributed: Any = import_module("distributed")

    path = (work.folder.path / parts.JOB).resolve()
    _save(path, work.job)
    with ExitStack() as stack:
        try:
            address = call.scheduler or stack.enter_context(
                distributed.LocalCluster(
                    n_workers=call.workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    memory_limit=0,
                )
            )
            client = stack.enter_context(distributed.Client(address, timeout=20))
        except (OSError, TimeoutError, ValueError) as error:
            raise CallError(f"no cluster answers at --scheduler {call.scheduler}: {error}") from None
        shared = (str(work.network.resolve()), str(path), networks.digest(code_behind(Job.__module__)))
        futures = {client.submit(_batch, *shared, *work.spans[batch], pure=False): batch for batch in due}
        done = distributed.as_completed(list(futures))
        for future in done:
            try:
                frame = future.result()
            except distributed.KilledWorker as error:
                raise DataError(
                    f"workers died again and again, likely of too little memory: {error}"
                ) from None
            yield futures.pop(future), frame


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
def _loaded(network: str, path: str) -> Job:
    """A job as a worker sees it, loaded once in each process."""
    timetable = networks.load(Path(network), checked=False)
    rest = arrays.load(Path(path))
    if timetable is None or rest is None:
        lost = network if timetable is None else path
        raise DataError(
            f"a worker cannot read {lost}; put --store and --to in folders that every worker sees"
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


def _batch(network: str, path: str, code: str, first: int, last: int) -> pl.DataFrame:
    """One batch, worked out by a worker."""
    if networks.digest(code_behind(Job.__module__)) != code:
        raise DataError("a worker has another version of storregion; install the same everywhere")
    return _loaded(network, path).reached(first, last)
