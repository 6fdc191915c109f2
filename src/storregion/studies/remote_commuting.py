"""Commuting with remote work: who would live where when ways weigh less, and who is at home when."""

import math
from dataclasses import replace
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.lineage import OfBase
from storregion.facts.cells import Cells
from storregion.facts.work import COMMUTING, Commuting, Matrix, latest_matrix
from storregion.kernels import remote
from storregion.kernels.remote import Decay, Nearby, NoRemoteWorkError
from storregion.studies.nearness import NearnessFit, WaysBetween
from storregion.studies.remote_classes import REMOTE_CLASSES, RemoteClasses
from storregion.studies.remote_potential import RemoteMunicipalities
from storregion.studies.travel_times import AccessPlaces

Floats = NDArray[np.float64]
RESPONSES = ("weak", "strong")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

REMOTE_SHARES = columns.schema(
    "remote_shares",
    __name__,
    columns.municipality(key=True),
    replace(REMOTE_CLASSES["days"], key=True),
    columns.share("share"),
)
RemoteShares = Annotated[pl.DataFrame, REMOTE_SHARES]

REMOTE_RESPONSE = columns.schema(
    "remote_response",
    __name__,
    columns.code("response", key=True, choices=RESPONSES),
    columns.number("longer", "share", least=0.0, most=10.0),
    columns.number("exponent", "coefficient", least=0.0, absent="exponent_absent"),
)
RemoteResponse = Annotated[pl.DataFrame, REMOTE_RESPONSE]

REMOTE_FLOWS = columns.schema(
    "remote_flows",
    __name__,
    REMOTE_RESPONSE["response"],
    columns.whole("year", "year", least=1749, most=2100),
    COMMUTING["home"],
    COMMUTING["work"],
    columns.number("without", "employed", least=0.0),
    columns.number("persons", "employed", least=0.0),
    columns.number("remote", "employed", least=0.0),
    *(columns.number(weekday, "employed", least=0.0) for weekday in WEEKDAYS),
)
RemoteFlows = Annotated[pl.DataFrame, REMOTE_FLOWS]


class Commuters(NamedTuple):
    """Who commutes where, over which ways, and how distance deters."""

    commuting: Commuting
    ways_between: WaysBetween
    nearness_fit: NearnessFit
    cells: Cells


class Practice(NamedTuple):
    """The shares who work at home in the scenario and in the base."""

    remote_shares: RemoteShares
    today: OfBase[RemoteShares]


class Given(NamedTuple):
    """What the scenario changes, beside what it is in the base: who works at home, and times by train."""

    remote_shares: RemoteShares
    today: OfBase[RemoteShares]
    remote_response: RemoteResponse
    access_places: AccessPlaces
    times_today: OfBase[AccessPlaces]


def remote_shares(
    remote_classes: RemoteClasses, remote_municipalities: RemoteMunicipalities, *, steepness: float = 9.0
) -> RemoteShares:
    """The share of each municipality's employed residents in every class of remote work.

    The odds of working at home rise with the potential to the power of `steepness`, and the country has the
    shares of the classes.

    Parameters
    ----------
    remote_classes : days and shares in the country.
    remote_municipalities : what can be done from home.
    steepness : surveys differ more between counties than industries do. With 9, shares against the country's
        lie within 0.13 of those of the four counties that Statistics Sweden printed in 2021.

    Raises
    ------
    DataError
        Shares, or the steepness, cannot be.
    """
    rows = remote_municipalities.filter(side="residents").sort("municipality")
    classes = remote_classes.sort("days")
    weight = rows["against_country"].to_numpy() ** steepness
    try:
        found = remote.classes_by_place(classes["share"].to_numpy(), weight, rows["people"].to_numpy())
    except NoRemoteWorkError as error:
        raise DataError(f"remote_classes cannot be spread over municipalities: {error}") from None
    n, k = found.shape
    return pl.DataFrame(
        {
            "municipality": rows["municipality"].gather(np.repeat(np.arange(n), k)),
            "days": np.tile(classes["days"].to_numpy(), n),
            "share": found.ravel(),
        }
    ).with_columns(basis=pl.lit("assumed"))


