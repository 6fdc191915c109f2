"""Digital connection: the study's page, and the section on a place's page."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.labels import code_labels
from storregion.publish.parts import Section, StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS


def study(site: Site, language: Language) -> StudyPart:
    """The gap of every place to every goal, the divide where it is known, outages, and the goals."""
    tables = ("digital_gap", "digital_divide", "digital_outages", "digital_goals")
    there = [table for table in tables if table in site.workspace.steps]
    frames = {table: site.workspace.table(table) for table in there}
    return StudyPart([_view(site, language, table, rows) for table, rows in frames.items() if rows.height])


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
    context = {"said": _said(site, language, place, name)}
    return [Section("digital", WORDS["digital_title"][language], views, "place_digital.html", context)]


def _said(site: Site, language: Language, place: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    """What is said of a place: the names of words with what is set into them."""
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
