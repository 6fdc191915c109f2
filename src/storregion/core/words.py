"""What readers see of a module: titles, labels, meanings, questions and limits, in the TOML file beside it.

`studies/growth.toml` holds the words of `studies/growth.py` in Swedish and English:

[study]                          title, question, method and limits of a study
[table.growth]                   title and meaning of a table (`title`, `about`)
[table.growth.column.persons]    label and meaning of a column (`label`, `about`; without `about` the label
                                 says it all); a column that gives reasons for absence has only `empty`:
                                 what is absent
[column.persons]                 the same for a column that several tables of the file share
[unit.sek]                       a unit that the core does not have, as in `core/units.toml`
[[answer]]                       a figure that answers the study's question, and the words after it (`Answer`)
[ranking]                        the rows whose figures the study's page draws as bars (`Ranking`)

A column's words are looked for in its table, then among the file's shared columns, then in
`core/columns.toml`. The files are read when a word is first asked for, never on import.
"""

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import msgspec

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text

SHARED = "storregion.core.columns"
"""The module whose words every table may use."""


class Said(NamedTuple):
    """The name and the meaning of a table or a column."""

    title: Text
    about: Text


class Unit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A unit: what it means, how its numbers are written, and the words after them.

    `factor` and `decimals` say how a number is written, `grouped` whether its thousands are set apart.
    `one` and `many` are the words after it: alike without `many`, none where a column's label says it all.
    """

    about: Text
    factor: float = 1
    decimals: int = 0
    grouped: bool = True
    one: Text = Text("", "")
    many: Text | None = None

    @property
    def several(self) -> Text:
        """The words after any number but 1."""
        return self.many or self.one


class StudyWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a study says of itself."""

    title: Text
    question: Text
    method: Text
    limits: Text


