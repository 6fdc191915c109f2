"""What the cells of a workbook's sheet hold beyond values: errors, and formulas that were never calculated.

The library that reads workbooks gives nothing for them, as for an empty cell. So the sheet's own XML is
looked through, piece by piece. How far its filled cells reach is seen on the way: a used range is not its
values, and one coloured cell far away makes it huge.
"""

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath
from xml.parsers import expat

from storregion.core.errors import DataError
from storregion.intake.grid import MOST_CELLS

MOST_ODD = 100_000
"""Errors and formulas without a value that a sheet may hold."""

_PIECE = 2**20
_CELL = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
# Errors, formulas, document types, and cells of another form than nearly all programs write.
_PARSED = (b'"e"', b"'e'", b"<f", b":f", b"<!", b"<c>", b"<c/", b":c ")
_ADDRESS = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_WIDEST = 16_384


@dataclass
class Found:
    """What a sheet holds: how far its filled cells reach, and the words of those without a value.

    `odd` has an error's name, or a formula behind its equals sign, by row and column from 0.
    """

    rows: int = 0
    columns: int = 0
    odd: dict[tuple[int, int], str] = field(default_factory=dict)


def look(path: Path, archive: zipfile.ZipFile, sheet: str) -> Found:
    """Look through one sheet.

    Parameters
    ----------
    path : the workbook, for messages.
    archive : the workbook opened, its size looked at before.
    sheet : the sheet's name.

    Raises
    ------
    DataError
        The XML is damaged or made to do harm, or there are more errors than a table has.
    """
    part = _part(path, archive, sheet)
    if (reach := _plain(path, archive, part)) and reach.rows * reach.columns <= MOST_CELLS:
        return reach
    cells = _Cells(path, sheet)
    _parsed(path, archive, part, cells)
    return cells.found


def _plain(path: Path, archive: zipfile.ZipFile, part: str) -> Found | None:
    """How far all cells of a sheet reach, empty ones too; None where the sheet has to be parsed.

    Searching the bytes is several times as fast, and suffices for nearly all sheets: those without errors
    and formulas whose every cell has an address.
    """
    found, rest, begun, placed, closed = Found(), b"", 0, 0, False
    try:
        with archive.open(part) as file:
            while piece := file.read(_PIECE):
                # A tag may lie across two pieces.
                whole, tag, rest = (rest + piece).rpartition(b"<")
                if any(sign in whole for sign in _PARSED) or len(rest) > _PIECE:
                    return None
                cells = _CELL.findall(whole)
                begun, placed = begun + whole.count(b"<c "), placed + len(cells)
                for letters in {letters for letters, _ in cells}:
                    found.columns = max(found.columns, column_of(letters.decode()))
                found.rows = max(found.rows, max((int(digits) for _, digits in cells), default=0))
                closed |= b"</sheetData>" in whole
                rest = tag + rest
    except KeyError:
        raise DataError(f"{path} cannot be read as XLSX: it holds no {part}; save it anew") from None
    return found if closed and begun == placed else None


class _Elements:
    """Gets the elements of an XML file one by one."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, words: str) -> None:
        """Some text inside."""


def _parsed(path: Path, archive: zipfile.ZipFile, part: str, into: _Elements) -> None:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise DataError(f"{path}: {part} declares a document type, as no workbook does; save it anew")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = into.start
    parser.EndElementHandler = into.end
    parser.CharacterDataHandler = into.text
    try:
        with archive.open(part) as file:
            while piece := file.read(_PIECE):
                parser.Parse(piece, False)
        parser.Parse(b"", True)
    except KeyError:
        raise DataError(f"{path} cannot be read as XLSX: it holds no {part}; save it anew") from None
    except expat.ExpatError as error:
        raise DataError(f"{path}: {part} is not valid XML ({error}); save the workbook anew") from None


class _Sheets(_Elements):
    """The parts of a workbook by the names of its sheets, or by the numbers of its relations."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}
        self.parts: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "sheet":
            number = next((word for key, word in attributes.items() if key.endswith(":id")), "")
            self.numbers[attributes.get("name", "")] = number
        elif name == "Relationship":
            self.parts[attributes.get("Id", "")] = attributes.get("Target", "")


def _part(path: Path, archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of the workbook that holds a sheet."""
    sheets = _Sheets()
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        _parsed(path, archive, part, sheets)
    target = sheets.parts.get(sheets.numbers.get(sheet, ""))
    if not target:
        raise DataError(f"{path} cannot be read as XLSX: it does not say where sheet {sheet!r} lies")
    return normpath(join("/xl", target)).lstrip("/")


class _Cells(_Elements):
    """Gathers what the cells of a sheet hold."""

    def __init__(self, path: Path, sheet: str) -> None:
        self.path, self.sheet = path, sheet
        self.found = Found()
        self._row = self._column = -1
        self._kind, self._formula, self._value = "n", "", ""
        self._has_formula = self._has_text = False
        self._into = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes["r"]) - 1 if attributes.get("r", "").isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            self._place(attributes.get("r"))
            self._kind, self._formula, self._value = attributes.get("t", "n"), "", ""
            self._has_formula = self._has_text = False
        elif name in ("f", "v"):
            self._into = name
            self._has_formula |= name == "f"
        elif name == "is":
            self._has_text = True

    def _place(self, address: str | None) -> None:
        """Where the cell stands: without an address, to the right of the one before."""
        if address is None:
            self._column += 1
            return
        parts = _ADDRESS.fullmatch(address)
        if parts is None:
            raise DataError(f"{self.path}: sheet {self.sheet!r} has a cell {address[:20]!r}; save it anew")
        self._column = column_of(parts[1]) - 1
        self._row = int(parts[2]) - 1

    def text(self, words: str) -> None:
        if self._into == "v":
            self._value += words
        elif self._into == "f":
            self._formula += words

    def end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name in ("f", "v"):
            self._into = ""
        elif name == "c":
            self._cell()

    def _cell(self) -> None:
        never = self._has_formula and not self._value and self._kind != "str"
        if not (self._value or self._has_text or never):
            return
        if self._column >= _WIDEST:
            raise DataError(f"{self.path}: row {self._row + 1} of {self.sheet!r} has more cells than fit")
        self.found.rows = max(self.found.rows, self._row + 1)
        self.found.columns = max(self.found.columns, self._column + 1)
        if self._kind == "e" or never:
            self.found.odd[self._row, self._column] = f"={self._formula}" if never else self._value
            if len(self.found.odd) > MOST_ODD:
                raise DataError(
                    f"{self.path}: sheet {self.sheet!r} has more than {MOST_ODD} cells with an error or a "
                    "formula without a value; calculate and save it, or take them out"
                )


def column_of(letters: str) -> int:
    """The number of a column by its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
