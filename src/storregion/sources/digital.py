"""Digital connection and outages: published figures, goals, and a publisher's table that is read in."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.core.table import Schema
from storregion.facts import digital as facts
from storregion.facts.places import Counties, Municipalities

_COUNTRY = "00"


def digital_published(
    raw: Annotated[Path, Raw("digital_coverage.csv")], municipalities: Municipalities, counties: Counties
) -> facts.DigitalPublished:
    """The shares of households that come with the group, each with its source.

    Raises
    ------
    DataError
        The file names an area that does not exist.
    """
    return _read(raw, facts.DIGITAL_PUBLISHED, municipalities, counties)


def digital_imported(
    raw: Annotated[Path | None, Raw("digital_municipal.csv", optional=True, carries=facts.DIGITAL_IMPORTED)],
    municipalities: Municipalities,
    counties: Counties,
) -> facts.DigitalImported:
    """A table that was read in, such as the regulator's by municipality; no rows before that."""
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in facts.DIGITAL_IMPORTED.columns})
    return _read(raw, facts.DIGITAL_IMPORTED, municipalities, counties)


def digital_goals(raw: Annotated[Path, Raw("digital_goals.csv")]) -> facts.DigitalGoals:
    """The goals by year."""
    return figurefile.read(raw, facts.DIGITAL_GOALS, leave_out=())


def outages(
    raw: Annotated[Path, Raw("outages.csv")], municipalities: Municipalities, counties: Counties
) -> facts.Outages:
    """Minutes a year without electricity per customer."""
    return _read(raw, facts.OUTAGES, municipalities, counties)


def _read(path: Path, schema: Schema, municipalities: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    frame = figurefile.read(path, schema, leave_out=())
    known = [*municipalities["municipality"], *counties["county"], _COUNTRY]
    if unknown := sorted(set(frame["area"]) - set(known)):
        raise DataError(f"{path} has the areas {unknown[:8]}, which do not exist in the country")
    return frame
