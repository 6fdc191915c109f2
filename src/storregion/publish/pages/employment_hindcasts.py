"""How projections of jobs have done: the error by years ahead, against simple rules, and county by county."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, Picture
from storregion.publish.words import WORDS

METHODS = ("model", "linear_controlled", "constant_share", "unchanged")
"""Those that are drawn; without damping the error leaves the picture."""


def study(site: Site, language: Language) -> StudyPart:
    """Errors by horizon and method, and the launch that is shown by itself, county by county."""
    workspace = site.workspace
    rows = workspace.table("employment_hindcasts")
    methods = {name: Label(WORDS[f"method_{name}"][language]) for name in (*METHODS, "shift_undamped")}
    labels = {"method": methods}
    errors = view_of(
        site,
        language,
        "errors",
        workspace.schemas["employment_hindcasts"].title[language],
        (workspace, "employment_hindcasts", rows),
        labels=labels,
        picture=_picture(site, language, rows.filter(pl.col("launches") > 1)),
    )
    single = rows.filter(launches=1).sort("since").row(-1, named=True)
    cases = workspace.table("employment_hindcast_cases").filter(
        launch=single["since"], horizon=single["horizon"]
    )
    alone = view_of(
        site,
        language,
        "alone",
        f"{WORDS['jobs_alone'][language]} {single['since']}–{single['since'] + single['horizon']}",
        (workspace, "employment_hindcast_cases", cases.sort("method", "county")),
        labels=labels | {"county": place_labels(site, language)},
    )
    return StudyPart([alone], (), "study_pictured.html", [errors], {"pictured": ["errors"]})


def _picture(site: Site, language: Language, rows: pl.DataFrame) -> Picture:
    points = [
        {"year": row["horizon"], "value": row["error_percent"], "series": WORDS[f"method_{method}"][language]}
        for method in METHODS
        for row in rows.filter(method=method).sort("horizon").iter_rows(named=True)
    ]
    axis = WORDS["jobs_errors"][language]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=axis, unit=".0f", width=width, zero=True)

    return charts.pictured(language, axis, site.workspace.group.short[language], spec)
