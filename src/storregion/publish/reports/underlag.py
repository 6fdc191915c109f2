"""The report on one municipality or county: where it stands in the group, section by section.

A section is a function of the subject that gives headings with sentences and tables; one that the group has
no tables for gives none.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.core.scenario import BASE
from storregion.publish.reports import (
    commuting,
    digital,
    focus,
    growth,
    labour,
    living,
    power,
    projection,
    references,
    travel,
)
from storregion.publish.reports.model import Block, Drawing, Items, Paragraph, Report, Section, Sentence
from storregion.publish.reports.relations_map import Line, Name, relations
from storregion.publish.reports.subject import Subject, subject
from storregion.publish.reports.wording import listed, said, word
from storregion.publish.site import Site


def report(site: Site, language: Language, code: str) -> Report:
    """The report on a municipality or county.

    Parameters
    ----------
    site : where tables, strategy and shapes are read.
    language : of the report.
    code : the place's code, or its name.

    Raises
    ------
    CallError
        The municipality or county does not exist.
    """
    it = subject(site, language, code)
    latest = growth.growth_row(it)
    sections = [_brief(it, latest)]
    for make in SECTIONS:
        sections += make(it)
    sections += references.sections(it.site, language, sections, _near(it))
    county = it.kind == "county"
    full = it.workspace.group.name[language]
    return Report(
        name=f"underlag-{it.code}-{language}",
        title=word("title", language, place=it.name),
        eyebrow=word("kind_region" if county else "kind", language),
        about=word("about", language, place=it.name, group=full),
        language=language,
        group=it.group,
        year=int(latest["year"]),
        date=references.newest(it.site, int(latest["year"]), sections),
        sections=tuple(sections),
    )


def _near(it: Subject) -> list[str]:
    """The municipalities that the report tells of: those of the place's county, and the nodes'."""
    county = it.workspace.table("membership").filter(place=it.county)["municipality"]
    return [*county, *it.workspace.table("nodes")["municipality"]]


def _brief(it: Subject, latest: dict[str, Any]) -> Section:
    """What the report is, and its main points."""
    full = it.workspace.group.name[it.language]
    blocks: list[Block] = []
    scenario = it.workspace.scenario
    if it.workspace.scenario_name != BASE:
        parts = {"title": scenario.title[it.language], "about": scenario.about[it.language]}
        blocks.append(Paragraph((said("scenario", it.language, **parts),), "notice"))
    blocks.append(Paragraph((said("intro", it.language, place=it.name, group=full),), "lead"))
    points = [growth.level(it, latest)[:2], _nodes_said(it), commuting.main_relation(it), labour.market(it)]
    blocks.append(Items(tuple(tuple(point) for point in points if point)))
    use = [said("use", it.language), said("no_absent", it.language, signs=word("absent_signs", it.language))]
    blocks.append(Paragraph(tuple(use), "small"))
    return Section("brief", word("brief", it.language), tuple(blocks))


def _where(it: Subject) -> list[Section]:
    """In which county, with which nodes, on a map."""
    county, full = it.names.get(it.county, it.county), it.workspace.group.name[it.language]
    if it.kind == "county":
        first = said("is_county", it.language, place=it.name, group=full, region=it.region)
    else:
        first = said("in_county", it.language, place=it.name, county=county, group=full)
    blocks: list[Block] = [Paragraph((first, *_nodes_said(it)))]
    blocks.append(_map(it))
    return [Section("where", word("where", it.language, place=it.name), tuple(blocks))]


def _nodes_said(it: Subject) -> list[Sentence]:
    """Which nodes lie in the place."""
    county = it.kind == "county"
    if it.nodes.is_empty():
        return [said("no_node_county" if county else "no_node", it.language)]
    hub = None
    if it.there("node_system"):
        hub = it.workspace.table("node_system").sort("year")["hub"].last()
    parts = []
    for kind in it.nodes["kind"].unique().sort():
        names = sorted(it.nodes.filter(kind=kind)["name"], key=alphabetical)
        many = "one" if len(names) == 1 else "many"
        parts.append(word(f"nodes_{kind}_{many}", it.language, names=listed(names, it.language)))
    whole = f" {word('and_also', it.language)} ".join(parts)
    found = [said("has_nodes_county" if county else "has_nodes", it.language, nodes=whole)]
    there = it.nodes.filter(pl.col("node").is_in([hub] if hub else []))["name"].to_list()
    return [*found, *(said("has_hub", it.language, node=name) for name in there)]


def _map(it: Subject) -> Drawing:
    lines, own, words = [], None, ""
    full = it.workspace.group.name[it.language]
    if it.kind == "municipality" and it.there("commuting", "municipality_points"):
        lines = [
            Line(node, row["persons"], row["cell"] != "spread")
            for row in commuting.flows(it, "home").iter_rows(named=True)
            if row["persons"] >= 1
            for node in row["nodes"]
        ]
        point = it.workspace.table("municipality_points").filter(municipality=it.code).row(0, named=True)
        own = Name(it.name, it.site.atlas.place(point["east"], point["north"]), own=True)
        words = word("map_alt_lines", it.language) if lines else ""
    caption = word("map_caption" if lines else "map_caption_plain", it.language, place=it.name)
    inside = [member for member in it.members if member in it.site.atlas.shapes]
    draw = partial(relations, it.site.atlas, inside, own, lines, caption)
    alt = word("map_alt", it.language, place=it.name, group=full, lines=words)
    hint = f". {word('map_hint', it.language)}" if lines else ""
    return Drawing("map", draw, alt, caption + hint, "half")


SECTIONS: tuple[Callable[[Subject], list[Section]], ...] = (
    _where,
    commuting.sections,
    growth.sections,
    projection.sections,
    labour.sections,
    travel.sections,
    living.sections,
    power.sections,
    digital.sections,
    focus.sections,
    focus.questions,
)
"""What a report says after its main points, in order. A new section is one more function here."""
