"""Remote work in a model of commuting: who would work where, and who travels on which day.

A class of people works d days of five at home. A way of length c then weighs as one of c·((5 − d)/5)^η, so
that people accept longer ways. Jobs stay where they are and homes follow: each class of a workplace's people
is spread over homes by U_ij·f(r·c_ij)/f(c_ij), where U is how they would live without remote work, f how
distance deters, and r the perceived part of the way.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WORKDAYS = 5
_HALVINGS = 200
_SECANTS = 100
_ROUNDING = 1e-15
"""What the growth of a way may be off by rounding alone."""


class NoRemoteWorkError(ValueError):
    """Shares, days or ways cannot be, or no answer was found within the steps allowed."""


class Decay(NamedTuple):
    """How distance deters: exp(-c / near) + weight · exp(-c / far)."""

    near: float  # kilometres
    far: float  # kilometres
    weight: float  # not negative


class Nearby(NamedTuple):
    """How people live around their workplaces."""

    pattern: Floats  # (n, n) shares of each workplace's people by home, without remote work
    cost: Floats  # (n, n) kilometres
    decay: Decay  # how distance deters


class Spread(NamedTuple):
    """People by class."""

    onsite: Floats  # (n, n) persons living in i and working in j who never work at home
    remote: Floats  # (k, n, n) persons of each class


def perceived(days: Floats, exponent: float) -> Floats:
    """The part of a way that it is perceived as: ((5 − d) / 5)^η.

    Parameters
    ----------
    days : (k,) days a week at home, 0 to 5.
    exponent : η, not negative.
    """
    if not ((days >= 0) & (days <= WORKDAYS)).all() or not exponent >= 0:
        raise NoRemoteWorkError("days must be from 0 to 5 and the exponent not negative")
    return np.asarray(((WORKDAYS - days) / WORKDAYS) ** exponent)


def pulls(cost: Floats, parts: Floats, decay: Decay) -> Floats:
    """By how much each way deters less, for each class: f(r · c) / f(c).

    Parameters
    ----------
    cost : (n, n) kilometres, not negative.
    parts : (k,) the perceived part of the way.
    decay : f.

    Returns
    -------
    (k, n, n) array, at least 1.
    """
    return np.asarray(np.exp(_log_decay(parts[:, None, None] * cost, decay) - _log_decay(cost, decay)))


def _log_decay(cost: Floats, decay: Decay) -> Floats:
    near = -cost / decay.near
    if decay.weight <= 0:
        return near
    return np.asarray(np.logaddexp(near, np.log(decay.weight) - cost / decay.far))


def classes_by_place(national: Floats, weight: Floats, people: Floats) -> Floats:
    """National shares of classes spread over places: the odds of remote work in proportion to a weight.

    Parameters
    ----------
    national : (k,) of all people, adding up to less than 1.
    weight : (n,) relative odds of each place, above 0.
    people : (n,) persons.

    Returns
    -------
    (n, k) shares; the mean over people is the national one, and classes keep their proportions.
    """
    whole = float(national.sum())
    if not ((national >= 0).all() and whole < 1.0):
        raise NoRemoteWorkError(f"shares of classes must not be negative, and add up to less than 1: {whole}")
    if not ((weight > 0).all() and people.sum() > 0):
        raise NoRemoteWorkError("every place needs odds above 0, and there must be people")
    if whole == 0.0:
        return np.zeros((len(weight), len(national)))
    level = np.log(whole) - np.log1p(-whole)
    low, high = level - np.log(weight.max()), level - np.log(weight.min())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        odds = weight * np.exp(middle)
        if np.average(odds / (1 + odds), weights=people) < whole:
            low = middle
        else:
            high = middle
    found = odds / (1 + odds)
    return np.asarray(found[:, None] * (national / whole))


def jobs_by_class(flows: Floats, classes: Floats) -> Floats:
    """Persons of each class at each workplace.

    Parameters
    ----------
    flows : (n, n) persons living in i and working in j.
    classes : (n, k) shares of the residents of each place.

    Returns
    -------
    (k, n) array.
    """
    return np.asarray(classes.T @ flows)


def without(
    flows: Floats, jobs: Floats, pull: Floats, *, tolerance: float = 1e-10, steps: int = 5000
) -> Floats:
    """How each workplace's people would live if nobody worked at home, from how they live now.

    The answer U solves flows_ij = U_ij · (J⁰_j + Σ_k J^k_j · pull^k_ij / Σ_i U_ij · pull^k_ij), found by
    repetition.

    Parameters
    ----------
    flows : (n, n) persons living in i and working in j, all classes together.
    jobs : (k, n) of them, persons of each remote class at each workplace.
    pull : (k, n, n) by how much each way deters the class less.
    tolerance : the largest change of any share in the last step.
    steps : steps allowed.

    Returns
    -------
    (n, n) shares; each column adds up to 1, or 0 where nobody works.

    Raises
    ------
    NoRemoteWorkError
        More people work at home than there are, or the steps do not suffice.
    """
    held = flows.sum(axis=0)
    onsite = held - jobs.sum(axis=0)
    if (onsite < -1e-9 * (1 + held)).any():
        raise NoRemoteWorkError("more people work at home than there are jobs")
    onsite = np.maximum(onsite, 0.0)
    found = shares(flows)
    for _ in range(steps):
        mix = onsite + sum(
            _over(of, (found * one).sum(axis=0)) * one for of, one in zip(jobs, pull, strict=True)
        )
        now = shares(np.divide(flows, mix, out=np.zeros_like(flows), where=flows > 0))
        if np.abs(now - found).max(initial=0.0) <= tolerance:
            return now
        found = now
    raise NoRemoteWorkError(f"how people would live without remote work did not settle within {steps} steps")


def moved(near: Nearby, now: Floats) -> Floats:
    """How each workplace's people would live, without remote work, if ways had another length.

    Parameters
    ----------
    near : how they live, and the ways that they live with.
    now : (n, n) kilometres, the other ways.

    Returns
    -------
    (n, n) shares; each column adds up to 1, or 0 where nobody works.
    """
    return shares(near.pattern * np.exp(_log_decay(now, near.decay) - _log_decay(near.cost, near.decay)))


def settled(pattern: Floats, held: Floats, jobs: Floats, pull: Floats) -> Spread:
    """Where the people of each workplace live, class by class.

    Parameters
    ----------
    pattern : (n, n) shares of each workplace's people by home, without remote work.
    held : (n,) persons at each workplace.
    jobs : (k, n) of them, persons of each remote class.
    pull : (k, n, n) by how much each way deters the class less.

    Returns
    -------
    Persons; each workplace keeps its people of each class.

    Raises
    ------
    NoRemoteWorkError
        More people work at home than there are.
    """
    onsite = held - jobs.sum(axis=0)
    if (onsite < -1e-9 * (1 + held)).any():
        raise NoRemoteWorkError("more people work at home than there are jobs")
    remote = [of * shares(pattern * one) for of, one in zip(jobs, pull, strict=True)]
    shape = (len(jobs), *pattern.shape)
    return Spread(pattern * np.maximum(onsite, 0.0), np.stack(remote) if remote else np.zeros(shape))


def exponent_for(growth: float, days: Floats, jobs: Floats, near: Nearby) -> float:
    """The η with which those who work at home have so much longer ways on average than they would have.

    Parameters
    ----------
    growth : of the mean way, such as 0.05.
    days : (k,) a week at home, at least one of them above 0 and below 5.
    jobs : (k, n) persons of each class at each workplace.
    near : how they would live without remote work, and the ways.

    Raises
    ------
    NoRemoteWorkError
        Nobody works at home, or even ways that do not deter at all would not be so much longer.
    """
    if not growth >= 0 or not jobs[(days > 0) & (days < WORKDAYS)].sum() > 0:
        raise NoRemoteWorkError(
            "the growth must not be negative, and someone must work a part of the week at home"
        )
    before = mean_way(near.pattern * jobs.sum(axis=0), near.cost)

    def grown(exponent: float) -> float:
        pull = pulls(near.cost, perceived(days, exponent), near.decay)
        return mean_way(settled(near.pattern, jobs.sum(axis=0), jobs, pull).remote, near.cost) / before - 1

    low, high, low_off = 0.0, 1.0, -growth
    while (high_off := grown(high) - growth) < 0:
        low, high, low_off = high, 2 * high, high_off
        if high > 64:
            raise NoRemoteWorkError(f"ways cannot become {growth:.0%} longer by working at home as given")
    return _crossing(lambda exponent: grown(exponent) - growth, (low, low_off), (high, high_off))


def _crossing(off: Callable[[float], float], one: tuple[float, float], other: tuple[float, float]) -> float:
    """Where a function is zero, from two places and its values there, of which one is not above and one not
    below zero: secants that stay between the two (Illinois).
    """
    for _ in range(_SECANTS):
        (near, near_off), (far, far_off) = one, other
        if abs(far_off) <= _ROUNDING or near_off == far_off:
            break
        at = far - far_off * (far - near) / (far_off - near_off)
        found = at, off(at)
        one = other if found[1] * far_off < 0 else (near, near_off / 2)
        other = found
    return other[0]


def mean_way(flows: Floats, cost: Floats) -> float:
    """The mean way of all people.

    Parameters
    ----------
    flows : (…, n, n) persons.
    cost : (n, n) kilometres.
    """
    return float((flows * cost).sum() / flows.sum())


def at_home(days: Floats, weekdays: Floats) -> Floats:
    """The share of each class that works at home on each weekday.

    One who does so one day a week chooses it by the weekdays' shares, one who does so five days has no
    choice, and between them the choice fades: d/5 + (w − 1/5)·d·(5 − d)/4.

    Parameters
    ----------
    days : (k,) days a week at home, 0 to 5.
    weekdays : (5,) shares of a single day at home by weekday, adding up to 1; each between 0.04 and 0.36.

    Returns
    -------
    (k, 5) shares; each row adds up to the class's days.
    """
    if len(weekdays) != WORKDAYS or abs(weekdays.sum() - 1.0) > 1e-9:
        raise NoRemoteWorkError("five shares of weekdays that add up to 1 are needed")
    if not ((weekdays >= 0.04) & (weekdays <= 0.36)).all():
        raise NoRemoteWorkError("the share of a weekday must lie between 0.04 and 0.36")
    if not ((days >= 0) & (days <= WORKDAYS)).all():
        raise NoRemoteWorkError("days must be from 0 to 5")
    choice = days * (WORKDAYS - days) / (WORKDAYS - 1)
    return np.asarray(days[:, None] / WORKDAYS + (weekdays - 1 / WORKDAYS) * choice[:, None])


def shares(weights: Floats) -> Floats:
    """Columns that add up to 1, or 0 where they are empty.

    Parameters
    ----------
    weights : (n, n) not negative.
    """
    return np.asarray(_over(weights, weights.sum(axis=0)))


def _over(values: Floats, by: Floats) -> Floats:
    shape = np.broadcast_shapes(values.shape, by.shape)
    return np.divide(values, by, out=np.zeros(shape), where=np.broadcast_to(by > 0, shape))
