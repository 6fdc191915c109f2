"""What is written of every origin."""

from typing import Annotated

import polars as pl

from storregion.core import columns

LIMITS = (30, 45, 60, 90)
"""Minutes within which things are counted."""


CELL_REACH = columns.schema(
    "cell_reach",
    __name__,
    columns.code("origin", key=True),
    columns.number("east", "metres"),
    columns.number("north", "metres"),
    columns.whole("stops", "number", least=0),
    columns.number("residents_30", "persons", least=0.0),
    columns.whole("cells_30", "number", least=0),
    columns.number("fastest_30", "persons", least=0.0),
    columns.number("residents_45", "persons", least=0.0),
    columns.whole("cells_45", "number", least=0),
    columns.number("fastest_45", "persons", least=0.0),
    columns.number("residents_60", "persons", least=0.0),
    columns.whole("cells_60", "number", least=0),
    columns.number("fastest_60", "persons", least=0.0),
    columns.number("residents_90", "persons", least=0.0),
    columns.whole("cells_90", "number", least=0),
    columns.number("fastest_90", "persons", least=0.0),
    columns.code("node", absent="node_absent"),
    columns.duration("node_minutes", absent="node_absent"),
)
CellReach = Annotated[pl.DataFrame, CELL_REACH]
