"""Editions of the shared strategy: goal and focus areas as adopted, by whom, and what became of what."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from storregion.core import settings
from storregion.core.errors import CallError, SettingError, nearest
from storregion.core.language import Text
from storregion.strategy import adoption, descent, documents, forum
from storregion.strategy.adoption import Adopted
from storregion.strategy.descent import Descent
from storregion.strategy.documents import Brought, Cited, Document, Gap, Identifier, Library, Wording
from storregion.strategy.forum import Forum

BESIDE = ("documents", "statements", "organisations", "lineage", "coherence", "subject_words")
"""The files of a strategy's folder that are not editions."""


class Focus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A focus area: a short label of ours, and the words adopted."""

    label: Text
    words: Cited


class Edition(Brought, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The strategy as adopted one year. Editions are never edited, only superseded.

    `title` is that of `document`, and `titles` are what other documents call it. `context` quotes what the
    edition's documents say of it beside goal and focus areas. Dates are as exact as
    the source is; the validity's end stays empty while the edition holds. `lineage` says what its elements
    come from.
    """

    year: int
    title: Text
    document: Identifier
    goal: Cited | None = None
    focus: dict[Identifier, Focus] = msgspec.field(default_factory=dict)
    unknown: tuple[Gap, ...] = ()
    published: documents.DatePart | None = None
    valid_from: documents.DatePart | None = None
    valid_until: documents.DatePart | None = None
    context: tuple[Wording, ...] = ()
    titles: tuple[Wording, ...] = ()
    lineage: tuple[Descent, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the words adopted: the goal's, and every focus area's with its name."""
        goal = self.goal.text if self.goal else ""
        return documents.fingerprint(goal, *((name, focus.words.text) for name, focus in self.focus.items()))


@dataclass(frozen=True)
class Strategy:
    """All editions by year, the documents they quote, who adopted them, and how they descend."""

    editions: Mapping[int, Edition]
    library: Library
    forum: Forum
    adoptions: Mapping[int, Adopted]
    lineage: tuple[Descent, ...] = ()

    @property
    def documents(self) -> Mapping[str, Document]:
        """The documents that words are quoted from, by name."""
        return self.library.documents

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

    def words(self, element: str) -> Cited:
        """The words adopted of a goal or focus area, by its address."""
        known = self.elements()
        if element not in known:
            raise CallError(f"the strategy has no {element!r}; {nearest(element, known)}")
        year, _, name = element.partition("/")
        edition = self.editions[int(year)]
        return edition.goal if name == "goal" and edition.goal else edition.focus[name].words

    def ancestors(self, element: str) -> list[Descent]:
        """What an element comes from, as people have recorded it."""
        return [descent for descent in self.lineage if descent.to == element]

    def descendants(self, element: str) -> list[Descent]:
        """What became of an element, as people have recorded it."""
        return [descent for descent in self.lineage if descent.of == element]


def read(folder: Path) -> Strategy:
    """Read the editions of a group's folder, with documents, forum, adoptions and lineage.

    Raises
    ------
    SettingError
        A file is not as it should be, a quoted document is unknown, two files are of one year, a year is
        not its file's name, a focus area takes the goal's address, an edition has no goal and does not say
        why, a date cannot be, words were changed after adoption, or lineage or adoptions do not fit.
    """
    place = folder / "strategy"
    library = documents.read(folder)
    found: dict[int, Edition] = {}
    for path in sorted(place.glob("*.toml")):
        if path.stem not in BESIDE:
            edition = settings.read(path, Edition)
            _fits(edition, library, path)
            found[edition.year] = edition
    people = forum.read(folder, library)
    adoptions = adoption.read(folder, found, library, people)
    strategy = Strategy(found, library, people, adoptions)
    elements = strategy.elements()
    own = {place / f"{year}.toml": edition.lineage for year, edition in found.items()}
    descents = descent.read(place / "lineage.toml", own, elements)
    for name, meeting in people.meetings.items():
        for decision in meeting.decisions:
            for element in decision.elements:
                documents.known_name(element, elements, "element", f"{place / 'meetings' / name}.toml")
    return Strategy(found, library, people, adoptions, descents)


def _fits(edition: Edition, library: Library, path: Path) -> None:
    if path.stem != str(edition.year):
        raise SettingError(f"{path}: the edition is of {edition.year}; name the file {edition.year}.toml")
    cited = [focus.words for focus in edition.focus.values()] + ([edition.goal] if edition.goal else [])
    quotes = [
        *cited,
        *edition.titles,
        *edition.context,
        *(variant for words in cited for variant in words.variants),
    ]
    lines = settings.lines(path)
    for document in [edition.document, *(quote.document for quote in quotes)]:
        library.known(document, lines.saying(f'"{document}"'))
    for quote in quotes:
        text = library.text(quote.document)
        if text is not None and not documents.stands(quote.text, text):
            place = lines.saying(quote.text)
            raise SettingError(f"{place}: {quote.text!r} does not stand in texts/{quote.document}.txt")
    if "goal" in edition.focus:
        raise SettingError(f"{path}: 'goal' is the overall goal's address; name the focus area otherwise")
    if edition.goal is None and not edition.unknown:
        raise SettingError(f"{path}: the edition has no goal; say why under [[unknown]]")
    for key in ("published", "valid_from", "valid_until"):
        documents.possible(getattr(edition, key), f"{path}: {key}")
    if edition.valid_from and edition.valid_until and edition.valid_until < edition.valid_from:
        raise SettingError(f"{path}: valid_until {edition.valid_until} is before {edition.valid_from}")
