"""One station area: whether its access is storregional, and what is reached from it."""

from collections.abc import Iterator
from functools import partial

import polars as pl

from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import node_labels, slugs, station_labels, timetabled
from storregion.publish.pages.remote_links import at_home
from storregion.publish.parts import Findable, Page
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import reach_said, rested_on
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """A page for each station area; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    found = slugs(site).items()
    return {f"access/station/{slug}/": partial(station_page, station=station) for station, slug in found}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every station area."""
    if timetabled(site):
        about = WORDS["station_topics"][language]
        for label in station_labels(site, language).values():
            address = (label.target or "").partition("/")[2]
            yield Findable(label.text, "kind_station", address, weight=0.1, context=about)


def station_page(site: Site, language: Language, station: str) -> Page:
    """One station area: whether its access is storregional, and what is reached from it."""
    workspace = site.workspace
    row = workspace.table("access_stations").filter(station=station).row(0, named=True)
    page = Page("station.html", row["name"])
    reach = workspace.table("access_reach").filter(kind="station", code=station)
    title = f"{workspace.schemas['access_reach'].title[language]}: {row['name']}"
    page.views["reach"] = view_of(
        site,
        language,
        "reach",
        title,
        (workspace, "access_reach", reach),
        columns=["limit", "residents", "jobs"],
    )
    schema = workspace.schemas["access_stations"]
    nearest = row["nearest_node"]
    page.context = {
        "figures": {
            name: workspace.cell(schema, name, row)
            for name in ("node_minutes", "nodes_within", "departures", "residents_near")
        },
        "storregional": row["storregional"] == "yes",
        "nearest": node_labels(site, language)[nearest] if nearest else None,
        "timetables": rested_on(site, language),
        "reach_said": reach_said(site, language),
        "lines": _lines_at(workspace, station),
        "remote": at_home(site, station),
    }
    return page


def _lines_at(workspace: Workspace, station: str) -> list[dict[str, str]]:
    """The lines that call at a station, each with its source."""
    own = workspace.table("stops").filter(station=station)["stop"].implode()
    lines = workspace.table("calls").filter(pl.col("stop").is_in(own))["line"].unique().implode()
    rows = workspace.table("lines").filter(pl.col("line").is_in(lines)).sort("name")
    return rows.select("name", "operator", "source").to_dicts()
