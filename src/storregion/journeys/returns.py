"""Journeys to a few targets and back again, in every draw of the clock, and what a day there allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from storregion.journeys.draws import ClockDraws
from storregion.journeys.profiles import Profile, Profiles

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
    out, back : the journeys of one draw of the clock that leave, and come, home within the day.
    day, asked : what counts.
    """
    arrives = (out.arrivals + day.at_target)[out.minutes * 60 + day.doors <= asked.longest]
    leaves = (back.departures - day.at_target)[back.minutes * 60 + day.doors <= asked.longest]
    if asked.arrive_before is not None:
        arrives = arrives[arrives < asked.arrive_before]
    if asked.leave_after is not None:
        leaves = leaves[leaves > asked.leave_after]
    if not len(arrives) or not len(leaves):
        return -np.inf
    return float(leaves.max() - arrives.min())


def there_and_back(
    draws: ClockDraws, places: Sequence[Stations], targets: Mapping[str, Stations], day: Day
) -> Iterator[tuple[Stations, str, Profiles, Profiles]]:
    """The journeys within a day between every place and every target, out and back, one profile a draw.

    Parameters
    ----------
    draws : the timetable.
    places : the stations of each place; only those that the timetable has.
    targets : the stations of each target by its code; only those that the timetable has.
    day : the hours within which one leaves the doors at both ends.

    Yields
    ------
    The place's stations, the target's code, and the journeys out and back, those that `day` takes.
    """
    inward = {"/".join(stations): stations for stations in places}
    away, homeward = ((day.begins + door, day.ends + door) for door in (day.at_home, day.at_target))
    out, back = draws.leaving(inward, targets, away), draws.leaving(targets, inward, homeward)
    for name, stations in inward.items():
        for target in targets:
            there, home = map(day.out, out[name, target]), map(day.back, back[target, name])
            yield stations, target, tuple(there), tuple(home)
