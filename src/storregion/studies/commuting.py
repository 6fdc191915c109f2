"""Commuting: who lives in one municipality and works in another, and how well that is known."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.facts.people import Population, PopulationProfile
from storregion.facts.places import MunicipalityPoints
from storregion.facts.work import COMMUTING, Commuting, CommutingObserved, LabourMarketAreas

Floats = NDArray[np.float64]

COMMUTING_ERROR = columns.schema(
    "commuting_error",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("decay", "per_km", most=0.0),
    columns.number("error", "points", least=0.0),
    columns.share("destinations_found"),
    columns.share("fixed_share"),
    columns.number("misplaced", "share", least=0.0, absent="misplaced_absent"),
)
CommutingError = Annotated[pl.DataFrame, COMMUTING_ERROR]

# Kilometres over which nearness falls to a third: tried coarsely, then around the best.
_COARSE = np.array([6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0, 28.0, 34.0, 42.0, 60.0])
_FINE = np.arange(-1.75, 2.0, 0.25)


def commuting(
    commuting_observed: CommutingObserved,
    labour_market_areas: LabourMarketAreas,
    population: Population,
    population_profile: PopulationProfile,
    municipality_points: MunicipalityPoints,
    *,
    employed_share: float = 0.72,
) -> Commuting:
    """Commuting in observed years, and an estimate of the years that only have published shares.

    Parameters
    ----------
    commuting_observed : observed flows; may be empty.
    labour_market_areas : shares by municipality and year.
    population, population_profile : persons and age shares, for the level of employed residents.
    municipality_points : points in metres, for distances.
    employed_share : employed residents per resident aged 20–74.

    Raises
    ------
    DataError
        An observed year has no total, or the population of an estimate is missing or contradicts its shares.
    """
    columns = [column.name for column in COMMUTING.columns]
    observed = commuting_observed.with_columns(cell=pl.lit("observed")).select(columns)
    seen = set(commuting_observed["year"])
    if half := sorted(seen - set(commuting_observed.filter(pl.col("sex") == "total")["year"])):
        raise DataError(
            f"commuting_observed has no total in {half}, only women or men; read the total in, too"
        )
    parts = [observed]
    for when in sorted(set(labour_market_areas["year"]) - seen):
        case = _case(
            when, labour_market_areas, population, population_profile, municipality_points, employed_share
        )
        parts.append(_estimated(when, case).select(columns))
    return pl.concat(parts).sort("year", "home", "work", "sex")


def commuting_error(
    commuting: Commuting,
    labour_market_areas: LabourMarketAreas,
    municipality_points: MunicipalityPoints,
) -> CommutingError:
    """How well the estimate fits what is published, and in an observed year what was observed.

    Parameters
    ----------
    commuting : the table with its estimated and observed years.
    labour_market_areas : the published shares; years without them have no estimate to judge.
    municipality_points : points in metres.
    """
    rows = []
    for when in sorted(set(labour_market_areas["year"]) & set(commuting["year"])):
        flows = commuting.filter(pl.col("year") == when, pl.col("sex") == "total")
        shares = labour_market_areas.filter(pl.col("year") == when).sort("municipality")
        workers = flows.group_by(municipality="home").agg(pl.col("persons").sum())
        known = shares.select("municipality").join(
            workers, on="municipality", how="left", maintain_order="left"
        )
        if known["persons"].null_count():
            lost = known.filter(pl.col("persons").is_null())["municipality"].to_list()
            raise DataError(f"commuting {when} has nobody living in {lost}; read national matrices whole")
        case = _Case(shares, known["persons"].to_numpy(), _distances(shares, municipality_points))
        decay, error, found = case.decay()
        seen = flows["cell"].first() == "observed"
        guess = _estimated(when, case) if seen else flows
        published = guess.filter(pl.col("cell") == "published_share")["persons"].sum()
        fixed = float(published) / float(guess["persons"].sum())
        misplaced = _misplaced(guess, flows) if seen else None
        reason = "not_applicable" if misplaced is None else None
        rows.append((when, decay, 100 * error, found, fixed, misplaced, reason, flows["basis"].first()))
    types = {column.name: column.dtype for column in COMMUTING_ERROR.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _misplaced(guess: pl.DataFrame, observed: pl.DataFrame) -> float | None:
    """The share of people across municipal borders whom the estimate places in another cell than observed."""
    ends = ["home", "work"]
    apart = pl.col("home") != pl.col("work")
    there = observed.filter(apart).select(*ends, seen="persons")
    both = guess.filter(apart).select(*ends, guess="persons").join(there, on=ends, how="full", coalesce=True)
    off = (pl.col("guess").fill_null(0.0) - pl.col("seen").fill_null(0.0)).abs().sum()
    crossing = float(there["seen"].sum())
    return 0.5 * float(both.select(off).item()) / crossing if crossing > 0 else None


class _Case:
    """One year's published shares, employed residents and distances, as arrays in the order of codes."""

    def __init__(
        self, shares: pl.DataFrame, workers: Floats, distances: Floats, basis: str = "estimated"
    ) -> None:
        self.basis = basis
        self.codes = shares["municipality"].to_list()
        index = {code: at for at, code in enumerate(self.codes)}
        self.workers = workers
        self.distances = distances
        self.out = shares["out_share"].to_numpy()
        self.to_largest = shares["out_share_largest"].to_numpy()
        self.destination = (
            shares["largest_destination"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
        )

    def near(self, decay: float) -> Floats:
        """How near places are to each other; nothing on the diagonal."""
        weight = np.exp(decay * self.distances)
        np.fill_diagonal(weight, 0.0)
        return weight

    def decay(self) -> tuple[float, float, float]:
        """The β with the least error, that error as a share, and the share of destinations it finds."""
        coarse = min((*self._error(-1.0 / reach), reach) for reach in _COARSE.tolist())
        error, found, reach = min((*self._error(-1.0 / near), near) for near in (coarse[2] + _FINE).tolist())
        return -1.0 / reach, error, -found

    def _error(self, beta: float) -> tuple[float, float]:
        weight = self.near(beta)
        leaving, jobs = self.out * self.workers, self.workers.copy()
        # A few rounds settle the jobs well enough to compare values of β.
        for _ in range(8):
            spread = weight * jobs
            spread *= (leaving / spread.sum(axis=1))[:, None]
            jobs = spread.sum(axis=0) + self.workers - leaving
        here = np.arange(len(self.codes))
        off = spread[here, self.destination] / self.workers - self.to_largest
        found = float(np.mean(spread.argmax(axis=1) == self.destination))
        return float(np.sqrt(np.average(off**2, weights=self.workers))), -found


def _case(
    when: int,
    areas: pl.DataFrame,
    population: pl.DataFrame,
    profile: pl.DataFrame,
    points: pl.DataFrame,
    employed_share: float,
) -> _Case:
    shares = areas.filter(pl.col("year") == when).sort("municipality")
    people = _at(population.select("municipality", "year", "basis", value="persons"), when)
    part = 1 - pl.col("share_0_19") - pl.col("share_75_plus")
    young = _at(profile.select("municipality", "year", "basis", value=part), when)
    both = shares.select("municipality").join(people, on="municipality", how="left", maintain_order="left")
    both = both.join(young, on="municipality", how="left", suffix="_share", maintain_order="left")
    lost = both.filter(pl.col("value").is_null() | pl.col("value_share").is_null())["municipality"].to_list()
    if lost:
        raise DataError(
            f"population near {when} is not known for {lost}; commuting cannot be estimated for them"
        )
    workers = (both["value"] * both["value_share"] * employed_share).to_numpy()
    # A change that a scenario makes anywhere moves the jobs of all.
    bases = pl.concat([shares["basis"], points["basis"], both["basis"], both["basis_share"]])
    known = "assumed" if "assumed" in bases else "estimated"
    return _Case(shares, workers, _distances(shares, points), known)


def _at(values: pl.DataFrame, when: int) -> pl.DataFrame:
    """Each municipality's value in a year: on the line between the years around it, else the last before."""
    known = values.drop_nulls().sort("year")
    before = known.filter(pl.col("year") <= when).group_by("municipality").last()
    after = known.filter(pl.col("year") > when).group_by("municipality").first()
    both = before.join(after, on="municipality", how="left", suffix="_after")
    part = (when - pl.col("year")) / (pl.col("year_after") - pl.col("year"))
    line = pl.col("value") + part * (pl.col("value_after") - pl.col("value"))
    assumed = pl.any_horizontal(pl.col("basis", "basis_after") == "assumed")
    return both.select(
        "municipality",
        value=pl.coalesce(line, "value").cast(pl.Float64),
        basis=pl.when(assumed).then(pl.lit("assumed")).otherwise("basis"),
    )


def _distances(shares: pl.DataFrame, points: pl.DataFrame) -> Floats:
    """Kilometres between municipalities as the crow flies, in the order of the shares."""
    where = shares.select("municipality").join(points, on="municipality", maintain_order="left")
    east, north = where["east"].to_numpy() / 1000.0, where["north"].to_numpy() / 1000.0
    return np.hypot(east[:, None] - east, north[:, None] - north)


def _estimated(when: int, case: _Case) -> pl.DataFrame:
    from storregion.kernels.estimate import NoEstimateError, matrix_from_shares

    beta, _, _ = case.decay()
    weight = case.near(beta)
    np.fill_diagonal(weight, 1.0)
    try:
        flows = matrix_from_shares(case.workers, case.out, case.to_largest, case.destination, weight)
    except NoEstimateError as error:
        raise DataError(f"commuting {when} cannot be estimated from labour_market_areas: {error}") from None
    size = len(case.codes)
    fixed = np.eye(size, dtype=bool)
    fixed[np.arange(size), case.destination] = True
    codes = pl.Series(case.codes)
    return pl.DataFrame(
        {
            "year": np.full(size * size, when),
            "home": codes.gather(np.repeat(np.arange(size), size)),
            "work": codes.gather(np.tile(np.arange(size), size)),
            "persons": flows.ravel(),
            "fixed": fixed.ravel(),
        }
    ).with_columns(
        sex=pl.lit("total"),
        cell=pl.when("fixed").then(pl.lit("published_share")).otherwise(pl.lit("spread")),
        basis=pl.lit(case.basis),
    )
