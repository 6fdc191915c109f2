"""The group's register of links outward: `outward.toml`, read strictly, every fault named with its line."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import polars as pl

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Raw
from storregion.core.table import Schema, listed
from storregion.facts.outward import (
    LEVELS,
    OUTWARD_CRITERIA,
    OUTWARD_GAPS,
    OUTWARD_LINKS,
    OUTWARD_STATIONS,
    OUTWARD_TARGETS,
    OutwardCriteria,
    OutwardGaps,
    OutwardLinks,
    OutwardStations,
    OutwardTargets,
)

Register = Annotated[Path, Raw("outward.toml")]
Mode = Literal["rail", "bus", "ferry", "air"]
FIRST, LAST = "06:00", "22:00"
"""The hours of a link for which none are published."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place outside the group, a gate to places further away, or the capital.

    `stations` are those of the timetable that stand for it; a link may lead to it without any.
    """

    code: str
    name: Text
    kind: Literal["capital", "city", "gate"]
    latitude: float
    longitude: float
    stations: tuple[str, ...] = ()


class Link(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Departures both ways between two targets, or a station of the timetable and a target.

    Minutes back are those there where they are not given, and departures as many.
    """

    code: str
    mode: Mode
    departures: int
    valid_from: str
    source: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    minutes: float | None = None
    back: float | None = None
    first: str | None = None
    last: str | None = None
    valid_to: str | None = None
    basis: Literal["observed", "estimated", "assumed"] = "estimated"


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Links that exist but whose figures are not here, and why."""

    mode: Mode
    why: Text
    start: str = msgspec.field(name="from")
    end: tuple[str, ...] = msgspec.field(name="to")


class Level(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a day at a target must allow: minutes there and back at most, minutes of stay at least, hours."""

    longest: float
    stay: float
    arrive_before: str | None = None
    leave_after: str | None = None


class Criterion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The levels of access to a target."""

    target: str
    green: Level
    yellow: Level
    source: str


class Outward(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole register."""

    targets: tuple[Target, ...]
    links: tuple[Link, ...] = ()
    gaps: tuple[Gap, ...] = ()
    criteria: tuple[Criterion, ...] = ()


def outward_targets(raw: Register) -> OutwardTargets:
    """The targets of the register.

    Raises
    ------
    SettingError
        The register breaks a rule; each fault with its line.
    """
    rows = [
        (one.code, one.name.sv, one.name.en, one.kind, one.latitude, one.longitude, "observed")
        for one in _read(raw).targets
    ]
    return _frame(rows, OUTWARD_TARGETS)


def outward_stations(raw: Register) -> OutwardStations:
    """The stations of the timetable that stand for each target."""
    rows = [(one.code, name, "observed") for one in _read(raw).targets for name in one.stations]
    return _frame(rows, OUTWARD_STATIONS)


def outward_links(raw: Register) -> OutwardLinks:
    """The links of the register; one whose hours are not published is assumed to run in the usual ones."""
    rows = []
    for one in _read(raw).links:
        hours = tuple(_minute(given or usual) for given, usual in ((one.first, FIRST), (one.last, LAST)))
        back = one.minutes if one.back is None else one.back
        ends = (one.code, one.mode, one.start, one.end, one.minutes, back, one.departures, *hours)
        rows.append((*ends, one.valid_from, one.valid_to, one.source, one.basis))
    return _frame(rows, OUTWARD_LINKS)


def outward_gaps(raw: Register) -> OutwardGaps:
    """Links that are known to exist but whose figures are not in the register."""
    rows = [
        (one.mode, one.start, target, one.why.sv, one.why.en, "observed")
        for one in _read(raw).gaps
        for target in one.end
    ]
    return _frame(rows, OUTWARD_GAPS)


def outward_criteria(raw: Register) -> OutwardCriteria:
    """The levels of access by target."""
    rows = []
    for one in _read(raw).criteria:
        for name in LEVELS:
            level: Level = getattr(one, name)
            hours = level.arrive_before, level.leave_after
            rows.append((one.target, name, level.longest, level.stay, *hours, one.source, "observed"))
    return _frame(rows, OUTWARD_CRITERIA)


