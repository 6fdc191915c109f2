"""What a reader of a file must know, said once: as CSV on the Web metadata, as a README, as facts by name.

Files carry rows in one language or, where only headings would differ, in both; what is said of them is then
said in both. `Views` are therefore the same rows in each language of the file.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from storregion.core.language import Text
from storregion.core.table import Column
from storregion.publish import words
from storregion.publish.files.licences import KNOWN
from storregion.publish.numbers import BASIS
from storregion.publish.view import View

Views = Sequence[View]
WORDS = words.read("files.toml")
FACTS = ("title", "source", "licence", "basis", "caveats", "cite")
_TYPES: dict[Any, str] = {
    pl.String: "string",
    pl.Int64: "integer",
    pl.Float64: "double",
    pl.Boolean: "boolean",
}


def facts(view: View) -> dict[str, str]:
    """What a reader of a file must know: source, licence, basis, caveats, citation."""
    return {
        "title": view.title,
        "source": ", ".join(view.producers),
        "licence": ", ".join(view.licences),
        "basis": BASIS[view.basis][view.language],
        "caveats": " ".join(said_caveats(view)),
        "cite": view.citation,
    }


def said_caveats(view: View) -> list[str]:
    """What to keep in mind about a view, a sentence or more each."""
    return [f"{text.rstrip('.')}." for text in [*view.caveats, *([view.note] if view.note else [])]]


def caveats_of(named: Mapping[str, View]) -> dict[str, list[str]]:
    """What to keep in mind about several views, each thing with the names of those that it is about."""
    found: dict[str, list[str]] = {}
    for name, view in named.items():
        for text in said_caveats(view):
            found.setdefault(text, []).append(name)
    return found


def said(views: Views, text: Text, between: str = " / ") -> str:
    """A text in the languages of a file."""
    return between.join(dict.fromkeys(text[view.language] for view in views))


def lines(view: View) -> list[str]:
    """The facts of a view as lines of text."""
    return [f"{WORDS[name][view.language]}: {value}" for name, value in facts(view).items()]


def fields(view: View) -> list[str]:
    """The columns of a file: those shown, the words for codes, the reasons for empty cells, the basis."""
    found: list[str] = []
    for column in view.shown:
        found.append(column.name)
        if column.name in view.labels:
            found.append(f"{column.name}_name")
    found += [column.absent for column in view.shown if column.absent]
    if "basis" in view.frame.columns:
        found.append("basis")
    return [name for name in dict.fromkeys(found) if view.frame.schema.get(name) != pl.Binary]


def heading(views: Views, field: str) -> str:
    """What stands above a column for readers, in the languages of the file."""
    column, named = _column(views[0], field)
    return said(views, column.label) + (f" ({said(views, WORDS['column_name'])})" if named else "")


def csv_metadata(views: Views, file: str) -> bytes:
    """What to know about a CSV file, as CSV on the Web has it.

    Parameters
    ----------
    views : the rows.
    file : the name of the CSV file, which lies in the same folder.

    Notes
    -----
    Follows the W3C's recommendation "Metadata Vocabulary for Tabular Data" of 2015. Terms of Dublin Core and
    schema.org may be used there by their usual prefixes.
    """
    known: dict[str, str] = {found.language: facts(found)["caveats"] for found in views}
    about = {"url": file} | _about(views) | {"rdfs:comment": _texts(known)}
    return compact(_context(views[0]) | about | {"tableSchema": _columns(views)})


def page_metadata(files: Mapping[str, View], portal: str) -> bytes:
    """What to know about all CSV files of a page: a group of tables, what is true of all said of the group.

    Parameters
    ----------
    files : the views of a page, by the names of their CSV files.
    portal : the address of the language's start page as seen from the page.

    Notes
    -----
    A caveat is a note of the group, once, with the files that it is about. What columns mean at length is
    said where the whole table is described. The name `csv-metadata.json` is where programs look that find
    nothing of a CSV file beside it.
    """
    tables = {
        file: _about([view]) | {"rdfs:seeAlso": {"@id": f"{portal}data/{view.schema.name}/"}}
        for file, view in files.items()
    }
    first, *others = tables.values()
    shared = {name: value for name, value in first.items() if all(it[name] == value for it in others)}
    notes = [
        {"type": "Annotation", "motivation": "commenting", "target": about, "body": text}
        for text, about in caveats_of(files).items()
    ]
    each = [
        {"url": file}
        | {name: value for name, value in tables[file].items() if name not in shared}
        | {"tableSchema": _columns([view], described=view.comparison is not None)}
        for file, view in files.items()
    ]
    document = _context(next(iter(files.values()))) | shared | {"notes": notes, "tables": each}
    return compact(document)


def _context(view: View) -> dict[str, Any]:
    return {"@context": ["http://www.w3.org/ns/csvw", {"@language": view.language}]}


def _about(views: Views) -> dict[str, Any]:
    """What to know about a table beside its caveats and its columns."""
    view = views[0]
    known = {found.language: facts(found) for found in views}
    return {
        "dc:title": _texts({code: found["title"] for code, found in known.items()}),
        "dc:description": _texts({found.language: found.schema.about[found.language] for found in views}),
        "dc:source": _listed({found.language: found.producers for found in views}),
        "dc:license": [
            _licence(name) if isinstance(name, str) else name
            for name in _listed({found.language: found.licences for found in views})
        ],
        "dc:bibliographicCitation": _texts({code: found["cite"] for code, found in known.items()}),
        "schema:version": view.record.key,
        "schema:measurementTechnique": _texts({code: found["basis"] for code, found in known.items()}),
    }


def _columns(views: Views, *, described: bool = True) -> dict[str, Any]:
    """The schema of a CSV file, with what its columns mean or with their headings only."""
    view = views[0]
    keys = [name for name in view.schema.key if name in fields(view)]
    columns = [_described(views, field) for field in fields(view)]
    if not described:
        for column in columns:
            del column["dc:description"]
    return {"columns": columns} | ({"primaryKey": keys} if keys else {})


def compact(document: Any) -> bytes:
    """A document as JSON, without the spaces that would be a fifth of what a small table's files weigh."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _described(views: Views, field: str) -> dict[str, Any]:
    """A column of a CSV file: its heading in the file, its words, its type and bounds."""
    column, named = _column(views[0], field)
    found: dict[str, Any] = {
        "name": field,
        "titles": field,
        "dc:title": _texts({view.language: heading([view], field) for view in views}),
        "dc:description": _texts({view.language: column.about[view.language] for view in views}),
    }
    if named:
        return found | {"datatype": "string"}
    bounds = {"minimum": column.least, "maximum": column.most} if column.numeric else {}
    limits = {name: value for name, value in bounds.items() if value is not None}
    kind = _TYPES[column.dtype]
    found |= {"datatype": {"base": kind} | limits if limits else kind, "schema:unitText": column.unit}
    return found | ({"required": True} if column.key else {})


