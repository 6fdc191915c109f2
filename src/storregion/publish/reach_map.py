"""How far you get from a node: localities by minutes, today, with a scenario, or by what it changes."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import hub, node_labels
from storregion.publish.numbers import with_unit
from storregion.publish.pictures.maps import standalone
from storregion.publish.pictures.place_maps import Dot, busiest, close_up, dot_map
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import (
    LEAST_CHANGE,
    change_colour,
    change_keys,
    minute_colour,
    minute_keys,
    radius,
)
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS

_HOLLOW = "#ffffff"
_LARGER = 1.4
"""So that a finger finds the dots."""
_BEFORE, _THEN, _CHANGE = sides("minutes")


def mapped(
    site: Site, language: Language, shown: list[Workspace], node: str, within: int
) -> tuple[dict[str, View], dict[str, Any]]:
    """The map of localities by minutes from a node: the view, and what its template needs.

    Parameters
    ----------
    site, language : of the page.
    shown : the group today, with a scenario, or both, whose difference is shown then.
    node : where the journeys start.
    within : minutes; places beyond are hollow, and of a difference those that come within are ringed.
    """
    both = Comparison(shown[0], shown[1], "access_board", ("minutes",)) if len(shown) == 2 else None
    rows = (both.frame if both else shown[0].table("access_board")).filter(node=node)
    if rows.is_empty():
        return {}, {"board": None}
    title = WORDS["within_title_difference" if both else "within_title"][language]
    title = title.format(node=node_labels(site, language)[node].text)
    rows = rows.sort(_THEN if both else "minutes", "locality", nulls_last=True)
    dots = _dots(site, language, rows, node, within)
    box = busiest(site.atlas, dots)
    drawn = dot_map(site.atlas, dots, title, frame=box, named={hub(site), node})
    keys = change_keys(language) if both else minute_keys(language)
    names = site.workspace.table("localities").select("locality", "name").iter_rows()
    view = view_of(
        site,
        language,
        "board",
        title,
        (both or shown[0], "access_board", rows),
        columns=["locality", *sides("minutes")] if both else ["locality", "minutes", "residents"],
        labels={"locality": {code: Label(found) for code, found in names}},
        picture=Picture(title, lambda width: standalone(drawn), keys=keys),
    )
    return {"board": view}, {
        "board": view,
        "board_svg": embedded(view),
        "close_svg": close_up(site.atlas, dots, WORDS["within_close"][language], box) if box else None,
        "minute_keys": minute_keys(language),
        "change_keys": change_keys(language),
    }


def _dots(site: Site, language: Language, rows: pl.DataFrame, node: str, within: int) -> list[Dot]:
    """A dot for each locality, the most populous first, so that small ones are drawn above large ones."""
    places = site.workspace.table("localities").select("locality", "name", "latitude", "longitude")
    people = site.workspace.table("access_board").filter(node=node).select("locality", people="residents")
    placed = rows.join(places, on="locality").join(people, on="locality").sort("people", descending=True)
    most = max(placed["people"], default=0.0)
    found = []
    for row in placed.iter_rows(named=True):
        colour, kind, words = (_change if _CHANGE in row else _time)(row, language, within)
        size, said = _LARGER * radius(row["people"], most), f"{row['name']}: {words}"
        found.append(Dot(row["longitude"], row["latitude"], colour, size, said, row["locality"], kind))
    return found


def _time(row: Mapping[str, Any], language: Language, within: int) -> tuple[str, str, str]:
    """Colour, kind and words of a dot that shows minutes."""
    minutes = row["minutes"]
    if minutes is None:
        return _HOLLOW, "beyond", WORDS["within_unreached"][language]
    words = with_unit(minutes, "minutes", language)
    return (_HOLLOW, "beyond", words) if minutes > within else (minute_colour(minutes), "", words)


def _change(row: Mapping[str, Any], language: Language, within: int) -> tuple[str, str, str]:
    """Colour, kind and words of a dot that shows a change."""
    if row[_CHANGE] is None:
        return _HOLLOW, "beyond", WORDS["within_unreached"][language]
    before, then = (with_unit(row[side], "minutes", language) for side in (_BEFORE, _THEN))
    gained = "gained" if row[_THEN] <= within < row[_BEFORE] else ""
    words = f"{before} → {then}" if abs(row[_CHANGE]) >= LEAST_CHANGE else then
    return change_colour(row[_CHANGE]), gained, words
