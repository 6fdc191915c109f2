"""Commuting: who lives in one municipality and works in another, and how well that is known."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.people import Population, PopulationProfile
from storregion.facts.places import Municipalities
from storregion.facts.work import (
    COMMUTING,
    COUNTY_COMMUTING,
    Commuting,
    CommutingKnown,
    CommutingObserved,
    CountyCommuting,
    Employed,
    LabourMarketAreas,
)
from storregion.kernels import intervals
from storregion.kernels.deterrence import free_spread, reciprocal
from storregion.kernels.estimate import NoEstimateError, Observed, matrix_from_shares
from storregion.studies.nearness import Nearness

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

COMMUTING_ESTIMATE = COMMUTING.renamed("commuting_estimate", __name__)
CommutingEstimate = Annotated[pl.DataFrame, COMMUTING_ESTIMATE]

COMMUTING_ERROR = columns.schema(
    "commuting_error",
    __name__,
    columns.whole("year", "year", key=True, least=1749, most=2100),
    columns.number("error", "points", least=0.0),
    columns.share("destinations_found"),
    columns.share("fixed_share"),
    columns.number("misplaced", "share", least=0.0, absent="misplaced_absent"),
)
CommutingError = Annotated[pl.DataFrame, COMMUTING_ERROR]

COMMUTING_COUNTIES = columns.schema(
    "commuting_counties",
    __name__,
    COUNTY_COMMUTING["year"],
    COUNTY_COMMUTING["home_county"],
    COUNTY_COMMUTING["work_county"],
    columns.number("persons", "employed", least=0.0),
    columns.number("carried", "employed", least=0.0),
    columns.whole("observed_year", "year", least=1749, most=2100),
    columns.whole("observed", "employed", least=0),
)
CommutingCounties = Annotated[pl.DataFrame, COMMUTING_COUNTIES]


class Published(NamedTuple):
    """What is published of commuting."""

    commuting_observed: CommutingObserved
    county_commuting: CountyCommuting
    labour_market_areas: LabourMarketAreas
    commuting_known: CommutingKnown
    employed: Employed


class Residents(NamedTuple):
    """How many live where, and of what age."""

    population: Population
    population_profile: PopulationProfile
    municipalities: Municipalities


def commuting_estimate(
    published: Published,
    residents: Residents,
    nearness: Nearness,
    *,
    employed_share: float = 0.72,
    reciprocity: float = 0.7,
    border: float = 0.65,
) -> CommutingEstimate:
    """Commuting in every year with published shares, estimated from these and the flows between counties.

    The interval of a cell is as wide as estimates with other nearness that fits the published shares about as
    well are apart, and as the estimate was off on a complete matrix (see `storregion commuting check`).

    Parameters
    ----------
    published : shares by municipality and year; flows between counties, of which the nearest year's shares of
        each county's residents are kept; observed flows, whose residents stand in their years; single known
        flows, kept exactly in their year and carried to others with the people of working age; employed
        people where they live and work, which stand in their years.
    residents : persons and age shares, for the level of employed residents, and counties.
    nearness : how near municipalities are.
    employed_share : employed residents per resident aged 20–74 in the country; a county's differs from it as
        in `county_commuting`.
    reciprocity : how much of what a published share has beyond its nearness holds on the way back, 0 to 1.
    border : factor on nearness across county borders where no flows between counties are known.

    Raises
    ------
    DataError
        The population of a year is missing or contradicts its shares.
    """
    parts = []
    for when in sorted(set(published.labour_market_areas["year"])):
        shares = published.labour_market_areas.filter(pl.col("year") == when).sort("municipality")
        workers = _residents(when, shares, published.commuting_observed)
        if workers is None:
            workers = _employed(when, shares, published, residents, employed_share)
        case = _Case(shares, workers["value"].to_numpy(), nearness, residents.municipalities)
        flows = _known_flows(when, published.commuting_known, residents)
        known = case.known(
            _county_shares(when, published.county_commuting, case), flows, _day(when, published.employed)
        )
        try:
            table = case.table(when, known, reciprocity, border)
        except NoEstimateError as error:
            raise DataError(
                f"commuting {when} cannot be estimated from labour_market_areas: {error}"
            ) from None
        # A change that a scenario makes anywhere moves the jobs of all.
        basis = weakest_of("estimated", shares, nearness, workers, *_seen_in(when, published, residents))
        parts.append(_with_known(table, flows).with_columns(basis=pl.lit(basis)))
    names = [column.name for column in COMMUTING_ESTIMATE.columns]
    none = pl.DataFrame(schema={column.name: column.dtype for column in COMMUTING_ESTIMATE.columns})
    return pl.concat([none, *(part.select(names) for part in parts)])


def commuting(commuting_observed: CommutingObserved, commuting_estimate: CommutingEstimate) -> Commuting:
    """Commuting in observed years, and the estimate of the years that only have published shares.

    Parameters
    ----------
    commuting_observed : observed flows; may be empty.
    commuting_estimate : the estimate.

    Raises
    ------
    DataError
        An observed year has no total.
    """
    names = [column.name for column in COMMUTING.columns]
    none = pl.lit(None, pl.Float64)
    observed = commuting_observed.with_columns(cell=pl.lit("observed"), low=none, high=none).select(names)
    seen = set(commuting_observed["year"])
    if half := sorted(seen - set(commuting_observed.filter(pl.col("sex") == "total")["year"])):
        raise DataError(
            f"commuting_observed has no total in {half}, only women or men; read the total in, too"
        )
    rest = commuting_estimate.filter(~pl.col("year").is_in(sorted(seen))).select(names)
    return pl.concat([observed, rest]).sort("year", "home", "work", "sex")


def commuting_error(
    commuting_estimate: CommutingEstimate,
    published: Published,
    nearness: Nearness,
    municipalities: Municipalities,
) -> CommutingError:
    """How well nearness alone fits what is published, and the estimate what was observed.

    Parameters
    ----------
    commuting_estimate : the estimate of every year with published shares.
    published : the shares, and what was observed.
    nearness : how near municipalities are.
    municipalities : counties.
    """
    rows = []
    for (when,), guess in commuting_estimate.group_by("year", maintain_order=True):
        shares = published.labour_market_areas.filter(pl.col("year") == when).sort("municipality")
        workers = (
            guess.group_by("home", maintain_order=True)
            .agg(pl.col("persons").sum())
            .sort("home")["persons"]
            .to_numpy()
        )
        case = _Case(shares, workers, nearness, municipalities)
        error, found = case.error()
        share = pl.col("persons").filter(pl.col("cell") == "published_share").sum() / pl.col("persons").sum()
        fixed = guess.select(share).item()
        seen = published.commuting_observed.filter(pl.col("year") == when, pl.col("sex") == "total")
        misplaced = _misplaced(guess, seen) if seen.height else None
        reason = "not_applicable" if misplaced is None else None
        basis = weakest_of("estimated", shares, guess, nearness, seen)
        rows.append((when, 100 * error, found, fixed, misplaced, reason, basis))
    types = {column.name: column.dtype for column in COMMUTING_ERROR.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def commuting_counties(
    commuting: Commuting, county_commuting: CountyCommuting, municipalities: Municipalities
) -> CommutingCounties:
    """Commuting between counties beside what the nearest published year says.

    Parameters
    ----------
    commuting : flows by year.
    county_commuting : flows between counties; no rows of the result where there are none.
    municipalities : counties.
    """
    county = municipalities.select("municipality", "county")
    flows = (
        commuting.filter(pl.col("sex") == "total")
        .join(county.rename({"municipality": "home", "county": "home_county"}), on="home")
        .join(county.rename({"municipality": "work", "county": "work_county"}), on="work")
        .group_by("year", "home_county", "work_county", maintain_order=True)
        .agg(pl.col("persons").sum(), weakest())
    )
    years = pl.DataFrame(
        [(when, _nearest(when, county_commuting)) for when in flows["year"].unique().sort()],
        schema={"year": pl.Int64, "observed_year": pl.Int64},
        orient="row",
    ).drop_nulls()
    ends = ["home_county", "work_county"]
    seen = county_commuting.select(*ends, observed_year="year", observed="persons", basis_seen="basis")
    share = pl.col("observed") / pl.col("observed").sum().over("year", "home_county")
    return (
        seen.join(years, on="observed_year")
        .join(flows, on=["year", *ends], how="left")
        .with_columns(pl.col("persons").fill_null(0.0))
        .with_columns(carried=share * pl.col("persons").sum().over("year", "home_county"))
        .with_columns(pl.col("basis").fill_null("estimated"))
        .with_columns(basis=weaker("basis", "basis_seen"))
        # What is carried is a share of all that leave the county.
        .with_columns(basis=weakest().over("year", "home_county"))
        .select([column.name for column in COMMUTING_COUNTIES.columns])
        .sort("year", *ends)
    )


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
    """One year's published shares, employed residents and nearness, as arrays in the order of codes."""

    def __init__(
        self, shares: pl.DataFrame, workers: Floats, nearness: pl.DataFrame, municipalities: pl.DataFrame
    ) -> None:
        self.codes = shares["municipality"].to_list()
        index = {code: at for at, code in enumerate(self.codes)}
        self.workers = workers
        self.out = shares["out_share"].to_numpy()
        self.to_largest = shares["out_share_largest"].to_numpy()
        self.destination = (
            shares["largest_destination"].replace_strict(index, return_dtype=pl.Int64).to_numpy()
        )
        names = {"municipality": self.codes}
        self.counties = pl.DataFrame(names).join(
            municipalities, on="municipality", how="left", maintain_order="left"
        )["county"]
        self.groups = self.counties.rank("dense").to_numpy().astype(np.int64) - 1
        self._read(nearness)

    def _read(self, nearness: pl.DataFrame) -> None:
        """Nearness as arrays in the order of codes."""
        n = len(self.codes)
        rows = nearness.filter(pl.col("home").is_in(self.codes), pl.col("work").is_in(self.codes)).sort(
            "home", "work"
        )
        if rows.height != n * n:
            raise DataError(f"nearness has {rows.height} pairs of {n} municipalities, not {n * n}")
        names = ("km", "near", "near_below", "near_above", "far", "far_weight")
        arrays = [rows[name].to_numpy().reshape(n, n) for name in names]
        self.km, self.near, self.below, self.above, far, weight = arrays
        self.far = weight * far
        self.weight = self.near + self.far

    def known(self, counties: Floats | None, flows: pl.DataFrame, day: pl.DataFrame) -> Observed:
        """What is observed: single flows, jobs, and shares of each county's residents who work in each."""
        index = {code: at for at, code in enumerate(self.codes)}
        blocks = np.empty((0, 0))
        if counties is not None:
            blocks = counties * np.bincount(self.groups, self.workers)[:, None]
        cells, jobs = np.empty((0, 0)), np.empty(0)
        if flows.height:
            cells = np.full((len(index), len(index)), np.nan)
            for home, work, persons in flows.select("home", "work", "persons").iter_rows():
                cells[index[home], index[work]] = persons
        if day.height:
            found = dict(day.select("municipality", "persons").iter_rows())
            jobs = np.array([found.get(code, np.nan) for code in self.codes])
        return Observed(cells, jobs, self.groups, blocks)

    def flows(
        self, weight: Floats, known: Observed, reciprocity: float, border: float, tolerance: float = 1e-9
    ) -> Floats:
        """The estimate with a nearness."""
        if not known.blocks.size:
            weight = weight * np.where(self.groups[:, None] == self.groups, 1.0, border)
        shares = (self.workers, self.out, self.to_largest, self.destination)
        spread = free_spread(self.workers, self.out, weight)
        seen = self.to_largest * self.workers
        weight = reciprocal(weight, spread, seen, self.destination, exponent=reciprocity)
        return matrix_from_shares(*shares, weight + np.eye(len(weight)), known, tolerance=tolerance)

    def error(self) -> tuple[float, float]:
        """The error of a free spread against the largest shares, and the share of destinations it finds."""
        spread = free_spread(self.workers, self.out, self.weight)
        here = np.arange(len(self.codes))
        off = spread[here, self.destination] / self.workers - self.to_largest
        found = float(np.mean(spread.argmax(axis=1) == self.destination))
        return float(np.sqrt(np.average(off**2, weights=self.workers))), found

    def table(self, when: int, known: Observed, reciprocity: float, border: float) -> pl.DataFrame:
        """The estimate as rows, each with how it is known and, where it is spread, its interval."""
        flows = self.flows(self.weight, known, reciprocity, border)
        # They fit what is published about as well, and the weight of the far scale is an assumption.
        others = [
            self.flows(weight, known, back, border, tolerance=1e-4)
            for weight, back in (
                (self.below + self.far, reciprocity),
                (self.above + self.far, reciprocity),
                (self.near + 0.5 * self.far, reciprocity),
                (self.near + 2.0 * self.far, reciprocity),
                (self.weight, 0.0),
            )
        ]
        size = len(self.codes)
        fixed = np.eye(size, dtype=bool)
        fixed[np.arange(size), self.destination] = True
        ceiling = np.broadcast_to((self.to_largest * self.workers)[:, None], flows.shape)
        low, high = intervals.of_cells(flows, intervals.apart(flows, others), ceiling, self.km)
        codes = pl.Series(self.codes)
        spread = pl.when(~pl.col("fixed"))
        return pl.DataFrame(
            {
                "year": np.full(size * size, when),
                "home": codes.gather(np.repeat(np.arange(size), size)),
                "work": codes.gather(np.tile(np.arange(size), size)),
                "persons": flows.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
                "fixed": fixed.ravel(),
            }
        ).with_columns(
            spread.then("low").alias("low"),
            spread.then("high").alias("high"),
            sex=pl.lit("total"),
            cell=spread.then(pl.lit("spread")).otherwise(pl.lit("published_share")),
        )