def remote_response(
    commuters: Commuters, practice: Practice, *, longer: tuple[float, ...] = (0.05, 0.12)
) -> RemoteResponse:
    """How much lighter a way weighs for those who work at home, from how much longer theirs are.

    Parameters
    ----------
    commuters : the commuting of the latest year, taken as near enough to that without remote work.
    practice : the classes of the base, whom the studies' longer ways are of; those of the scenario where the
        base has none.
    longer : by how much the mean way of those who work at home is longer than it would be: de Vos, Meijers &
        van Ham (2018), and IZA discussion paper 12578 (2019).

    Raises
    ------
    DataError
        No exponent makes ways so much longer, or there are not two numbers.
    """
    if len(longer) != len(RESPONSES):
        raise DataError(f"remote_response.longer has {len(longer)} numbers; give two, the weaker first")
    case = _case(commuters)
    classes = practice.today if practice.today.height else practice.remote_shares
    days, jobs = case.jobs(classes)
    near = Nearby(remote.shares(case.persons), case.cost, case.decay)
    rows: list[tuple[object, ...]] = []
    for response, growth in zip(RESPONSES, longer, strict=True):
        if not jobs.sum() > 0:
            rows.append((response, growth, None, "not_applicable", "assumed"))
            continue
        try:
            rows.append((response, growth, remote.exponent_for(growth, days, jobs, near), None, "assumed"))
        except NoRemoteWorkError as error:
            raise DataError(f"remote_response, {growth:.0%} longer ways: {error}") from None
    types = {column.name: column.dtype for column in REMOTE_RESPONSE.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def remote_flows(
    commuters: Commuters,
    given: Given,
    *,
    weekdays: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2),
    car_kmh: float = 66.0,
) -> RemoteFlows:
    """People by home and workplace without and with remote work, and those at home on each weekday.

    The commuting of the latest year is taken as what the classes and trains of the base have made of it. Jobs
    stay where they are, and homes follow. A scenario's trains change the ways for all, so what remote work
    does is kept apart from what they do.

    Parameters
    ----------
    commuters : the commuting of the latest year.
    given : classes and times of the scenario and of the base, and how much lighter ways weigh.
    weekdays : how a single day at home a week falls on Monday to Friday.
    car_kmh : straight kilometres that a car does in an hour, as in `ways_between`.

    Raises
    ------
    DataError
        Ways, shares, days or weekdays cannot be.
    """
    case = _case(commuters)
    now = case.ways_now(given.times_today, given.access_places, car_kmh / 60.0)
    parts = []
    for response, exponent in given.remote_response.select("response", "exponent").iter_rows():
        try:
            found = _lived(case, given, now, exponent or 0.0, np.array(weekdays))
        except NoRemoteWorkError as error:
            raise DataError(f"remote_flows: {error}") from None
        parts.append(case.pairs(**found).with_columns(response=pl.lit(response)))
    return (
        pl.concat(parts)
        .with_columns(year=pl.lit(case.year, pl.Int64), basis=pl.lit("assumed"))
        .select([column.name for column in REMOTE_FLOWS.columns])
    )


def _lived(case: "_Case", given: Given, now: Floats, exponent: float, weekdays: Floats) -> dict[str, Floats]:
    """Persons by home and workplace: without remote work, with it, and at home by weekday."""
    held = case.persons.sum(axis=0)
    _, jobs, pull = case.classed(given.today, case.cost, exponent)
    pattern = remote.without(case.persons, jobs, pull)
    pattern = remote.moved(Nearby(pattern, case.cost, case.decay), now)
    days, jobs, pull = case.classed(given.remote_shares, now, exponent)
    spread = remote.settled(pattern, held, jobs, pull)
    working = spread.remote.sum(axis=0)
    at_home = np.tensordot(remote.at_home(days, weekdays).T, spread.remote, 1)
    found = {"without": pattern * held, "persons": spread.onsite + working, "remote": working}
    return found | dict(zip(WEEKDAYS, at_home, strict=True))


