"""Flows between places of the whole country, year by year, and where the places lie."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.table import weakest

Floats = NDArray[np.float64]


class YearFlows(NamedTuple):
    """A year's persons[from, to] between places in order of code, and on what it rests."""

    year: int
    codes: list[str]
    persons: Floats
    basis: str


class Sites(NamedTuple):
    """Municipalities in order of code: kilometres between them, their residents, and what each is part of.

    Attributes
    ----------
    apart : (n, n) kilometres.
    weight : (n,) residents.
    part : (n,) the index of the county, or of the municipality itself, in order of code.
    """

    apart: Floats
    weight: Floats
    part: NDArray[np.int64]


def by_year(rows: pl.DataFrame, ends: tuple[str, str]) -> list[YearFlows]:
    """Each year's flows; a pair that a year leaves out has nobody.

    Parameters
    ----------
    rows : year, the two ends, persons and basis.
    ends : the columns of where flows start and end.
    """
    codes = sorted(set(rows[ends[0]]) | set(rows[ends[1]]))
    index = {code: at for at, code in enumerate(codes)}
    found = []
    for (year,), part in rows.sort("year").group_by("year", maintain_order=True):
        persons = np.zeros((len(codes), len(codes)))
        for one, two, many in part.select(*ends, "persons").iter_rows():
            persons[index[one], index[two]] = many
        found.append(YearFlows(int(str(year)), codes, persons, str(part.select(weakest()).item())))
    return found


def sites(year: int, points: pl.DataFrame, population: pl.DataFrame, *, digits: int) -> Sites:
    """The municipalities with the residents of a year, or of the nearest year that is counted.

    Parameters
    ----------
    year : whose residents weigh.
    points : of the municipalities, in metres.
    population : residents by municipality and year.
    digits : of the code that says what a municipality is part of: two for its county, four for itself.
    """
    when = min(population["year"].unique(maintain_order=True), key=lambda known: (abs(known - year), known))
    rows = (
        points.join(population.filter(year=when).select("municipality", "persons"), on="municipality")
        .with_columns(part=pl.col("municipality").str.head(digits).rank("dense").cast(pl.Int64) - 1)
        .sort("municipality")
    )
    east, north = rows["east"].to_numpy() / 1000.0, rows["north"].to_numpy() / 1000.0
    apart = np.hypot(east[:, None] - east, north[:, None] - north)
    return Sites(apart, rows["persons"].to_numpy().astype(np.float64), rows["part"].to_numpy())
