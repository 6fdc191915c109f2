"""The hours of the year, and the highest hour of a normal winter in every place, now and to come."""

from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import SettingError
from storregion.core.table import weakest_of
from storregion.facts.power_capacity import LoadDays, LoadShape
from storregion.kernels import load
from storregion.studies.power_demand import PowerDemand

POWER_PROFILES = columns.schema(
    "power_profiles",
    __name__,
    columns.whole("hour_of_year", "number", key=True, least=1, most=load.HOURS),
    columns.number("use", "part_of_year", least=0.0),
    columns.number("charging", "part_of_year", least=0.0),
    columns.number("night", "part_of_year", least=0.0),
    columns.number("heating", "part_of_year", least=0.0),
)
PowerProfiles = Annotated[pl.DataFrame, POWER_PROFILES]

NIGHT = 6
"""Charging at night falls evenly on the hours before this one."""

POWER_PEAKS = columns.schema(
    "power_peaks",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("peak_mw", "mw_of_load", least=0.0, absent="peak_absent"),
    columns.number("peak_least", "mw_of_load", least=0.0),
    columns.number("peak_most", "mw_of_load", least=0.0, optional=True),
    columns.number("homes_mw", "mw_of_load", least=0.0, absent="homes_absent"),
    columns.number("change_least", "mw_of_load"),
    columns.number("change_most", "mw_of_load", optional=True),
)
PowerPeaks = Annotated[pl.DataFrame, POWER_PEAKS]

_SAME = 1e-3
"""MW that bounds of published figures may differ by, as MWh are whole."""


def power_profiles(
    load_shape: LoadShape,
    load_days: LoadDays,
    *,
    calendar_year: int = 2017,
    charging_hours: tuple[float, ...] = (1.0,) * 24,
) -> PowerProfiles:
    """The part of a year's energy that each hour has, for every kind of use.

    Parameters
    ----------
    load_shape, load_days : the load as measured, by month, weekday and hour, and how a month's days differ.
    calendar_year : gives the weekdays; the year of the measurements.
    charging_hours : how much of a day's charging falls in each hour from midnight, in any unit.

    Raises
    ------
    SettingError
        The charging hours are not 24 numbers from 0 up, one of them above.
    """
    weights = np.array(charging_hours)
    if weights.shape != (24,) or not (weights >= 0).all() or not weights.any():
        raise SettingError(
            f"power_profiles.charging_hours = {charging_hours}: give 24 numbers from 0 up, not all of them 0"
        )
    shape = load_shape.sort("month", "weekday", "hour")["ratio"].to_numpy().reshape(12, 7, 24)
    days = load_days.sort("month", "percentile")["factor"].to_numpy().reshape(12, -1)
    use = load.profile(shape, days, calendar_year)
    return pl.DataFrame(
        {
            "hour_of_year": np.arange(1, load.HOURS + 1),
            "use": use,
            "charging": load.daily(weights),
            "night": load.daily((np.arange(24) < NIGHT).astype(np.float64)),
            "heating": load.cold(use),
            "basis": "assumed",
        }
    )


def power_peaks(power_demand: PowerDemand, power_profiles: PowerProfiles) -> PowerPeaks:
    """Peaks of a normal winter by place and year, at least and at most where use is suppressed.

    Parameters
    ----------
    power_demand : MWh that must come in, by kind of use.
    power_profiles : the part of a year's energy that each hour has, by kind of use.
    """
    rows = power_demand.filter(scope="place").sort("supplied", "year")
    profiles = power_profiles.select("use", "charging", "night", "heating").to_numpy().T
    other = rows.select("charging_mwh", "night_mwh", "heating_mwh").to_numpy()
    homes = rows["homes_mwh"].to_numpy()
    ends = [homes + rows[name].fill_null(np.nan).to_numpy() for name in ("other_least_mwh", "other_most_mwh")]
    least, most = (_peaks(np.column_stack([end, other]), profiles) for end in ends)
    found = pl.DataFrame(
        {
            "place": rows["supplied"],
            "year": rows["year"],
            "peak_least": least,
            "peak_most": pl.Series(most).fill_nan(None),
            "homes": homes * profiles[0].max(),
            "homes_known": rows["homes_known"],
            "basis": weakest_of("estimated", rows, power_profiles),
        }
    )
    whole = pl.col("homes_known") == "whole"
    known = ((pl.col("peak_most") - pl.col("peak_least")).abs() < _SAME).fill_null(value=False)
    first = pl.col("peak_least", "peak_most").first().over("place", order_by="year").name.prefix("first_")
    return (
        found.with_columns(first)
        .with_columns(
            peak_mw=pl.when(known).then(pl.col("peak_least")),
            peak_absent=pl.when(~known).then(pl.lit("suppressed")),
            homes_mw=pl.when(whole).then(pl.col("homes")),
            homes_absent=pl.when(~whole).then(pl.lit("suppressed")),
            change_least=pl.col("peak_least") - pl.col("first_peak_least"),
            change_most=pl.col("peak_most") - pl.col("first_peak_most"),
        )
        .select(column.name for column in POWER_PEAKS.columns)
    )


def _peaks(energy: load.Floats, profiles: load.Floats) -> load.Floats:
    """(n,) the highest hour of each row of energies; that of one profile alone needs no hours."""
    if not energy[:, 1:].any():
        peaks: load.Floats = energy[:, 0] * profiles[0].max()
        return peaks
    return np.array([load.hourly(row, profiles).max() for row in energy])
