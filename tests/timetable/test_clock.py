"""Draws of the clock: each line's share of its headway, and what no draw changes."""

from typing import Any

import polars as pl

from storregion.timetable.clock import DRAWS, phased
from storregion.timetable.tables import LINES


def of(tiny: Any, feed: str) -> pl.DataFrame:
    return LINES.check(
        tiny.table(
            [
                {"line": "line", "name": "x", "mode": "rail", "operator": "x", "source": "x"}
                | {"feed": feed, "basis": "assumed"}
            ],
            LINES,
        ),
        maker="the test",
    )


HOURLY = [[("A", at), ("B", at + 20)] for at in (360, 420, 480, 540)]
BACK = [[("B", at), ("A", at + 20)] for at in (370, 400, 430)]


def starts(calls: pl.DataFrame, stop: str) -> list[float]:
    return (calls.filter(position=0, stop=stop).sort("trip")["departure"] / 60).to_list()


def test_every_draw_moves_a_direction_within_its_headway_and_they_fill_it_evenly(tiny: Any) -> None:
    calls = tiny.calls([*HOURLY, *BACK])
    draws = list(phased(calls, of(tiny, "line_plan")))
    assert len(draws) == DRAWS
    for stop, first, headway in (("A", 360, 60), ("B", 370, 30)):
        moved = [starts(draw, stop)[0] - first for draw in draws]
        # From half a headway sooner to half of it later, one draw in each eighth of it, to the minute.
        parts = sorted(int((late + headway / 2) // (headway / DRAWS) + 1e-9) for late in moved)
        assert all(-headway / 2 <= late <= headway / 2 for late in moved)
        assert max(abs(part - at) for at, part in enumerate(parts)) <= 1
        steps = [b - a for a, b in zip(sorted(moved), sorted(moved)[1:], strict=False)]
        assert all(abs(step - headway / DRAWS) <= 1 for step in steps)
    # Of the two directions one is moved as large a part of its headway later as the other sooner: there 60
    # minutes, back 30.
    for draw in draws:
        there, back = starts(draw, "A")[0] - 360, starts(draw, "B")[0] - 370
        assert abs(there + 2 * back) <= 2


def test_a_mirrored_plan_stays_so_and_waits_as_long_on_the_way_back(tiny: Any) -> None:
    """A to B at 10 past arrives at half past; back it leaves B at half past, and is in A at 50 past."""
    there = [[("A", at), ("B", at + 20)] for at in (370, 430, 490)]
    back = [[("B", at), ("A", at + 20)] for at in (390, 450, 510)]
    for draw in phased(tiny.calls([*there, *back]), of(tiny, "line_plan")):
        # What leaves A x past the hour is in B x + 20 past, and leaves B 60 - x - 20 past.
        assert {(a + 20 + b) % 60 for a in starts(draw, "A") for b in starts(draw, "B")} <= {59, 0, 1}


def test_trips_that_begin_along_the_line_move_with_the_others(tiny: Any) -> None:
    calls = tiny.calls(
        [[("B", 340), ("C", 360)], *([("A", at), ("B", at + 40), ("C", at + 60)] for at in (360, 420))]
    )
    for draw in phased(calls, of(tiny, "line_plan")):
        assert (draw.filter(stop="C").sort("trip")["arrival"].diff().drop_nulls() == 3600).all()


def test_a_draw_leaves_run_times_headways_and_all_else_as_they_are(tiny: Any) -> None:
    calls = tiny.calls([*HOURLY, *BACK])
    same = [name for name in calls.columns if name not in ("arrival", "departure")]
    run = (pl.col("arrival") - pl.col("departure").shift(1)).over("trip")
    for draw in phased(calls, of(tiny, "scenario")):
        assert draw.select(same).equals(calls.select(same))
        assert draw.select(run).equals(calls.select(run))
        gaps = [b - a for a, b in zip(starts(draw, "A"), starts(draw, "A")[1:], strict=False)]
        assert gaps == [60, 60, 60]


def test_trains_far_apart_move_two_hours_at_most_and_none_passes_the_next(tiny: Any) -> None:
    # Trains at 05:00, 05:20, 12:00 and 22:00: the headways are 20, 20, 240 of 400, and 240 of 600.
    trips = [[("A", at), ("B", at + 20)] for at in (300, 320, 720, 1320)]
    for draw in phased(tiny.calls(trips), of(tiny, "line_plan")):
        made = starts(draw, "A")
        assert made == sorted(made)
        assert all(abs(then - now) <= 120 for then, now in zip(made, (300, 320, 720, 1320), strict=True))
        assert abs(made[0] - 300) <= 10


def test_a_feed_keeps_its_clock(tiny: Any) -> None:
    calls = tiny.calls(HOURLY)
    (only,) = phased(calls, of(tiny, "sj.zip"))
    assert only.equals(calls)


def test_a_line_is_moved_alike_whatever_other_lines_there_are(tiny: Any) -> None:
    alone = list(phased(tiny.calls(HOURLY), of(tiny, "line_plan")))
    both = pl.concat([of(tiny, "line_plan"), of(tiny, "line_plan").with_columns(line=pl.lit("other"))])
    other = tiny.calls(HOURLY).with_columns(pl.col("trip") + 100, line=pl.lit("other"))
    more = list(phased(pl.concat([tiny.calls(HOURLY), other]), both))
    assert [starts(draw, "A") for draw in alone] == [starts(draw.filter(line="line"), "A") for draw in more]
