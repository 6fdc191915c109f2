"""How far the group is one market for work, education and homes: pairs of nodes and pairs of counties."""

import itertools
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest, weakest_of
from storregion.facts.demography import MovesKnown, PopulationYearly
from storregion.facts.education import Students
from storregion.facts.flows import by_year, sites
from storregion.facts.housing import CountyHousePrices, Housing, levels
from storregion.facts.places import MunicipalityPoints, Nodes, Places
from storregion.kernels import gravity, synchrony
from storregion.kernels.balance import NoBalanceError
from storregion.studies.county_exchange import VERDICTS as VERDICT_OF
from storregion.studies.county_exchange import CountyPairs
from storregion.studies.education import CampusTimes
from storregion.studies.interaction import NodePairs
from storregion.studies.travel_times import AccessNodes

Floats = NDArray[np.float64]
SIDES = ("work", "education", "homes", "moves")
VERDICTS = ("strong", "as_expected", "partly", "weak")
KINDS = ("node", "county")
_MOVE_ENDS = ("moved_from", "moved_to")
_NAMES = ("place", "other_place", "side", "year", "value", "value_low", "value_high", "verdict", "basis")

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

MARKET_MOVES = columns.schema(
    "market_moves",
    __name__,
    MARKET_SIDES["place"],
    MARKET_SIDES["other_place"],
    columns.whole("year", "year"),
    columns.whole("moved", "persons", least=0),
    columns.number("moved_expected_low", "persons", least=0.0),
    columns.number("moved_expected_high", "persons", least=0.0),
    columns.number("ratio_low", "ratio", least=0.0),
    columns.number("ratio_high", "ratio", least=0.0),
    columns.code("verdict", choices=VERDICTS, absent="verdict_absent"),
)
MarketMoves = Annotated[pl.DataFrame, MARKET_MOVES]

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
    """What shows one market: commuting and moves against the expected, where one can study, house prices."""

    node_pairs: NodePairs
    county_pairs: CountyPairs
    campus_times: CampusTimes
    students: Students
    population_yearly: PopulationYearly
    housing: Housing
    county_house_prices: CountyHousePrices
    market_moves: MarketMoves


class Ground(NamedTuple):
    """Where the country's municipalities lie, and how many live in them."""

    municipality_points: MunicipalityPoints
    population_yearly: PopulationYearly


