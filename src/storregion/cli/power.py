"""Power hour by hour: the least import that the group can do with, as a job of its own."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from storregion.cli.arguments import Verbs, add_json
from storregion.cli.opening import POWER, needs, open_group
from storregion.cli.output import FINE, Progress, answer

if TYPE_CHECKING:
    from storregion.facts.grid import Grid
    from storregion.journeys.power import Balance


def add(verbs: Verbs) -> None:
    """Add the verb power."""
    verb = verbs.add_parser("power", help="how much power the group must get from outside, hour by hour")
    actions = verb.add_subparsers(dest="action", required=True, metavar="ACTION")
    dispatch = actions.add_parser(
        "dispatch",
        help="find the least import that is enough in every hour of a winter fortnight, by a linear program",
    )
    dispatch.add_argument(
        "--year", action="store_true", help="a whole year in steps of three hours; takes some seconds"
    )
    dispatch.add_argument(
        "--days",
        type=int,
        default=50,
        metavar="PERCENTILE",
        help="what days of its month each day is like, by their use: 50 ordinary (default), 100 the most",
    )
    dispatch.add_argument(
        "--netcdf", type=Path, metavar="FILE", help="also write the balance for PyPSA, as netCDF"
    )
    said = ("begins", "steps", "hours", "least_import_mw", "nodes", "unlimited", "plants", "undated_plants")
    add_json(dispatch, *said, "sources")
    dispatch.set_defaults(run=_dispatch)


def _dispatch(chosen: argparse.Namespace) -> int:
    from storregion.journeys import power as hourly
    from storregion.sources.grid import FILE, grid

    if chosen.netcdf is not None:
        needs(POWER, "power")
    workspace = open_group(chosen)
    net = grid(workspace.folder / FILE, workspace.group.counties)
    with Progress("Power") as progress:
        tables = hourly.Tables(*(workspace.table(name) for name in hourly.Tables._fields))
        progress(1, 3, "tables")
        span = hourly.whole_year if chosen.year else hourly.fortnight
        year = hourly.latest_year(tables.county_electricity_totals)
        found = hourly.balance(tables, net, span(year, chosen.days))
        progress(2, 3, "program")
        if chosen.netcdf is not None:
            from storregion.journeys import pypsa

            pypsa.write(chosen.netcdf, found)
        progress(3, 3, "answer")
    answer(chosen, _shown(found, net), _lines(found, net))
    return FINE


def _shown(found: "Balance", net: "Grid") -> dict[str, Any]:
    from storregion.journeys.power import sums, unlimited

    zones = found.nodes[-len(net.zones) :]
    return {
        "begins": found.span.begins[0].isoformat(),
        "steps": len(found.span.begins),
        "hours": found.span.hours,
        "least_import_mw": dict(zip(zones, found.dispatch.least_import.tolist(), strict=True)),
        "nodes": [one._asdict() for one in sums(found)],
        "unlimited": unlimited(found),
        "plants": found.plants,
        "undated_plants": found.undated,
        "sources": [
            net.losses_source,
            *(one.source for one in net.zones),
            *(one.source for one in net.links),
        ],
    }


def _lines(found: "Balance", net: "Grid") -> Iterator[str]:
    from storregion.journeys.power import sums, unlimited

    span = found.span
    days = f"each day like the {span.percentile}th percentile of its month's by use"
    yield f"{len(span.begins)} steps of {span.hours} h from {span.begins[0]:%Y-%m-%d}, {days}."
    least = zip(found.nodes[-len(net.zones) :], found.dispatch.least_import, strict=True)
    yield "Least import that is enough in every step: " + ", ".join(
        f"{zone} {mw:.0f} MW" for zone, mw in least
    )
    heads = ("use", "at most", "own", "net in", "not met", "spilled")
    yield f"{'MW':>10}{''.join(f'{head:>9}' for head in heads)}{'import':>9}"
    for one in sums(found):
        name, *amounts, grows = one
        yield f"{name:>10}{''.join(f'{amount:>9.0f}' for amount in amounts)}{grows:>9.2f}"
    yield "not met: MWh of use. spilled: MWh generated that have nowhere to go. import: MW that the import"
    yield "must grow by for one MW more of use in every step."
    yield "Use is spread over the hours as the bidding zone's, with losses. Generation is spread evenly over"
    yield "the year; only hydropower is moved in time, where the plants have more power than its mean."
    if found.undated:
        yield f"Of {found.plants} hydropower plants, {found.undated} have no first year in the register and"
        yield "are assumed to run."
    if open_ended := unlimited(found):
        names = ", ".join(f"{one}–{other}" for one, other in open_ended)
        yield f"No capacity is published, and none is set, between {names}."
    for zone in net.zones:
        yield f"{zone.code}: {zone.source}"
