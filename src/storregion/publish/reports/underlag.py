"""The report on one municipality or county: where it stands in the group, section by section.

A section is a function of the subject that gives headings with sentences and tables; one that the group has
no tables for gives none.
"""

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.core.scenario import BASE
from storregion.publish.numbers import ABSENT
from storregion.publish.pictures import charts
from storregion.publish.reports import focus, references, travel
from storregion.publish.reports.model import (
    Block,
    Drawing,
    Items,
    Paragraph,
    Part,
    Report,
    Section,
    Sentence,
    Table,
    table_of,
)
from storregion.publish.reports.relations_map import Line, Name, relations
from storregion.publish.reports.subject import Subject, subject
from storregion.publish.reports.wording import listed, said, unsigned, word
from storregion.publish.site import Site

MOST_ROWS = 6


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
    growth = _growth_row(it)
    sections = [_brief(it, growth)]
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
        year=int(growth["year"]),
        date=references.newest(it.site, int(growth["year"]), sections),
        sections=tuple(sections),
    )


def _near(it: Subject) -> list[str]:
    """The municipalities that the report tells of: those of the place's county, and the nodes'."""
    county = it.workspace.table("membership").filter(place=it.county)["municipality"]
    return [*county, *it.workspace.table("nodes")["municipality"]]


def _growth_row(it: Subject) -> dict[str, Any]:
    return it.workspace.table("growth").filter(place=it.code).sort("year").row(-1, named=True)


def _brief(it: Subject, growth: dict[str, Any]) -> Section:
    """What the report is, and its main points."""
    full = it.workspace.group.name[it.language]
    blocks: list[Block] = []
    scenario = it.workspace.scenario
    if it.workspace.scenario_name != BASE:
        parts = {"title": scenario.title[it.language], "about": scenario.about[it.language]}
        blocks.append(Paragraph((said("scenario", it.language, **parts),), "notice"))
    blocks.append(Paragraph((said("intro", it.language, place=it.name, group=full),), "lead"))
    points = [_level(it, growth)[:2], _nodes_said(it), _main_relation(it), _market(it)]
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
            for row in _flows(it, "home").iter_rows(named=True)
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


def _flows(it: Subject, near: str) -> pl.DataFrame:
    """Those who commute between the place and the nodes' municipalities in the latest year, most first.

    `near` is the end that lies in the place: `home` or `work`. `nodes` are those in the other municipality.
    """
    far = "work" if near == "home" else "home"
    nodes = it.workspace.table("nodes").sort("node")
    homes = nodes.group_by(pl.col("municipality").alias(far)).agg(nodes="node", named="name")
    rows = it.latest("commuting").filter(pl.col(near) == it.code, pl.col(far) != it.code, sex="total")
    # Of two equal numbers the one that is published stands first.
    rows = rows.join(homes, on=far).with_columns(pl.col("cell").eq("spread").alias("guess"))
    return rows.sort(["persons", "guess", far], descending=[True, False, False]).head(MOST_ROWS)


def _main_relation(it: Subject) -> list[Sentence]:
    """The nodes' municipalities that most commute to, and the one that most commute from."""
    if it.kind != "municipality" or not it.there("commuting", "node_catchment", "nodes"):
        return []
    rows = list(_flows(it, "home").iter_rows(named=True))
    if not rows or rows[0]["persons"] < 1:
        return []
    first = rows[0]
    persons, year = it.cell("commuting", "persons", first), it.cell("commuting", "year", first)
    how = word(f"code_{first['cell']}", it.language)
    parts = {"place": it.name, "municipality": _end(it, first, "work"), "how": how}
    found = [said("relation_first", it.language, **parts, persons=persons, year=year)]
    share = _catchment_share(it, first["work"])
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
    back = list(_flows(it, "work").head(1).iter_rows(named=True))
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


def _equal(one: Figure | None, two: Figure) -> bool:
    """Whether two figures are of one number, calculated in two ways."""
    values = (one.value if one else None, two.value)
    return None not in values and math.isclose(*values)  # type: ignore[arg-type]


