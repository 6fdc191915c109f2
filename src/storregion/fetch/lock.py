"""The lock and the raw files: what was asked for, what came, and when; enough to do without the network.

`sources.lock` lies in the group and belongs in its history; the raw files lie in `fetched/raw`, each under
its own hash, exactly as they came (unpacked where they were sent packed). A journal beside them remembers
answers of a fetch that has not come to its end, so that the next one goes on from there.
"""

import hashlib
import os
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import msgspec

from storregion.core.errors import CallError, DataError, StoreError

LOCK = "sources.lock"
RAW = Path("fetched", "raw")
_LARGEST_LOCK = 64 * 2**20


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One answer: what was asked, the hash it lies under, its size and when it came (UTC)."""

    method: str
    address: str
    sha256: str
    size: int
    fetched: str
    body: str = ""
    etag: str = ""


class TableLock(msgspec.Struct, frozen=True, omit_defaults=True):
    """One table of a publisher as it was: when updated, its variables with their codes, and its answers.

    `place` is the number of the target's query that it answers; `last` its last period; `notes` what the
    publisher says of its cells; `fault` why nothing of it is in the file.
    """

    id: str
    updated: str = ""
    variables: dict[str, tuple[str, ...]] = {}
    kept: tuple[Kept, ...] = ()
    first_day: str = ""
    last_day: str = ""
    place: int = 0
    last: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""


class Locked(msgspec.Struct, frozen=True):
    """One target: what it was asked by, the tables, and the hash of the file made of them."""

    publisher: str
    file: str
    sha256: str
    recipe: str
    tables: tuple[TableLock, ...]

    @property
    def fetched(self) -> str:
        """When the last answer came."""
        return max((kept.fetched for table in self.tables for kept in table.kept), default="")


class Lock(msgspec.Struct, frozen=True):
    """Everything fetched into a group, by target."""

    version: int = 1
    targets: dict[str, Locked] = {}

    @classmethod
    def read(cls, group: Path) -> "Lock":
        """The lock of a group; an empty one when nothing was fetched yet.

        Raises
        ------
        DataError
            The file is damaged or of another version.
        """
        path = group / LOCK
        if not path.is_file():
            return cls()
        if path.stat().st_size > _LARGEST_LOCK:
            raise DataError(f"{path} holds more than {_LARGEST_LOCK} bytes; is it the right file?")
        try:
            lock = msgspec.json.decode(path.read_bytes(), type=cls)
        except (msgspec.DecodeError, RecursionError) as error:
            raise DataError(f"{path} is damaged ({error}); take it back from its history") from None
        if lock.version != 1:
            raise DataError(f"{path} is of version {lock.version}; this program reads 1. Update the program")
        return msgspec.structs.replace(lock, targets={k: _placed(v) for k, v in lock.targets.items()})

    def written(self) -> bytes:
        """The lock as its file holds it."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=1) + b"\n"


def _placed(locked: Locked) -> Locked:
    """A target whose tables say which query they answer; earlier locks have all, in that order."""
    if any(table.place for table in locked.tables):
        return locked
    tables = tuple(msgspec.structs.replace(table, place=at) for at, table in enumerate(locked.tables))
    return msgspec.structs.replace(locked, tables=tables)


def recipe(what: msgspec.Struct) -> str:
    """The hash of what a target is asked by and made with."""
    return hashlib.sha256(msgspec.json.encode(what, order="sorted")).hexdigest()[:20]


def question(method: str, address: str, body: str, updated: str) -> str:
    """The hash of one question to a table as it was when updated."""
    return hashlib.sha256("\n".join((method, address, body, updated)).encode()).hexdigest()


class Shelf:
    """The raw files of a group, and the journal of a fetch under way."""

    def __init__(self, group: Path) -> None:
        """Take the group's folder."""
        self.folder = group / RAW
        self._journal = self.folder / "journal.jsonl"

    def whole(self, kept: Kept) -> bool:
        """Whether an answer is there, to the byte."""
        path = self.folder / kept.sha256
        try:
            if path.stat().st_size != kept.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == kept.sha256
        except OSError:
            return False

    def path(self, kept: Kept) -> Path:
        """Where an answer lies.

        Raises
        ------
        StoreError
            It is not there, or is not what came.
        """
        if not self.whole(kept):
            raise StoreError(
                f"{self.folder / kept.sha256} is not there or not what came; run 'storregion fetch' to have "
                "it again, or copy the folder fetched/raw from where it was fetched"
            )
        return self.folder / kept.sha256

    def remembered(self, target: str) -> dict[str, Kept]:
        """The answers of a target whose fetch was interrupted, by question.

        Parameters
        ----------
        target : the target.
        """
        return {asked: kept for name, asked, kept in self._lines() if name == target}

    def _lines(self) -> list[tuple[str, str, Kept]]:
        """The journal: target, question and answer; a line half written counts as none."""
        found = []
        with suppress(FileNotFoundError):
            for line in self._journal.read_bytes().splitlines():
                with suppress(msgspec.DecodeError):
                    found.append(msgspec.json.decode(line, type=tuple[str, str, Kept]))
        return found

    def remember(self, target: str, asked: str, kept: Kept) -> None:
        """Write down that a question of a target was answered."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._journal.open("ab") as file:
            # After a line half written the next one begins on a line of its own.
            file.write(b"\n" + msgspec.json.encode((target, asked, kept)) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def tidy(self, lock: Lock, done: Collection[str]) -> None:
        """Remove drafts, the journal of targets that are done, and raw files that nothing names any more.

        Parameters
        ----------
        lock : what the group has.
        done : targets whose fetch has come to its end.
        """
        begun = [line for line in self._lines() if line[0] not in done]
        named = {kept.sha256 for locked in lock.targets.values() for t in locked.tables for kept in t.kept}
        named |= {kept.sha256 for _, _, kept in begun}
        if begun:
            draft = self.folder / ".journal.tmp"
            draft.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in begun))
            draft.replace(self._journal)
            named.add(self._journal.name)
        for path in self.folder.glob("*"):
            if path.name not in named and path.is_file():
                with suppress(OSError):
                    path.unlink()


@contextmanager
def alone(group: Path) -> Iterator[None]:
    """Keep other fetches out of a group while this one lasts; a killed one keeps no one out.

    Raises
    ------
    CallError
        Another fetch of the group is under way.
    StoreError
        The group's folder cannot be written.
    """
    path = group / "fetched" / ".fetching"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        gate = sqlite3.connect(path, timeout=0, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"cannot write into {group}: {error}; make a copy of the group's folder that you may write, and "
            "name it with --group"
        ) from None
    with closing(gate):
        try:
            # A database lock is let go by the system however the process ends.
            gate.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise CallError(f"another fetch of {group} is under way ({error}); wait for it") from None
        yield
