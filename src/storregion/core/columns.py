"""How schemas are written: a line a column, and the columns that many tables share.

The words of the shared columns lie in `columns.toml`; those of all others beside the module of their table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import polars as pl

from storregion.core.table import ABSENCES, BASES, Column, Schema
from storregion.core.words import word_file

SEXES = ("men", "women")
MUNICIPALITY = r"\d{4}"
COUNTY = r"\d\d"


def schema(name: str, module: str, *columns: Column, with_basis: bool = True) -> Schema:
    """A table's schema; its words, and those of its columns, lie in the file beside the module.

    A column that says why others are empty need not be written: it follows the last of those that name it.
    Nor need `basis`, which comes last.

    Parameters
    ----------
    name : the table's name.
    module : the `__name__` of the module it is written in.
    columns : in order; one that already belongs to another table keeps its words.
    with_basis : whether each row says how it is known; only what is not a table of facts or of a study does
        not.
    """
    words = word_file(module)
    whole = list(_with_reasons(columns))
    if with_basis and all(column.name != "basis" for column in whole):
        whole.append(basis())
    own = tuple(
        column if column.said else replace(column, said=partial(words.column, name, column.name))
        for column in whole
    )
    return Schema(name, own, partial(words.table, name), module)


def _with_reasons(columns: Sequence[Column]) -> Iterator[Column]:
    written = {column.name for column in columns}
    last = {column.absent: at for at, column in enumerate(columns) if column.absent not in (None, *written)}
    for at, column in enumerate(columns):
        yield column
        if column.absent and last.get(column.absent) == at:
            yield absence(column.absent)


# ---- kinds of columns


def code(name: str, **more: Any) -> Column:
    """Words with a fixed set or form; `more` are the fields of `Column`, as for all kinds."""
    return Column(name, pl.String, "code", **more)


def text(name: str, unit: str = "text", **more: Any) -> Column:
    """Free words, or a proper name where the unit is `name`."""
    return Column(name, pl.String, unit, **more)


def whole(name: str, unit: str, **more: Any) -> Column:
    """Whole numbers."""
    return Column(name, pl.Int64, unit, **more)


def number(name: str, unit: str, **more: Any) -> Column:
    """Numbers."""
    return Column(name, pl.Float64, unit, **more)


def share(name: str, **more: Any) -> Column:
    """A part of a whole, 0 to 1."""
    return number(name, "share", **({"least": 0.0, "most": 1.0} | more))


def duration(name: str, **more: Any) -> Column:
    """A time in minutes, not below 0."""
    return number(name, "minutes", **({"least": 0.0} | more))


def shape(name: str = "wkb") -> Column:
    """A shape as well-known binary in SWEREF 99 TM."""
    return Column(name, pl.Binary, "wkb")


# ---- columns of every table


def basis(**more: Any) -> Column:
    """How each row is known."""
    return code("basis", **({"choices": BASES} | more))


def absence(name: str) -> Column:
    """Why values are empty: the companion that columns point to with `absent`."""
    return code(name, choices=ABSENCES, optional=True)


# ---- columns of many tables


def municipality(**more: Any) -> Column:
    """A municipality by its four-digit code."""
    return code(
        "municipality", **({"pattern": MUNICIPALITY, "refers": ("municipalities", "municipality")} | more)
    )


def county(**more: Any) -> Column:
    """A county by its two-digit code."""
    return code("county", **({"pattern": COUNTY, "refers": ("counties", "county")} | more))


def place(**more: Any) -> Column:
    """A place that the group reports on."""
    return code("place", **({"key": True, "refers": ("places", "place")} | more))


def node(**more: Any) -> Column:
    """A node city."""
    return code("node", **({"key": True, "refers": ("nodes", "node")} | more))


def locality(**more: Any) -> Column:
    """A locality by its code."""
    return code("locality", **({"key": True, "refers": ("localities", "locality")} | more))


def origin(**more: Any) -> Column:
    """Where a journey or a link begins; a node where nothing else is said."""
    return code("origin", **({"key": True, "refers": ("nodes", "node")} | more))


def destination(**more: Any) -> Column:
    """Where a journey or a link ends; a node where nothing else is said."""
    return code("destination", **({"key": True, "refers": ("nodes", "node")} | more))


def line(**more: Any) -> Column:
    """A line of the timetable."""
    return code("line", **({"refers": ("lines", "line")} | more))


def period(**more: Any) -> Column:
    """A period of the day."""
    return code("period", **({"key": True} | more))


def year(**more: Any) -> Column:
    """The year of an observation."""
    return whole("year", "year", **({"key": True, "least": 1749, "most": 2100} | more))


def sex(**more: Any) -> Column:
    """A sex as registered."""
    return code("sex", **({"key": True, "choices": SEXES} | more))


def age(**more: Any) -> Column:
    """An age in completed years."""
    return whole("age", "years", **({"key": True, "least": 0, "most": 100} | more))


def latitude(**more: Any) -> Column:
    """Degrees north in WGS 84."""
    return number("latitude", "degrees", **({"least": -90.0, "most": 90.0} | more))


def longitude(**more: Any) -> Column:
    """Degrees east in WGS 84."""
    return number("longitude", "degrees", **({"least": -180.0, "most": 180.0} | more))