def _catchment_share(it: Subject, municipality: str) -> Figure | None:
    """The share of the place's employed who work in a node's municipality; None outside its catchment."""
    if not it.there("node_catchment"):
        return None
    inside = it.workspace.table("nodes").filter(municipality=municipality)["node"].to_list()
    rows = it.latest("node_catchment").filter(pl.col("node").is_in(inside), home=it.code)
    return it.cell("node_catchment", "share", rows.row(0, named=True)) if rows.height else None


def _relations(it: Subject) -> list[Section]:
    """Commuting to and from the nodes, and the place's own nodes."""
    if not it.there("node_roles", "commuting"):
        return []
    year = str(it.latest("node_roles")["year"].max())
    blocks: list[Block] = [Paragraph((*_main_relation(it), *_own_nodes(it)))]
    if not blocks[0].sentences:  # type: ignore[union-attr]
        blocks = []
    if it.kind == "municipality":
        for near, name, columns in (
            ("home", "table_out", ("work", "persons", "cell")),
            ("work", "table_in", ("home", "persons", "cell")),
        ):
            title = word(name, it.language, place=it.name, year=year)
            blocks.append(table_of(it.view("commuting", title, _flows(it, near), columns)))
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
        words = {"node": row["name"], "role": word(f"code_{role['role']}", it.language)}
        found.append(said("node_role", it.language, **parts, **words))
    return found


def _level(it: Subject, row: dict[str, Any]) -> list[Sentence]:
    """How many live in the place, and how that has changed."""
    f = {
        column.name: it.cell("growth", column.name, row)
        for column in it.workspace.schemas["growth"].columns
        if column.numeric
    }
    found = []
    if f["persons"].value is not None:
        found.append(said("level", it.language, place=it.name, persons=f["persons"], year=f["year"]))
    change = f["base_change"].value
    if change is None:
        reason = ABSENT[f["base_change"].absent or "missing"][it.language]
        return [*found, said("missing", it.language, place=it.name, reason=reason)]
    ends: dict[str, Part] = {"place": it.name, "from_year": f["base_year"], "to_year": f["year"]}
    if change == 0:
        return [*found, said("same", it.language, **ends)]
    name = "rise" if change > 0 else "fall"
    parts = ends | {"change": f["base_change"], "percent": f["base_percent"]}
    found.append(unsigned(name, it.language, **parts))
    found.append(said("growth_pace", it.language, annual=f["base_annual_percent"]))
    full = it.workspace.group.name[it.language]
    if f["growth_share"].value is not None and change > 0:
        found.append(said("share_of_growth", it.language, share=f["growth_share"], group=full))
    rest, own = f["rest_annual_percent"].value, f["base_annual_percent"].value
    if rest is not None and own is not None:
        rate: dict[str, Part] = {"group": full, "rest": f["rest_annual_percent"]}
        if rest < 0:
            return [*found, unsigned("against_rest_fell", it.language, **rate)]
        verdict = "more" if own > rest else "less" if own < rest else "same"
        found.append(said(f"against_rest_{verdict}", it.language, **rate))
    return found


def _growth(it: Subject) -> list[Section]:
    """Population, growth and ages, beside the larger places that the place is part of."""
    row = _growth_row(it)
    blocks: list[Block] = [Paragraph(tuple(_level(it, row)))]
    if it.there("age_structure"):
        blocks.append(Paragraph((_ages(it),)))
    blocks.append(_population_chart(it))
    places = it.workspace.table("places")
    kinds = ("nodes", "rest", "group", "country")
    wide = [place for kind in kinds for place in places.filter(kind=kind)["place"]]
    columns = ("place", "persons", "base_year", "base_change", "base_percent", "base_annual_percent")
    title = word("table_growth", it.language, place=it.name, year=str(row["year"]))
    blocks.append(_growth_table(it, title, [it.code, it.county, *wide], columns))
    if it.kind == "county":
        inner = sorted(it.members, key=lambda code: alphabetical(it.names[code]))
        title = word("table_growth_inner", it.language, place=it.name, year=str(row["year"]))
        blocks.append(_growth_table(it, title, inner, columns))
    return [Section("growth", word("growth", it.language), tuple(blocks))]


