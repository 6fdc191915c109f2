"""Slides on a municipality or county: population, growth, ages, commuting and travel times."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl

from storregion.core.language import Language
from storregion.core.lineage import Figure
from storregion.publish.reports import commuting, growth, travel
from storregion.publish.reports.model import Part, Sentence
from storregion.publish.reports.slide_parts import MOST_BARS, bars, finished, measured, over_years, sourced
from storregion.publish.reports.slides import Deck, Slide
from storregion.publish.reports.subject import Subject, subject
from storregion.publish.reports.wording import said, word
from storregion.publish.site import Site
from storregion.publish.travel import means


def deck(site: Site, language: Language, code: str) -> Deck:
    """The slides on a municipality or county.

    Parameters
    ----------
    site, language : of the deck.
    code : the place's code, or its name.

    Raises
    ------
    CallError
        The municipality or county does not exist.
    """
    it = subject(site, language, code)
    county = it.workspace.table("membership").filter(place=it.county)["municipality"].to_list()
    made = [slide for make in SLIDES if (slide := make(it)) is not None]
    name = it.name[:1].upper() + it.name[1:]
    return finished(
        site,
        language,
        [sourced(site, language, slide, county) for slide in made],
        name=f"slides-{it.code}-{language}",
        title=name,
        about=word("about", language, place=it.name, group=it.workspace.group.name[language]),
        year=int(growth.growth_row(it)["year"]),
    )


def _population(it: Subject) -> Slide | None:
    rows = it.workspace.table("growth").filter(place=it.code).sort("year").rows(named=True)
    chart = over_years(
        "persons", [(it.name, {row["year"]: it.cell("growth", "persons", row) for row in rows})]
    )
    if chart is None:
        return None
    told = growth.level(it, rows[-1])
    title = told[1] if len(told) > 1 and rows[-1]["base_change"] is not None else told[0]
    return Slide(title, measured(word("population_title", it.language), "persons", it.language), chart)


def _growth(it: Subject) -> Slide | None:
    """The place's growth beside that of its county, the rest of the group, and the country."""
    row = growth.growth_row(it)
    own, rest = (it.cell("growth", name, row) for name in ("base_annual_percent", "rest_annual_percent"))
    if own.value is None or rest.value is None:
        return None
    found = [(it.name, own)]
    wide = it.workspace.table("places").filter(kind="country")["place"].to_list()
    for code in [it.county] * (it.county != it.code) + wide:
        its = it.latest("growth").filter(place=code).row(0, named=True)
        found.append((it.names[code], it.cell("growth", "base_annual_percent", its)))
    found.insert(len(found) - len(wide), (word("slide_rest", it.language, group=it.group), rest))
    found = [(name, figure) for name, figure in found if figure.value is not None]
    title = said("slide_growth", it.language, place=it.name, group=it.group, own=own, rest=rest)
    label = it.workspace.schemas["growth"]["base_annual_percent"].label[it.language]
    chart = bars(own.unit, label, found)
    years = {name: it.cell("growth", name, row) for name in ("base_year", "year")}
    caveat = said("slide_years", it.language, **years)
    return Slide(title, measured(label, own.unit, it.language), chart, caveats=(caveat,))


def _ages(it: Subject) -> Slide | None:
    if not it.there("age_structure"):
        return None
    rows = it.workspace.table("age_structure").filter(place=it.code).sort("year").rows(named=True)
    lines = [
        (word(name, it.language), {row["year"]: it.cell("age_structure", column, row) for row in rows})
        for column, name in (("share_0_19", "young"), ("share_75_plus", "old"))
    ]
    chart = over_years("share", lines)
    if chart is None:
        return None
    return Slide(growth.ages(it), measured(word("ages_title", it.language), "share", it.language), chart)


def _commuters(near: str) -> Callable[[Subject], Slide | None]:
    """Commuting from (`home`) or to (`work`) the place, by the nodes' municipalities."""

    def make(it: Subject) -> Slide | None:
        if it.kind != "municipality" or not it.there("commuting", "nodes", "node_catchment"):
            return None
        far = "work" if near == "home" else "home"
        rows = commuting.flows(it, near).filter(pl.col("persons") >= 1).rows(named=True)
        ends = [it.labels[far][row[far]].text for row in rows]
        found: list[tuple[str, Figure]] = [
            (end, it.cell("commuting", "persons", row)) for end, row in zip(ends, rows, strict=True)
        ]
        if not found:
            return None
        year = it.cell("commuting", "year", rows[0])
        title = said(f"slide_{near}", it.language, place=it.name, municipality=ends[0], year=year)
        label = word("slide_commuters", it.language)
        rough = any(figure.basis != "observed" for _, figure in found)
        caveats = (said("slide_flows", it.language),) if rough else ()
        if len(rows) > 1 and rows[1]["persons"] == rows[0]["persons"] and rough:
            caveats = (said("slide_tie", it.language, municipality=ends[1]), *caveats)
        return Slide(title, label, bars("persons", label, found), caveats=caveats)

    return make


def _times(it: Subject) -> Slide | None:
    """The fastest nodes' municipalities in the morning."""
    if not it.there(*travel.TABLES) or it.workspace.table("access_places").is_empty():
        return None
    rows = travel.node_times(it).filter(pl.col("typical").is_not_null()).head(MOST_BARS).rows(named=True)
    if not rows:
        return None
    names = it.labels["municipality"]
    found = [(names[row["destination"]].text, it.cell("access_places", "typical", row)) for row in rows]
    how = means(it.site, it.language)
    parts: dict[str, Part] = {
        "place": it.name,
        "municipality": found[0][0],
        "means": how,
        "minutes": found[0][1],
    }
    label = it.workspace.schemas["access_places"]["typical"].label[it.language]
    chart = bars("minutes", label, found)
    caveats: tuple[Sentence, ...] = tuple(travel.notice(it))
    slide = Slide(said("slide_times", it.language, **parts), chart=chart, caveats=caveats[:1])
    subtitle = f"{measured(label, 'minutes', it.language)} ({how})"
    return replace(slide, subtitle=subtitle, notes=tuple(_said(caveat) for caveat in caveats[1:]))


def _said(sentence: Sentence) -> str:
    return "".join(piece for piece in sentence.pieces if isinstance(piece, str))


SLIDES: tuple[Callable[[Subject], Slide | None], ...] = (
    _population,
    _growth,
    _ages,
    _commuters("home"),
    _commuters("work"),
    _times,
)
"""The slides on a place, in order; one that the group has no figures for gives none."""
