"""What people have studied, and where students study."""

from typing import Annotated

import polars as pl

from storregion.core import columns

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
