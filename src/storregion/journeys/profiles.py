"""Profiles: the journeys of a day between two places that no other beats, and how each goes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from storregion.kernels.profiles import Kept

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Profile:
    """Journeys between two places that no other beats: none leaves later and arrives earlier.

    Attributes
    ----------
    ready : (n,) seconds of the day, rising, when one must be at the stop; a whole minute.
    departures : (n,) seconds of the day when one leaves: the slack later, or at once on foot.
    arrivals : (n,) seconds of the day, rising.
    rides : (n,) vehicles boarded, the fewest that the journey takes; 0 for a walk.
    """

    ready: Floats
    departures: Floats
    arrivals: Floats
    rides: NDArray[np.int64]

    @property
    def minutes(self) -> Floats:
        """(n,) minutes that each journey takes, from departure to arrival."""
        return (self.arrivals - self.departures) / 60.0

    def where(self, chosen: NDArray[np.bool_]) -> "Profile":
        """The chosen ones of the journeys."""
        return Profile(self.ready[chosen], self.departures[chosen], self.arrivals[chosen], self.rides[chosen])

    def arriving(self, latest: float) -> "Profile":
        """Those of the journeys that arrive by a second of the day."""
        first = slice(np.searchsorted(self.arrivals, latest, side="right"))
        return Profile(self.ready[first], self.departures[first], self.arrivals[first], self.rides[first])

    def leaving_at(self, moments: NDArray[np.integer]) -> Floats:
        """(m,) seconds from each moment until one can be there; infinite where no journey is left."""
        at = np.searchsorted(self.ready, moments)
        waits: Floats = np.append(self.arrivals, np.inf)[at] - moments
        return waits

    def arriving_by(self, moments: NDArray[np.integer]) -> Floats:
        """(m,) seconds before each moment that one must be at the stop to be there by then."""
        at = np.searchsorted(self.arrivals, moments, side="right")
        waits: Floats = moments - np.concatenate([[-np.inf], self.ready])[at]
        return waits


@dataclass(frozen=True)
class Between(Mapping[tuple[str, str], "Profiles"]):
    """The journeys between places that no other beats, of one draw of the clock or several.

    By origin and goal, a profile a draw.

    Attributes
    ----------
    origins, goals : the number of each place by its code.
    draws : the journeys of each draw, as the kernel gives them.
    """

    origins: Mapping[str, int]
    goals: Mapping[str, int]
    draws: tuple["Kept", ...]

    def __getitem__(self, pair: tuple[str, str]) -> "Profiles":
        """The journeys from one place to another, a profile a draw."""
        at = self.origins[pair[0]], self.goals[pair[1]]
        spans = [(one, slice(one.begin[at], one.end[at])) for one in self.draws]
        return tuple(
            Profile(one.times[0, own], one.times[1, own], one.times[2, own], one.rides[own])
            for one, own in spans
        )

    def __contains__(self, pair: object) -> bool:
        """Whether both places have a station."""
        return isinstance(pair, tuple) and pair[0] in self.origins and pair[1] in self.goals

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Every two places that are not the same."""
        return ((origin, goal) for origin in self.origins for goal in self.goals if origin != goal)

    def __len__(self) -> int:
        """How many pairs there are."""
        return len(self.origins) * len(self.goals) - len(self.origins.keys() & self.goals.keys())

    def leaving(self, window: tuple[int, int]) -> "Between":
        """The journeys that leave within a part of the day.

        Parameters
        ----------
        window : seconds of the day; the first departure that counts, and the first after the last.
        """
        first, last = window
        return self.where(lambda every: (every.departures >= first) & (every.departures < last))

    def where(self, choose: Callable[[Profile], NDArray[np.bool_]]) -> "Between":
        """The chosen ones of the journeys.

        Parameters
        ----------
        choose : (n,) whether each counts, from all journeys of a draw, whatever their ends.
        """
        return replace(self, draws=tuple(_where(one, choose) for one in self.draws))


def _where(kept: "Kept", choose: Callable[[Profile], NDArray[np.bool_]]) -> "Kept":
    chosen = choose(Profile(kept.times[0], kept.times[1], kept.times[2], kept.rides))
    before = np.concatenate([[0], np.cumsum(chosen)])
    return kept._replace(
        begin=before[kept.begin], end=before[kept.end], times=kept.times[:, chosen], rides=kept.rides[chosen]
    )


Profiles = tuple[Profile, ...]
"""Of one pair of places, a profile a draw of the clock."""


@dataclass(frozen=True)
class Way:
    """How one journey goes.

    Attributes
    ----------
    minutes : from departure to arrival.
    rides : of each, the trip, in the order of the calls' table, and the indexes of the stops at its ends.
    """

    minutes: float
    rides: tuple[tuple[int, int, int], ...]
