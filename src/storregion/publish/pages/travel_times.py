"""Travel times: the page of the study."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import node_labels, place_labels, timetabled
from storregion.publish.map_layers import HERE, Layer, Shown, graded
from storregion.publish.parts import StudyPart, Tile
from storregion.publish.pictures.maps import Key
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import COLOURS, REACH, means
from storregion.publish.words import WORDS


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The typical time of the morning to the hub, for a node or a municipality that has a service."""
    kind, code = row["kind"], row["place"]
    if kind not in ("node", "municipality") or not timetabled(site):
        return
    workspace = site.workspace
    hub = workspace.table("node_system").sort("year")["hub"].last()
    name = node_labels(site, language)[str(hub)].text
    table, end = "access_nodes", hub
    if kind == "municipality":
        table, end = "access_places", workspace.table("nodes").filter(node=hub)["municipality"].item()
    found = workspace.table(table).filter(origin=code, destination=end, period="morning", way="depart_at")
    for time in found.drop_nulls("typical").iter_rows(named=True):
        schema = workspace.schemas[table]
        typical, departures = (workspace.cell(schema, it, time) for it in ("typical", "departures"))
        parts = {"hub": name, "departures": departures, "means": means(site, language)}
        yield Tile(typical, "tile_hub", parts, rank=3)


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """The time to a node, first to the hub."""
    if not timetabled(site):
        return
    hub = str(site.workspace.table("node_system").sort("year")["hub"].last())
    labels = node_labels(site, language)
    names = [(code, label.text) for code, label in labels.items()]
    choices = sorted(names, key=lambda pair: (pair[0] != hub, alphabetical(pair[1])))
    w = {name: WORDS[name][language] for name in ("travel_layer", "travel_layer_of")}
    paint = partial(_layer, site, language)
    yield Layer("travel", w["travel_layer"], paint, choices, w["travel_layer_of"], rank=3)


def _layer(site: Site, language: Language, node: str) -> Shown:
    """The typical time of the morning from every municipality to the one that a node lies in."""
    workspace = site.workspace
    end = workspace.table("nodes").filter(node=node)["municipality"].item()
    rows = workspace.table("access_places").filter(destination=end, period="morning", way="depart_at")
    labels, name = place_labels(site, language), node_labels(site, language)[node].text
    parts = {"node": name, "means": means(site, language)}
    title = WORDS["travel_layer_title"][language].format(**parts)
    frame = rows.filter(pl.col("origin").is_in(list(site.atlas.shapes))).sort("typical", nulls_last=True)
    source = (workspace, "access_places", frame)
    columns = ("origin", "departures", "transfers", "typical")
    view = view_of(site, language, "map", title, source, columns=columns, labels={"origin": labels})
    fills, keys = graded(view, "origin", "typical", REACH, COLOURS)
    fills[end] = (HERE, WORDS["layer_here"][language])
    lead = WORDS["travel_layer_lead"][language].format(**parts)
    return Shown(view, lead, fills, [*keys, Key(HERE, labels[end].text)])


def study(site: Site, language: Language) -> StudyPart:
    """Travel times beside those by car, and the ends of the day."""
    if not timetabled(site):
        return StudyPart()
    tables = ("travel_ratios", "access_day")
    return StudyPart(
        [
            view_of(
                site,
                language,
                table,
                site.workspace.schemas[table].title[language],
                (site.workspace, table, site.workspace.table(table)),
            )
            for table in tables
        ]
    )
