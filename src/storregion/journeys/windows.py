"""The figures of the journeys between places, by period of the day, leaving or arriving in it."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from storregion.journeys.profiles import Between, Floats
from storregion.kernels.windows import Summary, summaries
from storregion.timetable.travel_rules import WAYS

PERCENTS = (25, 50, 75)
"""Of the minutes of a period: the times with wait that are given."""


def over_windows(
    pairs: Sequence[tuple[str, str]], found: Between, windows: Sequence[tuple[str, int, int]], longest: int
) -> pl.DataFrame:
    """What the journeys between pairs of places come to in each period, leaving or arriving in it.

    Parameters
    ----------
    pairs : origin and destination.
    found : the journeys in every draw of the clock between those of the places that have a station.
    windows : name of each period, its first second, and the one after its last.
    longest : seconds of the longest journey that counts.

    Returns
    -------
    Rows by origin, destination, period and way: `fastest`, `typical`, `clock_low`, `clock_high`, `p25`,
    `with_wait` and `p75` in minutes, `departures`, `direct`, `transfers`, `within_60` as a share. With
    `times_absent`, and an absence of each time with wait: `missing` where there is no station,
    `not_applicable` where too few draws or minutes lead anywhere.
    """
    made = _summary(pairs, found, windows, longest)
    figures = {
        "fastest": _minutes(made.fastest),
        "typical": _minutes(made.typical),
        "clock_low": _minutes(made.low),
        "clock_high": _minutes(made.high),
        **{name: _minutes(made.waits[..., at]) for at, name in enumerate(("p25", "with_wait", "p75"))},
        "departures": made.journeys.ravel(),
        "transfers": made.changes.ravel(),
        "direct": made.direct.ravel(),
        "within_60": made.soon.ravel(),
    }
    cells = len(windows) * len(WAYS)
    frame = pl.DataFrame(
        {
            "origin": pl.Series([origin for origin, _ in pairs], dtype=pl.String),
            "destination": pl.Series([destination for _, destination in pairs], dtype=pl.String),
            "stationless": pl.Series([pair not in found for pair in pairs], dtype=pl.Boolean),
        }
    ).select(pl.all().repeat_by(cells).explode())
    names = [(name, way) for name, _, _ in windows for way in WAYS] * len(pairs)
    frame = frame.with_columns(
        pl.Series("period", [name for name, _ in names], dtype=pl.String),
        pl.Series("way", [way for _, way in names], dtype=pl.String),
        *(pl.Series(name, values, nan_to_null=True) for name, values in figures.items()),
    ).with_columns(transfers=pl.when(pl.col("departures") > 0).then("transfers"))
    reason = pl.when("stationless").then(pl.lit("missing")).otherwise(pl.lit("not_applicable"))
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


def _summary(
    pairs: Sequence[tuple[str, str]], found: Between, windows: Sequence[tuple[str, int, int]], longest: int
) -> Summary:
    """The figures of each pair; one without a station has no journey in any draw."""
    own = [at for at, pair in enumerate(pairs) if pair in found]
    rows = [found.origins[pairs[at][0]] for at in own], [found.goals[pairs[at][1]] for at in own]
    before = np.cumsum([0, *(len(draw.rides) for draw in found.draws)])
    begin, end = np.zeros((2, len(found.draws), len(pairs)), np.int64)
    for draw, one in enumerate(found.draws):
        begin[draw, own] = one.begin[rows] + before[draw]
        end[draw, own] = one.end[rows] + before[draw]
    return summaries(
        begin,
        end,
        np.concatenate([draw.times for draw in found.draws], axis=1),
        np.concatenate([draw.rides for draw in found.draws]),
        np.array([(start, end) for _, start, end in windows], np.int64).reshape(-1, 2),
        float(longest),
        np.array(PERCENTS),
    )


def _minutes(seconds: Floats) -> Floats:
    """Seconds as minutes, one after another; not a number where there is no time."""
    flat = seconds.ravel()
    return np.where(np.isfinite(flat), flat / 60.0, np.nan)
