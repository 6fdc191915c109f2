"""Travel times by timetable: how long it takes between nodes and municipalities, and how often one can go."""

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Annotated, NamedTuple, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.geodesy import projected
from storregion.core.group import RegionGroup
from storregion.core.table import BASES, Schema, weaker, weakest
from storregion.facts.cells import centred
from storregion.facts.places import (
    Boundaries,
    Localities,
    Municipalities,
    NodeLocalities,
    Nodes,
    NodeStations,
)
from storregion.journeys.draws import ClockDraws, clock_draws
from storregion.journeys.network import DAY
from storregion.journeys.profiles import Between, Profile
from storregion.journeys.windows import over_windows
from storregion.studies.driving import RoadEstimate, RoadKm
from storregion.timetable.service import Service, Timetable
from storregion.timetable.travel_rules import PERIOD_NAMES, WAYS, Periods

Floats = NDArray[np.float64]
Number = TypeVar("Number", int, float)
KINDS = ("node", "municipality", "locality", "station")
MOST_PAIRS = 100_000
"""Pairs of municipalities whose journeys of the day are held at once; it keeps them below a gigabyte."""

ACCESS_POINTS = columns.schema(
    "access_points",
    __name__,
    columns.code("kind", key=True, choices=KINDS),
    columns.code("code", key=True),
    columns.code("station", key=True, refers=("stops", "station")),
    columns.code("how", choices=("named", "busiest", "itself")),
)
AccessPoints = Annotated[pl.DataFrame, ACCESS_POINTS]


ACCESS_NODES = columns.schema(
    "access_nodes",
    __name__,
    columns.origin(),
    columns.destination(),
    columns.period(choices=PERIOD_NAMES),
    columns.code("way", key=True, choices=WAYS),
    columns.duration("fastest", absent="times_absent"),
    columns.duration("typical", absent="times_absent"),
    columns.duration("with_wait", absent="wait_absent"),
    columns.whole("departures", "journeys", least=0),
    columns.whole("transfers", "changes", least=0, absent="times_absent"),
    columns.whole("direct", "journeys", least=0),
    columns.share("within_60"),
    columns.duration("p25", absent="p25_absent"),
    columns.duration("p75", absent="p75_absent"),
    columns.duration("clock_low", absent="times_absent"),
    columns.duration("clock_high", absent="times_absent"),
    columns.number("km", "km", least=0.0),
    columns.number("kmh", "kmh", least=0.0, absent="times_absent"),
)
AccessNodes = Annotated[pl.DataFrame, ACCESS_NODES]

ACCESS_PLACES = columns.schema(
    "access_places",
    __name__,
    columns.origin(refers=("municipalities", "municipality")),
    columns.destination(refers=("municipalities", "municipality")),
    columns.period(choices=PERIOD_NAMES),
    columns.code("way", key=True, choices=WAYS),
    columns.duration("fastest", absent="times_absent"),
    columns.duration("typical", absent="times_absent"),
    columns.duration("with_wait", absent="wait_absent"),
    columns.whole("departures", "journeys", least=0),
    columns.whole("transfers", "changes", least=0, absent="times_absent"),
)
AccessPlaces = Annotated[pl.DataFrame, ACCESS_PLACES]


ACCESS_DAY = columns.schema(
    "access_day",
    __name__,
    columns.origin(),
    columns.destination(),
    columns.text("first_arrival", pattern="-?[0-9]{2}:[0-9]{2}", absent="times_absent"),
    columns.text("last_departure", pattern="-?[0-9]{2}:[0-9]{2}", absent="times_absent"),
    columns.whole("departures", "journeys", least=0),
    columns.absence("times_absent"),
)
AccessDay = Annotated[pl.DataFrame, ACCESS_DAY]

TRAVEL_RATIOS = columns.schema(
    "travel_ratios",
    __name__,
    columns.origin(),
    columns.destination(),
    columns.period(choices=PERIOD_NAMES),
    columns.duration("typical", absent="times_absent"),
    columns.duration("car_minutes"),
    columns.number("ratio", "ratio", least=0.0, absent="times_absent"),
)
TravelRatios = Annotated[pl.DataFrame, TRAVEL_RATIOS]


class Sites(NamedTuple):
    """Where journeys may end: nodes, municipalities and localities, and what says where they lie."""

    nodes: Nodes
    node_stations: NodeStations
    municipalities: Municipalities
    localities: Localities
    node_localities: NodeLocalities
    boundaries: Boundaries


