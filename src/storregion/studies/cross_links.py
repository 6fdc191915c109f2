"""Cross links: which pairs of nodes are slow for their distance and size.

Title       Cross links
Question    Which links between node cities are slow for their distance, and where would more commute?
Method      A line through the hub's own links (Theil–Sen of typical minutes on kilometres) says what a link
            takes where the service is good; what a pair takes beyond it is its excess. Without two of the
            hub's links of different length there is no line and no excess. Pairs are set beside
            the commuting that size and distance predict and the verdict on it; their weight is the excess
            times the commuters expected. Times are typical ones of the morning, the mean of both ways.
Reads       access_nodes, node_pairs, node_system, travel_rules
Limits      The hub's links are what is there, not what could be. A pair within one municipality has no flow
            of its own, so it has no weight. Where commuting is estimated, so is what it is set against.

Titel       Tvärförbindelser
Fråga       Vilka förbindelser mellan nodstäder är långsamma för sitt avstånd, och var skulle fler pendla?
Metod       En linje genom navets egna förbindelser (Theil–Sen av typiska minuter på kilometer) säger vad en
            förbindelse tar där trafiken är god; vad ett par tar utöver det är dess överskott. Utan två av
            navets förbindelser, olika långa, finns ingen linje och inget överskott. Paren ställs
            bredvid den pendling som storlek och avstånd förutsäger och omdömet om den; tyngden är
            överskottet gånger väntade pendlare. Restiderna är morgonens typiska, medel av båda riktningar.
Läser       access_nodes, node_pairs, node_system, travel_rules
Gränser     Navets förbindelser är vad som finns, inte vad som kunde finnas. Ett par i samma kommun har inget
            eget flöde och därför ingen tyngd. Där pendlingen är uppskattad är det den ställs mot det också.
"""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis, weaker, weakest
from storregion.facts.people import year
from storregion.studies.accessibility import AccessNodes
from storregion.studies.interaction import NodePairs
from storregion.studies.nodes import NodeSystem
from storregion.timetable.travel_rules import TravelRules

Floats = NDArray[np.float64]


def _node(name: str, label: Text) -> Column:
    return Column(name, pl.String, "code", label, label, key=True, refers=("nodes", "node"))


def _number(
    name: str, unit: str, label: Text, about: Text, *, least: float | None = None, absent: str | None = None
) -> Column:
    return Column(name, pl.Float64, unit, label, about, least=least, absent=absent)


