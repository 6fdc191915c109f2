"""The electricity that places and areas will use, as their people, jobs, cars and heating change."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple

import numpy as np
import polars as pl
from msgspec import Meta, Struct
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, SettingError, some
from storregion.core.language import Text
from storregion.core.operations import assumed_in, from_first
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.places import Membership
from storregion.facts.power import SECTORS
from storregion.facts.power_capacity import CapacityAreas, CapacityMembers
from storregion.studies.municipal_jobs import MunicipalJobs
from storregion.studies.power import TOTAL, PowerAccounts
from storregion.studies.power_operations import PowerOperations
from storregion.studies.projection import PlaceHistory, Projection

Floats = NDArray[np.float64]
HOMES = ("fritidshus", "flerbostadshus", "smahus")
PEOPLE, JOBS = "people", "jobs"
FOLLOWS: dict[str, tuple[str, ...]] = {
    "industri_bygg": ("B+C", "D+E", "F"),
    "jordbruk_skogsbruk_fiske": ("A",),
    "offentlig": ("O", "P", "Q"),
    "ovriga_tjanster": ("G", "I", "J", "K", "L", "M+N", "R+S+T+U"),
    "transporter": ("H",),
}
"""The industries whose jobs the use of a sector follows; homes follow people."""
UNITS = ["scope", "supplied"]

POWER_DEMAND = columns.schema(
    "power_demand",
    __name__,
    columns.code("scope", key=True, choices=("place", "area")),
    columns.code("supplied", key=True),
    columns.year(),
    columns.number("homes_mwh", "mwh_as_gwh", least=0.0),
    columns.code("homes_known", choices=("whole", "in_part")),
    columns.number("other_least_mwh", "mwh_as_gwh", least=0.0),
    columns.number("other_most_mwh", "mwh_as_gwh", least=0.0, optional=True),
    columns.number("charging_mwh", "mwh_as_gwh", least=0.0),
    columns.number("night_mwh", "mwh_as_gwh", least=0.0),
    columns.number("heating_mwh", "mwh_as_gwh", least=0.0),
)
PowerDemand = Annotated[pl.DataFrame, POWER_DEMAND]

_TOTAL_ROUNDED, _CELL_ROUNDED = 500.0, 0.5
"""MWh by which rounding may move a published total, in whole GWh, and a published cell, in whole MWh."""


class ForEach(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """So many kWh for each inhabitant in a year, beyond what the statistics of use hold.

    `use` is the charging of vehicles, or heat pumps in place of other heating.
    """

    use: Literal["charging", "heating"]
    year: Annotated[int, Meta(ge=2000, le=2150)]
    kwh: Annotated[float, Meta(ge=0.0, le=50_000.0)]
    because: Text
    source: str


class Areas(NamedTuple):
    """The municipalities of every place and of every area behind a feed-in, and what a scenario changes."""

    membership: Membership

    capacity_areas: CapacityAreas
    capacity_members: CapacityMembers
    power_operations: PowerOperations


class Ahead(NamedTuple):
    """People and jobs, as they were and as projected."""

    place_history: PlaceHistory
    projection: Projection
    municipal_jobs: MunicipalJobs


def power_demand(
    power_accounts: PowerAccounts,
    areas: Areas,
    ahead: Ahead,
    *,
    losses: float = 1.064,
    added: tuple[ForEach, ...] = (),
) -> PowerDemand:
    """The energy that must come in for every place and area, losses included, in every year to come.

    Parameters
    ----------
    power_accounts : MWh used by sector in the latest year, with bounds for what is suppressed.
    areas : the municipalities of each place and area, assumed use, and how much charging moves to the night.
    ahead : homes follow the people, other sectors the jobs of their industries, and what is suppressed all
        jobs. Jobs stay as in the first year of their projection until then.
    losses : energy that must come in for each that is used.
    added : what vehicles and heat pumps use beyond the statistics, in a straight line from 0 in the year of
        the statistics through the years given.

    Raises
    ------
    DataError
        An area's assumed use is outside the bounds of its municipalities, or people or jobs are missing.
    """
    base = int(str(power_accounts["year"].max()))
    cells = _cells(power_accounts.filter(side="use", year=base), areas)
    parts = pl.concat(
        [
            areas.membership.select("municipality", scope=pl.lit("place"), supplied="place"),
            areas.capacity_members.select("municipality", scope=pl.lit("area"), supplied="capacity_area"),
        ]
    ).join(cells.select(UNITS).unique(maintain_order=True), on=UNITS, how="semi")
    grown = cells.join(_factors(parts, ahead, base), on=[*UNITS, "follows"])
    if lost := sorted(set(cells["supplied"]) - set(grown["supplied"])):
        raise DataError(f"power_demand: people or jobs of {some(lost)} are missing; take the rows of use out")
    found = _summed(grown, losses).join(_bases(power_accounts, areas, ahead), on=UNITS, how="left")
    years = sorted(found["year"].unique())
    each = pl.DataFrame(
        {
            "year": years,
            "charge": _line(added, years, "charging") / 1000 * losses,
            "heat": _line(added, years, "heating") / 1000 * losses,
            "moved": _night(areas.power_operations, years),
        }
    )
    charged = pl.col("persons") * pl.col("charge")
    return (
        found.join(each, on="year")
        .with_columns(
            charging_mwh=charged * (1 - pl.col("moved")),
            night_mwh=charged * pl.col("moved"),
            heating_mwh=pl.col("persons") * pl.col("heat"),
            basis=assumed_in(_charged_otherwise(areas.power_operations, years), pl.col("basis")),
        )
        .select(column.name for column in POWER_DEMAND.columns)
        .sort(*UNITS, "year")
    )


def _summed(grown: pl.DataFrame, losses: float) -> pl.DataFrame:
    """MWh of homes and of all else in every unit and year, losses included, and its people."""
    home = pl.col("follows") == PEOPLE
    least, most = (pl.col(end) * pl.col("factor") * losses for end in ("least", "most"))
    return grown.group_by(*UNITS, "year", maintain_order=True).agg(
        homes_mwh=least.filter(home).sum(),
        homes_known=pl.when(pl.col("whole").first()).then(pl.lit("whole")).otherwise(pl.lit("in_part")),
        other_least_mwh=least.filter(~home).sum(),
        other_most_mwh=pl.when(pl.col("most").is_not_null().all()).then(most.filter(~home).sum()),
        persons=pl.col("persons").first(),
    )


def _bases(accounts: pl.DataFrame, areas: Areas, ahead: Ahead) -> pl.DataFrame:
    """How the energy of every unit is known: estimated, or assumed where any of what it is made of is."""
    every = weakest_of("estimated", accounts, *ahead)
    members = pl.concat([areas.capacity_areas.select("capacity_area", "basis"),
                         areas.capacity_members.select("capacity_area", "basis")])  # fmt: skip
    own = (
        members.group_by(supplied="capacity_area", maintain_order=True)
        .agg(weakest())
        .with_columns(every=pl.lit(every))
    )
    own = own.select(scope=pl.lit("area"), supplied="supplied", basis=weaker("basis", "every"))
    places = areas.membership.select(scope=pl.lit("place"), supplied="place", basis=pl.lit(every))
    return pl.concat([places.unique(maintain_order=True), own])


def _cells(use: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    """MWh at least and at most of every place and area, by what the use follows: suppressed cells as one.

    `homes` says whether every cell of use in homes is published.
    """
    owners = _owners(areas.capacity_members, areas.membership).join(
        use.select("place").unique(maintain_order=True), on="place"
    )
    alike = (
        use.select("place").unique(maintain_order=True).with_columns(scope=pl.lit("place"), supplied="place")
    )
    rows = use.join(pl.concat([alike, owners.select(alike.columns)]), on="place")
    follows = pl.when(pl.col("category").is_in(HOMES)).then(pl.lit(PEOPLE)).otherwise("category")
    published = (
        rows.filter(pl.col("category").is_in(SECTORS), known="published")
        .group_by(*UNITS, follows=follows, maintain_order=True)
        .agg(least=pl.col("least_mwh").sum(), most=pl.col("least_mwh").sum(), cells=pl.len())
    )
    known = published.group_by(UNITS, maintain_order=True).agg(
        known=pl.col("least").sum(),
        published=pl.col("cells").sum(),
        homes=pl.col("cells").filter(pl.col("follows") == PEOPLE).sum(),
    )
    totals = rows.filter(category=TOTAL).group_by(UNITS, maintain_order=True)
    rest = (
        totals.agg(
            least=pl.col("least_mwh").sum(),
            most=pl.when(pl.col("most_mwh").is_not_null().all()).then(pl.col("most_mwh").sum()),
            places=pl.len(),
            rounding=pl.when(known="published").then(_TOTAL_ROUNDED).otherwise(1.0).sum(),
        )
        .join(known, on=UNITS, how="left")
        .with_columns(
            pl.col("known", "published", "homes").fill_null(0),
            whole=pl.col("homes") == len(HOMES) * pl.col("places"),
        )
    )
    cells = pl.concat(
        [published.select(*UNITS, "follows", "least", "most"), _left(rest, areas.capacity_areas)]
    )
    return cells.join(rest.select(*UNITS, "whole"), on=UNITS)


def _owners(members: pl.DataFrame, membership: pl.DataFrame) -> pl.DataFrame:
    """The places whose use each area's is the sum of: a county that is the area, or its municipalities."""
    places = (
        membership.group_by("place", maintain_order=True).agg(pl.col("municipality").sort()).sort("place")
    )
    own = members.group_by("capacity_area", maintain_order=True).agg(pl.col("municipality").sort())
    same = (
        own.join(places, on="municipality")
        .group_by("capacity_area", maintain_order=True)
        .agg(place=pl.col("place").first())
    )
    apart = members.join(same, on="capacity_area", how="anti").select("capacity_area", place="municipality")
    found = pl.concat([same.select("capacity_area", "place"), apart])
    return found.select("place", scope=pl.lit("area"), supplied="capacity_area")


