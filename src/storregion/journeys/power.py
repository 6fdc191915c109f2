"""How much power the group must get from outside: its counties hour by hour, as one linear program.

A job of the command line; it makes no table of the pipeline, and no page waits for it.
"""

import calendar
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.errors import CallError, DataError
from storregion.facts.grid import Grid
from storregion.facts.power import CountyElectricityGeneration, CountyElectricityTotals, PowerPlants
from storregion.facts.power_capacity import LoadDays, LoadShape
from storregion.kernels.dispatch import WEIGHTS, Dispatch, Network, Weights, dispatched

MOVABLE, MOVABLE_FUEL = "vattenkraft", "Hydro"
"""The kind of power that can be moved in time, and the fuel of its plants in the register."""
REST = "other"
"""The kinds whose figures are suppressed, together: what is left of the county's published total."""
ROUNDING_MWH = 1000.0
"""How far a total in whole GWh and the kinds in MWh may be apart."""
FORTNIGHT = 14 * 24
YEAR_STEP = 3


class Tables(NamedTuple):
    """What the program is made of."""

    county_electricity_generation: CountyElectricityGeneration
    county_electricity_totals: CountyElectricityTotals
    power_plants: PowerPlants
    load_shape: LoadShape
    load_days: LoadDays


class Span(NamedTuple):
    """The steps: when each begins, its hours, and the percentile of each month's days that all are like."""

    begins: tuple[datetime, ...]
    hours: int
    percentile: int


class Supply(NamedTuple):
    """Generation of a kind at a node: its mean power, and the most it can be where it can be moved."""

    node: str
    kind: str
    mean_mw: float
    most_mw: float | None


class Balance(NamedTuple):
    """A network with what runs and flows there.

    Attributes
    ----------
    nodes : names: counties or their parts, then zones; in the order of the arrays.
    links : the names of both ends of each link.
    supplies : generation by node and kind.
    use : (nodes, steps) MW, with losses.
    network, dispatch : the program, and its answer.
    span : the steps.
    undated, plants : of how many plants that are moved in time the register has no first year, so that they
        are assumed to run, and how many there are.
    weights : of the program.
    """

    nodes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    supplies: tuple[Supply, ...]
    use: NDArray[np.float64]
    network: Network
    dispatch: Dispatch
    span: Span
    undated: int
    plants: int
    weights: Weights = WEIGHTS


class NodeSum(NamedTuple):
    """A node's balance over the span, in MW, and what is not met or has nowhere to go, in MWh.

    `import_for_use` is by how many MW the import must be able to grow for one MW more of use in every step.
    """

    node: str
    use_mean: float
    use_most: float
    generated_mean: float
    net_import_mean: float
    unserved_mwh: float
    spilled_mwh: float
    import_for_use: float


def fortnight(year: int, percentile: int) -> Span:
    """Two weeks hour by hour, from the first Monday of the year.

    Parameters
    ----------
    year : of the calendar.
    percentile : of each month's days by their use: 50 for an ordinary day, 100 for the day of most use.
    """
    first = datetime(year, 1, 1)
    monday = first + timedelta(days=-first.weekday() % 7)
    return Span(tuple(monday + timedelta(hours=at) for at in range(FORTNIGHT)), 1, percentile)


def whole_year(year: int, percentile: int) -> Span:
    """A year in steps of three hours; parameters as for the fortnight."""
    steps = (366 if calendar.isleap(year) else 365) * 24 // YEAR_STEP
    first = datetime(year, 1, 1)
    return Span(tuple(first + timedelta(hours=YEAR_STEP * at) for at in range(steps)), YEAR_STEP, percentile)


def latest_year(totals: pl.DataFrame) -> int:
    """The latest year that the counties' totals are published for."""
    return int(totals["year"].max())  # type: ignore[arg-type]


def balance(tables: Tables, grid: Grid, span: Span) -> Balance:
    """The least import that is enough in every step, and what runs and flows then.

    Use is each county's total with losses, spread over the hours as the bidding zone's. Generation is spread
    evenly over the year, other than hydropower, which can be moved within the span up to the power of the
    plants in the register, where that is more than its mean.

    Parameters
    ----------
    tables : generation, totals, plants and the shape of the load.
    grid : zones and links.
    span : the steps.

    Raises
    ------
    DataError
        A county has no published total in the latest year, or less than its published kinds.
    CallError
        The days of the shape have no such percentile.
    """
    year = latest_year(tables.county_electricity_totals)
    parts = grid.parts
    nodes = (*parts, *(zone.code for zone in grid.zones))
    shape = _shape(tables.load_shape, tables.load_days, span)
    hours = 8784 if calendar.isleap(year) else 8760
    totals = {
        county: _totals(tables.county_electricity_totals, county, year) for county, _, _ in parts.values()
    }
    use = np.zeros((len(nodes), len(span.begins)))
    for at, (county, _, share) in enumerate(parts.values()):
        use[at] = totals[county][0] * 1000 / hours * grid.losses * share * shape
    supplies = tuple(_supplies(tables, grid, {county: two[1] for county, two in totals.items()}, year))
    network, links = _network(grid, nodes, supplies, use, span)
    counties = [county for county, _, _ in parts.values()]
    plants = _movable(tables.power_plants, year).filter(pl.col("county").is_in(counties))
    undated = plants["year_in"].null_count()
    return Balance(
        nodes, links, supplies, use, network, dispatched(network), span, undated=undated, plants=plants.height
    )


