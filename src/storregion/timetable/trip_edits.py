"""The trips of a few lines as runs and dwells, and what each kind of operation makes of them.

A row is a call: how long the vehicle ran to it from the call before (`run`, 0 at the first), how long it
stands (`dwell`), and when its trip first arrives (`start`), all in seconds. Whoever changes a run or a dwell
so moves every later call. `made` marks the runs that the operation at hand has changed. Rows are in the order
of trip and position, and every function leaves them so.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from storregion.core import geodesy
from storregion.core.errors import SettingError
from storregion.timetable.operation_kinds import (
    FASTEST_KMH,
    AddLine,
    AddStop,
    Dwell,
    Headway,
    Period,
    Reroute,
    SkipStop,
    Speed,
)

DAY = 86_400
EARLIEST, LATEST = -2 * DAY, 4 * DAY
MOST_CALLS = 2_000_000
"""Calls that one operation may add; a whole country's day has a few times as many."""


def runs(calls: pl.DataFrame) -> pl.DataFrame:
    """Calls in the order of trip and position, as runs and dwells."""
    return calls.select(
        "trip",
        "position",
        "line",
        "stop",
        start=pl.col("arrival").first().over("trip"),
        run=(pl.col("arrival") - pl.col("departure").shift(1).over("trip")).fill_null(0),
        dwell=pl.col("departure") - pl.col("arrival"),
        board="board",
        alight="alight",
        made=pl.lit(False),
    )


def times(rows: pl.DataFrame) -> pl.DataFrame:
    """Runs and dwells as calls, without their basis."""
    gone = (pl.col("run") + pl.col("dwell")).cum_sum().over("trip")
    departed = rows.with_columns(departure=pl.col("start") + gone)
    return departed.select(
        "trip",
        "position",
        "line",
        "stop",
        (pl.col("departure") - pl.col("dwell")).alias("arrival"),
        "departure",
        "board",
        "alight",
    )


def check(rows: pl.DataFrame, stops: pl.DataFrame) -> None:
    """Refuse runs made that no vehicle can run, and times beyond what a day's table holds.

    Raises
    ------
    SettingError
        With the first run that cannot be.
    """
    followed = rows.with_columns(before=pl.col("stop").shift(1).over("trip")).filter("made")
    hops = followed.drop_nulls("before").select("before", "stop", "run").unique(maintain_order=True)
    km = distances(hops["before"], hops["stop"], stops)
    seconds = hops["run"].to_numpy()
    wrong = (seconds < 0) | (km * 3600 > FASTEST_KMH * seconds)
    if wrong.any():
        hop, far = hops.row(int(wrong.argmax()), named=True), km[wrong.argmax()]
        raise SettingError(
            f"the run from {hop['before']!r} to {hop['stop']!r} becomes {hop['run'] / 60:g} minutes over "
            f"{far:.1f} km; give it more time, since no run may exceed {FASTEST_KMH:g} km/h"
        )
    span = times(rows).select(first=pl.col("arrival").min(), last=pl.col("departure").max())
    if span.filter((pl.col("first") < EARLIEST) | (pl.col("last") > LATEST)).height:
        raise SettingError("trips would run into the fourth day; shorten the dwell, the runs or the service")


def distances(origins: pl.Series, targets: pl.Series, stops: pl.DataFrame) -> geodesy.Kilometres:
    """Kilometres in a straight line between stops, pair by pair."""
    points = (
        pl.DataFrame({"stop": codes}).join(stops, on="stop", how="left", maintain_order="left")[axis]
        for codes in (origins, targets)
        for axis in ("latitude", "longitude")
    )
    return geodesy.distances(*points)


# ---- new trips


def departures(service: Iterable[Period]) -> list[int]:
    """When trips leave yesterday, today and tomorrow, in seconds from today's midnight, each once."""
    once = {second for period in service for second in period.departures}
    return sorted({second + day for second in once for day in (-DAY, 0, DAY)})


