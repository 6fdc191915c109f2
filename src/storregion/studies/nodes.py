"""Node cities: what roles they play for work, and how strongly they are tied to each other."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, some
from storregion.core.table import weakest
from storregion.facts.places import MunicipalityPoints, Nodes, Places
from storregion.facts.work import CELLS, Commuting

Floats = NDArray[np.float64]
ROLES = ("regional_centre", "workplace", "self_contained", "residential")


NODE_ROLES = columns.schema(
    "node_roles",
    __name__,
    columns.node(),
    columns.year(),
    columns.number("residents", "employed", least=0.0),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("commuters_in", "commuters", least=0.0),
    columns.number("commuters_in_low", "commuters", least=0.0, optional=True),
    columns.number("commuters_in_high", "commuters", least=0.0, optional=True),
    columns.number("commuters_out", "commuters", least=0.0),
    columns.number("commuters_net", "commuters"),
    columns.number("contained", "share", least=0.0),
    columns.number("day_night", "ratio", least=0.0),
    columns.number("entropy_out", "ratio", least=0.0),
    columns.number("entropy_in", "ratio", least=0.0),
    columns.number("dominance", "ratio", least=0.0),
    columns.code("largest_destination", refers=("municipalities", "municipality")),
    columns.number("largest_share", "share", least=0.0),
    columns.number("hub_share", "share", least=0.0, absent="hub_absent"),
    columns.number("hub_persons", "commuters", least=0.0, absent="hub_absent"),
    columns.number("hub_low", "commuters", least=0.0, optional=True),
    columns.number("hub_high", "commuters", least=0.0, optional=True),
    columns.code("hub_cell", choices=CELLS, optional=True),
    columns.code("role", choices=ROLES, absent="role_absent"),
    columns.code("role_also", choices=ROLES, optional=True),
)
NodeRoles = Annotated[pl.DataFrame, NODE_ROLES]

NODE_CATCHMENT = columns.schema(
    "node_catchment",
    __name__,
    columns.node(),
    columns.code("home", key=True, refers=("municipalities", "municipality")),
    columns.year(),
    columns.number("persons", "commuters", least=0.0),
    columns.number("share", "share", least=0.0),
    columns.whole("class", "percent_class", least=5, most=20),
    columns.code("cell", choices=CELLS),
)
NodeCatchment = Annotated[pl.DataFrame, NODE_CATCHMENT]

NODE_FLOWS = columns.schema(
    "node_flows",
    __name__,
    columns.code("origin", key=True, refers=("nodes", "node")),
    columns.code("destination", key=True, refers=("nodes", "node")),
    columns.year(),
    columns.number("persons", "commuters", least=0.0),
    columns.number("low", "commuters", least=0.0, optional=True),
    columns.number("high", "commuters", least=0.0, optional=True),
    columns.number("both_ways", "commuters", least=0.0),
    columns.number("cross_link", "per_thousand", least=0.0),
    columns.number("cross_link_change", "per_thousand", absent="change_absent"),
    columns.number("km", "km", least=0.0),
    columns.code("cell", choices=CELLS),
)
NodeFlows = Annotated[pl.DataFrame, NODE_FLOWS]

NODE_SYSTEM = columns.schema(
    "node_system",
    __name__,
    columns.year(),
    columns.code("hub", refers=("nodes", "node")),
    columns.number("hub_touching", "share", least=0.0),
    columns.number("green", "ratio", least=0.0),
    columns.number("uci", "ratio", least=0.0),
)
NodeSystem = Annotated[pl.DataFrame, NODE_SYSTEM]

NODE_RANK_SIZE = columns.schema(
    "node_rank_size",
    __name__,
    columns.year(),
    columns.whole("nodes", "number", key=True, least=2),
    columns.number("jobs_slope", "ratio"),
    columns.number("commuters_slope", "ratio"),
)
NodeRankSize = Annotated[pl.DataFrame, NODE_RANK_SIZE]


def node_roles(
    commuting: Commuting,
    nodes: Nodes,
    *,
    centre_ratio: float = 1.0,
    centre_contained: float = 0.7,
    margin: float = 0.005,
) -> NodeRoles:
    """Night and day population, commuting and role of every node and year.

    An urban core, for which its whole municipality stands in, gets no role.

    Parameters
    ----------
    commuting : national flows by year.
    nodes : the nodes with their municipalities.
    centre_ratio : jobs per employed resident from which a node is a place of work.
    centre_contained : share who work at home from which a node is self-contained.
    margin : share by which those who work at home may be above or below that limit and count as either.

    Raises
    ------
    DataError
        A node's residents or jobs are missing from a year's matrix, or nobody commutes from a node.
    """
    rows = _described(commuting.filter(pl.col("sex") == "total"), nodes)
    ratio, contained = pl.col("jobs") / pl.col("residents"), pl.col("stay") / pl.col("residents")
    return (
        rows.with_columns(_roles(centre_ratio, centre_contained, margin))
        .with_columns(
            commuters_net=pl.col("commuters_in") - pl.col("commuters_out"),
            contained=contained,
            day_night=ratio,
            dominance=pl.col("commuters_in") / pl.col("commuters_in").mean().over("year"),
            largest_share=pl.col("to_largest") / pl.col("residents"),
            hub_share=pl.col("hub_persons") / pl.col("residents"),
            hub_absent=pl.when(pl.col("hub_persons").is_null()).then(pl.lit("not_applicable")),
            role=pl.when(~pl.col("core")).then("role"),
            role_absent=pl.when("core").then(pl.lit("not_applicable")),
            role_also=pl.when(~pl.col("core")).then("role_also"),
            basis=_with_stand_in("core"),
        )
        .select([column.name for column in NODE_ROLES.columns])
        .sort("node", "year")
    )


def _described(flows: pl.DataFrame, nodes: pl.DataFrame) -> pl.DataFrame:
    """Each node and year with both sides of its commuting, its largest destination and the hub."""
    homes = _side(flows, "home", "out", "work")
    works = _side(flows, "work", "in", "home")
    both = homes.join(works, on=["municipality", "year"]).join(
        flows.group_by("year", maintain_order=True).agg(weakest()), on="year"
    )
    _all_there(both, nodes)
    rows = (
        nodes.select("node", "municipality", _core())
        .join(both, on="municipality")
        .join(_largest(flows), on=["year", "municipality"], how="left")
    )
    lost = rows.filter(pl.col("largest_destination").is_null())
    if lost.height:
        raise DataError(
            f"nobody commutes from the nodes {some(lost['node'].unique().sort())}; correct the flows"
        )
    rows = rows.join(_hub_flows(flows, rows), on=["node", "year"], how="left")
    return rows.join(_arriving(flows), on=["municipality", "year"], how="left")


def _largest(flows: pl.DataFrame) -> pl.DataFrame:
    """The destination that most go to from each municipality, and how many, by year."""
    return (
        flows.filter(pl.col("home") != pl.col("work"), pl.col("persons") > 0)
        # An estimate may let others reach the published largest destination, but not pass it.
        .sort("persons", pl.col("cell") == "published_share", "work", descending=[True, True, False])
        .group_by("year", "home", maintain_order=True)
        .first()
        .select("year", municipality="home", largest_destination="work", to_largest="persons")
    )


def _all_there(both: pl.DataFrame, nodes: pl.DataFrame) -> None:
    """Refuse years in which nobody lives or nobody works in a node."""
    there = both.filter(pl.col("residents") > 0, pl.col("jobs") > 0).select("year", "municipality")
    every = nodes.select("node", "municipality").join(
        both.select("year").unique(maintain_order=True), how="cross"
    )
    without = every.join(there, on=["year", "municipality"], how="anti").sort("year", "node")
    if without.height:
        raise DataError(
            "commuting has no residents or no jobs for the nodes "
            f"{some(without.select('node', 'year').rows())}; read national matrices whole"
        )


def _role(busy: pl.Expr, own: pl.Expr) -> pl.Expr:
    """The role of a node that has jobs enough, and keeps enough of its residents, or not."""
    return (
        pl.when(busy & own)
        .then(pl.lit("regional_centre"))
        .when(busy)
        .then(pl.lit("workplace"))
        .when(own)
        .then(pl.lit("self_contained"))
        .otherwise(pl.lit("residential"))
    )


def _roles(centre_ratio: float, centre_contained: float, margin: float) -> list[pl.Expr]:
    """The role of each node, and another one that it may have as far as is known."""
    contained = pl.col("stay") / pl.col("residents")

    def busy(arrivals: str) -> pl.Expr:
        more = (pl.col(arrivals) - pl.col("commuters_in")).fill_null(0.0)
        return (pl.col("jobs") + more) / pl.col("residents") >= centre_ratio

    own = contained >= centre_contained
    role = _role(busy("commuters_in"), own)
    others = [
        _role(busy("commuters_in_low"), own),
        _role(busy("commuters_in_high"), own),
        _role(busy("commuters_in"), contained - margin >= centre_contained),
        _role(busy("commuters_in"), contained + margin >= centre_contained),
    ]
    also = pl.coalesce(pl.when(other != role).then(other) for other in others)
    return [role.alias("role"), also.alias("role_also")]


def _arriving(flows: pl.DataFrame) -> pl.DataFrame:
    """The interval of those who come to each municipality, where some of them are estimated."""
    from storregion.kernels import intervals

    spread = pl.col("cell") == "spread"
    arrive = (
        flows.filter(pl.col("home") != pl.col("work"))
        .group_by("year", municipality="work", maintain_order=True)
        .agg(
            pl.col("persons").filter(spread).sum().alias("spread"),
            pl.col("persons").filter(~spread).sum().alias("known"),
        )
        .filter(pl.col("spread") > 0)
    )
    low, high = intervals.of_sums(arrive["spread"].to_numpy())
    return arrive.select(
        "municipality",
        "year",
        commuters_in_low=pl.col("known") + pl.Series(low, dtype=pl.Float64),
        commuters_in_high=pl.col("known") + pl.Series(high, dtype=pl.Float64),
    )


def _core() -> pl.Expr:
    """Whether a node is an urban core, for which its municipality only stands in."""
    return (pl.col("kind") == "regional_core").alias("core")


def _with_stand_in(*cores: str) -> pl.Expr:
    """The basis of a row, assumed where a municipality stands in for an urban core."""
    return pl.when(pl.any_horizontal(*cores)).then(pl.lit("assumed")).otherwise(pl.col("basis"))


def _side(flows: pl.DataFrame, end: str, way: str, other: str) -> pl.DataFrame:
    """Each municipality's total, those who stay, those who cross its border, and their entropy, by year."""
    crosses = pl.col(end) != pl.col(other)
    part = (
        pl.col("persons").filter(crosses & (pl.col("persons") > 0)) / pl.col("persons").filter(crosses).sum()
    )
    total = "residents" if end == "home" else "jobs"
    stays = {"stay": pl.col("persons").filter(~crosses).sum()} if end == "home" else {}
    # Pairs that a matrix leaves out are places nobody goes to, not fewer places to go to.
    ends = pl.concat([flows.select("year", place="home"), flows.select("year", place="work")])
    others = ends.group_by("year", maintain_order=True).agg(
        others=(pl.col("place").n_unique() - 1).cast(pl.Float64)
    )
    found = flows.group_by("year", municipality=end, maintain_order=True).agg(
        pl.col("persons").sum().alias(total),
        pl.col("persons").filter(crosses).sum().alias(f"commuters_{way}"),
        (part * (1 / part).log()).sum().alias("spread"),
        **stays,
    )
    entropy = pl.when(pl.col("others") > 1).then(pl.col("spread") / pl.col("others").log()).otherwise(0.0)
    return (
        found.join(others, on="year").with_columns(entropy.alias(f"entropy_{way}")).drop("others", "spread")
    )


