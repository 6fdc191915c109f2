"""A region's own frame: a published projection, read in as a file, whose totals a scenario holds to."""

from typing import Annotated

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns
from storregion.core.errors import ItemError, nearest
from storregion.core.group import RegionGroup
from storregion.core.language import Text
from storregion.facts.vintages import ProjectionVintages

Words = Annotated[str, Meta(min_length=1, max_length=2000)]

REGION_FRAMES = columns.schema(
    "region_frames",
    __name__,
    columns.whole("number", "number", least=1),
    columns.code("projection"),
    columns.code("area", key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.text("because_sv"),
    columns.text("because_en"),
)
RegionFrames = Annotated[pl.DataFrame, REGION_FRAMES]


class Frame(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="frame"):
    """The counties and municipalities of a published projection have the totals that it gives them."""

    projection: str
    because: Text
    source: Words
    areas: tuple[str, ...] = ()


def region_frames(
    projection_vintages: ProjectionVintages, group: RegionGroup, *, made: tuple[Frame, ...] = ()
) -> RegionFrames:
    """The totals that a scenario holds counties and municipalities to; none in the base.

    Parameters
    ----------
    projection_vintages : the published projections, a region's own among them.
    group : names the country, whose frame is the national projection.
    made : which projections are held to, and of which areas; of all areas where none is named.

    Raises
    ------
    ItemError
        One names a projection or an area that does not exist, the country, or an area that another has.
    """
    known = sorted(set(projection_vintages["projection"]))
    country = group.country.code if group.country else ""
    rows: list[tuple[object, ...]] = []
    bound: dict[str, int] = {}
    for number, one in enumerate(made, 1):
        own = projection_vintages.filter(pl.col("projection") == one.projection)
        areas = one.areas or tuple(area for area in sorted(set(own["area"])) if area != country)
        if fault := _fault(one, known, set(own["area"]) - {country}, bound):
            raise ItemError(
                "region_frames.made", number, f"region_frames.made: operation {number} (frame): {fault}"
            )
        bound |= dict.fromkeys(areas, number)
        why = (one.because.sv, one.because.en, "assumed")
        totals = (
            own.filter(pl.col("area").is_in(areas)).sort("area", "year").select("area", "year", "persons")
        )
        rows += [(number, one.projection, *row, *why) for row in totals.rows()]
    types = {column.name: column.dtype for column in REGION_FRAMES.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _fault(one: Frame, known: list[str], there: set[str], bound: dict[str, int]) -> str | None:
    """What is wrong with a frame; None where nothing is."""
    if one.projection not in known:
        return f"the projection {one.projection!r} is not read in; {nearest(one.projection, known)}"
    if lost := sorted(set(one.areas) - there):
        return (
            f"{one.projection} has no county or municipality {lost[0]!r}; {nearest(lost[0], sorted(there))}"
        )
    if not there:
        return f"{one.projection} has only the country; choose among the national variants instead"
    if twice := sorted(set(one.areas or there) & set(bound)):
        return f"{twice[0]} has its total from operation {bound[twice[0]]} already; name other areas"
    return None
