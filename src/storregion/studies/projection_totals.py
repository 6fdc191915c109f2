"""How many people every municipality is to have: shares within national frames and regions' own."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, ItemError, nearest
from storregion.core.operations import assumed_in, from_first
from storregion.core.table import weakest_of
from storregion.facts.demography import VARIANTS, NationalProjection, PopulationYearly
from storregion.kernels import raking, trends
from storregion.studies.projection_hindcasts import HORIZONS, MunicipalTrend
from storregion.studies.projection_operations import GrowthMoves, ProjectionOperations
from storregion.studies.region_frames import RegionFrames

Floats = NDArray[np.float64]
FRAMES = ("low", "base", "high")
BORN_AND_DIED = "HU"
"""The variant whose births and deaths others borrow, per head, where they say nothing of them."""
REST = "rest"

NATIONAL_FRAMES = columns.schema(
    "national_frames",
    __name__,
    columns.code("frame", key=True, choices=FRAMES),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.number("births", "persons", least=0.0),
    columns.number("deaths", "persons", least=0.0),
    columns.number("net_migration", "persons"),
)
NationalFrames = Annotated[pl.DataFrame, NATIONAL_FRAMES]

MUNICIPAL_TOTALS = columns.schema(
    "municipal_totals",
    __name__,
    columns.code("frame", key=True, choices=FRAMES),
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.number("unraked", "persons", least=0.0),
)
MunicipalTotals = Annotated[pl.DataFrame, MUNICIPAL_TOTALS]

FRAME_RESIDUALS = columns.schema(
    "frame_residuals",
    __name__,
    columns.code("frame", key=True, choices=FRAMES),
    columns.code("area", key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.number("unraked", "persons", least=0.0),
    columns.number("residual", "persons"),
    columns.number("residual_percent", "percent"),
)
FrameResiduals = Annotated[pl.DataFrame, FRAME_RESIDUALS]


class Changes(NamedTuple):
    """What changes how many live where: past growth, and what a scenario does."""

    municipal_trend: MunicipalTrend
    projection_operations: ProjectionOperations
    growth_moves: GrowthMoves
    region_frames: RegionFrames

    def years(self, ahead: list[int]) -> list[int]:
        """The years ahead in which a scenario changes how many live where.

        An operation counts from its first year on. A part of a county's growth goes elsewhere in every year,
        and an area's own frame is on a straight line from now.
        """
        if not (self.growth_moves.is_empty() and self.region_frames.is_empty()):
            return ahead
        return from_first(ahead, self.projection_operations["year"])


class _Asked(NamedTuple):
    """An area of a region's own frame: its municipalities, the operation that names it, its total by year."""

    area: str
    number: int
    members: NDArray[np.int64]
    totals: NDArray[np.int64]


class _Start(NamedTuple):
    """The municipalities in order, how many live in each in the latest year, and the years ahead."""

    codes: list[str]
    now: Floats
    years: list[int]


