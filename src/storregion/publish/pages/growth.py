"""Population growth: the study's page, and the comparison of places in the latest year."""

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.view import View
from storregion.publish.words import WORDS

GROWTH_COLUMNS = (
    "place",
    "persons",
    "base_year",
    "base_change",
    "base_percent",
    "base_annual_percent",
    "growth_share",
    "concentration",
)


def compared_view(site: Site, language: Language, name: str, codes: list[str]) -> View:
    """Growth of several places in the latest year, in alphabetical order."""
    labels = place_labels(site, language)
    order = {
        code: at for at, code in enumerate(sorted(codes, key=lambda code: alphabetical(labels[code].text)))
    }
    growth = site.workspace.table("growth")
    rows = growth.filter(pl.col("place").is_in(codes), pl.col("year") == growth["year"].max())
    rows = rows.sort(pl.col("place").replace_strict(order, return_dtype=pl.Int64))
    title = f"{WORDS['growth_title'][language]}, {growth['year'].max()!s}"
    schema = site.workspace.schemas["growth"]
    return View(name, title, site.workspace, schema, rows, GROWTH_COLUMNS, language, {"place": labels})


def study(site: Site, language: Language) -> StudyPart:
    """Growth of every municipality of the group in the latest year."""
    codes = site.workspace.table("places").filter(kind="municipality")["place"].to_list()
    return StudyPart([compared_view(site, language, "municipalities", codes)])
