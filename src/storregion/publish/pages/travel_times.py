"""Travel times: the page of the study."""

from collections.abc import Iterator, Mapping
from typing import Any

from storregion.core.language import Language
from storregion.publish.labels import node_labels, timetabled
from storregion.publish.site import Site, StudyPart, Tile
from storregion.publish.table_views import view_of
from storregion.publish.travel import means


def place_tiles(site: Site, language: Language, row: Mapping[str, Any]) -> Iterator[Tile]:
    """The typical time of the morning to the hub, for a node or a municipality that has a service."""
    kind, code = row["kind"], row["place"]
    if kind not in ("node", "municipality") or not timetabled(site):
        return
    workspace = site.workspace
    hub = workspace.table("node_system").sort("year")["hub"].last()
    name = node_labels(site, language)[str(hub)].text
    table, end = "access_nodes", hub
    if kind == "municipality":
        table, end = "access_places", workspace.table("nodes").filter(node=hub)["municipality"].item()
    found = workspace.table(table).filter(origin=code, destination=end, period="morning", way="depart_at")
    for time in found.drop_nulls("typical").iter_rows(named=True):
        schema = workspace.schemas[table]
        typical, departures = (workspace.cell(schema, it, time) for it in ("typical", "departures"))
        parts = {"hub": name, "departures": departures, "means": means(site, language)}
        yield Tile(typical, "tile_hub", parts, rank=3)


def study(site: Site, language: Language) -> StudyPart:
    """Travel times beside those by car, and the ends of the day."""
    if not timetabled(site):
        return StudyPart()
    tables = ("travel_ratios", "access_day")
    return StudyPart(
        [
            view_of(
                site,
                language,
                table,
                site.workspace.schemas[table].title[language],
                (site.workspace, table, site.workspace.table(table)),
            )
            for table in tables
        ]
    )
