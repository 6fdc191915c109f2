"""A trial before any figures are asked for: what a table's codes become by the words of the target."""

from collections.abc import Iterator, Mapping

import polars as pl

from storregion.core.errors import DataError
from storregion.core.table import Schema, listed
from storregion.fetch.publishers import Target
from storregion.fetch.shape import columns_of
from storregion.fetch.sources import Seen
from storregion.intake import meaning
from storregion.intake.mapping import Source
from storregion.intake.meaning import Rules
from storregion.intake.reading import Place, Words

_MUNICIPALITIES = ("municipalities", "municipality")
STANDARD_SIGNS = ("", ".", "..")
"""The signs by which PxWeb says that a cell has no value; others are rare."""


def faults(
    target: Target, table: Seen, schema: Schema, known: Mapping[tuple[str, str], pl.Series]
) -> list[str]:
    """Why the cells that the target wants of a table would be refused once they are there.

    Parameters
    ----------
    target : what the file is to hold.
    table : the table, with the codes that the target wants and their labels.
    schema : the table that the file is read into.
    known : the allowed values of columns that refer to another table, by (table, column).

    Returns
    -------
    Every code or label that means nothing by `take` and `words` or does not fit its column, and every sign
    that is to mean what the file has no place for.
    """
    try:
        columns = columns_of(target, target.tables[table.place].columns, schema)
    except DataError as error:
        return [str(error)]
    rules = Rules(target.signs, known=known, reasons=target.with_reasons)
    return [fault for name in columns for fault in _of_column(name, columns[name], table, schema, rules)]


def _of_column(name: str, source: Source, table: Seen, schema: Schema, rules: Rules) -> Iterator[str]:
    if source.cells:
        given = pl.Series(name, list(rules.signs), dtype=pl.String)
        place = Place(f"{table.id}: the cells")
    elif source.dimension:
        if source.dimension not in table.chosen:
            yield f"{table.id}: {name} comes from {source.dimension!r}, of which nothing is selected"
            return
        codes = table.chosen[source.dimension]
        labels = table.labels.get(source.dimension, {})
        given = pl.Series(name, [labels.get(c) if source.label else c for c in codes], dtype=pl.String)
        place = Place(f"{table.id}: dimension {source.dimension!r}")
    else:
        return
    words = Words(pl.DataFrame([given]), {name: place}, given.len())
    found = meaning.values(words, {name: source}, schema, rules)
    yield from found.faults
    if name == "area" and _MUNICIPALITIES in rules.known:
        yield from _strange(found.frame[name], rules.known[_MUNICIPALITIES], place)


def _strange(areas: pl.Series, municipalities: pl.Series, place: Place) -> Iterator[str]:
    """Areas whose municipality is none of the group's; a code that has changed may stand in older years."""
    homes = areas.str.extract(r"^(\d{4})")
    if codes := areas.filter(homes.is_not_null() & ~homes.is_in(municipalities)).unique().sort().to_list():
        yield (
            f"{place.before}: {', '.join(codes[:8])} lie in no municipality that exists; leave them out "
            "under select, or say under words what they are now"
        )


def refuse(target: Target, found: list[str]) -> str:
    """The faults of one table in one text.

    Parameters
    ----------
    target : what the file is to hold.
    found : its faults.
    """
    return f"{target.file} cannot be made:\n  {listed(found)}\n  Nothing was asked for"


def unsaid(target: Target) -> str:
    """What a cell may hold that the target gives no meaning to; nothing where it speaks of every sign.

    Parameters
    ----------
    target : what the file is to hold.
    """
    signs = [sign for sign in STANDARD_SIGNS if sign not in target.signs]
    shown = ", ".join(repr(sign) if sign else "empty" for sign in signs)
    return f"a cell that is {shown} would be refused; say under signs what it means" if signs else ""


def size_of_words(source: Source, table: Seen) -> float:
    """The mean length in bytes of the words that a column has in a table.

    Parameters
    ----------
    source : where the column comes from.
    table : the table, with the codes that the target wants and their labels.
    """
    if source.fixed is not None:
        return len(source.fixed.encode())
    codes = table.chosen.get(source.dimension, ())
    labels = table.labels.get(source.dimension, {})
    given = pl.Series([labels.get(c, "") if source.label else c for c in codes], dtype=pl.String)
    words, _ = meaning.spelled(given, source)
    lengths = words.str.len_bytes().fill_null(0)
    return float(lengths.sum()) / max(1, lengths.len())
