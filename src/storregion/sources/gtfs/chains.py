"""Trips that one vehicle runs one after another, made into one, so that nobody has to get up between them."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from storregion.core.errors import DataError
from storregion.core.geodesy import distances
from storregion.sources.gtfs.places import STATION
from storregion.sources.gtfs.report import Faults

FARTHEST_KM = 1.0
"""How far apart a stated continuation may begin from where the trip before it ends."""
LONGEST_WAIT = 6 * 3600
"""Seconds after which a stated continuation is not one: nobody stays seated that long."""
MOST_WAYS = 100_000
"""Trips that vehicles which part and meet may come to."""


def links(
    runs: pl.DataFrame, calls: pl.DataFrame, pairs: pl.DataFrame, places: pl.DataFrame, faults: Faults
) -> pl.DataFrame:
    """Which runs of a feed go on as which others.

    Transfers of type 4 say so of trips, and are taken at their word: also between stops near each other, onto
    several trips where a vehicle parts, and onto the next service day. Two trips of a block (trips.txt) that
    both run that service day are one vehicle where the second starts at the stop or station where the first
    ends, when it has ended or later; transfers of type 5 forbid it. Trips repeated by a headway are never
    joined.

    Parameters
    ----------
    runs : the feed's runs, as `gtfs_trips.runs` gives them.
    calls : the calls of its trips.
    pairs : row, from_trip, to_trip and seated, as `gtfs_changes.changes` gives them.
    places : the feed's stops and stations.
    faults : what is wrong is added to these.

    Returns
    -------
    The columns run and next, numbers of rows of `runs`. A run stands in several rows only where the feed
    states several continuations of it, or states it as the continuation of several.
    """
    stop = calls["stop"]
    station = pl.when(pl.col("kind") <= STATION).then(pl.coalesce("parent", "at"))
    where = places.select("latitude", "longitude", station=station)
    begins, ends = where[stop.gather(runs["first"])], where[stop.gather(runs["last"])]
    ended = runs.with_row_index("run").with_columns(
        *(begins[name].alias(f"starts_{name}") for name in where.columns),
        *(ends[name].alias(f"ends_{name}") for name in where.columns),
    )
    ended = ended.filter(~pl.col("repeated"))
    forbidden = pairs.filter(~pl.col("seated")).select(trip="from_trip", next_trip="to_trip")
    stated, in_blocks = (
        found.join(forbidden, on=["trip", "next_trip"], how="anti", maintain_order="left")
        for found in (_stated(ended, pairs.filter("seated"), faults), _in_blocks(ended, faults))
    )
    others = in_blocks.join(stated, on="run", how="anti", maintain_order="left").join(
        stated, on="next", how="anti", maintain_order="left"
    )
    return pl.concat([stated.select("run", "next"), others.select("run", "next")])


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
            ("starts_station", "next_starts_station"),
        )
    ).drop_nulls("next")
    over = following.filter(pl.col("next_start") < pl.col("end"))
    if over.height:
        what = ("turer i samma block går samtidigt", "trips of one block run at the same time")
        done = ("de är skilda fordon", "they are taken for different vehicles")
        code = "block_trips_with_overlapping_stop_times"
        faults.add("warning", code, "trips.txt", (), what, done, over.height)
    fits = (pl.col("next_start") >= pl.col("end")) & (pl.col("next_starts_station") == pl.col("ends_station"))
    return following.filter(fits).select(_COLUMNS)


def _stated(ends: pl.DataFrame, pairs: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """Pairs of trips that transfers of type 4 name, each run with the soonest run of the other trip."""
    starts = [name for name in ends.columns if name.startswith("starts_")]
    after = ends.select(
        next="run",
        next_trip="trip",
        next_start="start",
        next_shift="shift",
        **{f"next_{n}": n for n in starts},
    )
    named = pairs.select("row", trip="from_trip", next_trip="to_trip").unique(
        ["trip", "next_trip"], keep="first", maintain_order=True
    )
    both = named.join(ends, on="trip", maintain_order="left").join(
        after, on="next_trip", maintain_order="left"
    )
    wait = pl.col("next_start") - pl.col("end")
    both = _apart(both.filter((pl.col("next_shift") - pl.col("shift")).is_between(0, 1)))
    fit = both.filter(wait.is_between(0, LONGEST_WAIT) & (pl.col("km") <= FARTHEST_KM))
    today = both.filter(pl.col("shift") == 0)
    unused = today.join(fit, on=["row", "run"], how="anti")["row"]
    what = (
        f"typ 4 mellan turer som inte möts: mer än {FARTHEST_KM:g} km isär, eller inte inom "
        f"{LONGEST_WAIT // 3600} timmar efter",
        f"type 4 between trips that do not meet: more than {FARTHEST_KM:g} km apart, or not within "
        f"{LONGEST_WAIT // 3600} hours after",
    )
    done = ("de är skilda turer", "they are separate trips")
    faults.add("warning", "in_seat_transfer_not_used", "transfers.txt", unused, what, done)
    soonest = fit.sort("run", "next_start", maintain_order=True).unique(
        ["run", "next_trip"], keep="first", maintain_order=True
    )
    parts = soonest.filter(pl.col("run").is_duplicated() | pl.col("next").is_duplicated())
    what = ("turer som delas eller förenas", "trips that part or join")
    done = (
        "var och en fortsätter; den gemensamma delen är med i båda",
        "each goes on; the part they share is in both",
    )
    faults.add("info", "in_seat_transfer_parts", "transfers.txt", parts["row"], what, done)
    return soonest.select(_COLUMNS)


def _apart(both: pl.DataFrame) -> pl.DataFrame:
    """How many kilometres the second trip begins from where the first ends; 0 within a station."""
    ends = (both[f"{end}_{name}"] for end in ("ends", "next_starts") for name in ("latitude", "longitude"))
    km = pl.Series(distances(*(values.to_numpy() for values in ends)), dtype=pl.Float64)
    same = pl.col("next_starts_station") == pl.col("ends_station")
    return both.with_columns(km=pl.when(same).then(0.0).otherwise(km))


def joined(calls: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Calls with the runs of one vehicle made into one run, which keeps the number of its first.

    Where the next run starts at the stop that the one before ends at, the two calls become one: it arrives as
    the first and leaves as the second.

    Parameters
    ----------
    calls : run, position, stop, arrival, departure, board, alight and estimated, in order of run and
        position.
    links : run and next.

    Returns
    -------
    The calls with a column `vehicle`, which tells apart those that share their first run.
    """
    if links.is_empty():
        return calls.with_columns(vehicle="run")
    calls = calls.join(_vehicles(links), on="run", how="left").with_columns(
        pl.coalesce("leads", "run").alias("run"),
        pl.col("way").fill_null(0),
        pl.col("turn").fill_null(0),
    )
    another = pl.any_horizontal(
        (pl.col(name) != pl.col(name).shift(1)).fill_null(False) for name in ("run", "way")
    )
    calls = calls.sort("run", "way", "turn", "position").with_columns(vehicle=another.cum_sum())
    meets = (pl.col("position") == 0) & (pl.col("turn") > 0) & (pl.col("stop") == pl.col("stop").shift(1))
    calls = calls.with_columns(meets=meets)
    onward = pl.col("meets").shift(-1, fill_value=False)
    calls = calls.with_columns(
        pl.when(onward).then(pl.col(name).shift(-1)).otherwise(name).alias(name)
        for name in ("departure", "board")
    ).filter(~pl.col("meets"))
    return calls.with_columns(position=pl.int_range(pl.len(), dtype=pl.Int32).over("vehicle")).drop(
        "leads", "way", "turn", "meets"
    )


