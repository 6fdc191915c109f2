"""Scenarios: what each changes and rests on, and times, reach and commuting before and with it."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import polars as pl

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language, alphabetical
from storregion.core.workspace import Workspace
from storregion.publish.labels import municipality_labels, node_labels, timetabled
from storregion.publish.numbers import ABSENT, with_unit
from storregion.publish.pictures import dumbbell
from storregion.publish.pictures.maps import Area, coloured, standalone
from storregion.publish.rendering import relative
from storregion.publish.site import Findable, FormMaker, Maker, Page, Query, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import (
    LEAST_CHANGE,
    MOST_ROWS,
    change_colour,
    change_keys,
    grid,
    rested_on,
)
from storregion.publish.view import Picture, View, embedded
from storregion.publish.words import WORDS
from storregion.timetable.operation_kinds import KINDS

MOST_CHANGES = 12
EFFECTS = ("access_nodes", "access_places", "node_reach", "access_commuting")
"""The tables that a scenario's page shows, and whose trace it leads to."""


def addresses(site: Site) -> dict[str, Maker]:
    """The list of scenarios, and a page for each that can be made; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    pages: dict[str, Maker] = {
        f"scenario/{name}/": partial(scenario_page, name=name) for name in site.scenarios
    }
    return {"scenario/": scenarios_page, **pages}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every scenario that can be made."""
    for name in site.scenarios if timetabled(site) else ():
        title = site.scenario(name).scenario.title[language]
        yield Findable(title, "kind_scenario", f"scenario/{name}/", name, 0.5)


def scenarios_page(site: Site, language: Language) -> Page:
    """All scenarios of the timetable."""
    found = [(name, site.scenario(name).scenario) for name in site.scenarios]
    return Page("scenarios.html", WORDS["scenarios"][language], {"found": found, "lost": site.lost_scenarios})


def forms(site: Site) -> dict[str, FormMaker]:
    """The page of each scenario with the node chosen whose times it shows first."""
    if not timetabled(site):
        return {}
    return {f"scenario/{name}/": partial(scenario_page, name=name) for name in site.scenarios}


def scenario_page(site: Site, language: Language, query: Query | None = None, *, name: str) -> Page:
    """A scenario: the times that change most, a map, reach, commuting, and what it rests on.

    Parameters
    ----------
    site, language : of the page.
    query : the field `place`, a node; all nodes when None.
    name : the scenario's.
    """
    other = site.scenario(name)
    page = Page("scenario.html", other.scenario.title[language])
    times, page.context = changed_times(site, language, other)
    mapped = _change_map(site, language, other)
    page.views = {view.name: view for view in (times, mapped, *_other_changes(site, language, other))}
    page.context |= {
        "name": name,
        "scenario": other.scenario,
        "operations": operations(other, language),
        "records": _records(other),
        "svg": embedded(mapped),
        "keys": change_keys(language),
        "live": site.live,
        **_first_answers(site, language, times, ((query or {}).get("place") or [""])[-1]),
    }
    return page


def _first_answers(site: Site, language: Language, times: View, place: str) -> dict[str, Any]:
    """The times that change most, of one node or of all, as large figures and as a picture.

    The figures are those of pairs with the hub where any of them changes, unless a node is chosen.

    Of every two nodes the direction that changes more is shown.
    """
    names = node_labels(site, language)
    before, then, difference = sides("with_wait")
    two = pl.concat_list("origin", "destination").list.sort()
    rows = times.frame.filter(pl.col(difference).abs() >= LEAST_CHANGE).with_columns(two=two)
    if place in names:
        rows = rows.filter((pl.col("origin") == place) | (pl.col("destination") == place))
    rows = rows.sort(pl.col(difference).abs(), "origin", descending=[True, False])
    rows = rows.unique("two", keep="first", maintain_order=True)

    def pair(row: Mapping[str, Any]) -> str:
        return f"{names[row['origin']].text}–{names[row['destination']].text}"

    shown = list(rows.head(MOST_CHANGES).iter_rows(named=True))
    hub = str(site.workspace.table("node_system").sort("year")["hub"].last())
    to_hub = rows.filter((pl.col("origin") == hub) | (pl.col("destination") == hub))
    first = (rows if to_hub.is_empty() or place in names else to_hub).head(3).iter_rows(named=True)
    ends = (WORDS["changes_before"][language], WORDS["changes_then"][language])
    changes = [dumbbell.Change(pair(row), row[before], row[then]) for row in shown]
    nodes = sorted(((code, label.text) for code, label in names.items()), key=lambda it: alphabetical(it[1]))
    return {
        "answers": [
            {"pair": pair(row), "before": times.figure(before, row), "then": times.figure(then, row)}
            for row in first
        ],
        "dumbbell": dumbbell.drawn(changes, "minutes", language, ends, times.title),
        "more_pairs": rows.height > len(shown),
        "place": place if place in names else "",
        "nodes": nodes,
    }


