"""Journeys: a tiny day worked by hand, and profiles against a search of every minute by itself."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.core.errors import DataError
from storregion.journeys.from_tables import LONGEST_CHANGE, travel_network
from storregion.journeys.network import DAY, TravelNetwork
from storregion.journeys.profiles import Between, Profile
from storregion.kernels.profiles import Kept
from storregion.timetable.tables import CELL_WALKS

WALK = math.ceil(300.8 * 1.3 / (4.8 / 3.6))  # D–E, about 301 m: 293 s or 294

ENDS = {code: [code] for code in "ABCDE"}
NO_WALKS = pl.DataFrame(schema={column.name: column.dtype for column in CELL_WALKS.columns})


def test_a_part_of_the_day_holds_its_first_second_and_not_the_one_after_its_last() -> None:
    # Two pairs of places with journeys at 100, 200 and 300, and at 99 and 299 seconds; from 100 until 300.
    leaves = np.array([100.0, 200.0, 300.0, 99.0, 299.0])
    kept = Kept(np.array([[0, 3]]), np.array([[3, 5]]), np.stack([leaves, leaves, leaves + 9]), np.arange(5))
    (found,) = Between({"a": 0}, {"b": 0, "c": 1}, (kept,)).leaving((100, 300)).draws
    assert found.times[1].tolist() == [100, 200, 299]
    assert (found.begin.tolist(), found.end.tolist()) == ([[0, 2]], [[2, 3]])
    assert found.rides.tolist() == [0, 1, 4]


def between(net: TravelNetwork, places: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], Profile]:
    """The journeys of a day between every two places."""
    return {
        pair: profile for pair, (profile,) in net.profiles(net.places(places), net.places(places)).items()
    }


def minutes_to(net: TravelNetwork, origin: str, points: Any, start: int, lanes: int) -> Any:
    """Median minutes from a station to points."""
    walks = net.walks_to(squares(points), NO_WALKS)
    return net.minutes_to([origin], walks, start, lanes)


def squares(points: Any) -> pl.DataFrame:
    """Points as cells, by number."""
    codes = [str(at) for at in range(len(points))]
    return pl.DataFrame({"cell": codes, "east": points[:, 0], "north": points[:, 1]})


def of_day(profile: Profile) -> list[tuple[str, str, int]]:
    """Departure, arrival and rides of each journey, as clocks."""

    def clock(seconds: float) -> str:
        return f"{int(seconds) // 3600:02}:{int(seconds) // 60 % 60:02}"

    return [
        (clock(a), clock(b), int(n))
        for a, b, n in zip(profile.departures, profile.arrivals, profile.rides, strict=True)
    ]


def test_journeys_of_a_day_by_hand(tiny: Any) -> None:
    made = between(tiny.network(), ENDS)
    starts = ("06:00", "06:30", "07:00", "07:30", "08:00", "08:30")
    ends = ("06:50", "07:20", "07:50", "08:20", "08:50", "09:20")
    assert of_day(made["A", "C"]) == [(a, b, 1) for a, b in zip(starts, ends, strict=True)]
    # Who leaves at 06:30 waits in C for the 07:55, as who leaves at 07:00 does. The slow train of 07:10 is
    # there after it, and before the one that is caught by leaving at 08:00. From 08:30 there is no more.
    assert of_day(made["A", "D"]) == [
        ("06:00", "07:15", 2),
        ("07:00", "08:15", 2),
        ("07:10", "09:00", 1),
        ("08:00", "09:15", 2),
    ]
    assert len(made["D", "A"].departures) == 0


def test_a_wait_is_counted_from_the_moment_to_the_arrival(tiny: Any) -> None:
    profile = between(tiny.network(), ENDS)["A", "C"]
    # At 06:29 one is there a minute before 06:30, at 06:30 too late: 07:00 then, 50 minutes on the way.
    assert profile.leaving_at(np.array([23340, 23400])).tolist() == [60 * 51, 60 * 80]
    assert profile.leaving_at(np.array([8 * 3600 + 1800])).tolist() == [math.inf]
    # To be there by 07:20 one takes the 06:30, and is at the stop at 06:29; by 07:19 the 06:00.
    assert profile.arriving_by(np.array([26400, 26340])).tolist() == [60 * 51, 60 * 80]
    assert profile.arriving_by(np.array([6 * 3600])).tolist() == [math.inf]


def test_a_change_needs_the_slack_and_the_time_stated(tiny: Any) -> None:
    trips = [[("A", 400), ("B", 420)], [("B", 421), ("C", 440)], [("B", 425), ("C", 444)]]
    assert of_day(between(tiny.network(trips), ENDS)["A", "C"]) == [("06:40", "07:20", 2)]
    # Two minutes of slack miss the 07:01.
    assert of_day(between(tiny.network(trips, slack_seconds=120), ENDS)["A", "C"]) == [("06:40", "07:24", 2)]
    stated = tiny.network(trips, {("B", "B"): 300})
    assert of_day(between(stated, ENDS)["A", "C"]) == [("06:40", "07:24", 2)]
    assert len(between(tiny.network(trips, {("B", "B"): None}), ENDS)["A", "C"].rides) == 0


@pytest.mark.parametrize("stated", [{}, {("A", "A"): 240}, {("A", "A"): None}])
def test_who_begins_a_journey_needs_no_time_to_change(
    tiny: Any, stated: Mapping[tuple[str, str], int | None]
) -> None:
    plain, net = tiny.network(), tiny.network(stated=stated)
    for pair, profile in between(plain, ENDS).items():
        assert of_day(between(net, ENDS)[pair]) == of_day(profile)
    points = plain.points
    for start, lanes in ((6 * 3600, 180), (7 * 3600, 61)):
        assert net.minutes_between(["A"], ["A", "C", "D"], start, lanes).tolist() == (
            plain.minutes_between(["A"], ["A", "C", "D"], start, lanes).tolist()
        )
        for origin in ("A", "C"):
            got, wanted = (minutes_to(n, origin, points, start, lanes) for n in (net, plain))
            assert list(got) == list(wanted)
        mine, its = (n.journeys_from(["D"], ["A", "C"], start + 60 * lanes, lanes) for n in (net, plain))
        assert mine[0].tolist() == its[0].tolist()
        assert mine[1].tolist() == its[1].tolist()


def test_one_begins_and_ends_on_foot_alike(tiny: Any) -> None:
    # A bus to E, 300 m from D; from D one walks to E and rides back.
    net = tiny.network([[("C", 420), ("E", 440)], [("E", 460), ("C", 480)]])
    made = between(net, ENDS)
    from_d, to_d, end = net.timetable.walks, net.timetable.walks_back, net.stations["E"]
    (walk,) = {float(net._walks(net.stations["D"], links)[end].item()) for links in (from_d, to_d)}
    assert abs(walk - WALK) <= 2
    assert of_day(made["C", "E"]) == [("07:00", "07:20", 1)]
    # 440 min and 293 s: 07:24 and some; ready at the last whole minute from which E is reached by 07:39.
    assert of_day(made["C", "D"]) == [("07:00", "07:24", 1)]
    assert made["D", "C"].ready.tolist() == [60 * (460 - 1 - math.ceil(walk / 60))]
    # Between D and E one walks, any minute, and waits for nothing.
    foot = made["D", "E"]
    assert set(foot.rides) == {0}
    assert set(foot.arrivals - foot.departures) == {walk}
    assert foot.leaving_at(np.array([12 * 3600])).tolist() == [walk]
    minutes, count = net.journeys_from(["E"], ["D"], 9 * 3600, 60)
    assert (minutes[0], count[0]) == (walk / 60, 60)


def test_places_that_share_a_stop_have_no_journeys(tiny: Any) -> None:
    made = between(tiny.network(), {"one": ["A", "B"], "two": ["B", "C"], "gone": ["X"]})
    assert made.keys() == {("one", "two"), ("two", "one")}
    assert all(len(profile.rides) == 0 for profile in made.values())


def test_journeys_over_midnight_and_from_the_night_before_are_there(tiny: Any) -> None:
    late = [[("A", 1430), ("B", 1450)], [("B", 1455), ("C", 1475)], [("A", 170), ("B", 190)]]
    made = between(tiny.network(late), ENDS)
    assert of_day(made["A", "C"]) == [("23:50", "24:35", 2)]
    # Begun at 02:50, before the day, it still is how one comes to B by 03:30.
    assert of_day(made["A", "B"]) == [("02:50", "03:10", 1), ("23:50", "24:10", 1)]
    assert made["A", "B"].arriving_by(np.array([3 * 3600 + 1800])).tolist() == [60 * 41]


def test_calls_in_any_order_give_the_same_journeys(tiny: Any) -> None:
    """The second case has the trips in order and the calls of each backwards."""
    wanted = {pair: of_day(found) for pair, found in between(tiny.network(), ENDS).items()}
    calls = tiny.calls()
    for order in ({"by": ["position", "trip"]}, {"by": ["trip", "position"], "descending": [False, True]}):
        net = travel_network(calls.sort(**order), tiny.stops(), tiny.changes(), tiny.rules())
        assert {pair: of_day(found) for pair, found in between(net, ENDS).items()} == wanted


def test_journeys_longer_than_the_longest_do_not_count(tiny: Any) -> None:
    # 75 minutes on board, and a minute of slack.
    assert of_day(between(tiny.network(longest_minutes=76), ENDS)["A", "D"])[0] == ("06:00", "07:15", 2)
    assert len(between(tiny.network(longest_minutes=75.5), ENDS)["A", "D"].rides) == 0


def test_a_long_day_and_longest_changes_fit_a_search(tiny: Any) -> None:
    # The bounds of the rules at once: 540 minutes, slack of a second, an hour to change.
    net = tiny.network(stated={("A", "A"): 7200, ("C", "C"): None}, longest_minutes=540, slack_seconds=1)
    assert net.timetable.change.max() == LONGEST_CHANGE
    assert len(between(net, ENDS)["A", "C"].rides) == 6
    assert np.isfinite(minutes_to(net, "A", net.points, 6 * 3600, 480)[:1]).all()
    assert net.minutes_between(["A"], ["C"], 6 * 3600, 480).shape == (1,)
    assert net.journeys_from(["C"], ["A"], 14 * 3600, 480)[1].tolist() == [6]


def test_typical_minutes_and_journeys_to_a_place_by_hand(tiny: Any) -> None:
    net = tiny.network()
    minutes, count = net.journeys_from(["C"], ["A", "B", "C", "D"], 9 * 3600, 180)
    # Arrivals 06:50 to 08:50 lie in 06:00–09:00, 09:20 does not. From C one is there at any minute.
    assert minutes.tolist() == [50.0, 30.0, 0.0, math.inf]
    assert count.tolist() == [5, 5, 180, 0]
    # A window that ends as a train arrives does not have it; one that begins then does.
    assert net.journeys_from(["C"], ["A"], 8 * 3600 + 3000, 30)[1].tolist() == [1]  # 08:20–08:50
    assert net.journeys_from(["C"], ["A"], 8 * 3600 + 2940, 29)[1].tolist() == [1]  # 08:20–08:49
    assert net.journeys_from(["C"], ["A"], 8 * 3600 + 2940, 28)[1].tolist() == [0]  # 08:21–08:49


def test_median_minutes_by_hand(tiny: Any) -> None:
    net = tiny.network()
    # 06:00–08:59: five times the waits 1 to 30 before 06:30 … 08:30, then 30 minutes without a train. The
    # 90th of 180 is the wait 18: 68 minutes to C, 38 to B.
    assert net.minutes_between(["A"], ["B", "C", "A"], 6 * 3600, 180).tolist() == [38.0, 68.0, 0.0]
    there = minutes_to(net, "A", net.points, 6 * 3600, 180)
    assert there[:3].tolist() == [0.0, 38.0, 68.0]
    # 08:00–08:59: 30 waits for the 08:30 and 30 minutes without: the 30th is the wait 30. From 08:01 on it
    # is none.
    assert net.minutes_between(["A"], ["C"], 8 * 3600, 60).tolist() == [80.0]
    assert net.minutes_between(["A"], ["C"], 8 * 3600 + 60, 60).tolist() == [math.inf]
    # To E one walks on from D, where one is by the medians of D.
    assert there[4] == pytest.approx(there[3] + WALK / 60, abs=0.04)


def test_a_walk_given_takes_the_place_of_the_straight_line(tiny: Any) -> None:
    net = tiny.network()
    points = net.points + np.array([400.0, 0.0])
    cells = squares(points)
    reckoned, stated = (
        net.walks_to(cells, tiny.cell_walks(*rows)) for rows in ((), [("2", "C", 2.5), ("0", "D", 9.01)])
    )
    # 400 m times 1.3 at 4.8 km/h are 390 seconds; given are 150, and 541 to a stop that is out of reach.
    start = 6 * 3600
    before, then = (net.minutes_to(["A"], walks, start, 1) for walks in (reckoned, stated))
    assert (before[2] - then[2]) * 60 == 390 - 150
    assert reckoned.stop[reckoned.first[0] : reckoned.first[1]].tolist() == [0]
    assert stated.stop[stated.first[0] : stated.first[1]].tolist() == [0, 3]
    assert stated.seconds[stated.first[0] : stated.first[1]].tolist() == [390, 541]
    assert np.delete(before, 2).tolist() == np.delete(then, 2).tolist()
    # Who is in C walks all the way in the time given, too.
    assert [float(net.minutes_to(["C"], walks, start, 1)[2]) for walks in (reckoned, stated)] == [6.5, 2.5]
    for row, what in (
        (("9", "C", 1.0), "'9', which is not a sq"),
        (("0", "X", 1.0), "'X', which is not a st"),
    ):
        with pytest.raises(DataError, match=rf"cell_walking_times.csv has a time for {what}"):
            net.walks_to(cells, tiny.cell_walks(row))


def test_the_longest_journey_that_counts_is_as_long_where_changing_takes_longer(tiny: Any) -> None:
    # By the slack, a minute, one is at the stop at 05:59 for the 06:00, which is in C at 06:50. That it takes
    # ten minutes to change in A makes nobody who begins there any later.
    for minutes, found in ((51.0, 51.0), (50.5, math.inf)):
        net = tiny.network(stated={("A", "A"): 600}, longest_minutes=minutes)
        assert minutes_to(net, "A", net.points, 6 * 3600 - 60, 1)[2] == found
        assert net.minutes_between(["A"], ["C"], 6 * 3600 - 60, 1).tolist() == [found]


def test_what_is_not_there_takes_for_ever(tiny: Any) -> None:
    net = tiny.network()
    assert net.minutes_between(["X"], ["A"], 0, 10).tolist() == [math.inf]
    assert net.minutes_between(["A"], [], 0, 10).tolist() == []
    assert minutes_to(net, "X", net.points, 0, 10).tolist() == [math.inf] * 5
    assert [part.tolist() for part in net.journeys_from(["X"], ["A"], 600, 10)] == [[math.inf], [0]]
    assert [part.tolist() for part in net.journeys_from(["A"], [], 600, 10)] == [[], []]


def test_a_day_without_trips_has_no_journeys(tiny: Any) -> None:
    net = tiny.network([])
    assert (net.trips, net.basis) == (0, "observed")
    assert all(len(profile.rides) == 0 for pair, profile in between(net, {"a": ["A"], "b": ["B"]}).items())


def test_calls_that_are_not_a_timetable_are_reported(tiny: Any) -> None:
    with pytest.raises(DataError, match="the calls are not a valid timetable: trip 0: it arrives"):
        tiny.network([[("A", 420), ("B", 400)]])
    with pytest.raises(DataError, match="calls are made at 'X', which does not exist; add it to the stops"):
        tiny.network([[("A", 420), ("X", 430)]])


# ---- the oracle: every minute by itself

CODES = "ABCDE"


def earliest(net: TravelNetwork, goal: str, origin: str, ready: float) -> float:
    """The earliest arrival of who is at a station at a moment, by trying every call again and again."""
    walks, table = net.timetable.walks, net.timetable
    first, at, comes, goes = (
        part.tolist() for part in (table.first_call, table.stop, table.arrival, table.departure)
    )
    waits = np.maximum(table.change, net.slack).tolist()

    def links(stop: int) -> list[tuple[int, float]]:
        span = slice(walks.first[stop], walks.first[stop + 1])
        return list(zip(walks.stop[span].tolist(), walks.seconds[span].tolist(), strict=True))

    begun: dict[int, float] = {}
    for stop in net.stations[origin].tolist():
        for near, seconds in [(stop, 0.0), *links(stop)]:
            begun[near] = min(begun.get(near, math.inf), ready + seconds)
    come: dict[int, float] = {}
    news = True
    while news:
        news = False
        for trip in range(table.trips):
            aboard = False
            for call in range(first[trip], first[trip + 1]):
                stop = at[call]
                if aboard:
                    for near, seconds in [(stop, 0.0), *links(stop)]:
                        if (time := comes[call] + seconds) < come.get(near, math.inf):
                            come[near], news = time, True
                fresh = begun.get(stop, math.inf) + net.slack
                aboard |= min(fresh, come.get(stop, math.inf) + waits[stop]) <= goes[call]
    ends = net.stations[goal].tolist()
    return min(min(come.get(end, math.inf), begun.get(end, math.inf)) for end in ends)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[list[tuple[str, float]]], dict[tuple[str, str], int | None]]:
    trips = []
    for _ in range(draw(st.integers(1, 6))):
        stops = draw(st.lists(st.sampled_from(CODES), min_size=2, max_size=4, unique=True))
        at = draw(st.integers(400, 460))
        calls = []
        for stop in stops:
            calls.append((stop, float(at)))
            at += draw(st.integers(1, 25))
        trips.append(calls)
    own = draw(st.dictionaries(st.sampled_from(CODES), st.sampled_from([0, 120, 240, None]), max_size=2))
    return trips, {(code, code): seconds for code, seconds in own.items()}


@pytest.mark.long
@settings(max_examples=60, deadline=None)
@given(day=days(), pair=st.permutations(CODES))
def test_a_profile_is_what_every_minute_by_itself_gives(tiny: Any, day: Any, pair: Sequence[str]) -> None:
    trips, stated = day
    origin, goal = pair[:2]
    net = tiny.network(trips, stated, longest_minutes=60)
    profile = between(net, {origin: [origin], goal: [goal]})[origin, goal]
    moments = np.arange(395 * 60, 480 * 60, 420)
    found = profile.leaving_at(moments)
    later = [earliest(net, goal, origin, float(moment)) - moment for moment in moments]
    wanted = np.array(later, np.float64)
    wanted[wanted > net.longest] = np.inf
    assert np.where(found <= net.longest, found, np.inf).tolist() == wanted.tolist()
    assert (np.diff(profile.ready) > 0).all()
    assert (np.diff(profile.arrivals) > 0).all()
    assert (profile.arrivals >= profile.departures).all()


@settings(max_examples=30, deadline=None)
@given(day=days(), more=days())
def test_adding_trips_never_makes_a_time_longer(tiny: Any, day: Any, more: Any) -> None:
    before = tiny.network(day[0], day[1])
    after = tiny.network([*day[0], *more[0]], day[1])
    window = (6 * 3600, 180)
    for origin in ("A", "C"):
        first, then = (net.minutes_between([origin], list(CODES), *window) for net in (before, after))
        assert (then <= first).all()
        first, then = (minutes_to(net, origin, before.points, *window) for net in (before, after))
        assert (then <= first).all()
    ends = {code: [code] for code in "AD"}
    moments = np.arange(DAY[0], DAY[1], 3600)
    for pair, profile in between(before, ends).items():
        assert (between(after, ends)[pair].leaving_at(moments) <= profile.leaving_at(moments)).all()
        assert (between(after, ends)[pair].arriving_by(moments) <= profile.arriving_by(moments)).all()


@settings(max_examples=30, deadline=None)
@given(day=days())
def test_journeys_from_are_those_of_the_profiles(tiny: Any, day: Any) -> None:
    net = tiny.network(day[0])
    profiles = between(net, {code: [code] for code in "ABC"})
    start, lanes = 7 * 3600, 45
    for goal in "ABC":
        own = [code for code in "ABC" if code != goal]
        minutes, count = net.journeys_from([goal], own, start + 60 * lanes, lanes)
        for at, code in enumerate(own):
            profile = profiles[code, goal]
            # Trips run by the minute, and nobody walks between these stations.
            within = (profile.arrivals >= start) & (profile.arrivals < start + 60 * lanes)
            times = sorted(profile.where(within).minutes)
            assert count[at] == len(times)
            assert minutes[at] == (times[(len(times) - 1) // 2] if times else math.inf)


@settings(max_examples=60, deadline=None)
@given(day=days(), begins=st.integers(5 * 3600, 9 * 3600), lasts=st.integers(1, 2 * 3600))
def test_journeys_that_leave_within_a_window_are_those_of_the_whole_day(
    tiny: Any, day: Any, begins: int, lasts: int
) -> None:
    net = tiny.network(*day)
    window = (begins, begins + lasts)
    for (origin, goal), whole in between(net, ENDS).items():
        ends = (net.places({code: [code]}) for code in (origin, goal))
        (found,) = net.leaving(*ends, window)[origin, goal]
        expected = whole.where((whole.departures >= window[0]) & (whole.departures < window[1]))
        for one, other in zip(vars(found).values(), vars(expected).values(), strict=True):
            assert one.tolist() == other.tolist()


def test_nobody_leaves_a_station_that_the_timetable_does_not_have(tiny: Any) -> None:
    net = tiny.network()
    found = net.leaving(net.places({"x": ["X"]}), net.places({"a": ["A"], "gone": ["Y"]}), DAY)
    assert dict(found) == {}


@settings(max_examples=60, deadline=None)
@given(day=days(), pair=st.permutations("ABCD"))
def test_ways_are_those_of_the_profiles(tiny: Any, day: Any, pair: Sequence[str]) -> None:
    trips, stated = day
    origin, goal = pair[:2]
    net = tiny.network(trips, stated)
    ends = net.places({origin: [origin]}), net.places({goal: [goal]})
    (profile,) = net.profiles(*ends)[origin, goal]
    elsewhere, none, ways = net.ways([origin], [[pair[2]], [origin], [goal]], 0, 86_400)
    assert (elsewhere, none) == (net.ways([origin], [[pair[2]]], 0, 86_400)[0], [])
    # A profile is ready by whole minutes; a way, which may begin with a walk, by seconds.
    rides = [len(way.rides) for way in reversed(ways)]
    assert rides == profile.rides.tolist()
    for way, minutes in zip(reversed(ways), profile.minutes, strict=True):
        assert minutes - 1 < way.minutes <= minutes
        for trip, on, off in way.rides:
            calls = net.timetable.stop[net.timetable.first_call[trip] : net.timetable.first_call[trip + 1]]
            assert {on, off} <= set(calls.tolist())


def test_the_typical_journey_to_a_place_is_the_middle_one(tiny: Any) -> None:
    # 20, 30 and 10 minutes, which arrive at 08:20, 09:00 and 09:15.
    trips = [[("A", 480), ("B", 500)], [("A", 510), ("B", 540)], [("A", 545), ("B", 555)]]
    minutes, count = tiny.network(trips).journeys_from(["B"], ["A"], 60 * 560, 65)
    assert (minutes.tolist(), count.tolist()) == ([20.0], [3])
