"""Power hour by hour as measured, and the group's own areas behind a feed-in, `power/areas.toml`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import polars as pl
from msgspec import Meta, field

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text
from storregion.core.lineage import Raw
from storregion.core.table import Schema, listed
from storregion.facts import power_capacity
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import Municipalities
from storregion.sources import areas

LARGEST_MW = 5000.0
"""No feed-in, plant or request is larger; a larger number is in another unit."""
LARGEST_KW_A_PERSON = 100.0
"""Nor does a place take in or ask for more for each inhabitant: the country peaks at under 3 kW each."""

Folder = Annotated[Path, Raw("power/")]
Code = Annotated[str, Meta(pattern=r"^[a-z0-9-]+$", max_length=40)]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Year = Annotated[int, Meta(ge=1900, le=2150)]
Basis = Annotated[str, Meta(pattern="^(observed|estimated|assumed)$")]


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many MW from one winter to another, and where that is published or what it rests on."""

    name: Words
    mw: float
    since: Year = field(name="from")
    until: Year | None = None
    source: Words
    basis: Basis = "assumed"


class FeedIn(_Part, frozen=True, kw_only=True):
    """What the grid above lets in; `several` where the figure is the sum of feed-ins."""

    several: bool = False


class Local(_Part, frozen=True, kw_only=True):
    """A plant and the part of it that is firm; with `in_use` the area's `use_gwh` is already net of it."""

    derating: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    in_use: bool = False


class Flexibility(_Part, frozen=True, kw_only=True):
    """What users are bound to do without for some hours."""


class Request(_Part, frozen=True, kw_only=True):
    """A connection asked for, and the probability that it comes."""

    probability: Annotated[float, Meta(ge=0.0, le=1.0)]


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The municipalities behind a feed-in; without `feed_ins`, a place for those that are not published."""

    code: Code
    name: Text
    about: Text
    municipalities: tuple[str, ...]
    use_gwh: Annotated[float, Meta(gt=0.0, le=200_000.0)] | None = None
    use_source: Words | None = None
    feed_ins: tuple[FeedIn, ...] = ()
    local: tuple[Local, ...] = ()
    flexibility: tuple[Flexibility, ...] = ()
    requests: tuple[Request, ...] = ()


class Areas(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file: one `[[areas]]` each."""

    areas: tuple[Area, ...]


class _Known(NamedTuple):
    """The lines of the file's tables, and the persons of every municipality."""

    lines: settings.Lines
    persons: Mapping[str, int | None]

    def at(self, table: str, number: int) -> str:
        """The line and name of a table, without the file, which the whole message names."""
        return self.lines.at(table, number).removeprefix(str(self.lines.path)).lstrip(": ")


def load_shape(raw: Annotated[Path, Raw("load_shape.csv")]) -> power_capacity.LoadShape:
    """The mean load by month, weekday and hour."""
    return areas.observed(raw, power_capacity.LOAD_SHAPE)


def load_days(raw: Annotated[Path, Raw("load_days.csv")]) -> power_capacity.LoadDays:
    """How the load of the days of each month differs."""
    return areas.observed(raw, power_capacity.LOAD_DAYS)


def capacity_areas(
    folder: Folder, municipalities: Municipalities, population_yearly: PopulationYearly
) -> power_capacity.CapacityAreas:
    """The areas behind a feed-in.

    Parameters
    ----------
    folder : holds `areas.toml`.
    municipalities : which there are.
    population_yearly : persons, to tell MW from kW.

    Raises
    ------
    SettingError
        The file cannot be read, a municipality is unknown or stands in two areas, or a number cannot be MW.
    """
    rows = []
    for area in _read(folder, municipalities, population_yearly):
        absent = None if area.use_gwh else "not_applicable"
        said = (area.name.sv, area.name.en, area.about.sv, area.about.en)
        rows.append((area.code, *said, area.use_gwh, absent, area.use_source, "assumed"))
    return _frame(rows, power_capacity.CAPACITY_AREAS)


def capacity_members(
    folder: Folder, municipalities: Municipalities, population_yearly: PopulationYearly
) -> power_capacity.CapacityMembers:
    """The municipalities of every area; parameters and errors as for the areas."""
    found = _read(folder, municipalities, population_yearly)
    rows = [(area.code, municipality, "assumed") for area in found for municipality in area.municipalities]
    return _frame(rows, power_capacity.CAPACITY_MEMBERS)


def capacity_parts(
    folder: Folder, municipalities: Municipalities, population_yearly: PopulationYearly
) -> power_capacity.CapacityParts:
    """Feed-ins, local production, flexibility and requests; parameters and errors as for the areas."""
    rows = []
    for area in _read(folder, municipalities, population_yearly):
        parts = [row for part in _parts(area) for row in _rows(part)]
        rows += [(area.code, number, *row) for number, row in enumerate(parts, 1)]
    return _frame(rows, power_capacity.CAPACITY_PARTS)


