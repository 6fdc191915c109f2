"""Work at the nodes: the study's page, and the section on a node's page."""

from collections.abc import Mapping
from typing import Any, Unpack

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.labels import hub_name, municipality_labels, node_labels
from storregion.publish.numbers import scaled, within
from storregion.publish.pages.flows import flow_view
from storregion.publish.parts import Section, StudyPart
from storregion.publish.pictures import charts
from storregion.publish.site import Site
from storregion.publish.table_views import Shown, dated_title, latest_rows, view_of
from storregion.publish.view import Picture, View, embedded
from storregion.publish.words import WORDS

_SHADES = (10, 100, 1000, 5000)


def place_sections(site: Site, language: Language, row: Mapping[str, Any]) -> list[Section]:
    """On a node's page: work, flows, and the places that people come from."""
    if row["kind"] != "node" or "node_roles" not in site.workspace.steps:
        return []
    views = node_views(site, language, row["place"])
    story = node_story(site, language, row["place"])
    context = story | {"flow_svg": embedded(views["flows"])}
    heading = WORDS["work_title"][language]
    return [Section("work", heading, list(views.values()), "place_work.html", context, first=True)]


def node_story(site: Site, language: Language, node: str) -> dict[str, Any]:
    """What a node's page says of work: figures for its sentences, and words for its codes."""
    workspace = site.workspace
    rows = workspace.table("node_roles").filter(node=node).sort("year")
    row = rows.row(-1, named=True)
    schema = workspace.schemas["node_roles"]
    system = workspace.table("node_system").filter(year=row["year"]).row(0, named=True)
    known = {
        column.name: workspace.cell(schema, column.name, row) for column in schema.columns if column.numeric
    }
    places = municipality_labels(site, language)
    return {
        "figures": known,
        "arriving": within(*_with_ends(known, "commuters_in", "commuters_in"), language),
        "to_hub": within(*_with_ends(known, "hub_persons", "hub"), language),
        "role": WORDS[f"code_{row['role']}"][language] if row["role"] else "",
        "also": WORDS[f"code_{row['role_also']}"][language] if row["role_also"] else "",
        "largest": places[row["largest_destination"]].text,
        "hub": node_labels(site, language)[system["hub"]].text,
        "is_hub": system["hub"] == node,
        "how": WORDS[f"code_{row['hub_cell']}"][language] if row["hub_cell"] else "",
        "level": _level(site, language, node, row["year"]),
        "observed": row["hub_cell"] == "observed"
        or workspace.table("commuting_observed").filter(year=row["year"]).height > 0,
    }


def _with_ends(known: Mapping[str, Figure], name: str, stem: str) -> tuple[Figure, Figure, Figure]:
    return known[name], known[f"{stem}_low"], known[f"{stem}_high"]


def _level(site: Site, language: Language, node: str, year: int) -> str | None:
    if "node_levels" not in site.workspace.steps:
        return None
    found: str = site.workspace.table("node_levels").filter(node=node, year=year)[f"name_{language}"].item()
    return found


def node_views(site: Site, language: Language, node: str) -> dict[str, View]:
    """The tables and the flow map of a node's page, of the latest year."""
    workspace = site.workspace
    flows = workspace.table("node_flows")
    latest = int(str(flows["year"].max()))
    own = flows.filter(pl.col("year") == latest, (pl.col("origin") == node) | (pl.col("destination") == node))
    pairs = workspace.table("node_pairs").filter(
        pl.col("year") == latest, (pl.col("one") == node) | (pl.col("two") == node)
    )
    catchment = workspace.table("node_catchment").filter(pl.col("year") == latest, pl.col("node") == node)
    name = node_labels(site, language)[node].text
    w = {word: text[language] for word, text in WORDS.items()}
    views = [
        _work_view(site, language, node, name),
        flow_view(
            site,
            language,
            "flows",
            f"{w['flows_title']}: {name}, {latest}",
            own.sort("persons", descending=True),
        ),
        view_of(
            site,
            language,
            "pairs",
            f"{w['pairs_title']}: {name}, {latest}",
            (site.workspace, "node_pairs", pairs.sort("ratio")),
            without=("year",),
        ),
        view_of(
            site,
            language,
            "catchment",
            f"{w['catchment_title']}: {name}, {latest}",
            (site.workspace, "node_catchment", catchment.sort("share", descending=True)),
            columns=["home", "persons", "share", "cell"],
        ),
    ]
    return {view.name: view for view in views}


