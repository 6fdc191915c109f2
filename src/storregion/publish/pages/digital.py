"""Digital connection: the study's page, and the section on a place's page."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import code_labels
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS


def study(site: Site, language: Language) -> StudyPart:
    """The country's way to one goal, the gap of every place, the divide where it is known, and outages."""
    tables = ("digital_gap", "digital_divide", "digital_outages", "digital_goals")
    there = [table for table in tables if table in site.workspace.steps]
    frames = {table: site.workspace.table(table) for table in there}
    shown = [_view(site, language, table, rows) for table, rows in frames.items() if rows.height]
    drawn = list(_toward(site, language))
    return StudyPart(shown, (), "study_pictured.html", drawn, {"pictured": [view.name for view in drawn]})


def _toward(site: Site, language: Language) -> Iterator[View]:
    """The country's share of the connection with a goal that has the most years, beside its goals."""
    rows, goals = site.workspace.table("digital_coverage"), site.workspace.table("digital_goals")
    rows = rows.filter(pl.col("area") == _country(site), ground="all").join(goals, on="indicator", how="semi")
    counted = rows.group_by("indicator", maintain_order=True).len().filter(pl.col("len") > 1)
    for indicator in counted.sort(pl.col("len"), "indicator", descending=[True, False])["indicator"].head(1):
        own = rows.filter(indicator=indicator).sort("year")
        name = code_labels(language)["indicator"][indicator].text
        title = WORDS["digital_toward"][language].format(connection=name)
        points = [
            {"year": year, "value": 100 * share, "series": WORDS[words][language]}
            for words, frame in (
                ("digital_published", own),
                ("digital_goal", goals.filter(indicator=indicator)),
            )
            for year, share in frame.select("year", "share").iter_rows()
        ]
        shown = (site.workspace, "digital_coverage", own)
        picture = charts.pictured(language, title, name, partial(_lines, points))
        yield view_of(
            site, language, "toward", title, shown, columns=("year", "share", "source"), picture=picture
        )


def _lines(points: Sequence[Mapping[str, Any]], width: int) -> dict[str, object]:
    return charts.lines([dict(point) for point in points], y="%", unit=",.0f", width=width, zero=True)


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """What can be had in a place with figures of its own; on the group's page else the country's."""
    if "digital_latest" not in site.workspace.steps:
        return
    words, found = "tile_digital", _connection(site, row["place"])
    if not found and row["kind"] == "group":
        words, found = "tile_digital_country", _connection(site, _country(site))
    for one in found:
        name = code_labels(language)["indicator"][one["indicator"]].text
        cells = _cells(site, "digital_latest", one, ("share", "latest_year"))
        yield Tile(cells["share"], words, {"connection": name, "year": cells["latest_year"]}, rank=9)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: what can be had there, how far it is to the goals, and outages."""
    steps = site.workspace.steps
    if "digital_gap" not in steps or "digital_outages" not in steps:
        return []
    place, name = row["place"], row[f"name_{language}"]
    views = [
        _view(site, language, table, rows, of=name)
        for table in ("digital_latest", "digital_gap", "digital_divide", "digital_outages")
        if (rows := site.workspace.table(table).filter(place=place)).height
    ]
    if not views:
        return []
    context = {"said": sentences(site, language, place, name)}
    return [Section("digital", WORDS["digital_title"][language], views, "place_digital.html", context)]


def elsewhere(site: Site, language: Language, name: str) -> list[tuple[str, dict[str, Any]]]:
    """What is said of a place without figures of its own: what can be had in the country.

    Parameters
    ----------
    site, language : of the report.
    name : what the place is called.
    """
    if "digital_latest" not in site.workspace.steps:
        return []
    names = code_labels(language)["indicator"]
    return [
        (
            "digital_elsewhere",
            {"place": name, "connection": names[one["indicator"]].text}
            | _cells(site, "digital_latest", one, ("share", "latest_year")),
        )
        for one in _connection(site, _country(site))
    ]


def _country(site: Site) -> str | None:
    return next(iter(site.workspace.table("places").filter(kind="country")["place"]), None)


def _connection(site: Site, place: str | None) -> list[dict[str, Any]]:
    """The latest share of a place of one connection, 1 Gbit/s before others; none without figures."""
    rows = site.workspace.table("digital_latest").filter(pl.col("place") == place, ground="all")
    return rows.sort(pl.col("indicator") != "gigabit", "indicator").head(1).to_dicts()


def sentences(site: Site, language: Language, place: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """What is said of a place with figures: the names of words with what is set into them.

    Parameters
    ----------
    site, language : of the page or report.
    place, name : its code, and what it is called.
    """
    if "digital_latest" not in site.workspace.steps:
        return []
    names = code_labels(language)["indicator"]
    found: list[tuple[str, dict[str, Any]]] = []
    latest = site.workspace.table("digital_latest").filter(place=place, ground="all")
    for one in latest.sort("indicator").iter_rows(named=True):
        parts: dict[str, Any] = {"place": name, "connection": names[one["indicator"]].text}
        parts |= _cells(site, "digital_latest", one, ("share", "latest_year"))
        found.append(("digital_share", parts))
    outages = site.workspace.table("digital_outages").filter(place=place).sort("year").tail(1)
    for one in outages.iter_rows(named=True):
        parts = {"place": name} | _cells(site, "digital_outages", one, ("outage", "year"))
        how = "beyond" if one["of_built_up"] > 1 else "within"
        found.append((f"digital_outage_{how}", parts))
    return found


def _cells(site: Site, table: str, row: Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Figure]:
    schema = site.workspace.schemas[table]
    return {column: site.workspace.cell(schema, column, row) for column in columns}


def _view(site: Site, language: Language, table: str, rows: pl.DataFrame, of: str | None = None) -> View:
    """Rows of a table; of one place where it is named."""
    title = site.workspace.schemas[table].title[language]
    without = ("kind", *(("place",) if of else ()))
    titled = f"{title}: {of}" if of else title
    return view_of(site, language, table, titled, (site.workspace, table, rows), without=without)
