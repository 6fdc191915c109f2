"""PxWeb, the database that Statistics Sweden and other agencies publish in: interface 2, and the older 1.

Both have variables with codes and answer with JSON-stat 2. Calls are kept under the publisher's limit of
cells, and an answer is only taken when it holds exactly the cells that were asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from storregion.core.errors import FetchError, StorregionError
from storregion.fetch import guard, selection
from storregion.fetch.publishers import TableQuery, Target
from storregion.fetch.selection import Variable
from storregion.fetch.sources import Seen
from storregion.fetch.transport import BrokenError, Call, GoneError, Transport, decoded, plain

T = TypeVar("T")
PERIOD = re.compile(r"\d{4}(K[1-4]|M\d{2})?")
"""A year, or a year with its quarter or month."""


class _Category(msgspec.Struct, frozen=True):
    index: dict[str, int] | list[str] = {}
    label: dict[str, str] = {}
    note: Any = None


class _Dimension(msgspec.Struct, frozen=True):
    category: _Category
    label: str = ""
    extension: dict[str, Any] = {}
    note: Any = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the categories in their order."""
        index = self.category.index or list(self.category.label)
        return tuple(sorted(index, key=index.__getitem__) if isinstance(index, dict) else index)


class _Dataset(msgspec.Struct, frozen=True):
    id: list[str]
    size: list[int]
    dimension: dict[str, _Dimension]
    kind: str = msgspec.field(name="class", default="")
    label: str | None = ""
    updated: str | None = ""
    role: dict[str, list[str]] = {}
    note: Any = None
    value: list[int | float | None] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What the publisher says of the whole table, of its variables, and of what its cells count."""
        found = [*_texts(self.note), *(text for d in self.dimension.values() for text in _texts(d.note))]
        for name in self.role.get("metric", ()):
            found += _texts(self.dimension[name].category.note) if name in self.dimension else []
        return tuple(dict.fromkeys(found))


def _texts(note: object) -> list[str]:
    """The texts of a note, which is one, a list of them, or lists by code."""
    if isinstance(note, str):
        return [" ".join(note.split())] if note.strip() else []
    parts = note.values() if isinstance(note, dict) else note if isinstance(note, list) else ()
    return [text for part in parts for text in _texts(part)]


class _Config(msgspec.Struct, frozen=True):
    cells: int = msgspec.field(name="maxDataCells")
    calls: int = msgspec.field(name="maxCallsPerTimeWindow")
    seconds: float = msgspec.field(name="timeWindow")


@dataclass(frozen=True)
class Table:
    """A table's metadata."""

    id: str
    label: str
    updated: str
    variables: tuple[Variable, ...]
    notes: tuple[str, ...] = ()

    @property
    def last(self) -> str:
        """The last period: a code of the variable of time, or its label where codes are positions."""
        said = [(c, v.labels.get(c, "")) for v in self.variables if v.time for c in v.codes]
        found = [code if PERIOD.fullmatch(code) else label for code, label in said]
        return max((one for one in found if PERIOD.fullmatch(one)), default="")


