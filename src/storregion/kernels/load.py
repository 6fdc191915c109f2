"""Power hour by hour: from energy over a year to the hours above a limit, and how likely those are.

An hour's load is in MW, the mean over the hour (MWh/h). A year has 8760 hours.
"""

from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DAYS, HOURS = 365, 8760
TENTH = 1.2815515655446004
"""The standard deviations above the mean that a normal variable passes once in ten."""


class NoLoadError(ValueError):
    """The numbers cannot be those of a load: a wrong shape, or a value that is negative or not finite."""


class Hours(NamedTuple):
    """How a load stands to a limit: hours above it, and the energy above it in MWh."""

    number: Integers
    energy: Floats


class Chances(NamedTuple):
    """What many winters and requests come to.

    Attributes
    ----------
    short : (years,) the part of the draws in which the margin is below zero.
    hours : (years,) mean hours above the limit.
    first : (draws,) the place of the first year below zero; the number of years where there is none.
    """

    short: Floats
    hours: Floats
    first: Integers


def profile(shape: Floats, days: Floats, year: int) -> Floats:
    """The part of a year's energy that falls in each hour.

    The days of a month differ as `days` says. Its first seven days have the highest loads, the next seven the
    next highest, and so on, so that every weekday gets its part; within seven days Thursday is the highest,
    then the days nearest to it, as a cold spell counts most on working days.

    Parameters
    ----------
    shape : (12, 7, 24) load by month, weekday from Monday, and hour, in any unit.
    days : (12, n) factors of a month's days at even steps from the lowest to the highest day.
    year : gives the weekdays; its 29 February is left out.

    Returns
    -------
    (8760,) parts that add up to 1, from the first hour of 1 January.
    """
    if shape.shape != (12, 7, 24) or days.ndim != 2 or days.shape[0] != 12 or days.shape[1] < 2:
        raise NoLoadError(f"a shape of {shape.shape} with days of {days.shape} is not that of a year")
    if not (
        np.isfinite(shape).all() and np.isfinite(days).all() and (shape >= 0).all() and (days >= 0).all()
    ):
        raise NoLoadError("a shape or its days hold a value that is negative or not finite")
    first = date(year, 1, 1)
    calendar = [day for at in range(DAYS + 1) if (day := first + timedelta(at)).year == year]
    calendar = [day for day in calendar if (day.month, day.day) != (2, 29)]
    month = np.array([day.month - 1 for day in calendar])
    weekday = np.array([day.weekday() for day in calendar])
    week = np.array([(day.day - 1) // 7 for day in calendar])
    factor = np.empty(DAYS)
    steps = np.linspace(0.0, 1.0, days.shape[1])
    for one in range(12):
        own = np.flatnonzero(month == one)
        order = own[np.lexsort((weekday[own], abs(weekday[own] - 3), week[own]))]
        factor[order] = np.interp(np.linspace(1.0, 0.0, len(own)), steps, days[one])
    load = (shape[month, weekday] * factor[:, None]).ravel()
    parts: Floats = load / load.sum()
    return parts


def daily(weights: Floats) -> Floats:
    """(8760,) parts of a year's energy that is used alike every day, by (24,) weights of the hours."""
    return np.tile(weights / weights.sum() / DAYS, DAYS)


def cold(use: Floats) -> Floats:
    """The part of a year's heating that falls in each hour, by how far a day's use is above the lowest tenth.

    Parameters
    ----------
    use : (8760,) parts of the year's use.

    Returns
    -------
    (8760,) parts that add up to 1, alike within a day; all alike where every day is.
    """
    sums = use.reshape(DAYS, 24).sum(axis=1)
    excess = np.maximum(sums - np.quantile(sums, 0.1), 0.0)
    if not excess.any():
        excess = np.ones(DAYS)
    return np.repeat(excess / excess.sum() / 24, 24)


def hourly(energy: Floats, profiles: Floats) -> Floats:
    """(…, 8760) MW in every hour, from (…, k) MWh a year by part and (k, 8760) parts of a year's energy."""
    if energy.shape[-1] != profiles.shape[0]:
        raise NoLoadError(f"{energy.shape[-1]} energies do not fit {profiles.shape[0]} profiles")
    return energy @ profiles


def duration(load: Floats) -> Floats:
    """(…, hours) the loads from the highest to the lowest hour."""
    return -np.sort(-load, axis=-1)


def above(load: Floats, limit: Floats) -> Hours:
    """The hours in which loads are above limits, and the energy above them.

    Parameters
    ----------
    load : (n, hours) MW.
    limit : (n,) MW.
    """
    over = load - limit[:, None]
    return Hours((over > 0).sum(axis=1).astype(np.int64), np.maximum(over, 0.0).sum(axis=1))


def without_largest(feed_ins: Floats) -> Floats:
    """(years,) MW that are left when the largest of (years, n) feed-ins is out of service."""
    if not feed_ins.shape[1]:
        return np.zeros(feed_ins.shape[0])
    left: Floats = feed_ins.sum(axis=1) - feed_ins.max(axis=1)
    return left


def chances(
    durations: Floats,
    limit: Floats,
    requests: tuple[Floats, Integers, Integers, Floats],
    *,
    ten_year: float,
    draws: int,
    seed: int,
) -> Chances:
    """How often the margin is below zero when winters vary and requests come or not.

    A winter multiplies every hour by a normal variable about 1, drawn anew for each year. A request, once it
    comes, draws its MW in every hour of the years it lasts.

    Parameters
    ----------
    durations : (years, hours) MW of a normal winter from the highest hour down.
    limit : (years,) MW.
    requests : MW, place of the first year, place after the last year, and probability, each (requests,).
    ten_year : the peak of a winter that comes once in ten years, divided by that of a normal one; 1 or more.
    draws : how many.
    seed : of the random numbers; the same seed gives the same draws.
    """
    if ten_year < 1.0 or draws < 1:
        raise NoLoadError(f"a ten-year winter of {ten_year:g} in {draws} draws cannot be drawn")
    random = np.random.default_rng(seed)
    years = len(limit)
    winter = np.maximum(1.0 + (ten_year - 1.0) / TENTH * random.standard_normal((draws, years)), 0.01)
    mw, since, until, probability = requests
    comes = random.random((draws, len(mw))) < probability
    at = np.arange(years)
    there = (at >= since[:, None]) & (at < until[:, None])
    # What is left for the load that follows the winter, as that load would be in a normal one.
    room = (limit - comes.astype(np.float64) @ (mw[:, None] * there)) / winter
    short = durations[:, 0] > room
    hours = np.empty(years)
    for year in range(years):
        rising = durations[year, ::-1]
        hours[year] = (len(rising) - np.searchsorted(rising, room[:, year], side="right")).mean()
    first = np.where(short.any(axis=1), short.argmax(axis=1), years)
    return Chances(short.mean(axis=0), hours, first.astype(np.int64))
