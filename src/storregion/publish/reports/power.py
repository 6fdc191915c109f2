"""The section on electricity: the highest hour, and the room behind the feed-in."""

from storregion.publish.pages import power_capacity
from storregion.publish.reports.model import Block, Paragraph, Section
from storregion.publish.reports.subject import Subject
from storregion.publish.reports.wording import said, word


def sections(it: Subject) -> list[Section]:
    """What is needed on a cold working day now and later, and what can come in."""
    found = power_capacity.highest_hour(it.site, it.language, it.code)
    if found is None:
        return []
    how, area = found["how"], found["area"]
    sentences = [
        said(f"peak_now_{how}", it.language, place=it.name, **found["now"]),
        said(f"peak_later_{how}", it.language, **found["later"]),
    ]
    if area:
        sentences.append(said(f"peak_area_{area['how']}", it.language, **area))
    blocks: list[Block] = [
        Paragraph(tuple(sentences)),
        Paragraph((said("peak_rests", it.language),), "small"),
    ]
    return [Section("power", word("peak_title", it.language), tuple(blocks))]
