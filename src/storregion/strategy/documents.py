"""Documents that words are quoted from, the statements in them, and the texts of those that are kept here."""

import datetime
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar

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


Statements: TypeAlias = dict[Identifier, dict[Identifier, Statement]]


class Brought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Documents and statements that an edition or a file of links brings with it.

    They are written as in `documents.toml` and `statements.toml`.
    """

    documents: dict[Identifier, Document] = {}
    statements: Statements = {}


_BROUGHT = ("documents", "statements")


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
        A date cannot be, a statement or a text is of an unknown document, a statement does not stand in
        the stored text of its document, or two files have one name.
    """
    place = folder / "strategy"
    brought = [
        (path, _brought(path)) for path in sorted([*place.glob("[0-9]*.toml"), *place.glob("links/*.toml")])
    ]
    own = optional(place / "documents.toml", dict[Identifier, Document])
    documents = _documented(
        [(place / "documents.toml", "", own)] + [(path, "documents.", one.documents) for path, one in brought]
    )
    texts = {path.stem: settings.text(path, LARGEST_TEXT) for path in sorted(place.glob("texts/*.txt"))}
    kept = optional(place / "statements.toml", Statements)
    library = Library(documents, {}, texts)
    statements = _stated(
        [(place / "statements.toml", "", kept)]
        + [(path, "statements.", one.statements) for path, one in brought],
        library,
    )
    for name in texts:
        library.known(name, str(place / "texts" / f"{name}.txt"))
    return replace(library, statements=statements)


def without_brought(path: Path) -> dict[str, Any]:
    """The sections of a file of links that are links, not documents and statements that it brings with it.

    Parameters
    ----------
    path : the file.
    """
    return {key: one for key, one in settings.read(path, dict[str, Any]).items() if key not in _BROUGHT}


def _brought(path: Path) -> Brought:
    """The documents and statements that an edition or a file of links brings with it."""
    sections = settings.read(path, dict[str, Any])
    own = {key: sections[key] for key in _BROUGHT if key in sections}
    return settings.fitted(own, Brought, str(path), settings.lines(path))


def _documented(parts: Sequence[tuple[Path, str, Mapping[str, Document]]]) -> dict[str, Document]:
    """All documents; refuse one there twice, a date that cannot be, words retold from nobody."""
    found: dict[str, Document] = {}
    every = {name for _, _, documents in parts for name in documents}
    for path, prefix, documents in parts:
        lines = settings.lines(path)
        for name, document in documents.items():
            at = lines.at(f"{prefix}{name}")
            if name in found:
                raise SettingError(f"{at}: another file has a document of this name; keep one of the two")
            possible(document.date, f"{at}: date")
            if document.retold and document.organisation is None:
                raise SettingError(f"{at}: retold from whom? give 'organisation', whose document it is")
            if document.superseded_by is not None:
                known_name(document.superseded_by, every - {name}, "document", f"{at}: superseded_by")
            found[name] = document
    return found


def _stated(
    parts: Sequence[tuple[Path, str, Statements]], library: Library
) -> dict[str, dict[str, Statement]]:
    """All statements; refuse one there twice, of an unknown document, or that its text does not hold."""
    found: dict[str, dict[str, Statement]] = {}
    for path, prefix, statements in parts:
        lines = settings.lines(path)
        for document, name, statement in ((d, n, s) for d, of in statements.items() for n, s in of.items()):
            at = lines.at(f"{prefix}{document}.{name}")
            library.known(document, at)
            if name in found.setdefault(document, {}):
                raise SettingError(f"{at}: another file has a statement of this name; keep one of the two")
            if document in library.texts and not stands(statement.text, library.texts[document]):
                raise SettingError(f"{at} does not stand in texts/{document}.txt; quote to the letter")
            found[document][name] = statement
    return found


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
