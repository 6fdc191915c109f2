"""What the map of the start page can show: layers with a value for each municipality, offered by pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.numbers import ABSENT, BASIS, is_rough, said
from storregion.publish.pictures.maps import Key, class_of, legend, palette
from storregion.publish.reports.model import headed
from storregion.publish.view import View
from storregion.publish.words import WORDS

HERE = "#c2410c"
"""The colour of the place that a layer is about."""
Fills = Mapping[str, tuple[str | None, str]]
"""For each municipality its colour, none where there is no value, and its value in words."""


@dataclass(frozen=True)
class Shown:
    """What a layer shows.

    Attributes
    ----------
    view : the rows, with title and sources; the coloured column is its last.
    lead : a sentence that answers first.
    fills : colour and words of each municipality.
    keys : the legend, the first on top.
    """

    view: View
    lead: str | Markup
    fills: Fills
    keys: Sequence[Key]

    @property
    def heading(self) -> str:
        """What the colours stand for: the view's last column, with its unit."""
        return headed(self.view.shown[-1], self.view.language)


@dataclass(frozen=True)
class Layer:
    """A layer of the map, as a module of pages offers it.

    Attributes
    ----------
    name : what stands for it in an address.
    title : what it is called in the choice of layers.
    paint : makes it, for a code out of `choices`; for no words where there are none.
    choices : codes and names to choose between, such as places; the first is shown when none is chosen.
    choice_of : what is chosen between.
    rank : the lowest comes first, and is shown when none is chosen.
    """

    name: str
    title: str
    paint: Callable[[str], Shown]
    choices: Sequence[tuple[str, str]] = ()
    choice_of: str = ""
    rank: int = 9


def worded(figure: Figure, language: Language, *, marked: bool = True) -> str:
    """A figure on a map in words, with how it is known where that is not said already."""
    if figure.value is None:
        return ABSENT[figure.absent or "missing"][language]
    words = said(figure, language)
    known = figure.basis == "observed" or is_rough(figure) or not marked
    return words if known else f"{words} ({BASIS[figure.basis][language]})"


def graded(
    view: View, by: str, column: str, classes: Sequence[float], colours: Sequence[str] | None = None
) -> tuple[dict[str, tuple[str | None, str]], list[Key]]:
    """Colours by class, and their legend with the highest class on top.

    Parameters
    ----------
    view : rows, one a municipality.
    by : the column of the municipality.
    column : what is coloured.
    classes : the limits between classes, rising.
    colours : of the classes, the lowest first; those of `palette` when None, and else the lowest is on top.
    """
    shades, fills = list(colours or palette(classes)), {}
    for row in view.frame.iter_rows(named=True):
        figure = view.figure(column, row)
        colour = None if figure.value is None else shades[class_of(figure.value, classes)]
        fills[row[by]] = (colour, worded(figure, view.language, marked=not view.uniform))
    unit = view.schema[column].unit
    *keys, absent = legend(classes, unit, view.language, WORDS["no_value"][view.language], shades)
    ordered = keys if colours else keys[::-1]
    return fills, [*ordered, absent] if any(colour is None for colour, _ in fills.values()) else ordered
