"""The way in for a user's own file: read by its map, checked, and put among the group's fetched files."""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from storregion.core import figurefile, settings
from storregion.core.errors import CallError, DataError, StorregionError, nearest
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.landing import land
from storregion.core.lineage import Raw
from storregion.core.origins import ORIGINS, SOURCES
from storregion.core.pipeline import every_step
from storregion.core.step import Step
from storregion.core.table import Schema
from storregion.core.workspace import Workspace
from storregion.intake import figuremap, odmap, rehearsal
from storregion.sources import geodata, gtfs, odmatrix
from storregion.timetable import travel_rules


@dataclass(frozen=True)
class Kind:
    """One kind of file that can be read in.

    `file` is its name among the fetched files; `read` takes the user's file, its map and the codes of all
    municipalities, and gives the rows with what their line in `sources.csv` says; `totals` sums them up.
    """

    file: str
    read: Callable[[Path, Path, Collection[str]], tuple[pl.DataFrame, odmap.Publisher]]
    totals: Callable[[pl.DataFrame], pl.DataFrame]


def _commuting(
    path: Path, map_path: Path, municipalities: Collection[str]
) -> tuple[pl.DataFrame, odmap.Publisher]:
    chosen = settings.read(map_path, odmap.Map)
    return odmatrix.read(path, chosen, municipalities), chosen.origin


KINDS = {"commuting": Kind("commuting.csv", _commuting, odmatrix.totals)}
"""What a file can be read in as, by the word for it."""


@dataclass(frozen=True)
class Taken:
    """What was read in: where it lies now, how many rows, and of commuting the persons by year and sex."""

    path: Path
    rows: int
    totals: pl.DataFrame | None
    replaced: bool


def take_in(workspace: Workspace, path: Path, kind: str, map_path: Path) -> Taken:
    """Read a user's file into the group's `fetched` folder, in place of an earlier one of its kind.

    Parameters
    ----------
    workspace : the group that is to have it.
    path : the user's file.
    kind : what it is read in as: one of `KINDS`, or a table that is read from one figure file.
    map_path : the TOML file that says how to read it.

    Raises
    ------
    CallError
        There is no such kind, file or map.
    DataError
        The file or its map has faults; nothing is written then.
    StoreError
        The group's folder cannot be written.
    """
    for needed in (path, map_path):
        if not needed.is_file():
            raise CallError(f"{needed} does not exist, or is no file")
    if kind not in KINDS:
        return _take_in_any(workspace, path, kind, map_path)
    chosen, folder = KINDS[kind], workspace.folder / "fetched"
    frame, publisher = chosen.read(
        path, map_path, workspace.table("municipalities")["municipality"].to_list()
    )
    totals = chosen.totals(frame)
    data = _csv(frame)
    if len(data) > LARGEST_FILE:
        raise DataError(
            f"{path} makes a {chosen.file} of {len(data)} bytes; at most {LARGEST_FILE} are read. Read in "
            "fewer years, or the total without men and women"
        )
    lines = _with_line(folder / SOURCES, _line(chosen.file, publisher, frame.height, totals))
    replaced = (folder / chosen.file).is_file()
    _write(workspace.folder, {chosen.file: data, SOURCES: _csv(lines)})
    return Taken(folder / chosen.file, frame.height, totals, replaced)


FEEDS = "timetables/"
"""The folder of feeds among the fetched files, by its name in `sources.csv`."""


@dataclass(frozen=True)
class TakenFeed:
    """What feed was read in: where it lies now, its trips on the day, and whether it replaced another."""

    path: Path
    day: str
    trips: int
    replaced: bool


def take_in_feed(workspace: Workspace, path: Path, licence: str) -> TakenFeed:
    """Put a GTFS feed among the group's fetched files, in place of an earlier one of its name.

    Parameters
    ----------
    workspace : the group that is to have it; its rules of travel say which day must be in the feed.
    path : the feed, a zip.
    licence : under what licence its publisher gives it out.

    Raises
    ------
    CallError
        There is no such file, or it is no zip.
    DataError
        The feed has errors, or no service on the day; nothing is written then.
    StoreError
        The group's folder cannot be written.
    """
    if not path.is_file() or path.suffix.lower() != ".zip":
        raise CallError(f"{path} is no zip; give a feed as its publisher has it")
    day = _day_with(workspace, path)
    days = gtfs.read(path, day).days.row(0, named=True)
    folder = workspace.folder / "fetched"
    place = folder / FEEDS
    others = [feed.name for feed in sorted(place.glob("*.zip")) if feed.name != path.name]
    names = ", ".join([*others, path.name])
    span = f"{days['first_day']}–{days['last_day']}"
    told = {
        "file": FEEDS,
        "producer": days["publisher"] if not others else f"{days['publisher']} m.fl.",
        "title_sv": f"Tidtabell i GTFS: {names}",
        "title_en": f"Timetable in GTFS: {names}",
        "licence": licence,
        "checked_sv": f"{path.name}: {days['trips']} turer {day}; gäller {span}",
        "checked_en": f"{path.name}: {days['trips']} trips {day}; valid {span}",
    }
    lines = _with_line(folder / SOURCES, dict(told))
    replaced = (place / path.name).is_file()
    _write(workspace.folder, {f"{FEEDS}{path.name}": path.read_bytes(), SOURCES: _csv(lines)})
    return TakenFeed(place / path.name, str(day), days["trips"], replaced)


