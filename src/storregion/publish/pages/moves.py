"""Who moves where: the study's page, and the section and tile on a place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import county_labels, municipality_labels
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts
from storregion.publish.reports.wording import listed
from storregion.publish.site import Site
from storregion.publish.table_views import latest_rows, view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

MOST_SAID = 3
MOST_ROWS = 10
"""Origins and destinations that are listed on a place's page."""
KINDS = ("municipality", "county")
_ENDS = {
    "municipality": ("municipal_moves", "moved_from", "moved_to"),
    "county": ("county_flows", "origin_county", "destination_county"),
}


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How many more moved to a municipality or county than from it within the country."""
    if found := _latest(site, row):
        words = "tile_moves_gain" if (found["domestic_net"].value or 0) >= 0 else "tile_moves_loss"
        if found["domestic_net"].value is not None:
            yield Tile(found["domestic_net"], words, {"year": found["year"]}, rank=8)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: how many came and left, and where from and to by estimate."""
    if not (found := _latest(site, row)):
        return []
    name = row[f"name_{language}"]
    said: list[tuple[str, Mapping[str, Any]]] = [("moves_counted", {"place": name, **found})]
    views = []
    table, origin, destination = _ENDS[row["kind"]]
    if table in site.workspace.steps:
        rows = site.workspace.table(table)
        known = "observed" if set(rows["basis"]) == {"observed"} else "estimated"
        ends = [
            (name_of, rows.filter(pl.col(own) == row["place"]), other)
            for name_of, own, other in (("from", destination, origin), ("to", origin, destination))
        ]
        places = {key: _first_named(site, language, chosen, other) for key, chosen, other in ends}
        said.append((f"moves_ends_{known}", {"place": name, **places}))
        views = [
            _ends_view(site, language, (key, name), table, (chosen, other)) for key, chosen, other in ends
        ]
    context = {"said": said, "pictured": [], "study": "moves"}
    return [Section("moves", WORDS["moves_title"][language], views, "place_said.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The hub's county against every other, ages and distances, and all counties with each other."""
    workspace = site.workspace
    if "hub_moves" not in workspace.steps:
        return StudyPart()
    hub = workspace.table("hub_moves").sort("out_of_hub", descending=True)
    flows = workspace.table("county_flows").sort("persons", descending=True)
    shown = {
        "hub_moves": hub,
        "moves_distance": workspace.table("moves_distance"),
        "county_flows": flows,
        "moves_fit": workspace.table("moves_fit"),
    }
    tables = [
        view_of(site, language, table, workspace.schemas[table].title[language], (workspace, table, rows))
        for table, rows in shown.items()
    ]
    ages = _ages_view(site, language, str(hub["hub_county"][0]))
    known = "observed" if set(flows["basis"]) == {"observed"} else "estimated"
    answers: list[tuple[str, Mapping[str, Any]]] = [(f"moves_{known}", {})]
    return StudyPart(tables, answers, "study_pictured.html", [ages], {"pictured": [ages.name]})


def _latest(site: Site, row: Mapping[str, Any]) -> dict[str, Figure]:
    """The numbers of a municipality or county in the latest year with moves."""
    found: dict[str, Figure] = {}
    if row["kind"] in KINDS and "moves_balance" in site.workspace.steps:
        schema = site.workspace.schemas["moves_balance"]
        rows = (
            site.workspace.table("moves_balance").filter(place=row["place"]).drop_nulls("came").sort("year")
        )
        for last in rows.tail(1).iter_rows(named=True):
            numbers = (column.name for column in schema.columns if column.numeric)
            found = {name: site.workspace.cell(schema, name, last) for name in numbers}
    return found


def _first_named(site: Site, language: Language, rows: pl.DataFrame, other: str) -> str:
    """The places with the most moves, in words."""
    makers = county_labels if other.endswith("county") else municipality_labels
    names = makers(site, language)
    first = rows.sort("persons", other, descending=[True, False]).head(MOST_SAID)
    return listed([names[code].text for code in first[other]], language)


def _ends_view(
    site: Site, language: Language, named: tuple[str, str], table: str, ends: tuple[pl.DataFrame, str]
) -> View:
    """The places that most come from, or go to; `named` has key and place, `ends` rows and their column."""
    (key, name), (rows, other) = named, ends
    first = rows.sort("persons", other, descending=[True, False]).head(MOST_ROWS)
    columns = [other, "persons", *(["persons_exp", "km"] if table == "municipal_moves" else [])]
    title = f"{WORDS[f'moves_{key}_title'][language]}: {name}"
    shown = (site.workspace, table, first)
    return view_of(site, language, f"moves-{key}", title, shown, columns=columns)


def _ages_view(site: Site, language: Language, county: str) -> View:
    """Net moves of a county by age in the latest year with ages, as bars."""
    rows = latest_rows(site, "moves_age").filter(county=county)
    name = county_labels(site, language)[county].text
    title = f"{WORDS['moves_age_title'][language]}, {rows['year'].max()!s}: {name}"
    bars = [{"name": row["age_class"], "value": row["net_per_1000"]} for row in rows.iter_rows(named=True)]
    picture = charts.pictured(
        language, title, name, lambda width: charts.bars(bars, unit=",.1f", width=width)
    )
    columns = ["age_class", "net", "net_per_1000"]
    return view_of(
        site,
        language,
        "moves-age",
        title,
        (site.workspace, "moves_age", rows),
        columns=columns,
        picture=picture,
    )