def _known_flows(when: int, known: pl.DataFrame, residents: Residents) -> pl.DataFrame:
    """Single flows of the year nearest to one, those of another year carried by the people of working age."""
    near = (
        known.with_columns(off=(pl.col("year") - when).abs())
        .sort("off", "year")
        .group_by("home", "work", maintain_order=True)
        .first()
    )
    parts = [
        near.select(
            "home", "work", pl.col("persons").cast(pl.Float64), cell=pl.lit("observed"), year="year"
        ).clear()
    ]
    now = _of_working_age(when, residents).select(home="municipality", now="value")
    for (year,), rows in near.group_by("year", maintain_order=True):
        then = _of_working_age(int(str(year)), residents).select(home="municipality", then="value")
        both = rows.join(now, on="home", how="left").join(then, on="home", how="left")
        carried = pl.col("persons") * pl.col("now") / pl.col("then")
        same = pl.col("year") == when
        if both.filter(~same, pl.col("then").is_null()).height:
            raise DataError(f"commuting_known has {year}, but the population near that year is not known")
        parts.append(
            both.select(
                "home",
                "work",
                persons=pl.when(same).then(pl.col("persons")).otherwise(carried),
                cell=pl.when(same).then(pl.lit("observed")).otherwise(pl.lit("carried")),
                year="year",
            )
        )
    return pl.concat(parts)