class _Case:
    """The latest commuting with its ways, as arrays in the order of codes."""

    def __init__(self, matrix: Matrix, km: Floats, cost: Floats, decay: Decay) -> None:
        self.codes, self.year, self.persons = matrix.codes, matrix.year, matrix.persons
        self.km, self.cost, self.decay = km, cost, decay

    def jobs(self, shares: pl.DataFrame) -> tuple[Floats, Floats]:
        """The days of each class, and its persons at each workplace."""
        days = shares["days"].unique().sort()
        by_home = shares.sort("municipality", "days")
        if days.len() and by_home["municipality"].unique().sort().to_list() != self.codes:
            raise DataError("remote_shares and commuting differ in their municipalities; build both anew")
        classes = by_home["share"].to_numpy().reshape(len(self.codes), days.len())
        return days.to_numpy(), remote.jobs_by_class(self.persons, classes)

    def classed(self, shares: pl.DataFrame, cost: Floats, exponent: float) -> tuple[Floats, Floats, Floats]:
        """The days of each class, its persons at each workplace, and by how much each way deters less."""
        days, jobs = self.jobs(shares)
        return days, jobs, remote.pulls(cost, remote.perceived(days, exponent), self.decay)

    def ways_now(self, before: pl.DataFrame, after: pl.DataFrame, km_a_minute: float) -> Floats:
        """The ways with other times by train: as `ways_between` shortens them, where both times are known."""
        then, now = (km_a_minute * self._minutes(times) for times in (before, after))
        known = np.isfinite(then) & np.isfinite(now) & (self.km > 0)
        quicker, slower = (np.minimum(self.km, np.where(known, way, self.km)) for way in (now, then))
        ratio = np.divide(quicker, slower, out=np.ones_like(self.cost), where=known)
        return np.asarray(self.cost * np.sqrt(ratio))

    def _minutes(self, times: pl.DataFrame) -> Floats:
        """Minutes of the morning with wait; infinite where there is no service."""
        index = {code: at for at, code in enumerate(self.codes)}
        rows = times.filter(period="morning", way="depart_at").drop_nulls("with_wait")
        ends = [
            rows[end].replace_strict(index, return_dtype=pl.Int64).to_numpy()
            for end in ("origin", "destination")
        ]
        found = np.full(self.cost.shape, np.inf)
        found[ends[0], ends[1]] = rows["with_wait"].to_numpy()
        return found

    def pairs(self, **values: Floats) -> pl.DataFrame:
        """Every two municipalities with values of arrays."""
        n, names = len(self.codes), pl.Series(self.codes, dtype=pl.String)
        ends = {
            "home": names.gather(np.repeat(np.arange(n), n)),
            "work": names.gather(np.tile(np.arange(n), n)),
        }
        return pl.DataFrame(ends | {name: array.ravel() for name, array in values.items()})


def _case(commuters: Commuters) -> _Case:
    """The latest year; a way within a municipality is the mean one between two of its residents."""
    matrix = latest_matrix(commuters.commuting)
    n = len(matrix.codes)
    ways = commuters.ways_between.sort("home", "work")
    inner = _within(commuters.cells)
    if ways.height != n * n or inner["municipality"].to_list() != matrix.codes:
        raise DataError(
            f"remote work needs ways and homes of all {n} municipalities of commuting {matrix.year}; "
            "ways_between or cells have others"
        )
    km, cost = (ways[name].to_numpy().reshape(n, n).copy() for name in ("km", "way"))
    np.fill_diagonal(cost, inner["km"].to_numpy())
    chosen = commuters.nearness_fit.filter(use="chosen")
    if chosen.is_empty():
        raise DataError("nearness_fit has no scale of distance; remote work cannot be spread without one")
    row = chosen.row(0, named=True)
    return _Case(matrix, km, cost, Decay(row["near_km"], row["far_km"], row["far_weight"]))


def _within(cells: pl.DataFrame) -> pl.DataFrame:
    """Kilometres between two residents of a municipality, as of people normally spread around its middle."""
    people = pl.col("residents")

    def variance(name: str) -> pl.Expr:
        mean = (pl.col(name) * people).sum() / people.sum()
        return (((pl.col(name) - mean) ** 2) * people).sum() / people.sum()

    # Of two such points the mean distance is √(π/2) times the standard distance from the middle.
    km = math.sqrt(math.pi / 2) * (variance("east") + variance("north")).sqrt() / 1000.0
    return (
        cells.filter(people > 0).group_by("municipality", maintain_order=True).agg(km=km).sort("municipality")
    )
