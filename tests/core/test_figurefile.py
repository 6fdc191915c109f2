import csv
import io
import unicodedata
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from storregion.core import figurefile
from storregion.core.columns import basis
from storregion.core.errors import DataError, TableError
from storregion.core.language import Text
from storregion.core.table import FAULTS_SHOWN, Column, Schema
from storregion.core.words import Said

T = Text("x", "x")
SCHEMA = Schema(
    "towns",
    (
        Column("town", pl.String, "code", key=True, pattern=r"\d{4}", refers=("register", "town")),
        Column("year", pl.Int64, "year", key=True, least=1749, most=2100),
        Column("persons", pl.Int64, "persons", least=0),
        Column("share", pl.Float64, "share", least=0.0, most=1.0, optional=True),
        Column("note", pl.String, "name", optional=True),
        basis(),
    ),
    lambda: Said(T, T),
)
KNOWN = {("register", "town"): pl.Series(["0114", "0115", "0117"])}
HEADER = "town,year,persons,share,note\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "towns.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def faults(folder: Path, content: str | bytes) -> list[str]:
    path = written(folder, content)
    with pytest.raises(TableError) as error:
        figurefile.read(path, SCHEMA, known=KNOWN)
    first, *rest = str(error.value).splitlines()
    assert first == f"{path} does not hold 'towns' as it should:"
    return [line.strip() for line in rest]


def test_a_right_file_is_read_with_codes_as_words_and_empty_cells_as_null(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + '0114,2001,12,0.5,"a, ""b"""\n0115,2001,0,,\n')
    assert figurefile.read(path, SCHEMA, known=KNOWN).rows() == [
        ("0114", 2001, 12, 0.5, 'a, "b"'),
        ("0115", 2001, 0, None, None),
    ]


def test_a_column_that_a_file_may_do_without_is_empty_and_the_others_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "town,year,persons,note\n0114,2001,12,a\n")
    rows = figurefile.read(path, SCHEMA, optional=["share"], known=KNOWN).select("share", "note").rows()
    assert rows == [(None, "a")]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("0116,2001,1,,", "row 3, column 'town': '0116' is unknown in 'register'"),
        ("0114,2001,2,,", "rows 2, 3: the key ['town', 'year'] is repeated: ['0114', 2001]"),
        ("0115,2001,many,,", "row 3, column 'persons': 'many' is not a whole number"),
        ("0115,2001,1.0,,", "row 3, column 'persons': '1.0' is not a whole number"),
        ("0115,2001,1 000,,", "row 3, column 'persons': '1 000' is not a whole number"),
        ("0115,2001,1\u00a0000,,", "row 3, column 'persons': '1\\xa0000' is not a whole number"),
        ("0115,2001,٣,,", "row 3, column 'persons': '٣' is not a whole number"),
        (
            "0115,2001,99999999999999999999,,",
            "row 3, column 'persons': '99999999999999999999' is not a whole",
        ),
        ("0115,2001,-1,,", "row 3, column 'persons': -1 is below 0"),
        ("0115,2001,,,", "row 3, column 'persons': empty; give a value"),
        ("0115,2001,1,high,", "row 3, column 'share': 'high' is not a number (with a decimal point)"),
        ('0115,2001,1,"0,5",', "row 3, column 'share': '0,5' is not a number (with a decimal point)"),
        ("0115,2001,1,nan,", "row 3, column 'share': 'nan' is not a number"),
        ("0115,2001,1,inf,", "row 3, column 'share': 'inf' is not a number"),
        ("0115,2001,1,1.5,", "row 3, column 'share': 1.5 is above 1"),
        ("0115,1700,1,,", "row 3, column 'year': 1700 is below 1749"),
        ("115,2001,1,,", r"row 3, column 'town': '115' does not look like \d{4}"),
        ("0115,2001,1,", "row 3: 4 cells, but the header has 5"),
        ("0115,2001,1,,,", "row 3: 6 cells, but the header has 5"),
        ("0115;2001;1;;", "row 3: 1 cells, but the header has 5"),
        ("", "row 3: 0 cells, but the header has 5"),
    ],
)
def test_each_fault_is_named_with_its_row_and_column(tmp_path: Path, row: str, fault: str) -> None:
    found = faults(tmp_path, f"{HEADER}0114,2001,12,0.5,\n{row}\n")
    assert any(line.startswith(fault) for line in found)
    # A code that looks wrong is also unknown; every other row here has one fault only.
    assert len(found) == (2 if row.startswith("115,") else 1)


