"""Rows and matrices of a table as a notebook asks for them: by column, with what does not fit refused."""

from collections.abc import Mapping, Sequence

import polars as pl

from storregion.core.errors import CallError, nearest
from storregion.core.table import Column, Schema

Value = str | int | float
Where = Mapping[str, Value | Sequence[Value]]
MOST_LISTED = 12


def selected(schema: Schema, rows: pl.DataFrame, where: Where) -> pl.DataFrame:
    """The rows whose columns have the values asked for.

    Parameters
    ----------
    schema : of the table.
    rows : of the table.
    where : a value, or several of which one must hold, by column.

    Raises
    ------
    CallError
        A column does not exist, or holds another type; or no row of the table has a value.
    """
    chosen = []
    for name, wanted in where.items():
        values = [wanted] if isinstance(wanted, str | int | float) else list(wanted)
        for value in values:
            _there(schema, schema[name], rows, value)
        chosen.append(pl.col(name).is_in(values))
    return rows.filter(*chosen) if chosen else rows


def _there(schema: Schema, column: Column, rows: pl.DataFrame, value: Value) -> None:
    """Refuse a value that no row has: an empty answer would look like an answer."""
    if isinstance(value, str) != (column.dtype == pl.String) or isinstance(value, bool):
        raise CallError(f"{schema.name}.{column.name} holds {column.dtype}, so it is never {value!r}")
    known = rows[column.name].drop_nulls().unique().sort()
    if (known == value).any():
        return
    if known.is_empty():
        hint = "the column is empty"
    elif column.dtype == pl.String:
        hint = nearest(str(value), known)
    elif known.len() <= MOST_LISTED:
        hint = f"there is {', '.join(map(str, known))}"
    else:
        hint = f"the column goes from {known[0]} to {known[-1]}"
    raise CallError(f"no row of {schema.name!r} has {column.name}={value!r}; {hint}")


def matrix(schema: Schema, rows: pl.DataFrame, where: Where, column: str | None) -> pl.DataFrame:
    """One column as a matrix: the two columns of the key that are left open, one down and one across.

    Parameters
    ----------
    schema : of the table.
    rows : of the table.
    where : as in `selected`; every column of the key but two has one value.
    column : what stands in the cells; the table's only number when None.

    Returns
    -------
    The first open column of the key down, under its own name, and a column for each value of the second, both
    in order. A pair without a row is empty, which says neither zero nor why; so is a value that is absent.
    How each value is known is the matrix of the column `basis`.

    Raises
    ------
    CallError
        Not exactly two columns of the key are open, or the column is part of the key or not named.
    """
    measure, chosen = _measure(schema, column), selected(schema, rows, where)
    open_columns = [name for name in schema.key if not isinstance(where.get(name), str | int | float)]
    if len(open_columns) != 2:
        raise CallError(
            f"a matrix of {schema.name!r} leaves two columns of its key open, and {open_columns} are; "
            f"give one value for every other column of {schema.key}"
        )
    down, across = open_columns
    names = sorted(chosen[across].unique())
    wide = chosen.sort(down, across).pivot(on=across, index=down, values=measure.name)
    return wide.select(down, *map(str, names))


def _measure(schema: Schema, column: str | None) -> Column:
    if column is not None:
        if schema[column].key:
            raise CallError(
                f"{column!r} is part of the key of {schema.name!r}; a matrix holds another column"
            )
        return schema[column]
    numbers = [it for it in schema.columns if it.numeric and not it.key]
    # What some rows may do without, such as the ends of an interval, stands beside the number itself.
    numbers = [it for it in numbers if not it.optional] or numbers
    if len(numbers) != 1:
        named = ", ".join(it.name for it in numbers)
        raise CallError(f"{schema.name!r} does not have one number alone; name a column: {named}")
    return numbers[0]
