"""How projections of municipalities would have done, launched from past years with what was known then."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, some
from storregion.core.group import RegionGroup
from storregion.core.table import weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import MunicipalityPoints

Floats = NDArray[np.float64]
HORIZONS = (5, 10, 15)
KNOTS = (1, 5, 10, 15, 20, 25)
METHODS = ("model", "linear_10_controlled", "linear_9", "unchanged")
SIZES = ("size_1", "size_2", "size_3", "size_4")

MUNICIPAL_TREND = columns.schema(
    "municipal_trend",
    __name__,
    columns.municipality(key=True),
    columns.whole("launch", "year"),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.number("share_change", "percent"),
    columns.number("half_width", "percent", least=0.0),
)
MunicipalTrend = Annotated[pl.DataFrame, MUNICIPAL_TREND]

HINDCAST_CASES = columns.schema(
    "hindcast_cases",
    __name__,
    columns.municipality(key=True),
    columns.whole("launch", "year", key=True),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("persons_then", "persons", least=0),
    columns.number("projected", "persons", least=0.0),
    columns.whole("outcome", "persons_counted", least=0),
    columns.number("error_percent", "percent"),
    columns.number("half_width", "percent", least=0.0),
)
HindcastCases = Annotated[pl.DataFrame, HINDCAST_CASES]

HINDCASTS = columns.schema(
    "hindcasts",
    __name__,
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("since", "year", key=True),
    columns.code("part", key=True),
    columns.code("method", key=True, choices=METHODS),
    columns.whole("launches", "number", least=1),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("growth_error", "percent_a_year", least=0.0),
    columns.number("bias_percent", "percent"),
    columns.number("against_linear", "percent"),
    columns.share("covered", absent="covered_absent"),
)
Hindcasts = Annotated[pl.DataFrame, HINDCASTS]


class _Past(NamedTuple):
    codes: list[str]
    first: int
    persons: Floats
    measured: Floats
    known: str


class _Launch(NamedTuple):
    year: int
    horizon: int
    now: Floats
    then: Floats
    projected: Floats
    width: Floats


def municipal_trend(
    population_yearly: PopulationYearly,
    municipality_points: MunicipalityPoints,
    *,
    within_km: float = 20.0,
    ridge: float = 0.08,
    coverage: float = 0.8,
) -> MunicipalTrend:
    """What the latest year foresees of every municipality's share of the country.

    Parameters
    ----------
    population_yearly : persons in every year.
    municipality_points : how far municipalities are apart.
    within_km : kilometres at which a neighbour counts 1/e of one at the same point.
    ridge : how strongly the weights of past growth are drawn to zero.
    coverage : the share of past cases whose error the interval holds.
    """
    from storregion.kernels import trends

    past = _past(population_yearly, municipality_points, within_km)
    launch = past.persons.shape[1] - 1
    size = trends.size_classes(past.persons[:, launch])
    frames = []
    for horizon in KNOTS:
        trend = trends.foreseen(past.persons, past.measured, launch, horizon, ridge=ridge)
        width = trends.half_widths(trend.errors, _sizes(past, trend.errors), size, coverage)
        frames.append(
            pl.DataFrame({"municipality": past.codes}).with_columns(
                launch=pl.lit(past.first + launch, pl.Int64),
                horizon=pl.lit(horizon, pl.Int64),
                share_change=pl.Series(100.0 * np.expm1(trend.change)),
                half_width=pl.Series(100.0 * np.expm1(width)),
                basis=pl.lit(past.known),
            )
        )
    return pl.concat(frames).sort("municipality", "horizon")


def hindcast_cases(
    population_yearly: PopulationYearly,
    municipality_points: MunicipalityPoints,
    *,
    within_km: float = 20.0,
    ridge: float = 0.08,
    coverage: float = 0.8,
) -> HindcastCases:
    """The projection of every municipality from every launch whose outcome is known.

    The country's total is the true one.

    Parameters
    ----------
    population_yearly, municipality_points : as for `municipal_trend`.
    within_km : kilometres at which a neighbour counts 1/e of one at the same point; as for `municipal_trend`.
    ridge : how strongly the weights of past growth are drawn to zero; as for `municipal_trend`.
    coverage : the share of past cases whose error the interval holds; as for `municipal_trend`.
    """
    from storregion.kernels import trends

    past = _past(population_yearly, municipality_points, within_km)
    frames = []
    for horizon in HORIZONS:
        for launch in range(trends.OLDEST + horizon, past.persons.shape[1] - horizon):
            trend = trends.foreseen(past.persons, past.measured, launch, horizon, ridge=ridge)
            now, then = past.persons[:, launch], past.persons[:, launch + horizon]
            size = trends.size_classes(now)
            width = trends.half_widths(trend.errors, _sizes(past, trend.errors), size, coverage)
            projected = trends.controlled(now, trend.change, float(then.sum()))
            frames.append(
                _cases(past.codes, _Launch(past.first + launch, horizon, now, then, projected, width))
            )
    whole = pl.concat(frames).with_columns(basis=pl.lit(past.known)).sort("municipality", "launch", "horizon")
    return whole.select(column.name for column in HINDCAST_CASES.columns)


def hindcasts(
    hindcast_cases: HindcastCases,
    population_yearly: PopulationYearly,
    group: RegionGroup,
    *,
    sinces: tuple[int, ...] = (1990, 2000),
) -> Hindcasts:
    """Errors by horizon, launches, part of the country and method.

    Parameters
    ----------
    hindcast_cases : the model's own cases.
    population_yearly : what the naive rules extend.
    group : its counties are one part.
    sinces : the first launches; rows of the model begin at its own first launch, when that is later.
    """
    naive = _naive(hindcast_cases, population_yearly)
    model = hindcast_cases.with_columns(
        method=pl.lit("model"), covered=pl.col("error_percent").abs() <= pl.col("half_width")
    ).select(naive.columns)
    cases = _parts(pl.concat([model, naive]), group)
    frames = [
        cases.filter(pl.col("launch") >= since).with_columns(since=pl.lit(since, pl.Int64))
        for since in sinces
    ]
    found = (
        pl.concat(frames)
        .group_by("horizon", "since", "part", "method", maintain_order=True)
        .agg(
            launches=pl.col("launch").n_unique().cast(pl.Int64),
            error_percent=pl.col("error_percent").abs().mean(),
            growth_error=(pl.col("error_percent").abs() / pl.col("horizon")).mean(),
            bias_percent=pl.col("error_percent").mean(),
            covered=pl.col("covered").mean(),
        )
    )
    rule = found.filter(method="linear_10_controlled").select(
        "horizon", "since", "part", rule="error_percent"
    )
    return (
        found.join(rule, on=["horizon", "since", "part"])
        .with_columns(
            against_linear=100.0 * (pl.col("error_percent") / pl.col("rule") - 1.0),
            covered_absent=pl.when(pl.col("covered").is_null()).then(pl.lit("not_applicable")),
            basis=pl.lit(weakest_of("estimated", hindcast_cases, population_yearly)),
        )
        .select(column.name for column in HINDCASTS.columns)
        .sort("horizon", "since", "part", "method")
    )


def _past(population: pl.DataFrame, points: pl.DataFrame, within_km: float) -> _Past:
    from storregion.kernels import trends

    wide = population.sort("municipality", "year").pivot(on="year", index="municipality", values="persons")
    years = [int(name) for name in wide.columns[1:]]
    if years != list(range(years[0], years[0] + len(years))):
        raise DataError(
            f"population_yearly must have every year from {years[0]} to {years[-1]}; add the rest"
        )
    if len(years) < (least := trends.OLDEST + max(KNOTS) + 1):
        raise DataError(f"population_yearly has {len(years)} years; a trend needs {least}; add earlier ones")
    placed = wide.select("municipality").join(points, on="municipality", how="left", maintain_order="left")
    if placed["east"].null_count():
        lost = placed.filter(pl.col("east").is_null())["municipality"].to_list()
        raise DataError(f"municipality_points has no point of {some(lost)}; add them")
    east, north = placed["east"].to_numpy(), placed["north"].to_numpy()
    distance = np.hypot(east[:, None] - east, north[:, None] - north)
    persons = wide.drop("municipality").to_numpy().astype(np.float64)
    measured = trends.measures(persons, distance, within=1000.0 * within_km)
    known = weakest_of("estimated", population, points)
    return _Past(wide["municipality"].to_list(), years[0], persons, measured, known)


def _sizes(past: _Past, errors: Floats) -> NDArray[np.int64]:
    """The size classes at the launches that a trend was fitted to."""
    from storregion.kernels import trends

    starts = range(trends.OLDEST, trends.OLDEST + len(errors))
    return np.stack([trends.size_classes(past.persons[:, at]) for at in starts])


def _cases(codes: list[str], made: _Launch) -> pl.DataFrame:
    frame = pl.DataFrame(
        {
            "municipality": codes,
            "persons_then": made.now.astype(np.int64),
            "projected": made.projected,
            "outcome": made.then.astype(np.int64),
            "error_percent": 100.0 * (made.projected / made.then - 1.0),
            "half_width": 100.0 * np.expm1(made.width),
        }
    )
    return frame.with_columns(launch=pl.lit(made.year, pl.Int64), horizon=pl.lit(made.horizon, pl.Int64))


def _naive(cases: pl.DataFrame, population: pl.DataFrame) -> pl.DataFrame:
    """The naive rules from every launch and horizon that the years allow."""
    levels = population.select("municipality", "year", "persons")

    def at(frame: pl.DataFrame, shift: int | pl.Expr, name: str) -> pl.DataFrame:
        moved = frame.with_columns(year=pl.col("launch") + shift)
        return moved.join(levels.rename({"persons": name}), on=["municipality", "year"]).drop("year")

    frames = []
    for horizon in sorted(cases["horizon"].unique()):
        frame = levels.rename({"year": "launch", "persons": "persons_then"})
        for shift, name in ((horizon, "outcome"), (-9, "nine"), (-10, "ten")):
            frame = at(frame, shift, name)
        frames.append(frame.with_columns(horizon=pl.lit(horizon, pl.Int64)))
    every = pl.concat(frames)
    now, ahead = pl.col("persons_then"), pl.col("horizon")
    linear = {years: now + (now - pl.col(name)) * ahead / years for name, years in (("nine", 9), ("ten", 10))}
    total = pl.col("outcome").sum() / linear[10].sum()
    rules = {
        "linear_10_controlled": linear[10] * total.over("launch", "horizon"),
        "linear_9": linear[9],
        "unchanged": now,
    }
    return pl.concat(
        every.select(
            "municipality",
            "launch",
            "horizon",
            "persons_then",
            method=pl.lit(name),
            error_percent=100.0 * (rule / pl.col("outcome") - 1.0),
            covered=pl.lit(None, pl.Boolean),
        )
        for name, rule in rules.items()
    )


def _parts(cases: pl.DataFrame, group: RegionGroup) -> pl.DataFrame:
    """Each case once for every part that it belongs to: all, the group, its size class, its county."""
    county = pl.col("municipality").str.head(2)
    rank = pl.col("persons_then").rank("ordinal").over("launch", "horizon", "method") - 1
    size = "size_" + (rank * 4 // pl.len().over("launch", "horizon", "method") + 1).cast(pl.String)
    return pl.concat(_labelled(cases, group, county, size))


def _labelled(
    cases: pl.DataFrame, group: RegionGroup, county: pl.Expr, size: pl.Expr
) -> Iterator[pl.DataFrame]:
    yield cases.with_columns(part=pl.lit("all"))
    yield cases.filter(county.is_in(list(group.counties))).with_columns(part=pl.lit("group"))
    yield cases.with_columns(part=size)
    yield cases.with_columns(part=county)
