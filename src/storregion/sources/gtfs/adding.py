"""A timetable of the user's own into the group: checked, and put among the fetched feeds."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from storregion.core import origins
from storregion.core.errors import CallError
from storregion.core.landing import land
from storregion.core.workspace import Workspace
from storregion.sources import gtfs
from storregion.timetable import travel_rules

FEEDS = "timetables/"
"""The folder of feeds among the fetched files, by its name in `sources.csv`."""


@dataclass(frozen=True)
class Added:
    """The feed that was added: where it lies now, its trips on the day, and whether it replaced another."""

    path: Path
    day: str
    trips: int
    replaced: bool


def add_feed(workspace: Workspace, path: Path, licence: str) -> Added:
    """Put a GTFS feed among the group's fetched files, in place of an earlier one of its name.

    Parameters
    ----------
    workspace : the group that is to have it; its rules of travel say which day must be in the feed.
    path : the feed, a zip.
    licence : under what licence its publisher gives it out.

    Raises
    ------
    CallError
        There is no such file, or it is not a zip.
    DataError
        The feed has errors, or no service on the day; nothing is written then.
    StoreError
        The group's folder cannot be written.
    """
    if not path.is_file() or path.suffix.lower() != ".zip":
        raise CallError(f"{path} is not a zip; give a feed as its publisher has it")
    day = _day_with(workspace, path)
    days = gtfs.read(path, day).days.row(0, named=True)
    folder = workspace.folder / "fetched"
    place = folder / FEEDS
    others = [feed.name for feed in sorted(place.glob("*.zip")) if feed.name != path.name]
    names = ", ".join([*others, path.name])
    span = f"{days['first_day']}–{days['last_day']}"
    line: dict[str, str | None] = {
        "file": FEEDS,
        "producer": days["publisher"] if not others else f"{days['publisher']} m.fl.",
        "title_sv": f"Tidtabell i GTFS: {names}",
        "title_en": f"Timetable in GTFS: {names}",
        "licence": licence,
        "producer_en": f"{days['publisher']} and others" if others else None,
        "checked_sv": f"{path.name}: {days['trips']} turer {day}; gäller {span}",
        "checked_en": f"{path.name}: {days['trips']} trips {day}; valid {span}",
    }
    lines = origins.lines_with(folder / origins.SOURCES, line)
    replaced = (place / path.name).is_file()
    files = {f"{FEEDS}{path.name}": path.read_bytes(), origins.SOURCES: lines}
    land(workspace.folder, {f"fetched/{name}": data for name, data in files.items()})
    return Added(place / path.name, str(day), days["trips"], replaced)


def _day_with(workspace: Workspace, path: Path) -> date:
    """The day that the group's rules choose when it has one more feed."""
    checked = gtfs.check(path)
    checked.report.refuse()
    others = workspace.table("feed_service").filter(pl.col("feed") != path.stem)
    service = pl.concat([others, checked.service])
    rules = travel_rules.travel_rules(service, **workspace.planned["travel_rules"].assumptions)
    return travel_rules.day_of(rules["day"].item())
