"""Trips that one vehicle runs one after another, made into one, so that nobody has to get up between them."""

import polars as pl

from storregion.sources.gtfs.report import Faults


def links(
    runs: pl.DataFrame, calls: pl.DataFrame, pairs: pl.DataFrame, stations: pl.Series, faults: Faults
) -> pl.DataFrame:
    """Which runs of a feed go on as which others.

    Two trips of a block (trips.txt) that both run that service day are one vehicle where the second starts
    at the stop or station where the first ends, when it has ended or later; transfers of type 4 say so of
    trips, and those of type 5 forbid it. Trips repeated by a headway are never joined.

    Parameters
    ----------
    runs : the feed's runs, as `gtfs_trips.runs` gives them.
    calls : the calls of its trips.
    pairs : from_trip, to_trip and seated, as `gtfs_changes.changes` gives them.
    stations : the number of the station of each place, by the number of the place.
    faults : what is wrong is added to these.

    Returns
    -------
    The columns run and next, numbers of rows of `runs`; each run stands once in each at most.
    """
    stop = calls["stop"]
    ends = runs.with_row_index("run").with_columns(
        starts_at=stations.gather(stop.gather(runs["first"])),
        ends_at=stations.gather(stop.gather(runs["last"])),
    )
    ends = ends.filter(~pl.col("repeated")).select(
        "run", "trip", "block_id", "shift", "start", "end", "starts_at", "ends_at"
    )
    found = pl.concat([_stated(ends, pairs.filter("seated"), faults), _in_blocks(ends, faults)])
    forbidden = pairs.filter(~pl.col("seated")).select(trip="from_trip", next_trip="to_trip")
    found = found.join(forbidden, on=["trip", "next_trip"], how="anti", maintain_order="left")
    one = found.unique("run", keep="first", maintain_order=True).unique(
        "next", keep="first", maintain_order=True
    )
    return one.select("run", "next")


_FITS = (pl.col("next_start") >= pl.col("end")) & (pl.col("next_starts_at") == pl.col("ends_at"))
_COLUMNS = ["run", "next", "trip", "next_trip"]


def _in_blocks(ends: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Neighbours in a block."""
    block = ["shift", "block_id"]
    ordered = ends.drop_nulls("block_id").sort(*block, "start", "end", "run")
    following = ordered.with_columns(
        pl.col(name).shift(-1).over(block).alias(alias)
        for name, alias in (
            ("run", "next"),
            ("trip", "next_trip"),
            ("start", "next_start"),
            ("starts_at", "next_starts_at"),
        )
    ).drop_nulls("next")
    over = following.filter(pl.col("next_start") < pl.col("end"))
    if over.height:
        what = ("turer i samma block går samtidigt", "trips of one block run at the same time")
        done = ("de är skilda fordon", "they are taken for different vehicles")
        code = "block_trips_with_overlapping_stop_times"
        faults.add("warning", code, "trips.txt", (), what, done, over.height)
    return following.filter(_FITS).select(_COLUMNS)


def _stated(ends: pl.DataFrame, pairs: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Pairs of trips that transfers of type 4 name."""
    after = ends.select("shift", next="run", next_trip="trip", next_start="start", next_starts_at="starts_at")
    named = pairs.select(trip="from_trip", next_trip="to_trip").unique(maintain_order=True)
    both = named.join(ends, on="trip", maintain_order="left").join(
        after, on=["next_trip", "shift"], maintain_order="left"
    )
    fit = both.filter(_FITS).sort("run", "next_start", maintain_order=True)
    again = fit.select(pl.col("run").is_duplicated() | pl.col("next").is_duplicated()).to_series()
    unused = both.height - fit.height + int(again.sum())
    if unused:
        what = (
            "typ 4 mellan turer som inte möts, eller som delas",
            "type 4 between trips that do not meet, or that part",
        )
        done = ("en fortsättning per tur används", "one continuation of each trip is used")
        faults.add("info", "in_seat_transfer_not_used", "transfers.txt", (), what, done, unused)
    return fit.select(_COLUMNS)


def joined(calls: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Calls with the runs of one vehicle made into one run, which keeps the number of its first.

    Where the next run starts at the stop that the one before ends at, the two calls become one: it arrives as
    the first and leaves as the second.

    Parameters
    ----------
    calls : run, position, stop, arrival, departure, board, alight and estimated, in order of run and
        position.
    links : run and next.
    """
    if links.is_empty():
        return calls
    calls = calls.join(_vehicles(links), on="run", how="left").with_columns(
        pl.coalesce("vehicle", "run").alias("vehicle"), pl.col("turn").fill_null(0)
    )
    calls = calls.sort("vehicle", "turn", "position")
    meets = (pl.col("position") == 0) & (pl.col("turn") > 0) & (pl.col("stop") == pl.col("stop").shift(1))
    calls = calls.with_columns(meets=meets)
    onward = pl.col("meets").shift(-1, fill_value=False)
    calls = calls.with_columns(
        pl.when(onward).then(pl.col(name).shift(-1)).otherwise(name).alias(name)
        for name in ("departure", "board")
    ).filter(~pl.col("meets"))
    return calls.with_columns(
        run=pl.col("vehicle"), position=pl.int_range(pl.len(), dtype=pl.Int32).over("vehicle")
    ).drop("vehicle", "turn", "meets")


def _vehicles(links: pl.DataFrame) -> pl.DataFrame:
    """For each run that goes on or comes of another: the first run of its vehicle, and its turn in it."""
    following = dict(links.iter_rows())
    found = []
    for first in following.keys() - set(following.values()):
        run, turn = first, 0
        while run is not None:
            found.append((run, first, turn))
            run, turn = following.get(run), turn + 1
    return pl.DataFrame(
        found, schema={"run": pl.UInt32, "vehicle": pl.UInt32, "turn": pl.Int64}, orient="row"
    )
