"""Others' projections: the study's page, and what the page of a place shows of them."""

from typing import Any

import polars as pl

from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.parts import StudyPart
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

AHEAD = 2040
"""The year that is said, where an edition has it; else its last."""
COLUMNS = ("projection", "published", "year", "projected", "ours", "against_ours", "outcome", "error_percent")
SAID = 4
"""How many places the study's page says it of; its table has all."""
KINDS = ("country", "county", "municipality")


def study(site: Site, language: Language) -> StudyPart:
    """Every edition's level beside ours, and its errors once years have come."""
    workspace = site.workspace
    rows = workspace.table("vintage_levels")
    title = workspace.schemas["vintage_levels"].title[language]
    columns = ("place", *COLUMNS)
    table = (workspace, "vintage_levels", rows)
    levels = view_of(site, language, "levels", title, table, columns=columns, labels=_editions(rows))
    kinds = {"kind": {kind: Label(WORDS[f"vintage_{kind}"][language]) for kind in KINDS}}
    errors = view_of(
        site,
        language,
        "errors",
        workspace.schemas["vintage_errors"].title[language],
        (workspace, "vintage_errors", workspace.table("vintage_errors")),
        labels=_editions(rows) | kinds,
    )
    said = [newest(site, language, place) for place in rows["place"].unique().sort()]
    tables = [levels, errors] if errors.frame.height else [levels]
    return StudyPart(tables, [("vintage_said", one) for one in said if one][:SAID])


def points(site: Site, place: str) -> list[dict[str, Any]]:
    """What others have projected of a place, for its fan."""
    return [
        {"year": row["year"], "value": row["projected"], "name": _edition(row)}
        for row in _rows(site, place).iter_rows(named=True)
    ]


def newest(site: Site, language: Language, place: str) -> dict[str, Any]:
    """The figures of the edition published last that can be compared with ours; none where there is none."""
    rows = _rows(site, place).filter(pl.col("ours").is_not_null()).sort("published", "year")
    if rows.is_empty():
        return {}
    own = rows.filter(projection=rows["projection"][-1])
    row = own.filter((pl.col("year") - AHEAD).abs() == (pl.col("year") - AHEAD).abs().min()).row(
        0, named=True
    )
    schema = site.workspace.schemas["vintage_levels"]
    found: dict[str, Any] = {
        name: site.workspace.cell(schema, name, row) for name in ("year", "projected", "ours", "against_ours")
    }
    return found | {"edition": _edition(row), "place": place_labels(site, language)[place].text}


def place_views(site: Site, language: Language, place: str, name: str) -> list[View]:
    """The table of a place's editions; none where nobody else has projected it."""
    rows = _rows(site, place)
    if rows.is_empty():
        return []
    title = f"{WORDS['vintage_title'][language]}: {name}"
    table = (site.workspace, "vintage_levels", rows.sort("published", "year", descending=True))
    return [view_of(site, language, "vintages", title, table, columns=COLUMNS, labels=_editions(rows))]


def _rows(site: Site, place: str) -> pl.DataFrame:
    return site.workspace.table("vintage_levels").filter(place=place)


def _edition(row: dict[str, Any]) -> str:
    """The producer with the year of publication."""
    return f"{row['producer']} {row['published'][:4]}"


def _editions(rows: pl.DataFrame) -> dict[str, dict[str, Label]]:
    """What the editions are called."""
    own = rows.unique("projection", keep="first", maintain_order=True)
    return {"projection": {row["projection"]: Label(_edition(row)) for row in own.iter_rows(named=True)}}
