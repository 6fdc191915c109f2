"""Higher education within reach: the study's page, and the section and tile on a place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.labels import institution_labels, place_labels
from storregion.publish.mapped import Mapped, drawn
from storregion.publish.parts import Measured, Section, StudyPart, Tile
from storregion.publish.reports.wording import listed
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

HOUR = 60
CLASSES = (1, 20_000, 50_000, 100_000)
"""Limits between the classes of the map, students."""


def measured(_: Site) -> Iterator[Measured]:
    """Study places within an hour."""
    yield Measured("education_reach", "students", {"limit": HOUR}, "measure_hour_students")


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How many study places are within an hour, for a municipality or a node with a station."""
    found = _within(site, row["place"])
    if found and found["students"].value is not None:
        yield Tile(found["students"], "tile_study_places", rank=7)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: study places within reach, how many compete for them, and the nearest campus."""
    if not (found := _within(site, row["place"])):
        return []
    name = row[f"name_{language}"]
    if found["students"].value is None:
        said = [("education_unserved", {"place": name})]
        return [_section(language, said, [])]
    access, near = _access(site, row["place"])
    said = [("education_reach_said", {"place": name, **found})]
    if near["nearest"] is not None:
        names = institution_labels(site, language)
        parts = {"nearest": names[near["nearest"]].text, "campus": near["nearest_campus"]}
        said.append(("education_nearest", parts | access))
    if row["kind"] == "node":
        standing = site.workspace.table("node_education").filter(node=row["place"])["standing"].item()
        said.append((f"education_node_{standing}", {"place": name}))
    said.append(("education_rests", {}))
    rows = site.workspace.table("education_reach").filter(place=row["place"])
    title = f"{WORDS['education_reach_title'][language]}: {name}"
    shown = (site.workspace, "education_reach", rows)
    return [
        _section(language, said, [view_of(site, language, "education", title, shown, without=("place",))])
    ]


def study(site: Site, language: Language) -> StudyPart:
    """The map of study places within an hour, what the nodes have, and every municipality's access."""
    workspace = site.workspace
    if "education_reach" not in workspace.steps:
        return StudyPart()
    municipal = workspace.table("places").filter(kind="municipality")["place"].implode()
    rows = workspace.table("education_reach").filter(pl.col("place").is_in(municipal), limit=HOUR)
    columns = ("place", "institutions", "students_least", "students_most", "students")
    mapped = Mapped("education_reach", rows, columns, CLASSES, WORDS["education_map"][language])
    view, svg, keys = drawn(site, language, mapped, "study/education/")
    flows = workspace.table("student_flows")
    tables = [
        _view(site, language, "node_education", workspace.table("node_education")),
        _view(site, language, "education_access", _in_order(site, language)),
        *([_view(site, language, "student_flows", flows)] if flows.height else []),
    ]
    answers = [*_without(site, language), *([] if flows.height else [("education_no_flows", {})])]
    return StudyPart(tables, answers, "study_mapped.html", [view], {"map_svg": svg, "keys": keys})


def _without(site: Site, language: Language) -> list[tuple[str, dict[str, Any]]]:
    """The nodes without a main campus, and those of them from which none is reached within an hour."""
    names = place_labels(site, language)
    rows = site.workspace.table("node_education")
    found = []
    for words, chosen in (
        ("education_without", rows.filter(students=0)),
        ("education_beyond", rows.filter(standing="beyond_60")),
    ):
        places = sorted((names[node].text for node in chosen["node"]), key=alphabetical)
        if places:
            found.append((words, {"places": listed(places, language)}))
    return found


def _section(language: Language, said: list[tuple[str, dict[str, Any]]], views: list[View]) -> Section:
    context = {"said": said, "pictured": [], "study": "education"}
    return Section("education", WORDS["education_title"][language], views, "place_said.html", context)


def _within(site: Site, place: str) -> dict[str, Figure]:
    """What a place reaches within an hour; nothing for a place that is not asked about."""
    if "education_reach" not in site.workspace.steps:
        return {}
    schema = site.workspace.schemas["education_reach"]
    names = ("institutions", "students", "students_least", "students_most")
    found: dict[str, Figure] = {}
    for row in site.workspace.table("education_reach").filter(place=place, limit=HOUR).iter_rows(named=True):
        found = {name: site.workspace.cell(schema, name, row) for name in names}
    return found


def _access(site: Site, place: str) -> tuple[dict[str, Figure], dict[str, Any]]:
    """The figures of a place's access, and its row."""
    row = site.workspace.table("education_access").filter(place=place).row(0, named=True)
    schema = site.workspace.schemas["education_access"]
    names = ("young", "places_per_young", "nearest_minutes")
    return {name: site.workspace.cell(schema, name, row) for name in names}, row


def _view(site: Site, language: Language, table: str, rows: pl.DataFrame) -> View:
    title = site.workspace.schemas[table].title[language]
    return view_of(site, language, table, title, (site.workspace, table, rows))


def _in_order(site: Site, language: Language) -> pl.DataFrame:
    """Access of the municipalities, those with the most places per young resident first."""
    rows = site.workspace.table("education_access")
    names = place_labels(site, language)
    municipal = site.workspace.table("places").filter(kind="municipality")["place"].implode()
    named = rows.filter(pl.col("place").is_in(municipal)).with_columns(
        name=pl.col("place").replace_strict({code: label.text for code, label in names.items()})
    )
    order = named.sort("places_per_young", "name", descending=[True, False], nulls_last=True)
    return order.drop("name")
