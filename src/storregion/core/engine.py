"""Where pieces of work are done that do not need each other: threads of this process, or a Dask cluster.

A piece is a function that can be imported and small arguments; what is large it reads itself, once in each
process, from the store or from where `broadcast` has put it.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar

from storregion.core.errors import CallError, DataError, nearest

ENGINES = ("threads", "dask")
Block = TypeVar("Block")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Engine:
    """Threads or a cluster.

    Attributes
    ----------
    kind : one of `ENGINES`.
    workers : threads, or processes of a cluster that is started here.
    scheduler : the address of a running cluster; None where one is started here.
    """

    kind: str = "threads"
    workers: int = 2
    scheduler: str | None = None

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        if self.kind not in ENGINES:
            raise CallError(f"--engine {self.kind!r} is unknown; {nearest(self.kind, ENGINES)}")
        if self.kind == "threads" and self.scheduler is not None:
            raise CallError("--scheduler goes with --engine dask")

    @property
    def far(self) -> bool:
        """Whether other processes do the work, which see nothing of this one's memory."""
        return self.kind == "dask"

    @contextmanager
    def pool(self) -> Iterator[Executor]:
        """What takes pieces of work; those not begun are dropped when it is left by an error.

        Raises
        ------
        CallError
            The extra `cluster` is not installed, or no cluster answers.
        """
        with ExitStack() as stack:
            if self.far:
                client = self._client(stack)
                yield client.get_executor(pure=False)
                return
            pool = stack.enter_context(ThreadPoolExecutor(self.workers))
            try:
                yield pool
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def map(
        self, function: Callable[[Block], Result], blocks: Iterable[Block]
    ) -> Iterator[tuple[Block, Result]]:
        """Each block with what the function makes of it, as they are done.

        Parameters
        ----------
        function : does one block, and gives the same whatever else is done meanwhile.
        blocks : in any order; hashable.

        Raises
        ------
        DataError
            The processes of the cluster that were to do a block died again and again.
        """
        with self.pool() as pool:
            running = {pool.submit(function, block): block for block in blocks}
            for done in as_completed(running):
                yield running.pop(done), self.result(done)

    def result(self, done: Any) -> Any:
        """What a finished piece gave; an error in words where the process that did it died."""
        try:
            return done.result()
        except Exception as error:
            if self.far and isinstance(error, import_module("distributed").KilledWorker):
                raise DataError(
                    f"workers died again and again, likely of too little memory: {error}"
                ) from None
            raise

    def _client(self, stack: ExitStack) -> Any:
        if find_spec("distributed") is None:
            raise CallError(
                "--engine dask needs distributed; install with: pip install 'storregion[cluster]'"
            )
        distributed: Any = import_module("distributed")
        try:
            address = self.scheduler or stack.enter_context(
                distributed.LocalCluster(
                    n_workers=self.workers,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=":0",
                    memory_limit=0,
                )
            )
            return stack.enter_context(distributed.Client(address, timeout=20))
        except (OSError, TimeoutError, ValueError) as error:
            raise CallError(f"no cluster answers at --scheduler {self.scheduler}: {error}") from None
