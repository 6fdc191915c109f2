import io
import zipfile
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.intake import grid, parquet, separated, workbook
from storregion.intake.grid import Form


def book(path: Path, cells: dict[str, object]) -> Path:
    workbook = openpyxl.Workbook()
    for address, value in cells.items():
        workbook.active[address] = value
    workbook.save(path)
    return path


def test_a_csv_keeps_its_row_numbers_and_words(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes('\ufeffa;"b;c"\r\n 0114 ;"two\nrows"\r\n\r\n;1,5\r\n'.encode())
    read = separated.read_csv(path, Form())
    assert read.names == ("a", "b;c")
    # The second row of values is broken over two, then comes an empty one.
    assert read.rows.to_list() == [2, 5]
    assert read.cells.rows() == [("0114", "two\nrows"), (None, "1,5")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b\n1 2\n", "the header row has no comma, semicolon or tab"),
        ("a,b;c\n1,2;3\n", "the header row has ',' and ';'; write separator"),
        ("a,b\n1,2,3\n4,5\n6\n", "row 2: 3 cells, but the header has 2\n  row 4: 1 cells"),
        ('a,b\n"1,2\n', "row 2: unexpected end of data"),
    ],
)
def test_a_csv_in_no_form_is_refused(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError) as error:
        separated.read_csv(path, Form())
    assert expected in str(error.value)


def test_a_long_csv_is_read_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separated, "_BATCH", 3)
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{n},{n + 1}\n" for n in range(7)), "utf-8")
    read = separated.read_csv(path, Form())
    assert read.cells.rows() == [(str(n), str(n + 1)) for n in range(7)]
    assert read.rows.to_list() == [2, 3, 4, 5, 6, 7, 8]


def test_a_workbook_keeps_its_row_numbers_and_words(tmp_path: Path) -> None:
    cells = {"B3": "code", "C3": "n", "B4": "0114", "C4": 12.5, "B6": 114, "C6": 3, "E9": " "}
    read = workbook.read_xlsx(book(tmp_path / "a.xlsx", cells), Form())
    assert read.names == ("code", "n")
    assert read.rows.to_list()[:2] == [4, 6]
    assert read.cells.rows()[:2] == [("0114", "12.5"), ("114", "3")]


def test_a_workbook_that_spans_too_much_is_refused_unread(tmp_path: Path) -> None:
    # One cell in the last corner: 16 384 columns of 1 048 576 rows.
    path = book(tmp_path / "a.xlsx", {"A1": 1, "XFD1048576": 1})
    with pytest.raises(DataError, match="holds 17179869184 cells; at most 20000000"):
        workbook.read_xlsx(path, Form())


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = book(tmp_path / "a.xlsx", {"A1": 1})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/zeros.bin", bytes(2**21))
    assert path.stat().st_size < 2**16
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 2**21)
    with pytest.raises(DataError, match="unpacks to"):
        workbook.read_xlsx(path, Form())


def test_a_workbook_whose_sizes_lie_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", {"A1": 1})
    buffer = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/zeros.bin", bytes(2**20))
    # Both places that say 2**20 now say 16.
    path.write_bytes(buffer.getvalue().replace((2**20).to_bytes(4, "little"), (16).to_bytes(4, "little")))
    with pytest.raises(DataError, match="not a whole XLSX file"):
        workbook.read_xlsx(path, Form())


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    monkeypatch.setattr(grid, "MOST_CELLS", 1)
    with pytest.raises(DataError, match="holds 2 cells; at most 1"):
        separated.read_csv(path, Form())
    monkeypatch.setattr(grid, "LARGEST_FILE", 7)
    with pytest.raises(DataError, match="holds 8 bytes; at most 7"):
        separated.read_csv(path, Form())


def test_a_parquet_file_gives_words(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": ["0114", None], "n": [12.5, 3.0]}).write_parquet(path)
    read = parquet.read_parquet(path)
    assert (read.names, read.rows.to_list()) == (("a", "n"), [1, 2])
    assert read.cells.rows() == [("0114", "12.5"), (None, "3.0")]


def test_a_parquet_file_of_another_form_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"a": [[1]], "b": [b"x"]}).write_parquet(path)
    with pytest.raises(DataError, match=r"\['a', 'b'\] hold neither words nor numbers"):
        parquet.read_parquet(path)
    monkeypatch.setattr(grid, "MOST_CELLS", 1)
    with pytest.raises(DataError, match="holds 2 cells"):
        parquet.read_parquet(path)
    path.write_bytes(b"PAR1 nothing")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        parquet.read_parquet(path)
