"""Links between the strategy's elements and other texts, projects and indicators."""

from dataclasses import dataclass

from storregion.core.language import Language, alphabetical
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy.links import ROLES, STATES, Held

_STATE_ORDER = ("covers", "proposed", "suspect", "orphaned", "rejected")


@dataclass(frozen=True)
class Shown:
    """A link as pages show it: the other end, the words quoted, and whether it holds."""

    name: str
    state: str
    state_said: str
    role: str
    other: Label
    document: str | None
    quote: str
    page: str | None
    translation: str | None
    owner: str
    held: Held


def addresses(site: Site) -> dict[str, Maker]:
    """The page, for a group with a strategy."""
    return {"strategy/links/": links} if site.strategy.elements() else {}


def links_of(site: Site, language: Language, element: str) -> list[Shown]:
    """The links of an element: those that hold first, then by owner."""
    found = [_shown(site, language, name, held) for name, held in site.whole.links.of(element).items()]
    return sorted(found, key=lambda one: (_STATE_ORDER.index(one.state), alphabetical(one.owner), one.name))


def _shown(site: Site, language: Language, name: str, held: Held) -> Shown:
    link, library = held.link, site.strategy.library
    page, translation = link.page, None
    if link.project is not None:
        projects = site.whole.projects.projects
        title = projects[link.project].title[language] if link.project in projects else link.project
        target = f"{language}/strategy/projects/#{link.project}" if link.project in projects else None
        other = Label(f"{WORDS['project'][language]}: {title}", target)
    elif link.indicator is not None:
        indicators = site.followup.indicators
        title = indicators[link.indicator].title[language] if link.indicator in indicators else link.indicator
        target = f"{language}/indicator/{link.indicator}/" if link.indicator in indicators else None
        other = Label(f"{WORDS['indicator'][language]}: {title}", target)
    else:
        other = Label(library.documents[link.document or ""].title)
        passage = library.statements.get(link.document or "", {}).get(link.statement or "")
        if passage is not None:
            page, translation = page or passage.page, passage.translation
    return Shown(
        name,
        held.state,
        STATES[held.state][language],
        ROLES[link.role][language],
        other,
        link.document,
        link.quote,
        str(page) if page else None,
        translation,
        site.strategy.forum.organisations[link.owner].name[language],
        held,
    )


def links(site: Site, language: Language) -> Page:
    """All links, by the edition's elements, the latest edition first."""
    latest = site.strategy.latest
    found = []
    for address, label in site.strategy.elements().items():
        mine = links_of(site, language, address)
        if mine or address.partition("/")[0] == str(latest.year if latest else ""):
            found.append((address, label[language], site.strategy.words(address), mine))
    found.sort(key=lambda one: -int(one[0].partition("/")[0]))
    states = {held.state for held in site.whole.links.links.values()}
    page = Page("links.html", WORDS["hub_links"][language])
    page.context = {
        "found": found,
        "all_proposed": states == {"proposed"},
        "states": [(state, STATES[state][language]) for state in _STATE_ORDER],
    }
    return page
