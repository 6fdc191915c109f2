"""What pages and reports of travel times share: matrices, and what the times rest on."""

import itertools
from collections.abc import Sequence
from typing import Any

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import node_labels, pair_address, timetabled
from storregion.publish.numbers import written
from storregion.publish.pictures.maps import Key
from storregion.publish.site import Site
from storregion.publish.view import View
from storregion.publish.words import WORDS

REACH = (30.0, 45.0, 60.0, 90.0)
"""Minutes between the classes of a map or matrix of travel times."""


WITHOUT_BUSES = {"rail", "metro", "tram"}
"""Modes of a timetable whose times between places off the rails say little."""

MOST_ROWS = 30
COLOURS = ("#0b4a66", "#1f7488", "#4fa7ac", "#a8d5cf", "#e3f0e8")
CHANGE_COLOURS = ("#c98d4b", "#dfe6e4", "#a8d5cf", "#4fa7ac", "#1f7488", "#0b4a66")
"""Longer, unchanged, and shorter by ever more; safe for the colour-blind."""
LEAST_CHANGE = 0.5
"""Minutes that a time must change by to be said to."""
_SHORTER = (LEAST_CHANGE, 5.0, 15.0, 30.0)
SMALLEST, LARGEST = 4.0, 18.0
"""The radius of a dot where nobody lives, and of the most populous locality's."""


def minute_colour(minutes: float) -> str:
    """The colour of a travel time on a map: the nearer, the darker."""
    return COLOURS[sum(minutes >= limit for limit in REACH)]


def minute_keys(language: Language) -> list[Key]:
    """The legend of travel times, the nearest first."""
    limits = [written(limit, "minutes", language) for limit in REACH]
    middle = [f"{low}–{high}" for low, high in itertools.pairwise(limits)]
    texts = [f"< {limits[0]}", *middle, f"≥ {limits[-1]}"]
    return [Key(colour, f"{text} min") for colour, text in zip(COLOURS, texts, strict=True)]


def change_colour(minutes: float) -> str:
    """The colour of a change in travel time on a map."""
    if minutes >= LEAST_CHANGE:
        return CHANGE_COLOURS[0]
    return CHANGE_COLOURS[1 + sum(minutes <= -limit for limit in _SHORTER)]


def change_keys(language: Language) -> list[Key]:
    """The legend of changes in travel time."""
    words = WORDS["changes_classes"][language].split("; ")
    return [Key(colour, word) for colour, word in zip(CHANGE_COLOURS, words, strict=True)]


def radius(residents: float, most: float) -> float:
    """The radius of a locality's dot.

    Parameters
    ----------
    residents : who live there.
    most : who live in the most populous locality of the map.
    """
    share = residents / most if most else 0.0
    return SMALLEST + (LARGEST - SMALLEST) * float(share**0.4)


def grid(
    site: Site,
    view: View,
    column: str,
    *,
    order: Sequence[str] | None = None,
    least: float | None = None,
) -> dict[str, Any]:
    """Rows of pairs of nodes as a matrix of figures with shades: the nearer, the darker.

    Parameters
    ----------
    site : the portal.
    view : rows of pairs, one a pair and direction.
    column : the column whose figures stand in the cells.
    order : the nodes in the order of the matrix; by name when None.
    least : for differences: how large one must be to be shaded; travel times are shaded by `REACH` when None.
    """
    labels = node_labels(site, view.language)
    by_name = sorted(set(view.frame["origin"]), key=lambda code: alphabetical(labels[code].text))
    codes = by_name if order is None else [code for code in order if code in by_name]
    cells = {}
    for row in view.frame.iter_rows(named=True):
        value = row[column]
        if value is None:
            shade = 0
        elif least is None:
            shade = sum(value < limit for limit in REACH)
        else:
            shade = 0 if abs(value) < least else (3 if value < 0 else 5)
        figure = view.figure(column, row)
        cells[row["origin"], row["destination"]] = (
            figure,
            shade,
            pair_address(row["origin"], row["destination"]),
        )
    return {
        "nodes": [labels[code] for code in codes],
        "rows": [(labels[one], [cells.get((one, two)) for two in codes]) for one in codes],
    }


def rested_on(site: Site, language: Language, table: str = "calls") -> list[str]:
    """Day and validity of the timetables that a table rests on, in words; none where it rests on none.

    Parameters
    ----------
    site, language : of the page.
    table : the table.
    """
    if not timetabled(site) or all(record.table != "calls" for record in site.workspace.trace(table)):
        return []
    rules = site.workspace.table("travel_rules").row(0, named=True)
    days = site.workspace.table("timetable_days")
    said = [
        WORDS["timetable_plan" if row["feed"] == "line_plan" else "timetable_feed"][language].format(**row)
        for row in days.iter_rows(named=True)
    ]
    if "line_plan" in days["feed"] and without_buses(site):
        said.append(WORDS["timetable_no_bus"][language])
    chosen = WORDS["timetable_day_chosen"][language].format(**rules)
    return said + [chosen] * (rules["day_rule"] != "stated" and not days.is_empty())


def without_buses(site: Site) -> bool:
    """Whether the timetable has rail alone, so that within a city one only walks in it."""
    return _modes(site) <= WITHOUT_BUSES


def _modes(site: Site) -> set[str]:
    """The modes of the lines that run."""
    run = site.workspace.table("calls").select("line").unique(maintain_order=True)
    return set(site.workspace.table("lines").join(run, on="line", how="semi")["mode"])


def means(site: Site, language: Language, *, brief: bool = False) -> str:
    """The modes of travel in the timetable, in words: by train alone, or with metro, where nothing else runs.

    Parameters
    ----------
    site, language : of the page.
    brief : leave out that one walks too, and that no buses are in it.
    """
    modes = _modes(site)
    found = "rail" if modes == {"rail"} else "metro" if modes <= WITHOUT_BUSES else "any"
    return WORDS[f"means_{found}{'_brief' if brief else ''}"][language]


def reach_said(site: Site, language: Language) -> list[str]:
    """What goes with every number of reach from a station: by what one travels, and how homes are known.

    Parameters
    ----------
    site, language : of the page.
    """
    said = [WORDS["reach_means"][language].format(means=means(site, language))]
    if "estimated" in site.workspace.table("cells")["basis"].unique(maintain_order=True):
        said.append(WORDS["homes_rough"][language])
    return said
