"""How the jobs of counties would have been projected from past years, with what was known then."""

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, SettingError
from storregion.core.group import RegionGroup
from storregion.core.table import weakest, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.employment import (
    REST,
    WIDE_INDUSTRIES,
    EmploymentIndustryYearly,
    YearlyJobs,
    yearly_jobs,
)
from storregion.kernels.shift_share import Past, carried
from storregion.studies.projection_hindcasts import HindcastCases

Floats = NDArray[np.float64]
METHODS = ("model", "linear_controlled", "shift_undamped", "constant_share", "unchanged")

EMPLOYMENT_HINDCAST_CASES = columns.schema(
    "employment_hindcast_cases",
    __name__,
    columns.county(key=True),
    columns.whole("launch", "year", key=True),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.code("method", key=True, choices=METHODS),
    columns.number("jobs_then", "thousand_jobs", least=0.0),
    columns.number("projected", "thousand_jobs", least=0.0),
    columns.number("outcome", "thousand_jobs", least=0.0),
    columns.number("error_percent", "percent"),
)
EmploymentHindcastCases = Annotated[pl.DataFrame, EMPLOYMENT_HINDCAST_CASES]

EMPLOYMENT_HINDCASTS = columns.schema(
    "employment_hindcasts",
    __name__,
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.whole("since", "year", key=True),
    columns.whole("until", "year", key=True),
    columns.code("method", key=True, choices=METHODS),
    columns.whole("launches", "number", least=1),
    columns.number("error_percent", "percent", least=0.0),
    columns.number("bias_percent", "percent"),
    columns.number("half_width", "percent", least=0.0),
    columns.share("covered", absent="covered_absent"),
)
EmploymentHindcasts = Annotated[pl.DataFrame, EMPLOYMENT_HINDCASTS]


class GrowthRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How jobs go on from their past."""

    base_years: int = 5
    local: tuple[str, ...] = ("F", "G-I", "L", "M-N", "O-Q", "R-U")
    basic_follow: float = 0.5
    national_fading: float = 0.9
    shift_fading: float = 0.2

    def follow(self, industries: Sequence[str]) -> Floats:
        """How far each wide industry's share of the country follows that of people, 0 to 1."""
        if lost := sorted(set(self.local) - set(WIDE_INDUSTRIES)):
            raise SettingError(f"rule.local names {lost}; choose among {list(WIDE_INDUSTRIES[1:])}")
        return np.array([1.0 if one in self.local else self.basic_follow for one in industries])


class _Launch(NamedTuple):
    """What is known of the regions at a launch, and of the country by its outcome."""

    past: Past
    horizon: int
    people: Floats  # (r,) persons by then, as the population would have been projected
    follow: Floats  # (i,) how far each industry follows the people
    total: float  # thousands of jobs in the country by then


def employment_hindcast_cases(
    employment_industry_yearly: EmploymentIndustryYearly,
    population_yearly: PopulationYearly,
    hindcast_cases: HindcastCases,
    group: RegionGroup,
    *,
    rule: GrowthRule = GrowthRule(),  # noqa: B008 - frozen
) -> EmploymentHindcastCases:
    """The jobs of every county from every launch by the model and by naive rules, given the country's total.

    The people to come are those that the population model would have projected at the launch.

    Parameters
    ----------
    employment_industry_yearly : jobs by county, industry and year.
    population_yearly : people by municipality and year.
    hindcast_cases : people as they would have been projected.
    group : the code of the country.
    rule : how jobs go on: the pace of the last `base_years`; wide industries `local` follow the people, and
        all others do so by `basic_follow`, 0 to 1; of the pace of the country's industries `national_fading`
        is left each year, and `shift_fading` of that at which a county gained or lost shares by itself.

    Raises
    ------
    DataError
        There are too few years, or jobs fall so fast that none would be left.
    SettingError
        An industry of `local` does not exist.
    """
    found = yearly_jobs(employment_industry_yearly, group)
    if len(found.years) < rule.base_years + 2:
        raise DataError(
            f"employment_industry_yearly has {len(found.years)} years; {rule.base_years + 2} are needed"
        )
    people = _People(found.regions, population_yearly, hindcast_cases)
    rows: list[tuple[object, ...]] = []
    for at in range(rule.base_years, len(found.years) - 1):
        for horizon in range(1, len(found.years) - at):
            case = _launch(found, people, at, horizon, rule)
            rows += _rows(found, case, at, rule)
    names = [column.name for column in EMPLOYMENT_HINDCAST_CASES.columns]
    known = weakest_of("estimated", employment_industry_yearly, population_yearly, hindcast_cases)
    whole = pl.DataFrame(rows, schema=names[:-1], orient="row").with_columns(basis=pl.lit(known))
    return whole.sort("county", "launch", "horizon", "method")


