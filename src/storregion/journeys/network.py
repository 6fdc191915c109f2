"""A day's timetable ready to search, by the codes of its stations: the door to the routing kernels.

What comes back out are profiles: the journeys of a day between two places that no other beats.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.errors import DataError, nearest
from storregion.journeys.profiles import Between, Floats, Way
from storregion.kernels.network import Network
from storregion.kernels.raptor import Journeys, journeys
from storregion.kernels.walking import Links
from storregion.timetable.travel_rules import DAY_BEGINS, DAY_ENDS

Ints = NDArray[np.int32]

DAY = (60 * DAY_BEGINS, 60 * DAY_ENDS)
"""Seconds between which a day's journeys begin: from 03:00 to 03:00 the next."""


@dataclass(frozen=True)
class Places:
    """Places of a network between which journeys are looked for.

    Attributes
    ----------
    codes : of the places, in order.
    own : the stops of each.
    outward, inward : the stops that one walks to from each place and from which one walks to it, its own
        among them, and the seconds.
    """

    codes: tuple[str, ...]
    own: tuple[Ints, ...]
    outward: Links
    inward: Links


@dataclass(frozen=True)
class TravelNetwork:
    """A day's timetable, ready to search, with the codes of its stops.

    Attributes
    ----------
    timetable : the kernels' arrays.
    stations : for each station, the indexes of its stops.
    points : (stops, 2) metres.
    slack, longest : seconds of the rules of travel.
    pace, reach : seconds a metre as the crow flies takes on foot, and how many one walks to or from a stop.
    basis : the weakest basis among the calls.
    """

    timetable: Network
    stations: dict[str, Ints]
    points: Floats
    slack: int
    longest: int
    pace: float
    reach: float
    basis: str

    @property
    def trips(self) -> int:
        """How many trips run."""
        return self.timetable.trips

    def stops_of(self, stations: Sequence[str]) -> Ints:
        """The indexes of the stops of some stations, those that the timetable has."""
        found = [self.stations[code] for code in stations if code in self.stations]
        return np.concatenate(found) if found else np.zeros(0, np.int32)

    def places(self, stations: Mapping[str, Sequence[str]]) -> Places:
        """Places between which journeys are looked for, each given by its stations.

        Parameters
        ----------
        stations : of each place; one that the timetable has no stop of is left out.
        """
        stops = {code: found for code, own in stations.items() if len(found := self.stops_of(own))}
        own = tuple(stops.values())
        walks, back = self.timetable.walks, self.timetable.walks_back
        return Places(tuple(stops), own, self._all_around(own, walks), self._all_around(own, back))

    def profiles(self, origins: Places, goals: Places, window: tuple[int, int] = DAY) -> Between:
        """The journeys of a day, or a part of it, from some places to others.

        Besides those that begin within the window there are those on their way when it begins, and those
        waited for when it ends. Places that share a stop have no journeys.

        Parameters
        ----------
        origins, goals : as this network gives them.
        window : seconds of the day, whole minutes.
        """
        margin = 60 * -(-self.longest // 60)
        return self._between(origins, goals, window[0] - margin, window[1] + margin)

    def leaving(self, origins: Places, goals: Places, window: tuple[int, int]) -> Between:
        """The journeys from some places to others that leave within a part of the day, and no others.

        Parameters
        ----------
        origins, goals : as this network gives them; a pair that shares a stop has no journeys.
        window : seconds of the day; the first departure that counts, and the first after the last.
        """
        first, last = 60 * ((window[0] - self.slack) // 60), 60 * -(-window[1] // 60)
        # Nobody who waits beyond the window is there sooner than who begins right after it: the one minute
        # more shows which journeys leave only then or later.
        return self._between(origins, goals, first, last + 60).leaving(window)

    def _between(self, origins: Places, goals: Places, first: int, last: int) -> Between:
        """The journeys between places that no other beats.

        Parameters
        ----------
        origins, goals : as this network gives them.
        first, last : seconds of the day of the first minute looked at, and of the first one after the last.
        """
        from storregion.kernels.profiles import Sought, profiles

        sought = Sought(first, (last - first) // 60, self.slack, self.longest)
        on_foot = self._all_on_foot(origins, goals)
        found = profiles(self.timetable, origins.outward, goals.inward, on_foot, sought)
        return Between(_numbered(origins.codes), _numbered(goals.codes), (found,))

    def ways(
        self, origin: Sequence[str], goals: Sequence[Sequence[str]], start: int, end: int
    ) -> list[list[Way]]:
        """How the journeys by ride go from one place to each of others in a window that no other beats.

        Parameters
        ----------
        origin, goals : the stations of the places; without any that the timetable has there are no ways.
        start, end : seconds of the day; the first departure that counts, and the first after the last.
        """
        stops, ends = self.stops_of(origin), [self.stops_of(goal) for goal in goals]
        walk = self._walks(stops, self.timetable.walks)
        apart = [goal for goal, own in enumerate(ends) if len(stops) and len(own) and walk[own].min() > 0]
        if not apart:
            return [[] for _ in goals]
        access, seconds, early = self._access(stops)
        egress = self._all_around([ends[goal] for goal in apart], self.timetable.walks_back)
        sooner = early + self.slack
        found = journeys(
            self.timetable, access, seconds, egress, start - sooner, end - 1 - sooner,
            slack=self.slack, cutoff=self.longest + early,
        )  # fmt: skip
        made = dict(zip(apart, _unbeaten(found, self.timetable, sooner), strict=True))
        return [made.get(goal, []) for goal in range(len(goals))]

    def walks_to(self, cells: pl.DataFrame, cell_walks: pl.DataFrame) -> Links:
        """Walks to square kilometres from the stops within reach of each, or for which a time is given.

        Parameters
        ----------
        cells, cell_walks : the tables of those names.

        Raises
        ------
        DataError
            A time is given for a cell or a station that there is not.
        """
        from storregion.kernels.walking import nearest_stops, restated

        points = cells.select("east", "north").to_numpy(order="c")
        near = nearest_stops(points, self.points, self.reach, factor=1.0, speed=1.0 / self.pace)
        place, stop, seconds = self.given(cells["cell"], cell_walks).T
        return restated(near, len(self.points), (place, stop, seconds))

    def given(
        self, cells: pl.Series, cell_walks: pl.DataFrame, file: str = "cell_walking_times.csv"
    ) -> NDArray[np.int64]:
        """(n, 3) cell, stop and seconds of the walking times given, by index; one a stop of the station.

        Parameters
        ----------
        cells : the codes of the cells, in their order.
        cell_walks : the table of that name; seconds are rounded up.
        file : where they were read from, for messages.

        Raises
        ------
        DataError
            A time is given for a cell or a station that there is not.
        """
        index = {code: at for at, code in enumerate(cells)} if cell_walks.height else {}
        rows: list[tuple[int, int, int]] = []
        for cell, station, minutes in cell_walks.select("cell", "station", "minutes").iter_rows():
            for code, known, what in (
                (cell, index, "square kilometre of the cells"),
                (station, self.stations, "station of the timetable"),
            ):
                if code not in known:
                    raise DataError(
                        f"{file} has a time for {code!r}, which is not a {what}; {nearest(code, known)}"
                    )
            seconds = math.ceil(60 * minutes)
            rows += [(index[cell], int(stop), seconds) for stop in self.stations[station]]
        return np.array(rows, np.int64).reshape(-1, 3)

    def minutes_to(
        self,
        origin: Sequence[str],
        walks: Links,
        start: int,
        lanes: int,
        *,
        percentile: int = 50,
    ) -> Floats:
        """(points,) minutes from a place, given by its stations, over a window of departures.

        Parameters
        ----------
        origin : the place's stations.
        walks : from the stops to each point, by which one also comes there on foot all the way.
        start : seconds of the day when the window begins.
        lanes : minutes of the window.
        percentile : of the minutes of the window, 1 to 100; 1 is the best minute of up to 100 to leave.

        Returns
        -------
        Medians, or another percentile, by nearest rank, the wait and the walk included; infinite where there
        is none.
        """
        from storregion.kernels.scan import UNREACHED, arrivals
        from storregion.kernels.travel import travel

        stops = self.stops_of(origin)
        access, seconds, early = self._access(stops)
        cutoff = self.longest + early
        found = arrivals(
            self.timetable, access, seconds, start - early, lanes, slack=self.slack, cutoff=cutoff
        )
        direct = _direct(walks, stops, self.timetable.stops)
        times = travel(
            found.by_ride,
            walks,
            np.where(direct < 0, direct, direct + early),
            cutoff=cutoff,
            percentiles=(percentile,),
            cutoffs=(),
        ).percentiles[:, 0]
        return np.where(times == UNREACHED, np.inf, (times - float(early)) / 60.0)

    def minutes_between(
        self, origin: Sequence[str], stations: Sequence[str], start: int, lanes: int
    ) -> Floats:
        """(stations,) median minutes from a place, given by its stations, over a window of departures.

        Parameters
        ----------
        origin : the place's stations.
        stations : where one arrives.
        start : seconds of the day when the window begins.
        lanes : minutes of the window.

        Returns
        -------
        Medians by nearest rank, the wait included; infinite where there is none.
        """
        from storregion.kernels.scan import UNREACHED, arrivals

        stops = self.stops_of(origin)
        if not len(stops) or not stations:
            return np.full(len(stations), np.inf)
        access, seconds, early = self._access(stops)
        found = arrivals(
            self.timetable,
            access,
            seconds,
            start - early,
            lanes,
            slack=self.slack,
            cutoff=self.longest + early,
        )
        there = [self.stations[code] for code in stations]
        ride = np.where(found.by_ride == UNREACHED, np.inf, found.by_ride)
        soonest = _soonest(ride, self._all_around(there, self.timetable.walks_back))
        taken = soonest - early - 60.0 * np.arange(lanes)
        at = (lanes - 1) // 2
        on_foot = _least(self._walks(stops, self.timetable.walks), there)
        minutes: Floats = np.minimum(np.partition(taken, at, axis=1)[:, at], on_foot) / 60.0
        return minutes

    def journeys_from(
        self, goal: Sequence[str], stations: Sequence[str], end: int, lanes: int
    ) -> tuple[Floats, NDArray[np.int64]]:
        """(stations,) typical minutes to a place, and journeys that arrive in a window.

        Parameters
        ----------
        goal : the place's stations.
        stations : where one leaves.
        end : seconds of the day when the window ends; who arrives just then is not counted.
        lanes : minutes of the window.

        Returns
        -------
        Medians by nearest rank, infinite where there is no journey, and how many there are.
        """
        from storregion.kernels.scan import UNREACHED, departures

        stops = self.stops_of(goal)
        if not len(stops) or not stations:
            return np.full(len(stations), np.inf), np.zeros(len(stations), np.int64)
        # One minute more, before the window, tells who arrived before it.
        found = departures(
            self.timetable,
            *self._around(stops, self.timetable.walks_back),
            end - 60,
            lanes + 1,
            slack=self.slack,
            cutoff=self.longest,
        )
        ride = np.where(found.by_ride == UNREACHED, np.inf, found.by_ride - self._extra()[:, None])
        moments = 60.0 * np.arange(lanes + 1)
        here = [self.stations[code] for code in stations]
        on_foot = _least(self._walks(stops, self.timetable.walks_back), here)[:, None]
        before = np.minimum(_soonest(ride, self._all_around(here, self.timetable.walks)), on_foot + moments)
        # Of the moments that one departure serves, the earliest is when it arrives.
        arrives = (before[:, :-1] != before[:, 1:]) & np.isfinite(before[:, :-1])
        taken = (before - moments)[:, :-1]
        taken = np.where(taken == on_foot, taken, taken - self.slack)
        count = arrives.sum(axis=1)
        ranked = np.sort(np.where(arrives, taken, np.inf), axis=1) / 60.0
        return ranked[np.arange(len(count)), np.maximum(count - 1, 0) // 2], count

    def _extra(self) -> Ints:
        """(stops,) seconds that a change takes beyond the slack; nobody needs them who comes on foot."""
        extra: Ints = np.maximum(self.timetable.change, self.slack) - np.int32(self.slack)
        return extra

    def _access(self, stops: Ints) -> tuple[Ints, Ints, int]:
        """The stops to begin at, seconds to each, and by how many seconds sooner to start a search.

        A search takes a stop's own time to change for the first boarding too. Started sooner by the longest
        of them beyond the slack, and held back at stops with less, one boards at each after the slack.
        """
        access, seconds = self._around(stops, self.timetable.walks)
        extra = self._extra()[access]
        early = int(extra.max(initial=0))
        return access, seconds + np.int32(early) - extra, early

    def _around(self, stops: Ints, walks: Links) -> tuple[Ints, Ints]:
        """Some stops and those linked to them, and the seconds to walk there; 0 to the stops themselves."""
        begin = walks.first[stops]
        links = walks.first[stops + 1] - begin
        link = np.arange(links.sum()) + np.repeat(begin - np.cumsum(links) + links, links)
        return (
            np.concatenate([stops, walks.stop[link]]),
            np.concatenate([np.zeros(len(stops), np.int32), walks.seconds[link]]),
        )

    def _all_around(self, places: Sequence[Ints], walks: Links) -> Links:
        """The stops of each place and those linked to them, and the seconds to walk there."""
        own = np.concatenate([np.zeros(0, np.int32), *places])
        place = np.repeat(np.arange(len(places)), [len(stops) for stops in places])
        around, seconds = self._around(own, walks)
        whose = np.concatenate([place, np.repeat(place, walks.first[own + 1] - walks.first[own])])
        order = np.argsort(whose, kind="stable")
        first = np.searchsorted(whose[order], np.arange(len(places) + 1))
        return Links(first, around[order], seconds[order])

    def _all_on_foot(self, origins: Places, goals: Places) -> Floats:
        """(origins, goals) seconds to walk all the way; 0 where a stop is shared, else infinite."""
        walk = np.full(self.timetable.stops, np.inf)
        found = np.full((len(origins.codes), len(goals.codes)), np.inf)
        ends = np.concatenate([np.zeros(0, np.int32), *goals.own])
        first = np.cumsum([0, *map(len, goals.own)])[:-1]
        first_out, stops, seconds = origins.outward
        for place in range(len(found)):
            here = slice(first_out[place], first_out[place + 1])
            np.minimum.at(walk, stops[here], seconds[here])
            found[place] = np.minimum.reduceat(walk[ends], first) if len(first) else np.inf
            walk[stops[here]] = np.inf
        return found

    def _walks(self, stops: Ints, walks: Links) -> Floats:
        """(stops,) seconds to walk between each stop and the nearest of some; infinite where nobody does."""
        walk = np.full(self.timetable.stops, np.inf)
        np.minimum.at(walk, *self._around(stops, walks))
        return walk


def _numbered(codes: Sequence[str]) -> dict[str, int]:
    return {code: at for at, code in enumerate(codes)}


def _unbeaten(found: Journeys, timetable: Network, sooner: int) -> list[list[Way]]:
    """The ways to each place, the last to leave first, that no later one makes needless.

    Parameters
    ----------
    found : the journeys.
    timetable : the one that was searched.
    sooner : seconds by which they leave before the departure that counts.
    """
    on, off = timetable.stop[found.on].tolist(), timetable.stop[found.off].tolist()
    rides = list(zip(found.trip.tolist(), on, off, strict=True))
    columns = (found.departure, found.arrival, found.rides, found.first_leg)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    places: list[list[Way]] = []
    for first, last in zip(found.first[:-1].tolist(), found.first[1:].tolist(), strict=True):
        soonest, made = math.inf, []
        # The last to leave come first; of one departure the earliest arrival, which takes the most rides.
        for departure, arrival, count, leg in sorted(rows[first:last], key=lambda row: (-row[0], *row[1:3])):
            if arrival < soonest:
                soonest = arrival
                minutes = float(arrival - departure - sooner) / 60.0
                made.append(Way(minutes, tuple(rides[leg : leg + count])))
        places.append(made)
    return places


def _direct(walks: Links, stops: Ints, size: int) -> Ints:
    """(points,) seconds to walk all the way from the nearest of some stops; -1 beyond reach."""
    from storregion.kernels.scan import HORIZON

    points = len(walks.first) - 1
    wanted = np.zeros(size, np.bool_)
    wanted[stops] = True
    mine = wanted[walks.stop]
    found = np.full(points, HORIZON + 1, np.int32)
    np.minimum.at(found, np.repeat(np.arange(points), np.diff(walks.first))[mine], walks.seconds[mine])
    found[found > HORIZON] = -1
    return found


def _least(seconds: Floats, places: Sequence[Ints]) -> Floats:
    """(places,) the least of the seconds at the stops of each place; a place has one at least."""
    first = np.cumsum([0, *map(len, places)])[:-1]
    least: Floats = np.minimum.reduceat(seconds[np.concatenate(places)], first)
    return least


def _soonest(ride: Floats, around: Links) -> Floats:
    """(places, lanes) when one comes soonest by way of any stop around each place.

    Parameters
    ----------
    ride : (stops, lanes) seconds; infinite where nobody rides.
    around : the stops of each place, one at least, and the seconds on foot from each.
    """
    soonest: Floats = np.minimum.reduceat(
        ride[around.stop] + around.seconds[:, None], around.first[:-1], axis=0
    )
    return soonest
