"""How most sources read their files: rows by municipality or county, as observed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from storregion.core import figurefile
from storregion.core.group import RegionGroup
from storregion.core.table import Schema

OBSERVED = pl.lit("observed").alias("basis")
_TABLES = {"county": "counties", "municipality": "municipalities"}


def observed(
    raw: Path, schema: Schema, places: pl.DataFrame | None = None, group: RegionGroup | None = None
) -> pl.DataFrame:
    """The rows of a figure file as observed; an empty cell that may be empty is missing.

    Parameters
    ----------
    raw : the file.
    schema : the table; the file has neither its basis nor the reasons for absence.
    places : the municipalities or counties that the rows are of, where they are of any.
    group : names the country, which rows by county may be of too.

    Raises
    ------
    TableError
        The file has faults, each named.
    """
    reasons = {column.absent: column.name for column in schema.columns if column.absent}
    bare = [replace(column, absent=None, optional=column.absent is not None) for column in schema.columns]
    file = replace(schema, columns=tuple(bare)) if reasons else schema
    read = figurefile.read(raw, file, leave_out=("basis", *reasons), known=known(places, group))
    missing = pl.lit("missing")
    companions = [pl.when(pl.col(of).is_null()).then(missing).alias(name) for name, of in reasons.items()]
    return read.with_columns(*companions, OBSERVED)


def across(raw: Path, schema: Schema, key: str, values: Sequence[str], places: pl.DataFrame) -> pl.DataFrame:
    """The observed rows of a file that has a column for each value of one column of the key.

    Parameters
    ----------
    raw : the file.
    schema : the table; beside the key it has one column, whose values the file's columns hold.
    key : the column of the key whose values stand in the header.
    values : those values, as the header has them; of numbers the last may end in a plus.
    places : the municipalities or counties that the rows are of.
    """
    (counted,) = (column for column in schema.columns if not column.key and column.name != "basis")
    keys = [column for column in schema.columns if column.key and column.name != key]
    wide = replace(schema, columns=(*keys, *(replace(counted, name=value) for value in values)))
    read = figurefile.read(raw, wide, known=known(places))
    names = [column.name for column in keys]
    long = read.unpivot(index=names, on=list(values), variable_name=key, value_name=counted.name)
    if schema[key].numeric:
        long = long.with_columns(pl.col(key).str.strip_suffix("+").cast(schema[key].dtype))
    return long.with_columns(OBSERVED)


def known(
    places: pl.DataFrame | None, group: RegionGroup | None = None
) -> Mapping[tuple[str, str], pl.Series]:
    """The codes that rows may be of, by the table and column that they refer to.

    Parameters
    ----------
    places : the municipalities or counties, or nothing.
    group : names the country, where rows may be of it too.
    """
    if places is None:
        return {}
    name = places.columns[0]
    codes = places[name]
    if group is None:
        return {(_TABLES[name], name): codes}
    country = pl.Series([group.country.code] if group.country else [], dtype=pl.String)
    return {(f"{_TABLES[name]} and country", name): pl.concat([codes, country])}
