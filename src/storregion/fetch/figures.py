"""Answers in JSON-stat as figure files; the same answers always make the same bytes."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import prod
from pathlib import Path

import polars as pl

from storregion.core.errors import DataError
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.shape import Rows, columns_of, too_large, write_csv
from storregion.fetch.sources import Made, Seen
from storregion.fetch.trial import size_of_words
from storregion.intake import cube
from storregion.intake.mapping import LEAVE_OUT, Source
from storregion.intake.reading import Words, of_cube

PERTURBED = re.compile(
    r"(?i)cell key|\bCKM\b|röjandekontroll|störd|störning|brus|slumpmässig|perturb|disclosure control"
)
"""What a note says where a publisher changes cells at random, so that nobody can be found out by them."""


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
    made: dict[str, Rows] = {}
    frames: list[pl.DataFrame] = []
    unread: dict[int, str] = {}
    errors: list[DataError] = []
    for table, paths in tables:
        if not paths:
            continue
        rows = Rows(target, schema, _formed(lookups))
        try:
            columns = columns_of(target, target.tables[table.place].columns, schema)
            for path in paths:
                rows.add(words_of(path, columns, table.id), columns)
            frames.append(rows.frame())
        except DataError as error:
            unread[table.place] = str(error)
            errors.append(error)
        else:
            made[f"{table.id} ({table.updated[:10]})"] = rows
    if not frames:
        raise errors[0] if errors else DataError(f"no cells came for {target.file}; nothing was taken")
    read = [table for table, paths in tables if paths and table.place not in unread]
    if target.series:
        _known_seams(target, read, frames, lookups["series_breaks"])
    frame = Rows(target, schema).ordered(pl.concat(frames))
    left, without = (sum(getattr(rows, n) for rows in made.values()) for n in ("left_out", "without_value"))
    return Made(
        write_csv(frame, draft),
        f"{frame.height} rader ur {', '.join(made)}" + (f"; {left} celler utan rad" if left else ""),
        f"{frame.height} rows from {', '.join(made)}" + (f"; {left} cells without a row" if left else ""),
        unread=unread,
        **defects(read, without),
    )


def _formed(lookups: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """The year in which each municipality that was split off was formed."""
    changes = lookups.get("municipality_changes")
    return {} if changes is None else dict(changes.select("municipality", "year").iter_rows())


def defects(tables: Sequence[TableLock], without_value: int) -> dict[str, str]:
    """What is wrong with fetched figures by their publisher's own notes, in both languages.

    Parameters
    ----------
    tables : those that the file is made of, with the notes that came with them.
    without_value : cells without a value that have no row.
    """
    sv, en = [], []
    if disturbed := [t.id for t in tables if any(PERTURBED.search(note) for note in t.notes)]:
        names = ", ".join(disturbed)
        sv.append(f"Cellerna i {names} är störda för sekretess; summor kan avvika med några enheter")
        en.append(f"The cells of {names} are perturbed for confidentiality; sums may be off by a few units")
    if without_value:
        sv.append(f"{without_value} celler saknar värde hos utgivaren och har ingen rad")
        en.append(f"{without_value} cells have no value at the publisher and no row")
    return {"defects_sv": ". ".join(sv), "defects_en": ". ".join(en)}


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
    for table in seen:
        columns = {**target.columns, **target.tables[table.place].columns}
        words = [size_of_words(source, table) for source in columns.values() if not source.cells]
        # A comma before the value, and one before the reason for its absence; a digit; the end of the line.
        row = sum(words) + len(words) + target.with_reasons + 2
        size += prod(map(len, table.chosen.values())) * row
    if size > LARGEST_FILE:
        raise DataError(f"{target.file} would be {too_large(int(size))}. Nothing was fetched")


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


def _known_seams(
    target: Target, tables: Sequence[TableLock], frames: Sequence[pl.DataFrame], breaks: pl.DataFrame
) -> None:
    """Refuse tables that meet in a year for which no break of the series is known."""
    spans = sorted((*_span(frame), table.id) for table, frame in zip(tables, frames, strict=True))
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


def _span(frame: pl.DataFrame) -> tuple[int, int]:
    """The first and the last year of some rows."""
    when = "year" if "year" in frame.columns else "period"
    years = [int(str(year)[:4]) for year in frame[when].unique(maintain_order=True)]
    return min(years), max(years)
