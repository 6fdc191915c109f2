"""Mean travel times to the nodes."""

from typing import Annotated

import polars as pl

from storregion.core import columns
from storregion.core.table import weakest
from storregion.studies.travel_times import ACCESS_NODES, AccessNodes

MEAN_TIMES = columns.schema(
    "mean_times",
    __name__,
    columns.node(),
    ACCESS_NODES["period"],
    ACCESS_NODES["way"],
    columns.duration("minutes", absent="times_absent"),
    columns.whole("counted_nodes", "nodes", least=0),
)
MeanTimes = Annotated[pl.DataFrame, MEAN_TIMES]


def mean_times(access_nodes: AccessNodes) -> MeanTimes:
    """The mean of the typical times to each node from the others.

    Parameters
    ----------
    access_nodes : times between nodes.
    """
    typical = pl.col("typical")
    return (
        access_nodes.rename({"destination": "node"})
        .group_by("node", "period", "way", maintain_order=True)
        .agg(
            minutes=typical.mean(),
            times_absent=pl.when(typical.count() == 0).then(pl.col("times_absent").drop_nulls().first()),
            counted_nodes=typical.count().cast(pl.Int64),
            basis=weakest(),
        )
        .sort("node", "period", "way")
    )
