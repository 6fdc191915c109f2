"""Why projections of counties differ: the same births, deaths and immigration with other domestic moves."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.demography import ComponentsCounty, PopulationYearly
from storregion.studies.projection_hindcasts import HORIZONS, HindcastCases
from storregion.studies.projection_municipal import MunicipalProjection

Floats = NDArray[np.float64]
PROJECTION = "projection"
BASE_YEARS = {"years_1": 1, "years_5": 5, "years_15": 15}
"""How many years' moves each path goes on with."""
PATHS = (PROJECTION, *BASE_YEARS)
TRIED = ("years_1", "years_5")
"""The paths with enough launches to be tried on the past."""
_HEADS = 3
"""Years whose births and deaths per head a launch of the past goes on with."""

COUNTY_MOVES = columns.schema(
    "county_moves",
    __name__,
    columns.code("path", key=True, choices=PATHS),
    columns.county(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.number("change_percent", "percent"),
    columns.whole("births", "persons", least=0),
    columns.whole("deaths", "persons", least=0),
    columns.whole("domestic", "net_moves"),
    columns.whole("international", "net_moves"),
)
CountyMoves = Annotated[pl.DataFrame, COUNTY_MOVES]

COUNTY_MOVES_ERRORS = columns.schema(
    "county_moves_errors",
    __name__,
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.code("part", key=True),
    columns.code("path", key=True, choices=(PROJECTION, *TRIED)),
    columns.whole("launches", "number", least=1),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("bias_percent", "percent"),
)
CountyMovesErrors = Annotated[pl.DataFrame, COUNTY_MOVES_ERRORS]


class _Past(NamedTuple):
    """Counties and years in order, and (years, n) of people in today's division and of each component."""

    counties: list[str]
    years: list[int]
    persons: Floats
    births: Floats
    deaths: Floats
    domestic: Floats
    abroad: Floats


class _Ahead(NamedTuple):
    """Births and deaths per head, the country's of both, and net migration from abroad: years by n."""

    births: Floats
    deaths: Floats
    born: Floats
    died: Floats
    abroad: Floats


def county_moves(
    components_county: ComponentsCounty,
    population_yearly: PopulationYearly,
    municipal_projection: MunicipalProjection,
    *,
    share_years: int = 5,
) -> CountyMoves:
    """Every county in the base frame, by the projection and by domestic moves going on as in recent years.

    On every path the country's births, deaths and net migration are the frame's, births and deaths per head
    in proportion to the projection's, and a county's part of the net migration from abroad that of recent
    years. What is left of the projection's net migration is its domestic moves. Counts are since the start.

    Parameters
    ----------
    components_county : moves of the years gone by.
    population_yearly : people in today's division.
    municipal_projection : the projection.
    share_years : the years whose part of the country's net migration from abroad a county keeps.

    Raises
    ------
    DataError
        A county's moves are not known in the years needed.
    """
    past = _past(components_county, population_yearly)
    ahead = (
        municipal_projection.filter(frame="base")
        .group_by("year", county=pl.col("municipality").str.head(2), maintain_order=True)
        .agg(pl.col("persons", "births", "deaths", "net_migration").sum())
        .sort("year", "county")
    )
    persons, births, deaths, net = (
        ahead[name].to_numpy().reshape(-1, len(past.counties)).astype(np.float64)
        for name in ("persons", "births", "deaths", "net_migration")
    )
    before = np.concatenate([past.persons[-1:], persons[:-1]])
    abroad = _part_from_abroad(past, len(past.years), share_years) * net.sum(axis=1)[:, None]
    frame = _Ahead(births / before, deaths / before, births.sum(axis=1), deaths.sum(axis=1), abroad)
    made = {PROJECTION: np.stack([persons, births, deaths, net - abroad, abroad])}
    for path, length in BASE_YEARS.items():
        made[path] = _carried(past.persons[-1], frame, _rate(past, len(past.years), length))
    frames = [_rows(path, ahead, found) for path, found in made.items()]
    now = pl.DataFrame({"county": past.counties, "now": past.persons[-1]})
    change = 100.0 * (pl.col("persons") / pl.col("now") - 1.0)
    known = weakest_of("estimated", components_county, population_yearly, municipal_projection)
    return (
        pl.concat(frames)
        .join(now, on="county")
        .with_columns(change_percent=change, basis=pl.lit(known))
        .select(column.name for column in COUNTY_MOVES.columns)
        .sort("path", "county", "year")
    )


def county_moves_errors(
    components_county: ComponentsCounty, population_yearly: PopulationYearly, hindcast_cases: HindcastCases
) -> CountyMovesErrors:
    """How the paths would have done, given the country's true births, deaths and migration.

    Parameters
    ----------
    components_county : what was known, and what came.
    population_yearly : people in today's division.
    hindcast_cases : the projection's own, added up by county; from the same launches.
    """
    past = _past(components_county, population_yearly)
    known = np.isfinite((past.domestic + past.births + past.deaths).sum(axis=1))
    first = past.years[-int(np.cumprod(np.flip(known)).sum())]
    # In one order always, so that the means have the same bits.
    county = pl.col("municipality").str.head(2).alias("county")
    launched = hindcast_cases.group_by("launch", "horizon", county, maintain_order=True)
    made = launched.agg(pl.col("projected", "outcome").sum())
    longest = max(BASE_YEARS[path] for path in TRIED)
    tried = pl.concat(
        _launched(past, launch - past.years[0] + 1, horizon, path)
        for horizon in HORIZONS
        for launch in range(first + longest - 1, past.years[-1] - horizon + 1)
        for path in TRIED
    )
    keys = ["launch", "horizon", "county"]
    own = made.join(tried.unique(keys, maintain_order=True), on=keys, how="semi", maintain_order="left")
    own = own.with_columns(path=pl.lit(PROJECTION))
    other = tried.join(made.drop("projected"), on=keys, maintain_order="left")
    both = pl.concat([own.select(other.columns), other])
    known = weakest_of("estimated", components_county, population_yearly, hindcast_cases)
    return (
        pl.concat([both.with_columns(part=pl.lit("all")), both.with_columns(part="county")])
        .with_columns(error=100.0 * (pl.col("projected") / pl.col("outcome") - 1.0))
        .group_by("horizon", "part", "path", maintain_order=True)
        .agg(
            launches=pl.col("launch").n_unique().cast(pl.Int64),
            error_percent=pl.col("error").abs().mean(),
            bias_percent=pl.col("error").mean(),
        )
        .with_columns(basis=pl.lit(known))
        .select(column.name for column in COUNTY_MOVES_ERRORS.columns)
        .sort("horizon", "part", "path")
    )


def _past(components: pl.DataFrame, population: pl.DataFrame) -> _Past:
    """What is not known is not a number; people of years after the last with components stand at the end."""
    people = population.group_by("year", county=pl.col("municipality").str.head(2), maintain_order=True).agg(
        pl.col("persons").sum()
    )
    counties, years = people["county"].unique().sort().to_list(), components["year"].unique().sort().to_list()
    whole = pl.DataFrame({"year": years}).join(pl.DataFrame({"county": counties}), how="cross")
    rows = whole.join(components, on=["year", "county"], how="left", maintain_order="left").with_columns(
        abroad=pl.col("immigration") - pl.col("emigration"),
        domestic=pl.col("net_migration") - pl.col("immigration") + pl.col("emigration"),
    )
    found = (
        rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy().reshape(len(years), len(counties))
        for name in ("births", "deaths", "domestic", "abroad")
    )
    persons = people.filter(pl.col("year") >= years[0]).sort("year", "county")["persons"].to_numpy()
    return _Past(counties, years, persons.reshape(-1, len(counties)).astype(np.float64), *found)


def _rate(past: _Past, until: int, length: int) -> Floats:
    """Domestic net moves per head of each county over the last years before `until`."""
    rate = past.domestic[until - length : until] / past.persons[until - length : until]
    if not np.isfinite(rate).all():
        lost = [past.counties[at] for at in np.flatnonzero(~np.isfinite(rate).all(axis=0))]
        raise DataError(
            f"components_county does not have the moves of {lost} in the {length} years up to "
            f"{past.years[until - 1]}; add them"
        )
    return np.asarray(rate.mean(axis=0))


def _part_from_abroad(past: _Past, until: int, length: int) -> Floats:
    """Each county's part of the country's net migration from abroad over the last years before `until`."""
    came = past.abroad[until - length : until].sum(axis=0)
    return np.asarray(came / came.sum())


def _carried(now: Floats, ahead: _Ahead, rate: Floats) -> Floats:
    """People and births, deaths, domestic moves and those from abroad of each year: (5, years, n)."""
    people, found = now, []
    for births, deaths, born, died, abroad in zip(*ahead, strict=True):
        babies, dead = births * people, deaths * people
        babies, dead = babies * (born / babies.sum()), dead * (died / dead.sum())
        # What does not balance over the country is taken from all in proportion to their people.
        moved = rate * people - (rate * people).sum() * people / people.sum()
        people = people + babies - dead + moved + abroad
        found.append([people, babies, dead, moved, abroad])
    return np.stack(found, axis=1)


def _launched(past: _Past, until: int, horizon: int, path: str) -> pl.DataFrame:
    """A path from the last year before `until`, with the country's own births, deaths and migration since."""
    years = slice(until, until + horizon)
    births, deaths = (part[until - _HEADS : until].sum(axis=0) for part in (past.births, past.deaths))
    lived = past.persons[until - _HEADS : until].sum(axis=0)
    born, died = past.births[years].sum(axis=1), past.deaths[years].sum(axis=1)
    total = past.persons[until - 1 : until + horizon].sum(axis=1)
    net = np.diff(total) - born + died
    part = _part_from_abroad(past, until, BASE_YEARS["years_5"])
    ones = np.ones((horizon, 1))
    ahead = _Ahead(ones * (births / lived), ones * (deaths / lived), born, died, net[:, None] * part)
    found = _carried(past.persons[until - 1], ahead, _rate(past, until, BASE_YEARS[path]))
    return pl.DataFrame({"county": past.counties, "projected": found[0, -1]}).with_columns(
        launch=pl.lit(past.years[until - 1], pl.Int64),
        horizon=pl.lit(horizon, pl.Int64),
        path=pl.lit(path),
    )


def _rows(path: str, ahead: pl.DataFrame, found: Floats) -> pl.DataFrame:
    """A path's rows, what happens added up since the start."""
    names = ("births", "deaths", "domestic", "international")
    sums = dict(zip(names, np.cumsum(found[1:], axis=1), strict=True)) | {"persons": found[0]}
    return ahead.select("county", "year").with_columns(
        **{name: pl.Series(part.ravel().round()).cast(pl.Int64) for name, part in sums.items()},
        path=pl.lit(path),
    )
