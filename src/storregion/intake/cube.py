"""A user's file of cells along dimensions: JSON-stat 2 and PX, the two forms statistical databases give."""

import codecs
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
import numpy as np
import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.intake.grid import decoded, read_bytes, within

NIL = "-"
"""The sign by which Statistics Sweden says zero; every other sign says that there is no value."""


@dataclass(frozen=True)
class Dimension:
    """One dimension of a cube: what it is called, and the codes and labels of its categories in order."""

    names: tuple[str, ...]
    codes: tuple[str, ...]
    labels: tuple[str | None, ...]


@dataclass(frozen=True)
class Cube:
    """Cells as words, the last dimension running fastest; what has no value is null or a sign.

    `note` says what of the file was passed over.
    """

    dimensions: tuple[Dimension, ...]
    values: pl.Series
    note: str = ""

    def long(self, wanted: Mapping[str, tuple[str, bool]]) -> pl.DataFrame:
        """A row per cell.

        Parameters
        ----------
        wanted : by the name its column is to have, the name of a dimension and whether its labels are wanted
            instead of its codes.

        Returns
        -------
        A column of words for each wanted one, and `value`.

        Raises
        ------
        DataError
            There is no such dimension, or one that is not wanted has several categories.
        """
        known = [name for dimension in self.dimensions for name in dimension.names]
        used = {name for name, _ in wanted.values()}
        faults = [f"there is no dimension {n!r}; {nearest(n, known)}" for n in sorted(used) if n not in known]
        faults += [
            f"two dimensions are called {name!r}; name them by their codes"
            for name in sorted(used)
            if known.count(name) > 1
        ]
        faults += [
            f"dimension {dimension.names[0]!r} has {len(dimension.codes)} categories, and the map does not "
            "use it; fetch only one of them"
            for dimension in self.dimensions
            if len(dimension.codes) > 1 and not set(dimension.names) & used
        ]
        if faults:
            raise DataError("\n  ".join(faults))
        columns = [self._column(*part).alias(name) for name, part in wanted.items()]
        return pl.DataFrame([*columns, self.values.alias("value")])

    def _column(self, name: str, label: bool) -> pl.Series:
        """The code, or the label, that every cell has in a dimension."""
        at = next(number for number, dimension in enumerate(self.dimensions) if name in dimension.names)
        inner = prod(len(dimension.codes) for dimension in self.dimensions[at + 1 :])
        outer = prod(len(dimension.codes) for dimension in self.dimensions[:at])
        words = self.dimensions[at].labels if label else self.dimensions[at].codes
        positions = np.tile(np.repeat(np.arange(len(words), dtype=np.uint32), inner), outer)
        return pl.Series(words, dtype=pl.String).gather(positions)


# ---- JSON-stat