def readme(views: Views, file: str) -> bytes:
    """What to know about a CSV file, for people, one part a language.

    Parameters
    ----------
    views : the rows.
    file : the name of the CSV file.
    """
    return "\n---\n\n".join(_readme(view, file) for view in views).encode()


def _readme(view: View, file: str) -> str:
    language = view.language
    known = facts(view)
    about = [f"**{WORDS[name][language]}:** {known[name]}\n" for name in FACTS[1:]]
    columns = []
    for field in fields(view):
        column, _ = _column(view, field)
        key = f", {WORDS['column_key'][language]}" if column.name in view.schema.key else ""
        columns.append(
            f"- `{field}` ({column.unit}{key}): {heading([view], field)}. {column.about[language]}"
        )
    parts = [
        f"# {known['title']}\n",
        f"{view.schema.about[language]}\n",
        *about,
        f"## {WORDS['files'][language]}\n",
        f"- `{file}`: {WORDS['readme_rows'][language]}",
        f"- `{file}-metadata.json`: {WORDS['readme_metadata'][language]}\n",
        f"## {WORDS['columns'][language]}\n",
        *columns,
    ]
    return "\n".join(parts) + "\n"


def _column(view: View, field: str) -> tuple[Column, bool]:
    """The column of the table behind a column of a file, and whether it holds the words for its codes."""
    names = {column.name: column for column in view.schema.columns}
    return (names[field], False) if field in names else (names[field.removesuffix("_name")], True)


def _texts(texts: dict[str, str]) -> str | list[dict[str, str]]:
    """A text in its languages, as linked data writes it; alone it is in the language of the document."""
    if len(texts) == 1:
        return next(iter(texts.values()))
    return [{"@value": text, "@language": language} for language, text in texts.items()]


def _listed(names: dict[str, list[str]]) -> list[str | dict[str, str]]:
    """Names in the languages of a file; those that are the same in all of them stand once, as they are."""
    first, *others = names.values()
    alike = [name for name in first if all(name in other for other in others)]
    each = [(name, code) for code, found in names.items() for name in found if name not in alike]
    return [*alike, *({"@value": name, "@language": code} for name, code in each)]


def _licence(name: str) -> str | dict[str, str]:
    return {"@id": KNOWN[name]} if name in KNOWN else name
