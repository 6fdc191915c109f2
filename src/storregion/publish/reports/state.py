"""The state of the group on two pages: the goal, how it goes, what is not followed, and what has changed."""

from functools import partial

import msgspec

from storregion.language import Language
from storregion.publish.reports import references
from storregion.publish.reports.focus import latest, quote, verdict
from storregion.publish.reports.model import (
    Block,
    Cell,
    Drawing,
    Items,
    Paragraph,
    Report,
    Section,
    Sentence,
    Table,
)
from storregion.publish.reports.wording import plain, said, word
from storregion.publish.site import Site
from storregion.strategy import followup, freeze
from storregion.strategy.editions import Edition
from storregion.strategy.freeze import Change

MOST_CHANGES = 6
_PARTS = {"editions": "editions", "adoptions": "editions", "links": "links", "projects": "projects"}


def report(site: Site, language: Language) -> Report:
    """The state of the group, to be printed on two pages.

    Parameters
    ----------
    site : where strategy, indicators and tables are read; it has an edition.
    language : of the report.
    """
    full = site.workspace.group.name[language]
    year = max((int(latest(site, name)[1].value or 0) for name in site.followup.indicators), default=0)
    return Report(
        name=f"state-{language}",
        title=word("state_kind", language, group=full),
        eyebrow=word("state_about", language),
        about=word("state_about", language),
        language=language,
        group=site.workspace.group.short[language],
        year=year or 2000,
        sections=sections(site, language),
        sheets=2,
    )


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
    entries = []
    for name, indicator in site.followup.indicators.items():
        value, _ = latest(site, name)
        if value.value is None:
            continue
        rows = followup.series(indicator, site.workspace)
        row = next(
            row for row in reversed(list(rows.iter_rows(named=True))) if row[indicator.column] is not None
        )
        schema = site.workspace.schemas[indicator.table]
        columns = followup.parts(indicator, schema)
        parts = {part: site.workspace.cell(schema, column, row) for part, column in columns.items()}
        entries.append((Sentence(indicator.headline[language], parts),))
    return Section("brief", word("brief", language), (Items(tuple(entries)),))


def _map(site: Site, language: Language) -> list[Section]:
    """The map that the portal begins with."""
    view = site.page(language, "").views.get("map")
    if view is None or view.picture is None:
        return []
    drawing = Drawing("map", partial(view.picture.draw, 0), f"{view.picture.alt}.", view.title)
    return [Section("map", word("map", language), (drawing,))]


def _focus(site: Site, language: Language, edition: Edition) -> Section:
    """Every focus area with what follows it and its status, or why nothing does."""
    names = ("focus", "followed", "latest", "status")
    header = tuple(word(f"state_head_{name}", language) for name in names)
    rows: list[tuple[Cell, ...]] = []
    elements = [f"{edition.year}/{name}" for name in edition.focus]
    elements = ([f"{edition.year}/goal"] if edition.goal else []) + elements
    judged = followup.statuses(site.followup, site.workspace)
    for element in elements:
        label = site.strategy.elements()[element][language]
        known = site.followup.of(element)
        for name, indicator in known.items():
            value, year = latest(site, name)
            cell = Sentence("{value} ({year})", {"value": value, "year": year})
            status = verdict(judged[name], language)
            rows.append((label, indicator.title[language], cell, status[:1].upper() + status[1:]))
            label = ""
        if not known:
            reason = site.followup.not_yet.get(element)
            why = reason[language] if reason else word("no_reason", language)
            rows.append((label, word("state_none", language), "", why))
    table = Table(word("state_table", language), header, tuple(rows), widths=(5, 6, 5, 8))
    note = Paragraph((said("state_undecided", language),), "small")
    return Section("focus", word("state_focus", language), (table, note))


def _since(site: Site, language: Language) -> Section:
    """What has changed since the last frozen follow-up that the group keeps."""
    heading = word("state_since", language)
    before = freeze.latest(site.workspace.folder)
    if before is None:
        return Section("since", heading, (Paragraph((said("state_first", language),)),))
    files = freeze.read(before)
    created = msgspec.json.decode(files[freeze.MANIFEST], type=freeze.Manifest).created
    now = freeze.package(site.workspace, site.whole, created)
    changes = told(site, language, freeze.difference(files, now))
    name = "state_changed" if changes else "state_same"
    first = Paragraph((said(name, language, date=created.isoformat()),))
    more = [said("state_more", language)] if len(changes) > MOST_CHANGES else []
    items = Items(tuple((change,) for change in [*changes[:MOST_CHANGES], *more]))
    return Section("since", heading, (first, items) if changes else (first,))


def told(site: Site, language: Language, changes: list[Change]) -> list[Sentence]:
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
    makers, licences = references.producers(site, references.used(before))
    quoted = [f"{document.title}, {document.publisher}" for document in references.documents(site, before)]
    key = site.workspace.key("growth") if "growth" in site.workspace.steps else ""
    parts = {
        "producers": ", ".join(makers),
        "licences": ", ".join(licences),
        "documents": "; ".join(quoted) or word("none", language),
        "key": key,
    }
    sentences = (said("state_sources_said", language, **parts), plain(word("absent_signs", language) + "."))
    return Section("sources", word("state_sources", language), (Paragraph(sentences, "small"),))
