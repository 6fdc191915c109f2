"""Editions of the shared strategy, each read from one TOML file: goal, focus areas, and what is not known."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from storregion import settings
from storregion.errors import SettingError, nearest
from storregion.language import Text

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$")]


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published document that words are quoted from: `strategy/documents.toml`."""

    title: str
    publisher: str
    date: str | None = None
    url: str | None = None
    note: Text | None = None


class Cited(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words as they stand in a document, and our own translation of them."""

    text: str
    document: Identifier
    translation: str
    page: int | None = None


class Focus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A focus area: a short label of ours, and the words adopted."""

    label: Text
    words: Cited


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something an edition should tell and does not here, and why."""

    what: Text
    why: Text


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The strategy as adopted one year. Editions are never edited, only superseded."""

    year: int
    title: Text
    document: Identifier
    goal: Cited | None = None
    focus: dict[Identifier, Focus] = {}
    unknown: tuple[Gap, ...] = ()


class Strategy(msgspec.Struct, frozen=True):
    """All editions by year, and the documents they quote."""

    editions: dict[int, Edition]
    documents: dict[str, Document]

    @property
    def latest(self) -> Edition | None:
        """The edition in force."""
        return self.editions[max(self.editions)] if self.editions else None

    def elements(self) -> dict[str, Text]:
        """Every goal and focus area by address, such as `2025/goal`, with its label."""
        found: dict[str, Text] = {}
        for year, edition in self.editions.items():
            if edition.goal is not None:
                found[f"{year}/goal"] = Text("Övergripande mål", "Overall goal")
            found |= {f"{year}/{name}": focus.label for name, focus in edition.focus.items()}
        return found


def read(folder: Path) -> Strategy:
    """Read the editions and documents of a group's folder.

    Raises
    ------
    SettingError
        A file is not as it should be, a quoted document is unknown, two files are of one year, a year is
        not its file's name, a focus area takes the goal's address, or an edition has no goal and does not
        say why.
    """
    place = folder / "strategy"
    library = place / "documents.toml"
    documents = settings.read(library, dict[Identifier, Document]) if library.is_file() else {}
    editions: dict[int, Edition] = {}
    for path in sorted(place.glob("*.toml")):
        if path != library:
            edition = settings.read(path, Edition)
            _fits(edition, documents, path)
            editions[edition.year] = edition
    return Strategy(editions, dict(documents))


def _fits(edition: Edition, documents: dict[str, Document], path: Path) -> None:
    if path.stem != str(edition.year):
        raise SettingError(f"{path}: the edition is of {edition.year}; name the file {edition.year}.toml")
    quotes = [focus.words for focus in edition.focus.values()] + ([edition.goal] if edition.goal else [])
    for document in [edition.document, *(quote.document for quote in quotes)]:
        if document not in documents:
            known = nearest(document, documents) if documents else "there is none"
            raise SettingError(f"{path}: documents.toml has no document {document!r}; {known}")
    if "goal" in edition.focus:
        raise SettingError(f"{path}: 'goal' is the overall goal's address; name the focus area otherwise")
    if edition.goal is None and not edition.unknown:
        raise SettingError(f"{path}: the edition has no goal; say why under [[unknown]]")
