"""Effects of a changed timetable: travel times, reach and commuting before and with a scenario.

Title       What a changed timetable changes
Question    How do travel times, people and jobs within reach, and commuting change when lines, run times or
            headways do?
Method      The same searches run on the timetable before and with the scenario's operations, in the same
            draws of the clock; every row holds both and the difference. Compared is the time with wait, which
            an added train cannot lengthen, and a quicker one only where it misses a connection; the typical
            time can grow with more trains, when a slower journey becomes worth making. Reach is told with
            wait and, beside it, for who leaves at the best minute: the ride and the walk to the square
            kilometre without the wait. Both are medians over the draws. Commuters are moved by a pivot: flows
            of today times exp(β·(new − old minutes)), balanced again so that as many live and work in every
            municipality as before; β makes a doubly constrained model's mean time that of today's commuters
            between municipalities with a service. Times are those of the morning, the wait included.
Reads       access_points, base_points, base_nodes, base_times, access_nodes, access_places, calls, lines,
            timetable_calls, timetable_lines, timetable_operations, stops, changes, travel_rules, periods,
            cells, cell_walks, commuting
Limits      Where the timetable is the line plan, no connection is planned: a time with changes holds for
            clock times drawn by chance, and a change of it within some minutes is chance too. Only travel
            times by public transport change; who drives today answers as the others do, so the change of
            commuting is an upper bound in the long run and no forecast. Residents and jobs stay where they
            are. Where commuting is estimated, so is its change. Pairs that had no service before keep their
            flow.

Titel       Vad en ändrad tidtabell ändrar
Fråga       Hur ändras restider, invånare och arbetstillfällen inom räckhåll, och pendlingen, när linjer,
            gångtider eller turtäthet gör det?
Metod       Samma sökningar görs i tidtabellen före och med scenariots ändringar, i samma dragningar av
            klockan; varje rad har båda och skillnaden. Det som jämförs är restiden med väntan, som ett
            tillagt tåg inte kan förlänga, och ett snabbare bara där det missar en anslutning; den typiska kan
            bli längre med fler tåg, när en långsammare resa börjar löna sig. Räckvidden anges med väntan och,
            bredvid, för den som åker i den bästa minuten: åktid och gång till kilometerrutan utan väntan.
            Båda är medianer över dragningarna. Pendlare flyttas från dagens läge: dagens flöden gånger
            exp(β·(nya − gamla minuter)), balanserade så att lika många bor och arbetar i varje kommun som
            förut; β ger en dubbelt bunden modell samma medeltid som dagens pendlare mellan kommuner med
            trafik. Tiderna är morgonens, med väntan.
Läser       access_points, base_points, base_nodes, base_times, access_nodes, access_places, calls, lines,
            timetable_calls, timetable_lines, timetable_operations, stops, changes, travel_rules, periods,
            cells, cell_walks, commuting
Gränser     När tidtabellen är linjeplanen är inga anslutningar planerade: en tid med byte gäller för
            klockslag som slumpen drar, och en ändring på några minuter är också slump. Bara restider med
            kollektivtrafik ändras; den som kör bil i dag antas svara som andra, så pendlingens ändring är en
            övre gräns på lång sikt och ingen prognos. Invånare och arbetstillfällen står stilla. Där
            pendlingen är uppskattad är ändringen det också. Par som inte hade trafik förut behåller sitt
            flöde.
"""

from dataclasses import replace
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.language import Text
from storregion.core.table import BASES, Column, Schema, absence, basis, weaker
from storregion.facts.cells import Cells
from storregion.facts.people import year
from storregion.facts.places import Nodes
from storregion.facts.work import Commuting, matrices
from storregion.journeys.draws import Drawn, drawn
from storregion.studies import reach
from storregion.studies.accessibility import (
    WAYS,
    AccessNodes,
    AccessPlaces,
    AccessPoints,
    BaseNodes,
    BasePoints,
    BaseTimes,
    period,
)
from storregion.timetable.operations import TimetableOperations
from storregion.timetable.tables import (
    Calls,
    CellWalks,
    Changes,
    Lines,
    Stops,
    TimetableCalls,
    TimetableLines,
)
from storregion.timetable.travel_rules import Periods, TravelRules

