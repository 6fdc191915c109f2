"""A scenario on one page: what it changes for whom, a picture, what it rests on, caveats and sources."""

from storregion.core.errors import CallError, nearest
from storregion.core.language import Language
from storregion.core.table import BASES
from storregion.core.workspace import Workspace
from storregion.publish import numbers
from storregion.publish.labels import timetabled
from storregion.publish.pictures import dumbbell
from storregion.publish.reports import references
from storregion.publish.reports.model import Block, Drawing, Items, Paragraph, Report, Section
from storregion.publish.reports.wording import plain, said, word
from storregion.publish.scenario_basis import operations, settings
from storregion.publish.scenario_effects import Effect, effects
from storregion.publish.site import Site

MOST_PICTURES = 2


def opened(site: Site, name: str) -> Workspace:
    """The group with a scenario that has a board.

    Parameters
    ----------
    site : the portal.
    name : the stem of the scenario's file.

    Raises
    ------
    CallError
        The group has no such scenario.
    """
    known = site.boards if timetabled(site) else []
    if name not in known:
        hint = nearest(name, known) if known else "the group has none that can be shown"
        raise CallError(f"scenario {name!r} does not exist; {hint}")
    return site.scenario(name)


def report(site: Site, language: Language, name: str) -> Report:
    """A scenario, to be printed on one page.

    Parameters
    ----------
    site, language : of the report.
    name : the stem of the scenario's file.

    Raises
    ------
    CallError
        The group has no such scenario.
    """
    other = opened(site, name)
    found = effects(site, language, other, "")
    year = int(site.workspace.table("growth")["year"].max())  # type: ignore[arg-type]
    parts = (_changes(language, other, found), _rests(language, other), _sources(site, language, found))
    return Report(
        name=f"scenario-{name}-{language}",
        title=other.scenario.title[language],
        eyebrow=word("scenario_kind", language),
        about=other.scenario.about[language],
        language=language,
        group=site.workspace.group.short[language],
        year=year,
        date=references.newest(site, year, parts),
        sections=parts,
        sheets=1,
    )


def _changes(language: Language, other: Workspace, found: dict[str, Effect]) -> Section:
    """The answers, how they are known, and the pictures."""
    answers = [
        (plain(f"{numbers.plain(large)}: {words}"),) for one in found.values() for large, words in one.answers
    ]
    known = max((effect.view.basis for effect in found.values()), key=BASES.index, default="observed")
    blocks: list[Block] = [Paragraph((plain(other.scenario.about[language]),), "lead")]
    blocks.append(Items(tuple(answers)) if answers else Paragraph((said("board_nothing", language),)))
    if known != "observed":
        times = [said("board_kind", language)] if "times" in found else []
        blocks.append(Paragraph((*times, said(f"all_{known}", language)), "small"))
    drawn = [effect for effect in found.values() if effect.drawn][:MOST_PICTURES]
    for at, effect in enumerate(drawn):
        blocks.append(
            Drawing(
                f"change-{at}",
                lambda effect=effect: dumbbell.standalone(effect.drawn),  # type: ignore[misc]
                dumbbell.described(effect.drawn),
                effect.view.title,
                "half",
            )
        )
    if reach := found.get("residents") or found.get("jobs"):
        blocks.append(Paragraph((plain(reach.hint),), "small"))
    return Section("changes", word("scenario_changes", language), tuple(blocks))


def _rests(language: Language, other: Workspace) -> Section:
    """Caveats first, then what the scenario does and why, with the sources once."""
    done = operations(other, language)
    caveats = [(plain(text[language]),) for text in other.scenario.caveats]
    reasons = [(plain(f"{one['kind']} ({one['of']}): {one['because']}"),) for one in done]
    given = [(plain(f"{word('board_setting', language)}: {one}."),) for one in settings(other)]
    blocks: list[Block] = [Items((*caveats, *reasons, *given))]
    sources = dict.fromkeys(one["source"] for one in done if one["source"])
    if sources:
        blocks.append(Paragraph((plain(f"{word('source', language)}: {'; '.join(sources)}"),), "small"))
    return Section("rests", word("rests_on", language), tuple(blocks))


def _sources(site: Site, language: Language, found: dict[str, Effect]) -> Section:
    """Who published what the figures rest on, and the tables that hold them."""
    tables = list(dict.fromkeys(effect.view.schema.name for effect in found.values()))
    makers, licences = references.producers(site, language, tables)
    source = said("slide_source", language, makers=", ".join(makers), licences=", ".join(licences))
    held = [f"{effect.view.schema.name} {effect.view.record.key}" for effect in found.values()]
    versions = said("scenario_tables", language, tables=", ".join(dict.fromkeys(held)))
    blocks = (Paragraph((source,), "small"), Paragraph((versions,), "small"))
    return Section("sources", word("sources", language), blocks)
