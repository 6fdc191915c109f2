"""What a scenario changes, study by study: large figures, a picture and the rows that change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl
from markupsafe import Markup

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language
from storregion.core.workspace import Workspace
from storregion.publish.labels import area_labels, hub, node_labels, place_labels
from storregion.publish.numbers import changed, in_cell, plain, roughly
from storregion.publish.pictures import dumbbell
from storregion.publish.site import Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import LEAST_CHANGE, means
from storregion.publish.view import View
from storregion.publish.words import WORDS

MOST_CHANGES = 12
MOST_SAID = 3
HOUR = 60
LEAST_SHARE = 0.005
"""A share that changes by less stands among what is unchanged."""
LEAST_PART = 0.001
"""So does a number that changes by a smaller part of it."""


@dataclass(frozen=True)
class Effect:
    """What changes in one study.

    Attributes
    ----------
    view : the rows that change, as a table.
    answers : large figures and the words below them, the most important first.
    drawn : the picture; empty where the answers say it all.
    hint : what a reader must know to read it.
    """

    view: View
    answers: Sequence[tuple[Markup, str]]
    drawn: Markup = field(default_factory=Markup)
    hint: str = ""


Maker = Callable[[Site, Language, Workspace, str], Effect | None]


def effects(site: Site, language: Language, other: Workspace, place: str) -> dict[str, Effect]:
    """What a scenario changes, by study; studies in which nothing changes are left out.

    Parameters
    ----------
    site, language : of the page.
    other : the group with the scenario.
    place : the node whose times and reach are shown; all nodes when empty.
    """
    made = {name: make(site, language, other, place) for name, make in MAKERS.items()}
    found = {name: effect for name, effect in made.items() if effect}
    # Reach that changes while no time does changes because people do: they are said first.
    order = list(found) if "times" in found else sorted(found, key=lambda name: name in ("residents", "jobs"))
    return {name: found[name] for name in order}


def times(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """Times between nodes with the wait, before and with the scenario.

    The answers are those of pairs with the hub where these change at least half as much as any, unless a node
    is chosen. Of every two nodes the direction that changes more is shown.
    """
    both = Comparison(site.workspace, other, "access_nodes", ("with_wait", "typical"))
    before, then, difference = sides("with_wait")
    rows = both.frame.filter(pl.col(difference).abs() >= LEAST_CHANGE, period="morning", way="depart_at")
    if place:
        rows = rows.filter((pl.col("origin") == place) | (pl.col("destination") == place))
    if rows.is_empty():
        return None
    rows = rows.sort(pl.col(difference).abs(), "origin", "destination", descending=[True, False, False])
    two = pl.concat_list("origin", "destination").list.sort()
    once = rows.with_columns(two=two).unique("two", keep="first", maintain_order=True)
    first = once if place else _to_hub_first(site, once, pl.col(difference).abs())
    names = node_labels(site, language)
    view = _view(site, language, "changed", (both, rows), ["origin", "destination", *sides("with_wait")])
    ends = (WORDS["changes_before"][language], WORDS["changes_then"][language])

    def pair(row: Mapping[str, Any]) -> str:
        return f"{names[row['origin']].text}–{names[row['destination']].text}"

    changes = [
        dumbbell.Change(pair(row), row[before], row[then])
        for row in once.head(MOST_CHANGES).iter_rows(named=True)
    ]
    return Effect(
        view,
        [_time_said(both, language, row, pair(row)) for row in first.head(MOST_SAID).iter_rows(named=True)],
        dumbbell.drawn(changes, "minutes", language, ends, view.title),
        WORDS["changes_largest"][language] if once.height > MOST_CHANGES else "",
    )


def _to_hub_first(site: Site, pairs: pl.DataFrame, change: pl.Expr) -> pl.DataFrame:
    """The pairs that are said first: those with the hub, unless others change by more than twice as much.

    Parameters
    ----------
    site : the portal.
    pairs : every two nodes once, the largest change first.
    change : how much a pair changes; one that changes by less than a quarter of the largest is left out.
    """
    ends = pl.col("origin") == hub(site), pl.col("destination") == hub(site)
    most = pairs.select(change).to_series()[0]
    large = pairs.filter(change >= most / 4)
    to_hub = large.filter(ends[0] | ends[1])
    return large if to_hub.filter(change >= most / 2).is_empty() else to_hub


def _time_said(both: Comparison, language: Language, row: Mapping[str, Any], pair: str) -> tuple[Markup, str]:
    """A pair's typical time before and then, with the wait in the words below.

    The wait is the large figure where the typical time does not follow it: a new line that runs seldom
    shortens the wait and leaves the typical time as it is.
    """

    def said(measure: str) -> Markup:
        figures = [both.cell(both.schema, side, row) for side in sides(measure)[:2]]
        return changed(figures[0], figures[1], language)

    typical, wait = (row[sides(measure)[2]] for measure in ("typical", "with_wait"))
    agrees = typical is not None and typical * wait > 0 and abs(typical) >= LEAST_CHANGE
    large, small = ("typical", "with_wait") if agrees else ("with_wait", "typical")
    words = WORDS[f"board_{large}"][language]
    return said(large), words.format(pair=pair, other=plain(said(small)))


def _reach(measure: str) -> Maker:
    """What makes the effect on how many residents or jobs the nodes reach within an hour."""

    def made(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
        both = Comparison(site.workspace, other, "node_reach", (measure,))
        before, then, difference = sides(measure)
        rows = both.frame.filter(pl.col(difference).abs() >= 1, limit=HOUR)
        rows = rows.filter(node=place) if place else rows
        if rows.is_empty():
            return None
        rows = rows.sort(pl.col(difference).abs(), "node", descending=[True, False])
        names = {code: label.text for code, label in node_labels(site, language).items()}
        view = _view(site, language, measure, (both, rows), ["node", "counted", *sides(measure)])
        # A node is shown once, as those reach who gain most.
        once = rows.unique("node", keep="first", maintain_order=True).head(MOST_CHANGES)
        shown = list(once.iter_rows(named=True))
        gains = [roughly(both.cell(both.schema, difference, row), language, signed=True) for row in shown]
        first = shown[0]
        by = means(site, language, brief=True)
        counted = WORDS[f"board_counted_{first['counted']}"][language]
        detail = _detail(both, language, (before, then), first)
        gained = "gain" if first[difference] > 0 else "loss"
        words = WORDS[f"board_{gained}_{measure}"][language]
        said = (gains[0], words.format(node=names[first["node"]], means=by, counted=counted, detail=detail))
        changes = [dumbbell.Change(names[row["node"]], row[before], row[then]) for row in shown]
        return Effect(
            view,
            [said] if detail else [],
            dumbbell.bars(changes, [plain(word) for word in gains], view.title),
            WORDS["board_reach_hint"][language].format(means=means(site, language)),
        )

    return made


def _detail(both: Comparison, language: Language, columns: tuple[str, str], row: Mapping[str, Any]) -> str:
    """A number of people or jobs before and then, as far as known; no words where that is the same."""
    figures = [both.cell(both.schema, column, row) for column in columns]
    rough = any(figure.basis == "estimated" for figure in figures) or both.table == "node_reach"
    said = [plain(roughly(it, language) if rough else in_cell(it, language, marked=False)) for it in figures]
    return f": {said[0]} → {said[1]}" if said[0] != said[1] else ""


def projection(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The population of the projection's last year, where the scenario changes it most."""
    both = Comparison(site.workspace, other, "projection", ("persons",))
    last = site.workspace.table("projection")["year"].max()
    return _numbers(
        site, language, both, both.frame.filter(year=last, frame="base"), ("people", str(last), "projection")
    )


