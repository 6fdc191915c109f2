"""Journeys to a few targets and back again, in every draw of the clock, and what a day there allows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    @property
    def outward(self) -> tuple[int, int]:
        """The window of the journeys out: they leave home within the day, and may arrive after it."""
        return self.begins + self.at_home, self.ends + self.at_home

    @property
    def homeward(self) -> tuple[int, int]:
        """The window of the journeys back."""
        return self.begins + self.at_target, self.ends + self.at_target

    def is_home(self, back: Profile) -> NDArray[np.bool_]:
        """(n,) whether one is home within the day after each journey back."""
        home: NDArray[np.bool_] = back.arrivals + self.at_home <= self.ends
        return home


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
    arrives, leaves = out.arrivals + day.at_target, back.departures - day.at_target
    if np.isfinite(asked.longest):
        arrives = arrives[out.minutes * 60 + day.doors <= asked.longest]
        leaves = leaves[back.minutes * 60 + day.doors <= asked.longest]
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
    out = draws.leaving(inward, targets, day.outward)
    back = draws.leaving(targets, inward, day.homeward).where(day.is_home)
    for name, stations in inward.items():
        for target in targets:
            yield stations, target, out[name, target], back[target, name]