ACCESS_GAPS = Schema(
    "access_gaps",
    Text("Långsamma tvärförbindelser", "Slow cross links"),
    Text(
        "Par av noder utan navet: restid mot vad avståndet borde kräva, bredvid pendlingen.",
        "Pairs of nodes without the hub: time against what the distance should take, beside commuting.",
    ),
    (
        _node("one", Text("Nod", "Node")),
        _node("two", Text("Nod", "Other node")),
        _number("km", "km", Text("Avstånd", "Distance"), Text("Rak linje.", "Straight line."), least=0.0),
        _number(
            "minutes",
            "minutes",
            Text("Typisk restid", "Typical time"),
            Text(
                "Morgonens typiska restid, medel av båda riktningar.",
                "Typical in the morning, mean of both ways.",
            ),
            least=0.0,
            absent="times_absent",
        ),
        _number(
            "expected_minutes",
            "minutes",
            Text("Väntad restid", "Expected time"),
            Text(
                "Vad navets förbindelser tar på samma avstånd.", "What the hub's links take at that distance."
            ),
            least=0.0,
            absent="expected_absent",
        ),
        _number(
            "excess_minutes",
            "minutes",
            Text("Överskott", "Excess"),
            Text("Typisk minus väntad restid.", "Typical minus expected time."),
            absent="expected_absent",
        ),
        absence("expected_absent", Text("väntad restid", "expected time")),
        _number(
            "kmh",
            "kmh",
            Text("Hastighet", "Speed"),
            Text("Rak linje delat med typisk restid.", "Straight line over the typical time."),
            least=0.0,
            absent="times_absent",
        ),
        Column(
            "departures",
            pl.Int64,
            "journeys",
            Text("Resmöjligheter", "Journeys"),
            Text(
                "Morgonens resor i den glesare riktningen.",
                "The morning's journeys in the sparser direction.",
            ),
            least=0,
        ),
        Column(
            "transfers",
            pl.Int64,
            "changes",
            Text("Byten", "Changes"),
            Text("Typiskt antal, i den sämre riktningen.", "Typical number, in the worse direction."),
            least=0,
            absent="times_absent",
        ),
        absence("times_absent", Text("restid", "travel time")),
        _number(
            "predicted",
            "commuters",
            Text("Väntad pendling", "Commuting expected"),
            Text(
                "Pendlare båda riktningar enligt storlek och avstånd.",
                "Commuters both ways by size and distance.",
            ),
            least=0.0,
            absent="flow_absent",
        ),
        _number(
            "ratio",
            "ratio",
            Text("Pendling mot väntad", "Commuting to expected"),
            Text("Pendlare delat med väntade.", "Commuters over those expected."),
            least=0.0,
            absent="flow_absent",
        ),
        absence("flow_absent", Text("pendling (samma kommun)", "commuting (one municipality)")),
        Column(
            "verdict",
            pl.String,
            "code",
            Text("Pendlingen är", "Commuting is"),
            Text(
                "weak, strong eller as_expected; tomt där det publicerade inte räcker.",
                "weak, strong or as_expected; empty where what is published does not suffice.",
            ),
            absent="verdict_absent",
            choices=("weak", "strong", "as_expected"),
        ),
        absence("verdict_absent", Text("bedömning", "verdict")),
        _number(
            "weight",
            "person_minutes",
            Text("Tyngd", "Weight"),
            Text(
                "Överskottets minuter gånger väntade pendlare; noll där det inte finns något överskott.",
                "Minutes of excess times commuters expected; zero where there is no excess.",
            ),
            least=0.0,
            absent="weight_absent",
        ),
        absence("weight_absent", Text("tyngd", "weight")),
        basis(),
    ),
)
AccessGaps = Annotated[pl.DataFrame, ACCESS_GAPS]

LINK_SUMMARY = Schema(
    "link_summary",
    Text("Nodernas förbindelser", "The nodes' links"),
    Text(
        "Morgonens förbindelser mellan noder, året för den dag som räknas.",
        "The morning's links between nodes, in the year of the day that is reckoned.",
    ),
    (
        year(),
        _number(
            "hub_minutes",
            "minutes",
            Text("Till navet", "To the hub"),
            Text(
                "Median av nodernas typiska restid till navet.",
                "Median of the nodes' typical time to the hub.",
            ),
            least=0.0,
            absent="summary_absent",
        ),
        _number(
            "cross_minutes",
            "minutes",
            Text("I tvärförbindelser", "In cross links"),
            Text(
                "Median av typisk restid mellan övriga noder.",
                "Median of the typical time between the other nodes.",
            ),
            least=0.0,
            absent="summary_absent",
        ),
        _number(
            "cross_kmh",
            "kmh",
            Text("Hastighet i tvärförbindelser", "Speed in cross links"),
            Text(
                "Median av hastigheten mellan övriga noder.", "Median of the speed between the other nodes."
            ),
            least=0.0,
            absent="summary_absent",
        ),
        _number(
            "within_hour",
            "share",
            Text("Par inom en timme", "Pairs within an hour"),
            Text(
                "Andel av alla par med typisk restid på högst 60 minuter.",
                "Share of all pairs with a typical time of at most 60 minutes.",
            ),
            least=0.0,
            absent="summary_absent",
        ),
        absence("summary_absent", Text("förbindelser", "links")),
        basis(),
    ),
)
LinkSummary = Annotated[pl.DataFrame, LINK_SUMMARY]