def _hubs(rows: pl.DataFrame) -> pl.DataFrame:
    """The node with most jobs each year, with its municipality."""
    top = rows.sort("jobs", "node", descending=[True, False]).group_by("year", maintain_order=True).first()
    return top.select("year", hub="node", hub_municipality="municipality")


def _hub_flows(flows: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each node's flow to the hub, but for nodes in the hub's own municipality."""
    pairs = rows.select("node", "year", "municipality").join(_hubs(rows), on="year")
    pairs = pairs.filter(pl.col("municipality") != pl.col("hub_municipality"))
    return pairs.join(
        flows,
        left_on=["year", "municipality", "hub_municipality"],
        right_on=["year", "home", "work"],
        how="left",
        # An observed matrix leaves out pairs that nobody commutes between.
    ).select(
        "node",
        "year",
        hub_persons=pl.col("persons").fill_null(0.0),
        hub_low="low",
        hub_high="high",
        hub_cell=pl.col("cell").fill_null(pl.lit("observed")),
    )


def node_catchment(commuting: Commuting, nodes: Nodes) -> NodeCatchment:
    """The municipalities that send at least five per cent of their employed residents to a node.

    Parameters
    ----------
    commuting : national flows by year.
    nodes : the nodes with their municipalities.
    """
    flows = commuting.filter(pl.col("sex") == "total").with_columns(
        share=pl.col("persons") / pl.col("persons").sum().over("year", "home"),
        basis=weakest().over("year", "home"),
    )
    sent = flows.filter(pl.col("share") >= 0.05, pl.col("home") != pl.col("work"))
    share = pl.col("share")
    level = pl.when(share >= 0.2).then(20).when(share >= 0.1).then(10).otherwise(5)
    return (
        nodes.select("node", _core(), work="municipality")
        .join(sent, on="work")
        .with_columns(level.cast(pl.Int64).alias("class"), basis=_with_stand_in("core"))
        .select([column.name for column in NODE_CATCHMENT.columns])
        .sort("node", "year", "home")
    )


def node_flows(commuting: Commuting, nodes: Nodes, municipality_points: MunicipalityPoints) -> NodeFlows:
    """Flows and cross links between every two nodes.

    Parameters
    ----------
    commuting : national flows by year.
    nodes : the nodes with their municipalities; a pair in one municipality is left out.
    municipality_points : points in metres, for distances.
    """
    flows = commuting.filter(pl.col("sex") == "total")
    # A point that a scenario moved makes what is measured from it assumed, as a stand-in does.
    moved = (pl.col("core") | (pl.col("basis") == "assumed")).alias("core")
    ends = (
        nodes.select("node", "municipality", _core())
        .join(municipality_points, on="municipality")
        .with_columns(moved)
        .drop("basis")
    )
    pairs = ends.join(ends, how="cross", suffix="_to").filter(
        pl.col("municipality") != pl.col("municipality_to")
    )
    years = flows.select("year").unique(maintain_order=True)
    persons = flows.select("year", "home", "work", "persons", "low", "high", "cell")
    residents = flows.group_by("year", municipality="home", maintain_order=True).agg(
        residents=pl.col("persons").sum()
    )
    known = flows.group_by("year", maintain_order=True).agg(
        weakest(), estimated=(pl.col("cell") != "observed").any()
    )
    back = persons.select("year", home="work", work="home", back="persons")
    metres = ((pl.col("east") - pl.col("east_to")) ** 2 + (pl.col("north") - pl.col("north_to")) ** 2).sqrt()
    rows = (
        pairs.join(years, how="cross")
        .join(
            persons,
            left_on=["year", "municipality", "municipality_to"],
            right_on=["year", "home", "work"],
            how="left",
        )
        .join(
            back,
            left_on=["year", "municipality", "municipality_to"],
            right_on=["year", "home", "work"],
            how="left",
        )
        .join(residents, on=["year", "municipality"])
        .join(residents, left_on=["year", "municipality_to"], right_on=["year", "municipality"], suffix="_to")
        .join(known, on="year")
        # An observed matrix leaves out pairs that nobody commutes between.
        .with_columns(pl.col("persons", "back").fill_null(0.0), pl.col("cell").fill_null(pl.lit("observed")))
        .with_columns(both_ways=pl.col("persons") + pl.col("back"), km=metres / 1000.0)
        .with_columns(
            cross_link=1000.0 * pl.col("both_ways") / (pl.col("residents") + pl.col("residents_to"))
        )
        .sort("node", "node_to", "year")
    )
    names = {c.name: c.name for c in NODE_FLOWS.columns[2:]}
    return _with_change(rows).select(origin="node", destination="node_to", **names)


def _with_change(rows: pl.DataFrame) -> pl.DataFrame:
    """The change of each pair's cross link since its first year, where the two can be compared."""

    def at_first(name: str) -> pl.Expr:
        return pl.col(name).first().over("node", "node_to")

    first = pl.col("year") == at_first("year")
    # An observation minus an estimate shows what the estimate got wrong, and no change.
    comparable = pl.col("estimated") == at_first("estimated")
    change = pl.col("cross_link") - at_first("cross_link")
    reason = pl.when(first).then(pl.lit("not_applicable")).when(~comparable).then(pl.lit("not_comparable"))
    return rows.with_columns(
        cross_link_change=pl.when(~first & comparable).then(change),
        change_absent=reason,
        core=pl.col("core") | (comparable & (at_first("basis") == "assumed")),
    ).with_columns(basis=_with_stand_in("core", "core_to"))


def node_system(
    commuting: Commuting,
    node_roles: NodeRoles,
    nodes: Nodes,
    places: Places,
    municipality_points: MunicipalityPoints,
) -> NodeSystem:
    """Measures of how mono- or polycentric the nodes are together.

    Parameters
    ----------
    commuting : national flows by year.
    node_roles : jobs and in-commuters of the nodes.
    nodes, places : the nodes, and the group's municipalities.
    municipality_points : points in metres.

    References
    ----------
    Green (2007), Functional polycentricity; Pereira et al. (2013), Urban centrality: a simple index.
    """
    home = nodes.select("node", "municipality")
    hubs = _hubs(node_roles.join(home, on="node"))
    inside = places.filter(pl.col("kind") == "municipality")["place"].implode()
    total = commuting.filter(pl.col("sex") == "total")
    flows = total.filter(pl.col("home").is_in(inside), pl.col("work").is_in(inside))
    known = pl.concat([total.select("year", "basis"), node_roles.select("year", "basis")])
    rows = []
    for when, hub, municipality in hubs.sort("year").iter_rows():
        now = flows.filter(pl.col("year") == when)
        crossing = now.filter(pl.col("home") != pl.col("work"))
        touches = (pl.col("home") == municipality) | (pl.col("work") == municipality)
        touching = float(crossing.filter(touches)["persons"].sum()) / float(crossing["persons"].sum())
        jobs = now.group_by("work", maintain_order=True).agg(pl.col("persons").sum()).sort("work")
        where = jobs.join(municipality_points, left_on="work", right_on="municipality", maintain_order="left")
        uci = _centrality(jobs["persons"].to_numpy(), where["east"].to_numpy(), where["north"].to_numpy())
        green = _green(total.filter(pl.col("year") == when), home["municipality"].unique().sort().to_list())
        weak = str(known.filter(pl.col("year") == when).select(weakest()).item())
        rows.append((when, hub, touching, green, uci, weak))
    return pl.DataFrame(rows, schema={c.name: c.dtype for c in NODE_SYSTEM.columns}, orient="row")


def _green(flows: pl.DataFrame, municipalities: list[str]) -> float:
    """(1 − σ/σmax)·density of in-commuting between the nodes.

    σmax is that of two nodes of which one has as many in-commuters as the largest node and the other none;
    density is 1 when every employed resident of the nodes works in another node.
    """
    between = flows.filter(
        pl.col("home").is_in(municipalities),
        pl.col("work").is_in(municipalities),
        pl.col("home") != pl.col("work"),
    )
    arrive = (
        between.group_by("work", maintain_order=True)
        .agg(pl.col("persons").sum())
        .sort("work")["persons"]
        .to_numpy()
    )
    arrivals = np.zeros(len(municipalities))
    arrivals[: len(arrive)] = arrive
    highest = np.std([0.0, arrivals.max()])
    residents = flows.filter(pl.col("home").is_in(municipalities))["persons"].sum()
    density = float(between["persons"].sum()) / float(residents)
    return float((1 - np.std(arrivals) / highest) * density) if highest > 0 else 0.0


def _centrality(jobs: Floats, east: Floats, north: Floats) -> float:
    """Urban centrality index: how unevenly jobs lie, times how near to each other."""
    share = jobs / jobs.sum()
    distance = np.hypot(east[:, None] - east, north[:, None] - north)
    uneven = 0.5 * np.abs(share - 1 / len(share)).sum()
    farthest = _farthest(distance)
    # Of places that all lie in one spot none is nearer than another.
    near = 1 - float(share @ distance @ share) / farthest if farthest > 0 else 1.0
    # The largest spread is found to a millionth, so a spread may lie as much above it.
    return float(uneven * max(0.0, near))


def _farthest(distance: Floats) -> float:
    """The largest s'Ds of any shares s that add up to 1, to a millionth.

    For straight-line distances s'Ds is concave in s, so the climb by s·Ds/s'Ds (Baum & Eagon 1967), which
    never falls and keeps the sum, ends at the largest; max Ds bounds how much is left.
    """
    share = np.full(len(distance), 1 / len(distance))
    for _ in range(200_000):
        reach = distance @ share
        apart = float(share @ reach)
        if 2 * (reach.max() - apart) <= 1e-6 * apart:
            return apart
        share *= reach / apart
    raise DataError("the largest spread of jobs was not found; do many municipalities share a point?")


def node_rank_size(node_roles: NodeRoles) -> NodeRankSize:
    """Rank-size slopes among the 2, 3, … largest nodes, by jobs and by in-commuters.

    Parameters
    ----------
    node_roles : jobs and in-commuters of the nodes.

    References
    ----------
    Burger & Meijers (2012), Form follows function; rank − ½ after Gabaix & Ibragimov (2011).
    """
    rows = []
    for (when,), now in node_roles.sort("year").group_by("year", maintain_order=True):
        # Which nodes are the largest depends on all of them.
        known = str(now.select(weakest()).item())
        for count in range(2, now.height + 1):
            slopes = [_slope(now[name].to_numpy(), count) for name in ("jobs", "commuters_in")]
            rows.append((when, count, *slopes, known))
    return pl.DataFrame(rows, schema={c.name: c.dtype for c in NODE_RANK_SIZE.columns}, orient="row")


def _slope(sizes: Floats, count: int) -> float:
    largest = np.sort(sizes)[::-1][:count]
    if largest[-1] <= 0:
        raise DataError("a node has no jobs or no in-commuters; a rank-size slope cannot be drawn")
    return float(np.polyfit(np.log(np.arange(1, count + 1) - 0.5), np.log(largest), 1)[0])
