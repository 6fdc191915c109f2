"""Documents that words are quoted from, the statements in them, and the texts of those that are kept here."""

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from storregion.core import settings
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Text

Identifier = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]*$")]
StatementName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
"""A statement's name in `statements.toml`, or its id in a plan that was read into the group."""
Page = Annotated[int, Meta(ge=1)]
Fingerprint = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
DatePart = Annotated[str, Meta(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
"""A year, a month or a day, as exact as the source is."""

T = TypeVar("T")
LARGEST_TEXT = 8 * 2**20
"""Bytes that the stored text of one document may hold."""


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published document that words are quoted from: `strategy/documents.toml`.

    `organisation` is whose document it is. `retold` says that another than the owner published the words read
    here, in a summary of its own: they are the publisher's words, not the owner's. `superseded_by` is the
    later document that has taken its place.
    """

    title: str
    publisher: str
    date: DatePart | None = None
    url: Annotated[str, Meta(pattern=r"^https?://[^\s<>\"]+$")] | None = None
    note: Text | None = None
    kind: (
        Literal[
            "strategy",
            "development_strategy",
            "regional_plan",
            "spatial_strategy",
            "comprehensive_plan",
            "national_plan",
            "european",
            "news",
        ]
        | None
    ) = None
    organisation: Identifier | None = None
    retold: bool = False
    superseded_by: Identifier | None = None


class Wording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words as they stand in a document, and our own translation of them."""

    text: str
    document: Identifier
    translation: str
    page: Page | None = None


class Cited(Wording, frozen=True, forbid_unknown_fields=True):
    """Words quoted from one document, and how other documents word the same."""

    variants: tuple[Wording, ...] = ()


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that should be known but is not, and why."""

    what: Text
    why: Text


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A short passage of a document, to the letter: `strategy/statements.toml`."""

    text: str
    translation: str
    page: Page | None = None


@dataclass(frozen=True)
class Library:
    """The documents by name, their statements by name and then by the statement's, and the stored texts.

    `cut` are the words of statements that plans read into the group were cut into, by document and id.
    """

    documents: Mapping[str, Document]
    statements: Mapping[str, Mapping[str, Statement]]
    texts: Mapping[str, str]
    cut: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def known(self, document: str, place: str) -> Document:
        """The document of that name, or an error that says where it was asked for."""
        if document not in self.documents:
            known = nearest(document, self.documents) if self.documents else "there is none"
            raise SettingError(f"{place}: documents.toml has no document {document!r}; {known}")
        return self.documents[document]

    def text(self, document: str, statement: str | None = None) -> str | None:
        """The words that a quote is looked for in: a statement's, or the document's whole stored text."""
        if statement is None:
            return self.texts.get(document)
        found = self.statements.get(document, {}).get(statement)
        return self.cut.get(document, {}).get(statement) if found is None else found.text

    def names(self, document: str) -> list[str]:
        """The statements of a document that can be quoted."""
        return [*self.statements.get(document, {}), *self.cut.get(document, {})]


def read(folder: Path) -> Library:
    """Read the documents, statements and stored texts of a group's folder.

    Raises
    ------
    SettingError
        A date cannot be, a statement or a text is of an unknown document, or a statement does not stand in
        the stored text of its document.
    """
    place = folder / "strategy"
    documents = optional(place / "documents.toml", dict[Identifier, Document])
    _documented(documents, place / "documents.toml")
    statements = optional(place / "statements.toml", dict[Identifier, dict[Identifier, Statement]])
    texts = {path.stem: settings.text(path, LARGEST_TEXT) for path in sorted(place.glob("texts/*.txt"))}
    library = Library(documents, statements, texts)
    for name in texts:
        library.known(name, str(place / "texts" / f"{name}.txt"))
    for document_name, found in statements.items():
        lines = settings.lines(place / "statements.toml")
        for name, statement in found.items():
            at = lines.at(f"{document_name}.{name}")
            library.known(document_name, at)
            if document_name in texts and not stands(statement.text, texts[document_name]):
                raise SettingError(f"{at} does not stand in texts/{document_name}.txt; quote to the letter")
    return library


def _documented(documents: Mapping[str, Document], path: Path) -> None:
    """Refuse a date that is none, words retold from nobody, and a later document that is not there."""
    lines = settings.lines(path)
    for name, document in documents.items():
        at = lines.at(name)
        possible(document.date, f"{at}: date")
        if document.retold and document.organisation is None:
            raise SettingError(f"{at}: retold from whom? give 'organisation', whose document it is")
        if document.superseded_by is not None:
            known_name(document.superseded_by, documents.keys() - {name}, "document", f"{at}: superseded_by")


def optional(path: Path, kind: type[T]) -> T:
    """A settings file of sections that a group need not have; empty when there is none."""
    return settings.read(path, kind) if path.is_file() else kind()


def possible(part: str | None, place: str) -> None:
    """Refuse a year, month or day that the calendar does not have."""
    if part is not None:
        try:
            datetime.date.fromisoformat(part + "0000-01-01"[len(part) :])
        except ValueError as error:
            raise SettingError(f"{place}: there is no date {part!r} ({error}); correct it") from None


def today() -> datetime.date:
    """Today's date, by which a date is seen to lie ahead; tests put another in its place."""
    return datetime.datetime.now(datetime.UTC).date()


def happened(day: datetime.date | None, what: str, place: str) -> None:
    """Refuse a day that what has happened cannot have happened on, for it lies ahead.

    Parameters
    ----------
    day : the day; None when it is not known.
    what : what is said to have happened, for the message.
    place : where it is written.
    """
    if day is not None and day > today():
        raise SettingError(
            f"{place}: {what} {day} is a date that cannot be: it lies ahead of today, {today()}; correct it"
        )


def known_name(name: str, right: Iterable[str], what: str, place: str) -> None:
    """Refuse a name that is not there, with the nearest one."""
    known = list(right)
    if name not in known:
        hint = nearest(name, known) if known else "there is none"
        raise SettingError(f"{place}: there is no {what} {name!r}; {hint}")


def stands(quote: str, text: str) -> bool:
    """Whether a quote stands in a text to the letter; only how lines are broken does not matter."""
    return bool(quote.strip()) and _one_line(quote) in _one_line(text)


def fingerprint(*words: Any) -> str:
    """The SHA-256 of words in a fixed form, 64 hexadecimal digits; line breaks do not matter.

    Parameters
    ----------
    words : texts, or tuples of texts; their order and grouping count.
    """
    return hashlib.sha256(msgspec.json.encode(_plain(words))).hexdigest()


def _plain(words: Any) -> Any:
    return _one_line(words) if isinstance(words, str) else [_plain(word) for word in words]


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
