"""Ways between nodes: with which lines one travels, and where one changes."""

from collections import defaultdict
from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.table import weakest_of
from storregion.journeys.draws import clock_draws
from storregion.journeys.profiles import Way
from storregion.studies.travel_times import AccessPoints
from storregion.timetable.service import Service
from storregion.timetable.travel_rules import Periods

MOST = 3
"""The most ways listed for a pair and direction."""

NODE_WAYS = columns.schema(
    "node_ways",
    __name__,
    columns.origin(),
    columns.destination(),
    columns.whole("rank", "number", key=True, least=1, most=3),
    columns.text("route"),
    columns.text("lines"),
    columns.whole("transfers", "changes", least=0),
    columns.duration("minutes"),
    columns.share("share"),
)
NodeWays = Annotated[pl.DataFrame, NODE_WAYS]


def node_ways(access_points: AccessPoints, service: Service, periods: Periods) -> NodeWays:
    """The most common ways between every two nodes in the morning; no row where there is no journey by ride.

    Parameters
    ----------
    access_points : the stations of nodes.
    service, periods : the timetable and the rules, and the morning.
    """
    types = {column.name: column.dtype for column in NODE_WAYS.columns}
    network = clock_draws(service)
    points = access_points.filter(kind="node")
    ends = dict(points.group_by("code", maintain_order=True).agg("station").iter_rows())
    if not network.trips or len(ends) < 2:
        return pl.DataFrame(schema=types)
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    pairs = [(one, two) for one in sorted(ends) for two in sorted(ends) if one != two]
    reported = network.ways([(ends[one], ends[two]) for one, two in pairs], 60 * start, 60 * end)
    names = dict(service.lines.select("line", "name").iter_rows())
    line_of = [
        names[line] for line in service.calls.select("trip", "line").unique("trip").sort("trip")["line"]
    ]
    station_of = service.stops.sort("stop")["name"].to_list()
    known = weakest_of(network.basis, points)
    rows: list[tuple[object, ...]] = []
    for (origin, destination), draws in zip(pairs, reported, strict=True):
        found: dict[str, list[Way]] = defaultdict(list)
        for way in draws:
            found[_route(way, station_of)].append(way)
        ranked = [(-len(ways), _typical(ways), route) for route, ways in found.items()]
        for rank, (less, minutes, route) in enumerate(sorted(ranked)[:MOST], 1):
            by = [[line_of[trip] for trip, _, _ in way.rides] for way in found[route]]
            said = " + ".join(map(_lines, zip(*by, strict=True)))
            share = -less / len(draws)
            rows.append((origin, destination, rank, route, said, len(by[0]) - 1, minutes, share, known))
    return pl.DataFrame(rows, schema=types, orient="row")


def _typical(ways: list[Way]) -> float:
    """The median of their minutes by nearest rank."""
    return sorted(way.minutes for way in ways)[(len(ways) - 1) // 2]


def _lines(names: tuple[str, ...]) -> str:
    """The lines of one ride, the most used first."""
    return " / ".join(sorted(set(names), key=lambda name: (-names.count(name), name)))


def _route(way: Way, names: list[str]) -> str:
    """The stations of a way, from the first on which one gets to the last at which one gets off."""
    (_, on, off), *more = way.rides
    said = [names[on], names[off]]
    for _, then, until in more:
        if names[then] != said[-1]:
            said[-1] += f" / {names[then]}"
        said.append(names[until])
    return " → ".join(said)
