"""Places compared: two to eight of them on some measures, each as lines over years and all in one table."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl
from markupsafe import Markup

from storregion.core import units
from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.core.spread import STATISTICS, Spread
from storregion.publish.labels import place_labels
from storregion.publish.measures import Measure, codes, group_behind, latest_year, measures, rows_of
from storregion.publish.numbers import known
from storregion.publish.ordering import Heading, Ordering, heading
from storregion.publish.pages import place as place_page
from storregion.publish.pages.similar import comparison, similar_to
from storregion.publish.parts import Findable, Page
from storregion.publish.pictures import end_labelled, side_by_side
from storregion.publish.searching import LONGEST_QUERY, folded, found
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.view import Label, Picture, View
from storregion.publish.words import WORDS

ADDRESS = "compare/"
MOST_PLACES, MOST_MEASURES = 8, 6
_TABLE = "compared"
"""What addresses call the table of all places, which can be sorted."""
_FIRST = ("growth.persons", "growth.annual_percent")
"""The measures compared when none is chosen."""


@dataclass(frozen=True)
class Part:
    """A measure on the page: its view, its picture, the group behind, and each place's latest figure."""

    measure: Measure
    view: View
    svg: Markup
    year: int | None
    spread: Spread
    figures: Mapping[str, Figure]
    behind: Mapping[str, Figure]

    @property
    def unit(self) -> str:
        """The unit in words, where the title does not say it."""
        return (
            "" if "%" in self.view.title else units.unit(self.measure.column.unit).several[self.view.language]
        )

    @property
    def ends(self) -> tuple[str, str] | None:
        """The places with the highest and the lowest figure; None where no two differ."""
        there = {place: it.value for place, it in self.figures.items() if it.value is not None}
        if len(set(there.values())) < 2:
            return None
        order = sorted(there, key=lambda place: there[place])
        return order[-1], order[0]


def addresses(site: Site) -> dict[str, Maker]:
    """The page, with the group's counties compared."""
    return {ADDRESS: page}


