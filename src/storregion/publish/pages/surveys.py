"""The group's own surveys: a picture for each question, years beside each other, and answers by group."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import slug
from storregion.publish.numbers import scaled
from storregion.publish.parts import StudyPart
from storregion.publish.pictures import charts
from storregion.publish.pictures.intervals import intervals
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

_COUNTED = ("respondents", "base", "share", "low", "high")


def study(site: Site, language: Language) -> StudyPart:
    """Every question's answers with their intervals, and by group; what to do where there is no survey."""
    rows = site.workspace.table("survey_shares")
    if rows.is_empty():
        return StudyPart([], [("survey_none", {})])
    # Those without an answer stand last.
    rows = rows.sort("survey", "question", pl.col("answer") == "no_answer", "answer", "year")
    whole = rows.filter(by="all").group_by("survey", "question", maintain_order=True)
    asked = [_question_view(site, language, one) for _, one in whole]
    by_group = rows.filter(pl.col("by") != "all").sort(
        "survey", "question", "by", "group", maintain_order=True
    )
    columns = [f"{name}_{language}" for name in ("question", "group", "answer")]
    groups = view_of(
        site,
        language,
        "groups",
        WORDS["survey_groups"][language],
        (site.workspace, "survey_shares", by_group),
        columns=[*columns, "year", *_COUNTED],
    )
    context = {"asked": [view.name for view in asked]}
    return StudyPart([groups] if by_group.height else [], (), "study_surveys.html", asked, context)


def _question_view(site: Site, language: Language, rows: pl.DataFrame) -> View:
    """One question of one survey, all its years."""
    first = rows.row(0, named=True)
    points = [
        {"answer": row[f"answer_{language}"], "year": str(row["year"])}
        | {name: scaled(row[name], "share") for name in ("share", "low", "high")}
        for row in rows.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return intervals(points, title=WORDS["survey_y"][language], width=width)

    title = first[f"question_{language}"]
    name = slug(f"{first['survey']}-{first['question']}")
    picture = charts.pictured(language, title, site.workspace.group.short[language], spec)
    shown = (site.workspace, "survey_shares", rows)
    columns = [f"answer_{language}", "year", *_COUNTED]
    return view_of(site, language, name, title, shown, columns=columns, picture=picture)
