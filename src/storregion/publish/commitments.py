"""The pages of the strategy's words: editions, two side by side, what became of what, and the forum."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish import connections, exports, progress, timelines
from storregion.publish.site import WORDS, Maker, Page, Site
from storregion.publish.view import Label
from storregion.strategy import followup
from storregion.strategy.descent import Descent
from storregion.strategy.documents import Cited
from storregion.strategy.editions import Edition
from storregion.strategy.wording import Piece, difference

PARTS = ("followup", "lineage", "compare", "links", "coherence", "plans", "projects", "forum")
ORGANISATION_KINDS = ("region", "council", "political_meeting", "steering_group", "working_group")


@dataclass(frozen=True)
class Followed:
    """An indicator as it stands under an element: its latest figure, the year of it, and its status."""

    name: str
    title: str
    figure: Figure
    year: str
    status: str


@dataclass(frozen=True)
class Element:
    """A goal or focus area with all that belongs to it."""

    address: str
    name: str
    label: str
    words: Cited
    origins: Sequence[tuple[str, Label]]
    fates: Sequence[tuple[str, Label]]
    followed: Sequence[Followed]
    reason: str
    links: Sequence[connections.Shown]
    projects: Sequence[Label]


@dataclass(frozen=True)
class Pair:
    """Two elements that people have joined, and their words one by one."""

    kind: str
    former: str
    latter: str
    former_words: Cited
    latter_words: Cited
    pieces: Sequence[Piece]
    state: str
    author: str
    note: str | None


def addresses(site: Site) -> dict[str, Maker]:
    """Every page of the strategy: its address below the language, and what makes it."""
    years = sorted(site.strategy.editions)
    found: dict[str, Maker] = {"strategy/": hub}
    for year in years:
        found[f"strategy/{year}/"] = partial(edition, year=year)
    for former, latter in itertools.pairwise(years):
        found[f"strategy/compare/{former}-{latter}/"] = partial(compared, former=former, latter=latter)
    if years:
        found["strategy/lineage/"] = lineage
    if site.strategy.forum.organisations or site.strategy.forum.unknown:
        found["strategy/forum/"] = forum
    return found | connections.addresses(site) | progress.addresses(site)


def hub(site: Site, language: Language) -> Page:
    """The way in: the latest edition, all editions, the parts there are, and the open files."""
    years = sorted(site.strategy.editions, reverse=True)
    parts = []
    for part in PARTS:
        address = f"strategy/{part}/"
        if part == "compare":
            address = f"strategy/compare/{years[1]}-{years[0]}/" if len(years) > 1 else ""
        if address in site.makers:
            words = WORDS[f"hub_{part}"][language], WORDS[f"hub_{part}_about"][language]
            parts.append((Label(words[0], f"{language}/{address}"), words[1]))
    context = {
        "editions": [site.strategy.editions[year] for year in years],
        "adoptions": site.strategy.adoptions,
        "parts": parts,
        "files": exports.strategy_files(site, language),
    }
    return Page("strategy.html", WORDS["strategy"][language], context)


def edition(site: Site, language: Language, year: int) -> Page:
    """One edition: words as adopted, who has adopted them, what is not known, and what belongs to each."""
    found = site.strategy.editions[year]
    names = (["goal"] if found.goal else []) + list(found.focus)
    page = Page("edition.html", found.title[language])
    page.context = {
        "edition": found,
        "elements": [_element(site, language, f"{year}/{name}") for name in names],
        "adopted": site.strategy.adoptions[year],
        "adoptions": {one.organisation: one for one in site.strategy.adoptions[year].adoptions},
        "organisations": site.strategy.forum.organisations,
        "compared": [
            (str(other), f"strategy/compare/{min(year, other)}-{max(year, other)}/")
            for other in sorted(site.strategy.editions)
            if f"strategy/compare/{min(year, other)}-{max(year, other)}/" in site.makers
        ],
    }
    return page


def _element(site: Site, language: Language, address: str) -> Element:
    reason = site.followup.not_yet.get(address)
    projects = site.whole.projects.of(address)
    return Element(
        address,
        address.partition("/")[2],
        site.strategy.elements()[address][language],
        site.strategy.words(address),
        [(one.kind, label(site, language, one.of)) for one in site.strategy.ancestors(address)],
        [(one.kind, label(site, language, one.to)) for one in site.strategy.descendants(address)],
        followed(site, language, address),
        reason[language] if reason else WORDS["no_reason"][language],
        connections.links_of(site, language, address),
        [
            Label(found.title[language], f"{language}/strategy/projects/#{name}")
            for name, found in projects.items()
        ],
    )


def label(site: Site, language: Language, address: str | None) -> Label:
    """An element's label with its year, leading to its place; what is new or dropped has no other end."""
    if address is None:
        return Label("–")
    year, _, name = address.partition("/")
    return Label(
        f"{site.strategy.elements()[address][language]}, {year}", f"{language}/strategy/{year}/#{name}"
    )