@dataclass
class PxWeb2:
    """A client of PxWebApi 2."""

    transport: Transport
    folder: Path
    cells: int = 0
    _codelists: dict[str, dict[str, str]] = field(default_factory=dict)

    def look(self, target: Target) -> list[Seen]:
        """The target's tables as they are now; one call each, and one for every code list."""
        return _seen(target, self._listed)

    def _listed(self, query: TableQuery) -> Table:
        """A query's table, its variables with the codes of the code lists that the query names."""
        table = self.table(query.id)
        lists = {variable: self._list(name) for variable, name in query.codelists.items()}
        variables = (v.but(lists[v.code]) if v.code in lists else v for v in table.variables)
        return replace(table, variables=tuple(variables))

    def table(self, table: str) -> Table:
        """A table's metadata.

        Raises
        ------
        FetchError
            There is no such table, or what came describes none.
        """
        address = f"tables/{quote(table, safe='')}/metadata"
        data = self._document(Call(address, {"lang": self.transport.publisher.language}), _Dataset)
        if set(data.id) != data.dimension.keys() or data.kind not in ("", "dataset"):
            raise FetchError(f"the metadata of {table} does not describe a table; nothing was taken")
        variables = tuple(
            Variable(
                code,
                data.dimension[code].codes,
                time=code in data.role.get("time", ()),
                eliminable=data.dimension[code].extension.get("elimination") is True,
                labels=data.dimension[code].category.label,
            )
            for code in data.id
        )
        return Table(table, data.label or "", data.updated or "", variables, data.notes)

    def limits(self) -> int:
        """The most cells one call may ask for; the transport knows the publisher's rate."""
        if not self.cells:
            config = self._document(Call("config"), _Config)
            if config.cells < 1:
                raise FetchError(f"{self.transport.publisher.name} says that a call may hold no cells")
            self.transport.slow_down(config.calls, config.seconds)
            self.cells = config.cells
        return self.cells

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """The calls that one table's figures take, each under the limit of cells."""
        query = target.tables[seen.place]
        return [
            Call(
                f"tables/{quote(seen.id, safe='')}/data",
                {"lang": self.transport.publisher.language, "outputFormat": "json-stat2"},
                _body(part, query),
                check=_Whole(seen.id, part, seen.updated),
                cells=prod(map(len, part.values())),
            )
            for part in selection.split(seen.chosen, self.limits())
        ]

    def follow(self, call: Call, path: Path) -> None:
        """Nothing: every answer ends where it should."""

    def _list(self, name: str) -> dict[str, str]:
        """The labels of a code list by code."""
        if name not in self._codelists:
            call = Call(f"codelists/{quote(name, safe='')}", {"lang": self.transport.publisher.language})
            found = self._document(call, _Codelist)
            self._codelists[name] = {value.code: value.label for value in found.values}
        return self._codelists[name]

    def _document(self, call: Call, kind: type[T]) -> T:
        return document(self.transport, self.folder, call, kind)


class _Value(msgspec.Struct, frozen=True):
    code: str
    label: str = ""


class _Codelist(msgspec.Struct, frozen=True):
    values: list[_Value]


@dataclass(frozen=True)
class _Whole:
    """Whether an answer holds the cells that were asked for, all of them and no others."""

    table: str
    asked: Mapping[str, tuple[str, ...]]
    updated: str

    def __call__(self, path: Path) -> None:
        """Raise when it does not."""
        try:
            data = msgspec.json.decode(plain(path.read_bytes()), type=_Dataset)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
            raise BrokenError(
                f"{self.table}: the answer is not complete JSON-stat ({error}); nothing was taken"
            ) from None
        got = {name: found.codes for name, found in data.dimension.items()}
        sizes = [len(got.get(name, ())) for name in data.id]
        if data.kind != "dataset" or set(data.id) != got.keys() or data.size != sizes:
            raise BrokenError(f"{self.table}: the parts of the answer do not fit together; nothing was taken")
        if len(data.value or ()) != prod(sizes):
            raise BrokenError(
                f"{self.table}: the answer has {len(data.value or ())} cells, but its variables make "
                f"{prod(sizes)}; nothing was taken"
            )
        if any(sorted(got.get(name, ())) != sorted(codes) for name, codes in self.asked.items()):
            raise BrokenError(
                f"{self.table}: the answer holds other codes than were asked for; nothing was taken"
            )
        # A dimension of one value divides nothing: the older interface adds one for what cells count.
        if extra := {name for name in got.keys() - self.asked.keys() if len(got[name]) > 1}:
            names = ", ".join(map(repr, sorted(extra)))
            raise FetchError(
                f"{self.table}: the answer has the dimension {names}, which was not asked for; the table has "
                "changed. Name it under select or eliminate in the target"
            )
        if self.updated and data.updated and data.updated != self.updated:
            raise FetchError(
                f"{self.table} was updated while it was fetched ({self.updated}, now {data.updated}); fetch "
                "again to have one edition of it. What was there stays"
            )


def _body(part: Mapping[str, tuple[str, ...]], query: TableQuery) -> bytes:
    chosen = [
        {"variableCode": variable, "valueCodes": codes}
        | ({"codelist": query.codelists[variable]} if variable in query.codelists else {})
        for variable, codes in part.items()
    ]
    return msgspec.json.encode({"selection": chosen})


