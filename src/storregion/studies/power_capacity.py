"""Whether the grid carries what is planned: margin, hours above the limit and risk behind every feed-in."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.power_capacity import CapacityAreas, CapacityParts
from storregion.kernels import load
from storregion.studies.power_demand import PowerDemand
from storregion.studies.power_operations import PowerOperations
from storregion.studies.power_peaks import PowerProfiles

POWER_CAPACITY = columns.schema(
    "power_capacity",
    __name__,
    columns.code("capacity_area", key=True, refers=("capacity_areas", "capacity_area")),
    columns.year(),
    columns.number("need_mw", "mw_of_load", least=0.0, absent="need_absent"),
    columns.number("need_least", "mw_of_load", least=0.0),
    columns.number("need_most", "mw_of_load", least=0.0, optional=True),
    columns.number("feed_in_mw", "mw_of_load", absent="feed_in_absent"),
    columns.number("local_mw", "mw_of_load"),
    columns.number("flexibility_mw", "mw_of_load"),
    columns.number("limit_mw", "mw_of_load", absent="limit_absent"),
    columns.number("margin_mw", "mw_of_load", absent="margin_absent"),
    columns.number("ten_year_mw", "mw_of_load", absent="margin_absent"),
    columns.number("without_largest_mw", "mw_of_load", absent="without_largest_absent"),
    columns.whole("hours_above", "hours_a_year", least=0, absent="margin_absent"),
    columns.number("mwh_above", "mwh", least=0.0, absent="margin_absent"),
    columns.share("short_share", absent="risk_absent"),
    columns.share("short_by_then", absent="risk_absent"),
    columns.number("expected_hours", "hours_a_year", least=0.0, absent="risk_absent"),
)
PowerCapacity = Annotated[pl.DataFrame, POWER_CAPACITY]

POWER_LIMITS = columns.schema(
    "power_limits",
    __name__,
    columns.code("capacity_area", key=True, refers=("capacity_areas", "capacity_area")),
    columns.whole("since", "year"),
    columns.whole("until", "year"),
    columns.whole("first_below", "year", absent="first_absent"),
    columns.whole("first_below_ten_year", "year", absent="ten_year_absent"),
    columns.share("short_ever", absent="chance_absent"),
    columns.whole("first_likely", "year", absent="likely_absent"),
)
PowerLimits = Annotated[pl.DataFrame, POWER_LIMITS]

POWER_DURATION = columns.schema(
    "power_duration",
    __name__,
    columns.code("capacity_area", key=True, refers=("capacity_areas", "capacity_area")),
    columns.year(),
    columns.whole("rank", "hours_a_year", key=True, least=1, most=load.HOURS),
    columns.number("load_mw", "mw_of_load", least=0.0),
    columns.number("curve_limit_mw", "mw_of_load", absent="curve_limit_absent"),
)
PowerDuration = Annotated[pl.DataFrame, POWER_DURATION]

RANKS = (*range(1, 11), *range(15, 101, 5), *range(120, 501, 20), *range(600, 1001, 100), 2000, 4380, 8760)
CERTAIN, NEVER = 1.0, 10_000


class Grid(NamedTuple):
    """What must come in, what there is in each area, who has asked, and what a scenario changes."""

    power_demand: PowerDemand
    power_profiles: PowerProfiles
    capacity_areas: CapacityAreas
    capacity_parts: CapacityParts
    power_operations: PowerOperations


class _Area(NamedTuple):
    """One area in all years: MW by hour of the year from the highest, what there is, and what is granted."""

    code: str
    years: list[int]
    curves: load.Floats
    most: load.Floats
    parts: pl.DataFrame
    basis: str

    def total(self, part: str) -> load.Floats:
        """(years,) MW of a kind of part, of each the part of it that counts."""
        return _by_year(self.parts.filter(capacity_part=part), self.years)

    @property
    def feed_ins(self) -> load.Floats | None:
        """(years,) MW that the grid above lets in; None where none is published."""
        return self.total("feed_in") if self.parts.filter(capacity_part="feed_in").height else None

    @property
    def granted(self) -> load.Floats:
        """(years,) MW of requests that are certain."""
        return _by_year(self.parts.filter(capacity_part="request", factor=CERTAIN), self.years)

    @property
    def sized(self) -> bool:
        """Whether its use is known or assumed, not only bounded."""
        return bool(np.allclose(self.curves[:, 0], self.most, rtol=0.0, atol=1e-3))


def power_capacity(
    grid: Grid,
    *,
    since: int = 2025,
    ten_year: float = 1.051,
    draws: int = 10_000,
    seed: int = 2020,
) -> PowerCapacity:
    """What every area needs in its highest hour and what it can get, in the first year and in those to come.

    Margin is feed-in, firm local production and flexibility, less the highest hour of a normal winter and the
    requests that are granted. A request takes its MW in every hour.

    Parameters
    ----------
    grid : MWh that must come in by kind of use, and MW by year of each area.
    since : the first year to come; between the first and it, use is not published.
    ten_year : the highest hour of a winter that comes once in ten years, by that of a normal one.
    draws : winters and outcomes of requests that are drawn for each area, in the years to come.
    seed : of the draws.
    """
    rows = []
    for area in _areas(grid, since):
        limit = _limit(area)
        margin = _margin(area, limit, ten_year)
        rows.append(margin.with_columns(*_risk(area, limit, ten_year, (draws, seed))))
    whole = pl.concat(rows).with_columns(
        risk_absent=pl.when(pl.col("short_share").is_null()).then(
            pl.coalesce("margin_absent", pl.lit("not_applicable"))
        )
    )
    return whole.select(column.name for column in POWER_CAPACITY.columns).sort("capacity_area", "year")


def power_limits(power_capacity: PowerCapacity) -> PowerLimits:
    """The first year to come in which every area's margin is below zero, and how likely any such year is.

    Parameters
    ----------
    power_capacity : margin and risk by area and year; its first year is past.
    """
    rows = []
    for (area,), own in power_capacity.sort("year").group_by("capacity_area", maintain_order=True):
        ahead = own.filter(pl.col("year") > pl.col("year").min())
        why = ahead["margin_absent"][0]
        ends = [_first(ahead, pl.col(name) < 0, why) for name in ("margin_mw", "ten_year_mw")]
        likely = _first(ahead, pl.col("short_by_then") >= 0.5, why)
        years = ahead["year"].min(), ahead["year"].max()
        rows.append(
            (
                area,
                *years,
                *ends[0],
                *ends[1],
                ahead["short_by_then"][-1],
                why,
                *likely,
                weakest_of("estimated", own),
            )
        )
    types = {column.name: column.dtype for column in POWER_LIMITS.columns}
    return pl.DataFrame(rows, schema=types, orient="row").sort("capacity_area")


def power_duration(grid: Grid) -> PowerDuration:
    """The hours of a normal winter's year from the highest down, in the first year and in every tenth.

    Areas whose use is only bounded are left out.

    Parameters
    ----------
    grid : as for the margin.
    """
    rows = []
    for area in _areas(grid, 0):
        limit = _limit(area)
        for at, year in enumerate(area.years if area.sized else []):
            if at and year % 10:
                continue
            value = None if limit is None else float(limit[at])
            absent = "missing" if limit is None else None
            curve = area.curves[at] + area.granted[at]
            rows += [
                (area.code, year, rank, float(curve[rank - 1]), value, absent, area.basis) for rank in RANKS
            ]
    types = {column.name: column.dtype for column in POWER_DURATION.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def _areas(grid: Grid, since: int) -> list[_Area]:
    """Every area with the curves of its years, at least where its use is only bounded."""
    shapes = grid.power_profiles.select("use", "charging", "night", "heating").to_numpy().T
    parts = _with_operations(grid)
    found = []
    for code in grid.capacity_areas["capacity_area"]:
        rows = grid.power_demand.filter(scope="area", supplied=code).sort("year")
        rows = rows.filter((pl.col("year") >= since) | (pl.col("year") == pl.col("year").min()))
        if rows.is_empty():
            raise DataError(
                f"power_demand has no use of the area {code!r}; its municipalities are not accounted for"
            )
        other = rows.select("charging_mwh", "night_mwh", "heating_mwh").to_numpy()
        homes = rows["homes_mwh"].to_numpy()
        energy = np.column_stack([homes + rows["other_least_mwh"].to_numpy(), other])
        curves = load.duration(load.hourly(energy, shapes))
        beyond = (rows["other_most_mwh"].fill_null(np.inf) - rows["other_least_mwh"]).to_numpy()
        most = curves[:, 0] + beyond * shapes[0].max()
        own = parts.filter(capacity_area=code)
        basis = weakest_of("estimated", rows, own, grid.power_profiles)
        found.append(_Area(code, rows["year"].to_list(), curves, most, own, basis))
    return found


def _with_operations(grid: Grid) -> pl.DataFrame:
    """The parts of every area with those of the scenario; a request of a listed name takes its place."""
    made = grid.power_operations.filter(pl.col("operation") != "charging").select(
        "capacity_area",
        "name",
        "mw",
        "from_year",
        capacity_part=pl.col("operation").replace({"plant": "local"}),
        factor=pl.lit(CERTAIN),
        until_year=pl.lit(None, pl.Int64),
        several=pl.lit("no"),
        basis="basis",
    )
    granted = made.filter(capacity_part="request").select("capacity_area", "name", "capacity_part")
    own = grid.capacity_parts.join(granted, on=["capacity_area", "name", "capacity_part"], how="anti")
    return pl.concat([own.select(made.columns), made])


def _by_year(parts: pl.DataFrame, years: list[int]) -> load.Floats:
    """(years,) MW of some parts together in every year."""
    found: load.Floats = _each(parts, years).sum(axis=1)
    return found


def _each(parts: pl.DataFrame, years: list[int]) -> load.Floats:
    """(years, parts) MW in every year, of each part as much as counts."""
    mw = (parts["mw"] * parts["factor"]).to_numpy()
    since, until = parts["from_year"].to_numpy(), parts["until_year"].fill_null(NEVER).to_numpy()
    at = np.array(years)[:, None]
    return np.where((at >= since) & (at <= until), mw, 0.0)


def _limit(area: _Area) -> load.Floats | None:
    """(years,) MW that the area can get: feed-in, firm local production and flexibility."""
    feed_ins = area.feed_ins
    return None if feed_ins is None else feed_ins + area.total("local") + area.total("flexibility")


def _risk(area: _Area, limit: load.Floats | None, ten_year: float, draws: tuple[int, int]) -> list[pl.Series]:
    """What winters and requests come to in the years to come; nothing for the first, which is past.

    `draws` is how many, and the seed.
    """
    names, count = ("short_share", "short_by_then", "expected_hours"), len(area.years)
    found = np.full((len(names), count), np.nan)
    if limit is not None and area.sized and count > 1:
        years = area.years[1:]
        asked = area.parts.filter(capacity_part="request")
        # Years have a gap after the first, so a request's first year is a place among them.
        first = np.searchsorted(years, asked["from_year"].to_numpy())
        last = np.searchsorted(years, asked["until_year"].fill_null(NEVER).to_numpy(), side="right")
        requests = (asked["mw"].to_numpy(), first, last, asked["factor"].to_numpy())
        chances = load.chances(
            area.curves[1:], limit[1:], requests, ten_year=ten_year, draws=draws[0], seed=draws[1]
        )
        by_then = (chances.first[:, None] <= np.arange(len(years))).mean(axis=0)
        found[:, 1:] = np.stack([chances.short, by_then, chances.hours])
    return [pl.Series(name, values).fill_nan(None) for name, values in zip(names, found, strict=True)]


def _margin(area: _Area, limit: load.Floats | None, ten_year: float) -> pl.DataFrame:
    """A row for each year: need, what there is, margin, and the reasons where one is not there."""
    count = len(area.years)
    need, granted = area.curves[:, 0] + area.granted, area.granted
    nothing = np.full(count, np.nan)
    why = "missing" if limit is None else None if area.sized else "suppressed"
    bound = nothing if limit is None else limit
    largest, largest_why = _without_largest(area, why)
    hours = load.above(area.curves + granted[:, None], bound)
    values = {
        "need_mw": need if area.sized else nothing,
        "need_most": np.where(np.isfinite(area.most), area.most + granted, np.nan),
        "feed_in_mw": nothing if limit is None else area.total("feed_in"),
        "limit_mw": bound,
        "margin_mw": nothing if why else bound - need,
        "ten_year_mw": nothing if why else bound - area.curves[:, 0] * ten_year - granted,
        "without_largest_mw": nothing if largest is None else largest - need,
        "mwh_above": nothing if why else hours.energy,
    }
    frame = pl.DataFrame({"capacity_area": [area.code] * count, "year": area.years} | values).fill_nan(None)
    unknown = None if limit is not None else "missing"
    return frame.with_columns(
        pl.Series("need_least", need),
        pl.Series("local_mw", area.total("local")),
        pl.Series("flexibility_mw", area.total("flexibility")),
        pl.Series("hours_above", [None] * count if why else hours.number, dtype=pl.Int64),
        need_absent=pl.lit(None if area.sized else "suppressed", pl.String),
        feed_in_absent=pl.lit(unknown, pl.String),
        limit_absent=pl.lit(unknown, pl.String),
        margin_absent=pl.lit(why, pl.String),
        without_largest_absent=pl.lit(largest_why, pl.String),
        basis=pl.lit(area.basis),
    )


def _without_largest(area: _Area, why: str | None) -> tuple[load.Floats | None, str | None]:
    """What is left when the largest feed-in is out of service; unknown where one row is several of them."""
    rows = area.parts.filter(capacity_part="feed_in")
    if why or (rows["several"] == "yes").any():
        return None, why or "missing"
    rest = load.without_largest(_each(rows, area.years))
    return rest + area.total("local") + area.total("flexibility"), None


def _first(rows: pl.DataFrame, reached: pl.Expr, why: str | None) -> tuple[int | None, str | None]:
    """The first year in which something is reached, or why there is none."""
    if why:
        return None, why
    years = rows.filter(reached)["year"]
    return (years[0], None) if len(years) else (None, "not_applicable")
