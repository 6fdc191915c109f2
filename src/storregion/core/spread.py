"""The spread of a measure over many places: its median and quartiles, for any table and year."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from storregion.core.lineage import Figure
from storregion.core.table import weakest
from storregion.core.workspace import Workspace

LEAST = 5
"""Places with a value, below which there are no quartiles."""
STATISTICS = ("lower", "median", "upper")
_QUARTILES = dict(zip(STATISTICS, (0.25, 0.5, 0.75), strict=True))


@dataclass(frozen=True)
class Spread:
    """The quartiles of a column over some places. It gives figures, as a workspace does.

    Attributes
    ----------
    workspace : the group.
    table, column : the measure.
    by : the column of the table's key that holds the place.
    of : what the places are called together, such as their kind.
    places : their codes.
    fixed : the cells of the rest of the key, but for the year.
    """

    workspace: Workspace
    table: str
    column: str
    by: str
    of: str
    places: frozenset[str]
    fixed: Mapping[str, str | int] = field(default_factory=dict)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """A row a year that has enough values: quartiles, places with a value, and the weakest basis.

        Quartiles lie between the two nearest values, in proportion (method 7 of Hyndman and Fan 1996). A
        table without years has one row at most. What is absent counts in no quartile.
        """
        value, key = pl.col(self.column), self.workspace.schemas[self.table].key
        rows = self.workspace.table(self.table).filter(pl.col(self.by).is_in(self.places), **self.fixed)
        rows = rows.drop_nulls(self.column)
        quartiles = {name: value.quantile(part, "linear") for name, part in _QUARTILES.items()}
        years = pl.col("year") if "year" in key else pl.lit(None, pl.Int64).alias("year")
        made = rows.group_by(years, maintain_order=True).agg(
            **quartiles, places=pl.len().cast(pl.Int64), basis=weakest()
        )
        return made.filter(pl.col("places") >= LEAST).sort("year")

    def figures(self, year: int | None) -> dict[str, Figure]:
        """The quartiles of a year by name; none where too few places have a value.

        Parameters
        ----------
        year : None for a table without years.
        """
        rows = self.frame.filter(pl.col("year").eq_missing(pl.lit(year)))
        if rows.is_empty():
            return {}
        row = rows.row(0, named=True)
        unit, key = self.workspace.schemas[self.table][self.column].unit, self.workspace.key(self.table)
        where = (("of", self.of), *self.fixed.items(), *((("year", year),) if year is not None else ()))
        return {
            name: Figure(row[name], unit, self.table, f"{self.column}_{name}", where, key, row["basis"])
            for name in STATISTICS
        }
