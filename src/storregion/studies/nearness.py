"""How near two municipalities are to each other for those who commute, before anything published binds."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.geodesy import projected
from storregion.core.table import weakest_of
from storregion.facts.cells import Cells
from storregion.facts.work import COMMUTING, LabourMarketAreas
from storregion.kernels import deterrence
from storregion.kernels.deterrence import Parts
from storregion.timetable.tables import RailSegments, RailStations

Floats = NDArray[np.float64]

WAYS_BETWEEN = columns.schema(
    "ways_between",
    __name__,
    COMMUTING["home"],
    COMMUTING["work"],
    columns.number("km", "km", least=0.0),
    columns.number("way", "km", least=0.0),
)
WaysBetween = Annotated[pl.DataFrame, WAYS_BETWEEN]

NEARNESS_FIT = columns.schema(
    "nearness_fit",
    __name__,
    columns.number("near_km", "km", key=True, least=0.0),
    columns.number("far_weight", "coefficient", key=True, least=0.0),
    columns.number("far_km", "km", least=0.0),
    columns.number("deviance", "number", least=0.0),
    columns.code("use", choices=("chosen", "beside", "tried")),
)
NearnessFit = Annotated[pl.DataFrame, NEARNESS_FIT]

NEARNESS = columns.schema(
    "nearness",
    __name__,
    COMMUTING["home"],
    COMMUTING["work"],
    WAYS_BETWEEN["km"],
    columns.number("near", "ratio", least=0.0, most=1.0),
    columns.number("near_below", "ratio", least=0.0, most=1.0),
    columns.number("near_above", "ratio", least=0.0, most=1.0),
    columns.number("far", "ratio", least=0.0, most=1.0),
    columns.number("far_weight", "coefficient", least=0.0),
)
Nearness = Annotated[pl.DataFrame, NEARNESS]

_TRIED = (8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 30.0, 40.0, 60.0)
"""Kilometres over which nearness falls to a third."""
_WEIGHTS = (0.0, 0.5, 1.0, 2.0)
"""Parts of the assumed weight of the far scale, to show what it means."""
_TILE_KM = 10.0
"""The side of the squares within which people of one municipality count as living in one point."""


class Tracks(NamedTuple):
    """Trains as they run."""

    rail_stations: RailStations
    rail_segments: RailSegments


def ways_between(
    cells: Cells,
    tracks: Tracks,
    *,
    car_kmh: float = 66.0,
    access_kmh: float = 40.0,
    access_km: float = 40.0,
    wait_minutes: float = 20.0,
) -> WaysBetween:
    """Kilometres between where people of two municipalities live, and the way by the faster of car and train.

    Parameters
    ----------
    cells : where people live.
    tracks : stations and trains between; may be empty.
    car_kmh : straight kilometres that a car does in an hour.
    access_kmh : straight kilometres in an hour to a station and from it.
    access_km : how far a station may be.
    wait_minutes : for the train, and between station and door.
    """
    parts, codes = _parts(cells)
    east, north = deterrence.centres(parts)
    km = deterrence.straight(east, north)
    minutes = _by_train(east, north, tracks, 60.0 / access_kmh, access_km) + wait_minutes
    way = deterrence.shortened(km, minutes, car_kmh / 60.0)
    return _pairs(codes, km=km, way=way).with_columns(basis=pl.lit(weakest_of("estimated", cells, *tracks)))


def nearness_fit(
    cells: Cells,
    ways_between: WaysBetween,
    labour_market_areas: LabourMarketAreas,
    *,
    far_km: float = 200.0,
    far_weight: float = 0.003,
) -> NearnessFit:
    """How well a free spread over nearness meets the published largest shares, by scale and weight tried.

    Parameters
    ----------
    cells : where people live.
    ways_between : the ways between municipalities.
    labour_market_areas : published shares; the latest year is used.
    far_km : the far scale.
    far_weight : its weight beside the near one; largest destinations are near and say little of it.

    Raises
    ------
    DataError
        Cells and shares are not of the same municipalities.
    """
    parts, codes = _parts(cells)
    way = deterrence.ways(parts, _ratio(ways_between, len(codes)))
    shares = labour_market_areas.filter(pl.col("year") == pl.col("year").max()).sort("municipality")
    if shares.height and shares["municipality"].to_list() != codes:
        odd = sorted(set(shares["municipality"]) ^ set(codes))
        raise DataError(f"labour_market_areas and cells differ in the municipalities {odd[:8]}")
    far = deterrence.mean_nearness(parts, way, far_km)
    rows = []
    for near_km in _TRIED if shares.height else _TRIED[:0]:
        near = deterrence.mean_nearness(parts, way, near_km)
        for factor in _WEIGHTS:
            weight = near + factor * far_weight * far
            rows.append((near_km, factor * far_weight, _deviance(parts, shares, weight)))
    frame = pl.DataFrame(rows, schema=["near_km", "far_weight", "deviance"], orient="row")
    known = weakest_of("estimated", cells, ways_between, shares)
    return _used(frame, far_weight).with_columns(far_km=pl.lit(far_km), basis=pl.lit(known))


def _used(frame: pl.DataFrame, far_weight: float) -> pl.DataFrame:
    """Mark the scale of least deviance, and those tried next to it."""
    types = {name: NEARNESS_FIT[name].dtype for name in frame.columns}
    frame = frame.cast(types)  # type: ignore[arg-type]
    own = frame.filter(far_weight=far_weight).sort("deviance", "near_km")
    best = own["near_km"].first() if own.height else None
    at = _TRIED.index(best) if best in _TRIED else 0
    beside = [_TRIED[max(at - 1, 0)], _TRIED[min(at + 1, len(_TRIED) - 1)]]
    use = (
        pl.when(pl.col("far_weight") != far_weight)
        .then(pl.lit("tried"))
        .when(pl.col("near_km") == best)
        .then(pl.lit("chosen"))
        .when(pl.col("near_km").is_in(beside))
        .then(pl.lit("beside"))
        .otherwise(pl.lit("tried"))
    )
    return frame.with_columns(use=use)


def nearness(cells: Cells, ways_between: WaysBetween, nearness_fit: NearnessFit) -> Nearness:
    """The parts of nearness for every two municipalities, at the scale of least deviance and at those beside.

    Parameters
    ----------
    cells : where people live.
    ways_between : the ways between municipalities.
    nearness_fit : the scales tried; none where nothing is published.
    """
    parts, codes = _parts(cells)
    way = deterrence.ways(parts, _ratio(ways_between, len(codes)))
    beside = nearness_fit.filter(use="beside")["near_km"].to_list()
    if not beside:
        return pl.DataFrame(schema={column.name: column.dtype for column in NEARNESS.columns})
    chosen = nearness_fit.filter(use="chosen").row(0, named=True)
    scales = {"near": chosen["near_km"], "near_below": min(beside), "near_above": max(beside)}
    scales["far"] = chosen["far_km"]
    found = {name: deterrence.mean_nearness(parts, way, scale) for name, scale in scales.items()}
    km = ways_between.sort("home", "work")["km"].to_numpy().reshape(len(codes), -1)
    known = weakest_of("estimated", cells, ways_between, nearness_fit)
    return _pairs(codes, km=km, **found).with_columns(
        far_weight=pl.lit(chosen["far_weight"], pl.Float64), basis=pl.lit(known)
    )


def _parts(cells: pl.DataFrame) -> tuple[Parts, list[str]]:
    """Where people of each municipality live by square, and the municipalities in order of code."""
    lived = cells.filter(pl.col("residents") > 0)
    metres, people = 1000.0 * _TILE_KM, pl.col("residents")

    def middle(name: str) -> pl.Expr:
        return (pl.col(name) * people).sum() / people.sum() / 1000.0

    squares = (
        lived.group_by(
            "municipality", across=pl.col("east") // metres, up=pl.col("north") // metres, maintain_order=True
        )
        .agg(middle("east"), middle("north"), people.sum())
        .sort("municipality", "across", "up")
    )
    codes = squares["municipality"].unique().sort().to_list()
    place = squares["municipality"].rank("dense").to_numpy().astype(np.int64) - 1
    return Parts(place, *(squares[name].to_numpy() for name in ("east", "north", "residents"))), codes


def _by_train(east: Floats, north: Floats, tracks: Tracks, minutes_a_km: float, farthest: float) -> Floats:
    """Minutes by train between points, the way to stations included; infinite where no train leads."""
    names = tracks.rail_stations["station"].to_list()
    at_east, at_north = (metres / 1000.0 for metres in projected(tracks.rail_stations))
    away = np.hypot(east[:, None] - at_east, north[:, None] - at_north)
    access = np.where(away <= farthest, minutes_a_km * away, np.inf)
    index = {name: at for at, name in enumerate(names)}
    hops = np.full((len(names), len(names)), np.inf)
    for one, two, minutes in tracks.rail_segments.select(
        "from_station", "to_station", "median_minutes"
    ).iter_rows():
        # A train that runs one way runs back, too.
        for here, there in ((index[one], index[two]), (index[two], index[one])):
            hops[here, there] = min(hops[here, there], minutes)
    return deterrence.by_way_of(access, deterrence.through(hops))


def _ratio(ways: pl.DataFrame, n: int) -> Floats:
    """By how much each straight way is shortened; 1 within a municipality."""
    km, way = (ways.sort("home", "work")[name].to_numpy().reshape(n, n) for name in ("km", "way"))
    ratio: Floats = np.divide(way, km, out=np.ones((n, n)), where=km > 0)
    return ratio


def _deviance(parts: Parts, shares: pl.DataFrame, weight: Floats) -> float:
    index = {code: at for at, code in enumerate(shares["municipality"])}
    workers = np.bincount(parts.place, parts.people).astype(np.float64)
    out, to_largest = (shares[name].to_numpy() for name in ("out_share", "out_share_largest"))
    destination = shares["largest_destination"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
    spread = deterrence.free_spread(workers, out, weight)
    return deterrence.deviance(spread, workers, to_largest, destination)


def _pairs(codes: list[str], **values: Floats) -> pl.DataFrame:
    """Every two municipalities with values of arrays."""
    n, names = len(codes), pl.Series(codes, dtype=pl.String)
    ends = {"home": names.gather(np.repeat(np.arange(n), n)), "work": names.gather(np.tile(np.arange(n), n))}
    return pl.DataFrame(ends | {name: array.ravel() for name, array in values.items()})