def added_line(operation: AddLine, stops: pl.DataFrame, next_trip: int) -> pl.DataFrame:
    """The trips of a new line, numbered from `next_trip`."""
    codes = list(operation.stops)
    if operation.kmh is None:
        hops = [round(60 * minutes) for minutes in operation.minutes]
    else:
        km = distances(pl.Series(codes[:-1]), pl.Series(codes[1:]), stops) * operation.distance_factor
        hops = [round(3600 * far / operation.kmh) for far in km.tolist()]
    ways = [_template(codes, hops, operation.dwell)]
    if operation.both_ways:
        ways.append(_template(codes[::-1], hops[::-1], operation.dwell))
    return _trips(ways, operation.line, departures(operation.service), next_trip)


def _template(stops: list[str], hops: list[int], dwell: float) -> pl.DataFrame:
    last = len(stops) - 1
    stands = [0, *[round(60 * dwell)] * (last - 1), 0]
    return pl.DataFrame(
        {
            "position": range(last + 1),
            "stop": stops,
            "run": [0, *hops],
            "dwell": stands,
            "board": [1] * last + [0],
            "alight": [0] + [1] * last,
        },
        schema_overrides=dict.fromkeys(("position", "run", "dwell", "board", "alight"), pl.Int64),
    )


def _trips(ways: list[pl.DataFrame], line: str, leaving: list[int], next_trip: int) -> pl.DataFrame:
    """A trip per way and departure; of yesterday's only those still on their way at midnight."""
    if (calls := len(leaving) * sum(way.height for way in ways)) > MOST_CALLS:
        raise SettingError(
            f"{calls} calls would be added; at most {MOST_CALLS} may be: fewer stops or departures"
        )
    made = []
    for way in ways:
        stands = int(way["dwell"][0])
        length = sum(way["run"]) + sum(way["dwell"]) - stands - int(way["dwell"][-1])
        starts = [second - stands for second in leaving if second >= 0 or second + length >= 0]
        trips = pl.DataFrame({"start": starts}, schema={"start": pl.Int64})
        made.append(
            trips.with_row_index("trip", next_trip).join(way, how="cross", maintain_order="left_right")
        )
        next_trip += len(starts)
    return pl.concat(made).select(
        pl.col("trip").cast(pl.Int64),
        "position",
        pl.lit(line).alias("line"),
        "stop",
        "start",
        "run",
        "dwell",
        "board",
        "alight",
        pl.lit(True).alias("made"),
    )


def with_headway(
    rows: pl.DataFrame, operation: Headway, stations: dict[str, str], next_trip: int
) -> pl.DataFrame:
    """All rows with new trips of a line, numbered from `next_trip`, and without those they replace."""
    mine = rows.filter(line=operation.line)
    numbered = mine.with_columns(stop=pl.col("stop").rank("dense").cast(pl.String))
    trips = numbered.group_by("trip", maintain_order=True).agg(
        pattern=pl.col("stop").str.join(" "),
        leaves=pl.col("start").first() + pl.col("dwell").first(),
        takes=pl.col("run").sum() + pl.col("dwell").sum() - pl.col("dwell").first() - pl.col("dwell").last(),
    )
    ways = [_median(mine, trips.filter(pattern=pattern)) for pattern in _commonest(mine, trips, stations)]
    new = _trips(ways, operation.line, departures(operation.service), next_trip)
    if operation.how == "replace":
        periods = [period.seconds for period in operation.service]
        inside = [
            pl.col("leaves").is_between(first + day, last + day)
            for first, last in periods
            for day in (-DAY, 0, DAY)
        ]
        replaced = trips.filter(pl.any_horizontal(inside))["trip"]
        rows = rows.filter(~pl.col("trip").is_in(replaced.implode()))
    return pl.concat([rows, new])


def _commonest(rows: pl.DataFrame, trips: pl.DataFrame, stations: dict[str, str]) -> list[str]:
    """The pattern of most trips, and that of most trips of the other way, if any run it."""
    counted = trips.group_by("pattern", maintain_order=True).agg(pl.len(), first=pl.col("trip").min())
    counted = counted.sort(["len", "first"], descending=[True, False])
    stops = [[stations[stop] for stop in rows.filter(trip=first)["stop"]] for first in counted["first"]]
    place = {stop: number for number, stop in reversed(list(enumerate(stops[0])))}
    for pattern, made in zip(counted["pattern"], stops, strict=True):
        order = [place[stop] for stop in made if stop in place]
        if np.sign(np.diff(order)).sum() < 0:
            return [counted["pattern"][0], pattern]
    return [counted["pattern"][0]]


