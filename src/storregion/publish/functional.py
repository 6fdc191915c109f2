"""Functional geography on pages: a node's story, flows, the matrix, labour markets and the tree."""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from storregion.core.errors import CallError
from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish import charts
from storregion.publish.drawings import PALETTE, Flow, area_map, flow_map, tree
from storregion.publish.maps import standalone
from storregion.publish.numbers import with_unit
from storregion.publish.site import WORDS, Maker, Page, Site
from storregion.publish.view import Label, Picture, View

THRESHOLDS = (50, 200, 1000, 5000)
_CODES = ("role", "verdict", "known", "cell", "hub_cell", "moved")
_SHADES = (10, 100, 1000, 5000)


def code_labels(language: Language) -> dict[str, dict[str, Label]]:
    """The words for codes in the tables of functional geography, by column."""
    words = {
        name.removeprefix("code_"): Label(text[language])
        for name, text in WORDS.items()
        if name.startswith("code_")
    }
    return dict.fromkeys(_CODES, words)


def municipality_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every municipality of the country, leading to its page where it has one."""
    rows = site.workspace.table("municipalities")
    own = set(site.workspace.table("places").filter(kind="municipality")["place"])
    return {
        code: Label(name, f"{language}/place/{code}/" if code in own else None)
        for code, name in zip(rows["municipality"], rows["name"], strict=True)
    }


def node_labels(site: Site, language: Language) -> dict[str, Label]:
    """The name of every node, leading to its page."""
    rows = site.workspace.table("nodes")
    return {
        code: Label(name, f"{language}/place/{code}/")
        for code, name in zip(rows["node"], rows["name"], strict=True)
    }


def _labels(site: Site, language: Language) -> dict[str, dict[str, Label]]:
    """Words for every code that these tables hold, by column."""
    nodes, places = node_labels(site, language), municipality_labels(site, language)
    return code_labels(language) | {
        **dict.fromkeys(("node", "origin", "destination", "one", "two", "hub"), nodes),
        **dict.fromkeys(("home", "largest_destination", "municipality", "centre"), places),
    }


def _view(
    site: Site, language: Language, name: str, title: str, table: str, rows: pl.DataFrame, **more: Any
) -> View:
    """A view of a table of functional geography, with every code in words."""
    schema = site.workspace.schemas[table]
    left_out = {"basis", *more.pop("without", ())} | {column.absent for column in schema.columns}
    columns = more.pop("columns", [column.name for column in schema.columns if column.name not in left_out])
    known = {column: words for column, words in _labels(site, language).items() if column in rows.columns}
    return View(name, title, site.workspace, schema, rows, columns, language, known, **more)


def node_story(site: Site, language: Language, node: str) -> dict[str, Any] | None:
    """What a node's page tells about work: figures for its sentences, and words for its codes."""
    workspace = site.workspace
    if "node_roles" not in workspace.steps:
        return None
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
        "role": WORDS[f"code_{row['role']}"][language],
        "largest": places[row["largest_destination"]].text,
        "hub": node_labels(site, language)[system["hub"]].text,
        "is_hub": system["hub"] == node,
        "how": WORDS[f"code_{row['hub_cell']}"][language] if row["hub_cell"] else "",
        "level": _level(site, language, node, row["year"]),
        "observed": row["hub_cell"] == "observed"
        or workspace.table("commuting_observed").filter(year=row["year"]).height > 0,
    }


def _level(site: Site, language: Language, node: str, year: int) -> str | None:
    if "node_levels" not in site.workspace.steps:
        return None
    found: str = site.workspace.table("node_levels").filter(node=node, year=year)[f"name_{language}"].item()
    return found


def node_views(site: Site, language: Language, node: str) -> dict[str, View]:
    """The tables and the flow map of a node's page, of the latest year."""
    workspace = site.workspace
    if "node_roles" not in workspace.steps:
        return {}
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
        _flow_view(
            site,
            language,
            "flows",
            f"{w['flows_title']}: {name}, {latest}",
            own.sort("persons", descending=True),
        ),
        _view(
            site,
            language,
            "pairs",
            f"{w['pairs_title']}: {name}, {latest}",
            "node_pairs",
            pairs.sort("ratio"),
            without=("year",),
        ),
        _view(
            site,
            language,
            "catchment",
            f"{w['catchment_title']}: {name}, {latest}",
            "node_catchment",
            catchment.sort("share", descending=True),
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
            "value": None if row[column] is None else 100 * row[column],
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
        "commuters_out",
        "contained",
        "largest_share",
        "hub_share",
    ]
    return _view(site, language, "work", title, "node_roles", rows, columns=columns, picture=picture)


