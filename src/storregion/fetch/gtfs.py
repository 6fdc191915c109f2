"""Timetables: GTFS archives, one an operator, with a key, a month's budget of calls and a mark of edition."""

import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from storregion.errors import DataError, FetchError
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.sources import Made, Seen
from storregion.fetch.transport import BrokenError, Call, Transport
from storregion.table import Schema

KINDS = ("application/zip", "application/octet-stream", "application/x-zip-compressed")
REQUIRED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
EITHER = ("calendar.txt", "calendar_dates.txt")
MOST_UNPACKED = 16 * 2**30
"""Bytes that an archive may unpack to; the national one makes some thousand million."""

_DAMAGES = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError)
_PIECE = 2**20
# What a DEFLATE archive can at most hold for each of its bytes is about 1032; a timetable makes 5 to 20.
_MOST_TIMES = 200


@dataclass
class Timetables:
    """A client of a publisher of GTFS archives."""

    transport: Transport
    folder: Path

    def look(self, target: Target) -> list[Seen]:
        """The archive by its name; whether it is newer only its publisher can tell, by its mark."""
        if not target.feed:
            raise DataError(f"the target of {target.file} names no feed; write feed = … there")
        return [Seen(target.feed)]

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """The one call that fetches the archive."""
        return [Call(seen.id, kinds=KINDS, check=whole, keyed=True)]

    def follow(self, call: Call, path: Path) -> None:
        """Nothing: an archive is one answer."""


def whole(path: Path) -> None:
    """Refuse what is no whole archive of a timetable.

    Parameters
    ----------
    path : the archive.

    Raises
    ------
    BrokenError
        It is damaged.
    FetchError
        It lacks a file that a timetable has, or is made to fill a disk.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            _named(names)
            most = min(MOST_UNPACKED, path.stat().st_size * _MOST_TIMES)
            unpacked = 0
            for name in names:
                with archive.open(name) as file:
                    # Reading to the end holds every file to its checksum; what headers say may lie.
                    while piece := file.read(_PIECE):
                        unpacked += len(piece)
                        if unpacked > most:
                            raise FetchError("the timetable unpacks to far more than one does; not taken")
    except _DAMAGES as error:
        raise BrokenError(f"the timetable is no whole zip archive ({error}); nothing was taken") from None


def _named(names: Sequence[str]) -> None:
    lacking = [name for name in REQUIRED if name not in names]
    if not set(EITHER) & set(names):
        lacking.append(" or ".join(EITHER))
    if lacking:
        raise FetchError(f"the timetable lacks {', '.join(lacking)}; is it the right feed? It was not taken")
    if len(set(names)) < len(names) or any(Path(n).is_absolute() or ".." in Path(n).parts for n in names):
        raise FetchError("the timetable holds a file twice, or one that leads out of it; it was not taken")


def read(
    target: Target,
    tables: Sequence[tuple[TableLock, Sequence[Path]]],
    schema: Schema | None,
    lookups: Mapping[str, pl.DataFrame],
) -> Made:
    """The archive as it came, with the days it is valid; parameters as for every reader."""
    path = tables[0][1][0]
    whole(path)
    first, last = validity(path)
    size = path.stat().st_size
    return Made(
        path,
        f"gäller {first} till {last}, {size} byte",
        f"valid {first} to {last}, {size} bytes",
        first_day=first,
        last_day=last,
    )


def validity(path: Path) -> tuple[str, str]:
    """The first and last day of a timetable, as its publisher says or else as its calendars have it.

    Parameters
    ----------
    path : the archive.

    Raises
    ------
    DataError
        It has no day at all.
    """
    with zipfile.ZipFile(path) as archive:
        for names in (("feed_info.txt",), EITHER):
            days = [day for name in names if name in archive.namelist() for day in _days(archive, name)]
            if days:
                return min(days), max(days)
    raise DataError("the timetable has no day of service; it was not taken")


_DAYS = {
    "feed_info.txt": ("feed_start_date", "feed_end_date"),
    "calendar.txt": ("start_date", "end_date"),
    "calendar_dates.txt": ("date",),
}


def _days(archive: zipfile.ZipFile, name: str) -> Iterator[str]:
    with archive.open(name) as raw, io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="") as text:
        for row in csv.DictReader(text):
            for column in _DAYS[name]:
                day = (row.get(column) or "").strip()
                if re.fullmatch(r"\d{8}", day, re.ASCII):
                    yield f"{day[:4]}-{day[4:6]}-{day[6:]}"
