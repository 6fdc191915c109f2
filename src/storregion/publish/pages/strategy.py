"""The way into the strategy: editions, the parts there are, and the open files."""

from storregion.core.language import Language
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.view import Label
from storregion.publish.words import WORDS

PARTS = ("followup", "lineage", "compare", "links", "coherence", "plans", "projects", "forum")


def addresses(site: Site) -> dict[str, Maker]:
    """The way into the strategy."""
    return {"strategy/": hub}


def hub(site: Site, language: Language) -> Page:
    """The way in: the latest edition, all editions, the parts there are, and the open files."""
    years = sorted(site.strategy.editions, reverse=True)
    parts = []
    for part in PARTS:
        address = f"strategy/{part}/"
        if part == "compare":
            address = f"strategy/compare/{years[1]}-{years[0]}/" if len(years) > 1 else ""
        if site.has(address):
            words = WORDS[f"hub_{part}"][language], WORDS[f"hub_{part}_about"][language]
            parts.append((Label(words[0], f"{language}/{address}"), words[1]))
    context = {
        "editions": [site.strategy.editions[year] for year in years],
        "adoptions": site.strategy.adoptions,
        "parts": parts,
        "files": strategy_files(site, language),
    }
    return Page("strategy.html", WORDS["strategy"][language], context)


def strategy_files(site: Site, language: Language) -> list[Label]:
    """The strategy's open files, as links."""
    if not site.strategy.editions:
        return []
    found = [("file_strategy", "strategy.json"), ("file_schema", "strategy.schema.json")]
    stratml = WORDS["file_stratml"][language]
    return [Label(WORDS[word][language], path) for word, path in found] + [
        Label(f"{stratml} {year}", f"strategy-{year}.xml") for year in sorted(site.strategy.editions)
    ]
