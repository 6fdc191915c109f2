"""Jobs and employment to come: the study's page, and the section and tile on every place's page."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import industry_labels, place_labels
from storregion.publish.parts import Section, StudyPart, Tile
from storregion.publish.pictures import changes, charts, forecasts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture, View
from storregion.publish.words import WORDS

AHEAD = 2040
"""The year that is said first."""
_SHOWN = (
    *("year", "jobs", "at_least", "at_most", "jobs_percent", "employed_residents"),
    *("within", "outward", "inward", "net", "participation"),
)


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """How many jobs there will be."""
    if "employment" not in site.workspace.steps:
        return
    found = _figures(site, row["place"])
    if found and found["at_least"].value is not None:
        now = _now(site, row["place"])
        yield Tile(
            found["jobs"], "tile_jobs_ahead", found | {"now": now["jobs"], "start": now["year"]}, rank=6
        )


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: jobs and employed residents now and ahead, who commutes, and which industries."""
    if "employment" not in site.workspace.steps or not (found := _figures(site, row["place"])):
        return []
    place, name = row["place"], row[f"name_{language}"]
    views = [_lines_view(site, language, place, name), _industries_view(site, language, place, name)]
    context = {"name": name, "figures": found, "now": _now(site, place), "tried": _tried(site)}
    return [Section("jobs", WORDS["jobs_title"][language], views, "place_employment.html", context)]


def study(site: Site, language: Language) -> StudyPart:
    """The group's counties side by side, the group's industries, and every place."""
    workspace = site.workspace
    counties = workspace.table("places").filter(kind="county")["place"].to_list()
    group = workspace.group.code
    rows = workspace.table("employment").filter(
        pl.col("place").is_in([*counties, group]), pl.col("year").is_in([AHEAD, 2050])
    )
    compared = view_of(
        site,
        language,
        "counties",
        WORDS["jobs_counties"][language],
        (workspace, "employment", rows.sort("year", "place")),
        columns=["place", *_SHOWN],
        picture=_counties_picture(site, language, counties),
    )
    places = view_of(
        site,
        language,
        "places",
        f"{workspace.schemas['employment'].title[language]}, {AHEAD}",
        (workspace, "employment", workspace.table("employment").filter(year=AHEAD)),
        columns=["place", *_SHOWN[1:]],
    )
    industries = _industries_view(site, language, group, workspace.group.short[language])
    pictured = {"pictured": ["counties", "job-industries"]}
    return StudyPart(
        [places], [("jobs_tried", _tried(site))], "study_pictured.html", [compared, industries], pictured
    )


def _figures(site: Site, place: str) -> dict[str, Any]:
    """The figures of the year that is said first; none for a place that is not there."""
    rows = site.workspace.table("employment").filter(place=place, year=AHEAD)
    return _cells(site, "employment", rows) if rows.height else {}


def _tried(site: Site) -> dict[str, Any]:
    """The model's error in the launch that is shown by itself, and that of the unchanged share."""
    rows = site.workspace.table("employment_hindcasts").filter(launches=1).sort("horizon")
    single = rows.filter(pl.col("since") == pl.col("since").max())
    model = _cells(site, "employment_hindcasts", single.filter(method="model"))
    naive = _cells(site, "employment_hindcasts", single.filter(method="constant_share"))
    return {
        "launch": model["since"],
        "error": model["error_percent"],
        "naive": naive["error_percent"],
    }


def _now(site: Site, place: str) -> dict[str, Any]:
    return _cells(site, "employment", site.workspace.table("employment").filter(place=place).sort("year"))


def _cells(site: Site, table: str, rows: pl.DataFrame) -> dict[str, Any]:
    """The figures of the first row, by column."""
    schema, row = site.workspace.schemas[table], rows.row(0, named=True)
    return {
        column.name: site.workspace.cell(schema, column.name, row)
        for column in schema.columns
        if column.numeric
    }


def _lines_view(site: Site, language: Language, place: str, name: str) -> View:
    rows = site.workspace.table("employment").filter(place=place).sort("year")
    past, ahead = _past(site, place), list(_ahead(rows))
    names = {key: WORDS[f"jobs_{key}"][language] for key in ("jobs", "workers", "y")}

    def spec(width: int) -> dict[str, object]:
        return forecasts.jobs_and_workers([*past, ahead[0]], ahead, names=names, width=width)

    title = f"{WORDS['jobs_title'][language]}: {name}"
    picture = charts.pictured(language, title, name, spec)
    table = (site.workspace, "employment", rows)
    return view_of(site, language, "jobs", title, table, columns=_SHOWN, picture=picture)


def _past(site: Site, place: str) -> list[dict[str, Any]]:
    rows = site.workspace.table("employment_past").filter(place=place).sort("year")
    return [
        {"year": row["year"], "jobs": row["jobs"], "workers": row["employed_residents"]}
        for row in rows.iter_rows(named=True)
    ]


def _ahead(rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The points of the start, which is sure as far as it is known, and of the years ahead."""
    for at, row in enumerate(rows.sort("year").iter_rows(named=True)):
        bounds = {"low": row["at_least"], "high": row["at_most"]}
        if at == 0 and rows["at_least"].drop_nulls().len():
            bounds = {"low": row["jobs"], "high": row["jobs"]}
        yield {"year": row["year"], "jobs": row["jobs"], "workers": row["employed_residents"], **bounds}


def _industries_view(site: Site, language: Language, place: str, name: str) -> View:
    """The jobs of every industry at the start and in the year that is said first, the largest first."""
    rows = site.workspace.table("place_jobs").filter(place=place)
    start = int(str(rows["year"].min()))
    kept = rows.filter(pl.col("year").is_in([start, AHEAD]))
    order = pl.col("jobs").sort_by("year").first().over("industry")
    kept = kept.sort(order, "year", descending=[True, False])
    labels = industry_labels(site, language)
    wide = kept.pivot(on="year", index="industry", values="jobs").iter_rows()
    shown = [{"name": labels[code].text, "now": now, "then": then} for code, now, then in wide]
    names = {"now": f"{start}", "then": f"{AHEAD}", "title": WORDS["jobs_jobs"][language]}

    def spec(width: int) -> dict[str, object]:
        return changes.changes(shown, names=names, width=width)

    title = f"{WORDS['jobs_industries'][language]}: {name}"
    return view_of(
        site,
        language,
        "job-industries",
        title,
        (site.workspace, "place_jobs", kept),
        columns=["industry", "year", "jobs", "jobs_percent"],
        picture=charts.pictured(language, title, name, spec),
    )


def _counties_picture(site: Site, language: Language, counties: list[str]) -> Picture:
    """A fan for each county, the largest first."""
    labels = place_labels(site, language)
    panels = []
    for county in counties:
        rows = site.workspace.table("employment").filter(place=county)
        past = [{"year": point["year"], "value": point["jobs"]} for point in _past(site, county)]
        ahead = [point | {"value": point["jobs"]} for point in _ahead(rows)]
        panels.append((labels[county].text, [*past, ahead[0]], ahead))
    panels.sort(key=lambda panel: -panel[2][0]["value"])

    def spec(width: int) -> dict[str, object]:
        wide = width > 500
        return forecasts.small_fans(panels, columns=2 if wide else 1, width=290 if wide else width - 60)

    title = WORDS["jobs_counties"][language]
    return charts.pictured(language, title, site.workspace.group.short[language], spec)
