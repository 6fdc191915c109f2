"""Level of education as Statistics Sweden publishes it, students as the Higher Education Authority does."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import education as facts
from storregion.facts.places import Counties, Municipalities
from storregion.sources import areas


def education_age(
    raw: Annotated[Path, Raw("education_age.csv")], municipalities: Municipalities
) -> facts.EducationAge:
    """Level of education by municipality and age class."""
    return areas.observed(raw, facts.EDUCATION_AGE, municipalities)


def students(raw: Annotated[Path, Raw("students.csv")], counties: Counties) -> facts.Students:
    """Students by institution.

    Raises
    ------
    DataError
        An institution lies in a county that does not exist.
    """
    read = areas.observed(raw, facts.STUDENTS)
    lies = read.select("institution", county=pl.col("counties").str.split("+")).explode("county")
    if strange := lies.filter(~pl.col("county").is_in(counties["county"].implode())).rows():
        raise DataError(f"{raw} places institutions in counties that do not exist: {strange[:8]}")
    return read