Floats = NDArray[np.float64]
Links = NDArray[np.bool_]


def _number(
    name: str, unit: str, label: Text, about: Text, *, least: float | None = None, absent: str | None = None
) -> Column:
    return Column(name, pl.Float64, unit, label, about, least=least, absent=absent)


def _ends(table: str, column: str) -> tuple[Column, Column]:
    origin, destination = Text("Från", "From"), Text("Till", "To")
    return (
        Column("origin", pl.String, "code", origin, origin, key=True, refers=(table, column)),
        Column("destination", pl.String, "code", destination, destination, key=True, refers=(table, column)),
    )


def _three(unit: str, of: Text, *, absent: bool) -> tuple[Column, ...]:
    """A value before, with the scenario, and the difference."""
    reasons = ("before_absent", "then_absent", "difference_absent") if absent else (None, None, None)
    names = (
        ("before", Text("Före", "Before"), Text(f"{of.sv} före scenariot.", f"{of.en} before the scenario.")),
        (
            "then",
            Text("Med scenariot", "With the scenario"),
            Text(f"{of.sv} med scenariot.", f"{of.en} with the scenario."),
        ),
        (
            "difference",
            Text("Skillnad", "Difference"),
            Text("Med scenariot minus före.", "With the scenario minus before."),
        ),
    )
    found: list[Column] = []
    for (name, label, about), reason in zip(names, reasons, strict=True):
        least = None if name == "difference" else 0.0
        found.append(Column(name, pl.Float64, unit, label, about, least=least, absent=reason))
        if reason is not None:
            found.append(absence(reason, Text(label.sv.lower(), label.en.lower())))
    return tuple(found)


COUNTED = {"with_wait": 50, "best_minute": 1}
"""How minutes are counted, and the percentile of the morning's that is told: the middle, or near the best."""


def _counted() -> Column:
    return Column(
        "counted",
        pl.String,
        "code",
        Text("Räknat", "Counted"),
        Text(
            "with_wait (med väntan, medianen över morgonens minuter) eller best_minute (utan väntan: den "
            "bästa minuten att ge sig av, åktid och gång).",
            "with_wait (with the wait, the median over the morning's minutes) or best_minute (without it: "
            "the best minute to leave, ride and walk).",
        ),
        key=True,
        choices=tuple(COUNTED),
    )


def _reach(name: str, title: Text) -> Schema:
    limit, residents, jobs, known = reach.ACCESS_REACH.columns[2:]
    return Schema(
        name,
        title,
        Text(
            "Invånare och arbetstillfällen som nås från noderna på morgonen inom en gräns, med och utan "
            "väntan; median över klockans dragningar.",
            "Residents and jobs reached from the nodes in the morning within a limit, with and without the "
            "wait; the median over the draws of the clock.",
        ),
        (_node(), limit, _counted(), residents, jobs, known),
    )


def _node() -> Column:
    label, about = Text("Nodstad", "Node"), Text("Nodens kod.", "The node's code.")
    return Column("node", pl.String, "code", label, about, key=True, refers=("nodes", "node"))


BASE_REACH = _reach(
    "base_reach", Text("Räckvidd från noder före scenariot", "Reach from nodes before the scenario")
)
BaseReach = Annotated[pl.DataFrame, BASE_REACH]
NODE_REACH = _reach(
    "node_reach", Text("Räckvidd från noder, med och utan väntan", "Reach from nodes, with and without wait")
)
NodeReach = Annotated[pl.DataFrame, NODE_REACH]

NODE_CHANGES = Schema(
    "node_changes",
    Text("Ändrade restider mellan noder", "Changed travel times between nodes"),
    Text(
        "Restid med väntan mellan noder före och med scenariot.",
        "Time with wait between nodes before and with the scenario.",
    ),
    (
        *_ends("nodes", "node"),
        period(),
        Column(
            "way",
            pl.String,
            "code",
            Text("Räknat från", "Counted by"),
            Text("depart_at (avresa) eller arrive_by (framme).", "depart_at or arrive_by."),
            key=True,
            choices=WAYS,
        ),
        *_three("minutes", Text("Restid med väntan", "Time with wait"), absent=True),
        basis(),
    ),
)
NodeChanges = Annotated[pl.DataFrame, NODE_CHANGES]

