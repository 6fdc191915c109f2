"""Homes and house prices: the study's page, and the section and tile on a place's page."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import hub_name, municipality_labels
from storregion.publish.mapped import Mapped, drawn
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

CLASSES = (-25, -10, 10, 25)
"""Limits between the classes of the map, per cent above or below what is expected."""
Said = list[tuple[str, Mapping[str, Any]]]


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """What a house costs in a municipality; of larger places the dwellings completed."""
    table, column, words = ("house_prices", "house_price_sek", "tile_house_price")
    if row["kind"] != "municipality":
        table, column, words = ("homes_built", "completed", "tile_completed")
    if row["kind"] not in ("node", "country") and (found := _latest(site, table, row["place"])):
        yield Tile(found[column], words, {"year": found["year"]}, rank=6)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: what a house costs for its access, what is built, and how people live."""
    if row["kind"] == "node":
        return _node_sections(site, language, row)
    if row["kind"] in ("node", "country") or not (built := _latest(site, "homes_built", row["place"])):
        return []
    name = row[f"name_{language}"]
    said: Said = []
    views: list[View] = []
    if row["kind"] == "municipality" and "price_for_access" in site.workspace.steps:
        said += _price_said(site, language, row["place"], name)
        views += _price_views(site, language, row["place"], name)
    said += _built_said(built, name)
    pictured = [view.name for view in views]
    views.append(_forms_view(site, language, row["place"], name))
    context = {"said": said, "pictured": pictured, "study": "housing"}
    return [Section("housing", WORDS["housing_title"][language], views, "place_said.html", context)]


