"""What a report is made of, whatever it is written as: words, figures, tables, quotes and drawings.

A report is put together once, from cells that are already there. Each format then writes the same parts, so a
number cannot differ between them.
"""

import datetime
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from storregion.core import units
from storregion.core.errors import SettingError, nearest
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.core.reads import once
from storregion.core.table import Column
from storregion.publish.numbers import ABSENT_SIGN, BASIS_SIGN, is_rough, said
from storregion.publish.rendering import BareNumberError
from storregion.publish.view import View

COUNTED = (
    *("persons", "persons_counted", "persons_of_place", "persons_given"),
    *("employed", "jobs", "jobs_given", "commuters", "municipalities", "year", "number"),
)
"""Units that a column's label tells well enough."""


Part = str | Figure


Parts = Mapping[str, Part]


@dataclass(frozen=True)
class Sentence:
    """Words with `{name}` where a figure or other words go.

    `magnitude` leaves signs out, for sentences whose verb already says them.
    """

    template: str
    parts: Parts = field(default_factory=dict)
    magnitude: bool = False

    @once
    def pieces(self) -> tuple[Part, ...]:
        """Words and figures in order.

        Raises
        ------
        SettingError
            The words name a part that does not exist.
        BareNumberError
            A part is a number that is not a figure.
        """
        found: list[Part] = []
        for at, piece in enumerate(re.split(r"\{(\w+)\}", self.template)):
            if at % 2 == 0:
                found += [piece] if piece else []
                continue
            if piece not in self.parts:
                hint = nearest(piece, self.parts) if self.parts else "it has none"
                raise SettingError(f"the sentence {self.template!r} names {{{piece}}}; {hint}")
            part = self.parts[piece]
            if not isinstance(part, str | Figure):
                raise BareNumberError(f"{part!r} was to be said as {piece!r}; say a figure or words")
            found.append(part)
        return tuple(found)

    @property
    def figures(self) -> list[Figure]:
        """The figures in it."""
        return [piece for piece in self.pieces if isinstance(piece, Figure)]


Cell = str | Figure | Sentence


@dataclass(frozen=True)
class Paragraph:
    """Sentences that follow each other; `kind` says how they are set."""

    sentences: tuple[Sentence, ...]
    kind: Literal["lead", "text", "notice", "small"] = "text"


@dataclass(frozen=True)
class Items:
    """A list: plain, or boxes to tick."""

    entries: tuple[tuple[Sentence, ...], ...]
    kind: Literal["list", "check"] = "list"


@dataclass(frozen=True)
class Table:
    """A table under a title: the first column names the rows. `numbers` are the columns set to the right."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    view: View | None = None
    note: Sentence | None = None

    @property
    def table(self) -> str | None:
        """The name of the table whose cells its numbers are, for those who trace them."""
        return self.view.schema.name if self.view else None


@dataclass(frozen=True)
class Quote:
    """Words to the letter, in which language, what they mean in the report's, and their source."""

    words: str
    source: str
    translation: str | None = None
    language: Language = "sv"


@dataclass(frozen=True)
class Drawing:
    """A vector picture, drawn when it is asked for, and what it says in words."""

    name: str
    draw: Callable[[], str]
    alt: str
    caption: str
    width: Literal["half", "most", "whole"] = "whole"

    @once
    def svg(self) -> str:
        """The picture as SVG."""
        return self.draw()


