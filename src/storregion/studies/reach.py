"""Reach: how many people and jobs are near in time, and which places have access across the regions.

Title       Reach by public transport
Question    How many people and jobs does one reach within 30, 45, 60 and 90 minutes from each node, station
            and locality, which station areas have access across the regions, and how much of the population
            and its growth lies where the access is good?
Method      From a place's stations every departure minute of the morning is searched; what counts is the
            median over the minutes, the wait and the walk from the stop to the square kilometre included;
            in the line plan, which has no clock times, that of the middle of several draws of the clock.
            Potential sums what is reached, weighted by half for every half_minutes. A station has
            storregional access when at least least_nodes other nodes are within limit_minutes, typically,
            and reached by at least least_journeys of the morning's journeys; a locality has it when its
            station does. People live with good access when they can walk to such a station; growth is laid
            to them by the share of their municipality's people who do.
Reads       access_points, calls, lines, stops, changes, travel_rules, periods, cells, cell_walks,
            commuting, localities, nodes, growth, membership
Limits      Without a published grid, where people live is estimated from the municipalities' population and
            the localities that reach into them, each known by a point, an area and a population. A locality
            is taken for a disc, densest at its point: real ones have other shapes, some points lie
            kilometres from where most people do, and islands that the simplified boundaries lack have
            nobody. How near a single station people live is therefore rough, by a factor of two or more;
            sums over a municipality are exact. Nobody is placed abroad. Jobs are spread as people are. Onward
            travel is on foot: with a timetable of rail alone, a city is reached no further than one walks.
            The rule of storregional access is ours, no adopted one.

Titel       Räckvidd med kollektivtrafik
Fråga       Hur många invånare och arbetstillfällen når man inom 30, 45, 60 och 90 minuter från varje nod,
            station och tätort, vilka stationslägen har storregional tillgänglighet, och hur mycket av
            befolkningen och dess tillväxt finns där tillgängligheten är god?
Metod       Från platsens stationer söks varje avgångsminut på morgonen; det som räknas är medianen över
            minuterna, med väntan och gång från hållplatsen till kilometerrutan; i linjeplanen, som saknar
            klockslag, den mittersta av flera dragningar av klockan. Potentialen summerar det som nås,
            halverat för var half_minutes. En station har storregional tillgänglighet när minst least_nodes
            andra noder ligger inom limit_minutes, typiskt, och nås med minst least_journeys av morgonens
            resor; en tätort har det när dess station har det. Den som kan gå till en sådan station bor i
            god tillgänglighet; tillväxten läggs där efter den andel av kommunens invånare som bor så.
Läser       access_points, calls, lines, stops, changes, travel_rules, periods, cells, cell_walks,
            commuting, localities, nodes, growth, membership
Gränser     Utan publicerade rutor uppskattas var invånarna bor ur kommunernas folkmängd och tätorterna som
            når in i dem, var och en känd till punkt, areal och folkmängd. En tätort tas för en skiva, tätast
            vid punkten: verkliga tätorter har annan form, somliga punkter ligger kilometer från där de flesta
            bor, och öar som saknas i de förenklade gränserna har inga invånare. Hur nära en enskild station
            folk bor är därför grovt, en faktor två eller mer; summan över en kommun är exakt. Utomlands
            placeras ingen. Arbetstillfällen sprids som invånarna. Vidare färd är till fots: med en tidtabell
            för bara tåg nås en stad inte längre än man går. Regeln för storregional tillgänglighet är vår och
            inte antagen av någon.
"""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.core.table import BASES, Column, Schema, absence, basis
from storregion.facts.cells import Cells
from storregion.facts.places import Localities, Membership, Nodes
from storregion.facts.work import Commuting, matrices
from storregion.journeys.draws import Drawn, drawn
from storregion.journeys.network import TravelNetwork, projected, travel_network
from storregion.kernels.walking import Links, nearest_stops, restated
from storregion.studies.accessibility import KINDS, AccessPoints
from storregion.studies.growth import Growth
from storregion.timetable.tables import Calls, CellWalks, Changes, Lines, Stops
from storregion.timetable.travel_rules import Periods, TravelRules

