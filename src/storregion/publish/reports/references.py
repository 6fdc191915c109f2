"""The end of a report: the tables and documents it rests on, and the cell of every figure in its text."""

from collections.abc import Iterator, Sequence

from storregion.language import Language
from storregion.lineage import Figure, Origin
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
from storregion.publish.reports.wording import plain, said, word
from storregion.publish.site import Site
from storregion.strategy.documents import Document


def sections(site: Site, language: Language, before: Sequence[Section]) -> list[Section]:
    """Sources, caveats, documents quoted, and the cells of the figures in the text.

    Parameters
    ----------
    site : where records and documents are read.
    language : of the report.
    before : the sections whose sources are told.
    """
    tables = used(before)
    origins = _origins(site, tables)
    found = [Section("sources", word("sources", language), _sources(site, language, tables))]
    if defects := dict.fromkeys(text for origin in origins if (text := origin.defects[language])):
        items = Items(tuple((plain(text),) for text in defects))
        found.append(Section("caveats", word("caveats", language), (items,), 2))
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


def _sources(site: Site, language: Language, tables: Sequence[str]) -> tuple[Block, ...]:
    header = tuple(word(f"head_{name}", language) for name in ("table", "producer", "licence", "version"))
    rows = []
    for table in tables:
        if table in site.workspace.steps:
            origins = site.workspace.origins(table)
            rows.append(
                (
                    f"{site.workspace.schemas[table].title[language]} ({table})",
                    ", ".join(dict.fromkeys(origin.producer for origin in origins)),
                    ", ".join(dict.fromkeys(origin.licence for origin in origins)),
                    site.workspace.key(table),
                )
            )
    listed = Table(word("table_sources", language), header, tuple(rows), widths=(3, 3, 2, 2))
    return (Paragraph((said("sources_intro", language),)), listed)


def producers(site: Site, tables: Sequence[str]) -> tuple[list[str], list[str]]:
    """Who published the files behind some tables, and under which licences."""
    origins = _origins(site, tables)
    makers = dict.fromkeys(origin.producer for origin in origins)
    return list(makers), list(dict.fromkeys(origin.licence for origin in origins))


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
