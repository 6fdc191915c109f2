"""What the portal is, and its accessibility statement."""

from storregion.core.language import Language, Text
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS


def addresses(site: Site) -> dict[str, Maker]:
    """The two pages."""
    return {"about/": about, "accessibility/": accessibility}


def about(site: Site, language: Language) -> Page:
    """What the portal is, and who stands behind it."""
    counties = site.workspace.table("counties")
    names = dict(zip(counties["county"], counties[f"name_{language}"], strict=True))
    regions = sorted((member.region, names[code]) for code, member in site.workspace.group.counties.items())
    return Page(f"about.{language}.html", WORDS["about"][language], {"regions": regions})


def accessibility(site: Site, language: Language) -> Page:
    """The accessibility statement."""
    title = Text("Tillgänglighetsredogörelse", "Accessibility statement")[language]
    return Page(f"accessibility.{language}.html", title)
