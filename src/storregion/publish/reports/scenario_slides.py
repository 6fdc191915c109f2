"""Slides on a scenario: the times that change most, whom that brings within an hour, and what it rests on."""

from typing import Any

import polars as pl

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import node_labels, place_labels
from storregion.publish.numbers import plain
from storregion.publish.reports.scenario_sheet import opened
from storregion.publish.reports.slide_parts import MOST_BARS, finished, measured, sourced, words
from storregion.publish.reports.slides import Chart, Deck, Series, Slide
from storregion.publish.reports.wording import said, word
from storregion.publish.scenario_basis import operations, settings
from storregion.publish.scenario_effects import growth, projection
from storregion.publish.site import Site
from storregion.publish.travel import means

LEAST_MINUTES = 0.5
"""A change of less is none to a traveller."""


def deck(site: Site, language: Language, name: str) -> Deck:
    """The slides on a scenario.

    Parameters
    ----------
    site, language : of the deck.
    name : the stem of the scenario's file.

    Raises
    ------
    CallError
        The group has no such scenario.
    """
    other = opened(site, name)
    travel = [_times(site, language, other)] if name in site.scenarios else []
    travel += _reach(site, language, other)
    slides = [*travel, *_people(site, language, other), _rests(language, other)]
    return finished(
        site,
        language,
        [sourced(site, language, slide) for slide in slides],
        name=f"slides-scenario-{name}-{language}",
        title=other.scenario.title[language],
        about=other.scenario.about[language],
        year=int(site.workspace.table("growth")["year"].max()),  # type: ignore[arg-type]
    )


def _times(site: Site, language: Language, other: Workspace) -> Slide:
    """The pairs of nodes whose time changes most, each once, before and with the change."""
    both = Comparison(site.workspace, other, "access_nodes", ("with_wait",))
    before, then, change = sides("with_wait")
    rows = both.frame.filter(pl.col(change).abs() >= LEAST_MINUTES, period="morning", way="depart_at")
    rows = rows.sort([pl.col(change).abs(), "origin", "destination"], descending=[True, False, False])
    once: dict[frozenset[str], dict[str, Any]] = {}
    for row in rows.iter_rows(named=True):
        once.setdefault(frozenset((row["origin"], row["destination"])), row)
    if not once:
        return Slide(words(word("changes_none", language)))
    nodes = node_labels(site, language)
    chosen = list(once.values())[:MOST_BARS]
    names = [f"{nodes[row['origin']].text}–{nodes[row['destination']].text}" for row in chosen]
    chart = _two(language, both, (before, then), names, chosen)
    parts = {"pair": names[0], "before": chart.series[0].figures[0], "then": chart.series[1].figures[0]}
    title = said("slide_change", language, **parts)  # type: ignore[arg-type]
    subtitle = f"{measured(word('slide_wait', language), 'minutes', language)} ({means(site, language)})"
    caveats = [said("changes_gain", language)]
    if not other.table("plan_lines").join(other.table("lines"), on="line", how="semi").is_empty():
        caveats.append(said("slide_draws", language))
    return Slide(title, subtitle, chart, caveats=tuple(caveats))


def _reach(site: Site, language: Language, other: Workspace) -> list[Slide]:
    """The nodes from which the number of residents and jobs within an hour changes most."""
    nodes, found = node_labels(site, language), []
    for measure, unit in (("residents", "persons"), ("jobs", "jobs")):
        both = Comparison(site.workspace, other, "node_reach", (measure,))
        before, then, change = sides(measure)
        rows = both.frame.filter(pl.col(change).abs() >= 1, limit=60, counted="with_wait")
        rows = rows.sort([pl.col(change).abs(), "node"], descending=[True, False]).head(MOST_BARS)
        if rows.is_empty():
            continue
        chosen = rows.rows(named=True)
        names = [nodes[row["node"]].text for row in chosen]
        chart = _two(language, both, (before, then), names, chosen)
        title = said(f"slide_reach_{measure}", language, node=names[0], means=means(site, language))
        subtitle = measured(word(f"slide_within_{measure}", language), unit, language)
        found.append(Slide(title, subtitle, chart, caveats=(said("slide_homes", language),)))
    return found


def _people(site: Site, language: Language, other: Workspace) -> list[Slide]:
    """The places whose population or growth changes most."""
    found = []
    for make in (projection, growth):
        effect = make(site, language, other, "")
        if effect is None or effect.view.comparison is None:
            continue
        view, rows = effect.view, effect.view.frame.head(MOST_BARS).rows(named=True)
        places = place_labels(site, language)
        names = [places[row["place"]].text for row in rows]
        chart = _two(language, effect.view.comparison, (view.columns[1], view.columns[2]), names, rows)
        large, sentence = effect.answers[0]
        title = said("slide_people", language, large=plain(large).capitalize(), said=sentence)
        label = effect.view.comparison.measures[0].label[language]
        found.append(Slide(title, measured(label, chart.unit, language), chart))
    return found


def _two(
    language: Language,
    both: Comparison,
    measures: tuple[str, str],
    names: list[str],
    rows: list[dict[str, Any]],
) -> Chart:
    """Bars of before and with the change for each row."""
    series = tuple(
        Series(word(name, language), tuple(both.cell(both.schema, measure, row) for row in rows))
        for name, measure in zip(("changes_before", "changes_then"), measures, strict=True)
    )
    return Chart("bars", both.schema[measures[0]].unit, tuple(names), series)


def _rests(language: Language, other: Workspace) -> Slide:
    """What must be known of the scenario and what it does, each with its reason; the sources in the notes."""
    done = operations(other, language)
    points = [words(text[language]) for text in other.scenario.caveats]
    points += [words(f"{one['kind']}: {one['because'].rstrip('.')}.") for one in done]
    points += [words(f"{word('board_setting', language)}: {one}") for one in settings(other)]
    title = words(word("slide_rests", language))
    notes = tuple(dict.fromkeys(one["source"] for one in done if one["source"]))
    return Slide(title, points=tuple(points), notes=notes)
