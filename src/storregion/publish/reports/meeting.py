"""A meeting's papers: what it decided, as recorded, and the state of the group."""

from storregion.core.errors import CallError, nearest
from storregion.core.language import Language
from storregion.publish.reports import references, state
from storregion.publish.reports.model import Block, Items, Paragraph, Report, Section, Sentence
from storregion.publish.reports.wording import said, word
from storregion.publish.site import Site
from storregion.strategy.forum import Decision


def report(site: Site, language: Language, name: str) -> Report:
    """The papers of one meeting.

    Parameters
    ----------
    site : where meetings, strategy and tables are read.
    language : of the report.
    name : of the meeting's file in `strategy/meetings/`, without its ending.

    Raises
    ------
    CallError
        No such meeting is recorded.
    """
    forum = site.strategy.forum
    if name not in forum.meetings:
        hint = nearest(name, forum.meetings) if forum.meetings else "none is"
        raise CallError(f"no meeting {name!r} is recorded in strategy/meetings; {hint}")
    meeting = forum.meetings[name]
    body, date = forum.organisations[meeting.body].name[language], meeting.date.isoformat()
    document = site.strategy.documents[meeting.document]
    source = word("quote_source", language, title=document.title, publisher=document.publisher)
    blocks: list[Block] = [
        Paragraph((said("meeting_when", language, body=body, date=date, document=source),), "lead")
    ]
    if meeting.decisions:
        entries = tuple(_decision(site, language, decision) for decision in meeting.decisions)
        blocks.append(Items(entries))
    elif meeting.why is not None:
        blocks.append(Paragraph((said("meeting_none", language, why=meeting.why[language]),), "notice"))
    first = Section("decisions", word("meeting_decisions", language), tuple(blocks))
    whole, year = (first, *state.sections(site, language)), state.last_year(site)
    return Report(
        name=f"meeting-{name}-{language}",
        title=meeting.title[language],
        eyebrow=word("meeting_kind", language),
        about=word("meeting_about", language, body=body, date=date),
        language=language,
        group=site.workspace.group.short[language],
        year=year,
        date=references.newest(site, year, whole, [meeting.date]),
        sections=(*whole, *references.sections(site, language, whole)[1:]),
    )


def _decision(site: Site, language: Language, decision: Decision) -> tuple[Sentence, ...]:
    labels = site.strategy.elements()
    what = decision.what[language]
    found = [Sentence("{what}", {"what": what if what.endswith(".") else f"{what}."})]
    if decision.case:
        found.append(said("meeting_case", language, case=decision.case))
    if decision.elements:
        names = ", ".join(labels[element][language] for element in decision.elements)
        found.append(said("meeting_concerns", language, elements=names))
    return tuple(found)
