"""Reach: how many people and jobs are near in time, and which places have access across the regions."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.geodesy import projected
from storregion.core.group import RegionGroup
from storregion.core.sharing import shared
from storregion.core.table import BASES, Schema, weaker, weakest_of
from storregion.facts.cells import Cells
from storregion.facts.places import LOCALITIES, Localities, Membership
from storregion.facts.work import Commuting, latest_matrix
from storregion.journeys.draws import ClockDraws, clock_draws
from storregion.journeys.from_tables import travel_network
from storregion.journeys.network import TravelNetwork
from storregion.kernels.walking import Links, nearest_stops, restated
from storregion.studies.growth import Growth
from storregion.studies.travel_times import ACCESS_POINTS, AccessPoints
from storregion.timetable.service import Service
from storregion.timetable.tables import CellWalks
from storregion.timetable.travel_rules import Periods

Floats = NDArray[np.float64]
LIMITS = (30, 45, 60, 90)
NODE_LIMITS = tuple(range(30, 125, 5))
"""Minutes within which the nodes' reach is counted, close enough to follow with a slider."""


ACCESS_REACH = columns.schema(
    "access_reach",
    __name__,
    ACCESS_POINTS["kind"],
    ACCESS_POINTS["code"],
    columns.whole("limit", "minutes", key=True, least=0),
    columns.number("residents", "persons", least=0.0),
    columns.number("jobs", "jobs", least=0.0),
)
AccessReach = Annotated[pl.DataFrame, ACCESS_REACH]

ACCESS_POTENTIAL = columns.schema(
    "access_potential",
    __name__,
    ACCESS_POINTS["kind"],
    ACCESS_POINTS["code"],
    columns.number("residents", "persons", least=0.0),
    columns.number("jobs", "jobs", least=0.0),
)
AccessPotential = Annotated[pl.DataFrame, ACCESS_POTENTIAL]

ACCESS_BOARD = columns.schema(
    "access_board",
    __name__,
    columns.node(),
    columns.locality(refers=None),
    columns.duration("minutes", absent="minutes_absent"),
    columns.number("residents", "persons", least=0.0),
)
AccessBoard = Annotated[pl.DataFrame, ACCESS_BOARD]

ACCESS_STATIONS = columns.schema(
    "access_stations",
    __name__,
    replace(ACCESS_POINTS["station"], refers=None),
    columns.text("name", "name"),
    columns.code("nearest_node", absent="times_absent", refers=("nodes", "node")),
    columns.duration("node_minutes", absent="times_absent"),
    columns.whole("nodes_within", "nodes", least=0),
    columns.whole("departures", "departures", least=0),
    columns.number("residents_near", "persons", least=0.0),
    columns.code("storregional", choices=("yes", "no")),
)
AccessStations = Annotated[pl.DataFrame, ACCESS_STATIONS]

ACCESS_LOCALITIES = columns.schema(
    "access_localities",
    __name__,
    columns.locality(),
    LOCALITIES["name"],
    columns.code("municipality"),
    columns.code("station", absent="station_absent"),
    columns.code("good", choices=("yes", "no")),
    columns.number("residents", "persons", least=0.0),
)
AccessLocalities = Annotated[pl.DataFrame, ACCESS_LOCALITIES]

ACCESS_GROWTH = columns.schema(
    "access_growth",
    __name__,
    columns.place(),
    columns.whole("year", "year", key=True),
    columns.number("residents", "persons", least=0.0),
    columns.number("good_residents", "persons", least=0.0),
    columns.number("good_share", "share", least=0.0, absent="share_absent"),
    columns.number("growth", "persons", absent="growth_absent"),
    columns.number("growth_share", "share", absent="growth_share_absent"),
)
AccessGrowth = Annotated[pl.DataFrame, ACCESS_GROWTH]


NODE_REACH = columns.schema(
    "node_reach",
    __name__,
    columns.node(),
    ACCESS_REACH["limit"],
    columns.code("counted", key=True, choices=("with_wait", "best_minute")),
    ACCESS_REACH["residents"],
    ACCESS_REACH["jobs"],
)
NodeReach = Annotated[pl.DataFrame, NODE_REACH]

COUNTED = {"with_wait": 50, "best_minute": 1}
"""How minutes are counted, and which percentile of the morning is reported: the middle or near the best."""


