"""What a scenario does to power: plants, feed-ins, requests that are granted, and when cars charge."""

from typing import Annotated, ClassVar, TypeAlias

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns
from storregion.core.errors import ItemError, nearest
from storregion.core.language import Text
from storregion.facts.power_capacity import CapacityAreas

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Year = Annotated[int, Meta(ge=2000, le=2150)]
LARGEST_MW = 5000.0

POWER_OPERATIONS = columns.schema(
    "power_operations",
    __name__,
    columns.whole("number", "number", key=True, least=1),
    columns.code("operation", choices=("plant", "feed_in", "request", "charging")),
    columns.code("capacity_area", optional=True),
    columns.text("name", "name", optional=True),
    columns.number("mw", "mw", optional=True),
    columns.share("night_share", optional=True),
    columns.whole("from_year", "year", least=2000, most=2150),
    columns.text("because_sv"),
    columns.text("because_en"),
    columns.text("source"),
)
PowerOperations = Annotated[pl.DataFrame, POWER_OPERATIONS]


class _Operation(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """What every operation says: from which winter, why it is made, and what it rests on."""

    signed: ClassVar[bool] = False

    from_year: Year
    because: Text
    source: Words


class _InArea(_Operation, frozen=True, kw_only=True):
    """MW in an area; `name` says what it is."""

    area: str
    name: Words
    mw: float


class Plant(_InArea, frozen=True, tag="plant"):
    """Firm MW of a plant that opens; minus for one that closes."""

    signed: ClassVar[bool] = True


class FeedIn(_InArea, frozen=True, tag="feed_in"):
    """MW more that the grid above lets in."""


class Request(_InArea, frozen=True, tag="request"):
    """MW that are granted; one that the area lists under the same name is certain then, with these MW."""


class Charging(_Operation, frozen=True, tag="charging"):
    """The part of all charging of vehicles that is moved to the night."""

    night_share: Annotated[float, Meta(ge=0.0, le=1.0)]


Operation: TypeAlias = Plant | FeedIn | Request | Charging


def power_operations(capacity_areas: CapacityAreas, *, made: tuple[Operation, ...] = ()) -> PowerOperations:
    """What a scenario changes of power; nothing in the base.

    Parameters
    ----------
    capacity_areas : which areas there are.
    made : the operations.

    Raises
    ------
    ItemError
        One names an area that does not exist, or a number that cannot be MW.
    """
    known = capacity_areas["capacity_area"].to_list()
    rows = []
    for number, one in enumerate(made, 1):
        kind = str(one.__struct_config__.tag)
        if fault := _fault(one, known):
            where = "power_operations.made"
            raise ItemError(where, number, f"{where}: operation {number} ({kind}): {fault}")
        if isinstance(one, Charging):
            what: tuple[object, ...] = (None, None, None, one.night_share)
        else:
            what = (one.area, one.name, one.mw, None)
        why = (one.because.sv, one.because.en, one.source, "assumed")
        rows.append((number, kind, *what, one.from_year, *why))
    types = {column.name: column.dtype for column in POWER_OPERATIONS.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _fault(one: Operation, known: list[str]) -> str | None:
    """What in an operation cannot be, and what to do."""
    if isinstance(one, Charging):
        return None
    if one.area not in known:
        return f"the area {one.area!r} does not exist; {nearest(one.area, known)}"
    least = -LARGEST_MW if one.signed else 0.0
    if not least <= one.mw <= LARGEST_MW or one.mw == 0.0:
        return (
            f"mw = {one.mw:g} is not from {least:g} to {LARGEST_MW:g}, or is 0. Is it in kW? Divide by 1000"
        )
    return None
