"""How far the group is one market for work, education and homes: pairs of nodes and pairs of counties."""

import itertools
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import BASES, weakest
from storregion.facts.demography import PopulationYearly
from storregion.facts.education import Students
from storregion.facts.housing import CountyHousePrices, Housing
from storregion.facts.places import Nodes, Places
from storregion.kernels import synchrony
from storregion.studies.county_exchange import CountyPairs
from storregion.studies.education import CampusTimes
from storregion.studies.interaction import NodePairs
from storregion.studies.travel_times import AccessNodes

Floats = NDArray[np.float64]
SIDES = ("work", "education", "homes", "moves")
VERDICTS = ("strong", "as_expected", "partly", "weak")
KINDS = ("node", "county")

MARKET_SIDES = columns.schema(
    "market_sides",
    __name__,
    columns.place(),
    columns.code("other_place", key=True, refers=("places", "place")),
    columns.code("side", key=True, choices=SIDES),
    columns.whole("year", "year", optional=True),
    columns.number("value", "ratio", absent="value_absent"),
    columns.number("value_low", "ratio", optional=True),
    columns.number("value_high", "ratio", optional=True),
    columns.code("verdict", choices=VERDICTS, absent="verdict_absent"),
)
MarketSides = Annotated[pl.DataFrame, MARKET_SIDES]

MARKET_PAIRS = columns.schema(
    "market_pairs",
    __name__,
    MARKET_SIDES["place"],
    MARKET_SIDES["other_place"],
    columns.duration("minutes", absent="times_absent"),
    columns.whole("judged", "number", least=0),
    columns.whole("strong", "number", least=0),
    columns.whole("weak", "number", least=0),
    columns.code("conclusion", choices=("one_market", "mixed", "apart", "not_judged")),
)
MarketPairs = Annotated[pl.DataFrame, MARKET_PAIRS]

MARKET_STATE = columns.schema(
    "market_state",
    __name__,
    columns.code("kind", key=True, choices=KINDS),
    MARKET_SIDES["side"],
    columns.whole("pairs", "number", least=1),
    columns.whole("judged", "number", least=0),
    columns.whole("strong", "number", least=0),
    columns.whole("weak", "number", least=0),
    columns.code("conclusion", choices=("one_market", "parts", "several", "too_little")),
)
MarketState = Annotated[pl.DataFrame, MARKET_STATE]


class Compared(NamedTuple):
    """The nodes and counties that are paired, and the municipality of each node."""

    places: Places
    nodes: Nodes


class Signs(NamedTuple):
    """What shows one market: commuting against what is expected, where one can study, and house prices."""

    node_pairs: NodePairs
    county_pairs: CountyPairs
    campus_times: CampusTimes
    students: Students
    population_yearly: PopulationYearly
    housing: Housing
    county_house_prices: CountyHousePrices


def market_sides(
    compared: Compared,
    signs: Signs,
    *,
    limit_minutes: float = 60.0,
    strong_overlap: float = 0.5,
    weak_overlap: float = 0.1,
) -> MarketSides:
    """Every two nodes and every two counties by work, education, homes and moves.

    Parameters
    ----------
    compared : a node's municipality stands for it in work and homes.
    signs : for work, commuting divided by what is expected, with the verdict given there; for education, of
        the study places that either reaches, the share that both do; for homes, how the yearly changes of
        house prices move together, the country's left out.
    limit_minutes : minutes within which an institution is reached.
    strong_overlap : the share of study places in common from which a pair is strong.
    weak_overlap : the share below which it is weak.

    Raises
    ------
    DataError
        A price is zero.

    Notes
    -----
    Who moves between which places is not published, so moves are a row without a value.
    """
    pairs = _pairs(compared)
    homes = _homes(pairs, compared.nodes, signs)
    found = pl.concat([_work(signs), _education(pairs, signs, limit_minutes), homes])
    overlap = pl.col("side") == "education"
    shared = (
        pl.when(pl.col("value") >= strong_overlap)
        .then(pl.lit("strong"))
        .when(pl.col("value") < weak_overlap)
        .then(pl.lit("weak"))
        .otherwise(pl.lit("partly"))
    )
    every = pairs.select("place", "other_place").join(pl.DataFrame({"side": SIDES}), how="cross")
    known = pl.col("value").is_not_null()
    return (
        every.join(found, on=["place", "other_place", "side"], how="left")
        .with_columns(verdict=pl.when(overlap & known).then(shared).otherwise("verdict"))
        .with_columns(
            value_absent=pl.when(~known).then(pl.lit("missing")),
            verdict_absent=pl.when(pl.col("verdict").is_null()).then(pl.lit("missing")),
            basis=pl.col("basis").fill_null("estimated"),
        )
        .select(column.name for column in MARKET_SIDES.columns)
        .sort("place", "other_place", pl.col("side").replace_strict(SIDES, range(len(SIDES))))
    )