def _node_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a node's page: what a house costs in the municipality that it lies in, and the prices over time."""
    if "price_for_access" not in site.workspace.steps:
        return []
    own = site.workspace.table("nodes").filter(node=row["place"])["municipality"].item()
    name = municipality_labels(site, language)[own].text
    said = [
        *_price_said(site, language, own, name),
        ("housing_of_node", {"place": name, "node": row[f"name_{language}"]}),
    ]
    views = _price_views(site, language, own, name)[:1]
    context = {"said": said, "pictured": [view.name for view in views], "study": "housing"}
    return [Section("housing", WORDS["housing_title"][language], views, "place_said.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The map of dear and cheap, the gradients of the nodes, and the tables."""
    workspace = site.workspace
    if "price_for_access" not in workspace.steps:
        return StudyPart()
    rows = workspace.table("price_for_access")
    title = f"{WORDS['housing_map'][language]}, {rows['year'].max()!s}"
    columns = ("place", "minutes", "house_price_sek", "expected_sek", "verdict", "residual_percent")
    view, svg, keys = drawn(
        site, language, Mapped("price_for_access", rows, columns, CLASSES, title), "study/housing/"
    )
    built = latest_rows(site, "homes_built").sort("completed_per_1000", descending=True)
    shown = {
        "price_gradient": latest_rows(site, "price_gradient").sort("slope_percent"),
        "homes_built": built,
        "house_prices": latest_rows(site, "house_prices").sort("house_price_sek", descending=True),
        "price_ratio_change": workspace.table("price_ratio_change"),
    }
    if "price_to_income" in workspace.steps and (paid := latest_rows(site, "price_to_income")).height:
        shown["price_to_income"] = paid
    tables = [
        view_of(site, language, table, _title(site, language, table), (workspace, table, frame))
        for table, frame in shown.items()
    ]
    answers = [("housing_never_across", {"years": ", ".join(map(str, _breaks(site)))})]
    return StudyPart(tables, answers, "study_mapped.html", [view], {"map_svg": svg, "keys": keys})


def _title(site: Site, language: Language, table: str) -> str:
    schema = site.workspace.schemas[table]
    return dated_title(site, language, table) if "year" in schema.key else schema.title[language]


def _latest(site: Site, table: str, place: str) -> dict[str, Figure]:
    """The numbers of a place in the latest year; none where the table has no row of it."""
    found: dict[str, Figure] = {}
    if table in site.workspace.steps:
        schema = site.workspace.schemas[table]
        rows = site.workspace.table(table).filter(place=place).sort("year").tail(1)
        for row in rows.iter_rows(named=True):
            numbers = (column.name for column in schema.columns if column.numeric)
            found = {name: site.workspace.cell(schema, name, row) for name in numbers}
    return found


def _price_said(site: Site, language: Language, place: str, name: str) -> Said:
    """What a house costs, what the time to the hub leads one to expect, and how prices follow the hub's."""
    price, access = (_latest(site, table, place) for table in ("house_prices", "price_for_access"))
    hub = hub_name(site, language)
    said: Said = [("housing_price", {"place": name, **price})]
    if access["expected_sek"].value is not None:
        verdict = site.workspace.table("price_for_access").filter(place=place)["verdict"].to_list()[-1]
        said.append((f"housing_{verdict}", {"hub": hub, **access}))
    schema = site.workspace.schemas["price_together"]
    own = _hub_municipality(site)
    pair = site.workspace.table("price_together").filter(one=min(own, place), two=max(own, place))
    for row in pair.iter_rows(named=True):
        figures = {
            column.name: site.workspace.cell(schema, column.name, row) for column in schema.columns[2:7]
        }
        said.append(("housing_together", {"hub": hub, **figures}))
    return said


def _built_said(built: Mapping[str, Figure], name: str) -> Said:
    """What has been completed, per inhabitant and per new one."""
    said: Said = [("housing_built", {"place": name, **built})]
    if built["per_new_5"].value is not None:
        said.append(("housing_per_new", built))
    elif built["new_5"].value is not None:
        said.append(("housing_shrunk", built))
    return said


def _price_views(site: Site, language: Language, place: str, name: str) -> list[View]:
    """Prices, and prices over assessed values, over the years; each assessment is a line of its own."""
    rows = site.workspace.table("house_prices").filter(place=place).sort("year")
    starts = [int(rows["year"][0]), *_breaks(site)]
    prices = [
        {"year": row["year"], "value": row["house_price_sek"] / 1e6, "series": name}
        for row in rows.iter_rows(named=True)
    ]
    ratios = [
        {
            "year": row["year"],
            "value": row["price_to_assessed_value"],
            "series": WORDS["housing_assessed"][language].format(
                year=max(start for start in starts if start <= row["year"])
            ),
        }
        for row in rows.iter_rows(named=True)
    ]
    shown = (
        ("price", prices, "house_price_sek", ".1f", ()),
        ("ratio", ratios, "price_to_assessed_value", ".2f", starts[1:]),
    )
    return [
        _lines_view(site, language, (key, name), rows, (points, column, form, breaks))
        for key, points, column, form, breaks in shown
    ]


def _lines_view(
    site: Site,
    language: Language,
    named: tuple[str, str],
    rows: pl.DataFrame,
    line: tuple[Sequence[dict[str, Any]], str, str, Sequence[int]],
) -> View:
    """A column over the years as lines; `named` has key and place, `line` points, column, form and breaks."""
    (key, name), (points, column, form, breaks) = named, line
    title = f"{WORDS[f'housing_{key}_title'][language]}: {name}"
    change = "price_change_percent" if key == "price" else "ratio_change_percent"

    def spec(width: int) -> dict[str, object]:
        return charts.lines(
            points, y=WORDS[f"housing_{key}_axis"][language], unit=form, width=width, zero=True, breaks=breaks
        )

    picture = charts.pictured(language, title, name, spec)
    shown = (site.workspace, "house_prices", rows)
    return view_of(
        site, language, f"housing-{key}", title, shown, columns=["year", column, change], picture=picture
    )


def _forms_view(site: Site, language: Language, place: str, name: str) -> View:
    rows = latest_rows(site, "homes_by_form").filter(place=place).sort("households", descending=True)
    title = f"{dated_title(site, language, 'homes_by_form')}: {name}"
    columns = ["dwelling", "households", "household_share"]
    return view_of(
        site, language, "housing-forms", title, (site.workspace, "homes_by_form", rows), columns=columns
    )


def _breaks(site: Site) -> list[int]:
    """The years of new assessed values."""
    found: list[int] = site.workspace.table("series_breaks").filter(series="housing")["year"].sort().to_list()
    return found


def _hub_municipality(site: Site) -> str:
    """The municipality that the hub lies in."""
    hub = site.workspace.table("node_system").sort("year")["hub"].last()
    return str(site.workspace.table("nodes").filter(node=hub)["municipality"].item())