Floats = NDArray[np.float64]
LIMITS = (30, 45, 60, 90)


def _place() -> tuple[Column, Column]:
    return (
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
    )


def _number(name: str, unit: str, label: Text, about: Text, absent: str | None = None) -> Column:
    return Column(name, pl.Float64, unit, label, about, least=0.0, absent=absent)


ACCESS_REACH = Schema(
    "access_reach",
    Text("Invånare och arbetstillfällen inom räckhåll", "Residents and jobs within reach"),
    Text(
        "Invånare och arbetstillfällen som nås på morgonen inom en gräns, väntan och gång inräknade.",
        "Residents and jobs reached in the morning within a limit, the wait and the walk included.",
    ),
    (
        *_place(),
        Column(
            "limit",
            pl.Int64,
            "minutes",
            Text("Inom", "Within"),
            Text("Minuter.", "Minutes."),
            key=True,
            least=0,
        ),
        _number(
            "residents",
            "persons",
            Text("Invånare", "Residents"),
            Text("Invånare som nås.", "Residents reached."),
        ),
        _number(
            "jobs",
            "jobs",
            Text("Arbetstillfällen", "Jobs"),
            Text("Arbetstillfällen som nås.", "Jobs reached."),
        ),
        basis(),
    ),
)
AccessReach = Annotated[pl.DataFrame, ACCESS_REACH]

ACCESS_POTENTIAL = Schema(
    "access_potential",
    Text("Tillgänglighetspotential", "Accessibility potential"),
    Text(
        "Summan av allt som nås på morgonen, halverat för var halveringstid (Hansen).",
        "The sum of all that is reached in the morning, halved for every half-time (Hansen).",
    ),
    (
        *_place(),
        _number(
            "residents",
            "persons",
            Text("Invånare, viktade", "Residents, weighted"),
            Text("Viktad summa av invånare.", "Weighted sum of residents."),
        ),
        _number(
            "jobs",
            "jobs",
            Text("Arbetstillfällen, viktade", "Jobs, weighted"),
            Text("Viktad summa av arbetstillfällen.", "Weighted sum of jobs."),
        ),
        basis(),
    ),
)
AccessPotential = Annotated[pl.DataFrame, ACCESS_POTENTIAL]

ACCESS_BOARD = Schema(
    "access_board",
    Text("Tätorter från noden", "Localities from the node"),
    Text(
        "Tid på morgonen från varje nod till varje tätort med station, väntan inräknad.",
        "Time in the morning from each node to every locality with a station, the wait included.",
    ),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nodstad", "Node"),
            Text("Nodens kod.", "The node's code."),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "locality",
            pl.String,
            "code",
            Text("Tätort", "Locality"),
            Text("Tätortskod enligt SCB.", "Locality code of Statistics Sweden."),
            key=True,
        ),
        _number(
            "minutes",
            "minutes",
            Text("Restid", "Time"),
            Text("Median på morgonen, väntan inräknad.", "Median of the morning, the wait included."),
            "minutes_absent",
        ),
        absence("minutes_absent", Text("restid", "time")),
        _number(
            "residents",
            "persons",
            Text("Invånare", "Residents"),
            Text("Folkmängd i tätorten.", "Population of the locality."),
        ),
        basis(),
    ),
)
AccessBoard = Annotated[pl.DataFrame, ACCESS_BOARD]

