"""One edition of the strategy: words as adopted, who has adopted them, and what belongs to each element."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.followups import latest
from storregion.publish.labels import element_label
from storregion.publish.pages.links import Shown, links_of
from storregion.publish.parts import Page
from storregion.publish.reports import offered
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy import followup
from storregion.strategy.documents import Cited


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
    links: Sequence[Shown]
    projects: Sequence[Label]


def addresses(site: Site) -> dict[str, Maker]:
    """A page for each edition."""
    return {f"strategy/{year}/": partial(edition, year=year) for year in sorted(site.strategy.editions)}


def edition(site: Site, language: Language, year: int) -> Page:
    """One edition: words as adopted, who has adopted them, what is not known, and what belongs to each."""
    found = site.strategy.editions[year]
    names = (["goal"] if found.goal else []) + list(found.focus)
    page = Page("edition.html", found.title[language])
    if found is site.strategy.latest:
        slides = {name: offered.slides(site, language, ("focus", name)) for name in names}
    else:
        slides = {}
    page.extra = {file: export for exports in slides.values() for file, export in exports.items()}
    page.context = {
        "edition": found,
        "slides": {name: file for name, exports in slides.items() for file in exports},
        "elements": [_element(site, language, f"{year}/{name}") for name in names],
        "adopted": site.strategy.adoptions[year],
        "adoptions": {one.organisation: one for one in site.strategy.adoptions[year].adoptions},
        "organisations": site.strategy.forum.organisations,
        "compared": [
            (str(other), f"strategy/compare/{min(year, other)}-{max(year, other)}/")
            for other in sorted(site.strategy.editions)
            if site.has(f"strategy/compare/{min(year, other)}-{max(year, other)}/")
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
        [(one.kind, element_label(site, language, one.of)) for one in site.strategy.ancestors(address)],
        [(one.kind, element_label(site, language, one.to)) for one in site.strategy.descendants(address)],
        followed(site, language, address),
        reason[language] if reason else WORDS["no_reason"][language],
        links_of(site, language, address),
        [
            Label(found.title[language], f"{language}/strategy/projects/#{name}")
            for name, found in projects.items()
        ],
    )


def followed(site: Site, language: Language, element: str) -> list[Followed]:
    """The indicators of an element, each with its latest figure and its status by the rule."""
    found = []
    statuses = site.statuses()
    for name, indicator in site.followup.of(element).items():
        cell = latest(followup.cells(indicator, site.workspace))
        year = str(dict(cell.where)["year"])
        found.append(Followed(name, indicator.title[language], cell, year, statuses[name].said[language]))
    return found
