"""The map of any user's file into any figure file: which of its columns is which of ours.

CSV, XLSX, Parquet and GeoJSON have rows, PX and JSON-stat 2 have cells along dimensions; both come in as
words, and every word that means nothing is named with its place in the user's file.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec
import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.table import ABSENCES, Column, Schema, listed
from storregion.intake import cube, grid
from storregion.intake.odmap import CUBES, Publisher

LEAVE_OUT = "leave_out"
_PLACES = 20
_NUMBER = re.compile(r"[-\u2212+]?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one of our columns comes from: a column or dimension, the cells of a cube, or a constant.

    `words` says what each word becomes; when it is given, others are faults. `take` is a regular expression
    whose first group is what is kept of a word.
    """

    column: str = ""
    cells: bool = False
    constant: str = ""
    words: dict[str, str] = {}
    take: str = ""


class TableMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one user's file says what a table of ours holds.

    `signs` says what a sign for no value becomes: a reason for absence, or `leave_out` to leave the row out.
    """

    origin: Publisher
    columns: dict[str, Field]
    signs: dict[str, str] = {}
    separator: Literal[",", ";", "\t"] | None = None
    decimal: Literal[".", ","] = "."
    encoding: Literal["utf-8", "cp1252", "latin-1"] | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class _Words:
    """The words of each of our columns, and the row (or cell) of the user's file that each stands in."""

    frame: pl.DataFrame
    rows: pl.Series
    unit: str


_READERS: dict[str, Callable[[Path, TableMap], grid.Grid | cube.Cube]] = {
    ".csv": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".tsv": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".txt": lambda path, chosen: grid.read_csv(path, chosen.separator, chosen.encoding or "utf-8"),
    ".xlsx": lambda path, chosen: grid.read_xlsx(path, chosen.sheet),
    ".parquet": lambda path, chosen: grid.read_parquet(path),
    ".geojson": lambda path, chosen: grid.read_geojson(path),
    ".json": lambda path, chosen: cube.read_jsonstat(path),
    ".px": lambda path, chosen: cube.read_px(path, chosen.encoding),
}


def read(path: Path, chosen: TableMap, schema: Schema) -> pl.DataFrame:
    """Read a user's file as the rows of a figure file.

    Parameters
    ----------
    path : the file; its ending says what it is.
    chosen : how it says what the table holds.
    schema : the table.

    Returns
    -------
    The mapped columns in the schema's order, sorted by key; a companion column where signs gave reasons.

    Raises
    ------
    DataError
        One error with every fault, each with its place in the user's file.
    CallError
        A package that the form of the file needs is not installed.
    """
    if faults := list(_map_faults(chosen, schema)):
        raise _error(path, schema, faults)
    words = _words(path, chosen)
    columns, faults = [], list[str]()
    reasons = pl.Series([None] * words.rows.len(), dtype=pl.String)
    for name, field in chosen.columns.items():
        typed, signs, wrong = _typed(schema[name], field, words, name, chosen)
        columns.append(typed)
        faults += wrong
        reasons = reasons.to_frame("a").select(pl.coalesce("a", signs.alias("b")))["a"]
        if (companion := schema[name].absent) and (signs != LEAVE_OUT).any():
            columns.append(signs.alias(companion))
    if faults:
        raise _error(path, schema, faults)
    kept = (reasons != LEAVE_OUT).fill_null(value=True)
    frame = pl.DataFrame(columns).filter(kept)
    names = [column.name for column in schema.columns if column.name in frame.columns]
    twice = frame.select(key := [name for name in schema.key if name in names]).is_duplicated()
    if twice.any():
        rows = words.rows.filter(kept).filter(twice).head(_PLACES).to_list()
        raise _error(path, schema, [f"{words.unit}s {rows} have the same {', '.join(key)}"])
    return frame.select(names).sort(key)


def _map_faults(chosen: TableMap, schema: Schema) -> Iterator[str]:
    """What the map leaves out, or names that is not there."""
    known = [column.name for column in schema.columns]
    companions = {column.absent for column in schema.columns} | {"basis"}
    for name, field in chosen.columns.items():
        if name not in known:
            yield f"the map has {name!r}, which is no column of {schema.name}; {nearest(name, known)}"
        if sum((bool(field.column), field.cells, bool(field.constant))) != 1:
            yield f"{name}: give one of column, cells and constant"
        if field.take:
            try:
                groups = re.compile(field.take).groups
            except re.error as error:
                yield f"{name}: take is no regular expression ({error})"
            else:
                if not groups:
                    yield f"{name}: take has no group; put ( ) around what is to be kept"
    for column in schema.columns:
        if column.name not in chosen.columns and column.name not in companions and not column.optional:
            yield f"the map does not say which column is {column.name}"
    for sign, reason in chosen.signs.items():
        if reason not in (*ABSENCES, LEAVE_OUT):
            yield f"signs: {sign!r} becomes {reason!r}; {nearest(reason, (*ABSENCES, LEAVE_OUT))}"


