"""How much of the work can be done from home, by place of residence and of work."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, some
from storregion.core.table import weakest, weakest_of
from storregion.facts.education import EducationAge
from storregion.facts.employment import INDUSTRIES, EmploymentIndustry, RemoteWork
from storregion.facts.places import Membership, Municipalities, Places
from storregion.facts.work import Commuting, latest_matrix

Floats = NDArray[np.float64]
SIDES = ("residents", "jobs")
WORKING_AGES = ("25-34", "35-44", "45-54", "55-64")

REMOTE_MUNICIPALITIES = columns.schema(
    "remote_municipalities",
    __name__,
    columns.municipality(key=True),
    columns.code("side", key=True, choices=SIDES),
    columns.number("people", "employed", least=0.0),
    columns.share("share_low"),
    columns.share("share_high"),
    columns.number("against_country", "ratio", least=0.0),
)
RemoteMunicipalities = Annotated[pl.DataFrame, REMOTE_MUNICIPALITIES]

REMOTE_POTENTIAL = columns.schema(
    "remote_potential",
    __name__,
    columns.place(),
    *(column for column in REMOTE_MUNICIPALITIES.columns if column.name not in ("municipality", "basis")),
)
RemotePotential = Annotated[pl.DataFrame, REMOTE_POTENTIAL]


class Work(NamedTuple):
    """Who works in which industry, what can be done from home in each, and who has studied what."""

    employment_industry: EmploymentIndustry
    remote_work: RemoteWork
    education_age: EducationAge


def remote_municipalities(
    work: Work,
    commuting: Commuting,
    municipalities: Municipalities,
    *,
    country_low: float = 0.38,
    country_high: float = 0.442,
) -> RemoteMunicipalities:
    """The share of work that can be done from home in every municipality, between two bounds.

    A county has the mean of its industries. A municipality differs from its county as far as its residents'
    education differs, by the line through the counties. Its jobs have the mean of those who commute to them,
    moved so that the county's jobs have the mean of their industries. The level is that of the country in
    two studies.

    Parameters
    ----------
    work : people and jobs by county and industry in the latest year, feasibility by industry, and residents
        by education; those aged 25–64 in the latest year count.
    commuting : where residents work, in the latest year.
    municipalities : counties.
    country_low : the country's share by ISCO-08, as Holgersen, Jia & Svenkerud (2021) find it for Norway.
    country_high : the country's share that Dingel & Neiman (2020) find for Sweden.

    Raises
    ------
    DataError
        The bounds are not between 0 and 1 in this order, or a municipality or county has no figures.
    """
    if not 0.0 < country_low <= country_high <= 1.0:
        raise DataError(
            f"remote_municipalities: country_low = {country_low} and country_high = {country_high} must be "
            "above 0, at most 1, and in this order"
        )
    flows = latest_matrix(commuting)
    lived, held = flows.persons.sum(axis=1), flows.persons.sum(axis=0)
    places = _places(flows.codes, work.education_age, _by_county(work), municipalities)
    basis = weakest_of("estimated", *work, commuting)
    parts = [
        _between_bounds(places["municipality"], raw, people, (country_low, country_high)).with_columns(
            side=pl.lit(side), basis=pl.lit(basis)
        )
        for side, raw, people in zip(SIDES, _feasible(places, flows.persons), (lived, held), strict=True)
    ]
    return pl.concat(parts).select([column.name for column in REMOTE_MUNICIPALITIES.columns])


def _feasible(places: pl.DataFrame, persons: Floats) -> tuple[Floats, Floats]:
    """The feasible share of each municipality's residents and of its jobs, at the level of the industries."""
    lived, held = persons.sum(axis=1), persons.sum(axis=0)
    educated, residents, jobs = (places[name].to_numpy() for name in ("educated", *SIDES))
    county = places["county"].rank("dense").to_numpy().astype(np.int64) - 1
    slope = _slope(educated, residents, county, lived)
    own = residents + slope * _within(educated, county, lived)
    there = np.divide(persons.T @ own, held, out=np.zeros_like(held), where=held > 0)
    return own, jobs + _within(there, county, held)


