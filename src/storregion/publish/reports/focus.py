"""The strategy's focus areas as they concern a place, and the checklist for its plan."""

from collections.abc import Iterator

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.numbers import ABSENT
from storregion.publish.reports import checklist
from storregion.publish.reports.model import Block, Items, Paragraph, Quote, Section, Sentence, table_of
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import plain, said, word
from storregion.publish.site import Site
from storregion.strategy import followup, status
from storregion.strategy.documents import Wording
from storregion.strategy.editions import Edition
from storregion.strategy.links import STATES

QUOTED_STATES = ("covers", "proposed")
"""The states of links that are quoted; a suspect or rejected one is not."""


def sections(it: Subject) -> list[Section]:
    """The goal and every focus area: the adopted words, what is followed, and figures on the subject.

    Parameters
    ----------
    it : the place.
    """
    strategy = it.site.strategy
    edition = strategy.latest
    heading = word("focus", it.language)
    if edition is None:
        return [Section("focus", heading, (Paragraph((said("no_strategy", it.language),)),))]
    adopted = strategy.adoptions[edition.year].said[it.language]
    words = {"edition": edition.title[it.language], "said": _lower(adopted), "place": it.name}
    intro = [said("focus_intro", it.language, **words)]
    judged = it.site.statuses().values()
    if judged and all(one.verdict == "undecided" for one in judged):
        intro.append(said("none_judged", it.language))
    found = [Section("focus", heading, (Paragraph(tuple(intro)),))]
    for name, element in _elements(edition):
        label = strategy.elements()[element][it.language]
        blocks = [
            quote(it.site, it.language, strategy.words(element)),
            *_followed(it, element),
            *_subject_tables(it, element),
            *_region_says(it, element),
        ]
        found.append(Section(f"focus-{name}", label, tuple(blocks), 2))
    return found


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _elements(edition: Edition) -> Iterator[tuple[str, str]]:
    """The names and addresses of goal and focus areas."""
    if edition.goal is not None:
        yield "goal", f"{edition.year}/goal"
    for name in edition.focus:
        yield name, f"{edition.year}/{name}"


def quote(site: Site, language: Language, words: Wording) -> Quote:
    """Words quoted from a document, with its title, publisher and page.

    Parameters
    ----------
    site : the strategy whose documents are quoted.
    language : of the report.
    words : the quote.
    """
    document = site.strategy.documents[words.document]
    source = word("quote_source", language, title=document.title, publisher=document.publisher)
    if words.page is not None:
        source += word("quote_page", language, page=str(words.page))
    return Quote(words.text, source, words.translation if language == "en" else None)


def _followed(it: Subject, element: str) -> list[Block]:
    """The indicators of an element, for the place and the whole group; or why there is none."""
    known = it.site.followup.of(element)
    if not known:
        reason = it.site.followup.not_yet.get(element)
        words = reason[it.language] if reason else word("no_reason", it.language)
        return [Paragraph((said("not_followed", it.language, reason=_lower(words)),), "notice")]
    return [Items(tuple(_indicator(it, name) for name in known))]


def _indicator(it: Subject, name: str) -> tuple[Sentence, ...]:
    indicator = it.site.followup.indicators[name]
    whole, year = latest(it.site, name)
    other = _named(it, indicator.place)
    words = {"indicator": indicator.title[it.language], "other": other, "place": it.name}
    parts = {"whole": whole, "year": year}
    own = followup.series(indicator, it.workspace, it.code) if indicator.place is not None else None
    if own is None or own.is_empty():
        found = [said("followed_whole", it.language, **words, **parts)]
    else:
        value = it.cell(indicator.table, indicator.column, own.row(-1, named=True))
        if value.value is None:
            reason = ABSENT[value.absent or "missing"][it.language]
            found = [said("followed_whole", it.language, **words, **parts)]
            found.append(said("no_figure", it.language, reason=reason))
        else:
            found = [said("followed", it.language, **words, **parts, value=value)]
    judged = it.site.statuses()[name]
    if judged.verdict != "undecided":
        found.append(said("followed_status", it.language, verdict=verdict(judged, it.language)))
    if indicator.caution is not None:
        found.append(plain(" " + indicator.caution[it.language]))
    return tuple(found)


def _named(it: Subject, place: str | None) -> str:
    """The place that an indicator's first figure is of, as within a sentence; the group where it has none."""
    if place is None or place == it.workspace.group.code:
        return it.group
    row = it.workspace.table("places").filter(place=place).row(0, named=True)
    return str(row[f"name_{it.language}"])