Block = Paragraph | Items | Table | Quote | Drawing


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; a section of level 2 belongs to the one before of level 1."""

    name: str
    heading: str
    blocks: tuple[Block, ...]
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Report:
    """A report in one language.

    Attributes
    ----------
    name : the stem of its files.
    title, eyebrow, about : what it is called, what kind of report it is, and a line on it.
    group : the short name of the group it is about.
    year : the latest year that a figure is from.
    date : the day of the newest source that is used or quoted; it dates the files.
    sheets : how many pages it is printed on, where that is fixed.
    """

    name: str
    title: str
    eyebrow: str
    about: str
    language: Language
    group: str
    year: int
    date: datetime.date
    sections: tuple[Section, ...]
    sheets: int | None = None

    @property
    def blocks(self) -> Iterator[Block]:
        """Everything under the headings, in order."""
        for section in self.sections:
            yield from section.blocks

    @once
    def figures(self) -> tuple[Figure, ...]:
        """Every figure printed, in order, each time it is."""
        return tuple(figure for block in self.blocks for figure in figures_of(block))

    @once
    def estimated(self) -> bool:
        """Whether a figure rests on an estimate or an assumption."""
        return any(figure.basis in BASIS_SIGN and figure.value is not None for figure in self.figures)

    @once
    def key(self) -> str:
        """What changes when a word or figure of the report does."""
        words = repr((self.title, self.language, [_content(block) for block in self.blocks]))
        return hashlib.sha256(words.encode()).hexdigest()[:12]


def figures_of(block: Block) -> Iterator[Figure]:
    """The figures that a block prints, in order."""
    if isinstance(block, Table):
        cells = [cell for row in block.rows for cell in row]
        sentences = [Sentence("{it}", {"it": c}) if isinstance(c, Figure) else c for c in cells]
        found = [sentence for sentence in sentences if isinstance(sentence, Sentence)]
        found += [block.note] if block.note else []
    elif isinstance(block, Paragraph):
        found = list(block.sentences)
    elif isinstance(block, Items):
        found = [sentence for entry in block.entries for sentence in entry]
    else:
        return
    for sentence in found:
        yield from sentence.figures


def _content(block: Block) -> object:
    """All that a block says, without where it was read from."""
    if isinstance(block, Table):
        rows = [[_plain(cell) for cell in row] for row in block.rows]
        return (block.title, block.header, rows, _plain(block.note or ""))
    if isinstance(block, Paragraph):
        return [_plain(sentence) for sentence in block.sentences]
    if isinstance(block, Items):
        return [[_plain(sentence) for sentence in entry] for entry in block.entries]
    if isinstance(block, Quote):
        return (block.words, block.source, block.translation)
    return (block.caption, block.alt)


def _plain(cell: Cell) -> object:
    if isinstance(cell, Sentence):
        return [piece.id if isinstance(piece, Figure) else piece for piece in cell.pieces]
    return cell.id if isinstance(cell, Figure) else cell


@dataclass(frozen=True)
class Run:
    """A stretch of text, and the sign of its figure's basis if that is not observed."""

    text: str
    mark: str = ""


def runs(cell: Cell, language: Language) -> list[Run]:
    """What a cell or sentence says, in runs: the same words and numbers as on the portal's pages.

    Parameters
    ----------
    cell : words, a figure (printed without its unit, as in a table), or a sentence (with units).
    language : of the numbers.
    """
    if isinstance(cell, str):
        return [Run(cell)]
    if isinstance(cell, Figure):
        return [_run(cell, language, bare=True)]
    return [
        Run(piece) if isinstance(piece, str) else _run(piece, language, magnitude=cell.magnitude)
        for piece in cell.pieces
    ]


def _run(figure: Figure, language: Language, *, bare: bool = False, magnitude: bool = False) -> Run:
    if figure.value is None:
        return Run(ABSENT_SIGN[figure.absent or "missing"])
    text = said(figure, language, bare=bare, magnitude=magnitude)
    # A year only dates what stands beside it, which carries the mark; words of an estimate say what it is.
    plain = figure.unit == "year" or (is_rough(figure) and not bare)
    return Run(text, "" if plain else BASIS_SIGN.get(figure.basis, ""))


def table_of(view: View, columns: tuple[str, ...] = (), note: Sentence | None = None) -> Table:
    """A view as a table of a report: its cells as they are, its columns named as on the portal.

    Parameters
    ----------
    view : the rows.
    columns : those shown, in order; all that the view shows when empty.
    note : a sentence under the table.
    """
    names = [column.name for column in view.shown]
    chosen = [names.index(name) for name in columns or names]
    rows = tuple(
        tuple(cell if isinstance(cell, Figure) else cell.text for cell in (row[at] for at in chosen))
        for row in view.rows
    )
    numbers = frozenset(
        place for place, at in enumerate(chosen) if any(isinstance(row[place], Figure) for row in rows)
    )
    header = tuple(headed(view.shown[at], view.language) for at in chosen)
    return Table(view.title, header, rows, numbers, view=view, note=note)


def headed(column: Column, language: Language) -> str:
    """A column's label with its unit, where the label does not tell it and cells alone would not."""
    label = column.label[language]
    unit = units.unit(column.unit).several[language] if column.numeric else ""
    said = not unit or unit.split()[0].casefold() in label.casefold() or column.unit in COUNTED
    return label if said else f"{label}, {unit}"