ACCESS_STATIONS = Schema(
    "access_stations",
    Text("Stationslägen", "Station areas"),
    Text(
        "Varje järnvägsstation: tid till noderna på morgonen, boende nära, och om läget är storregionalt.",
        "Every rail station: time to the nodes in the morning, residents near, and storregional access.",
    ),
    (
        Column(
            "station",
            pl.String,
            "code",
            Text("Station", "Station"),
            Text("Stationens kod.", "The station's code."),
            key=True,
        ),
        Column(
            "name", pl.String, "name", Text("Namn", "Name"), Text("Stationens namn.", "The station's name.")
        ),
        Column(
            "nearest_node",
            pl.String,
            "code",
            Text("Närmaste nod", "Nearest node"),
            Text(
                "Noden, utom den egna, som tar kortast tid.",
                "The node, the own left out, that takes the least time.",
            ),
            refers=("nodes", "node"),
            absent="times_absent",
        ),
        _number(
            "node_minutes",
            "minutes",
            Text("Till närmaste nod", "To the nearest node"),
            Text("Typisk restid framme på morgonen.", "Typical time, arriving in the morning."),
            "times_absent",
        ),
        absence("times_absent", Text("tid till nod", "time to a node")),
        Column(
            "nodes_within",
            pl.Int64,
            "nodes",
            Text("Noder inom gränsen", "Nodes within the limit"),
            Text(
                "Noder, utom den egna, inom limit_minutes.", "Nodes, the own left out, within limit_minutes."
            ),
            least=0,
        ),
        Column(
            "departures",
            pl.Int64,
            "departures",
            Text("Avgångar", "Departures"),
            Text(
                "Avgångar på morgonen med påstigning, alla riktningar.",
                "Departures of the morning that one may board, all directions.",
            ),
            least=0,
        ),
        _number(
            "residents_near",
            "persons",
            Text("Invånare nära", "Residents near"),
            Text(
                "Invånare i rutor inom near_km från stationen.",
                "Residents of cells within near_km of the station.",
            ),
        ),
        Column(
            "storregional",
            pl.String,
            "code",
            Text("Storregional tillgänglighet", "Storregional access"),
            Text("yes eller no, efter regeln i metoden.", "yes or no, by the rule in the method."),
            choices=("yes", "no"),
        ),
        basis(),
    ),
)
AccessStations = Annotated[pl.DataFrame, ACCESS_STATIONS]

ACCESS_LOCALITIES = Schema(
    "access_localities",
    Text("Tätorter och storregional tillgänglighet", "Localities and storregional access"),
    Text(
        "Tätorter i gruppen, deras station, och om de har god tillgänglighet.",
        "Localities of the group, their station, and whether access is good.",
    ),
    (
        Column(
            "locality",
            pl.String,
            "code",
            Text("Tätort", "Locality"),
            Text("Tätortskod enligt SCB.", "Locality code of Statistics Sweden."),
            key=True,
            refers=("localities", "locality"),
        ),
        Column(
            "name", pl.String, "name", Text("Namn", "Name"), Text("Tätortens namn.", "The locality's name.")
        ),
        Column(
            "municipality",
            pl.String,
            "code",
            Text("Kommun", "Municipality"),
            Text("Kommunen som tätorten är kodad till.", "The municipality it is coded to."),
        ),
        Column(
            "station",
            pl.String,
            "code",
            Text("Station", "Station"),
            Text("Tätortens mest trafikerade station.", "Its busiest station."),
            absent="station_absent",
        ),
        absence("station_absent", Text("station", "station")),
        Column(
            "good",
            pl.String,
            "code",
            Text("God tillgänglighet", "Good access"),
            Text(
                "yes eller no: om stationen har storregional tillgänglighet.",
                "yes or no: whether the station has storregional access.",
            ),
            choices=("yes", "no"),
        ),
        _number(
            "residents",
            "persons",
            Text("Invånare", "Residents"),
            Text("Folkmängd i tätorten.", "Population of the locality."),
        ),
        basis(),
    ),
)
AccessLocalities = Annotated[pl.DataFrame, ACCESS_LOCALITIES]

