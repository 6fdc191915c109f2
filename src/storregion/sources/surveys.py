"""Surveys that were read in: a file of counts for each survey and year."""

import re
from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts.surveys import SURVEY_COUNTS, SurveyCounts

_NAME = re.compile(r"survey_([a-z][a-z0-9_-]*)_(\d{4})\.csv")


def survey_counts(files: Annotated[tuple[Path, ...], Raw("survey_*.csv", optional=True)]) -> SurveyCounts:
    """The counts of every survey and year that the group has read in; no rows where it has none.

    Parameters
    ----------
    files : a file for each survey and year, as `storregion survey` writes it.

    Raises
    ------
    DataError
        A file holds another survey or year than its name says.
    """
    parts = [pl.DataFrame(schema={column.name: column.dtype for column in SURVEY_COUNTS.columns})]
    for file in files:
        rows = figurefile.read(file, SURVEY_COUNTS).with_columns(basis=pl.lit("observed"))
        name = _NAME.fullmatch(file.name)
        held = {(survey, str(year)) for survey, year in rows.select("survey", "year").iter_rows()}
        if name is None or held != {(name[1], name[2])}:
            raise DataError(f"{file} holds {sorted(held)}; its file is called survey_SURVEY_YEAR.csv")
        parts.append(rows)
    return pl.concat(parts)
