"""Education: the totals that are published, and a county that does not exist."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError, TableError
from storregion.core.workspace import Workspace
from storregion.sources import education

LEVELS = ("primary", "secondary", "post_secondary_short", "post_secondary_long", "unknown")


def test_levels_add_up_to_the_people_of_those_ages(bundled: Workspace) -> None:
    rows = bundled.table("education_age")
    assert rows.select(pl.sum_horizontal(LEVELS).sum()).item() == 8_375_824
    # The same year's residents of 16 or more, counted apart, to within one in a thousand.
    people = bundled.table("municipality_age_sex").filter(pl.col("age") >= 16)
    assert people["persons"].sum() / 8_375_824 == pytest.approx(1, abs=0.001)


def test_students_sum_to_more_than_there_are(bundled: Workspace) -> None:
    assert bundled.table("students")["enrolled"].sum() == 471_610


def test_an_institution_in_a_county_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "students.csv"
    header = "institution,counties,new_entrants,enrolled,graduates,academic_year"
    file.write_text(f"{header}\nThe College,01+02,1,2,3,2018/19\n", "utf-8")
    counties = pl.DataFrame({"county": ["01", "03"]})
    with pytest.raises(DataError, match="'The College', '02'"):
        education.students(file, counties)


INSTITUTIONS = pl.DataFrame({"institution": ["The College", "The School"]})
MUNICIPALITIES = pl.DataFrame({"municipality": ["0114"], "county": ["01"]})
CAMPUS = "institution,campus,municipality,latitude,longitude,role\n"


def test_an_institution_without_a_place_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "campuses.csv"
    small = "The School,Annex,0114,59.0,17.0,minor\n"
    file.write_text(f"{CAMPUS}The College,Main,0114,59.0,17.0,main\n{small}", "utf-8")
    with pytest.raises(DataError, match=r"no main campus for \['The School'\].*add a row"):
        education.campuses(file, INSTITUTIONS, MUNICIPALITIES)


def test_a_point_read_on_a_map_is_assumed(tmp_path: Path) -> None:
    file = tmp_path / "campuses.csv"
    rows = "".join(f"{name},Main,0114,59.0,17.0,main\n" for name in INSTITUTIONS["institution"])
    file.write_text(f"{CAMPUS}{rows}", "utf-8")
    assert education.campuses(file, INSTITUTIONS, MUNICIPALITIES)["basis"].to_list() == ["assumed"] * 2


def test_a_campus_of_an_institution_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "campuses.csv"
    file.write_text(f"{CAMPUS}The Colledge,Main,0114,59.0,17.0,main\n", "utf-8")
    with pytest.raises(TableError, match="The Colledge"):
        education.campuses(file, INSTITUTIONS, MUNICIPALITIES)


def test_flows_from_counties_and_municipalities_are_observed(tmp_path: Path) -> None:
    file = tmp_path / "student_flows.csv"
    file.write_text(
        "home,institution,year,students\n01,The College,2023,40\n0114,The School,2023,5\n", "utf-8"
    )
    rows = education.student_flows(file, INSTITUTIONS, MUNICIPALITIES)
    assert rows["students"].to_list() == [40, 5]
    assert set(rows["basis"]) == {"observed"}
    file.write_text("home,institution,year,students\n02,The College,2023,40\n", "utf-8")
    with pytest.raises(DataError, match=r"students from \['02'\], which are not municipalities or counties"):
        education.student_flows(file, INSTITUTIONS, MUNICIPALITIES)
