"""Which places are most part of the common market, with weights that a reader may choose."""

from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest
from storregion.facts.places import Nodes, Places
from storregion.kernels import ranks
from storregion.studies.county_exchange import CountyExchange
from storregion.studies.integration import KINDS, MarketPairs, MarketSides
from storregion.studies.nodes import NodeFlows, NodeRoles

SCORED = ("work", "education", "homes", "travel")

MARKET_SCORES = columns.schema(
    "market_scores",
    __name__,
    columns.place(),
    columns.code("side", key=True, choices=SCORED),
    columns.number("value", "ratio"),
    columns.share("score"),
)
MarketScores = Annotated[pl.DataFrame, MARKET_SCORES]

MARKET_RANKING = columns.schema(
    "market_ranking",
    __name__,
    columns.place(),
    columns.code("kind", choices=KINDS),
    columns.whole("rank", "number", least=1),
    columns.share("score"),
    columns.share("kept_share"),
    columns.whole("rank_low", "number", least=1),
    columns.whole("rank_high", "number", least=1),
)
MarketRanking = Annotated[pl.DataFrame, MARKET_RANKING]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each side counts; only the proportions matter."""

    work: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    education: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    homes: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    travel: Annotated[float, msgspec.Meta(ge=0)] = 1.0


class Links(NamedTuple):
    """Commuting between nodes and between counties, for the scores of work."""

    nodes: Nodes
    node_flows: NodeFlows
    node_roles: NodeRoles
    county_exchange: CountyExchange


def market_scores(
    market_sides: MarketSides,
    market_pairs: MarketPairs,
    links: Links,
    places: Places,
    *,
    limit_minutes: float = 60.0,
) -> MarketScores:
    """Each node and county by side: its value, and its place among those of its kind.

    Parameters
    ----------
    market_sides : pairs; the mean over a place's pairs is its value of education and of homes.
    market_pairs : minutes; the share of the other places within the limit is its value of travel.
    links : commuters to and from the other places of its kind per employed resident are its value of work.
    places : which are nodes and which counties.
    limit_minutes : minutes within which a place is near.
    """
    means = (
        _both_ends(market_sides)
        .filter(pl.col("side").is_in(["education", "homes"]))
        .group_by("place", "side", maintain_order=True)
        .agg(value=pl.col("value").mean(), basis=weakest())
    )
    near = (pl.col("minutes") <= limit_minutes).fill_null(value=False).mean()
    travel = _both_ends(market_pairs).group_by("place", maintain_order=True).agg(value=near, basis=weakest())
    parts = [means, _work(links), travel.with_columns(side=pl.lit("travel"))]
    names = ["place", "side", "value", "basis"]
    rows = pl.concat([part.select(names) for part in parts]).drop_nulls("value")
    rows = rows.join(places.filter(pl.col("kind").is_in(KINDS)).select("place", "kind"), on="place")
    scored = []
    for _, found in rows.sort("place").group_by("kind", "side", maintain_order=True):
        score = pl.Series(ranks.percentiles(found["value"].to_numpy()), dtype=pl.Float64)
        scored.append(found.with_columns(score=score))
    none = pl.DataFrame(schema={column.name: column.dtype for column in MARKET_SCORES.columns})
    return pl.concat([none, *(part.select(none.columns) for part in scored)]).sort("place", "side")


def market_ranking(
    market_scores: MarketScores,
    places: Places,
    *,
    weights: Weights = Weights(),  # noqa: B008 - frozen
    draws: int = 2000,
    seed: int = 1,
) -> MarketRanking:
    """Nodes and counties in order of their weighted scores, and how far the order depends on the weights.

    Parameters
    ----------
    market_scores : each place by side; a place without a score of every side is left out.
    places : which are nodes and which counties.
    weights : how much each side counts.
    draws : how many weights are drawn at random to see whether a place keeps its rank.
    seed : of the draws; the same seed gives the same answer.

    Raises
    ------
    DataError
        All weights are zero.
    """
    weight = np.array([getattr(weights, side) for side in SCORED])
    if not weight.any():
        raise DataError("market_ranking.weights are all zero; give at least one side a weight above zero")
    kinds = places.select("place", "kind")
    wide = market_scores.pivot(on="side", index="place", values="score")
    none = pl.DataFrame(schema={column.name: column.dtype for column in MARKET_RANKING.columns})
    if set(SCORED) - set(wide.columns):
        return none
    known = market_scores.group_by("place", maintain_order=True).agg(weakest())
    rows = wide.drop_nulls().join(kinds, on="place").join(known, on="place").sort("place")
    parts = []
    for _, found in rows.group_by("kind", maintain_order=True):
        scores = found.select(SCORED).to_numpy()
        total = ranks.weighted(scores, weight)
        kept, low, high = ranks.stability(scores, weight, draws, seed)
        made = {"rank": ranks.ranks(total), "score": total, "kept_share": kept}
        part = found.with_columns(
            **{name: pl.Series(values) for name, values in made.items()},
            rank_low=pl.Series(low),
            rank_high=pl.Series(high),
        )
        parts.append(part.select(none.columns))
    return pl.concat([none, *parts]).sort("kind", "rank", "place")


def _both_ends(pairs: pl.DataFrame) -> pl.DataFrame:
    """Rows of pairs, once for each of the two places."""
    turned = pairs.rename({"place": "other_place", "other_place": "place"})
    return pl.concat([pairs, turned.select(pairs.columns)])


def _work(links: Links) -> pl.DataFrame:
    """Commuters to and from the other nodes, or the group's other counties, per employed resident."""
    latest = pl.col("year") == pl.col("year").max()
    # Two nodes in one municipality have the same commuters, who count once.
    home = links.nodes.select(destination="node", end="municipality")
    flows = (
        links.node_flows.filter(latest)
        .join(home, on="destination")
        .unique(["origin", "end"], maintain_order=True)
    )
    between = flows.group_by(place="origin", maintain_order=True).agg(
        both=pl.col("both_ways").sum(), basis=weakest()
    )
    residents = links.node_roles.filter(latest).select("residents", place="node")
    nodes = between.join(residents, on="place").with_columns(value=pl.col("both") / pl.col("residents"))
    counties = links.county_exchange.filter(latest).with_columns(
        value=(pl.col("to_group") + pl.col("from_group")) / pl.col("residents")
    )
    names = ["place", "value", "basis"]
    return pl.concat([nodes.select(names), counties.select(names)]).with_columns(side=pl.lit("work"))
