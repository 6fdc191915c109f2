"""Cross links: which pairs of nodes are slow for their distance and size."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.table import weaker, weakest
from storregion.studies.interaction import NodePairs
from storregion.studies.nodes import NodeSystem
from storregion.studies.travel_times import ACCESS_NODES, AccessNodes
from storregion.timetable.travel_rules import TravelRules

Floats = NDArray[np.float64]


ACCESS_GAPS = columns.schema(
    "access_gaps",
    __name__,
    columns.code("one", key=True, refers=("nodes", "node")),
    columns.code("two", key=True, refers=("nodes", "node")),
    columns.number("km", "km", least=0.0),
    columns.duration("minutes", absent="times_absent"),
    columns.duration("expected_minutes", absent="expected_absent"),
    columns.number("excess_minutes", "minutes", absent="expected_absent"),
    ACCESS_NODES["kmh"],
    columns.whole("departures", "journeys", least=0),
    columns.whole("transfers", "changes", least=0, absent="times_absent"),
    columns.number("predicted", "commuters", least=0.0, absent="flow_absent"),
    columns.number("ratio", "ratio", least=0.0, absent="flow_absent"),
    columns.code("verdict", choices=("weak", "strong", "as_expected"), absent="verdict_absent"),
    columns.number("weight", "person_minutes", least=0.0, absent="weight_absent"),
)
AccessGaps = Annotated[pl.DataFrame, ACCESS_GAPS]

LINK_SUMMARY = columns.schema(
    "link_summary",
    __name__,
    columns.year(),
    columns.duration("hub_minutes", absent="summary_absent"),
    columns.duration("cross_minutes", absent="summary_absent"),
    columns.number("cross_kmh", "kmh", least=0.0, absent="summary_absent"),
    columns.number("within_hour", "share", least=0.0, absent="summary_absent"),
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
    missing = "missing" if any(value is None for value in values) else None
    when = int(travel_rules["day"].item()[:4])
    known = morning.select(weakest()).item()
    row = (when, *(None if missing else value for value in values), missing, known)
    return pl.DataFrame([row], schema=types, orient="row")
