"""Single published road distances and driving times, each row with its own source."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.lineage import Raw
from storregion.facts.places import Localities
from storregion.facts.roads import DRIVE_TIMES, DriveTimes


def drive_times(
    raw: Annotated[Path | None, Raw("drive_times.csv", optional=True)], localities: Localities
) -> DriveTimes:
    """What is published of driving between localities; no rows without the file.

    Parameters
    ----------
    raw : the figures as published.
    localities : which there are.
    """
    if raw is None:
        types = {column.name: column.dtype for column in DRIVE_TIMES.columns}
        return pl.DataFrame(schema=types)
    known = {
        ("localities", "locality"): localities["locality"],
    }
    return figurefile.read(raw, DRIVE_TIMES, known=known).with_columns(basis=pl.lit("observed"))