class Reachable(NamedTuple):
    """What is reached: residents and jobs by square kilometre, and walking times given to them."""

    cells: Cells
    cell_walks: CellWalks
    commuting: Commuting


def access_reach(
    access_points: AccessPoints, service: Service, periods: Periods, reachable: Reachable
) -> AccessReach:
    """What is reached from every node, municipality, locality and rail station within each limit.

    Parameters
    ----------
    access_points : the stations of each place; places with the same stations reach the same.
    service, periods : the timetable and the rules, and the morning.
    reachable : residents by square kilometre, walking times given for cells and stations, and flows; the jobs
        of the latest year are spread as residents are.
    """
    return _reach_rows(_morning(access_points, service, periods, reachable))


class Morning(NamedTuple):
    """Minutes of a morning to square kilometres from every place, and who lives and works there."""

    minutes: list[tuple[str, str, Floats]]
    people: Floats
    jobs: Floats
    known: str


@shared(most=1)
def _morning(points: pl.DataFrame, service: Service, periods: pl.DataFrame, reachable: Reachable) -> Morning:
    """What reach and potential both rest on, searched for once."""
    return _searched(points, clock_draws(service), periods, reachable)


def _searched(
    points: pl.DataFrame, network: ClockDraws, periods: pl.DataFrame, reachable: Reachable
) -> Morning:
    """The morning with any timetable.

    Parameters
    ----------
    points : rows of `access_points`.
    network : the timetable in every draw of the clock.
    periods, reachable : the table of that name, and what is reached.
    """
    walks, people, jobs, known = _opportunities(network, reachable)
    return Morning(_reached(points, network, periods, walks), people, jobs, known)


def _reach_rows(morning: Morning, limits: Sequence[int] = LIMITS) -> pl.DataFrame:
    """What is reached within each limit, in the columns of `access_reach`."""
    people, jobs = morning.people, morning.jobs
    rows = [
        (kind, code, limit, float(people[within].sum()), float(jobs[within].sum()), morning.known)
        for kind, code, minutes in morning.minutes
        for limit in limits
        for within in [minutes <= limit]
    ]
    return pl.DataFrame(rows, schema=_types(ACCESS_REACH), orient="row")


def node_reach(
    access_points: AccessPoints, service: Service, periods: Periods, reachable: Reachable
) -> NodeReach:
    """What the nodes reach, with and without the wait."""
    nodes, draws = access_points.filter(kind="node"), clock_draws(service)
    counted = [
        _reach_rows(
            _searched(nodes, replace(draws, percentile=percentile), periods, reachable), NODE_LIMITS
        ).select(
            pl.col("code").alias("node"), "limit", pl.lit(name).alias("counted"), "residents", "jobs", "basis"
        )
        for name, percentile in COUNTED.items()
    ]
    return pl.concat(counted).sort("node", "limit", "counted")


def access_potential(
    access_points: AccessPoints,
    service: Service,
    periods: Periods,
    reachable: Reachable,
    *,
    half_minutes: float = 30.0,
) -> AccessPotential:
    """What is reached, weighted by time (Hansen 1959).

    Parameters
    ----------
    access_points, service, periods, reachable : as of `access_reach`.
    half_minutes : minutes after which what is reached counts half.
    """
    morning = _morning(access_points, service, periods, reachable)
    people, jobs = morning.people, morning.jobs
    rows = [
        (kind, code, float((people * weight).sum()), float((jobs * weight).sum()), morning.known)
        for kind, code, minutes in morning.minutes
        for weight in [np.exp2(-minutes / half_minutes)]
    ]
    return pl.DataFrame(rows, schema=_types(ACCESS_POTENTIAL), orient="row")


def _reached(
    points: pl.DataFrame, network: ClockDraws, periods: pl.DataFrame, walks: Links
) -> list[tuple[str, str, Floats]]:
    """Median minutes of the morning to cells' centres, for every place; none without a timetable."""
    if not network.trips:
        return []
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    places = points.group_by("kind", "code", maintain_order=True).agg("station")
    times = network.minutes_to(places["station"].to_list(), walks, 60 * start, end - start)
    return [(kind, code, minutes) for (kind, code, _), minutes in zip(places.iter_rows(), times, strict=True)]


