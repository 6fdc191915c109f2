"""The line of a fetched file in `sources.csv`: who published it, what it holds, and when it came."""

from pathlib import Path

import polars as pl

from storregion.core import origins
from storregion.core.origins import SOURCES
from storregion.fetch.guard import shown
from storregion.fetch.lock import Locked
from storregion.fetch.publishers import Publisher, Target
from storregion.fetch.sources import Made


def lines_with(
    group: Path, file: str, publisher: Publisher, target: Target, locked: Locked, made: Made
) -> bytes:
    """The group's fetched `sources.csv` with the line of one file new or replaced.

    Parameters
    ----------
    group : the group's folder.
    file : the raw file as steps name it.
    publisher, target, locked, made : whose it is, what it is, how it came and what it holds.
    """
    day = locked.fetched[:10]
    line: dict[str, str | None] = {
        "file": file,
        "producer": publisher.name,
        "title_sv": target.title_sv,
        "title_en": target.title_en,
        "url": shown(publisher.base),
        "licence": publisher.licence,
        "checked_sv": f"{made.checked_sv}; hämtad {day}",
        "checked_en": f"{made.checked_en}; fetched {day}",
        "defects_sv": made.defects_sv or None,
        "defects_en": made.defects_en or None,
        "producer_en": publisher.name_en or None,
        "licence_en": publisher.licence_en or None,
    }
    return origins.lines_with(group / "fetched" / SOURCES, line)


def lines_without(group: Path, files: list[str]) -> bytes:
    """The group's fetched `sources.csv` without the lines of some files; nothing where it has none of them.

    Parameters
    ----------
    group : the group's folder.
    files : raw files that are gone.
    """
    path = group / "fetched" / SOURCES
    if not files or not path.is_file():
        return b""
    lines = origins.lines(path)
    kept = lines.filter(~pl.col("file").is_in(files))
    return kept.write_csv().encode() if kept.height < lines.height else b""
