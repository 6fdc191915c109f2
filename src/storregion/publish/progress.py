"""Pages of what is done and how it goes: joint projects, and the follow-up of every indicator."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import get_args

import msgspec

from storregion.core.errors import SettingError
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish import timelines
from storregion.publish.site import WORDS, Maker, Page, Site
from storregion.publish.view import Label
from storregion.strategy import followup, freeze, status
from storregion.strategy.documents import Wording
from storregion.strategy.followup import Earlier, Indicator, Setting
from storregion.strategy.projects import STATES, Project

STATUS = status.INDICATOR_STATUS.name
BEHIND = (
    "points",
    "first_year",
    "last_year",
    "s",
    "p",
    "slope",
    "actual",
    "required",
    "ratio",
    "low",
    "high",
)


@dataclass(frozen=True)
class Standing:
    """How an indicator stands: its latest figure, what the rule says and why, and what people say."""

    name: str
    indicator: Indicator
    figure: Figure
    year: str
    verdict: str
    said: str
    why: str | None
    trend: str
    figures: dict[str, Figure]
    elements: Sequence[Label]
    owner: str | None
    stale: str
    target: Figure | None
    unknown: dict[str, str]
    breaks: Sequence[tuple[str, str]]


def addresses(site: Site) -> dict[str, Maker]:
    """The pages of projects and follow-up that the group has something for."""
    found: dict[str, Maker] = {}
    if site.whole.projects.projects:
        found["strategy/projects/"] = projects
    if site.followup.indicators or site.followup.sets:
        found["strategy/followup/"] = summary
        found[f"trace/{STATUS}/"] = _derived
    for folder in packages(site):
        found[f"strategy/followup/{folder.name}/"] = partial(frozen, folder=folder)
    return found


def packages(site: Site) -> list[Path]:
    """The folders of frozen follow-ups, by name."""
    found = sorted(path.parent for path in site.workspace.folder.glob(f"followups/*/{freeze.MANIFEST}"))
    for folder in found:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", folder.name):
            raise SettingError(f"{folder}: the name is part of an address; use a–z, 0–9 and - only")
    return found


def latest(cells: Sequence[Figure]) -> Figure:
    """The latest figure with a value; where none has one, the latest."""
    return next((cell for cell in reversed(cells) if cell.value is not None), cells[-1])


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


def summary(site: Site, language: Language) -> Page:
    """How every indicator stands, what is not followed, and what has changed since the last follow-up."""
    standings = [_standing(site, language, name) for name in site.followup.indicators]
    elements = site.strategy.elements()
    not_yet = [
        (elements[address][language], address.partition("/")[0], reason[language])
        for address, reason in sorted(site.followup.not_yet.items(), reverse=True)
    ]
    last = freeze.latest(site.workspace.folder)
    changes = None
    if last is not None:
        today = datetime.datetime.now(datetime.UTC).date()
        changes = freeze.difference(freeze.read(last), freeze.package(site.workspace, site.whole, today))
    page = Page("followup.html", WORDS["hub_followup"][language])
    page.context = {
        "standings": standings,
        "judged": any(one.indicator.judgements for one in standings),
        "undecided": bool(standings) and all(one.verdict == "undecided" for one in standings),
        "rule": status.RULE_SAID[language],
        "columns": status.INDICATOR_STATUS,
        "behind": BEHIND,
        "verdicts": {name: text[language] for name, text in status.WORDS.items()},
        "sets": site.followup.sets,
        "indicators": site.followup.indicators,
        "not_yet": not_yet,
        "last": last.name if last else None,
        "changes": changes,
        "earlier": earlier(site),
        "frozen": [(folder.name, _manifest(folder).created.isoformat()) for folder in packages(site)],
    }
    return page


def _standing(site: Site, language: Language, name: str) -> Standing:
    indicator = site.followup.indicators[name]
    cell = latest(followup.cells(indicator, site.workspace))
    judged = followup.statuses(site.followup, site.workspace)[name]
    elements = site.strategy.elements()
    year = str(dict(cell.where)["year"])
    today = datetime.datetime.now(datetime.UTC).date()
    stale = indicator.stale(int(year), today)
    owner = site.strategy.forum.organisations[indicator.owner] if indicator.owner else None
    return Standing(
        name,
        indicator,
        cell,
        year,
        judged.verdict,
        judged.said[language],
        judged.why[language] if judged.why else None,
        WORDS[f"trend_{judged.trend}"][language],
        followup.status_figures(site.followup, site.workspace, name),
        [
            Label(
                f"{elements[address][language]}, {address.partition('/')[0]}",
                f"{language}/strategy/{address.replace('/', '/#')}",
            )
            for address in indicator.focus
        ],
        owner.name[language] if owner else None,
        {None: "stale_unknown", True: "stale_yes", False: "stale_no"}[stale],
        target(site, name, indicator),
        _unknown(site, language, name),
        _breaks(site, language, indicator),
    )


def _unknown(site: Site, language: Language, name: str) -> dict[str, str]:
    """Why the indicator leaves settings out, by setting; those that it gives are not there."""
    found = {setting: site.followup.why_not(name, setting) for setting in get_args(Setting)}
    return {setting: reason[language] for setting, reason in found.items() if reason is not None}


def _breaks(site: Site, language: Language, indicator: Indicator) -> list[tuple[str, str]]:
    """Every break: its year, with the places whose figures break where not all do, and why."""
    if not indicator.breaks:
        return []
    rows = site.workspace.table("places")
    names = dict(zip(rows["place"], rows[f"name_{language}"], strict=True))
    found = []
    for one in indicator.breaks:
        places = ", ".join(names[place] for place in one.places)
        found.append((f"{one.year} ({places})" if places else str(one.year), one.why[language]))
    return found


def target(site: Site, name: str, indicator: Indicator) -> Figure | None:
    """An indicator's target as a figure of the status table; None where it has none."""
    if indicator.target is None:
        return None
    unit = site.workspace.schemas[indicator.table][indicator.column].unit
    key = followup.status_figures(site.followup, site.workspace, name)["p"].key
    return Figure(indicator.target.value, unit, STATUS, "target", (("indicator", name),), key, "observed")


