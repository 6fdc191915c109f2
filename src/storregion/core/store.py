"""The store: every table kept by its content key beside its record, and which tables make up a state.

A table is `tables/NAME/KEY.parquet` beside `KEY.json`; both are written to a temporary name and moved into
place, the record last, so a table either is there whole or is not there. A state is one small file that
says which key each table has; it is moved into place when a build is complete, so a killed build leaves
the former state as it was.
"""

import hashlib
import io
import json
import os
import time
from pathlib import Path

import msgspec
import polars as pl

from storregion.core import files
from storregion.core.errors import StoreError
from storregion.core.hashes import Hashes
from storregion.core.lineage import Record

_ABANDONED = 3600.0


def default_folder() -> Path:
    """The store of this user: `$STORREGION_STORE`, else the cache folder of the system."""
    if chosen := os.environ.get("STORREGION_STORE"):
        return Path(chosen)
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "storregion"


class Held(msgspec.Struct, frozen=True):
    """How much a store holds, or how much was removed from it: states, tables, and bytes of both."""

    states: int
    tables: int
    size: int

    def __str__(self) -> str:
        """The same in words."""
        return f"{self.tables} tables of {self.states} states, {self.size / 1e6:,.0f} MB"


class Store:
    """A folder of tables and states."""

    def __init__(self, folder: Path) -> None:
        """Open a store, making the folder if need be."""
        self.folder = folder
        try:
            (folder / "tables").mkdir(parents=True, exist_ok=True)
            (folder / "states").mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the store in {folder}: {error.strerror}; give another folder with --store"
            ) from None
        self.hashes = Hashes(folder / "hashes.json")

    def record(self, table: str, key: str) -> Record | None:
        """The record of a table, or None where it is not there or cannot be read."""
        try:
            return msgspec.json.decode(self._file(table, key, "json").read_bytes(), type=Record)
        except (OSError, msgspec.DecodeError):
            return None

    def made(self, table: str, key: str) -> str | None:
        """When a table was made, as local time to the second; None where it is not there."""
        try:
            seconds = self._file(table, key, "json").stat().st_mtime
        except OSError:
            return None
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(seconds))

    def whole(self, table: str, key: str) -> bool:
        """Whether a table is there and is, to the byte, what its record says."""
        record = self.record(table, key)
        if record is None:
            return False
        try:
            return self.hashes.of(self._file(table, key, "parquet")) == record.sha256
        except OSError:
            return False

    def table(self, table: str, key: str) -> pl.DataFrame:
        """Read a table.

        Raises
        ------
        StoreError
            It is not there, or damaged.
        """
        path = self._file(table, key, "parquet")
        remedy = "run 'storregion build' to make it anew"
        record = self.record(table, key)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read ({error.strerror}); {remedy}") from None
        # A flipped byte inside a column is read without complaint, as another number.
        if record is None or hashlib.sha256(data).hexdigest() != record.sha256:
            raise StoreError(f"{path} is not what its record says; {remedy}")
        return pl.read_parquet(data)

    def keep(self, frame: pl.DataFrame, record: Record) -> Record:
        """Write a table and its record; return the record with rows and hash filled in."""
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd")
        data = buffer.getvalue()
        record = msgspec.structs.replace(record, rows=frame.height, sha256=hashlib.sha256(data).hexdigest())
        self._write(self._file(record.table, record.key, "parquet"), data)
        self._write(
            self._file(record.table, record.key, "json"), msgspec.json.format(msgspec.json.encode(record))
        )
        return record

    def state(self, name: str) -> dict[str, str]:
        """The tables of a finished build and their keys; empty when there is none."""
        try:
            found = json.loads((self.folder / "states" / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(table): str(key) for table, key in found.items()} if isinstance(found, dict) else {}

    def set_state(self, name: str, tables: dict[str, str]) -> None:
        """Say which tables a finished build is made of."""
        self._write(self.folder / "states" / f"{name}.json", json.dumps(tables, indent=1).encode())

    def sweep(self) -> None:
        """Remove temporary files that a killed build left long ago."""
        for path in self.folder.glob("**/*.tmp"):
            try:
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()
            except OSError:
                continue

    def clean(self, keep: int) -> "Held":
        """Remove all but the newest states, and the tables that no state left rests on.

        Parameters
        ----------
        keep : how many states stay, the last finished first.

        Returns
        -------
        What was removed. Tables younger than an hour stay: a build may be about to name them.
        """
        states = sorted(self._states(), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
        used = set().union(*(self._used(path.stem) for path in states[:keep]))
        tables = size = 0
        for path in states[keep:]:
            size += path.stat().st_size
            path.unlink()
        # Records before tables, so that no record is left without its table.
        for path in sorted(self.folder.glob("tables/*/*.*"), key=lambda path: path.suffix != ".json"):
            about = path.stat()
            if (path.parent.name, path.stem) in used or time.time() - about.st_mtime < _ABANDONED:
                continue
            path.unlink()
            tables += path.suffix == ".parquet"
            size += about.st_size
        return Held(len(states[keep:]), tables, size)

    def held(self) -> "Held":
        """What the store holds."""
        tables = [path for path in self.folder.glob("tables/*/*.*") if path.is_file()]
        size = sum(path.stat().st_size for path in [*tables, *self._states()])
        return Held(len(self._states()), sum(path.suffix == ".parquet" for path in tables), size)

    def _states(self) -> list[Path]:
        return list((self.folder / "states").glob("*.json"))

    def _used(self, state: str) -> set[tuple[str, str]]:
        """Every table and key that a state rests on, those of the base scenario included."""
        queue, found = list(self.state(state).items()), set[tuple[str, str]]()
        while queue:
            one = queue.pop()
            if one not in found:
                found.add(one)
                record = self.record(*one)
                queue += record.behind if record else ()
        return found

    def _file(self, table: str, key: str, ending: str) -> Path:
        return self.folder / "tables" / table / f"{key}.{ending}"

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, [data])
        except OSError as error:
            raise StoreError(
                f"cannot write {path}: {error.strerror}; free space, or give another folder with --store"
            ) from None


class Overlay(Store):
    """A store that keeps what is made in memory, over one whose tables it reads and leaves as they are."""

    def __init__(self, below: Store) -> None:
        """Take the store below; nothing is written to it."""
        self.folder, self.hashes = below.folder, below.hashes
        self.below = below
        self._made: dict[tuple[str, str], tuple[pl.DataFrame, Record]] = {}

    def record(self, table: str, key: str) -> Record | None:
        """The record of a table, made here or below."""
        made = self._made.get((table, key))
        return made[1] if made else self.below.record(table, key)

    def whole(self, table: str, key: str) -> bool:
        """Whether a table is there."""
        return (table, key) in self._made or self.below.whole(table, key)

    def table(self, table: str, key: str) -> pl.DataFrame:
        """Read a table."""
        made = self._made.get((table, key))
        return made[0] if made else self.below.table(table, key)

    def keep(self, frame: pl.DataFrame, record: Record) -> Record:
        """Keep a table in memory; return the record with its rows filled in."""
        record = msgspec.structs.replace(record, rows=frame.height)
        self._made[record.table, record.key] = (frame, record)
        return record

    def set_state(self, name: str, tables: dict[str, str]) -> None:
        """Forget which tables make up the trial; there is no state to come back to."""

    def sweep(self) -> None:
        """Leave the store below to its own builds."""
