"""Commuting to come: the latest flows, fitted to the jobs and employed residents of every municipality."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.work import Commuting, latest_matrix
from storregion.kernels.balance import NoBalanceError, balanced
from storregion.studies.employed_ahead import EmployedAhead
from storregion.studies.municipal_jobs import MunicipalJobs

Floats = NDArray[np.float64]

EMPLOYMENT_FLOWS = columns.schema(
    "employment_flows",
    __name__,
    columns.year(),
    columns.code("home", key=True, refers=("municipalities", "municipality")),
    columns.code("work", key=True, refers=("municipalities", "municipality")),
    columns.number("persons", "employed", least=0.0),
)
EmploymentFlows = Annotated[pl.DataFrame, EMPLOYMENT_FLOWS]


def employment_flows(
    commuting: Commuting, employed_ahead: EmployedAhead, municipal_jobs: MunicipalJobs
) -> EmploymentFlows:
    """Who will live where and work where: the latest commuting, fitted to jobs and residents.

    The doubly constrained model with the latest flows as what distance and habit make of it: every row adds
    up to the employed residents and every column to the jobs.

    Parameters
    ----------
    commuting : the flows of the latest year.
    employed_ahead : employed residents by year.
    municipal_jobs : jobs by year and industry.

    Raises
    ------
    DataError
        No flows fit the jobs and residents of a year.
    """
    latest = latest_matrix(commuting)
    frames, flows = [], latest.persons
    for (year,), living in employed_ahead.sort("municipality").group_by("year", maintain_order=True):
        working = (
            municipal_jobs.filter(year=year)
            .group_by("municipality", maintain_order=True)
            .agg(pl.col("jobs").sum())
        )
        both = living.join(working, on="municipality", maintain_order="left")
        if both["municipality"].to_list() != latest.codes:
            raise DataError(f"commuting and the projection of {year} differ in municipalities; add the rest")
        residents, jobs = both["employed_residents"].to_numpy(), both["jobs"].to_numpy()
        try:
            # Fitting what is fitted already leads to the same flows as fitting the latest, in fewer rounds.
            flows = balanced(flows, residents, jobs * (residents.sum() / jobs.sum()))
        except NoBalanceError as error:
            raise DataError(f"employment of {year} has no flows: {error}; municipalities in order") from None
        frames.append(_flow_rows(int(str(year)), latest.codes, flows))
    known = weakest_of("estimated", commuting, employed_ahead, municipal_jobs)
    return pl.concat(frames).with_columns(basis=pl.lit(known)).sort("year", "home", "work")


def _flow_rows(year: int, codes: list[str], flows: Floats) -> pl.DataFrame:
    n, names = len(codes), pl.Series(codes, dtype=pl.String)
    return pl.DataFrame(
        {
            "year": np.full(n * n, year),
            "home": names.gather(np.repeat(np.arange(n), n)),
            "work": names.gather(np.tile(np.arange(n), n)),
            "persons": flows.ravel(),
        }
    )
