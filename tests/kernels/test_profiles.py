"""Journeys between places in one pass: by hand, and against a search of every minute from every place."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storregion.kernels import profiles
from storregion.kernels.calls import calls
from storregion.kernels.network import Network, network
from storregion.kernels.profiles import Kept, Sought
from storregion.kernels.rounds import rraptor
from storregion.kernels.scan import UNREACHED
from storregion.kernels.walking import Links, walking_links

NO_WALK = np.inf


def links(places: list[list[tuple[int, int]]]) -> Links:
    """The stops of each place, and the seconds to each."""
    flat = [one for place in places for one in place]
    stops, seconds = (np.array([one[at] for one in flat], np.int32) for at in (0, 1))
    return Links(np.cumsum([0, *map(len, places)]), stops, seconds)


def day(trips: list[list[tuple[int, int]]], stops: int, walks: list[tuple[int, int, int]] = []) -> Network:  # noqa: B006
    """Trips of (stop, second) without dwell, and stated walks; a change takes no time of its own."""
    rows = [(at, stop, time) for at, trip in enumerate(trips) for stop, time in trip]
    trip, stop, time = (np.array([row[at] for row in rows], np.int64) for at in range(3))
    start, end, took = (np.array([walk[at] for walk in walks], np.int64) for at in range(3))
    apart = [[1e6 * at, 0.0] for at in range(stops)]
    return network(
        calls(trip, stop, time, time),
        walking_links(apart, 1.0, stated=(start, end, took)),
        [0] * stops,
        trips=len(trips),
    )


def of(kept: Kept, origin: int, goal: int) -> list[tuple[float, ...]]:
    """Ready, departure, arrival and rides of each journey of a pair."""
    own = slice(kept.begin[origin, goal], kept.end[origin, goal])
    return [
        (*times, rides) for times, rides in zip(kept.times[:, own].T.tolist(), kept.rides[own], strict=True)
    ]


def test_of_journeys_that_arrive_alike_the_last_with_the_fewest_rides_is_kept() -> None:
    # From 0 to 2 at 1 000: straight from second 300, or from 330 with a change at 1. Who is there at 240,
    # a slack of 60 before, catches both; at 300 one catches neither, but the train of 900, there at 1 500.
    made = day(
        [[(0, 300), (2, 1000)], [(0, 330), (1, 500)], [(1, 600), (2, 1000)], [(0, 900), (2, 1500)]], stops=3
    )
    kept = profiles.profiles(
        made, links([[(0, 0)]]), links([[(2, 0)], [(2, 0), (1, 20)]]), np.full((1, 2), NO_WALK),
        Sought(0, 20, 60, 5000),
    )  # fmt: skip
    assert of(kept, 0, 0) == [(240, 300, 1000, 1), (840, 900, 1500, 1)]
    # 20 seconds on foot from stop 1 the second goal is reached sooner.
    assert of(kept, 0, 1) == [(240, 300, 520, 1), (840, 900, 1500, 1)]


def test_who_walks_as_fast_leaves_at_once_and_rides_nothing() -> None:
    made = day([[(0, 120), (1, 300)]], stops=2)
    there = links([[(0, 0)]]), links([[(1, 0)]])
    sought = Sought(0, 3, 60, 5000)
    # Ready at 60 one rides and is there at 300, or walks in 240 and is there at 300 too.
    kept = profiles.profiles(made, *there, np.array([[240.0]]), sought)
    assert of(kept, 0, 0) == [(0, 0, 240, 0), (60, 60, 300, 0), (120, 120, 360, 0)]
    # A second more on foot, and the ride counts; who shares a stop with the goal has no journeys.
    assert of(profiles.profiles(made, *there, np.array([[241.0]]), sought), 0, 0)[1] == (60, 120, 300, 1)
    assert of(profiles.profiles(made, *there, np.array([[0.0]]), sought), 0, 0) == []
    # What takes longer than the longest is none.
    short = profiles.profiles(made, *there, np.array([[NO_WALK]]), Sought(0, 3, 60, 239))
    assert of(short, 0, 0) == []


def test_what_cannot_be_searched_is_refused() -> None:
    made, place = day([[(0, 120), (1, 300)]], stops=2), links([[(0, 0)]])
    for sought in (
        Sought(0, 1, 0, 600),
        Sought(0, 0, 60, 600),
        Sought(0, 1, 60, -1),
        Sought(10**6, 1, 60, 1),
    ):
        with pytest.raises(ValueError, match=r"must be|s from the start"):
            profiles.profiles(made, place, place, np.full((1, 1), NO_WALK), sought)


@st.composite
def days(draw: st.DrawFn) -> tuple[list[list[tuple[int, int]]], list[tuple[int, int, int]]]:
    """Trips among five stops, some hops of no time, and walks."""
    trips = []
    for _ in range(draw(st.integers(0, 12))):
        time, trip = draw(st.integers(0, 3000)), []
        for stop in draw(st.lists(st.integers(0, 4), min_size=2, max_size=5)):
            trip.append((stop, time))
            time += draw(st.sampled_from([0, 60, 61, 200]))
        trips.append(trip)
    pairs = draw(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=4))
    return trips, [(one, two, draw(st.integers(0, 300))) for one, two in pairs if one != two]


def searched(made: Network, origin: int, goal: int, sought: Sought) -> list[tuple[float, ...]]:
    """The same by a search of every minute; a goal is a stop, and an origin too."""
    walks = made.walks
    own = slice(walks.first[origin], walks.first[origin + 1])
    found: Any = rraptor(
        made, [origin, *walks.stop[own]], [0, *walks.seconds[own]], sought.start, sought.lanes,
        slack=sought.slack, cutoff=sought.longest,
    )  # fmt: skip
    # A goal that one also walks to is left out by who asks: a walk may hide the rides.
    journeys: list[tuple[float, ...]] = []
    soonest = np.inf
    for lane in range(sought.lanes - 1, -1, -1):
        arrival = found.earliest[goal, lane]
        if arrival != UNREACHED and arrival < soonest:
            soonest = arrival
            ready = sought.start + 60 * lane
            row = (ready, ready + sought.slack, sought.start + int(arrival), int(found.rides[goal, lane]))
            journeys.append(row)
    return journeys[::-1]


@settings(deadline=None)
@given(made=days(), slack=st.sampled_from([1, 60]), longest=st.sampled_from([600, 4000]), room=st.booleans())
def test_every_pair_has_the_journeys_of_a_search_of_its_own(
    made: Any, slack: int, longest: int, room: bool
) -> None:
    trips, walks = made
    net, sought = day(trips, 5, walks), Sought(60, 40, slack, longest)
    own = [net.walks.stop[net.walks.first[stop] : net.walks.first[stop + 1]] for stop in range(5)]
    out, back = (
        links(
            [
                [(stop, 0), *zip(way.stop[way.first[stop] : way.first[stop + 1]].tolist(),
                                 way.seconds[way.first[stop] : way.first[stop + 1]].tolist(), strict=True)]
                for stop in range(5)
            ]
        )
        for way in (net.walks, net.walks_back)
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        if not room:
            patch.setattr(profiles, "ROOM", 1)  # a pass for each goal
        kept = profiles.profiles(net, out, back, np.full((5, 5), NO_WALK), sought)
    for origin in range(5):
        for goal in range(5):
            if goal != origin and goal not in own[origin]:
                assert of(kept, origin, goal) == searched(net, origin, goal, sought), (origin, goal)


def test_times_and_rides_that_need_more_room_give_the_same() -> None:
    # With a slack of a second and ten days a number of 32 bits does not hold both.
    made = day([[(0, 300), (1, 500)], [(1, 501), (2, 800)]], stops=3)
    ends = links([[(0, 0)]]), links([[(2, 0)]])
    for longest in (5000, 800_000):
        kept = profiles.profiles(made, *ends, np.full((1, 1), NO_WALK), Sought(0, 8, 1, longest))
        assert of(kept, 0, 0) == [(240, 241, 800, 2)]