def sums(found: Balance) -> list[NodeSum]:
    """The balance of every node over the span.

    Parameters
    ----------
    found : the network and what runs and flows there.
    """
    hours = found.span.hours
    steady = np.zeros(len(found.nodes))
    for one in found.supplies:
        if one.most_mw is None:
            steady[found.nodes.index(one.node)] += one.mean_mw
    generated = steady + found.dispatch.moved.mean(axis=1)
    use, unserved, spilled = found.use.mean(axis=1), found.dispatch.unserved, found.dispatch.spilled
    columns = (
        use,
        found.use.max(axis=1),
        generated,
        use - generated - unserved.mean(axis=1) + spilled.mean(axis=1),
        unserved.sum(axis=1) * hours,
        spilled.sum(axis=1) * hours,
        found.dispatch.price.sum(axis=1) / found.weights.least_import,
    )
    return [NodeSum(node, *row) for node, row in zip(found.nodes, np.stack(columns, 1).tolist(), strict=True)]


def unlimited(found: Balance) -> list[tuple[str, str]]:
    """The links that no capacity is known of, by the names of their ends."""
    limits = zip(found.links, found.network.link_mw, strict=True)
    return [link for link, mw in limits if np.isinf(mw)]


def _shape(load_shape: pl.DataFrame, load_days: pl.DataFrame, span: Span) -> NDArray[np.float64]:
    """(steps,) use relative to the year's mean, the mean of the hours of each step."""
    known = load_days["percentile"].unique().sort().to_list()
    if span.percentile not in known:
        raise CallError(f"the days have no percentile {span.percentile}; give one of {known}")
    ratio = {(month, day, hour): value for month, day, hour, value in _cells(load_shape)}
    days = load_days.filter(percentile=span.percentile)
    factor = dict(zip(days["month"], days["factor"], strict=True))
    each = [(begin + timedelta(hours=hour)) for begin in span.begins for hour in range(span.hours)]
    values = [ratio[at.month, at.isoweekday(), at.hour] * factor[at.month] for at in each]
    shape: NDArray[np.float64] = np.array(values).reshape(-1, span.hours).mean(axis=1)
    return shape


def _cells(load_shape: pl.DataFrame) -> Iterator[tuple[int, int, int, float]]:
    return iter(load_shape.select("month", "weekday", "hour", "ratio").iter_rows())


def _totals(totals: pl.DataFrame, county: str, year: int) -> tuple[float, float]:
    """GWh used and generated in a county."""
    own = totals.filter(county=county, year=year).select("use_gwh", "generation_gwh").rows()
    if not own:
        raise DataError(f"county_electricity_totals has no total of county {county} in {year}; add its row")
    return own[0]


def _supplies(tables: Tables, grid: Grid, gwh: dict[str, float], year: int) -> Iterator[Supply]:
    """Generation by node: kinds that are published, and the others together."""
    hours = 8784 if calendar.isleap(year) else 8760
    own = tables.county_electricity_generation.filter(year=year)
    plants = _movable(tables.power_plants, year)
    for node, (county, _, share) in grid.parts.items():
        kinds = own.filter(county=county).select("kind", "mwh").sort("kind").rows()
        left = _left(county, gwh[county] * 1000, sum(mwh for _, mwh in kinds))
        most = float(plants.filter(county=county)["mw"].sum()) * share
        for kind, mwh in (*kinds, (REST, left)):
            mean = mwh / hours * share
            if mean > 0:
                yield Supply(node, kind, mean, most if kind == MOVABLE and most > mean else None)


def _movable(plants: pl.DataFrame, year: int) -> pl.DataFrame:
    """The plants moved in time that run in a year; one without a first year is assumed to."""
    return plants.filter(
        pl.col("year_in").fill_null(year) <= year,
        pl.col("year_out").fill_null(year) >= year,
        fuel=MOVABLE_FUEL,
    )


def _left(county: str, total: float, published: float) -> float:
    """MWh of the kinds that are suppressed; a total in whole GWh may leave slightly less than none."""
    left = total - published
    if left < -ROUNDING_MWH:
        raise DataError(
            f"county {county} generates {total:.0f} MWh in all, but {published:.0f} in the kinds that are "
            "published; compare the tables with the publisher's"
        )
    return max(left, 0.0)


def _network(
    grid: Grid, nodes: Sequence[str], supplies: Sequence[Supply], use: NDArray[np.float64], span: Span
) -> tuple[Network, tuple[tuple[str, str], ...]]:
    """The program's arrays, and the ends of its links by name."""
    at = {node: number for number, node in enumerate(nodes)}
    net, most, energy = use.copy(), np.zeros(len(nodes)), np.zeros(len(nodes))
    for one in supplies:
        if one.most_mw is None:
            net[at[one.node]] -= one.mean_mw
        else:
            most[at[one.node]] = one.most_mw
            energy[at[one.node]] = one.mean_mw * len(span.begins) * span.hours
    limit = {frozenset(link.between): link.mw for link in grid.links}
    inside = [(zone, node) for node, (_, zone, _) in grid.parts.items()]
    zones = {zone.code for zone in grid.zones}
    between = [link.between for link in grid.links if set(link.between) <= zones]
    links = (*between, *inside)
    ends = np.array([[at[one], at[other]] for one, other in links], np.int64)
    mw = np.array([limit.get(frozenset(link), np.inf) for link in links])
    sources = np.array([at[zone.code] for zone in grid.zones], np.int64)
    return Network(net, most, energy, ends, mw, sources, float(span.hours)), links
