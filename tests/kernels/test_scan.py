"""The scan and range RAPTOR, against cases worked by hand, each other, and a slow search of every event."""

import heapq
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from storregion.kernels import rounds, scan
from storregion.kernels.calls import Calls, calls
from storregion.kernels.network import Network, network
from storregion.kernels.scan import UNREACHED
from storregion.kernels.walking import Links

Call = tuple[int, int, int, int, int]  # stop, arrival, departure, may board, may alight
NEVER = 10**9


@dataclass
class Timetable:
    """What a test draws; the oracle reads it as it is."""

    trips: list[list[Call]]
    stops: int
    walks: dict[tuple[int, int], int] = field(default_factory=dict)
    change: list[int] = field(default_factory=list)

    def network(self, only: Sequence[int] | None = None) -> Network:
        return network(self.calls(only), self.links(), self.change or [0] * self.stops, trips=len(self.trips))

    def calls(self, only: Sequence[int] | None = None) -> Calls:
        rows = [
            (trip, *call)
            for trip, made in enumerate(self.trips)
            if only is None or trip in only
            for call in made
        ]
        return calls(*np.array(rows, np.int64).reshape(-1, 6).T)

    def links(self) -> Links:
        pairs = sorted(self.walks)
        first = np.searchsorted([a for a, _ in pairs], np.arange(self.stops + 1))
        return Links(
            first.astype(np.int64),
            np.array([b for _, b in pairs], np.int32),
            np.array([self.walks[pair] for pair in pairs], np.int32),
        )

    @cached_property
    def boardings(self) -> dict[int, list[tuple[int, int, int]]]:
        """Where one may board at each stop: departure, trip and position."""
        found = defaultdict(list)
        for trip, made in enumerate(self.trips):
            for position, (stop, _, departure, board, _) in enumerate(made[:-1]):
                if board:
                    found[stop].append((departure, trip, position))
        return found

    @cached_property
    def ways(self) -> dict[int, list[tuple[int, int]]]:
        """Where one can walk from each stop, and how long it takes."""
        found = defaultdict(list)
        for (start, end), seconds in self.walks.items():
            found[start].append((end, seconds))
        return found

    def wait(self, stop: int, slack: int) -> int:
        return max(slack, self.change[stop] if self.change else 0)


def searched(
    day: Timetable, access: Sequence[tuple[int, int]], leave: int, slack: int
) -> tuple[list[int], list[int]]:
    """The earliest arrival at each stop, by any way and by ride, over every event that can be reached.

    Dijkstra's search of the graph of events: to be at a stop at a time, on foot or by ride, and to be
    aboard a trip after one of its calls. Nothing is left out because something else is better.
    """
    best, ridden = [NEVER] * day.stops, [NEVER] * day.stops
    heap: list[tuple[int, str, int, int]] = [(leave + after, "foot", stop, 0) for stop, after in access]
    heapq.heapify(heap)
    seen = set()
    while heap:
        event = heapq.heappop(heap)
        if event in seen:
            continue
        seen.add(event)
        time, kind, where, at = event
        if kind == "aboard":
            stop, arrival, departure, _, alight = day.trips[where][at + 1]
            if alight:
                heapq.heappush(heap, (arrival, "ride", stop, 0))
            if at + 2 < len(day.trips[where]):
                heapq.heappush(heap, (departure, "aboard", where, at + 1))
            continue
        best[where] = min(best[where], time)
        if kind == "ride":
            ridden[where] = min(ridden[where], time)
            for end, seconds in day.ways.get(where, ()):
                heapq.heappush(heap, (time + seconds, "foot", end, 0))
        for departure, trip, position in day.boardings.get(where, ()):
            if departure >= time + day.wait(where, slack):
                heapq.heappush(heap, (departure, "aboard", trip, position))
    return best, ridden


def labels(found: list[list[int]], start: int, step: int, cutoff: int) -> NDArray[np.uint16]:
    """Arrivals of each lane as the kernels tell them, (stops, lanes)."""
    shown = [
        [time - start if time <= start + lane * step + cutoff else UNREACHED for time in row]
        for lane, row in enumerate(found)
    ]
    return np.array(shown, np.uint16).T


