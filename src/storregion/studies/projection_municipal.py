"""The population to come: every municipality by sex and age, within national frames that are met exactly."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, ItemError
from storregion.core.table import weakest_of, weakest_until
from storregion.facts.demography import (
    ComponentsMunicipality,
    MunicipalityAgeSex,
    NationalProjection,
    PopulationYearly,
)
from storregion.kernels import cohort_rates, responses
from storregion.kernels.cohorts import AGES, NoProjectionError, Rates, Year, to_totals, year_on
from storregion.studies.projection_levels import LocalLevels, NationalRates
from storregion.studies.projection_operations import ProjectionOperations
from storregion.studies.projection_totals import BORN_AND_DIED, FRAMES, MunicipalTotals, NationalFrames
from storregion.studies.region_frames import RegionFrames

Floats = NDArray[np.float64]
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


MIGRATION_RESPONSE = columns.schema(
    "migration_response",
    __name__,
    columns.municipality(key=True),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.number("net_a_year", "net_moves_a_year"),
    columns.number("more", "persons", least=0.0),
    columns.number("fewer", "persons", least=0.0),
    columns.number("for_thousand", "net_moves_a_year", least=0.0),
    columns.number("fewest", "persons", least=0.0),
)
MigrationResponse = Annotated[pl.DataFrame, MIGRATION_RESPONSE]


class Local(NamedTuple):
    """What happens in each municipality, and to whom."""

    national_rates: NationalRates
    local_levels: LocalLevels
    components_municipality: ComponentsMunicipality
    population_yearly: PopulationYearly
    national_projection: NationalProjection


class Ahead(NamedTuple):
    """Where people are at the start, how many are to be where, and what a scenario asks for."""

    start_ages: StartAges
    national_frames: NationalFrames
    municipal_totals: MunicipalTotals
    region_frames: RegionFrames
    projection_operations: ProjectionOperations

    def basis(self, local: Local) -> str:
        """How what rests on the projection of all years is known."""
        return weakest_of(self.start_basis(local), self.municipal_totals)

    def start_basis(self, local: Local) -> str:
        """How the people of the latest year are known, and what happens to them."""
        return weakest_of("estimated", *local, self.start_ages, self.national_frames)

    def known(self, local: Local, frame: str) -> pl.DataFrame:
        """How the people of each year ahead are known, who are those of the year before: `year, basis`."""
        return weakest_until(self.start_basis(local), self.municipal_totals.filter(frame=frame))


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
        A table misses ages or municipalities, ages are of a later year than totals, or a total cannot be met.
    """
    last = municipality_age_sex.filter(pl.col("year") == pl.col("year").max())
    codes, first = last["municipality"].unique().sort().to_list(), last["year"][0]
    if last.height != len(codes) * 2 * AGES:
        raise DataError(f"municipality_age_sex must have every age and sex of {first}; add the rest")
    newest = int(local.population_yearly["year"].to_numpy().max())
    if first > newest:
        raise DataError(
            f"municipality_age_sex is of {first}, but population_yearly ends in {newest}; "
            "fetch population_totals"
        )
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
    carried = (*local, municipality_age_sex) if len(years) else (last,)
    basis = weakest_of("estimated" if len(years) else "observed", *carried)
    ages = pl.DataFrame({"municipality": np.repeat(codes, 2 * AGES)}).with_columns(
        year=pl.lit(newest, pl.Int64),
        age=pl.Series(np.tile(np.arange(AGES), 2 * len(codes))),
        sex=pl.Series(np.tile(np.repeat(columns.SEXES, AGES), len(codes))),
        persons=pl.Series(people.ravel()),
        basis=pl.lit(basis),
    )
    return ages


def municipal_projection(local: Local, ahead: Ahead) -> MunicipalProjection:
    """Every municipality's population, births, deaths and net migration in three national frames.

    Parameters
    ----------
    local, ahead : what happens in each municipality, and how many are to be where.

    Raises
    ------
    DataError
        A frame cannot be met without fewer than no people of some age; with the frame, places and year.
    ItemError
        So, in a place that an operation or a region's own frame is about.
    """
    frames = [
        _table(_run(local, ahead, frame))
        .join(ahead.known(local, frame), on="year", maintain_order="left")
        .with_columns(frame=pl.lit(frame))
        for frame in FRAMES
    ]
    return pl.concat(frames).select(column.name for column in MUNICIPAL_PROJECTION.columns)


def projection_ages(local: Local, ahead: Ahead) -> ProjectionAges:
    """Every municipality's people by five-year class and sex in the base frame, from the latest year on.

    Parameters
    ----------
    local, ahead : as for `municipal_projection`.
    """
    run = _run(local, ahead, "base")
    first = np.arange(0, 95, 5)
    people = np.stack([run.start, *(year.people for year in run.years)])
    classes = np.add.reduceat(people, first, axis=3)
    years = np.arange(run.first - 1, run.first + len(run.years))
    n = len(run.codes)
    found = pl.DataFrame(
        {
            "municipality": np.tile(np.repeat(run.codes, 2 * len(CLASSES)), len(years)),
            "year": np.repeat(years, n * 2 * len(CLASSES)),
            "age_class": np.tile(CLASSES, len(years) * n * 2),
            "sex": np.tile(np.repeat(columns.SEXES, len(CLASSES)), len(years) * n),
            "persons": classes.ravel(),
        }
    )
    # The latest year is the start, on which nothing that is asked for bears.
    known = pl.col("basis").fill_null(ahead.start_basis(local))
    return found.join(ahead.known(local, "base"), on="year", how="left", maintain_order="left").with_columns(
        known
    )


