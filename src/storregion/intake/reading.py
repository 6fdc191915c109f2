"""A file read by its map: the words of each of our columns, and where in the file each stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from storregion.core.errors import DataError, nearest, some
from storregion.core.table import listed
from storregion.intake import cube, grid, parquet, separated, shapes, workbook
from storregion.intake.mapping import Map, Source, named

PLACES_SHOWN = 20
_ROW, _AT = " row", " at"  # No column of ours begins with a space.

READERS: dict[str, Callable[[Path, Map], grid.Grid | cube.Cube]] = {
    ".csv": separated.read_csv,
    ".tsv": separated.read_csv,
    ".txt": separated.read_csv,
    ".xlsx": workbook.read_xlsx,
    ".parquet": lambda path, _: parquet.read_parquet(path),
    ".geojson": lambda path, _: shapes.read_geojson(path),
    ".json": lambda path, _: cube.read_jsonstat(path),
    ".px": lambda path, chosen: cube.read_px(path, chosen.encoding),
}
"""How a file is read, by what its name ends with."""


@dataclass(frozen=True)
class Place:
    """Where in a file the words of a column stand: what to write before and after the spot of each row.

    Without a `spot`, an expression over the words' frame, all rows have one place.
    """

    before: str
    spot: pl.Expr | None = None
    after: str = ""
    between: str = ", "

    def of(self, rows: pl.DataFrame) -> str:
        """The places of some rows, in words; of many, the first."""
        if self.spot is None:
            return self.before + self.after
        spots = rows.select(spot=self.spot.cast(pl.String))["spot"].unique(maintain_order=True)
        return self.before + some(spots, PLACES_SHOWN, self.between) + self.after


@dataclass(frozen=True)
class Words:
    """The words of each of our columns that is not a constant, empty ones as null, and their places."""

    frame: pl.DataFrame
    places: Mapping[str, Place]
    height: int
    note: str = field(default="")


def words_of(path: Path, chosen: Map) -> Words:
    """Read a file as its map says.

    Parameters
    ----------
    path : the file; its ending says what it is.
    chosen : its map, which fits the form of the file.

    Raises
    ------
    DataError
        The file cannot be read, or does not have what the map names.
    CallError
        A package that the form of the file needs is not installed.
    """
    found = READERS[ending_of(path)](path, chosen)
    try:
        if isinstance(found, cube.Cube):
            return of_cube(found, chosen.columns)
        if named(chosen.columns, "cells"):
            return _of_matrix(found, chosen.columns)
        return _of_long(found, chosen.columns)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None


def ending_of(path: Path) -> str:
    """What a file's name ends with, or an error when such files are not read."""
    ending = path.suffix.lower()
    if ending not in READERS:
        raise DataError(f"{path}: a file ending in {ending!r} is not read; {nearest(ending, READERS)}")
    return ending


def of_cube(found: cube.Cube, columns: Mapping[str, Source], where: str = "") -> Words:
    """A row per cell of a cube.

    Parameters
    ----------
    found : the cube.
    columns : where each of our columns comes from.
    where : what to write before every place, such as the name of a table.

    Raises
    ------
    DataError
        The cube does not have a dimension that is named, or one that is not has several categories.
    """
    wanted = {name: (s.dimension, s.label) for name, s in columns.items() if s.dimension}
    frame = found.long(wanted)
    cells = named(columns, "cells")
    frame = frame.with_columns(pl.col("value").alias(name) for name in cells)
    frame = frame if "value" in cells else frame.drop("value")
    places = {name: Place(f"{where}dimension {dimension!r}") for name, (dimension, _) in wanted.items()}
    spot = pl.concat_str([pl.format(f"{name} '{{}}'", name) for name in wanted], separator=", ")
    places |= {name: Place(where, spot, between="; ") for name in cells}
    return Words(frame, places, found.values.len(), found.note)


def _of_long(found: grid.Grid, columns: Mapping[str, Source]) -> Words:
    """A row of the file per row."""
    at = _positions(found, columns)
    frame = found.cells.select(pl.col(str(position)).alias(name) for name, position in at.items())
    frame = frame.with_columns(found.rows.alias(_ROW))
    return Words(frame, _row_places(columns, at), found.rows.len(), found.note)


def _of_matrix(found: grid.Grid, columns: Mapping[str, Source]) -> Words:
    """A row per cell of a matrix, whose cells stand to the right of every column that the map names."""
    at = _positions(found, columns)
    headers, (cells, *_) = named(columns, "header"), named(columns, "cells")
    if high := [name for name in headers if columns[name].header > len(found.headers)]:
        raise DataError(
            f"{high[0]}: header = {columns[high[0]].header}, but the header has {len(found.headers)}; "
            "write header_rows = … in the map"
        )
    first = max(at.values(), default=-1) + 1
    across = [
        position
        for position in range(first, len(found.names))
        if found.names[position] or found.cells[str(position)].null_count() < found.rows.len()
    ]
    if not across:
        raise DataError(f"{found.place}a matrix has cells to the right of the columns that the map names")
    base = found.cells.select(pl.col(str(position)).alias(name) for name, position in at.items())
    base = base.with_columns(found.rows.alias(_ROW))
    frame = pl.concat([base, found.cells.select(map(str, across))], how="horizontal").unpivot(
        index=base.columns, variable_name=_AT, value_name=cells
    )
    heads = {
        name: {str(p): found.headers[columns[name].header - 1][p] or None for p in across} for name in headers
    }
    frame = frame.with_columns(
        pl.col(_AT).replace_strict(words, return_dtype=pl.String).alias(name) for name, words in heads.items()
    )
    number = pl.col(_AT).cast(pl.Int64) + 1
    title = pl.col(_AT).replace_strict({str(p): repr(found.names[p] or p + 1) for p in across})
    rows = _header_numbers(found)
    places = _row_places(columns, at) | {
        name: Place(f"row {rows[columns[name].header - 1]}, column ", number) for name in headers
    }
    places[cells] = Place("", pl.format("row {}, column {}", _ROW, title), between="; ")
    return Words(frame, places, frame.height, found.note)


def _header_numbers(found: grid.Grid) -> tuple[int, ...]:
    # A form without a header row says its names before row 1.
    return found.header_rows or (0,) * len(found.headers)


def _positions(found: grid.Grid, columns: Mapping[str, Source]) -> dict[str, int]:
    """The position of every column that the map names; all that are not there in one error."""
    at, faults = dict[str, int](), list[str]()
    for name in named(columns, "column"):
        try:
            at[name] = found.find(columns[name].column)
        except DataError as error:
            faults.append(f"{error} (for {name})")
    if faults:
        raise DataError(listed(faults))
    return at


def _row_places(columns: Mapping[str, Source], at: Mapping[str, int]) -> dict[str, Place]:
    return {name: Place("row ", pl.col(_ROW), f", column {columns[name].column!r}") for name in at}
