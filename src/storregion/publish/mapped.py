"""A column of a study by municipality as a map with its legend and table."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import place_labels
from storregion.publish.numbers import ABSENT, with_unit
from storregion.publish.pictures.maps import Area, Key, alone, choropleth, legend
from storregion.publish.rendering import relative
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Picture, View
from storregion.publish.words import WORDS


@dataclass(frozen=True)
class Mapped:
    """What is mapped.

    Attributes
    ----------
    table : of the workspace.
    rows : one a municipality of the group, by `place`.
    columns : shown in the table; the last is mapped.
    classes : limits between the map's classes, rising.
    title : of map and table.
    colours : of the classes, the lowest first; the highest is the darkest when None.
    """

    table: str
    rows: pl.DataFrame
    columns: Sequence[str]
    classes: Sequence[float]
    title: str
    colours: Sequence[str] | None = None


def drawn(site: Site, language: Language, what: Mapped, address: str) -> tuple[View, str, list[Key]]:
    """The view, the map for a page, and the legend.

    Parameters
    ----------
    site, language : of the page.
    what : what is mapped.
    address : of the page below the language; links on the map are relative to it.
    """
    column = site.workspace.schemas[what.table][what.columns[-1]]
    labels = place_labels(site, language)
    codes = sorted(what.rows["place"], key=lambda code: alphabetical(labels[code].text))
    order = {code: at for at, code in enumerate(codes)}
    rows = what.rows.sort(pl.col("place").replace_strict(order, return_dtype=pl.Int64))
    areas = []
    for row in rows.iter_rows(named=True):
        figure = site.workspace.cell(site.workspace.schemas[what.table], column.name, row)
        words = (
            with_unit(row[column.name], column.unit, language)
            if figure.absent is None
            else ABSENT[figure.absent][language]
        )
        label = labels[row["place"]]
        target = relative(f"{language}/{address}", label.target or "")
        areas.append(Area(row["place"], label.text, target, figure.value, words))
    svg = choropleth(site.atlas, areas, what.classes, what.title, what.colours)
    keys = legend(what.classes, column.unit, language, WORDS["no_value"][language], what.colours)
    alt = f"{what.title}. {WORDS['map'][language]}."
    picture = Picture(alt, lambda width: alone(site.atlas, svg, keys, what.title))
    shown = (site.workspace, what.table, rows)
    view = view_of(site, language, "map", what.title, shown, columns=what.columns, picture=picture)
    # The page lists the last class first: the highest, or the one that has the first of the colours given.
    return view, svg, [*keys[-2::-1], keys[-1]] if what.colours else keys
