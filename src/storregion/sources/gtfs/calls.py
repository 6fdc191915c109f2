"""What every trip of a feed calls at, and when: sorted, complete, and never backwards in time."""

import polars as pl

from storregion.sources.gtfs.keys import filled, unique
from storregion.sources.gtfs.report import Faults
from storregion.sources.gtfs.trips import TIMES, TRIPS

_LEFT_OUT = ("raderna används inte", "the rows are left out")
_NO_TRIP = ("turen används inte", "the trip is left out")
_CORRECT = ("rätta tiden", "correct the time")
_TIMES = ("arrival", "departure")


def calls(times: pl.DataFrame, trips: pl.DataFrame, places: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The calls of all usable trips.

    Parameters
    ----------
    times : the rows of stop_times.txt.
    trips : the feed's trips.
    places : its stops and stations.
    faults : what is wrong is added to these.

    Returns
    -------
    In order of trip and sequence: trip and stop (numbers), arrival and departure (seconds of the service
    day), board, alight (1 or 0) and estimated (whether the time was calculated or is approximate).
    """
    frame = _linked(filled(TIMES, times, ["stop_sequence"], faults), trips, places, faults)
    frame = frame.sort("trip", "stop_sequence", "row")
    again = (pl.col("trip") == pl.col("trip").shift(1)) & (
        pl.col("stop_sequence") == pl.col("stop_sequence").shift(1)
    )
    if frame.select(again.any()).item():
        frame = unique(TIMES, frame, ["trip", "stop_sequence"], faults)
    frame = _timed(frame, faults)
    frame = _with_both_ends(frame, faults)
    frame = _of_several_calls(frame, trips, faults)
    _forwards(frame, faults)
    frame = _interpolated(frame, faults)
    for column in ("pickup_type", "drop_off_type"):
        asked = frame.filter(pl.col(column) >= 2)["row"]
        what = (f"{column} 2 eller 3: efter överenskommelse", f"{column} 2 or 3: by arrangement")
        faults.add(
            "info",
            f"{column}_by_arrangement",
            TIMES,
            asked,
            what,
            ("räknas som tillåtet", "counts as allowed"),
        )
    return frame.select(
        "trip",
        "stop",
        *_TIMES,
        (pl.col("pickup_type").fill_null(0) != 1).cast(pl.Int8).alias("board"),
        (pl.col("drop_off_type").fill_null(0) != 1).cast(pl.Int8).alias("alight"),
        "estimated",
    )


def _linked(frame: pl.DataFrame, trips: pl.DataFrame, places: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The rows of usable trips at stops that exist, with the numbers of both."""
    frame = frame.join(trips.select("trip_id", "trip", "usable"), on="trip_id", how="left")
    frame = frame.join(places.select("stop_id", "at", "nowhere", stop="stands"), on="stop_id", how="left")
    lost = frame.filter(pl.col("trip").is_null())["row"]
    what = ("trip_id finns inte i trips.txt", "trip_id is not in trips.txt")
    faults.add("warning", "foreign_key_violation", TIMES, lost, what, _LEFT_OUT)
    lost = frame.filter(pl.col("at").is_null())["row"]
    what = ("stop_id finns inte i stops.txt", "stop_id is not in stops.txt")
    faults.add("warning", "foreign_key_violation", TIMES, lost, what, _LEFT_OUT)
    entrance = frame.filter(pl.col("at").is_not_null() & pl.col("stop").is_null() & ~pl.col("nowhere"))["row"]
    what = ("stop_id är ingen plats där fordon stannar", "stop_id is not a place where vehicles stop")
    faults.add("warning", "location_with_unexpected_stop_time", TIMES, entrance, what, _LEFT_OUT)
    faraway = frame.filter(pl.col("nowhere"))["row"]
    what = ("hållplatsens koordinater är noll", "the stop's coordinates are zero")
    faults.add("warning", "point_near_origin", TIMES, faraway, what, _LEFT_OUT)
    return frame.filter(pl.col("usable") & pl.col("stop").is_not_null()).select(
        "row",
        "trip",
        "stop",
        "stop_sequence",
        pl.col("arrival_time").cast(pl.Int32).alias("arrival"),
        pl.col("departure_time").cast(pl.Int32).alias("departure"),
        "pickup_type",
        "drop_off_type",
        "shape_dist_traveled",
        "timepoint",
    )


def _timed(frame: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Rows with one time of two take it for both."""
    half = frame.filter(pl.col("arrival").is_null() != pl.col("departure").is_null())["row"]
    what = ("bara en av ankomst och avgång", "only one of arrival and departure")
    done = ("den gäller för båda", "it is taken for both")
    faults.add("warning", "stop_time_with_only_arrival_or_departure_time", TIMES, half, what, done)
    loose = frame.filter((pl.col("timepoint") == 0) & pl.col("arrival").is_not_null())["row"]
    what = ("timepoint 0: tiden är ungefärlig", "timepoint 0: the time is approximate")
    faults.add(
        "info", "approximate_time", TIMES, loose, what, ("räknas som uppskattad", "counts as estimated")
    )
    return frame.with_columns(
        pl.coalesce("arrival", "departure").alias("arrival"),
        pl.coalesce("departure", "arrival").alias("departure"),
        (
            (pl.col("timepoint") == 0).fill_null(False)
            | pl.col("arrival").is_null() & pl.col("departure").is_null()
        ).alias("estimated"),
    )


def _with_both_ends(frame: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The trips that have a time at their first and last call."""
    blank = pl.col("arrival").is_null()
    other = pl.col("trip") != pl.col("trip").shift(1)
    edge = other.fill_null(True) | other.shift(-1).fill_null(True)
    wrong = frame.filter(blank & edge)
    what = ("turens första eller sista uppehåll saknar tid", "the trip's first or last call has no time")
    faults.add("warning", "missing_trip_edge", TIMES, wrong["row"], what, _NO_TRIP)
    return frame.filter(~pl.col("trip").is_in(wrong["trip"].implode())) if wrong.height else frame


def _of_several_calls(frame: pl.DataFrame, trips: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The trips that call twice or more; a vehicle that calls once takes nobody anywhere."""
    counts = frame.group_by("trip", maintain_order=True).len()
    useful = counts.filter(pl.col("len") >= 2)["trip"]
    lone = trips.filter(pl.col("usable") & ~pl.col("trip").is_in(useful.implode()))["row"]
    what = ("turen har färre än två uppehåll", "the trip has fewer than two calls")
    faults.add("warning", "unusable_trip", TRIPS, lone, what, _NO_TRIP)
    return frame if useful.len() == counts.height else frame.filter(pl.col("trip").is_in(useful.implode()))


def _forwards(frame: pl.DataFrame, faults: Faults) -> None:
    """Tell every time that runs backwards; blank ones between are looked past."""
    turned = frame.filter(pl.col("departure") < pl.col("arrival"))["row"]
    what = ("avgången är före ankomsten", "departure is before arrival")
    faults.add("error", "start_and_end_range_out_of_order", TIMES, turned, what, _CORRECT)
    timed = frame.lazy().filter(pl.col("arrival").is_not_null())
    same = pl.col("trip") == pl.col("trip").shift(1)
    back = timed.filter(same & (pl.col("arrival") < pl.col("departure").shift(1))).select("row").collect()
    what = ("ankomsten är före förra avgången", "arrival is before the departure before it")
    code = "stop_time_with_arrival_before_previous_departure_time"
    faults.add("error", code, TIMES, back["row"], what, _CORRECT)


def _interpolated(frame: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Blank times in proportion between the calls around them.

    The proportion is that of the way (shape_dist_traveled) where all calls of the trip have it and it never
    falls, else that of their order. Every trip begins and ends with a time, so none takes from another.
    """
    blank = frame.filter(pl.col("arrival").is_null())
    if blank.is_empty():
        return frame
    what = ("uppehållet saknar tid", "the call has no time")
    done = ("tiden beräknas mellan grannarna", "it is calculated between its neighbours")
    faults.add("info", "interpolated_time", TIMES, blank["row"], what, done)
    way = pl.col("shape_dist_traveled")
    falls = (way.diff().over("trip") < 0).any().over("trip")
    by_way = way.is_not_null().all().over("trip") & ~falls
    order = pl.int_range(pl.len()).over("trip").cast(pl.Float64)
    x, known = pl.col("x"), pl.when(pl.col("arrival").is_not_null())
    share = (x - pl.col("x0")) / (pl.col("x1") - pl.col("x0"))
    between = pl.col("t0") + ((pl.col("t1") - pl.col("t0")) * share.fill_nan(0.0)).round().cast(pl.Int32)
    parted = frame.filter(pl.col("trip").is_in(blank["trip"].implode())).with_columns(
        x=pl.when(by_way).then(way).otherwise(order)
    )
    parted = parted.with_columns(
        x0=known.then(x).forward_fill(),
        x1=known.then(x).backward_fill(),
        t0=pl.col("departure").forward_fill(),
        t1=pl.col("arrival").backward_fill(),
    )
    times = parted.select("row", between=between)
    filled_in = frame.join(times, on="row", how="left", maintain_order="left")
    return filled_in.with_columns(pl.col(name).fill_null(pl.col("between")) for name in _TIMES)
