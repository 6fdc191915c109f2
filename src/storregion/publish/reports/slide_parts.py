"""What decks share: charts made of a table's rows, and the sources under a slide."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from storregion.core import units
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.reports import references
from storregion.publish.reports.model import Sentence
from storregion.publish.reports.slides import Chart, Deck, Series, Slide
from storregion.publish.reports.wording import word
from storregion.publish.site import Site

MOST_BARS = 8


def over_years(unit: str, lines: Sequence[tuple[str, dict[int, Figure]]]) -> Chart | None:
    """A chart over years, from the first to the last with a value, so that distances between them are true.

    Parameters
    ----------
    unit : of all figures.
    lines : the name of each line and its figures by year; one without any value is left out.

    Returns
    -------
    None where no line has a value.
    """
    there = [(name, found) for name, found in lines if any(one.value is not None for one in found.values())]
    years = sorted({year for _, found in there for year, one in found.items() if one.value is not None})
    if not years:
        return None
    every = range(years[0], years[-1] + 1)
    series = tuple(Series(name, tuple(found.get(year) for year in every)) for name, found in there)
    kind = "lines" if len(years) > 1 else "bars"
    return Chart(kind, unit, tuple(map(str, every)), series)  # type: ignore[arg-type]


def bars(unit: str, name: str, rows: Sequence[tuple[str, Figure]]) -> Chart | None:
    """A chart of lying bars; None where there are no rows.

    Parameters
    ----------
    unit : of all figures.
    name : of what they measure.
    rows : the name and figure of each bar, from the top.
    """
    if not rows:
        return None
    names, figures = zip(*rows, strict=True)
    return Chart("bars", unit, tuple(names), (Series(name, tuple(figures)),))


def measured(label: str, unit: str, language: Language) -> str:
    """What a chart shows and in which unit, for the line under a title."""
    said = word("state_ratio", language) if unit == "ratio" else units.unit(unit).several[language]
    return label if not said or said.split()[0].casefold() in label.casefold() else f"{label}, {said}"


def sourced(site: Site, language: Language, slide: Slide, near: list[str] | None = None) -> Slide:
    """The slide with its publishers, and in its notes the versions and known defects of what it shows.

    Parameters
    ----------
    site, language : of the deck.
    slide : without source.
    near : the municipalities it tells of; defects that concern others alone are left out.
    """
    tables = [table for table in slide.tables if table in site.workspace.steps]
    if not tables:
        return slide
    makers, licences = references.producers(site, language, tables)
    source = word("slide_source", language, makers=", ".join(makers), licences=", ".join(licences))
    notes = [
        f"{word('in_table', language, table=table).capitalize()}: "
        f"{word('version', language).lower()} {site.workspace.key(table)}"
        for table in tables
    ]
    found = references.caveats(site, language, tables, near)
    notes += [f"{row[1]}: {row[2]}" for row in (found.rows if found else ())]
    return replace(slide, source=source, notes=(*slide.notes, *notes))


def finished(site: Site, language: Language, slides: Sequence[Slide], **named: Any) -> Deck:
    """The deck, dated by the newest source of its slides.

    Parameters
    ----------
    site, language : of the deck.
    slides : after the first one.
    named : the deck's name, title, about and year.
    """
    date = references.newest(site, named["year"], [slide.section for slide in slides])
    group = site.workspace.group.short[language]
    return Deck(language=language, group=group, date=date, slides=tuple(slides), **named)


def words(text: str) -> Sentence:
    """A text of ours or a document's as a sentence; braces in it name no part."""
    return Sentence("{words}", {"words": text})
