"""The net migration that a municipality's own goal for its population would take."""

import math
from typing import Annotated

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns
from storregion.core.errors import ItemError, nearest
from storregion.facts.places import Municipalities
from storregion.studies.projection_municipal import MigrationResponse

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
_MADE = "migration_goals.made"

MIGRATION_GOALS = columns.schema(
    "migration_goals",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("goal", "persons_given", least=1),
    columns.whole("persons", "persons", least=0),
    columns.number("net_a_year", "net_moves_a_year"),
    columns.number("extra_a_year", "net_moves_a_year"),
    columns.number("needed_a_year", "net_moves_a_year"),
    columns.text("source"),
)
MigrationGoals = Annotated[pl.DataFrame, MIGRATION_GOALS]


class Goal(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many a municipality wants to be in a year, and where that is decided."""

    municipality: str
    year: int
    persons: Annotated[int, Meta(ge=1, le=10**8)]
    source: Words


def migration_goals(
    migration_response: MigrationResponse, municipalities: Municipalities, *, made: tuple[Goal, ...] = ()
) -> MigrationGoals:
    """The net migration in every year that each goal takes, beside the projection's; no rows without goals.

    Parameters
    ----------
    migration_response : what one more or one fewer mover a year means.
    municipalities : which there are.
    made : the goals.

    Raises
    ------
    ItemError
        A goal names a municipality or a year that does not exist, stands twice, or would need more people to
        leave than there are.
    """
    known, years = municipalities["municipality"].to_list(), migration_response["year"].unique().sort()
    types = {column.name: column.dtype for column in MIGRATION_GOALS.columns}
    rows: list[tuple[object, ...]] = []
    for number, one in enumerate(made, 1):
        fault, found = None, migration_response.filter(municipality=one.municipality, year=one.year)
        if one.municipality not in known:
            fault = (
                f"the municipality {one.municipality!r} does not exist; {nearest(one.municipality, known)}"
            )
        elif found.is_empty():
            fault = f"the projection has no year {one.year}; give one from {years[0]} to {years[-1]}"
        elif any(row[:2] == (one.municipality, one.year) for row in rows):
            fault = f"{one.municipality} has a goal for {one.year} already; keep one"
        elif one.persons < found["fewest"][0]:
            fewest = math.ceil(found["fewest"][0])
            fault = f"fewer than {fewest} would need more people to leave than there are of some age"
        if fault:
            raise ItemError(_MADE, number, f"{_MADE}: goal {number}: {fault}")
        row = found.row(0, named=True)
        off = one.persons - row["persons"]
        extra = off / row["more" if off > 0 else "fewer"]
        levels = (one.persons, row["persons"], row["net_a_year"], extra, row["net_a_year"] + extra)
        rows.append((one.municipality, one.year, *levels, one.source, "assumed"))
    return pl.DataFrame(rows, schema=types, orient="row")
