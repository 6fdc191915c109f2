"""Kolada's interface 3: key figures in batches, page by page, with the word for why a value is not there."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from storregion.core.errors import DataError, FetchError, nearest
from storregion.core.table import Schema
from storregion.fetch.lock import TableLock
from storregion.fetch.publishers import Target
from storregion.fetch.pxweb import document
from storregion.fetch.shape import Rows, write_csv
from storregion.fetch.sources import Made, Seen
from storregion.fetch.transport import BrokenError, Call, Transport, plain
from storregion.intake.mapping import Source
from storregion.intake.reading import Place, Words

BATCH = 25
"""Identities that one part of an address may hold."""
KINDS_OF_AREA = {"municipalities": "K", "regions": "L"}
SEXES = {"T": "total", "M": "men", "K": "women"}
COLUMNS = {
    "kpi": Source(dimension="kpi"),
    "area": Source(dimension="area"),
    "year": Source(dimension="year"),
    "sex": Source(dimension="sex", words=SEXES),
    "title": Source(dimension="title"),
    "value": Source(cells=True),
}

_FROM = re.compile(r"from\(\s*(\d{4})\s*\)")
_PLACES = {name: Place(f"Kolada: {name}") for name in COLUMNS} | {
    "value": Place("Kolada: ", pl.format("{} {} {}", "kpi", "area", "year"), between="; ")
}

T = TypeVar("T")


class _Definition(msgspec.Struct, frozen=True):
    id: str
    title: str = ""
    publication_date: str | None = None
    prel_publication_date: str | None = None
    publ_period: str | int | None = None


class _Area(msgspec.Struct, frozen=True):
    id: str
    type: str = ""


class _Value(msgspec.Struct, frozen=True):
    gender: str
    value: float | int | None = None
    status: str | None = None


class _Row(msgspec.Struct, frozen=True):
    kpi: str
    municipality: str
    period: int
    values: list[_Value]


class _Definitions(msgspec.Struct, frozen=True):
    values: list[_Definition]
    next_url: str | None = None


class _Areas(msgspec.Struct, frozen=True):
    values: list[_Area]
    next_url: str | None = None


class _Rows(msgspec.Struct, frozen=True):
    values: list[_Row]
    next_url: str | None = None
    count: int | None = None


@dataclass
class Kolada:
    """A client of Kolada."""

    transport: Transport
    folder: Path

    def look(self, target: Target) -> list[Seen]:
        """The key figures and areas that there are now.

        Raises
        ------
        DataError
            A key figure or area of the target is not there (any more).
        """
        if not (target.kpis and target.areas and target.years):
            raise DataError(f"the target of {target.file} names no kpis, areas or years; write them there")
        found: list[_Definition] = []
        for batch in _batches(target.kpis, BATCH):
            found += self._pages(f"kpi/{','.join(batch)}", _Definitions)
        missing = [kpi for kpi in target.kpis if kpi not in {definition.id for definition in found}]
        if missing:
            raise DataError(f"Kolada has no key figure {', '.join(missing)} (any more); correct kpis")
        areas = {area.id: area.type for area in self._pages("municipality", _Areas)}
        # A key figure's dates and period change when it gets new values.
        edition = hashlib.sha256(msgspec.json.encode(sorted(found, key=lambda d: d.id))).hexdigest()[:12]
        last = max((definition.publication_date or "" for definition in found), default="")
        variables = {"kpi": tuple(target.kpis), "municipality": tuple(areas)}
        chosen = {"kpi": target.kpis, "municipality": _chosen(target.areas, areas), "year": _years(target)}
        return [Seen("kolada", "", f"{last} {edition}", variables, chosen)]

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """The calls that the values take: at most 25 key figures and areas each, in one page if it goes."""
        query = {"per_page": str(self.transport.publisher.page)}
        calls = [
            Call(f"kpi/{','.join(batch)}", query, check=_Named(frozenset(batch)))
            for batch in _batches(target.kpis, BATCH)
        ]
        for kpis in _batches(seen.chosen["kpi"], BATCH):
            for areas in _batches(seen.chosen["municipality"], BATCH):
                room = self.transport.publisher.page // (len(kpis) * len(areas))
                for years in _batches(seen.chosen["year"], max(1, min(BATCH, room))):
                    address = (
                        f"data/kpi/{','.join(kpis)}/municipality/{','.join(areas)}/year/{','.join(years)}"
                    )
                    check = _Asked(frozenset(kpis), frozenset(areas), frozenset(years))
                    cells = len(kpis) * len(areas) * len(years)
                    calls.append(Call(address, query, check=check, cells=cells))
        return calls

    def follow(self, call: Call, path: Path) -> Call | None:
        """The next page, where an answer has one."""
        page = _decoded(path, _Page)
        if not page.next_url:
            return None
        check = call.check
        if isinstance(check, _Asked):
            check = replace(check, before=check.before + len(page.values))
        return Call(page.next_url, check=check)

    def _pages(self, address: str, kind: type[T]) -> list:  # type: ignore[type-arg]
        query = {"per_page": str(self.transport.publisher.page)}
        found, call = [], Call(address, query)
        visited = set()
        for _ in range(_MOST_PAGES):
            page = document(self.transport, self.folder, call, kind)
            found += page.values  # type: ignore[attr-defined]
            further = page.next_url  # type: ignore[attr-defined]
            if not further:
                return found
            visited.add(call.place(self.transport.publisher.base))
            call = Call(further)
            if further in visited:
                raise FetchError(f"Kolada's list of {address} leads back to itself; nothing was taken")
        raise FetchError(f"Kolada's list of {address} goes on after {_MOST_PAGES} pages; nothing was taken")


_MOST_PAGES = 1000


class _Page(msgspec.Struct, frozen=True):
    values: list[msgspec.Raw]
    next_url: str | None = None


def _decoded(path: Path, kind: type[T]) -> T:
    """A kept answer as a structure."""
    try:
        return msgspec.json.decode(plain(path.read_bytes()), type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BrokenError(f"Kolada's answer is not whole or of another form ({error}); not taken") from None


@dataclass(frozen=True)
class _Named:
    """Whether an answer describes the key figures that were asked for."""

    kpis: frozenset[str]

    def __call__(self, path: Path) -> None:
        """Raise when it does not."""
        found = {definition.id for definition in _decoded(path, _Definitions).values}
        if not found <= self.kpis:
            raise BrokenError("Kolada's answer describes key figures that were not asked for; not taken")


@dataclass(frozen=True)
class _Asked:
    """Whether an answer holds values of what was asked for, and of nothing else.

    `before` are the rows on the pages before this one.
    """

    kpis: frozenset[str]
    areas: frozenset[str]
    years: frozenset[str]
    before: int = 0

    def __call__(self, path: Path) -> None:
        """Raise when it does not."""
        page = _decoded(path, _Rows)
        rows, so_far = page.values, self.before + len(page.values)
        # The count is that of this page or, as others have it, of all pages.
        whole = page.count in (None, len(rows)) or (
            page.count > so_far if page.next_url else page.count == so_far
        )
        if not whole:
            has = f"more than {so_far}" if page.next_url else so_far
            raise BrokenError(f"Kolada's answer says that it has {page.count} rows, not {has}; not taken")
        for row in rows:
            asked = row.kpi in self.kpis and row.municipality in self.areas and str(row.period) in self.years
            if not asked or len({value.gender for value in row.values}) < len(row.values):
                raise BrokenError("Kolada's answer holds what was not asked for, or a value twice; not taken")


def read(
    target: Target,
    tables: Sequence[tuple[TableLock, Sequence[Path]]],
    schema: Schema | None,
    lookups: Mapping[str, pl.DataFrame],
    draft: Path,
) -> Made:
    """The figure file of key figures; parameters as for every reader.

    Raises
    ------
    DataError
        A value has a status that the target gives no meaning.
    """
    if schema is None:
        raise DataError(f"no step reads {target.file!r}, so there is nothing to shape its figures into")
    paths = tables[0][1]
    titles: dict[str, str] = {}
    rows = Rows(target, schema)
    for path in paths:
        document = path.read_bytes()
        if b'"municipality"' not in document:
            found = _decoded(path, _Definitions).values
            titles |= {definition.id: definition.title for definition in found}
    for path in paths:
        document = path.read_bytes()
        if b'"municipality"' in document:
            part = list(_cells(_decoded(path, _Rows).values, titles))
            cells = pl.DataFrame(part, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
            rows.add(Words(cells, _PLACES, cells.height), COLUMNS)
    frame = rows.frame()
    kpis = frame["kpi"].n_unique()
    return Made(write_csv(frame, draft), f"{frame.height} rader, {kpis} nyckeltal",
                f"{frame.height} rows, {kpis} key figures")  # fmt: skip


def _cells(rows: Sequence[_Row], titles: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        # Regions are numbered after their counties, and the country is 0000.
        area = row.municipality[2:] if row.municipality.startswith("00") else row.municipality
        for value in row.values:
            # A status beside a value says how it is known; it matters where there is none.
            said = str(value.value) if value.value is not None else f"{value.status or ''}"
            yield row.kpi, area, str(row.period), value.gender, titles.get(row.kpi, row.kpi), said


def _chosen(wanted: Sequence[str], areas: Mapping[str, str]) -> tuple[str, ...]:
    """The areas that words mean: all of a kind, or one by its identity."""
    chosen: list[str] = []
    for word in wanted:
        if word in KINDS_OF_AREA:
            chosen += [area for area, kind in areas.items() if kind == KINDS_OF_AREA[word]]
        elif word in areas:
            chosen.append(word)
        else:
            raise DataError(f"Kolada has no area {word!r}; {nearest(word, [*KINDS_OF_AREA, *areas])}")
    return tuple(dict.fromkeys(chosen))


def _years(target: Target) -> tuple[str, ...]:
    """The years that words mean; `from(YEAR)` goes on to next year, for which some figures are plans."""
    found: list[str] = []
    for word in target.years:
        if open_ended := _FROM.fullmatch(word):
            found += map(str, range(int(open_ended[1]), datetime.now(UTC).year + 2))
        elif word.isdigit():
            found.append(word)
        else:
            raise DataError(f"the years of {target.file} hold {word!r}; write a year, or from(YEAR)")
    return tuple(dict.fromkeys(found))


def _batches(codes: Sequence[str], most: int) -> Iterator[tuple[str, ...]]:
    for at in range(0, len(codes), most):
        yield tuple(codes[at : at + most])