def _flow_view(site: Site, language: Language, name: str, title: str, rows: pl.DataFrame) -> View:
    """Flows as a table under a map of them."""
    labels = node_labels(site, language)
    flows = [
        Flow(
            row["origin"],
            row["destination"],
            row["persons"],
            row["cell"] != "spread",
            f"{labels[row['origin']].text} → {labels[row['destination']].text}: "
            f"{with_unit(row['persons'], 'commuters', language)} "
            f"({WORDS['code_' + row['cell']][language]})",
        )
        for row in rows.iter_rows(named=True)
        if row["persons"] >= 1
    ]
    picture = Picture(title, lambda width: standalone(flow_map(site.atlas, flows, title)))
    return _view(site, language, name, title, "node_flows", rows, without=("year",), picture=picture)


def drawn(view: View) -> str:
    """A view's picture as part of a page: without the style that its file carries."""
    if view.picture is None:
        raise CallError(f"the view {view.name!r} has no picture")
    text = view.picture.draw(0)
    start, end = text.index("<style>"), text.index("</style>") + len("</style>")
    return text[:start] + text[end:]


def addresses(site: Site) -> dict[str, Maker]:
    """The pages of flows, one for each threshold; none for a group without commuting between nodes."""
    if "node_flows" not in site.workspace.steps:
        return {}

    def maker(least: int) -> Maker:
        return lambda site, language: _flows_page(site, language, least)

    return {f"flows/{least}/": maker(least) for least in THRESHOLDS}


def _flows_page(site: Site, language: Language, least: int) -> Page:
    """Flows between nodes of at least so many, in the latest year."""
    flows = site.workspace.table("node_flows")
    latest = int(str(flows["year"].max()))
    rows = flows.filter(pl.col("year") == latest, pl.col("persons") >= least).sort("persons", descending=True)
    number = with_unit(least, "commuters", language)
    title = f"{WORDS['flows_title'][language]}, {latest}"
    page = Page("flows.html", title)
    page.views["flows"] = _flow_view(site, language, "flows", f"{title}, ≥ {number}", rows)
    page.context = {
        "thresholds": [(f"flows/{n}/", with_unit(n, "commuters", language), n == least) for n in THRESHOLDS],
        "nodes": sorted(node_labels(site, language).values(), key=lambda label: alphabetical(label.text)),
        "svg": drawn(page.views["flows"]),
    }
    return page


def study_views(site: Site, language: Language, study: str) -> tuple[list[View], dict[str, Any]]:
    """The views of a study's page beside its text, and what its template needs more."""
    makers: Mapping[str, Callable[[Site, Language], tuple[list[View], dict[str, Any]]]] = {
        "nodes": _nodes_study,
        "labour_markets": _markets_study,
        "interaction": _interaction_study,
        "commuting": _commuting_study,
        "node_levels": _levels_study,
    }
    return makers[study](site, language) if study in makers else ([], {})


def _latest(site: Site, table: str) -> pl.DataFrame:
    rows = site.workspace.table(table)
    return rows.filter(pl.col("year") == rows["year"].max())


def _titled(site: Site, language: Language, table: str) -> str:
    return f"{site.workspace.schemas[table].title[language]}, {site.workspace.table(table)['year'].max()!s}"