ACCESS_GROWTH = Schema(
    "access_growth",
    Text("Befolkning och tillväxt där tillgängligheten är god", "Population and growth where access is good"),
    Text(
        "Andel av invånarna, och av tillväxten sedan basåret, på gångavstånd från storregional trafik.",
        "Share of residents, and of growth since the base year, within a walk of storregional access.",
    ),
    (
        Column(
            "place",
            pl.String,
            "code",
            Text("Plats", "Place"),
            Text("Platsens kod.", "The place's code."),
            key=True,
            refers=("places", "place"),
        ),
        Column(
            "year",
            pl.Int64,
            "year",
            Text("År", "Year"),
            Text("Tillväxtens sista år.", "The last year of growth."),
            key=True,
        ),
        _number(
            "residents",
            "persons",
            Text("Invånare på rutor", "Residents of cells"),
            Text("Invånare i kilometerrutor.", "Residents of square kilometres."),
        ),
        _number(
            "good_residents",
            "persons",
            Text("I god tillgänglighet", "With good access"),
            Text(
                "Av dem inom gångavstånd från en station med storregional tillgänglighet.",
                "Of those within a walk of a station with storregional access.",
            ),
        ),
        _number(
            "good_share",
            "share",
            Text("Andel av invånarna", "Share of residents"),
            Text("Andel av invånarna.", "Share of residents."),
            "share_absent",
        ),
        absence("share_absent", Text("andel av invånarna", "share of residents")),
        Column(
            "growth",
            pl.Float64,
            "persons",
            Text("Tillväxt", "Growth"),
            Text("Ändrad folkmängd sedan basåret.", "Change of population since the base year."),
            absent="growth_absent",
        ),
        absence("growth_absent", Text("tillväxt", "growth")),
        Column(
            "growth_share",
            pl.Float64,
            "share",
            Text("Andel av tillväxten", "Share of growth"),
            Text(
                "Andel av tillväxten inom gångavstånd från storregional tillgänglighet, uppskattad.",
                "Share of growth within a walk of storregional access, estimated.",
            ),
            absent="growth_share_absent",
        ),
        absence("growth_share_absent", Text("andel av tillväxten", "share of growth")),
        basis(),
    ),
)
AccessGrowth = Annotated[pl.DataFrame, ACCESS_GROWTH]


def access_reach(
    access_points: AccessPoints,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
    cells: Cells,
    cell_walks: CellWalks,
    commuting: Commuting,
) -> AccessReach:
    """What is reached from every node, municipality, locality and rail station within each limit.

    Parameters
    ----------
    access_points : the stations of each place; places with the same stations reach the same.
    calls, lines, stops, changes, travel_rules, periods : the timetable, the rules, and the morning.
    cells : residents by square kilometre.
    cell_walks : walking times given for cells and stations.
    commuting : flows; the jobs of the latest year are spread as residents are.
    """
    network = drawn(calls, lines, stops, changes, travel_rules)
    return reach_rows(access_points, network, periods, cells, cell_walks, commuting)


def reach_rows(
    points: pl.DataFrame,
    network: Drawn,
    periods: pl.DataFrame,
    cells: pl.DataFrame,
    cell_walks: pl.DataFrame,
    commuting: pl.DataFrame,
) -> pl.DataFrame:
    """What is reached with any timetable, in the columns of `access_reach`.

    Parameters
    ----------
    points : rows of `access_points`.
    network : the timetable in every draw of the clock.
    periods, cells, cell_walks, commuting : the tables of those names.
    """
    walks, people, jobs, known = _opportunities(network, cells, cell_walks, commuting)
    rows = [
        (kind, code, limit, float(people[within].sum()), float(jobs[within].sum()), known)
        for kind, code, minutes in _reached(points, network, periods, walks)
        for limit in LIMITS
        for within in [minutes <= limit]
    ]
    return pl.DataFrame(rows, schema=_types(ACCESS_REACH), orient="row")


def access_potential(
    access_points: AccessPoints,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
    cells: Cells,
    cell_walks: CellWalks,
    commuting: Commuting,
    *,
    half_minutes: float = 30.0,
) -> AccessPotential:
    """What is reached, weighted by time (Hansen 1959).

    Parameters
    ----------
    access_points, cells, cell_walks, commuting : as of `access_reach`.
    calls, lines, stops, changes, travel_rules, periods : as of `access_reach`.
    half_minutes : minutes after which what is reached counts half.
    """
    network = drawn(calls, lines, stops, changes, travel_rules)
    walks, people, jobs, known = _opportunities(network, cells, cell_walks, commuting)
    rows = [
        (kind, code, float((people * weight).sum()), float((jobs * weight).sum()), known)
        for kind, code, minutes in _reached(access_points, network, periods, walks)
        for weight in [np.exp2(-minutes / half_minutes)]
    ]
    return pl.DataFrame(rows, schema=_types(ACCESS_POTENTIAL), orient="row")


