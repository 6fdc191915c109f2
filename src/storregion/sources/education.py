"""Level of education as Statistics Sweden publishes it, students as the Higher Education Authority does."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
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


def student_totals(raw: Annotated[Path, Raw("student_totals.csv")]) -> facts.StudentTotals:
    """Students in the country, each counted once."""
    return areas.observed(raw, facts.STUDENT_TOTALS)


def institutions(
    raw: Annotated[Path, Raw("institutions.csv")], students: facts.Students
) -> facts.Institutions:
    """What the institutions are called in both languages."""
    known = {("students", "institution"): students["institution"]}
    return figurefile.read(raw, facts.INSTITUTIONS, known=known).with_columns(areas.OBSERVED)


def campuses(
    raw: Annotated[Path, Raw("campuses.csv")], students: facts.Students, municipalities: Municipalities
) -> facts.Campuses:
    """Where the institutions lie; the points are read on a map, so every row is assumed.

    Raises
    ------
    DataError
        An institution has no main campus.
    """
    known = {
        ("students", "institution"): students["institution"],
        ("municipalities", "municipality"): municipalities["municipality"],
    }
    read = figurefile.read(raw, facts.CAMPUSES, known=known)
    main = read.filter(role="main")["institution"].implode()
    if lost := students.filter(~pl.col("institution").is_in(main))["institution"].unique().sort().to_list():
        raise DataError(
            f"{raw} has no main campus for {lost}: their students cannot be placed; add a row with the "
            "campus, its municipality and its point"
        )
    return read.with_columns(basis=pl.lit("assumed"))


def student_flows(
    raw: Annotated[Path | None, Raw("student_flows.csv", optional=True)],
    students: facts.Students,
    municipalities: Municipalities,
) -> facts.StudentFlows:
    """Students by home and institution, as read in; no rows without the file.

    Parameters
    ----------
    raw : the file that an import has made.
    students : the institutions.
    municipalities : which there are; a home is one of them or one of their counties.

    Raises
    ------
    DataError
        A home does not exist.
    """
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in facts.STUDENT_FLOWS.columns})
    known = {("students", "institution"): students["institution"]}
    read = figurefile.read(raw, facts.STUDENT_FLOWS, known=known)
    homes = {*municipalities["municipality"], *municipalities["county"]}
    if strange := sorted(set(read["home"]) - homes):
        raise DataError(f"{raw} has students from {strange[:8]}, which are not municipalities or counties")
    return read.with_columns(basis=pl.lit("observed"))
