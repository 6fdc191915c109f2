"""Local labour markets: maps by year, who moved, and the tree of fusions."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import municipality_labels
from storregion.publish.map_layers import Layer, Shown
from storregion.publish.parts import StudyPart, Tile
from storregion.publish.pictures.maps import Key, standalone
from storregion.publish.pictures.place_maps import ELSEWHERE, PALETTE, area_map
from storregion.publish.pictures.tree import tree
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """On a municipality's page: the published share that works elsewhere, and where most of them do."""
    if row["kind"] != "municipality" or "labour_market_areas" not in site.workspace.steps:
        return
    rows = site.workspace.table("labour_market_areas").filter(municipality=row["place"]).sort("year")
    for last in rows.tail(1).iter_rows(named=True):
        schema = site.workspace.schemas["labour_market_areas"]
        share, largest, year = (
            site.workspace.cell(schema, name, last) for name in ("out_share", "out_share_largest", "year")
        )
        name = municipality_labels(site, language)[last["largest_destination"]].text
        yield Tile(share, "tile_out", {"destination": name, "share": largest, "year": year}, rank=2)


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """The local labour markets of the latest year."""
    if "labour_markets" in site.workspace.steps and site.workspace.table("labour_markets").height:
        yield Layer("labour", WORDS["labour_layer"][language], lambda _: _layer(site, language), rank=4)


def _layer(site: Site, language: Language) -> Shown:
    """Every municipality in the colour of the centre that it belongs to."""
    own = site.workspace.table("places").filter(kind="municipality")["place"].implode()
    rows = latest_rows(site, "labour_markets").filter(pl.col("municipality").is_in(own), rule="la")
    names = municipality_labels(site, language)
    colours = _colours(site, rows)
    title = f"{WORDS['labour_layer'][language]}, {rows['year'].max()!s}"
    source = (site.workspace, "labour_markets", rows.sort("centre", "municipality"))
    view = view_of(site, language, "map", title, source, columns=("municipality", "centre"))
    fills = {
        row["municipality"]: (colours.get(row["centre"], ELSEWHERE), names[row["centre"]].text)
        for row in rows.iter_rows(named=True)
    }
    keys = [Key(colour, names[centre].text) for centre, colour in colours.items()]
    others = set(rows["centre"]) - colours.keys()
    keys += [Key(ELSEWHERE, WORDS["labour_layer_outside"][language])] if others else []
    return Shown(view, WORDS["labour_layer_lead"][language], fills, keys)


def _colours(site: Site, rows: pl.DataFrame) -> dict[str, str]:
    """A colour for each centre within the group, the one of most municipalities first."""
    inside = set(site.workspace.table("places").filter(kind="municipality")["place"])
    size = (
        rows.group_by("centre", maintain_order=True)
        .len()
        .sort("len", "centre", descending=[True, False])["centre"]
    )
    return {centre: PALETTE[at % len(PALETTE)] for at, centre in enumerate(c for c in size if c in inside)}


def study(site: Site, language: Language) -> StudyPart:
    """Maps by year, the tree, and tables of who moved and how large areas are."""
    workspace = site.workspace
    own = workspace.table("places").filter(kind="municipality")["place"].implode()
    rows = workspace.table("labour_markets").filter(pl.col("municipality").is_in(own), pl.col("rule") == "la")
    moved = rows.filter(pl.col("moved") == "yes").sort("year", "municipality")
    sizes = latest_rows(site, "labour_market_sizes").filter(
        pl.col("rule") == "la", pl.col("centre").is_in(rows["centre"].unique().implode())
    )
    title = {"sv": "Kommuner som bytt område", "en": "Municipalities that changed area"}[language]
    views = [
        view_of(
            site,
            language,
            "moved",
            title,
            (site.workspace, "labour_markets", moved),
            columns=["municipality", "year", "centre"],
        ),
        view_of(
            site,
            language,
            "sizes",
            dated_title(site, language, "labour_market_sizes"),
            (site.workspace, "labour_market_sizes", sizes.sort("residents", descending=True)),
            without=("year", "rule"),
        ),
        view_of(
            site,
            language,
            "agreement",
            workspace.schemas["labour_market_agreement"].title[language],
            (site.workspace, "labour_market_agreement", workspace.table("labour_market_agreement")),
        ),
    ]
    areas = view_of(
        site,
        language,
        "areas",
        WORDS["areas_title"][language],
        (site.workspace, "labour_markets", rows),
        columns=["municipality", "year", "centre", "moved"],
    )
    maps = _area_maps(site, language, rows)
    fused = _tree_view(site, language)
    context = {"area_maps": maps, "tree_svg": embedded(fused)}
    return StudyPart(views, (), "study_labour_markets.html", [areas, fused], context)


def _area_maps(site: Site, language: Language, rows: pl.DataFrame) -> list[tuple[str, str]]:
    """A map of areas for each year; an area keeps its colour over the years."""
    colours = _colours(site, rows)
    names = {code: label.text for code, label in municipality_labels(site, language).items()}
    found = []
    for (year,), now in rows.sort("year").group_by("year", maintain_order=True):
        areas = dict(zip(now["municipality"], now["centre"], strict=True))
        title = f"{WORDS['areas_title'][language]}: {year!s}"
        found.append((str(year), area_map(site.atlas, areas, colours, names, title)))
    return found


def _tree_view(site: Site, language: Language) -> View:
    """The tree of fusions of the latest year above the table of its steps."""
    rows = latest_rows(site, "labour_market_tree").sort("step")
    names = municipality_labels(site, language)
    leaves = {code: label.text for code, label in names.items()}
    steps = {
        f"s{row['step']}": Label(WORDS["tree_steps"][language].format(step=row["step"]))
        for row in rows.iter_rows(named=True)
    }
    fusions = [(f"s{row['step']}", row["one"], row["two"]) for row in rows.iter_rows(named=True)]
    title = f"{WORDS['tree_title'][language]}, {rows['year'].max()!s}"
    picture = Picture(title, lambda width: standalone(tree(leaves, fusions, title)))
    view = view_of(
        site,
        language,
        "tree",
        title,
        (site.workspace, "labour_market_tree", rows),
        without=("year",),
        picture=picture,
    )
    return View(
        view.name,
        title,
        view.workspace,
        view.schema,
        rows,
        view.columns,
        language,
        {"one": names | steps, "two": names | steps},
        picture,
    )
