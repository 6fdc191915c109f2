"""Labour market delineation: which places form one market for work.

Two rules that the field uses: centres and followers (Statistics Sweden's local labour markets), and validity
by size and self-containment (Coombes & Bond 2008, as used by Istat and the ONS). A third is in `intramax`.

Ties go to the lower index. What differs by less than one part in 10^12 counts as equal, so that rounding
decides nothing; and sums are exact (see `gridded`), so that they hold no drift and no trace of their order.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from storregion.kernels.compiled import compiled

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

NOISE = 1e-12
"""The part by which two numbers may differ that count as equal."""


class NotFlowsError(ValueError):
    """What was given cannot be commuting, or shares of it, or a rule for it."""


def checked(flows: Floats) -> Floats:
    """The flows as an array, if they can be flows.

    Raises
    ------
    NotFlowsError
        The matrix is not square, or a flow is negative or not finite.
    """
    given = np.ascontiguousarray(flows, np.float64)
    if given.ndim != 2 or given.shape[0] != given.shape[1]:
        raise NotFlowsError(f"flows must be as many rows as columns, not of shape {given.shape}")
    if not (given.min(initial=0.0) >= 0 and math.isfinite(given.sum())):
        wrong = np.argwhere(~(np.isfinite(given) & (given >= 0)))[:10].tolist()
        raise NotFlowsError(f"flows must be finite and not negative; [place, place] {wrong} are not")
    return given


def gridded(flows: Floats) -> Floats:
    """The flows rounded to the 2^-52th part of their total, as a copy.

    Float64 adds such numbers up without rounding, in any order. Counts stay as they are; a flow below about
    1e-16 of the total becomes none.
    """
    unit = math.ldexp(1.0, max(math.frexp(flows.sum())[1] - 52, -1022))
    grid = flows / unit
    np.rint(grid, out=grid)
    grid *= unit
    return grid


def shares(flows: Floats) -> tuple[Floats, Floats, Indices]:
    """What the centre rule needs of a flow matrix.

    Parameters
    ----------
    flows : (n, n) array, persons
        flows[i, j] live in i and work in j.

    Returns
    -------
    (n,) share of the employed residents who work elsewhere, (n,) share to the largest single other place,
    (n,) that place's index. A place from which nobody leaves has itself as destination; ties go to the lower
    index. Both shares of a place without employed residents are 0.

    Raises
    ------
    NotFlowsError
        The matrix is not square, or a flow is negative or not finite.
    """
    away = checked(flows).copy()
    here = np.arange(len(away))
    workers = away.sum(axis=1)
    away[here, here] = 0.0
    largest = away.max(axis=1, initial=0.0)
    destination = np.where(largest > 0, away.argmax(axis=1) if len(away) else here, here)
    some = workers > 0
    out = np.divide(away.sum(axis=1), workers, out=np.zeros(len(away)), where=some)
    to_largest = np.divide(largest, workers, out=np.zeros(len(away)), where=some)
    return out, to_largest, destination


def centres(
    out: Floats,
    to_largest: Floats,
    destination: Indices,
    *,
    most_out: float = 0.20,
    most_to_one: float = 0.075,
    most_links: int = 0,
) -> Indices:
    """The centre that each place belongs to, by Statistics Sweden's rule for local labour markets.

    A place is a centre when at most `most_out` of its employed residents leave it and at most `most_to_one`
    go to any single other place. Every other place follows its largest destination until a centre is
    reached. Places that only lead to each other form a joint centre, headed by the one with the lowest
    share leaving it.

    Parameters
    ----------
    out : (n,) share of employed residents who work elsewhere.
    to_largest : (n,) share who work in the largest destination.
    destination : (n,) index of the largest destination; a place's own index when nobody leaves.
    most_out, most_to_one : the thresholds of a centre.
    most_links : links that a place may be from its centre, of whose joint places each counts as the centre;
        of the longest chains the weakest link is cut, and its place becomes a centre, until none is too
        long. 0 cuts nothing.

    Returns
    -------
    (n,) index of each place's centre; centres[c] == c for every centre c.

    Raises
    ------
    NotFlowsError
        The arrays differ in length, a share lies outside 0–1 or a destination is not a place, or a place that
        people leave has itself as its largest destination.

    References
    ----------
    SCB AM95BR1001 (2010) p. 181; Carlsson, Johansson, Persson & Tegsjö (1993).
    """
    here = np.arange(len(out))
    _check_shares(out, to_largest, destination, here)
    alone = ((out <= most_out + NOISE) & (to_largest <= most_to_one + NOISE)) | (destination == here)
    head = np.where(alone, here, destination)
    joint = _head_rings(head, out)
    while most_links and (cut := _weakest_of_longest(head, joint, to_largest, most_links)) >= 0:
        head[cut] = cut
    while not np.array_equal(head, head[head]):
        head = head[head]
    return head


def _check_shares(out: Floats, to_largest: Floats, destination: Indices, here: Indices) -> None:
    if not out.shape == to_largest.shape == destination.shape == here.shape:
        raise NotFlowsError("shares and destinations must be of equal length")
    right = (out >= 0) & (out <= 1 + NOISE) & (to_largest >= 0) & (to_largest <= out + NOISE)
    right &= (destination >= 0) & (destination < len(here)) & ((destination != here) | (out == 0))
    if not right.all():
        raise NotFlowsError(
            f"the shares or destinations of places {np.flatnonzero(~right).tolist()} cannot be"
        )


def _head_rings(head: Indices, out: Floats) -> NDArray[np.bool_]:
    """Give each ring of places that follow each other a head of its own, in place; who is in a ring."""
    joint = np.zeros(len(head), np.bool_)
    state = np.zeros(len(head), np.int8)
    for start in range(len(head)):
        path = []
        place = start
        while state[place] == 0 and head[place] != place:
            state[place] = 1
            path.append(place)
            place = int(head[place])
        if state[place] == 1:
            ring = path[path.index(place) :]
            head[ring] = min(ring, key=lambda member: (out[member], member))
            joint[ring] = True
        state[path] = 2
    return joint


def _weakest_of_longest(head: Indices, joint: NDArray[np.bool_], strength: Floats, most_links: int) -> int:
    """The place with the weakest link of the longest chains, or -1 when no chain is too long."""
    at = np.arange(len(head))
    linked = (head != at) & ~joint
    links = np.zeros(len(head), np.int64)
    while (onward := linked[at]).any():
        links += onward
        at = np.where(onward, head[at], at)
    longest = int(links.max(initial=0))
    if longest <= most_links:
        return -1
    on = np.zeros(len(head), np.bool_)
    at = np.flatnonzero(links == longest)
    while len(at := at[linked[at]]):
        on[at] = True
        at = head[at]
    places = np.flatnonzero(on)
    return int(places[strength[places].argmin()])


Rule = tuple[float, float, float, float]


def euro(
    flows: Floats,
    *,
    least_size: float = 1000.0,
    least_contained: float = 0.6667,
    target_size: float = 10000.0,
    target_contained: float = 0.75,
    reaggregate: bool = True,
) -> Indices:
    """Labour market areas that are large and self-contained enough (the EURO or TTWA rule).

    Starting from every place as its own area, the place with most ties leaves the least valid area for the
    area it is most tied to, if that area's validity does not fall; otherwise it waits. The least valid area
    is then chosen anew, until every area is valid. Those that wait then join, in the order in which they
    left, the area they are most tied to; one that is tied only to others that wait, waits for these. Taking
    in those that waited may leave an area below the rule.

    Parameters
    ----------
    flows : (n, n) array, persons
        flows[i, j] live in i and work in j.
    least_size, target_size : employed residents; an area of the target size may be less self-contained.
    least_contained, target_contained : shares of residents working within, and of jobs held from within.
    reaggregate : choose the least valid area anew after each place that leaves one, as the rule is
        documented; False lets all places leave it by the ties they had in it, and seats those that wait from
        the last place to the first, as Istat's program in R (3.4) does.

    Returns
    -------
    (n,) index of the lowest-numbered place in each place's area. A place with ties to none stays alone.

    Raises
    ------
    NotFlowsError
        The matrix is not square, a flow is negative or not finite, or a target is not above its least.

    References
    ----------
    Coombes & Bond (2008), Travel-to-work areas: the 2007 review; Istat (2014).
    """
    rule = (float(least_size), float(least_contained), float(target_size), float(target_contained))
    if not (0 <= least_size < target_size and 0 < least_contained <= target_contained <= 1):
        raise NotFlowsError(f"sizes must rise from 0, self-containment from above 0 to 1 at most: {rule}")
    areas = _each_alone(gridded(checked(flows)))
    _euro(areas, rule, reaggregate)
    here = np.arange(len(areas.label))
    lowest = np.full(len(here), len(here))
    np.minimum.at(lowest, areas.label, here)
    return lowest[areas.label]


class _Areas(NamedTuple):
    """Places, and the areas that they lie in for now; an area has the number of its first place."""

    flows: Floats  # (n, n) from place to place
    inflows: Floats  # (n, n) the same the other way
    residents: Floats  # (n,) of places
    jobs: Floats  # (n,) of places
    label: Indices  # (n,) area of each place, -1 while it is in none
    holds: Floats  # (3, n) residents, jobs, and those who are both, of areas
    valid: Floats  # (n,) of areas
    to: Floats  # (n,) flows of one place to each area, written by _weigh
    back: Floats  # (n,) and from each area


def _each_alone(flows: Floats) -> _Areas:
    n = len(flows)
    residents, jobs = flows.sum(axis=1), flows.sum(axis=0)
    holds = np.array([residents, jobs, flows.diagonal()])
    return _Areas(
        flows, flows.T.copy(), residents, jobs, np.arange(n), holds, np.zeros(n), np.zeros(n), np.zeros(n)
    )


@compiled
def validity(residents: float, jobs: float, within: float, rule: Rule) -> float:
    """How far an area meets the rule; valid from 1 on.

    Parameters
    ----------
    residents, jobs, within : employed residents, jobs, and those who both live and work in the area.
    rule : least size, least self-containment, target size, target self-containment.

    Returns
    -------
    At most target / least self-containment; 1 for an area that nobody leaves or enters, 0 for an empty one.
    """
    least_size, least_contained, target_size, target_contained = rule
    contained = 0.0
    if residents > 0 and jobs > 0:
        contained = min(within / residents, within / jobs)
    if contained >= 1.0:
        return 1.0
    share = min(1.0, contained / target_contained)
    small = max(0.0, (target_size - residents) / (target_size - least_size))
    asked = 1.0 - (1.0 - least_contained / target_contained) * small
    return share * asked * target_contained / least_contained


@compiled
def _euro(areas: _Areas, rule: Rule, reaggregate: bool) -> None:
    n = len(areas.label)
    holds, valid = areas.holds, areas.valid
    for area in range(n):
        valid[area] = validity(holds[0, area], holds[1, area], holds[2, area], rule)
    waiting = np.empty(n, np.int64)
    waits = 0
    moves = 0
    while True:
        worst = -1
        for area in range(n):
            if valid[area] < 1.0 - NOISE and (worst < 0 or valid[area] < valid[worst] - NOISE):
                worst = area
        if worst < 0:
            break
        # No flows are known with which moves go round in a circle, but nothing forbids them to.
        waits = _dissolve(areas, rule, reaggregate and moves < n * n, worst, waiting, waits)
        moves += 1
    _seat(areas, waiting[:waits] if reaggregate else np.flatnonzero(areas.label < 0)[::-1].copy())


@compiled
def _dissolve(areas: _Areas, rule: Rule, one: bool, area: int, waiting: Indices, waits: int) -> int:
    """Let the places of an area leave it, or only the one with most ties; how many places wait then."""
    members = np.flatnonzero(areas.label == area)
    ties = np.empty(len(members))
    for at, place in enumerate(members):
        # Inflow from outside the area, and residents who leave the place.
        ties[at] = areas.jobs[place] + areas.residents[place] - areas.flows[place, place]
        for other in members:
            ties[at] -= areas.inflows[place, other]
    for left in range(len(members) - 1, -1, -1):
        first = int(np.argmax(ties))
        place = members[first]
        ties[first] = -1.0
        _leave(areas, place, area)
        if not _taken(areas, rule, place, area):
            waiting[waits] = place
            waits += 1
        areas.valid[area] = 2.0  # an empty area is never looked at again
        if left > 0:
            areas.valid[area] = validity(
                areas.holds[0, area], areas.holds[1, area], areas.holds[2, area], rule
            )
        if one:
            break
    return waits


@compiled
def _taken(areas: _Areas, rule: Rule, place: int, but: int) -> bool:
    """Whether the area that a place is most tied to, apart from one, takes it in."""
    best = _best_area(areas, place, but)
    if best < 0:
        return False
    holds = areas.holds
    within = holds[2, best] + areas.to[best] + areas.back[best] + areas.flows[place, place]
    grown = validity(
        holds[0, best] + areas.residents[place], holds[1, best] + areas.jobs[place], within, rule
    )
    if grown < areas.valid[best] - NOISE:
        return False
    _join(areas, place, best)
    areas.valid[best] = max(grown, areas.valid[best])
    return True


@compiled
def _weigh(areas: _Areas, place: int) -> None:
    """Write what goes from a place that is in no area to every area, and back."""
    areas.to[:] = 0.0
    areas.back[:] = 0.0
    for other in range(len(areas.label)):
        area = areas.label[other]
        if area >= 0:
            areas.to[area] += areas.flows[place, other]
            areas.back[area] += areas.inflows[place, other]


@compiled
def _best_area(areas: _Areas, place: int, but: int) -> int:
    """The area that a place just weighed is most tied to, both ways; -1 when it is tied to none."""
    best, most = -1, 0.0
    for area in range(len(areas.label)):
        if area == but:
            continue
        ties = 0.0
        if areas.to[area] > 0:
            ties += areas.to[area] ** 2 / (areas.residents[place] * areas.holds[1, area])
        if areas.back[area] > 0:
            ties += areas.back[area] ** 2 / (areas.holds[0, area] * areas.jobs[place])
        if ties > most * (1.0 + NOISE):
            best, most = area, ties
    return best


@compiled
def _leave(areas: _Areas, place: int, area: int) -> None:
    areas.label[place] = -1
    _weigh(areas, place)
    areas.holds[0, area] -= areas.residents[place]
    areas.holds[1, area] -= areas.jobs[place]
    areas.holds[2, area] -= areas.to[area] + areas.back[area] + areas.flows[place, place]


@compiled
def _join(areas: _Areas, place: int, area: int) -> None:
    areas.label[place] = area
    areas.holds[0, area] += areas.residents[place]
    areas.holds[1, area] += areas.jobs[place]
    areas.holds[2, area] += areas.to[area] + areas.back[area] + areas.flows[place, place]


@compiled
def _seat(areas: _Areas, waiting: Indices) -> None:
    """Give each place that waits the area it is most tied to, or one of its own."""
    while len(waiting) > 0:
        later = np.empty_like(waiting)
        still = 0
        for place in waiting:
            _weigh(areas, place)
            best = _best_area(areas, place, -1)
            if best >= 0:
                _join(areas, place, best)
            elif areas.residents[place] + areas.jobs[place] == 2 * areas.flows[place, place]:
                _join(areas, place, _free_number(areas.label, place))
            else:
                later[still] = place
                still += 1
        if still == len(waiting):
            # They are tied to each other only: the first makes an area for the rest.
            _weigh(areas, later[0])
            _join(areas, later[0], _free_number(areas.label, later[0]))
            later, still = later[1:], still - 1
        waiting = later[:still]


@compiled
def _free_number(label: Indices, place: int) -> int:
    """A number that no area has, the place's own if it can be."""
    used = np.zeros(len(label), np.bool_)
    for area in label:
        if area >= 0:
            used[area] = True
    return int(place if not used[place] else np.argmin(used))