def forms(site: Site) -> dict[str, FormMaker]:
    """The page with the places and measures of a query."""
    return {ADDRESS: page}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The page."""
    yield Findable(WORDS["compare"][language], "kind_page", ADDRESS, WORDS["compare_also"][language], 0.6)


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """Some places compared; what an address names that does not exist is named on the page.

    Parameters
    ----------
    site, language : of the page.
    query : the fields `place`, by code or name, and `measure`, each several times; the counties' growth when
        None.
    """
    known, labels = measures(site), place_labels(site, language)
    asked = _asked(query or {})
    read = {it: named(site, language, it) for it in asked["place"]}
    unknown = [it for it, code in read.items() if code is None]
    unknown += [it for it in asked["measure"] if it not in known]
    every = list(dict.fromkeys(code for code in read.values() if code is not None))
    chosen = [known[it] for it in asked["measure"] if it in known][:MOST_MEASURES]
    places = every[:MOST_PLACES] or site.workspace.table("places").filter(kind="county")["place"].to_list()
    chosen = chosen or [known[it] for it in _FIRST if it in known]
    made = Page("compare.html", WORDS["compare"][language])
    parts = [_part(site, language, measure, {it: labels[it].text for it in places}) for measure in chosen]
    made.views = {part.view.name: part.view for part in parts}
    made.sorts = frozenset([_TABLE])
    made.context = {
        "live": site.live,
        "headings": _headings(chosen, query or {}) if site.live else {},
        "unknown": unknown,
        "misspelt": [(it, labels[code]) for it, code in read.items() if code and _differs(it, code, labels)],
        "crowded": len(every) > MOST_PLACES or len(asked["measure"]) > MOST_MEASURES,
        "places": [(it, labels[it]) for it in places],
        "ordered": [(it, labels[it]) for it in _ordered(places, parts, labels, Ordering.asked(query or {}))],
        "names": {it: labels[it].text for it in places},
        "parts": parts,
        "statistics": STATISTICS,
        "behind": _behind(language, parts),
        "alike": _alike(site, places, labels),
        "known_places": sorted((it.text for it in labels.values()), key=alphabetical),
        "more_measures": _grouped(known, chosen, language),
        "address": _address(places, chosen),
    }
    return made


def _headings(chosen: Sequence[Measure], query: Query) -> dict[str, Heading]:
    """The links of the headers of the table of all places, by measure."""
    return {name: heading(_TABLE, name, query) for name in ("place", *(it.name for it in chosen))}


def _ordered(
    places: Sequence[str], parts: Sequence[Part], labels: Mapping[str, Label], ordering: Ordering | None
) -> list[str]:
    """The places in the order asked for: by name or a measure, those without a figure last."""
    by = {part.measure.name: part.figures for part in parts}
    if ordering is None or ordering.view != _TABLE or ordering.column not in ("place", *by):
        return list(places)
    if ordering.column == "place":
        return sorted(places, key=lambda it: alphabetical(labels[it].text), reverse=ordering.descending)
    figures = by[ordering.column]
    known = {it: value for it in places if it in figures and (value := figures[it].value) is not None}
    order = sorted(known, key=lambda it: known[it], reverse=ordering.descending)
    return [*order, *(it for it in places if it not in known)]


def _asked(query: Query) -> dict[str, list[str]]:
    """The places and measures of a query, without empty ones; a field may hold several names with commas."""
    parts = {
        name: [one for it in query.get(name, ()) for one in re.split("[,;\n]", it)]
        for name in ("place", "measure")
    }
    return {
        name: list(dict.fromkeys(it.strip() for it in values if it.strip())) for name, values in parts.items()
    }


def named(site: Site, language: Language, text: str) -> str | None:
    """The code of the place that a reader names by its code or name, typing errors forgiven."""
    if text in place_labels(site, language):
        return text
    hits = found(place_page.findable(site, language), text[:LONGEST_QUERY])
    return hits[0].target.split("/")[1] if hits else None


def _differs(text: str, code: str, labels: Mapping[str, Label]) -> bool:
    """Whether a name was read as another."""
    return text != code and folded(text) != folded(labels[code].text)


def _address(places: Sequence[str], chosen: Sequence[Measure]) -> str:
    return "&".join([*(f"place={it}" for it in places), *(f"measure={it.name}" for it in chosen)])


def _part(site: Site, language: Language, measure: Measure, names: Mapping[str, str]) -> Part:
    """A measure of some places, by code and name."""
    rows, spread = rows_of(site, measure, list(names)), group_behind(site, measure, list(names))
    title, labels = measure.label(language), {measure.by: place_labels(site, language)}
    columns = (*([measure.by, "year"] if measure.yearly else [measure.by]), measure.column.name)
    stem = measure.name.replace(".", "-")
    view = View(stem, title, site.workspace, measure.schema, rows, columns, language, labels)
    year = latest_year(rows, measure)
    figures = {}
    for place, code in codes(site, measure, list(names)).items():
        own = rows.filter(pl.col(measure.by) == code)
        own = own.filter(pl.col("year").eq_missing(pl.lit(year))) if measure.yearly else own
        if own.height:
            figures[place] = view.figure(measure.column.name, own.row(0, named=True))
    svg = _drawn(site, view, measure, names, spread)
    part = Part(measure, view, svg, year, spread, figures, spread.figures(year))
    if not svg:
        return part
    said = [part.unit, _band_said(language, spread) if part.behind else ""]
    subtitle = ". ".join(text[:1].upper() + text[1:] for text in said if text)
    picture = Picture(title, lambda width: end_labelled.as_file(svg), subtitle=subtitle)
    return replace(part, view=replace(view, picture=picture))


def _known(view: View, column: str, rows: pl.DataFrame) -> list[float | int | None]:
    """The values of a column as far as they can be known."""
    return [known(view.figure(column, row)) for row in rows.iter_rows(named=True)]


def _drawn(site: Site, view: View, measure: Measure, names: Mapping[str, str], spread: Spread) -> Markup:
    """The places before the group behind: lines over years, or values side by side."""
    language, column, unit = view.language, measure.column.name, measure.column.unit
    own = {
        place: view.frame.filter(pl.col(measure.by) == code)
        for place, code in codes(site, measure, list(names)).items()
    }
    if not measure.yearly:
        values = [(names[place], next(iter(_known(view, column, rows)), None)) for place, rows in own.items()]
        behind = spread.frame.select(STATISTICS).rows()
        return side_by_side.drawn(values, unit, language, view.title, behind[0] if behind else None)
    lines = [
        end_labelled.Line(names[place], list(zip(rows["year"], _known(view, column, rows), strict=True)))
        for place, rows in own.items()
    ]
    band = end_labelled.Band(
        WORDS["compare_median"][language], spread.frame.select("year", *STATISTICS).rows()
    )
    return end_labelled.drawn(lines, unit, language, view.title, band)


def _band_said(language: Language, spread: Spread) -> str:
    """What the band and the dashed line of a picture are."""
    places = f"{len(spread.places)} {WORDS[f'several_{spread.of}'][language]}"
    return WORDS["compare_band"][language].format(places=places)


def _behind(language: Language, parts: Sequence[Part]) -> str | None:
    """What the quartiles are of, in words; None where no measure has any."""
    kinds = {part.spread.of: len(part.spread.places) for part in parts if part.behind}
    said = [f"{count} {WORDS[f'several_{kind}'][language]}" for kind, count in kinds.items()]
    return WORDS["compare_behind"][language].format(places=", ".join(said)) if said else None


def _alike(
    site: Site, places: Sequence[str], labels: Mapping[str, Label]
) -> tuple[Label, list[tuple[str, str]], str] | None:
    """The first municipality compared, those like it that are not compared yet, and all of them compared."""
    for place in places:
        if alike := [one["other"] for one in similar_to(site, place)]:
            more = [(code, labels[code].text) for code in alike if code not in places]
            return labels[place], more, comparison([place, *alike])
    return None


def _grouped(
    known: dict[str, Measure], taken: Sequence[Measure], language: Language
) -> list[tuple[str, list[tuple[str, str]]]]:
    """The measures that can be added, under the titles of their tables."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, measure in known.items():
        if measure not in taken:
            groups.setdefault(measure.schema.title[language], []).append((name, measure.label(language)))
    return list(groups.items())