def _opportunities(network: ClockDraws, reachable: Reachable) -> tuple[Links, Floats, Floats, str]:
    """Walks to the cells within reach of any stop, their residents and jobs, and the weakest basis."""
    cells, cell_walks, commuting = reachable
    walks = network.walks_to(cells, cell_walks)
    many = np.diff(walks.first)
    near = many > 0
    # The cells left out have no links, so those of the others stay where they are.
    kept = walks._replace(first=np.concatenate([[0], np.cumsum(many[near])]))
    jobs, known = _jobs(cells, commuting)
    people = cells["residents"].to_numpy()
    known = weakest_of(_estimated_at_best(network.basis, known), cells, cell_walks)
    return kept, people[near], jobs[near], known


def _jobs(cells: pl.DataFrame, commuting: pl.DataFrame) -> tuple[Floats, str]:
    """Jobs of each cell, and how they are known.

    They are those of the latest year in the cell's municipality, spread as residents are; those of a
    municipality without residents in any cell are nowhere.
    """
    latest = latest_matrix(commuting)
    total = pl.DataFrame({"municipality": latest.codes, "jobs": latest.persons.sum(axis=0)})
    rows = cells.join(total, on="municipality", how="left", maintain_order="left")
    share = pl.col("residents") / pl.col("residents").sum().over("municipality")
    return rows.select((share * pl.col("jobs")).fill_nan(0.0)).to_series().to_numpy(), latest.basis


def _estimated_at_best(*known: str) -> str:
    """The weakest basis of several; what is spread over cells or judged by a rule is estimated at best."""
    return max("estimated", *known, key=BASES.index)


def access_stations(
    access_points: AccessPoints,
    service: Service,
    periods: Periods,
    cells: Cells,
    *,
    limit_minutes: float = 60.0,
    least_journeys: int = 3,
    least_nodes: int = 1,
    near_km: float = 1.5,
) -> AccessStations:
    """Every rail station: times to nodes, people near, and whether it has storregional access.

    Parameters
    ----------
    access_points : the stations of nodes, and the rail stations.
    service, periods : as of `access_reach`.
    cells : residents by square kilometre.
    limit_minutes : typical minutes within which another node must be.
    least_journeys : how many journeys must arrive there in the morning.
    least_nodes : how many other nodes must be within it.
    near_km : the centre of a cell that counts as near is at most so far away as the crow flies.
    """
    types = _types(ACCESS_STATIONS)
    own = access_points.filter(kind="station")["station"].to_list()
    # On the plan's own clock: a draw moves the day's first train, and with it how many come in the morning.
    calls, stops = service.calls, service.stops
    network = travel_network(calls, stops, service.changes, service.rules)
    if not own:
        return pl.DataFrame(schema=types)
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    ends = access_points.filter(kind="node").group_by("code", maintain_order=True).agg("station")
    names = dict(stops.group_by("station", maintain_order=True).agg(pl.col("name").first()).iter_rows())
    leaving = _leaving(calls, stops, 60 * start, 60 * end)
    times = {
        node: network.journeys_from(found, own, 60 * end, end - start) for node, found in ends.iter_rows()
    }
    homes = {station: {node for node, found in ends.iter_rows() if station in found} for station in own}
    near = _near(network, own, cells, 1000 * near_km)
    known = weakest_of(_estimated_at_best(network.basis), cells)
    rows = []
    for at, station in enumerate(own):
        away = [
            (float(minutes[at]), node, int(count[at]))
            for node, (minutes, count) in times.items()
            if node not in homes[station]
        ]
        # By time, then by code; what is not reached at all comes last.
        minutes, nearest, _ = min(away, default=(np.inf, None, 0))
        time = (nearest, minutes, None) if np.isfinite(minutes) else (None, None, "not_applicable")
        within = sum(taken <= limit_minutes and count >= least_journeys for taken, _, count in away)
        good = "yes" if within >= least_nodes else "no"
        rows.append((station, names[station], *time, within, leaving.get(station, 0), near[at], good, known))
    return pl.DataFrame(rows, schema=types, orient="row")


