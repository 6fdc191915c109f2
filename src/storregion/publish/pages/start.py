"""The state of the group: goal, headline figures, map, focus areas and what follows them."""

from typing import Any

from storregion.core.language import Language
from storregion.publish.pages.indicators import embedded_map, headline, map_view
from storregion.publish.reports.wording import link
from storregion.publish.site import Maker, Page, Site
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """The start page."""
    return {"": start}


def start(site: Site, language: Language) -> Page:
    """The state of the group: goal, headline figures, map, focus areas and what follows them."""
    latest = site.strategy.latest
    followed = {}
    if latest is not None:
        for name in latest.focus:
            followed[name] = _followed(site, f"{latest.year}/{name}", language)
    page = Page("start.html", f"{WORDS['state_of'][language]} {site.workspace.group.name[language]}")
    page.context = {
        "state_link": link(language, "state"),
        "edition": latest,
        "document": site.strategy.documents[latest.goal.document] if latest and latest.goal else None,
        "followed": followed,
        "followed_goal": _followed(site, f"{latest.year}/goal", language) if latest else None,
        "headlines": [(name, headline(site, name)) for name in site.followup.indicators],
        "indicators": site.followup.indicators,
    }
    mapped = next((name for name, found in site.followup.indicators.items() if found.classes), None)
    if mapped is not None:
        view, keys = map_view(site, language, mapped)
        page.views[view.name] = view
        page.context |= {"keys": keys, "mapped": mapped, "map_svg": embedded_map(view, language, "")}
    return page


def _followed(site: Site, element: str, language: Language) -> dict[str, Any]:
    found = site.followup.of(element)
    reason = site.followup.not_yet.get(element)
    return {
        "indicators": {name: headline(site, name) for name in found},
        "reason": reason[language] if reason else WORDS["no_reason"][language],
    }
