"""What is asked of a run over cells."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from storregion.core.engine import Engine


class ServiceDay(Protocol):
    """One day of a timetable that was read from a file: tables as `timetable.tables` has them."""

    @property
    def calls(self) -> pl.DataFrame:
        """The calls of all trips."""

    @property
    def stops(self) -> pl.DataFrame:
        """The stops."""

    @property
    def changes(self) -> pl.DataFrame:
        """The stated times to change."""


@dataclass(frozen=True)
class Feed:
    """A timetable as a file, and what reads a day of it."""

    path: Path
    read: Callable[[Path, date], ServiceDay]


@dataclass(frozen=True)
class Call:
    """What is asked for.

    Attributes
    ----------
    to : the Parquet file to write, or a folder for a file named access.parquet.
    origins : one of `inputs.ORIGINS`.
    feed, day : a timetable in GTFS instead of the group's tables, and its day; the rules' day when None.
    grid : a CSV file in the columns of `cells`, instead of that table.
    walks : a CSV file in the columns of `cell_walks`, instead of that table; needed where that has rows and
        another grid or feed is given, for its rows are of the group's own.
    period : a name in the table `periods`, or hours as 06:00-09:00.
    engine : threads or a cluster.
    share : a URL that fsspec knows, by which a cluster gets timetable and cells; None where its processes see
        the store and `to`.
    batch : origins in a part.
    """

    to: Path
    origins: str = "cells"
    feed: Feed | None = None
    day: date | None = None
    grid: Path | None = None
    walks: Path | None = None
    period: str = "morning"
    engine: Engine = field(default_factory=Engine)
    share: str | None = None
    batch: int = 200
