"""Driving: an estimate of minutes by car, fitted to published driving times, and how far off it is."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.geodesy import projected
from storregion.core.table import weakest, weakest_of
from storregion.facts.places import Localities, NodeLocalities, Nodes
from storregion.facts.roads import DRIVE_TIMES, DriveTimes

Floats = NDArray[np.float64]
LEAST = 3
"""Published times, or distances, without which what is assumed stands."""

ROAD_ESTIMATE = columns.schema(
    "road_estimate",
    __name__,
    columns.code("fitted", key=True, choices=("yes", "no")),
    columns.number("detour", "ratio", least=1.0),
    columns.number("road_kmh", "kmh", least=1.0),
    columns.duration("ends_minutes"),
    columns.whole("known_times", "number", least=0),
    columns.whole("known_distances", "number", least=0),
    columns.duration("mean_error", absent="error_absent"),
)
RoadEstimate = Annotated[pl.DataFrame, ROAD_ESTIMATE]

DRIVE_ERRORS = columns.schema(
    "drive_errors",
    __name__,
    DRIVE_TIMES["from_locality"],
    DRIVE_TIMES["to_locality"],
    columns.number("straight_km", "km", least=0.0),
    columns.number("road_km", "km", least=0.0),
    columns.duration("published", absent="published_absent"),
    columns.duration("estimated"),
    columns.number("off", "minutes", absent="published_absent"),
)
DriveErrors = Annotated[pl.DataFrame, DRIVE_ERRORS]

ROAD_KM = columns.schema(
    "road_km",
    __name__,
    columns.origin(),
    columns.destination(),
    columns.number("km", "km", least=0.0),
)
RoadKm = Annotated[pl.DataFrame, ROAD_KM]


class Cities(NamedTuple):
    """The nodes, and the localities that they lie in."""

    nodes: Nodes
    node_localities: NodeLocalities


def road_estimate(
    drive_times: DriveTimes,
    localities: Localities,
    *,
    detour: float = 1.2,
    kmh: float = 90.0,
    ends_minutes: float = 10.0,
) -> RoadEstimate:
    """What turns a straight line into minutes by car.

    The detour is the median of published road distances over straight lines. Speed and minutes at the ends,
    which count once a journey, are those with the least squared relative error of the published times.

    Parameters
    ----------
    drive_times, localities : published distances and times, and where the localities lie.
    detour : road distance over the straight line, where too few are published.
    kmh : speed on the road beyond the ends, where too few times are published.
    ends_minutes : for streets and parking at both ends together, likewise.
    """
    known = drive_times.drop_nulls("minutes")
    straight = _straight(drive_times, localities)
    if len(straight) >= LEAST:
        detour = max(1.0, float(np.median(drive_times["km"].to_numpy() / straight)))
    fitted = known.height >= LEAST
    if fitted:
        ends_minutes, kmh = _fit(known["km"].to_numpy(), known["minutes"].to_numpy())
    error = np.abs(ends_minutes + 60 * known["km"].to_numpy() / kmh - known["minutes"].to_numpy())
    row = (
        *("yes" if fitted else "no", detour, kmh, ends_minutes, known.height, drive_times.height),
        float(error.mean()) if len(error) else None,
        None if len(error) else "missing",
        weakest_of("estimated" if fitted else "assumed", drive_times, localities),
    )
    types = {column.name: column.dtype for column in ROAD_ESTIMATE.columns}
    return pl.DataFrame([row], schema=types, orient="row")


def _fit(km: Floats, minutes: Floats) -> tuple[float, float]:
    """Minutes at the ends and kilometres an hour, by least squares of relative errors; ends not below 0."""
    sides = np.column_stack([np.ones(len(km)), 60 * km]) / minutes[:, None]
    ends, slow = np.linalg.lstsq(sides, np.ones(len(km)), rcond=None)[0]
    if ends < 0:
        ends, slow = 0.0, float((sides[:, 1]).sum() / (sides[:, 1] ** 2).sum())
    return float(ends), float(1 / slow)


def _straight(rows: pl.DataFrame, localities: pl.DataFrame) -> Floats:
    """Kilometres as the crow flies between the localities of each row."""
    points = localities.select("locality", "latitude", "longitude")
    east, north = (
        np.stack(ends)
        for ends in zip(
            *(
                projected(
                    rows.join(points, left_on=end, right_on="locality", how="left", maintain_order="left")
                )
                for end in ("from_locality", "to_locality")
            ),
            strict=True,
        )
    )
    apart: Floats = np.hypot(east[0] - east[1], north[0] - north[1]) / 1000
    return apart


def drive_errors(drive_times: DriveTimes, localities: Localities, road_estimate: RoadEstimate) -> DriveErrors:
    """The estimate from the straight line beside each published driving time."""
    if drive_times.is_empty():
        return pl.DataFrame(schema={column.name: column.dtype for column in DRIVE_ERRORS.columns})
    detour, kmh, ends = road_estimate.select("detour", "road_kmh", "ends_minutes").row(0)
    straight = pl.Series(_straight(drive_times, localities))
    made = drive_times.with_columns(straight_km=straight, estimated=ends + 60 * straight * detour / kmh)
    return made.select(
        "from_locality",
        "to_locality",
        "straight_km",
        pl.col("km").alias("road_km"),
        pl.col("minutes").alias("published"),
        pl.col("minutes_absent").alias("published_absent"),
        "estimated",
        (pl.col("estimated") - pl.col("minutes")).alias("off"),
        pl.lit(weakest_of("estimated", drive_times, localities, road_estimate)).alias("basis"),
    )


def road_km(drive_times: DriveTimes, cities: Cities) -> RoadKm:
    """The published road distances between nodes, in both directions; the mean where both are published.

    Only the locality that is known to be a node's counts, not one in which it is assumed to lie.
    """
    sure = cities.node_localities.filter(basis="observed").join(cities.nodes, on="node", how="semi")
    own = sure.select("node", "locality")
    rows = drive_times.join(own.rename({"node": "origin", "locality": "from_locality"}), on="from_locality")
    rows = rows.join(own.rename({"node": "destination", "locality": "to_locality"}), on="to_locality")
    there = rows.select("origin", "destination", "km", "basis")
    back = there.select("km", "basis", origin="destination", destination="origin")
    return (
        pl.concat([there, back.select(there.columns)])
        .group_by("origin", "destination", maintain_order=True)
        .agg(pl.col("km").mean(), weakest())
        .sort("origin", "destination")
    )
