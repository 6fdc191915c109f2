"""Two scenarios side by side: the cells of a table that differ, as A, B and B−A."""

import polars as pl

from storregion.core.table import Column, Schema
from storregion.core.workspace import Workspace


def compared(a: Workspace, b: Workspace, table: str) -> pl.DataFrame:
    """The cells of a table that differ between two scenarios.

    Parameters
    ----------
    a, b : the group opened with one scenario each.
    table : the table's name.

    Returns
    -------
    One row a differing cell: the table's key, `column`, `a`, `b` (as text, empty where absent) and
    `difference` (b − a; empty for words and where either is absent), and `basis_a`, `basis_b`.
    A row that only one of them has differs at least in its basis.
    Empty when both are the same table.
    """
    schema = a.steps[a.known(table)].schema
    both = a.table(table).join(
        b.table(table), on=schema.key, how="full", suffix="_b", coalesce=True, nulls_equal=True
    )
    values = [
        column
        for column in schema.columns
        if not column.key and column.name != "basis" and column.dtype != pl.Binary
    ]
    cells = [_differing(both, column, schema) for column in values]
    # Rows that differ in no value may still be there in one only, or be known in another way.
    listed = pl.concat([both.select(schema.key).clear(), *(part.select(schema.key) for part in cells)])
    rest = both.join(listed, on=schema.key, how="anti", nulls_equal=True)
    return pl.concat([*cells, _differing(rest, schema["basis"], schema)]).sort([*schema.key, "column"])


def _differing(both: pl.DataFrame, column: Column, schema: Schema) -> pl.DataFrame:
    one, two = pl.col(column.name), pl.col(f"{column.name}_b")
    change = (two - one).cast(pl.Float64) if column.numeric else pl.lit(None, pl.Float64)
    return both.filter(one.ne_missing(two)).select(
        *schema.key,
        pl.lit(column.name).alias("column"),
        one.cast(pl.String).alias("a"),
        two.cast(pl.String).alias("b"),
        change.alias("difference"),
        pl.col("basis").alias("basis_a"),
        pl.col("basis_b"),
    )
