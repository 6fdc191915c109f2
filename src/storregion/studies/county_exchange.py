"""Commuting between counties as observed: how much of it stays in the group, and which pairs have little."""

import itertools
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.table import weakest
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import MunicipalityPoints
from storregion.facts.work import CountyCommuting
from storregion.kernels import gravity
from storregion.kernels.balance import NoBalanceError
from storregion.studies.interaction import GRAVITY

Floats = NDArray[np.float64]

COUNTY_EXCHANGE = columns.schema(
    "county_exchange",
    __name__,
    columns.place(),
    columns.year(),
    columns.whole("residents", "employed", least=0),
    columns.whole("own_county", "employed", least=0),
    columns.whole("to_group", "employed", least=0),
    columns.whole("to_rest", "employed", least=0),
    columns.whole("from_group", "employed", least=0),
    columns.whole("from_rest", "employed", least=0),
    columns.share("group_share"),
    columns.share("rest_share"),
)
CountyExchange = Annotated[pl.DataFrame, COUNTY_EXCHANGE]

COUNTY_GRAVITY = columns.schema(
    "county_gravity",
    __name__,
    columns.year(),
    GRAVITY["form"],
    GRAVITY["beta"],
    columns.number("explained", "share", most=1.0),
)
CountyGravity = Annotated[pl.DataFrame, COUNTY_GRAVITY]

COUNTY_PAIRS = columns.schema(
    "county_pairs",
    __name__,
    columns.county(key=True),
    columns.code("other_county", key=True, pattern=columns.COUNTY, refers=("counties", "county")),
    columns.year(),
    columns.whole("there", "employed", least=0),
    columns.whole("back", "employed", least=0),
    columns.whole("both_ways", "employed", least=0),
    columns.number("predicted_low", "commuters", least=0.0),
    columns.number("predicted_high", "commuters", least=0.0),
    columns.number("ratio_low", "ratio", least=0.0),
    columns.number("ratio_high", "ratio", least=0.0),
    columns.number("km", "km", least=0.0),
    columns.code("verdict", choices=("weak", "strong", "as_expected"), absent="verdict_absent"),
)
CountyPairs = Annotated[pl.DataFrame, COUNTY_PAIRS]


def county_exchange(county_commuting: CountyCommuting, group: RegionGroup) -> CountyExchange:
    """How many of each county's employed work in it, elsewhere in the group, and in the rest of the country.

    Parameters
    ----------
    county_commuting : flows between all counties of the country, as observed.
    group : whose counties count; its own row is the sum of theirs.
    """
    own = list(group.counties)
    flows = county_commuting.with_columns(
        home_in=pl.col("home_county").is_in(own), work_in=pl.col("work_county").is_in(own)
    )
    same = pl.col("home_county") == pl.col("work_county")
    parts = {
        "residents": ("home_county", pl.lit(value=True)),
        "own_county": ("home_county", same),
        "to_group": ("home_county", ~same & pl.col("work_in")),
        "to_rest": ("home_county", ~pl.col("work_in")),
        "from_group": ("work_county", ~same & pl.col("home_in")),
        "from_rest": ("work_county", ~pl.col("home_in")),
    }
    rows = flows.select("year", place="home_county").unique().filter(pl.col("place").is_in(own))
    for name, (end, which) in parts.items():
        summed = flows.filter(which).group_by("year", place=end).agg(pl.col("persons").sum().alias(name))
        rows = rows.join(summed, on=["year", "place"], how="left").with_columns(pl.col(name).fill_null(0))
    rows = rows.join(flows.group_by("year").agg(weakest()), on="year")
    whole = rows.group_by("year").agg(pl.col(*parts).sum(), weakest()).with_columns(place=pl.lit(group.code))
    names = ["place", "year", *parts, "basis"]
    return (
        pl.concat([rows.select(names), whole.select(names)])
        .with_columns(
            group_share=pl.col("to_group") / pl.col("residents"),
            rest_share=pl.col("to_rest") / pl.col("residents"),
        )
        .sort("place", "year")
    )


