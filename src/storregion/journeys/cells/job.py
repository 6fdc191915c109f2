"""One job: a network, targets and origins as arrays, and what a batch of its origins reaches."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.journeys.cells.columns import CELL_REACH, LIMITS
from storregion.journeys.network import TravelNetwork
from storregion.kernels.scan import UNREACHED, Labels, arrivals
from storregion.kernels.tally import tally
from storregion.kernels.travel import over, travel
from storregion.kernels.walking import Links, nearest_stops, restated

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Job:
    """All that the results rest on.

    Attributes
    ----------
    network : the day's timetable and the rules of travel.
    cells : (cells, 3) east, north, residents.
    nodes : the nodes' codes.
    node_points : (nodes, 2) metres.
    codes : the origins' codes.
    points : (origins, 2) metres.
    start, lanes : seconds of the day of the first departure, and how many minutes follow one another.
    basis : of every row.
    egress_given, access_given : (n, 3) cell or origin, stop and seconds of walks given, by index.
    """

    network: TravelNetwork
    cells: Floats
    nodes: tuple[str, ...]
    node_points: Floats
    codes: tuple[str, ...]
    points: Floats
    start: int
    lanes: int
    basis: str
    egress_given: Indices
    access_given: Indices

    @cached_property
    def targets(self) -> Floats:
        """(cells + nodes, 2) where one arrives."""
        return np.concatenate([self.cells[:, :2], self.node_points])

    @cached_property
    def egress(self) -> Links:
        """Stops to walk from to each target."""
        return self._to_stops(self.targets, self.egress_given)

    @cached_property
    def residents(self) -> Floats:
        """(cells,) persons."""
        return np.ascontiguousarray(self.cells[:, 2])

    @cached_property
    def longest(self) -> int:
        """Seconds beyond which nothing is counted."""
        return min(self.network.longest, 60 * LIMITS[-1])

    @cached_property
    def extra(self) -> Ints:
        """(stops,) seconds that a change takes beyond the slack, which one who walks there does not need."""
        slack = np.int32(self.network.slack)
        return np.maximum(self.network.timetable.change, slack) - slack

    @cached_property
    def nowhere(self) -> Labels:
        """(stops, lanes) for who has no stop within a walk."""
        return np.full((len(self.network.points), self.lanes), UNREACHED, np.uint16)

    def ready(self) -> "Job":
        """The same, with all made that origins share, so that threads need not wait for each other."""
        _ = self.egress, self.residents, self.extra, self.nowhere
        return self

    def reached(self, first: int, last: int, threads: int = 1) -> pl.DataFrame:
        """What the origins from first to last, not included, reach: rows of `cell_reach`.

        Parameters
        ----------
        first, last : places in `codes`.
        threads : how many origins at once.
        """
        here = self.points[first:last]
        mine = self.access_given[(self.access_given[:, 0] >= first) & (self.access_given[:, 0] < last)]
        near = self._to_stops(here, mine - np.array([first, 0, 0]))
        straight = self._walks(here, self.targets)

        def row(at: int) -> tuple[Any, ...]:
            return self._row(first + at, _part(near, at), _part(straight, at))

        types = {column.name: column.dtype for column in CELL_REACH.columns}
        return pl.DataFrame(over(row, range(last - first), threads), schema=types, orient="row")

    def _to_stops(self, points: Floats, given: Indices) -> Links:
        place, stop, seconds = given.T
        calculated = self._walks(points, self.network.points)
        return restated(calculated, len(self.network.points), (place, stop, seconds))

    def _walks(self, points: Floats, stops: Floats) -> Links:
        return nearest_stops(points, stops, self.network.reach, factor=1.0, speed=1.0 / self.network.pace)

    def _row(self, origin: int, near: tuple[Ints, Ints], straight: tuple[Ints, Ints]) -> tuple[Any, ...]:
        middle, best = self._times(near, straight)
        cells = len(self.cells)
        limits = [60 * limit for limit in LIMITS]
        residents, counts = tally(middle[:cells], self.residents, limits)
        at_best, _ = tally(best[:cells], self.residents, limits)
        code = self.codes[origin]
        row: list[Any] = [code, *map(float, self.points[origin]), len(near[0])]
        for which in range(len(LIMITS)):
            row += [float(residents[which]), int(counts[which]), float(at_best[which])]
        others = [
            (int(seconds), node)
            for node, seconds in zip(self.nodes, middle[cells:], strict=True)
            if seconds != UNREACHED and node != code
        ]
        if others:
            seconds, node = min(others)
            row += [node, seconds / 60.0, None]
        else:
            row += [None, None, "not_applicable"]
        return (*row, self.basis)

    def _times(self, near: tuple[Ints, Ints], straight: tuple[Ints, Ints]) -> tuple[Labels, Labels]:
        """(targets,) median and shortest seconds to each target; UNREACHED beyond the longest."""
        stops, seconds = near
        # A search takes a stop's own time to change for the first boarding too. Started sooner by the
        # longest of them beyond the slack, and held back at stops with less, one boards after the slack.
        extra = self.extra[stops]
        early = int(extra.max(initial=0))
        cutoff = self.longest + early
        by_ride = self.nowhere
        if len(stops):
            by_ride = arrivals(
                self.network.timetable,
                stops,
                seconds + (early - extra),
                self.start - early,
                self.lanes,
                slack=self.network.slack,
                cutoff=cutoff,
            ).by_ride
        direct = np.full(len(self.targets), -1, np.int32)
        direct[straight[0]] = straight[1] + early
        found = travel(by_ride, self.egress, direct, cutoff=cutoff, percentiles=(50,), cutoffs=())
        return _less(found.percentiles[:, 0], early), _less(found.fastest, early)


def _part(links: Links, at: int) -> tuple[Ints, Ints]:
    span = slice(links.first[at], links.first[at + 1])
    return links.stop[span], links.seconds[span]


def _less(seconds: Labels, early: int) -> Labels:
    """Seconds counted from the departure, of those counted from `early` seconds before."""
    return np.where(seconds == UNREACHED, seconds, seconds - np.uint16(early)).astype(np.uint16)
