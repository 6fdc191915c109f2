"""The population to come: every municipality by sex and age, within national frames that are met exactly."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, nearest
from storregion.facts.demography import (
    VARIANTS,
    ComponentsMunicipality,
    MunicipalityAgeSex,
    NationalProjection,
    PopulationYearly,
)
from storregion.kernels import cohort_rates, trends
from storregion.kernels.cohorts import AGES, NoProjectionError, Rates, Year, to_totals, year_on
from storregion.studies.projection_hindcasts import HORIZONS, MunicipalTrend
from storregion.studies.projection_levels import LocalLevels, NationalRates
from storregion.studies.projection_operations import GrowthMoves, ProjectionOperations

Floats = NDArray[np.float64]
FRAMES = ("low", "base", "high")
BORN_AND_DIED = "HU"
"""The variant whose births and deaths others borrow, per head, where they say nothing of them."""
CLASSES = (*(f"{first}-{first + 4}" for first in range(0, 90, 5)), "90+")

START_AGES = columns.schema(
    "start_ages",
    __name__,
    columns.municipality(key=True),
    columns.whole("year", "year"),
    columns.age(),
    columns.sex(),
    columns.number("persons", "persons", least=0.0),
)
StartAges = Annotated[pl.DataFrame, START_AGES]

MUNICIPAL_PROJECTION = columns.schema(
    "municipal_projection",
    __name__,
    columns.code("frame", key=True, choices=FRAMES),
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.whole("births", "persons", least=0),
    columns.whole("deaths", "persons", least=0),
    columns.whole("net_migration", "persons"),
    columns.number("adjusted", "persons"),
)
MunicipalProjection = Annotated[pl.DataFrame, MUNICIPAL_PROJECTION]

PROJECTION_AGES = columns.schema(
    "projection_ages",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.code("age_class", key=True, choices=CLASSES),
    columns.sex(),
    columns.number("persons", "persons", least=0.0),
)
ProjectionAges = Annotated[pl.DataFrame, PROJECTION_AGES]


class Local(NamedTuple):
    """What happens in each municipality, and to whom."""

    national_rates: NationalRates
    local_levels: LocalLevels
    components_municipality: ComponentsMunicipality
    population_yearly: PopulationYearly
    national_projection: NationalProjection


class Ahead(NamedTuple):
    """Where people are to be."""

    start_ages: StartAges
    municipal_trend: MunicipalTrend
    projection_operations: ProjectionOperations
    growth_moves: GrowthMoves


class _Nation(NamedTuple):
    """The country's births, deaths and net migration of some years; the last is None where it is free."""

    born: Floats
    died: Floats
    net: Floats | None


class _Setting(NamedTuple):
    """What stays the same from year to year: the rates of a year before frames are met."""

    codes: list[str]
    rates: Rates


def start_ages(municipality_age_sex: MunicipalityAgeSex, local: Local) -> StartAges:
    """People by single age in the latest year: carried from the last ages published, every total met.

    Parameters
    ----------
    municipality_age_sex : the last ages published.
    local : rates, and the totals of the years since.

    Raises
    ------
    DataError
        A table misses municipalities that another has, or a total cannot be met.
    """
    last = municipality_age_sex.filter(pl.col("year") == pl.col("year").max())
    codes, first = last["municipality"].unique().sort().to_list(), last["year"][0]
    people = _array(last)
    totals = local.population_yearly.filter(pl.col("year") > first).sort("year", "municipality")
    years = totals["year"].unique().sort()
    if totals["municipality"].to_list() != codes * len(years):
        raise DataError(
            f"population_yearly and municipality_age_sex differ in municipalities after {first}; add the rest"
        )
    wanted = totals["persons"].to_numpy().reshape(len(years), len(codes)).astype(np.float64)
    setting = _setting(people, local, codes)
    if len(years):
        people = _carried(people, setting, wanted, _known(local, years.to_numpy()))[-1].people
    basis = "estimated" if len(years) else "observed"
    newest = max([first, *years])
    ages = pl.DataFrame({"municipality": np.repeat(codes, 2 * AGES)}).with_columns(
        year=pl.lit(newest, pl.Int64),
        age=pl.Series(np.tile(np.arange(AGES), 2 * len(codes))),
        sex=pl.Series(np.tile(np.repeat(columns.SEXES, AGES), len(codes))),
        persons=pl.Series(people.ravel()),
        basis=pl.lit(basis),
    )
    return ages


