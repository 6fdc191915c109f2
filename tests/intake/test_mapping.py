import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from storregion import cli
from storregion.core.errors import CallError, DataError
from storregion.core.workspace import Workspace
from storregion.facts.people import POPULATION
from storregion.intake import mapping
from storregion.intake.importing import import_file, read
from storregion.intake.mapping import Map, Source
from storregion.intake.meaning import spelled

CODES = ("1060", "1080", "1081", "1082", "1083")
YEARS = (2001, 2005, 2024)
ORIGIN = """
[origin]
producer = "Region Blekinge"
title_sv = "Folkmängd"
title_en = "Population"
licence = "CC0 1.0"
"""
LONG = (
    """
[columns]
municipality = { column = "kommun", take = '^(\\d{4})' }
year = { column = "år" }
persons = { column = "antal" }
"""
    + ORIGIN
)
CUBE = (
    LONG.replace('{ column = "antal" }', "{ cells = true }")
    .replace("column", "dimension")
    .replace("[dimensions]", "[columns]")
)


def people(code: str, year: int) -> int:
    return int(code) * 10 + year % 10


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def mapped(tmp_path: Path, text: str) -> Map:
    return mapping.read(write(tmp_path / "map.toml", text))


def rows() -> list[tuple[str, int, int]]:
    return [(f"{code} Någonstans", year, people(code, year)) for code in CODES for year in YEARS]


def to_csv(path: Path) -> None:
    write(path, "kommun;år;antal\n" + "".join(f"{c};{y};{n}\n" for c, y, n in rows()))


def test_a_pattern_of_nested_quantifiers_is_matched_in_linear_time() -> None:
    # An engine that goes back tries 2 ** 100 000 ways; this one reads each letter once.
    words = pl.Series(["a" * 100_000 + "!"])
    for take in ("^((a+)+)+$", "^(([a-z]+)*)*x", "((a|aa)+)+$"):
        meant, faults = spelled(words, Source(column="c", take=take))
        assert meant.to_list() == [None]
        assert "does not hold what take" in faults[words[0]]


def to_xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["kommun", "år", "antal"])
    for row in rows():
        book.active.append(row)
    book.save(path)


def to_parquet(path: Path) -> None:
    pl.DataFrame(rows(), schema=["kommun", "år", "antal"], orient="row").write_parquet(path)


def to_jsonstat(path: Path) -> None:
    def dimension(codes: list[str]) -> dict[str, object]:
        return {"category": {"index": codes}}

    content = {
        "version": "2.0", "class": "dataset", "id": ["kommun", "år"], "size": [5, 3],
        "dimension": {"kommun": dimension(list(CODES)), "år": dimension([str(year) for year in YEARS])},
        "value": [n for _, _, n in rows()],
    }  # fmt: skip
    path.write_text(json.dumps(content), "utf-8")


def to_px(path: Path) -> None:
    names = ",".join(f'"{code}"' for code in CODES)
    years = ",".join(f'"{year}"' for year in YEARS)
    cells = " ".join(str(n) for _, _, n in rows())
    write(path, f'CHARSET="ANSI";\nCODEPAGE="utf-8";\nSTUB="kommun";\nHEADING="år";\n'
          f'VALUES("kommun")={names};\nVALUES("år")={years};\nDATA=\n{cells};\n')  # fmt: skip


@pytest.mark.parametrize(
    ("name", "writer", "text"),
    [
        ("a.csv", to_csv, LONG),
        ("a.xlsx", to_xlsx, LONG),
        ("a.parquet", to_parquet, LONG),
        ("a.json", to_jsonstat, CUBE),
        ("a.px", to_px, CUBE),
    ],
)
def test_every_form_makes_the_same_table(
    tmp_path: Path, small: Path, store: Path, name: str, writer: object, text: str
) -> None:
    writer(path := tmp_path / name)  # type: ignore[operator]
    taken = import_file(Workspace(small, store), path, "population", write(tmp_path / "m.toml", text))
    assert (taken.rows, taken.replaced) == (15, False)
    expected = "municipality,year,persons\n" + "".join(
        f"{code},{year},{people(code, year)}\n" for code in CODES for year in YEARS
    )
    assert taken.path.read_text("utf-8") == expected
    work = Workspace(small, store)
    assert work.table("population")["persons"].sum() == sum(people(c, y) for c in CODES for y in YEARS)
    line = work.raws.origins["population_totals.csv"]
    assert (line.producer, line.fetched, line.checked.en) == ("Region Blekinge", True, "15 rows, 2001–2024")


NO = "is not a number; if it is a sign for no value, say under signs what it means"
FAULTY = """kommun;år;antal
1060 Olofström;2024;12 500
Karlskrona;2024;66000
1081 Ronneby;2024;..
1082 Karlshamn;2024;
1083 Sölvesborg;i fjol;1.5
1060 Olofström;2024;-
"""


