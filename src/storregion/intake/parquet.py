"""A Parquet file as a grid of words."""

import io
from dataclasses import replace
from pathlib import Path

import polars as pl

from storregion.core.errors import DataError
from storregion.intake.grid import Form, Grid, laid_out, read_bytes, within


def read_parquet(path: Path) -> Grid:
    """Read a Parquet file; its first row of values counts as row 1, since it has no header row.

    Raises
    ------
    DataError
        The file is damaged or too large, or a column holds anything but words, numbers and dates.
    """
    raw = io.BytesIO(read_bytes(path))
    try:
        schema = pl.read_parquet_schema(raw)
        raw.seek(0)
        within(path, pl.scan_parquet(raw).select(pl.len()).collect().item() * len(schema))
        raw.seek(0)
        frame = pl.read_parquet(raw)
    except pl.exceptions.PolarsError as error:
        raise DataError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    if nested := [name for name, dtype in schema.items() if dtype.is_nested() or dtype == pl.Binary]:
        raise DataError(f"{path}: the columns {nested} hold neither words nor numbers; leave them out")
    cells = frame.select(pl.all().cast(pl.String))
    cells.columns = [str(number) for number in range(cells.width)]
    rows = pl.int_range(1, frame.height + 1, eager=True)
    return replace(laid_out([list(schema)], [0], cells, rows, Form()), header_rows=())
