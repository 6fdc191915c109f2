"""What readers wait for is built on one thread, once for all who wait; and how far it has come."""

import logging
import threading
from collections.abc import Callable, Sequence

from storregion.core import scenario
from storregion.core.errors import StorregionError
from storregion.core.workspace import Workspace
from storregion.publish.readiness import BuiltOnly, Wanted
from storregion.publish.serving.turns import Progress, Turn
from storregion.publish.site import scenario_names

LOG = logging.getLogger("storregion.portal")
WHOLE = ""
"""Stands where a table's name would: everything that is out of date."""


class Builder:
    """Builds what is wanted, in the order it is asked for; a scenario's tables together."""

    def __init__(self, workspace: BuiltOnly) -> None:
        """Build nothing yet.

        Parameters
        ----------
        workspace : the portal's, whose faults the builder keeps.
        """
        self._workspace = workspace
        self.own = workspace.scenario_name
        self._queue: list[Wanted] = []
        self._turn = threading.Condition()
        self._alone = Turn(workspace.store.folder)
        self._progress: Progress | None = None
        self.thread = threading.Thread(target=self._work, name="builder", daemon=True)
        self.ready = False
        """Whether the portal's own tables are there, as far as the builder has come."""
        self.fault: BaseException | None = None
        """Why the portal's own tables cannot be built; then there is nothing to serve."""

    def begin(self) -> None:
        """Build the portal's own tables, then each scenario's calls, then what is asked for."""
        self._queue.append((self.own, WHOLE))
        names = scenario_names(self._workspace.folder, self._workspace.steps)
        self._queue += [(name, "calls") for name in names if name != self.own]
        # A build that the process ends in the middle of leaves only whole tables.
        self.thread.start()

    def want(self, wanted: Sequence[Wanted]) -> None:
        """Ask for tables; what is asked for already is not asked for twice."""
        with self._turn:
            self._queue += [one for one in wanted if one not in self._queue]
            self._turn.notify()

    def progress(self, wanted: Sequence[Wanted]) -> Progress:
        """What is being built now, here or by another process; before it begins, the first thing wanted."""
        if now := self._progress or self._alone.said():
            return now
        return Progress(scenario.read(self._workspace.folder, wanted[0][0]).title, None, 0, 0)

    def _work(self) -> None:
        while self.fault is None:
            with self._turn:
                while not self._queue:
                    self._turn.wait()
                name = self._queue[0][0]
                tables = [table for of, table in self._queue if of == name]
            try:
                self.build(name, tables)
            except BaseException as fault:  # said to whoever serves, which then stops
                self.fault = fault
            finally:
                self.ready = True
                with self._turn:
                    self._progress = None
                    self._queue = [it for it in self._queue if it[0] != name or it[1] not in tables]

    def build(self, name: str, tables: Sequence[str]) -> None:
        """Build some tables of a scenario; a fault of another scenario than the portal's own is kept.

        Parameters
        ----------
        name : the scenario's.
        tables : their names, or `WHOLE`.

        Raises
        ------
        StorregionError
            A table of the portal's own scenario cannot be built.
        """
        workspace = Workspace(self._workspace.folder, self._workspace.store.folder, name)
        # Inputs before users, so that what is said to be made is what is being made.
        names = [] if WHOLE in tables else [it for it in workspace.steps if it in tables]
        # What another process has built meanwhile is no longer due.
        with self._alone.taken():
            report = self._reporter(workspace, workspace.due(*names))
            for table in names or [WHOLE]:
                try:
                    workspace.build(*([] if table == WHOLE else [table]), report=report)
                except StorregionError as fault:
                    if name == self.own:
                        raise
                    LOG.error("%s of scenario %r cannot be built: %s", table or "all", name, fault)
                    self._workspace.faults[name, table] = fault

    def _reporter(self, workspace: Workspace, due: Sequence[str]) -> Callable[[str, int, int], None]:
        """What is called after each table: it counts those of all tables wanted together."""
        left = list(due)
        title = workspace.scenario.title

        def note() -> None:
            step = workspace.schemas[left[0]].title if left else None
            self._progress = Progress(title, step, len(due) - len(left), len(due))
            self._alone.say(self._progress)

        def report(table: str, done: int, total: int) -> None:
            if table in left:
                left.remove(table)
            note()

        note()
        return report