def test_every_fault_is_named_with_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", FAULTY)
    with pytest.raises(DataError) as found:
        read(path, mapped(tmp_path, LONG), POPULATION)[0]
    assert str(found.value).splitlines()[1:] == [
        "  row 3, column 'kommun': 'Karlskrona' does not hold what take = '^(\\\\d{4})' keeps",
        f"  row 6, column 'år': 'i fjol' {NO}",
        "  row 5, column 'antal': empty; say under signs what an empty cell means",
        "  row 2, column 'antal': '12 500' is not a number; write it without spaces or signs between the "
        "thousands",
        f"  row 4, column 'antal': '..' {NO}",
        "  row 6, column 'antal': '1.5' is not a whole number",
        "  row 7, column 'antal': '-' is a dash, which may be zero or no value; say under signs what it "
        "means",
        "  row 2, 7, column 'antal': municipality, year (1060, 2024) stands more than once",
    ]


def test_signs_become_what_the_map_says(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", "kommun;år;antal\n1060;2024;..\n1080;2024;66000\n1081;2024;.\n1082;2024;\n"
    )
    text = '[signs]\n".." = "suppressed"\n"." = "leave_out"\n"" = "missing"\n' + LONG
    frame = read(path, mapped(tmp_path, text), POPULATION)[0]
    assert frame.rows() == [
        ("1060", 2024, None, "suppressed"),
        ("1080", 2024, 66000, None),
        ("1082", 2024, None, "missing"),
    ]


def test_words_constants_and_decimals(tmp_path: Path) -> None:
    text = (
        """
decimal = ","
[columns]
municipality = { column = "ort", words = { "A-stad" = "1060", "B-stad" = "1080" } }
year = { constant = "2024" }
persons = { column = "antal" }
"""
        + ORIGIN
    )
    path = write(tmp_path / "a.csv", "ort;antal\nA-stad;12,0\nB-stad;7\n")
    assert read(path, mapped(tmp_path, text), POPULATION)[0].rows() == [
        ("1060", 2024, 12),
        ("1080", 2024, 7),
    ]
    write(path, "ort;antal\nA-stad;12.0\nB-sta;7\n")
    with pytest.raises(
        DataError, match=r"'B-sta' has no meaning under words; did you mean 'B-stad'"
    ) as found:
        read(path, mapped(tmp_path, text), POPULATION)[0]
    assert "'12.0' is not a number with the decimal sign ','; the map can say decimal = '.'" in str(
        found.value
    )


def test_a_row_that_stands_twice_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "kommun;år;antal\n1060 A;2024;1\n1080;2024;2\n1060 B;2024;3\n")
    with pytest.raises(
        DataError, match=r"row 2, 4, column 'antal': municipality, year \(1060, 2024\) stands more than once"
    ):
        read(path, mapped(tmp_path, LONG), POPULATION)[0]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (('year = { column = "år" }', ""), "does not say where year comes from"),
        (("persons =", "person ="), "'person', which is not a column of population; did you mean 'persons'"),
        (
            ('{ column = "år" }', '{ column = "år", constant = "2024" }'),
            "give one of column, dimension, header, cells and constant",
        ),
        (("'^(\\d{4})'", "'^\\d{4}'"), "take has no group"),
        (("'^(\\d{4})'", "'('"), "take is not a regular expression that can be used (unclosed group)"),
        (('column = "antal"', 'column = "antl"'), "no column 'antl'; did you mean 'antal'? (for persons)"),
        (('column = "antal"', "cells = true"), "give header = 1, too"),
        (("'^(\\d{4})'", "'^(?=1)(.*)'"), "look-around"),
        (
            ('column = "antal"', 'dimension = "antal"'),
            "a file ending in '.csv' has columns; write column = 'antal'",
        ),
        (("[columns]", '[signs]\nx = "gone"\n[columns]'), "'x' becomes 'gone'"),
    ],
)
def test_a_map_that_does_not_fit_is_reported(tmp_path: Path, change: tuple[str, str], found: str) -> None:
    to_csv(path := tmp_path / "a.csv")
    assert change[0] in LONG
    with pytest.raises(DataError) as error:
        read(path, mapped(tmp_path, LONG.replace(*change)), POPULATION)
    assert found in str(error.value)


def test_what_the_step_does_not_take_leaves_what_was_there(tmp_path: Path, small: Path, store: Path) -> None:
    path = write(tmp_path / "a.csv", "kommun;år;antal\n9999;2024;1\n")
    with pytest.raises(DataError, match="9999"):
        import_file(Workspace(small, store), path, "population", write(tmp_path / "m.toml", LONG))
    assert not (small / "fetched" / "population_totals.csv").exists()
    with pytest.raises(CallError, match="did you mean 'population'"):
        import_file(Workspace(small, store), path, "populatoin", tmp_path / "m.toml")


def test_the_command_says_what_it_read(
    tmp_path: Path, small: Path, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to_csv(path := tmp_path / "a.csv")
    words = ["--group", str(small), "--store", str(store), "import", str(path), "--as", "population"]
    assert cli.main([*words, "--map", str(write(tmp_path / "m.toml", LONG))]) == cli.FINE
    assert capsys.readouterr().out.startswith(f"Read 15 rows from {path}.\nWrote ")