PLACE_CHANGES = Schema(
    "place_changes",
    Text("Ändrade restider mellan kommuner", "Changed travel times between municipalities"),
    Text(
        "Restid med väntan på morgonen mellan kommuner före och med scenariot.",
        "Time with wait of the morning between municipalities before and with the scenario.",
    ),
    (
        *_ends("municipalities", "municipality"),
        *_three("minutes", Text("Restid med väntan", "Time with wait"), absent=True),
        basis(),
    ),
)
PlaceChanges = Annotated[pl.DataFrame, PLACE_CHANGES]


def _reach_changes(what: str, unit: str, title: Text) -> Schema:
    return Schema(
        f"{what}_changes",
        title,
        Text(
            "Inom en gräns från varje nod, före och med scenariot.",
            "Within a limit of each node, before and with the scenario.",
        ),
        (
            _node(),
            Column(
                "limit",
                pl.Int64,
                "minutes",
                Text("Inom", "Within"),
                Text("Minuter.", "Minutes."),
                key=True,
                least=0,
            ),
            _counted(),
            *_three(unit, Text("Som nås", "Reached"), absent=False),
            basis(),
        ),
    )


RESIDENT_CHANGES = _reach_changes(
    "resident_reach", "persons", Text("Ändrad räckvidd: invånare", "Changed reach: residents")
)
ResidentChanges = Annotated[pl.DataFrame, RESIDENT_CHANGES]
JOB_CHANGES = _reach_changes(
    "job_reach", "jobs", Text("Ändrad räckvidd: arbetstillfällen", "Changed reach: jobs")
)
JobChanges = Annotated[pl.DataFrame, JOB_CHANGES]

DETERRENCE = Schema(
    "access_deterrence",
    Text("Restidens betydelse", "What travel time means"),
    Text("Modellen av pendling efter restid, per år.", "The model of commuting by travel time, by year."),
    (
        year(),
        _number("beta", "coefficient", Text("β", "β"), Text("Per minut.", "Per minute.")),
        _number(
            "mean_minutes",
            "minutes",
            Text("Medelrestid", "Mean time"),
            Text("Restid med väntan, medel över pendlarna.", "Time with wait, mean over commuters."),
            least=0.0,
        ),
        Column(
            "pairs",
            pl.Int64,
            "number",
            Text("Par", "Pairs"),
            Text("Par av kommuner med trafik.", "Pairs of municipalities with a service."),
            least=0,
        ),
        basis(),
    ),
)
Deterrence = Annotated[pl.DataFrame, DETERRENCE]

ACCESS_COMMUTING = Schema(
    "access_commuting",
    Text("Pendling med scenariots restider", "Commuting with the scenario's travel times"),
    Text(
        "Pendlare mellan nodernas kommuner i dag och med scenariots restider.",
        "Commuters between the nodes' municipalities today and with the scenario's travel times.",
    ),
    (
        Column(
            "home",
            pl.String,
            "code",
            Text("Bostadskommun", "Home"),
            Text("Kommunen man bor i.", "Municipality of residence."),
            key=True,
            refers=("municipalities", "municipality"),
        ),
        Column(
            "work",
            pl.String,
            "code",
            Text("Arbetskommun", "Work"),
            Text("Kommunen man arbetar i.", "Municipality of work."),
            key=True,
            refers=("municipalities", "municipality"),
        ),
        _number(
            "persons",
            "commuters",
            Text("I dag", "Today"),
            Text("Pendlare i senaste året.", "Commuters in the latest year."),
            least=0.0,
        ),
        _number(
            "then",
            "commuters",
            Text("Med scenariot", "With the scenario"),
            Text("Pendlare enligt modellen.", "Commuters by the model."),
            least=0.0,
        ),
        _number(
            "change",
            "commuters",
            Text("Ändring", "Change"),
            Text("Med scenariot minus i dag.", "With it minus today."),
        ),
        basis(),
    ),
)
AccessCommuting = Annotated[pl.DataFrame, ACCESS_COMMUTING]


