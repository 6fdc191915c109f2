"""What a run rests on: read, checked, said in words, and made into a job."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import figurefile, files
from storregion.core.errors import CallError, DataError, TableError, nearest
from storregion.core.geodesy import projected
from storregion.core.pipeline import code_behind
from storregion.core.table import BASES, listed
from storregion.core.workspace import Workspace
from storregion.facts.cells import CELLS
from storregion.facts.settlement import SIZE
from storregion.journeys.cells import networks
from storregion.journeys.cells.call import Call
from storregion.journeys.cells.job import Job
from storregion.journeys.network import TravelNetwork
from storregion.timetable.tables import CELL_WALKS
from storregion.timetable.travel_rules import day_of

ORIGINS = {"cells": "cells", "nodes": "nodes", "localities": "localities", "stations": "stops"}
"""What one can start from, and the table that has it."""

_HOURS = re.compile(r"([0-3]?\d|4[0-7]):([0-5]\d)-([0-3]?\d|4[0-8]):([0-5]\d)")
_TIMETABLE = ("calls", "stops", "changes")
_PER_PROCESS, _PER_ORIGIN = 300 * 2**20, 500


@dataclass(frozen=True)
class Facts:
    """All that a run rests on, in words for its key, and read; the timetable only when it is needed.

    Attributes
    ----------
    said : by what it is, the content keys or words that it is known by.
    cells, nodes, places : where one arrives, the nodes, and where one starts: code, east, north, basis.
    walks, walks_file : walking times given between cells and stations, and the file that has them.
    timetable : gives calls, stops, changes and rules.
    network_key : of the network of that timetable.
    start, lanes : seconds of the day of the first departure, and minutes.
    """

    said: dict[str, str]
    cells: pl.DataFrame
    nodes: pl.DataFrame
    places: pl.DataFrame | None
    walks: pl.DataFrame
    walks_file: str
    timetable: Callable[[], tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]] = field(repr=False)
    network_key: str
    start: int
    lanes: int


def gathered(workspace: Workspace, call: Call) -> Facts:
    """Everything but the timetable, which takes longest and may be kept from before.

    Parameters
    ----------
    workspace : the group.
    call : what is asked for.
    """
    start, lanes = _window(workspace, call.period)
    feed, grid, origins = call.feed, call.grid, call.origins
    rules = workspace.table("travel_rules")
    if feed is not None:
        chosen = call.day or day_of(rules["day"].item())
        rules = rules.with_columns(day=pl.lit(chosen.isoformat()))
        said = {"timetable": f"{feed.path.name} sha256 {_digest(feed.path)}", "day": chosen.isoformat()}
    else:
        said = {"timetable": " ".join(f"{name} {workspace.key(name)}" for name in _TIMETABLE)}
    said["rules"] = json.dumps(rules.row(0, named=True), sort_keys=True)
    reader = feed.read.__module__ if feed else ""
    said["network"] = network_key = networks.key(said, reader)
    if grid is None:
        cells, said["cells"] = workspace.table("cells"), f"table {workspace.key('cells')}"
    else:
        cells = _grid(workspace, grid)
        said["cells"] = f"{grid.name} sha256 {_digest(grid)}"
    times, said["walks"] = _walks(workspace, call.walks, own=feed is None and grid is None)
    nodes = _placed(workspace.table("nodes"), "node")
    said |= {
        "nodes": workspace.key("nodes"),
        "origins": origins,
        "period": f"{start // 60} to {start // 60 + lanes} minutes after midnight",
        "code": networks.digest(code_behind("storregion.journeys.cells.job")),
    }
    if origins == "localities":
        said["origins"] = f"localities {workspace.key('localities')}"

    def timetable() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        if feed is not None:
            read = feed.read(feed.path, chosen)
            # A national timetable has tens of millions of calls: what no search asks for is let go of.
            return read.calls.drop("line"), read.stops, read.changes, rules
        calls, stops, changes = (workspace.table(name) for name in _TIMETABLE)
        return calls, stops, changes, rules

    places = _places(workspace, origins, cells)
    file = "cell_walking_times.csv" if call.walks is None else call.walks.name
    return Facts(said, cells, nodes, places, times, file, timetable, network_key, start, lanes)


def job(store: Path, facts: Facts, threads: int, processes: int) -> tuple[Path, Job]:
    """The job, and the file that its network is kept in.

    Parameters
    ----------
    store : the folder of the store, where networks are kept.
    facts : all that it rests on.
    threads, processes : how many origins are worked out at once on this machine, for the memory they take.

    Raises
    ------
    CallError
        There is no origin or cell.
    DataError
        It would take more memory than there is.
    """
    if facts.cells.is_empty():
        raise CallError("there is no cell to reach: the table 'cells', or the file of --grid, has no rows")
    path, network = networks.found(store, facts.network_key, facts.timetable, _affordable)
    places = _stations(network) if facts.places is None else facts.places
    if places.is_empty():
        raise CallError(
            f"there is nowhere to start: the group has no {facts.said['origins'].split()[0]}; choose "
            f"another of --origins: {', '.join(ORIGINS)}"
        )
    lanes = 2 * len(network.points) * facts.lanes
    targets = 50 * (facts.cells.height + facts.nodes.height)
    at_once = max(threads, processes)
    _affordable(
        at_once * (4 * lanes + targets) + processes * _PER_PROCESS + places.height * _PER_ORIGIN,
        f"{at_once} {'workers' if processes else 'threads'} over {facts.lanes} minutes and "
        f"{len(network.points)} stops",
        "take fewer --workers or a shorter --period",
    )
    given = network.given(facts.cells["cell"], facts.walks, facts.walks_file)
    starts = given[:0]
    if facts.said["origins"] == "cells":
        starts = network.given(places["code"], facts.walks, facts.walks_file)
    bases = {*facts.cells["basis"], *places["basis"], *facts.walks["basis"], network.basis, "estimated"}
    made = Job(
        network=network,
        cells=facts.cells.select("east", "north", "residents").to_numpy(order="c"),
        nodes=tuple(facts.nodes["code"]),
        node_points=facts.nodes.select("east", "north").to_numpy(order="c"),
        codes=tuple(places["code"]),
        points=places.select("east", "north").to_numpy(order="c"),
        start=facts.start,
        lanes=facts.lanes,
        basis=max(bases, key=BASES.index),
        egress_given=given,
        access_given=starts,
    )
    return path, made


def _affordable(need: int, what: str, remedy: str) -> None:
    """Refuse early what this machine has no memory for now."""
    free = files.free_memory()
    if free is not None and need > free:
        raise DataError(
            f"{what} take about {need / 2**20:.0f} MiB of memory, and {free / 2**20:.0f} MiB are free; "
            f"{remedy}, or close other programs"
        )


def _window(workspace: Workspace, period: str) -> tuple[int, int]:
    """Seconds of the day when the period begins, and its minutes."""
    if hours := _HOURS.fullmatch(period):
        first, last = (60 * int(hours[at]) + int(hours[at + 1]) for at in (1, 3))
        if first >= last:
            raise CallError(f"--period {period} ends before it begins; past midnight, count on: 22:00-25:00")
        return 60 * first, last - first
    periods = workspace.table("periods")
    rows = periods.filter(period=period)
    if rows.is_empty():
        raise CallError(
            f"--period {period!r} is not a valid period; write hours as 06:00-09:00, or a name: "
            f"{nearest(period, periods['period'])}"
        )
    first, last = rows.select("first", "last").row(0)
    return 60 * first, last - first


def _places(workspace: Workspace, origins: str, cells: pl.DataFrame) -> pl.DataFrame | None:
    """Where one starts, by code; None for stations, which the timetable has."""
    if origins == "cells":
        return cells.sort("cell").select("east", "north", "basis", code="cell")
    if origins == "stations":
        return None
    name = ORIGINS[origins]
    return _placed(workspace.table(name), workspace.schemas[name].key[0])


def _placed(table: pl.DataFrame, code: str) -> pl.DataFrame:
    """Rows with points in WGS 84 as places in metres."""
    rows = table.sort(code)
    east, north = projected(rows) if rows.height else (np.zeros(0), np.zeros(0))
    return rows.select(pl.col(code).alias("code"), "basis").with_columns(
        east=pl.Series(east, dtype=pl.Float64), north=pl.Series(north, dtype=pl.Float64)
    )


def _stations(network: TravelNetwork) -> pl.DataFrame:
    """The stations of a timetable, each at the middle of its stops."""
    codes = sorted(network.stations)
    middle: list[NDArray[np.float64]] = [
        network.points[network.stations[code]].mean(axis=0) for code in codes
    ]
    points = np.array(middle).reshape(-1, 2)
    return pl.DataFrame(
        {
            "code": pl.Series(codes, dtype=pl.String),
            "basis": [network.basis] * len(codes),
            "east": points[:, 0],
            "north": points[:, 1],
        },
        schema_overrides={"basis": pl.String},
    )


def _grid(workspace: Workspace, path: Path) -> pl.DataFrame:
    """A user's cells, every fault named."""
    known = {("municipalities", "municipality"): workspace.table("municipalities")["municipality"]}
    if not path.is_file():
        raise CallError(f"{path} does not exist or is not a file; --grid takes a CSV file of cells")
    rows = figurefile.read(path, CELLS, leave_out=(), known=known)
    corner = pl.col("cell").str.split_exact("_", 1).struct
    off = pl.any_horizontal(
        (pl.col(name) - (corner[at].cast(pl.Float64) + 0.5) * SIZE).abs() > 0.5
        for at, name in enumerate(("east", "north"))
    )
    if wrong := rows.with_row_index("row", 2).filter(off).select("row", "cell").rows():
        faults = [
            f"row {row}: the centre is not that of {cell}, in metres of SWEREF 99 TM" for row, cell in wrong
        ]
        raise TableError(f"{path} does not hold 'cells' as it should:\n  {listed(faults)}")
    return rows


def _walks(workspace: Workspace, path: Path | None, *, own: bool) -> tuple[pl.DataFrame, str]:
    """Walking times given between cells and stations, and what they are known by."""
    if path is not None:
        if not path.is_file():
            raise CallError(
                f"{path} does not exist or is not a file; --walks takes a CSV file of walking times"
            )
        return figurefile.read(path, CELL_WALKS, leave_out=()), f"{path.name} sha256 {_digest(path)}"
    table = workspace.table("cell_walks")
    if own or table.is_empty():
        return table, f"table {workspace.key('cell_walks')}"
    raise CallError(
        "the walking times in cell_walking_times.csv are of the group's own cells and timetable; with --feed "
        "or --grid name those that count with --walks, if only a file without rows"
    )


def _digest(path: Path) -> str:
    """SHA-256 of a file, or of all files of a folder."""
    if not path.exists():
        raise CallError(f"{path} does not exist; --feed takes a timetable in GTFS, a zip or a folder")
    try:
        if path.is_file():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        names = sorted(entry for entry in path.iterdir() if entry.is_file())
        return networks.digest({entry.name: _digest(entry) for entry in names})
    except OSError as error:
        raise CallError(f"{path} cannot be read: {error.strerror}") from None
