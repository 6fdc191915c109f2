"""Goods in the ports: on the pages of counties and of the group."""

from collections.abc import Iterator, Mapping
from typing import Any

from storregion.core.language import Language
from storregion.publish.parts import Tile
from storregion.publish.site import Site


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The goods of the latest year, for a county with a port and for the group."""
    table, column = ("freight", "geography") if row["kind"] == "group" else ("port_goods", "county")
    if row["kind"] not in ("county", "group") or table not in site.workspace.steps:
        return
    rows = site.workspace.table(table).filter(**{column: row["place"]}).sort("year")
    for last in rows.tail(1).iter_rows(named=True):
        total, year = (
            site.workspace.cell(site.workspace.schemas[table], name, last) for name in ("total_kt", "year")
        )
        yield Tile(total, "tile_goods", {"year": year}, rank=8)