def county_gravity(
    county_commuting: CountyCommuting,
    municipality_points: MunicipalityPoints,
    population_yearly: PopulationYearly,
) -> CountyGravity:
    """The model of commuting between all counties, in both forms of distance.

    Parameters
    ----------
    county_commuting : flows between all counties of the country, as observed.
    municipality_points : points in metres.
    population_yearly : residents, by which the distances between municipalities are weighted.
    """
    rows = [
        (year, form, fit.beta, fit.explained, known)
        for year, _, flows, known in _years(county_commuting)
        for form, fit in _fits(year, flows, _distances(year, municipality_points, population_yearly)).items()
    ]
    types = {column.name: column.dtype for column in COUNTY_GRAVITY.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def county_pairs(
    county_commuting: CountyCommuting,
    municipality_points: MunicipalityPoints,
    population_yearly: PopulationYearly,
    group: RegionGroup,
    *,
    weak_ratio: float = 0.67,
) -> CountyPairs:
    """Every two counties of the group against the model of the whole country, in both forms of distance.

    Parameters
    ----------
    county_commuting, municipality_points, population_yearly : as of `county_gravity`.
    group : whose counties are paired.
    weak_ratio : share of the predicted flow below which a pair is weak, and whose inverse it is strong above;
        it is judged where both forms say the same.
    """
    rows = []
    for year, codes, flows, known in _years(county_commuting):
        distance = _distances(year, municipality_points, population_yearly)
        models = [fit.predicted for fit in _fits(year, flows, distance).values()]
        index = {code: at for at, code in enumerate(codes)}
        for one, two in itertools.combinations(sorted(group.counties), 2):
            i, j = index[one], index[two]
            there, back = int(flows[i, j]), int(flows[j, i])
            expected = sorted(float(model[i, j] + model[j, i]) for model in models)
            rows.append((one, two, year, there, back, *expected, float(distance[i, j]), known))
    ends, said = ["county", "other_county"], ["predicted_low", "predicted_high"]
    names = [*ends, "year", "there", "back", *said, "km", "basis"]
    frame = pl.DataFrame(rows, schema={name: COUNTY_PAIRS[name].dtype for name in names}, orient="row")
    return _judged(frame, weak_ratio).sort(*ends, "year")


def _judged(frame: pl.DataFrame, weak_ratio: float) -> pl.DataFrame:
    """Each pair with its ratios and a verdict, where both forms of the model give the same."""
    low, high = pl.col("ratio_low"), pl.col("ratio_high")
    verdict = (
        pl.when(high < weak_ratio)
        .then(pl.lit("weak"))
        .when(low > 1 / weak_ratio)
        .then(pl.lit("strong"))
        .when((low >= weak_ratio) & (high <= 1 / weak_ratio))
        .then(pl.lit("as_expected"))
    )
    return (
        frame.with_columns(both_ways=pl.col("there") + pl.col("back"))
        .with_columns(
            ratio_low=pl.col("both_ways") / pl.col("predicted_high"),
            ratio_high=pl.col("both_ways") / pl.col("predicted_low"),
        )
        .with_columns(verdict=verdict)
        .with_columns(verdict_absent=pl.when(pl.col("verdict").is_null()).then(pl.lit("not_applicable")))
    )


def _years(county_commuting: pl.DataFrame) -> list[tuple[int, list[str], Floats, str]]:
    """Each year's counties, persons[home, work], and basis; a pair that a year leaves out has nobody."""
    codes = sorted(set(county_commuting["home_county"]) | set(county_commuting["work_county"]))
    index = {code: at for at, code in enumerate(codes)}
    found = []
    for (year,), rows in county_commuting.sort("year").group_by("year", maintain_order=True):
        flows = np.zeros((len(codes), len(codes)))
        for home, work, persons in rows.select("home_county", "work_county", "persons").iter_rows():
            flows[index[home], index[work]] = persons
        found.append((int(str(year)), codes, flows, str(rows.select(weakest()).item())))
    return found


def _fits(year: int, flows: Floats, distance: Floats) -> dict[str, gravity.Fit]:
    """The model in each form."""
    try:
        return {
            "exp": gravity.fitted(flows, distance, "exp"),
            "power": gravity.fitted(flows, distance, "power"),
        }
    except NoBalanceError as error:
        raise DataError(f"commuting between counties {year} has no gravity model: {error}") from None


def _distances(year: int, points: pl.DataFrame, population: pl.DataFrame) -> Floats:
    """Kilometres between counties in order of code: harmonic means between their municipalities."""
    # A later year than any counted has the latest weights.
    when = min(population["year"].unique(), key=lambda known: (abs(known - year), known))
    rows = (
        points.join(population.filter(year=when).select("municipality", "persons"), on="municipality")
        .with_columns(group=pl.col("municipality").str.head(2).rank("dense").cast(pl.Int64) - 1)
        .sort("municipality")
    )
    east, north = rows["east"].to_numpy() / 1000.0, rows["north"].to_numpy() / 1000.0
    apart = np.hypot(east[:, None] - east, north[:, None] - north)
    weight = rows["persons"].to_numpy().astype(np.float64)
    return gravity.harmonic(apart, weight, rows["group"].to_numpy())
