"""Trips that would have to be faster than any vehicle of their mode: they are left out and reported."""

import numpy as np
import polars as pl

from storregion.core import geodesy
from storregion.sources.gtfs.report import Faults
from storregion.sources.gtfs.trips import TRIPS

FASTEST = {"rail": 500, "metro": 150, "tram": 100, "bus": 150, "ferry": 100, "other": 500}
"""Kilometres an hour in a straight line between two calls that no vehicle of a mode exceeds."""
ROUNDING = 60
"""Seconds by which the time between two calls may be given too short, since most feeds round to minutes."""


def possible(
    calls: pl.DataFrame, trips: pl.DataFrame, lines: pl.DataFrame, stops: pl.DataFrame, faults: Faults
) -> pl.DataFrame:
    """The calls of trips whose vehicles can keep the times stated.

    Between two calls with stated times a vehicle goes at least the straight line, in at most the time between
    them and `ROUNDING`. Times that were calculated or are approximate are not judged.

    Parameters
    ----------
    calls : what the trips call at, in order of trip and sequence.
    trips, lines : the feed's trips and lines.
    stops : its stops with coordinates.
    faults : what is wrong is added to these.
    """
    there = calls.join(stops.select(stop="at", lat="latitude", lon="longitude"), on="stop", how="left",
                       maintain_order="left")  # fmt: skip
    mode = trips.join(lines.select("line", "mode"), on="line", how="left", maintain_order="left")
    limit = mode["mode"].replace_strict(FASTEST, default=None, return_dtype=pl.Float64).to_numpy()
    trip = calls["trip"].to_numpy()
    stated = ~calls["estimated"].to_numpy()
    hop = (trip[1:] == trip[:-1]) & stated[1:] & stated[:-1]
    seconds = calls["arrival"].to_numpy()[1:] - calls["departure"].to_numpy()[:-1] + ROUNDING
    north, east = there["lat"].to_numpy(), there["lon"].to_numpy()
    km = geodesy.distances(north[:-1], east[:-1], north[1:], east[1:])
    fast = trip[1:][hop & (km * 3600 > limit[trip[1:]] * seconds)]
    if not len(fast):
        return calls
    gone = pl.Series(np.unique(fast))
    rows = trips.filter(pl.col("trip").is_in(gone.implode()))["row"]
    what = (
        "mellan två uppehåll är turen fortare än något fordon av dess slag",
        "between two calls the trip is faster than any vehicle of its mode",
    )
    done = (
        "turen används inte; rätta tiderna i stop_times.txt eller koordinaterna i stops.txt",
        "the trip is left out; correct the times in stop_times.txt or the coordinates in stops.txt",
    )
    faults.add("warning", "fast_travel_between_consecutive_stops", TRIPS, rows, what, done)
    return calls.filter(~pl.col("trip").is_in(gone.implode()))
