"""What a scenario does to the people to come: moves in or out of a place, and homes that are built."""

from typing import Annotated, TypeAlias

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns, operations
from storregion.core.errors import SettingError, nearest
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import Counties, Municipalities

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Year = Annotated[int, Meta(ge=2000, le=2150)]
KINDS = ("moved", "housing", "brake")

PROJECTION_OPERATIONS = columns.schema(
    "projection_operations",
    __name__,
    columns.whole("number", "number", key=True, least=1),
    columns.year(),
    columns.code("kind", choices=KINDS),
    columns.municipality(),
    columns.number("persons", "persons_given"),
    columns.text("because_sv"),
    columns.text("because_en"),
    columns.text("source"),
)
ProjectionOperations = Annotated[pl.DataFrame, PROJECTION_OPERATIONS]


GROWTH_MOVES = columns.schema(
    "growth_moves",
    __name__,
    columns.code("from_county", key=True, pattern=columns.COUNTY, refers=("counties", "county")),
    columns.code("to_county", key=True, pattern=columns.COUNTY, refers=("counties", "county")),
    columns.share("part"),
)
GrowthMoves = Annotated[pl.DataFrame, GROWTH_MOVES]


class _Operation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every operation says: where and in which years, why it is made, and what it rests on."""

    municipality: str
    from_year: Year
    until_year: Year
    because: Text
    source: Words


class Moved(_Operation, frozen=True, tag="moved"):
    """So many people more move in each year than would have; fewer when the number is negative."""

    persons: Annotated[float, Meta(ge=-1e6, le=1e6)]


class Housing(_Operation, frozen=True, tag="housing"):
    """So many homes are completed each year beyond those that the trend holds, and people move into them."""

    dwellings: Annotated[float, Meta(gt=0, le=1e5)]
    persons_per_dwelling: Annotated[float, Meta(gt=0, le=10)] = 2.0


class Brake(_Operation, frozen=True, tag="brake"):
    """No more people come each year than find room in the homes that are completed; fewer may."""

    dwellings: Annotated[float, Meta(ge=0, le=1e5)]
    persons_per_dwelling: Annotated[float, Meta(gt=0, le=10)] = 2.0


Operation: TypeAlias = Moved | Housing | Brake


def projection_operations(
    municipalities: Municipalities, *, made: tuple[Operation, ...] = ()
) -> ProjectionOperations:
    """What a scenario adds to municipalities, a row a year; none in the base.

    Parameters
    ----------
    municipalities : which there are.
    made : the operations.

    Raises
    ------
    ItemError
        One names a municipality that does not exist, or ends before it begins.
    """
    known = municipalities["municipality"].to_list()
    rows = [
        (number, year, kind, one.municipality, _each_year(one), *why)
        for number, kind, one, why in operations.checked("projection_operations.made", made, known)
        for year in range(one.from_year, one.until_year + 1)
    ]
    types = {column.name: column.dtype for column in PROJECTION_OPERATIONS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _each_year(one: Operation) -> float:
    """Persons that an operation adds in each year, or the most that a brake lets a place grow by."""
    return one.persons if isinstance(one, Moved) else one.dwellings * one.persons_per_dwelling


def growth_moves(
    population_yearly: PopulationYearly,
    counties: Counties,
    group: RegionGroup,
    *,
    growth_from: str = "",
    growth_part: float = 0.0,
) -> GrowthMoves:
    """What part of one county's growth goes to each of the group's others, in proportion to their people.

    Parameters
    ----------
    population_yearly : people of the latest year.
    counties : which there are.
    group : its counties share the growth.
    growth_from : the county whose growth goes elsewhere in part; none in the base.
    growth_part : the part of its growth that goes, 0 to 1.

    Raises
    ------
    SettingError
        The county is not of the group, or the part is not between 0 and 1.
    """
    own = [county for county in counties["county"] if county in group.counties]
    if growth_part and growth_from not in own:
        raise SettingError(f"growth_moves.growth_from = {growth_from!r}; {nearest(growth_from, own)}")
    if not 0.0 <= growth_part <= 1.0:
        raise SettingError(f"growth_moves.growth_part = {growth_part}; give a part from 0 to 1")
    now = population_yearly.filter(pl.col("year") == pl.col("year").max())
    others = [county for county in own if county != growth_from] if growth_part else []
    people = now.group_by(to_county=pl.col("municipality").str.head(2), maintain_order=True).agg(
        pl.col("persons").sum()
    )
    shares = people.filter(pl.col("to_county").is_in(others)).sort("to_county")
    return shares.select(
        "to_county",
        from_county=pl.lit(growth_from),
        part=growth_part * pl.col("persons") / pl.col("persons").sum(),
        basis=pl.lit("assumed"),
    ).select(column.name for column in GROWTH_MOVES.columns)