class Rows(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows of a table in the order of one column.

    `where` gives the value of some columns, `kind` the kind of place that a column `place` holds. Without a
    year, the latest counts. Of `highest` and `lowest`, one names the column that orders the rows.
    """

    table: str
    where: dict[str, str | int] = {}
    kind: str | None = None
    highest: str | None = None
    lowest: str | None = None


class Answer(Rows, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A figure that answers a study's question: `figure` of the first of some rows, and the words after it.

    The words may name any column of the row in braces.
    """

    figure: str
    words: Text


class Ranking(Rows, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The first of some rows as bars, each under the words that stand for its columns `of`."""

    of: list[str]
    title: Text


class _Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    label: Text | None = None
    about: Text | None = None
    empty: Text | None = None


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Text
    about: Text | None = None
    column: dict[str, _Column] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    study: StudyWords | None = None
    table: dict[str, _Table] = {}
    column: dict[str, _Column] = {}
    unit: dict[str, Unit] = {}
    answer: list[Answer] = []
    ranking: Ranking | None = None


class WordFile:
    """The words of one module.

    Parameters
    ----------
    module : the module's full name; its words lie beside it in a file of the same stem.
    """

    def __init__(self, module: str) -> None:
        """Take the module; its file is read when a word is first asked for."""
        self.module = module

    @cached_property
    def path(self) -> Path:
        """The file."""
        spec = find_spec(self.module)
        if spec is None or spec.origin is None:
            raise SettingError(f"the source of {self.module} cannot be found, so its words cannot either")
        return Path(spec.origin).with_suffix(".toml")

    @cached_property
    def _file(self) -> _File:
        return settings.read(self.path, _File)

    @property
    def units(self) -> Mapping[str, Unit]:
        """The units that the file adds."""
        return self._file.unit

    @property
    def study(self) -> StudyWords:
        """What the study says of itself."""
        if self._file.study is None:
            raise SettingError(f"{self.path}: [study] is missing; write its title, question, method, limits")
        return StudyWords(*(_line(getattr(self._file.study, part)) for part in _parts(StudyWords)))

    @property
    def answers(self) -> Sequence[Answer]:
        """The figures that answer the study's question."""
        return self._file.answer

    @property
    def ranking(self) -> Ranking | None:
        """What the study's page draws as bars."""
        return self._file.ranking

    def table(self, name: str, like: Callable[[], Said] | None = None) -> Said:
        """The title and meaning of a table.

        Parameters
        ----------
        name : the table's name.
        like : gives the words of a table whose meaning it has, where the file says none of its own.

        Raises
        ------
        SettingError
            The file has no words for it.
        """
        found = self._file.table.get(name)
        if found is None:
            raise SettingError(f"{self.path}: table {name!r} has no words; {_hint(name, self._file.table)}")
        if found.about is not None:
            return Said(_line(found.title), _line(found.about))
        if like is None:
            raise SettingError(f"{self.path}: [table.{name}] says no 'about'; write what the table holds")
        return Said(_line(found.title), like().about)

    def column(self, table: str, name: str) -> Said:
        """The label and meaning of a column of a table.

        Raises
        ------
        SettingError
            Neither the table, nor the file, nor the core has words for it.
        """
        own = self._file.table[table].column if table in self._file.table else {}
        shared = word_file(SHARED)._file.column
        found = own.get(name) or self._file.column.get(name) or shared.get(name)
        if found is None:
            known = {*own, *self._file.column, *shared}
            raise SettingError(
                f"{self.path}: column {name!r} of table {table!r} has no words; {nearest(name, known)}"
            )
        return self._said(name, found)

    def _said(self, name: str, found: _Column) -> Said:
        if found.empty is not None:
            frame = word_file(SHARED)._file.column["absent"]
            if frame.label is None or frame.about is None:
                raise SettingError(f"{word_file(SHARED).path}: [column.absent] needs a label and an about")
            label = Text(
                frame.label.sv.format(what=found.empty.sv), frame.label.en.format(what=found.empty.en)
            )
            return Said(_line(label), _line(frame.about))
        if found.label is None:
            raise SettingError(f"{self.path}: column {name!r} has no label; write one in both languages")
        return Said(_line(found.label), _line(found.about or found.label))

    def faults(self, tables: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Words that nothing uses, and words that stand twice.

        Parameters
        ----------
        tables : the tables that the module's schemas name, each with the columns that are its own.
        """
        used = {name for columns in tables.values() for name in columns}
        for name, table in self._file.table.items():
            if name not in tables:
                yield f"{self.path}: there is no table {name!r} in {self.module}; {_hint(name, tables)}"
                continue
            for column in table.column.keys() - set(tables[name]):
                yield f"{self.path}: table {name!r} has no column {column!r}; {_hint(column, tables[name])}"
        for column in self._file.column.keys() - used:
            yield f"{self.path}: no table of {self.module} has a column {column!r}; {_hint(column, used)}"
        for where, text in self.texts():
            if not (text.sv.strip() and text.en.strip()):
                yield f"{self.path}: {where} is empty in one of the languages"

    def texts(self) -> Iterator[tuple[str, Text]]:
        """Every text of the file, with where it stands."""
        file = self._file
        if file.study:
            yield from ((f"study.{part}", getattr(file.study, part)) for part in _parts(StudyWords))
        for name, table in file.table.items():
            yield from (
                (f"table.{name}.{part}", text)
                for part in ("title", "about")
                if (text := getattr(table, part))
            )
        for where, words in self.columns():
            yield from (
                (f"{where}.{part}", text) for part, text in zip(_parts(_Column), words, strict=True) if text
            )
        yield from ((f"unit.{name}.about", unit.about) for name, unit in file.unit.items())
        yield from ((f"answer {number}", answer.words) for number, answer in enumerate(file.answer, 1))
        if file.ranking:
            yield "ranking.title", file.ranking.title

    def columns(self) -> Iterator[tuple[str, tuple[Text | None, ...]]]:
        """The label, meaning and what is absent of every column of the file, with where they stand."""
        columns = [(f"column.{name}", column) for name, column in self._file.column.items()]
        for name, table in self._file.table.items():
            columns += [(f"table.{name}.column.{at}", column) for at, column in table.column.items()]
        yield from ((where, (column.label, column.about, column.empty)) for where, column in columns)


def study_words(package: ModuleType) -> dict[str, StudyWords]:
    """What every study of a package says of itself, by the name of its module.

    Raises
    ------
    SettingError
        A module has no file of words beside it, or the file has no [study].
    """
    found = (info.name for info in pkgutil.iter_modules(package.__path__))
    return {name: word_file(f"{package.__name__}.{name}").study for name in found}


@cache
def word_file(module: str) -> WordFile:
    """The words of a module, read once."""
    return WordFile(module)


def _parts(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    return kind.__struct_fields__


def _line(text: Text) -> Text:
    """A text that the file may break over lines, on one line."""
    return Text(" ".join(text.sv.split()), " ".join(text.en.split()))


def _hint(name: str, known: Iterable[str]) -> str:
    names = list(known)
    return nearest(name, names) if names else "there is none"
