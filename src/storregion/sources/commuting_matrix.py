"""A complete commuting matrix of any country, read from a file with a point for every place."""

import gzip
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import csv_rows
from storregion.core.errors import DataError


class Matrix(NamedTuple):
    """Who lives in one place and works in another."""

    codes: list[str]
    persons: NDArray[np.float64]  # (n, n) living in i and working in j
    km: NDArray[np.float64]  # (n, n) as the crow flies
    groups: NDArray[np.int64]  # (n,) the county of each place, the first two digits of its code, from 0


def read(file: Path, points: Path | pl.DataFrame) -> Matrix:
    """Read a matrix, and how far its places are from each other.

    Parameters
    ----------
    file : CSV, also compressed, with the columns home, work and persons.
    points : CSV with the columns code, x and y in metres; or rows with municipality, east and north.

    Raises
    ------
    DataError
        A column or a point is missing, a number is not valid, a pair stands twice, or nobody stays somewhere.
    """
    flows = _columns(file, {"home": pl.String, "work": pl.String, "persons": pl.Float64})
    if isinstance(points, Path):
        where = _columns(points, {"code": pl.String, "x": pl.Float64, "y": pl.Float64})
    else:
        where = points.select(code="municipality", x="east", y="north")
    if bad := flows.filter(pl.col("persons").is_null() | ~(pl.col("persons") >= 0)).height:
        raise DataError(f"{file}: {bad} rows have no number of persons, or one below 0")
    if flows.select("home", "work").is_duplicated().any():
        raise DataError(
            f"{file}: some pairs of home and work stand twice; give one year and both sexes together"
        )
    codes = sorted(set(flows["home"]) | set(flows["work"]))
    if lost := sorted(set(codes) - set(where["code"])):
        raise DataError(f"{file}: the places {lost[:8]} have no point; give them with --points")
    index = {code: at for at, code in enumerate(codes)}
    persons = np.zeros((len(codes), len(codes)))
    home, work = (
        flows[end].replace_strict(index, return_dtype=pl.Int64).to_numpy() for end in ("home", "work")
    )
    persons[home, work] = flows["persons"].to_numpy()
    if alone := [code for code, stay in zip(codes, persons.diagonal(), strict=True) if not stay > 0]:
        raise DataError(f"{file}: nobody both lives and works in {alone[:8]}; give home = work, too")
    at = pl.DataFrame({"code": codes}).join(where, on="code", how="left", maintain_order="left")
    x, y = at["x"].to_numpy() / 1000.0, at["y"].to_numpy() / 1000.0
    groups = pl.Series(codes).str.head(2).rank("dense").to_numpy().astype(np.int64) - 1
    return Matrix(codes, persons, np.hypot(x[:, None] - x, y[:, None] - y), groups)


def _columns(file: Path, types: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    opened = gzip.open if file.suffix == ".gz" else open
    try:
        with opened(file, "rt", encoding="utf-8-sig", newline="") as text:
            (_, header), *numbered = [(row, cells) for row, cells in csv_rows.rows(text) if cells]
        if uneven := [row for row, cells in numbered if len(cells) != len(header)]:
            raise DataError(f"{file}: row {uneven[0]} does not have the {len(header)} cells of the header")
        words = {name: [cells[header.index(name)] or None for _, cells in numbered] for name in types}
        strings = pl.DataFrame(words, schema=dict.fromkeys(types, pl.String))
        return strings.select(pl.col(name).cast(dtype) for name, dtype in types.items())
    except DataError:
        raise
    except (OSError, EOFError, ValueError, csv_rows.BrokenRowError, pl.exceptions.PolarsError) as error:
        raise DataError(f"{file} cannot be read with the columns {', '.join(types)}: {error}") from None