def followed(site: Site, language: Language, element: str) -> list[Followed]:
    """The indicators of an element, each with its latest figure and its status by the rule."""
    found = []
    statuses = followup.statuses(site.followup, site.workspace)
    for name, indicator in site.followup.of(element).items():
        cell = progress.latest(followup.cells(indicator, site.workspace))
        year = str(dict(cell.where)["year"])
        found.append(Followed(name, indicator.title[language], cell, year, statuses[name].said[language]))
    return found


def compared(site: Site, language: Language, former: int, latter: int) -> Page:
    """Two editions side by side, word by word where people have joined them."""
    one, two = site.strategy.editions[former], site.strategy.editions[latter]
    between = [
        descent
        for descent in site.strategy.lineage
        if _year(descent.of) in ("", str(former)) and _year(descent.to) in ("", str(latter))
    ]
    joined = [descent for descent in between if descent.of and descent.to]
    there = {descent.of for descent in joined} | {descent.to for descent in joined}
    marks = {descent.of or descent.to: descent.kind for descent in between if descent not in joined}
    page = Page("compared.html", f"{former} – {latter}")
    page.context = {
        "former": one,
        "latter": two,
        "unconfirmed": _unconfirmed(joined),
        "pairs": [_pair(site, language, descent) for descent in joined],
        "alone": [
            (found, [(label, words, marks.get(address)) for address, label, words in rest])
            for found in (one, two)
            if (rest := _alone(site, language, found, there))
        ],
    }
    return page


def _pair(site: Site, language: Language, descent: Descent) -> Pair:
    of, to = descent.of or "", descent.to or ""
    words = site.strategy.words(of), site.strategy.words(to)
    elements = site.strategy.elements()
    return Pair(
        descent.kind,
        elements[of][language],
        elements[to][language],
        *words,
        difference(words[0].text, words[1].text),
        descent.state,
        descent.author,
        descent.note[language] if descent.note else None,
    )


def _alone(
    site: Site, language: Language, found: Edition, there: set[str | None]
) -> list[tuple[str, str, Cited]]:
    """The elements of an edition that are joined to none of the other, by address, label and words."""
    return [
        (address, label[language], site.strategy.words(address))
        for address, label in site.strategy.elements().items()
        if _year(address) == str(found.year) and address not in there
    ]


def _year(address: str | None) -> str:
    return (address or "").partition("/")[0]


def lineage(site: Site, language: Language) -> Page:
    """What became of what through all editions, drawn and as a table."""
    rows = [
        (
            label(site, language, descent.of),
            descent.kind,
            label(site, language, descent.to),
            descent.state,
            descent.author,
            descent.note[language] if descent.note else "",
        )
        for descent in site.strategy.lineage
    ]
    page = Page("lineage.html", WORDS["hub_lineage"][language])
    alt = WORDS["lineage_alt"][language]
    drawn = timelines.lineage(_columns(site, language), _lines(site, language), alt)
    page.context = {"rows": rows, "drawn": drawn, "unconfirmed": _unconfirmed(site.strategy.lineage)}
    return page


def _unconfirmed(found: Sequence[Descent]) -> list[str]:
    """Who recorded what became of what, where nothing of it is confirmed."""
    if any(descent.state == "confirmed" for descent in found):
        return []
    return list(dict.fromkeys(descent.author for descent in found))


def _columns(site: Site, language: Language) -> list[timelines.Column]:
    elements = site.strategy.elements()
    kinds = {d.to: d.kind for d in site.strategy.lineage if d.of is None}
    kinds |= {d.of: d.kind for d in site.strategy.lineage if d.to is None}
    columns = []
    for year in sorted(site.strategy.editions):
        boxes = [
            timelines.Box(
                address, text[language], WORDS[f"kind_{kinds[address]}"][language] if address in kinds else ""
            )
            for address, text in elements.items()
            if _year(address) == str(year)
        ]
        columns.append(timelines.Column(str(year), boxes, WORDS["words_unknown"][language]))
    return columns


def _lines(site: Site, language: Language) -> list[timelines.Line]:
    return [
        timelines.Line(d.of, d.to, d.kind, WORDS[f"kind_{d.kind}"][language])
        for d in site.strategy.lineage
        if d.of and d.to
    ]


def forum(site: Site, language: Language) -> Page:
    """Who takes part, who decides what, and the meetings with their decisions."""
    found = site.strategy.forum
    kinds: list[tuple[str, list[tuple[str, Any]]]] = []
    for kind in ORGANISATION_KINDS:
        members = [(name, one) for name, one in found.organisations.items() if one.kind == kind]
        members.sort(key=lambda pair: alphabetical(pair[1].name[language]))
        if members:
            kinds.append((kind, members))
    adopted = {
        name: [
            str(year)
            for year, editions in sorted(site.strategy.adoptions.items())
            if name in {adoption.organisation for adoption in editions.adoptions}
        ]
        for name in found.organisations
    }
    meetings = [
        (
            meeting,
            found.organisations[meeting.body].name[language],
            [(one, [label(site, language, name) for name in one.elements]) for one in meeting.decisions],
        )
        for meeting in reversed(found.meetings.values())
    ]
    page = Page("forum.html", WORDS["hub_forum"][language])
    page.context = {"kinds": kinds, "adopted": adopted, "meetings": meetings, "unknown": found.unknown}
    return page
