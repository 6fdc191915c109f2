"""The figures of the journeys between places, by period of the day, leaving or arriving in it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.journeys.draws import Profiles
from storregion.journeys.profiles import Floats, Profile
from storregion.kernels.windows import Summary, summary
from storregion.timetable.travel_rules import WAYS

PERCENTS = (25, 50, 75)
"""Of the minutes of a period: the times with wait that are given."""


def over_windows(
    pairs: Sequence[tuple[str, str, Profiles | None]], windows: Sequence[tuple[str, int, int]], longest: int
) -> pl.DataFrame:
    """What the journeys between pairs of places come to in each period, leaving or arriving in it.

    Parameters
    ----------
    pairs : origin, destination, and the journeys in every draw of the clock; None where one has no station.
    windows : name of each period, its first second, and the one after its last.
    longest : seconds of the longest journey that counts.

    Returns
    -------
    Rows by origin, destination, period and way: `fastest`, `typical`, `clock_low`, `clock_high`, `p25`,
    `with_wait` and `p75` in minutes, `departures`, `direct`, `transfers`, `within_60` as a share. With
    `times_absent`, and an absence of each time with wait: `missing` where there is no station,
    `not_applicable` where too few draws or minutes lead anywhere.
    """
    bounds = np.array([(start, end) for _, start, end in windows], np.int64).reshape(-1, 2)
    # A place without a station has no journey in the one draw that then stands for all.
    found = [_summary(profiles or (Profile.none(),), bounds, longest) for _, _, profiles in pairs]
    figures = {
        "fastest": _minutes([one.fastest for one in found]),
        "typical": _minutes([one.typical for one in found]),
        "clock_low": _minutes([one.low for one in found]),
        "clock_high": _minutes([one.high for one in found]),
        **{
            name: _minutes([one.waits[:, :, at] for one in found])
            for at, name in enumerate(("p25", "with_wait", "p75"))
        },
        "departures": _flat([one.journeys for one in found], int),
        "transfers": _flat([one.changes for one in found], int),
        "direct": _flat([one.direct for one in found], int),
        "within_60": _flat([one.soon for one in found]),
    }
    keys = [
        (origin, destination, name, way, profiles is None)
        for origin, destination, profiles in pairs
        for name, _, _ in windows
        for way in WAYS
    ]
    names = {"origin": pl.String, "destination": pl.String, "period": pl.String, "way": pl.String}
    frame = pl.DataFrame(keys, schema={**names, "stationless": pl.Boolean}, orient="row")
    reason = pl.when("stationless").then(pl.lit("missing")).otherwise(pl.lit("not_applicable"))
    frame = frame.with_columns(
        pl.Series(name, values, nan_to_null=True) for name, values in figures.items()
    ).with_columns(transfers=pl.when(pl.col("departures") > 0).then("transfers"))
    return frame.with_columns(
        pl.when(pl.col(figure).is_null()).then(reason).alias(absent) for absent, figure in ABSENT.items()
    ).drop("stationless")


ABSENT = {
    "times_absent": "fastest",
    "wait_absent": "with_wait",
    "p25_absent": "p25",
    "p75_absent": "p75",
}
"""The reason for each figure that may not be there."""


def _summary(profiles: Profiles, bounds: NDArray[np.int64], longest: int) -> Summary:
    columns = ([getattr(one, name) for one in profiles] for name in ("ready", "departures", "arrivals"))
    return summary(
        np.cumsum([0, *(len(one.rides) for one in profiles)]),
        np.stack([np.concatenate(column) for column in columns]),
        np.concatenate([one.rides for one in profiles]),
        bounds,
        float(longest),
        np.array(PERCENTS),
    )


def _flat(parts: Sequence[NDArray[Any]], kind: type = float) -> NDArray[Any]:
    """The figures of all pairs, one after another."""
    return np.concatenate([np.zeros(0, kind), *(part.ravel() for part in parts)])


def _minutes(parts: Sequence[Floats]) -> Floats:
    """Seconds as minutes; not a number where there is no time."""
    seconds = _flat(parts)
    return np.where(np.isfinite(seconds), seconds / 60.0, np.nan)
