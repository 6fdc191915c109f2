"""Tables that are not built yet: a workspace for a server, which never lets a reader wait for them unsaid."""

from collections.abc import Iterable

from storregion.core.engine import Engine
from storregion.core.errors import StorregionError
from storregion.core.pipeline import Report, Timing
from storregion.core.store import Overlay
from storregion.core.workspace import Workspace

Wanted = tuple[str, str]
"""A scenario and a table of it."""


class NotBuiltError(Exception):
    """Tables that are needed are not built yet: no fault, so nothing that catches faults catches it.

    Attributes
    ----------
    wanted : the scenario and name of each table.
    """

    def __init__(self, wanted: Iterable[Wanted]) -> None:
        """Name the tables."""
        self.wanted = tuple(wanted)
        super().__init__(", ".join(f"{table} of {scenario}" for scenario, table in self.wanted))


class BuiltOnly(Workspace):
    """A workspace that reads what is built and says what is not, instead of building it.

    What is tried in memory is calculated all the same. `faults` holds why a table cannot be built, by
    scenario and table; whoever builds keeps it up to date, and every scenario of the portal shares it.
    """

    faults: dict[Wanted, StorregionError]

    @classmethod
    def of(cls, workspace: Workspace) -> "BuiltOnly":
        """A workspace opened anew as one that builds nothing."""
        made = cls(workspace.folder, workspace.store.folder, workspace.scenario_name)
        made.faults = {}
        return made

    def of_scenario(self, name: str) -> "BuiltOnly":
        """The same group and store with another scenario."""
        other = type(self)(self.folder, self.store.folder, name)
        other.faults = self.faults
        return other

    def build(
        self,
        *only: str,
        force: bool = False,
        report: Report | None = None,
        timings: list[Timing] | None = None,
        engine: Engine | None = None,
    ) -> list[str]:
        """Build nothing but what is kept in memory.

        Raises
        ------
        NotBuiltError
            The table is not built yet.
        StorregionError
            It cannot be built.
        """
        if isinstance(self.store, Overlay):
            return super().build(*only, force=force, report=report, timings=timings, engine=engine)
        wanted = [(self.scenario_name, table) for table in only or ("",)]
        for one in wanted:
            if one in self.faults:
                raise self.faults[one]
        raise NotBuiltError(wanted)

    def not_built(self, tables: Iterable[str]) -> list[Wanted]:
        """Those of some tables that are neither built nor known to be impossible to build."""
        wanted = [(self.scenario_name, table) for table in tables]
        return [it for it in wanted if it not in self.faults and not self.store.whole(it[1], self.key(it[1]))]
