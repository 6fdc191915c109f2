"""Cells as rows of a figure file by hand: zeros before a municipality was formed, and what is left out."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.facts.people import POPULATION
from storregion.facts.work import COMMUTING_KNOWN
from storregion.fetch import shape
from storregion.fetch.publishers import Target
from storregion.fetch.shape import Rows, columns_of, write_csv
from storregion.intake.mapping import Source
from storregion.intake.reading import Place, Words

COLUMNS = {
    "municipality": Source(dimension="Region"),
    "year": Source(dimension="Tid"),
    "persons": Source(cells=True),
}
FORMED = {"0103": 2020}


def target(**more: object) -> Target:
    signs = {"..": "missing", "*": "leave_out"}
    given = {"publisher": "p", "file": "people.csv", "title_sv": "x", "title_en": "x", "signs": signs}
    return Target(**(given | more))  # type: ignore[arg-type]


def words(*rows: tuple[str, ...], names: tuple[str, ...] = tuple(COLUMNS)) -> Words:
    """Words of cells."""
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    return Words(frame, dict.fromkeys(names, Place("a cell")), len(rows))


CELLS = (
    # The third was formed in 2020: its 0 of 2019 is not a value, that of 2020 is, and a 4 stays a 4.
    ("0103", "2019", "0"), ("0103", "2018", "4"), ("0103", "2020", "0"),
    ("0102", "2019", "0"), ("0102", "2020", "1"), ("0101", "2020", "*"),
)  # fmt: skip


def test_a_zero_before_a_municipality_was_formed_is_no_row() -> None:
    rows = Rows(target(), POPULATION, FORMED)
    rows.add(words(*CELLS[:3]), COLUMNS)
    rows.add(words(*CELLS[3:]), COLUMNS)
    # In order of the key, whatever the order of the answers.
    assert rows.frame().rows() == [
        ("0102", 2019, 0), ("0102", 2020, 1), ("0103", 2018, 4), ("0103", 2020, 0),
    ]  # fmt: skip
    # The zero and the sign that is left out: one in either answer; the sign alone has no value.
    assert (rows.left_out, rows.without_value) == (2, 1)


def test_with_reasons_it_is_a_row_that_says_why() -> None:
    rows = Rows(target(with_reasons=True), POPULATION, FORMED)
    rows.add(words(*CELLS[:3], ("0101", "2020", "..")), COLUMNS)
    assert rows.frame().rows() == [
        ("0101", 2020, None, "missing"),
        ("0103", 2018, 4, None),
        ("0103", 2019, None, "not_applicable"),
        ("0103", 2020, 0, None),
    ]


def test_zeros_alone_are_left_out_where_the_target_says_so() -> None:
    rows = Rows(target(leave_out_zeros=True), POPULATION)
    for part in (CELLS[:3], CELLS[3:]):
        rows.add(words(*part), COLUMNS)
    assert rows.frame().rows() == [("0102", 2020, 1), ("0103", 2018, 4)]
    # Three zeros and a sign, over both answers.
    assert (rows.left_out, rows.without_value) == (4, 1)
    more = Rows(target(), POPULATION)
    for year in ("2019", "2020"):
        more.add(words(("0101", year, "*"), ("0102", year, "1")), COLUMNS)
    assert (more.left_out, more.without_value) == (2, 2)


def test_neither_end_of_a_flow_may_be_before_its_municipality() -> None:
    columns = {
        "year": Source(dimension="Tid"), "home": Source(dimension="Home"), "work": Source(dimension="Work"),
        "persons": Source(cells=True),
    }  # fmt: skip
    rows = Rows(target(), COMMUTING_KNOWN, FORMED)
    cells = (("2019", "0101", "0103", "0"), ("2019", "0103", "0101", "0"), ("2019", "0101", "0102", "0"))
    rows.add(words(*cells, names=tuple(columns)), columns)
    assert rows.frame().select("home", "work").rows() == [("0101", "0102")]


def test_a_quarter_is_of_its_year() -> None:
    cells = pl.DataFrame({"area": ["0103"] * 3, "period": ["2019K4", "2020K1", "2019"], "value": [0, 0, 1]})
    assert Rows(target(), POPULATION, FORMED)._unformed(cells, "value").to_list() == [True, False, False]


def test_faults_of_every_answer_are_named_and_none_is_taken() -> None:
    rows = Rows(target(), POPULATION)
    rows.add(words(("0101", "2020", "many")), COLUMNS)
    rows.add(words(("0102", "2020", "7")), COLUMNS)
    with pytest.raises(DataError, match=r"people.csv cannot be made:\n  .*'many'"):
        rows.frame()
    with pytest.raises(DataError, match=r"no cells came for people\.csv; nothing was taken"):
        Rows(target(), POPULATION).frame()


def test_what_a_table_says_by_itself_goes_before_what_the_target_says() -> None:
    given = target(columns=COLUMNS | {"year": Source(constant=2019)})
    assert columns_of(given, {"year": Source(constant=2020)}, POPULATION)["year"].constant == 2020
    wrong: tuple[tuple[Mapping[str, Source], Mapping[str, str], str], ...] = (
        ({"year": Source(cells=True)}, {}, "one column has cells = true"),
        ({"persons": Source(dimension="Tal")}, {}, "one column has cells = true"),
        ({"people": Source(dimension="Tal")}, {}, "people"),
        ({}, {"..": "lost"}, "lost"),
    )
    for own, signs, said in wrong:
        with pytest.raises(DataError, match=rf"the target of people.csv does not fit:\n(.*\n)*.*{said}"):
            columns_of(target(columns=COLUMNS, signs=signs), own, POPULATION)


def test_a_file_is_as_large_as_may_be_read_and_no_larger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # "share", a line break, "2", another, "0.5" and a last one: 6 + 2 + 4 bytes. 2.0 is written without .0.
    frame = pl.DataFrame({"share": [2.0, 0.5]})
    monkeypatch.setattr(shape, "LARGEST_FILE", 12)
    assert write_csv(frame, tmp_path / "a.csv").read_bytes() == b"share\n2\n0.5\n"
    monkeypatch.setattr(shape, "LARGEST_FILE", 11)
    with pytest.raises(DataError, match=r"a.csv would be more than 12 bytes, and at most 11 are read"):
        write_csv(frame, tmp_path / "a.csv")