def _seen(target: Target, look: Callable[[TableQuery], Table]) -> list[Seen]:
    """What was found of every table, and what the target wants of it; a faulty one leaves the others.

    Raises
    ------
    StorregionError
        Nothing can be asked of any table.
    """
    found: dict[int, Table] = {}
    errors: dict[int, StorregionError] = {}
    for place, query in enumerate(target.tables):
        try:
            found[place] = look(query)
        except StorregionError as error:
            errors[place] = error
    common = selection.common_times([table.variables for table in found.values()])
    seen: dict[int, Seen] = {}
    for place, table in found.items():
        try:
            chosen = selection.choose(target.tables[place], table.id, table.variables, common)
        except StorregionError as error:
            errors[place] = error
        else:
            seen[place] = Seen(
                table.id,
                table.label,
                table.updated,
                {variable.code: variable.codes for variable in table.variables},
                chosen,
                place,
                {variable.code: variable.labels for variable in table.variables},
                table.last,
                table.notes,
            )
    if errors and not seen:
        raise errors[min(errors)]
    faulty = {at: Seen(target.tables[at].id, place=at, fault=str(error)) for at, error in errors.items()}
    return [(seen | faulty)[place] for place in range(len(target.tables))]


def document(transport: Transport, folder: Path, call: Call, kind: type[T]) -> T:
    """A small answer as a structure; what the structure does not name is passed over.

    Raises
    ------
    FetchError
        The answer is damaged, or of another form.
    """
    where = guard.shown(call.place(transport.publisher.base))
    try:
        return msgspec.convert(decoded(transport.read(call, folder), where), kind)
    except msgspec.ValidationError as error:
        raise GoneError(
            f"{where} answered in another form than is known ({error}); nothing was taken"
        ) from None


# ---- the older interface


class _OldVariable(msgspec.Struct, frozen=True):
    code: str
    values: list[str]
    texts: list[str] = msgspec.field(name="valueTexts", default_factory=list)
    elimination: bool = False
    time: bool = False


class _OldTable(msgspec.Struct, frozen=True):
    title: str
    variables: list[_OldVariable]


class _OldEntry(msgspec.Struct, frozen=True):
    id: str
    updated: str = ""


@dataclass
class PxWeb1:
    """A client of PxWeb's first interface; a table's id is its path below the publisher's base."""

    transport: Transport
    folder: Path

    def look(self, target: Target) -> list[Seen]:
        """The target's tables as they are now; two calls each, since the folder says when it was updated."""
        return _seen(target, lambda query: self.table(query.id))

    def table(self, table: str) -> Table:
        """A table's metadata."""
        found = document(self.transport, self.folder, Call(quote(table)), _OldTable)
        above, _, name = table.rpartition("/")
        entries = document(self.transport, self.folder, Call(quote(above)), list[_OldEntry])
        updated = next((entry.updated for entry in entries if entry.id == name), "")
        variables = tuple(
            Variable(
                v.code,
                tuple(v.values),
                time=v.time,
                eliminable=v.elimination,
                labels=dict(zip(v.values, v.texts or v.values, strict=False)),
            )
            for v in found.variables
        )
        return Table(table, found.title, updated, variables)

    def calls(self, target: Target, seen: Seen) -> list[Call]:
        """The calls that one table's figures take, each under the configured limit of cells."""
        return [
            Call(
                quote(seen.id),
                body=msgspec.json.encode(
                    {
                        "query": [
                            {"code": code, "selection": {"filter": "item", "values": values}}
                            for code, values in part.items()
                        ],
                        "response": {"format": "json-stat2"},
                    }
                ),
                # Its answers carry the time they were made, not that of the table.
                check=_Whole(seen.id, part, ""),
                cells=prod(map(len, part.values())),
            )
            for part in selection.split(seen.chosen, self.transport.publisher.cells)
        ]

    def follow(self, call: Call, path: Path) -> None:
        """Nothing: every answer ends where it should."""
