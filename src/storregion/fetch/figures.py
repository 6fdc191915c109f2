"""Answers in JSON-stat as figure files; the same answers always make the same bytes."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path
from statistics import mean

import polars as pl

from storregion.core.errors import DataError
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.shape import Rows, columns_of, too_large, write_csv
from storregion.fetch.sources import Made, Seen
from storregion.intake import cube
from storregion.intake.mapping import LEAVE_OUT, Source
from storregion.intake.meaning import spelled
from storregion.intake.reading import Words, of_cube


def pxweb(
    target: Target,
    tables: Sequence[tuple[TableLock, Sequence[Path]]],
    schema: Schema | None,
    lookups: Mapping[str, pl.DataFrame],
    draft: Path,
) -> Made:
    """Read the answers of PxWeb's tables into one figure file.

    Parameters
    ----------
    target : what the file is to hold.
    tables : every table with its answers.
    schema : the table that the file is read into.
    lookups : tables that are there already, such as the breaks of series.

    Raises
    ------
    DataError
        Cells mean nothing that the file can hold, or tables meet without a break being known.
    """
    if schema is None:
        raise DataError(f"no step reads {target.file!r}, so there is nothing to shape its figures into")
    rows = Rows(target, schema)
    seams: dict[str, set[int]] = {}
    for (table, paths), query in zip(tables, target.tables, strict=True):
        columns = columns_of(target, query.columns, schema)
        for path in paths:
            rows.add(words_of(path, columns, table.id), columns)
            if target.series:
                seams.setdefault(table.id, set()).update(rows.parts[-1]["year"].unique().to_list())
    frame = rows.frame()
    if target.series:
        _known_seams(target, seams, lookups["series_breaks"])
    names = ", ".join(f"{table.id} ({table.updated[:10]})" for table, _ in tables)
    left = rows.left_out
    return Made(
        write_csv(frame, draft),
        f"{frame.height} rader ur {names}" + (f"; {left} celler utan rad" if left else ""),
        f"{frame.height} rows from {names}" + (f"; {left} cells without a row" if left else ""),
    )


def fits(target: Target, seen: Sequence[Seen]) -> None:
    """Refuse, before any figures are asked for, a file that is sure to be larger than is read.

    Every cell makes a row of the words that its codes become and at least one digit. Where rows may be
    left out, nothing is sure beforehand.

    Parameters
    ----------
    target : what the file is to hold.
    seen : the tables with the codes that the target wants.

    Raises
    ------
    DataError
        It would be too large.
    """
    if target.leave_out_zeros or LEAVE_OUT in target.signs.values():
        return
    size = 0.0
    for table, query in zip(seen, target.tables, strict=True):
        columns = {**target.columns, **query.columns}
        words = [mean(_lengths(source, table.chosen)) for source in columns.values() if not source.cells]
        # A comma before the value, and one before the reason for its absence; a digit; the end of the line.
        row = sum(words) + len(words) + target.with_reasons + 2
        size += prod(map(len, table.chosen.values())) * row
    if size > LARGEST_FILE:
        raise DataError(f"{target.file} would be {too_large(int(size))}. Nothing was fetched")


def _lengths(source: Source, codes: Mapping[str, Sequence[str]]) -> list[int]:
    """The bytes of the words that a column has, code by code; none where labels are not known yet."""
    if source.fixed is not None or source.label:
        return [len((source.fixed or "").encode())]
    words, _ = spelled(pl.Series(codes.get(source.dimension, ()), dtype=pl.String), source)
    return words.str.len_bytes().fill_null(0).to_list() or [0]


def words_of(path: Path, columns: Mapping[str, Source], table: str) -> Words:
    """The cells of one JSON-stat answer as words.

    Parameters
    ----------
    path : the answer.
    columns : where the columns of the figure file come from.
    table : what to call it in messages.

    Raises
    ------
    DataError
        The answer does not have what the columns name.
    """
    try:
        return of_cube(cube.read_jsonstat(path), columns, f"{table}: ")
    except DataError as error:
        raise DataError(f"{table}: {error}") from None


def _known_seams(target: Target, years: Mapping[str, set[int]], breaks: pl.DataFrame) -> None:
    """Refuse tables that meet in a year for which no break of the series is known."""
    spans = sorted((min(found), max(found), table) for table, found in years.items() if found)
    known = set(breaks.filter(pl.col("series") == target.series)["year"])
    unknown = [
        f"{first} ({table})"
        for (_, before, _), (first, _, table) in pairwise(spans)
        if not any(before < year <= first for year in known)
    ]
    if unknown:
        raise DataError(
            f"{target.file} joins tables that meet in {', '.join(unknown)}, but series_breaks.csv has no "
            f"break of {target.series!r} then; add a row there that says what changed"
        )
