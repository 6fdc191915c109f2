"""A user's own file into the group: read by its map, rehearsed by its step, put among the fetched files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from storregion.core import figurefile, origins
from storregion.core.errors import CallError, DataError, StorregionError, nearest
from storregion.core.figurefile import LARGEST_FILE
from storregion.core.landing import land
from storregion.core.lineage import Raw
from storregion.core.pipeline import every_step
from storregion.core.step import Step
from storregion.core.table import Schema, listed
from storregion.core.workspace import Workspace
from storregion.intake import mapping, meaning, reading, rehearsal
from storregion.intake.mapping import Map
from storregion.intake.meaning import Rules, Values
from storregion.intake.reading import Words

FETCHED = "fetched"


@dataclass(frozen=True)
class Imported:
    """What was read in: where it lies now, its rows, whether it replaced another, what was left unread."""

    path: Path
    rows: int
    replaced: bool
    note: str = ""


@dataclass(frozen=True)
class Destination:
    """A raw file of the group, the step that reads it, and what its rows are."""

    step: Step
    raw: Raw

    @property
    def schema(self) -> Schema:
        """What the file holds: what the step says that it carries, else the step's own table."""
        return self.raw.carries or self.step.schema

    def written(self, frame: pl.DataFrame) -> bytes:
        """Rows as the file has them."""
        return self.raw.written(frame) if self.raw.written else figurefile.written(frame)


def import_file(workspace: Workspace, path: Path, table: str, map_path: Path) -> Imported:
    """Read a user's file into the group's `fetched` folder, in place of an earlier one.

    Parameters
    ----------
    workspace : the group that is to have it.
    path : the user's file.
    table : the table that it becomes, or the stem of the raw file that it becomes.
    map_path : the TOML file that says how to read it.

    Raises
    ------
    CallError
        There is no such table, file or map.
    DataError
        The file or its map has faults; nothing is written then.
    StoreError
        The group's folder cannot be written.
    """
    for needed in (path, map_path):
        if not needed.is_file():
            raise CallError(f"{needed} does not exist, or is not a file")
    places = destinations(table)
    chosen = mapping.read(map_path)
    step, schema = places[0].step, places[0].schema
    frame, note = read(path, chosen, schema, step.columns(rehearsal.inputs(workspace, step)))
    place = _destination(path, frame, places)
    file, data = place.raw.file, place.written(frame)
    if len(data) > LARGEST_FILE:
        raise DataError(
            f"{path} makes a {file} of {len(data)} bytes; at most {LARGEST_FILE} are read. Read in less"
        )
    folder = workspace.folder / FETCHED
    with TemporaryDirectory() as drafts:
        draft = Path(drafts) / file
        try:
            rehearsal.rehearse(workspace, place.step, place.raw, data, draft)
        except StorregionError as error:
            # The draft is gone when the user reads of it.
            raise type(error)(str(error).replace(str(draft), f"{path}, as {file},")) from None
    replaced = (folder / file).is_file()
    lines = origins.lines_with(folder / origins.SOURCES, _line(file, chosen, frame))
    land(workspace.folder, {f"{FETCHED}/{file}": data, f"{FETCHED}/{origins.SOURCES}": lines})
    return Imported(folder / file, frame.height, replaced, note)


# ---- where a file goes


def destinations(table: str) -> list[Destination]:
    """The raw files that become a table, or the one of that stem.

    Parameters
    ----------
    table : a table's name, or the stem of a raw file.

    Raises
    ------
    CallError
        Nothing is read in by that name.
    """
    every = [
        Destination(step, raw)
        for step in every_step().values()
        for raw in step.raws.values()
        if raw.file.endswith((".csv", ".jsonl")) and ":" not in raw.file
    ]
    # Of the steps that read one file, the one that makes its table comes first.
    every.sort(key=lambda place: place.step.schema.name != place.schema.name)
    by_file: dict[str, Destination] = {}
    for place in every:
        by_file.setdefault(place.raw.file, place)
    if found := [place for place in by_file.values() if place.schema.name == table]:
        return found
    if found := [
        place for place in by_file.values() if place.raw.fits(f"{table}{Path(place.raw.file).suffix}")
    ]:
        return found
    names = {place.schema.name for place in by_file.values()} | {Path(file).stem for file in by_file}
    raise CallError(f"nothing is read in as {table!r}; {nearest(table, sorted(names))}")