def national_frames(
    population_yearly: PopulationYearly,
    national_projection: NationalProjection,
    *,
    until: int = 2050,
    variants: tuple[str, ...] = ("LI", "HU", "HI"),
) -> NationalFrames:
    """The country's people, births, deaths and migration in three frames from the year after the latest.

    A variant is lifted by what the latest count differs from what it foresaw.

    Parameters
    ----------
    population_yearly : the latest count.
    national_projection : the variants.
    until : the last year.
    variants : the national variants that the frames low, base and high are.

    Raises
    ------
    DataError
        There is no such variant, or it does not reach so far.
    """
    if len(variants) != len(FRAMES):
        raise DataError(f"national_frames.variants = {list(variants)}; give one for each of {FRAMES}")
    newest = int(population_yearly["year"].to_numpy().max())
    counted = population_yearly.filter(year=newest)["persons"].sum()
    years = pl.DataFrame({"year": np.arange(newest, until + 1)})

    def of(variant: str) -> pl.DataFrame:
        rows = national_projection.filter(variant=variant)
        return years.join(rows, on="year", how="left", maintain_order="left")

    known = weakest_of("estimated", population_yearly.filter(year=newest), national_projection)
    frames = []
    for frame, variant in zip(FRAMES, variants, strict=True):
        if variant not in VARIANTS:
            raise DataError(f"there is no national variant {variant!r}; {nearest(variant, VARIANTS)}")
        own, borrowed = of(variant), of(BORN_AND_DIED)
        if until <= newest or own["persons"].null_count():
            raise DataError(
                f"the frame {variant} must reach from {newest} to {until}; choose a last year that it has"
            )
        head = own["persons"] / borrowed["persons"]
        lifted = own.select("year", "persons").with_columns(
            pl.col("persons") + (counted - own["persons"][0]),
            births=own["births"].fill_null(borrowed["births"] * head),
            deaths=own["deaths"].fill_null(borrowed["deaths"] * head),
        )
        net = pl.col("persons").diff() - pl.col("births") + pl.col("deaths")
        frames.append(lifted.with_columns(net_migration=net, frame=pl.lit(frame)).slice(1))
    return (
        pl.concat(frames)
        .with_columns(pl.col("births", "deaths", "net_migration").cast(pl.Float64), basis=pl.lit(known))
        .select(column.name for column in NATIONAL_FRAMES.columns)
    )


def municipal_totals(
    population_yearly: PopulationYearly,
    national_frames: NationalFrames,
    changes: Changes,
    *,
    fading: float = 0.9,
) -> MunicipalTotals:
    """Whole persons of every municipality and year, adding up to the frames; before and after raking.

    Parameters
    ----------
    population_yearly : the latest count.
    national_frames : the country's.
    changes : past growth, and what a scenario does.
    fading : what is left each year of the pace of change of shares, beyond the horizons that are tried.

    Raises
    ------
    ItemError
        An operation or a region's own frame would leave fewer than no people somewhere; with place and year.
    """
    newest = population_yearly.filter(pl.col("year") == pl.col("year").max()).sort("municipality")
    years = national_frames.filter(frame="base")["year"].sort().to_list()
    start = _Start(newest["municipality"].to_list(), newest["persons"].to_numpy().astype(np.float64), years)
    change = _share_changes(start, changes.municipal_trend, fading)
    base = _whole(national_frames, "base")
    keys = pl.DataFrame({"year": years}).join(pl.DataFrame({"municipality": start.codes}), how="cross")
    brakes = changes.projection_operations.filter(kind="brake")
    added = changes.projection_operations.filter(pl.col("kind") != "brake")
    known = weakest_of("estimated", newest, national_frames, changes.municipal_trend)
    frames = []
    for frame in FRAMES:
        whole = _whole(national_frames, frame)
        unraked = np.empty_like(change)
        for at, total in enumerate(whole):
            persons = trends.controlled(start.now, change[at], float(total))
            persons = _shifted(persons, start, changes.growth_moves)
            unraked[at] = _with_given(persons, at, start, added)
        unraked = _braked(unraked, start, brakes)
        asked = _asked(start, unraked, changes.region_frames, whole / base)
        raked = [_raked(unraked[at], at, start, asked, int(total)) for at, total in enumerate(whole)]
        rows = {"persons": np.concatenate(raked), "unraked": unraked.ravel()}
        frames.append(
            keys.with_columns(
                frame=pl.lit(frame),
                basis=assumed_in(changes.years(years), pl.lit(known)),
                **{name: pl.Series(part) for name, part in rows.items()},
            )
        )
    return pl.concat(frames).select(column.name for column in MUNICIPAL_TOTALS.columns)


