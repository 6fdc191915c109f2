"""Gathering: the answers that a target takes, those that are there already used again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from storregion.core.errors import FetchError
from storregion.fetch.lock import Kept, Locked, Shelf, TableLock, question
from storregion.fetch.sources import Seen, Source
from storregion.fetch.transport import Call, Transport

Progress = Callable[[int, int, str], None]
Asks = Sequence[tuple[Seen, Call]]

# Pages that answers may lead on to beyond the calls that were counted.
_MOST_FURTHER = 10_000
# For so long an interrupted fetch of what bears neither a date nor a mark goes on where it was.
_FRESH = timedelta(days=1)
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def now() -> str:
    """The time it is, in UTC, as the lock writes it."""
    return datetime.now(UTC).strftime(_TIME)


@dataclass
class Gathering:
    """Gets what one target asks for.

    Parameters
    ----------
    name : the target.
    transport : the way to its publisher.
    shelf : where answers are kept.
    locked : what the lock has of the target; None when it was never fetched.
    progress : called with calls done, calls in all and what is fetched.
    again : pass over what is there.
    """

    name: str
    transport: Transport
    shelf: Shelf
    locked: Locked | None
    progress: Progress
    again: bool = False
    _there: dict[str, Kept] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)
    _done: int = 0
    _total: int = 0

    def tables(self, seen: Sequence[Seen], asks: Asks, source: Source) -> tuple[TableLock, ...]:
        """Get the answers that are not there yet; each is kept and written down as it comes.

        Parameters
        ----------
        seen : the target's tables.
        asks : the calls with the table that each belongs to.
        source : the client that says where an answer leads on.

        Returns
        -------
        The tables with their answers; of several, one that fails says why and has none.

        Raises
        ------
        FetchError
            A call fails, or the pages of a table never end, and no table comes.
        """
        if not self.again:
            self._look_around()
        self._done, self._total = 0, len(asks)
        found: list[TableLock] = []
        errors: list[FetchError] = []
        for table in seen:
            try:
                kept = self._pages(table, [call for other, call in asks if other is table], source)
            except FetchError as error:
                errors.append(error)
                found.append(TableLock(table.id, place=table.place, fault=str(error)))
            else:
                found.append(_locked(table, kept))
        if errors and len(errors) == len(seen):
            raise errors[0]
        return tuple(found)

    def _pages(self, table: Seen, calls: list[Call], source: Source) -> tuple[Kept, ...]:
        """The answers of one table, with those that they lead on to."""
        base = self.transport.publisher.base
        kept: list[Kept] = []
        queue = list(reversed(calls))
        asked: set[tuple[str, bytes | None]] = set()
        while queue:
            call = queue.pop()
            if (question_asked := (call.place(base), call.body)) in asked:
                raise FetchError(f"the pages of {table.id} lead back to themselves; nothing was taken")
            if len(asked) > len(calls) + _MOST_FURTHER:
                raise FetchError(f"{table.id} goes on after {len(asked)} pages; nothing was taken")
            asked.add(question_asked)
            found = self._answer(table, call)
            kept.append(found)
            if further := source.follow(call, self.shelf.folder / found.sha256):
                queue.append(further)
                self._total += 1
            self._done += 1
            self.progress(self._done, self._total, f"{self.name} {table.id}")
        return tuple(kept)

    def _look_around(self) -> None:
        """Note the answers that are there already, whole, by question."""
        begun = self.shelf.remembered(self.name)
        found: dict[str, Kept] = {}
        for table in self.locked.tables if self.locked else ():
            for kept in table.kept:
                found[question(kept.method, kept.address, kept.body, table.updated)] = kept
        # What an interrupted fetch has got is newer than the lock.
        found |= begun
        self._there = {asked: kept for asked, kept in found.items() if self.shelf.whole(kept)}
        oldest = (datetime.now(UTC) - _FRESH).strftime(_TIME)
        self._begun = {asked for asked, kept in begun.items() if kept.fetched > oldest and not kept.etag}

    def _answer(self, table: Seen, call: Call) -> Kept:
        method = "GET" if call.body is None else "POST"
        body = (call.body or b"").decode()
        address = call.place(self.transport.publisher.base)
        asked = question(method, address, body, table.updated)
        there = self._there.get(asked)
        if there is not None and self._fits(call, there):
            if table.updated or asked in self._begun:
                return there
            # What bears no date may have changed since it was asked for; its mark tells.
            call = replace(call, etag=there.etag)
        answer = self.transport.receive(call, self.shelf.folder)
        if answer.path is None and there is not None:
            return there
        kept = Kept(method, address, answer.sha256, answer.size, now(), body, answer.etag)
        self.shelf.remember(self.name, asked, kept)
        return kept

    def _fits(self, call: Call, kept: Kept) -> bool:
        """Whether an answer that is there is one that would be taken today."""
        try:
            if call.check is not None:
                call.check(self.shelf.folder / kept.sha256)
        except FetchError:
            return False
        return True


def _locked(table: Seen, kept: tuple[Kept, ...]) -> TableLock:
    variables = {name: tuple(codes) for name, codes in table.variables.items()}
    return TableLock(
        table.id, table.updated, variables, kept, place=table.place, last=table.last, notes=table.notes
    )
