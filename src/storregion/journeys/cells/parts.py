"""Parts of a result: each written whole or not at all, taken up again after a kill, joined at the end.

Beside FILE.parquet lies FILE.parquet.parts while a run is unfinished. In it are `run.json`, which says all
that the result rests on, and a file for every finished batch. A part's name tells its batch, the key of all
that it rests on, and the SHA-256 of its bytes, so that a damaged one is known and made again.
"""

import hashlib
import io
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from storregion.core import files
from storregion.core.errors import CallError, StoreError
from storregion.journeys.cells.columns import CELL_REACH

NAME = "access.parquet"
RUN = "run.json"
JOB = "job.arrays"
_NOTE = "storregion.cell_reach"
_PART = re.compile(r"(\d{6})-([0-9a-f]{20})-([0-9a-f]{64})\.parquet")


class Note(msgspec.Struct, frozen=True):
    """What a finished file says of itself."""

    key: str
    checksum: str
    rows: int
    batches: int


def target(to: Path) -> Path:
    """The file to write: `to` itself if it is named .parquet, else access.parquet in it."""
    path = to if to.suffix.lower() == ".parquet" else to / NAME
    if path.is_dir():
        raise CallError(f"{path} is a folder; --to takes a file named .parquet, or a folder for one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}; choose another place with --to") from None
    if path.exists() and _note(path) is None:
        raise CallError(
            f"{path} is not a result of access and is left as it is; choose another file with --to"
        )
    return path


def key(said: Mapping[str, str]) -> str:
    """The key of a result, of all that it rests on."""
    return hashlib.sha256(msgspec.json.encode(said, order="sorted")).hexdigest()[:20]


def finished(path: Path, wanted: str) -> Note | None:
    """What a finished file of that key says of itself; None where there is none, or it is damaged."""
    note = _note(path) if path.exists() else None
    if note is None or note.key != wanted:
        return None
    try:
        whole = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        return None
    if checksum(whole) != note.checksum:
        return None
    _clear(_beside(path))
    return note


def checksum(frame: pl.DataFrame) -> str:
    """SHA-256 over the values of a table, column by column: the same however they are stored.

    Parameters
    ----------
    frame : columns of words, whole numbers and numbers.
    """
    found = hashlib.sha256(f"{frame.height}".encode())
    for column in frame:
        found.update(f"\n{column.name} {column.dtype}\n".encode())
        found.update(column.is_null().cast(pl.UInt8).to_numpy().tobytes())
        if column.dtype == pl.String:
            words = column.fill_null("").to_list()
            found.update(json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode())
        else:
            kind = "<f8" if column.dtype == pl.Float64 else "<i8"
            found.update(column.fill_null(0).to_numpy().astype(kind).tobytes())
    return found.hexdigest()


def put(path: Path, data: Iterable[bytes | memoryview], drafts: Path | None = None) -> None:
    """Write a file under a temporary name and move it into place: it is there whole or not at all.

    Parameters
    ----------
    path : the file.
    data : its bytes, in pieces.
    drafts : the folder for the temporary file, on the same disk; the file's own when None.
    """
    try:
        files.write(path, data, drafts)
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror}; free space, or choose another place with --to"
        ) from None


