"""The end of a report: the tables and documents it rests on, and the cell of every figure in its text."""

import datetime
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from storregion.core.language import Language
from storregion.core.lineage import Figure, Origin
from storregion.publish.reports.model import (
    Block,
    Items,
    Paragraph,
    Quote,
    Section,
    Sentence,
    Table,
    figures_of,
)
from storregion.publish.reports.wording import said, word
from storregion.publish.site import Site
from storregion.strategy.documents import Document


def sections(
    site: Site, language: Language, before: Sequence[Section], near: Sequence[str] | None = None
) -> list[Section]:
    """Sources, caveats, documents quoted, and the cells of the figures in the text.

    Parameters
    ----------
    site : where records and documents are read.
    language : of the report.
    before : the sections whose sources are given.
    near : the municipalities that a report on a place tells of; caveats on others alone are left out.
    """
    tables = used(before)
    found = [Section("sources", word("sources", language), _sources(site, language, tables))]
    if known := caveats(site, language, tables, near):
        found.append(Section("caveats", word("caveats", language), (known,), 2))
    if quoted := documents(site, before):
        items = Items(tuple((_reference(document, language),) for document in quoted))
        found.append(Section("documents", word("documents", language), (items,), 2))
    if cells := _cells(before):
        title = word("traced", language)
        header = (word("head_figure", language), word("head_cell", language))
        rows = tuple((Sentence("{it}", {"it": figure}), figure.id) for figure in cells)
        traced = Table(title, header, rows, widths=(1, 4))
        found.append(Section("traced", word("tracing", language), (traced,), 2))
    return found


def used(sections: Sequence[Section]) -> list[str]:
    """The tables that the figures of some sections are cells of, in order of first use."""
    return list(dict.fromkeys(figure.table for figure in _figures(sections)))


def _figures(sections: Sequence[Section]) -> Iterator[Figure]:
    for section in sections:
        for block in section.blocks:
            yield from figures_of(block)


def _cells(sections: Sequence[Section]) -> list[Figure]:
    """The figures of the running text, each cell once; a table's own say where they are by row and column."""
    running = [
        Section(section.name, section.heading, tuple(b for b in section.blocks if not isinstance(b, Table)))
        for section in sections
    ]
    return list({figure.id: figure for figure in _figures(running)}.values())


def _origins(site: Site, tables: Sequence[str]) -> list[Origin]:
    known = [table for table in tables if table in site.workspace.steps]
    found = {origin.file: origin for table in known for origin in site.workspace.origins(table)}
    return list(found.values())


def caveats(
    site: Site, language: Language, tables: Sequence[str], near: Sequence[str] | None
) -> Table | None:
    """What is to be known of each file, and the tables that rest on it; files behind many tables first.

    Parameters
    ----------
    site, language : of the report.
    tables : those that it shows.
    near : the municipalities that it tells of; caveats on others alone are left out.
    """
    known_names = _municipalities(site)
    resting: dict[str, list[str]] = {}
    for table in tables:
        for origin in _origins(site, [table]):
            resting.setdefault(origin.file, []).append(table)
    rows: list[tuple[str, str, str]] = []
    for origin in _origins(site, tables):
        known = resting[origin.file]
        said = origin.defects[language]
        if said and _concerns(said, near, known_names):
            every = len(known) == len(tables)
            names = word("every_table", language) if every else ", ".join(known)
            rows.append((names, origin.title[language], said))
    rows.sort(key=lambda row: tables.index(row[0].split(", ")[0]) if row[0].split(", ")[0] in tables else -1)
    header = tuple(word(f"head_{name}", language) for name in ("tables", "file", "caveat"))
    return Table(word("table_caveats", language), header, tuple(rows), widths=(3, 3, 5)) if rows else None


def _municipalities(site: Site) -> tuple[tuple[str, str], ...]:
    """The code and the name of every municipality of the group."""
    rows = site.workspace.table("places").filter(kind="municipality")
    return tuple(zip(rows["place"], rows["name_sv"], strict=True))


