"""What a scenario does to the jobs to come: an employer that opens, grows, shrinks or closes."""

from typing import Annotated, TypeAlias

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns, operations
from storregion.core.errors import nearest
from storregion.core.language import Text
from storregion.facts.employment import INDUSTRIES
from storregion.facts.places import Municipalities

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Year = Annotated[int, Meta(ge=2000, le=2150)]

EMPLOYMENT_OPERATIONS = columns.schema(
    "employment_operations",
    __name__,
    columns.whole("number", "number", key=True, least=1),
    columns.municipality(),
    columns.code("industry", choices=INDUSTRIES),
    columns.whole("from_year", "year", least=2000, most=2150),
    columns.whole("until_year", "year", least=2000, most=2150, absent="until_absent"),
    columns.number("jobs", "jobs_given"),
    columns.text("because_sv"),
    columns.text("because_en"),
    columns.text("source"),
)
EmploymentOperations = Annotated[pl.DataFrame, EMPLOYMENT_OPERATIONS]


class Employer(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="employer"
):
    """So many jobs more in a place than the trend holds, from one year to another; fewer when negative."""

    municipality: str
    industry: str
    from_year: Year
    until_year: Year | None = None
    jobs: Annotated[float, Meta(ge=-1e6, le=1e6)]
    because: Text
    source: Words


Operation: TypeAlias = Employer


def employment_operations(
    municipalities: Municipalities, *, made: tuple[Operation, ...] = ()
) -> EmploymentOperations:
    """The employers that a scenario adds or takes away; none in the base.

    Parameters
    ----------
    municipalities : which there are.
    made : the operations.

    Raises
    ------
    ItemError
        One names a municipality or an industry that does not exist, or ends before it begins.
    """
    known = municipalities["municipality"].to_list()
    rows = []
    for number, _, one, why in operations.checked("employment_operations.made", made, known, _fault):
        until = (one.until_year, None if one.until_year else "not_applicable")
        rows.append((number, one.municipality, one.industry, one.from_year, *until, one.jobs, *why))
    types = {column.name: column.dtype for column in EMPLOYMENT_OPERATIONS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _fault(one: Operation) -> str | None:
    """What is wrong with an employer's industry; None where nothing is."""
    if one.industry not in INDUSTRIES:
        return f"the industry {one.industry!r} does not exist; {nearest(one.industry, INDUSTRIES)}"
    return None