def test_a_number_too_large_for_a_float_is_not_finite(tmp_path: Path) -> None:
    found = faults(tmp_path, HEADER + "0115,2001,1,1e999,\n")
    assert "row 2, column 'share': inf is not a finite number" in found


def test_all_faults_of_all_kinds_come_in_one_error(tmp_path: Path) -> None:
    rows = [
        "0114,2001,1,,",  # row 2
        "0116,2001,many,9,",  # row 3: unknown, text, above
        "0114,2001,-1,,",  # row 4: repeats row 2, below
        "0117,2001",  # row 5: too short
        "0117,x,1,,",  # row 6: no year, and so no key to repeat
        "0117,y,1,,",  # row 7
    ]
    assert sorted(faults(tmp_path, HEADER + "\n".join(rows) + "\n")) == sorted(
        [
            "row 3, column 'town': '0116' is unknown in 'register'",
            "row 3, column 'persons': 'many' is not a whole number",
            "row 3, column 'share': 9.0 is above 1",
            "rows 2, 4: the key ['town', 'year'] is repeated: ['0114', 2001]",
            "row 4, column 'persons': -1 is below 0",
            "row 5: 2 cells, but the header has 5",
            "row 6, column 'year': 'x' is not a whole number",
            "row 7, column 'year': 'y' is not a whole number",
        ]
    )


def test_rows_are_counted_in_lines_also_after_a_line_break_in_quotes(tmp_path: Path) -> None:
    found = faults(tmp_path, HEADER + '0114,2001,1,,"two\nlines"\n0115,2001,x,,\n')
    assert found == ["row 4, column 'persons': 'x' is not a whole number"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path, (HEADER + "0114,2001,1,,\n0115,2001,1,,").replace("\n", ending))
    assert figurefile.read(path, SCHEMA, known=KNOWN).height == 2


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("town,year,share,note", ["row 1: column 'persons' is missing"]),
        (
            "town,year,person,share,note",
            [
                "row 1: column 'persons' is missing",
                "row 1: column 'person' is not expected; did you mean 'persons'?",
            ],
        ),
        ("town,year,persons,share,note,persons", ["row 1: column 'persons' stands twice"]),
        (
            "town,year,persons,share,note,basis",
            ["row 1: column 'basis' is not expected; there is 'note', 'persons', 'share', 'town', 'year'"],
        ),
    ],
)
def test_a_wrong_header_is_named_column_by_column(tmp_path: Path, header: str, expected: list[str]) -> None:
    assert faults(tmp_path, header + "\n") == expected


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_an_empty_file_has_no_column(tmp_path: Path, content: str) -> None:
    found = faults(tmp_path, content)
    assert found == [
        f"row 1: column '{name}' is missing" for name in ("town", "year", "persons", "share", "note")
    ]


@pytest.mark.parametrize("header", [HEADER, HEADER.strip()])
def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, header: str) -> None:
    frame = figurefile.read(written(tmp_path, header), SCHEMA, known=KNOWN)
    assert frame.schema == {
        "town": pl.String,
        "year": pl.Int64,
        "persons": pl.Int64,
        "share": pl.Float64,
        "note": pl.String,
    }
    assert frame.height == 0


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + "0114,2001,1,,\n").encode("utf-8-sig"))
    assert figurefile.read(path, SCHEMA, known=KNOWN).height == 1


def test_another_encoding_is_named_by_row(tmp_path: Path) -> None:
    path = written(tmp_path, (HEADER + "0114,2001,1,,\n0115,2001,1,,Åmål\n").encode("cp1252"))
    with pytest.raises(
        DataError, match=r"towns\.csv: row 3 is not UTF-8 \(byte 0xc5\); save the file as UTF-8"
    ):
        figurefile.read(path, SCHEMA)