def frame_residuals(municipal_totals: MunicipalTotals, region_frames: RegionFrames) -> FrameResiduals:
    """What holding areas to a region's own frame moved: each area's, and that of the rest of the country.

    Parameters
    ----------
    municipal_totals : before and after.
    region_frames : the areas that have totals of their own.
    """
    areas = region_frames["area"].unique().sort().to_list()
    code = pl.col("municipality")
    bound = pl.any_horizontal(pl.lit(False), *(code.str.starts_with(area) for area in areas))
    parts = [(area, code.str.starts_with(area)) for area in areas] + ([(REST, ~bound)] if areas else [])
    types = {column.name: column.dtype for column in FRAME_RESIDUALS.columns}
    residual = pl.col("persons") - pl.col("unraked")
    return pl.concat(
        [
            pl.DataFrame(schema=types),
            *(
                municipal_totals.filter(inside)
                .group_by("frame", "year", maintain_order=True)
                .agg(pl.col("persons", "unraked").sum())
                .with_columns(
                    area=pl.lit(area),
                    residual=residual,
                    residual_percent=100.0 * residual / pl.col("unraked"),
                    basis=pl.lit("assumed"),
                )
                .select(list(types))
                .sort("frame", "year")
                for area, inside in parts
            ),
        ]
    )


def _whole(frames: pl.DataFrame, frame: str) -> NDArray[np.int64]:
    return frames.filter(frame=frame).sort("year")["persons"].to_numpy()


def _share_changes(start: _Start, trend: pl.DataFrame, fading: float) -> Floats:
    """The change of the logarithm of every municipality's share up to each year: (years, n)."""
    tried = trend.filter(pl.col("horizon") <= max(HORIZONS))
    wide = tried.sort("horizon").pivot(on="horizon", index="municipality", values="share_change")
    placed = pl.DataFrame({"municipality": start.codes}).join(
        wide, on="municipality", how="left", maintain_order="left"
    )
    knots = np.array([0, *(int(name) for name in wide.columns[1:])])
    change = np.log1p(placed.drop("municipality").to_numpy() / 100.0)
    change = np.concatenate([np.zeros((len(start.codes), 1)), change], axis=1)
    slope = (change[:, -1] - change[:, -2]) / (knots[-1] - knots[-2])
    found = []
    for horizon in range(1, len(start.years) + 1):
        inside = np.array([np.interp(horizon, knots, row) for row in change])
        beyond = sum(fading**year for year in range(1, horizon - int(knots[-1]) + 1))
        found.append(inside + slope * beyond)
    return np.stack(found)


def _shifted(persons: Floats, start: _Start, moves: pl.DataFrame) -> Floats:
    """Parts of a county's growth given to others; within a county each has in proportion to its people."""
    county = np.array([code[:2] for code in start.codes])
    found = persons.copy()
    for row in moves.iter_rows(named=True):
        own, other = county == row["from_county"], county == row["to_county"]
        growth = row["part"] * (persons[own].sum() - start.now[own].sum())
        found[own] -= growth * persons[own] / persons[own].sum()
        found[other] += growth * persons[other] / persons[other].sum()
    return found


def _given(start: _Start, operations: pl.DataFrame) -> Floats:
    """Persons that operations have added to each municipality by the end of each year: (years, n)."""
    found = np.zeros((len(start.years), len(start.codes)))
    index = {code: at for at, code in enumerate(start.codes)}
    for row in operations.iter_rows(named=True):
        at = max(row["year"] - start.years[0], 0)
        found[at:, index[row["municipality"]]] += row["persons"]
    return found


def _with_given(persons: Floats, at: int, start: _Start, operations: pl.DataFrame) -> Floats:
    """Those given to some, and taken from all others in proportion, so that the frame holds."""
    given = _given(start, operations)[at]
    touched = given != 0
    if not touched.any():
        return persons
    found = persons + given
    rest = persons[~touched].sum()
    found[~touched] *= (rest - given.sum()) / rest if rest else 1.0
    if (wrong := found < 0).any():
        named = [start.codes[one] for one in np.flatnonzero(wrong)]
        made = operations.filter(pl.col("municipality").is_in(named) | (not (wrong & touched).any()))
        number, where = int(made["number"][0]), "projection_operations.made"
        raise ItemError(
            where,
            number,
            f"{where}: operation {number} ({made['kind'][0]}): fewer than no people in {named[:10]} "
            f"in {start.years[at]}; move fewer people",
        )
    return np.asarray(found)