def _reached(
    points: pl.DataFrame, network: Drawn, periods: pl.DataFrame, walks: Links
) -> list[tuple[str, str, Floats]]:
    """Median minutes of the morning to cells' centres, for every place; none without a timetable."""
    if not network.trips:
        return []
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    places = points.group_by("kind", "code", maintain_order=True).agg("station")
    times = network.minutes_to(places["station"].to_list(), walks, 60 * start, end - start)
    return [(kind, code, minutes) for (kind, code, _), minutes in zip(places.iter_rows(), times, strict=True)]


def _opportunities(
    network: Drawn, cells: pl.DataFrame, cell_walks: pl.DataFrame, commuting: pl.DataFrame
) -> tuple[Links, Floats, Floats, str]:
    """Walks to the cells within reach of any stop, their residents and jobs, and the weakest basis."""
    walks = network.walks_to(cells, cell_walks)
    many = np.diff(walks.first)
    near = many > 0
    # The cells left out have no links, so those of the others stay where they are.
    kept = walks._replace(first=np.concatenate([[0], np.cumsum(many[near])]))
    jobs, known = _jobs(cells, commuting)
    people = cells["residents"].to_numpy()
    known = _weakest(network.basis, known, *cells["basis"].unique(), *cell_walks["basis"].unique())
    return kept, people[near], jobs[near], known


def _jobs(cells: pl.DataFrame, commuting: pl.DataFrame) -> tuple[Floats, str]:
    """Jobs of each cell, and how they are known.

    They are those of the latest year in the cell's municipality, spread as residents are; those of a
    municipality without residents in any cell are nowhere.
    """
    latest = matrices(commuting)[-1]
    total = pl.DataFrame({"municipality": latest.codes, "jobs": latest.persons.sum(axis=0)})
    rows = cells.join(total, on="municipality", how="left", maintain_order="left")
    share = pl.col("residents") / pl.col("residents").sum().over("municipality")
    return rows.select((share * pl.col("jobs")).fill_nan(0.0)).to_series().to_numpy(), latest.basis


def _weakest(*known: str) -> str:
    """The weakest basis of several; what is spread over cells or judged by a rule is estimated at best."""
    return max("estimated", *known, key=BASES.index)