def _work_view(site: Site, language: Language, node: str, name: str) -> View:
    """A node's work over the years, series breaks drawn."""
    rows = site.workspace.table("node_roles").filter(node=node).sort("year")
    schema = site.workspace.schemas["node_roles"]
    shares = ("contained", "largest_share", "hub_share")
    points = [
        {
            "year": row["year"],
            "value": scaled(row[column], schema[column].unit),
            "series": schema[column].label[language],
        }
        for column in shares
        for row in rows.iter_rows(named=True)
    ]
    first, last = points[0]["year"], points[-1]["year"]
    broken = site.workspace.table("series_breaks").filter(series="commuting")["year"].to_list()
    breaks = [year for year in broken if first < year <= last]

    def spec(width: int) -> dict[str, object]:
        return charts.lines(
            points, y=WORDS["work_axis"][language], unit=",.0f", width=width, zero=True, breaks=breaks
        )

    title = f"{WORDS['work_over_time'][language]}: {name}"
    alt = WORDS["chart_alt"][language].format(title=WORDS["work_over_time"][language], place=name)
    picture = Picture(alt, lambda width: charts.svg(spec(width), language), spec)
    columns = [
        "year",
        "residents",
        "jobs",
        "commuters_in",
        "commuters_in_low",
        "commuters_in_high",
        "commuters_out",
        "contained",
        "largest_share",
        "hub_share",
    ]
    return view_of(
        site, language, "work", title, (site.workspace, "node_roles", rows), columns=columns, picture=picture
    )


_ROLES = (
    *("node", "role", "role_also", "residents", "jobs", "commuters_in", "commuters_in_low"),
    *("commuters_in_high", "commuters_out", "commuters_net", "contained"),
    *("day_night", "largest_destination", "largest_share", "hub_share", "hub_cell"),
)


def study(site: Site, language: Language) -> StudyPart:
    """Roles, the matrix of flows, the system and its rank-size slopes."""
    workspace = site.workspace

    def view(name: str, title: str, table: str, rows: pl.DataFrame, **more: Unpack[Shown]) -> View:
        return view_of(site, language, name, title, (workspace, table, rows), **more)

    def dated(table: str) -> tuple[str, str, pl.DataFrame]:
        return dated_title(site, language, table), table, latest_rows(site, table)

    flows = latest_rows(site, "node_flows")
    title = workspace.schemas["node_system"].title[language]
    tables = [
        view("roles", *dated("node_roles"), columns=_ROLES),
        view("system", title, "node_system", workspace.table("node_system")),
        view("slopes", *dated("node_rank_size"), without=("year",)),
    ]
    matrix = view("matrix", WORDS["matrix_title"][language], "node_flows", flows, without=("year",))
    answers = [_most_dependent(site, language)]
    return StudyPart(tables, answers, "study_nodes.html", [matrix], {"grid": _grid(site, language, flows)})


def _most_dependent(site: Site, language: Language) -> tuple[str, dict[str, Any]]:
    """The sentence on the node that depends most on the hub."""
    roles = latest_rows(site, "node_roles").drop_nulls("hub_share").sort("hub_share", "node")
    most = roles.row(-1, named=True)
    return "most_dependent", {
        "hub": hub_name(site, language),
        "node": node_labels(site, language)[most["node"]].text,
        "share": site.workspace.cell(site.workspace.schemas["node_roles"], "hub_share", most),
        "how": WORDS[f"code_{most['hub_cell']}"][language],
    }


def _grid(site: Site, language: Language, flows: pl.DataFrame) -> dict[str, Any]:
    """The matrix of flows as rows of cells, each a figure with its shade, in alphabetical order."""
    labels = node_labels(site, language)
    order = sorted(set(flows["origin"]), key=lambda code: alphabetical(labels[code].text))
    schema = site.workspace.schemas["node_flows"]
    cells: dict[tuple[str, str], tuple[Figure, int]] = {}
    for row in flows.iter_rows(named=True):
        shade = sum(row["persons"] >= limit for limit in _SHADES)
        cells[row["origin"], row["destination"]] = (site.workspace.cell(schema, "persons", row), shade)
    return {
        "nodes": [labels[code] for code in order],
        "rows": [(labels[one], [cells.get((one, two)) for two in order]) for one in order],
    }
