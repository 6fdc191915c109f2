"""Digital connection and outages read in: areas that do not exist, and shares written as per cent."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError, TableError
from storregion.sources.digital import digital_imported, digital_published, outages

MUNICIPALITIES = pl.DataFrame({"municipality": ["0001"]})
COUNTIES = pl.DataFrame({"county": ["01"]})
HEAD = "indicator,area,ground,year,share,source,basis\n"


def read(folder: Path, rows: str) -> Path:
    path = folder / "digital_coverage.csv"
    path.write_text(HEAD + rows, "utf-8")
    return path


def test_an_area_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = read(tmp_path, "gigabit,9999,all,2024,0.9,made,observed\n")
    with pytest.raises(
        DataError, match=r"digital_coverage\.csv has the areas \['9999'\], which do not exist"
    ):
        digital_published(path, MUNICIPALITIES, COUNTIES)


def test_per_cent_instead_of_a_share_is_refused_with_its_row(tmp_path: Path) -> None:
    path = read(tmp_path, "gigabit,0001,all,2023,0.9,made,observed\ngigabit,0001,all,2024,90,made,observed\n")
    with pytest.raises(TableError, match=r"row 3, column 'share': 90\.0 is above 1"):
        digital_published(path, MUNICIPALITIES, COUNTIES)


def test_nothing_read_in_is_no_rows() -> None:
    assert digital_imported(None, MUNICIPALITIES, COUNTIES).is_empty()


def test_outages_longer_than_a_year_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "outages.csv"
    path.write_text("area,year,saidi_minutes,source,basis\n00,2022,600000,made,observed\n", "utf-8")
    with pytest.raises(TableError, match=r"row 2, column 'saidi_minutes': 600000\.0 is above 525600"):
        outages(path, MUNICIPALITIES, COUNTIES)