def municipal_projection(
    local: Local,
    ahead: Ahead,
    *,
    until: int = 2050,
    variants: tuple[str, ...] = ("LI", "HU", "HI"),
    fading: float = 0.9,
) -> MunicipalProjection:
    """Every municipality's population, births, deaths and net migration in three national frames.

    Parameters
    ----------
    local, ahead : what happens in each municipality, and where people are to be.
    until : the last year.
    variants : the national variants that the frames low, base and high are.
    fading : what is left each year of the pace of change of shares, beyond the horizons that are tried.

    Raises
    ------
    DataError
        A frame cannot be met without fewer than no people somewhere; with the frame, places and years.
    """
    if len(variants) != len(FRAMES):
        raise DataError(f"municipal_projection.variants = {list(variants)}; give one for each of {FRAMES}")
    frames = []
    for frame, variant in zip(FRAMES, variants, strict=True):
        run = _run(local, ahead, _frame(local, variant, until), fading)
        frames.append(_table(run).with_columns(frame=pl.lit(frame)))
    return pl.concat(frames).select(column.name for column in MUNICIPAL_PROJECTION.columns)


def projection_ages(
    local: Local, ahead: Ahead, *, until: int = 2050, variant: str = "HU", fading: float = 0.9
) -> ProjectionAges:
    """Every municipality's people by five-year class and sex in the base frame, from the latest year on.

    Parameters
    ----------
    local, ahead : as for `municipal_projection`.
    until : the last year; as for `municipal_projection`.
    variant : the national variant of the base frame; as for `municipal_projection`.
    fading : what is left each year of the pace of change; as for `municipal_projection`.
    """
    run = _run(local, ahead, _frame(local, variant, until), fading)
    first = np.arange(0, 95, 5)
    people = np.stack([run.start, *(year.people for year in run.years)])
    classes = np.add.reduceat(people, first, axis=3)
    years = np.arange(run.first - 1, run.first + len(run.years))
    n = len(run.codes)
    return pl.DataFrame(
        {
            "municipality": np.tile(np.repeat(run.codes, 2 * len(CLASSES)), len(years)),
            "year": np.repeat(years, n * 2 * len(CLASSES)),
            "age_class": np.tile(CLASSES, len(years) * n * 2),
            "sex": np.tile(np.repeat(columns.SEXES, len(CLASSES)), len(years) * n),
            "persons": classes.ravel(),
        }
    ).with_columns(basis=pl.lit("estimated"))


class _Frame(NamedTuple):
    """A national frame from the first year ahead: persons and what happens to them."""

    name: str
    first: int
    persons: NDArray[np.int64]
    nation: _Nation


class _Run(NamedTuple):
    codes: list[str]
    first: int
    start: Floats
    totals: NDArray[np.int64]
    years: list[Year]


def _array(frame: pl.DataFrame) -> Floats:
    """Persons as (n, 2, ages), municipalities in order."""
    rows = frame.sort("municipality", "sex", "age")
    return rows["persons"].to_numpy().reshape(-1, 2, AGES).astype(np.float64)


def _setting(people: Floats, local: Local, codes: list[str]) -> _Setting:
    """The rates of every municipality; those moving in are as many and as old as they were at the start."""
    levels = pl.DataFrame({"municipality": codes}).join(
        local.local_levels, on="municipality", how="left", maintain_order="left"
    )
    if levels["mortality"].null_count():
        lost = levels.filter(pl.col("mortality").is_null())["municipality"].to_list()
        raise DataError(f"local_levels has nothing of {lost}; add their components of change")
    rate = {
        name: local.national_rates.sort("sex", "age")[name].to_numpy().reshape(2, AGES)
        for name in ("deaths", "births", "moves", "emigration", "immigrants")
    }
    level = {name: levels[name].to_numpy().astype(np.float64)[:, None, None] for name in LEVELS}
    # Nobody moves more often than this, however restless a place is.
    moves = np.minimum(level["moves"] * rate["moves"], 0.6)
    older = np.zeros_like(people)
    older[:, :, 1:] = people[:, :, :-1]
    older[:, :, 0] = people[:, :, 0]
    arrivals = cohort_rates.arrivals(people, older * moves, level["moved_in"][:, 0, 0])
    rates = Rates(
        level["mortality"] * rate["deaths"],
        level["fertility"][:, :, 0] * rate["births"][1],
        moves,
        np.minimum(level["emigration"] * rate["emigration"], 0.3),
        arrivals,
        level["immigrated"] * rate["immigrants"],
    )
    return _Setting(codes, rates)


