"""Shaping: cells of a publisher's tables as rows of a figure file, with every fault named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.table import Schema, listed
from storregion.fetch.publishers import Target
from storregion.intake import mapping, meaning
from storregion.intake.mapping import Source
from storregion.intake.meaning import Rules
from storregion.intake.reading import Words

_ROWS_A_PIECE = 100_000
_PLACES = ("area", "municipality", "home", "work")


@dataclass
class Rows:
    """Rows gathered part by part, each word a value as they come, so that a large table needs little room.

    Parameters
    ----------
    target : what the figure file is to hold.
    schema : the table it is read into.
    formed : the year in which municipalities that were split off were formed; zeros before it are not values.
    """

    target: Target
    schema: Schema
    formed: Mapping[str, int] = field(default_factory=dict)
    parts: list[pl.DataFrame] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left_out: int = 0
    without_value: int = 0

    def add(self, words: Words, columns: Mapping[str, Source]) -> None:
        """Take the cells of one answer.

        Parameters
        ----------
        words : the words of our columns, a row per cell.
        columns : where each column of the figure file comes from.
        """
        (value,) = mapping.named(columns, "cells")
        rules = Rules(self.target.signs, reasons=self.target.with_reasons)
        found = meaning.values(words, columns, self.schema, rules)
        self.faults += found.faults
        frame, out = found.frame, found.left_out
        self.without_value += int(out.sum())
        unformed = self._unformed(frame, value)
        if self.target.with_reasons and (companion := self.schema[value].absent):
            nothing = pl.repeat(None, words.height, dtype=pl.String, eager=True)
            frame = frame.with_columns(found.absent.get(value, nothing).alias(companion)).with_columns(
                pl.when(unformed).then(None).otherwise(value).alias(value),
                pl.when(unformed).then(pl.lit("not_applicable")).otherwise(companion).alias(companion),
            )
        else:
            out |= unformed
        if self.target.leave_out_zeros:
            out |= (frame[value] == 0).fill_null(value=False)
        self.left_out += int(out.sum())
        self.parts.append(frame.filter(~out).with_columns(pl.col(pl.String).cast(pl.Categorical("lexical"))))

    def _unformed(self, frame: pl.DataFrame, value: str) -> pl.Series:
        """Which rows hold a zero for a year in which the municipality had not been formed."""
        none = pl.repeat(False, frame.height, dtype=pl.Boolean, eager=True)
        when = next((name for name in ("year", "period") if name in frame.columns), "")
        if not when or not self.formed:
            return none
        year = frame[when].cast(pl.String).str.head(4).cast(pl.Int64, strict=False)
        for name in (name for name in _PLACES if name in frame.columns):
            since = (
                frame[name].cast(pl.String).replace_strict(self.formed, default=None, return_dtype=pl.Int64)
            )
            none |= ((frame[value] == 0) & (year < since)).fill_null(value=False)
        return none

    def frame(self) -> pl.DataFrame:
        """All rows in the columns and the order of the figure file; its words are categories.

        Raises
        ------
        DataError
            Some cells mean nothing that the file can hold.
        """
        if self.faults:
            raise DataError(f"{self.target.file} cannot be made:\n  {listed(self.faults)}")
        if not self.parts:
            raise DataError(f"no cells came for {self.target.file}; nothing was taken. Is the target right?")
        whole = pl.concat(self.parts)
        self.parts.clear()
        return self.ordered(whole)

    def ordered(self, whole: pl.DataFrame) -> pl.DataFrame:
        """Rows in the columns and the order of the figure file.

        Parameters
        ----------
        whole : the rows.
        """
        names = [column.name for column in self.schema.columns if column.name in whole.columns]
        return whole.select(names).sort([name for name in self.schema.key if name in names])


def columns_of(target: Target, own: Mapping[str, Source], schema: Schema) -> dict[str, Source]:
    """Where the columns of one table of a target come from.

    Parameters
    ----------
    target : what the figure file is to hold.
    own : the columns that this table says by itself.
    schema : the table it is read into.

    Raises
    ------
    DataError
        They do not fit the table.
    """
    columns = {**target.columns, **own}
    faults = [*mapping.column_faults(columns, schema), *mapping.sign_faults(target.signs)]
    if len(mapping.named(columns, "cells")) != 1:
        faults.append("one column has cells = true: the one that holds the numbers")
    if faults:
        raise DataError(f"the target of {target.file} does not fit:\n  {listed(faults)}")
    return columns


def write_csv(frame: pl.DataFrame, place: Path) -> Path:
    """Write a frame as a figure file, piece by piece: whole numbers without decimals.

    Parameters
    ----------
    frame : the rows, in order.
    place : where the file is to lie.

    Raises
    ------
    DataError
        It becomes larger than a figure file may be.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb") as file:
        file.write(",".join(frame.columns).encode() + b"\n")
        for piece in frame.iter_slices(_ROWS_A_PIECE):
            figurefile.plain(piece).write_csv(file, include_header=False)
            if file.tell() > LARGEST_FILE:
                raise DataError(f"{place.name} would be {too_large(file.tell())}")
    return place


def too_large(size: int) -> str:
    """What to do about a figure file that is larger than is read.

    Parameters
    ----------
    size : its bytes, or as many as it has at least.
    """
    return (
        f"more than {size} bytes, and at most {LARGEST_FILE} are read; select fewer codes in the target, or "
        "make two files of it"
    )
