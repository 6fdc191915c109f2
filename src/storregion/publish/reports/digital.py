"""The section on digital connection: what can be had in the place, or else in the country."""

from storregion.publish.pages.digital import elsewhere, sentences
from storregion.publish.reports.model import Block, Paragraph, Section
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word


def sections(it: Subject) -> list[Section]:
    """The latest shares and outages; of a place without figures, the country's share, and that it is so.

    Parameters
    ----------
    it : the place.
    """
    found = sentences(it.site, it.language, it.code, it.name) or elsewhere(it.site, it.language, it.name)
    if not found:
        return []
    blocks: list[Block] = [
        Paragraph(tuple(said(name, it.language, **parts) for name, parts in found)),
        Paragraph((said("digital_rests", it.language),), "small"),
    ]
    return [Section("digital", word("digital_title", it.language), tuple(blocks))]