LEVELS = ("mortality", "fertility", "moves", "emigration", "moved_in", "immigrated")


def _known(local: Local, years: NDArray[np.int64]) -> _Nation:
    """Births and deaths of years gone by: of the years that are known, and on a line between them."""
    parts = local.components_municipality.group_by("year").agg(pl.col("births", "deaths").sum()).sort("year")
    ahead = local.national_projection.filter(variant=BORN_AND_DIED).sort("year")
    at = np.concatenate([parts["year"].to_numpy(), ahead["year"].to_numpy()])
    born, died = (
        np.interp(years, at, np.concatenate([parts[name].to_numpy(), ahead[name].to_numpy()]))
        for name in ("births", "deaths")
    )
    return _Nation(born, died, None)


def _frame(local: Local, variant: str, until: int) -> _Frame:
    """A variant from the year after the latest, lifted by what the latest differs from what it foresaw."""
    if variant not in VARIANTS:
        raise DataError(f"there is no national variant {variant!r}; {nearest(variant, VARIANTS)}")
    newest = int(local.population_yearly["year"].to_numpy().max())
    counted = local.population_yearly.filter(year=newest)["persons"].sum()
    years = pl.DataFrame({"year": np.arange(newest, until + 1)})
    own, borrowed = (
        years.join(
            local.national_projection.filter(variant=name), on="year", how="left", maintain_order="left"
        )
        for name in (variant, BORN_AND_DIED)
    )
    if until <= newest or own["persons"].null_count():
        raise DataError(
            f"the frame {variant} must reach from {newest} to {until}; choose a last year that it has"
        )
    lift = counted - own["persons"][0]
    head = own["persons"] / borrowed["persons"]
    born, died = (own[name].fill_null(borrowed[name] * head).to_numpy()[1:] for name in ("births", "deaths"))
    persons = (own["persons"] + lift).to_numpy()
    net = np.diff(persons) - born + died
    return _Frame(variant, newest + 1, persons[1:], _Nation(born, died, net))


def _run(local: Local, ahead: Ahead, frame: _Frame, fading: float) -> _Run:
    codes = ahead.start_ages["municipality"].unique().sort().to_list()
    start = _array(ahead.start_ages)
    totals = _totals(start.sum(axis=(1, 2)), codes, ahead, frame, fading)
    setting = _setting(start, local, codes)
    try:
        years = _carried(start, setting, totals.astype(np.float64), frame.nation)
    except NoProjectionError as error:
        raise DataError(f"the frame {frame.name} cannot be met: {error}; municipalities in order") from None
    return _Run(codes, frame.first, start, totals, years)


def _carried(people: Floats, setting: _Setting, totals: Floats, nation: _Nation) -> list[Year]:
    """Every year of a run, its totals and the country's births, deaths and migration met.

    What a place had to be adjusted by in one year, more or fewer move in from other places in the next.
    """
    years: list[Year] = []
    level = np.ones(len(people))
    for at, wanted in enumerate(totals):
        rates = setting.rates._replace(arrivals=setting.rates.arrivals * level[:, None, None])
        if nation.net is not None:
            leaving = float((people * rates.emigration).sum())
            come = max(nation.net[at] + leaving, 0.0) / rates.immigration.sum()
            rates = rates._replace(immigration=rates.immigration * come)
        year = year_on(people, rates, born=float(nation.born[at]), died=float(nation.died[at]))
        years.append(to_totals(year, wanted))
        people = years[-1].people
        adjusted, came = (part.sum(axis=(1, 2)) for part in (years[-1].adjusted, years[-1].moved_in))
        level *= np.clip(1.0 + adjusted / came, *_STEP)
    return years


_STEP = (0.7, 1.4)
"""How far moves in may fall or rise from one year to the next to meet totals; a single year may be odd."""


