"""The section on travel times, for groups with a timetable; none for others."""

import polars as pl

from storregion.publish.labels import municipality_labels, node_labels
from storregion.publish.outward import sentences
from storregion.publish.reports.model import Block, Paragraph, Section, Sentence, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import listed, said, word
from storregion.publish.travel import rested_on
from storregion.publish.view import Label
from storregion.timetable.tables import MODES

TABLES = ("lines", "access_stations", "access_localities", "access_places")
TIMES = ("destination", "typical", "departures", "transfers")


def sections(it: Subject) -> list[Section]:
    """Times to the nodes' municipalities in the morning, and the station areas of the place.

    Parameters
    ----------
    it : the place.
    """
    if not it.there(*TABLES) or it.workspace.table("access_places").is_empty():
        return []
    modes = _modes(it)
    blocks: list[Block] = [Paragraph(tuple(notice(it)), "notice")]
    rows = node_times(it)
    if rows.filter(pl.col("departures") > 0).is_empty():
        blocks.append(Paragraph((said("travel_none", it.language, place=it.name, modes=modes),)))
    else:
        title = word("travel_nodes", it.language, place=it.name, modes=modes)
        blocks.append(
            table_of(
                it.view(
                    "access_places",
                    title,
                    rows,
                    TIMES,
                    {"destination": municipality_labels(it.site, it.language)},
                )
            )
        )
    inside = it.workspace.table("access_localities").filter(pl.col("municipality").is_in(it.members))
    near = inside["station"].drop_nulls().unique(maintain_order=True).to_list()
    rows = it.workspace.table("access_stations").filter(pl.col("station").is_in(near)).sort("name")
    if rows.height:
        title = word("travel_stations", it.language, place=it.name)
        columns = ("name", "storregional", "nearest_node", "node_minutes", "departures", "residents_near")
        blocks.append(table_of(it.view("access_stations", title, rows, columns, _words(it))))
    if outward := sentences(it.site, it.language, it.code, it.name):
        words = [said(name, it.language, **parts) for name, parts in (*outward, ("outward_rests", {}))]
        blocks.append(Paragraph(tuple(words)))
    return [Section("travel", word("travel", it.language), tuple(blocks))]


def notice(it: Subject) -> list[Sentence]:
    """What the timetable does not have, first, and what it is."""
    days = " ".join(rested_on(it.site, it.language))
    found = [said("travel_timetable", it.language, timetable=days)]
    if not {"bus", "rail"} <= set(it.workspace.table("lines")["mode"]):
        found.insert(0, said("travel_only", it.language, modes=_modes(it)))
    return found


def _modes(it: Subject) -> str:
    there = it.workspace.table("lines")["mode"].unique(maintain_order=True).to_list()
    return listed([word(f"mode_{mode}", it.language) for mode in MODES if mode in there], it.language)


def node_times(it: Subject) -> pl.DataFrame:
    """Times in the morning from the place to the municipalities of the nodes, shortest first."""
    homes = it.workspace.table("nodes")["municipality"].to_list()
    rows = it.workspace.table("access_places").filter(
        pl.col("destination").is_in(homes),
        pl.col("destination") != it.code,
        origin=it.code,
        period="morning",
        way="depart_at",
    )
    return rows.sort("typical", nulls_last=True)


def _words(it: Subject) -> dict[str, dict[str, Label]]:
    answers = {code: Label(word(f"code_{code}", it.language)) for code in ("yes", "no")}
    return {"nearest_node": node_labels(it.site, it.language), "storregional": answers}
