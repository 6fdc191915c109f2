"""Jobs within reach from home: the study's page, and the section of a municipality or county."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.numbers import said
from storregion.publish.parts import Section, StudyPart
from storregion.publish.pictures.maps import Key, class_of, legend, palette, standalone
from storregion.publish.pictures.place_maps import Dot, dot_map
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import means, radius, reach_said, rested_on, without_buses
from storregion.publish.view import Label, Picture, View, embedded
from storregion.publish.words import WORDS

CLASSES = (3_000, 10_000, 50_000, 300_000)
"""Limits of the map, jobs within an hour."""
HOUR = 60
KINDS = ("municipality", "county")


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a municipality's or county's page: the jobs within reach of its localities."""
    hours = _hours(site)
    if row["kind"] not in KINDS or hours.is_empty() or (rows := hours.filter(place=row["place"])).is_empty():
        return []
    schema = site.workspace.schemas["job_reach_places"]
    members = site.workspace.table("membership").filter(place=row["place"])["municipality"].implode()
    shown = site.workspace.table("job_reach").filter(pl.col("municipality").is_in(members))
    context = {
        "name": row[f"name_{language}"],
        "means": means(site, language),
        "at_least": without_buses(site),
        "figures": {
            column.name: site.workspace.cell(schema, column.name, rows.row(0, named=True))
            for column in schema.columns
            if column.numeric
        },
    }
    heading = WORDS["job_reach_title"][language]
    view = _localities_view(site, language, f"{heading}: {row[f'name_{language}']}", shown)
    return [Section("job-reach", heading, [view], "place_job_reach.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The map of localities by jobs within an hour, and the table within every limit."""
    if _hours(site).is_empty():
        return StudyPart()
    rows = site.workspace.table("job_reach").filter(limit=HOUR).sort("jobs", descending=True)
    title = WORDS["job_reach_map"][language].format(means=means(site, language, brief=True))
    drawn = dot_map(site.atlas, _dots(site, rows, language), title)
    keys = legend(CLASSES, "jobs", language, "", palette(CLASSES))[:-1]
    picture = Picture(title, lambda _: standalone(drawn), keys=keys)
    hour = replace(_localities_view(site, language, title, rows), name="hour", picture=picture)
    within = _localities_view(
        site, language, WORDS["job_reach_title"][language], site.workspace.table("job_reach")
    )
    context = {
        "drawn": embedded(hour),
        "at_least": without_buses(site),
        "keys": [Key(key.colour, key.words) for key in reversed(keys)],
        "timetables": [*rested_on(site, language, "job_reach"), *reach_said(site, language)],
    }
    return StudyPart([within], (), "study_job_reach.html", [hour], context)


def _hours(site: Site) -> pl.DataFrame:
    """What the residents of each place reach within an hour; no rows without a timetable."""
    if "job_reach_places" not in site.workspace.steps:
        return pl.DataFrame()
    return site.workspace.table("job_reach_places").filter(limit=HOUR)


def _localities_view(site: Site, language: Language, title: str, rows: pl.DataFrame) -> View:
    """Localities with the jobs that they reach."""
    names = site.workspace.table("localities").select("locality", "name").iter_rows()
    labels = {"locality": {code: Label(found) for code, found in names}}
    columns = ("locality", "municipality", "limit", "residents", "jobs", "fewer_share")
    shown = (site.workspace, "job_reach", rows)
    return view_of(site, language, "job-reach", title, shown, columns=columns, labels=labels)


def _dots(site: Site, rows: pl.DataFrame, language: Language) -> list[Dot]:
    """A dot for each locality, darker with more jobs and as large as it is populous."""
    points = site.workspace.table("localities").select("locality", "name", "latitude", "longitude")
    schema, colours = site.workspace.schemas["job_reach"], palette(CLASSES)
    placed = rows.join(points, on="locality").sort("residents", descending=True)
    most, found = float(placed["residents"].to_numpy().max()), []
    for row in placed.iter_rows(named=True):
        jobs = site.workspace.cell(schema, "jobs", row)
        words = f"{row['name']}: {said(jobs, language)}"
        colour = colours[class_of(row["jobs"], CLASSES)]
        size = radius(row["residents"], most)
        found.append(Dot(row["longitude"], row["latitude"], colour, size, words))
    return found