def _median(rows: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """The trip of median duration, the lower of two, as a template."""
    ordered = trips.sort("takes", "trip")["trip"]
    return rows.filter(trip=ordered[(len(ordered) - 1) // 2]).select(
        "position", "stop", "run", "dwell", "board", "alight"
    )


# ---- other times


def with_speed(rows: pl.DataFrame, operation: Speed, stations: dict[str, str]) -> pl.DataFrame:
    """All rows, with other run times on some lines."""
    mine = pl.col("line").is_in(operation.lines)
    if operation.from_stop is not None and operation.to_stop is not None:
        ends = _first_calls(rows.filter(mine), operation.from_stop, operation.to_stop, stations)
    else:
        ends = (
            rows.filter(mine)
            .group_by("trip", maintain_order=True)
            .agg(lo=pl.lit(0, pl.Int64), hi=pl.col("position").max())
        )
    _touched(rows, ends["trip"], operation.lines, "calls at both stops")
    place = pl.col("position")
    wide = rows.join(
        ends.select("trip", "lo", "hi"), on="trip", how="left", maintain_order="left"
    ).with_columns(
        inside=((place > pl.col("lo")) & (place <= pl.col("hi"))).fill_null(False),
        between=((place > pl.col("lo")) & (place < pl.col("hi"))).fill_null(False),
    )
    run = pl.when("inside").then("run").otherwise(0)
    total = run.sum().over("trip")
    if operation.factor is None and wide.filter(pl.col("inside") & (total == 0)).height:
        raise SettingError(
            "a trip takes no time between the stops, so there is nothing to change in proportion"
        )
    if operation.factor is not None:
        share = pl.lit(1 / operation.factor)
    elif operation.minutes is not None:
        stands = pl.when("between").then("dwell").otherwise(0).sum().over("trip")
        share = (60 * operation.minutes - stands) / total
    else:
        share = 1 - 60 * pl.lit(operation.minutes_less) / total
    share = pl.when(total != 0).then(share).otherwise(1.0)
    # Rounded where it has come to, so that the whole is right to the second.
    wide = wide.with_columns(come=(run.cum_sum().over("trip") * share).round())
    other = (pl.col("come") - pl.col("come").shift(1, fill_value=0).over("trip")).cast(pl.Int64)
    wide = wide.with_columns(other=pl.when("inside").then(other).otherwise("run"))
    made = wide.with_columns(made=pl.col("other") != pl.col("run"), run="other").select(rows.columns)
    return made if operation.hold is None else _held(rows, made, operation.hold, stations)


def _held(rows: pl.DataFrame, made: pl.DataFrame, stop: str, stations: dict[str, str]) -> pl.DataFrame:
    """Rows made, with every trip that is changed moved so that it is at a stop when it was there before.

    A trip that begins beyond the stop, as some do in the morning, moves with those of its line that do not.
    """
    changed = made.filter("made")["trip"].unique(maintain_order=True)
    at = pl.col("trip").is_in(changed.implode()) & _at(stop, stations)
    before, then = (
        times(frame).filter(at).group_by("trip", maintain_order=True).agg(pl.col("arrival").first())
        for frame in (rows, made)
    )
    late = then.join(before, on="trip", suffix="_before").select(
        "trip", late=pl.col("arrival") - pl.col("arrival_before")
    )
    beyond = _beyond(rows, _moved(made, late), before["trip"])
    if left := changed.filter(
        ~changed.is_in(pl.concat([before["trip"], beyond["trip"]]).implode())
    ).to_list():
        line = made.filter(trip=left[0])["line"].item(0)
        raise SettingError(
            f"a trip of the line {line!r} does not call at {stop!r}, so it cannot be held there; name a stop "
            "of every trip, or make it an operation for each line"
        )
    return _moved(made, pl.concat([late, beyond]))


def _moved(made: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    """Rows made, with trips that begin as much sooner as they are late."""
    moved = made.join(late, on="trip", how="left", maintain_order="left")
    return moved.with_columns(pl.col("start") - pl.col("late").fill_null(0)).select(made.columns)


def _beyond(rows: pl.DataFrame, moved: pl.DataFrame, held: pl.Series) -> pl.DataFrame:
    """How much trips that are not held are late, where they begin, beside those of their line that are.

    Parameters
    ----------
    rows, moved : trips before, and with those that are held moved.
    held : the trips that are.
    """
    then = times(moved).select("trip", "position", then="departure")
    calls = (
        times(rows)
        .join(then, on=["trip", "position"])
        .with_columns(end=pl.col("stop").last().over("trip"), shift=pl.col("departure") - pl.col("then"))
    )
    whole = (
        calls.filter(pl.col("trip").is_in(held.implode()))
        .group_by("line", "end", "stop", maintain_order=True)
        .agg(late=pl.col("shift").first())
    )
    begun = calls.filter(~pl.col("trip").is_in(held.implode()), pl.col("position") == 0)
    return begun.join(whole, on=["line", "end", "stop"]).select("trip", "late")


def with_dwell(rows: pl.DataFrame, operation: Dwell, stations: dict[str, str]) -> pl.DataFrame:
    """All rows, with another dwell at a stop on the way."""
    on_the_way = (pl.col("position") > 0) & (pl.col("position") < pl.col("position").max().over("trip"))
    hit = (pl.col("line") == operation.line) & _at(operation.stop, stations) & on_the_way
    _touched(rows, rows.filter(hit)["trip"], (operation.line,), f"calls at {operation.stop!r} on its way")
    return rows.with_columns(dwell=pl.when(hit).then(round(60 * operation.minutes)).otherwise("dwell"))


# ---- other calls


def rerouted(rows: pl.DataFrame, operation: Reroute, stations: dict[str, str]) -> pl.DataFrame:
    """All rows, with other calls of a line between two stops."""
    mine = rows.filter(line=operation.line)
    ends = _first_calls(mine, operation.from_stop, operation.to_stop, stations)
    ends = ends if operation.both_ways else ends.filter("forward")
    _touched(rows, ends["trip"], (operation.line,), "calls at both stops, in that order unless both_ways,")
    wide = rows.join(ends.select("trip", "lo", "hi"), on="trip", how="left", maintain_order="left")
    between = (pl.col("position") > pl.col("lo")) & (pl.col("position") < pl.col("hi"))
    kept = wide.filter(~between.fill_null(False)).select(rows.columns)
    return _through(kept, ends, operation.via, operation.minutes, operation.dwell)


def with_stop(rows: pl.DataFrame, operation: AddStop, stations: dict[str, str]) -> pl.DataFrame:
    """All rows, with a call more between two stops in a row."""
    a, b = (_at(stop, stations) for stop in operation.between)
    after, following = pl.col("line") == operation.line, pl.col("trip").shift(-1) == pl.col("trip")
    there, back = a & b.shift(-1), b & a.shift(-1)
    pairs = rows.with_columns(
        forward=there, back=back & pl.lit(operation.both_ways), hi=pl.col("position").shift(-1)
    )
    pairs = pairs.filter(after & following & (pl.col("forward") | pl.col("back")))
    _touched(rows, pairs["trip"], (operation.line,), "runs from the one stop straight to the other")
    pairs = pairs.select("trip", pl.col("position").alias("lo"), "hi", "forward")
    return _through(rows, pairs, (operation.stop,), operation.minutes, operation.dwell)


def _through(
    rows: pl.DataFrame, pairs: pl.DataFrame, via: tuple[str, ...], minutes: tuple[float, ...], dwell: float
) -> pl.DataFrame:
    """All rows, with new calls between pairs of calls (trip, lo, hi, forward) that follow each other."""
    seconds = [round(60 * number) for number in minutes]
    new = []
    for forward in (True, False):
        stops, hops = (via, seconds) if forward else (via[::-1], seconds[::-1])
        steps = pl.DataFrame(
            {"step": range(1, len(stops) + 1), "via": stops, "hop": hops[:-1]},
            schema={"step": pl.Int64, "via": pl.String, "hop": pl.Int64},
        )
        these = pairs.filter(forward=forward)
        first = rows.join(these, left_on=["trip", "position"], right_on=["trip", "lo"], how="semi")
        new.append(
            first.join(steps, how="cross").with_columns(
                stop="via",
                run="hop",
                dwell=pl.lit(round(60 * dwell), pl.Int64),
                board=pl.lit(1, pl.Int64),
                alight=pl.lit(1, pl.Int64),
                made=True,
            )
        )
    last = pl.when("forward").then(seconds[-1]).otherwise(seconds[0])
    reached = pairs.select("trip", pl.col("hi").alias("position"), last=last.cast(pl.Int64))
    wide = rows.join(reached, on=["trip", "position"], how="left").with_columns(
        run=pl.coalesce("last", "run"),
        made=pl.col("made") | pl.col("last").is_not_null(),
        step=pl.lit(0, pl.Int64),
    )
    columns = [*rows.columns, "step"]
    whole = pl.concat([wide.select(columns), *(frame.select(columns) for frame in new)])
    return _numbered(whole.sort("trip", "position", "step")).select(rows.columns)


def skipped(rows: pl.DataFrame, operation: SkipStop, stations: dict[str, str]) -> pl.DataFrame:
    """All rows, without the calls of a line at a stop."""
    hit = (pl.col("line") == operation.line) & _at(operation.stop, stations)
    _touched(rows, rows.filter(hit)["trip"], (operation.line,), f"calls at {operation.stop!r}")
    made = times(rows).with_columns(past=hit.cast(pl.Int64).cum_sum().over("trip")).filter(~hit)
    _calling(made, rows.filter(hit)["trip"].unique(maintain_order=True))
    kept = _numbered(runs(made))
    past = made.select((pl.col("past") - pl.col("past").shift(1)).over("trip").fill_null(0))["past"]
    saved = past * round(60 * operation.minutes_less)
    return kept.with_columns(run=pl.col("run") - saved, made=past > 0)


def _calling(rows: pl.DataFrame, trips: pl.Series) -> None:
    """Refuse trips that are left with fewer than two calls."""
    calls = (
        rows.filter(pl.col("trip").is_in(trips.implode()))
        .group_by("trip", maintain_order=True)
        .len()
        .filter(pl.col("len") > 1)
    )
    if left := trips.len() - calls.height:
        raise SettingError(f"{left} trips would call at fewer than two stops; remove the line, or reroute it")


def _at(stop: str, stations: dict[str, str]) -> pl.Expr:
    """Whether a row calls at a stop, or at a platform of it."""
    return pl.col("stop").is_in([stop, *(code for code, station in stations.items() if station == stop)])


def _first_calls(rows: pl.DataFrame, a: str, b: str, stations: dict[str, str]) -> pl.DataFrame:
    """Per trip that calls at both stops, the places of the first calls there, and which comes first."""
    found = rows.group_by("trip", maintain_order=True).agg(
        a=pl.col("position").filter(_at(a, stations)).min(),
        b=pl.col("position").filter(_at(b, stations)).min(),
    )
    return found.filter(pl.col("a") != pl.col("b")).select(
        "trip",
        lo=pl.min_horizontal("a", "b"),
        hi=pl.max_horizontal("a", "b"),
        forward=pl.col("a") < pl.col("b"),
    )


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(position=pl.int_range(pl.len(), dtype=pl.Int64).over("trip"))


def _touched(rows: pl.DataFrame, trips: pl.Series, lines: tuple[str, ...], what: str) -> None:
    """Refuse an operation that leaves one of its lines as it is."""
    hit = set(rows.filter(pl.col("trip").is_in(trips.implode()))["line"].unique())
    if left := [line for line in lines if line not in hit]:
        raise SettingError(f"no trip of the line {left[0]!r} {what}; look at its calls, or leave it out")
