"""The group's own line plan: `lines/*.toml`, one line per file, read strictly, every fault named at once."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
import polars as pl

from storregion.core import figurefile, geodesy, settings
from storregion.core.errors import SettingError, nearest
from storregion.core.lineage import Raw
from storregion.core.table import Schema, listed
from storregion.timetable.lineplan import (
    DAYS,
    LINE_STATIONS,
    PLAN_HOPS,
    PLAN_LINES,
    PLAN_SERVICES,
    PLAN_STATIONS,
    PUBLISHED_HOPS,
    LineStations,
    PlanHops,
    PlanLines,
    PlanServices,
    PlanStations,
    PublishedHops,
)
from storregion.timetable.tables import RAIL_SEGMENTS, RAIL_STATIONS

FASTEST = 320.0
"""Kilometres an hour in a straight line; a hop that would be faster is a slip of the pen."""
LONGEST = 1440.0
"""Minutes that a line may take from end to end."""

Lines = Annotated[Path | None, Raw("lines/", optional=True)]
Stations = Annotated[Path | None, Raw("rail_stations.csv", optional=True, carries=RAIL_STATIONS)]
SEGMENTS = "rail_segments_sj_2023.csv"
Segments = Annotated[Path | None, Raw(SEGMENTS, optional=True, carries=RAIL_SEGMENTS)]

Basis = Literal["observed", "estimated", "assumed"]
Mode = Literal["rail", "metro", "tram", "bus", "ferry", "other"]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a line rests on, in the publisher's own language.

    `minutes` says what the run times rest on that are not observed.
    """

    publisher: str
    document: str
    where: str = ""
    date: str = ""
    minutes: str = ""

    @property
    def words(self) -> str:
        """The source in one line."""
        parts = (self.publisher, self.document, self.where, self.date)
        return "; ".join(filter(None, (", ".join(filter(None, parts)), self.minutes)))


