"""The mapping language: how a file from outside says what a table of ours holds.

A map is a TOML file. It names for each of our columns where its words come from, and what they mean; the
user's own files and the publishers' cubes are read by the same words.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
import polars as pl
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.table import ABSENCES, Schema
from storregion.intake.grid import ColumnName, Form, not_regular

T = TypeVar("T")
LEAVE_OUT, ZERO = "leave_out", "zero"
SIGNS = (*ABSENCES, LEAVE_OUT, ZERO)
"""What a sign for no value may mean."""

TEXTS = (".csv", ".tsv", ".txt")
SHEETS = (*TEXTS, ".xlsx")
CUBES = (".json", ".px")
_ONLY_FOR = {
    "separator": TEXTS,
    "encoding": (*TEXTS, ".px"),
    "sheet": (".xlsx",),
    "skip_rows": SHEETS,
    "header_rows": SHEETS,
    "fill_down": SHEETS,
    "stop_at": SHEETS,
}
"""The keys of a map that mean something for some forms of files only."""

Filled = Annotated[str, Meta(min_length=1)]
"""A text that is not empty."""


class Publisher(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a file comes from, as its line in `sources.csv` will say.

    `producer_en` and `licence_en` are empty where English has the same words.
    """

    producer: Filled
    title_sv: Filled
    title_en: Filled
    licence: Filled
    url: Annotated[str, Meta(pattern=r'^(https?://[^\s<>"]+)?$')] = ""
    producer_en: str = ""
    licence_en: str = ""


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Where one of our columns comes from, and what its words mean.

    It comes from one of: a `column` of a table, by name or by number from the left; a `dimension` of a
    cube, its codes or (`label`) their labels; a row of a matrix's `header`, by its number; the `cells` of a
    cube or a matrix; or it is a `constant`. `take` is a regular expression whose first group is what is kept
    of a word; `words` says what each word becomes, and when it is given, others are faults, unless `others`
    lets them stay as they are; `digits` fills a code that has lost the zeros it begins with.
    """

    column: ColumnName = ""
    dimension: str = ""
    label: bool = False
    header: Annotated[int, Meta(ge=0)] = 0
    cells: bool = False
    constant: str | int | float = ""
    take: str = ""
    words: dict[str, str] = {}
    others: bool = False
    digits: Annotated[int, Meta(ge=0, le=20)] = 0

    @property
    def fixed(self) -> str | None:
        """The constant as a word, if it is one."""
        return None if self.constant == "" else str(self.constant)


class Map(Form, frozen=True, kw_only=True):
    """How one user's file says what a table of ours holds.

    `columns` says where each of our columns comes from; `signs` says what a sign for no value means: a reason
    for absence, `zero`, or `leave_out` to leave the row out.
    """

    origin: Publisher
    columns: dict[str, Source]
    signs: dict[str, str] = msgspec.field(default_factory=dict)
    decimal: Literal[".", ","] = "."


# ---- keys that have gone

_GONE = {
    "layout": "a matrix has home = { column = 1 }, work = { header = 1 } and persons = { cells = true } "
    "under [columns]; any other layout needs no key",
    "constants": "write year = { constant = 2023 } under [columns]",
    "sexes": 'write sex = { column = …, words = { "Män" = "men" } } under [columns]',
    "code": "write take = '^(\\d{4})' for a code with words behind it, or digits = 4 for one that became a "
    "number, in the column's line under [columns]",
    **{
        name: f"write {name} = {{ column = … }} under [columns]; of PX and JSON-stat, {{ dimension = … }}"
        for name in ("home", "work", "sex", "year")
    },
    "persons": "write persons = { column = … } under [columns]; of PX, JSON-stat and a matrix, "
    "{ cells = true }",
}


def read(path: Path) -> Map:
    """Read a map.

    Raises
    ------
    SettingError
        It has a key that is unknown or no longer used, or a value of the wrong kind.
    """
    return read_keys(path, Map, _GONE)


def read_keys(path: Path, kind: type[T], gone: Mapping[str, str]) -> T:
    """Read a TOML file whose earlier form had other keys.

    Parameters
    ----------
    path : the file.
    kind : the structure that it must fit.
    gone : what to write instead, by the key at the top that is no longer used.

    Raises
    ------
    SettingError
        It does not fit; keys no longer used are named with the new ones.
    """
    document = settings.parsed(path, settings.text(path, settings.LARGEST_SETTINGS))
    if old := [f"{key!r} is no longer a key: {new}" for key, new in gone.items() if key in document]:
        raise SettingError("\n  ".join([f"{path}:", *old]))
    return settings.read(path, kind)


# ---- what is wrong with a map


def faults(chosen: Map, schema: Schema, ending: str) -> list[str]:
    """What a map leaves out, or says that means nothing, for a table and a form of file.

    Parameters
    ----------
    chosen : the map.
    schema : the table.
    ending : what the file's name ends with, such as `.csv`.
    """
    found = list(column_faults(chosen.columns, schema)) + list(sign_faults(chosen.signs))
    for name, source in chosen.columns.items():
        found += _form_faults(name, source, ending)
    headers, cells = named(chosen.columns, "header"), named(chosen.columns, "cells")
    if len(cells) > 1:
        found.append(f"{' and '.join(cells)} both have cells = true; give it to one")
    if ending not in CUBES and bool(headers) != bool(cells):
        known, other = (headers, "cells = true") if headers else (cells, "header = 1")
        found.append(f"{known[0]}: a matrix has one column with header and one with cells; give {other}, too")
    if ending in CUBES and not cells:
        found.append("no column has cells = true: write it for the one that holds the cube's values")
    default = Form()
    for key, endings in _ONLY_FOR.items():
        if getattr(chosen, key) != getattr(default, key) and ending not in endings:
            found.append(f"{key} means nothing for a file ending in {ending!r}; leave it out of the map")
    return found


def column_faults(columns: Mapping[str, Source], schema: Schema) -> Iterator[str]:
    """What is wrong with the columns of a map, whatever the file.

    Parameters
    ----------
    columns : where each of our columns comes from.
    schema : the table.
    """
    known = [column.name for column in schema.columns]
    companions = {column.absent for column in schema.columns} | {"basis"}
    for name, source in columns.items():
        if name not in known:
            yield f"the map has {name!r}, which is not a column of {schema.name}; {nearest(name, known)}"
        given = (source.column, source.dimension, source.header, source.cells, source.fixed is not None)
        if sum(map(bool, given)) != 1:
            yield f"{name}: give one of column, dimension, header, cells and constant"
        if source.label and not source.dimension:
            yield f"{name}: label = true is for a dimension"
        if source.others and not source.words:
            yield f"{name}: others = true says that words without a meaning stay; give words, too"
        if source.take:
            yield from (f"{name}: {fault}" for fault in _take_faults(source.take))
    for column in schema.columns:
        if column.name not in columns and column.name not in companions and not column.optional:
            yield f"the map does not say where {column.name} comes from; write {column.name} = {{ … }}"


def sign_faults(signs: Mapping[str, str]) -> Iterator[str]:
    """Signs that are to mean what a sign cannot.

    Parameters
    ----------
    signs : what each sign means.
    """
    for sign, meaning in signs.items():
        if meaning not in SIGNS:
            yield f"signs: {sign!r} becomes {meaning!r}; {nearest(meaning, SIGNS)}"


def _take_faults(take: str) -> Iterator[str]:
    try:
        groups = pl.Series([""]).str.extract_groups(take).struct.fields
    except pl.exceptions.ComputeError as error:
        yield not_regular("take", error)
    else:
        if not groups:
            yield "take has no group; put ( ) around what is to be kept"


def _form_faults(name: str, source: Source, ending: str) -> Iterator[str]:
    """What a column says that means nothing for a form of file."""
    if ending in CUBES and source.column:
        yield f"{name}: a file ending in {ending!r} has dimensions; write dimension = {source.column!r}"
    elif ending in CUBES and source.header:
        yield f"{name}: header is for tables; a file ending in {ending!r} has dimensions"
    elif ending not in CUBES and source.dimension:
        yield f"{name}: a file ending in {ending!r} has columns; write column = {source.dimension!r}"


def named(columns: Mapping[str, Source], what: Literal["column", "header", "cells"]) -> list[str]:
    """Our columns that come from one kind of place.

    Parameters
    ----------
    columns : where each of our columns comes from.
    what : the kind of place.
    """
    return [name for name, source in columns.items() if getattr(source, what)]
