"""Two nodes: times by period, in each scenario, the ends of the day, commuting, and what is missing."""

import itertools
from collections.abc import Iterator
from functools import partial

import polars as pl

from storregion.core.comparison import Comparison, sides
from storregion.core.language import Language
from storregion.publish.labels import node_labels, pair_address, timetabled
from storregion.publish.parts import Findable, Page
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import rested_on
from storregion.publish.view import View
from storregion.publish.words import WORDS

_PAIR_TABLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "times": (
        "access_nodes",
        (
            *("origin", "destination", "period", "way", "fastest", "typical", "p25", "with_wait", "p75"),
            *("clock_low", "clock_high", "departures", "transfers", "direct", "within_60"),
        ),
    ),
    "ways": ("node_ways", ("origin", "destination", "share", "minutes", "transfers", "route", "lines")),
    "day": ("access_day", ("origin", "destination", "first_arrival", "last_departure", "departures")),
    "car": ("travel_ratios", ("origin", "destination", "period", "typical", "car_minutes", "ratio")),
    "commuting": ("node_pairs", ("year", "persons", "predicted", "ratio", "known", "verdict")),
    "gap": (
        "access_gaps",
        ("km", "minutes", "expected_minutes", "excess_minutes", "kmh", "departures", "transfers", "weight"),
    ),
}
"""What the page of a pair shows of today: the table and its columns, by the name of the view."""


CHANCE = 5.0
"""Minutes between the least and the most that a time is by the clock, from which a sentence says so."""


def _of_pair(frame: pl.DataFrame, one: str, two: str) -> pl.DataFrame:
    """The rows of two nodes, whichever is named first."""
    ends = ("origin", "destination") if "origin" in frame.columns else ("one", "two")
    start, end = (pl.col(name) for name in ends)
    return frame.filter(((start == one) & (end == two)) | ((start == two) & (end == one)))


def addresses(site: Site) -> dict[str, Maker]:
    """A page for every two nodes; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    nodes = site.workspace.table("nodes")["node"].sort().to_list()
    pairs = itertools.combinations(nodes, 2)
    return {pair_address(one, two): partial(pair_page, one=one, two=two) for one, two in pairs}


def findable(site: Site, language: Language) -> Iterator[Findable]:
    """Every two nodes; a search has no order of its own."""
    names = node_labels(site, language) if timetabled(site) else {}
    about = WORDS["pair_topics"][language]
    for one, two in itertools.combinations(sorted(names), 2):
        text = f"{names[one].text}–{names[two].text}"
        yield Findable(text, "kind_pair", pair_address(one, two), weight=0.2, context=about)


def pair_page(site: Site, language: Language, one: str, two: str) -> Page:
    """Two nodes: times by period, each scenario, the day's ends, commuting, and what is missing."""
    workspace, names = site.workspace, node_labels(site, language)
    page = Page("pair.html", f"{names[one].text}–{names[two].text}")
    for name, (table, columns) in _PAIR_TABLES.items():
        frame = _of_pair(workspace.table(table), one, two)
        if frame.height:
            heading = f"{WORDS['pair_' + name][language]}: {page.title}"
            page.views[name] = view_of(
                site, language, name, heading, (workspace, table, frame), columns=columns
            )
    plain = list(page.views)
    changed, unchanged = _pair_changes(site, language, page, one, two)
    schema = workspace.schemas["access_nodes"]
    rows = _of_pair(workspace.table("access_nodes"), one, two)
    said = ("typical", "fastest", "departures", "transfers", "km", "clock_low", "clock_high")
    page.context = {
        "ends": (names[one], names[two]),
        "ways": [
            {"from": names[row["origin"]].text, "to": names[row["destination"]].text}
            | {"chance": row["clock_low"] is not None and row["clock_high"] - row["clock_low"] >= CHANCE}
            | {name: workspace.cell(schema, name, row) for name in said}
            for row in rows.filter(period="morning", way="depart_at").sort("origin").iter_rows(named=True)
        ],
        "plain": plain,
        "changed": changed,
        "unchanged": unchanged,
        "timetables": rested_on(site, language),
    }
    return page


def _pair_changes(
    site: Site, language: Language, page: Page, one: str, two: str
) -> tuple[list[View], list[str]]:
    """A view for each scenario that changes the pair's time, put on the page, and the names of the others."""
    changed, unchanged = [], []
    site.require(site.scenarios, ["access_nodes"])
    for name in site.scenarios:
        other = site.scenario(name)
        title = other.scenario.title[language]
        both = Comparison(site.workspace, other, "access_nodes", ("with_wait",))
        rows = _of_pair(both.frame.filter(period="morning", way="depart_at"), one, two)
        before, then, difference = sides("with_wait")
        if rows.filter(pl.col(difference).abs() > 0.5).is_empty():
            unchanged.append(title)
            continue
        columns = ["origin", "destination", before, then, difference]
        heading = f"{title}: {page.title}"
        page.views[name] = view_of(
            site, language, name, heading, (both, "access_nodes", rows), columns=columns
        )
        changed.append(page.views[name])
    return changed, unchanged