def access_points(
    sites: Sites,
    timetable: Timetable,
    service: Service,
    *,
    node_km: float = 5.0,
    locality_km: float = 1.5,
) -> AccessPoints:
    """The stations that stand for each place: those before a scenario, and new ones where there was none.

    Parameters
    ----------
    sites : the places, with points in WGS 84. The named stations of a node that the timetable has stand for
        it and its municipality; a station by a shore belongs to the nearest municipality within a kilometre.
    timetable : before a scenario; a station is as busy as it has calls, and one of rail is also listed for
        itself.
    service : with the scenario's operations; a place that has a station before keeps it.
    node_km : how far from a node's point its busiest station is looked for where none of the named is there.
    locality_km : how far outside a disc of the locality's area its busiest station may lie.
    """
    stops = service.stops
    before = _points(sites, timetable, stops, 1000 * node_km, 1000 * locality_km)
    stations = _stations(stops, service.calls)
    within = _within(sites.municipalities, sites.boundaries, stations)
    found = pl.concat([within, _rail(stations, stops, service.calls, service.lines)])
    new = found.join(before, on=["kind", "code"], how="anti")
    return pl.concat([before, new]).sort("kind", "code", "station")


def _points(
    sites: Sites, timetable: Timetable, stops: pl.DataFrame, node_metres: float, locality_metres: float
) -> pl.DataFrame:
    """The stations that stand for each place with the timetable as it is before a scenario."""
    nodes = sites.nodes
    stations = _stations(stops, timetable.calls)
    settled = centred(sites.localities.drop_nulls("area_ha"), nodes, sites.node_localities)
    radius = np.sqrt(settled["area_ha"].to_numpy() * 1e4 / np.pi) + locality_metres
    named = _named(sites.node_stations, stations)
    central = _central(nodes, named)
    rest = nodes.filter(~pl.col("node").is_in(named["code"].implode()))
    within = _within(sites.municipalities, sites.boundaries, stations)
    parts = [
        named,
        _busiest("node", rest["node"], rest, np.full(rest.height, node_metres), stations),
        _busiest("locality", settled["locality"], settled, radius, stations),
        central,
        within.join(central, on="code", how="anti"),
        _rail(stations, stops, timetable.calls, timetable.lines),
    ]
    return pl.concat(parts).sort("kind", "code", "station")


