"""Plans that were read in, and what the machine suggests in each."""

from functools import partial

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.files.suggestions import index
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy import evaluation, plans, suggestions
from storregion.strategy.evaluation import Evaluation, Mean, Share

STRONGEST = 25
EVALUATION = "suggestions_evaluation"


def addresses(site: Site) -> dict[str, Maker]:
    """The plans of a group with a strategy, and where the measurement of suggestions comes from."""
    found: dict[str, Maker] = {}
    if site.strategy.elements():
        found["strategy/plans/"] = plan_list
        for document in plans.read(site.workspace.folder):
            found[f"strategy/plans/{document}/"] = partial(plan, document=document)
    if evaluation.read(site.workspace.folder) is not None:
        found[f"trace/{EVALUATION}/"] = _derived
    return found


def plan_list(site: Site, language: Language) -> Page:
    """The plans that were read in, and how good the suggestions are."""
    found = plans.read(site.workspace.folder)
    page = Page("plans.html", WORDS["hub_plans"][language])
    ordered = sorted(found.values(), key=lambda one: alphabetical(one.head.title))
    page.context = {"plans": ordered, **_measured(site)}
    return page


def plan(site: Site, language: Language, document: str) -> Page:
    """One plan: how it was read, and for each focus area the statements that the machine points at."""
    found = plans.one(site.workspace.folder, document)
    page = Page("plan.html", found.head.title)
    ready = index(site)
    made = suggestions.suggested(site.workspace.folder, found, ready) if ready else []
    areas = []
    for element in ready.elements if ready else ():
        hits = [
            (one.statement, at, hint)
            for one in made
            for at, hint in enumerate(one.suggestions)
            if hint.element == element
        ]
        hits.sort(key=lambda hit: (hit[1], -hit[2].score, hit[0].number))
        label = site.strategy.elements()[element][language]
        areas.append((element, label, hits[:STRONGEST], len(hits) > STRONGEST))
    page.context = {
        "plan": found,
        "areas": areas,
        "notes": plans.noticed(found.head),
        "file": f"plans/{document}.csv" if ready else None,
        **_measured(site),
    }
    return page


def _measured(site: Site) -> dict[str, object]:
    """What is known of how good the suggestions are, for the pages that show any."""
    found, ready = evaluation.read(site.workspace.folder), index(site)
    if ready is None:
        return {"measured": None, "applies": False, "rows": [], "subject_words": False}
    if found is None:
        return {"measured": None, "applies": False, "rows": [], "subject_words": True}
    crossed = found.cross_validated
    rows = [(name, figures(found, name, part)) for name, part in _parts(found).items()]
    return {
        "measured": found,
        "applies": found.applies(ready),
        "rows": rows,
        "figures": dict(rows),
        "statements": _figure(found, "statements", "all", found.statements, "number"),
        "sources": _figure(found, "sources", "crossed_first", crossed.sources, "number") if crossed else None,
        "subject_words": True,
    }


def _parts(found: Evaluation) -> dict[str, Share | Mean]:
    """What was measured, what was cross-validated first."""
    crossed = found.cross_validated
    held_out: dict[str, Share | Mean] = {}
    if crossed is not None:
        held_out = {
            "crossed_first": crossed.ranking.first,
            "crossed_map": crossed.ranking.average_precision,
            "crossed_precision": crossed.precision,
            "crossed_recall": crossed.recall,
        }
    return held_out | {
        "first": found.ranking.first,
        "map": found.ranking.average_precision,
        "lenient": found.lenient.first,
        "without": found.without_subject_words.first,
        "plain": found.plain.first,
        "precision": found.precision,
        "recall": found.recall,
        "silent": found.silent,
    }


def figures(found: Evaluation, name: str, part: Share | Mean) -> dict[str, Figure]:
    """A measured share as figures: how many of how many, the share, and the limits of its interval.

    A mean has no number of hits.
    """
    hits = part.hits if isinstance(part, Share) else None
    values = {"hits": (hits, "number"), "of": (part.of, "number")}
    shares = {"value": part.value, "low": part.low, "high": part.high}
    made = {column: _figure(found, column, name, *value) for column, value in values.items()}
    return made | {column: _figure(found, column, name, value, "share") for column, value in shares.items()}


def _figure(found: Evaluation, column: str, name: str, value: float | int | None, unit: str) -> Figure:
    absent = "not_applicable" if value is None else None
    key = found.fingerprint[:20]
    return Figure(value, unit, EVALUATION, column, (("measure", name),), key, "observed", absent)


def _derived(site: Site, language: Language) -> Page:
    """Where the numbers of the measurement come from."""
    names = ("statements", "sources", "hits", "of", "value", "low", "high")
    page = Page("derived.html", WORDS["derived_eval"][language])
    page.context = {
        "name": EVALUATION,
        "about": WORDS["derived_eval_about"][language],
        "columns": [(name, WORDS[f"number_{name}"][language]) for name in names],
        "sources": [Label(f"strategy/{evaluation.STORED}")],
        "back": Label(WORDS["hub_plans"][language], f"{language}/strategy/plans/"),
    }
    return page