def _leaving(calls: pl.DataFrame, stops: pl.DataFrame, start: int, end: int) -> dict[str, int]:
    """Departures that can be boarded in a window, by station; a trip's last call is not one."""
    last = pl.col("position") == pl.col("position").max().over("trip")
    rows = calls.filter(
        ~last, pl.col("board") == 1, pl.col("departure").is_between(start, end, closed="left")
    )
    return dict(rows.join(stops, on="stop").group_by("station", maintain_order=True).len().iter_rows())


def _near(network: TravelNetwork, stations: list[str], cells: pl.DataFrame, metres: float) -> list[float]:
    """Residents of the cells near each station."""
    middle = [network.points[network.stations[station]].mean(axis=0) for station in stations]
    # What the kernel takes for stops are here the squares around each station.
    near = nearest_stops(middle, cells.select("east", "north").to_numpy(), metres, factor=1.0, speed=1.0)
    people = cells["residents"].to_numpy()[near.stop]
    return [float(people[begin:end].sum()) for begin, end in pairwise(near.first)]


def access_board(
    access_points: AccessPoints,
    access_localities: AccessLocalities,
    service: Service,
    periods: Periods,
) -> AccessBoard:
    """How long it takes from every node to the group's localities that have a station.

    Parameters
    ----------
    access_points : the stations of nodes.
    access_localities : the localities and their stations.
    service, periods : as of `access_reach`.
    """
    types = _types(ACCESS_BOARD)
    network = clock_draws(service)
    served = access_localities.drop_nulls("station")
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    known = _estimated_at_best(network.basis)
    nodes = access_points.filter(kind="node").group_by("code", maintain_order=True).agg("station")
    places, stations = nodes["station"].to_list(), served["station"].to_list()
    reported = network.minutes_between(places, stations, 60 * start, end - start)
    frames = [pl.DataFrame(schema=types)]
    for node, times in zip(nodes["code"], reported, strict=True):
        minutes = pl.Series(times, dtype=pl.Float64)
        there = minutes.is_finite()
        frames.append(
            served.select(
                pl.lit(node).alias("node"),
                "locality",
                pl.when(there).then(minutes).alias("minutes"),
                pl.when(~there).then(pl.lit("not_applicable")).alias("minutes_absent"),
                pl.col("residents"),
                basis=pl.lit(known),
            )
        )
    return pl.concat(frames)


def access_localities(
    localities: Localities,
    membership: Membership,
    access_points: AccessPoints,
    access_stations: AccessStations,
    group: RegionGroup,
) -> AccessLocalities:
    """The group's localities, and whether the station of each has storregional access.

    Without any rail station in the timetable there is nothing to tell, and no row.
    """
    if access_stations.is_empty():
        return pl.DataFrame(schema=_types(ACCESS_LOCALITIES))
    own = membership.filter(place=group.code)["municipality"].implode()
    chosen = access_points.filter(kind="locality").select(
        locality="code", station="station", point_basis="basis"
    )
    good = access_stations.select("station", good="storregional", station_basis="basis")
    rows = localities.filter(pl.col("municipality").is_in(own)).join(chosen, on="locality", how="left")
    return (
        rows.join(good, on="station", how="left")
        # That no station is near is a matter of the model too.
        .with_columns(pl.col("point_basis", "station_basis").fill_null("estimated"))
        .sort("locality")
        .select(
            "locality",
            "name",
            "municipality",
            "station",
            station_absent=pl.when(pl.col("station").is_null()).then(pl.lit("not_applicable")),
            good=pl.col("good").fill_null("no"),
            residents=pl.col("population").cast(pl.Float64),
            basis=weaker("basis", "point_basis", "station_basis"),
        )
    )


