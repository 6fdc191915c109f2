"""Shift-share: growth taken apart into the nation's, the industries' and the region's own, and carried on.

Of the jobs that region r has in industry i, e_ri, the growth is the sum of three parts, with G the growth of
all jobs in the nation and G_i that of the industry:

    national  e_ri·G          mix  e_ri·(G_i − G)          regional  e_ri·(g_ri − G_i)
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class NoShareError(ValueError):
    """Jobs that no shift-share can be made of."""


class Parts(NamedTuple):
    """What growth consists of; the three add up to it."""

    national: Floats  # (r, i) jobs, had all grown as all jobs in the nation
    mix: Floats  # (r, i) jobs, for industries that grew faster or slower than all
    regional: Floats  # (r, i) jobs, for the region's industry growing faster or slower than the nation's


def decomposed(before: Floats, after: Floats, nation_before: Floats, nation_after: Floats) -> Parts:
    """The growth of regions by industry in three parts.

    Parameters
    ----------
    before, after : (r, i) jobs by region and industry in two years.
    nation_before, nation_after : (i,) jobs of the nation by industry in the same years.

    Returns
    -------
    Three (r, i) arrays that add up to `after` − `before`.

    Raises
    ------
    NoShareError
        The shapes differ, a number is negative or not finite, or an industry has jobs in a region and none in
        the nation.

    References
    ----------
    Dunn (1960), A statistical and analytical technique for regional analysis.
    """
    _check(before, after, nation_before, nation_after)
    whole = nation_after.sum() / nation_before.sum() - 1.0
    pace = _ratio(nation_after, nation_before) - 1.0
    return Parts(before * whole, before * (pace - whole), after - before * (1.0 + pace))


def _check(before: Floats, after: Floats, nation_before: Floats, nation_after: Floats) -> None:
    industries = nation_before.shape
    if before.shape != after.shape or nation_after.shape != industries or before.shape[1:] != industries:
        raise NoShareError(
            f"jobs of shape {before.shape} and {after.shape} in regions do not fit {industries} and "
            f"{nation_after.shape} in the nation"
        )
    for name, jobs in (("regions", (before, after)), ("the nation", (nation_before, nation_after))):
        if not all(np.isfinite(one).all() and (one >= 0).all() for one in jobs):
            raise NoShareError(f"jobs of {name} are negative or not finite")
    lost = np.flatnonzero((nation_before == 0) & ((before > 0).any(axis=0) | (nation_after > 0)))
    if lost.size or not nation_before.sum() > 0:
        raise NoShareError(f"industries {lost.tolist()} have no jobs in the nation to begin with")


def _ratio(above: Floats, below: Floats) -> Floats:
    """One where both are nothing."""
    return np.asarray(np.divide(above, below, out=np.ones_like(above), where=below > 0))


def faded(years: int, fading: float) -> float:
    """How many years' pace is left over a number of years, when each keeps a part of the one before.

    Parameters
    ----------
    years : years ahead.
    fading : the part of the pace that is left after each year, 0 to 1.
    """
    return float(sum(fading**year for year in range(1, years + 1)))


class Past(NamedTuple):
    """What the years to come are carried on from."""

    before: Floats  # (r, i) jobs some years earlier
    now: Floats  # (r, i) jobs; the regions are the whole nation
    years: int  # between the two
    people_before: Floats  # (r,) persons
    people: Floats  # (r,) persons


def carried(
    past: Past,
    horizon: int,
    people: Floats,
    follow: Floats,
    *,
    national_fading: float,
    shift_fading: float,
) -> Floats:
    """Jobs by region and industry some years ahead, before any total is met.

    The nation's industries go on at their pace, a part of it less each year. A region's share of an industry
    follows its share of the people, as far as the industry does, and what it gained beyond that fades.

    Parameters
    ----------
    past : jobs and people now and some years earlier.
    horizon : years ahead.
    people : (r,) persons by then.
    follow : (i,) how far the share of an industry follows that of people: 1 for local services.
    national_fading : what is left each year of the pace of the nation's industries.
    shift_fading : what is left each year of the pace at which a region gained or lost shares by itself.

    Returns
    -------
    (r, i) jobs; an industry adds up to the nation's.
    """
    nation, nation_before = past.now.sum(axis=0), past.before.sum(axis=0)
    pace = np.log(_ratio(nation, nation_before)) / past.years
    ahead = nation * np.exp(pace * faded(horizon, national_fading))
    share, share_before = (_shares(one) for one in (past.now, past.before))
    there = (share > 0) & (share_before > 0)
    gained = np.log(np.divide(share, share_before, out=np.ones_like(share), where=there))
    grew = np.log(_part(past.people) / _part(past.people_before))[:, None] * follow
    own = np.where(there, gained - grew, 0.0) / past.years * faded(horizon, shift_fading)
    moved = np.log(_part(people) / _part(past.people))[:, None] * follow
    return np.asarray(_shares(share * np.exp(own + moved)) * ahead)


def _shares(jobs: Floats) -> Floats:
    """Each region's part of an industry; none where the industry has no jobs."""
    nation = jobs.sum(axis=0, keepdims=True)
    return np.asarray(np.divide(jobs, nation, out=np.zeros_like(jobs), where=nation > 0))


def _part(people: Floats) -> Floats:
    return np.asarray(people / people.sum())