def _day_with(workspace: Workspace, path: Path) -> date:
    """The day that the group's rules will reckon when it has one more feed."""
    checked = gtfs.check(path)
    checked.report.refuse()
    others = workspace.table("feed_service").filter(pl.col("feed") != path.stem)
    service = pl.concat([others, checked.service])
    rules = travel_rules.travel_rules(service, **workspace.planned["travel_rules"].assumptions)
    return travel_rules.day_of(rules["day"].item())


def _take_in_any(workspace: Workspace, path: Path, table: str, map_path: Path) -> Taken:
    """Read a user's file in as a figure file of any table that is read from such files."""
    readable: dict[str, list[tuple[Step, Raw]]] = {}
    for step in every_step().values():
        for raw in step.raws.values():
            if raw.file.endswith((".csv", ".jsonl")) and ":" not in raw.file:
                readable.setdefault(step.schema.name, []).append((step, raw))
    if table not in readable:
        raise CallError(f"nothing is read in as {table!r}; {nearest(table, [*KINDS, *readable])}")
    chosen = settings.read(map_path, figuremap.TableMap)
    schema = geodata.LINES if table == geodata.LINES.name else readable[table][0][0].schema
    frame = figuremap.read(path, chosen, schema)
    step, raw = _file_for(path, frame, schema, readable[table])
    data = geodata.written(frame) if raw.file.endswith(".jsonl") else _csv(frame)
    if len(data) > LARGEST_FILE:
        raise DataError(
            f"{path} makes a {raw.file} of {len(data)} bytes; at most {LARGEST_FILE} are read. Read in less"
        )
    folder = workspace.folder / "fetched"
    draft = folder / f".{raw.file}.{os.getpid()}.tmp"
    try:
        rehearsal.tried(workspace, step, raw, data, draft)
    except StorregionError as error:
        # The draft is gone when the user reads of it.
        raise type(error)(str(error).replace(str(draft), f"{path}, as {raw.file},")) from None
    said = figuremap.described(frame, schema)
    line = _publisher(raw.file, chosen.origin) | {"checked_sv": said["sv"], "checked_en": said["en"]}
    replaced = (folder / raw.file).is_file()
    _write(workspace.folder, {raw.file: data, SOURCES: _csv(_with_line(folder / SOURCES, line))})
    return Taken(folder / raw.file, frame.height, None, replaced)


def _file_for(
    path: Path, frame: pl.DataFrame, schema: Schema, files: Sequence[tuple[Step, Raw]]
) -> tuple[Step, Raw]:
    """Of the files that a table is read from, the one for these rows: its name ends with what they are.

    Parameters
    ----------
    path : the user's file, for messages.
    frame : its rows.
    schema : the table; of several files, each holds one value of the first column.
    files : what the table is read from.
    """
    if len(files) == 1:
        return files[0]
    first = schema.columns[0]
    values = frame[first.name].unique().sort().to_list()
    by_value = {
        value: file
        for value in first.choices
        for file in files
        if Path(file[1].file).stem.endswith(f"_{value}")
    }
    for value in values:
        if value not in by_value:
            raise DataError(f"{path}: {first.name} is {value!r}; {nearest(value, by_value)}")
    if len(values) != 1:
        raise DataError(
            f"{path} holds {', '.join(values) or 'no rows'}; of {schema.name} one {first.name} is read in at "
            f"a time: make {first.name} a constant of the map, or split the file"
        )
    return by_value[values[0]]


def _csv(frame: pl.DataFrame) -> bytes:
    """A frame as figure files are: whole numbers without decimals."""
    whole = [
        pl.when(pl.col(name) == pl.col(name).floor())
        .then(pl.col(name).cast(pl.Int64).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
        for name, dtype in frame.schema.items()
        if dtype == pl.Float64
    ]
    return frame.with_columns(whole).write_csv().encode()


def _line(file: str, publisher: odmap.Publisher, rows: int, totals: pl.DataFrame) -> dict[str, str | None]:
    """The file's line in `sources.csv`; what was checked are the rows, the years and their totals."""
    words = {"total": "alla", "men": "män", "women": "kvinnor"}
    sums = list(totals.iter_rows())
    swedish = ", ".join(f"{year} {words[sex]} {persons:.0f}" for year, sex, persons in sums)
    english = ", ".join(f"{year} {sex} {persons:.0f}" for year, sex, persons in sums)
    return _publisher(file, publisher) | {
        "checked_sv": f"{rows} rader; sysselsatta {swedish}",
        "checked_en": f"{rows} rows; employed {english}",
    }


def _publisher(file: str, publisher: odmap.Publisher) -> dict[str, str | None]:
    return {
        "file": file,
        "producer": publisher.producer,
        "title_sv": publisher.title_sv,
        "title_en": publisher.title_en,
        "url": publisher.url or None,
        "licence": publisher.licence,
    }


def _with_line(path: Path, line: dict[str, str | None]) -> pl.DataFrame:
    """The lines of a `sources.csv` that may be there, with one of them new or replaced."""
    names = {column.name: column.dtype for column in ORIGINS.columns}
    others = pl.DataFrame(schema=names)
    if path.is_file():
        others = figurefile.read(path, ORIGINS, leave_out=()).filter(pl.col("file") != line["file"])
    lines = pl.concat([others, pl.DataFrame([line], schema=names)])
    return ORIGINS.check(lines, maker=f"the map's origin of {line['file']}")


def _write(group: Path, files: dict[str, bytes]) -> None:
    """Write files into the group's folder of fetched ones, all of them or none."""
    land(group, {f"fetched/{name}": data for name, data in files.items()})