def expected(
    day: Timetable,
    access: Sequence[tuple[int, int]],
    start: int,
    lanes: int,
    step: int,
    slack: int,
    cutoff: int,
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    found = [searched(day, access, start + lane * step, slack) for lane in range(lanes)]
    best = labels([row for row, _ in found], start, step, cutoff)
    return best, labels([row for _, row in found], start, step, cutoff)


def fewest(
    day: Timetable,
    access: Sequence[tuple[int, int]],
    start: int,
    lanes: int,
    step: int,
    slack: int,
    cutoff: int,
) -> NDArray[np.uint16]:
    """Of each departure by itself, the fewest rides to the earliest arrival: every trip, every round."""
    found = np.full((day.stops, lanes), rounds.NO_RIDES, np.uint16)
    for lane in range(lanes):
        leave = start + lane * step
        best = {stop: min(after for at, after in access if at == stop) + leave for stop, _ in access}
        turn, least = 0, dict.fromkeys(best, 0)
        while turn <= len(day.trips):
            turn += 1
            rode = _rides(day, best, slack)
            walked = [
                (end, time + seconds)
                for stop, time in rode
                for end, seconds in [(stop, 0), *day.ways.get(stop, ())]
            ]
            for stop, time in walked:
                if time < best.get(stop, NEVER):
                    best[stop], least[stop] = time, turn
        for stop, time in best.items():
            if time <= leave + cutoff:
                found[stop, lane] = least[stop]
    return found


def _rides(day: Timetable, best: dict[int, int], slack: int) -> list[tuple[int, int]]:
    """Where and when one can get off after one ride from where one is."""
    return [
        (stop, arrival)
        for start, time in best.items()
        for departure, trip, position in day.boardings.get(start, ())
        if departure >= time + day.wait(start, slack)
        for stop, arrival, _, _, alight in day.trips[trip][position + 1 :]
        if alight
    ]


def expected_back(
    day: Timetable,
    egress: Sequence[tuple[int, int]],
    end: int,
    lanes: int,
    step: int,
    slack: int,
    cutoff: int,
) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
    """The latest moments, by trying every departure of every stop with the search forward."""
    last = dict.fromkeys(range(day.stops), -NEVER)
    tried = {
        (stop, departure - day.wait(stop, slack))
        for made in day.trips
        for stop, _, departure, board, _ in made[:-1]
        if board
    }
    there = {}  # when one is at the place, if at a stop at a time, by ride
    for stop, time in tried:
        _, ridden = searched(day, [(stop, 0)], time, slack)
        there[stop, time] = min((ridden[at] + after for at, after in egress), default=NEVER)
    best, by_ride = [], []
    for lane in range(lanes):
        due = end - lane * step
        ride = dict(last)
        for (stop, time), come in there.items():
            if come <= due:
                ride[stop] = max(ride[stop], time)
        foot = dict(ride)
        for stop, after in egress:
            foot[stop] = max(foot[stop], due - after)
        for (start, stop), seconds in day.walks.items():
            foot[start] = max(foot[start], ride[stop] - seconds)
        best.append([-foot[stop] for stop in range(day.stops)])
        by_ride.append([-ride[stop] for stop in range(day.stops)])
    return labels(best, -end, step, cutoff), labels(by_ride, -end, step, cutoff)


def split(access: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [stop for stop, _ in access], [after for _, after in access]


# ---- by hand


def line(*times: tuple[int, int], board: int = 1, alight: int = 1) -> list[Call]:
    """A trip by (stop, minute), without stopping time."""
    return [(stop, minute * 60, minute * 60, board, alight) for stop, minute in times]


def test_each_lane_takes_the_first_trip_it_can_board() -> None:
    # Trips from 0 to 1 at minutes 10 and 20, five minutes' ride. Two minutes' walk to stop 0, one of slack:
    # who leaves at minute k is ready at k + 3, so minutes 0-7 catch the first and 8-17 the second; 18 none.
    day = Timetable([line((0, 10), (1, 15)), line((0, 20), (1, 25))], 2)
    shown = scan.arrivals(day.network(), [0], [120], 0, 20)
    assert shown.by_ride[1].tolist() == [900] * 8 + [1500] * 10 + [UNREACHED] * 2
    assert shown.earliest[0].tolist() == [60 * k + 120 for k in range(20)]
    assert (shown.by_ride[0] == UNREACHED).all()


def test_what_takes_just_the_longest_time_counts() -> None:
    # Two minutes' walk to stop 0, its trip at minute 5 is in 1 at 10: ten minutes for who leaves at once.
    day = Timetable([line((0, 5), (1, 10))], 2)
    for cutoff, ride, walk in (
        (600, 600, 120),
        (599, UNREACHED, 120),
        (120, UNREACHED, 120),
        (119,) + (UNREACHED,) * 2,
    ):
        shown = scan.arrivals(day.network(), [0], [120], 0, 1, cutoff=cutoff)
        assert (shown.by_ride[1, 0], shown.earliest[0, 0]) == (ride, walk)


def test_one_walk_at_most_lies_between_two_rides() -> None:
    # 0 → 1 by ride, then stops 2 and 3 are each a minute's walk on; nobody walks twice, nor after the access.
    day = Timetable([line((0, 5), (1, 10))], 4, {(1, 2): 60, (2, 3): 60, (0, 3): 60})
    shown = scan.arrivals(day.network(), [0], [0], 0, 1)
    assert shown.earliest[:, 0].tolist() == [0, 600, 660, UNREACHED]
    assert shown.by_ride[:, 0].tolist() == [UNREACHED, 600, UNREACHED, UNREACHED]
    # Ten minutes and one on foot are just within eleven.
    for cutoff, walked in ((660, 660), (659, UNREACHED)):
        assert scan.arrivals(day.network(), [0], [0], 0, 1, cutoff=cutoff).earliest[2, 0] == walked


def test_a_walk_follows_a_ride_that_came_later_than_a_walk_to_the_same_stop() -> None:
    # By foot at stop 1 after one minute, by ride after ten; only from the ride does one walk on to 2.
    day = Timetable([line((0, 5), (1, 10))], 3, {(1, 2): 60})
    shown = scan.arrivals(day.network(), [0, 1], [0, 60], 0, 1)
    assert shown.earliest[:, 0].tolist() == [0, 60, 660]


def test_the_longer_of_slack_and_time_to_change_holds() -> None:
    # At stop 1 from minute 10; on at 12 with two minutes to change, at 15 with three.
    trips = [line((0, 5), (1, 10)), line((1, 12), (2, 20)), line((1, 15), (2, 23))]
    for change, minute in ((120, 20), (121, 23)):
        day = Timetable(trips, 3, change=[0, change, 0])
        assert scan.arrivals(day.network(), [0], [0], 0, 1).by_ride[2, 0] == minute * 60


def test_a_window_runs_past_midnight_and_before_it() -> None:
    # Yesterday's trip, 23:58 to 00:04; today's ten minutes later. From 23:56, six departures: the first two
    # catch 23:58 with a minute's slack.
    day = Timetable([line((0, -2), (1, 4)), line((0, 8), (1, 14))], 2)
    shown = scan.arrivals(day.network(), [0], [0], -240, 6)
    assert shown.by_ride[1].tolist() == [8 * 60] * 2 + [18 * 60] * 4


def test_backward_the_last_trips_are_taken() -> None:
    # To be at stop 1 by minute 30 - k: the trip in at 25 for k <= 5, leaving at 20, with a minute's slack at
    # 19: 11 minutes before the end. Then that in at 15, at the stop at minute 9: 21 before.
    day = Timetable([line((0, 10), (1, 15)), line((0, 20), (1, 25))], 2)
    shown = scan.departures(day.network(), [1], [0], 1800, 8)
    assert shown.by_ride[0].tolist() == [660] * 6 + [1260] * 2
    assert shown.earliest[1].tolist() == [60 * k for k in range(8)]


def test_without_slack_only_raptor_finds_a_change_between_hops_without_time() -> None:
    # 1 → 2 leaves in the same minute as 0 → 1, and neither takes time; the trip onward has the lower index.
    day = Timetable([line((1, 5), (2, 5)), line((0, 5), (1, 5))], 3)
    shown = rounds.rraptor(day.network(), [0], [0], 300, 1, slack=0)
    assert shown.earliest[:, 0].tolist() == [0, 0, 0]
    assert shown.rides[:, 0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="slack must be 1 to"):
        scan.arrivals(day.network(), [0], [0], 300, 1, slack=0)


# ---- any timetable

SECONDS = st.sampled_from([0, 0, 1, 30, 60, 61, 120, 300])


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """Few stops and many trips between them: overtaking, loops, hops without time, times below 0."""
    stops = draw(st.integers(2, 6))
    patterns = draw(
        st.lists(st.lists(st.integers(0, stops - 1), min_size=2, max_size=5), min_size=1, max_size=3)
    )
    trips = []
    for _ in range(draw(st.integers(0, 8))):
        time = draw(st.integers(-20, 20)) * 30
        made = []
        for stop in draw(st.sampled_from(patterns)):
            time += draw(SECONDS)
            leaves = time + draw(st.sampled_from([0, 0, 30]))
            open_ = st.sampled_from([1, 1, 1, 1, 0])
            made.append((stop, time, leaves, draw(open_), draw(open_)))
            time = leaves
        trips.append(made)
    pairs = st.tuples(st.integers(0, stops - 1), st.integers(0, stops - 1)).filter(
        lambda pair: pair[0] != pair[1]
    )
    walks = draw(st.dictionaries(pairs, st.sampled_from([0, 20, 60, 150]), max_size=6))
    change = draw(st.lists(st.sampled_from([0, 0, 90, 200]), min_size=stops, max_size=stops))
    return Timetable(trips, stops, walks, change)


@st.composite
def asked(draw: st.DrawFn) -> tuple[Timetable, list[tuple[int, int]], tuple[int, int, int, int, int]]:
    day = draw(timetables())
    access = st.tuples(st.integers(0, day.stops - 1), st.sampled_from([0, 10, 60, 240]))
    window = (
        draw(st.integers(-15, 15)) * 40,
        draw(st.integers(1, 7)),
        draw(st.sampled_from([60, 37, 200])),
        draw(st.sampled_from([60, 1, 45])),
        draw(st.sampled_from([200, 600, 900, 20_000])),
    )
    return day, draw(st.lists(access, max_size=3)), window


@given(asked())
@settings(max_examples=250, deadline=None)
def test_scan_raptor_and_the_search_of_events_agree_to_the_second(
    case: tuple[Timetable, list[tuple[int, int]], tuple[int, int, int, int, int]],
) -> None:
    day, access, (start, lanes, step, slack, cutoff) = case
    best, ridden = expected(day, access, start, lanes, step, slack, cutoff)
    made = day.network()
    shown = scan.arrivals(made, *split(access), start, lanes, step=step, slack=slack, cutoff=cutoff)
    np.testing.assert_array_equal(shown.earliest, best)
    np.testing.assert_array_equal(shown.by_ride, ridden)
    also = rounds.rraptor(made, *split(access), start, lanes, step=step, slack=slack, cutoff=cutoff)
    np.testing.assert_array_equal(also.earliest, best)
    np.testing.assert_array_equal(also.by_ride, ridden)
    np.testing.assert_array_equal(also.rides, fewest(day, access, start, lanes, step, slack, cutoff))


@given(asked())
@settings(max_examples=100, deadline=None)
def test_without_slack_raptor_and_the_search_of_events_agree(
    case: tuple[Timetable, list[tuple[int, int]], tuple[int, int, int, int, int]],
) -> None:
    day, access, (start, lanes, step, _, cutoff) = case
    best, ridden = expected(day, access, start, lanes, step, 0, cutoff)
    shown = rounds.rraptor(day.network(), *split(access), start, lanes, step=step, slack=0, cutoff=cutoff)
    np.testing.assert_array_equal(shown.earliest, best)
    np.testing.assert_array_equal(shown.by_ride, ridden)
    np.testing.assert_array_equal(shown.rides, fewest(day, access, start, lanes, step, 0, cutoff))


@given(asked())
@settings(max_examples=150, deadline=None)
def test_backward_every_last_moment_is_that_of_the_search_of_events(
    case: tuple[Timetable, list[tuple[int, int]], tuple[int, int, int, int, int]],
) -> None:
    day, egress, (end, lanes, step, slack, cutoff) = case
    best, ridden = expected_back(day, egress, end, lanes, step, slack, cutoff)
    shown = scan.departures(day.network(), *split(egress), end, lanes, step=step, slack=slack, cutoff=cutoff)
    np.testing.assert_array_equal(shown.earliest, best)
    np.testing.assert_array_equal(shown.by_ride, ridden)


@given(asked())
@settings(max_examples=100, deadline=None)
def test_fewer_trips_are_never_earlier_and_a_later_departure_arrives_no_earlier(
    case: tuple[Timetable, list[tuple[int, int]], tuple[int, int, int, int, int]],
) -> None:
    day, access, (start, lanes, step, slack, _) = case
    made = day.network()
    shown = scan.arrivals(made, *split(access), start, lanes, step=step, slack=slack, cutoff=20_000)
    fewer = day.network(range(1, len(day.trips), 2))
    then = scan.arrivals(fewer, *split(access), start, lanes, step=step, slack=slack, cutoff=20_000)
    for before, after in zip(shown, then, strict=True):
        assert (after >= before).all()
        assert (np.diff(before.astype(np.int64)) >= 0).all()


def test_what_cannot_be_searched_is_refused_with_words() -> None:
    made = Timetable([line((0, 5), (1, 10))], 2).network()
    with pytest.raises(ValueError, match=r"more than the 65534 s that can be stored; take a shorter"):
        scan.arrivals(made, [0], [0], 0, 1000)
    with pytest.raises(ValueError, match="there are 2 stops; 2 to 2 are asked for"):
        scan.arrivals(made, [2], [0], 0)
    with pytest.raises(ValueError, match="whole numbers"):
        scan.arrivals(made, [0], [0.5], 0)
    with pytest.raises(ValueError, match="as many"):
        scan.departures(made, [0, 1], [0], 0)
    with pytest.raises(ValueError, match="lanes and step must be 1 or more"):
        scan.departures(made, [0], [0], 0, 0)


# ---- a published timetable

SHARED = Path(os.environ.get("STORREGION_SHARED") or Path(__file__).parents[3] / "shared")
SJ = SHARED / "data" / "gtfs" / "sj_2022-12_2023-12.zip"


@pytest.mark.skipif(not SJ.is_file(), reason=f"no published timetable: there is no {SJ}")
def test_on_a_published_timetable_all_three_agree_label_by_label() -> None:
    from storregion.journeys.from_tables import travel_network
    from storregion.sources import gtfs
    from storregion.timetable.travel_rules import travel_rules

    feed = gtfs.read(SJ, date(2023, 11, 30))
    rules = travel_rules(day="2023-11-30")
    made = travel_network(feed.calls, feed.stops, feed.changes, rules).timetable
    trips: list[list[Call]] = [[] for _ in range(made.trips)]
    for trip in range(made.trips):
        for call in range(made.first_call[trip], made.first_call[trip + 1]):
            times = int(made.arrival[call]), int(made.departure[call])
            trips[trip].append((int(made.stop[call]), *times, int(made.board[call]), int(made.alight[call])))
    walks = {
        (stop, int(made.walks.stop[link])): int(made.walks.seconds[link])
        for stop in range(made.stops)
        for link in range(made.walks.first[stop], made.walks.first[stop + 1])
    }
    day = Timetable(trips, made.stops, walks, made.change.tolist())
    assert made.trips > 500
    names = dict(zip(feed.stops.sort("stop")["name"], range(made.stops), strict=False))
    reached = 0
    for name in ("Uppsala Centralstation", "Hallsberg station", "Linköping Centralstation"):
        access = [(names[name], 0)]
        window = (7 * 3600, 12, 300, 60, 5 * 3600)
        best, ridden = expected(day, access, *window)
        start, lanes, step, slack, cutoff = window
        shown = scan.arrivals(made, *split(access), start, lanes, step=step, slack=slack, cutoff=cutoff)
        also = rounds.rraptor(made, *split(access), start, lanes, step=step, slack=slack, cutoff=cutoff)
        for found in (shown, also):
            np.testing.assert_array_equal(found.earliest, best)
            np.testing.assert_array_equal(found.by_ride, ridden)
        reached += int((best != UNREACHED).sum())
    assert reached > 3000
    # Every label of the hour, from every stop, by the two that are fast enough for it.
    for stop in range(made.stops):
        shown = scan.arrivals(made, [stop], [0], 7 * 3600, 60, cutoff=3 * 3600)
        also = rounds.rraptor(made, [stop], [0], 7 * 3600, 60, cutoff=3 * 3600)
        np.testing.assert_array_equal(shown.earliest, also.earliest)
        np.testing.assert_array_equal(shown.by_ride, also.by_ride)
