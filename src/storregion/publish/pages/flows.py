"""Commuting flows between nodes, as a table and a map."""

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import node_labels
from storregion.publish.numbers import said, with_unit
from storregion.publish.parts import Page
from storregion.publish.pictures.maps import standalone
from storregion.publish.pictures.place_maps import Flow, flow_map
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture, View, embedded
from storregion.publish.words import WORDS

THRESHOLDS = (50, 200, 1000, 5000)


def flow_view(site: Site, language: Language, name: str, title: str, rows: pl.DataFrame) -> View:
    """Flows as a table under a map of them."""
    labels, schema = node_labels(site, language), site.workspace.schemas["node_flows"]
    flows = [
        Flow(
            row["origin"],
            row["destination"],
            row["persons"],
            row["cell"] != "spread",
            f"{labels[row['origin']].text} → {labels[row['destination']].text}: "
            f"{said(site.workspace.cell(schema, 'persons', row), language)} "
            f"({WORDS['code_' + row['cell']][language]})",
        )
        for row in rows.iter_rows(named=True)
        if row["persons"] >= 1
    ]
    drawn, hint = flow_map(site.atlas, flows, title), WORDS["flows_hint"][language]
    picture = Picture(title, lambda width: standalone(drawn), subtitle=hint)
    return view_of(
        site, language, name, title, (site.workspace, "node_flows", rows), without=("year",), picture=picture
    )


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
    page.views["flows"] = flow_view(site, language, "flows", f"{title}, ≥ {number}", rows)
    page.context = {
        "thresholds": [(f"flows/{n}/", with_unit(n, "commuters", language), n == least) for n in THRESHOLDS],
        "nodes": sorted(node_labels(site, language).values(), key=lambda label: alphabetical(label.text)),
        "svg": embedded(page.views["flows"]),
    }
    return page
