"""Shaping: cells of a publisher's tables as rows of a figure file, with every fault named."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.table import ABSENCES, Schema, listed
from storregion.fetch.publishers import ColumnMap, Target

LEAVE_OUT = "leave_out"
_ROWS_A_PIECE = 100_000
_NUMBER = r"^-?\d+(\.\d+)?([eE][-+]?\d+)?$"


@dataclass
class Rows:
    """Rows gathered part by part, each word a number as they come, so that a large table needs little room.

    Parameters
    ----------
    target : what the figure file is to hold.
    schema : the table it is read into.
    """

    target: Target
    schema: Schema
    parts: list[pl.DataFrame] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    left_out: int = 0

    def add(self, cells: pl.DataFrame, columns: Mapping[str, ColumnMap], place: str) -> None:
        """Take the cells of one answer.

        Parameters
        ----------
        cells : a column of words for each dimension, `label:NAME` for its labels, and `value`.
        columns : where each column of the figure file comes from.
        place : what to call the answer in messages.
        """
        made = [self._column(name, chosen, cells, place) for name, chosen in columns.items()]
        number = pl.col("value").str.contains(_NUMBER).fill_null(value=False)
        read = cells.select(
            value=pl.when(number).then("value").cast(pl.Float64),
            # What is no number is a sign; no words at all are the empty one.
            sign=pl.when(~number).then(pl.col("value").fill_null("")),
        )
        sign = read["sign"]
        self._signs(sign, place)
        frame = pl.DataFrame(made).with_columns(read["value"].alias(self.target.value))
        absent = self._companion
        reason = sign.replace_strict(self.target.signs, default=None, return_dtype=pl.String)
        if absent:
            frame = frame.with_columns(reason.alias(absent))
        out = (reason == LEAVE_OUT).fill_null(value=False)
        if self.target.leave_out_zeros:
            out |= (frame[self.target.value] == 0).fill_null(value=False)
        self.left_out += int(out.sum())
        self.parts.append(frame.filter(~out).with_columns(pl.col(pl.String).cast(pl.Categorical("lexical"))))

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
        names = [column.name for column in self.schema.columns if column.name in whole.columns]
        return whole.select(names).sort([name for name in self.schema.key if name in names])

    @property
    def _companion(self) -> str | None:
        """The column of the file that says why a value is not there, if the file has one."""
        return self.schema[self.target.value].absent if self.target.with_reasons else None

    def _column(self, name: str, chosen: ColumnMap, cells: pl.DataFrame, place: str) -> pl.Series:
        if chosen.constant:
            words = pl.repeat(chosen.constant, cells.height, dtype=pl.String, eager=True)
        else:
            source = f"label:{chosen.dimension}" if chosen.label else chosen.dimension
            if source not in cells.columns:
                known = [column for column in cells.columns if column != "value"]
                raise DataError(f"{place} has no dimension {source!r} for {name}; {nearest(source, known)}")
            words = cells[source]
        unique = words.unique(maintain_order=True)
        meant = {word: meaning(word, chosen) for word in unique.drop_nulls()}
        wrong = [word for word, becomes in meant.items() if becomes is None]
        self.faults += [f"{place}: {chosen.dimension} {word!r} has no meaning for {name}; write one under "
                        "words, or do not select it" for word in wrong]  # fmt: skip
        typed = words.replace_strict(meant, default=None, return_dtype=pl.String).alias(name)
        dtype = self.schema[name].dtype
        if dtype == pl.String:
            return typed
        cast = typed.cast(dtype, strict=False)
        bad = typed.filter(cast.is_null() & typed.is_not_null()).unique()
        self.faults += [f"{place}: {name} {word!r} is no number" for word in bad]
        return cast

    def _signs(self, sign: pl.Series, place: str) -> None:
        """Note the signs that the target gives no meaning."""
        counts = sign.drop_nulls().value_counts()
        known = (*ABSENCES, LEAVE_OUT)
        for word, count in counts.iter_rows():
            reason = self.target.signs.get(word)
            if reason is None:
                shown = f"the sign {word!r}" if word else "no value and no sign"
                self.faults.append(
                    f"{place}: {count} cells have {shown}; say under signs what it means: {', '.join(known)}"
                )
            elif reason not in known:
                self.faults.append(f"signs: {reason!r} is no reason; {nearest(reason, known)}")
            elif reason != LEAVE_OUT and not self._companion:
                self.faults.append(
                    f"{place}: {count} cells are {reason}, but {self.target.file} has no place for a reason; "
                    f"write {LEAVE_OUT} for {word!r}"
                )


def meaning(word: str, chosen: ColumnMap) -> str | None:
    """What a code or label becomes in a column; None when it has no meaning there.

    Parameters
    ----------
    word : the code or label.
    chosen : where the column comes from.
    """
    if chosen.take:
        found = re.search(chosen.take, word)
        if found is None:
            return None
        word = found[1]
    return chosen.words.get(word) if chosen.words else word


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
            _plain(piece).write_csv(file, include_header=False)
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


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers as figure files have them."""
    whole = [
        pl.when(pl.col(name) == pl.col(name).floor())
        .then(pl.col(name).cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
        for name, dtype in frame.schema.items()
        if dtype == pl.Float64
    ]
    return frame.with_columns(whole)