def _frame(rows: list[Any], schema: Schema) -> pl.DataFrame:
    types = {column.name: column.dtype for column in schema.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _parts(area: Area) -> tuple[_Part, ...]:
    return (*area.feed_ins, *area.local, *area.flexibility, *area.requests)


_LISTS = {FeedIn: "feed_ins", Local: "local", Flexibility: "flexibility", Request: "requests"}
_KINDS = dict(zip(_LISTS, power_capacity.PARTS, strict=True))


def _rows(part: _Part) -> Iterator[tuple[Any, ...]]:
    """The rows of one part: a plant that the use is net of is seen only once it closes, as MW that go."""
    kind, several = _KINDS[type(part)], "yes" if isinstance(part, FeedIn) and part.several else "no"
    factor, mw, since, until = 1.0, part.mw, part.since, part.until
    if isinstance(part, Request):
        factor = part.probability
    if isinstance(part, Local):
        factor = part.derating
        if part.in_use:
            if until is None:
                return
            mw, since, until = -mw, until + 1, None
    absent = None if until else "not_applicable"
    yield kind, part.name, mw, factor, since, until, absent, several, part.source, part.basis


def _read(folder: Path, municipalities: pl.DataFrame, people: pl.DataFrame) -> tuple[Area, ...]:
    """The areas of the file, or one error with every fault."""
    path = folder / "areas.toml"
    found = settings.read(path, Areas).areas
    latest = people.filter(pl.col("year") == pl.col("year").max()).drop_nulls("persons")
    counted = dict(zip(latest["municipality"], latest["persons"], strict=True))
    persons = {code: counted.get(code) for code in municipalities["municipality"]}
    known = _Known(settings.lines(path), persons)
    if faults := [*_member_faults(found, known), *_part_faults(found, known)]:
        raise SettingError(f"{path} holds no valid areas:\n  {listed(faults)}")
    return found


def _member_faults(found: tuple[Area, ...], known: _Known) -> Iterator[str]:
    """Codes that stand twice, and municipalities that are unknown or stand in two areas."""
    area_of: dict[str, str] = {}
    seen = set[str]()
    for number, area in enumerate(found, 1):
        where = known.at("areas", number)
        if area.code in seen:
            yield f"{where}: the code {area.code!r} stands twice; give each area its own"
        seen.add(area.code)
        if not area.municipalities:
            yield f"{where}: {area.code} has no municipalities; name those behind its feed-in"
        if (area.use_gwh is None) != (area.use_source is None):
            yield f"{where}: {area.code} must have both use_gwh and use_source, or neither"
        for code in area.municipalities:
            if code not in known.persons:
                hint = nearest(code, known.persons)
                yield f"{where}: the municipality {code!r} of {area.code} does not exist; {hint}"
            elif code in area_of:
                both = f"in {area_of[code]} and in {area.code}"
                yield f"{where}: the municipality {code!r} stands {both}; a municipality has one area"
            elif known.persons[code] is None:
                yield (
                    f"{where}: population_yearly has no figure of {code!r} of {area.code}, which tells "
                    "MW from kW; add it"
                )
            area_of.setdefault(code, area.code)


def _part_faults(found: tuple[Area, ...], known: _Known) -> Iterator[str]:
    """Numbers that cannot be MW, and years the wrong way round."""
    counts = dict.fromkeys(_LISTS.values(), 0)
    for area in found:
        people = [known.persons.get(code) for code in area.municipalities]
        # Where a figure is missing, which is a fault of its own, no bound holds.
        persons = sum(count for count in people if count is not None)
        for part in _parts(area):
            table = _LISTS[type(part)]
            counts[table] += 1
            where = f"{known.at(f'areas.{table}', counts[table])}: {part.name!r} of {area.code}"
            most = LARGEST_MW
            if not isinstance(part, Local) and None not in people:
                most = min(most, persons * LARGEST_KW_A_PERSON / 1000)
            if not 0 < part.mw <= most:
                yield (
                    f"{where} has mw = {part.mw:g}; at most {most:g} MW is plausible for {persons} "
                    "inhabitants. Is it in kW? Divide by 1000"
                )
            if part.until is not None and part.until < part.since:
                yield f"{where} ends in {part.until}, before it begins in {part.since}; swap the years"
            if isinstance(part, Local) and part.in_use and area.use_gwh is None:
                yield f"{where} has in_use, but {area.code} has no use_gwh to be net of it; take it out"