def employment_hindcasts(
    employment_hindcast_cases: EmploymentHindcastCases, *, alone: int = 2010, coverage: float = 0.8
) -> EmploymentHindcasts:
    """Errors by horizon and method over all launches, and from one launch by itself to the last year.

    Parameters
    ----------
    employment_hindcast_cases : the projections of every county and their outcomes.
    alone : the launch that is shown by itself.
    coverage : the share of past errors that an interval holds.
    """
    cases = employment_hindcast_cases.with_columns(size=pl.col("error_percent").abs())
    last = int(cases.select((pl.col("launch") + pl.col("horizon")).max()).item())
    single = cases.filter(launch=alone, horizon=last - alone)
    parts = [cases, single] if single.height else [cases]
    covered = _covered(cases.filter(method="model"), coverage)
    found = [
        part.group_by("horizon", "method", maintain_order=True).agg(
            since=pl.col("launch").min(),
            until=pl.col("launch").max(),
            launches=pl.col("launch").n_unique().cast(pl.Int64),
            error_percent=pl.col("size").mean(),
            bias_percent=pl.col("error_percent").mean(),
            half_width=pl.col("size").quantile(coverage, "linear"),
            basis=weakest(),
        )
        for part in parts
    ]
    several = (pl.col("method") == "model") & (pl.col("launches") > 1)
    return (
        pl.concat(found)
        .unique(["horizon", "since", "until", "method"], maintain_order=True)
        .join(covered, on="horizon", how="left")
        .with_columns(covered=pl.when(several).then("covered"))
        .with_columns(
            covered_absent=pl.when(pl.col("covered").is_null()).then(pl.lit("not_applicable")),
        )
        .select(column.name for column in EMPLOYMENT_HINDCASTS.columns)
        .sort("horizon", "since", "until", "method")
    )


def _covered(cases: pl.DataFrame, coverage: float) -> pl.DataFrame:
    """The share of outcomes within an interval made of the errors from all other launches."""
    rows = []
    for (horizon,), part in cases.group_by("horizon", maintain_order=True):
        inside = []
        for (launch,), own in part.group_by("launch", maintain_order=True):
            others = part.filter(pl.col("launch") != launch)["size"]
            if others.len():
                inside += (own["size"] <= others.quantile(coverage, "linear")).to_list()
        rows.append((horizon, sum(inside) / len(inside) if inside else None))
    return pl.DataFrame(rows, schema={"horizon": pl.Int64, "covered": pl.Float64}, orient="row")


