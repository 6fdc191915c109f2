"""One fetch: ask what is new, get what is missing, make the figure files, and land them with the lock."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import polars as pl

from storregion import landing
from storregion.errors import CallError, DataError, StorregionError, nearest
from storregion.fetch import figures, gtfs, kolada, publishers, wfs
from storregion.fetch.lock import LOCK, Kept, Lock, Locked, Shelf, TableLock, alone, question, recipe
from storregion.fetch.publishers import Configuration, Publisher, Target
from storregion.fetch.pxweb import PxWeb1, PxWeb2
from storregion.fetch.register import lines_with, lines_without
from storregion.fetch.sources import Reader, Seen, Source
from storregion.fetch.status import CHECKED, Checked, checked
from storregion.fetch.transport import Call, Transport, key_of
from storregion.fetch.turnstile import Limits, Turnstile
from storregion.store import default_folder
from storregion.trial import reading, tried
from storregion.workspace import Workspace

Tell = Callable[[str], None]
Progress = Callable[[int, int, str], None]
_SHOWN = 8
# What a cell takes in JSON-stat, with its share of the codes: a number of one to six digits and a comma.
_BYTES_A_CELL = 5

CLIENTS: dict[str, Callable[[Transport, Path], Source]] = {
    "pxweb2": PxWeb2,
    "pxweb1": PxWeb1,
    "gtfs": gtfs.Timetables,
    "kolada": kolada.Kolada,
    "wfs": wfs.Features,
}
READERS: dict[str, Reader] = {
    "pxweb2": figures.pxweb,
    "pxweb1": figures.pxweb,
    "gtfs": gtfs.read,
    "kolada": kolada.read,
    "wfs": wfs.read,
}


@dataclass(frozen=True)
class Wishes:
    """How a fetch is to go.

    `accept` takes tables that have lost codes or variables; `again` asks for figures that have not changed;
    `dry` and `check` ask for no figures; `offline` asks for nothing at all.
    """

    accept: bool = False
    again: bool = False
    dry: bool = False
    check: bool = False
    offline: bool = False


@dataclass
class Outcome:
    """What became of one target: a word, what changed at the publisher, and how much was asked for."""

    target: str
    word: str = ""
    changes: list[str] = field(default_factory=list)
    calls: int = 0
    cells: int = 0
    seconds: float = 0.0
    fault: str = ""
    timetable: bool = False


class Fetch:
    """One fetch into one group.

    Parameters
    ----------
    workspace : the group.
    tell : called with every line worth saying while it goes on.
    progress : called with calls done, calls in all and what is fetched.
    """

    def __init__(self, workspace: Workspace, tell: Tell, progress: Progress | None = None) -> None:
        """Read the configuration and the lock."""
        landing.settle(workspace.folder)
        self.workspace, self.tell = workspace, tell
        self.progress = progress or (lambda done, total, what: None)
        self.group = workspace.folder
        self.configuration: Configuration = publishers.read(self.group)
        self.lock = Lock.read(self.group)
        self.shelf = Shelf(self.group)
        self.turnstile = Turnstile(default_folder() / "calls.sqlite")
        self.transports: dict[str, Transport] = {}

    def run(self, names: list[str], wishes: Wishes) -> list[Outcome]:
        """Fetch targets, each by itself: what fails for one leaves the others and what was there.

        Parameters
        ----------
        names : stems of files in the folder `fetch`; when empty all, save those to be fetched by name only.
        wishes : how it is to go.

        Raises
        ------
        CallError
            There is no such target, or another fetch is under way.
        """
        known = self.configuration.targets
        for name in names:
            if name not in known:
                hint = nearest(name, known) if known else f"{self.group / 'fetch'} holds none"
                raise CallError(f"there is nothing to fetch called {name!r}; {hint}")
        outcomes = []
        with alone(self.group), self._connections():
            landing.settle(self.group)
            self.lock = Lock.read(self.group)
            self._forget_missing()
            for name in names or [name for name, target in known.items() if not target.only_by_name]:
                outcome = Outcome(name)
                outcomes.append(outcome)
                try:
                    self._one(outcome, known[name], wishes)
                except StorregionError as error:
                    outcome.word, outcome.fault = "failed", str(error)
                    self.tell(f"{name}: {error}")
            whole = not any(outcome.fault for outcome in outcomes)
            if whole and not (wishes.dry or wishes.check or wishes.offline):
                self.shelf.tidy(self.lock)
            if any(outcome.timetable for outcome in outcomes):
                self._tell_day()
        return outcomes

    def _tell_day(self) -> None:
        """Say which day is reckoned now that timetables have come."""
        work = Workspace(self.group, self.workspace.store.folder)
        try:
            rules = work.table("travel_rules").row(0, named=True)
        except StorregionError as error:
            self.tell(f"timetables: {error}")
            return
        chosen = ", a typical Thursday that all timetables have, since they do not reach the stated day {}"
        said = "" if rules["day_rule"] == "stated" else chosen.format(rules["stated_day"])
        self.tell(f"timetables: the day that is reckoned is {rules['day']}{said}")

    @contextmanager
    def _connections(self) -> Iterator[None]:
        try:
            yield
        finally:
            for transport in self.transports.values():
                transport.close()
            self.transports.clear()

    def _forget_missing(self) -> None:
        """Take the lines of files that are gone out of `sources.csv`; they are about to be made anew."""
        files = [locked.file for locked in self.lock.targets.values()]
        gone = [file for file in files if not (self.group / "fetched" / file).is_file()]
        if lines := lines_without(self.group, gone):
            landing.land(self.group, {"fetched/sources.csv": lines})
            work = self.workspace
            self.workspace = Workspace(work.folder, work.store.folder, work.scenario_name)

    def _one(self, outcome: Outcome, target: Target, wishes: Wishes) -> None:
        locked = self.lock.targets.get(outcome.target)
        if wishes.offline:
            self._from_lock(outcome, target, locked)
            return
        source = self._source(target)
        seen = source.look(target)
        outcome.changes, lost = _differences(locked, seen)
        if wishes.check and locked:
            outcome.changes += self._newer(target, locked, seen, source)
        for change in outcome.changes:
            self.tell(f"{outcome.target}: {change}")
        if wishes.check:
            outcome.word = "changed" if outcome.changes else ("the same" if locked else "never fetched")
            said = {**checked(self.group), outcome.target: Checked(_now(), tuple(outcome.changes))}
            landing.land(self.group, {CHECKED.as_posix(): msgspec.json.encode(said)})
            return
        if locked and self._current(locked, target, seen, outcome) and not wishes.again:
            outcome.word = "up to date"
            return
        if lost and not wishes.accept:
            raise DataError(
                f"the publisher has taken away what was there before ({'; '.join(lost[:3])}); nothing was "
                "overwritten. Look at it, correct the target if need be, then fetch with --accept"
            )
        asks = [(table, call) for table in seen for call in source.calls(target, table)]
        outcome.calls, outcome.cells = len(asks), sum(call.cells for _, call in asks)
        transport = self.transports[target.publisher]
        outcome.seconds = estimate(outcome.calls, transport.limits)
        if wishes.dry:
            outcome.word = "would be fetched"
            return
        tables = self._gather(outcome, target, seen, asks, source, again=wishes.again)
        if locked and self._same(locked, target, tables):
            outcome.word = "up to date"
            return
        self._finish(outcome, target, tables)

    def _newer(self, target: Target, locked: Locked, seen: list[Seen], source: Source) -> list[str]:
        """What bears no date, and has another mark than what is there."""
        marks = {kept.address: kept.etag for table in locked.tables for kept in table.kept}
        transport = self.transports[target.publisher]
        found = []
        for table in (table for table in seen if not table.updated):
            for call in source.calls(target, table):
                mark = marks.get(call.place(transport.publisher.base), "")
                answer = transport.receive(replace(call, etag=mark, head=True), self.shelf.folder)
                if answer.etag != mark or not mark:
                    found.append(f"{table.id} has a newer edition, or bears no mark to tell by")
        return found

    def _source(self, target: Target) -> Source:
        name = target.publisher
        publisher: Publisher = self.configuration.publishers[name]
        if name not in self.transports:
            self.transports[name] = Transport(publisher, self.turnstile, key_of(publisher))
        return CLIENTS[publisher.kind](self.transports[name], self.shelf.folder)

    def _current(self, locked: Locked, target: Target, seen: list[Seen], outcome: Outcome) -> bool:
        """Whether what is there was made by the same recipe of the same editions, and is whole."""
        dated = all(table.updated for table in seen)
        return dated and not outcome.changes and self._same(locked, target, locked.tables)

    def _same(self, locked: Locked, target: Target, tables: tuple[TableLock, ...]) -> bool:
        """Whether these answers, by this recipe, are what the file that is there was made of."""
        answers = [[kept.sha256 for kept in table.kept] for table in tables]
        return (
            locked.recipe == recipe(target)
            and answers == [[kept.sha256 for kept in table.kept] for table in locked.tables]
            and all(self.shelf.whole(kept) for table in locked.tables for kept in table.kept)
            and _sha256(self.group / "fetched" / locked.file) == locked.sha256
        )

    def _gather(
        self,
        outcome: Outcome,
        target: Target,
        seen: list[Seen],
        asks: list[tuple[Seen, Call]],
        source: Source,
        *,
        again: bool,
    ) -> tuple[TableLock, ...]:
        """Get the answers that are not there yet; each is kept and written down as it comes."""
        there = {} if again else self._there(outcome.target)
        kept: dict[str, list[Kept]] = {table.id: [] for table in seen}
        queue = list(reversed(asks))
        done, total = 0, len(asks)
        while queue:
            table, call = queue.pop()
            found = self._answer(target, table, call, there)
            kept[table.id].append(found)
            if further := source.follow(call, self.shelf.folder / found.sha256):
                queue.append((table, further))
                total += 1
            done += 1
            self.progress(done, total, f"{outcome.target} {table.id}")
        outcome.calls = total
        return tuple(
            TableLock(t.id, t.updated, {k: tuple(v) for k, v in t.variables.items()}, tuple(kept[t.id]))
            for t in seen
        )

    def _there(self, name: str) -> dict[str, Kept]:
        """The answers that are there already, whole, by question."""
        found = self.shelf.remembered()
        locked = self.lock.targets.get(name)
        for table in locked.tables if locked else ():
            for kept in table.kept:
                found[question(kept.method, kept.address, kept.body, table.updated)] = kept
        return {asked: kept for asked, kept in found.items() if self.shelf.whole(kept)}

    def _answer(self, target: Target, table: Seen, call: Call, there: Mapping[str, Kept]) -> Kept:
        method = "GET" if call.body is None else "POST"
        body = (call.body or b"").decode()
        transport = self.transports[target.publisher]
        address = call.place(transport.publisher.base)
        asked = question(method, address, body, table.updated)
        # What bears no date may have changed since it was asked for; its mark tells.
        if asked in there:
            if table.updated:
                return there[asked]
            call = replace(call, etag=there[asked].etag)
        answer = transport.receive(call, self.shelf.folder)
        if answer.path is None:
            return there[asked]
        kept = Kept(method, address, answer.sha256, answer.size, _now(), body, answer.etag)
        self.shelf.remember(asked, kept)
        return kept

    def _from_lock(self, outcome: Outcome, target: Target, locked: Locked | None) -> None:
        """Make the file anew from the raw files that the lock names, without the network."""
        if locked is None:
            outcome.word = "never fetched"
            return
        if locked.recipe != recipe(target):
            raise DataError("the target was changed after it was fetched; fetch it with the network")
        self._finish(outcome, target, locked.tables)

    def _finish(self, outcome: Outcome, target: Target, tables: tuple[TableLock, ...]) -> None:
        """Make the figure file, try whether its step reads it, and land it with the lock."""
        publisher = self.configuration.publishers[target.publisher]
        step, raw = reading(target.file)
        answers = [(table, [self.shelf.path(kept) for kept in table.kept]) for table in tables]
        made = READERS[publisher.kind](target, answers, step.schema if step else None, self._lookups(target))
        sha256 = _hash(made.content)
        if made.last_day:
            days = {"first_day": made.first_day, "last_day": made.last_day}
            tables = tuple(msgspec.structs.replace(table, **days) for table in tables)
        if step is not None and raw is not None and isinstance(made.content, bytes):
            draft = self.shelf.folder / f".{Path(raw.file).name}"
            tried(self.workspace, step, raw, made.content, draft)
        locked = Locked(target.publisher, target.file, sha256, recipe(target), tables)
        lock = msgspec.structs.replace(self.lock, targets={**self.lock.targets, outcome.target: locked})
        files: dict[str, bytes | Path] = {f"fetched/{target.file}": made.content, LOCK: lock.written()}
        if step is not None:
            named = raw.file if raw is not None else target.file
            files["fetched/sources.csv"] = lines_with(self.group, named, publisher, target, locked, made)
        landing.land(self.group, files)
        self.lock, outcome.word, outcome.timetable = lock, "fetched", bool(made.last_day)

    def _lookups(self, target: Target) -> dict[str, pl.DataFrame]:
        wanted = ["series_breaks"] if target.series else []
        return {name: self.workspace.table(name) for name in wanted}


def told(outcome: Outcome) -> str:
    """An outcome in one line.

    Parameters
    ----------
    outcome : what became of one target.
    """
    if outcome.word == "would be fetched":
        size = (
            f"{outcome.cells} cells, about {outcome.cells * _BYTES_A_CELL / 1e6:.1f} MB, "
            if outcome.cells
            else ""
        )
        return (
            f"{outcome.target}: would take {outcome.calls} calls, {size}about {outcome.seconds:.0f} seconds"
        )
    if outcome.fault:
        return f"{outcome.target}: not fetched; what was there stays"
    return f"{outcome.target}: {outcome.word}" + (
        f" in {outcome.calls} calls" if outcome.word == "fetched" else ""
    )


def estimate(calls: int, limits: Limits, each: float = 0.7) -> float:
    """Seconds that calls take: as long as each lasts, and no faster than the publisher allows.

    Parameters
    ----------
    calls : how many.
    limits : pairs of how many calls the publisher takes in how many seconds.
    each : seconds that one call is thought to last.
    """
    waits = [max(0, (calls - 1) // most) * (seconds + each) for most, seconds in limits]
    return max(calls * each, *waits)


def _differences(locked: Locked | None, seen: list[Seen]) -> tuple[list[str], list[str]]:
    """What is other at the publisher than in the lock, in words; and of that, what is gone."""
    if locked is None:
        return [], []
    before = {table.id: table for table in locked.tables}
    changes: list[str] = []
    lost: list[str] = []
    for table in seen:
        old = before.get(table.id)
        if old is None:
            continue
        if old.updated != table.updated:
            changes.append(f"{table.id} was updated {table.updated} (fetched as of {old.updated})")
        fresh = [name for name in table.variables if name not in old.variables]
        lost += [f"{table.id} has a new variable {name!r}" for name in fresh]
        for name, codes in old.variables.items():
            if name not in table.variables:
                lost.append(f"{table.id} has no variable {name!r} any more")
                continue
            new = [code for code in table.variables[name] if code not in set(codes)]
            gone = [code for code in codes if code not in set(table.variables[name])]
            if new:
                changes.append(f"{table.id}: new codes of {name}: {_some(new)}")
            if gone:
                lost.append(f"{table.id}: codes of {name} are gone: {_some(gone)}")
    return changes + lost, lost


def _some(codes: list[str]) -> str:
    rest = len(codes) - _SHOWN
    return ", ".join(codes[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _hash(content: bytes | Path) -> str:
    import hashlib

    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path) -> str:
    return _hash(path) if path.is_file() else ""
