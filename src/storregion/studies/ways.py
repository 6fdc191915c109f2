"""Ways between nodes: with which lines one travels, and where one changes.

Title       Ways between the nodes
Question    With which lines does one travel between two nodes in the morning, and where does one change?
Method      Of the journeys that begin in the morning those are taken that no other beats (none leaves later
            and arrives earlier), each with the fewest changes it can be made with, ride by ride, by range
            RAPTOR. Journeys that change at the same stations are one way, whatever their lines. In the line
            plan the journeys of all draws of the clock count. The most common ways are told, with the share
            of the journeys that go so; of ways as common the quicker comes first.
Reads       access_points, calls, lines, stops, changes, travel_rules, periods
Limits      A journey can often be made in several ways at the same times; one of them is told. In the line
            plan the changes are those that chance makes fit, not those that planners time. Three ways at
            most are told of a pair and direction; what is left of the share goes otherwise.

Titel       Vägar mellan noderna
Fråga       Med vilka linjer reser man mellan två noder på morgonen, och var byter man?
Metod       Av resorna som börjar på morgonen tas de som ingen annan slår (ingen avgår senare och kommer
            fram tidigare), var och en med så få byten som den går att göra med, åktur för åktur, med range
            RAPTOR. Resor som byter vid samma stationer är en väg, vilka linjer de än går med. I linjeplanen
            räknas resorna i alla dragningar av klockan. De vanligaste vägarna visas, med andelen av resorna
            som går så; av lika vanliga kommer den snabbare först.
Läser       access_points, calls, lines, stops, changes, travel_rules, periods
Gränser     En resa kan ofta göras på flera sätt vid samma tider; ett av dem visas. I linjeplanen är bytena
            de som slumpen får att passa, inte de som planerare har ordnat. Högst tre vägar visas för ett
            par och en riktning; resten av andelen går på annat sätt.
"""

from collections import defaultdict
from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import BASES, Column, Schema, basis
from storregion.journeys.draws import drawn
from storregion.journeys.network import Way
from storregion.studies.accessibility import AccessPoints
from storregion.timetable.tables import Calls, Changes, Lines, Stops
from storregion.timetable.travel_rules import Periods, TravelRules

MOST = 3
"""So many ways are told of every pair and direction."""

NODE_WAYS = Schema(
    "node_ways",
    Text("Vägar mellan noder", "Ways between nodes"),
    Text(
        "De vanligaste sätten att resa mellan varje par av noder på morgonen: linjer och byten.",
        "The most common ways to travel between every two nodes in the morning: lines and changes.",
    ),
    (
        Column(
            "origin",
            pl.String,
            "code",
            Text("Från", "From"),
            Text("Från", "From"),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "destination",
            pl.String,
            "code",
            Text("Till", "To"),
            Text("Till", "To"),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "rank",
            pl.Int64,
            "number",
            Text("Ordning", "Rank"),
            Text("1 är den vanligaste vägen.", "1 is the most common way."),
            key=True,
            least=1,
            most=MOST,
        ),
        Column(
            "route",
            pl.String,
            "text",
            Text("Väg", "Way"),
            Text(
                "Stationerna där man stiger på, byter och stiger av; / är gång mellan två.",
                "The stations at which one gets on, changes and gets off; / is a walk between two.",
            ),
        ),
        Column(
            "lines",
            pl.String,
            "text",
            Text("Linjer", "Lines"),
            Text(
                "Linjernas namn i den ordning man åker; / skiljer linjer som kan tas i varandras ställe.",
                "The lines' names in the order of the rides; / parts lines that stand for one another.",
            ),
        ),
        Column(
            "transfers",
            pl.Int64,
            "changes",
            Text("Byten", "Changes"),
            Text("Så många byten vägen har.", "How many changes the way has."),
            least=0,
        ),
        Column(
            "minutes",
            pl.Float64,
            "minutes",
            Text("Typisk restid", "Typical time"),
            Text("Medianen av resorna som går så.", "The median of the journeys that go so."),
            least=0.0,
        ),
        Column(
            "share",
            pl.Float64,
            "share",
            Text("Andel", "Share"),
            Text("Andel av morgonens resor.", "Share of the morning's journeys."),
            least=0.0,
            most=1.0,
        ),
        basis(),
    ),
)
NodeWays = Annotated[pl.DataFrame, NODE_WAYS]


def node_ways(
    access_points: AccessPoints,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
) -> NodeWays:
    """The most common ways between every two nodes in the morning; no row where there is no journey by ride.

    Parameters
    ----------
    access_points : the stations of nodes.
    calls, lines, stops, changes, travel_rules, periods : the timetable, the rules, and the morning.
    """
    types = {column.name: column.dtype for column in NODE_WAYS.columns}
    network = drawn(calls, lines, stops, changes, travel_rules)
    points = access_points.filter(kind="node")
    ends = dict(points.group_by("code", maintain_order=True).agg("station").iter_rows())
    if not network.trips or len(ends) < 2:
        return pl.DataFrame(schema=types)
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    pairs = [(one, two) for one in sorted(ends) for two in sorted(ends) if one != two]
    told = network.ways([(ends[one], ends[two]) for one, two in pairs], 60 * start, 60 * end)
    names = dict(lines.select("line", "name").iter_rows())
    line_of = [names[line] for line in calls.select("trip", "line").unique("trip").sort("trip")["line"]]
    station_of = stops.sort("stop")["name"].to_list()
    known = max(network.basis, *points["basis"].unique(), key=BASES.index)
    rows: list[tuple[object, ...]] = []
    for (origin, destination), draws in zip(pairs, told, strict=True):
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