def _nodes_study(site: Site, language: Language) -> tuple[list[View], dict[str, Any]]:
    flows = _latest(site, "node_flows")
    roles = _view(
        site,
        language,
        "roles",
        _titled(site, language, "node_roles"),
        "node_roles",
        _latest(site, "node_roles"),
        columns=[
            "node",
            "role",
            "residents",
            "jobs",
            "commuters_in",
            "commuters_out",
            "commuters_net",
            "contained",
            "day_night",
            "largest_destination",
            "largest_share",
            "hub_share",
            "hub_cell",
        ],
    )
    matrix = _view(
        site, language, "matrix", WORDS["matrix_title"][language], "node_flows", flows, without=("year",)
    )
    system = _view(
        site,
        language,
        "system",
        site.workspace.schemas["node_system"].title[language],
        "node_system",
        site.workspace.table("node_system"),
    )
    slopes = _view(
        site,
        language,
        "slopes",
        _titled(site, language, "node_rank_size"),
        "node_rank_size",
        _latest(site, "node_rank_size"),
        without=("year",),
    )
    most = _latest(site, "node_roles").drop_nulls("hub_share").sort("hub_share", "node").row(-1, named=True)
    answer = (
        "most_dependent",
        {
            "node": node_labels(site, language)[most["node"]].text,
            "share": site.workspace.cell(site.workspace.schemas["node_roles"], "hub_share", most),
            "how": WORDS[f"code_{most['hub_cell']}"][language],
        },
    )
    return [roles, system, slopes], {
        "answers": [answer],
        "matrix": matrix,
        "grid": _grid(site, language, flows),
        "thresholds": THRESHOLDS,
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


def _markets_study(site: Site, language: Language) -> tuple[list[View], dict[str, Any]]:
    workspace = site.workspace
    own = workspace.table("places").filter(kind="municipality")["place"].implode()
    rows = workspace.table("labour_markets").filter(pl.col("municipality").is_in(own), pl.col("rule") == "la")
    moved = rows.filter(pl.col("moved") == "yes").sort("year", "municipality")
    sizes = _latest(site, "labour_market_sizes").filter(
        pl.col("rule") == "la", pl.col("centre").is_in(rows["centre"].unique().implode())
    )
    title = {"sv": "Kommuner som bytt område", "en": "Municipalities that changed area"}[language]
    views = [
        _view(
            site,
            language,
            "moved",
            title,
            "labour_markets",
            moved,
            columns=["municipality", "year", "centre"],
        ),
        _view(
            site,
            language,
            "sizes",
            _titled(site, language, "labour_market_sizes"),
            "labour_market_sizes",
            sizes.sort("residents", descending=True),
            without=("year", "rule"),
        ),
        _view(
            site,
            language,
            "agreement",
            workspace.schemas["labour_market_agreement"].title[language],
            "labour_market_agreement",
            workspace.table("labour_market_agreement"),
        ),
    ]
    areas = _view(
        site,
        language,
        "areas",
        WORDS["areas_title"][language],
        "labour_markets",
        rows,
        columns=["municipality", "year", "centre", "moved"],
    )
    maps = _area_maps(site, language, rows)
    fused = _tree_view(site, language)
    return views, {"areas": areas, "area_maps": maps, "tree": fused, "tree_svg": drawn(fused)}


def _area_maps(site: Site, language: Language, rows: pl.DataFrame) -> list[tuple[str, str]]:
    """A map of areas for each year; an area keeps its colour over the years."""
    inside = set(site.workspace.table("places").filter(kind="municipality")["place"])
    size = rows.group_by("centre").len().sort("len", "centre", descending=[True, False])["centre"]
    colours = {centre: PALETTE[at % len(PALETTE)] for at, centre in enumerate(c for c in size if c in inside)}
    names = {code: label.text for code, label in municipality_labels(site, language).items()}
    found = []
    for (year,), now in rows.sort("year").group_by("year", maintain_order=True):
        areas = dict(zip(now["municipality"], now["centre"], strict=True))
        title = f"{WORDS['areas_title'][language]}: {year!s}"
        found.append((str(year), area_map(site.atlas, areas, colours, names, title)))
    return found


def _tree_view(site: Site, language: Language) -> View:
    """The tree of fusions of the latest year above the table of its steps."""
    rows = _latest(site, "labour_market_tree").sort("step")
    names = municipality_labels(site, language)
    leaves = {code: label.text for code, label in names.items()}
    steps = {
        f"s{row['step']}": Label(WORDS["tree_steps"][language].format(step=row["step"]))
        for row in rows.iter_rows(named=True)
    }
    fusions = [(f"s{row['step']}", row["one"], row["two"]) for row in rows.iter_rows(named=True)]
    title = f"{WORDS['tree_title'][language]}, {rows['year'].max()!s}"
    picture = Picture(title, lambda width: standalone(tree(leaves, fusions, title)))
    view = _view(
        site, language, "tree", title, "labour_market_tree", rows, without=("year",), picture=picture
    )
    return View(
        view.name,
        title,
        view.workspace,
        view.schema,
        rows,
        view.columns,
        language,
        {"one": names | steps, "two": names | steps},
        picture,
    )


def _interaction_study(site: Site, language: Language) -> tuple[list[View], dict[str, Any]]:
    pairs = _latest(site, "node_pairs").sort(pl.col("verdict").is_null(), "ratio")
    weak = pairs.filter(pl.col("verdict") == "weak")
    answer: tuple[str, dict[str, Any]] = ("pairs_none", {})
    if weak.height:
        row = weak.row(0, named=True)
        nodes = node_labels(site, language)
        ratio = site.workspace.cell(site.workspace.schemas["node_pairs"], "ratio", row)
        answer = (
            "pairs_weak",
            {"pair": f"{nodes[row['one']].text}–{nodes[row['two']].text}", "ratio": ratio},
        )
    gravity = site.workspace.table("gravity")
    return [
        _view(
            site,
            language,
            "pairs",
            _titled(site, language, "node_pairs"),
            "node_pairs",
            pairs,
            without=("year",),
        ),
        _view(
            site, language, "gravity", site.workspace.schemas["gravity"].title[language], "gravity", gravity
        ),
    ], {"answers": [answer]}


def _commuting_study(site: Site, language: Language) -> tuple[list[View], dict[str, Any]]:
    views = [
        _view(
            site,
            language,
            "error",
            site.workspace.schemas["commuting_error"].title[language],
            "commuting_error",
            site.workspace.table("commuting_error"),
        )
    ]
    breaks = site.workspace.table("series_breaks").filter(series="commuting")
    views.append(
        _view(
            site,
            language,
            "breaks",
            site.workspace.schemas["series_breaks"].title[language],
            "series_breaks",
            breaks,
            columns=["year", f"about_{language}"],
        )
    )
    return views, {}


def _levels_study(site: Site, language: Language) -> tuple[list[View], dict[str, Any]]:
    rows = _latest(site, "node_levels").sort("level", "node")
    return [
        _view(
            site,
            language,
            "levels",
            _titled(site, language, "node_levels"),
            "node_levels",
            rows,
            columns=["node", f"name_{language}", "lacks"],
        )
    ], {}
