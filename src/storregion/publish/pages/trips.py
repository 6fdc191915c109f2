"""From one node to another, and how far you get from a node: the first page of travel times."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl
from markupsafe import Markup

from storregion.core import units
from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.core.table import BASES
from storregion.core.workspace import Workspace
from storregion.publish.labels import hub, node_labels, pair_address, timetabled
from storregion.publish.numbers import ABOUT, FEW, changed, in_words, roughly
from storregion.publish.pages.travel_matrix import matrix_page
from storregion.publish.parts import Findable, Page
from storregion.publish.reach_map import mapped
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.travel import means
from storregion.publish.words import WORDS

ADDRESS = "access/"
TODAY, THEN, DIFFERENCE = SHOWN = ("today", "then", "difference")
FIRST_LIMIT = 60
_TIMES = ("typical", "fastest", "departures", "transfers")


@dataclass(frozen=True)
class Choice:
    """What the form says: two nodes, minutes, a scenario or none, and which of the two is shown."""

    start: str
    end: str
    within: int
    scenario: str
    show: str

    @property
    def query(self) -> str:
        """The query of the page's address."""
        more = f"&scenario={self.scenario}&show={self.show}" if self.scenario else ""
        return f"?from={self.start}&to={self.end}&within={self.within}{more}"


def addresses(site: Site) -> dict[str, Maker]:
    """The first page of travel times; none for a group without a timetable."""
    return {ADDRESS: page} if timetabled(site) else {}