def access_growth(
    cells: Cells,
    cell_walks: CellWalks,
    access_stations: AccessStations,
    service: Service,
    growth: Growth,
    membership: Membership,
    group: RegionGroup,
) -> AccessGrowth:
    """The share of people, and of growth since the base year, within a walk of storregional access.

    Places that reach outside the group are left out, for the timetable is the group's. There is no row while
    it has no rail station.

    Parameters
    ----------
    cells : residents by square kilometre.
    cell_walks : walking times given for cells and stations.
    access_stations : which stations have storregional access.
    service : where stations lie, and how far one walks.
    growth : population by place; the change since the base year of the latest year counts.
    membership : the municipalities of each place; a place with one that has no cell is left out.
    group : whose places are reported.
    """
    if access_stations.is_empty():
        return pl.DataFrame(schema=_types(ACCESS_GROWTH))
    good = _walkable(cells, cell_walks, access_stations, service)
    settled = cells.with_columns(good=pl.Series(good) * pl.col("residents"))
    own = settled.group_by("municipality", maintain_order=True).agg(pl.col("residents", "good").sum())
    latest = growth.filter(pl.col("year") == pl.col("year").max())
    grown = latest.select("year", municipality="place", change="base_change", reason="base_absent")
    places = _added(membership, own.join(grown, on="municipality", how="full", coalesce=True), group.code)
    grew = pl.col("growth") > 0
    return (
        places.filter(pl.col("lost") == 0, pl.col("year").is_not_null())
        .sort("place")
        .select(
            "place",
            "year",
            "residents",
            "good_residents",
            good_share=pl.when(pl.col("residents") > 0).then(pl.col("good_residents") / pl.col("residents")),
            share_absent=pl.when(pl.col("residents") <= 0).then(pl.lit("not_applicable")),
            growth="growth",
            growth_absent=pl.when(pl.col("growth").is_null()).then("reason"),
            # A share of something that shrank, or did not change, says nothing.
            growth_share=pl.when(grew).then(pl.col("good_growth") / pl.col("growth")),
            growth_share_absent=pl.when(pl.col("growth").is_null())
            .then("reason")
            .when(~grew)
            .then(pl.lit("not_applicable")),
            basis=pl.lit(weakest_of("estimated", cells, cell_walks, access_stations)),
        )
    )


def _added(membership: pl.DataFrame, municipalities: pl.DataFrame, group: str) -> pl.DataFrame:
    """Residents, growth and what lies well of both, added up over each place that lies in the group."""
    home = membership.filter(place=group)["municipality"].implode()
    beyond = membership.filter(~pl.col("municipality").is_in(home))
    inside = membership.join(beyond, on="place", how="anti").join(
        municipalities, on="municipality", how="left"
    )
    share = (pl.col("good") / pl.col("residents")).fill_nan(None)
    known = pl.col("change").null_count() == 0
    return inside.group_by("place", maintain_order=True).agg(
        pl.col("year").drop_nulls().first(),
        pl.col("residents").sum(),
        pl.col("good").sum().alias("good_residents"),
        pl.when(known).then(pl.col("change").sum()).cast(pl.Float64).alias("growth"),
        pl.when(known).then((pl.col("change") * share).sum()).alias("good_growth"),
        pl.when(~known).then(pl.col("reason").drop_nulls().first()).fill_null("missing").alias("reason"),
        pl.col("residents").null_count().alias("lost"),
    )


def _types(schema: Schema) -> dict[str, pl.DataType | type[pl.DataType]]:
    return {column.name: column.dtype for column in schema.columns}


def _walkable(
    cells: pl.DataFrame,
    cell_walks: pl.DataFrame,
    access_stations: pl.DataFrame,
    service: Service,
) -> NDArray[np.bool_]:
    """(cells,) whether one can walk from the cell's centre to a station with storregional access."""
    stops, rules = service.stops, service.rules.row(0, named=True)
    seconds, factor = 60.0 * rules["walk_minutes"], rules["walk_factor"]
    speed = rules["walk_kmh"] / 3.6
    chosen = access_stations.filter(storregional="yes")["station"].implode()
    there = stops.filter(pl.col("station").is_in(chosen))
    points = cells.select("east", "north").to_numpy(order="c")
    links = nearest_stops(
        points, np.column_stack(projected(there)), seconds * speed / factor, factor=factor, speed=speed
    )
    given = (
        cell_walks.join(cells.select("cell").with_row_index("place"), on="cell")
        .join(there.select("station").with_row_index("at"), on="station")
        .select("place", "at", (60 * pl.col("minutes")).ceil())
    )
    links = restated(links, there.height, tuple(given.to_numpy().astype(np.int64).T))
    near = np.zeros(cells.height, np.bool_)
    # What lies within the radius takes a second more at most, by rounding up.
    near[np.repeat(np.arange(cells.height), np.diff(links.first))[links.seconds <= np.ceil(seconds)]] = True
    return near
