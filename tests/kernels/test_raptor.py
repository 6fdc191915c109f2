"""Journeys by number of rides: a case worked by hand, and every journey followed and compared."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from storregion.kernels.calls import calls
from storregion.kernels.network import Network, network
from storregion.kernels.raptor import Journeys, journeys
from storregion.kernels.rounds import rraptor
from storregion.kernels.walking import Links

Trip = list[tuple[int, int]]  # stop and second


def built(trips: list[Trip], stops: int, walks: dict[tuple[int, int], int] | None = None) -> Network:
    rows = [(t, stop, at, at) for t, trip in enumerate(trips) for stop, at in trip]
    pairs = sorted(walks or {})
    links = Links(
        np.searchsorted([a for a, _ in pairs], np.arange(stops + 1)).astype(np.int64),
        np.array([b for _, b in pairs], np.int32),
        np.array([(walks or {})[pair] for pair in pairs], np.int32),
    )
    return network(calls(*np.array(rows, np.int64).reshape(-1, 4).T), links, np.zeros(stops, np.int32))


def near(*places: dict[int, int]) -> Links:
    """The stops from which one walks to each place, and the seconds."""
    return Links(
        np.cumsum([0, *map(len, places)]),
        np.array([stop for place in places for stop in place], np.int32),
        np.array([seconds for place in places for seconds in place.values()], np.int32),
    )


def rows(found: Journeys) -> list[tuple[int, int, int]]:
    return list(zip(found.departure.tolist(), found.arrival.tolist(), found.rides.tolist(), strict=True))


def legs(found: Journeys, journey: int) -> list[tuple[int, int, int]]:
    span = slice(found.first_leg[journey], found.first_leg[journey] + found.rides[journey])
    columns = (found.trip[span].tolist(), found.on[span].tolist(), found.off[span].tolist())
    return list(zip(*columns, strict=True))


def test_the_slow_direct_train_and_the_quick_change_are_both_worth_taking() -> None:
    # Trip 0: 0 at minute 10 straight to 2 at 60. Trip 1: 0 at 10 to 1 at 20; a minute's walk to 3; trip 2:
    # 3 at 22 to 2 at 40 (ready at 22 after one minute of slack). Trip 3 is trip 0 ten minutes later.
    day = built(
        [[(0, 600), (2, 3600)], [(0, 600), (1, 1200)], [(3, 1320), (2, 2400)], [(0, 1200), (2, 4200)]],
        4,
        {(1, 3): 60},
    )
    found = journeys(day, [0], [30], near({2: 90}), 0, 3600)
    # Half a minute's walk and one minute of slack before each departure, 90 s on foot at the end.
    assert rows(found) == [(1110, 4290, 1), (510, 3690, 1), (510, 2490, 2)]
    assert legs(found, 0) == [(3, 6, 7)]
    assert legs(found, 1) == [(0, 0, 1)]
    assert legs(found, 2) == [(1, 2, 3), (2, 4, 5)]
    by = rraptor(day, [0], [30], 0, 1)
    assert by.rides[:, 0].tolist() == [0, 1, 2, 1]


def test_only_the_stops_asked_for_are_reported() -> None:
    day = built([[(0, 600), (1, 900), (2, 1200)]], 3)
    whole, part = rraptor(day, [0], [0], 0, 11), rraptor(day, [0], [0], 0, 11, wanted=[2, 0])
    for all_stops, two in zip(whole, part, strict=True):
        np.testing.assert_array_equal(two, all_stops[[2, 0]])
    with pytest.raises(ValueError, match="there are 3 stops; 3 to 3 are asked for"):
        rraptor(day, [0], [0], 0, 11, wanted=[3])


def test_of_two_trips_alike_the_lower_is_reported() -> None:
    # By two lines at the same times; the one with the later index leaves from the stop looked at first.
    day = built([[(1, 600), (2, 1200)], [(0, 600), (2, 1200)]], 3)
    found = journeys(day, [0, 1], [0, 0], near({2: 0}), 0, 3600)
    assert rows(found) == [(540, 1200, 1)]
    assert legs(found, 0) == [(0, 0, 1)]


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="ends at 5 s, before it starts at 6 s"):
        journeys(built([], 1), [0], [0], near({0: 0}), 6, 5)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Trip], dict[tuple[int, int], int]]:
    trips = []
    for _ in range(draw(st.integers(1, 9))):
        at = draw(st.integers(0, 20)) * 60
        trip = []
        for stop in draw(st.lists(st.integers(0, 4), min_size=2, max_size=4)):
            trip.append((stop, at))
            at += draw(st.sampled_from([0, 60, 60, 180]))
        trips.append(trip)
    pairs = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] != pair[1])
    return trips, draw(st.dictionaries(pairs, st.sampled_from([0, 60, 90]), max_size=4))


@example(([[(0, 1200), (0, 1380), (0, 1560), (3, 1560)]], {}), 0, 85)
@given(days(), st.sampled_from([0, 60, 120]), st.integers(1, 900))
@settings(max_examples=200, deadline=None)
def test_every_journey_can_be_made_and_together_they_are_all_arrivals(
    case: tuple[list[Trip], dict[tuple[int, int], int]], slack: int, cutoff: int
) -> None:
    trips, walks = case
    day = built(trips, 5, walks)
    access, egress = {0: 0, 1: 70}, {4: 20, 3: 0}
    # Nothing leaves later than after 20 + 3 + 3 minutes, so all that anybody can wait for lies in the window.
    found = journeys(day, [0, 1], [0, 70], near(egress), 0, 1560, slack=slack, cutoff=cutoff)
    for journey, (departure, arrival, rides) in enumerate(rows(found)):
        made = legs(found, journey)
        assert len(made) == rides
        assert departure <= arrival <= departure + cutoff
        ready = {stop: departure + after for stop, after in access.items()}
        for trip, on, off in made:
            assert day.first_call[trip] <= on < off < day.first_call[trip + 1]
            assert ready[day.stop[on]] + slack <= day.departure[on]
            here = int(day.stop[off])
            ready = {b: int(day.arrival[off]) + after for (a, b), after in walks.items() if a == here}
            ready[here] = int(day.arrival[off])
        assert arrival == int(day.arrival[off]) + egress[here]
    _compare(day, rows(found), egress, slack, cutoff)


@given(days(), st.sampled_from([0, 60]))
@settings(max_examples=100, deadline=None)
def test_several_places_at_once_are_each_reached_as_if_alone(
    case: tuple[list[Trip], dict[tuple[int, int], int]], slack: int
) -> None:
    trips, walks = case
    day = built(trips, 5, walks)
    places = [{4: 20, 3: 0}, {2: 0}, {}, {3: 60, 1: 0}]
    whole = journeys(day, [0], [0], near(*places), 0, 1500, slack=slack)
    for place, own in enumerate(places):
        alone = journeys(day, [0], [0], near(own), 0, 1500, slack=slack)
        span = range(whole.first[place], whole.first[place + 1])
        assert [rows(whole)[at] for at in span] == rows(alone)
        assert [legs(whole, at) for at in span] == [legs(alone, at) for at in range(len(alone.rides))]


def _compare(
    day: Network, found: list[tuple[int, int, int]], egress: dict[int, int], slack: int, cutoff: int
) -> None:
    """Of every departure second tried, the best journey found is the earliest arrival, with fewest rides."""
    for other in found:
        for one in found:
            assert one is other or not (one[0] >= other[0] and one[1] <= other[1] and one[2] <= other[2])
    by = rraptor(day, [0, 1], [0, 70], 0, 60, step=25, slack=slack, cutoff=cutoff).by_ride.astype(np.int64)
    for lane in range(60):
        leave = 25 * lane
        arrivals = [by[stop, lane] + after for stop, after in egress.items()]
        best = min((time for time in arrivals if time <= leave + cutoff), default=None)
        later = [
            arrival for departure, arrival, _ in found if departure >= leave and arrival <= leave + cutoff
        ]
        assert min(later, default=None) == best
