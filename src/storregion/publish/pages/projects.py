"""Joint projects and their timeline."""

from collections.abc import Iterator

from storregion.core.language import Language
from storregion.publish.parts import Findable, Page
from storregion.publish.pictures import timelines
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy.projects import STATES, Project


def addresses(site: Site) -> dict[str, Maker]:
    """The page, for a group with projects."""
    return {"strategy/projects/": projects} if site.whole.projects.projects else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every joint project."""
    for name, project in site.whole.projects.projects.items():
        yield Findable(project.title[language], "kind_project", f"strategy/projects/#{name}", name, 0.2)


def projects(site: Site, language: Language) -> Page:
    """The register of joint projects, when they were, and what each focus area has going."""
    found = site.whole.projects
    edition = site.strategy.latest
    elements = site.strategy.elements()
    shown = [(name, project, _links(site, language, project)) for name, project in found.timeline()]
    focus = [
        (
            label[language],
            f"{language}/strategy/{address.replace('/', '/#')}",
            list(found.of(address).items()),
        )
        for address, label in elements.items()
        if edition is not None and address.startswith(f"{edition.year}/")
    ]
    spans = [_span(site, language, project) for _, project in found.timeline()]
    page = Page("projects.html", WORDS["hub_projects"][language])
    page.context = {
        "shown": shown,
        "focus": focus,
        "organisations": site.strategy.forum.organisations,
        "states": {name: text[language] for name, text in STATES.items()},
        "drawn": timelines.timeline(spans, WORDS["timeline_alt"][language], WORDS["no_time"][language]),
    }
    return page


def _links(site: Site, language: Language, project: Project) -> list[Label]:
    """What the portal has on a project's subject."""
    schemas, indicators = site.workspace.schemas, site.followup.indicators
    tables = [Label(schemas[name].title[language], f"{language}/data/{name}/") for name in project.tables]
    return tables + [
        Label(indicators[name].title[language], f"{language}/indicator/{name}/")
        for name in project.indicators
    ]


def _span(site: Site, language: Language, project: Project) -> timelines.Span:
    documents = site.strategy.documents
    dates = dict.fromkeys(documents[quote.document].date for quote in project.sources)
    named = [_time(date, late=False) for date in dates if date is not None]
    start = _time(project.start, late=False) if project.start else None
    end = _time(project.end, late=True) if project.end else None
    return timelines.Span(project.title[language], start, end, named)


def _time(date: str, *, late: bool) -> float:
    """A year, month or day as a fraction of years: its first moment, or its last when `late`."""
    year, month, day = (int(part) for part in [*date.split("-"), "1", "1"][:3])
    length = {4: 1.0, 7: 1 / 12, 10: 1 / 365}[len(date)]
    return year + (month - 1) / 12 + (day - 1) / 365 + (length if late else 0.0)
