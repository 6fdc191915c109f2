"""Education: the totals that are published, and a county that does not exist."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
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
