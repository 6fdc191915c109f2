"""Kolada, the municipalities' and regions' own database of key figures."""

from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError
from storregion.core.lineage import Raw
from storregion.facts import key_figures as facts
from storregion.facts.places import Counties, Municipalities


def key_figures(
    raw: Annotated[Path | None, Raw("key_figures.csv", optional=True)],
    municipalities: Municipalities,
    counties: Counties,
) -> facts.KeyFigures:
    """Key figures as they were fetched; no rows before that.

    Raises
    ------
    DataError
        The file names an area that is neither a municipality, a county nor the country.
    """
    if raw is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in facts.KEY_FIGURES.columns})
    frame = figurefile.read(raw, facts.KEY_FIGURES, optional=("value_absent",))
    known = [*municipalities["municipality"], *counties["county"], "00"]
    unknown = frame.filter(~pl.col("area").is_in(known))["area"].unique().sort().to_list()
    if unknown:
        raise DataError(f"{raw} has the areas {unknown[:8]}, which do not exist in the country")
    return frame.with_columns(basis=pl.lit("observed"))