def earlier(site: Site) -> list[tuple[Earlier, Project, list[Wording]]]:
    """Follow-ups made before and elsewhere: each with its project, and what the project quotes of it."""
    found = []
    for one in site.followup.earlier:
        project = site.whole.projects.projects[one.project]
        found.append((one, project, [said for said in project.results if said.document == one.document]))
    return found


def _manifest(folder: Path) -> freeze.Manifest:
    return msgspec.json.decode(freeze.read(folder)[freeze.MANIFEST], type=freeze.Manifest)


def frozen(site: Site, language: Language, folder: Path) -> Page:
    """A frozen follow-up: its files at addresses that never change, with their checksums."""
    manifest = _manifest(folder)
    page = Page("frozen.html", f"{WORDS['hub_followup'][language]} {folder.name}")
    page.context = {
        "name": folder.name,
        "created": manifest.created.isoformat(),
        "version": manifest.version,
        "files": sorted(manifest.files.items()),
    }
    return page


def _derived(site: Site, language: Language) -> Page:
    """Where the numbers of the statuses come from."""
    indicators = site.followup.indicators.values()
    schemas = site.workspace.schemas
    tables = dict.fromkeys(indicator.table for indicator in indicators)
    page = Page("derived.html", status.INDICATOR_STATUS.title[language])
    page.context = {
        "name": STATUS,
        "about": status.RULE_SAID[language],
        "columns": [(name, status.INDICATOR_STATUS[name].label[language]) for name in BEHIND]
        + [("target", WORDS["target"][language])],
        "sources": [Label(schemas[name].title[language], f"{language}/trace/{name}/") for name in tables],
        "back": Label(WORDS["hub_followup"][language], f"{language}/strategy/followup/"),
    }
    return page