def access_gaps(access_nodes: AccessNodes, node_pairs: NodePairs, node_system: NodeSystem) -> AccessGaps:
    """The pairs of nodes without the hub, against what the hub's own links take.

    Parameters
    ----------
    access_nodes : times between nodes; those leaving in the morning count.
    node_pairs, node_system : commuting against the model, and the hub; the latest year counts.
    """
    hub = _latest(node_system)["hub"].to_list()
    morning = access_nodes.filter(period="morning", way="depart_at")
    both = _both_ways(morning)
    spokes = both.filter(pl.col("one").is_in(hub) | pl.col("two").is_in(hub)).drop_nulls("minutes")
    flows = _latest(node_pairs).select("one", "two", "predicted", "ratio", "verdict", flow_basis="basis")
    rows = both.filter(~pl.col("one").is_in(hub), ~pl.col("two").is_in(hub)).join(
        flows, on=["one", "two"], how="left", maintain_order="left"
    )
    there = pl.col("minutes").is_not_null()
    line = _line(spokes["km"].to_numpy(), spokes["minutes"].to_numpy())
    expected = pl.lit(None, pl.Float64) if line is None else line[1] + line[0] * pl.col("km")
    excess = pl.col("minutes") - pl.col("expected_minutes")
    return (
        rows.with_columns(expected_minutes=pl.when(there).then(expected))
        .with_columns(excess_minutes=excess, kmh=60.0 * pl.col("km") / pl.col("minutes"))
        .with_columns(
            weight=pl.max_horizontal(pl.col("excess_minutes"), pl.lit(0.0)) * pl.col("predicted"),
            expected_absent=pl.when(~there)
            .then("times_absent")
            .when(pl.lit(line is None))
            .then(pl.lit("not_applicable")),
            flow_absent=pl.when(pl.col("predicted").is_null()).then(pl.lit("not_applicable")),
            verdict_absent=pl.when(pl.col("verdict").is_null()).then(
                pl.when(pl.col("predicted").is_null())
                .then(pl.lit("not_applicable"))
                .otherwise(pl.lit("missing"))
            ),
            basis=weaker("basis", "flow_basis"),
        )
        .with_columns(
            weight=pl.when(pl.col("expected_absent").is_null()).then("weight"),
            weight_absent=pl.coalesce("expected_absent", "flow_absent"),
        )
        .drop("flow_basis")
    )


def _both_ways(morning: pl.DataFrame) -> pl.DataFrame:
    """Each pair once: mean of typical times, sparser departures, more changes, why there is no time."""
    ordered = morning.with_columns(
        one=pl.min_horizontal("origin", "destination"), two=pl.max_horizontal("origin", "destination")
    )
    return (
        ordered.sort("one", "two", "origin")
        .group_by("one", "two", maintain_order=True)
        .agg(
            pl.col("km").first(),
            pl.when(pl.col("typical").null_count() == 0).then(pl.col("typical").mean()).alias("minutes"),
            pl.col("departures").min(),
            pl.when(pl.col("typical").null_count() == 0).then(pl.col("transfers").max()).alias("transfers"),
            pl.col("times_absent").drop_nulls().first(),
            weakest(),
        )
    )


def _line(x: Floats, y: Floats) -> tuple[float, float] | None:
    """Theil–Sen: the median slope between points, and the median of what is left as the start.

    None without two points at different places.
    """
    i, j = np.triu_indices(len(x), 1)
    apart = x[i] != x[j]
    if not apart.any():
        return None
    slope = float(np.median((y[j] - y[i])[apart] / (x[j] - x[i])[apart]))
    return slope, float(np.median(y - slope * x))


def _latest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("year") == pl.col("year").max())


def link_summary(
    access_nodes: AccessNodes, node_system: NodeSystem, travel_rules: TravelRules
) -> LinkSummary:
    """The morning's links between nodes in a few figures."""
    types = {column.name: column.dtype for column in LINK_SUMMARY.columns}
    if access_nodes.is_empty():
        return pl.DataFrame(schema=types)
    hub = _latest(node_system)["hub"].to_list()
    morning = access_nodes.filter(period="morning", way="depart_at")
    to_hub = pl.col("destination").is_in(hub)
    cross = morning.filter(~to_hub, ~pl.col("origin").is_in(hub))
    values = (
        morning.filter(to_hub)["typical"].median(),
        cross["typical"].median(),
        cross["kmh"].median(),
        float((morning["typical"] <= 60).fill_null(False).mean()),  # type: ignore[arg-type]
    )
    lacking = "missing" if any(value is None for value in values) else None
    when = int(travel_rules["day"].item()[:4])
    known = morning.select(weakest()).item()
    row = (when, *(None if lacking else value for value in values), lacking, known)
    return pl.DataFrame([row], schema=types, orient="row")