def forms(site: Site) -> dict[str, FormMaker]:
    """The page as a query fills in its form."""
    return {ADDRESS: page} if timetabled(site) else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The page."""
    if timetabled(site):
        yield Findable(WORDS["access"][language], "kind_page", ADDRESS, WORDS["trip_also"][language], 0.7)


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """Times between two nodes both ways, a map of how far you get, and the matrix of all nodes.

    Parameters
    ----------
    site, language : of the page.
    query : the fields `from`, `to`, `within`, `scenario` and `show`; each has a default.
    """
    choice, unknown = _choice(site, query or {})
    made = matrix_page(site, language, "morning", "depart_at", "name")
    made.template = "trips.html"
    names = {code: label.text for code, label in node_labels(site, language).items()}
    shown = _shown(site, choice)
    views, more = mapped(site, language, shown, choice.start, choice.within)
    made.views = views | made.views
    made.extra = _data(site)
    made.context |= more | {
        "live": site.live,
        "unknown": unknown,
        "choice": choice,
        "nodes": sorted(names.items(), key=lambda it: alphabetical(it[1])),
        "names": names,
        "titles": {name: site.scenario(name).scenario.title[language] for name in site.scenarios},
        "within": (str(choice.within), *(str(limit) for limit in _limits(site))),
        "step": str(_limits(site)[1] - _limits(site)[0]),
        "there": _way(shown, language, choice.start, choice.end),
        "back": _way(shown, language, choice.end, choice.start),
        "reach": _reach(shown, language, choice),
        "means": means(site, language),
        "by": means(site, language, brief=True),
        "pair": None if choice.start == choice.end else pair_address(choice.start, choice.end),
        "phrases": json.dumps(_phrases(site, language), ensure_ascii=False),
    }
    return made


def _choice(site: Site, query: Query) -> tuple[Choice, list[str]]:
    """What a query asks for, with a default for what it leaves out, and what in it does not exist."""
    unknown: list[str] = []

    def one(name: str, known: list[str], default: str) -> str:
        asked = (query.get(name) or [""])[-1].strip()
        if asked and asked not in known:
            unknown.append(asked[:80])
        return asked if asked in known else default

    nodes = site.workspace.table("nodes")["node"].to_list()
    start, end = _heaviest(site)
    scenario = one("scenario", site.scenarios, "")
    show = one("show", list(SHOWN), DIFFERENCE if scenario else TODAY)
    within = one("within", [str(limit) for limit in _limits(site)], str(FIRST_LIMIT))
    ends = one("from", nodes, start), one("to", nodes, end)
    return Choice(*ends, int(within), scenario, show if scenario else TODAY), unknown


def _heaviest(site: Site) -> tuple[str, str]:
    """The two nodes with the most commuting, weighted by distance; the hub last where it is one of them."""
    rows = site.workspace.table("node_pairs").sort("year", pl.col("persons") * pl.col("km"), "one", "two")
    one, two = rows.select("one", "two").row(-1)
    return (two, one) if one == hub(site) else (one, two)


def _limits(site: Site) -> list[int]:
    return sorted(site.workspace.table("node_reach")["limit"].unique())


def _shown(site: Site, choice: Choice) -> list[Workspace]:
    """The group today and with the scenario, as far as either is shown."""
    today = [] if choice.show == THEN else [site.workspace]
    return today if choice.show == TODAY else [*today, site.scenario(choice.scenario)]


def _way(shown: list[Workspace], language: Language, start: str, end: str) -> dict[str, Any] | None:
    """Times of the morning from one node to another, in words; None where there is no journey."""
    figures: dict[str, list[Figure]] = {name: [] for name in _TIMES}
    where = {"origin": start, "destination": end, "period": "morning", "way": "depart_at"}
    for side in shown:
        for row in side.table("access_nodes").filter(**where).drop_nulls("typical").iter_rows(named=True):
            for name in _TIMES:
                figures[name].append(side.cell(side.schemas["access_nodes"], name, row))
    if not figures["typical"]:
        return None
    known = max((it.basis for found in figures.values() for it in found), key=BASES.index)
    said = {name: _said(found, language) for name, found in figures.items()}
    return said | {"basis": known}


def _said(figures: list[Figure], language: Language) -> Markup:
    return changed(figures[0], figures[-1], language) if len(figures) > 1 else in_words(figures[0], language)


def _reach(shown: list[Workspace], language: Language, choice: Choice) -> dict[str, Any] | None:
    """Residents and jobs within the minutes; None for a node without a station in the timetable."""
    # By what is read, so that what rounds to the same is said once.
    said: dict[str, dict[str, Markup]] = {"residents": {}, "jobs": {}}
    known = "observed"
    for side in shown:
        rows = side.table("node_reach").filter(node=choice.start, limit=choice.within, counted="with_wait")
        for row in rows.iter_rows(named=True):
            known = max(known, row["basis"], key=BASES.index)
            for measure, found in said.items():
                number = roughly(side.cell(side.schemas["node_reach"], measure, row), language)
                found.setdefault(number.striptags(), number)
    if not said["residents"]:
        return None
    joined = {measure: Markup(" → ").join(found.values()) for measure, found in said.items()}
    return joined | {"basis": known}


def _phrases(site: Site, language: Language) -> dict[str, Any]:
    """The words that the page's script fills in."""
    found: dict[str, Any] = {
        name: WORDS[name][language] for name in WORDS if name.startswith(("trip_", "within_"))
    }
    for name in _TIMES:
        unit = units.unit(site.workspace.schemas["access_nodes"][name].unit)
        found[name] = [unit.one[language], unit.several[language]]
    exact = set(site.workspace.table("node_reach")["basis"]) == {"observed"}
    found["by"] = means(site, language, brief=True)
    found["no_way"] = WORDS["pair_none"][language]
    return found | {"about": ABOUT[language], "few": FEW[language], "exact": exact}


def _data(site: Site) -> dict[str, Any]:
    """The files that the page's script reads: one of today, and one of each scenario."""

    def with_scenario(name: str) -> bytes:
        return _times(site.scenario(name))

    files = {"times.json": partial(_times, site.workspace)}
    files |= {f"times-{name}.json": partial(with_scenario, name) for name in site.scenarios}
    return {name: ("application/json", make) for name, make in files.items()}


def _times(workspace: Workspace) -> bytes:
    """What the page's script shows, by node: times to other nodes, minutes to localities, and reach."""
    found: dict[str, dict[str, dict[str, Any]]] = {"pairs": {}, "board": {}, "reach": {}}
    pairs = workspace.table("access_nodes").filter(
        pl.col("typical").is_not_null(), period="morning", way="depart_at"
    )
    for start, end, *times in pairs.select("origin", "destination", *_TIMES).iter_rows():
        found["pairs"].setdefault(start, {})[end] = times
    board = workspace.table("access_board").select("node", "locality", "minutes")
    for node, locality, minutes in board.iter_rows():
        found["board"].setdefault(node, {})[locality] = minutes
    reach = workspace.table("node_reach").filter(counted="with_wait")
    for node, limit, *people in reach.select("node", "limit", "residents", "jobs").iter_rows():
        found["reach"].setdefault(node, {})[str(limit)] = [round(it, 1) for it in people]
    return json.dumps(found, separators=(",", ":")).encode()