def _read(path: Path) -> Outward:
    """The register, or one error with every fault in it."""
    register, lines = settings.read(path, Outward), settings.lines(path)
    faults = [
        f"{lines.at(table, number)}: {fault}"
        for table, entries in (
            ("targets", _target_faults(register.targets)),
            ("links", _link_faults(register)),
            ("gaps", _gap_faults(register)),
            ("criteria", _criterion_faults(register)),
        )
        for number, fault in entries
    ]
    if faults:
        raise SettingError(f"{path} is not a valid register of links outward:\n  {listed(faults)}")
    return register


def _twice(codes: Sequence[str], what: str) -> Iterator[tuple[int, str]]:
    """The number of every entry whose code an earlier one has."""
    for number, code in enumerate(codes, 1):
        if code in codes[: number - 1]:
            first = codes.index(code) + 1
            yield number, f"the {what} {code!r} stands twice, as number {first} too; take one of them out"


def _target_faults(targets: Sequence[Target]) -> Iterator[tuple[int, str]]:
    yield from _twice([one.code for one in targets], "target")
    named = [(number, name) for number, one in enumerate(targets, 1) for name in one.stations]
    for at, (number, name) in enumerate(named):
        if name in [earlier for _, earlier in named[:at]]:
            yield number, f"the station {name!r} stands for another target too; keep it with one of them"


def _link_faults(register: Outward) -> Iterator[tuple[int, str]]:
    known = [one.code for one in register.targets]
    yield from _twice([one.code for one in register.links], "link")
    for number, one in enumerate(register.links, 1):
        yield from ((number, fault) for fault in _one_link(one, known))


def _one_link(link: Link, targets: Sequence[str]) -> Iterator[str]:
    name = f"the link {link.start}–{link.end}"
    if link.minutes is None:
        yield f"{name} has no minutes; give the published run time, or move it to [[gaps]] with the reason"
    for key, minutes in (("minutes", link.minutes), ("back", link.back)):
        if minutes is not None and not 1 <= minutes <= 1440:
            yield f"{name}: {key} = {minutes:g}; give 1 to 1440 minutes"
    if link.end not in targets:
        yield f"{name} leads to {link.end!r}, which is not a target; {nearest(link.end, targets)}"
    if link.start == link.end:
        yield f"{name} ends where it begins; give it another end"
    if not 1 <= link.departures <= 200:
        yield f"{name}: departures = {link.departures}; give 1 to 200 a day"
    first, last = link.first or FIRST, link.last or LAST
    wrong = [at for at in (first, last) if not _is_hour(at)]
    yield from (f"{name} has the hour {at!r}; write it as 06:00" for at in wrong)
    if not wrong and _minute(first) > _minute(last):
        yield f"{name} begins at {first}, after its last departure at {last}; change one of them"
    for key, day in (("valid_from", link.valid_from), ("valid_to", link.valid_to)):
        if day is not None and not _is_day(day):
            yield f"{name}: {key} = {day!r} is not a valid day; write it as 2023-11-30"
    if not link.source.strip():
        yield f"{name} has no source; name publisher, document and date"


def _gap_faults(register: Outward) -> Iterator[tuple[int, str]]:
    known = [one.code for one in register.targets]
    for number, one in enumerate(register.gaps, 1):
        for end in one.end:
            if end not in known:
                yield number, f"{end!r} is not a target; {nearest(end, known)}"


def _criterion_faults(register: Outward) -> Iterator[tuple[int, str]]:
    known = [one.code for one in register.targets]
    yield from _twice([one.target for one in register.criteria], "criterion for")
    for number, one in enumerate(register.criteria, 1):
        if one.target not in known:
            yield number, f"{one.target!r} is not a target; {nearest(one.target, known)}"
        if one.yellow.longest < one.green.longest or one.yellow.stay > one.green.stay:
            yield number, f"yellow asks for more than green for {one.target!r}; exchange them"
        for level in (one.green, one.yellow):
            for at in (level.arrive_before, level.leave_after):
                if at is not None and not _is_hour(at):
                    yield number, f"{at!r} is not an hour; write it as 10:00"


def _is_hour(written: str) -> bool:
    hour, colon, minute = written.partition(":")
    digits = len(hour) == len(minute) == 2 and (hour + minute).isdecimal()
    return bool(colon) and digits and int(hour) < 24 and int(minute) < 60


def _is_day(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False


def _minute(written: str) -> int:
    hour, _, minute = written.partition(":")
    return 60 * int(hour) + int(minute)


def _frame(rows: Iterable[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame(list(rows), schema=types, orient="row")
