"""Published projections, a file for each edition, with the date that says what it could know."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError, TableError
from storregion.core.group import RegionGroup
from storregion.core.lineage import Raw
from storregion.core.table import listed
from storregion.facts.places import Counties, Municipalities
from storregion.facts.vintages import PROJECTION_VINTAGES, ProjectionVintages

_NAME = re.compile(r"vintage_([a-z0-9-]+)\.csv")


def projection_vintages(
    files: Annotated[tuple[Path, ...], Raw("vintage_*.csv", optional=True)],
    municipalities: Municipalities,
    counties: Counties,
    group: RegionGroup,
) -> ProjectionVintages:
    """Every published projection that the group has a file of; no rows where it has none.

    Parameters
    ----------
    files : a file for each edition, whose name says which.
    municipalities, counties : the areas that there are, besides the country.
    group : names the country.

    Raises
    ------
    TableError
        A row has no date, or is of an area that does not exist; each with its file and row.
    DataError
        A file holds another edition than its name says, or gives one edition several dates or producers.
    """
    country = [group.country.code] if group.country else []
    known = pl.Series([*municipalities["municipality"], *counties["county"], *country])
    empty = pl.DataFrame(schema={column.name: column.dtype for column in PROJECTION_VINTAGES.columns})
    return pl.concat([empty, *(_edition(file, known) for file in files)])


def _edition(raw: Path, known: pl.Series) -> pl.DataFrame:
    """One edition; every row looks ahead, so all are estimated."""
    dated = [replace(one, optional=one.name == "published") for one in PROJECTION_VINTAGES.columns]
    read = figurefile.read(
        raw, replace(PROJECTION_VINTAGES, columns=tuple(dated)), optional=("published",)
    ).with_row_index("row", offset=2)
    faults = [
        f"row {row}, column 'published': no date of publication; give the year, month or day, as 2024-04-25"
        for row in read.filter(pl.col("published").is_null())["row"]
    ]
    faults += [
        f"row {row}, column 'area': {area!r} does not exist; give a municipality, a county or the country"
        for row, area in read.filter(~pl.col("area").is_in(known.implode())).select("row", "area").rows()
    ]
    if faults:
        raise TableError(f"{raw} is not a published projection as it should be:\n  {listed(faults)}")
    name = _NAME.search(raw.name)
    if name is None or set(read["projection"]) != {name[1]}:
        found = sorted(set(read["projection"]))
        raise DataError(f"{raw} holds {found}; the file of a projection is called vintage_PROJECTION.csv")
    for column in ("published", "producer", "source"):
        if len(given := sorted(set(read[column]))) > 1:
            raise DataError(
                f"{raw} gives {column} as {given[:4]}; an edition has one: make a file for each edition"
            )
    return read.drop("row").with_columns(basis=pl.lit("estimated"))
