"""Commuting between counties as observed: how much of it stays in the group, and which pairs have little."""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.group import RegionGroup
from storregion.core.table import weakest, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.flows import YearFlows, by_year, sites
from storregion.facts.places import MunicipalityPoints
from storregion.facts.work import CountyCommuting
from storregion.kernels import gravity
from storregion.kernels.balance import NoBalanceError
from storregion.studies.interaction import GRAVITY

Floats = NDArray[np.float64]
VERDICTS = {-1.0: "weak", 1.0: "strong", 0.0: "as_expected"}
_ENDS = ("home_county", "work_county")

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
    columns.code("verdict", choices=tuple(VERDICTS.values()), absent="verdict_absent"),
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
    rows = (
        flows.select("year", place="home_county")
        .unique(maintain_order=True)
        .filter(pl.col("place").is_in(own))
    )
    for name, (end, which) in parts.items():
        summed = (
            flows.filter(which)
            .group_by("year", place=end, maintain_order=True)
            .agg(pl.col("persons").sum().alias(name))
        )
        rows = rows.join(summed, on=["year", "place"], how="left").with_columns(pl.col(name).fill_null(0))
    rows = rows.join(flows.group_by("year", maintain_order=True).agg(weakest()), on="year")
    whole = (
        rows.group_by("year", maintain_order=True)
        .agg(pl.col(*parts).sum(), weakest())
        .with_columns(place=pl.lit(group.code))
    )
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
    rows = []
    for flows in by_year(county_commuting, _ENDS):
        distance = _distances(flows.year, municipality_points, population_yearly)
        basis = _known(flows, municipality_points, population_yearly)
        for form, fit in _fits(flows, distance).items():
            rows.append((flows.year, form, fit.beta, fit.explained, basis))
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
    chosen = list(itertools.combinations(sorted(group.counties), 2))
    found = [pl.DataFrame(schema={column.name: column.dtype for column in COUNTY_PAIRS.columns})]
    for flows in by_year(county_commuting, _ENDS):
        distance = _distances(flows.year, municipality_points, population_yearly)
        pairs = np.array([[flows.codes.index(end) for end in pair] for pair in chosen], np.int64)
        with _no_model(flows.year):
            judged = gravity.judged(flows.persons, distance, pairs, weak_ratio)
        rows = _rows(chosen, flows, judged, distance[pairs[:, 0], pairs[:, 1]])
        basis = _known(flows, municipality_points, population_yearly)
        found.append(rows.with_columns(basis=pl.lit(basis)))
    return pl.concat(found).sort("county", "other_county", "year")


def _rows(
    chosen: Sequence[tuple[str, str]], flows: YearFlows, judged: gravity.Judged, km: Floats
) -> pl.DataFrame:
    """A year's pairs as rows of the table."""
    both = judged.there + judged.back
    verdict = [VERDICTS.get(strength) for strength in judged.strength]
    return pl.DataFrame(
        {
            "county": [one for one, _ in chosen],
            "other_county": [two for _, two in chosen],
            "year": [flows.year] * len(chosen),
            "there": judged.there.astype(np.int64),
            "back": judged.back.astype(np.int64),
            "both_ways": both.astype(np.int64),
            "predicted_low": judged.low,
            "predicted_high": judged.high,
            "ratio_low": both / judged.high,
            "ratio_high": both / judged.low,
            "km": km,
            "verdict": verdict,
            "verdict_absent": [None if found else "not_applicable" for found in verdict],
        },
        schema={column.name: column.dtype for column in COUNTY_PAIRS.columns[:-1]},
    )


def _known(flows: YearFlows, points: pl.DataFrame, population: pl.DataFrame) -> str:
    """The basis of a year's model: of the flows, the points and the residents that it rests on."""
    # Points are estimates at best and make no flow one; what is measured from one moved is assumed.
    return weakest_of(flows.basis, points.filter(basis="assumed"), population)


@contextmanager
def _no_model(year: int) -> Iterator[None]:
    """Say which flows have no model."""
    try:
        yield
    except NoBalanceError as error:
        raise DataError(f"commuting between counties {year} has no gravity model: {error}") from None


def _fits(flows: YearFlows, distance: Floats) -> dict[str, gravity.Fit]:
    """The model in each form."""
    with _no_model(flows.year):
        return {
            "exp": gravity.fitted(flows.persons, distance, "exp"),
            "power": gravity.fitted(flows.persons, distance, "power"),
        }


def _distances(year: int, points: pl.DataFrame, population: pl.DataFrame) -> Floats:
    """Kilometres between counties in order of code: harmonic means between their municipalities."""
    return gravity.harmonic(*sites(year, points, population, digits=2))
