"""The section on travel times, for groups with a timetable; none for others."""

import polars as pl

from storregion.publish import access
from storregion.publish.functional import municipality_labels, node_labels
from storregion.publish.reports.model import Block, Paragraph, Section, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word
from storregion.publish.view import Label

TABLES = ("access_stations", "access_localities", "access_places")
TIMES = ("destination", "typical", "departures", "transfers")


def sections(it: Subject) -> list[Section]:
    """Times to the nodes' municipalities in the morning, and the station areas of the place.

    Parameters
    ----------
    it : the place.
    """
    if not it.there(*TABLES) or it.workspace.table("access_places").is_empty():
        return []
    told = " ".join(access.rested_on(it.site, it.language))
    blocks: list[Block] = [Paragraph((said("travel_timetable", it.language, timetable=told),), "notice")]
    homes = it.workspace.table("nodes")["municipality"].to_list()
    rows = it.workspace.table("access_places").filter(
        pl.col("destination").is_in(homes),
        pl.col("destination") != it.code,
        origin=it.code,
        period="morning",
        way="depart_at",
    )
    if rows.height:
        title = word("travel_nodes", it.language, place=it.name)
        rows = rows.sort("typical", nulls_last=True)
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
    near = inside["station"].drop_nulls().unique().to_list()
    rows = it.workspace.table("access_stations").filter(pl.col("station").is_in(near)).sort("name")
    if rows.height:
        title = word("travel_stations", it.language, place=it.name)
        columns = ("name", "storregional", "nearest_node", "node_minutes", "departures", "residents_near")
        blocks.append(table_of(it.view("access_stations", title, rows, columns, _words(it))))
    return [Section("travel", word("travel", it.language), tuple(blocks))]


def _words(it: Subject) -> dict[str, dict[str, Label]]:
    answers = {code: Label(word(f"code_{code}", it.language)) for code in ("yes", "no")}
    return {"nearest_node": node_labels(it.site, it.language), "storregional": answers}
