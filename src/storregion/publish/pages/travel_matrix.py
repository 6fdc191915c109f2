"""Travel times between all nodes, by period and way, and the slow cross links."""

import itertools
from functools import partial

from storregion.core.language import Language
from storregion.publish.labels import hub_name, timetabled
from storregion.publish.parts import Page
from storregion.publish.site import Maker, Site
from storregion.publish.table_views import view_of
from storregion.publish.travel import MOST_ROWS, grid, rested_on
from storregion.publish.words import WORDS
from storregion.timetable.travel_rules import PERIOD_NAMES, WAYS

ORDERS = ("name", "time")


def addresses(site: Site) -> dict[str, Maker]:
    """A matrix for each period, way and order; none for a group without a timetable."""
    if not timetabled(site):
        return {}
    return {
        f"access/{period}/{way.replace('_', '-')}/{order}/": partial(
            matrix_page, period=period, way=way, order=order
        )
        for period, way, order in itertools.product(PERIOD_NAMES, WAYS, ORDERS)
    }


def matrix_page(site: Site, language: Language, period: str, way: str, order: str) -> Page:
    """Times between all nodes in a period, the slow cross links, and ways to other pages.

    Parameters
    ----------
    site, language : of the page.
    period : a period of the day.
    way : whether one departs in it or arrives.
    order : of the nodes, one of `ORDERS`.
    """
    workspace, w = site.workspace, {name: text[language] for name, text in WORDS.items()}
    rows = workspace.table("access_nodes").filter(period=period, way=way)
    title = f"{w['access_matrix']}: {w['code_' + period]}, {w['code_' + way]}"
    page = Page("access.html", w["access"])
    matrix = view_of(site, language, "nodes", title, (workspace, "access_nodes", rows))
    page.views["nodes"] = matrix
    summary = workspace.table("link_summary").row(0, named=True)
    schema = workspace.schemas["link_summary"]
    page.context = {
        "grid": grid(site, matrix, "typical", order=_order(site, period, way, order)),
        "period": period,
        "way": way,
        "order": order,
        "periods": PERIOD_NAMES,
        "ways": WAYS,
        "orders": ORDERS,
        "timetables": rested_on(site, language),
        "summary": {
            name: workspace.cell(schema, name, summary)
            for name in ("hub_minutes", "cross_minutes", "within_hour")
        },
        "hub": hub_name(site, language),
        "scenarios": site.scenarios,
        "gaps": None,
    }
    if (period, way, order) == ("morning", "depart_at", "name"):
        heaviest = workspace.table("access_gaps").sort("weight", descending=True, nulls_last=True)
        gaps = heaviest.head(MOST_ROWS)
        columns = [
            "one",
            "two",
            "km",
            "minutes",
            "expected_minutes",
            "excess_minutes",
            "kmh",
            "departures",
            "transfers",
            "predicted",
            "verdict",
            "weight",
        ]
        page.views["gaps"] = view_of(
            site, language, "gaps", w["access_gaps"], (workspace, "access_gaps", gaps), columns=columns
        )
        page.context["gaps"] = page.views["gaps"]
    return page


def _order(site: Site, period: str, way: str, order: str) -> list[str] | None:
    """The nodes by mean time, the best reached first; None for the order by name."""
    if order == "name":
        return None
    rows = site.workspace.table("mean_times").filter(period=period, way=way)
    return rows.sort("minutes", "node", nulls_last=True)["node"].to_list()