def base_reach(
    base_points: BasePoints,
    timetable_calls: TimetableCalls,
    timetable_lines: TimetableLines,
    stops: Stops,
    changes: Changes,
    travel_rules: TravelRules,
    periods: Periods,
    cells: Cells,
    cell_walks: CellWalks,
    commuting: Commuting,
) -> BaseReach:
    """What the nodes reach with the timetable as it is before a scenario."""
    network = drawn(timetable_calls, timetable_lines, stops, changes, travel_rules)
    return _reach_rows(base_points, network, periods, cells, cell_walks, commuting)


def node_reach(
    base_reach: BaseReach,
    timetable_operations: TimetableOperations,
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
) -> NodeReach:
    """What the nodes reach with the scenario's operations; without any, what they did before."""
    if timetable_operations.is_empty():
        return base_reach
    network = drawn(calls, lines, stops, changes, travel_rules)
    return _reach_rows(access_points, network, periods, cells, cell_walks, commuting)


def _reach_rows(
    points: pl.DataFrame,
    draws: Drawn,
    periods: pl.DataFrame,
    cells: pl.DataFrame,
    cell_walks: pl.DataFrame,
    commuting: pl.DataFrame,
) -> pl.DataFrame:
    """What the nodes reach with any timetable, in the columns of `base_reach`."""
    nodes = points.filter(kind="node")
    counted = [
        reach.reach_rows(
            nodes, replace(draws, percentile=percentile), periods, cells, cell_walks, commuting
        ).select(
            pl.col("code").alias("node"), "limit", pl.lit(name).alias("counted"), "residents", "jobs", "basis"
        )
        for name, percentile in COUNTED.items()
    ]
    return pl.concat(counted).sort("node", "limit", "counted")


def node_changes(base_nodes: BaseNodes, access_nodes: AccessNodes) -> NodeChanges:
    """Times with wait between nodes before and with the scenario."""
    return _compared(base_nodes, access_nodes, ["origin", "destination", "period", "way"])


def place_changes(base_times: BaseTimes, access_places: AccessPlaces) -> PlaceChanges:
    """Times with wait of the morning between municipalities before and with the scenario."""
    own, chosen = ["origin", "destination"], {"period": "morning", "way": "depart_at"}
    return _compared(base_times.filter(**chosen), access_places.filter(**chosen), own)