def verdict(judged: status.Status, language: Language) -> str:
    """A status in words, with its reason where there is no verdict."""
    why = judged.why
    return _lower(judged.said[language]) + (f" ({_lower(why[language]).rstrip('.')})" if why else "")


def latest(site: Site, name: str) -> tuple[Figure, Figure]:
    """An indicator's latest figure that there is, for its first place, and that figure's year.

    Parameters
    ----------
    site : where it is read.
    name : the indicator's.
    """
    indicator, workspace = site.followup.indicators[name], site.workspace
    rows = followup.series(indicator, workspace)
    known = rows.filter(pl.col(indicator.column).is_not_null())
    row = (known if known.height else rows).row(-1, named=True)
    schema = workspace.schemas[indicator.table]
    return workspace.cell(schema, indicator.column, row), workspace.cell(schema, "year", row)


def _subject_tables(it: Subject, element: str) -> list[Block]:
    """What the tables named by the element's projects hold for the place, in their latest year there."""
    found: list[Block] = []
    tables = [table for project in it.site.whole.projects.of(element).values() for table in project.tables]
    for table in dict.fromkeys(tables):
        if table not in it.workspace.steps:
            continue
        schema, rows = it.workspace.schemas[table], it.workspace.table(table)
        place = {"municipality": "municipality", "county": "county"}[it.kind]
        if it.kind == "county" and f"county_{table}" in it.workspace.steps:
            schema, rows = it.workspace.schemas[f"county_{table}"], it.workspace.table(f"county_{table}")
        if place not in schema.key or "year" not in schema.key:
            continue
        rows = rows.filter(pl.col(place) == it.code)
        if rows.is_empty():
            continue
        year = rows["year"].max()
        rows = rows.filter(pl.col("year") == year)
        words = {"title": schema.title[it.language], "place": it.name, "year": str(year)}
        titled = word("subject", it.language, **words)
        columns = [c.name for c in schema.columns if c.name not in (place, "year", "basis")]
        columns = [name for name in columns if not name.endswith("_absent")]
        note = said("subject_note", it.language)
        found.append(table_of(it.view(schema.name, titled, rows, tuple(columns)), note=note))
    return found


def _region_says(it: Subject, element: str) -> list[Block]:
    """What documents of the place's own region say on the element, where a link quotes them.

    A document that a later one has taken the place of is left out; words retold are the teller's.
    """
    library = it.site.strategy.library
    found: list[Block] = []
    led: Sentence | None = None
    organisations = it.site.strategy.forum.organisations
    for held in it.site.whole.links.of(element).values():
        link = held.link
        owner = organisations[link.owner]
        if owner.county != it.county or link.document is None or held.state not in QUOTED_STATES:
            continue
        document = library.documents[link.document]
        if document.superseded_by is not None:
            continue
        source = word("quote_source", it.language, title=document.title, publisher=document.publisher)
        if link.page is not None:
            source += word("quote_page", it.language, page=str(link.page))
        source += f", {document.date}" if document.date else ""
        source += f". {STATES[held.state][it.language]}"
        source += f". {document.note[it.language].rstrip('.')}" if document.note else ""
        names = {"region": owner.name[it.language]}
        names |= {"publisher": document.publisher} if document.retold else {}
        lead = said("region_retold" if document.retold else "region_says", it.language, **names)
        if lead != led:
            found.append(Paragraph((lead,)))
            led = lead
        found.append(Quote(link.quote, source))
    return found


def questions(it: Subject) -> list[Section]:
    """The checklist, by element of the edition in force.

    Parameters
    ----------
    it : the place.
    """
    asked = checklist.read(it.workspace.folder, it.site.strategy)
    heading = word("checklist_region" if it.kind == "county" else "checklist", it.language)
    if asked is None:
        return [Section("checklist", heading, (Paragraph((said("checklist_none", it.language),)),))]
    found = [Section("checklist", heading, (Paragraph((plain(asked.about[it.language]),)),))]
    edition, labels = it.site.strategy.latest, it.site.strategy.elements()
    parts = [("general", word("checklist_general", it.language), asked.general)]
    if edition is not None:
        parts += [
            (name, labels[element][it.language], asked.elements.get(element, ()))
            for name, element in _elements(edition)
        ]
    for name, label, entries in parts:
        if entries:
            boxes = Items(tuple((plain(entry[it.language]),) for entry in entries), "check")
            found.append(Section(f"checklist-{name}", label, (boxes,), 2))
    return found
