"""How strongly pairs of nodes interact."""

from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import node_labels
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import dated_title, latest_rows, view_of


def study(site: Site, language: Language) -> StudyPart:
    """Pairs of nodes, the weakest first, and the model behind them."""
    pairs = latest_rows(site, "node_pairs").sort(pl.col("verdict").is_null(), "ratio")
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
    tables = [
        view_of(
            site,
            language,
            "pairs",
            dated_title(site, language, "node_pairs"),
            (site.workspace, "node_pairs", pairs),
            without=("year",),
        ),
        view_of(
            site,
            language,
            "gravity",
            site.workspace.schemas["gravity"].title[language],
            (site.workspace, "gravity", gravity),
        ),
    ]
    return StudyPart(tables, [answer])
