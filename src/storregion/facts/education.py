"""What people have studied, and where students study."""

from dataclasses import replace
from typing import Annotated

import polars as pl

from storregion.core import columns

ROLES = ("main", "minor")
AGE_CLASSES = ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85-94", "95+")

EDUCATION_AGE = columns.schema(
    "education_age",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("age_class", key=True, choices=AGE_CLASSES),
    columns.whole("primary", "persons", least=0),
    columns.whole("secondary", "persons", least=0),
    columns.whole("post_secondary_short", "persons", least=0),
    columns.whole("post_secondary_long", "persons", least=0),
    columns.whole("unknown", "persons", least=0),
)
EducationAge = Annotated[pl.DataFrame, EDUCATION_AGE]

STUDENTS = columns.schema(
    "students",
    __name__,
    columns.text("institution", "name", key=True),
    columns.text("counties", "code", pattern=r"\d\d(\+\d\d)*"),
    columns.whole("new_entrants", "students", least=0),
    columns.whole("enrolled", "students", least=0),
    columns.whole("graduates", "students", least=0),
    columns.code("academic_year", key=True, pattern=r"\d{4}/\d\d"),
)
Students = Annotated[pl.DataFrame, STUDENTS]

STUDENT_TOTALS = columns.schema(
    "student_totals",
    __name__,
    STUDENTS["academic_year"],
    columns.whole("students", "students", least=0),
)
StudentTotals = Annotated[pl.DataFrame, STUDENT_TOTALS]

INSTITUTIONS = columns.schema(
    "institutions",
    __name__,
    replace(STUDENTS["institution"], refers=("students", "institution")),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
)
Institutions = Annotated[pl.DataFrame, INSTITUTIONS]

CAMPUSES = columns.schema(
    "campuses",
    __name__,
    replace(STUDENTS["institution"], refers=("students", "institution")),
    columns.text("campus", "name", key=True),
    columns.municipality(),
    columns.number("latitude", "degrees", least=55.0, most=70.0),
    columns.number("longitude", "degrees", least=10.0, most=25.0),
    columns.code("role", choices=ROLES),
)
Campuses = Annotated[pl.DataFrame, CAMPUSES]

STUDENT_FLOWS = columns.schema(
    "student_flows",
    __name__,
    columns.code("home", key=True, pattern=r"\d\d(\d\d)?"),
    replace(STUDENTS["institution"], refers=("students", "institution")),
    columns.year(),
    columns.whole("students", "students", least=0),
)
StudentFlows = Annotated[pl.DataFrame, STUDENT_FLOWS]
