"""Commuting: how far the estimate may be off, breaks of the series, and the layer of the start page's map."""

from collections.abc import Iterator
from functools import partial

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import municipality_labels
from storregion.publish.map_layers import HERE, Layer, Shown, graded
from storregion.publish.numbers import FEW
from storregion.publish.pages.commuting_map import (
    MOST,
    TABLE,
    TOTALS,
    Choice,
    balance,
    exchange,
    is_there,
    people,
    title_of,
)
from storregion.publish.parts import StudyPart
from storregion.publish.pictures.maps import Key, palette
from storregion.publish.rendering import filled
from storregion.publish.site import Site
from storregion.publish.table_views import latest_rows, view_of
from storregion.publish.words import WORDS


def study(site: Site, language: Language) -> StudyPart:
    """The error of the estimate, and the breaks of the series."""
    views = [
        view_of(
            site,
            language,
            "error",
            site.workspace.schemas["commuting_error"].title[language],
            (site.workspace, "commuting_error", site.workspace.table("commuting_error")),
        )
    ]
    breaks = site.workspace.table("series_breaks").filter(series="commuting")
    views.append(
        view_of(
            site,
            language,
            "breaks",
            site.workspace.schemas["series_breaks"].title[language],
            (site.workspace, "series_breaks", breaks),
            columns=["year", f"about_{language}"],
        )
    )
    return StudyPart(views)


def map_layers(site: Site, language: Language) -> Iterator[Layer]:
    """Commuting to a municipality; first to the one that most commute to."""
    if not is_there(site):
        return
    totals = latest_rows(site, TOTALS).filter(sex="total")
    most = totals.sort("inward", "municipality", descending=[True, False])["municipality"][0]
    labels = municipality_labels(site, language)
    names = [(code, labels[code].text) for code in totals["municipality"] if code in site.atlas.shapes]
    choices = sorted(names, key=lambda pair: (pair[0] != most, alphabetical(pair[1])))
    w = {name: WORDS[name][language] for name in ("commuting_layer", "commuting_layer_of")}
    paint = partial(_layer, site, language)
    yield Layer("commuting", w["commuting_layer"], paint, choices, w["commuting_layer_of"], rank=2)


_CLASSES = (10, 100, 500, 2000)


def _layer(site: Site, language: Language, place: str) -> Shown:
    """How many commute to a municipality from each of the others."""
    year = int(str(site.workspace.table(TABLE)["year"].max()))
    choice = Choice(place, "in", year, "total", 0, MOST)
    rows = exchange(site, year, "total").filter(
        pl.col("municipality") == place, pl.col("other").is_in(list(site.atlas.shapes))
    )
    labels = municipality_labels(site, language)
    title = title_of(language, choice, labels[place].text)
    frame = rows.drop("ceiling_out", "ceiling_in").sort("inward", "other", descending=[True, False])
    source = (site.workspace, TABLE, frame)
    columns, names = ("other", "inward"), {"other": labels}
    view = view_of(site, language, "map", title, source, columns=columns, labels=names)
    fills, keys = graded(view, "other", "inward", _CLASSES)
    for row in rows.iter_rows(named=True):
        colour, _ = fills[row["other"]]
        fills[row["other"]] = (colour, people(site, language, row, "in").striptags())
    # Pairs of few have no row.
    few = {code: (palette(_CLASSES)[0], FEW[language]) for code in site.atlas.shapes if len(code) == 4}
    fills = few | fills | {place: (HERE, WORDS["layer_here"][language])}
    parts = balance(site, language, choice, labels[place].text)
    lead = filled(WORDS["commuting_lead"][language], parts, language, f"{language}/")
    return Shown(view, lead, fills, [*keys, Key(HERE, labels[place].text)])
