"""Settings files: TOML read strictly, every misspelt key named with file, line and the nearest right one."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from storregion.core.errors import DataError, SettingError, nearest

T = TypeVar("T")

LARGEST_SETTINGS = 2**20
"""Bytes a settings file may hold; a larger one is not a settings file."""
DEEPEST = 50
"""Tables and lists that may stand inside each other."""
_LONG_KEY = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]+[ \t]*\.[ \t]*){50}")


def read(path: Path, kind: type[T]) -> T:
    """Read one TOML file into a typed structure.

    Parameters
    ----------
    path : the file.
    kind : the msgspec structure, or a dict type, that it must fit.

    Raises
    ------
    SettingError
        The file is missing, too large, not TOML, has an unknown key or a value of the wrong type.
    """
    words = text(path, LARGEST_SETTINGS)
    return fitted(parsed(path, words), kind, str(path), _scanned(path, words))


def parsed(path: Path, words: str) -> dict[str, Any]:
    """The tables of a TOML file.

    Parameters
    ----------
    path : the file, for messages.
    words : its text.

    Raises
    ------
    SettingError
        It is not TOML, or nested deeper than any settings are.
    """
    deep = f"{path}: nested more than {DEEPEST} deep; is it the right file?"
    # The parser takes a key of many parts apart in a time that grows with the square of their number.
    if _LONG_KEY.search(words):
        raise SettingError(deep)
    try:
        document = tomllib.loads(words)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path}: not valid TOML: {error}") from None
    except RecursionError:
        raise SettingError(deep) from None
    level: list[Any] = [document]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise SettingError(deep)
    return document


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def fitted(value: object, kind: type[T], where: str, lines: "Lines | None" = None) -> T:
    """A value as TOML gives it, as a typed structure.

    Parameters
    ----------
    value : of dicts, lists, strings, numbers and truth values.
    kind : the type it must fit.
    where : what the value is and where it stands, for the message.
    lines : where its tables and keys stand in a file, for the message.

    Raises
    ------
    SettingError
        It has an unknown key, a number that is not finite, or a value of the wrong type.
    """
    if faults := _unknown(value, inspect.type_info(kind), "") + _not_finite(value, ""):
        lined = [f"{fault}{lines.hint(key) if lines else ''}" for key, fault in faults]
        raise SettingError("\n  ".join([f"{where}:", *lined]))
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        line = lines.hint(_at_fault(value, kind, str(error))) if lines else ""
        raise SettingError(f"{where}: {error}{line}") from None


def _at_fault(value: object, kind: type[Any], error: str) -> str:
    """The dotted key that a message of msgspec is about; of a table of tables it does not name which."""
    at = re.search(r"at `\$\.?(.*)`$", error)
    key = str(at[1]) if at else ""
    if key.startswith("[...]") and isinstance(value, dict):
        for name, one in value.items():
            try:
                msgspec.convert({name: one}, kind)
            except msgspec.ValidationError:
                return str(name) + key.removeprefix("[...]")
    return key


@dataclass(frozen=True)
class Lines:
    """Where the tables and keys of a TOML file stand, so that a message can name the line.

    `found` holds line, table, its number among those of one name (0 where it stands once), and the key, which
    is empty for the table's own header.
    """

    path: Path
    found: Sequence[tuple[int, str, int, str]]
    rows: Sequence[str]

    def at(self, table: str, number: int = 0) -> str:
        """File, line and name of a table, such as `coherence.toml line 37 (coding 4)`.

        Parameters
        ----------
        table : its dotted name.
        number : which of those of that name, from 1; 0 for a table that stands once.
        """
        name = f"{table} {number}" if number else table
        line = next((line for line, *rest in self.found if rest == [table, number, ""]), None)
        return f"{self.path}: {name}" if line is None else f"{self.path} line {line} ({name})"

    def saying(self, words: str) -> str:
        """File and the first line that holds some words; the file alone where none holds them in one line."""
        line = next((number for number, row in enumerate(self.rows, 1) if words in row), None)
        return str(self.path) if line is None else f"{self.path} line {line}"

    def hint(self, key: str) -> str:
        """The line of a key, such as ` (line 4)`; empty where it is unknown.

        Parameters
        ----------
        key : dotted, with the place in a list, from 0, in brackets where it is known.
        """
        at = re.search(r"\[(\d+)\]", key)
        number = int(at[1]) + 1 if at else None
        parts = re.sub(r"\[\d+\]", "", key).split(".")
        for cut in range(len(parts) - 1, -1, -1):
            table, name = ".".join(parts[:cut]), parts[cut]
            if hit := self._line(table, name, number) or self._line(f"{table}.{name}".strip("."), "", number):
                return f" (line {hit})"
        return ""

    def _line(self, table: str, key: str, number: int | None) -> int | None:
        fits = (line for line, name, at, word in self.found if (name, word) == (table, key))
        exact = (line for line, name, at, word in self.found if (name, at, word) == (table, number or 0, key))
        return next(exact, None) or (next(fits, None) if number is None else None)


def lines(path: Path) -> Lines:
    """Where the tables and keys of a TOML file stand.

    Parameters
    ----------
    path : the file; of one that is not there no line is known.
    """
    return _scanned(path, text(path, LARGEST_SETTINGS) if path.is_file() else "")


# Possessive, so that a line of many spaces is not tried in all ways.
_HEADER = re.compile(r"""\s*+(\[\[?)([\w."'\t -]++)\]\]?\s*+(?:#.*)?""")
_KEY = re.compile(r"""\s*+([\w."'\t -]++)=""")
_LONG_TEXT = re.compile(r"""\"{3}|'{3}""")


def _scanned(path: Path, words: str) -> Lines:
    """The lines of headers and keys; what stands inside a text of several lines is not one."""
    rows = words.split("\n")
    return Lines(path, tuple(_headers(rows)), rows)


def _headers(rows: Sequence[str]) -> Iterator[tuple[int, str, int, str]]:
    counts: Counter[str] = Counter()
    table, number, inside = "", 0, ""
    for line, row in enumerate(rows, 1):
        within = inside
        for mark in _LONG_TEXT.findall(row):
            inside = "" if mark == inside else inside or mark
        if within:
            continue
        if header := _HEADER.fullmatch(row):
            table = re.sub(r"""["'\s]""", "", header[2])
            counts[table] += 1
            number = counts[table] if header[1] == "[[" else 0
            yield line, table, number, ""
        elif key := _KEY.match(row):
            yield line, table, number, key[1].strip().strip("\"'")


def text(path: Path, most: int) -> str:
    """A text file's content, refused when it is too large or not UTF-8.

    Parameters
    ----------
    path : the file.
    most : bytes it may hold.
    """
    if not path.is_file():
        raise SettingError(f"{path} does not exist or is not a file; create it or name another")
    refuse_leading_out(path)
    if (size := path.stat().st_size) > most:
        raise DataError(f"{path} holds {size} bytes; at most {most} are read. Is it the right file?")
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}: row {row} is not UTF-8 (byte 0x{raw[error.start]:02x}); save the file as UTF-8"
        ) from None


def refuse_leading_out(path: Path) -> None:
    """Refuse a link to something outside the folder that it lies in.

    Raises
    ------
    SettingError
        It is one.
    """
    if not path.resolve().is_relative_to(path.parent.resolve()):
        raise SettingError(f"{path} is a link that leads out of its folder; put the file itself there")


def _unknown(value: Any, kind: inspect.Type, where: str) -> list[tuple[str, str]]:
    """Every key that the type does not know, at any depth, and what to say of it."""
    if isinstance(kind, inspect.UnionType):
        inner = [option for option in kind.types if not isinstance(option, inspect.NoneType)]
        if len(inner) == 1:
            return _unknown(value, inner[0], where)
        return _unknown_tagged(value, [o for o in inner if isinstance(o, inspect.StructType)], where)
    if isinstance(value, dict) and isinstance(kind, inspect.StructType):
        fields = {field.encode_name: field.type for field in kind.fields}
        known = {*fields, kind.tag_field or ""} - {""}
        faults = [
            (where + key, f"unknown key {where + key!r}; {nearest(key, known)}")
            for key in value
            if key not in known
        ]
        for key in [key for key in value if key in fields]:
            faults += _unknown(value[key], fields[key], f"{where}{key}.")
        return faults
    if isinstance(value, dict) and isinstance(kind, inspect.DictType):
        return [fault for key in value for fault in _unknown(value[key], kind.value_type, f"{where}{key}.")]
    if isinstance(value, list) and isinstance(kind, inspect.ListType | inspect.VarTupleType):
        return [fault for item in value for fault in _unknown(item, kind.item_type, where)]
    return []


def _unknown_tagged(value: Any, kinds: list[inspect.StructType], where: str) -> list[tuple[str, str]]:
    """The unknown keys of a value that is one of several structures, which its tag tells apart."""
    tag_field = kinds[0].tag_field if kinds else None
    if not isinstance(value, dict) or tag_field is None or tag_field not in value:
        return []
    tag, tags = value[tag_field], {str(kind.tag): kind for kind in kinds}
    if tag not in tags:
        return [(where + tag_field, f"unknown {tag_field} {tag!r}; {nearest(str(tag), tags)}")]
    return _unknown(value, tags[tag], f"{where}{tag}.")


def _not_finite(value: Any, where: str) -> list[tuple[str, str]]:
    """Every value that is not a number, and what to say of it: TOML allows nan and inf."""
    if isinstance(value, dict):
        return [fault for key in value for fault in _not_finite(value[key], f"{where}{key}.")]
    if isinstance(value, list):
        return [fault for item in value for fault in _not_finite(item, where)]
    if isinstance(value, float) and not math.isfinite(value):
        key = where.rstrip(".")
        return [(key, f"{key!r} is {value}; give a finite number")]
    return []
