"""The turnstile: how often a publisher may be called, kept by all processes of this user together.

A call takes a place from before it is sent until `seconds` after its answer has come. While it lasts the
publisher has seen it once; so no window of that length can hold more calls than there are places, by the
publisher's own clock and however long the way there takes.
"""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from storregion.core.errors import FetchError, StoreError

_TABLES = """
CREATE TABLE IF NOT EXISTS calls (door TEXT, started REAL, ended REAL, process INTEGER);
CREATE TABLE IF NOT EXISTS spent (door TEXT, month TEXT, calls INTEGER, PRIMARY KEY (door, month));
"""
_PATIENCE = 60.0
# A call of a process that no one can ask about has ended after so long.
_LONGEST = 900.0
_FORGOTTEN = 86_400.0

Limits = Sequence[tuple[int, float]]


class Turnstile:
    """The calls of this user to all publishers, in one small file."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it if need be."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as books:
                books.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"cannot keep count of calls in {path}: {error}; STORREGION_STORE names another folder"
            ) from None

    @contextmanager
    def pass_through(self, door: str, limits: Limits, monthly: int = 0, account: str = "") -> Iterator[None]:
        """Wait for a place, and hold it during one call.

        Parameters
        ----------
        door : whose limit it is.
        limits : pairs of how many calls any window of how many seconds may hold; all of them are kept.
        monthly : how many a calendar month may hold; 0 for any number.
        account : whose calls of the month it counts among; those of the door when empty.

        Raises
        ------
        FetchError
            The month's calls are used up.
        """
        budget = (account or door, monthly)
        row = self._enter(door, limits, budget)
        while row is None:
            time.sleep(max(0.005, min(self.wait(door, limits), 1.0)))
            row = self._enter(door, limits, budget)
        try:
            yield
        finally:
            with closing(self._open()) as books:
                books.execute("UPDATE calls SET ended = ? WHERE rowid = ?", (time.time(), row))

    def wait(self, door: str, limits: Limits) -> float:
        """Seconds until a place may be free; parameters as for `pass_through`."""
        with closing(self._open()) as books:
            return _waiting(books, door, limits, time.time())

    def spent(self, account: str) -> int:
        """Calls of an account in this calendar month."""
        with closing(self._open()) as books:
            found = books.execute(
                "SELECT calls FROM spent WHERE door = ? AND month = ?", (account, _month())
            ).fetchone()
        return int(found[0]) if found else 0

    def lasts(self, door: str) -> float | None:
        """Seconds that a call through a door has lasted in the middle of late; None when none is known."""
        with closing(self._open()) as books:
            found = books.execute(
                "SELECT ended - started FROM calls WHERE door = ? AND ended IS NOT NULL", (door,)
            ).fetchall()
        return median(lasted for (lasted,) in found) if found else None

    def _enter(self, door: str, limits: Limits, budget: tuple[str, int]) -> int | None:
        with closing(self._open()) as books:
            books.execute("BEGIN IMMEDIATE")
            now = time.time()
            _end_dead(books, door, now)
            # A clock that was set back would else hold places for as long as it was.
            books.execute("UPDATE calls SET ended = ? WHERE ended > ?", (now, now))
            books.execute("DELETE FROM calls WHERE ended < ?", (now - _FORGOTTEN,))
            if _waiting(books, door, limits, now) > 0:
                books.execute("COMMIT")
                return None
            self._spend(books, door, *budget)
            entered = books.execute(
                "INSERT INTO calls VALUES (?, ?, NULL, ?)", (door, now, os.getpid())
            ).lastrowid
            books.execute("COMMIT")
            return entered

    def _spend(self, books: sqlite3.Connection, door: str, account: str, monthly: int) -> None:
        books.execute("INSERT INTO spent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1",
                      (account, _month()))  # fmt: skip
        (spent,) = books.execute(
            "SELECT calls FROM spent WHERE door = ? AND month = ?", (account, _month())
        ).fetchone()
        if monthly and spent > monthly:
            books.execute("ROLLBACK")
            raise FetchError(
                f"the {monthly} calls a month that {door} allows are used up; go on with what is there, and "
                "fetch again next month"
            )

    def _open(self) -> sqlite3.Connection:
        books = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        # The count outlives a killed process; it need not outlive a loss of power, so no disk is waited for.
        books.execute("PRAGMA synchronous = OFF")
        return books


def _waiting(books: sqlite3.Connection, door: str, limits: Limits, now: float) -> float:
    """Seconds until every limit may have a place; a call that lasts still holds one for as long."""
    longest = 0.0
    for calls, seconds in limits:
        held = books.execute(
            "SELECT ended FROM calls WHERE door = ? AND (ended IS NULL OR ended > ?) ORDER BY ended",
            (door, now - seconds),
        ).fetchall()
        if len(held) >= calls:
            ends = [ended for (ended,) in held if ended is not None]
            surplus = len(held) - calls
            wait = ends[surplus] + seconds - now if surplus < len(ends) else 0.02
            longest = max(longest, wait, 0.001)
    return longest


def _month() -> str:
    return datetime.now(UTC).strftime("%Y-%m")


def _end_dead(books: sqlite3.Connection, door: str, now: float) -> None:
    """End the calls of processes that are gone; what they sent, they sent before now."""
    running = books.execute(
        "SELECT rowid, started, process FROM calls WHERE door = ? AND ended IS NULL", (door,)
    ).fetchall()
    for row, started, process in running:
        if now - started > _LONGEST or not _alive(process):
            books.execute("UPDATE calls SET ended = ? WHERE rowid = ?", (now, row))


def _alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
