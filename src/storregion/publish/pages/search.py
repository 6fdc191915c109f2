"""Search over places, pairs, stations, indicators, studies, tables, projects and scenarios."""

import json
from functools import partial

from storregion.core.language import Language
from storregion.publish.searching import LONGEST_QUERY, folded, found
from storregion.publish.site import FormMaker, Maker, Page, Query, Site
from storregion.publish.words import WORDS

ADDRESS = "search/"
INDEX = "index.json"


def addresses(site: Site) -> dict[str, Maker]:
    """The page with its form."""
    return {ADDRESS: page}


def forms(site: Site) -> dict[str, FormMaker]:
    """What a query finds."""
    return {ADDRESS: page}


def page(site: Site, language: Language, query: Query | None = None) -> Page:
    """The form, and what a query finds; the index beside it serves a portal without a server.

    Parameters
    ----------
    site, language : of the page.
    query : the field `q`; only the form when None.
    """
    asked = ((query or {}).get("q") or [""])[-1].strip()[:LONGEST_QUERY]
    hits = found(site.findable(language), asked)
    made = Page("search.html", WORDS["search"][language])
    made.context = {
        "asked": asked,
        "hits": [(it.text, WORDS[it.kind][language], it.target) for it in hits],
        "none": bool(asked) and not hits,
    }
    made.extra[INDEX] = ("application/json", partial(_index, site, language))
    return made


def _index(site: Site, language: Language) -> bytes:
    """Everything that can be found: name, kind, address, folded words, weight."""
    rows = [
        [it.text, WORDS[it.kind][language], it.target, folded(f"{it.text} {it.also}"), it.weight]
        for it in site.findable(language)
    ]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
