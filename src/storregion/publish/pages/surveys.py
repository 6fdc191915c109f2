"""The group's own surveys: each question's answers by year and group, and what a place's respondents said."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import slug
from storregion.publish.numbers import scaled
from storregion.publish.parts import Section, StudyPart
from storregion.publish.pictures import charts
from storregion.publish.pictures.intervals import intervals
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import View
from storregion.publish.words import WORDS

MOST_PICTURES = 4
"""Questions of a survey that a place's page draws; its table has all."""
_COUNTED = ("respondents", "base", "share", "low", "high")
_NO_ANSWER = "no_answer"
_KEY = ("survey", "question")


def study(site: Site, language: Language) -> StudyPart:
    """Every question's answers with intervals, changes, and answers by group; or how to read a survey."""
    rows = _ordered(site)
    if rows.is_empty():
        return StudyPart([], [("survey_none", {})])
    whole = rows.filter(by="all").group_by(*_KEY, maintain_order=True)
    asked = [
        _question_view(site, language, one, ("year", one["year"].cast(pl.String).unique().sort().to_list()))
        for _, one in whole
    ]
    by_group = rows.filter(pl.col("by") != "all").sort(*_KEY, "by", "group", maintain_order=True)
    columns = [f"{name}_{language}" for name in ("question", "group", "answer")]
    title = WORDS["survey_groups"][language]
    shown = (site.workspace, "survey_shares", by_group)
    groups = view_of(site, language, "groups", title, shown, columns=[*columns, "year", *_COUNTED])
    tables = [*_changes(site, language), *([groups] if by_group.height else [])]
    context = {"asked": [view.name for view in asked]}
    return StudyPart(tables, (), "study_surveys.html", asked, context)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a place's page: what its respondents said the last time, beside everybody who answered."""
    if "survey_shares" not in site.workspace.steps:
        return []
    rows = _ordered(site)
    own = rows.filter(place=row["place"]).select(*_KEY, "year").unique(maintain_order=True)
    last = own.filter(pl.col("year") == pl.col("year").max().over(*_KEY))
    rows = rows.join(last, on=[*_KEY, "year"], how="semi", maintain_order="left").filter(
        (pl.col("by") == "all") | (pl.col("place") == row["place"])
    )
    if rows.is_empty():
        return []
    # The place before everybody.
    rows = rows.sort(*_KEY, pl.col("by") == "all", maintain_order=True)
    group = f"group_{language}"
    pictured = rows.group_by(*_KEY, maintain_order=True)
    pictures = [
        _question_view(site, language, one, (group, one[group].unique(maintain_order=True).to_list()))
        for _, one in list(pictured)[:MOST_PICTURES]
    ]
    columns = [f"question_{language}", f"answer_{language}", group, "year", *_COUNTED]
    shown = (site.workspace, "survey_shares", rows)
    every = view_of(site, language, "survey-all", WORDS["survey_all"][language], shown, columns=columns)
    context = {
        "lead": _lead(site, language, rows, row),
        "pictured": [view.name for view in pictures],
    }
    heading = WORDS["survey_place"][language]
    return [Section("surveys", heading, [*pictures, every], "place_surveys.html", context)]


def _ordered(site: Site) -> pl.DataFrame:
    """All shares; those without an answer stand last."""
    none = pl.col("answer") == _NO_ANSWER
    return site.workspace.table("survey_shares").sort(*_KEY, none, "answer", "year")


def _lead(
    site: Site, language: Language, rows: pl.DataFrame, place: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """What most of a place's respondents answered to the first question, and everybody's share."""
    schema = site.workspace.schemas["survey_shares"]
    said = rows.filter(pl.col("answer") != _NO_ANSWER).drop_nulls("share")
    said = said.filter(pl.struct(_KEY) == pl.struct(_KEY).first())
    here = said.filter(place=place["place"]).sort("share").tail(1)
    all_said = said.filter(pl.col("by") == "all", pl.col("answer").is_in(here["answer"].implode()))
    if here.is_empty() or all_said.is_empty():
        return None
    own, everybody = here.row(0, named=True), all_said.row(0, named=True)
    return {
        "place": place[f"name_{language}"],
        "year": str(own["year"]),
        "question": own[f"question_{language}"],
        "answer": own[f"answer_{language}"],
        "share": site.workspace.cell(schema, "share", own),
        "everybody": site.workspace.cell(schema, "share", everybody),
    }


def _changes(site: Site, language: Language) -> list[View]:
    """What has changed since the survey before, for everybody; none where each was made once."""
    rows = site.workspace.table("survey_changes").filter(by="all").drop_nulls("change")
    rows = rows.sort(*_KEY, pl.col("answer") == _NO_ANSWER, "answer", "year")
    if rows.is_empty():
        return []
    columns = [f"question_{language}", f"answer_{language}", "since", "year"]
    columns += ["change", "change_low", "change_high", "verdict"]
    shown = (site.workspace, "survey_changes", rows)
    return [view_of(site, language, "changes", WORDS["survey_changes"][language], shown, columns=columns)]


def _question_view(site: Site, language: Language, rows: pl.DataFrame, across: tuple[str, list[str]]) -> View:
    """One question of one survey: all its years, or a group beside everybody.

    Parameters
    ----------
    across : the column whose values stand beside each other, and these in order.
    """
    first = rows.row(0, named=True)
    column, series = across
    points = [
        {"answer": row[f"answer_{language}"], "series": str(row[column])}
        | {name: scaled(row[name], "share") for name in ("share", "low", "high")}
        for row in rows.iter_rows(named=True)
    ]

    def spec(width: int) -> dict[str, object]:
        return intervals(points, series, title=WORDS["survey_y"][language], width=width)

    title = first[f"question_{language}"]
    name = slug(f"survey-{first['survey']}-{first['question']}")
    picture = charts.pictured(language, title, site.workspace.group.short[language], spec)
    shown = (site.workspace, "survey_shares", rows)
    columns = [f"answer_{language}", column, *_COUNTED]
    return view_of(site, language, name, title, shown, columns=columns, picture=picture)
