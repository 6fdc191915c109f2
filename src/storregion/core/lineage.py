"""Where a number comes from: the raw file a step asks for, its origin, a table's record, a figure's cell."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Any, TypeVar

import msgspec
import polars as pl

from storregion.core.language import Language, Text
from storregion.core.table import Schema

T = TypeVar("T")
Row = Mapping[str, str | int | float | None]
"""One row of a table, by column."""
OF_BASE = "@base"
"""What stands after a table's name among the inputs of a record, where it is the base scenario's."""


@dataclass(frozen=True)
class OfBaseNote:
    """Marks a step's parameter as the base scenario's table, whatever scenario is built."""


OfBase = Annotated[T, OfBaseNote()]
"""A table of the base scenario: `before: OfBase[AccessPlaces]`. In the base it is simply that table."""


@dataclass(frozen=True)
class Raw:
    """A raw file that a source step reads, named as in the group's `sources.csv`.

    `file` is a path inside the group's figures folder, or `package:path` for a file that an installed
    package carries. A name that ends in a slash is a folder, whose files all count. An `optional` file need
    not be there; the step then gets None. A name with a `*`, always optional, stands for every file of such
    a name that the group has, and the step gets all their paths. `carries` says what rows it holds, where
    that is not the step's own table, and `written` makes such a file of rows, where it is not a figure file.
    """

    file: str
    optional: bool = False
    carries: Schema | None = None
    written: Callable[[pl.DataFrame], bytes] | None = None

    @property
    def several(self) -> bool:
        """Whether the name stands for as many files as there are."""
        return "*" in self.file

    def fits(self, file: str) -> bool:
        """Whether a file is this one, or one of those that the name stands for."""
        return file == self.file or (self.several and fnmatchcase(file, self.file))


class Origin(msgspec.Struct, frozen=True):
    """One raw file as its producer publishes it, and what is known to be wrong with it.

    `producer_en` and `licence_en` are empty where English has the same words.
    """

    file: str
    producer: str
    title: Text
    url: str
    licence: str
    checked: Text
    defects: Text
    replaced_by: str
    sha256: str = ""
    fetched: bool = False
    producer_en: str = ""
    licence_en: str = ""

    def published_by(self, language: Language) -> str:
        """The producer as a language names it."""
        return (language == "en" and self.producer_en) or self.producer

    def terms(self, language: Language) -> str:
        """The licence in a language's words."""
        return (language == "en" and self.licence_en) or self.licence


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One difference a scenario makes to a fact table.

    The rows that match `where` are set, have amounts added, are multiplied or removed; `insert` adds a row.
    Rows touched become `assumed`.
    """

    table: str
    because: Text
    where: dict[str, str | int] = {}
    set: dict[str, str | int | float] = {}
    add: dict[str, int | float] = {}
    multiply: dict[str, float] = {}
    remove: bool = False
    insert: dict[str, str | int | float] = {}


class Record(msgspec.Struct, frozen=True):
    """How one table was made. The key changes when anything that could change the table or its sources does.

    `inputs` holds the keys of the tables it rests on, by table; `TABLE@base` where it rests on the scenario's
    own and on that of the base, which are not the same.
    """

    table: str
    key: str
    maker: str
    code: dict[str, str]
    assumptions: dict[str, Any]
    overridden: dict[str, str]
    inputs: dict[str, str]
    origins: tuple[Origin, ...]
    edits: tuple[Edit, ...]
    rows: int = 0
    sha256: str = ""

    @property
    def behind(self) -> Iterator[tuple[str, str]]:
        """The table and the key of each input."""
        return ((name.removesuffix(OF_BASE), key) for name, key in self.inputs.items())


@dataclass(frozen=True)
class Figure:
    """One published value, and the cell it was read from. The portal shows no other number."""

    value: float | int | None
    unit: str
    table: str
    column: str
    where: tuple[tuple[str, str | int], ...]
    key: str
    basis: str
    absent: str | None = None

    @property
    def id(self) -> str:
        """The cell's address: table, column, key values and the table's content key."""
        place = ",".join(f"{name}={value}" for name, value in self.where)
        return f"{self.table}/{self.column}?{place}#{self.key}"
