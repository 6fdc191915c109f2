"""The state of the group on two pages: the goal, how it goes, what is not followed, and what has changed."""

from functools import partial

import msgspec
import polars as pl

from storregion.core import units
from storregion.core.language import Language
from storregion.publish.followups import earlier
from storregion.publish.numbers import scaled
from storregion.publish.pictures import charts
from storregion.publish.reports import references
from storregion.publish.reports.focus import latest, quote, verdict
from storregion.publish.reports.model import (
    Block,
    Cell,
    Drawing,
    Items,
    Paragraph,
    Part,
    Report,
    Section,
    Sentence,
    Table,
)
from storregion.publish.reports.wording import plain, said, word
from storregion.publish.site import Site
from storregion.strategy import followup, freeze, status
from storregion.strategy.editions import Edition
from storregion.strategy.freeze import Change

MOST_CHANGES = 6
MOST_FEW = 3
"""A series of fewer years is not drawn."""


_PARTS = {"editions": "editions", "adoptions": "editions", "links": "links", "projects": "projects"}


def report(site: Site, language: Language) -> Report:
    """The state of the group, to be printed on two pages.

    Parameters
    ----------
    site : where strategy, indicators and tables are read; it has an edition.
    language : of the report.
    """
    full = site.workspace.group.name[language]
    parts, year = sections(site, language), last_year(site)
    return Report(
        name=f"state-{language}",
        title=word("state_kind", language, group=full),
        eyebrow=word("state_about", language),
        about=word("state_about", language),
        language=language,
        group=site.workspace.group.short[language],
        year=year,
        date=references.newest(site, year, parts),
        sections=parts,
        sheets=2,
    )


def last_year(site: Site) -> int:
    """The last year that an indicator has a figure for; without indicators, the latest edition's."""
    years = [int(latest(site, name)[1].value or 0) for name in site.followup.indicators]
    edition = site.strategy.latest
    return max(years, default=edition.year if edition else 2000)


def sections(site: Site, language: Language) -> tuple[Section, ...]:
    """Goal, indicators, map, focus areas, changes and sources.

    Parameters
    ----------
    site, language : as of the report.
    """
    edition = site.strategy.latest
    found = [] if edition is None else [_goal(site, language, edition)]
    found += [_brief(site, language), *_map(site, language)]
    found += [] if edition is None else [_focus(site, language, edition)]
    found += _trends(site, language)
    found.append(_since(site, language))
    return (*found, _sources(site, language, found))


def _goal(site: Site, language: Language, edition: Edition) -> Section:
    adopted = site.strategy.adoptions[edition.year].said[language]
    parts = {"edition": edition.title[language], "said": adopted}
    blocks: list[Block] = [] if edition.goal is None else [quote(site, language, edition.goal)]
    blocks.append(Paragraph((said("state_goal_about", language, **parts),), "small"))
    return Section("goal", word("state_goal", language), tuple(blocks))


def _brief(site: Site, language: Language) -> Section:
    """Every indicator's latest figure in its own sentence."""
    said = [headline(site, language, name) for name in site.followup.indicators]
    entries = [(sentence,) for sentence in said if sentence is not None]
    return Section("brief", word("brief", language), (Items(tuple(entries)),))


def headline(site: Site, language: Language, name: str) -> Sentence | None:
    """An indicator's own sentence with its latest figure; None where it has none.

    Parameters
    ----------
    site, language : as of the report.
    name : the indicator's.
    """
    indicator, work = site.followup.indicators[name], site.workspace
    rows = followup.series(indicator, work).filter(pl.col(indicator.column).is_not_null())
    if rows.is_empty():
        return None
    schema, row = work.schemas[indicator.table], rows.row(-1, named=True)
    columns = followup.parts(indicator, schema)
    return Sentence(
        indicator.headline[language], {part: work.cell(schema, it, row) for part, it in columns.items()}
    )


def _map(site: Site, language: Language) -> list[Section]:
    """The map that the portal begins with."""
    view = site.page(language, "").views.get("map")
    if view is None or view.picture is None:
        return []
    drawing = Drawing("map", partial(view.picture.draw, 0), f"{view.picture.alt}.", view.title)
    return [Section("map", word("map", language), (drawing,))]


def _focus(site: Site, language: Language, edition: Edition) -> Section:
    """Every focus area with what follows it and its status, or why nothing does."""
    judged = site.statuses()
    undecided = all(one.verdict == "undecided" for one in judged.values())
    names = ("focus", "followed", "latest", "before", "trend" if undecided else "status")
    header = tuple(word(f"state_head_{name}", language) for name in names)
    rows: list[tuple[Cell, ...]] = []
    missing: list[tuple[Sentence, ...]] = []
    elements = [f"{edition.year}/{name}" for name in edition.focus]
    elements = ([f"{edition.year}/goal"] if edition.goal else []) + elements
    for element in elements:
        label = site.strategy.elements()[element][language]
        known = site.followup.of(element)
        for name, indicator in known.items():
            pairs = [Sentence("{value} ({year})", pair) for pair in _last_two(site, name)]
            before: Cell = pairs[1] if len(pairs) > 1 else word("state_no_before", language)
            outcome = (
                _trend(judged[name], language) if undecided else _capital(verdict(judged[name], language))
            )
            rows.append((label, indicator.title[language], pairs[0], before, outcome))
            label = ""
        if not known:
            reason = site.followup.not_yet.get(element)
            why = reason[language] if reason else word("no_reason", language)
            missing.append((Sentence("{label}: {why}", {"label": label, "why": _lower(why)}),))
    table = Table(word("state_table", language), header, tuple(rows), widths=(5, 7, 6, 6, 5))
    note = Paragraph((said("state_undecided" if undecided else "state_rule", language),), "small")
    blocks: list[Block] = [table, note]
    if missing:
        blocks += [Paragraph((said("state_missing", language),)), Items(tuple(missing))]
    return Section("focus", word("state_focus", language), tuple(blocks))


