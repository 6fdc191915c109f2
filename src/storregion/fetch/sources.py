"""What every kind of publisher can do, whatever it speaks: be looked at, be asked, and be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import polars as pl

from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.transport import Call


@dataclass(frozen=True)
class Seen:
    """One table as the publisher has it now, before any figures are asked for.

    `variables` are its variables with their codes, `chosen` what the target wants of them, and `labels` their
    labels by code; `place` is the number of the target's query that it answers, from 0. `last` is its last
    period, and `notes` are what the publisher says of its cells. With a `fault` nothing can be asked of it.
    """

    id: str
    label: str = ""
    updated: str = ""
    variables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: int = 0
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    last: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""


@dataclass(frozen=True)
class Made:
    """What answers become: the content of the file, or the answer itself, and words on what was checked.

    `first_day` and `last_day` are those that a timetable is valid for; `unread` says of tables that could not
    be read why, by their place in the target; `defects_sv` and `defects_en` are what is wrong with the rest.
    """

    content: bytes | Path
    checked_sv: str
    checked_en: str
    first_day: str = ""
    last_day: str = ""
    unread: Mapping[int, str] = field(default_factory=dict)
    defects_sv: str = ""
    defects_en: str = ""


class Source(Protocol):
    """A client of one publisher."""

    def look(self, target: Target) -> list[Seen]:
        """The target's tables as they are now."""
        ...

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """The calls that one table's figures take."""
        ...

    def follow(self, call: Call, path: Path) -> Call | None:
        """The call that goes on where an answer ended, if it did not end the table."""
        ...


class Reader(Protocol):
    """How answers become a figure file; needs no network."""

    def __call__(
        self,
        target: Target,
        tables: Sequence[tuple[TableLock, Sequence[Path]]],
        schema: Schema | None,
        lookups: Mapping[str, pl.DataFrame],
        draft: Path,
    ) -> Made:
        """Read the answers of all tables; what is large is written to the draft."""
        ...