@dataclass(frozen=True)
class Folder:
    """The folder of parts of one run."""

    path: Path
    key: str

    @staticmethod
    def opened(path: Path, said: Mapping[str, str]) -> "Folder":
        """The parts beside a file, of this very run; made where there are none.

        Parameters
        ----------
        path : the file to be.
        said : all that the parts rest on, by what it is.

        Raises
        ------
        CallError
            There lie parts of another run, or something else.
        """
        folder = _beside(path)
        _refuse_other(folder, path, said)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot write {folder}: {error.strerror}; choose another place with --to"
            ) from None
        put(folder / RUN, [json.dumps(dict(said), indent=1, ensure_ascii=False).encode()])
        return Folder(folder, key(said))

    def due(self, batches: int) -> list[int]:
        """The batches, of so many, that are not there whole."""
        found = self._found()
        return [batch for batch in range(batches) if _whole(found.get(batch)) is None]

    def keep(self, batch: int, frame: pl.DataFrame) -> None:
        """Write one batch."""
        CELL_REACH.check(frame, maker="storregion access")
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        data = buffer.getvalue()
        put(self.path / f"{batch:06d}-{self.key}-{hashlib.sha256(data).hexdigest()}.parquet", [data])

    def join(self, path: Path, wanted: str, batches: int) -> tuple[int, str]:
        """Join all batches to one file and remove them; give its rows and checksum.

        Parameters
        ----------
        path : the file.
        wanted : its key.
        batches : how many there must be.
        """
        found = self._found()
        parts = [_whole(found.get(batch)) for batch in range(batches)]
        if lost := [batch for batch, part in enumerate(parts) if part is None]:
            raise StoreError(f"part {lost[0]} of {self.path} is gone or damaged; run the same words again")
        frame = pl.concat([pl.read_parquet(part) for part in parts if part is not None], rechunk=True)
        CELL_REACH.check(frame, maker="storregion access")
        note = Note(wanted, checksum(frame), frame.height, batches)
        buffer = io.BytesIO()
        frame.write_parquet(buffer, metadata={_NOTE: msgspec.json.encode(note).decode()})
        # The draft lies among the parts, where a kill leaves nothing that is not removed in the end.
        put(path, [buffer.getvalue()], self.path)
        _clear(self.path)
        return frame.height, note.checksum

    def _found(self) -> dict[int, Path]:
        names = ((path, _PART.fullmatch(path.name)) for path in sorted(self.path.iterdir()))
        return {int(name[1]): path for path, name in names if name and name[2] == self.key}


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}.parts")


def _note(path: Path) -> Note | None:
    try:
        return msgspec.json.decode(pl.read_parquet_metadata(path).get(_NOTE, ""), type=Note)
    except (OSError, pl.exceptions.PolarsError, msgspec.DecodeError):
        return None


def _whole(path: Path | None) -> io.BytesIO | None:
    """A part's bytes, if they are those that its name tells of."""
    if path is None or (name := _PART.fullmatch(path.name)) is None:
        return None
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return io.BytesIO(data) if hashlib.sha256(data).hexdigest() == name[3] else None


def _refuse_other(folder: Path, path: Path, said: Mapping[str, str]) -> None:
    """Leave alone what is not of this run."""
    if not folder.exists():
        return
    remedy = f"remove {folder}, or choose another file with --to"
    if not folder.is_dir():
        raise CallError(f"{folder} is in the way; {remedy}")
    try:
        noted = json.loads((folder / RUN).read_text("utf-8"))
    except (OSError, ValueError):
        noted = None
    if not isinstance(noted, dict):
        # A run that was killed before it said what it is has left nothing but drafts.
        if any(not entry.name.endswith(".tmp") for entry in folder.iterdir()):
            raise CallError(f"{folder} holds something else than the parts of {path.name}; {remedy}")
        return
    if other := [name for name in {**noted, **said} if noted.get(name) != said.get(name)]:
        listed = "\n  ".join(f"{name}: {noted.get(name)} there, {said.get(name)} now" for name in other)
        raise CallError(
            f"{folder} holds the parts of another run, which differs in\n  {listed}\nFinish that run with "
            f"its own words, or {remedy}"
        )


def _clear(folder: Path) -> None:
    """Remove a folder of parts; what else lies in it stays. What says whose it is goes last."""
    if not folder.is_dir():
        return
    with suppress(OSError):
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name == RUN):
            if entry.name in (RUN, JOB) or _PART.fullmatch(entry.name) or entry.name.endswith(".tmp"):
                entry.unlink()
        folder.rmdir()
