"""All station areas: a table, a map, and the people and growth near those with good access."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import station_labels, timetabled
from storregion.publish.parts import Page, Tile
from storregion.publish.pictures.maps import Key, standalone
from storregion.publish.pictures.place_maps import Dot, dot_map
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import COLOURS, reach_said, rested_on
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS

_FAR = "#c98d4b"


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The share of a place's people who live near a station area with storregional access."""
    if not timetabled(site):
        return
    rows = site.workspace.table("access_growth").filter(place=row["place"]).drop_nulls("good_share")
    for last in rows.sort("year").tail(1).iter_rows(named=True):
        share = site.workspace.cell(site.workspace.schemas["access_growth"], "good_share", last)
        yield Tile(share, "tile_stations", rank=4)


def addresses(site: Site) -> dict[str, Maker]:
    """The page; none for a group without a timetable."""
    return {"access/station/": stations_page} if timetabled(site) else {}


def stations_page(site: Site, language: Language) -> Page:
    """Every station area in a table and on a map, and the people and growth near those with access."""
    page = Page("stations.html", site.workspace.schemas["access_stations"].title[language])
    words = {"yes": WORDS["station_yes"][language], "no": WORDS["station_no"][language]}
    page.views = {
        "stations": _stations_view(site, language, page.title, words),
        "growth": _growth_view(site, language),
    }
    page.context = {
        "svg": embedded(page.views["stations"]),
        "keys": _keys(words),
        "timetables": rested_on(site, language),
        "reach_said": reach_said(site, language),
    }
    return page


def _stations_view(site: Site, language: Language, title: str, words: Mapping[str, str]) -> View:
    """Stations in alphabetical order under a map of them."""
    workspace, names = site.workspace, station_labels(site, language)
    in_order = sorted(names, key=lambda code: alphabetical(names[code].text))
    order = {code: at for at, code in enumerate(in_order)}
    rows = workspace.table("access_stations")
    rows = rows.sort(pl.col("station").replace_strict(order, return_dtype=pl.Int64))
    where = pl.struct("longitude", "latitude").first()
    points = dict(workspace.table("stops").group_by("station", maintain_order=True).agg(where).iter_rows())
    dots = [
        Dot(
            points[row["station"]]["longitude"],
            points[row["station"]]["latitude"],
            COLOURS[0] if row["storregional"] == "yes" else _FAR,
            7.0,
            f"{row['name']}: {words[row['storregional']]}",
        )
        for row in rows.iter_rows(named=True)
    ]
    columns = ("station", "storregional", "nearest_node", "node_minutes", "nodes_within", "departures")
    return view_of(
        site,
        language,
        "stations",
        title,
        (workspace, "access_stations", rows),
        columns=(*columns, "residents_near"),
        picture=Picture(title, lambda width: standalone(dot_map(site.atlas, dots, title)), keys=_keys(words)),
    )


def _keys(words: Mapping[str, str]) -> list[Key]:
    """The legend: with access and without."""
    return [Key(COLOURS[0], words["yes"]), Key(_FAR, words["no"])]


def _growth_view(site: Site, language: Language) -> View:
    """People and growth near good access, for the larger places."""
    workspace = site.workspace
    places = workspace.table("places")
    larger = places.filter(pl.col("kind").is_in(["group", "county", "nodes", "rest"]))["place"].implode()
    rows = workspace.table("access_growth").filter(pl.col("place").is_in(larger))
    labels = {
        code: Label(name[:1].upper() + name[1:], f"{language}/place/{code}/")
        for code, name in places.select("place", f"name_{language}").iter_rows()
    }
    return view_of(
        site,
        language,
        "growth",
        workspace.schemas["access_growth"].title[language],
        (workspace, "access_growth", rows),
        columns=["place", "residents", "good_residents", "good_share", "growth", "growth_share"],
        labels={"place": labels},
    )
