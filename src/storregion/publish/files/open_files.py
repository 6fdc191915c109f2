"""Open files of the whole portal, at addresses of no language: tables, strategy, catalogue, data package."""

from functools import partial

from storregion.publish.files import datapackage, dcat, visitors, whole_tables
from storregion.publish.files.suggestions import suggestions_file
from storregion.publish.followups import packages
from storregion.publish.parts import Export
from storregion.publish.site import Site
from storregion.strategy import formats, freeze, plans

JSON, XML, CSV = "application/json", "application/xml", "text/csv; charset=utf-8"


RDF = "application/rdf+xml"


def files(site: Site) -> dict[str, Export]:
    """Every open file by address, with its media type and what makes it."""
    workspace, found = site.workspace, site.whole
    made: dict[str, Export] = {}
    if site.strategy.editions:
        made["strategy.json"] = (JSON, lambda: formats.as_json(workspace, found))
        made["strategy.schema.json"] = (JSON, formats.schema)
        for year in sorted(site.strategy.editions):
            made[f"strategy-{year}.xml"] = (XML, partial(formats.as_stratml, workspace, found, year))
        for document, plan in plans.read(workspace.folder).items():
            made[f"plans/{document}.csv"] = (CSV, partial(suggestions_file, site, plan))
    for folder in packages(site):
        for name, content in freeze.read(folder).items():
            kind = XML if name.endswith(".xml") else JSON
            made[f"followups/{folder.name}/{name}"] = (kind, partial(bytes, content))
    made |= whole_tables.files(site)
    made["catalogue.rdf"] = (RDF, lambda: dcat.catalogue(site))
    made["datapackage.json"] = (JSON, lambda: datapackage.package(site))
    made[visitors.ROBOTS] = (visitors.TEXT, visitors.robots)
    if (contact := visitors.security(workspace.group.portal)) is not None:
        made[visitors.SECURITY] = (visitors.TEXT, partial(bytes, contact))
    return made