def _seen_in(when: int, published: Published, residents: Residents) -> list[pl.DataFrame]:
    """What is observed and every pair of a year rests on, and who lived there where it is of another year."""
    counties = published.county_commuting.filter(
        pl.col("year") == pl.lit(_nearest(when, published.county_commuting), pl.Int64)
    )
    seen = [counties, published.commuting_known, published.employed.filter(pl.col("year") == when)]
    years = {year for frame in seen[:2] for year in frame["year"]}
    return seen + [_of_working_age(year, residents) for year in sorted(years)]


def _with_known(table: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """The estimate with the cells marked that are known by themselves."""
    if flows.is_empty():
        return table
    marked = table.join(flows.select("home", "work", own="cell"), on=["home", "work"], how="left")
    spread = pl.when(pl.col("own").is_null())
    return marked.with_columns(
        spread.then("low").alias("low"),
        spread.then("high").alias("high"),
        cell=pl.coalesce("own", "cell"),
    ).drop("own")


def _day(when: int, employed: pl.DataFrame) -> pl.DataFrame:
    """Employed people by municipality of work in a year; no rows where that is not known."""
    return employed.filter(pl.col("year") == when, pl.col("side") == "day")


def _residents(when: int, shares: pl.DataFrame, observed: pl.DataFrame) -> pl.DataFrame | None:
    """Employed residents as observed, where the year is."""
    seen = observed.filter(pl.col("year") == when, pl.col("sex") == "total")
    if seen.is_empty():
        return None
    living = seen.group_by(municipality="home", maintain_order=True).agg(
        weakest(), value=pl.col("persons").sum()
    )
    both = shares.select("municipality").join(living, on="municipality", how="left", maintain_order="left")
    if lost := both.filter(pl.col("value").is_null())["municipality"].to_list():
        raise DataError(f"commuting {when} has nobody living in {lost}; read national matrices whole")
    return both


def _employed(
    when: int, shares: pl.DataFrame, published: Published, residents: Residents, employed_share: float
) -> pl.DataFrame:
    """Employed residents of every municipality: those of working age times the rate of its county."""
    aged = _of_working_age(when, residents)
    both = shares.select("municipality").join(aged, on="municipality", how="left", maintain_order="left")
    if lost := both.filter(pl.col("value").is_null())["municipality"].to_list():
        raise DataError(
            f"population near {when} is not known for {lost}; commuting cannot be estimated for them"
        )
    rates = _county_rates(when, published.county_commuting, residents)
    county = residents.municipalities.select("municipality", "county")
    both = both.join(county, on="municipality", how="left", maintain_order="left")
    both = both.join(rates, on="county", how="left", maintain_order="left")
    night = published.employed.filter(pl.col("year") == when, pl.col("side") == "night")
    both = both.join(
        night.select("municipality", "persons"), on="municipality", how="left", maintain_order="left"
    )
    value = pl.col("value") * pl.col("relative").fill_null(1.0) * employed_share
    return both.select("municipality", "basis", value=pl.coalesce("persons", value))


def _of_working_age(when: int, residents: Residents) -> pl.DataFrame:
    """Residents aged 20–74 of each municipality; no row where they are not known."""
    people = _at(residents.population.select("municipality", "year", "basis", value="persons"), when)
    part = 1 - pl.col("share_0_19") - pl.col("share_75_plus")
    ages = _at(residents.population_profile.select("municipality", "year", "basis", value=part), when)
    both = people.join(ages, on="municipality", suffix="_share", maintain_order="left")
    return both.select(
        "municipality",
        value=pl.col("value") * pl.col("value_share"),
        basis=pl.when(pl.any_horizontal(pl.col("basis", "basis_share") == "assumed"))
        .then(pl.lit("assumed"))
        .otherwise("basis"),
    )


def _county_rates(when: int, county_commuting: pl.DataFrame, residents: Residents) -> pl.DataFrame:
    """Each county's employed residents per resident of working age, against the country's of that year."""
    year = _nearest(when, county_commuting)
    if year is None:
        return pl.DataFrame(schema={"county": pl.String, "relative": pl.Float64})
    county = residents.municipalities.select("municipality", "county")
    aged = _of_working_age(year, residents).join(county, on="municipality", maintain_order="left")
    # In one order always, so that the country's sum has the same bits.
    living = aged.group_by("county", maintain_order=True).agg(pl.col("value").sum())
    flows = county_commuting.filter(pl.col("year") == year)
    employed = flows.group_by("home_county", maintain_order=True).agg(pl.col("persons").sum())
    both = living.join(employed, left_on="county", right_on="home_county", maintain_order="left")
    rate = pl.col("persons") / pl.col("value")
    return both.select("county", relative=rate / (pl.col("persons").sum() / pl.col("value").sum()))


def _county_shares(when: int, county_commuting: pl.DataFrame, case: _Case) -> Floats | None:
    """Shares of each county's employed residents who work in each county, in the nearest year observed."""
    year = _nearest(when, county_commuting)
    codes = case.counties.unique().sort()
    if year is None or codes.len() < 2:
        return None
    every = pl.DataFrame({"home_county": codes}).join(pl.DataFrame({"work_county": codes}), how="cross")
    seen = every.join(
        county_commuting.filter(pl.col("year") == year), on=["home_county", "work_county"], how="left"
    ).sort("home_county", "work_county")
    persons = seen["persons"].fill_null(0).to_numpy().reshape(codes.len(), -1).astype(np.float64)
    return np.asarray(persons / persons.sum(axis=1, keepdims=True))


def _nearest(when: int, county_commuting: pl.DataFrame) -> int | None:
    """The published year closest to one; the earlier of two."""
    years = county_commuting["year"].unique().sort().to_list()
    return min(years, key=lambda year: (abs(year - when), year)) if years else None


def _at(values: pl.DataFrame, when: int) -> pl.DataFrame:
    """Each municipality's value in a year: on the line between the years around it, else the last before."""
    known = values.drop_nulls().sort("year")
    before = known.filter(pl.col("year") <= when).group_by("municipality", maintain_order=True).last()
    after = known.filter(pl.col("year") > when).group_by("municipality", maintain_order=True).first()
    both = before.join(after, on="municipality", how="left", suffix="_after")
    part = (when - pl.col("year")) / (pl.col("year_after") - pl.col("year"))
    line = pl.col("value") + part * (pl.col("value_after") - pl.col("value"))
    assumed = pl.any_horizontal(pl.col("basis", "basis_after") == "assumed")
    return both.select(
        "municipality",
        value=pl.coalesce(line, "value").cast(pl.Float64),
        basis=pl.when(assumed).then(pl.lit("assumed")).otherwise("basis"),
    )
