"""What became of what through all editions, as a picture and as a table."""

from collections.abc import Sequence

from storregion.core.language import Language
from storregion.publish.labels import edition_year, element_label
from storregion.publish.parts import Page
from storregion.publish.pictures import timelines
from storregion.publish.site import Maker, Site
from storregion.publish.words import WORDS
from storregion.strategy.descent import Descent


def addresses(site: Site) -> dict[str, Maker]:
    """The page, for a group with editions."""
    return {"strategy/lineage/": lineage} if site.strategy.editions else {}


def lineage(site: Site, language: Language) -> Page:
    """What became of what through all editions, drawn and as a table."""
    rows = [
        (
            element_label(site, language, descent.of),
            descent.kind,
            element_label(site, language, descent.to),
            descent.state,
            descent.author,
            descent.note[language] if descent.note else "",
        )
        for descent in site.strategy.lineage
    ]
    page = Page("lineage.html", WORDS["hub_lineage"][language])
    alt = WORDS["lineage_alt"][language]
    drawn = timelines.lineage(_columns(site, language), _lines(site, language), alt)
    page.context = {"rows": rows, "drawn": drawn, "unconfirmed": unconfirmed(site.strategy.lineage)}
    return page


def unconfirmed(found: Sequence[Descent]) -> list[str]:
    """Who recorded what became of what, where nothing of it is confirmed."""
    if any(descent.state == "confirmed" for descent in found):
        return []
    return list(dict.fromkeys(descent.author for descent in found))


def _columns(site: Site, language: Language) -> list[timelines.Column]:
    elements = site.strategy.elements()
    kinds = {d.to: d.kind for d in site.strategy.lineage if d.of is None}
    kinds |= {d.of: d.kind for d in site.strategy.lineage if d.to is None}
    columns = []
    for year in sorted(site.strategy.editions):
        boxes = [
            timelines.Box(
                address, text[language], WORDS[f"kind_{kinds[address]}"][language] if address in kinds else ""
            )
            for address, text in elements.items()
            if edition_year(address) == str(year)
        ]
        columns.append(timelines.Column(str(year), boxes, WORDS["words_unknown"][language]))
    return columns


def _lines(site: Site, language: Language) -> list[timelines.Line]:
    return [
        timelines.Line(d.of, d.to, d.kind, WORDS[f"kind_{d.kind}"][language])
        for d in site.strategy.lineage
        if d.of and d.to
    ]