def employment(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The jobs of the last year ahead, where the scenario changes them most."""
    both = Comparison(site.workspace, other, "employment", ("jobs",))
    last = site.workspace.table("employment")["year"].max()
    return _numbers(
        site, language, both, both.frame.filter(year=last), ("employment", str(last), "employment")
    )


def peaks(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The highest hour of the last year, at least, where the scenario changes it most."""
    if "power_peaks" not in site.workspace.steps:
        return None
    both = Comparison(site.workspace, other, "power_peaks", ("peak_least",))
    last = site.workspace.table("power_peaks")["year"].max()
    return _numbers(site, language, both, both.frame.filter(year=last), ("peaks", str(last), "peaks"))


def margins(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The margin behind each feed-in in the highest hour of the last year."""
    if "power_capacity" not in site.workspace.steps:
        return None
    both = Comparison(site.workspace, other, "power_capacity", ("margin_mw",))
    before, then, difference = sides("margin_mw")
    last = site.workspace.table("power_capacity")["year"].max()
    rows = both.frame.filter(pl.col(difference).abs() >= 1, year=last)
    if rows.is_empty():
        return None
    rows = rows.sort(pl.col(difference).abs(), "capacity_area", descending=[True, False])
    names, answers = area_labels(site, language), []
    for row in rows.head(MOST_SAID).iter_rows(named=True):
        figures = [both.cell(both.schema, side, row) for side in (before, then)]
        words = WORDS["board_margins"][language].format(area=names[row["capacity_area"]].text, year=last)
        answers.append((changed(figures[0], figures[1], language), words))
    columns = ["capacity_area", before, then, difference]
    return Effect(_view(site, language, "margins", (both, rows), columns), answers)


def remote(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The share of the employed who do not travel to work on a mean weekday."""
    both = Comparison(site.workspace, other, "remote_effect", ("avoided_share",))
    changed = pl.col(sides("avoided_share")[2]).abs() >= LEAST_SHARE
    return _levels(site, language, both, both.frame.filter(changed, response="weak"), "remote")


def homes(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """Where people with work would live, if the scenario changes how many work at home."""
    if not other.scenario.assumptions.get("remote_classes"):
        return None
    both = Comparison(site.workspace, other, "remote_effect", ("residents",))
    year = str(site.workspace.table("remote_effect")["year"].max())
    found = _numbers(site, language, both, both.frame.filter(response="weak"), ("homes", year, "homes"))
    # What some places gain others lose, so one large figure is enough; beside a railway's the picture is.
    most = 0 if other.scenario.assumptions.get("timetable_operations") else 1
    return found and replace(found, answers=found.answers[:most])


def growth(site: Site, language: Language, other: Workspace, place: str) -> Effect | None:
    """The population of the latest year, or else how it has grown a year since the base year."""
    last = site.workspace.table("growth")["year"].max()
    counted = Comparison(site.workspace, other, "growth", ("persons",))
    rows = counted.frame.filter(year=last)
    if found := _numbers(site, language, counted, rows, ("people", str(last), "growth")):
        return found
    both = Comparison(site.workspace, other, "growth", ("base_annual_percent",))
    changed = pl.col(sides("base_annual_percent")[2]) != 0
    return _levels(site, language, both, both.frame.filter(changed, year=last), "growth")


def _levels(
    site: Site, language: Language, both: Comparison, changed_rows: pl.DataFrame, name: str
) -> Effect | None:
    """A share or rate before and then, where it changes most; the answers are the first two and the group."""
    before, then, difference = sides(both.only[0])
    rows = _largest(site, changed_rows, difference)
    if rows.is_empty():
        return None
    names = place_labels(site, language)
    answers = []
    for row in _first(site, rows).iter_rows(named=True):
        figures = [both.cell(both.schema, side, row) for side in (before, then)]
        words = WORDS[f"board_{name}"][language].format(place=names[row["place"]].text)
        answers.append((changed(figures[0], figures[1], language), words))
    view = _view(site, language, name, (both, rows), ["place", before, then, difference])
    ends = (WORDS["changes_before"][language], WORDS["changes_then"][language])
    unit = both.schema[before].unit
    changes = [
        dumbbell.Change(names[row["place"]].text, row[before], row[then])
        for row in rows.head(MOST_CHANGES).iter_rows(named=True)
    ]
    # The picture begins at zero, and a rate may lie below it.
    drawn = dumbbell.drawn(changes, unit, language, ends, view.title) if unit == "share" else Markup()
    return Effect(view, answers, drawn)


def _numbers(
    site: Site,
    language: Language,
    both: Comparison,
    frame: pl.DataFrame,
    said: tuple[str, str, str],
) -> Effect | None:
    """The places where a number of people or jobs changes most; the answers are the first two and the group.

    Parameters
    ----------
    site, language, both : of the page; the number is the comparison's only measure.
    frame : the rows of one year.
    said : what is counted, as the words name it; the year; the name of the view.
    """
    counted, year, name = said
    before, then, difference = sides(both.only[0])
    large = pl.max_horizontal(pl.lit(1), LEAST_PART * pl.col(before))
    rows = _largest(site, frame.filter(pl.col(difference).abs() >= large), difference)
    if rows.is_empty():
        return None
    names = place_labels(site, language)
    answers = []
    for row in _first(site, rows).iter_rows(named=True):
        change = both.cell(both.schema, difference, row)
        gained = "gain" if row[difference] > 0 else "loss"
        detail = _detail(both, language, (before, then), row)
        words = WORDS[f"board_{gained}_{counted}"][language]
        phrase = words.format(place=names[row["place"]].text, year=year, detail=detail)
        answers.append((roughly(change, language, signed=True), phrase))
    shown = list(rows.head(MOST_CHANGES).iter_rows(named=True))
    by = [roughly(both.cell(both.schema, difference, row), language, signed=True) for row in shown]
    changes = [dumbbell.Change(names[row["place"]].text, row[before], row[then]) for row in shown]
    view = _view(site, language, name, (both, rows), ["place", before, then, difference])
    return Effect(view, answers, dumbbell.bars(changes, [plain(word) for word in by], view.title))


def _first(site: Site, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that are said in large figures: the first two, and the group's."""
    whole = pl.col("place") == site.workspace.group.code
    return pl.concat([rows.filter(~whole).head(2), rows.filter(whole)])


def _largest(site: Site, rows: pl.DataFrame, difference: str) -> pl.DataFrame:
    """The municipalities and the group, the largest change first; a node is its municipality and left out."""
    kinds = site.workspace.table("places").select("place", "kind")
    own = pl.col("kind").is_in(["municipality", "group"])
    return (
        rows.join(kinds, on="place")
        .filter(own)
        .sort(pl.col(difference).abs(), "place", descending=[True, False])
        .drop("kind")
    )


def _view(
    site: Site, language: Language, name: str, rows: tuple[Comparison, pl.DataFrame], columns: Sequence[str]
) -> View:
    both, frame = rows
    title = WORDS[f"board_title_{name}"][language].format(means=means(site, language, brief=True))
    return view_of(site, language, name, title, (both, both.table, frame), columns=columns)


MAKERS: dict[str, Maker] = {
    "times": times,
    "residents": _reach("residents"),
    "jobs": _reach("jobs"),
    "projection": projection,
    "employment": employment,
    "peaks": peaks,
    "margins": margins,
    "remote": remote,
    "homes": homes,
    "growth": growth,
}
"""What makes each effect, in the order in which a page says them."""