def _growth_table(it: Subject, title: str, chosen: Iterable[str], columns: tuple[str, ...]) -> Table:
    order = {code: at for at, code in enumerate(dict.fromkeys(chosen))}
    rows = it.latest("growth").filter(pl.col("place").is_in(list(order)))
    rows = rows.sort(pl.col("place").replace_strict(order, return_dtype=pl.Int64))
    return table_of(it.view("growth", title, rows, columns))


def _ages(it: Subject) -> Sentence:
    ages = it.workspace.table("age_structure").filter(place=it.code).sort("year")
    known = ages.filter(pl.col("shares_absent").is_null())
    row = (known if known.height else ages).row(-1, named=True)
    if not known.height:
        return said("ages_missing", it.language, reason=ABSENT[row["shares_absent"]][it.language])
    columns = {"year": "year", "young": "share_0_19", "old": "share_75_plus"}
    parts = {name: it.cell("age_structure", column, row) for name, column in columns.items()}
    return said("ages_sentence", it.language, **parts)


def _population_chart(it: Subject) -> Drawing:
    rows = it.workspace.table("growth").filter(place=it.code).sort("year")
    points = [
        {"year": row["year"], "value": row["persons"], "series": it.name}
        for row in rows.iter_rows(named=True)
    ]
    title = word("population_title", it.language)
    spec = charts.lines(points, y=word("population_axis", it.language), unit=",.0f", width=680)
    caption = f"{title}: {it.name}"
    alt = word("chart_alt", it.language, title=title, place=it.name).partition(". ")[0] + "."
    return Drawing("population", partial(charts.svg, spec, it.language), alt, caption, "most")


def _market(it: Subject) -> list[Sentence]:
    """How many work in another municipality, and the labour market area."""
    if it.kind != "municipality" or not it.there("labour_market_areas"):
        return []
    rows = it.workspace.table("labour_market_areas").filter(municipality=it.code).sort("year")
    if rows.is_empty():
        return []
    row = rows.row(-1, named=True)
    year, share, largest = (
        it.cell("labour_market_areas", name, row) for name in ("year", "out_share", "out_share_largest")
    )
    goal = it.labels["largest_destination"][row["largest_destination"]].text
    # The same share stands among the commuters to nodes, as the estimate that it is part of.
    same = _catchment_share(it, row["largest_destination"])
    if _equal(same, largest):
        largest = same or largest
    return [
        said("out_share", it.language, place=it.name, year=year, share=share),
        said("largest", it.language, destination=goal, largest=largest),
        said("la", it.language, area=row["la_name"]),
    ]


def _labour(it: Subject) -> list[Section]:
    if not it.there("labour_market_areas"):
        return []
    blocks: list[Block] = []
    columns: tuple[str, ...] = ("la_name", "out_share", "largest_destination", "out_share_largest")
    if it.kind == "municipality":
        sentences = _market(it)
        if it.there("labour_markets"):
            rows = it.workspace.table("labour_markets").filter(municipality=it.code, rule="la", moved="yes")
            sentences += [
                said("la_moved", it.language, year=it.cell("labour_markets", "year", row))
                for row in rows.sort("year").iter_rows(named=True)
            ]
        blocks.append(Paragraph(tuple(sentences)))
        rows = it.workspace.table("labour_market_areas").filter(municipality=it.code).sort("year")
        title = word("table_la", it.language, place=it.name)
        columns = ("year", *columns)
    else:
        rows = it.latest("labour_market_areas").filter(pl.col("municipality").is_in(it.members))
        order = {c: at for at, c in enumerate(sorted(it.members, key=lambda c: alphabetical(it.names[c])))}
        rows = rows.sort(pl.col("municipality").replace_strict(order, return_dtype=pl.Int64))
        year = str(rows["year"].max())
        title = word("table_la_inner", it.language, place=it.name, year=year)
        columns = ("municipality", *columns)
    note = said("largest_note", it.language)
    blocks.append(table_of(it.view("labour_market_areas", title, rows, columns), note=note))
    return [Section("labour", word("labour", it.language), tuple(blocks))]


SECTIONS: tuple[Callable[[Subject], list[Section]], ...] = (
    _where,
    _relations,
    _growth,
    _labour,
    travel.sections,
    focus.sections,
    focus.questions,
)
"""What a report says after its main points, in order. A new section is one more function here."""
