"""Employment to come: jobs, employed residents and commuting of every place, with how far off they may be."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.employment import INDUSTRIES
from storregion.facts.places import Membership, Places
from storregion.facts.work import Commuting
from storregion.studies.employed_ahead import EmployedAhead
from storregion.studies.employment_flows import EmploymentFlows
from storregion.studies.employment_hindcasts import EmploymentHindcasts
from storregion.studies.municipal_jobs import MunicipalJobs
from storregion.studies.projection import Projection

Floats = NDArray[np.float64]

EMPLOYMENT = columns.schema(
    "employment",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("at_least", "jobs", least=0.0, absent="interval_absent"),
    columns.number("at_most", "jobs", least=0.0, absent="interval_absent"),
    columns.number("jobs_percent", "percent"),
    columns.number("employed_residents", "employed", least=0.0),
    columns.number("residents_percent", "percent"),
    columns.number("within", "employed", least=0.0),
    columns.number("outward", "employed", least=0.0),
    columns.number("inward", "employed", least=0.0),
    columns.number("net", "employed"),
    columns.share("participation"),
    columns.number("unemployment_percent", "percent", least=0.0, most=100.0),
)
Employment = Annotated[pl.DataFrame, EMPLOYMENT]

EMPLOYMENT_PAST = columns.schema(
    "employment_past",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("employed_residents", "employed", least=0.0),
)
EmploymentPast = Annotated[pl.DataFrame, EMPLOYMENT_PAST]

PLACE_JOBS = columns.schema(
    "place_jobs",
    __name__,
    columns.place(),
    columns.year(),
    columns.code("industry", key=True, choices=INDUSTRIES),
    columns.number("jobs", "jobs", least=0.0),
    columns.number("jobs_percent", "percent", absent="change_absent"),
)
PlaceJobs = Annotated[pl.DataFrame, PLACE_JOBS]

REST_OF_BALANCE = 0.01
"""Persons by which sums of balanced flows may miss their margins; the country's are met to less than this."""


class Ahead(NamedTuple):
    """What is to be in each municipality."""

    employed_ahead: EmployedAhead
    municipal_jobs: MunicipalJobs
    employment_flows: EmploymentFlows


class Surety(NamedTuple):
    """What intervals rest on."""

    employment_hindcasts: EmploymentHindcasts
    projection: Projection


class Where(NamedTuple):
    """The places and what they are made of."""

    membership: Membership
    places: Places


def employment(ahead: Ahead, surety: Surety, where: Where) -> Employment:
    """Jobs, employed residents and commuting of every place, now and in some years.

    The interval of jobs is that of past projections of counties; in a municipality that of its population is
    added, as errors that do not depend on each other, because no jobs by municipality in earlier years are at
    hand. The country has none, as its number of jobs is that of its employed people.

    Parameters
    ----------
    ahead : jobs, residents and flows of municipalities.
    surety : past errors of jobs, and the interval of the population.
    where : the places, and the municipalities that each is added up from.

    Raises
    ------
    DataError
        More people live and work in a place than have a job or are employed there.
    """
    parts = _parts(where)
    jobs = ahead.municipal_jobs.group_by("municipality", "year", maintain_order=True).agg(
        pl.col("jobs").sum()
    )
    sums = (
        parts.join(ahead.employed_ahead.drop("basis"), on="municipality")
        .join(jobs, on=["municipality", "year"])
        .group_by("place", "year", maintain_order=True)
        .agg(pl.col("jobs", "employed_residents", "working_age", "unemployed").sum())
        .join(_within(ahead.employment_flows, parts), on=["place", "year"])
    )
    first = sums.sort("year").group_by("place", maintain_order=True).first()
    start = first.select("place", then_jobs="jobs", then_residents="employed_residents", start="year")
    found = sums.join(start, on="place").with_columns(
        jobs_percent=100.0 * (pl.col("jobs") / pl.col("then_jobs") - 1.0),
        residents_percent=100.0 * (pl.col("employed_residents") / pl.col("then_residents") - 1.0),
        outward=pl.col("employed_residents") - pl.col("within"),
        inward=pl.col("jobs") - pl.col("within"),
        net=pl.col("jobs") - pl.col("employed_residents"),
        participation=pl.col("employed_residents") / pl.col("working_age"),
        unemployment_percent=100.0 * pl.col("unemployed") / pl.col("working_age"),
        horizon=pl.col("year") - pl.col("start"),
        basis=pl.lit(weakest_of("estimated", *ahead, *surety)),
    )
    return (
        _with_interval(_balanced(found), surety, where)
        .select(column.name for column in EMPLOYMENT.columns)
        .sort("place", "year")
    )


def _balanced(found: pl.DataFrame) -> pl.DataFrame:
    """Numbers without the rest of balancing, so that what is equal in two scenarios is equal here.

    What is more than such a rest is refused.
    """
    wrong = found.filter(pl.min_horizontal("outward", "inward") < -REST_OF_BALANCE).sort("place", "year")
    if wrong.height:
        row = wrong.row(0, named=True)
        raise DataError(
            f"employment: {row['within']:.1f} people live and work in {row['place']} in {row['year']}, but "
            f"{row['employed_residents']:.1f} are employed and there are {row['jobs']:.1f} jobs; "
            "employment_flows does not fit employed_ahead and municipal_jobs"
        )
    people = pl.col("jobs", "employed_residents", "within", "outward", "inward", "net")
    return found.with_columns(
        pl.when(people.abs() > REST_OF_BALANCE).then(people.round(3)).otherwise(0.0).name.keep()
    )