def _braked(persons: Floats, start: _Start, brakes: pl.DataFrame) -> Floats:
    """Places held to the room that homes give; what they do not grow by goes to all others in proportion.

    In a year with a brake a place grows at most by its room; afterwards it grows at its own pace from there.
    """
    held = persons.copy()
    index = {code: at for at, code in enumerate(start.codes)}
    for (code,), rows in brakes.group_by("municipality", maintain_order=True):
        room = dict(rows.group_by("year", maintain_order=True).agg(pl.col("persons").sum()).iter_rows())
        own = np.concatenate([[start.now[index[str(code)]]], persons[:, index[str(code)]]])
        level = own[0]
        for at, year in enumerate(start.years):
            free = level * own[at + 1] / own[at] if own[at] > 0 else own[at + 1]
            level = min(free, level + room[year]) if year in room else free
            held[at, index[str(code)]] = level
    touched = (held != persons).any(axis=0)
    if touched.all():
        where, number = "projection_operations.made", int(brakes["number"].to_numpy().max())
        why = "every municipality is braked and nobody is left to live elsewhere; leave one without a brake"
        raise ItemError(where, number, f"{where}: operation {number} (brake): {why}")
    left = (persons - held).sum(axis=1, keepdims=True)
    rest = persons[:, ~touched]
    held[:, ~touched] += left * rest / rest.sum(axis=1, keepdims=True)
    return held


def _asked(start: _Start, unraked: Floats, frames: pl.DataFrame, lift: Floats) -> list[_Asked]:
    """What each area of a region's own frame is to have in every year.

    Before its first year and between its years it lies on straight lines, after its last it goes on as
    without the frame.
    """
    found = []
    for (area, number), rows in frames.sort("area", "year").group_by("area", "number", maintain_order=True):
        members = np.flatnonzero([code.startswith(str(area)) for code in start.codes])
        ahead = rows.filter(pl.col("year") >= start.years[0])
        if ahead.is_empty():
            name = rows["projection"][0]
            why = f"{name} gives {area} no year from {start.years[0]} on; choose a newer projection"
            raise ItemError(_MADE, int(str(number)), f"{_MADE}: operation {number} (frame): {why}")
        at = np.concatenate([[start.years[0] - 1], ahead["year"].to_numpy()])
        persons = np.concatenate([[start.now[members].sum()], ahead["persons"].to_numpy()])
        line, own = np.interp(start.years, at, persons), unraked[:, members].sum(axis=1)
        last = min(int(at[-1]), start.years[-1]) - start.years[0]
        line[last + 1 :] = line[last] * own[last + 1 :] / own[last]
        found.append(_Asked(str(area), int(str(number)), members, np.rint(line * lift).astype(np.int64)))
    return found


def _raked(unraked: Floats, at: int, start: _Start, asked: list[_Asked], whole: int) -> NDArray[np.int64]:
    """Whole persons of a year with every total met."""
    totals = [raking.Asked(one.members, int(one.totals[at])) for one in asked]
    try:
        return raking.raked(unraked, totals, whole)
    except raking.CannotRakeError as error:
        known = error.at < len(asked)
        number = asked[error.at].number if known else max(one.number for one in asked)
        where = asked[error.at].area if known else "the rest of the country"
        why = (
            f"{where} would have {error.left} people, fewer than none, in {start.years[at]}; lower the totals"
            if error.left < 0
            else f"{where} has {error.left} people over in {start.years[at]} and no municipality for them; "
            "leave one without a total"
        )
        raise ItemError(_MADE, number, f"{_MADE}: operation {number} (frame): {why}") from None


_MADE = "region_frames.made"
