"""Travel times by timetable: how long it takes between nodes and municipalities, and how often one can go.

Title       Travel times by timetable
Question    How long does it take by public transport between the node cities and between the
            municipalities, how often can one go, and how does that compare with the car?
Method      Every journey of the day that no other beats (none leaves later and arrives earlier) is found,
            with the fewest changes it takes, by range RAPTOR over the timetable of one day, with slack at
            every boarding and walking links between stops. Fastest is the shortest of a period's journeys,
            typical their median by nearest rank, with wait the median over every minute of the period, the
            wait for the next departure and the slack before it included. Depart-at counts journeys that leave
            in the period, arrive-by those that arrive in it. A node is the stations named for it, else the
            busiest one near its point; a municipality is the stations named for its nodes, else its busiest.
            Speed is the straight line over typical time. Quick and slow quarters are the 25th and 75th
            percentiles of the time with wait. The line plan knows headways and no clock times, so all is
            reckoned over several draws of the clock, each line and direction moved within its headway:
            typical and with wait are medians over the journeys and minutes of all draws; fastest, journeys,
            first arrival and last departure are the middle draw's.
Reads       calls, lines, timetable_calls, timetable_lines, timetable_operations, stops, changes,
            travel_rules, periods, nodes, node_stations, municipalities, boundaries
Limits      Times count from station to station: the way to and from the station is not in them. Where the
            timetable is the line plan, changes are neither better nor worse timed than chance makes them,
            though planners time some; delays are in no timetable. Times by car are an estimate from the
            straight line.

Titel       Restider enligt tidtabell
Fråga       Hur lång tid tar det med kollektivtrafik mellan nodstäderna och mellan kommunerna, hur ofta kan
            man åka, och hur står det sig mot bilen?
Metod       Varje resa under dagen som ingen annan slår (ingen avgår senare och kommer fram tidigare) söks,
            med så få byten som den kräver, med range RAPTOR i en dags tidtabell, med marginal vid varje
            påstigning och gångvägar mellan hållplatser. Snabbast är periodens kortaste resa, typisk medianen
            av dess resor, med väntan medianen över periodens alla minuter inklusive väntan på nästa avgång
            och marginalen före den. Avresa räknar resor som avgår i perioden, ankomst dem som kommer fram i
            den. En nod är de stationer som angetts för den, annars den mest trafikerade nära dess punkt; en
            kommun är de stationer som angetts för dess noder, annars sin mest trafikerade. Hastighet är rak
            linje delat med typisk restid. Snabb och långsam fjärdedel är den 25:e och 75:e percentilen av
            tiden med väntan. Linjeplanen känner turtäthet men inga klockslag, så allt räknas i flera
            dragningar av klockan, där varje linje och riktning flyttas inom sin turtäthet: typisk och med
            väntan är medianer över alla dragningars resor och minuter; snabbast, resmöjligheter, första
            ankomst och sista avgång är den mittersta dragningens.
Läser       calls, lines, timetable_calls, timetable_lines, timetable_operations, stops, changes,
            travel_rules, periods, nodes, node_stations, municipalities, boundaries
Gränser     Tiden räknas från station till station: vägen dit och därifrån ingår inte. När tidtabellen är
            linjeplanen passar byten varken bättre eller sämre än slumpen ger, fast en del byten planeras;
            förseningar finns i ingen tidtabell. Tid med bil är en uppskattning från raka linjen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.core.table import BASES, Column, Schema, absence, basis, weaker
from storregion.facts.cells import centred
from storregion.facts.places import (
    Boundaries,
    Localities,
    Municipalities,
    NodeLocalities,
    Nodes,
    NodeStations,
)
from storregion.journeys.draws import Drawn, Profiles, drawn
from storregion.journeys.network import DAY, projected
from storregion.timetable.operations import TimetableOperations
from storregion.timetable.tables import Calls, Changes, Lines, Stops, TimetableCalls, TimetableLines
from storregion.timetable.travel_rules import PERIOD_NAMES, Periods, TravelRules

Floats = NDArray[np.float64]
Number = TypeVar("Number", int, float)
Told = TypeVar("Told")
WAYS = ("depart_at", "arrive_by")
KINDS = ("node", "municipality", "locality", "station")

ACCESS_POINTS = Schema(
    "access_points",
    Text("Resans ändar", "Ends of journeys"),
    Text(
        "De stationer som står för varje nod, kommun och tätort, och varje järnvägsstation för sig.",
        "The stations that stand for each node, municipality and locality, and each rail station for itself.",
    ),
    (
        Column(
            "kind",
            pl.String,
            "code",
            Text("Slag", "Kind"),
            Text(
                "node (nod), municipality (kommun), locality (tätort) eller station.",
                "node, municipality, locality or station.",
            ),
            key=True,
            choices=KINDS,
        ),
        Column(
            "code",
            pl.String,
            "code",
            Text("Plats", "Place"),
            Text("Platsens eller stationens kod.", "The code of the place or station."),
            key=True,
        ),
        Column(
            "station",
            pl.String,
            "code",
            Text("Station", "Station"),
            Text("Stationens kod.", "The station's code."),
            key=True,
            refers=("stops", "station"),
        ),
        Column(
            "how",
            pl.String,
            "code",
            Text("Hur vald", "How chosen"),
            Text(
                "named (angiven), busiest (mest trafikerad nära eller inom) eller itself (stationen själv).",
                "named, busiest (near the point or within) or itself (the station).",
            ),
            choices=("named", "busiest", "itself"),
        ),
        basis(),
    ),
)
AccessPoints = Annotated[pl.DataFrame, ACCESS_POINTS]

BASE_POINTS = replace(
    ACCESS_POINTS,
    name="base_points",
    title=Text("Resans ändar före scenariot", "Ends of journeys before the scenario"),
)
BasePoints = Annotated[pl.DataFrame, BASE_POINTS]


def _end(name: str, of: tuple[str, str], label: Text) -> Column:
    return Column(name, pl.String, "code", label, label, key=True, refers=of)


def period() -> Column:
    """The column that names a period of the day."""
    return Column(
        "period",
        pl.String,
        "code",
        Text("Period", "Period"),
        Text("Period på dagen.", "Period of the day."),
        key=True,
        choices=PERIOD_NAMES,
    )


def _way() -> Column:
    return Column(
        "way",
        pl.String,
        "code",
        Text("Räknat från", "Counted by"),
        Text(
            "depart_at (avresa i perioden) eller arrive_by (framme i perioden).",
            "depart_at (leaving in the period) or arrive_by (arriving in it).",
        ),
        key=True,
        choices=WAYS,
    )


def _time(name: str, label: Text, about: Text, absent: str = "times_absent") -> Column:
    return Column(name, pl.Float64, "minutes", label, about, least=0.0, absent=absent)


_TIMES = (
    _time(
        "fastest",
        Text("Snabbast", "Fastest"),
        Text(
            "Periodens kortaste resa; i linjeplanen den mittersta dragningens.",
            "The period's shortest journey; in the line plan that of the middle draw.",
        ),
    ),
    _time(
        "typical",
        Text("Typisk restid", "Typical time"),
        Text("Medianen av periodens resor.", "The median of the period's journeys."),
    ),
    _time(
        "with_wait",
        Text("Med väntan", "With wait"),
        Text(
            "Medianen över periodens alla minuter, väntan inräknad.",
            "The median over every minute of the period, the wait included.",
        ),
        "wait_absent",
    ),
    absence("wait_absent", Text("restid med väntan", "time with wait")),
    Column(
        "departures",
        pl.Int64,
        "journeys",
        Text("Resmöjligheter", "Journeys"),
        Text("Resor i perioden som ingen annan slår.", "Journeys in the period that no other beats."),
        least=0,
    ),
    Column(
        "transfers",
        pl.Int64,
        "changes",
        Text("Byten", "Changes"),
        Text("Median av resornas byten.", "The median of the journeys' changes."),
        least=0,
        absent="times_absent",
    ),
)
_QUARTERS = (
    _time(
        "p25",
        Text("Snabb fjärdedel", "Quick quarter"),
        Text(
            "Så lång tid, väntan inräknad, eller kortare från en fjärdedel av periodens minuter.",
            "So long, the wait included, or less from a quarter of the period's minutes.",
        ),
        "p25_absent",
    ),
    absence("p25_absent", Text("tid för den snabba fjärdedelen", "the quick quarter's time")),
    _time(
        "p75",
        Text("Långsam fjärdedel", "Slow quarter"),
        Text(
            "Så lång tid, väntan inräknad, eller kortare från tre fjärdedelar av periodens minuter.",
            "So long, the wait included, or less from three quarters of the period's minutes.",
        ),
        "p75_absent",
    ),
    absence("p75_absent", Text("tid för den långsamma fjärdedelen", "the slow quarter's time")),
)
_TIMES_ABSENT = absence("times_absent", Text("restid", "travel time"))
_NODE_ENDS = (
    _end("origin", ("nodes", "node"), Text("Från", "From")),
    _end("destination", ("nodes", "node"), Text("Till", "To")),
)

ACCESS_NODES = Schema(
    "access_nodes",
    Text("Restider mellan noder", "Travel times between nodes"),
    Text(
        "Restid, resmöjligheter och byten mellan varje par av noder, per period och riktning i tiden.",
        "Time, journeys and changes between every two nodes, by period, leaving or arriving in it.",
    ),
    (
        *_NODE_ENDS,
        period(),
        _way(),
        *_TIMES,
        Column(
            "direct",
            pl.Int64,
            "journeys",
            Text("Utan byte", "Without change"),
            Text("Resor i perioden utan byte.", "Journeys in the period without a change."),
            least=0,
        ),
        Column(
            "within_60",
            pl.Float64,
            "share",
            Text("Inom en timme", "Within an hour"),
            Text(
                "Andel av periodens minuter då man är framme inom 60 minuter, väntan inräknad.",
                "Share of the period's minutes from which one arrives within 60 minutes, the wait included.",
            ),
            least=0.0,
            most=1.0,
        ),
        *_QUARTERS,
        Column(
            "km",
            pl.Float64,
            "km",
            Text("Avstånd", "Distance"),
            Text("Rak linje mellan noderna.", "Straight line between the nodes."),
            least=0.0,
        ),
        Column(
            "kmh",
            pl.Float64,
            "kmh",
            Text("Hastighet", "Speed"),
            Text("Rak linje delat med typisk restid.", "Straight line over the typical time."),
            least=0.0,
            absent="times_absent",
        ),
        _TIMES_ABSENT,
        basis(),
    ),
)
AccessNodes = Annotated[pl.DataFrame, ACCESS_NODES]

ACCESS_PLACES = Schema(
    "access_places",
    Text("Restider mellan kommuner", "Travel times between municipalities"),
    Text(
        "Restid och resmöjligheter mellan varje par av kommuner i gruppen, per period och riktning i tiden.",
        "Time and journeys between every two municipalities of the group, by period, leaving or arriving.",
    ),
    (
        _end("origin", ("municipalities", "municipality"), Text("Från", "From")),
        _end("destination", ("municipalities", "municipality"), Text("Till", "To")),
        period(),
        _way(),
        *_TIMES,
        _TIMES_ABSENT,
        basis(),
    ),
)
AccessPlaces = Annotated[pl.DataFrame, ACCESS_PLACES]


BASE_NODES = replace(
    ACCESS_NODES,
    name="base_nodes",
    title=Text("Restider mellan noder före scenariot", "Travel times between nodes before the scenario"),
)
BaseNodes = Annotated[pl.DataFrame, BASE_NODES]

BASE_TIMES = replace(
    ACCESS_PLACES,
    name="base_times",
    title=Text(
        "Restider mellan kommuner före scenariot", "Travel times between municipalities before the scenario"
    ),
)
BaseTimes = Annotated[pl.DataFrame, BASE_TIMES]


def _clock(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.String, "text", label, about, pattern="-?[0-9]{2}:[0-9]{2}", absent="times_absent")


ACCESS_DAY = Schema(
    "access_day",
    Text("Första ankomst och sista avgång", "First arrival and last departure"),
    Text(
        "När man tidigast är framme och senast kan åka mellan varje par av noder.",
        "When one arrives first and can leave last between every two nodes.",
    ),
    (
        *_NODE_ENDS,
        _clock(
            "first_arrival",
            Text("Tidigast framme", "First arrival"),
            Text(
                "Klockslag; den första resan som börjar efter 03:00.",
                "Time of day; of journeys that begin after 03:00.",
            ),
        ),
        _clock(
            "last_departure",
            Text("Sista avgång", "Last departure"),
            Text("Klockslag; över 24:00 är efter midnatt.", "Time of day; beyond 24:00 is after midnight."),
        ),
        Column(
            "departures",
            pl.Int64,
            "journeys",
            Text("Resmöjligheter", "Journeys"),
            Text("Resor under dagen som ingen annan slår.", "Journeys of the day that no other beats."),
            least=0,
        ),
        _TIMES_ABSENT,
        basis(),
    ),
)
AccessDay = Annotated[pl.DataFrame, ACCESS_DAY]

TRAVEL_RATIOS = Schema(
    "travel_ratios",
    Text("Kollektivtrafik mot bil", "Public transport against car"),
    Text(
        "Typisk restid mellan noder delad med en uppskattad tid med bil.",
        "The typical time between nodes over an estimated time by car.",
    ),
    (
        *_NODE_ENDS,
        period(),
        _time(
            "typical",
            Text("Typisk restid", "Typical time"),
            Text("Med kollektivtrafik.", "By public transport."),
        ),
        Column(
            "car_minutes",
            pl.Float64,
            "minutes",
            Text("Bil", "Car"),
            Text(
                "Uppskattad tid: rak linje gånger omväg delat med hastighet, plus fast tid i ändarna.",
                "Estimated: straight line times detour over speed, plus a fixed time at the ends.",
            ),
            least=0.0,
        ),
        Column(
            "ratio",
            pl.Float64,
            "ratio",
            Text("Restidskvot", "Travel-time ratio"),
            Text("Kollektivtrafik delat med bil.", "Public transport over car."),
            least=0.0,
            absent="times_absent",
        ),
        _TIMES_ABSENT,
        basis(),
    ),
)
TravelRatios = Annotated[pl.DataFrame, TRAVEL_RATIOS]


def base_points(
    nodes: Nodes,
    node_stations: NodeStations,
    municipalities: Municipalities,
    localities: Localities,
    node_localities: NodeLocalities,
    boundaries: Boundaries,
    stops: Stops,
    timetable_calls: TimetableCalls,
    timetable_lines: TimetableLines,
    *,
    node_km: float = 5.0,
    locality_km: float = 1.5,
) -> BasePoints:
    """The stations that stand for each place with the timetable as it is before a scenario.

    Parameters
    ----------
    nodes, municipalities, localities : the places, with points in WGS 84.
    node_localities : the localities that are city nodes, whose points stand for them.
    node_stations : the names of a node's stations; those the timetable has stand for it and its municipality.
    boundaries : the municipalities' shapes; a station by a shore belongs to the nearest within a kilometre.
    stops, timetable_calls, timetable_lines : the timetable; a station is as busy as it has calls, and one of
        rail is also listed for itself.
    node_km : how far from a node's point its busiest station is looked for where none of the named is there.
    locality_km : how far outside a disc of the locality's area its busiest station may lie.
    """
    stations = _stations(stops, timetable_calls)
    settled = centred(localities.drop_nulls("area_ha"), nodes, node_localities)
    radius = np.sqrt(settled["area_ha"].to_numpy() * 1e4 / np.pi) + 1000 * locality_km
    named = _named(node_stations, stations)
    central = _central(nodes, named)
    rest = nodes.filter(~pl.col("node").is_in(named["code"].implode()))
    parts = [
        named,
        _busiest("node", rest["node"], rest, np.full(rest.height, 1000 * node_km), stations),
        _busiest("locality", settled["locality"], settled, radius, stations),
        central,
        _within(municipalities, boundaries, stations).join(central, on="code", how="anti"),
        _rail(stations, stops, timetable_calls, timetable_lines),
    ]
    return pl.concat(parts).sort("kind", "code", "station")


def access_points(
    base_points: BasePoints,
    municipalities: Municipalities,
    boundaries: Boundaries,
    stops: Stops,
    calls: Calls,
    lines: Lines,
) -> AccessPoints:
    """The stations that stand for each place: those from before, and new ones where there was none.

    Parameters
    ----------
    base_points : the stations before a scenario, which stay.
    municipalities, boundaries : for municipalities that get their first station.
    stops, calls, lines : the timetable with the scenario's changes.
    """
    stations = _stations(stops, calls)
    found = pl.concat([_within(municipalities, boundaries, stations), _rail(stations, stops, calls, lines)])
    new = found.join(base_points, on=["kind", "code"], how="anti")
    return pl.concat([base_points, new]).sort("kind", "code", "station")


def _rail(
    stations: pl.DataFrame, stops: pl.DataFrame, calls: pl.DataFrame, lines: pl.DataFrame
) -> pl.DataFrame:
    """Every station that trains call at, standing for itself."""
    rail = calls.join(lines.filter(mode="rail"), on="line", how="semi")["stop"].unique()
    own = stops.filter(pl.col("stop").is_in(rail.implode()))["station"].unique()
    return stations.filter(pl.col("station").is_in(own.implode())).select(
        pl.lit("station").alias("kind"),
        pl.col("station").alias("code"),
        "station",
        pl.lit("itself").alias("how"),
        "basis",
    )


def _stations(stops: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    """Every station that is called at: code, name, east, north, calls, basis."""
    counted = calls.group_by("stop").len("calls").join(stops, on="stop")
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


def base_nodes(
    base_points: BasePoints,
    nodes: Nodes,
    timetable_calls: TimetableCalls,
    timetable_lines: TimetableLines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
) -> BaseNodes:
    """Every two nodes with the timetable as it is before a scenario."""
    network = drawn(timetable_calls, timetable_lines, stops, changes, travel_rules)
    return node_times(base_points, nodes, network, periods)


def base_times(
    base_points: BasePoints,
    municipalities: Municipalities,
    timetable_calls: TimetableCalls,
    timetable_lines: TimetableLines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
    group: RegionGroup,
) -> BaseTimes:
    """Every two municipalities of the group with the timetable as it is before a scenario."""
    own = municipalities.filter(pl.col("county").is_in(list(group.counties)))["municipality"].to_list()
    network = drawn(timetable_calls, timetable_lines, stops, changes, travel_rules)
    return place_times(base_points, own, network, periods)


def access_nodes(
    base_nodes: BaseNodes,
    timetable_operations: TimetableOperations,
    access_points: AccessPoints,
    nodes: Nodes,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
) -> AccessNodes:
    """Every two nodes, by period, leaving or arriving in it; without operations, as before a scenario."""
    if timetable_operations.is_empty():
        return base_nodes
    return node_times(access_points, nodes, drawn(calls, lines, stops, changes, travel_rules), periods)


def node_times(
    points: pl.DataFrame, nodes: pl.DataFrame, network: Drawn, periods: pl.DataFrame
) -> pl.DataFrame:
    """Times between nodes with any timetable, in the columns of `access_nodes`.

    Parameters
    ----------
    points : rows of `access_points`.
    nodes, periods : the tables of those names.
    network : the timetable in every draw of the clock.
    """
    known = _known(network, points, "node")
    east, north = projected(nodes)
    where = dict(zip(nodes["node"], zip(east, north, strict=True), strict=True))
    windows = _windows(periods)
    rows: list[tuple[object, ...]] = []
    codes = nodes["node"].to_list()
    for origin, destination, profile in _pairs(network, points, "node", codes, _span(windows)):
        km = float(np.hypot(*np.subtract(where[origin], where[destination]))) / 1000.0
        both = _weaker(known.get(origin, "observed"), known.get(destination, "observed"), known[""])
        for name, start, end in windows:
            for way in WAYS:
                part = _part(profile, start, end, way)
                waits = _with_wait(profile, start, end, way, network)
                times = _times(profile, part, waits)
                typical = times[1]
                rows.append(
                    (
                        *(origin, destination, name, way),
                        *times,
                        _middle(part, lambda one: int((one.rides == 1).sum())),
                        float((waits <= 60).mean()),
                        *_quarter(profile, waits, 25),
                        *_quarter(profile, waits, 75),
                        km,
                        None if typical is None else 60.0 * km / typical,
                        _reason(profile, part),
                        both,
                    )
                )
    return _frame(rows, ACCESS_NODES)


def access_places(
    base_times: BaseTimes,
    timetable_operations: TimetableOperations,
    access_points: AccessPoints,
    municipalities: Municipalities,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
    group: RegionGroup,
) -> AccessPlaces:
    """Every two municipalities of the group, by period; without operations, as before a scenario."""
    if timetable_operations.is_empty():
        return base_times
    own = municipalities.filter(pl.col("county").is_in(list(group.counties)))["municipality"].to_list()
    return place_times(access_points, own, drawn(calls, lines, stops, changes, travel_rules), periods)


def place_times(
    points: pl.DataFrame, codes: list[str], network: Drawn, periods: pl.DataFrame
) -> pl.DataFrame:
    """Times between municipalities with any timetable, in the columns of `access_places`.

    Parameters
    ----------
    points : rows of `access_points`.
    codes : the municipalities.
    network : the timetable in every draw of the clock.
    periods : the table of that name.
    """
    known = _known(network, points, "municipality")
    windows = _windows(periods)
    rows: list[tuple[object, ...]] = []
    for origin, destination, profile in _pairs(network, points, "municipality", codes, _span(windows)):
        both = _weaker(known.get(origin, "observed"), known.get(destination, "observed"), known[""])
        for name, start, end in windows:
            for way in WAYS:
                part = _part(profile, start, end, way)
                times = _times(profile, part, _with_wait(profile, start, end, way, network))
                rows.append((origin, destination, name, way, *times, _reason(profile, part), both))
    return _frame(rows, ACCESS_PLACES)


def access_day(
    access_points: AccessPoints,
    nodes: Nodes,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
) -> AccessDay:
    """When one arrives first and can leave last between every two nodes."""
    network = drawn(calls, lines, stops, changes, travel_rules)
    known = _known(network, access_points, "node")
    rows: list[tuple[object, ...]] = []
    for origin, destination, profile in _pairs(network, access_points, "node", nodes["node"].to_list()):
        part = _part(profile, *DAY, "depart_at")
        count = _middle(part, lambda one: len(one.departures))
        there = [one for one in part if len(one.departures)] if count else []
        rows.append(
            (
                origin,
                destination,
                _time_of_day(_middle(there, lambda one: float(one.arrivals.min()))) if there else None,
                _time_of_day(_middle(there, lambda one: float(one.departures.max()))) if there else None,
                count,
                _reason(profile, part),
                _weaker(known.get(origin, "observed"), known.get(destination, "observed"), known[""]),
            )
        )
    return _frame(rows, ACCESS_DAY)


def travel_ratios(
    access_nodes: AccessNodes,
    *,
    detour: float = 1.3,
    kmh: float = 80.0,
    ends_minutes: float = 10.0,
) -> TravelRatios:
    """Public transport against the car, leaving in the period.

    Parameters
    ----------
    access_nodes : times between nodes.
    detour : road distance over the straight line.
    kmh : mean speed on the road.
    ends_minutes : for streets and parking at both ends together.
    """
    car = pl.col("km") * detour / kmh * 60.0 + ends_minutes
    return access_nodes.filter(way="depart_at").select(
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


def _pairs(
    network: Drawn,
    points: pl.DataFrame,
    kind: str,
    codes: list[str],
    window: tuple[int, int] = DAY,
) -> Iterator[tuple[str, str, Profiles | None]]:
    """The profiles of every two places of a kind, one a draw; None where one of them has no station."""
    if not network.trips:
        return
    own = points.filter(kind=kind).group_by("code", maintain_order=True).agg("station")
    stations = {code: found for code, found in own.iter_rows() if code in codes}
    found = network.profiles(stations, window)
    for origin in sorted(codes):
        for destination in sorted(codes):
            if origin != destination:
                yield origin, destination, found.get((origin, destination))


def _known(network: Drawn, points: pl.DataFrame, kind: str) -> dict[str, str]:
    """How the timetable is known, as "", and the ends of each place of a kind, by code."""
    found = {"": network.basis}
    for code, known in points.filter(kind=kind).select("code", "basis").iter_rows():
        found[code] = _weaker(found.get(code, "observed"), known)
    return found


def _windows(periods: pl.DataFrame) -> list[tuple[str, int, int]]:
    """Each period with its first and last second."""
    return [
        (name, 60 * start, 60 * end)
        for name, start, end in periods.select("period", "first", "last").iter_rows()
    ]


def _span(windows: list[tuple[str, int, int]]) -> tuple[int, int]:
    """From the first second of any period to the last."""
    return min(start for _, start, _ in windows), max(end for _, _, end in windows)


def _part(profiles: Profiles | None, start: int, end: int, way: str) -> Profiles:
    """The journeys of each draw that leave, or arrive, in a window."""
    found = []
    for profile in profiles or ():
        times = profile.departures if way == "depart_at" else profile.arrivals
        found.append(profile.where((times >= start) & (times < end)))
    return tuple(found)


def _with_wait(profiles: Profiles | None, start: int, end: int, way: str, network: Drawn) -> Floats:
    """Minutes of travel and wait for every minute of a window in every draw; infinite beyond the longest."""
    moments = np.arange(start, end, 60)
    if profiles is None:
        return np.full(len(moments), np.inf)
    told = [one.leaving_at(moments) if way == "depart_at" else one.arriving_by(moments) for one in profiles]
    waits = np.concatenate(told)
    return np.where(waits <= network.longest, waits, np.inf) / 60.0


def _times(
    profiles: Profiles | None, part: Profiles, waits: Floats
) -> tuple[float | None, float | None, float | None, str | None, int, int | None]:
    """Fastest, typical, with wait and why it is not there, journeys, and the changes they typically take."""
    middle = _rank(waits)
    # Where more than half of the minutes lead nowhere in time, there is no median to give.
    lacking = "missing" if profiles is None else "not_applicable"
    wait = (middle, None) if middle is not None and np.isfinite(middle) else (None, lacking)
    minutes = [one.minutes for one in part]
    count = _middle(minutes, len)
    if not count:
        return None, None, *wait, 0, None
    fastest = _middle(minutes, lambda one: float(one.min(initial=np.inf)))
    changes = _rank(np.maximum(np.concatenate([one.rides for one in part]) - 1.0, 0.0))
    return fastest, _rank(np.concatenate(minutes)), *wait, count, int(changes or 0)


def _middle(draws: Sequence[Told], of: Callable[[Told], Number]) -> Number | int:
    """What is told of the middle one of the draws; 0 where there is none."""
    return sorted(map(of, draws))[(len(draws) - 1) // 2] if draws else 0


def _quarter(profiles: Profiles | None, waits: Floats, percent: int) -> tuple[float | None, str | None]:
    """A percentile of the times with wait, and why it is not there."""
    value = _rank(waits, percent)
    if value is not None and np.isfinite(value):
        return value, None
    return None, "missing" if profiles is None else "not_applicable"


def _rank(values: Floats, percent: int = 50) -> float | None:
    """A percentile by nearest rank: the least value that so many of a hundred are at or below."""
    return float(np.sort(values)[-(-len(values) * percent // 100) - 1]) if len(values) else None


def _reason(profiles: Profiles | None, part: Profiles) -> str | None:
    """Why there is no time: no station in the timetable, or no journey in the period of most draws."""
    if profiles is None:
        return "missing"
    return None if _middle(part, lambda one: len(one.departures)) else "not_applicable"


def _time_of_day(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _frame(rows: list[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in schema.columns}, orient="row")
