"""Profiles: the journeys of a day between two places that no other beats, and how each goes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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

    @staticmethod
    def none() -> "Profile":
        """No journeys."""
        return Profile(np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0, np.int64))

    @property
    def minutes(self) -> Floats:
        """(n,) minutes that each journey takes, from departure to arrival."""
        return (self.arrivals - self.departures) / 60.0

    def where(self, chosen: NDArray[np.bool_]) -> "Profile":
        """The chosen ones of the journeys."""
        return Profile(self.ready[chosen], self.departures[chosen], self.arrivals[chosen], self.rides[chosen])

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
class Way:
    """How one journey goes.

    Attributes
    ----------
    minutes : from departure to arrival.
    rides : of each, the trip, in the order of the calls' table, and the indexes of the stops at its ends.
    """

    minutes: float
    rides: tuple[tuple[int, int, int], ...]
