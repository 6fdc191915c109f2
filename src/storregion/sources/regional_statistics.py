"""Statistics by area and period, each series a figure file as its publisher divides it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import regional_statistics as facts
from storregion.facts.places import Counties, Municipalities

_COUNTRY = "00"


if TYPE_CHECKING:

    class SeriesFiles(NamedTuple):
        """The file of each series, by the name of the series."""

else:
    SeriesFiles = NamedTuple(
        "SeriesFiles",
        [
            (name, Annotated[Path | None, Raw(f"statistics_{name}.csv", optional=True)])
            for name in facts.STATISTICS
        ],
    )


def regional_statistics(
    files: SeriesFiles, municipalities: Municipalities, counties: Counties
) -> facts.RegionalStatistics:
    """Every series that was fetched or read in, under each other; no rows before that.

    Raises
    ------
    DataError
        A file holds another series than its name says, or areas that do not exist.
    """
    known = [*municipalities["municipality"], *counties["county"], _COUNTRY]
    frames = [
        pl.DataFrame(schema={column.name: column.dtype for column in facts.REGIONAL_STATISTICS.columns})
    ]
    frames += [_series(name, file, known) for name, file in files._asdict().items() if file is not None]
    return pl.concat(frames)


def _series(name: str, raw: Path, known: list[str]) -> pl.DataFrame:
    """One series; what looks ahead is estimated."""
    frame = figurefile.read(raw, facts.REGIONAL_STATISTICS, optional=("value_absent",))
    if other := set(frame["statistic"]) - {name}:
        raise DataError(f"{raw} holds {sorted(other)}; it is the file of {name!r}")
    if strange := sorted(set(frame["area"]) - set(known)):
        raise DataError(f"{raw} has the areas {strange[:8]}, which do not exist in the country")
    return frame.with_columns(basis=pl.lit("estimated" if name in facts.PROJECTIONS else "observed"))