def _left(rest: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """What is not published of each unit; of an area whose use is assumed, what that leaves."""
    assumed = areas.select(scope=pl.lit("area"), supplied="capacity_area", assumed=pl.col("use_gwh") * 1000)
    rest = rest.join(assumed, on=UNITS, how="left")
    # Bounds are rounded outwards to whole MWh, a cell each.
    outside = (pl.col("assumed") < pl.col("least")) | (pl.col("assumed") > pl.col("most"))
    for row in rest.filter(outside).iter_rows(named=True):
        most = "any" if row["most"] is None else f"{row['most'] / 1000:.0f}"
        raise DataError(
            f"power/areas.toml: use_gwh = {row['assumed'] / 1000:g} of {row['supplied']} is outside the "
            f"published {row['least'] / 1000:.0f} to {most} GWh of its municipalities; correct it"
        )
    left = rest.with_columns(
        least=pl.coalesce("assumed", "least") - pl.col("known"),
        most=pl.coalesce("assumed", "most") - pl.col("known"),
        rounding=pl.col("rounding") + _CELL_ROUNDED * pl.col("published"),
    )
    below = pl.col("least") < -pl.col("rounding")
    for row in left.filter(below).sort(UNITS).iter_rows(named=True):
        raise DataError(
            f"power_demand: the sectors published of {row['supplied']} use {row['known'] / 1000:.1f} GWh, "
            f"{-row['least'] / 1000:.1f} more than all its use, of which rounding explains at most "
            f"{row['rounding'] / 1000:.1f}; compare power_accounts with the publisher's"
        )
    # Rounding alone may leave less than nothing.
    return left.select(*UNITS, pl.lit(JOBS).alias("follows"), pl.col("least", "most").clip(lower_bound=0.0))


def _factors(parts: pl.DataFrame, ahead: Ahead, base: int) -> pl.DataFrame:
    """What the use of each unit is multiplied by in each year, by what it follows; and its people."""
    projected = ahead.projection.filter(frame="base").select("place", "year", "persons")
    past = ahead.place_history.filter(pl.col("year") >= base, pl.col("year") < projected["year"].min())
    people = (
        pl.concat([past.select("place", "year", "persons"), projected])
        .join(parts, left_on="place", right_on="municipality")
        .group_by(*UNITS, "year", maintain_order=True)
        .agg(pl.col("persons").sum().cast(pl.Float64))
    )
    before = people.filter(year=base).select(*UNITS, before="persons")
    whole = people.join(before, on=UNITS).select(
        *UNITS, "year", "persons", follows=pl.lit(PEOPLE), factor=pl.col("persons") / pl.col("before")
    )
    years = people["year"].unique().sort()
    jobs = pl.concat(
        [_jobs(parts, ahead.municipal_jobs, years, *one) for one in (*FOLLOWS.items(), (JOBS, ()))]
    )
    return pl.concat(
        [whole, jobs.join(people, on=[*UNITS, "year"]).select(*UNITS, "year", "persons", "follows", "factor")]
    )


def _jobs(
    parts: pl.DataFrame, jobs: pl.DataFrame, years: pl.Series, follows: str, industries: Sequence[str]
) -> pl.DataFrame:
    """Jobs of some industries, all where none is named, against the first year, in every year."""
    some = jobs.filter(pl.col("industry").is_in(industries)) if industries else jobs
    sums = (
        some.join(parts, on="municipality")
        .group_by(*UNITS, "year", maintain_order=True)
        .agg(pl.col("jobs").sum())
        .sort("year")
    )
    rows = []
    for key, own in sums.group_by(UNITS, maintain_order=True):
        first = own["jobs"][0]
        level = np.interp(years.to_numpy(), own["year"].to_numpy(), own["jobs"].to_numpy())
        factor = level / first if first else np.ones(len(years))
        rows.append(pl.DataFrame({"scope": key[0], "supplied": key[1], "year": years, "factor": factor}))
    return pl.concat(rows).with_columns(follows=pl.lit(follows))


def _line(given: Sequence[ForEach], years: Sequence[int], what: str) -> Floats:
    """kWh of a use for each inhabitant in every year, in straight lines from 0 through those given."""
    given = [one for one in given if one.use == what]
    at = [years[0], *(one.year for one in given)]
    if any(later <= one for one, later in pairwise(at)):
        raise SettingError(f"power_demand.added, {what}: give the years after {years[0]} in order, each once")
    found: Floats = np.interp(years, at, [0.0, *(one.kwh for one in given)])
    return found


def _charged_otherwise(made: pl.DataFrame, years: Sequence[int]) -> list[int]:
    """The years in which an operation moves charging."""
    return from_first(years, made.filter(operation="charging")["from_year"])


def _night(operations: pl.DataFrame, years: Sequence[int]) -> list[float]:
    """The part of charging that is moved to the night in each year, by the latest operation."""
    made = operations.filter(operation="charging").sort("from_year", "number")
    found = []
    for year in years:
        in_force = made.filter(pl.col("from_year") <= year)["night_share"]
        found.append(float(in_force[-1]) if len(in_force) else 0.0)
    return found
