"""What a workbook's cells hold: errors and formulas are named, a used range is not its values."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles import PatternFill

from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.facts.work import COMMUTING_OBSERVED
from storregion.intake import sheet_cells, workbook
from storregion.intake.grid import Form
from storregion.intake.importing import read
from storregion.intake.mapping import Map, Publisher, Source

HEADER = ("home", "work", "persons")
MAP = Map(
    origin=Publisher("P", "t", "t", "CC0-1.0"),
    columns={
        **{name: Source(column=name) for name in HEADER},
        "year": Source(constant=2023),
        "sex": Source(constant="total"),
    },
)


def book(path: Path, rows: Sequence[tuple[object, ...]], errors: dict[str, str] | None = None) -> Path:
    made = openpyxl.Workbook()
    for row in (HEADER, *rows):
        made.active.append(row)
    for address, word in (errors or {}).items():
        made.active[address] = word
        made.active[address].data_type = "e"
    made.save(path)
    return path


def said(path: Path, chosen: Map = MAP, schema: Schema = COMMUTING_OBSERVED) -> str:
    with pytest.raises(DataError) as caught:
        read(path, chosen, schema)
    return str(caught.value)


def test_errors_and_formulas_without_a_value_are_named_with_their_cell(tmp_path: Path) -> None:
    # openpyxl writes a formula without calculating it, as other programs do.
    rows = [("0380", "0380", 1), ("0380", "0381", None), ("0381", "0380", "=1+1"), ("0381", "0381", None)]
    found = said(book(tmp_path / "a.xlsx", rows, {"C3": "#N/A", "A5": "#REF!", "C5": "#DIV/0!"}))
    assert "row 3, column 'persons': '#N/A' is an error of the spreadsheet" in found
    assert "row 4, column 'persons': '=1+1' is a formula without its value" in found
    # An error in a column of words is one too, and a row of errors is a row.
    assert "row 5, column 'home': '#REF!' is an error of the spreadsheet" in found
    assert "row 5, column 'persons': '#DIV/0!' is an error" in found


def test_a_row_of_errors_alone_at_the_end_is_a_row(tmp_path: Path) -> None:
    errors = {"A3": "#N/A", "B3": "#N/A", "C3": "#N/A", "E4": "#N/A"}
    found = workbook.read_xlsx(book(tmp_path / "a.xlsx", [("0380", "0380", 1)], errors), Form())
    assert found.rows.to_list() == [2, 3, 4]
    assert found.cells.rows() == [
        ("0380", "0380", "1", None, None),
        ("#N/A", "#N/A", "#N/A", None, None),
        (None, None, None, None, "#N/A"),
    ]


def test_the_map_may_say_what_an_error_means(tmp_path: Path) -> None:
    rows = [("0380", "0380", 1), ("0380", "0381", None)]
    path = book(tmp_path / "a.xlsx", rows, {"C3": "#N/A"})
    chosen = Map(origin=MAP.origin, columns=MAP.columns, signs={"#N/A": "leave_out"})
    assert read(path, chosen, COMMUTING_OBSERVED)[0]["persons"].to_list() == [1]


def test_a_table_away_from_the_corner_keeps_the_place_of_its_errors(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["C5"], made.active["D5"], made.active["C6"] = "code", "n", "0114"
    made.active["D6"] = "#N/A"
    made.active["D6"].data_type = "e"
    made.save(tmp_path / "a.xlsx")
    found = workbook.read_xlsx(tmp_path / "a.xlsx", Form())
    assert (found.names, found.rows.to_list()) == (("code", "n"), [6])
    assert found.cells.rows() == [("0114", "#N/A")]


def test_a_coloured_cell_far_away_is_not_a_value(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    made.active["A1"], made.active["B1"], made.active["A2"], made.active["B2"] = "code", "n", "0114", 1
    made.active["XFD1048576"].fill = PatternFill("solid", fgColor="FFFF00")
    made.save(tmp_path / "a.xlsx")
    found = workbook.read_xlsx(tmp_path / "a.xlsx", Form())
    assert found.cells.rows() == [("0114", "1")]


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    """A copy of a workbook with something else in one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    copy = path.with_name(f"copy-{path.name}")
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return copy


def test_millions_of_shared_texts_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as made:
        made.add_worksheet().write_row(0, 0, ["home", "work"])
    bomb = replaced(path, "xl/sharedStrings.xml", "</sst>", "<si><t>x</t></si>" * 200_000 + "</sst>")
    assert bomb.stat().st_size < 2**15
    # Two texts are the header's.
    monkeypatch.setattr(workbook, "MOST_STRINGS", 200_002)
    assert workbook.read_xlsx(bomb, Form()).names == ("home", "work")
    monkeypatch.setattr(workbook, "MOST_STRINGS", 200_001)
    with pytest.raises(DataError, match="holds 200002 shared texts; at most 200001"):
        workbook.read_xlsx(bomb, Form())


@pytest.mark.parametrize(
    ("part", "old", "new", "expected"),
    [
        ("xl/worksheets/sheet1.xml", 'r="A2"', 'r="2A"', "has a cell '2A'"),
        ("xl/worksheets/sheet1.xml", "</sheetData>", "", "is not valid XML"),
        ("xl/worksheets/sheet1.xml", "<worksheet", "<!DOCTYPE x><worksheet", "declares a document type"),
        ("xl/_rels/workbook.xml.rels", "/sheet1.xml", "/sheet9.xml", "cannot be read as XLSX"),
    ],
)
def test_a_damaged_sheet_is_refused(tmp_path: Path, part: str, old: str, new: str, expected: str) -> None:
    path = replaced(book(tmp_path / "a.xlsx", [("0380", "0380", 1)]), part, old, new)
    with pytest.raises(DataError, match=expected):
        workbook.read_xlsx(path, Form())


def test_errors_beyond_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "a.xlsx", [("0380", "0380", 1)], {"A3": "#N/A", "B3": "#N/A"})
    monkeypatch.setattr(sheet_cells, "MOST_ODD", 1)
    with pytest.raises(DataError, match="has more than 1 cells with an error"):
        workbook.read_xlsx(path, Form())