def _compared(before: pl.DataFrame, then: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    rows = then.select(*key, then="with_wait", then_absent="wait_absent", basis="basis").join(
        before.select(*key, before="with_wait", before_absent="wait_absent", basis_before="basis"),
        on=key,
        how="left",
    )
    # A place that only the scenario gives a station has no row before.
    gone = pl.col("before").is_null() & pl.col("before_absent").is_null()
    reason = pl.coalesce("then_absent", "before_absent")
    return (
        rows.with_columns(
            before_absent=pl.when(gone).then(pl.lit("missing")).otherwise("before_absent"),
        )
        .with_columns(
            weaker("basis", "basis_before"),
            difference=pl.col("then") - pl.col("before"),
            difference_absent=reason,
        )
        .drop("basis_before")
        .sort(key)
    )


def resident_reach_changes(base_reach: BaseReach, node_reach: NodeReach) -> ResidentChanges:
    """Residents within reach of the nodes before and with the scenario."""
    return _reach_compared(base_reach, node_reach, "residents")


def job_reach_changes(base_reach: BaseReach, node_reach: NodeReach) -> JobChanges:
    """Jobs within reach of the nodes before and with the scenario."""
    return _reach_compared(base_reach, node_reach, "jobs")


def _reach_compared(before: pl.DataFrame, then: pl.DataFrame, column: str) -> pl.DataFrame:
    key = ["node", "limit", "counted"]
    rows = then.select(*key, "basis", then=column)
    both = rows.join(before.select(*key, before=column, basis_before="basis"), on=key, how="inner")
    return (
        both.with_columns(weaker("basis", "basis_before"), difference=pl.col("then") - pl.col("before"))
        .drop("basis_before")
        .sort(key)
    )


def access_deterrence(commuting: Commuting, base_times: BaseTimes) -> Deterrence:
    """What a minute of travel time means for commuting, from flows and times of today.

    Parameters
    ----------
    commuting : national flows; the latest year counts.
    base_times : times before any scenario.

    Returns
    -------
    No row where there is no service, or where flows and times leave β open, as between three municipalities.
    """
    from storregion.kernels.balance import NoBalanceError, calibrated

    types = {column.name: column.dtype for column in DETERRENCE.columns}
    found = matrices(commuting)[-1]
    minutes = _minutes(base_times, found.codes)
    counted: Links = np.isfinite(minutes)
    if not counted.any():
        return pl.DataFrame(schema=types)
    # Municipalities without a single connected pair have nothing to say here.
    own = counted.any(axis=1) & counted.any(axis=0)
    block = np.ix_(own, own)
    served: Links = counted[block]
    times = np.where(served, minutes[block], 0.0)
    flows = np.where(served, found.persons[block], 0.0)
    try:
        beta, _ = calibrated(flows, np.where(served, times, 1.0), "exp", counted=served)
    except NoBalanceError:
        return pl.DataFrame(schema=types)
    mean = float((flows * times).sum() / flows.sum())
    row = (
        found.year,
        beta,
        mean,
        int(served.sum()),
        # A model is an estimate at best.
        max("estimated", found.basis, *base_times["basis"].unique(), key=BASES.index),
    )
    return pl.DataFrame([row], schema=types, orient="row")


def _minutes(times: pl.DataFrame, codes: list[str]) -> Floats:
    """(n, n) minutes of the morning with wait, infinite where there is no service."""
    index = {code: at for at, code in enumerate(codes)}
    rows = times.filter(period="morning", way="depart_at").drop_nulls("with_wait")
    found = np.full((len(codes), len(codes)), np.inf)
    home, work = (
        rows[end].replace_strict(index, return_dtype=pl.Int64).to_numpy() for end in ("origin", "destination")
    )
    found[home, work] = rows["with_wait"].to_numpy()
    return found


def access_commuting(
    commuting: Commuting,
    base_times: BaseTimes,
    access_places: AccessPlaces,
    access_deterrence: Deterrence,
    nodes: Nodes,
) -> AccessCommuting:
    """Commuters between the nodes' municipalities today, and with the times of the scenario.

    Parameters
    ----------
    commuting : national flows; the latest year counts.
    base_times, access_places : times before and after the scenario's changes.
    access_deterrence : what a minute means.
    nodes : the nodes with their municipalities.
    """
    from storregion.kernels.balance import balanced

    types = {column.name: column.dtype for column in ACCESS_COMMUTING.columns}
    if access_deterrence.is_empty():
        return pl.DataFrame(schema=types)
    found = matrices(commuting)[-1]
    before, after = _minutes(base_times, found.codes), _minutes(access_places, found.codes)
    both = np.isfinite(before) & np.isfinite(after)
    gained = np.where(both, np.where(both, after, 0.0) - np.where(both, before, 0.0), 0.0)
    then = found.persons
    if gained.any():
        weights = found.persons * np.exp(access_deterrence["beta"].item() * gained)
        then = balanced(weights, found.persons.sum(axis=1), found.persons.sum(axis=0))
    index = {code: at for at, code in enumerate(found.codes)}
    homes = sorted(set(nodes["municipality"]))
    known = max(access_deterrence["basis"].item(), *access_places["basis"].unique(), key=BASES.index)
    rows = []
    for home in homes:
        for work in homes:
            if home != work:
                i, j = index[home], index[work]
                persons, later = float(found.persons[i, j]), float(then[i, j])
                rows.append((home, work, persons, later, later - persons, known))
    return pl.DataFrame(rows, schema=types, orient="row")
