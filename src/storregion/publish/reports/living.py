"""The sections on studying, living and moving: what the page of the place says, as a report says it."""

from storregion.publish.pages import education, housing, moves
from storregion.publish.reports.model import Paragraph, Section
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said


def sections(it: Subject) -> list[Section]:
    """Study places within reach, homes and their prices, and moves; none that the group has no tables for.

    Parameters
    ----------
    it : the place.
    """
    row = it.workspace.table("places").filter(place=it.code).row(0, named=True)
    found = []
    for module in (education, housing, moves):
        for section in module.place_sections(it.site, it.language, row):
            sentences = [said(name, it.language, **parts) for name, parts in section.context["said"]]
            found.append(Section(section.name, section.heading, (Paragraph(tuple(sentences)),)))
    return found
