"""Statistics by area and period, each series a figure file as its publisher divides it."""

import re
from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import regional_statistics as facts
from storregion.facts.places import Counties, Municipalities

_COUNTRY = "00"
_NAME = re.compile(r"statistics_(\w+)\.csv")


def regional_statistics(
    files: Annotated[tuple[Path, ...], Raw("statistics_*.csv", optional=True)],
    municipalities: Municipalities,
    counties: Counties,
) -> facts.RegionalStatistics:
    """Every series that was fetched or read in, under each other; no rows before that.

    Parameters
    ----------
    files : a file for each series, whose name says which; a column `basis` may say that its rows look ahead.
    municipalities, counties : the areas that there are, besides the country.

    Raises
    ------
    DataError
        A file holds another series than its name says, or areas that do not exist.
    """
    known = [*municipalities["municipality"], *counties["county"], _COUNTRY]
    frames = [
        pl.DataFrame(schema={column.name: column.dtype for column in facts.REGIONAL_STATISTICS.columns})
    ]
    return pl.concat([*frames, *(_series(file, known) for file in files)])


def _series(raw: Path, known: list[str]) -> pl.DataFrame:
    """One series; what its file does not call otherwise is observed."""
    with raw.open(encoding="utf-8") as file:
        says = "basis" in file.readline().rstrip("\n").split(",")
    left = () if says else ("basis",)
    frame = figurefile.read(raw, facts.REGIONAL_STATISTICS, leave_out=left, optional=("value_absent",))
    name = _NAME.search(raw.name)
    if name is None or (other := set(frame["statistic"]) - {name[1]}):
        found = sorted(set(frame["statistic"])) if name is None else sorted(other)
        raise DataError(f"{raw} holds {found}; the file of a series is called statistics_SERIES.csv")
    # Of an area within a municipality the code begins with that of the municipality.
    whole = frame["area"].str.extract(r"^(\d{4})[A-Z]").fill_null(frame["area"])
    if strange := sorted(set(frame["area"].filter(~whole.is_in(known)))):
        raise DataError(f"{raw} has the areas {strange[:8]}, which do not exist in the country")
    if not says:
        frame = frame.with_columns(basis=pl.lit("observed"))
    return frame.select(column.name for column in facts.REGIONAL_STATISTICS.columns)
