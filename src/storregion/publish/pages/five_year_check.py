"""The five-year test: what the projection would have said of today, on the study's page."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label
from storregion.publish.words import WORDS

SAID = ("launch", "year", "error_percent", "alone_percent", "unchanged_percent", "covered")
COLUMNS = ("persons_then", "projected", "outcome", "error_percent", "alone_percent", "half_width")


def study(site: Site, language: Language) -> StudyPart:
    """The mean errors in words, and the group's municipalities, the largest errors first."""
    workspace = site.workspace
    schemas, means = workspace.schemas, workspace.table("five_year_errors")
    parts = {"part": {name: Label(WORDS[f"part_{name}"][language]) for name in ("all", "group")}}
    title = schemas["five_year_errors"].title[language]
    table = (workspace, "five_year_errors", means)
    summary = view_of(site, language, "means", title, table, labels=parts)
    own = pl.col("municipality").str.head(2).is_in(list(workspace.group.counties))
    rows = workspace.table("five_year_check").filter(own)
    rows = rows.sort(pl.col("error_percent").abs(), "municipality", descending=[True, False])
    title = schemas["five_year_check"].title[language]
    table = (workspace, "five_year_check", rows)
    errors = view_of(site, language, "errors", title, table, columns=("municipality", *COLUMNS))
    group = means.filter(part="group")
    answers = []
    if group.height:
        row = group.row(0, named=True)
        found = {name: workspace.cell(schemas["five_year_errors"], name, row) for name in SAID}
        answers.append(("five_year_said", {"group": workspace.group.short[language], **found}))
    return StudyPart([summary, errors], answers)
