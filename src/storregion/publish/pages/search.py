"""Search over places, pairs, stations, indicators, studies, tables, projects and scenarios."""

import json
from collections.abc import Iterator
from functools import partial

from storregion.core.language import Language
from storregion.publish.parts import Findable, Page
from storregion.publish.searching import LONGEST_QUERY, alike, folded, search, small_words
from storregion.publish.site import FormMaker, Maker, Query, Site
from storregion.publish.words import WORDS

ADDRESS = "search/"
INDEX = "index.json"
_PAGES = {
    "": "start",
    "place/": "places",
    "indicator/": "indicators",
    "study/": "studies",
    "scenario/": "scenarios",
    "access/station/": "stations",
    "strategy/": "strategy",
    "strategy/followup/": "hub_followup",
    "strategy/projects/": "hub_projects",
    "strategy/plans/": "hub_plans",
    "strategy/forum/": "hub_forum",
    "data/": "data",
    "about/": "about",
    "accessibility/": "accessibility",
}
"""The name of the words for each page; those of `also_NAME` find it too."""


def addresses(site: Site) -> dict[str, Maker]:
    """The page with its form."""
    return {ADDRESS: page}


def forms(site: Site) -> dict[str, FormMaker]:
    """What a query finds."""
    return {ADDRESS: page}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """The pages that no list of things leads to, with other words for what they hold."""
    for address, word in _PAGES.items():
        if site.has(address):
            also = WORDS[f"also_{word}"][language]
            yield Findable(WORDS[word][language], "kind_page", address, also, 0.6)
    for year in site.strategy.editions:
        also = WORDS["also_strategy"][language]
        yield Findable(f"{WORDS['strategy'][language]} {year}", "kind_page", f"strategy/{year}/", also, 0.5)


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """The form, and what a query finds; the index beside it serves a portal without a server.

    Parameters
    ----------
    site, language : of the page.
    query : the field `q`; only the form when None.
    """
    asked = ((query or {}).get("q") or [""])[-1].strip()[:LONGEST_QUERY]
    hits = search(site.findable(language), asked)
    made = Page("search.html", WORDS["search"][language])
    made.context = {
        "asked": asked,
        "hits": [
            (it.text, WORDS[it.kind][language], it.target)
            for it in [*_comparison(site, language, asked), *hits.found]
        ],
        "none": bool(asked) and not hits.found,
        "partly": bool(hits.found) and not hits.whole,
    }
    made.extra[INDEX] = ("application/json", partial(_index, site, language))
    return made


def _comparison(site: Site, language: Language, asked: str) -> Iterator[Findable]:
    """The comparison of the municipalities that a query names, where it asks to compare and a server can."""
    words, compare = folded(asked).split(), folded(WORDS["compare"][language])
    rows = site.workspace.table("places").filter(kind="municipality").select("place", f"name_{language}")
    names = {folded(name): (code, name) for code, name in rows.iter_rows()}
    chosen = [names[word] for word in dict.fromkeys(words) if word in names]
    if site.live and len(chosen) > 1 and any(word in (compare, *alike()[compare]) for word in words):
        text = f"{WORDS['compare'][language]}: {', '.join(name for _, name in chosen)}"
        yield Findable(text, "kind_page", "compare/?" + "&".join(f"place={code}" for code, _ in chosen))


def _index(site: Site, language: Language) -> bytes:
    """Everything that can be found, and what is known of words.

    Of each entry name, kind, address, other words folded, weight, and which of the contexts is its own.
    """
    entries = site.findable(language)
    contexts = list(dict.fromkeys(folded(it.context) for it in entries))
    rows = [
        [
            *(it.text, WORDS[it.kind][language], it.target, folded(it.also), it.weight),
            contexts.index(folded(it.context)),
        ]
        for it in entries
    ]
    index = {"entries": rows, "contexts": contexts, "alike": alike(), "small": sorted(small_words())}
    return json.dumps(index, ensure_ascii=False, separators=(",", ":")).encode()
