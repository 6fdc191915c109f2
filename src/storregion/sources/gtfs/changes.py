"""What a feed states about changing vehicles: times between stops, and trips one stays seated between."""

import polars as pl

from storregion.sources.gtfs.keys import filled, known
from storregion.sources.gtfs.places import STATION
from storregion.sources.gtfs.report import Faults

FILE = "transfers.txt"
MOST_CHANGES = 5_000_000
"""Pairs of stops that the statements of a feed may come to."""
RECOMMENDED, HELD, TIMED, IMPOSSIBLE, SEATED, NOT_SEATED = range(6)
_SPECIFIC = ("from_trip_id", "to_trip_id", "from_route_id", "to_route_id")
_NOT_USED = ("raderna används inte", "the rows are not used")


def changes(
    table: pl.DataFrame, places: pl.DataFrame, trips: pl.DataFrame, lines: pl.DataFrame, faults: Faults
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The times to change between stops, and which trips go on as others.

    Parameters
    ----------
    table : the rows of transfers.txt.
    places : the feed's stops and stations.
    trips : its trips.
    lines : its lines.
    faults : what is wrong is added to these.

    Returns
    -------
    The times: from_stop, to_stop (numbers) and seconds (null where no change is possible), each pair once.
    And the pairs of trips: row, from_trip, to_trip (numbers) and seated.
    """
    frame = table.with_columns(pl.col("transfer_type").fill_null(RECOMMENDED))
    good = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    for column in ("from_stop_id", "to_stop_id"):
        good &= known(FILE, frame, column, places["stop_id"], "stops.txt", faults)
    for column in ("from_trip_id", "to_trip_id"):
        good &= known(FILE, frame, column, trips["trip_id"], "trips.txt", faults)
    for column in ("from_route_id", "to_route_id"):
        good &= known(FILE, frame, column, lines["route_id"], "routes.txt", faults)
    frame = frame.filter(good)
    between_trips = frame.filter(pl.col("transfer_type") >= SEATED)
    frame = frame.filter(pl.col("transfer_type") < SEATED)
    specific = pl.any_horizontal(pl.col(name).is_not_null() for name in _SPECIFIC)
    what = ("gäller bara vissa turer eller linjer", "holds for certain trips or lines only")
    faults.add("info", "trip_specific_transfer", FILE, frame.filter(specific)["row"], what, _NOT_USED)
    return _times(frame.filter(~specific), places, faults), _pairs(between_trips, trips, faults)


def _times(frame: pl.DataFrame, places: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    frame = filled(FILE, frame, ["from_stop_id", "to_stop_id"], faults)
    no_time = frame.filter(pl.col("transfer_type") == RECOMMENDED)["row"]
    what = ("typ 0 anger ingen bytestid", "type 0 states no time to change")
    done = ("bytet går till fots som andra", "the change is walked as others are")
    faults.add("info", "recommended_transfer", FILE, no_time, what, done)
    missing = (pl.col("transfer_type") == TIMED) & pl.col("min_transfer_time").is_null()
    what = ("typ 2 utan min_transfer_time", "type 2 without min_transfer_time")
    rows = frame.filter(missing)["row"]
    faults.add("warning", "missing_required_field", FILE, rows, what, _NOT_USED)
    frame = frame.filter((pl.col("transfer_type") != RECOMMENDED) & ~missing).select(
        "row",
        "from_stop_id",
        "to_stop_id",
        pl.col("transfer_type")
        .replace_strict({HELD: 0, TIMED: None, IMPOSSIBLE: None}, default=None, return_dtype=pl.Int64)
        .fill_null(pl.when(pl.col("transfer_type") == TIMED).then("min_transfer_time"))
        .alias("seconds"),
    )
    return _between_stops(frame, places, faults)


def _between_stops(frame: pl.DataFrame, places: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """What holds for a station holds for its platforms, unless a row of their own says otherwise."""
    own = places.filter(pl.col("stands").is_not_null()).select("stop_id", stop="stands", of=pl.lit(0))
    stations = places.filter(pl.col("kind") == STATION).select("stop_id", parent="at")
    platforms = places.filter((pl.col("kind") < STATION) & pl.col("parent").is_not_null())
    inside = stations.join(platforms.select("parent", stop="at"), on="parent").select(
        "stop_id", "stop", of=pl.lit(1)
    )
    every = pl.concat([own, inside])
    sizes = every.group_by("stop_id", maintain_order=True).len()
    count = (
        frame.join(sizes, left_on="from_stop_id", right_on="stop_id")
        .join(sizes, left_on="to_stop_id", right_on="stop_id")
        .select((pl.col("len").cast(pl.Int64) * pl.col("len_right").cast(pl.Int64)).sum())
        .item()
    )
    if count > MOST_CHANGES:
        what = (f"raderna ger {count} par av hållplatser", f"the rows come to {count} pairs of stops")
        done = (f"högst {MOST_CHANGES} läses", f"at most {MOST_CHANGES} are read")
        faults.add("error", "too_many_transfers", FILE, (), what, done, 1)
        frame = frame.clear()
    pairs = frame.join(
        every.select(from_stop_id="stop_id", from_stop="stop", above="of"), on="from_stop_id"
    ).join(every.select(to_stop_id="stop_id", to_stop="stop", below="of"), on="to_stop_id")
    pairs = pairs.with_columns(above=pl.col("above") + pl.col("below"))
    key = ["from_stop", "to_stop"]
    nearest = pairs.filter(pl.col("above") == pl.col("above").min().over(key))
    clash = nearest.filter(pl.col("seconds").n_unique().over(key) > 1)["row"]
    what = ("flera olika bytestider för samma hållplatser", "several different times for the same stops")
    done = (
        "den längsta gäller; att byte inte går väger tyngst",
        "the longest holds; that none is possible outweighs all",
    )
    faults.add("warning", "duplicate_key", FILE, clash.unique(maintain_order=True), what, done)
    return (
        nearest.sort(*key, "seconds", descending=[False, False, True], nulls_last=False)
        .unique(key, keep="first", maintain_order=True)
        .select(*key, "seconds")
    )


def _pairs(frame: pl.DataFrame, trips: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Trips whose travellers stay seated into the next, and those whose may not."""
    ends = pl.col("from_trip_id").is_null() | pl.col("to_trip_id").is_null()
    what = ("typ 4 eller 5 utan båda turerna", "type 4 or 5 without both trips")
    rows = frame.filter(ends)["row"]
    faults.add("warning", "missing_required_field", FILE, rows, what, _NOT_USED)
    named = trips.select("trip_id", "trip")
    return (
        frame.filter(~ends)
        .join(
            named.select(from_trip_id="trip_id", from_trip="trip"), on="from_trip_id", maintain_order="left"
        )
        .join(named.select(to_trip_id="trip_id", to_trip="trip"), on="to_trip_id", maintain_order="left")
        .select("row", "from_trip", "to_trip", seated=pl.col("transfer_type") == SEATED)
    )