def read_jsonstat(path: Path) -> Cube:
    """Read a JSON-stat 2 dataset, its values and its category indexes as lists or as objects.

    Raises
    ------
    DataError
        It is not a JSON-stat 2 dataset, too large, or its parts do not fit together.
    """
    try:
        # The first interface of PxWeb puts a byte order mark before its JSON.
        document = msgspec.json.decode(read_bytes(path).removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(document, dict) or document.get("class") != "dataset":
        raise DataError(f'{path} is not a JSON-stat 2 dataset: it has no "class": "dataset"')
    names, sizes, dimensions = (document.get(key) for key in ("id", "size", "dimension"))
    if not (_words(names) and isinstance(sizes, list) and isinstance(dimensions, dict)):
        raise DataError(f'{path}: "id", "size" or "dimension" is missing or of another form than JSON-stat 2')
    made = tuple(_dimension(path, name, dimensions.get(name)) for name in names)
    if sizes != [len(dimension.codes) for dimension in made]:
        raise DataError(f'{path}: "size" is {sizes}, but the dimensions have other numbers of categories')
    count = prod(len(dimension.codes) for dimension in made)
    within(path, count)
    values = _spread(path, "value", document.get("value"), count)
    status = document.get("status", {})
    signs = [status] * count if isinstance(status, str) else _spread(path, "status", status, count)
    return Cube(made, pl.Series(map(_cell, values, signs), dtype=pl.String))


def _words(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _dimension(path: Path, name: str, found: Any) -> Dimension:
    """A dimension's categories, in the order of its index."""
    category = found.get("category") if isinstance(found, dict) else None
    if not isinstance(category, dict):
        raise DataError(f"{path}: dimension {name!r} has no category")
    index, labels = category.get("index"), category.get("label", {})
    if index is None and isinstance(labels, dict) and len(labels) == 1:
        index = list(labels)
    if isinstance(index, dict) and sorted(map(str, index.values())) == sorted(map(str, range(len(index)))):
        index = [code for code, _ in sorted(index.items(), key=lambda item: int(item[1]))]
    if not _words(index) or len(set(index)) < len(index):
        raise DataError(f"{path}: the index of dimension {name!r} does not number its categories from 0")
    label = found.get("label")
    names = (name, label) if isinstance(label, str) and label != name else (name,)
    words = labels if isinstance(labels, dict) else {}
    return Dimension(names, tuple(index), tuple(words.get(code) for code in index))


def _spread(path: Path, what: str, found: Any, count: int) -> list[Any]:
    """A list of one entry for each cell, of a list or of an object that leaves cells out."""
    if isinstance(found, list) and (len(found) == count or (what == "status" and len(found) == 1)):
        return found if len(found) == count else found * count
    if not isinstance(found, dict):
        size = f"{len(found)} entries" if isinstance(found, list) else "neither a list nor an object"
        raise DataError(f"{path}: {what!r} has {size}, but the dimensions make {count} cells")
    spread: list[Any] = [None] * count
    for at, entry in found.items():
        if not (at.isascii() and at.isdigit() and len(at) < 10) or int(at) >= count:
            raise DataError(f"{path}: {what!r} names cell {at!r}, but there are the cells 0 to {count - 1}")
        spread[int(at)] = entry
    return spread


def _cell(value: Any, sign: Any) -> str | None:
    """A cell's words: its value, else the sign that says why there is none."""
    if value is None and isinstance(sign, str):
        return "0" if sign == NIL else sign
    return None if value is None else str(value)


# ---- PX

_ENCODINGS = {
    "utf-8": "utf-8",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "1252": "cp1252",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso-8859-15",
}
_KEYWORD = re.compile(
    r'\s*+([A-Z][A-Z0-9_-]*)(?:\[(\w[\w-]*)\])?(?:\(\s*("[^"]*"(?:\s*,\s*"[^"]*")*)\s*\))?\s*=\s*', re.ASCII
)
_VALUE = re.compile(r'((?:[^";]|"[^"]*")*+);')
_GAP = re.compile(r"\s*")
# What the cells rest on; a statement that begins so and cannot be read is not passed over.
_STRUCTURE = ("STUB", "HEADING", "VALUES", "CODES", "KEYS", "DATA")
_STRINGS = re.compile(r'"[^"]*"(?:\s*"[^"]*")*')
_CELL = r'"[^"]*"|[^\s;,"]+'


def read_px(path: Path, encoding: str | None = None) -> Cube:
    """Read a PX file in its main language.

    Parameters
    ----------
    path : the file.
    encoding : its encoding by Python's name; None when its CODEPAGE is right.

    Raises
    ------
    DataError
        It is not a PX file, too large, or its cells are not as many as its dimensions say.
    """
    raw = read_bytes(path)
    text = decoded(path, raw, encoding or _codepage(path, raw))
    keywords, data, passed_over = _keywords(path, text)
    if any(keyword == "KEYS" for keyword, _ in keywords):
        raise DataError(f"{path} leaves cells out by KEYS, which is not read; save it with all its cells")
    axes = [*keywords.get(("STUB", ""), ()), *keywords.get(("HEADING", ""), ())]
    if not axes:
        raise DataError(f"{path} is not a PX file: it names no variable in STUB or HEADING")
    dimensions = tuple(_variable(path, name, keywords) for name in axes)
    count = prod(len(dimension.codes) for dimension in dimensions)
    within(path, count)
    # Some publishers end every row of DATA with a semicolon, so none of them ends it.
    values = pl.Series([data]).str.extract_all(_CELL).explode(empty_as_null=False).str.strip_chars('"')
    if values.len() != count:
        raise DataError(f"{path} has {values.len()} cells, but its variables make {count}; is it whole?")
    return Cube(dimensions, values.replace(NIL, "0"), _note(passed_over))


def _note(passed_over: Sequence[int]) -> str:
    """Which rows hold no statement."""
    rows = ", ".join(map(str, passed_over))
    if len(passed_over) > 1:
        return f"rows {rows} passed over, which hold no KEYWORD=…;"
    return f"row {rows} passed over, which holds no KEYWORD=…;" if passed_over else ""


def _codepage(path: Path, raw: bytes) -> str:
    """The encoding a PX file says it has; without a word, that of Windows."""
    found = re.search(rb'CODEPAGE\s*=\s*"([^"]*)"', raw[:4096])
    name = found[1].decode("ascii", "replace").lower() if found else "cp1252"
    if name not in _ENCODINGS:
        raise DataError(f"{path}: CODEPAGE is {name!r}; {nearest(name, _ENCODINGS)}")
    if not raw.isascii():
        # A file that someone saved anew as UTF-8 keeps its old CODEPAGE; text in another encoding is
        # as good as never valid UTF-8.
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return _ENCODINGS[name]
        return "utf-8"
    return _ENCODINGS[name]


def _keywords(path: Path, text: str) -> tuple[dict[tuple[str, str], list[str]], str, list[int]]:
    """The strings of every keyword by keyword and variable, in the main language, and the text of DATA.

    Last come the rows of statements before it without a keyword, such as the rest of a note whose first part
    was ended by a semicolon; they say nothing of the cells.
    """
    found: dict[tuple[str, str], list[str]] = {}
    passed_over: list[int] = []
    at = 0
    while True:
        keyword = _KEYWORD.match(text, at)
        if keyword and keyword[1] == "DATA" and not keyword[3]:
            return found, text[keyword.end() :], passed_over
        value = _VALUE.match(text, keyword.end() if keyword else at)
        if value is None or (not keyword and value[1].lstrip().startswith(_STRUCTURE)):
            row = _row(text, at)
            raise DataError(
                f"{path} is not a whole PX file: row {row} or after holds no KEYWORD=…; and no DATA= follows"
            )
        if keyword is None:
            passed_over.append(_row(text, at))
        elif keyword[2] is None:
            variable = "".join(_strings(keyword[3])) if keyword[3] else ""
            found.setdefault((keyword[1], variable), _strings(value[1]))
        at = value.end()


def _row(text: str, at: int) -> int:
    """The row of the first sign from a place on."""
    gap = _GAP.match(text, at)
    return text.count("\n", 0, gap.end() if gap else at) + 1


def _strings(value: str) -> list[str]:
    """The strings of a value; one that is broken over several rows is put together."""
    return ["".join(re.findall(r'"([^"]*)"', found)) for found in _STRINGS.findall(value)]


def _variable(path: Path, name: str, keywords: Mapping[tuple[str, str], Sequence[str]]) -> Dimension:
    values: Collection[str] = keywords.get(("VALUES", name), ())
    codes = keywords.get(("CODES", name), values)
    if not values or len(codes) != len(values):
        raise DataError(f"{path}: variable {name!r} has {len(values)} VALUES and {len(codes)} CODES")
    if len(set(codes)) < len(codes):
        raise DataError(f"{path}: two categories of variable {name!r} have one code")
    code = "".join(keywords.get(("VARIABLECODE", name), ()))
    return Dimension((name, code) if code and code != name else (name,), tuple(codes), tuple(values))
