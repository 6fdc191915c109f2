"""One fetch: ask what is new, get what is missing, make the figure files, and land them with the lock."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl

from storregion.core import landing
from storregion.core.errors import CallError, DataError, StorregionError, nearest
from storregion.core.store import default_folder
from storregion.core.workspace import Workspace
from storregion.fetch import figures, gtfs, kolada, partial, publishers, trial, wfs
from storregion.fetch.gather import Gathering, Progress, now
from storregion.fetch.lock import LOCK, Lock, Locked, Shelf, TableLock, alone, recipe
from storregion.fetch.outcome import BYTES_A_CELL, SECONDS_A_CELL, Outcome, differences, estimate
from storregion.fetch.publishers import Configuration, Publisher, Target
from storregion.fetch.pxweb import PxWeb1, PxWeb2
from storregion.fetch.register import lines_with, lines_without
from storregion.fetch.sources import Made, Reader, Seen, Source
from storregion.fetch.status import CHECKED, Checked, checked
from storregion.fetch.transport import Call, GoneError, Transport, key_of
from storregion.fetch.turnstile import Turnstile
from storregion.intake.rehearsal import reading, rehearse

Tell = Callable[[str], None]

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
        self.drafts = self.shelf.folder
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
        chosen = names or [name for name, target in known.items() if not target.only_by_name]
        outcomes = [Outcome(name) for name in chosen]
        with self._place(wishes), self._connections():
            for outcome in outcomes:
                try:
                    self._one(outcome, known[outcome.target], wishes)
                except StorregionError as error:
                    outcome.word, outcome.fault = "failed", str(error)
                    self.tell(f"{outcome.target}: {error}")
            if not wishes.dry:
                self._note(outcomes, wishes)
            if not (wishes.dry or wishes.check or wishes.offline):
                self.shelf.tidy(self.lock, {outcome.target for outcome in outcomes if not outcome.fault})
            if any(outcome.timetable for outcome in outcomes):
                self._tell_day()
        return outcomes

    @contextmanager
    def _place(self, wishes: Wishes) -> Iterator[None]:
        """Have the group's folder alone; what is only tried has a folder of its own, and writes nothing."""
        if wishes.dry:
            with tempfile.TemporaryDirectory() as scratch:
                self.drafts = Path(scratch)
                yield
            return
        with alone(self.group):
            landing.settle(self.group)
            self.lock = Lock.read(self.group)
            if not wishes.check:
                self._forget_missing()
            yield

    def _note(self, outcomes: list[Outcome], wishes: Wishes) -> None:
        """Remember what publishers said, for `status`; what was fetched just now speaks for itself."""
        before = checked(self.group)
        said = dict(before)
        for outcome in outcomes:
            if outcome.word in ("changed", "the same", "up to date") or outcome.gone:
                said[outcome.target] = Checked(now(), tuple(outcome.changes))
            elif outcome.word == "fetched":
                said.pop(outcome.target, None)
        if said != before and not wishes.offline:
            landing.land(self.group, {CHECKED.as_posix(): msgspec.json.encode(said)})

    def _tell_day(self) -> None:
        """Say which day is used now that timetables have come."""
        work = Workspace(self.group, self.workspace.store.folder)
        try:
            rules = work.table("travel_rules").row(0, named=True)
        except StorregionError as error:
            self.tell(f"timetables: {error}")
            return
        chosen = ", a typical Thursday that all timetables have, since they do not reach the stated day {}"
        said = "" if rules["day_rule"] == "stated" else chosen.format(rules["stated_day"])
        self.tell(f"timetables: the day that is used is {rules['day']}{said}")

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
        try:
            seen = self._tried(target, source.look(target))
        except (GoneError, DataError) as error:
            # The publisher answers, but no longer with what the target is made for.
            outcome.changes, outcome.gone = [str(error)], locked is not None
            if not (wishes.check and locked):
                raise
            self.tell(f"{outcome.target}: {error}")
            outcome.word = "changed"
            return
        outcome.changes, _ = differences(locked, seen)
        if not (wishes.check or wishes.accept):
            seen = partial.unspoilt(locked, seen)
        alive = [table for table in seen if not table.fault]
        if wishes.check:
            self._advise(outcome, target, alive)
        if wishes.check and locked:
            outcome.changes += self._newer(outcome, target, locked, alive, source)
        for change in outcome.changes:
            self.tell(f"{outcome.target}: {change}")
        self._without(outcome, {table.id: table.fault for table in seen if table.fault})
        if wishes.check:
            outcome.word = "changed" if outcome.changes else ("the same" if locked else "never fetched")
            return
        if locked and self._current(locked, target, alive, outcome) and not wishes.again:
            outcome.word = "up to date"
            return
        if target.tables:
            figures.fits(target, alive)
        asks = [(table, call) for table in alive for call in source.calls(target, table)]
        if wishes.dry:
            self._measure(outcome, target, asks, locked)
            outcome.word = "would be fetched"
            return
        gathering = self._gathering(outcome, target, again=wishes.again)
        came = gathering.tables(alive, asks, source)
        self._without(outcome, {table.id: table.fault for table in came if table.fault})
        faults = {table.place: table.fault for table in seen if table.fault}
        faults |= {table.place: table.fault for table in came if table.fault}
        tables = partial.with_before(target, locked, faults, came)
        outcome.calls = sum(len(table.kept) for table in tables)
        if locked and self._same(locked, target, tables):
            outcome.word = "up to date"
            return
        self._finish(outcome, target, tables)

    def _tried(self, target: Target, seen: list[Seen]) -> list[Seen]:
        """The tables, those with a fault whose codes would be refused."""
        step, _ = reading(target.file)
        return partial.tried(target, seen, step.schema, self._known) if target.tables and step else seen

    @cached_property
    def _known(self) -> dict[tuple[str, str], pl.Series]:
        """The codes of the group's municipalities; nothing while its files do not fit together."""
        try:
            return {
                ("municipalities", "municipality"): self.workspace.table("municipalities")["municipality"]
            }
        except StorregionError:
            return {}

    def _without(self, outcome: Outcome, faults: dict[str, str]) -> None:
        """Say which tables failed while others go on."""
        for name, fault in faults.items():
            outcome.without.append(name)
            outcome.changes.append(f"{name}: {fault}")
            self.tell(f"{outcome.target}: {name}: {fault}")

    def _advise(self, outcome: Outcome, target: Target, seen: list[Seen]) -> None:
        """Say what a check shows beside changes: signs without a meaning, and what the publisher notes."""
        if target.tables and (said := trial.unsaid(target)):
            self.tell(f"{outcome.target}: {said}")
        if outcome.target not in self.lock.targets:
            for table in seen:
                for note in table.notes:
                    self.tell(f"{outcome.target}: {table.id} says: {note}")

    def _gathering(self, outcome: Outcome, target: Target, *, again: bool) -> Gathering:
        transport, locked = self.transports[target.publisher], self.lock.targets.get(outcome.target)
        return Gathering(outcome.target, transport, self.shelf, locked, self.progress, again)

    def _measure(
        self, outcome: Outcome, target: Target, asks: list[tuple[Seen, Call]], locked: Locked | None
    ) -> None:
        """How much a target takes: what is known of it, and None of what is not."""
        transport = self.transports[target.publisher]
        outcome.calls = len(asks)
        outcome.cells = sum(call.cells for _, call in asks)
        outcome.features = sum(call.features for _, call in asks)
        if outcome.cells:
            outcome.size = outcome.cells * BYTES_A_CELL
        elif locked:
            outcome.size = sum(kept.size for table in locked.tables for kept in table.kept)
        elif target.feed:
            outcome.size = sum(transport.length(call, self.drafts) or 0 for _, call in asks) or None
        each = self.turnstile.lasts(transport.publisher.door)
        outcome.seconds = estimate(outcome.calls, transport.limits, each) + outcome.cells * SECONDS_A_CELL
        # An archive lasts as long as the line is slow, which no one knows beforehand.
        outcome.least = each is None or not outcome.cells

    def _newer(
        self, outcome: Outcome, target: Target, locked: Locked, seen: list[Seen], source: Source
    ) -> list[str]:
        """What bears no date and has another mark than what is there, or without marks other content."""
        marks = {kept.address: kept.etag for table in locked.tables for kept in table.kept}
        transport = self.transports[target.publisher]
        asks = [(t, call) for t in seen if not t.updated for call in source.calls(target, t)]
        if not asks:
            return []
        if not all(marks.get(call.place(transport.publisher.base)) for _, call in asks):
            tables = self._gathering(outcome, target, again=False).tables(seen, asks, source)
            with self._made(target, tables) as made:
                other = _hash(made.content) != locked.sha256
            return [f"{table.id} has other content than was fetched" for table in seen] if other else []
        found = []
        for table, call in asks:
            mark = marks[call.place(transport.publisher.base)]
            answer = transport.receive(replace(call, etag=mark, head=True), self.drafts)
            if answer.etag != mark:
                found.append(f"{table.id} has a newer edition")
        return found

    def _source(self, target: Target) -> Source:
        name = target.publisher
        publisher: Publisher = self.configuration.publishers[name]
        if name not in self.transports:
            self.transports[name] = Transport(publisher, self.turnstile, key_of(publisher))
        return CLIENTS[publisher.kind](self.transports[name], self.drafts)

    def _current(self, locked: Locked, target: Target, seen: list[Seen], outcome: Outcome) -> bool:
        """Whether what is there was made by the same recipe of the same editions, and is whole."""
        dated = all(table.updated for table in seen) and not any(table.fault for table in locked.tables)
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

    def _from_lock(self, outcome: Outcome, target: Target, locked: Locked | None) -> None:
        """Make the file anew from the raw files that the lock names, without the network."""
        if locked is None:
            outcome.word = "never fetched"
            return
        if locked.recipe != recipe(target):
            raise DataError("the target was changed after it was fetched; fetch it with the network")
        self._finish(outcome, target, locked.tables)

    @contextmanager
    def _made(self, target: Target, tables: tuple[TableLock, ...]) -> Iterator[Made]:
        """The figure file made of answers, until one is done with it."""
        publisher = self.configuration.publishers[target.publisher]
        step, _ = reading(target.file)
        answers = [(table, [self.shelf.path(kept) for kept in table.kept]) for table in tables]
        # A step may read from a file's name what it holds.
        draft = self.drafts / f".{os.getpid()}.made.{Path(target.file).name}"
        try:
            yield READERS[publisher.kind](
                target, answers, step.schema if step else None, self._lookups(target), draft
            )
        finally:
            draft.unlink(missing_ok=True)

    def _finish(self, outcome: Outcome, target: Target, tables: tuple[TableLock, ...]) -> None:
        """Make the figure file, try whether its step reads it, and land it with the lock."""
        publisher = self.configuration.publishers[target.publisher]
        step, raw = reading(target.file)
        with self._made(target, tables) as made:
            tables = partial.read(made, tables, self.lock.targets.get(outcome.target))
            self._without(outcome, {t.id: t.fault for t in tables if t.place in made.unread})
            sha256 = _hash(made.content)
            before = self.lock.targets.get(outcome.target)
            there = _sha256(self.group / "fetched" / target.file)
            # Without a date or a mark, answers are told apart by what is made of them.
            undated = (
                before is not None and before.recipe == recipe(target) and not any(t.updated for t in tables)
            )
            if before and undated and sha256 == before.sha256 == there:
                outcome.word = "up to date"
                return
            if made.last_day:
                days = {"first_day": made.first_day, "last_day": made.last_day}
                tables = tuple(msgspec.structs.replace(table, **days) for table in tables)
            elif step is not None and raw is not None:
                draft = self.drafts / f".{os.getpid()}.{Path(raw.file).name}"
                rehearse(self.workspace, step, raw, made.content, draft)
            locked = Locked(target.publisher, target.file, sha256, recipe(target), tables)
            lock = msgspec.structs.replace(self.lock, targets={**self.lock.targets, outcome.target: locked})
            files: dict[str, bytes | Path] = {f"fetched/{target.file}": made.content, LOCK: lock.written()}
            if step is not None:
                named = raw.file if raw is not None else target.file
                files["fetched/sources.csv"] = lines_with(self.group, named, publisher, target, locked, made)
            landing.land(self.group, files)
        self.lock, outcome.word, outcome.timetable = lock, "fetched", bool(made.last_day)

    def _lookups(self, target: Target) -> dict[str, pl.DataFrame]:
        wanted = (
            ["municipality_changes"]
            if target.tables and "municipality_changes" in self.workspace.steps
            else []
        )
        wanted += ["series_breaks"] if target.series else []
        return {name: self.workspace.table(name) for name in wanted}


def _hash(content: bytes | Path) -> str:
    import hashlib

    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sha256(path: Path) -> str:
    return _hash(path) if path.is_file() else ""
