"""Sheets as statisticians lay them out, and the examples of the guide."""

import json
import os
import re
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.table import Schema
from storregion.facts.economy import PORT_GOODS
from storregion.facts.network_plans import NETWORK_PLAN_AREAS
from storregion.facts.people import POPULATION
from storregion.facts.work import COMMUTING_OBSERVED
from storregion.intake import mapping
from storregion.intake.importing import read
from storregion.sources.geodata import LINES

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
SHEET = SHARED / "data" / "cases" / "excel" / "database_layout.xlsx"
ORIGIN = """
[origin]
producer = "Region X"
title_sv = "Pendling"
title_en = "Commuting"
licence = "CC0 1.0"
"""
MAP = (
    """
skip_rows = 2
header_rows = 2
fill_down = ["Bostad"]
stop_at = ""
[columns]
home = { column = "Bostad" }
work = { column = "Arbetsställe", take = '^(\\d{4})' }
year = { header = 2 }
persons = { cells = true }
sex = { constant = "total" }
"""
    + ORIGIN
)
ROWS: list[list[object]] = [
    ["Pendlare efter bostadskommun och arbetsställekommun"],
    [],
    [None, None, None, "Pendlare"],
    ["Bostad", None, "Arbetsställe", "2022", "2023"],
    ["0380", "Uppsala", "0380 Uppsala", 7480, 25280],
    [None, None, "0381 Enköping", 871, 832],
    ["0381", "Enköping", "0380 Uppsala", 170, 557],
    [None, None, "0381 Enköping", 33160, 20400],
    [],
    ["Uppgifterna avser sysselsatta 15–74 år."],
    ["Källa: påhittad"],
]
READ = [
    (2022, "0380", "0380", "total", 7480.0),
    (2022, "0380", "0381", "total", 871.0),
    (2022, "0381", "0380", "total", 170.0),
    (2022, "0381", "0381", "total", 33160.0),
    (2023, "0380", "0380", "total", 25280.0),
    (2023, "0380", "0381", "total", 832.0),
    (2023, "0381", "0380", "total", 557.0),
    (2023, "0381", "0381", "total", 20400.0),
]


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.active.merge_cells("D3:E3")
    book.save(path)
    return path


def separated(path: Path, rows: list[list[object]]) -> Path:
    lines = (";".join("" if cell is None else str(cell) for cell in row) for row in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def with_map(path: Path, text: str, schema: Schema = COMMUTING_OBSERVED) -> tuple[pl.DataFrame, str]:
    place = path.parent / "map.toml"
    place.write_text(text, "utf-8")
    return read(path, mapping.read(place), schema)


def full(rows: list[list[object]]) -> list[list[object]]:
    """Rows of which those below the titles have all five cells, as a CSV file of a sheet has them."""
    return [row + [None] * (5 - len(row)) if 1 < at < 8 else row for at, row in enumerate(rows)]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_a_statisticians_sheet_is_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    workbook(path, ROWS) if ending == "xlsx" else separated(path, full(ROWS))
    frame, note = with_map(path, MAP)
    assert frame.rows() == READ
    assert note == "the table ends above row 9; 2 rows from there on left unread"


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_faults_of_a_sheet_are_named_by_its_own_rows(tmp_path: Path, ending: str) -> None:
    rows = [list(row) for row in ROWS]
    rows[5][4], rows[3][3], rows[6][2] = "många", "år 2022", "Uppsala"
    path = tmp_path / f"a.{ending}"
    workbook(path, rows) if ending == "xlsx" else separated(path, full(rows))
    with pytest.raises(DataError) as error:
        with_map(path, MAP)
    said = str(error.value)
    assert "row 7, column 'Arbetsställe': 'Uppsala' does not hold" in said
    assert "row 4, column 4: 'år 2022' is not a number" in said
    assert "row 6, column 'Pendlare 2023': 'många' is not a number" in said


@pytest.mark.parametrize("stop", ["Uppgifterna avser", r"^Upp\w+ avser", r"^(Uppgifterna|Källa)"])
def test_the_table_ends_where_the_map_says(tmp_path: Path, stop: str) -> None:
    path = workbook(tmp_path / "a.xlsx", ROWS)
    frame, note = with_map(path, MAP.replace('stop_at = ""', f"stop_at = '{stop}'"))
    assert frame.rows() == READ
    assert note == "the table ends above row 10; 2 rows from there on left unread"


def test_footnotes_without_an_end_are_faults(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ROWS)
    with pytest.raises(DataError, match=r"row 10, 11, column 'Arbetsställe': empty"):
        with_map(path, MAP.replace('stop_at = ""\n', ""))


def test_one_year_of_a_joined_header_is_a_column(tmp_path: Path) -> None:
    text = MAP.replace("{ header = 2 }", "{ constant = 2023 }").replace(
        "{ cells = true }", '{ column = "Pendlare 2023" }'
    )
    frame, _ = with_map(workbook(tmp_path / "a.xlsx", ROWS), text)
    assert frame.rows() == READ[4:]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("skip_rows = 2", "skip_rows = 20", "is empty below row 20"),
        ('["Bostad"]', '["Bostadskommun"]', "row 4: there is no column 'Bostadskommun'; did you mean"),
        ('["Bostad"]', "[9]", "there is no column 9; there are 1 to 5"),
        ("header = 2", "header = 3", "year: header = 3, but the header has 2; write header_rows"),
        ('stop_at = ""', "stop_at = '^('", "stop_at is not a regular expression that can be used"),
        ("{ cells = true }", '{ column = "Pendlare 2022" }', "year: a matrix has one column with header"),
    ],
)
def test_a_layout_that_does_not_fit_is_reported(tmp_path: Path, old: str, new: str, expected: str) -> None:
    with pytest.raises(DataError) as error:
        with_map(workbook(tmp_path / "a.xlsx", ROWS), MAP.replace(old, new))
    assert expected in str(error.value)


