"""Several draws of the clock told as one, by hand, with a tiny timetable moved by some minutes."""

from typing import Any

import polars as pl

from storregion.journeys.draws import ClockDraws


def moved(tiny: Any, *minutes: int) -> ClockDraws:
    """A draw for each number of minutes by which all trains are later."""
    shifts = ([[(stop, at + later) for stop, at in trip] for trip in tiny.trips] for later in minutes)
    return ClockDraws(tuple(tiny.network(trips) for trips in shifts))


def test_profiles_of_every_draw_come_in_the_order_of_the_draws(tiny: Any) -> None:
    found = moved(tiny, 20, 0, 5).profiles(places := {"a": ["A"], "c": ["C"], "gone": ["X"]}, places)
    assert found.keys() == {("a", "c"), ("c", "a")}
    # The first train to C leaves at 06:00, later by what its draw moves it.
    assert [float(draw.departures[0]) / 60 for draw in found["a", "c"]] == [380, 360, 365]
    assert all(len(draw.departures) == 0 for draw in found["c", "a"])


def test_minutes_are_those_of_the_middle_draw_the_lower_of_two(tiny: Any) -> None:
    # At 06:00 sharp nobody is at the stop in time for the train of that minute. One minute later it is 51
    # minutes to C, three minutes later 53, and without the move one waits for 06:30: 80.
    draws = moved(tiny, 1, 3, 0)
    assert draws.minutes_between([["A"]], ["C"], 6 * 3600, 1)[0].tolist() == [53]
    assert moved(tiny, 1, 0, 3, 0).minutes_between([["A"]], ["C"], 6 * 3600, 1)[0].tolist() == [53]
    point = draws.networks[0].points[2:3]
    cells = pl.DataFrame({"cell": ["c"], "east": point[:, 0], "north": point[:, 1]})
    walks = draws.walks_to(cells, tiny.cell_walks())
    first, other, again = draws.minutes_to([["A"], ["B"], ["A"]], walks, 6 * 3600, 1)
    assert first.tolist() == again.tolist() == [53]
    # From B it is 30 minutes on board after a wait of 21, 23 or 20.
    assert other.tolist() == [51]
