"""Key figures as they lie in the file: what is published is observed, and every area is known."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.sources.kolada import key_figures

HEADER = "kpi,area,year,sex,title,value,value_absent\n"
MUNICIPALITIES = pl.DataFrame({"municipality": ["0114"]})
COUNTIES = pl.DataFrame({"county": ["01"]})


def read(folder: Path, rows: str) -> pl.DataFrame:
    path = folder / "key_figures.csv"
    path.write_text(HEADER + rows, "utf-8")
    return key_figures(path, MUNICIPALITIES, COUNTIES)


def test_figures_of_municipalities_counties_and_the_country_are_observed(tmp_path: Path) -> None:
    rows = "".join(f"N00001,{area},2024,total,Ett,{at},\n" for at, area in enumerate(("0114", "01", "00")))
    found = read(tmp_path, rows + "N00002,0114,2024,men,Tva,,suppressed\n")
    assert found.select("area", "value", "value_absent", "basis").rows() == [
        ("0114", 0.0, None, "observed"),
        ("01", 1.0, None, "observed"),
        ("00", 2.0, None, "observed"),
        ("0114", None, "suppressed", "observed"),
    ]


def test_an_area_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has the areas \['0115', '02'\], which do not exist"):
        read(tmp_path, "N00001,02,2024,total,Ett,1,\nN00001,0115,2024,total,Ett,1,\n")


def test_before_anything_is_fetched_there_are_no_rows() -> None:
    assert key_figures(None, MUNICIPALITIES, COUNTIES).is_empty()
