"""Slides on the state of the group and on a focus area: indicators in charts, and what is not followed."""

import polars as pl

from storregion.core.errors import CallError, nearest
from storregion.core.language import Language
from storregion.publish.labels import place_labels
from storregion.publish.pages.projection import LATER
from storregion.publish.reports.focus import quote
from storregion.publish.reports.model import Sentence
from storregion.publish.reports.slide_parts import bars, finished, measured, over_years, sourced, words
from storregion.publish.reports.slides import Deck, Slide
from storregion.publish.reports.state import headline, last_year
from storregion.publish.reports.wording import said, word
from storregion.publish.site import Site
from storregion.strategy import followup
from storregion.strategy.editions import Edition


def deck(site: Site, language: Language) -> Deck:
    """The state of the group: its goal, every indicator, where its counties go, and what is not followed up.

    Parameters
    ----------
    site, language : of the deck.
    """
    edition = site.strategy.latest
    slides = [] if edition is None else _words(site, language, f"{edition.year}/goal")
    slides += [found for name in site.followup.indicators for found in _indicator(site, language, name)]
    slides += _ahead(site, language)
    slides += _market(site, language)
    slides += [] if edition is None else _missing(site, language, edition)
    full = site.workspace.group.name[language]
    return finished(
        site,
        language,
        [sourced(site, language, slide) for slide in slides],
        name=f"slides-state-{language}",
        title=word("state_kind", language, group=full),
        about=word("state_about", language),
        year=last_year(site),
    )


_ENDS = 4
"""Pairs with the most, and with the fewest, that a slide has room for."""


def _market(site: Site, language: Language) -> list[Slide]:
    """The pairs of counties with the most and the fewest commuters against what is expected."""
    workspace = site.workspace
    if "market_state" not in workspace.steps:
        return []
    state = workspace.table("market_state").filter(kind="county", side="work")
    sides = workspace.table("market_sides").filter(pl.col("place").is_in(list(workspace.group.counties)))
    rows = sides.filter(pl.col("verdict").is_in(["strong", "weak"]), side="work")
    rows = rows.sort("value", "place", descending=[True, False])
    if rows.height < 2 * _ENDS:
        return []
    names, schema = place_labels(site, language), workspace.schemas["market_sides"]
    found = [
        (f"{names[row['place']].text}–{names[row['other_place']].text}", workspace.cell(schema, "value", row))
        for row in pl.concat([rows.head(_ENDS), rows.tail(_ENDS)]).iter_rows(named=True)
    ]
    counted = {
        name: workspace.cell(workspace.schemas["market_state"], name, state.row(0, named=True))
        for name in ("judged", "strong", "weak")
    }
    label = word("slide_market_label", language)
    year = workspace.cell(schema, "year", rows.row(0, named=True))
    caveat = said("slide_market_caveat", language, year=year)
    title = said("slide_market", language, **counted)
    return [Slide(title, label, bars("ratio", label, found), caveats=(caveat,))]


def focus_deck(site: Site, language: Language, name: str) -> Deck:
    """One focus area, or the goal: its words, what follows it or why nothing does, and its joint projects.

    Parameters
    ----------
    site, language : of the deck.
    name : of the focus area in the edition in force, or `goal`.

    Raises
    ------
    CallError
        The edition in force does not have it.
    """
    edition = site.strategy.latest
    known = [] if edition is None else ["goal"] * (edition.goal is not None) + list(edition.focus)
    if edition is None or name not in known:
        hint = nearest(name, known) if known else "the group has no adopted strategy"
        raise CallError(f"focus area {name!r} does not exist; {hint}")
    element = f"{edition.year}/{name}"
    slides = _words(site, language, element)
    followed = site.followup.of(element)
    slides += [found for one in followed for found in _indicator(site, language, one)]
    if not followed:
        slides.append(Slide(words(_why(site, language, element)), word("slide_not_followed", language)))
    if projects := site.whole.projects.of(element):
        points = tuple(words(project.title[language]) for project in projects.values())
        title = words(word("slide_projects", language, element=_label(site, language, element)))
        slides.append(Slide(title, points=points))
    return finished(
        site,
        language,
        [sourced(site, language, slide) for slide in slides],
        name=f"slides-focus-{name}-{language}",
        title=_label(site, language, element),
        about=edition.title[language],
        year=last_year(site),
    )


def _label(site: Site, language: Language, element: str) -> str:
    return site.strategy.elements()[element][language]


def _words(site: Site, language: Language, element: str) -> list[Slide]:
    """What an element says in the words adopted; none where the edition has no such words."""
    if element not in site.strategy.elements():
        return []
    title = words(word("slide_words", language, element=_label(site, language, element)))
    return [Slide(title, quote=quote(site, language, site.strategy.words(element)))]


def _indicator(site: Site, language: Language, name: str) -> list[Slide]:
    """An indicator's series under its own sentence; none where it has no figure."""
    sentence = headline(site, language, name)
    if sentence is None:
        return []
    indicator, work = site.followup.indicators[name], site.workspace
    schema = work.schemas[indicator.table]
    rows = followup.series(indicator, work).filter(pl.col("year").is_not_null()).rows(named=True)
    title, unit = indicator.title[language], schema[indicator.column].unit
    line = {row["year"]: work.cell(schema, indicator.column, row) for row in rows}
    caveats = (words(indicator.caution[language]),) if indicator.caution else ()
    there = [figure for figure in line.values() if figure.value is not None]
    subtitle = measured(title, unit, language)
    if len(there) == 1:
        return [Slide(sentence, subtitle, large=there[0], caveats=caveats)]
    return [Slide(sentence, subtitle, over_years(unit, [(title, line)]), caveats=caveats)]


def _ahead(site: Site, language: Language) -> list[Slide]:
    """Where the counties go, those that grow most first; none without a projection of several counties."""
    work = site.workspace
    if "projection" not in work.steps:
        return []
    counties = work.table("places").filter(kind="county")["place"].to_list()
    rows = work.table("projection").filter(pl.col("place").is_in(counties), year=LATER, frame="base")
    ordered = rows.sort("change_percent", descending=True).rows(named=True)
    if len(ordered) < 2:
        return []
    schema, labels = work.schemas["projection"], place_labels(site, language)
    found = [(labels[row["place"]].text, work.cell(schema, "change_percent", row)) for row in ordered]
    year = work.cell(schema, "year", ordered[0])
    (first, most), (last, least) = found[0], found[-1]
    title = said("slide_ahead", language, year=year, first=first, most=most, last=last, least=least)
    column = schema["change_percent"]
    below = measured(column.label[language], column.unit, language)
    return [
        Slide(
            title,
            below,
            bars(column.unit, column.label[language], found),
            caveats=(said("slide_ahead_sure", language),),
        )
    ]


def _missing(site: Site, language: Language, edition: Edition) -> list[Slide]:
    """The goal and focus areas that nothing follows, each with its reason."""
    elements = ["goal"] * (edition.goal is not None) + list(edition.focus)
    lost = [one for one in (f"{edition.year}/{name}" for name in elements) if not site.followup.of(one)]
    points = tuple(
        Sentence(
            "{label}: {why}",
            {"label": _label(site, language, element), "why": _why(site, language, element)},
        )
        for element in lost
    )
    return [Slide(words(word("slide_missing", language)), points=points)] if points else []


def _why(site: Site, language: Language, element: str) -> str:
    reason = site.followup.not_yet.get(element)
    return reason[language] if reason else word("no_reason", language)
