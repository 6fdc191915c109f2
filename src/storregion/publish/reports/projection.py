"""The section on the population to come."""

from functools import partial

from storregion.publish.pages import county_moves, migration_goals, projection, vintages
from storregion.publish.pictures import charts
from storregion.publish.reports.model import Block, Drawing, Paragraph, Section
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word


def sections(it: Subject) -> list[Section]:
    """How many are expected, how sure, what others project, and what last time's missed by."""
    if not it.there("projection") or not (found := projection.figures(it.site, it.code)):
        return []
    sentences = [said("projection_lead", it.language, place=it.name, **found)]
    sentences.append(said("projection_last", it.language, **projection.last_error(it.site, it.code)))
    if edition := vintages.newest(it.site, it.language, it.code):
        sentences.append(said("vintage_said", it.language, **edition))
    if it.kind == "county":
        sentences.append(said("moves_said", it.language, **county_moves.said(it.site, it.language, it.code)))
    if goal := migration_goals.said(it.site, it.code):
        sentences.append(said("goal_thousand", it.language, **goal))
    rests = [said("projection_rests", it.language), said("projection_limits", it.language)]
    title = word("projection_title", it.language)
    alt = word("chart_alt", it.language, title=title, place=it.name).partition(". ")[0] + "."
    spec = projection.fan(it.site, it.language, it.code)(680)
    drawn = Drawing("projection", partial(charts.svg, spec, it.language), alt, f"{title}: {it.name}", "most")
    blocks: list[Block] = [Paragraph(tuple(sentences)), drawn, Paragraph(tuple(rests), "small")]
    return [Section("projection", title, tuple(blocks))]
