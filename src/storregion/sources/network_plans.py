"""The grid companies' network plans: read by sub-area, a file for each company, and kept by county only."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import polars as pl

from storregion.core import figurefile
from storregion.core.errors import DataError, TableError
from storregion.core.lineage import Raw
from storregion.core.table import listed
from storregion.facts.network_plans import COMPANY, NETWORK_PLAN_AREAS, NetworkPlanAreas, NetworkPlans
from storregion.facts.places import Counties
from storregion.sources import areas

LARGEST_MW = 10_000.0
"""No sub-area needs more: over a third of what the country uses at most. A larger number is in kW."""
_NAME = re.compile(rf"network_plan_({COMPANY})\.csv")
_POSITION = re.compile(r"\d{2}[.,]\d{3,}|\b\d{6,7}\b|°")
"""Degrees with decimals, or metres in a national grid."""


def network_plans(
    files: Annotated[tuple[Path, ...], Raw("network_plan_*.csv", optional=True, carries=NETWORK_PLAN_AREAS)],
    counties: Counties,
) -> NetworkPlans:
    """Need and planned measures by company, edition, county and year; no rows where no plan was read in.

    Parameters
    ----------
    files : a file for each company, whose name says which.
    counties : those that there are.

    Raises
    ------
    TableError
        A row is of a county that does not exist, has a number that cannot be MW, or a position for a name;
        each with its file and row.
    DataError
        A file holds another company than its name says.
    """
    types = {column.name: column.dtype for column in NETWORK_PLAN_AREAS.columns if column.name != "basis"}
    rows = pl.concat([pl.DataFrame(schema=types), *(_plan(file, counties) for file in files)])
    all_said = pl.col("planned_mw").is_not_null().all()
    planned = pl.when(all_said).then(pl.col("planned_mw").sum())
    return (
        rows.group_by("company", "edition", "county", "year", maintain_order=True)
        .agg(
            sub_areas=pl.len().cast(pl.Int64),
            need_mw=pl.col("need_mw").sum(),
            planned_mw=planned,
            planned_absent=pl.when(~all_said).then(pl.lit("missing")),
        )
        .with_columns(basis=pl.lit("estimated"))
        .sort("company", "edition", "county", "year")
    )


def _plan(file: Path, counties: pl.DataFrame) -> NetworkPlanAreas:
    """The rows of one company's file."""
    known = areas.known(counties)
    rows = figurefile.read(file, NETWORK_PLAN_AREAS, optional=("planned_mw",), known=known)
    if faults := list(_faults(rows)):
        raise TableError(f"{file} is not a network plan as it should be:\n  {listed(faults)}")
    name = _NAME.search(file.name)
    if name is None or set(rows["company"]) != {name[1]}:
        found = ", ".join(sorted(set(rows["company"])))
        raise DataError(f"{file} holds the plan of {found}; the file of a plan is network_plan_COMPANY.csv")
    return rows


def _faults(rows: pl.DataFrame) -> Iterator[str]:
    """Numbers that cannot be MW, and positions where a name should stand."""
    for number, row in enumerate(rows.iter_rows(named=True), 2):
        for column in ("need_mw", "planned_mw"):
            if (mw := row[column]) is not None and mw > LARGEST_MW:
                hint = "is it in kW? Divide by 1000"
                yield f"row {number}, column {column!r}: {mw:g} is not plausible in MW; {hint}"
        if _POSITION.search(name := row["sub_area"]):
            hint = "give the name that the plan has for the sub-area"
            yield f"row {number}, column 'sub_area': {name!r} looks like a position; {hint}"
