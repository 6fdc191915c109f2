"""All tables, and the page of each."""

from collections.abc import Iterator
from functools import partial

import polars as pl

from storregion.core.language import LANGUAGES, Language
from storregion.publish.files.whole_tables import Whole, address
from storregion.publish.labels import study_of
from storregion.publish.parts import Findable, Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS


def portal_files(site: Site, language: Language) -> list[Label]:
    """The open files that describe all data of the portal, as links."""
    found = [("file_catalogue", "catalogue.rdf"), ("file_datapackage", "datapackage.json")]
    return [Label(WORDS[word][language], path) for word, path in found]


ROWS_SHOWN = 20


def addresses(site: Site) -> dict[str, Maker]:
    """The list of tables, and a page for each."""
    pages: dict[str, Maker] = {
        f"data/{table}/": partial(data_page, table=table) for table in site.workspace.schemas
    }
    return {"data/": catalogue, **pages}


_AFTER_ALL_ELSE = -1.2
"""So that a table whose title begins with a word does not come before a place that is misspelt."""


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every table by its title and its name."""
    for table, schema in site.workspace.schemas.items():
        name = table.replace("_", " ")
        yield Findable(schema.title[language], "kind_table", f"data/{table}/", name, _AFTER_ALL_ELSE)


def catalogue(site: Site, language: Language) -> Page:
    """Every table, and those that are not made because raw files are missing."""
    layers: dict[str, list[str]] = {"studies": [], "facts": []}
    for table in site.workspace.schemas:
        layers["facts" if study_of(site.workspace, table) is None else "studies"].append(table)
    context = {"layers": layers, "schemas": site.workspace.schemas, "missing": site.workspace.missing}
    context |= {"files": portal_files(site, language)}
    return Page("catalogue.html", WORDS["data"][language], context)


def data_page(site: Site, language: Language, table: str) -> Page:
    """One table: its columns, its first rows, and the whole of it as files."""
    whole = Whole(site, table)
    schema, view = whole.schema, whole.views[LANGUAGES.index(language)]
    shown = [column.name for column in schema.columns if column.dtype != pl.Binary]
    first = View("first", view.title, site.workspace, schema, view.frame.head(ROWS_SHOWN), shown, language)
    context = {
        "schema": schema,
        "view": view,
        "first": first,
        "more": view.frame.height > ROWS_SHOWN,
        "files": {ending: address(table, ending) for ending in whole.endings},
    }
    return Page("data.html", view.title, context)
