"""Two editions side by side, word by word where people have joined them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from storregion.core.language import Language
from storregion.publish.labels import edition_year
from storregion.publish.pages.descent import unconfirmed
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.strategy.descent import Descent
from storregion.strategy.documents import Cited
from storregion.strategy.editions import Edition
from storregion.strategy.wording import Piece, difference


@dataclass(frozen=True)
class Pair:
    """Two elements that people have joined, and their words one by one."""

    kind: str
    former: str
    latter: str
    former_words: Cited
    latter_words: Cited
    pieces: Sequence[Piece]
    state: str
    author: str
    note: str | None


def addresses(site: Site) -> dict[str, Maker]:
    """A page for every two editions that follow each other."""
    return {
        f"strategy/compare/{former}-{latter}/": partial(compared, former=former, latter=latter)
        for former, latter in itertools.pairwise(sorted(site.strategy.editions))
    }


def compared(site: Site, language: Language, former: int, latter: int) -> Page:
    """Two editions side by side, word by word where people have joined them."""
    one, two = site.strategy.editions[former], site.strategy.editions[latter]
    between = [
        descent
        for descent in site.strategy.lineage
        if edition_year(descent.of) in ("", str(former)) and edition_year(descent.to) in ("", str(latter))
    ]
    joined = [descent for descent in between if descent.of and descent.to]
    there = {descent.of for descent in joined} | {descent.to for descent in joined}
    marks = {descent.of or descent.to: descent.kind for descent in between if descent not in joined}
    page = Page("compared.html", f"{former} – {latter}")
    page.context = {
        "former": one,
        "latter": two,
        "unconfirmed": unconfirmed(joined),
        "pairs": [_pair(site, language, descent) for descent in joined],
        "alone": [
            (found, [(label, words, marks.get(address)) for address, label, words in rest])
            for found in (one, two)
            if (rest := _alone(site, language, found, there))
        ],
    }
    return page


def _pair(site: Site, language: Language, descent: Descent) -> Pair:
    of, to = descent.of or "", descent.to or ""
    words = site.strategy.words(of), site.strategy.words(to)
    elements = site.strategy.elements()
    return Pair(
        descent.kind,
        elements[of][language],
        elements[to][language],
        *words,
        difference(words[0].text, words[1].text),
        descent.state,
        descent.author,
        descent.note[language] if descent.note else None,
    )


def _alone(
    site: Site, language: Language, found: Edition, there: set[str | None]
) -> list[tuple[str, str, Cited]]:
    """The elements of an edition that are joined to none of the other, by address, label and words."""
    return [
        (address, label[language], site.strategy.words(address))
        for address, label in site.strategy.elements().items()
        if edition_year(address) == str(found.year) and address not in there
    ]