def _destination(path: Path, frame: pl.DataFrame, places: Sequence[Destination]) -> Destination:
    """Of the files that a table is read from, the one for these rows: its name ends with what they are."""
    raw, schema = places[0].raw, places[0].schema
    if len(places) == 1 and not raw.several:
        return places[0]
    first = schema.columns[0]
    values = frame[first.name].unique().sort().to_list()
    by_value = {
        value: place
        for value in first.choices
        for place in places
        if Path(place.raw.file).stem.endswith(f"_{value}")
    }
    for value in values:
        if value not in by_value and not raw.several:
            raise DataError(f"{path}: {first.name} is {value!r}; {nearest(value, by_value)}")
    if len(values) != 1:
        raise DataError(
            f"{path} holds {', '.join(values) or 'no rows'}; of {schema.name} one {first.name} is read in at "
            f"a time: make {first.name} a constant of the map, or split the file"
        )
    if raw.several:
        return replace(places[0], raw=replace(raw, file=raw.file.replace("*", values[0])))
    return by_value[values[0]]


# ---- the file as rows


def read(
    path: Path, chosen: Map, schema: Schema, allowed: Mapping[tuple[str, str], pl.Series] | None = None
) -> tuple[pl.DataFrame, str]:
    """Read a user's file as the rows of a table.

    Parameters
    ----------
    path : the file; its ending says what it is.
    chosen : its map.
    schema : the table.
    allowed : the allowed values of columns that refer to another table, by (table, column).

    Returns
    -------
    The mapped columns in the schema's order, sorted by key, with a companion column where signs gave reasons;
    and what was left unread, in words.

    Raises
    ------
    DataError
        One error with every fault, each with its place in the user's file.
    CallError
        A package that the form of the file needs is not installed.
    """
    if faults := mapping.faults(chosen, schema, reading.ending_of(path)):
        raise _error(path, schema, faults)
    words = reading.words_of(path, chosen)
    found = meaning.values(words, chosen.columns, schema, Rules(chosen.signs, chosen.decimal, allowed or {}))
    companions = [
        reason.alias(companion)
        for name, reason in found.absent.items()
        if (companion := schema[name].absent) is not None
    ]
    frame = found.frame.with_columns(companions)
    key = [name for name in schema.key if name in frame.columns]
    if faults := found.faults + list(_repeated(words, found, chosen, key)):
        raise _error(path, schema, faults)
    names = [column.name for column in schema.columns if column.name in frame.columns]
    return frame.filter(~found.left_out).select(names).sort(key), words.note


def _repeated(words: Words, found: Values, chosen: Map, key: Sequence[str]) -> Iterable[str]:
    """Keys that stand more than once, with every place; what has another fault does not count."""
    if not key:
        return
    usable = (
        ~found.left_out
        & pl.select(pl.all_horizontal(found.frame[name].is_not_null() for name in key)).to_series()
    )
    twice = usable & found.frame.select(pl.struct(key)).to_series().is_duplicated()
    if not twice.any():
        return
    placed = [name for name in chosen.columns if name in words.places]
    # The value's own place says most: of a matrix and a cube it is the cell.
    place = words.places[next((name for name in placed if name not in key), placed[-1])]
    numbered = found.frame.select(key).with_row_index(" number").filter(usable & twice)
    for values, group in numbered.group_by(key, maintain_order=True):
        if group.height > 1:
            shown = ", ".join(map(str, values))
            rows = words.frame[group[" number"].to_list()]
            yield f"{place.of(rows)}: {', '.join(key)} ({shown}) stands more than once"


def _error(path: Path, schema: Schema, faults: Sequence[str]) -> DataError:
    return DataError(f"{path} does not hold {schema.name!r} as the map has it:\n  {listed(faults)}")


def _line(file: str, chosen: Map, frame: pl.DataFrame) -> dict[str, str | None]:
    """The file's line in `sources.csv`; what was checked are the rows and their years."""
    years = frame["year"].cast(pl.Int64).to_list() if "year" in frame.columns else []
    span = f", {min(years)}–{max(years)}" if years else ""
    return {
        "file": file,
        "producer": chosen.origin.producer,
        "title_sv": chosen.origin.title_sv,
        "title_en": chosen.origin.title_en,
        "url": chosen.origin.url or None,
        "licence": chosen.origin.licence,
        "checked_sv": f"{frame.height} rader{span}",
        "checked_en": f"{frame.height} rows{span}",
        "producer_en": chosen.origin.producer_en or None,
        "licence_en": chosen.origin.licence_en or None,
    }
