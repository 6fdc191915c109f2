"""Journeys to a few targets and back again, in every draw of the clock, and what a day there allows."""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from storregion.journeys.draws import ClockDraws, Profiles
from storregion.journeys.network import TravelNetwork
from storregion.journeys.profiles import Profile

Stations = tuple[str, ...]


@dataclass(frozen=True)
class Day:
    """The hours that a day out may take, in seconds, and the seconds from door to station at its ends.

    Attributes
    ----------
    begins, ends : when one leaves home at the earliest, and is home again at the latest.
    at_home, at_target : between the door and the station.
    """

    begins: int
    ends: int
    at_home: int
    at_target: int

    @property
    def doors(self) -> int:
        """Seconds at both ends."""
        return self.at_home + self.at_target

    def out(self, profile: Profile) -> Profile:
        """Journeys out that leave home within the day; they may arrive after it."""
        left = profile.departures - self.at_home
        return profile.where((left >= self.begins) & (left < self.ends))

    def back(self, profile: Profile) -> Profile:
        """Journeys back that are home within the day."""
        left, home = profile.departures - self.at_target, profile.arrivals + self.at_home
        return profile.where((left >= self.begins) & (home <= self.ends))


@dataclass(frozen=True)
class Asked:
    """What a day at a target must allow, in seconds; nothing is asked for where it is infinite or None.

    Attributes
    ----------
    longest : of a journey each way, from door to door.
    arrive_before, leave_after : of the day, at the door there.
    """

    longest: float = np.inf
    arrive_before: int | None = None
    leave_after: int | None = None


def stay(out: Profile, back: Profile, day: Day, asked: Asked) -> float:
    """The seconds that one can be at a target over a day; minus infinity where one cannot get there and back.

    Parameters
    ----------
    out, back : the journeys of one draw of the clock.
    day, asked : what counts.
    """
    there, home = day.out(out), day.back(back)
    arrives = (there.arrivals + day.at_target)[there.minutes * 60 + day.doors <= asked.longest]
    leaves = (home.departures - day.at_target)[home.minutes * 60 + day.doors <= asked.longest]
    if asked.arrive_before is not None:
        arrives = arrives[arrives < asked.arrive_before]
    if asked.leave_after is not None:
        leaves = leaves[leaves > asked.leave_after]
    if not len(arrives) or not len(leaves):
        return -np.inf
    return float(leaves.max() - arrives.min())


def there_and_back(
    draws: ClockDraws, places: Sequence[Stations], targets: Mapping[str, Stations]
) -> Iterator[tuple[Stations, str, Profiles, Profiles]]:
    """The journeys of a day between every place and every target, out and back, one profile a draw.

    Parameters
    ----------
    draws : the timetable.
    places : the stations of each place; only those that the timetable has.
    targets : the stations of each target by its code; only those that the timetable has.

    Yields
    ------
    The place's stations, the target's code, and the journeys out and back.
    """
    distinct = list(dict.fromkeys(places))
    inward = {"/".join(stations): stations for stations in distinct}
    searches = [
        *({"": stations, **targets} for stations in distinct),
        *({"": stations, **inward} for stations in targets.values()),
    ]
    jobs = [(network, search) for search in searches for network in draws.networks]
    # The kernels let other threads run; what comes out is the same with one.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda job: _search(*job), jobs))
    size = len(draws.networks)
    runs = [found[at : at + size] for at in range(0, len(found), size)]
    for at, stations in enumerate(distinct):
        for nearer, code in enumerate(targets):
            out = tuple(one[code] for one in runs[at])
            back = tuple(one["/".join(stations)] for one in runs[len(distinct) + nearer])
            yield stations, code, out, back


def _search(network: TravelNetwork, places: Mapping[str, Stations]) -> dict[str, Profile]:
    return network.profiles("", network.places(places))
