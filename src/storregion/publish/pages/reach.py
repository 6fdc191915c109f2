"""Who and what each node reaches: the study, and the section on a node's page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import node_labels, timetabled
from storregion.publish.numbers import ABSENT, with_unit
from storregion.publish.parts import Measured, Section, StudyPart
from storregion.publish.pictures.maps import standalone
from storregion.publish.pictures.place_maps import Dot, dot_map
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import means, minute_colour, minute_keys, radius, rested_on
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS


def measured(site: Site) -> Iterator[Measured]:
    """Jobs and residents within an hour of each node, and the mean time to it from the others."""
    for column in ("jobs", "residents"):
        yield Measured("node_reach", column, {"limit": 60, "counted": "with_wait"}, f"measure_hour_{column}")
    yield Measured("mean_times", "minutes", {"period": "morning", "way": "depart_at"}, "measure_mean_minutes")


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a node's page: the map and table of localities, people in reach, and times to other nodes.

    A node without a station in the timetable has no views, and what is said is that.
    """
    if row["kind"] != "node" or not timetabled(site):
        return []
    node = row["place"]
    workspace, w = site.workspace, {name: text[language] for name, text in WORDS.items()}
    name = node_labels(site, language)[node].text
    if workspace.table("access_points").filter(kind="node", code=node).is_empty():
        return [_section(language, {"unserved": name, "timetables": rested_on(site, language)})]
    reach = workspace.table("access_reach").filter(kind="node", code=node)
    times = (
        workspace.table("access_nodes")
        .filter(origin=node, period="morning", way="depart_at")
        .sort("typical", nulls_last=True)
    )
    shown = {
        "reach": ("access_reach", reach, ["limit", "residents", "jobs"]),
        "times": (
            "access_nodes",
            times,
            ["destination", "fastest", "typical", "with_wait", "departures", "transfers", "kmh"],
        ),
    }
    board = _board_view(site, language, node, f"{w['board_title']}: {name}")
    views = {"board": board} | {
        view: view_of(
            site, language, view, f"{w[f'{view}_title']}: {name}", (workspace, table, rows), columns=columns
        )
        for view, (table, rows, columns) in shown.items()
    }
    hour, schema = reach.filter(limit=60).row(0, named=True), workspace.schemas["access_reach"]
    timed = workspace.table("node_reach").filter(node=node, limit=60, counted="best_minute")
    more = {
        "unserved": None,
        "board_svg": embedded(board),
        "board_keys": minute_keys(language),
        "hour": {column: workspace.cell(schema, column, hour) for column in ("residents", "jobs")},
        "best": workspace.cell(workspace.schemas["node_reach"], "residents", timed.row(0, named=True)),
        "board_name": name,
        "means": means(site, language),
        "timetables": rested_on(site, language),
    }
    return [_section(language, more, list(views.values()))]


def _section(language: Language, context: dict[str, Any], views: Sequence[View] = ()) -> Section:
    return Section("travel", WORDS["travel_title"][language], views, "place_reach.html", context, first=True)


def _board_view(site: Site, language: Language, node: str, title: str) -> View:
    """The minutes from a node to each locality, the nearest first, under a map of them."""
    workspace = site.workspace
    board = workspace.table("access_board").filter(node=node).sort("minutes", "locality", nulls_last=True)
    names = workspace.table("localities").select("locality", "name").iter_rows()
    dots = _dots(workspace, board, language)
    return view_of(
        site,
        language,
        "board",
        title,
        (workspace, "access_board", board),
        columns=["locality", "minutes", "residents"],
        labels={"locality": {code: Label(found) for code, found in names}},
        picture=Picture(
            title, lambda width: standalone(dot_map(site.atlas, dots, title)), keys=minute_keys(language)
        ),
    )


def _dots(workspace: Workspace, board: pl.DataFrame, language: Language) -> list[Dot]:
    """A dot for each locality, as dark as it is near and as large as it is populous."""
    places = workspace.table("localities").select("locality", "name", "latitude", "longitude")
    rows = board.join(places, on="locality", maintain_order="left").sort("residents", descending=True)
    most = max(rows["residents"], default=0.0)
    found = []
    for row in rows.iter_rows(named=True):
        minutes = row["minutes"]
        words = (
            ABSENT[row["minutes_absent"]][language]
            if minutes is None
            else with_unit(minutes, "minutes", language)
        )
        colour = "#ffffff" if minutes is None else minute_colour(minutes)
        size = radius(row["residents"], most)
        found.append(Dot(row["longitude"], row["latitude"], colour, size, f"{row['name']}: {words}"))
    return found


def study(site: Site, language: Language) -> StudyPart:
    """What nodes reach, and their potential."""
    if not timetabled(site):
        return StudyPart()
    labels = {"code": node_labels(site, language)}
    return StudyPart(
        [
            view_of(
                site,
                language,
                table,
                site.workspace.schemas[table].title[language],
                (site.workspace, table, site.workspace.table(table).filter(kind="node")),
                without=("kind",),
                labels=labels,
            )
            for table in ("access_potential", "access_reach")
        ]
    )
