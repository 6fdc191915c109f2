"""Remote work: the study's page, and the section on every place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import municipality_labels, place_labels
from storregion.publish.mapped import Mapped, drawn
from storregion.publish.numbers import roughly
from storregion.publish.pages.remote_potential import said_of
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts
from storregion.publish.pictures.weekdays import bars
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

CLASSES = (-1.0, 0.0, 1.0, 2.0)
"""Limits of the map, per cent more employed residents."""
MOST_PAIRS = 12
KINDS = ("municipality", "county")
"""Places that people commute into and out of; in the country all stay."""


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The share of the employed who do not travel to work on a mean weekday."""
    if row["kind"] in KINDS and (found := _effect(site, row["place"])):
        yield Tile(found["avoided_share"], "tile_remote", found, rank=7)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: what can be done from home, trips not made, who is there on weekdays."""
    if row["kind"] not in KINDS or not (found := _effect(site, row["place"])):
        return []
    view = _weekday_view(site, language, row["place"], row[f"name_{language}"])
    context = {
        "name": row[f"name_{language}"],
        "possible": said_of(site, row["place"]),
        "avoided": roughly(found["avoided"], language),
        "figures": found,
        "gained": _gained(site, row["place"]),
    }
    heading = WORDS["remote_title"][language]
    return [Section("remote", heading, [view], "place_remote.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """Trips not made, who gains residents, weekdays, relations, labour market areas, and what is assumed."""
    workspace = site.workspace
    if not _effect(site, workspace.group.code):
        return StudyPart()
    municipal = workspace.table("remote_effect").join(
        workspace.table("places").filter(kind="municipality").select("place"), on="place", how="semi"
    )
    title = WORDS["remote_gains"][language]
    columns = ("place", "remote_share", "avoided", "avoided_share", "gained", "gained_percent")
    weak = municipal.filter(response="weak")
    view, svg, keys = drawn(
        site, language, Mapped("remote_effect", weak, columns, CLASSES, title), "study/remote_work/"
    )
    names = place_labels(site, language)
    hub = _largest_workplace(site)
    week = _weekday_view(site, language, hub, names[hub].text)
    shown = [_present_view(site, language), _pairs_view(site, language), _areas_view(site, language)]
    context = {"map_svg": svg, "keys": keys, "links": "remote_links" in workspace.steps}
    tables = [*shown, *_response_views(site, language)]
    return StudyPart(tables, (), "study_remote_work.html", [view, week], context)


def _largest_workplace(site: Site) -> str:
    """The municipality with the most jobs."""
    own = site.workspace.table("places").filter(kind="municipality").select("place")
    rows = site.workspace.table("remote_weekdays").join(own, on="place", how="semi")
    return str(rows.sort("jobs", "place")["place"].last())


def _effect(site: Site, place: str) -> dict[str, Any]:
    """The figures of a place, by the weak response; none where nothing is known of remote work."""
    if "remote_effect" not in site.workspace.steps:
        return {}
    schema = site.workspace.schemas["remote_effect"]
    rows = site.workspace.table("remote_effect").filter(
        pl.col("remote_share") > 0, place=place, response="weak"
    )
    names = ("remote_share", "avoided", "avoided_share", "year")
    for row in rows.iter_rows(named=True):
        return {name: site.workspace.cell(schema, name, row) for name in names}
    return {}


def _gained(site: Site, place: str) -> dict[str, Any]:
    """Which way the place's employed residents go, and how many by both responses."""
    schema = site.workspace.schemas["remote_effect"]
    rows = site.workspace.table("remote_effect").filter(place=place)
    ends = {
        row["response"]: site.workspace.cell(schema, "gained_percent", row)
        for row in rows.iter_rows(named=True)
    }
    ways = {"more" if (end.value or 0.0) > 0 else "fewer" for end in ends.values()}
    return {"way": ways.pop() if len(ways) == 1 else "either", **ends}


