"""Remote work by link and station: where fewer travel and more are at home, and on which weekday."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.geodesy import projected
from storregion.core.table import weakest, weakest_of
from storregion.facts.cells import Cells
from storregion.facts.work import Commuting
from storregion.journeys.draws import clock_draws
from storregion.journeys.profiles import Way
from storregion.kernels import links
from storregion.kernels.walking import nearest_stops
from storregion.studies.remote_commuting import REMOTE_FLOWS, WEEKDAYS, RemoteFlows
from storregion.studies.remote_work import REMOTE_PAIRS, REMOTE_WEEKDAYS, RemoteWeekdays
from storregion.studies.travel_times import AccessPoints
from storregion.timetable.service import Service
from storregion.timetable.tables import MODES, Stops
from storregion.timetable.travel_rules import Periods

RELATION_LINKS = columns.schema(
    "relation_links",
    __name__,
    replace(REMOTE_FLOWS["home"], key=True),
    replace(REMOTE_FLOWS["work"], key=True),
    columns.code("mode", key=True, choices=MODES),
    columns.code("one", key=True, refers=("stops", "station")),
    columns.code("two", key=True, refers=("stops", "station")),
    columns.text("one_name", "name"),
    columns.text("two_name", "name"),
    columns.share("share"),
)
RelationLinks = Annotated[pl.DataFrame, RELATION_LINKS]

REMOTE_LINKS = columns.schema(
    "remote_links",
    __name__,
    REMOTE_FLOWS["response"],
    *(RELATION_LINKS[name] for name in ("mode", "one", "two", "one_name", "two_name")),
    REMOTE_WEEKDAYS["weekday"],
    columns.number("persons", "commuters", least=0.0),
    REMOTE_PAIRS["avoided"],
    columns.share("avoided_share", absent="share_absent"),
    REMOTE_PAIRS["travelling_change"],
)
RemoteLinks = Annotated[pl.DataFrame, REMOTE_LINKS]


REMOTE_STATIONS = columns.schema(
    "remote_stations",
    __name__,
    REMOTE_FLOWS["response"],
    columns.code("station", key=True),
    REMOTE_WEEKDAYS["weekday"],
    columns.number("residents_near", "persons", least=0.0),
    columns.number("at_home", "employed", least=0.0),
)
RemoteStations = Annotated[pl.DataFrame, REMOTE_STATIONS]


class Relations(NamedTuple):
    """Who commutes between municipalities, the station that stands for each, and when it is morning."""

    commuting: Commuting
    access_points: AccessPoints
    periods: Periods


def relation_links(
    relations: Relations,
    service: Service,
    *,
    least_persons: float = 100.0,
    least_km: float = 15.0,
    stretch: float = 1.1,
) -> RelationLinks:
    """Which links the journeys from one municipality to another go over in the morning.

    A train that passes stations without stopping goes over the links between them.

    Parameters
    ----------
    relations : those of the latest year count.
    service : the journeys that leave in the morning, and that no other beats, count alike.
    least_persons : relations with fewer commuters than this have no rows.
    least_km : nor have those whose stations are nearer each other than this: within a city a single station
        does not stand for a municipality.
    stretch : how much longer than a train's straight way the one over stations that it passes may be.
    """
    types = {column.name: column.dtype for column in RELATION_LINKS.columns}
    draws = clock_draws(service)
    points = relations.access_points.filter(kind="municipality").sort("code", "station")
    stations = dict(points.group_by("code", maintain_order=True).agg("station").iter_rows())
    rows = relations.commuting
    pairs = (
        rows.filter(pl.col("year") == pl.col("year").max(), pl.col("persons") >= least_persons)
        .filter(pl.col("sex") == "total", pl.col("home") != pl.col("work"))
        .filter(pl.col("home").is_in(list(stations)), pl.col("work").is_in(list(stations)))
        .sort("home", "work")
        .select("home", "work")
        .rows()
    )
    if not draws.trips or not pairs:
        return pl.DataFrame(schema=types)
    made = _Links(service, stretch)
    pairs = [pair for pair in pairs if made.km(*(stations[end][0] for end in pair)) >= least_km]
    start, end = relations.periods.filter(period="morning").select("first", "last").row(0)
    gone = draws.ways([(stations[home], stations[work]) for home, work in pairs], 60 * start, 60 * end)
    known = weakest_of("estimated", *service, points, rows)
    found = [
        (*pair, *made.named[link], passing / len(ways), known)
        for pair, ways in zip(pairs, gone, strict=True)
        for link, passing in sorted(made.passing(ways).items())
    ]
    return pl.DataFrame(found, schema=types, orient="row")


class _Links:
    """The links of a timetable, and which of them a ride goes over."""

    def __init__(self, service: Service, stretch: float) -> None:
        stops = service.stops.sort("stop")
        east, north = projected(stops)
        station = stops["station"].rank("dense").to_numpy().astype(np.int64) - 1
        calls = service.calls.sort("trip", "position").join(
            service.lines.select("line", "mode"), on="line", how="left", maintain_order="left"
        )
        number = dict(zip(stops["stop"], range(stops.height), strict=True))
        called_at = calls.group_by("trip", maintain_order=True).agg(
            pl.col("stop").replace_strict(number, return_dtype=pl.Int64), pl.col("mode").first()
        )
        numbers: dict[tuple[str, tuple[int, ...]], int] = {}
        kinds = zip(called_at["mode"].to_list(), map(tuple, called_at["stop"].to_list()), strict=True)
        self.run_of = [numbers.setdefault(kind, len(numbers)) for kind in kinds]
        self.runs = list(numbers)
        self.over: dict[tuple[int, int, int], frozenset[int]] = {}
        self.station: list[int] = station.tolist()
        self.hops: dict[tuple[str, int, int], int] = {}
        for mode, called in self.runs:
            for hop in self._hops(mode, called):
                self.hops.setdefault(hop, len(self.hops))
        x, y = (np.bincount(station, metres) / np.bincount(station) for metres in (east, north))
        self.place = x + 1j * y
        ends = np.array([hop[1:] for hop in self.hops], np.int64).reshape(-1, 2)
        apart = np.maximum(np.abs(self.place[ends[:, 0]] - self.place[ends[:, 1]]), 1.0)
        kind = np.array([MODES.index(hop[0]) for hop in self.hops], np.int64)
        self.parts = links.taken_apart(ends, apart, kind, stretch)
        codes = stops.unique("station").sort("station").select("station", "name").rows()
        self.number = {code: at for at, (code, _) in enumerate(codes)}
        self.named = [
            (mode, codes[one][0], codes[two][0], codes[one][1], codes[two][1]) for mode, one, two in self.hops
        ]

    def km(self, one: str, two: str) -> float:
        """The straight distance between two stations."""
        ends = self.place[[self.number[one], self.number[two]]]
        return float(np.abs(ends[0] - ends[1])) / 1000.0

    def _hops(self, mode: str, called: Sequence[int]) -> list[tuple[str, int, int]]:
        """The hops between the stations of some stops in order, whichever end first."""
        at = [self.station[stop] for stop in called]
        pairs = pairwise(at)
        return [(mode, min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]]

    def passing(self, ways: list[Way]) -> Counter[int]:
        """How many of some ways go over each link."""
        alike = Counter(tuple((self.run_of[trip], on, off) for trip, on, off in way.rides) for way in ways)
        found: Counter[int] = Counter()
        for rides, many in alike.items():
            for link in frozenset().union(*(self._over(*ride) for ride in rides)):
                found[link] += many
        return found

    def _over(self, run: int, on: int, off: int) -> frozenset[int]:
        """The links that a trip goes over between two of its stops; all that run alike do alike."""
        if (run, on, off) not in self.over:
            mode, called = self.runs[run]
            first = called.index(on)
            ride = called[first : called.index(off, first) + 1]
            parts = (self.parts[self.hops[hop]] for hop in self._hops(mode, ride))
            self.over[run, on, off] = frozenset().union(*parts)
        return self.over[run, on, off]


def remote_links(remote_flows: RemoteFlows, relation_links: RelationLinks) -> RemoteLinks:
    """The commuters of the relations that go over each link, and how many of them stay at home, by weekday.

    Parameters
    ----------
    remote_flows : people by home and workplace.
    relation_links : the links of each relation.
    """
    key = ["response", "mode", "one", "two", "one_name", "two_name"]
    share = pl.col("share")
    over = (
        remote_flows.join(relation_links.drop("basis"), on=["home", "work"])
        .group_by(key, maintain_order=True)
        .agg((pl.col("persons", "without", *WEEKDAYS) * share).sum(), weakest())
    )
    found = over.unpivot(
        index=[*key, "persons", "without", "basis"],
        on=list(WEEKDAYS),
        variable_name="weekday",
        value_name="avoided",
    )
    there = pl.col("persons") > 0
    return (
        found.with_columns(
            avoided_share=pl.when(there).then(pl.col("avoided") / pl.col("persons")),
            share_absent=pl.when(~there).then(pl.lit("not_applicable")),
            travelling_change=pl.col("persons") - pl.col("avoided") - pl.col("without"),
            order=pl.col("weekday").cast(pl.Enum(WEEKDAYS)),
        )
        .sort("response", "mode", "one", "two", "order", descending=[True, *[False] * 4])
        .select([column.name for column in REMOTE_LINKS.columns])
    )


def remote_stations(
    remote_weekdays: RemoteWeekdays,
    access_points: AccessPoints,
    stops: Stops,
    cells: Cells,
    *,
    near_km: float = 1.5,
) -> RemoteStations:
    """The employed people who live near each rail station and work at home, by weekday.

    Of a municipality's people who work at home, as large a part as of its residents lives near the station. A
    station whose surroundings lie partly outside the group has no row.

    Parameters
    ----------
    remote_weekdays : people at home by place.
    access_points, stops : the rail stations and where they lie.
    cells : residents by square kilometre.
    near_km : the centre of a cell that counts as near is at most so far away as the crow flies.
    """
    near = _near(access_points, stops, cells, 1000.0 * near_km)
    own = remote_weekdays.select("place").unique(maintain_order=True)
    beyond = near.join(own, left_on="municipality", right_on="place", how="anti")
    near = near.join(beyond, on="station", how="anti")
    found = (
        near.join(remote_weekdays, left_on="municipality", right_on="place")
        .group_by("response", "station", "weekday", maintain_order=True)
        .agg(
            pl.col("residents_near").sum(),
            at_home=(pl.col("at_home") * pl.col("part")).sum(),
            basis=pl.lit("assumed"),
        )
    )
    order = pl.col("weekday").cast(pl.Enum(WEEKDAYS))
    return found.select([column.name for column in REMOTE_STATIONS.columns]).sort(
        "response", "station", order, descending=[True, False, False]
    )


def _near(points: pl.DataFrame, stops: pl.DataFrame, cells: pl.DataFrame, metres: float) -> pl.DataFrame:
    """The residents near each station by municipality, and which part of the municipality's they are."""
    stations = points.filter(kind="station").select("station").unique(maintain_order=True)
    found = stops.join(stations, on="station", how="semi")
    east, north = projected(found)
    middle = (
        found.select("station", x=pl.Series(east), y=pl.Series(north))
        .group_by("station", maintain_order=True)
        .agg(pl.col("x", "y").mean())
        .sort("station")
    )
    whole = cells.group_by("municipality", maintain_order=True).agg(all=pl.col("residents").sum())
    centres = cells.select("east", "north").to_numpy()
    # What the kernel takes for stops are here the squares around each station.
    near = nearest_stops(middle.select("x", "y").to_numpy(), centres, metres, factor=1.0, speed=1.0)
    return (
        cells[near.stop]
        .with_columns(
            station=middle["station"].gather(np.repeat(np.arange(middle.height), np.diff(near.first)))
        )
        .group_by("station", "municipality", maintain_order=True)
        .agg(residents_near=pl.col("residents").sum())
        .filter(pl.col("residents_near") > 0)
        .join(whole, on="municipality", maintain_order="left")
        .with_columns(part=pl.col("residents_near") / pl.col("all"))
    )