def _between_bounds(
    codes: pl.Series, feasible: Floats, people: Floats, bounds: tuple[float, float]
) -> pl.DataFrame:
    """Shares by municipality whose mean over people is each of the country's bounds."""
    ratio = feasible / np.average(feasible, weights=people)
    low, high = bounds
    wrong = (ratio <= 0) | (ratio * high > 1.0)
    if wrong.any():
        raise DataError(
            f"the municipalities {some(codes.filter(pl.Series(wrong)))} would have a share of remote "
            "work outside 0–1; give lower bounds for the country"
        )
    return pl.DataFrame(
        {
            "municipality": codes,
            "people": people,
            "share_low": low * ratio,
            "share_high": high * ratio,
            "against_country": ratio,
        }
    )


def remote_potential(
    remote_municipalities: RemoteMunicipalities, places: Places, membership: Membership
) -> RemotePotential:
    """The share of work that can be done from home in every place of the group, and in the country.

    Parameters
    ----------
    remote_municipalities : shares of every municipality.
    places, membership : which municipalities a place consists of; nodes are left out.
    """
    wide = places.filter(pl.col("kind") != "node").select("place")
    people = pl.col("people")
    means = [
        (pl.col(name) * people).sum() / people.sum()
        for name in ("share_low", "share_high", "against_country")
    ]
    return (
        membership.select("place", "municipality")
        .join(wide, on="place", how="semi")
        .join(remote_municipalities, on="municipality")
        .group_by("place", "side", maintain_order=True)
        .agg(people.sum(), *means, weakest())
        .select([column.name for column in REMOTE_POTENTIAL.columns])
        .sort("place", "side", descending=[False, True])
    )


def _by_county(work: Work) -> pl.DataFrame:
    """The mean feasibility of each county's employed residents and of its jobs, in the latest year."""
    letter = pl.col("industry").str.head(1)
    rows = [
        (industry, work.remote_work.filter(letter.is_in(industry.split("+")))["remote_share"].mean())
        for industry in INDUSTRIES
    ]
    feasible = pl.DataFrame(rows, schema={"industry": pl.String, "feasible": pl.Float64}, orient="row")
    if lost := feasible.filter(pl.col("feasible").is_null())["industry"].to_list():
        raise DataError(f"remote_work has no row of the industries {lost}; add their divisions")
    now = work.employment_industry.filter(pl.col("year") == pl.col("year").max())
    both = now.join(feasible, on="industry")

    def mean(name: str) -> pl.Expr:
        return (pl.col("feasible") * pl.col(name)).sum() / pl.col(name).sum()

    return both.group_by("county", maintain_order=True).agg(
        residents=mean("employed_residents"), jobs=mean("jobs")
    )


def _places(
    codes: list[str], education_age: pl.DataFrame, by_county: pl.DataFrame, municipalities: pl.DataFrame
) -> pl.DataFrame:
    """Municipalities in order of code: county, share with long education, and the county's feasibility."""
    now = education_age.filter(
        pl.col("year") == pl.col("year").max(), pl.col("age_class").is_in(WORKING_AGES)
    )
    levels = ("primary", "secondary", "post_secondary_short", "post_secondary_long")
    # Those of unknown education are few, and left out of both.
    known = pl.sum_horizontal(pl.col(name).sum() for name in levels)
    educated = now.group_by("municipality", maintain_order=True).agg(
        educated=pl.col("post_secondary_long").sum() / known
    )
    found = (
        pl.DataFrame({"municipality": codes})
        .join(
            municipalities.select("municipality", "county"),
            on="municipality",
            how="left",
            maintain_order="left",
        )
        .join(educated, on="municipality", how="left", maintain_order="left")
        .join(by_county, on="county", how="left", maintain_order="left")
    )
    for name, table in (("educated", "education_age"), ("residents", "employment_industry")):
        if lost := found.filter(pl.col(name).is_null())["municipality"].to_list():
            raise DataError(f"{table} has no figures for the municipalities {lost[:8]}; add them")
    return found


def _slope(educated: Floats, feasible: Floats, county: NDArray[np.int64], people: Floats) -> float:
    """How much feasibility rises with the educated share from county to county, by least squares."""
    size = np.bincount(county, people)
    x = np.bincount(county, educated * people) / size
    y = np.bincount(county, feasible * people) / size
    x, y = x - np.average(x, weights=size), y - np.average(y, weights=size)
    spread = float((size * x * x).sum())
    return float((size * x * y).sum()) / spread if spread > 0 else 0.0


def _within(values: Floats, county: NDArray[np.int64], people: Floats) -> Floats:
    """How far each municipality lies from the mean of its county."""
    mean = np.bincount(county, values * people) / np.bincount(county, people)
    return np.asarray(values - mean[county])
