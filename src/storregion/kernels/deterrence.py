"""How distance deters commuting: what two places are to each other before anything published binds.

Places are not points: people live and work all over a municipality. So nearness is a mean over the parts of
two places, and the time by train shortens the way between them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]  # precise enough for kilometres, in half the memory
Indices = NDArray[np.int64]


class Parts(NamedTuple):
    """Where people live within places; rows in order of the place, each place with at least one."""

    place: Indices  # (p,) index of the place
    east: Floats  # (p,) kilometres
    north: Floats  # (p,)
    people: Floats  # (p,) above 0


def centres(parts: Parts) -> tuple[Floats, Floats]:
    """The mean point of the people of each place, kilometres east and north.

    Parameters
    ----------
    parts : where people live.
    """
    people = np.bincount(parts.place, parts.people)
    east, north = (np.bincount(parts.place, parts.people * at) / people for at in (parts.east, parts.north))
    return east, north


def straight(east: Floats, north: Floats) -> Floats:
    """Kilometres between points as the crow flies.

    Parameters
    ----------
    east, north : (n,) kilometres.

    Returns
    -------
    (n, n) array.
    """
    return np.hypot(east[:, None] - east, north[:, None] - north)


def shortened(km: Floats, minutes: Floats, km_a_minute: float) -> Floats:
    """√(km · km by the faster of car and train), the latter in kilometres that a car does meanwhile.

    Parameters
    ----------
    km : (n, n) straight kilometres, which stand for the car.
    minutes : (n, n) from door to door by train; infinite where there is none.
    km_a_minute : straight kilometres that a car does in a minute.

    Returns
    -------
    (n, n) array, kilometres; never above `km`.
    """
    return np.sqrt(km * np.minimum(km, km_a_minute * minutes))


def through(minutes: Floats) -> Floats:
    """The shortest times over any number of hops (Floyd 1962).

    Parameters
    ----------
    minutes : (s, s) of single hops, infinite where there is none.

    Returns
    -------
    (s, s) array, minutes; 0 from a station to itself.
    """
    found = minutes.copy()
    np.fill_diagonal(found, 0.0)
    for by in range(len(found)):
        np.minimum(found, found[:, by : by + 1] + found[by], out=found)
    return found


def by_way_of(access: Floats, minutes: Floats) -> Floats:
    """Minutes from place to place: to a station, on to another, and from there.

    Parameters
    ----------
    access : (n, s) minutes between a place and a station, infinite where it is too far.
    minutes : (s, s) minutes between stations.

    Returns
    -------
    (n, n) array, infinite where no way leads.
    """
    if not access.shape[1]:
        return np.full((len(access), len(access)), np.inf)
    onward = np.stack([(row[:, None] + minutes).min(axis=0) for row in access])
    return np.stack([(row + access).min(axis=1) for row in onward])


def ways(parts: Parts, ratio: Floats) -> Singles:
    """The length of the way between every two parts, kilometres.

    Parameters
    ----------
    parts : where people live.
    ratio : (n, n) by which the straight way between two places is shortened.
    """
    east, north = parts.east.astype(np.float32), parts.north.astype(np.float32)
    found: Singles = np.hypot(east[:, None] - east, north[:, None] - north)
    found *= ratio.astype(np.float32)[parts.place][:, parts.place]
    return found


def mean_nearness(parts: Parts, way: Singles, scale: float) -> Floats:
    """The mean of exp(-c / scale) over the people of every two places.

    Parameters
    ----------
    parts : where people live.
    way : (p, p) kilometres between parts.
    scale : kilometres.

    Returns
    -------
    (n, n) array; 0 on the diagonal.
    """
    share = (parts.people / np.bincount(parts.place, parts.people)[parts.place]).astype(np.float32)
    first = np.flatnonzero(np.diff(parts.place, prepend=-1))
    near = np.exp(way * np.float32(-1.0 / scale))
    near *= share
    near *= share[:, None]
    found: Floats = np.add.reduceat(np.add.reduceat(near, first, axis=0), first, axis=1).astype(np.float64)
    np.fill_diagonal(found, 0.0)
    return found


def free_spread(workers: Floats, out: Floats, weight: Floats) -> Floats:
    """Those who leave each place spread by weight and jobs alone, nobody bound to a largest destination.

    Parameters
    ----------
    workers : (n,) employed residents.
    out : (n,) share who work elsewhere.
    weight : (n, n) how near two places are, 0 on the diagonal.

    Returns
    -------
    (n, n) array, persons; 0 on the diagonal.
    """
    leaving, jobs = out * workers, workers.astype(np.float64)
    spread = np.zeros(weight.shape)
    # A few rounds settle the jobs well enough to compare weights.
    for _ in range(12):
        spread = weight * jobs
        reach = spread.sum(axis=1)
        spread *= np.divide(leaving, reach, out=np.zeros_like(reach), where=reach > 0)[:, None]
        jobs = spread.sum(axis=0) + workers - leaving
    return spread


def deviance(spread: Floats, workers: Floats, to_largest: Floats, destination: Indices) -> float:
    """Twice the log likelihood by which a spread falls short of the published largest shares.

    Of those who leave a place, so many go to its largest destination and the others elsewhere: a binomial.
    Unlike a squared error it sees far places, where a spread that has almost nobody is as wrong as can be.

    Parameters
    ----------
    spread : (n, n) persons, of all who leave.
    workers : (n,) employed residents.
    to_largest : (n,) share who work in the largest destination.
    destination : (n,) that destination.
    """
    here = np.arange(len(workers))
    leaving, seen = spread.sum(axis=1), to_largest * workers
    some = (leaving > 0) & (destination != here)
    leaving, seen, said = leaving[some], seen[some], spread[here, destination][some]
    rest, said_rest = np.maximum(leaving - seen, 0.0), np.maximum(leaving - said, 0.0)
    tiny = 1e-9 * leaving
    parts = [_surprise(seen, np.maximum(said, tiny)), _surprise(rest, np.maximum(said_rest, tiny))]
    return float(2.0 * sum(part.sum() for part in parts))


def _surprise(seen: Floats, said: Floats) -> Floats:
    return np.where(seen > 0, seen * np.log(np.where(seen > 0, seen, 1.0) / said), 0.0)


def reciprocal(weight: Floats, spread: Floats, seen: Floats, destination: Indices, exponent: float) -> Floats:
    """Weights in which the way back from a largest destination is as near or far as the published way there.

    What makes more people than distance says go one way – a good road, a ferry, a shared past – holds the
    other way, too.

    Parameters
    ----------
    weight : (n, n) how near two places are.
    spread : (n, n) what these weights alone would give.
    seen : (n,) persons who go to the largest destination.
    destination : (n,) that destination.
    exponent : how much of the discrepancy holds the other way, 0 to 1.
    """
    here = np.arange(len(seen))
    said = spread[here, destination]
    known = (destination != here) & (said > 0) & (seen > 0)
    off = np.divide(seen, said, out=np.ones_like(said), where=known)
    found = weight.copy()
    # One published share does not prove that distance is wrong by more than ten times.
    found[destination[known], here[known]] *= np.clip(off[known], 0.1, 10.0) ** exponent
    return found
