"""Links outward as part of the day's timetable: which of them run, and the calls of their departures."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.table import Schema
from storregion.facts.outward import OutwardCriteria, OutwardLinks, OutwardStations, OutwardTargets
from storregion.timetable.service import Service
from storregion.timetable.service_day import LINE_PLAN
from storregion.timetable.tables import CALLS, LINES, STOPS

OWN = "outward/"
"""Begins the code of a stop that stands for a target which the timetable has no station of."""

JOINED = ("joined", "no_station", "not_valid")

OUTWARD_JOINED = columns.schema(
    "outward_joined",
    __name__,
    columns.code("link", key=True, refers=("outward_links", "link")),
    columns.code("joined", choices=JOINED),
    columns.code("start_stop", optional=True),
    columns.code("end_stop", optional=True),
)
OutwardJoined = Annotated[pl.DataFrame, OUTWARD_JOINED]


class Register(NamedTuple):
    """The register of links outward."""

    targets: OutwardTargets
    stations: OutwardStations
    links: OutwardLinks
    criteria: OutwardCriteria


class Linked(NamedTuple):
    """The register, and which of its links are part of the timetable."""

    targets: OutwardTargets
    stations: OutwardStations
    links: OutwardLinks
    criteria: OutwardCriteria
    joined: OutwardJoined


def outward_joined(register: Register, service: Service) -> OutwardJoined:
    """Which links are part of the timetable of the day, and at which stops.

    Parameters
    ----------
    register : the links. One ends at a stop of one of the target's stations, or at one of the target's own
        where the timetable has none of these.
    service : the timetable; a link is part of it where its day lies within the days that the link is valid.
    """
    stops = service.stops.sort("stop").unique("name", keep="first", maintain_order=True)
    at = dict(stops.select("name", "stop").iter_rows())
    own = {target: OWN + target for target in register.targets["target"]}
    for target, name in register.stations.select("target", "name").reverse().iter_rows():
        own[target] = at.get(name, own[target])
    day = str(service.rules["day"].item())
    rows: list[tuple[object, ...]] = []
    for one in register.links.iter_rows(named=True):
        ends = [own.get(one[end], at.get(one[end])) for end in ("start", "end")]
        valid = one["valid_from"] <= day <= (one["valid_to"] or day)
        how = "not_valid" if not valid else "no_station" if None in ends else "joined"
        rows.append((one["link"], how, *(ends if how == "joined" else (None, None)), one["basis"]))
    return _frame(rows, OUTWARD_JOINED)


def with_links(service: Service, linked: Linked) -> Service:
    """The timetable with the links that are part of it, and stops for targets that it has no station of.

    Parameters
    ----------
    service : the day's timetable.
    linked : the links, and the stops that they join. They are moved in the draws of the clock, as lines of
        the line plan are, since their departures are only counted.
    """
    joined = linked.joined.filter(joined="joined").drop("basis")
    links = linked.links.join(joined, on="link").sort("link")
    used = pl.concat([links["start_stop"], links["end_stop"]]).unique().implode()
    stop = pl.lit(OWN) + pl.col("target")
    own = linked.targets.with_columns(stop=stop, station=stop, name="name_sv").filter(
        pl.col("stop").is_in(used)
    )
    lines = links.with_columns(
        line="link", name="link", mode=pl.lit("other"), operator=pl.lit(""), feed=pl.lit(LINE_PLAN)
    )
    first = int(str(service.calls["trip"].max() or 0)) + 1
    return service._replace(
        stops=_added(service.stops, own, STOPS),
        lines=_added(service.lines, lines, LINES),
        calls=_added(service.calls, _calls(links, first), CALLS),
    )


def _added(before: pl.DataFrame, more: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    names = [column.name for column in schema.columns]
    return pl.concat([before.select(names), more.select(names)])


def _calls(links: pl.DataFrame, first: int) -> pl.DataFrame:
    """The calls of every departure of some links, both ways, in the columns of `calls`.

    Parameters
    ----------
    links : rows of `outward_links` with their stops.
    first : the number of the first trip.
    """
    rows: list[tuple[object, ...]] = []
    trip = first
    for one in links.iter_rows(named=True):
        leaves = 60 * np.linspace(one["first"], one["last"], one["departures"]).round().astype(int)
        ways = (("start_stop", "end_stop", "minutes"), ("end_stop", "start_stop", "minutes_back"))
        for start, end, minutes in ways:
            for at in leaves.tolist():
                there = at + round(60 * one[minutes])
                rows.append((trip, 0, one["link"], one[start], at, at, 1, 0, one["basis"]))
                rows.append((trip, 1, one["link"], one[end], there, there, 0, 1, one["basis"]))
                trip += 1
    return _frame(rows, CALLS)


def target_stations(linked: Linked, service: Service) -> dict[str, tuple[str, ...]]:
    """The stations of every target that the timetable reaches: those named, and its own where a link ends.

    Parameters
    ----------
    linked : the targets, and the links that are part of the timetable.
    service : the timetable.
    """
    names = service.stops.select("name", "station").unique(maintain_order=True)
    found = linked.stations.join(names, on="name").select("target", "station")
    used = set(linked.joined["start_stop"]) | set(linked.joined["end_stop"])
    ends: dict[str, tuple[str, ...]] = {}
    for target in linked.targets["target"].sort():
        own = (OWN + target,) if OWN + target in used else ()
        named = tuple(found.filter(target=target)["station"].unique().sort())
        if own or named:
            ends[target] = (*named, *own)
    return ends


def _frame(rows: list[tuple[object, ...]], schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={column.name: column.dtype for column in schema.columns}, orient="row")