def test_a_file_of_another_kind_is_refused_by_row(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + '0114,2001,1,,"never closed\n')
    with pytest.raises(TableError, match=r"towns\.csv: row 2: .*is it a comma-separated file"):
        figurefile.read(path, SCHEMA)


def test_very_many_faults_are_counted_not_lost(tmp_path: Path) -> None:
    rows = 3 * FAULTS_SHOWN
    found = faults(tmp_path, HEADER + "".join(f"0114,{year},x,,\n" for year in [2001] * rows))
    # Every row has a wrong cell, and the key they share is one fault more.
    assert len(found) == FAULTS_SHOWN + 1
    assert found[-1] == f"… and {rows + 1 - FAULTS_SHOWN} faults more"


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figurefile, "LARGEST_FILE", 100)
    with pytest.raises(DataError, match="holds 101 bytes; at most 100 are read"):
        figurefile.read(written(tmp_path, b"x" * 101), SCHEMA)


def test_a_key_that_a_scenario_might_not_know_is_not_checked_without_the_register(tmp_path: Path) -> None:
    assert figurefile.read(written(tmp_path, HEADER + "9999,2001,1,,\n"), SCHEMA).height == 1


words = st.text(
    # Signs that no reader sees, and letters in parts, are faults of their own.
    st.characters(codec="utf-8", exclude_categories=("C", "Z", "M"), exclude_characters="ÂÃâ"),
    min_size=1,
    max_size=8,
    # As many commas as a whole row has may not stand in one line of a cell: they hide a lost row.
).filter(lambda word: word.count(",") < 4 and unicodedata.normalize("NFC", word) == word)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" Uppsala", "begins or ends with a space"),
        ("Uppsala\u00a0", "one that is not plain"),
        ("Upp  sala", "holds several spaces in a row"),
        ("Upp\u00a0sala", "one that is not plain"),
        ("Upp\u200bsala", "holds a sign that no reader sees"),
        ("\u202eUppsala", "holds a sign that no reader sees"),
        ("Upp\u00adsala", "holds a sign that no reader sees"),
        ("Upplands VÃ¤sby", "read as another encoding"),
        ("VÃ¤sterÃ¥s", "read as another encoding"),
        ("Ã–rebro", "read as another encoding"),
        ("a\u030are", "has letters in parts"),
    ],
)
def test_a_word_that_looks_like_another_is_named(tmp_path: Path, name: str, expected: str) -> None:
    text = HEADER + f'0114,2001,1,,"{name}"\n0115,2001,1,,Uppsala\n'
    with pytest.raises(DataError) as error:
        figurefile.read(written(tmp_path, text), SCHEMA)
    assert f"row 2, column {SCHEMA.columns[4].name!r}" in str(error.value)
    assert expected in str(error.value)
    assert "row 3" not in str(error.value)
    # What a publisher writes in a text is its own.
    texts = Schema("texts", tuple(replace(c, unit="text") for c in SCHEMA.columns), SCHEMA.said)
    assert figurefile.read(written(tmp_path, text), texts)["note"][0] == name


rows = st.tuples(
    st.from_regex(r"[0-9]{4}", fullmatch=True),
    st.integers(1749, 2100),
    st.integers(0, 10**15),
    st.none() | st.floats(0, 1),
    st.none() | words,
)


@given(st.lists(rows, max_size=8, unique_by=lambda row: row[:2]))
@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_what_is_written_is_read_back_identical(tmp_path: Path, content: list[tuple[object, ...]]) -> None:
    types = {column.name: column.dtype for column in SCHEMA.columns if column.name != "basis"}
    frame = pl.DataFrame(content, schema=types, orient="row")
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([frame.columns, *frame.rows()])
    path = written(tmp_path, buffer.getvalue())
    assert_frame_equal(figurefile.read(path, SCHEMA), frame, check_exact=True)
