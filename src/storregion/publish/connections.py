"""Pages of how other texts belong with the strategy: links, the coherence matrix, plans and suggestions."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from storregion.core.figurefile import harmless
from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.site import WORDS, Maker, Page, Site
from storregion.publish.view import Label
from storregion.strategy import coherence as matrix
from storregion.strategy import evaluation, plans, suggestions
from storregion.strategy.evaluation import Evaluation, Mean, Share
from storregion.strategy.links import ROLES, STATES, Held
from storregion.strategy.plans import Plan
from storregion.strategy.suggestions import Suggested

STRONGEST = 25
EVALUATION = "suggestions_evaluation"
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


@dataclass(frozen=True)
class Code:
    """One code in the matrix: of a document, by a coder, with the words that it rests on."""

    anchor: str
    code: str
    said: str
    document: str
    quote: str
    page: str | None
    coder: str
    because: str
    suspect: bool


def addresses(site: Site) -> dict[str, Maker]:
    """The pages of links, matrix and plans that the group has something for."""
    found: dict[str, Maker] = {}
    if site.strategy.elements():
        found["strategy/links/"] = links
        found["strategy/plans/"] = plan_list
    if site.whole.coherence is not None:
        found["strategy/coherence/"] = coherence
        found["trace/coherence/"] = partial(_derived, what="coherence")
    if evaluation.read(site.workspace.folder) is not None:
        found[f"trace/{EVALUATION}/"] = partial(_derived, what=EVALUATION)
    for document in plans.read(site.workspace.folder) if site.strategy.elements() else ():
        found[f"strategy/plans/{document}/"] = partial(plan, document=document)
    return found


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


def coherence(site: Site, language: Language) -> Page:
    """The matrix of regions and focus areas, the quotes behind it, gaps, and how far coders agree."""
    found = site.whole.coherence
    assert found is not None  # noqa: S101 - the address exists only where there is one
    organisations, elements = site.strategy.forum.organisations, site.strategy.elements()
    owners = sorted(site.strategy.forum.adopters, key=lambda name: alphabetical(organisations[name].name.sv))
    rows = [(name, [_codes(found, language, name, element) for element in found.elements]) for name in owners]
    gaps = [
        (organisations[name].name[language], [elements[element][language] for element in lacking])
        for name in owners
        if (lacking := [element for owner, element in found.gaps([name])])
    ]
    figures = found.agreement()
    page = Page("coherence.html", WORDS["hub_coherence"][language])
    page.context = {
        "found": found,
        "names": {name: organisations[name].name[language] for name in owners},
        "labels": [(element, elements[element][language]) for element in found.elements],
        "rows": rows,
        "documents_of": {name: _documents_of(found, name) for name in owners},
        "gaps": gaps,
        "suspects": found.suspects(),
        "figures": figures,
        "agreement": _agreement(figures),
        "codes": [(code, text[language]) for code, text in matrix.CODES.items()],
        "caveat": matrix.CAVEAT[language],
        "not_coded": matrix.NOT_CODED[language],
    }
    return page


def _documents_of(found: matrix.Coherence, organisation: str) -> list[str]:
    documents = found.library.documents
    return [name for name in found.documents if documents[name].organisation == organisation]


def _codes(
    found: matrix.Coherence, language: Language, organisation: str, element: str
) -> tuple[list[Code], bool]:
    """All codes of an organisation's documents on an element, and whether coders disagree on one."""
    codes, disputed = [], False
    for document, cell in found.region(organisation, element).items():
        disputed |= cell.disputed
        for coding in cell.codings:
            passage = found.library.statements.get(document, {}).get(coding.statement or "")
            codes.append(
                Code(
                    f"{document}.{element.partition('/')[2]}.{coding.coder}",
                    coding.code,
                    matrix.CODES[coding.code][language],
                    document,
                    coding.quote,
                    str(passage.page) if passage and passage.page else None,
                    found.coders[coding.coder].role[language],
                    coding.because[language] if coding.because else "",
                    coding.coder in cell.suspect,
                )
            )
    return codes, disputed


def _agreement(figures: Mapping[str, Figure]) -> str:
    """The sentence that can be said of the coders' agreement."""
    if figures["percent"].value is None:
        return "agreement_none"
    if figures["alpha"].value is None:
        return "agreement_no_alpha"
    return "agreement_is" if figures["low"].value is not None else "agreement_no_interval"


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
    ready = _index(site)
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


def _index(site: Site) -> suggestions.Index | None:
    folder = site.workspace.folder
    if not (folder / "strategy" / suggestions.SUBJECT_WORDS).is_file():
        return None
    return suggestions.index(folder, site.strategy)


def suggestions_file(site: Site, found: Plan) -> bytes:
    """A plan's statements with their suggestions as CSV. No cell is a formula."""
    ready = _index(site)
    made: Sequence[Suggested] = suggestions.suggested(site.workspace.folder, found, ready) if ready else []
    frame = suggestions.table(found, made)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*frame.columns, "state"])
    for row in frame.iter_rows():
        cells = ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in row]
        writer.writerow([*cells, "suggested; not confirmed" if row[5] else ""])
    return buffer.getvalue().encode()


def _measured(site: Site) -> dict[str, object]:
    """What is known of how good the suggestions are, for the pages that show any."""
    found, ready = evaluation.read(site.workspace.folder), _index(site)
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


def _derived(site: Site, language: Language, what: str) -> Page:
    """Where the numbers of the matrix or of the measurement come from."""
    if what == "coherence":
        names: tuple[str, ...] = ("coded", "double_coded", "percent", "alpha", "low", "high")
        page = Page("derived.html", WORDS["derived_coherence"][language])
        about, sources = WORDS["derived_coherence_about"], ["strategy/coherence.toml"]
        back = Label(WORDS["hub_coherence"][language], f"{language}/strategy/coherence/")
    else:
        names = ("statements", "sources", "hits", "of", "value", "low", "high")
        page = Page("derived.html", WORDS["derived_eval"][language])
        about, sources = WORDS["derived_eval_about"], [f"strategy/{evaluation.STORED}"]
        back = Label(WORDS["hub_plans"][language], f"{language}/strategy/plans/")
    page.context = {
        "name": what,
        "about": about[language],
        "columns": [(name, WORDS[f"number_{name}"][language]) for name in names],
        "sources": [Label(source) for source in sources],
        "back": back,
    }
    return page
