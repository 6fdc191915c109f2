"""What many tests need: the bundled group, built once for all workers, and copies of the small group."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest
from hypothesis import HealthCheck, settings

from storregion.core import group
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.journeys.draws import ClockDraws
from storregion.journeys.from_tables import travel_network
from storregion.journeys.network import TravelNetwork
from storregion.timetable.service import Service
from storregion.timetable.tables import CALLS, CELL_WALKS, CHANGES, LINES, STOPS
from storregion.timetable.travel_rules import periods, travel_rules

# How long an example takes says more of the machine than of the code. CI tries the same examples each time,
# so that it judges the change alone; everywhere else new ones are tried.
settings.register_profile(
    "any_machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("any_machine")

SMALL = Path(__file__).parent / "groups" / "blekinge"


STORE = "STORREGION_TEST_STORE"
"""Names the folder of the bundled group's tables, so that several runs share them."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what needs the bundled group first: one worker builds it while another does the rest."""
    items.sort(key=lambda item: "bundled" not in getattr(item, "fixturenames", ()))


@contextmanager
def _alone(folder: Path, what: str) -> Iterator[None]:
    """Let one process at a time make a thing in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{what}.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bundled group's tables, one for all workers of a run.

    Tables lie there by their content key, so a test may add to it, also a copy of the group with changes; no
    test may take away or damage what is there, or count what lies there.
    """
    if chosen := os.environ.get(STORE):
        return Path(chosen)
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "tables"


Built = Callable[[str], Workspace]


@pytest.fixture(scope="session")
def built(tables: Path) -> Built:
    """Open the bundled group with a scenario, built by the first worker that asks."""

    def opened(scenario: str = "base") -> Workspace:
        work = Workspace(group.bundled(), tables, scenario)
        with _alone(tables, scenario):
            work.build()
        return work

    return opened


@pytest.fixture(scope="session")
def bundled(built: Built) -> Workspace:
    """The bundled group, built."""
    return built("base")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder of the small group that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "blekinge"))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of a store that is not there yet."""
    return tmp_path / "store"


Trip = Sequence[tuple[str, float]]
"""Stops and minutes after midnight; the vehicle leaves as it arrives."""


class Tiny:
    """Four stations 11 km apart on a line to the north, and a stop 300 m from the last.

    Every half-hour from 06:00 to 08:30 a train leaves A, is in B after 20 minutes and in C after 50. At five
    to every hour from 06:55 to 08:55 one leaves C and is in D after 20. One leaves A at 07:10, is in D at
    09:00 and stops nowhere between.
    """

    north: ClassVar = {"A": 59.0, "B": 59.1, "C": 59.2, "D": 59.3, "E": 59.3027}
    trips = (
        *([("A", at), ("B", at + 20), ("C", at + 50)] for at in range(360, 511, 30)),
        *([("C", at), ("D", at + 20)] for at in range(415, 536, 60)),
        [("A", 430), ("D", 540)],
    )

    @staticmethod
    def table(rows: Sequence[Mapping[str, object]], schema: Schema) -> pl.DataFrame:
        """Rows as a table; what is not given is empty."""
        types = {column.name: column.dtype for column in schema.columns}
        return pl.DataFrame([dict.fromkeys(types) | dict(row) for row in rows], schema=types)

    def stops(self) -> pl.DataFrame:
        """Every stop, each a station of its own name."""
        rows = [
            {"stop": c, "name": c, "station": c, "latitude": n, "longitude": 15.0, "basis": "observed"}
            for c, n in self.north.items()
        ]
        return STOPS.check(self.table(rows, STOPS), maker="the test")

    def calls(self, trips: Sequence[Trip] | None = None, basis: str = "observed") -> pl.DataFrame:
        """The calls of some trips, or of those above."""
        rows = [
            {"trip": trip, "position": at, "line": "line", "stop": stop}
            | {"arrival": round(60 * minute), "departure": round(60 * minute)}
            | {"board": 1, "alight": 1, "basis": basis}
            for trip, calls in enumerate(self.trips if trips is None else trips)
            for at, (stop, minute) in enumerate(calls)
        ]
        return CALLS.check(self.table(rows, CALLS), maker="the test")

    def changes(self, stated: Mapping[tuple[str, str], int | None] | None = None) -> pl.DataFrame:
        """Stated seconds to change; None where one cannot."""
        rows = [
            {"from_stop": one, "to_stop": two, "seconds": seconds, "basis": "observed"}
            | ({"seconds_absent": "not_applicable"} if seconds is None else {})
            for (one, two), seconds in (stated or {}).items()
        ]
        return CHANGES.check(self.table(rows, CHANGES), maker="the test")

    def rules(self, **chosen: float) -> pl.DataFrame:
        """The rules of travel."""
        return travel_rules(**chosen)  # type: ignore[arg-type]

    def periods(self) -> pl.DataFrame:
        """The periods of the day, the morning last: nothing may rest on their order."""
        return periods().reverse()

    def network(
        self,
        trips: Sequence[Trip] | None = None,
        stated: Mapping[tuple[str, str], int | None] | None = None,
        **rules: float,
    ) -> TravelNetwork:
        """A timetable ready to search."""
        return travel_network(self.calls(trips), self.stops(), self.changes(stated), self.rules(**rules))

    def lines(self) -> pl.DataFrame:
        """The line of all calls, of a feed: its clock is not drawn."""
        row = {
            "line": "line",
            "name": "line",
            "mode": "rail",
            "operator": "made",
            "source": "made",
            "feed": "made",
        }
        return LINES.check(self.table([row | {"basis": "observed"}], LINES), maker="the test")

    def cell_walks(self, *rows: tuple[str, str, float]) -> pl.DataFrame:
        """Minutes given between cells and stations."""
        more = {"source": "paced", "basis": "observed"}
        made = [{"cell": cell, "station": station, "minutes": time} | more for cell, station, time in rows]
        return CELL_WALKS.check(self.table(made, CELL_WALKS), maker="the test")

    def service(self, trips: Sequence[Trip] | None = None) -> Service:
        """The timetable and the rules as steps take them."""
        return Service(self.lines(), self.calls(trips), self.stops(), self.changes(), self.rules())

    def draws(self, trips: Sequence[Trip] | None = None) -> ClockDraws:
        """The one draw of a timetable with clock times."""
        return ClockDraws((self.network(trips),))


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """The tiny timetable."""
    return Tiny()