def _vehicles(links: pl.DataFrame) -> pl.DataFrame:
    """For each run that goes on or comes of another: the first run of its vehicle, the way, and its turn."""
    following: dict[int, list[int]] = {}
    for run, then in links.iter_rows():
        following.setdefault(run, []).append(then)
    found: list[tuple[int, int, int, int]] = []
    for first in sorted(following.keys() - set(links["next"])):
        for way, runs in enumerate(_ways(following, first)):
            found += [(run, first, way, turn) for turn, run in enumerate(runs)]
            if len(found) > MOST_WAYS:
                raise DataError(
                    "transfers.txt states so many continuations of trips (type 4) that they come to more "
                    f"than {MOST_WAYS} calls at a vehicle; take those out that are not meant"
                )
    types = {"run": pl.UInt32, "leads": pl.UInt32, "way": pl.Int64, "turn": pl.Int64}
    return pl.DataFrame(found, schema=types, orient="row")


def _ways(following: Mapping[int, Sequence[int]], first: int) -> Iterator[tuple[int, ...]]:
    """Every way on from a run, to its end; no run stands twice in one."""
    open_ways: list[tuple[int, ...]] = [(first,)]
    while open_ways:
        runs = open_ways.pop()
        then = [run for run in following.get(runs[-1], ()) if run not in runs]
        if not then:
            yield runs
        open_ways += [(*runs, run) for run in reversed(then)]
