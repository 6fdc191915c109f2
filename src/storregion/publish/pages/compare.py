"""Places compared: two to eight of them on some measures, each as lines over years and all in one table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from storregion.core.language import Language, alphabetical
from storregion.core.table import Column, Schema
from storregion.publish.labels import place_labels
from storregion.publish.pictures import end_labelled
from storregion.publish.site import Findable, FormMaker, Maker, Page, Query, Site
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

ADDRESS = "compare/"
MOST_PLACES, MOST_MEASURES = 8, 6
_KEYS = ({"place", "year"}, {"municipality", "year"}, {"node", "year"})
"""The keys of tables that hold one row a place and year."""
_FIRST = ("growth.persons", "growth.annual_percent")
"""The measures compared when none is chosen."""


@dataclass(frozen=True)
class Measure:
    """A column that holds a number of each place and year."""

    schema: Schema
    column: Column

    @property
    def name(self) -> str:
        """How an address names it."""
        return f"{self.schema.name}.{self.column.name}"

    @property
    def by(self) -> str:
        """The column of its table that holds the place."""
        return next(name for name in self.schema.key if name != "year")


def addresses(site: Site) -> dict[str, Maker]:
    """The page, with the group's counties compared."""
    return {ADDRESS: page}


def forms(site: Site) -> dict[str, FormMaker]:
    """The page with the places and measures of a query."""
    return {ADDRESS: page}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The page."""
    yield Findable(WORDS["compare"][language], "kind_page", ADDRESS, WORDS["compare_also"][language], 0.6)


def measures(site: Site) -> dict[str, Measure]:
    """Every number that is known of places and years, by the name that addresses have for it."""
    found = [
        Measure(schema, column)
        for schema in site.workspace.schemas.values()
        if set(schema.key) in _KEYS
        for column in schema.columns
        if column.numeric and not column.key and column.unit != "year"
    ]
    return {measure.name: measure for measure in found}


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """Some places compared; what an address names that does not exist is named on the page.

    Parameters
    ----------
    site, language : of the page.
    query : the fields `place` and `measure`, each several times; the counties' growth when None.
    """
    known, labels = measures(site), place_labels(site, language)
    asked = {name: list(dict.fromkeys((query or {}).get(name, ()))) for name in ("place", "measure")}
    unknown = [it for it in asked["place"] if it not in labels]
    unknown += [it for it in asked["measure"] if it not in known]
    places = [it for it in asked["place"] if it in labels][:MOST_PLACES]
    chosen = [known[it] for it in asked["measure"] if it in known][:MOST_MEASURES]
    places = places or site.workspace.table("places").filter(kind="county")["place"].to_list()
    chosen = chosen or [known[it] for it in _FIRST if it in known]
    made = Page("compare.html", WORDS["compare"][language])
    names = [labels[it].text for it in places]
    parts = [_part(site, language, measure, dict(zip(places, names, strict=True))) for measure in chosen]
    made.views = {view.name: view for _, view, _ in parts}
    made.context = {
        "live": site.live,
        "unknown": unknown,
        "crowded": len(asked["place"]) > MOST_PLACES or len(asked["measure"]) > MOST_MEASURES,
        "places": [(it, labels[it]) for it in places],
        "chosen": chosen,
        "parts": [(view, svg) for _, view, svg in parts],
        "rows": _rows(site, places, labels, parts),
        "more_places": _choices(labels, places),
        "more_measures": _grouped(known, chosen, language),
        "address": "&".join([*(f"place={it}" for it in places), *(f"measure={it.name}" for it in chosen)]),
    }
    return made


def _part(
    site: Site, language: Language, measure: Measure, places: dict[str, str]
) -> tuple[Measure, View, str]:
    """A measure of some places: its view, and the picture of its lines."""
    frame = site.workspace.table(measure.schema.name)
    rows = frame.filter(pl.col(measure.by).is_in(list(places))).sort(measure.by, "year")
    title = measure.column.label[language]
    lines = [
        end_labelled.Line(
            name,
            list(rows.filter(pl.col(measure.by) == place).select("year", measure.column.name).iter_rows()),
        )
        for place, name in places.items()
    ]
    drawn = end_labelled.drawn(lines, measure.column.unit, language, title)
    labels = {measure.by: place_labels(site, language)}
    columns = (measure.by, "year", measure.column.name)
    view = View(
        measure.name.replace(".", "-"), title, site.workspace, measure.schema, rows, columns, language, labels
    )
    return measure, view, drawn


def _rows(
    site: Site, places: Sequence[str], labels: dict[str, Label], parts: Sequence[tuple[Measure, View, str]]
) -> list[tuple[Label, list[Any]]]:
    """A row a place: of each measure the figure of the latest year that all the places share."""
    found = []
    latest = {measure.name: _common_year(view.frame, measure) for measure, view, _ in parts}
    for place in places:
        cells: list[Any] = []
        for measure, view, _ in parts:
            row = view.frame.filter(pl.col(measure.by) == place, pl.col("year") == latest[measure.name])
            cells.append(view.figure(measure.column.name, row.row(0, named=True)) if row.height else None)
        found.append((labels[place], cells))
    return found


def _common_year(rows: pl.DataFrame, measure: Measure) -> int | None:
    """The latest year in which as many places as possible have a value."""
    there = rows.drop_nulls(measure.column.name).group_by("year").len().sort("len", "year")
    return None if there.is_empty() else int(there["year"][-1])


def _choices(labels: dict[str, Label], taken: Sequence[str]) -> list[tuple[str, str]]:
    free = [(code, label.text) for code, label in labels.items() if code not in taken]
    return sorted(free, key=lambda pair: alphabetical(pair[1]))


def _grouped(
    known: dict[str, Measure], taken: Sequence[Measure], language: Language
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The measures that can be added, under the titles of their tables."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, measure in known.items():
        if measure not in taken:
            label = measure.column.label[language]
            found.setdefault(measure.schema.title[language], []).append((name, label))
    return list(found.items())
