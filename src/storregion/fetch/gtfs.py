"""Timetables: GTFS archives, one an operator, with a key, a month's budget of calls and a mark of edition."""

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from storregion.core import files
from storregion.core.errors import DataError, FetchError
from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.sources import Made, Seen
from storregion.fetch.transport import BrokenError, Call, Transport
from storregion.sources import gtfs

KINDS = ("application/zip", "application/octet-stream", "application/x-zip-compressed")
REQUIRED = ("agency.txt", "stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
EITHER = ("calendar.txt", "calendar_dates.txt")
MOST_UNPACKED = 16 * 2**30
"""Bytes that an archive may unpack to; the national one makes some thousand million."""

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
    """Refuse what is not a complete archive of a timetable.

    Parameters
    ----------
    path : the archive.

    Raises
    ------
    BrokenError
        It is damaged.
    FetchError
        A file that a timetable must have is missing, or the archive is made to fill a disk.
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
    except files.DAMAGES as error:
        raise BrokenError(
            f"the timetable is not a complete zip archive ({error}); nothing was taken"
        ) from None


def _named(names: Sequence[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if not set(EITHER) & set(names):
        missing.append(" or ".join(EITHER))
    if missing:
        raise FetchError(f"the timetable has no {', '.join(missing)}; is it the right feed? It was not taken")
    if len(set(names)) < len(names) or any(Path(n).is_absolute() or ".." in Path(n).parts for n in names):
        raise FetchError("the timetable holds a file twice, or one that leads out of it; it was not taken")


def read(
    target: Target,
    tables: Sequence[tuple[TableLock, Sequence[Path]]],
    schema: Schema | None,
    lookups: Mapping[str, pl.DataFrame],
    draft: Path,
) -> Made:
    """The archive as it came, read to the end as the steps read it, with the days it has service.

    Parameters are as for every reader.

    Raises
    ------
    DataError
        It cannot be read, or has no service on any day.
    """
    path = tables[0][1][0]
    whole(path)
    checked = gtfs.check(path, name=Path(target.file).stem)
    checked.report.refuse()
    if not checked.days:
        raise DataError("the timetable has no day with service; it was not taken")
    first, last = str(checked.days[0]), str(checked.days[-1])
    size = path.stat().st_size
    return Made(
        path,
        f"gäller {first} till {last}, {size} byte",
        f"valid {first} to {last}, {size} bytes",
        first_day=first,
        last_day=last,
    )