def _concerns(said: str, near: Sequence[str] | None, names: tuple[tuple[str, str], ...]) -> bool:
    """Whether a caveat is on more than some municipalities of the group, or on one of those that are near.

    What it is on stands in its first clause.
    """
    named = _named(said.partition("; ")[0], names)
    return near is None or not named or not named.isdisjoint(near)


@lru_cache(maxsize=1024)
def _named(clause: str, names: tuple[tuple[str, str], ...]) -> frozenset[str]:
    """The codes of the municipalities that a clause names."""
    return frozenset(code for code, name in names if re.search(rf"\b{re.escape(name)}\b", clause))


def newest(
    site: Site, year: int, sections: Sequence[Section], more: Sequence[datetime.date] = ()
) -> datetime.date:
    """The day of the newest source: figures by the end of their year, documents quoted, the timetable's day.

    Parameters
    ----------
    site : where records and documents are read.
    year : the last year of the figures.
    sections : those that quote documents and hold figures.
    more : other days of what is shown.

    Returns
    -------
    A document dated by year or month counts as of its first day: no later day is given than it has.
    """
    found = [datetime.date(year, 12, 31), *more]
    found += [_first_day(document.date) for document in documents(site, sections) if document.date]
    if any(_by_timetable(site, table) for table in used(sections)):
        found += map(datetime.date.fromisoformat, site.workspace.table("timetable_days")["day"])
    return max(found)


def _by_timetable(site: Site, table: str) -> bool:
    work = site.workspace
    if not {"timetable_days", table} <= set(work.steps):
        return False
    return any(record.table == "calls" for record in work.trace(table))


def _first_day(date: str) -> datetime.date:
    """The first day of a year, month or day such as 2025, 2025-09 or 2025-09-18."""
    year, month, day = (*map(int, date.split("-")), 1, 1)[:3]
    return datetime.date(year, month, day)


def _sources(site: Site, language: Language, tables: Sequence[str]) -> tuple[Block, ...]:
    header = tuple(word(f"head_{name}", language) for name in ("table", "producer", "licence", "version"))
    rows = []
    for table in tables:
        if table in site.workspace.steps:
            origins = site.workspace.origins(table)
            rows.append(
                (
                    f"{site.workspace.schemas[table].title[language]} ({table})",
                    ", ".join(_makers(origins, language)),
                    ", ".join(_terms(origins, language)),
                    site.workspace.key(table),
                )
            )
    listed = Table(word("table_sources", language), header, tuple(rows), widths=(3, 3, 2, 2))
    return (Paragraph((said("sources_intro", language),)), listed)


def producers(site: Site, language: Language, tables: Sequence[str]) -> tuple[list[str], list[str]]:
    """Who published the files behind some tables, and under which licences, in a language."""
    origins = _origins(site, tables)
    return _makers(origins, language), _terms(origins, language)


def _makers(origins: Iterable[Origin], language: Language) -> list[str]:
    """Who published some files, each once; a file of several names them with ` / ` between."""
    named = (origin.published_by(language).split(" / ") for origin in origins)
    return list(dict.fromkeys(maker for makers in named for maker in makers))


def _terms(origins: Iterable[Origin], language: Language) -> list[str]:
    return list(dict.fromkeys(origin.terms(language) for origin in origins))


def documents(site: Site, sections: Sequence[Section]) -> list[Document]:
    """The documents that some sections quote."""
    sources = [b.source for section in sections for b in section.blocks if isinstance(b, Quote)]
    return [
        document
        for document in site.strategy.documents.values()
        if any(source.startswith(f"{document.title}, {document.publisher}") for source in sources)
    ]


def _reference(document: Document, language: Language) -> Sentence:
    parts = {
        "title": document.title,
        "publisher": document.publisher,
        "date": f", {document.date}" if document.date else "",
        "url": f" {document.url}" if document.url else "",
    }
    return said("document", language, **parts)
