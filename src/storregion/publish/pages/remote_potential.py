"""Work that can be done remotely: the map, the counties, and what surveys say is done."""

from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.facts.remote_work import MEASURES
from storregion.publish.mapped import Mapped, drawn
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

CLASSES = (0.40, 0.42, 0.44, 0.46)


def study(site: Site, language: Language) -> StudyPart:
    """The group's answer, the map by municipality, the counties, and published surveys."""
    workspace = site.workspace
    rows = workspace.table("remote_potential")
    kinds = workspace.table("places").select("place", "kind")
    kinded = rows.join(kinds, on="place")
    municipal = kinded.filter(kind="municipality", side="residents").drop("kind")
    title = WORDS["remote_map"][language]
    mapped = Mapped("remote_potential", municipal, ("place", "share_low", "share_high"), CLASSES, title)
    view, svg, keys = drawn(site, language, mapped, "study/remote_potential/")
    wide = kinded.filter(pl.col("kind").is_in(["country", "group", "county"])).drop("kind")
    counties = view_of(
        site,
        language,
        "counties",
        WORDS["remote_counties"][language],
        (workspace, "remote_potential", wide),
        columns=["place", "side", "share_low", "share_high", "against_country"],
        labels=side_labels(language),
    )
    said = said_of(site, workspace.group.code)
    answers = [("remote_possible", {"place": workspace.group.name[language], **said})] if said else []
    context = {"map_svg": svg, "keys": keys}
    tables = [counties, practice_view(site, language)]
    return StudyPart(tables, answers, "study_mapped.html", [view], context)


def said_of(site: Site, place: str) -> dict[str, Figure]:
    """The shares of a place's employed residents, at least and at most; none where they are not known."""
    schema = site.workspace.schemas["remote_potential"]
    rows = site.workspace.table("remote_potential").filter(place=place, side="residents")
    found: dict[str, Figure] = {}
    for row in rows.iter_rows(named=True):
        found = {name: site.workspace.cell(schema, name, row) for name in ("share_low", "share_high")}
    return found


def practice_view(site: Site, language: Language) -> View:
    """Every published share with its question, in the order of the measures."""
    rows = site.workspace.table("remote_practice")
    columns = ["area", "period", "measure", "percent_low", "percent_high", f"who_{language}"]
    columns += [f"question_{language}", "source"]
    measures = {name: Label(WORDS[f"remote_measure_{name}"][language]) for name in MEASURES}
    return view_of(
        site,
        language,
        "practice",
        site.workspace.schemas["remote_practice"].title[language],
        (site.workspace, "remote_practice", rows.sort("survey", "measure", "area", "period")),
        columns=columns,
        labels={"measure": measures},
    )


def side_labels(language: Language) -> dict[str, dict[str, Any]]:
    """The words for where work is counted."""
    return {"side": {side: Label(WORDS[f"remote_side_{side}"][language]) for side in ("residents", "jobs")}}
