"""Mean travel times to the nodes.

Title       Mean times to the nodes
Question    Which nodes are quickest to reach from all the others?
Method      For each node, the mean of the typical times from every other node that has a journey there, by
            period and by whether one leaves or arrives in it. Every node counts the same, whatever its size.
Reads       access_nodes
Limits      A node without a journey from some others is compared over fewer; how many are counted stands
            beside the mean. The mean says nothing of how many travel.

Titel       Medelrestider till noderna
Fråga       Vilka noder når man snabbast från alla andra?
Metod       För varje nod medelvärdet av de typiska restiderna från varje annan nod som har en resa dit, per
            period och efter om man reser eller kommer fram i den. Alla noder väger lika, oavsett storlek.
Läser       access_nodes
Gränser     En nod utan resa från några av de andra jämförs över färre; hur många som räknas står bredvid
            medelvärdet. Medelvärdet säger inget om hur många som reser.
"""

from typing import Annotated

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column, Schema, absence, basis, weakest
from storregion.studies.accessibility import ACCESS_NODES, AccessNodes

MEAN_TIMES = Schema(
    "mean_times",
    Text("Medelrestid till varje nod", "Mean time to each node"),
    Text(
        "Medelvärdet av typisk restid från de andra noderna, per period och riktning i tiden.",
        "The mean of the typical time from the other nodes, by period, leaving or arriving in it.",
    ),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nod", "Node"),
            Text("Noden som nås.", "The node that is reached."),
            key=True,
            refers=("nodes", "node"),
        ),
        ACCESS_NODES["period"],
        ACCESS_NODES["way"],
        Column(
            "minutes",
            pl.Float64,
            "minutes",
            Text("Medelrestid", "Mean time"),
            Text(
                "Medelvärde av typisk restid från de noder som har en resa hit.",
                "Mean of the typical time from the nodes that have a journey here.",
            ),
            least=0.0,
            absent="times_absent",
        ),
        absence("times_absent", Text("medelrestid", "mean time")),
        Column(
            "counted_nodes",
            pl.Int64,
            "nodes",
            Text("Räknade noder", "Nodes counted"),
            Text("De andra noder som har en resa hit.", "The other nodes that have a journey here."),
            least=0,
        ),
        basis(),
    ),
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