def market_moves(
    compared: Compared,
    moves_known: MovesKnown,
    ground: Ground,
    *,
    weak_ratio: float = 0.67,
    least_moves: float = 50.0,
) -> MarketMoves:
    """The latest year's observed moves of every pair against what size and distance give.

    Parameters
    ----------
    compared : the nodes and counties; a node's municipality stands for it.
    moves_known : moves that were read in. Those between counties judge counties alone, those between
        municipalities nodes too; without those of the whole country, no rows.
    ground : for the distances.
    weak_ratio : share of the expected moves below which a pair is weak, and whose inverse it is strong above.
    least_moves : a pair for which fewer moves are expected is not judged: chance alone would decide.

    Raises
    ------
    DataError
        No model fits the moves.
    """
    latest = moves_known.filter(pl.col("year") == pl.col("year").max())
    counties = [pl.col(name).str.head(2) for name in _MOVE_ENDS]
    across = latest.filter(counties[0] != counties[1])
    summed = across.group_by(*counties, "year", "basis", maintain_order=True).agg(pl.col("persons").sum())
    home = dict(compared.nodes.select("node", "municipality").iter_rows())
    chosen = _pairs(compared).with_columns(
        one=pl.col("place").replace(home), two=pl.col("other_place").replace(home)
    )
    enough = pl.col("moved_expected_low") >= least_moves
    reason = pl.when(~enough | pl.col("verdict").is_null()).then(pl.lit("not_applicable"))
    return (
        pl.concat(
            _against_distance(rows, chosen.filter(kind=kind), ground, weak_ratio)
            for kind, rows in (("county", summed), ("node", latest))
        )
        .with_columns(verdict=pl.when(enough).then("verdict"), verdict_absent=reason)
        .select(column.name for column in MARKET_MOVES.columns)
    )


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
        house prices move together, the country's left out; for moves, those observed divided by what is
        expected.
    limit_minutes : minutes within which an institution is reached.
    strong_overlap : the share of study places in common from which a pair is strong.
    weak_overlap : the share below which it is weak.

    Raises
    ------
    DataError
        A price is zero.

    Notes
    -----
    Where moves between places have only been estimated they are a row without a value: the estimate is made
    from distance, so a model of distance cannot judge it.
    """
    apart = _pairs(compared)
    homes = _homes(apart, compared.nodes, signs)
    moves = _ratios("moves", signs.market_moves)
    found = pl.concat([_work(signs), _education(apart, signs, limit_minutes), homes, moves])
    overlap = pl.col("side") == "education"
    shared = (
        pl.when(pl.col("value") >= strong_overlap)
        .then(pl.lit("strong"))
        .when(pl.col("value") < weak_overlap)
        .then(pl.lit("weak"))
        .otherwise(pl.lit("partly"))
    )
    every = apart.select("place", "other_place").join(pl.DataFrame({"side": SIDES}), how="cross")
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
        market_sides.group_by("place", "other_place", maintain_order=True)
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
        .group_by("kind", "side", maintain_order=True)
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
    ends = nodes.with_columns(
        place="one",
        other_place="two",
        value="ratio",
        value_low=pl.lit(None, pl.Float64),
        value_high=pl.lit(None, pl.Float64),
    )
    other = counties.rename({"county": "place", "other_county": "other_place"})
    return pl.concat([ends.with_columns(side=pl.lit("work")).select(_NAMES), _ratios("work", other)])


def _against_distance(
    moves: pl.DataFrame, chosen: pl.DataFrame, ground: Ground, weak_ratio: float
) -> pl.DataFrame:
    """The pairs of one kind against the model of the whole country; none unless all of it is there."""
    by_county = chosen["kind"].first() == "county"
    every = set(ground.municipality_points["municipality"].str.head(2 if by_county else 4))
    if moves.is_empty() or any(set(moves[end]) != every for end in _MOVE_ENDS):
        return pl.DataFrame(schema={column.name: column.dtype for column in MARKET_MOVES.columns})
    (flows,) = by_year(moves, _MOVE_ENDS)
    digits = 2 if by_county else 4
    distance = gravity.harmonic(*sites(flows.year, *ground, digits=digits))
    ends = [chosen[name].replace_strict(flows.codes, range(len(flows.codes))) for name in ("one", "two")]
    try:
        found = gravity.judged(flows.persons, distance, np.column_stack(ends).astype(np.int64), weak_ratio)
    except NoBalanceError as error:
        raise DataError(f"moves {flows.year} have no gravity model: {error}") from None
    both = found.there + found.back
    moved = ground.municipality_points.filter(basis="assumed")
    return chosen.select(
        "place",
        "other_place",
        pl.lit(flows.year, pl.Int64).alias("year"),
        moved=pl.Series(both.astype(np.int64)),
        moved_expected_low=pl.Series(found.low),
        moved_expected_high=pl.Series(found.high),
        ratio_low=pl.Series(both / found.high),
        ratio_high=pl.Series(both / found.low),
        verdict=pl.Series([VERDICT_OF.get(one) for one in found.strength], dtype=pl.String),
        verdict_absent=pl.lit(None, pl.String),
        basis=pl.lit(weakest_of(flows.basis, moved, ground.population_yearly)),
    )


def _ratios(side: str, found: pl.DataFrame) -> pl.DataFrame:
    """Pairs by how many times more than expected there are, between what the two forms of the model say."""
    return found.with_columns(
        side=pl.lit(side),
        value=(pl.col("ratio_low") * pl.col("ratio_high")).sqrt(),
        value_low="ratio_low",
        value_high="ratio_high",
    ).select(_NAMES)


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
            for code, found in within.filter(kind=kind)
            .group_by("code", maintain_order=True)
            .agg("institution")
            .iter_rows()
        }
        for kind in ("node", "municipality")
    }
    shares = reached["node"] | _of_counties(reached["municipality"], signs.population_yearly)
    none = np.zeros(len(size))
    known = weakest_of("estimated", signs.campus_times, signs.students)
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
    sided = _sided("homes", rows, weakest_of("observed", signs.housing, signs.county_house_prices))
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
    known = levels(table, by, column)
    net = synchrony.beyond_common(synchrony.relative(known.prices))
    return dict(zip(known.places, net, strict=True)), known.last


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
    nodes = typical.group_by(place=first, other_place=second, maintain_order=True).agg(
        minutes=pl.col("typical").mean()
    )
    one, two = (
        county.rename({"place": name, "county": f"{name}_county"}) for name in ("place", "other_place")
    )
    apart = nodes.join(one, on="place").join(two, on="other_place")
    ends = (pl.col("place_county"), pl.col("other_place_county"))
    counties = (
        apart.filter(ends[0] != ends[1])
        .group_by(place=pl.min_horizontal(*ends), other_place=pl.max_horizontal(*ends), maintain_order=True)
        .agg(pl.col("minutes").min())
    )
    return pl.concat([nodes, counties])