def _last_two(site: Site, name: str) -> list[dict[str, Part]]:
    """An indicator's latest figure and the one before it, each with its year."""
    indicator, work = site.followup.indicators[name], site.workspace
    schema = work.schemas[indicator.table]
    rows = followup.series(indicator, work).filter(pl.col(indicator.column).is_not_null())
    return [
        {"value": work.cell(schema, indicator.column, row), "year": work.cell(schema, "year", row)}
        for row in reversed(rows.tail(2).rows(named=True))
    ] or [dict(zip(("value", "year"), latest(site, name), strict=True))]


def _trend(judged: status.Status, language: Language) -> str:
    """The trend in plain words; why none is given where none is certain."""
    if judged.trend != "unclear":
        return status.WORDS[judged.trend][language]
    return word("state_few" if judged.points < status.FEWEST else "state_uncertain", language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _trends(site: Site, language: Language) -> list[Section]:
    """A small chart of every indicator that has enough years for one."""
    panels = []
    for indicator in site.followup.indicators.values():
        points = followup.points(indicator, site.workspace)
        unit = site.workspace.schemas[indicator.table][indicator.column].unit
        if len(points) < MOST_FEW:
            continue
        form = units.unit(unit)
        drawn = [{"year": year, "value": scaled(value, unit)} for year, value in points]
        unit_said = form.several[language] or word("state_ratio", language)
        panels.append((f"{indicator.title[language]}\n{unit_said}", f",.{min(form.decimals, 1)}f", drawn))
    if not panels:
        return []
    spec = charts.multiples(panels, columns=3, width=325, height=0.37)
    alt = word(
        "state_trends_alt", language, indicators=", ".join(title.split("\n")[0] for title, *_ in panels)
    )
    drawing = Drawing("trends", partial(charts.svg, spec, language), alt, word("state_trends", language))
    return [Section("trends", word("state_trends_title", language), (drawing,))]


def _since(site: Site, language: Language) -> Section:
    """What has changed since the last frozen follow-up that the group keeps."""
    heading = word("state_since", language)
    before = freeze.latest(site.workspace.folder)
    if before is None:
        blocks: list[Block] = [Paragraph((said("state_first", language),))]
        for one, project, quotes in earlier(site):
            words = {"year": str(one.year), "project": project.title[language]}
            blocks.append(Paragraph((said("earlier_followup", language, **words),)))
            blocks += [quote(site, language, found) for found in quotes]
        return Section("since", heading, tuple(blocks))
    files = freeze.read(before)
    created = msgspec.json.decode(files[freeze.MANIFEST], type=freeze.Manifest).created
    now = freeze.package(site.workspace, site.whole, created)
    changes = change_sentences(site, language, freeze.difference(files, now))
    name = "state_changed" if changes else "state_same"
    first = Paragraph((said(name, language, date=created.isoformat()),))
    more = [said("state_more", language)] if len(changes) > MOST_CHANGES else []
    items = Items(tuple((change,) for change in [*changes[:MOST_CHANGES], *more]))
    return Section("since", heading, (first, items) if changes else (first,))


def change_sentences(site: Site, language: Language, changes: list[Change]) -> list[Sentence]:
    """Changes between two follow-ups in sentences, one for each indicator or part of the strategy.

    Parameters
    ----------
    site, language : as of the report.
    changes : as `freeze.difference` gives them.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for change in changes:
        part = change.where[1] if len(change.where) > 1 else ""
        name = change.where[2] if part == "indicators" and len(change.where) > 2 else ""
        whole = change.where[3:] == ("indicator", "table")
        kind = change.kind if whole else "changed"
        found.setdefault(("indicators" if name else "strategy", name or part), set()).add(kind)
    sentences = []
    for (where, name), kinds in found.items():
        if where == "strategy":
            what = word(f"change_{_PARTS.get(name, 'other')}", language)
            sentences.append(said("state_change_strategy", language, what=what))
            continue
        indicator = site.followup.indicators.get(name)
        title = indicator.title[language] if indicator else name
        what = "added" if "added" in kinds else "removed" if "removed" in kinds else "figures"
        sentences.append(said(f"state_change_{what}", language, indicator=title))
    return list({sentence.pieces: sentence for sentence in sentences}.values())


def _sources(site: Site, language: Language, before: list[Section]) -> Section:
    makers, licences = references.producers(site, language, references.used(before))
    quoted = [f"{document.title}, {document.publisher}" for document in references.documents(site, before)]
    parts = {
        "producers": ", ".join(makers),
        "licences": ", ".join(licences),
        "documents": "; ".join(quoted) or word("none", language),
    }
    sentences = (said("state_sources_said", language, **parts), plain(word("absent_signs", language) + "."))
    return Section("sources", word("state_sources", language), (Paragraph(sentences, "small"),))