def _rail(
    stations: pl.DataFrame, stops: pl.DataFrame, calls: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Every station that trains call at, standing for itself."""
    rail = calls.join(lines.filter(mode="rail"), on="line", how="semi")["stop"].unique(maintain_order=True)
    own = stops.filter(pl.col("stop").is_in(rail.implode()))["station"].unique(maintain_order=True)
    return stations.filter(pl.col("station").is_in(own.implode())).select(
        pl.lit("station").alias("kind"),
        pl.col("station").alias("code"),
        "station",
        pl.lit("itself").alias("how"),
        "basis",
    )


def _stations(stops: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Every station that is called at: code, name, east, north, calls, basis."""
    counted = calls.group_by("stop", maintain_order=True).len("calls").join(stops, on="stop")
    east, north = projected(counted)
    return (
        counted.with_columns(east=pl.Series(east), north=pl.Series(north))
        .sort("stop")
        .group_by("station", maintain_order=True)
        .agg(
            pl.col("name").first(),
            pl.col("east").mean(),
            pl.col("north").mean(),
            pl.col("calls").sum().cast(pl.Int64),
            pl.col("basis").first(),
        )
        .sort("station")
    )


def _named(node_stations: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """The stations named for each node that are there."""
    return node_stations.join(stations, on="name", suffix="_there").select(
        pl.lit("node").alias("kind"),
        pl.col("node").alias("code"),
        "station",
        pl.lit("named").alias("how"),
        weaker("basis", "basis_there"),
    )


def _central(nodes: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """The stations named for nodes, standing for the municipalities of these."""
    rows = named.join(nodes.select("municipality", code="node"), on="code")
    rows = rows.with_columns(kind=pl.lit("municipality"), code="municipality").select(named.columns)
    return rows.unique(["code", "station"], keep="first", maintain_order=True)


def _busiest(
    kind: str, codes: pl.Series, places: pl.DataFrame, radius: Floats, stations: pl.DataFrame
) -> pl.DataFrame:
    """The busiest station within each place's radius, in metres."""
    east, north = projected(places)
    x, y, size = (stations[name].to_numpy() for name in ("east", "north", "calls"))
    rows: list[tuple[object, ...]] = []
    for code, known, e, n, r in zip(codes, places["basis"], east, north, radius, strict=True):
        near = np.where(np.hypot(x - e, y - n) <= r, size, 0)
        if len(near) and near[at := int(near.argmax())] > 0:
            basis = _weaker(known, stations["basis"][at])
            rows.append((kind, code, stations["station"][at], "busiest", basis))
    return _frame(rows, ACCESS_POINTS)


def _within(municipalities: pl.DataFrame, boundaries: pl.DataFrame, stations: pl.DataFrame) -> pl.DataFrame:
    """The busiest station of each municipality that has one."""
    rows = stations.with_columns(code=pl.Series(_homes(stations, boundaries), dtype=pl.String)).drop_nulls(
        "code"
    )
    return (
        rows.filter(pl.col("code").is_in(municipalities["municipality"].implode()))
        .sort("calls", "station", descending=[True, False])
        .group_by("code", maintain_order=True)
        .first()
        .select(
            pl.lit("municipality").alias("kind"), "code", "station", pl.lit("busiest").alias("how"), "basis"
        )
    )


def _homes(stations: pl.DataFrame, boundaries: pl.DataFrame) -> list[str | None]:
    """The municipality that each station lies in; by a shore, the nearest within a kilometre."""
    # Loaded here: it takes long to import.
    import shapely

    rows = boundaries.filter(pl.col("area").str.len_chars() == 4).sort("area")
    tree = shapely.STRtree(shapely.from_wkb(rows["geometry"].to_numpy()))
    points = shapely.points(stations["east"].to_numpy(), stations["north"].to_numpy())
    at, area = tree.query_nearest(points, max_distance=1000.0, all_matches=False)
    found: list[str | None] = [None] * stations.height
    for point, shape in zip(at, area, strict=True):
        found[point] = rows["area"][int(shape)]
    return found


def _weaker(*bases: str) -> str:
    return max(bases, key=BASES.index)


def access_nodes(
    access_points: AccessPoints, nodes: Nodes, service: Service, periods: Periods
) -> AccessNodes:
    """Every two nodes, by period, leaving or arriving in it."""
    return node_times(access_points, nodes, clock_draws(service), periods)


def node_times(
    points: pl.DataFrame, nodes: pl.DataFrame, network: ClockDraws, periods: pl.DataFrame
) -> pl.DataFrame:
    """Times between nodes with any timetable, in the columns of `access_nodes`.

    Parameters
    ----------
    points : rows of `access_points`.
    nodes, periods : the tables of those names.
    network : the timetable in every draw of the clock.
    """
    windows = _windows(periods)
    pairs = _pairs(network, nodes["node"].to_list())
    found = _profiles(network, points, "node", pairs, _span(windows))
    east, north = projected(nodes)
    where = dict(zip(nodes["node"], zip(east, north, strict=True), strict=True))
    apart = [
        (origin, destination, float(np.hypot(*np.subtract(where[origin], where[destination]))) / 1000.0)
        for origin, destination in pairs
    ]
    types = {"origin": pl.String, "destination": pl.String, "km": pl.Float64}
    km = pl.DataFrame(apart, schema=types, orient="row")
    rows = over_windows(pairs, found, windows, network.longest).join(
        km, on=["origin", "destination"], maintain_order="left"
    )
    rows = rows.with_columns(kmh=60.0 * pl.col("km") / pl.col("typical"))
    return _known(rows, network, points, "node").select(column.name for column in ACCESS_NODES.columns)


def access_places(
    access_points: AccessPoints,
    municipalities: Municipalities,
    service: Service,
    periods: Periods,
    group: RegionGroup,
) -> AccessPlaces:
    """Every two municipalities of the group, by period, leaving or arriving in it."""
    own = municipalities.filter(pl.col("county").is_in(list(group.counties)))["municipality"].to_list()
    return place_times(access_points, own, clock_draws(service), periods)


def place_times(
    points: pl.DataFrame, codes: list[str], network: ClockDraws, periods: pl.DataFrame
) -> pl.DataFrame:
    """Times between municipalities with any timetable, in the columns of `access_places`.

    Parameters
    ----------
    points : rows of `access_points`.
    codes : the municipalities.
    network : the timetable in every draw of the clock.
    periods : the table of that name.
    """
    windows = _windows(periods)
    parts = []
    for pairs in _in_parts(_pairs(network, codes), max(1, MOST_PAIRS // max(1, len(codes)))):
        found = _profiles(network, points, "municipality", pairs, _span(windows))
        parts.append(over_windows(pairs, found, windows, network.longest))
    rows = pl.concat(parts).sort("origin", maintain_order=True)
    return _known(rows, network, points, "municipality").select(
        column.name for column in ACCESS_PLACES.columns
    )


def access_day(access_points: AccessPoints, nodes: Nodes, service: Service) -> AccessDay:
    """When one arrives first and can leave last between every two nodes."""
    network = clock_draws(service)
    rows: list[tuple[object, ...]] = []
    pairs = _pairs(network, nodes["node"].to_list())
    found = _profiles(network, access_points, "node", pairs, DAY).leaving(DAY)
    for pair in pairs:
        part = found.get(pair, ())
        count = _middle(part, lambda one: len(one.departures))
        there = [one for one in part if len(one.departures)] if count else []
        first = _time_of_day(_middle(there, lambda one: float(one.arrivals.min()))) if there else None
        last = _time_of_day(_middle(there, lambda one: float(one.departures.max()))) if there else None
        reason = "missing" if pair not in found else None if count else "not_applicable"
        rows.append((*pair, first, last, count, reason))
    names = [column.name for column in ACCESS_DAY.columns]
    frame = pl.DataFrame(rows, schema={name: ACCESS_DAY[name].dtype for name in names[:-1]}, orient="row")
    return _known(frame, network, access_points, "node").select(names)


def travel_ratios(access_nodes: AccessNodes, road_estimate: RoadEstimate, road_km: RoadKm) -> TravelRatios:
    """Public transport against the car, leaving in the period.

    Parameters
    ----------
    access_nodes : times between nodes.
    road_estimate : detour, speed and minutes at the ends, fitted to published driving times.
    road_km : published road distances between nodes, where there are any.
    """
    detour, kmh, ends = road_estimate.select("detour", "road_kmh", "ends_minutes").row(0)
    known = road_km.select("origin", "destination", road="km")
    road = pl.coalesce("road", pl.col("km") * detour)
    car = road / kmh * 60.0 + ends
    rows = access_nodes.filter(way="depart_at")
    return rows.join(known, on=["origin", "destination"], how="left", maintain_order="left").select(
        "origin",
        "destination",
        "period",
        "typical",
        car.alias("car_minutes"),
        (pl.col("typical") / car).alias("ratio"),
        "times_absent",
        # The car's time is an estimate at best.
        pl.col("basis").replace("observed", "estimated"),
    )


def _pairs(network: ClockDraws, codes: list[str]) -> list[tuple[str, str]]:
    """Every two places, by code; none where nothing runs."""
    return list(permutations(sorted(codes), 2)) if network.trips else []


def _in_parts(pairs: Sequence[tuple[str, str]], goals: int) -> list[list[tuple[str, str]]]:
    """Pairs in parts that have so many goals each, in the order of the goals; one part of no pairs."""
    order = sorted({goal for _, goal in pairs})
    part_of = {goal: at // goals for at, goal in enumerate(order)}
    parts: list[list[tuple[str, str]]] = [[] for _ in range(max(1, -(-len(order) // goals)))]
    for pair in pairs:
        parts[part_of[pair[1]]].append(pair)
    return parts


def _profiles(
    network: ClockDraws,
    points: pl.DataFrame,
    kind: str,
    pairs: Sequence[tuple[str, str]],
    window: tuple[int, int],
) -> Between:
    """The journeys between the places of a kind that have a station."""
    own = points.filter(kind=kind).group_by("code", maintain_order=True).agg("station").rows()
    ends = ({pair[end] for pair in pairs} for end in (0, 1))
    origins, goals = ({code: found for code, found in own if code in asked} for asked in ends)
    return network.profiles(origins, goals, window)


def _known(rows: pl.DataFrame, network: ClockDraws, points: pl.DataFrame, kind: str) -> pl.DataFrame:
    """Rows of pairs of places, with how the weakest of the timetable and the two ends is known."""
    ends = points.filter(kind=kind).group_by("code", maintain_order=True).agg(weakest("basis"))
    for end in ("origin", "destination"):
        own = ends.rename({"code": end, "basis": f"{end}_basis"})
        rows = rows.join(own, on=end, how="left", maintain_order="left")
    return rows.with_columns(timetable=pl.lit(network.basis)).with_columns(
        weaker("timetable", "origin_basis", "destination_basis")
    )


def _windows(periods: pl.DataFrame) -> list[tuple[str, int, int]]:
    """Each period with its first and last second."""
    return [
        (name, 60 * start, 60 * end)
        for name, start, end in periods.select("period", "first", "last").iter_rows()
    ]


def _span(windows: list[tuple[str, int, int]]) -> tuple[int, int]:
    """From the first second of any period to the last."""
    return min(start for _, start, _ in windows), max(end for _, _, end in windows)


def _middle(draws: Sequence[Profile], of: Callable[[Profile], Number]) -> Number | int:
    """A figure of the middle draw; 0 where there are no draws."""
    return sorted(map(of, draws))[(len(draws) - 1) // 2] if draws else 0


def _time_of_day(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _frame(rows: list[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in schema.columns}, orient="row")
