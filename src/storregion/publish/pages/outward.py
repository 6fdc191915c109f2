"""Links outward: the study's page, a layer of the map, and the section and tile on a place's page."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.facts.outward import LINK_MODES
from storregion.publish.labels import code_labels, place_labels, target_labels
from storregion.publish.map_layers import Layer, Shown, graded
from storregion.publish.mapped import Mapped, drawn
from storregion.publish.outward import rows_of, sentences, there
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.reports.wording import listed
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import COLOURS
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

CLASSES = (180.0, 240.0, 300.0, 360.0)
"""Minutes between the classes of a map of times outward."""
SHOWN = (
    "target",
    "typical",
    "fastest",
    "transfers",
    "departures",
    "last_return",
    "stay",
    "day_trip",
    "standard",
)


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The time to the nearest city outside the group."""
    rows = rows_of(site, row["place"])
    if rows.is_empty():
        return
    rows = rows.filter(pl.col("kind") == "city", pl.col("typical").is_not_null())
    for first in rows.sort("typical", "target").head(1).iter_rows(named=True):
        parts = {"target": target_labels(site, language)[first["target"]].text}
        yield Tile(
            _cell(site, "typical", first),
            "tile_outward",
            parts | {"departures": _cell(site, "departures", first)},
        )


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On the page of a node or municipality: which cities are within a day trip, and every target."""
    rows = rows_of(site, row["place"])
    if rows.is_empty():
        return []
    name = row[f"name_{language}"]
    title = WORDS["outward_table"][language].format(place=name)
    found = sentences(site, language, row["place"], name)
    shown = (site.workspace, "outward_times", rows.drop("kind"))
    served = rows.filter(pl.col("times_absent").fill_null("") != "missing").height > 0
    views = [view_of(site, language, "outward", title, shown, columns=SHOWN)] if served else []
    return [
        Section("outward", WORDS["outward_title"][language], views, "place_outward.html", {"said": found})
    ]


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """The time to a city outside the group, first to the one that divides the group the most."""
    if not there(site):
        return
    labels, first = target_labels(site, language), _dividing(site)
    codes = site.workspace.table("outward_group").filter(kind="city")["target"].to_list()
    choices = [(code, labels[code].text) for code in sorted(codes, key=lambda code: (code != first, code))]
    w = {name: WORDS[name][language] for name in ("outward_layer", "outward_layer_of")}
    yield Layer(
        "outward", w["outward_layer"], partial(_layer, site, language), choices, w["outward_layer_of"], rank=6
    )


def _layer(site: Site, language: Language, target: str) -> Shown:
    name = target_labels(site, language)[target].text
    title = WORDS["outward_map"][language].format(target=name)
    rows = _municipal(site, target).sort("typical", nulls_last=True)
    columns = ("place", "departures", "transfers", "typical")
    labels = {"place": place_labels(site, language)}
    shown = (site.workspace, "outward_times", rows)
    view = view_of(site, language, "map", title, shown, columns=columns, labels=labels)
    fills, keys = graded(view, "place", "typical", CLASSES, COLOURS)
    return Shown(view, WORDS["outward_layer_lead"][language].format(target=name), fills, keys)


def study(site: Site, language: Language) -> StudyPart:
    """A map of the city that divides the group the most, the targets, the links, and the criteria."""
    if not there(site):
        return StudyPart()
    target = _dividing(site)
    title = WORDS["outward_map"][language].format(target=target_labels(site, language)[target].text)
    columns = ("place", "day_trip", "last_return", "typical")
    mapped = Mapped("outward_times", _municipal(site, target), columns, CLASSES, title, COLOURS)
    view, svg, keys = drawn(site, language, mapped, "study/outward/")
    tables = [
        _plain(site, language, table) for table in ("outward_group", "outward_links", "outward_criteria")
    ]
    context = {"map_svg": svg, "keys": keys, "gaps": list(_gaps(site, language))}
    return StudyPart(tables, (), "study_outward.html", [view], context)


def _gaps(site: Site, language: Language) -> Iterator[dict[str, str]]:
    """Links without figures, those with one start and one reason together."""
    ends, why = target_labels(site, language), f"why_{language}"
    rows = site.workspace.table("outward_gaps")
    for mode, start, reason, targets in (
        rows.group_by("mode", "start", why, maintain_order=True).agg("target").iter_rows()
    ):
        yield {
            "mode": WORDS[f"outward_mode_{mode}"][language],
            "start": ends[start].text if start in ends else start,
            "targets": listed([ends[code].text for code in targets], language),
            "why": reason,
        }


def _plain(site: Site, language: Language, table: str) -> View:
    """A table as it is, with its codes in words."""
    modes = {mode: Label(WORDS[f"outward_mode_{mode}"][language]) for mode in LINK_MODES}
    ends = target_labels(site, language)
    shown = (site.workspace, table, site.workspace.table(table))
    labels = {"mode": modes, "start": ends, "end": ends, "level": code_labels(language)["standard"]}
    title = site.workspace.schemas[table].title[language]
    without = ("link", "first", "last", "kind")
    return view_of(site, language, table, title, shown, without=without, labels=labels)


def _municipal(site: Site, target: str) -> pl.DataFrame:
    own = site.workspace.table("places").filter(kind="municipality")["place"].implode()
    return site.workspace.table("outward_times").filter(pl.col("place").is_in(own), target=target)


def _dividing(site: Site) -> str:
    """The city that closest to half of the inhabitants can be in over a day."""
    rows = site.workspace.table("outward_group").filter(kind="city")
    return str(rows.sort((pl.col("day_trip_share") - 0.5).abs(), "target")["target"][0])


def _cell(site: Site, column: str, row: Mapping[str, Any]) -> Figure:
    return site.workspace.cell(site.workspace.schemas["outward_times"], column, row)
