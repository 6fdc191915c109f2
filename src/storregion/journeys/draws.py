"""Journeys over every draw of the clock: one network a draw, and what holds over all of them together.

The line plan knows headways and no clock times, so what depends on connections is calculated over several
draws, as `timetable.clock` explains. A timetable with clock times is one draw, and all here is of that one.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core.sharing import shared
from storregion.journeys.from_tables import travel_networks
from storregion.journeys.network import DAY, TravelNetwork
from storregion.journeys.profiles import Between, Way
from storregion.kernels.walking import Links
from storregion.timetable.clock import phased
from storregion.timetable.service import Service

Floats = NDArray[np.float64]
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ClockDraws:
    """A day's timetable in every draw of the clock, ready to search.

    Attributes
    ----------
    networks : one a draw.
    percentile : of a window's minutes, that `minutes_to` gives; 50 is the median.
    """

    networks: tuple[TravelNetwork, ...]
    percentile: int = 50

    @property
    def trips(self) -> int:
        """How many trips run in each draw."""
        return self.networks[0].trips

    @property
    def basis(self) -> str:
        """The weakest basis among the calls."""
        return self.networks[0].basis

    @property
    def longest(self) -> int:
        """Seconds of the longest journey that counts."""
        return self.networks[0].longest

    def profiles(
        self,
        origins: Mapping[str, Sequence[str]],
        goals: Mapping[str, Sequence[str]],
        window: tuple[int, int] = DAY,
    ) -> Between:
        """The journeys of a day, or a part of it, from some places to others in each draw, in their order.

        Parameters
        ----------
        origins, goals : the stations of each by its code, as of `TravelNetwork.places`.
        window : as of `TravelNetwork.profiles`.
        """
        return self._over_draws(
            lambda network: network.profiles(network.places(origins), network.places(goals), window)
        )

    def leaving(
        self,
        origins: Mapping[str, Sequence[str]],
        goals: Mapping[str, Sequence[str]],
        window: tuple[int, int],
    ) -> Between:
        """The journeys from some places to others in each draw that leave within a part of the day.

        Parameters
        ----------
        origins, goals : the stations of each by its code, as of `TravelNetwork.places`.
        window : as of `TravelNetwork.leaving`.
        """
        return self._over_draws(
            lambda network: network.leaving(network.places(origins), network.places(goals), window)
        )

    def ways(
        self, pairs: Sequence[tuple[Sequence[str], Sequence[str]]], start: int, end: int
    ) -> list[list[Way]]:
        """How the journeys of all draws go from one place to another, for each pair.

        Parameters
        ----------
        pairs : the stations of both places.
        start, end : as of `TravelNetwork.ways`.
        """
        goals: dict[tuple[str, ...], list[int]] = {}
        for at, (origin, _) in enumerate(pairs):
            goals.setdefault(tuple(origin), []).append(at)
        answers = self._each(
            list(goals.items()),
            lambda network, one: network.ways(one[0], [pairs[at][1] for at in one[1]], start, end),
        )
        ways: list[list[Way]] = [[] for _ in pairs]
        for own, draws in zip(goals.values(), answers, strict=True):
            for draw in draws:
                for at, found in zip(own, draw, strict=True):
                    ways[at] += found
        return ways

    def walks_to(self, cells: pl.DataFrame, cell_walks: pl.DataFrame) -> Links:
        """Walks to square kilometres, which no draw changes.

        Parameters
        ----------
        cells, cell_walks : as of `TravelNetwork.walks_to`.
        """
        return self.networks[0].walks_to(cells, cell_walks)

    def minutes_to(
        self, places: Sequence[Sequence[str]], walks: Links, start: int, lanes: int
    ) -> list[Floats]:
        """(points,) minutes from each place over a window of departures, those of the middle draw.

        Parameters
        ----------
        places : the stations of each place.
        walks, start, lanes : as of `TravelNetwork.minutes_to`.
        """
        distinct = {frozenset(stations): stations for stations in places}
        answers = self._each(
            list(distinct.values()),
            lambda network, stations: network.minutes_to(
                stations, walks, start, lanes, percentile=self.percentile
            ),
        )
        found = dict(zip(distinct, map(_middle, answers), strict=True))
        return [found[frozenset(stations)] for stations in places]

    def minutes_between(
        self, places: Sequence[Sequence[str]], stations: Sequence[str], start: int, lanes: int
    ) -> list[Floats]:
        """(stations,) median minutes from each place over a window of departures, those of the middle draw.

        Parameters
        ----------
        places : the stations of each place.
        stations, start, lanes : as of `TravelNetwork.minutes_between`.
        """
        answers = self._each(
            places, lambda network, origin: network.minutes_between(origin, stations, start, lanes)
        )
        return list(map(_middle, answers))

    def _over_draws(self, search: Callable[[TravelNetwork], Between]) -> Between:
        """What a search of each draw gives, as one."""
        (found,) = self._each([search], lambda network, one: one(network))
        return replace(found[0], draws=tuple(draw for one in found for draw in one.draws))

    def _each(
        self, asked: Sequence[Asked], answer: Callable[[TravelNetwork, Asked], Answer]
    ) -> list[list[Answer]]:
        """The answer of each draw to each thing asked for, in their order."""
        jobs = [(network, one) for one in asked for network in self.networks]
        # The kernels let other threads run; what comes out is the same with one.
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            found = list(pool.map(lambda job: answer(*job), jobs))
        size = len(self.networks)
        return [found[at : at + size] for at in range(0, len(found), size)]


def _middle(draws: Sequence[Floats]) -> Floats:
    """Of several draws the middle one, number by number; the lower of two."""
    at = (len(draws) - 1) // 2
    middle: Floats = np.partition(np.stack(draws), at, axis=0)[at]
    return middle


@shared(most=2)
def clock_draws(service: Service) -> ClockDraws:
    """A day's timetable in every draw of the clock; one where no line is of the line plan or a scenario.

    The networks are built once for a service, and shared by all who ask for it.
    """
    draws = phased(service.calls, service.lines)
    return ClockDraws(travel_networks(draws, service.stops, service.changes, service.rules))