def market_pairs(market_sides: MarketSides, access_nodes: AccessNodes, places: Places) -> MarketPairs:
    """What the sides of each pair say together, beside the travel time.

    A pair is one market where two or more sides are strong and none is weak, apart where two or more are weak
    and none is strong, and not judged where fewer than two sides are.

    Parameters
    ----------
    market_sides : each pair by side.
    access_nodes : typical minutes of the morning, the mean of both directions; between counties those
        between their two nearest nodes.
    places : the county of each node.
    """
    judged, strong, weak = (
        (pl.col("verdict").is_not_null()).sum(),
        (pl.col("verdict") == "strong").sum(),
        (pl.col("verdict") == "weak").sum(),
    )
    conclusion = (
        pl.when(pl.col("judged") < 2)
        .then(pl.lit("not_judged"))
        .when((pl.col("strong") >= 2) & (pl.col("weak") == 0))
        .then(pl.lit("one_market"))
        .when((pl.col("weak") >= 2) & (pl.col("strong") == 0))
        .then(pl.lit("apart"))
        .otherwise(pl.lit("mixed"))
    )
    whole = {"judged": judged, "strong": strong, "weak": weak}
    return (
        market_sides.group_by("place", "other_place")
        .agg(**{name: value.cast(pl.Int64) for name, value in whole.items()}, basis=weakest())
        .join(_minutes(access_nodes, places), on=["place", "other_place"], how="left")
        .with_columns(
            conclusion=conclusion,
            times_absent=pl.when(pl.col("minutes").is_null()).then(pl.lit("missing")),
        )
        .select(column.name for column in MARKET_PAIRS.columns)
        .sort("place", "other_place")
    )


def market_state(
    market_sides: MarketSides,
    places: Places,
    *,
    least_judged: float = 0.5,
    least_strong: float = 0.5,
    most_weak: float = 0.1,
) -> MarketState:
    """Whether the nodes, and the counties, are one market by each side.

    Parameters
    ----------
    market_sides : each pair by side.
    places : which are nodes and which counties.
    least_judged : share of the pairs that must be judged for anything to be said.
    least_strong : share of the judged pairs that must be strong where the whole is one market.
    most_weak : share of them that may be weak there. The whole is several markets where more pairs are weak
        than strong, and else one in parts.
    """
    verdict = pl.col("verdict")
    counts = (
        market_sides.join(places.select("place", "kind"), on="place")
        .group_by("kind", "side")
        .agg(
            pairs=pl.len().cast(pl.Int64),
            judged=verdict.is_not_null().sum().cast(pl.Int64),
            strong=(verdict == "strong").sum().cast(pl.Int64),
            weak=(verdict == "weak").sum().cast(pl.Int64),
            basis=weakest(),
        )
    )
    conclusion = (
        pl.when(pl.col("judged") < least_judged * pl.col("pairs"))
        .then(pl.lit("too_little"))
        .when(
            (pl.col("strong") >= least_strong * pl.col("judged"))
            & (pl.col("weak") <= most_weak * pl.col("judged"))
        )
        .then(pl.lit("one_market"))
        .when(pl.col("weak") > pl.col("strong"))
        .then(pl.lit("several"))
        .otherwise(pl.lit("parts"))
    )
    return (
        counts.with_columns(conclusion=conclusion)
        .select(column.name for column in MARKET_STATE.columns)
        .sort("kind", pl.col("side").replace_strict(SIDES, range(len(SIDES))))
    )


def _pairs(compared: Compared) -> pl.DataFrame:
    """Every two nodes in different municipalities, and every two counties, in order of code."""
    home = dict(compared.nodes.select("node", "municipality").iter_rows())
    rows = []
    for kind in KINDS:
        codes = compared.places.filter(kind=kind)["place"].sort().to_list()
        for one, two in itertools.combinations(codes, 2):
            if kind == "county" or home[one] != home[two]:
                rows.append((kind, one, two))
    return pl.DataFrame(rows, schema={"kind": str, "place": str, "other_place": str}, orient="row")


def _work(signs: Signs) -> pl.DataFrame:
    """The latest year's commuting against what is expected."""
    nodes, counties = (
        table.filter(pl.col("year") == pl.col("year").max())
        for table in (signs.node_pairs, signs.county_pairs)
    )
    between = (pl.col("ratio_low") * pl.col("ratio_high")).sqrt()
    names = ["place", "other_place", "side", "year", "value", "value_low", "value_high", "verdict", "basis"]
    ends = nodes.with_columns(
        place="one",
        other_place="two",
        value="ratio",
        value_low=pl.lit(None, pl.Float64),
        value_high=pl.lit(None, pl.Float64),
    )
    other = counties.with_columns(
        place="county",
        other_place="other_county",
        value=between,
        value_low="ratio_low",
        value_high="ratio_high",
    )
    return pl.concat([part.with_columns(side=pl.lit("work")).select(names) for part in (ends, other)])