def test_a_dash_may_mean_zero(tmp_path: Path) -> None:
    rows = [list(row) for row in ROWS]
    rows[5][4] = "–"
    path = workbook(tmp_path / "a.xlsx", rows)
    frame, _ = with_map(path, 'signs = { "–" = "zero" }\n' + MAP)
    assert frame.row(5) == (2023, "0380", "0381", "total", 0.0)


@pytest.mark.skipif(not SHEET.is_file(), reason="no sheets of others; STORREGION_SHARED names their folder")
def test_a_sheet_of_a_database_is_read(tmp_path: Path) -> None:
    path = tmp_path / SHEET.name
    path.write_bytes(SHEET.read_bytes())
    frame, note = with_map(path, MAP)
    assert frame.height == 18
    assert frame.filter(year=2023, home="0382", work="0381")["persons"].to_list() == [146]
    assert frame.filter(year=2022, home="0380", work="0382")["persons"].to_list() == [114]
    assert note == "the table ends above row 14; 2 rows from there on left unread"


def test_an_expression_that_would_never_end_ends(tmp_path: Path) -> None:
    # An engine that tries every way would need 2 to the power of 60 of them.
    path = tmp_path / "a.csv"
    path.write_text(f"kommun,antal\n{'a' * 60}!,1\n", "utf-8")
    text = (
        "[columns]\nmunicipality = { column = 'kommun', take = '^((a+)+)$' }\nyear = { constant = 2024 }\n"
        "persons = { column = 'antal' }\n" + ORIGIN
    )
    with pytest.raises(DataError, match="does not hold what take"):
        with_map(path, text, POPULATION)


# ---- the examples of the guide

GUIDE = (ROOT / "docs" / "how-to" / "import-a-file.md").read_text("utf-8")


def example(title: str) -> tuple[str, str]:
    """The map and the file of a section of the guide."""
    section = GUIDE.partition(f"\n## {title}")[2].partition("\n## ")[0]
    blocks = dict(re.findall(r"```(\w+)\n(.*?)```", section, flags=re.DOTALL))
    return blocks["toml"], blocks.get("csv", "")


@pytest.mark.parametrize(
    ("title", "schema", "expected"),
    [
        ("A table with", POPULATION, [("2101", 2024, 5792), ("2121", 2024, 11600)]),
        (
            "A matrix",
            COMMUTING_OBSERVED,
            [
                (2023, "0114", "0114", "total", 14000.0),
                (2023, "0114", "0115", "total", 2000.0),
                (2023, "0115", "0114", "total", 500.0),
                (2023, "0115", "0115", "total", 9000.0),
            ],
        ),
        ("A statistician's sheet", COMMUTING_OBSERVED, READ),
        (
            "Goods in the ports",
            PORT_GOODS,
            [
                (2024, "01", 100, 50, 300, 150, None, None, 600),
                (2024, "03", 0, 20, 60, 20, None, None, 100),
            ],
        ),
        (
            "A grid company's network plan",
            NETWORK_PLAN_AREAS,
            [
                ("sydnat", 2024, "Hamnen", "10", 2030, 120.0, 40.0),
                ("sydnat", 2024, "Inlandet", "10", 2030, 80.0, None),
            ],
        ),
    ],
)
def test_an_example_of_the_guide_is_read(
    tmp_path: Path, title: str, schema: Schema, expected: list[tuple[object, ...]]
) -> None:
    text, content = example(title)
    path = tmp_path / "a.csv"
    path.write_text(content, "utf-8")
    assert with_map(path, text, schema)[0].rows() == expected


def test_the_guides_cube_is_read(tmp_path: Path) -> None:
    label = {"0": "31 december 2023", "1": "31 december 2024"}
    content = {
        "version": "2.0", "class": "dataset", "id": ["region", "år"], "size": [1, 2],
        "dimension": {"region": {"category": {"index": ["2101"]}},
                      "år": {"category": {"index": ["0", "1"], "label": label}}},
        "value": [5800, 5792],
    }  # fmt: skip
    path = tmp_path / "a.json"
    path.write_text(json.dumps(content), "utf-8")
    frame, _ = with_map(path, example("A cube")[0], POPULATION)
    assert frame.rows() == [("2101", 2023, 5800), ("2101", 2024, 5792)]


def test_the_guides_areas_and_commuting_are_maps(tmp_path: Path) -> None:
    place = tmp_path / "map.toml"
    place.write_text(example("Areas")[0], "utf-8")
    assert mapping.faults(mapping.read(place), LINES, ".geojson") == []
    commuting = (ROOT / "docs" / "how-to" / "read-a-commuting-matrix.md").read_text("utf-8")
    place.write_text(commuting.partition("```toml\n")[2].partition("```")[0], "utf-8")
    assert mapping.faults(mapping.read(place), COMMUTING_OBSERVED, ".csv") == []


def test_the_guide_names_every_key() -> None:
    keys = {*mapping.Map.__struct_fields__, *mapping.Source.__struct_fields__} - {"columns", "origin"}
    table = set(re.findall(r"^\| `(\w+)` \|", GUIDE.partition("## Every key")[2], flags=re.MULTILINE))
    assert keys == table
