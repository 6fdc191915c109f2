"""The coherence matrix of regions and focus areas, with the quotes behind it."""

from collections.abc import Mapping
from dataclasses import dataclass

from storregion.core.language import Language, alphabetical
from storregion.core.lineage import Figure
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS
from storregion.strategy import coherence as matrix


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
    """The matrix and where its numbers come from, for a group with a matrix."""
    if site.whole.coherence is None:
        return {}
    return {"strategy/coherence/": coherence, "trace/coherence/": _derived}


def coherence(site: Site, language: Language) -> Page:
    """The matrix of regions and focus areas, the quotes behind it, gaps, and how far coders agree."""
    found = site.whole.coherence
    assert found is not None  # noqa: S101 - the address exists only where there is one
    organisations, elements = site.strategy.forum.organisations, site.strategy.elements()
    owners = sorted(site.strategy.forum.adopters, key=lambda name: alphabetical(organisations[name].name.sv))
    rows = [(name, [_codes(found, language, name, element) for element in found.elements]) for name in owners]
    gaps = [
        (organisations[name].name[language], [elements[element][language] for element in missing])
        for name in owners
        if (missing := [element for owner, element in found.gaps([name])])
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


def _derived(site: Site, language: Language) -> Page:
    """Where the numbers of the matrix come from."""
    names = ("coded", "double_coded", "percent", "alpha", "low", "high")
    page = Page("derived.html", WORDS["derived_coherence"][language])
    page.context = {
        "name": "coherence",
        "about": WORDS["derived_coherence_about"][language],
        "columns": [(name, WORDS[f"number_{name}"][language]) for name in names],
        "sources": [Label("strategy/coherence.toml")],
        "back": Label(WORDS["hub_coherence"][language], f"{language}/strategy/coherence/"),
    }
    return page
