"""Feeds that overlap: the same trip in two of them is one trip."""

import math

import numpy as np
import polars as pl

from storregion.core import geodesy

NEAR = 250.0
"""Metres within which two stops of the same name, or the same code, are the same place."""

_METRES = 1000 * geodesy.EARTH_KM * math.pi / 180
"""A degree of latitude."""


def same_places(stops: pl.DataFrame) -> pl.Series:
    """The place of each stop: stops of one name or code near one another are one place, in whichever feed.

    Stations are matched by name and coordinates, so national codes that changed form in 2016 (from seven or
    nine digits to sixteen) make no difference.

    Parameters
    ----------
    stops : stop_id, name, latitude and longitude (degrees); a row a stop, of all feeds.

    Returns
    -------
    A number for each row, the same for stops of the same place.
    """
    words = pl.col("name").str.to_lowercase().str.replace_all(r"\s+", " ")
    cells = (
        stops.select("stop_id", "name", "latitude", "longitude")
        .with_row_index("at")
        .with_columns(
            word=words,
            y=(pl.col("latitude") * _METRES / NEAR).floor().cast(pl.Int64),
            x=(pl.col("longitude") * pl.col("latitude").radians().cos() * _METRES / NEAR)
            .floor()
            .cast(pl.Int64),
        )
    )
    pairs = pl.concat([_near(cells, "word"), _near(cells, "stop_id")]).unique(maintain_order=True)
    return _components(stops.height, pairs)


def _near(cells: pl.DataFrame, by: str) -> pl.DataFrame:
    """Pairs of stops that share a name or code and lie near; of those in one cell, each with the first."""
    first = cells.group_by(by, "y", "x", maintain_order=True).agg(
        pl.col("at", "latitude", "longitude").first()
    )
    inside = cells.join(first.select(by, "y", "x", a="at"), on=[by, "y", "x"]).select("a", b="at")
    around = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    moved = pl.concat(
        first.select(by, pl.col("y") + dy, pl.col("x") + dx, b="at", la="latitude", lo="longitude")
        for dy, dx in around
    )
    beside = first.join(moved, on=[by, "y", "x"])
    north = (pl.col("latitude") - pl.col("la")) * _METRES
    east = (pl.col("longitude") - pl.col("lo")) * pl.col("latitude").radians().cos() * _METRES
    near = (north.pow(2) + east.pow(2)).sqrt() <= NEAR
    return pl.concat([inside, beside.filter(near).select(a="at", b="b")]).filter(pl.col("a") < pl.col("b"))


def _components(count: int, pairs: pl.DataFrame) -> pl.Series:
    """The least number that each stop is linked to, over any number of links."""
    least = np.arange(count, dtype=np.int64)
    a, b = pairs["a"].to_numpy(), pairs["b"].to_numpy()
    while True:
        low = np.minimum(least[a], least[b])
        before = least.copy()
        np.minimum.at(least, a, low)
        np.minimum.at(least, b, low)
        least = least[least]
        if (least == before).all():
            return pl.Series(least)


def repeated(calls: pl.DataFrame, feeds: pl.Series, modes: pl.Series, places: pl.Series) -> pl.Series:
    """The runs that an earlier feed has too: the same mode, places and times from first call to last.

    Parameters
    ----------
    calls : run, position, stop, arrival and departure, in order of run and position.
    feeds : the number of the feed of each run, by the run's number.
    modes : the mode of each run, by the run's number.
    places : the place of each stop, by the stop's number.

    Returns
    -------
    The numbers of the runs to leave out.
    """
    timed = calls.select("run", "position", "arrival", "departure", place=places.gather(calls["stop"]))
    hashes = pl.struct("position", "place", "arrival", "departure").hash(seed=0)
    signs = timed.group_by("run", maintain_order=True).agg(sign=hashes.sum(), calls=pl.len())
    signs = signs.with_columns(feed=feeds.gather(signs["run"]), mode=modes.gather(signs["run"]))
    first = signs.group_by("sign", "calls", "mode", maintain_order=True).agg(
        kept=pl.col("run").first(), kept_feed=pl.col("feed").first()
    )
    twins = signs.join(first, on=["sign", "calls", "mode"]).filter(pl.col("feed") > pl.col("kept_feed"))
    # Equal sums of hashes only make it likely; the calls themselves decide.
    pairs = twins.select("run", "kept")
    mine = timed.join(pairs, on="run")
    both = mine.join(
        timed, left_on=["kept", "position"], right_on=["run", "position"], how="left", suffix="_kept"
    )
    differs = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(f"{name}_kept")) for name in ("place", "arrival", "departure")
    )
    unlike = both.filter(differs)["run"].unique(maintain_order=True)
    return pairs.filter(~pl.col("run").is_in(unlike.implode()))["run"].sort()