def _education(pairs: pl.DataFrame, signs: Signs, limit: float) -> pl.DataFrame:
    """How much of the study places that either of two reaches both reach."""
    latest = signs.students.filter(pl.col("academic_year") == pl.col("academic_year").max())
    size = latest["enrolled"].to_numpy().astype(np.float64)
    year = int(str(latest["academic_year"][0])[:4])
    institutions = latest["institution"].to_list()
    within = signs.campus_times.filter(pl.col("minutes") <= limit)
    reached = {
        kind: {
            code: np.isin(institutions, found).astype(np.float64)
            for code, found in within.filter(kind=kind).group_by("code").agg("institution").iter_rows()
        }
        for kind in ("node", "municipality")
    }
    shares = reached["node"] | _of_counties(reached["municipality"], signs.population_yearly)
    none = np.zeros(len(size))
    known = max(["estimated", *signs.campus_times["basis"].unique()], key=BASES.index)
    rows = [
        (one, two, year, synchrony.overlap(size, shares.get(one, none), shares.get(two, none)))
        for one, two in pairs.select("place", "other_place").iter_rows()
    ]
    return _sided("education", rows, known)


def _of_counties(reached: dict[str, Floats], population: pl.DataFrame) -> dict[str, Floats]:
    """The share of each county's residents whose municipality reaches each institution."""
    latest = population.filter(pl.col("year") == pl.col("year").max())
    people = dict(latest.select("municipality", "persons").iter_rows())
    whole: dict[str, float] = {}
    for code, persons in people.items():
        whole[code[:2]] = whole.get(code[:2], 0.0) + persons
    found: dict[str, Floats] = {}
    for code, share in reached.items():
        county = code[:2]
        found[county] = found.get(county, 0.0 * share) + share * people[code] / whole[county]
    return found


def _homes(pairs: pl.DataFrame, nodes: pl.DataFrame, signs: Signs) -> pl.DataFrame:
    """How the yearly changes of house prices move together, the median of the country left out."""
    municipal, year = _changes(signs.housing, "municipality", "house_price_sek")
    series, county_year = _changes(signs.county_house_prices, "county", "house_price_index_1990")
    for node, municipality in nodes.select("node", "municipality").iter_rows():
        if municipality in municipal:
            series[node] = municipal[municipality]
    known = pairs.filter(pl.col("place").is_in(list(series)), pl.col("other_place").is_in(list(series)))
    rows = []
    for kind, one, two in known.iter_rows():
        found = synchrony.correlation(series[one], series[two])
        rows.append((one, two, year if kind == "node" else county_year, found.value, found.low, found.high))
    sided = _sided("homes", rows, "observed")
    verdict = (
        pl.when(pl.col("value_low") > 0)
        .then(pl.lit("strong"))
        .when(pl.col("value_high") < 0)
        .then(pl.lit("weak"))
        .when(pl.col("value").is_not_null())
        .then(pl.lit("as_expected"))
    )
    return sided.with_columns(verdict=verdict)


def _changes(table: pl.DataFrame, by: str, column: str) -> tuple[dict[str, Floats], int]:
    """Each place's changes beyond those of all, and the last year."""
    wide = table.pivot(on="year", index=by, values=column, sort_columns=True).sort(by)
    years = sorted(int(name) for name in wide.columns if name != by)
    levels = wide.select(str(year) for year in years).to_numpy().astype(np.float64)
    try:
        changes = synchrony.beyond_common(levels)
    except ValueError as error:
        raise DataError(f"{column}: {error}; a price of nothing is missing, so leave its row out") from None
    return dict(zip(wide[by], changes, strict=True)), years[-1]


def _sided(side: str, rows: Sequence[tuple[object, ...]], basis: str) -> pl.DataFrame:
    """Rows of one side without a verdict; what is not a number is null."""
    types = {"place": pl.String, "other_place": pl.String, "year": pl.Int64}
    numbers = ("value", "value_low", "value_high")
    filled = [(*row, *[None] * (6 - len(row))) for row in rows]
    frame = pl.DataFrame(filled, schema=types | dict.fromkeys(numbers, pl.Float64), orient="row")
    return frame.with_columns(pl.col(numbers).fill_nan(None)).select(
        "place",
        "other_place",
        pl.lit(side).alias("side"),
        "year",
        *numbers,
        pl.lit(None, pl.String).alias("verdict"),
        pl.lit(basis).alias("basis"),
    )


def _minutes(access_nodes: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Minutes between every two nodes and every two counties, in order of code."""
    typical = access_nodes.filter(period="morning", way="depart_at").drop_nulls("typical")
    county = places.filter(kind="node").select("place", "county")
    first, second = pl.min_horizontal("origin", "destination"), pl.max_horizontal("origin", "destination")
    nodes = typical.group_by(place=first, other_place=second).agg(minutes=pl.col("typical").mean())
    one, two = (
        county.rename({"place": name, "county": f"{name}_county"}) for name in ("place", "other_place")
    )
    apart = nodes.join(one, on="place").join(two, on="other_place")
    ends = (pl.col("place_county"), pl.col("other_place_county"))
    counties = (
        apart.filter(ends[0] != ends[1])
        .group_by(place=pl.min_horizontal(*ends), other_place=pl.max_horizontal(*ends))
        .agg(pl.col("minutes").min())
    )
    return pl.concat([nodes, counties])