def employment_past(commuting: Commuting, where: Where) -> EmploymentPast:
    """Jobs and employed residents of every place in the years that commuting has.

    Parameters
    ----------
    commuting : flows by year.
    where : the places, and the municipalities that each is added up from.
    """
    parts = _parts(where)
    flows = commuting.filter(sex="total")
    ends = {"home": "employed_residents", "work": "jobs"}
    # Summed by municipality first: a place joined with its flows would have all of them once more.
    sums = (
        flows.group_by("year", municipality=end, maintain_order=True).agg(
            pl.col("persons").sum().alias(name), weakest()
        )
        for end, name in ends.items()
    )
    living, working = (
        parts.join(one, on="municipality", maintain_order="left_right")
        .group_by("place", "year", maintain_order=True)
        .agg(pl.col(name).sum(), weakest())
        for one, name in zip(sums, ends.values(), strict=True)
    )
    return (
        working.join(living, on=["place", "year"])
        .with_columns(basis=weaker("basis", "basis_right"))
        .select(column.name for column in EMPLOYMENT_PAST.columns)
        .sort("place", "year")
    )


def place_jobs(municipal_jobs: MunicipalJobs, where: Where) -> PlaceJobs:
    """Jobs of every place by industry, now and in some years.

    Parameters
    ----------
    municipal_jobs : those of municipalities.
    where : the places, and the municipalities that each is added up from.
    """
    parts = _parts(where)
    keys = ["place", "year", "industry"]
    sums = (
        parts.join(municipal_jobs, on="municipality")
        .group_by(keys, maintain_order=True)
        .agg(pl.col("jobs").sum())
    )
    then = pl.col("jobs").sort_by("year").first().over("place", "industry")
    return (
        sums.with_columns(
            jobs_percent=pl.when(then > 0).then(100.0 * (pl.col("jobs") / then - 1.0)),
            change_absent=pl.when(then <= 0).then(pl.lit("not_applicable")),
            basis=pl.lit(weakest_of("estimated", municipal_jobs)),
        )
        .select(column.name for column in PLACE_JOBS.columns)
        .sort(keys)
    )


def _parts(where: Where) -> pl.DataFrame:
    """The municipalities of every place."""
    return where.membership.join(where.places.select("place"), on="place").select("place", "municipality")


def _within(flows: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """How many live and work in the same place, by place and year."""
    codes = flows["home"].unique().sort().to_list()
    names = parts["place"].unique().sort().to_list()
    member = np.zeros((len(names), len(codes)))
    order = {code: at for at, code in enumerate(codes)}
    rows = {name: at for at, name in enumerate(names)}
    for place, municipality in parts.iter_rows():
        member[rows[place], order[municipality]] = 1.0
    found = []
    for (year,), one in flows.sort("home", "work").group_by("year", maintain_order=True):
        persons = one["persons"].to_numpy().reshape(len(codes), len(codes))
        within = ((member @ persons) * member).sum(axis=1)
        found.append(pl.DataFrame({"place": names, "year": np.full(len(names), year), "within": within}))
    return pl.concat(found)


def _with_interval(found: pl.DataFrame, surety: Surety, where: Where) -> pl.DataFrame:
    """Jobs at least and at most; none at the start, nor for the country."""
    tried = surety.employment_hindcasts.filter(pl.col("launches") > 1, method="model").sort("horizon")
    county = _half_widths(tried, int(found.select(pl.col("horizon").max()).item()))
    own = surety.projection.filter(frame="base").select(
        "place", "year", people=pl.col("at_most") / pl.col("persons") - 1.0
    )
    kinds = where.places.select("place", "kind")
    small = pl.col("kind").is_in(["municipality", "node"])
    width = pl.when(small).then((pl.col("county") ** 2 + pl.col("people") ** 2).sqrt()).otherwise("county")
    known = (pl.col("kind") != "country") & (pl.col("horizon") > 0)
    return (
        found.join(kinds, on="place")
        .join(county, on="horizon", how="left")
        .join(own, on=["place", "year"], how="left")
        .with_columns(width=pl.when(known).then(width))
        .with_columns(
            at_least=pl.col("jobs") / (1.0 + pl.col("width")),
            at_most=pl.col("jobs") * (1.0 + pl.col("width")),
            interval_absent=pl.when(pl.col("width").is_null()).then(pl.lit("not_applicable")),
        )
    )


def _half_widths(tried: pl.DataFrame, until: int) -> pl.DataFrame:
    """Half the interval of a county by years ahead, as a share; beyond the longest horizon along its line."""
    knots = np.concatenate([[0], tried["horizon"].to_numpy()])
    # A longer way ahead is never surer, though the few launches of the longest may look so.
    widths = np.maximum.accumulate(np.concatenate([[0.0], tried["half_width"].to_numpy() / 100.0]))
    ahead = np.arange(until + 1)
    slope = widths[-1] / knots[-1]
    width = np.interp(ahead, knots, widths) + slope * np.maximum(ahead - knots[-1], 0)
    return pl.DataFrame({"horizon": ahead, "county": width}, schema_overrides={"horizon": pl.Int64})