def migration_response(local: Local, ahead: Ahead) -> MigrationResponse:
    """What one more or one fewer mover in every year means for each municipality's people in the base frame.

    Those who come are as old as those who moved in over the years ahead, those who leave as those who moved
    out; births and deaths are at the municipality's rates. Others are not affected.

    Parameters
    ----------
    local, ahead : as for `municipal_projection`.
    """
    run = _run(local, ahead, "base")
    setting = _setting(run.start, local, run.codes)
    people = np.stack([year.people for year in run.years])
    before = [run.start, *people[:-1]]
    rates = [
        responses.implied(then, year, setting.rates.births)
        for then, year in zip(before, run.years, strict=True)
    ]
    coming = sum((year.moved_in + year.immigrated for year in run.years), np.zeros_like(run.start))
    leaving = sum((year.moved_out + year.emigrated for year in run.years), np.zeros_like(run.start))
    more, fewer = (
        responses.response(rates, moves / moves.sum(axis=(1, 2), keepdims=True))
        for moves in (coming, leaving)
    )
    most = responses.most_leaving(people, fewer)
    net = np.stack([rate.immigration.sum(axis=(1, 2)) for rate in rates])
    ahead_of = np.arange(1, len(rates) + 1)[:, None]
    more, fewer = more.sum(axis=(2, 3)), fewer.sum(axis=(2, 3))
    found = {
        "net_a_year": np.cumsum(net, axis=0) / ahead_of,
        "more": more,
        "fewer": fewer,
        "for_thousand": 1000.0 / more,
        "fewest": np.maximum(run.totals - most * fewer, 0.0),
    }
    t, n = run.totals.shape
    keys = {"municipality": np.tile(run.codes, t), "year": np.repeat(np.arange(run.first, run.first + t), n)}
    values = {"persons": run.totals.ravel()} | {name: part.ravel() for name, part in found.items()}
    return pl.DataFrame(keys | values).with_columns(basis=pl.lit(ahead.basis(local)))


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
    parts = (
        local.components_municipality.group_by("year", maintain_order=True)
        .agg(pl.col("births", "deaths").sum())
        .sort("year")
    )
    ahead = local.national_projection.filter(variant=BORN_AND_DIED).sort("year")
    at = np.concatenate([parts["year"].to_numpy(), ahead["year"].to_numpy()])
    born, died = (
        np.interp(years, at, np.concatenate([parts[name].to_numpy(), ahead[name].to_numpy()]))
        for name in ("births", "deaths")
    )
    return _Nation(born, died, None)


def _run(local: Local, ahead: Ahead, frame: str) -> _Run:
    codes = ahead.start_ages["municipality"].unique().sort().to_list()
    start = _array(ahead.start_ages)
    rows = ahead.municipal_totals.filter(frame=frame).sort("year", "municipality")
    totals = rows["persons"].to_numpy().reshape(-1, len(codes))
    nation = ahead.national_frames.filter(frame=frame).sort("year")
    given = _Nation(*(nation[name].to_numpy() for name in ("births", "deaths", "net_migration")))
    first = int(nation["year"][0])
    try:
        years = _carried(start, _setting(start, local, codes), totals.astype(np.float64), given)
    except NoProjectionError as error:
        named = [codes[at] for at in error.places]
        what = f"the frame {frame} cannot be met in {first + error.year}: {error}"
        hint = f"; in {named[:10]}: change their totals less from one year to the next" if named else ""
        raise _refused(what + hint, named, ahead) from None
    return _Run(codes, first, start, totals, years)


def _refused(what: str, places: list[str], ahead: Ahead) -> DataError | ItemError:
    """What cannot be met as an error: of the scenario's operation on one of the places, if there is one."""
    frames = ahead.region_frames.select("number", "area").unique().sort("number")
    for number, area in frames.iter_rows():
        if any(place.startswith(area) for place in places):
            made = "region_frames.made"
            return ItemError(made, number, f"{made}: operation {number} (frame): {what}")
    operations = ahead.projection_operations.select("number", "kind", "municipality").unique().sort("number")
    for number, kind, municipality in operations.iter_rows():
        if municipality in places:
            made = "projection_operations.made"
            return ItemError(made, number, f"{made}: operation {number} ({kind}): {what}")
    return DataError(what)


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
        try:
            year = year_on(people, rates, born=float(nation.born[at]), died=float(nation.died[at]))
            years.append(to_totals(year, wanted))
        except NoProjectionError as error:
            raise NoProjectionError(str(error), places=error.places, year=at) from None
        people = years[-1].people
        adjusted, came = (part.sum(axis=(1, 2)) for part in (years[-1].adjusted, years[-1].moved_in))
        level *= np.clip(1.0 + adjusted / came, *_STEP)
    return years


_STEP = (0.7, 1.4)
"""How far moves in may fall or rise from one year to the next to meet totals; a single year may be odd."""


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
    )