def _words(path: Path, chosen: TableMap) -> _Words:
    """The file as words, a column for each of ours that is no constant."""
    ending = path.suffix.lower()
    if ending not in _READERS:
        raise DataError(f"{path}: a file ending in {ending!r} is not read; {nearest(ending, _READERS)}")
    found = _READERS[ending](path, chosen)
    named = {name: field.column for name, field in chosen.columns.items() if field.column}
    cells = [name for name, field in chosen.columns.items() if field.cells]
    if isinstance(found, cube.Cube):
        try:
            frame = found.long(named)
        except DataError as error:
            raise DataError(f"{path}: {error}") from None
        frame = frame.with_columns(pl.col("value").alias(name) for name in cells).drop("value")
        return _Words(frame, pl.int_range(1, frame.height + 1, eager=True), "cell")
    if cells:
        raise DataError(
            f"{path}: {cells[0]} = cells is for files ending in {' or '.join(CUBES)}; name a column"
        )
    faults = [
        f"row 1: there is no column {column!r} ({name}); {nearest(column, filter(None, found.names))}"
        for name, column in named.items()
        if column not in found.names
    ]
    faults += [f"row 1: column {c!r} stands twice" for c in named.values() if found.names.count(c) > 1]
    if faults:
        raise DataError(f"{path}:\n  {listed(faults)}")
    at = {name: str(found.names.index(column)) for name, column in named.items()}
    return _Words(
        found.cells.select(pl.col(number).alias(name) for name, number in at.items()), found.rows, "row"
    )


def _typed(
    column: Column, field: Field, words: _Words, name: str, chosen: TableMap
) -> tuple[pl.Series, pl.Series, list[str]]:
    """A column's values, the reasons of those that are signs, and a fault for each word that is neither."""
    nothing = pl.Series([None] * words.rows.len(), dtype=pl.String)
    given = (
        pl.repeat(field.constant, words.rows.len(), dtype=pl.String, eager=True)
        if field.constant
        else words.frame[name]
    )
    signs = nothing
    if column.numeric and chosen.signs:
        signs = given.fill_null("").replace_strict(chosen.signs, default=None, return_dtype=pl.String)
    unique = given.filter(signs.is_null()).unique(maintain_order=True).drop_nulls()
    meant = {word: _meaning(word, field, column, chosen.decimal) for word in unique}
    values = {word: value for word, (value, _) in meant.items() if value is not None}
    typed = given.replace_strict(values, default=None, return_dtype=pl.String)
    if column.numeric:
        typed = typed.cast(pl.Float64).cast(column.dtype)
    faults = []
    where = repr(field.column) if field.column else "of cells"
    wrong = {word: why for word, (value, why) in meant.items() if value is None}
    for word, why in wrong.items():
        rows = words.rows.filter((given == word).fill_null(value=False) & signs.is_null())
        faults.append(f"{_at(words.unit, rows)}, column {where}: {word[:60]!r} {why}")
    empty = words.rows.filter(given.is_null() & signs.is_null())
    if not column.optional and empty.len():
        hint = "; say under signs what an empty cell means" if column.numeric else ""
        faults.append(f"{_at(words.unit, empty)}, column {where}: empty{hint}")
    return typed.alias(name), signs, faults


def _at(unit: str, rows: pl.Series) -> str:
    rest = rows.len() - _PLACES
    shown = ", ".join(map(str, rows.head(_PLACES)))
    return f"{unit} {shown}" + (f" and {rest} more" if rest > 0 else "")


def _meaning(word: str, field: Field, column: Column, decimal: str) -> tuple[str | None, str]:
    """What a word becomes, or why it becomes nothing."""
    if field.take:
        found = re.search(field.take, word)
        if found is None or found[1] is None:
            return None, f"does not hold what take = {field.take!r} keeps"
        word = found[1]
    if field.words:
        if word not in field.words:
            return None, f"has no meaning under words; {nearest(word, field.words)}"
        word = field.words[word]
    if not column.numeric:
        return word, ""
    plain = word.replace(".", "?").replace(",", ".") if decimal == "," else word
    if not _NUMBER.fullmatch(plain):
        return None, "is no number; if it is a sign for no value, say under signs what it means"
    plain = plain.replace("\u2212", "-")
    if column.dtype == pl.Int64 and (not float(plain).is_integer() or abs(float(plain)) > 2**53):
        return None, "is no whole number"
    return plain, ""


def _error(path: Path, schema: Schema, faults: list[str]) -> DataError:
    return DataError(f"{path} does not hold {schema.name!r} as the map has it:\n  {listed(faults)}")


def described(frame: pl.DataFrame, schema: Schema) -> Mapping[str, str]:
    """What was read, in Swedish and English, for the file's line in `sources.csv`.

    Parameters
    ----------
    frame : the rows.
    schema : the table.
    """
    years = frame["year"].cast(pl.Int64).to_list() if "year" in frame.columns else []
    span = f", {min(years)}–{max(years)}" if years else ""
    return {"sv": f"{frame.height} rader{span}", "en": f"{frame.height} rows{span}"}