def _totals(now: Floats, codes: list[str], ahead: Ahead, frame: _Frame, fading: float) -> NDArray[np.int64]:
    """Whole persons of every year and municipality, adding up to the frame: (years, n)."""
    tried = ahead.municipal_trend.filter(pl.col("horizon") <= max(HORIZONS))
    wide = tried.sort("horizon").pivot(on="horizon", index="municipality", values="share_change")
    placed = pl.DataFrame({"municipality": codes}).join(
        wide, on="municipality", how="left", maintain_order="left"
    )
    knots = np.array([0, *(int(name) for name in wide.columns[1:])])
    change = np.log1p(placed.drop("municipality").to_numpy() / 100.0)
    change = np.concatenate([np.zeros((len(codes), 1)), change], axis=1)
    slope = (change[:, -1] - change[:, -2]) / (knots[-1] - knots[-2])
    given = _given(codes, frame, ahead.projection_operations)
    found = []
    for at, total in enumerate(frame.persons):
        horizon = at + 1
        inside = np.array([np.interp(horizon, knots, row) for row in change])
        beyond = slope * sum(fading**year for year in range(1, horizon - int(knots[-1]) + 1))
        persons = trends.controlled(now, inside + beyond, float(total))
        persons = _shifted(persons, now, codes, ahead.growth_moves)
        found.append(
            cohort_rates.whole_numbers(_with_given(persons, given[at], codes, frame, at), int(total))
        )
    return np.stack(found)


def _shifted(persons: Floats, now: Floats, codes: list[str], moves: pl.DataFrame) -> Floats:
    """Parts of a county's growth given to others; within a county each has in proportion to its people."""
    county = np.array([code[:2] for code in codes])
    found = persons.copy()
    for row in moves.iter_rows(named=True):
        own, other = county == row["from_county"], county == row["to_county"]
        growth = row["part"] * (persons[own].sum() - now[own].sum())
        found[own] -= growth * persons[own] / persons[own].sum()
        found[other] += growth * persons[other] / persons[other].sum()
    return found


def _given(codes: list[str], frame: _Frame, operations: pl.DataFrame) -> Floats:
    """Persons that operations have added to each municipality by the end of each year: (years, n)."""
    found = np.zeros((len(frame.persons), len(codes)))
    index = {code: at for at, code in enumerate(codes)}
    for row in operations.iter_rows(named=True):
        at = max(row["year"] - frame.first, 0)
        found[at:, index[row["municipality"]]] += row["persons"]
    return found


def _with_given(persons: Floats, given: Floats, codes: list[str], frame: _Frame, at: int) -> Floats:
    """Those added to some, and taken from all others in proportion, so that the frame holds."""
    touched = given != 0
    if not touched.any():
        return persons
    found = persons + given
    rest = persons[~touched].sum()
    found[~touched] *= (rest - given.sum()) / rest if rest else 1.0
    if (wrong := found < 0).any():
        named = [codes[one] for one in np.flatnonzero(wrong)]
        raise DataError(
            f"projection_operations leave fewer than no people in {named[:10]} in {frame.first + at}; "
            "move fewer people out"
        )
    return found


def _table(run: _Run) -> pl.DataFrame:
    before = np.concatenate([run.start.sum(axis=(1, 2))[None].round().astype(np.int64), run.totals[:-1]])
    births, deaths = (
        np.stack([cohort_rates.whole_numbers(one, round(one.sum())) for one in counted])
        for counted in (
            [year.births.sum(axis=1) for year in run.years],
            [year.deaths.sum(axis=(1, 2)) for year in run.years],
        )
    )
    adjusted = np.stack([year.adjusted.sum(axis=(1, 2)) for year in run.years])
    n, t = len(run.codes), len(run.years)
    return pl.DataFrame(
        {
            "municipality": np.tile(run.codes, t),
            "year": np.repeat(np.arange(run.first, run.first + t), n),
            "persons": run.totals.ravel(),
            "births": births.ravel(),
            "deaths": deaths.ravel(),
            "net_migration": (run.totals - before - births + deaths).ravel(),
            "adjusted": adjusted.ravel(),
        }
    ).with_columns(basis=pl.lit("estimated"))
