"""Why projections of counties differ: the study's page, and a sentence for the page of a county."""

from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts, forecasts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label
from storregion.publish.words import WORDS

AHEAD = 2040
PATHS = ("projection", "years_15", "years_5", "years_1")
"""From the growth model to the last year alone."""


def study(site: Site, language: Language) -> StudyPart:
    """Where each of the group's counties ends with other domestic moves, and how such paths have done."""
    workspace, counties = site.workspace, list(site.workspace.group.counties)
    rows = workspace.table("county_moves").filter(pl.col("county").is_in(counties), year=AHEAD)
    order = rows.filter(path="projection").sort("change_percent", descending=True)["county"].to_list()
    labels = {"path": {path: Label(WORDS[f"path_{path}"][language]) for path in PATHS}}
    names = [labels["path"][path].text for path in PATHS]
    places = place_labels(site, language)
    points = [
        {"place": places[county].text, "value": row["change_percent"], "name": labels["path"][path].text}
        for county in order
        for path in PATHS
        for row in rows.filter(county=county, path=path).iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return forecasts.paths(points, names=names, axis=WORDS["paths_axis"][language], width=width)

    title = WORDS["paths_title"][language]
    ends = view_of(
        site,
        language,
        "ends",
        title,
        (workspace, "county_moves", rows.sort("county", "path")),
        columns=["county", "path", "year", "persons", "change_percent", "domestic", "international"],
        labels=labels,
        picture=charts.pictured(language, title, workspace.group.short[language], spec),
    )
    errors = workspace.table("county_moves_errors").filter(pl.col("part").is_in(["all", *counties]))
    parts = {county: places[county] for county in counties} | {"all": Label(WORDS["part_counties"][language])}
    tried = view_of(
        site,
        language,
        "tried",
        workspace.schemas["county_moves_errors"].title[language],
        (workspace, "county_moves_errors", errors),
        labels=labels | {"part": parts},
    )
    answers = [("moves_said", said(site, language, county)) for county in order[:1]]
    return StudyPart([tried], answers, "study_county_moves.html", [ends])


def said(site: Site, language: Language, county: str) -> dict[str, Any]:
    """The figures of the sentence on a county's domestic moves."""
    schema = site.workspace.schemas["county_moves"]
    rows = site.workspace.table("county_moves").filter(county=county, year=AHEAD)
    found: dict[str, Any] = {"place": place_labels(site, language)[county].text}
    for path, suffix in (("projection", ""), ("years_5", "_5"), ("years_1", "_1")):
        row = rows.filter(path=path).row(0, named=True)
        for name in ("persons", "domestic", "year"):
            found[f"{name}{suffix}"] = site.workspace.cell(schema, name, row)
    return found
