"""Labour markets to come: which municipalities form one market for work when people and jobs change."""

from typing import Annotated

import msgspec
import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest, weakest_of
from storregion.facts.work import matrices
from storregion.studies.employment_flows import EmploymentFlows
from storregion.studies.labour_markets import CentreRule

LABOUR_MARKETS_AHEAD = columns.schema(
    "labour_markets_ahead",
    __name__,
    columns.year(),
    columns.code("municipality", key=True, pattern=columns.MUNICIPALITY),
    columns.code("centre", pattern=columns.MUNICIPALITY),
    columns.share("out_share"),
    columns.code("moved", choices=("yes", "no")),
)
LabourMarketsAhead = Annotated[pl.DataFrame, LABOUR_MARKETS_AHEAD]

LABOUR_MARKET_COUNT = columns.schema(
    "labour_market_count",
    __name__,
    columns.year(),
    columns.whole("areas", "areas", least=1),
    columns.whole("changed", "municipalities", least=0),
)
LabourMarketCount = Annotated[pl.DataFrame, LABOUR_MARKET_COUNT]


def labour_markets_ahead(
    employment_flows: EmploymentFlows,
    *,
    la: CentreRule = CentreRule(),  # noqa: B008 - frozen
) -> LabourMarketsAhead:
    """The area of every municipality at the start and in the years ahead, all by the same flows and rule.

    Parameters
    ----------
    employment_flows : who lives where and works where, by year.
    la : when a municipality is a centre; as for `labour_markets`.

    Raises
    ------
    DataError
        The parameters of the rule are impossible.
    """
    from storregion.kernels import markets

    parts = []
    flows = employment_flows.with_columns(sex=pl.lit("total"), cell=pl.lit("spread"))
    for one in matrices(flows):
        try:
            shares = markets.shares(one.persons)
            centre = markets.centres(*shares, **msgspec.structs.asdict(la))
        except markets.NotFlowsError as error:
            raise DataError(f"labour markets of {one.year} cannot be formed: {error}") from None
        names = pl.Series(one.codes)
        parts.append(
            pl.DataFrame(
                {"municipality": names, "centre": names.gather(centre), "out_share": shares[0]}
            ).select(pl.lit(one.year, pl.Int64).alias("year"), "municipality", "centre", "out_share")
        )
    known = weakest_of("estimated", employment_flows)
    first = pl.col("centre").sort_by("year").first().over("municipality")
    moved = pl.when(pl.col("centre") == first).then(pl.lit("no")).otherwise(pl.lit("yes"))
    return pl.concat(parts).sort("year", "municipality").with_columns(moved=moved, basis=pl.lit(known))


def labour_market_count(labour_markets_ahead: LabourMarketsAhead) -> LabourMarketCount:
    """How many areas the country has in each year, and how many municipalities are in another than at first.

    Parameters
    ----------
    labour_markets_ahead : the area of every municipality.
    """
    return (
        labour_markets_ahead.group_by("year", maintain_order=True)
        .agg(
            areas=pl.col("centre").n_unique().cast(pl.Int64),
            changed=(pl.col("moved") == "yes").sum().cast(pl.Int64),
            basis=weakest(),
        )
        .sort("year")
    )