class _People:
    """The people of each region in any year, as counted and as they would have been projected."""

    def __init__(self, regions: list[str], population: pl.DataFrame, cases: pl.DataFrame) -> None:
        self.regions = regions
        county = pl.col("municipality").str.head(2)
        known = county.is_in([region for region in regions if region != REST])
        region = pl.when(known).then(county).otherwise(pl.lit(REST))
        self.counted = population.group_by("year", region=region, maintain_order=True).agg(
            pl.col("persons").sum()
        )
        sums = cases.group_by("launch", "horizon", region=region, maintain_order=True).agg(
            pl.col("projected").sum(), pl.col("persons_then").sum()
        )
        self.ahead = sums.with_columns(change=(pl.col("projected") / pl.col("persons_then")).log())

    def in_year(self, year: int) -> Floats:
        """(r,) persons as counted."""
        return self._ordered(self.counted.filter(year=year), "persons", f"population_yearly of {year}")

    def projected(self, launch: int, horizon: int) -> Floats:
        """(r,) persons by the population model; between the horizons that it was tried at, on a line."""
        rows = self.ahead.filter(launch=launch)
        knots = rows["horizon"].unique().sort().to_list()
        if not knots or knots[-1] < horizon:
            raise DataError(f"hindcast_cases has no projection from {launch} that reaches {launch + horizon}")
        said = f"hindcast_cases from {launch}"
        changes = np.stack([self._ordered(rows.filter(horizon=knot), "change", said) for knot in knots])
        steps = np.concatenate([np.zeros((1, len(self.regions))), changes])
        change = np.array([np.interp(horizon, [0, *knots], one) for one in steps.T])
        return np.asarray(self.in_year(launch) * np.exp(change))

    def _ordered(self, rows: pl.DataFrame, name: str, said: str) -> Floats:
        found = dict(rows.select("region", name).iter_rows())
        if lost := [region for region in self.regions if region not in found]:
            raise DataError(f"{said} has no people of {lost}; add them")
        return np.array([found[region] for region in self.regions], np.float64)


def _launch(found: YearlyJobs, people: _People, at: int, horizon: int, rule: GrowthRule) -> _Launch:
    year, jobs, back = found.years[at], found.thousands, rule.base_years
    then, now = people.in_year(year - back), people.in_year(year)
    past = Past(jobs[:, :, at - back], jobs[:, :, at], back, then, now)
    total = float(jobs[:, :, at + horizon].sum())
    return _Launch(past, horizon, people.projected(year, horizon), rule.follow(found.industries), total)


def _rows(found: YearlyJobs, case: _Launch, at: int, rule: GrowthRule) -> Iterator[tuple[object, ...]]:
    now, outcome = (found.thousands[:, :, when].sum(axis=1) for when in (at, at + case.horizon))
    for method, jobs in _methods(case, rule).items():
        for r, county in enumerate(found.regions):
            if county != REST:
                error = 100.0 * (jobs[r] / outcome[r] - 1.0)
                numbers = (float(now[r]), float(jobs[r]), float(outcome[r]), float(error))
                yield (county, found.years[at], case.horizon, method, *numbers)


def _methods(case: _Launch, rule: GrowthRule) -> dict[str, Floats]:
    """The jobs of every region by each method; all but the last add up to the country's."""
    past, horizon = case.past, case.horizon
    still = np.zeros(len(case.follow))
    model = carried(
        past,
        horizon,
        case.people,
        case.follow,
        national_fading=rule.national_fading,
        shift_fading=rule.shift_fading,
    )
    undamped = carried(past, horizon, past.people, still, national_fading=1.0, shift_fading=1.0)
    now, before = past.now.sum(axis=1), past.before.sum(axis=1)
    linear = np.maximum(now + (now - before) * horizon / past.years, 0.0)
    free = {
        "model": model.sum(axis=1),
        "linear_controlled": linear,
        "shift_undamped": undamped.sum(axis=1),
        "constant_share": now,
    }
    for name, jobs in free.items():
        if not jobs.sum() > 0:
            raise DataError(
                f"the method {name} leaves none of {past.now.sum():g} thousand jobs at horizon {horizon}; "
                "check employment_industry_yearly, in which one year may be many times another"
            )
    met = {name: jobs * case.total / jobs.sum() for name, jobs in free.items()}
    return met | {"unchanged": now}
