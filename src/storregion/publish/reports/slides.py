"""What a deck of slides is made of: sentences as titles, and charts whose points are figures."""

import datetime
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.core.reads import once
from storregion.publish.numbers import BASIS_SIGN
from storregion.publish.reports.model import Quote, Section, Sentence, Table


@dataclass(frozen=True)
class Series:
    """A line or a colour of bars: its name, and a figure for every category, None where there is no row."""

    name: str
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True)
class Chart:
    """A chart that can be edited: categories, and series of one unit.

    `lines` run over years, every year a category, also those without figures; `bars` lie.
    """

    kind: Literal["bars", "lines"]
    unit: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def figures(self) -> Iterator[Figure]:
        """Every figure in it."""
        for one in self.series:
            yield from (figure for figure in one.figures if figure is not None)

    @property
    def absent(self) -> Iterator[tuple[str, str, Figure]]:
        """Category, series and figure of every point that has no value."""
        for one in self.series:
            for category, figure in zip(self.categories, one.figures, strict=True):
                if figure is not None and figure.value is None:
                    yield category, one.name, figure


@dataclass(frozen=True)
class Slide:
    """One slide.

    Attributes
    ----------
    title : what the slide says.
    subtitle : what is shown, and its unit.
    chart, large, points, quote : what stands under the title; a figure that nothing stands beside is large.
    caveats : what the reader must know, on the slide itself.
    source : who published what the figures rest on.
    notes : what the speaker may need: the sources' defects, the versions of the tables.
    """

    title: Sentence
    subtitle: str = ""
    chart: Chart | None = None
    large: Figure | None = None
    points: tuple[Sentence, ...] = ()
    quote: Quote | None = None
    caveats: tuple[Sentence, ...] = ()
    source: str = ""
    notes: tuple[str, ...] = ()

    @once
    def figures(self) -> tuple[Figure, ...]:
        """Every figure on it."""
        said = [figure for it in (self.title, *self.points, *self.caveats) for figure in it.figures]
        large = () if self.large is None else (self.large,)
        return (*said, *large, *(self.chart.figures if self.chart else ()))

    @property
    def tables(self) -> list[str]:
        """The tables that its figures are cells of."""
        return list(dict.fromkeys(figure.table for figure in self.figures))

    @property
    def estimated(self) -> Literal["all", "some", "none"]:
        """How many of its figures rest on estimates or assumptions; years only date others."""
        known = [figure for figure in self.figures if figure.value is not None and figure.unit != "year"]
        rough = [figure for figure in known if figure.basis in BASIS_SIGN]
        return "none" if not rough else "all" if len(rough) == len(known) else "some"

    @property
    def section(self) -> Section:
        """Its figures and quote as a section of a report, for what is asked of sections."""
        cells = Table("", (), tuple((figure,) for figure in self.figures))
        return Section("slide", "", (cells, *((self.quote,) if self.quote else ())))


@dataclass(frozen=True)
class Deck:
    """Slides in one language.

    Attributes
    ----------
    name : the stem of the file.
    title, about : what it is called, and a line on it.
    group : the short name of the group it is about.
    year : the latest year that a figure is from.
    date : the day of the newest source; it dates the file.
    """

    name: str
    title: str
    about: str
    language: Language
    group: str
    year: int
    date: datetime.date
    slides: tuple[Slide, ...]

    @once
    def key(self) -> str:
        """What changes when a word or figure of the deck does."""
        words = repr((self.title, self.about, self.language, self.slides))
        return hashlib.sha256(words.encode()).hexdigest()[:12]
