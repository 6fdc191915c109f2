"""Who takes part, who decides what, and the meetings with their decisions."""

from typing import Any

from storregion.core.language import Language, alphabetical
from storregion.publish.labels import element_label
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS

ORGANISATION_KINDS = ("region", "council", "political_meeting", "steering_group", "working_group")


def addresses(site: Site) -> dict[str, Maker]:
    """The page, for a group that says anything of its forum."""
    found = site.strategy.forum
    return {"strategy/forum/": forum} if found.organisations or found.unknown else {}


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
            [
                (one, [element_label(site, language, name) for name in one.elements])
                for one in meeting.decisions
            ],
        )
        for meeting in reversed(found.meetings.values())
    ]
    page = Page("forum.html", WORDS["hub_forum"][language])
    page.context = {"kinds": kinds, "adopted": adopted, "meetings": meetings, "unknown": found.unknown}
    return page
