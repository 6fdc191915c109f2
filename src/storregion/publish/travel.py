"""What pages and reports of travel times share: matrices, and what the times rest on."""

from collections.abc import Sequence
from typing import Any

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import node_labels, pair_address, timetabled
from storregion.publish.site import Site
from storregion.publish.view import View
from storregion.publish.words import WORDS

REACH = (30.0, 45.0, 60.0, 90.0)
"""Minutes between the classes of a map or matrix of travel times."""


WITHOUT_BUSES = {"rail", "metro", "tram"}
"""Modes of a timetable whose times between places off the rails say little."""

MOST_ROWS = 30
COLOURS = ("#0b4a66", "#1f7488", "#4fa7ac", "#a8d5cf", "#e3f0e8")


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
    if "line_plan" in days["feed"] and _modes(site) <= WITHOUT_BUSES:
        said.append(WORDS["timetable_no_bus"][language])
    chosen = WORDS["timetable_day_chosen"][language].format(**rules)
    return said + [chosen] * (rules["day_rule"] != "stated" and not days.is_empty())


def _modes(site: Site) -> set[str]:
    """The modes of the lines that run."""
    run = site.workspace.table("calls").select("line").unique()
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
    if "estimated" in site.workspace.table("cells")["basis"].unique():
        said.append(WORDS["homes_rough"][language])
    return said
