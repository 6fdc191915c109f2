"""Scenarios: what each changes and rests on, and times, reach and commuting before and with it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import polars as pl

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language, alphabetical
from storregion.core.table import BASES
from storregion.core.workspace import Workspace
from storregion.publish.labels import municipality_labels, node_labels, timetabled
from storregion.publish.numbers import ABSENT, with_unit
from storregion.publish.parts import Findable, Page
from storregion.publish.pictures.maps import Area, coloured, standalone
from storregion.publish.rendering import relative
from storregion.publish.reports import offered
from storregion.publish.scenario_basis import operations, settings
from storregion.publish.scenario_effects import MAKERS, effects
from storregion.publish.scenario_peaks import peak_map
from storregion.publish.site import FormMaker, Maker, Query, Site
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

EFFECTS = (
    *("access_nodes", "access_places", "node_reach", "access_commuting"),
    *("projection", "employment", "remote_effect", "growth"),
)
"""The tables that a scenario's page shows, and whose trace it leads to."""


def addresses(site: Site) -> dict[str, Maker]:
    """The list of scenarios, and a page for each that can be made; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    pages: dict[str, Maker] = {f"scenario/{name}/": partial(scenario_page, name=name) for name in site.boards}
    return {"scenario/": scenarios_page, **pages}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every scenario that can be made."""
    for name in site.boards if timetabled(site) else ():
        title = site.scenario(name).scenario.title[language]
        yield Findable(title, "kind_scenario", f"scenario/{name}/", name, 0.5)


def scenarios_page(site: Site, language: Language) -> Page:
    """All scenarios, those that change the timetable first."""
    order = sorted(site.boards, key=lambda name: name not in site.scenarios)
    found = [(name, site.scenario(name).scenario) for name in order]
    return Page("scenarios.html", WORDS["scenarios"][language], {"found": found, "lost": site.lost_scenarios})


def forms(site: Site) -> dict[str, FormMaker]:
    """The page of each scenario with the node chosen whose times it shows first."""
    if not timetabled(site):
        return {}
    return {f"scenario/{name}/": partial(scenario_page, name=name) for name in site.boards}


def scenario_page(site: Site, language: Language, query: Query | None = None, *, name: str) -> Page:
    """A scenario: what it changes for whom, what it rests on, a map, commuting and all times.

    Parameters
    ----------
    site, language : of the page.
    query : the field `place`, a node; all nodes when None.
    name : the scenario's.
    """
    site.require([name], EFFECTS)
    other = site.scenario(name)
    page = Page("scenario.html", other.scenario.title[language])
    names = node_labels(site, language)
    asked = ((query or {}).get("place") or [""])[-1]
    place = asked if asked in names else ""
    found = effects(site, language, other, place)
    every = found if not place else effects(site, language, other, "")
    page.views = {effect.view.name: effect.view for effect in found.values()}
    page.extra = offered.sheet(site, language, name) | offered.slides(site, language, ("scenario", name))
    page.context = {
        "name": name,
        "report_files": list(page.extra),
        "scenario": other.scenario,
        "effects_found": found,
        "unchanged": [WORDS[f"board_study_{study}"][language] for study in MAKERS if study not in every],
        "known": max((it.basis for it in page.views.values()), key=BASES.index, default="observed"),
        "place": names[place].text if place else "",
        "unknown": asked[:80] if asked and not place else "",
        "chosen": place,
        "nodes": sorted(((code, it.text) for code, it in names.items()), key=lambda it: alphabetical(it[1])),
        "operations": operations(other, language),
        "settings": settings(other),
        "records": _records(other),
        "live": site.live,
        "timetables": rested_on(site, language),
        "matrix": None,
        "peaks": None,
    }
    if "times" in every:
        times, page.context["matrix"] = changed_times(site, language, other)
        mapped = _change_map(site, language, other)
        more = (times, mapped, _moved(site, language, other))
        page.views |= {view.name: view for view in more}
        page.context |= {"svg": embedded(mapped), "keys": change_keys(language)}
    if "peaks" in every:
        mapped = peak_map(site, language, other, name)
        page.views[mapped.name] = mapped
        page.context["peaks"] = embedded(mapped)
    return page


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


def _moved(site: Site, language: Language, other: Workspace) -> View:
    """How commuting would change by the times alone, the largest changes first."""
    moved = other.table("access_commuting").filter(pl.col("change").abs() >= 1)
    title = other.schemas["access_commuting"].title[language]
    largest = moved.sort(pl.col("change").abs(), descending=True).head(MOST_ROWS)
    return view_of(site, language, "commuting", title, (other, "access_commuting", largest))


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
    drawn = coloured(site.atlas, areas, colours, title)
    picture = Picture(title, lambda width: standalone(drawn), keys=change_keys(language))
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