def _weekday_view(site: Site, language: Language, place: str, name: str) -> View:
    """How many more or fewer are in a place on each weekday."""
    rows = site.workspace.table("remote_weekdays").filter(place=place, response="weak")
    words = {day: WORDS[f"remote_{day}"][language] for day in rows["weekday"]}

    def spec(width: int) -> dict[str, object]:
        # On a narrow chart whole names would run into each other.
        letters = None if width > 500 else 3
        points = [
            {"weekday": words[row["weekday"]][:letters], "value": row["present_change"]}
            for row in rows.iter_rows(named=True)
        ]
        return bars(points, title=WORDS["remote_present"][language], width=width)

    title = f"{WORDS['remote_week'][language]}: {name}"
    return view_of(
        site,
        language,
        "weekdays",
        title,
        (site.workspace, "remote_weekdays", rows),
        columns=["weekday", "jobs", "at_work", "at_home", "present_change"],
        labels=_labels(language),
        picture=charts.pictured(language, title, name, spec),
    )


def _present_view(site: Site, language: Language) -> View:
    """Every municipality on the day when fewest of the group's people are at their workplaces."""
    rows = site.workspace.table("remote_weekdays").filter(response="weak")
    whole = rows.filter(place=site.workspace.group.code)
    # Of days alike the last one, as the answer has it.
    day = whole.sort(pl.col("at_work").round(3), descending=True, maintain_order=True)["weekday"].last()
    own = site.workspace.table("places").filter(kind="municipality").select("place")
    least = rows.filter(weekday=day).join(own, on="place", how="semi")
    least = least.sort("present_percent", "place", descending=[True, False])
    title = f"{WORDS['remote_day'][language]}, {WORDS[f'remote_{day!s}'][language]}"
    columns = ["place", "jobs", "at_work", "at_home", "present", "present_change", "present_percent"]
    shown = (site.workspace, "remote_weekdays", least)
    return view_of(site, language, "present", title, shown, columns=columns)


def _response_views(site: Site, language: Language) -> list[View]:
    """The classes that are assumed, and how much lighter ways weigh."""
    workspace = site.workspace
    title = {name: workspace.schemas[name].title[language] for name in ("remote_classes", "remote_response")}
    classes = (workspace, "remote_classes", workspace.table("remote_classes"))
    shown = ["days", "share", f"because_{language}", "source"]
    response = (workspace, "remote_response", workspace.table("remote_response"))
    return [
        view_of(site, language, "classes", title["remote_classes"], classes, columns=shown),
        view_of(site, language, "response", title["remote_response"], response, labels=_labels(language)),
    ]


def _pairs_view(site: Site, language: Language) -> View:
    """The relations where most people stay at home, on the day when most do."""
    rows = site.workspace.table("remote_pairs").filter(response="weak")
    # Of days alike the last one, as in the ranking.
    day = rows.sort(pl.col("avoided").round(3), maintain_order=True)["weekday"].last()
    most = rows.filter(weekday=day).sort("avoided", descending=True).head(MOST_PAIRS)
    towns = municipality_labels(site, language)
    title = f"{WORDS['remote_pairs'][language]}, {WORDS[f'remote_{day!s}'][language]}"
    columns = ["one", "two", "without", "persons", "avoided", "travelling_change"]
    labels = {"one": towns, "two": towns}
    shown = (site.workspace, "remote_pairs", most)
    return view_of(site, language, "pairs", title, shown, columns=columns, labels=labels)


def _areas_view(site: Site, language: Language) -> View:
    """The group's municipalities that belong to another labour market area with remote work."""
    own = site.workspace.table("places").filter(kind="municipality")["place"].implode()
    rows = site.workspace.table("remote_areas").filter(pl.col("municipality").is_in(own), moved="yes")
    towns = municipality_labels(site, language)
    return view_of(
        site,
        language,
        "areas",
        WORDS["remote_areas"][language],
        (site.workspace, "remote_areas", rows),
        columns=["municipality", "response", "before", "after"],
        labels=_labels(language) | {"before": towns, "after": towns},
    )


def _labels(language: Language) -> dict[str, dict[str, Label]]:
    """The words for responses and weekdays."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    return {
        "response": {name: Label(WORDS[f"remote_{name}"][language]) for name in ("weak", "strong")},
        "weekday": {day: Label(WORDS[f"remote_{day}"][language]) for day in days},
    }
