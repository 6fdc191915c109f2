"""Published projections: editions side by side, and each fault with its file, row and remedy."""

from pathlib import Path

import pytest

from storregion.core.errors import DataError, StorregionError, TableError
from storregion.core.workspace import Workspace
from storregion.intake.importing import import_file
from storregion.sources.vintages import projection_vintages

HEADER = "projection,area,year,persons,published,producer,source"
GOOD = "own-2023,0330,2030,22000,2023-04,Knivsta kommun,Prognos 2023"


def read(work: Workspace, folder: Path, *rows: str, header: str = HEADER) -> list[tuple[object, ...]]:
    file = folder / "vintage_own-2023.csv"
    file.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    places = (work.table("municipalities"), work.table("counties"))
    return projection_vintages((file,), *places, work.group).rows()


def test_editions_are_kept_beside_each_other(bundled: Workspace) -> None:
    """Statistics Sweden's editions of 2022 and 2024 of one county in 2040."""
    rows = bundled.table("projection_vintages").sort("published")
    assert rows.select("published", "area", "year", "persons").rows() == [
        ("2022", "01", 2040, 2_793_700),
        ("2024", "01", 2040, 2_632_000),
    ]


def test_a_good_file_is_read_as_it_stands(bundled: Workspace, tmp_path: Path) -> None:
    assert read(bundled, tmp_path, GOOD) == [
        ("own-2023", "0330", 2030, 22000, "2023-04", "Knivsta kommun", "Prognos 2023", "estimated")
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (GOOD.replace("2023-04", ""), "row 3, column 'published': no date of publication; give the year"),
        (GOOD.replace("2023-04", "april"), "row 3, column 'published': 'april' does not look like"),
        (GOOD.replace("2023-04", "2023-13"), "row 3, column 'published': '2023-13' does not look like"),
        (GOOD.replace("0330", "0399"), "row 3, column 'area': '0399' does not exist; give a municipality"),
    ],
)
def test_a_row_at_fault_is_named(bundled: Workspace, tmp_path: Path, row: str, says: str) -> None:
    with pytest.raises(TableError, match=r"vintage_own-2023\.csv") as refused:
        read(bundled, tmp_path, GOOD.replace("2030", "2029"), row)
    assert says in str(refused.value)


def test_a_file_without_the_column_has_no_dates(bundled: Workspace, tmp_path: Path) -> None:
    header, row = HEADER.replace(",published", ""), GOOD.replace(",2023-04", "")
    with pytest.raises(TableError, match="row 2, column 'published': no date"):
        read(bundled, tmp_path, row, header=header)


def test_an_edition_has_one_name_and_one_date(bundled: Workspace, tmp_path: Path) -> None:
    later = GOOD.replace("2030", "2031")
    with pytest.raises(DataError, match=r"gives published as \['2023-04', '2023-05'\]; an edition has one"):
        read(bundled, tmp_path, GOOD, later.replace("2023-04", "2023-05"))
    with pytest.raises(DataError, match=r"is called vintage_PROJECTION\.csv"):
        read(bundled, tmp_path, later.replace("own-2023", "own-2024"))


MAP = """
[columns]
projection = { constant = "own-2023" }
area = { column = "Kommun", take = '^(\\d{4})' }
year = { column = "År" }
persons = { column = "Antal" }
published = { column = "Datum" }
producer = { constant = "Knivsta kommun" }
source = { constant = "Prognos 2023" }

[origin]
producer = "Knivsta kommun"
title_sv = "Prognos"
title_en = "Forecast"
licence = "CC0 1.0"
"""


def imported(folder: Path, store: Path, rows: str) -> Workspace:
    work = Workspace(folder, store, "base")
    (file := folder.parent / "forecast.csv").write_text("Kommun;År;Antal;Datum\n" + rows, "utf-8")
    (chosen := folder.parent / "map.toml").write_text(MAP, "utf-8")
    import_file(work, file, "projection_vintages", chosen)
    return Workspace(folder, store, "base")


def test_a_planners_own_forecast_is_imported(small: Path, store: Path) -> None:
    work = imported(small, store, "1080 Karlskrona;2030;67000;2023-04\n")
    work.build("projection_vintages")
    rows = work.table("projection_vintages").filter(projection="own-2023")
    assert rows.select("area", "year", "persons", "published").rows() == [("1080", 2030, 67000, "2023-04")]


def test_a_forecast_without_a_date_is_refused_and_nothing_written(small: Path, store: Path) -> None:
    rows = "1080 Karlskrona;2030;67000;2023-04\n1080 Karlskrona;2031;67100;\n"
    with pytest.raises(
        StorregionError, match=r"forecast\.csv.*\n  row 3, column 'Datum': empty; give a value"
    ):
        imported(small, store, rows)
    assert not list(small.glob("fetched/vintage_*"))
