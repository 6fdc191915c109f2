"""The follow-up of every indicator: how it stands, what is not followed, and what has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from storregion.core import reads
from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.followups import STATUS, earlier, latest, manifest, packages, target
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy import followup, freeze, status
from storregion.strategy.followup import Indicator, Setting

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
    """The follow-up and where its numbers come from, for a group with indicators."""
    if not (site.followup.indicators or site.followup.sets):
        return {}
    return {"strategy/followup/": summary, f"trace/{STATUS}/": _derived}


@dataclass(frozen=True)
class Task:
    """What is followed, or what is missing of it: said, where the page says more, and how it is mended."""

    text: str
    target: str
    how: str


def _to_do(site: Site, language: Language, standings: Sequence[Standing]) -> list[Task]:
    """What is followed, and what is missing of it."""
    edition = site.strategy.latest
    latest = f"{edition.year}/" if edition else ""
    elements = site.strategy.elements()
    without = [elements[address][language] for address in site.followup.not_yet if address.startswith(latest)]
    ownerless = [one.name for one in standings if one.owner is None]
    aimless = [one.name for one in standings if one.target is None]
    slots = [slot for found in site.followup.sets.values() for slot in found.slots.values()]
    empty = [slot for slot in slots if not slot.indicator]
    parts = {
        "followed": (len(standings), "#standings"),
        "no_indicator": (len(without), "#not-followed"),
        "empty_slots": (len(empty), "#sets"),
        "no_owner": (len(ownerless), f"#{ownerless[0]}" if ownerless else ""),
        "no_target": (len(aimless), f"#{aimless[0]}" if aimless else ""),
    }
    found = []
    for name, (number, anchor) in parts.items():
        # Of all or of none is said in words.
        every = f"to_do_{name}_all" if number == len(standings) else f"to_do_{name}"
        text = WORDS.get(every, WORDS[f"to_do_{name}"])[language]
        how = WORDS[f"to_do_{name}_how"][language] if f"to_do_{name}_how" in WORDS else ""
        if number:
            found.append(Task(text.format(number=number, names=", ".join(without)), anchor, how))
    return found


def summary(site: Site, language: Language) -> Page:
    """How every indicator stands, what is not followed, and what has changed since the last follow-up."""
    standings = [standing(site, language, name) for name in site.followup.indicators]
    elements = site.strategy.elements()
    not_yet = [
        (elements[address][language], address.partition("/")[0], reason[language])
        for address, reason in sorted(site.followup.not_yet.items(), reverse=True)
    ]
    last = freeze.latest(site.workspace.folder)
    changes = None
    if last is not None:
        now = freeze.package(site.workspace, site.whole, reads.today())
        changes = freeze.difference(freeze.read(last), now)
    page = Page("followup.html", WORDS["hub_followup"][language])
    page.context = {
        "to_do": _to_do(site, language, standings),
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
        "frozen": [(folder.name, manifest(folder).created.isoformat()) for folder in packages(site)],
    }
    return page


def standing(site: Site, language: Language, name: str) -> Standing:
    """How an indicator stands."""
    indicator = site.followup.indicators[name]
    cell = latest(followup.cells(indicator, site.workspace))
    judged = site.statuses()[name]
    elements = site.strategy.elements()
    year = str(dict(cell.where)["year"])
    stale = indicator.stale(int(year), reads.this_year())
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
