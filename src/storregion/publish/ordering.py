"""Tables in the order that a reader asks for: `?sort=VIEW.COLUMN&order=desc`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from storregion.core.language import alphabetical
from storregion.core.lineage import Figure
from storregion.publish.view import Label, View

SORT, ORDER = "sort", "order"
FEWEST = 3
"""Rows below which there is nothing to sort."""
Query = Mapping[str, Sequence[str]]
"""What an address says after its question mark: the values of each field."""


@dataclass(frozen=True)
class Ordering:
    """Which table of a page is sorted, by which column, and which way."""

    view: str
    column: str
    descending: bool

    @classmethod
    def asked(cls, query: Query) -> "Ordering | None":
        """The order that a query asks for; None where it asks for none."""
        wanted = (query.get(SORT) or [""])[-1]
        view, _, column = wanted.partition(".")
        return cls(view, column, (query.get(ORDER) or [""])[-1] == "desc") if wanted else None

    def fits(self, views: Mapping[str, View]) -> bool:
        """Whether a page has such a table and column."""
        return self.view in views and self.column in views[self.view].columns


def arranged(view: View, ordering: Ordering | None) -> list[list[Label | Figure]]:
    """The rows of a view in the order asked for; what is absent comes last whichever way.

    Parameters
    ----------
    view : a table.
    ordering : of this view or another, which changes nothing.
    """
    if ordering is None or ordering.view != view.name or ordering.column not in view.columns:
        return view.rows
    at, numeric = list(view.columns).index(ordering.column), view.schema[ordering.column].numeric
    raw = view.frame[ordering.column].to_list()

    def key(place: int) -> tuple[object, ...]:
        cell = view.rows[place][at]
        return (raw[place],) if numeric or isinstance(cell, Figure) else alphabetical(cell.text)

    def empty(place: int) -> bool:
        cell = view.rows[place][at]
        return raw[place] is None if numeric or isinstance(cell, Figure) else not cell.text

    there = [place for place in range(len(raw)) if not empty(place)]
    order = sorted(there, key=key, reverse=ordering.descending)
    return [view.rows[place] for place in [*order, *(place for place in range(len(raw)) if empty(place))]]


@dataclass(frozen=True)
class Heading:
    """The link of a column's header: where it leads, and how its table is sorted by it now."""

    href: str
    state: str | None


def heading(table: str, column: str, query: Query) -> Heading:
    """What the header of a column links to: the page sorted by it, the other way where it is already.

    Parameters
    ----------
    table, column : the column and the table that it is of.
    query : of the page as it stands, which the link keeps.
    """
    now = Ordering.asked(query)
    mine = now is not None and (now.view, now.column) == (table, column)
    down = mine and now is not None and now.descending
    state = ("descending" if down else "ascending") if mine else None
    kept = [(name, it) for name, values in query.items() if name not in (SORT, ORDER) for it in values]
    order = "asc" if down or not mine else "desc"
    return Heading(f"?{urlencode([*kept, (SORT, f'{table}.{column}'), (ORDER, order)])}#table-{table}", state)