def operations(workspace: Workspace, language: Language) -> list[dict[str, str]]:
    """What a scenario does to the timetable, each operation with its reason and source."""
    rows = workspace.table("timetable_operations").sort("number")
    return [
        {
            "kind": KINDS[row["kind"]][language],
            "lines": row["lines"],
            "because": row[f"because_{language}"],
            "source": row["source"],
        }
        for row in rows.iter_rows(named=True)
    ]


def _records(workspace: Workspace) -> list[Any]:
    return [workspace.record(table) for table in EFFECTS]


def changed_times(site: Site, language: Language, other: Workspace) -> tuple[View, dict[str, Any]]:
    """The morning's times between nodes before and with a change: the view, and what its template needs.

    Parameters
    ----------
    site, language : of the page.
    other : the group with the changed timetable.
    """
    both = Comparison(site.workspace, other, "access_nodes", ("with_wait",))
    before, then, difference = sides("with_wait")
    rows = both.frame.filter(period="morning", way="depart_at")
    view = view_of(
        site,
        language,
        "times",
        WORDS["changes_title"][language],
        (both, "access_nodes", rows),
        columns=["origin", "destination", before, then, difference],
    )
    return view, {
        "difference": grid(site, view, difference, least=0.51),
        "before": grid(site, view, before),
        "then": grid(site, view, then),
        "timetables": rested_on(site, language),
        "changed": rows.filter(pl.col(difference).abs() >= LEAST_CHANGE).height > 0,
        "planned": not other.table("plan_lines").join(other.table("lines"), on="line", how="semi").is_empty(),
    }


def _other_changes(site: Site, language: Language, other: Workspace) -> list[View]:
    """What a scenario changes beside times between nodes: people and jobs in reach, and commuting."""
    views = []
    for measure in ("residents", "jobs"):
        both = Comparison(site.workspace, other, "node_reach", (measure,))
        rows = (both, "node_reach", both.frame.filter(limit=60))
        columns = ["node", "counted", *sides(measure)]
        title = WORDS[f"changes_{measure}"][language]
        views.append(view_of(site, language, measure, title, rows, columns=columns))
    moved = other.table("access_commuting").filter(pl.col("change").abs() >= 1)
    title = other.schemas["access_commuting"].title[language]
    largest = moved.sort(pl.col("change").abs(), descending=True).head(MOST_ROWS)
    return [*views, view_of(site, language, "commuting", title, (other, "access_commuting", largest))]


def _change_map(site: Site, language: Language, other: Workspace) -> View:
    """The change of the time with wait to the hub, by municipality, in a table under a map."""
    hub = other.table("node_system").sort("year")["hub"].last()
    home = other.table("nodes").filter(node=hub)["municipality"].item()
    labels = municipality_labels(site, language)
    both = Comparison(site.workspace, other, "access_places", ("with_wait",))
    rows = both.frame.filter(destination=home, period="morning", way="depart_at")
    title = WORDS["changes_map"][language].format(hub=labels[home].text)
    areas, colours = [], []
    for row in rows.iter_rows(named=True):
        change, label = row["with_wait_difference"], labels[row["origin"]]
        if change is None:
            words = ABSENT[row["with_wait_difference_absent"]][language]
        else:
            words = with_unit(change, "minutes", language)
        areas.append(Area(row["origin"], label.text, relative_place(language, row["origin"]), change, words))
        colours.append(None if change is None else change_colour(change))
    ends = {"origin": labels, "destination": labels}
    columns = ["origin", *sides("with_wait")]
    picture = Picture(title, lambda width: standalone(coloured(site.atlas, areas, colours, title)))
    return view_of(
        site,
        language,
        "map",
        title,
        (both, "access_places", rows),
        columns=columns,
        labels=ends,
        picture=picture,
    )


def relative_place(language: Language, code: str) -> str:
    """The way from a scenario's page to a place's."""
    return relative(f"{language}/scenario/x/", f"{language}/place/{code}/")