class Call(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A station of a line, and the minutes of the hop that leads to it.

    `only` says that travellers may but board there, or but alight, on the way there; on the way back they may
    but do the other.
    """

    station: str
    minutes: float | None = None
    back: float | None = None
    dwell: float | None = None
    only: Literal["board", "alight"] | None = None
    basis: Basis = "assumed"


class Service(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Departures with even spacing. Hours run past 24 for what belongs to the evening before.

    `along` says that in the morning trips also begin along the line, both ways.
    """

    days: tuple[str, ...]
    start: str = msgspec.field(name="from")
    until: str
    every: int
    back_from: str | None = None
    ways: Literal["both", "there", "back"] = "both"
    along: bool = False


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the plan: `lines/CODE.toml`."""

    name: str
    mode: Mode
    operator: str
    basis: Basis
    source: Source
    calls: tuple[Call, ...]
    services: tuple[Service, ...]
    dwell: float = 1.0


Ends = tuple[str, str]


class Published(NamedTuple):
    """What is published of a hop."""

    minutes: float
    minutes_back: float
    source: str
    basis: str


@dataclass(frozen=True)
class Departures:
    """One service in one direction on one kind of day, in minutes after midnight."""

    direction: str
    days: str
    first: int
    last: int
    headway: int
    begins: str
    at: int


def line_stations(raw: Annotated[Path | None, Raw("line_stations.csv", optional=True)]) -> LineStations:
    """The stations that the plan needs beside those of the open timetable; no rows without the file."""
    return _empty(LINE_STATIONS) if raw is None else figurefile.read(raw, LINE_STATIONS, leave_out=())


def published_hops(
    raw: Annotated[Path | None, Raw("published_hops.csv", optional=True)],
) -> PublishedHops:
    """Published minutes of lines that the open timetable does not have; no rows without the file."""
    return _empty(PUBLISHED_HOPS) if raw is None else figurefile.read(raw, PUBLISHED_HOPS, leave_out=())


def plan_stations(lines: Lines, stations: Stations, line_stations: LineStations) -> PlanStations:
    """The stations that the plan's lines call at.

    Raises
    ------
    SettingError
        A line cannot be read, names an unknown station, or breaks another rule of the line plan.
    """
    points = _points(stations, line_stations)
    named = {call.station for line in _plan(lines, points).values() for call in line.calls}
    rows = [(name, name, name, *points[name]) for name in sorted(named)]
    return _frame(rows, PLAN_STATIONS)


def plan_lines(lines: Lines, stations: Stations, line_stations: LineStations) -> PlanLines:
    """The lines of the plan, each with its source and the weakest basis of anything it rests on."""
    plan = _plan(lines, _points(stations, line_stations))
    rows = [
        (code, line.name, line.mode, line.operator, line.source.words, "line_plan", _weakest(line))
        for code, line in plan.items()
    ]
    return _frame(rows, PLAN_LINES)


def plan_hops(
    lines: Lines,
    stations: Stations,
    line_stations: LineStations,
    segments: Segments,
    published_hops: PublishedHops,
) -> PlanHops:
    """The minutes between consecutive stations of every line.

    Raises
    ------
    SettingError
        As for the stations; or minutes said to be observed are neither the median of the open timetable nor
        among the published hops, or differ from those of the line's published hops.
    """
    plan = _plan(lines, _points(stations, line_stations))
    medians, published = _medians(segments), _published(published_hops)
    faults = [
        fault
        for code, line in plan.items()
        for fault in (
            _unlike(code, line, published[code]) if code in published else _unseen(code, line, medians)
        )
    ]
    if faults:
        raise SettingError(f"{lines} claims what was not observed:\n  {listed(faults)}")
    rows = [row for code, line in plan.items() for row in _hops(code, line, published.get(code, {}))]
    return _frame(rows, PLAN_HOPS)


def plan_services(lines: Lines, stations: Stations, line_stations: LineStations) -> PlanServices:
    """The departures of every line by direction, kind of day and headway."""
    plan = _plan(lines, _points(stations, line_stations))
    rows = [
        (code, one.direction, one.days, one.first, one.last, one.headway, one.begins, line.basis)
        for code, line in plan.items()
        for one in _departures(line)
    ]
    return _frame(rows, PLAN_SERVICES)


def _empty(schema: Schema) -> pl.DataFrame:
    return _frame([], schema)


def _frame(rows: Iterable[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame(list(rows), schema=types, orient="row")


def _points(stations: Path | None, own: pl.DataFrame) -> dict[str, tuple[float, float, str]]:
    """Latitude, longitude and basis of every station that a line may call at."""
    known = pl.DataFrame() if stations is None else figurefile.read(stations, RAIL_STATIONS)
    found = {name: (latitude, longitude, "observed") for name, latitude, longitude in known.iter_rows()}
    for name, latitude, longitude, _, basis in own.iter_rows():
        if name in found:
            raise SettingError(
                f"line_stations.csv: the station {name!r} already stands in {stations}; take the row out"
            )
        found[name] = (latitude, longitude, basis)
    return found


def _medians(segments: Path | None) -> dict[tuple[str, str], float]:
    if segments is None:
        return {}
    frame = figurefile.read(segments, RAIL_SEGMENTS)
    ends = zip(frame["from_station"], frame["to_station"], strict=True)
    return dict(zip(ends, frame["median_minutes"], strict=True))


def _plan(folder: Path | None, points: Mapping[str, tuple[float, float, str]]) -> dict[str, Line]:
    """Every line by its code, or one error with the faults of all files."""
    if folder is None:
        return {}
    plan, faults = dict[str, Line](), list[str]()
    for path in sorted(path for path in folder.iterdir() if not path.name.startswith(".")):
        if path.suffix != ".toml" or not _is_code(path.stem):
            faults.append(
                f"{path.name}: not the name of a line; write small letters a–z, digits and hyphens, .toml"
            )
            continue
        try:
            line = settings.read(path, Line)
        except SettingError as error:
            faults.append(str(error))
            continue
        faults += [f"{path.name}: {fault}" for fault in (*_call_faults(line, points), *_service_faults(line))]
        twin = next((code for code, other in plan.items() if other.name == line.name), None)
        if twin is not None:
            faults.append(f"{path.name}: name {line.name!r} is that of {twin}.toml too; give one another")
        plan[path.stem] = line
    if faults:
        raise SettingError(f"{folder} holds no valid line plan:\n  {listed(faults)}")
    return plan


def _is_code(stem: str) -> bool:
    return stem.isascii() and stem == stem.lower() and stem.replace("-", "").isalnum()


def _call_faults(line: Line, points: Mapping[str, tuple[float, float, str]]) -> Iterator[str]:
    """What is wrong with a line's stations and run times, each with its key."""
    if len(line.calls) < 2:
        yield "calls: a line needs at least two stations"
    if not 0 <= line.dwell <= 60:
        yield f"dwell: {line.dwell:g} minutes; give 0–60"
    seen = set[str]()
    for at, call in enumerate(line.calls):
        where = f"calls[{at}] ({call.station})"
        if call.station not in points:
            hint = nearest(call.station, points)
            yield f"{where}: unknown station; {hint} Else add it to line_stations.csv"
        if call.station in seen:
            yield f"{where}: the station stands twice; a line calls at each station once"
        seen.add(call.station)
        if at == 0 and (call.minutes is not None or call.back is not None):
            yield f"{where}: no hop leads to the first station; take minutes and back out"
        if at and call.minutes is None:
            yield f"{where}: minutes are missing; give the run time from {line.calls[at - 1].station}"
        if at in (0, len(line.calls) - 1) and call.dwell is not None:
            yield f"{where}: a terminus has no dwell; take it out"
        if at in (0, len(line.calls) - 1) and call.only is not None:
            yield f"{where}: at a terminus one boards one way and alights the other; take only out"
        if call.dwell is not None and not 0 <= call.dwell <= 60:
            yield f"{where}: dwell is {call.dwell:g} minutes; give 0–60"
    if any(call.basis != "observed" for call in line.calls[1:]) and not line.source.minutes.strip():
        yield "source.minutes: not every hop is observed; say what the other minutes rest on"
    for before, call in pairwise(line.calls):
        yield from _speed_faults(before, call, points)
    if (total := sum(_ride(call) + _dwell(line, call) for call in line.calls)) > LONGEST:
        yield f"calls: {total:g} minutes from end to end; at most {LONGEST:g}"


def _speed_faults(before: Call, call: Call, points: Mapping[str, tuple[float, float, str]]) -> Iterator[str]:
    for key, minutes in (("minutes", call.minutes), ("back", call.back)):
        if minutes is None:
            continue
        if not 0 < minutes <= LONGEST:
            yield f"calls ({call.station}): {key} = {minutes:g}; give a run time above 0, at most {LONGEST:g}"
        elif before.station in points and call.station in points:
            far = geodesy.distances(*points[before.station][:2], *points[call.station][:2])[0]
            if (speed := 60 * far / minutes) > FASTEST:
                yield (
                    f"calls ({call.station}): {key} = {minutes:g} for {far:.0f} km from {before.station} is "
                    f"{speed:.0f} km/h, above {FASTEST:.0f}; correct the minutes or the station's point"
                )


def _service_faults(line: Line) -> Iterator[str]:
    """What is wrong with a line's departures, each with its key."""
    if not line.services:
        yield "services: none; say when the line departs"
    faults = [
        f"services[{at}]: {fault}" for at, one in enumerate(line.services) for fault in _one_service(one)
    ]
    yield from faults
    if faults:
        return
    rows = sorted(_departures(line), key=lambda one: (one.direction, one.days, one.first))
    for one, later in pairwise(rows):
        if (one.direction, one.days, later.begins) == (later.direction, later.days, "along"):
            yield (
                f"services[{later.at}]: along is for the first service of a day; trips of services[{one.at}] "
                f"({one.direction}, {one.days}) are on their way by then; take it out"
            )
        if (one.direction, one.days) == (later.direction, later.days) and later.first <= one.last:
            yield (
                f"services[{later.at}]: overlaps services[{one.at}] ({one.direction}, {one.days}): it begins "
                f"{_shown(later.first)}, the other runs until {_shown(one.last)}; end one before the other"
            )


def _one_service(one: Service) -> Iterator[str]:
    if not one.days or len(set(one.days)) < len(one.days):
        yield f"days = {list(one.days)}; name each kind of day once, one at least"
    yield from (f"days: unknown {day!r}; {nearest(day, DAYS)}" for day in one.days if day not in DAYS)
    if not 1 <= one.every <= LONGEST:
        yield f"every = {one.every}; give the minutes between departures, 1–{LONGEST:g}"
    times = {"from": one.start, "until": one.until, "back_from": one.back_from}
    wrong = [(key, value) for key, value in times.items() if value is not None and _minute(value) is None]
    yield from (
        f"{key} = {value!r} is not a valid time; write 05:10, or 24:40 past midnight" for key, value in wrong
    )
    if not wrong and _clock(one.until) < _clock(one.start):
        yield f"until = {one.until} lies before from = {one.start}; write 24:40 for after midnight"
    if one.back_from is not None and one.ways != "both":
        yield f"back_from has no use with ways = {one.ways!r}; take it out, or give from"


def _departures(line: Line) -> Iterator[Departures]:
    """A line's services by direction and kind of day; back departs as there, unless back_from says when."""
    for at, one in enumerate(line.services):
        first = _clock(one.start)
        length = (_clock(one.until) - first) // one.every * one.every
        opens = {"there": first, "back": first if one.back_from is None else _clock(one.back_from)}
        for direction, begin in opens.items():
            if one.ways in ("both", direction):
                for day in one.days:
                    begins = "along" if one.along else "terminus"
                    yield Departures(direction, day, begin, begin + length, one.every, begins, at)


def _minute(written: str) -> int | None:
    """A time as minutes after midnight, or None where it is not valid; 29:59 is the latest."""
    hour, colon, minute = written.partition(":")
    digits = len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit()
    if not colon or not digits or int(hour) > 29 or int(minute) > 59:
        return None
    return 60 * int(hour) + int(minute)


def _clock(written: str) -> int:
    minute = _minute(written)
    if minute is None:
        raise SettingError(f"{written!r} is not a valid time; write 05:10")
    return minute


def _shown(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _ride(call: Call) -> float:
    return 0.0 if call.minutes is None else call.minutes


def _dwell(line: Line, call: Call) -> float:
    if call is line.calls[0] or call is line.calls[-1]:
        return 0.0
    return line.dwell if call.dwell is None else call.dwell


def _hops(code: str, line: Line, published: Mapping[Ends, Published]) -> Iterator[tuple[object, ...]]:
    for at, (before, call) in enumerate(pairwise(line.calls)):
        back = _ride(call) if call.back is None else call.back
        ends = (before.station, call.station)
        source = SEGMENTS if call.basis == "observed" else line.source.minutes
        if ends in published:
            source = published[ends].source
        minutes = (_ride(call), back, _dwell(line, call))
        yield (code, at, *ends, *minutes, call.only or "both", source, call.basis)


def _unseen(code: str, line: Line, medians: Mapping[tuple[str, str], float]) -> Iterator[str]:
    """Hops that are said to be observed but are not the median minutes, in either direction."""
    for before, call in pairwise(line.calls):
        if call.basis != "observed":
            continue
        back = _ride(call) if call.back is None else call.back
        for start, end, minutes in (
            (before.station, call.station, _ride(call)),
            (call.station, before.station, back),
        ):
            median = medians.get((start, end))
            if median is None or median != minutes:
                seen = "no train" if median is None else f"a median of {median:g} minutes"
                yield (
                    f"{code}.toml: {start} to {end} is said to be observed as {minutes:g} minutes, but "
                    f'{SEGMENTS} has {seen}; correct the minutes, or write basis = "assumed"'
                )


def _unlike(code: str, line: Line, published: Mapping[Ends, Published]) -> Iterator[str]:
    """Hops of a line whose minutes are published that differ from these, or are said to be better known."""
    for before, call in pairwise(line.calls):
        known = published.get((before.station, call.station))
        back = _ride(call) if call.back is None else call.back
        said = (_ride(call), back, call.basis)
        if known is None and call.basis == "observed":
            yield (
                f"{code}.toml: {before.station} to {call.station} is said to be observed, but "
                'published_hops.csv does not have it; add the hop there, or write basis = "assumed"'
            )
        elif known is not None and said != (known.minutes, known.minutes_back, known.basis):
            yield (
                f"{code}.toml: {before.station} to {call.station} takes {said[0]:g} and {back:g} minutes "
                f"({call.basis}), in published_hops.csv {known.minutes:g} and {known.minutes_back:g} "
                f"({known.basis}); correct one of them"
            )


def _published(hops: pl.DataFrame) -> dict[str, dict[Ends, Published]]:
    """The published hops of each line, by their ends."""
    found: dict[str, dict[Ends, Published]] = {}
    for line, start, end, *known in hops.iter_rows():
        found.setdefault(line, {})[start, end] = Published(*known)
    return found


def _weakest(line: Line) -> str:
    every = {line.basis, *(call.basis for call in line.calls[1:])}
    return next(basis for basis in ("assumed", "estimated", "observed") if basis in every)
