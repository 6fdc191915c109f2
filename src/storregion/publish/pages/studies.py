"""All studies with their questions, and the page of each."""

import re
import sys
from collections.abc import Collection, Iterator
from functools import partial
from typing import Any

import polars as pl

from storregion import studies
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Language
from storregion.core.table import Schema
from storregion.core.words import study_words
from storregion.publish import answers
from storregion.publish.labels import study_of
from storregion.publish.parts import Findable, Page, StudyPart
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import rested_on
from storregion.publish.view import View
from storregion.publish.words import WORDS

ROWS_SHOWN = 20
"""Rows of a table on the page of a study that has no own module; all of them are in its files."""


def addresses(site: Site) -> dict[str, Maker]:
    """The list of studies, and a page for each."""
    pages: dict[str, Maker] = {
        f"study/{name}/": partial(study_page, name=name) for name in study_words(studies)
    }
    return {"study/": study_index, **pages}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every study by its title and its question."""
    for name, text in study_words(studies).items():
        also = f"{name} {text.question[language]}"
        yield Findable(text.title[language], "kind_study", f"study/{name}/", also, 0.3)


def study_index(site: Site, language: Language) -> Page:
    """All studies with their questions."""
    found = study_words(studies)
    first = {name: next(answers.answers(site, language, name), None) for name in found}
    return Page("studies.html", WORDS["studies"][language], {"found": found, "first": first})


def study_page(site: Site, language: Language, name: str) -> Page:
    """One study: its text, its tables, and what its own module brings.

    Parameters
    ----------
    site, language : of the page.
    name : the study's.
    """
    text = study_words(studies)[name]
    schemas = site.workspace.schemas.items()
    tables = {table: schema for table, schema in schemas if study_of(site.workspace, table) == name}
    indicators = site.followup.indicators
    make = site.parts.studies.get(name, partial(_as_they_are, tables=tables))
    part = make(site, language) if tables else StudyPart()
    page = Page(part.template, text.title[language])
    ranking = answers.ranking(site, language, name)
    page.views = {view.name: view for view in (*part.tables, *part.views, *([ranking] if ranking else []))}
    page.context = {
        "text": text,
        "method": in_force(text.method[language], site, language, tables),
        "limits": in_force(text.limits[language], site, language, tables),
        "reads": _read_by(site, tables),
        "tables": tables,
        "used": [one for one in indicators if indicators[one].table in tables],
        "indicators": indicators,
        "timetables": rested_on(site, language, next(reversed(tables))) if tables else [],
        "figures": list(answers.answers(site, language, name)),
        "answers": part.answers,
        "plain": [view.name for view in part.tables],
        **part.context,
    }
    return page


def in_force(text: str, site: Site, language: Language, tables: Collection[str]) -> str:
    """A study's text with the assumptions that it names in braces as they are in force.

    Parameters
    ----------
    text : of the method or its limits.
    site, language : of the page.
    tables : of the study; the assumptions are those of their steps.

    Raises
    ------
    SettingError
        The text names what is not an assumption of these steps.
    """
    values: dict[str, object] = {}
    for table in tables:
        values |= site.workspace.record(table).assumptions

    def value(found: re.Match[str]) -> str:
        if (name := found[1]) not in values:
            if not _whole(site, tables):
                return name
            raise SettingError(f"the text {found.string!r} names {{{name}}}; {nearest(name, values)}")
        number = f"{values[name]:g}"
        return number.replace(".", ",") if language == "sv" else number

    # Where a group does not have all the study's tables, names stand for the values that it does not have.
    return re.sub(r"\{(\w+)\}", value if tables else r"\1", text)


def _whole(site: Site, tables: Collection[str]) -> bool:
    """Whether the group has every table of the study that some tables are of."""
    module = sys.modules[site.workspace.steps[next(iter(tables))].module]
    schemas = [it for it in vars(module).values() if isinstance(it, Schema) and it.module == module.__name__]
    return all(schema.name in site.workspace.steps for schema in schemas)


def _read_by(site: Site, tables: Collection[str]) -> list[str]:
    """The tables of other modules that the steps of some tables take."""
    taken = (schema.name for table in tables for schema in site.workspace.steps[table].tables.values())
    return [name for name in dict.fromkeys(taken) if name not in tables]


def _as_they_are(site: Site, language: Language, tables: dict[str, Schema]) -> StudyPart:
    """The tables of a study without a module of its own: each one's latest year, the first rows of it."""
    return StudyPart([_first(site, language, table) for table in tables])


def _first(site: Site, language: Language, table: str) -> View:
    rows, schema = site.workspace.table(table), site.workspace.schemas[table]
    title, binary = schema.title[language], [c.name for c in schema.columns if c.dtype == pl.Binary]
    if "year" in schema.key and rows.height:
        rows = rows.filter(pl.col("year") == rows["year"].max())
        title = f"{title}, {rows['year'].max()!s}"
    more: dict[str, Any] = {"without": binary}
    if rows.height > ROWS_SHOWN:
        rows, more["note"] = rows.head(ROWS_SHOWN), WORDS["rows_note"][language]
        title = f"{title} ({WORDS['first_rows'][language].lower()})"
    return view_of(site, language, table, title, (site.workspace, table, rows), **more)
