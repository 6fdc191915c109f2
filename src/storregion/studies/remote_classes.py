"""How many work at home and how many days a week: what a scenario, or the group, says of it."""

from typing import Annotated, ClassVar

import polars as pl
from msgspec import Meta, Struct

from storregion.core import columns
from storregion.core.errors import ItemError
from storregion.core.language import Text
from storregion.facts.places import Municipalities

Words = Annotated[str, Meta(min_length=1, max_length=2000)]

REMOTE_CLASSES = columns.schema(
    "remote_classes",
    __name__,
    columns.whole("number", "number", key=True, least=1),
    columns.number("days", "days_a_week", least=0.0, most=5.0),
    columns.share("share"),
    columns.text("because_sv"),
    columns.text("because_en"),
    columns.text("source"),
)
RemoteClasses = Annotated[pl.DataFrame, REMOTE_CLASSES]


class RemoteWork(
    Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind", tag="remote_work"
):
    """A class of people who work so many days a week at home; the rest of the employed work none there."""

    called: ClassVar[Text] = Text("Distansarbete", "Remote work")

    days: Annotated[float, Meta(gt=0, le=5)]
    share: Annotated[float, Meta(ge=0, lt=1)]
    because: Text
    source: Words


def remote_classes(municipalities: Municipalities, *, made: tuple[RemoteWork, ...] = ()) -> RemoteClasses:
    """The classes of remote work in the country; none where nothing is said.

    Parameters
    ----------
    municipalities : of the country that the shares are of.
    made : the classes; what a scenario gives takes the place of all that the group says.

    Raises
    ------
    ItemError
        The shares add up to all of the employed, or two classes have the same days.
    """
    where = "remote_classes.made"
    rows, whole, seen = [], 0.0, set()
    for number, one in enumerate(made, 1):
        whole += one.share
        if one.days in seen:
            fault = f"two classes work {one.days:g} days at home; add their shares up"
            raise ItemError(where, number, f"{where}: class {number}: {fault}")
        if whole >= 1.0:
            fault = f"the shares add up to {whole:g} with this one; together they must be below 1"
            raise ItemError(where, number, f"{where}: class {number}: {fault}")
        seen.add(one.days)
        because = (one.because.sv, one.because.en, one.source, "assumed")
        rows.append((number, one.days, one.share, *because))
    types = {column.name: column.dtype for column in REMOTE_CLASSES.columns}
    return pl.DataFrame(rows, schema=types, orient="row")
