"""Draws of the clock: the line plan knows headways, so at which minute its trains leave is chance.

A time that depends on a connection between two lines of the plan is right for a pattern of clock times that
nobody has decided. So such times are calculated over several draws: in each, every line is moved within its
headway, and the middle of all draws is reported. Feeds keep their clock times.

Where one direction is moved later, the other is moved as much sooner, as in the mirrored timetables that most
railways have. A plan that is mirrored about the whole hour stays so in every draw: whoever waits ten minutes
for a connection one way waits ten minutes for it on the way back.
"""

from collections.abc import Iterator
from hashlib import sha256

import polars as pl

from storregion.timetable.operations import FEED
from storregion.timetable.service_day import LINE_PLAN

DRAWS = 8
"""How often the clock is drawn: between two hourly lines, waits lie some seven minutes apart."""

_LONGEST = 4 * 3600
"""Seconds; of trains further apart the hour is a choice, and they are moved no more than this allows."""


def phased(calls: pl.DataFrame, lines: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The calls of a day in every draw of the clock.

    Parameters
    ----------
    calls, lines : the timetable of a day. The trips of a line that end at one stop are a direction: in the
        morning some begin along it.

    Yields
    ------
    The calls with times moved by whole minutes; once, as they are, where no line is the plan's or a
    scenario's. A trip is moved by the same share of its headway as all of its line and direction, from half
    of it sooner to half of it later, and none is moved past the next. Over the draws the shares fill the
    headway evenly, in an order drawn from the line's name: so a line is moved alike before a scenario and
    with it. The two directions of a line are moved by opposite shares; what ends elsewhere, as a scenario may
    make it, has shares of its own.
    """
    planned = lines.filter(pl.col("feed").is_in([LINE_PLAN, FEED]))["line"].implode()
    trips = _trips(calls.filter(pl.col("line").is_in(planned)))
    if trips.is_empty():
        yield calls
        return
    ways = trips.select("line", "stop").unique().sort("line", "stop")
    ways = ways.with_columns(number=pl.int_range(pl.len()).over("line"))
    shares = [_shares(*way) for way in ways.rows()]
    for draw in range(DRAWS):
        share = ways.select("line", "stop", share=pl.Series([of[draw] for of in shares]))
        minutes = (pl.col("share") * pl.col("headway") / 60).round().cast(pl.Int64)
        later = trips.join(share, on=["line", "stop"], how="left").select("trip", later=60 * minutes)
        moved = calls.join(later, on="trip", how="left", maintain_order="left")
        moved = moved.with_columns(pl.col("later").fill_null(0))
        yield moved.with_columns(
            pl.col("arrival") + pl.col("later"), pl.col("departure") + pl.col("later")
        ).drop("later")


def _trips(calls: pl.DataFrame) -> pl.DataFrame:
    """Each trip with its line, last stop and headway: seconds to the nearer of the trips beside it."""
    last = calls.filter(pl.col("position") == pl.col("position").max().over("trip"))
    ordered = last.select("trip", "line", "stop", "arrival").sort("line", "stop", "arrival", "trip")
    gap = pl.col("arrival") - pl.col("arrival").shift(1)
    return ordered.with_columns(gap=gap.over("line", "stop")).with_columns(
        headway=pl.min_horizontal("gap", pl.col("gap").shift(-1).over("line", "stop"), pl.lit(_LONGEST))
    )


def _shares(line: str, stop: str, number: int) -> list[float]:
    """The share of the headway, −½ to ½, by which a direction is moved in each draw: one in every part.

    Parameters
    ----------
    line, stop : the line's code, and the stop where the direction ends.
    number : of the direction, from 0, in order of stop.
    """
    name = line if number < 2 else f"{line}\n{stop}"
    marks = [sha256(f"{name}\n{draw}".encode()).digest() for draw in range(DRAWS)]
    order = sorted(range(DRAWS), key=marks.__getitem__)
    inside = int.from_bytes(marks[0][:4], "big") / 2**32
    sign = -1.0 if number == 1 else 1.0
    return [sign * ((order.index(draw) + inside) / DRAWS - 0.5) for draw in range(DRAWS)]