def access_stations(
    access_points: AccessPoints,
    nodes: Nodes,
    calls: Calls,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
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
    nodes, calls, stops, changes, travel_rules, periods, cells : as of `access_reach`.
    limit_minutes : typical minutes within which another node must be.
    least_journeys : how many journeys must arrive there in the morning.
    least_nodes : how many other nodes must be within it.
    near_km : the centre of a cell that counts as near is at most so far away as the crow flies.
    """
    types = _types(ACCESS_STATIONS)
    own = access_points.filter(kind="station")["station"].to_list()
    # On the plan's own clock: a draw moves the day's first train, and with it how many come in the morning.
    network = travel_network(calls, stops, changes, travel_rules)
    if not own:
        return pl.DataFrame(schema=types)
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    ends = access_points.filter(kind="node").group_by("code", maintain_order=True).agg("station")
    names = dict(stops.group_by("station").agg(pl.col("name").first()).iter_rows())
    leaving = _leaving(calls, stops, 60 * start, 60 * end)
    times = {
        node: network.journeys_from(found, own, 60 * end, end - start) for node, found in ends.iter_rows()
    }
    homes = {station: {node for node, found in ends.iter_rows() if station in found} for station in own}
    near = _near(network, own, cells, 1000 * near_km)
    known = _weakest(network.basis, *cells["basis"].unique())
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
    """Departures that one may board in a window, by station; a trip's last call is none."""
    last = pl.col("position") == pl.col("position").max().over("trip")
    rows = calls.filter(
        ~last, pl.col("board") == 1, pl.col("departure").is_between(start, end, closed="left")
    )
    return dict(rows.join(stops, on="stop").group_by("station").len().iter_rows())


def _near(network: TravelNetwork, stations: list[str], cells: pl.DataFrame, metres: float) -> list[float]:
    """Residents of the cells near each station."""
    east, north, people = (cells[name].to_numpy() for name in ("east", "north", "residents"))
    found = []
    for station in stations:
        x, y = network.points[network.stations[station]].mean(axis=0)
        found.append(float(people[np.hypot(east - x, north - y) <= metres].sum()))
    return found


def access_board(
    access_points: AccessPoints,
    access_localities: AccessLocalities,
    calls: Calls,
    lines: Lines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
) -> AccessBoard:
    """How long it takes from every node to the group's localities that have a station.

    Parameters
    ----------
    access_points : the stations of nodes.
    access_localities : the localities and their stations.
    calls, lines, stops, changes, travel_rules, periods : as of `access_reach`.
    """
    types = _types(ACCESS_BOARD)
    network = drawn(calls, lines, stops, changes, travel_rules)
    served = access_localities.drop_nulls("station")
    start, end = periods.filter(period="morning").select("first", "last").row(0)
    known = _weakest(network.basis)
    rows: list[tuple[object, ...]] = []
    nodes = access_points.filter(kind="node").group_by("code", maintain_order=True).agg("station")
    places, stations = nodes["station"].to_list(), served["station"].to_list()
    told = network.minutes_between(places, stations, 60 * start, end - start)
    for node, times in zip(nodes["code"], told, strict=True):
        for locality, people, minutes in zip(served["locality"], served["residents"], times, strict=True):
            there = bool(np.isfinite(minutes))
            value = (float(minutes), None) if there else (None, "not_applicable")
            rows.append((node, locality, *value, people, known))
    return pl.DataFrame(rows, schema=types, orient="row")


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
    chosen = access_points.filter(kind="locality").select(locality="code", station="station")
    good = access_stations.select("station", good="storregional", station_basis="basis")
    rows = localities.filter(pl.col("municipality").is_in(own)).join(chosen, on="locality", how="left")
    return (
        rows.join(good, on="station", how="left")
        .sort("locality")
        .select(
            "locality",
            "name",
            "municipality",
            "station",
            station_absent=pl.when(pl.col("station").is_null()).then(pl.lit("not_applicable")),
            good=pl.col("good").fill_null("no"),
            residents=pl.col("population").cast(pl.Float64),
            basis=pl.col("station_basis").fill_null("estimated"),
        )
    )


def access_growth(
    cells: Cells,
    cell_walks: CellWalks,
    access_stations: AccessStations,
    stops: Stops,
    travel_rules: TravelRules,
    growth: Growth,
    membership: Membership,
    group: RegionGroup,
) -> AccessGrowth:
    """The share of people, and of growth since the base year, within a walk of storregional access.

    Places that reach outside the group are left out, for the timetable is the group's. There is no row while
    it has no rail station.

    Parameters
    ----------
    cells, stops, travel_rules : residents by square kilometre, where stations lie, how far one walks.
    cell_walks : walking times given for cells and stations.
    access_stations : which stations have storregional access.
    growth : population by place; the change since the base year of the latest year counts.
    membership : the municipalities of each place; a place with one that has no cell is left out.
    group : whose places are told.
    """
    if access_stations.is_empty():
        return pl.DataFrame(schema=_types(ACCESS_GROWTH))
    good = _walkable(cells, cell_walks, access_stations, stops, travel_rules)
    settled = cells.with_columns(good=pl.Series(good) * pl.col("residents"))
    own = settled.group_by("municipality").agg(pl.col("residents", "good").sum())
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
            basis=pl.lit(
                _weakest(
                    *(known for t in (cells, cell_walks, access_stations) for known in t["basis"].unique())
                )
            ),
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
    stops: pl.DataFrame,
    travel_rules: pl.DataFrame,
) -> NDArray[np.bool_]:
    """(cells,) whether one can walk from the cell's centre to a station with storregional access."""
    rules = travel_rules.row(0, named=True)
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
