"""The files of a timetable feed, out of a folder or a zip that may be hostile.

Nothing is ever unpacked to disk. Only files of known names are opened, in the top of the archive or in the
one folder that holds them all; sizes, ratios and the memory at hand are looked at before anything is read.
"""

import codecs
import stat
import zipfile
from pathlib import Path
from typing import IO

from storregion.core import files
from storregion.core.errors import CallError, DataError

LARGEST_TABLE = 1_500_000_000
"""Bytes that one table of a feed may unpack to."""
LARGEST_FEED = 3_000_000_000
"""Bytes that all tables of a feed together may unpack to."""
LARGEST_RATIO = 200
"""How many times larger a table may get when unpacked; timetables get 5 to 30 times larger."""
MEMORY_PER_BYTE = 10
"""Bytes of memory that reading takes for each byte of the unpacked tables."""
LONGEST_LINE = 2**20
"""Bytes that one line of a table may hold."""
MOST_ENTRIES = 10_000
"""Entries that an archive may hold."""

_SMALL = 2**20


def contents(path: Path, known: tuple[str, ...]) -> dict[str, bytes]:
    """The bytes of the tables of a feed.

    Parameters
    ----------
    path : a zip, or a folder of text files.
    known : the names of the files wanted; all others are left alone.

    Returns
    -------
    The bytes of each file that is there, without a byte order mark; all of them text in UTF-8.

    Raises
    ------
    CallError
        There is no such file or folder.
    DataError
        The archive is damaged, locked, or made to do harm; a file is too large or no text in UTF-8.
    """
    try:
        if path.is_dir():
            return _of_folder(path, known)
        if not path.is_file():
            raise CallError(f"{path} does not exist; name a feed: a zip, or a folder of text files")
        return _of_zip(path, known)
    except OSError as error:
        if isinstance(error, CallError):
            raise
        raise DataError(f"{path} cannot be read: {error.strerror}") from None


def _of_folder(folder: Path, known: tuple[str, ...]) -> dict[str, bytes]:
    files = [folder / name for name in known if (folder / name).exists()]
    for file in files:
        if not file.is_file() or file.resolve().parent != folder.resolve():
            raise DataError(
                f"{file} is not a file of this folder but leads elsewhere; put the file itself there"
            )
    sizes = {file.name: file.stat().st_size for file in files}
    _weigh(folder, sizes)
    found = {}
    for file in files:
        with file.open("rb") as stream:
            found[file.name] = _text(f"{folder}/{file.name}", stream, sizes[file.name])
    return found


def _of_zip(path: Path, known: tuple[str, ...]) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(path, archive, known)
            _weigh(path, {name: entry.file_size for name, entry in entries.items()})
            found = {}
            for name, entry in entries.items():
                with archive.open(entry) as stream:
                    found[name] = _text(f"{path}/{name}", stream, entry.file_size)
            return found
    except (*files.DAMAGES, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is not a complete zip archive: {error}; fetch the feed again") from None


def _entries(path: Path, archive: zipfile.ZipFile, known: tuple[str, ...]) -> dict[str, zipfile.ZipInfo]:
    """The archive's entries for the wanted names, once nothing about any of its names is wrong."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise DataError(f"{path} holds {len(entries)} files; at most {MOST_ENTRIES} are looked at")
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for entry in entries:
        # The name as it is written; zipfile tidies its own copy.
        written = entry.orig_filename
        parts = written.split("/")
        if "\\" in written or "\0" in written or ":" in parts[0] or parts[0] == "" or ".." in parts:
            raise DataError(
                f"{path} holds a file named {written[:60]!r}, a path that leads out; pack it anew"
            )
        if parts[-1] not in known or len(parts) > 2 or parts[0] == "__MACOSX":
            continue
        folders.add("/".join(parts[:-1]))
        if len(folders) > 1:
            raise DataError(f"{path} holds tables in several folders; pack one feed in each zip")
        if parts[-1] in found:
            raise DataError(f"{path} holds {parts[-1]} twice; pack it anew with one of them")
        _plain(path, entry)
        found[parts[-1]] = entry
    return found


def _plain(path: Path, entry: zipfile.ZipInfo) -> None:
    """Refuse an entry that is not a plain file, is locked, or unpacks to suspiciously much."""
    name = entry.orig_filename
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise DataError(f"{path}: {name} is a link or no file at all; pack the file itself")
    if entry.flag_bits & 1:
        raise DataError(f"{path}: {name} is locked by a password; pack it without one")
    if entry.file_size > _SMALL and entry.file_size > LARGEST_RATIO * max(1, entry.compress_size):
        raise DataError(
            f"{path}: {name} would unpack from {entry.compress_size} to {entry.file_size} bytes; at most "
            f"{LARGEST_RATIO} times is believed of a timetable"
        )


def _weigh(path: Path, sizes: dict[str, int]) -> None:
    """Refuse tables that are too large for anybody, or for this machine now."""
    for name, size in sizes.items():
        if size > LARGEST_TABLE:
            raise DataError(f"{path}: {name} holds {size} bytes; at most {LARGEST_TABLE} are read")
    total = sum(sizes.values())
    if total > LARGEST_FEED:
        raise DataError(f"{path} holds {total} bytes of tables; at most {LARGEST_FEED} are read")
    memory = files.free_memory()
    if memory is not None and total * MEMORY_PER_BYTE > memory:
        raise DataError(
            f"{path} holds {total} bytes of tables, and reading them takes about {total * MEMORY_PER_BYTE} "
            f"bytes of memory; {memory} are free. Close other programs, or cut the feed to your region"
        )


def _text(place: str, stream: IO[bytes], size: int) -> bytes:
    """Everything in a stream, piece by piece: no more than it says it holds, and all of it text."""
    pieces: list[bytes] = []
    held = open_line = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    while piece := stream.read(LONGEST_LINE):
        held += len(piece)
        if held > size:
            raise DataError(f"{place} holds more than the {size} bytes it says; fetch the feed again")
        first = piece.find(b"\n")
        if open_line + (first if first >= 0 else len(piece)) > LONGEST_LINE:
            raise DataError(
                f"{place}: row {_row(pieces)} is longer than {LONGEST_LINE} bytes; is it a table?"
            )
        open_line = len(piece) - piece.rfind(b"\n") - 1 + (open_line if first < 0 else 0)
        if (at := piece.find(b"\0")) >= 0:
            row = _row([*pieces, piece[:at]])
            raise DataError(f"{place}: row {row} holds a NUL byte; save the file as UTF-8")
        try:
            decoder.decode(piece)
        except UnicodeDecodeError as error:
            # A sign that began in the piece before has its bytes in front of this one.
            at = max(0, error.start - len(error.object) + len(piece))
            raise DataError(
                f"{place}: row {_row([*pieces, piece[:at]])} is not UTF-8 "
                f"(byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
            ) from None
        pieces.append(piece)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise DataError(f"{place}: the last row ends within a UTF-8 sign; fetch the feed again") from None
    if pieces:
        pieces[0] = pieces[0].removeprefix(codecs.BOM_UTF8)
    return b"".join(pieces)


def _row(before: list[bytes]) -> int:
    return sum(piece.count(b"\n") for piece in before) + 1
