"""The section on nodes and commuting: where most commute, and the nodes of the place."""

import math
from typing import Any

import polars as pl

from storregion.core.lineage import Figure
from storregion.publish.reports.model import Block, Paragraph, Section, Sentence, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import listed, said, word

MOST_ROWS = 6


def flows(it: Subject, near: str) -> pl.DataFrame:
    """Those who commute between the place and the nodes' municipalities in the latest year, most first.

    `near` is the end that lies in the place: `home` or `work`. `nodes` are those in the other municipality.
    """
    far = "work" if near == "home" else "home"
    nodes = it.workspace.table("nodes").sort("node")
    homes = nodes.group_by(pl.col("municipality").alias(far), maintain_order=True).agg(
        nodes="node", named="name"
    )
    rows = it.latest("commuting").filter(pl.col(near) == it.code, pl.col(far) != it.code, sex="total")
    # Of two equal numbers the one that is published stands first.
    rows = rows.join(homes, on=far).with_columns(pl.col("cell").eq("spread").alias("guess"))
    return rows.sort(["persons", "guess", far], descending=[True, False, False]).head(MOST_ROWS)


def main_relation(it: Subject) -> list[Sentence]:
    """The nodes' municipalities that most commute to, and the one that most commute from."""
    if it.kind != "municipality" or not it.there("commuting", "node_catchment", "nodes"):
        return []
    rows = list(flows(it, "home").iter_rows(named=True))
    if not rows or rows[0]["persons"] < 1:
        return []
    first = rows[0]
    persons, year = it.cell("commuting", "persons", first), it.cell("commuting", "year", first)
    how = word(f"code_{first['cell']}", it.language)
    parts = {"place": it.name, "municipality": _end(it, first, "work"), "how": how}
    found = [said("relation_first", it.language, **parts, persons=persons, year=year)]
    share = catchment_share(it, first["work"])
    if share is not None:
        found.append(said("relation_share", it.language, share=share, place=it.name))
    else:
        found.append(said("relation_small", it.language, place=it.name))
    if len(rows) > 1:
        second = _end(it, rows[1], "work")
        if rows[1]["persons"] == first["persons"]:
            found.append(said("relation_tie", it.language, municipality=second))
        else:
            persons = it.cell("commuting", "persons", rows[1])
            found.append(said("relation_next", it.language, municipality=second, persons=persons))
    back = list(flows(it, "work").head(1).iter_rows(named=True))
    if back and back[0]["persons"] >= 1:
        parts |= {
            "municipality": _end(it, back[0], "home"),
            "how": word(f"code_{back[0]['cell']}", it.language),
        }
        found.append(
            said("relation_in", it.language, **parts, persons=it.cell("commuting", "persons", back[0]))
        )
    return found


def _end(it: Subject, flow: dict[str, Any], end: str) -> str:
    """The municipality at one end of a flow, with its nodes where they are called otherwise."""
    municipality = it.labels[end][flow[end]].text
    others = [name for name in flow["named"] if name != municipality]
    if not others:
        return municipality
    return word("with_node", it.language, municipality=municipality, node=listed(others, it.language))


def same_number(one: Figure | None, two: Figure) -> bool:
    """Whether two figures are of one number, calculated in two ways."""
    values = (one.value if one else None, two.value)
    return None not in values and math.isclose(*values)  # type: ignore[arg-type]


def catchment_share(it: Subject, municipality: str) -> Figure | None:
    """The share of the place's employed who work in a node's municipality; None outside its catchment."""
    if not it.there("node_catchment"):
        return None
    inside = it.workspace.table("nodes").filter(municipality=municipality)["node"].to_list()
    rows = it.latest("node_catchment").filter(pl.col("node").is_in(inside), home=it.code)
    return it.cell("node_catchment", "share", rows.row(0, named=True)) if rows.height else None


def sections(it: Subject) -> list[Section]:
    """Commuting to and from the nodes, and the place's own nodes."""
    if not it.there("node_roles", "commuting"):
        return []
    year = str(it.latest("node_roles")["year"].max())
    blocks: list[Block] = [Paragraph((*main_relation(it), *_own_nodes(it)))]
    if not blocks[0].sentences:  # type: ignore[union-attr]
        blocks = []
    if it.kind == "municipality":
        for near, name, columns in (
            ("home", "table_out", ("work", "persons", "low", "high", "cell")),
            ("work", "table_in", ("home", "persons", "low", "high", "cell")),
        ):
            title = word(name, it.language, place=it.name, year=year)
            blocks.append(table_of(it.view("commuting", title, flows(it, near), columns)))
    elif it.nodes.height:
        rows = it.latest("node_roles").filter(pl.col("node").is_in(it.nodes["node"].to_list()))
        shown = ("node", "role", "residents", "jobs", "commuters_in", "commuters_out", "contained")
        title = word("table_nodes", it.language, place=it.name, year=year)
        blocks.append(table_of(it.view("node_roles", title, rows.sort("node"), shown)))
    observed = it.workspace.table("commuting_observed").filter(year=int(year)).height > 0
    sure = (
        said("relation_observed", it.language, year=_year_of(it, "node_roles"))
        if observed
        else said("relation_how_sure", it.language)
    )
    blocks.append(Paragraph((sure,), "notice"))
    return [Section("relations", word("relations", it.language), tuple(blocks))]


def _year_of(it: Subject, table: str) -> Figure:
    return it.cell(table, "year", it.latest(table).row(0, named=True))


def _own_nodes(it: Subject) -> list[Sentence]:
    if it.kind != "municipality":
        return []
    found = []
    for row in it.nodes.iter_rows(named=True):
        role = it.latest("node_roles").filter(node=row["node"]).row(0, named=True)
        names = ("year", "contained", "commuters_in", "commuters_out")
        parts: dict[str, Any] = {name: it.cell("node_roles", name, role) for name in names}
        if role["role"] is None:
            found.append(said("node_no_role", it.language, **parts, node=row["name"]))
            continue
        words = {"node": row["name"], "role": word(f"code_{role['role']}", it.language)}
        found.append(said("node_role", it.language, **parts, **words))
    return found
