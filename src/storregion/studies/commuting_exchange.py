"""Commuting between the group's municipalities and all others: out, in, and the difference."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.table import weaker, weakest
from storregion.facts.places import Places
from storregion.facts.work import CELLS, SEX_OR_TOTAL, Commuting

COMMUTING_EXCHANGE = columns.schema(
    "commuting_exchange",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.municipality(key=True),
    columns.code("other", key=True, refers=("municipalities", "municipality")),
    columns.code("sex", key=True, choices=SEX_OR_TOTAL),
    columns.number("outward", "commuters", least=0.0),
    columns.number("inward", "commuters", least=0.0),
    columns.number("net", "commuters"),
    columns.code("cell_out", choices=CELLS),
    columns.code("cell_in", choices=CELLS),
)
CommutingExchange = Annotated[pl.DataFrame, COMMUTING_EXCHANGE]

COMMUTING_BALANCE = columns.schema(
    "commuting_balance",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.municipality(key=True),
    columns.code("sex", key=True, choices=SEX_OR_TOTAL),
    columns.number("outward", "commuters", least=0.0),
    columns.number("inward", "commuters", least=0.0),
    columns.number("net", "commuters"),
)
CommutingBalance = Annotated[pl.DataFrame, COMMUTING_BALANCE]

_KEY = ["year", "municipality", "other", "sex"]


def commuting_exchange(
    commuting: Commuting, places: Places, *, least_persons: float = 5.0
) -> CommutingExchange:
    """Commuting each way between a municipality of the group and every other one.

    Parameters
    ----------
    commuting : persons by home, work, year and sex, of the whole country.
    places : the municipalities of the group.
    least_persons : pairs with fewer commuters than this in both directions have no row.
    """
    pairs = _both_ways(commuting, places)
    large = (pl.col("outward") >= least_persons) | (pl.col("inward") >= least_persons)
    return pairs.filter(large).select([column.name for column in COMMUTING_EXCHANGE.columns]).sort(_KEY)


def commuting_balance(commuting: Commuting, places: Places) -> CommutingBalance:
    """Commuting out of and into each municipality of the group over its border, in all.

    Parameters
    ----------
    commuting : persons by home, work, year and sex, of the whole country.
    places : the municipalities of the group.
    """
    key = ["year", "municipality", "sex"]
    sums = [pl.col(name).sum() for name in ("outward", "inward")]
    found = _both_ways(commuting, places).group_by(key, maintain_order=True).agg(*sums, weakest())
    return (
        found.with_columns(net=pl.col("inward") - pl.col("outward"))
        .select([column.name for column in COMMUTING_BALANCE.columns])
        .sort(key)
    )


def _both_ways(commuting: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Every pair that has commuters in a direction, with both; one that an observed year omits has none."""
    ours = places.filter(pl.col("kind") == "municipality")["place"]
    apart = commuting.filter(pl.col("home") != pl.col("work"))
    ways = {
        "outward": ("home", "work", "cell_out", "basis_out"),
        "inward": ("work", "home", "cell_in", "basis_in"),
    }
    found = [
        apart.filter(pl.col(here).is_in(ours.implode())).select(
            "year", "sex", municipality=here, other=there, **{way: "persons", cell: "cell", basis: "basis"}
        )
        for way, (here, there, cell, basis) in ways.items()
    ]
    both = found[0].join(found[1], on=_KEY, how="full", coalesce=True)
    return both.with_columns(
        pl.col("outward", "inward").fill_null(0.0),
        pl.col("cell_out", "cell_in").fill_null("observed"),
        basis=weaker("basis_out", "basis_in"),
    ).with_columns(net=pl.col("inward") - pl.col("outward"))
