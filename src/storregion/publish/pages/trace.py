"""Where a table comes from: every step and raw file behind it."""

from functools import partial

from storregion.core.language import Language
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """A page for every table."""
    return {f"trace/{table}/": partial(trace_page, table=table) for table in site.workspace.schemas}


def trace_page(site: Site, language: Language, table: str) -> Page:
    """Every step and raw file behind a table."""
    workspace = site.workspace
    context = {
        "schema": workspace.schemas[table],
        "schemas": workspace.schemas,
        "records": workspace.trace(table),
        "origins": workspace.origins(table),
    }
    return Page(
        "trace.html", f"{WORDS['trace'][language]}: {workspace.schemas[table].title[language]}", context
    )
