"""What is wrong with a timetable feed, in words: each kind of fault once, with its rows and what was done.

The names of faults are the notice codes of the public GTFS validator where it has one for them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import polars as pl

from storregion.core.errors import DataError
from storregion.core.language import Language, Text
from storregion.core.table import FAULTS_SHOWN, listed

Severity = Literal["error", "warning", "info"]
_SEVERITIES: dict[Severity, Text] = {
    "error": Text("fel", "error"),
    "warning": Text("varning", "warning"),
    "info": Text("upplysning", "note"),
}
_ROWS_SHOWN = 5
_WORD_SHOWN = 60


class Fault(msgspec.Struct, frozen=True):
    """One kind of fault in one file of a feed.

    `rows` are the lines of the first rows it stands in (the header is line 1) and `count` is how often it
    does. An `error` keeps the feed from being read; for a `warning` a rule says what is done about it; an
    `info` reports a rule that was applied to something that is not a fault.
    """

    feed: str
    code: str
    severity: Severity
    file: str
    count: int
    what: Text
    done: Text
    rows: tuple[int, ...] = ()

    def line(self, language: Language = "en", rows: int = _ROWS_SHOWN) -> str:
        """The fault in words.

        Parameters
        ----------
        language : of the words.
        rows : how many of its rows are named at most.
        """
        row = "rad" if language == "sv" else "row"
        shown = ", ".join(map(str, self.rows[:rows])) + (" …" if self.count > len(self.rows[:rows]) else "")
        place = f" {row} {shown}" if self.rows else ""
        return (
            f"{_SEVERITIES[self.severity][language]} {self.code}: {self.feed}/{self.file}{place} "
            f"({self.count} ×): {self.what[language]}; {self.done[language]}"
        )


@dataclass(frozen=True)
class Report:
    """Everything that was found in one feed or several, errors first."""

    faults: tuple[Fault, ...]

    def of(self, severity: Severity) -> list[Fault]:
        """The faults of one severity."""
        return [fault for fault in self.faults if fault.severity == severity]

    def count(self, code: str) -> int:
        """How often a kind of fault was found, in all files together.

        Parameters
        ----------
        code : the fault's name.
        """
        return sum(fault.count for fault in self.faults if fault.code == code)

    def lines(self, language: Language = "en") -> list[str]:
        """A line for every kind of fault.

        Parameters
        ----------
        language : of the words.
        """
        return [fault.line(language) for fault in self.faults]

    def refuse(self) -> None:
        """Go no further if there are errors.

        Raises
        ------
        DataError
            With every error and its rows.
        """
        if errors := self.of("error"):
            reported = [fault.line(rows=FAULTS_SHOWN) for fault in errors]
            feeds = ", ".join(sorted({fault.feed for fault in errors}))
            raise DataError(f"the timetable {feeds} cannot be read:\n  {listed(reported)}")


@dataclass
class Faults:
    """Gathers the faults of one feed while it is read."""

    feed: str
    found: list[Fault] = field(default_factory=list)

    def add(
        self,
        severity: Severity,
        code: str,
        file: str,
        rows: "Iterable[int] | pl.Series",
        what: tuple[str, str],
        done: tuple[str, str],
        count: int | None = None,
    ) -> None:
        """Note one kind of fault, if there is any of it.

        Parameters
        ----------
        severity : whether the feed can be read all the same.
        code : the fault's name.
        file : the file it is in.
        rows : the rows it stands in.
        what : what is wrong, in Swedish and English.
        done : what was done, or is to be done, in Swedish and English.
        count : how often, where it is not once a row.
        """
        numbers = rows.unique().sort().to_list() if isinstance(rows, pl.Series) else list(rows)
        if numbers or count:
            first = tuple(numbers[:FAULTS_SHOWN])
            times = len(numbers) if count is None else count
            self.found.append(Fault(self.feed, code, severity, file, times, Text(*what), Text(*done), first))

    @property
    def report(self) -> Report:
        """What was found up to now."""
        order = list(_SEVERITIES)
        return Report(tuple(sorted(self.found, key=lambda fault: order.index(fault.severity))))


def together(faults: Iterable[Faults]) -> Report:
    """The report of several feeds.

    Parameters
    ----------
    faults : those of each feed.
    """
    return Faults("", [fault for one in faults for fault in one.found]).report


def shown(word: object) -> str:
    """A value out of a feed for a message: short, and without signs that do something to a terminal.

    Parameters
    ----------
    word : the value.
    """
    text = repr(word)
    return text if len(text) <= _WORD_SHOWN else text[: _WORD_SHOWN - 2] + "…" + text[-1]
