"""How often the projection's intervals held: a line over launches for the country and the group."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, Picture
from storregion.publish.words import WORDS

HORIZON = 5
"""The years ahead of the picture."""
SHOWN = (("all", "size_class"), ("group", "size_class"), ("group", "as_shown"))


def study(site: Site, language: Language) -> StudyPart:
    """The share within the interval by launch, and the means over launches."""
    workspace = site.workspace
    labels = {
        "part": {one: Label(WORDS[f"part_{one}"][language]) for one in ("all", "group")},
        "rule": {one: Label(WORDS[f"rule_{one}"][language]) for one in ("size_class", "as_shown")},
    }
    rows = workspace.table("interval_coverage")
    title = workspace.schemas["interval_coverage"].title[language]
    order = ["horizon", "launch", "part", "rule"]
    by_launch = view_of(
        site,
        language,
        "launches",
        title,
        (workspace, "interval_coverage", rows.sort(order, descending=[False, True, False, False])),
        labels=labels,
        picture=_picture(site, language, rows),
    )
    means = workspace.table("interval_means")
    title = workspace.schemas["interval_means"].title[language]
    summary = view_of(site, language, "means", title, (workspace, "interval_means", means), labels=labels)
    return StudyPart([summary], (), "study_pictured.html", [by_launch], {"pictured": ["launches"]})


def _picture(site: Site, language: Language, rows: pl.DataFrame) -> Picture:
    points = [
        {
            "year": row["launch"],
            "value": 100.0 * row["covered"],
            "series": f"{WORDS[f'part_{part}'][language]}: {WORDS[f'rule_{rule}'][language]}",
        }
        for part, rule in SHOWN
        for row in rows.filter(pl.col("launch") >= 2000, part=part, rule=rule, horizon=HORIZON)
        .sort("launch")
        .iter_rows(named=True)
    ]
    axis = WORDS["intervals_axis"][language].format(years=HORIZON)

    def spec(width: int) -> dict[str, object]:
        return charts.lines(points, y=axis, unit=".0f", width=width)

    return charts.pictured(language, axis, site.workspace.group.short[language], spec)
