"""What part of the country the group is: the shares over the years as small charts, newest year first."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, Picture
from storregion.publish.words import WORDS

SINCE = 2000
"""The first year of the picture; the table has all."""


def study(site: Site, language: Language) -> StudyPart:
    """The shares of people and of jobs in every year."""
    workspace = site.workspace
    rows = workspace.table("group_shares").sort("year", "counted", descending=[True, False])
    counted = {one: Label(WORDS[f"counted_{one}"][language]) for one in ("people", "jobs")}
    title = workspace.schemas["group_shares"].title[language]
    view = view_of(
        site,
        language,
        "shares",
        title,
        (workspace, "group_shares", rows),
        columns=["counted", "year", "county", "country_share", "outside_share", "growth_outside"],
        labels={"counted": counted, "county": place_labels(site, language)},
        picture=_picture(site, language, rows, title),
    )
    return StudyPart([], (), "study_pictured.html", [view], {"pictured": ["shares"]})


def _picture(site: Site, language: Language, rows: pl.DataFrame, title: str) -> Picture:
    """The shares of the country above those outside the most populous county, people before jobs."""
    schema = site.workspace.schemas["group_shares"]
    shown = rows.filter(pl.col("year") >= SINCE).sort("year")
    panels = []
    for column in ("country_share", "outside_share"):
        for counted in ("people", "jobs"):
            values = shown.filter(counted=counted).select("year", value=100.0 * pl.col(column))
            head = f"{WORDS[f'counted_{counted}'][language]}: {schema[column].label[language].lower()}, %"
            panels.append((head, ".1f", values.to_dicts()))

    def spec(width: int) -> dict[str, object]:
        wide = width > 500
        return charts.multiples(panels, columns=2 if wide else 1, width=290 if wide else width - 60)

    return charts.pictured(language, title, site.workspace.group.short[language], spec)
