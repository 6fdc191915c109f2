"""The order of places in the common market: the study's page, and a form to weigh the sides."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import polars as pl

from storregion.core.language import Language
from storregion.core.scenario import Scenario
from storregion.core.workspace import Workspace
from storregion.publish.labels import place_labels
from storregion.publish.parts import Findable, Page, StudyPart
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.table_views import view_of
from storregion.publish.view import Label, View
from storregion.publish.words import WORDS

ADDRESS = "market/"
SCORED = ("work", "education", "homes", "travel")
KINDS = ("node", "county")
MOST = 10
"""The largest weight."""
COLUMNS = ("rank", "place", "score", "kept_share", "rank_low", "rank_high")


def addresses(site: Site) -> dict[str, Maker]:
    """The form; none for a group without the ranking."""
    return {ADDRESS: page} if _there(site) else {}


def forms(site: Site) -> dict[str, FormMaker]:
    """The form as a query fills it in."""
    return {ADDRESS: page} if _there(site) else {}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The form."""
    if _there(site):
        also = WORDS["market_weigh_also"][language]
        yield Findable(WORDS["market_weigh"][language], "kind_page", ADDRESS, also, 0.5)


def study(site: Site, language: Language) -> StudyPart:
    """The order with equal weights, and every place in every side."""
    if not _there(site):
        return StudyPart()
    workspace, schema = site.workspace, site.workspace.schemas["market_scores"]
    labels = {"kind": {kind: Label(WORDS[f"kind_{kind}"][language]) for kind in KINDS}}
    scores = (workspace, "market_scores", workspace.table("market_scores"))
    whole = view_of(site, language, "scores", schema.title[language], scores, labels=labels)
    return StudyPart([*_order(site, language, workspace), whole], (), "study_market_ranking.html")


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """The form, and the places in the order that its weights give.

    Parameters
    ----------
    site, language : of the page.
    query : the weights as an address carries them; all alike when empty.
    """
    asked = query or {}
    given = {side: (asked.get(side) or ["1"])[-1].strip() for side in SCORED}
    made = Page("market.html", WORDS["market_weigh"][language])
    made.context = {
        "live": site.live,
        "given": given,
        "sides": [(side, WORDS[f"code_{side}"][language]) for side in SCORED],
        "query": f"?{urlencode(given)}" if asked else "",
        "fault": _fault(given, language),
        "found": None,
    }
    if made.context["fault"] is None:
        workspace = _weighed(site, {side: int(weight) for side, weight in given.items()})
        made.views = {view.name: view for view in _order(site, language, workspace)}
        made.context["found"] = _first(site, language, workspace)
    return made


def _there(site: Site) -> bool:
    return "market_ranking" in site.workspace.steps and site.workspace.table("market_ranking").height > 0


def _fault(given: Mapping[str, str], language: Language) -> str | None:
    """What is wrong with the weights and what to write instead; None where they can be used."""
    for side, written in given.items():
        if not (written.isascii() and written.isdigit() and len(written) <= 2 and int(written) <= MOST):
            name = WORDS[f"code_{side}"][language]
            return WORDS["market_weigh_fault"][language].format(side=name[:1].upper() + name[1:])
    if not any(int(written) for written in given.values()):
        return WORDS["market_weigh_zero"][language]
    return None


def _weighed(site: Site, weights: Mapping[str, int]) -> Workspace:
    """The group with these weights; as it is where they are all alike."""
    if len(set(weights.values())) == 1:
        return site.workspace
    tried = Scenario(
        WORDS["market_weigh"],
        WORDS["market_weigh_lead"],
        {"market_ranking": {"weights": {side: float(weight) for side, weight in weights.items()}}},
    )
    return site.workspace.with_scenario("try", tried)


def _order(site: Site, language: Language, workspace: Workspace) -> list[View]:
    """The nodes and the counties in order."""
    whole, rows = workspace.schemas["market_ranking"].title[language], workspace.table("market_ranking")
    views = []
    for kind in KINDS:
        title = f"{whole}: {WORDS[f'market_between_{kind}'][language]}"
        shown = (workspace, "market_ranking", rows.filter(kind=kind))
        views.append(view_of(site, language, f"order-{kind}", title, shown, columns=COLUMNS))
    return views


def _first(site: Site, language: Language, workspace: Workspace) -> dict[str, Any]:
    """Who comes first, and in how many ways of weighing."""
    labels, schema = place_labels(site, language), workspace.schemas["market_ranking"]
    first = {
        row["kind"]: row
        for row in workspace.table("market_ranking").filter(pl.col("rank") == 1).iter_rows(named=True)
    }
    names = {kind: labels[row["place"]].text for kind, row in first.items()}
    return names | {"share": workspace.cell(schema, "kept_share", first["node"])} if len(names) > 1 else {}
