"""What pages are made of: answers, sections, what a search can find, and the page itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from storregion.core.lineage import Figure
from storregion.publish.view import View

Export = tuple[str, Callable[[], bytes]]
"""An open file: its media type, and what makes it."""


@dataclass
class Page:
    """One page: its template, its title, what the template needs, its views by name, and files beside it.

    `extra` holds the files that no view makes: by name, the media type and what makes the bytes. `sorts`
    names tables beside the views whose order the page takes from the query itself.
    """

    template: str
    title: str
    context: dict[str, Any] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    extra: dict[str, tuple[str, Callable[[], bytes]]] = field(default_factory=dict)
    sorts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Answer:
    """What lies at an address."""

    media_type: str
    body: bytes


@dataclass(frozen=True)
class Findable:
    """What a search can find.

    Attributes
    ----------
    text : its name.
    kind : the name of the words that say what it is.
    target : its address below the language.
    also : other words to find it by.
    weight : how far before others that match as well, from 0.
    context : words of what it is about, which find it beside one of its name only.
    """

    text: str
    kind: str
    target: str
    also: str = ""
    weight: float = 0.0
    context: str = ""


@dataclass(frozen=True)
class Tile:
    """One answer on a place's first screen: a large figure and the words below it.

    Attributes
    ----------
    figure : the figure.
    words : the name of the words; they say what the figure is of.
    parts : what is set into them.
    rank : the lowest comes first.
    """

    figure: Figure
    words: str
    parts: Mapping[str, Any] = field(default_factory=dict)
    rank: int = 9


@dataclass(frozen=True)
class Measured:
    """A column by which places can be compared.

    Attributes
    ----------
    table, column : where it lies; the table's key holds one place.
    fixed : the cells of the rest of the key, but for a year.
    words : the name of the words that say what it is; the column's own label when None.
    """

    table: str
    column: str
    fixed: Mapping[str, str | int] = field(default_factory=dict)
    words: str | None = None


@dataclass(frozen=True)
class Section:
    """A section of a place's page.

    Attributes
    ----------
    heading : its heading; a `name` for its anchor.
    views : the views shown; as tables where the template is the usual one.
    template : of the section; it finds the section under `section`.
    context : what the template needs more.
    first : whether it stands before the population.
    """

    name: str
    heading: str
    views: Sequence[View] = ()
    template: str = "place_tables.html"
    context: Mapping[str, Any] = field(default_factory=dict)
    first: bool = False


@dataclass(frozen=True)
class StudyPart:
    """What a study's own module puts on the study's page.

    Attributes
    ----------
    tables : views shown as tables below the text, in order.
    answers : sentences that answer the question: the name of the words, and the figures and words set in.
    template : of the page; it extends `study.html`.
    views : further views, which the template shows.
    context : what the template needs more.
    """

    tables: Sequence[View] = ()
    answers: Sequence[tuple[str, Mapping[str, Any]]] = ()
    template: str = "study.html"
    views: Sequence[View] = ()
    context: Mapping[str, Any] = field(default_factory=dict)
