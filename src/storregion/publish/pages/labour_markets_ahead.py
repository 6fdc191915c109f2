"""Labour markets to come: how many, and the group's municipalities that change area."""

import polars as pl

from storregion.core.language import Language
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of


def study(site: Site, language: Language) -> StudyPart:
    """The number of areas by year, and every municipality of the group in the last year."""
    workspace = site.workspace
    counted = view_of(
        site,
        language,
        "count",
        workspace.schemas["labour_market_count"].title[language],
        (workspace, "labour_market_count", workspace.table("labour_market_count")),
    )
    own = workspace.table("places").filter(kind="municipality")["place"]
    rows = workspace.table("labour_markets_ahead").filter(pl.col("municipality").is_in(own.implode()))
    rows = rows.filter(pl.col("year") == pl.col("year").max())
    title = f"{workspace.schemas['labour_markets_ahead'].title[language]}, {rows['year'][0]}"
    members = view_of(
        site,
        language,
        "members",
        title,
        (workspace, "labour_markets_ahead", rows.sort(pl.col("moved") == "no", "centre", "municipality")),
        without=("year",),
    )
    return StudyPart([counted, members])
