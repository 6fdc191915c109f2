"""Electricity used and generated in every place: published figures, and bounds where they are suppressed."""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError, nearest
from storregion.core.group import RegionGroup
from storregion.core.table import BASES, weaker, weakest
from storregion.facts.people import Population
from storregion.facts.places import Counties, Membership, Municipalities, Places
from storregion.facts.power import (
    GENERATION_KINDS,
    SECTORS,
    CountyElectricityGeneration,
    CountyElectricityTotals,
    CountyElectricityUse,
    ElectricityGeneration,
    ElectricityUse,
    PowerPlants,
)
from storregion.kernels import bounds

SIDES = ("use", "generation")
TOTAL = "total"
FUEL_KINDS = {
    "Hydro": "vattenkraft",
    "Nuclear": "ovrig_varmekraft_karn_kondens",
    "Solar": "solkraft",
    "Solid Biomass": "kraftvarme_industriellt_mottryck",
    "Wind": "vindkraft",
}
"""The kind of power that plants of a fuel are of, where there is one only."""
WHOLE_COUNTIES = ("county", "group", "country")
"""Kinds of places whose cells are sums of counties."""
_ROUNDING_MWH, _ROUNDING_GWH = 0.5, 0.5

POWER_ACCOUNTS = columns.schema(
    "power_accounts",
    __name__,
    columns.place(),
    columns.code("side", key=True, choices=SIDES),
    columns.code("category", key=True, choices=(*SECTORS, *GENERATION_KINDS, TOTAL)),
    columns.year(),
    columns.number("least_mwh", "mwh", least=0.0),
    columns.number("most_mwh", "mwh", least=0.0, optional=True),
    columns.code("known", choices=("published", "bounded", "contradicted")),
)
PowerAccounts = Annotated[pl.DataFrame, POWER_ACCOUNTS]

_SELF = {"least": 0.0, "most": 1e6}
POWER = columns.schema(
    "power",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("use", "gwh", least=0.0, absent="use_absent"),
    columns.number("self_sufficiency", "percent", absent="self_sufficiency_absent", **_SELF),
    columns.number("without_largest", "percent", absent="without_largest_absent", **_SELF),
    columns.number("use_least", "gwh", least=0.0),
    columns.number("use_most", "gwh", least=0.0, optional=True),
    columns.number("generation_least", "gwh", least=0.0),
    columns.number("generation_most", "gwh", least=0.0, optional=True),
    columns.number("balance_least", "gwh", optional=True),
    columns.number("balance_most", "gwh", optional=True),
    columns.number("self_sufficiency_least", "percent", optional=True, **_SELF),
    columns.number("self_sufficiency_most", "percent", optional=True, **_SELF),
    columns.text("largest_plant", "name", optional=True),
    columns.number("without_largest_least", "percent", optional=True, **_SELF),
    columns.number("without_largest_most", "percent", optional=True, **_SELF),
    columns.number("balance_without_least", "gwh", optional=True),
    columns.number("balance_without_most", "gwh", optional=True),
    columns.number("use_per_person_least", "mwh_per_person", least=0.0, optional=True),
    columns.number("use_per_person_most", "mwh_per_person", least=0.0, optional=True),
    columns.whole("since", "year"),
    columns.number("use_change_least", "percent", optional=True),
    columns.number("use_change_most", "percent", optional=True),
)
Power = Annotated[pl.DataFrame, POWER]


class Published(NamedTuple):
    """What is published of electricity."""

    electricity_use: ElectricityUse
    county_electricity_use: CountyElectricityUse
    electricity_generation: ElectricityGeneration
    county_electricity_generation: CountyElectricityGeneration
    county_electricity_totals: CountyElectricityTotals


class _Whole(NamedTuple):
    """A place, its parts, and the places whose own sums this one follows from."""

    place: str
    parts: list[str]
    follows: list[str]


class _Cells(NamedTuple):
    """Cells of one side: (places · categories, years) of values, NaN where suppressed, and their rounding.

    How each that is given is known stands by its place in `BASES`, -1 where none is given.
    """

    places: dict[str, int]
    categories: list[str]
    years: list[int]
    value: NDArray[np.float64]
    rounding: NDArray[np.float64]
    basis: NDArray[np.int64]

    def row(self, place: str, category: str) -> int:
        """Where the cell of a place and a category stands."""
        return self.places[place] * len(self.categories) + self.categories.index(category)


def power_accounts(
    group: RegionGroup,
    counties: Counties,
    municipalities: Municipalities,
    membership: Membership,
    published: Published,
) -> PowerAccounts:
    """Use by sector and generation by kind, in every place and year, with bounds for what is suppressed.

    Parameters
    ----------
    group, counties, municipalities : which sums hold: country, counties, the municipalities of the group's.
    membership : the municipalities that other places are added up from.
    published : MWh by municipality and by county, and GWh by county.

    Raises
    ------
    DataError
        The published figures cannot all be true, though each sum by itself can.
    """
    tree = _tree(group, counties, municipalities)
    own = membership.filter(~pl.col("place").is_in(list(tree))).select("place", "municipality")
    several = own.filter(pl.len().over("place") > 1).group_by("place", maintain_order=True).all()
    sums = [_Whole(place, parts, [place]) for place, parts in tree.items() if parts]
    sums += _of_members(group, tree, dict(several.sort("place").iter_rows()))
    rows = pl.concat([_side(side, sums, published) for side in SIDES])
    # A place that is one municipality has its figures.
    single = own.filter(pl.len().over("place") == 1)
    same = single.join(rows.rename({"place": "municipality"}), on="municipality").select(rows.columns)
    rows = pl.concat([rows, same])
    shown = rows.filter(pl.col("place").is_in(membership["place"].implode()))
    return shown.sort("place", "side", "category", "year")


def _of_members(
    group: RegionGroup, tree: dict[str, list[str]], members: dict[str, list[str]]
) -> Iterator[_Whole]:
    """Places made of municipalities, and the group as each of them with all other municipalities."""
    inside = [municipality for county in group.counties for municipality in tree[county]]
    for place, parts in members.items():
        yield _Whole(place, parts, [])
        others = [municipality for municipality in inside if municipality not in set(parts)]
        yield _Whole(group.code, [place, *others], [group.code, *group.counties])


def _side(side: str, wholes: Sequence[_Whole], published: Published) -> pl.DataFrame:
    """The cells of use or of generation in the places that sums hold for."""
    places = list(dict.fromkeys(place for whole in wholes for place in (whole.place, *whole.parts)))
    cells = _cells(side, places, published)
    sums = list(_sums(cells, wholes))
    for one in reversed(sums):
        known = np.isnan(cells.value[one.whole]) & ~np.isnan(cells.value[one.parts]).any(axis=0)
        for values in (cells.value, cells.rounding):
            values[one.whole, known] = values[one.parts].sum(axis=0)[known]
    return _bounded(cells, sums, side)


def _tree(group: RegionGroup, counties: pl.DataFrame, municipalities: pl.DataFrame) -> dict[str, list[str]]:
    """The places that sums are published of or hold for, from the top, each with its parts."""
    own, codes = list(group.counties), counties["county"].to_list()
    tree: dict[str, list[str]] = {}
    if group.country:
        tree[group.country.code] = [group.code, *(code for code in codes if code not in own)]
    tree[group.code] = own
    for code in codes if group.country else own:
        inside = municipalities.filter(county=code)["municipality"].to_list()
        tree[code] = inside if code in own else []
    for code in own:
        tree |= {municipality: [] for municipality in tree[code]}
    return tree


def _cells(side: str, places: list[str], published: Published) -> _Cells:
    by_county = published.county_electricity_use if side == "use" else published.county_electricity_generation
    by_municipality = published.electricity_use if side == "use" else published.electricity_generation
    column = "sector" if side == "use" else "kind"
    given = pl.concat(
        [
            by_county.select("year", "mwh", "basis", place="county", category=column),
            by_municipality.select("year", "mwh", "basis", place="municipality", category=column),
        ]
    )
    years = sorted(given["year"].unique())
    categories = [*sorted(given["category"].unique()), TOTAL]
    rows = {place: at for at, place in enumerate(places)}
    shape = (len(places) * len(categories), len(years))
    cells = _Cells(
        rows,
        categories,
        years,
        np.full(shape, np.nan),
        np.full(shape, _ROUNDING_MWH),
        np.full(shape, -1),
    )
    for year, mwh, basis, place, category in given.filter(pl.col("place").is_in(places)).iter_rows():
        at = cells.row(place, category), years.index(year)
        cells.value[at], cells.basis[at] = mwh, BASES.index(basis)
    totals = published.county_electricity_totals.select("county", "year", f"{side}_gwh", "basis")
    for place, year, gwh, basis in totals.filter(pl.col("county").is_in(places)).iter_rows():
        at = cells.row(place, TOTAL), years.index(year)
        cells.value[at], cells.rounding[at], cells.basis[at] = (
            gwh * 1000,
            _ROUNDING_GWH * 1000,
            BASES.index(basis),
        )
    return cells


def _sums(cells: _Cells, wholes: Sequence[_Whole]) -> Iterator[bounds.Sum]:
    """The sums of parts in every place that has some, and of sectors or kinds in every place."""
    at: dict[tuple[str, str], int] = {}
    for number, (whole, category) in enumerate(product(wholes, cells.categories)):
        at.setdefault((whole.place, category), number)
        # Totals follow from the sums of all sectors or kinds.
        made_of = cells.categories[:-1] if category == TOTAL else [category]
        follows = tuple(at[place, one] for place in whole.follows for one in made_of)
        rows = [cells.row(part, category) for part in whole.parts]
        yield bounds.Sum(cells.row(whole.place, category), np.array(rows, np.int64), follows)
    for place in cells.places:
        rows = [cells.row(place, category) for category in cells.categories[:-1]]
        yield bounds.Sum(cells.row(place, TOTAL), np.array(rows, np.int64))


def _solved(cells: _Cells, sums: Sequence[bounds.Sum], side: str) -> bounds.Bounds:
    """The bounds of all cells, where there are any that fit."""
    from storregion.kernels.crossed_bounds import tightest

    known = ~np.isnan(cells.value)
    low = np.where(known, np.maximum(cells.value - cells.rounding, 0.0), 0.0)
    high = np.where(known, cells.value + cells.rounding, np.inf)
    try:
        return tightest(bounds.bounds(low, high, sums), sums, ~known)
    except bounds.NoTruthError as error:
        place, category = divmod(error.row, len(cells.categories))
        where = f"{list(cells.places)[place]}, {cells.categories[category]}, {cells.years[error.table]}"
        raise DataError(
            f"electricity, {side}: the published figures around {where} cannot all be true ({error}); "
            "compare them with the publisher's"
        ) from error


def _bounded(cells: _Cells, sums: Sequence[bounds.Sum], side: str) -> pl.DataFrame:
    """A row for each cell: as published, or at least and at most."""
    known, found = ~np.isnan(cells.value), _solved(cells, sums, side)
    # Bounds are rounded outwards to whole MWh.
    least = np.where(known, cells.value, np.floor(found.low))
    most = np.where(known, cells.value, np.ceil(found.high))
    how = np.where(known, "published", "bounded").astype(object)
    for one, against in zip(sums, found.against & known[[one.whole for one in sums]], strict=True):
        how[one.parts] = np.where(~known[one.parts] & against, "contradicted", how[one.parts])
    count, width = len(cells.categories), len(cells.years)
    return pl.DataFrame(
        {
            "place": np.repeat(np.array(list(cells.places)), count * width),
            "side": [side] * known.size,
            "category": np.tile(np.repeat(np.array(cells.categories), width), len(cells.places)),
            "year": np.tile(np.array(cells.years, np.int64), len(cells.places) * count),
            "least_mwh": least.ravel(),
            "most_mwh": most.ravel(),
            "known": how.ravel().tolist(),
            "basis": np.array(BASES)[_marks(cells, known)].ravel().tolist(),
        }
    ).with_columns(most_mwh=pl.when(pl.col("most_mwh").is_finite()).then(pl.col("most_mwh")))


def _marks(cells: _Cells, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How each cell is known: as it was given, else as little as anything given of its year.

    Sums tie nearly all cells of a year together, and which of them decides a bound is not asked.
    """
    weakest_of_year = cells.basis.max(axis=0, keepdims=True)
    others = np.where(known, weakest_of_year, np.maximum(weakest_of_year, BASES.index("estimated")))
    return np.where((cells.basis >= 0) & known, cells.basis, others)


def power(
    power_accounts: PowerAccounts,
    places: Places,
    power_plants: PowerPlants,
    population: Population,
    membership: Membership,
) -> Power:
    """Electricity balance and self-sufficiency of every place, with and without the largest plant.

    Parameters
    ----------
    power_accounts : MWh used and generated, with bounds.
    places : what kind of place each is, and in which county.
    power_plants : the largest in operation is left out with all generation of its kind in its county, as that
        of single plants is not published.
    population : persons by municipality and year.
    membership : the municipalities of each place.

    Raises
    ------
    DataError
        The fuel of the largest plant says nothing of its kind of power.
    """
    totals = power_accounts.filter(category=TOTAL).select(
        "place", "side", "year", "basis", least=pl.col("least_mwh") / 1000, most=pl.col("most_mwh") / 1000
    )
    use, generation = (
        totals.filter(side=side).rename({"least": f"{side}_least", "most": f"{side}_most"}).drop("side")
        for side in SIDES
    )
    rows = use.join(generation, on=["place", "year"], suffix="_generation")
    rows = rows.join(
        _largest(rows["year"].unique(maintain_order=True).to_list(), power_plants), on="year", how="left"
    )
    rows = rows.join(_of_largest(power_accounts, places, membership, rows), on=["place", "year"], how="left")
    persons = (
        membership.select("place", "municipality")
        .join(population.select("municipality", "year", "persons", "basis"), on="municipality")
        .group_by("place", "year", maintain_order=True)
        .agg(
            persons=pl.when(pl.col("persons").is_not_null().all()).then(pl.col("persons").sum()),
            basis_people=weakest(),
        )
    )
    return _compared(rows.join(persons, on=["place", "year"], how="left").sort("place", "year"))


def _largest(years: list[int], plants: pl.DataFrame) -> pl.DataFrame:
    """The largest plant in operation each year, its county, and its kind of power."""
    found = []
    for year in years:
        running = plants.filter(
            pl.col("year_in").fill_null(year) <= year, pl.col("year_out").fill_null(year) >= year
        )
        for row in running.sort("mw", "unit", descending=[True, False]).head(1).iter_rows(named=True):
            if row["fuel"] not in FUEL_KINDS:
                raise DataError(
                    f"power_plants, unit {row['unit']}: {row['name']} is the largest in {year}, but plants "
                    f"of {row['fuel']} are of no single kind of power; {nearest(row['fuel'], FUEL_KINDS)}"
                )
            # A plant without a first year is assumed to run.
            known = "assumed" if row["year_in"] is None else row["basis"]
            found.append((year, row["name"], row["county"], FUEL_KINDS[row["fuel"]], known))
    types = {"year": pl.Int64, "largest_plant": pl.String, "plant_county": pl.String, "kind": pl.String}
    types["basis_plant"] = pl.String
    return pl.DataFrame(found, types, orient="row")


def _of_largest(
    accounts: pl.DataFrame, places: pl.DataFrame, membership: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame:
    """GWh at least and at most of the largest plant's kind and county, in the places that it counts in."""
    kinds = accounts.filter(side="generation").select(
        "year", of="place", kind="category", plant_least="least_mwh", plant_most="most_mwh"
    )
    plants = rows.select("year", "plant_county", "kind").unique(maintain_order=True)
    counties = places.filter(pl.col("kind").is_in(WHOLE_COUNTIES)).select("place", place_kind="kind")
    large = counties.join(plants, how="cross").filter(
        (pl.col("place_kind") != "county") | (pl.col("place") == pl.col("plant_county"))
    )
    inside = places.select(of="place", plant_county="county")
    small = (
        membership.filter(~pl.col("place").is_in(counties["place"].implode()))
        .select("place", of="municipality")
        .join(inside, on="of")
        .join(plants, on="plant_county")
    )
    keys = ["place", "of", "year", "kind"]
    parts = pl.concat([large.with_columns(of="plant_county").select(keys), small.select(keys)])
    cells = parts.join(kinds, on=["of", "year", "kind"])
    most = pl.when(pl.col("plant_most").is_not_null().all()).then(pl.col("plant_most").sum() / 1000)
    # A cell without an upper bound may be all of what the place generates.
    return cells.group_by("place", "year", maintain_order=True).agg(
        plant_least=pl.col("plant_least").sum() / 1000, plant_most=most.fill_null(float("inf"))
    )


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    """Use and generation beside each other, beside the people, and beside the first year."""
    first = (
        pl.col("use_least", "use_most", "basis").first().over("place", order_by="year").name.prefix("first_")
    )
    rows = rows.with_columns(first, since=pl.col("year").min().over("place"), **_without())
    later = pl.col("year") > pl.col("since")
    found = rows.select(
        *("place", "year", "use_least", "use_most", "generation_least", "generation_most"),
        balance_least=pl.col("generation_least") - pl.col("use_most"),
        balance_most=pl.col("generation_most") - pl.col("use_least"),
        self_sufficiency_least=_percent("generation_least", "use_most"),
        self_sufficiency_most=_percent("generation_most", "use_least"),
        largest_plant="largest_plant",
        without_largest_least=_percent("without_least", "use_most"),
        without_largest_most=_percent("without_most", "use_least"),
        balance_without_least=pl.col("without_least") - pl.col("use_most"),
        balance_without_most=pl.col("without_most") - pl.col("use_least"),
        use_per_person_least=pl.col("use_least") * 1000 / pl.col("persons"),
        use_per_person_most=pl.col("use_most") * 1000 / pl.col("persons"),
        since="since",
        use_change_least=pl.when(later).then(_percent("use_least", "first_use_most") - 100),
        use_change_most=pl.when(later).then(_percent("use_most", "first_use_least") - 100),
        basis=weaker("basis", "basis_generation", "first_basis", "basis_people", "basis_plant"),
    )
    return found.with_columns(*_known("use"), *_known("self_sufficiency"), *_known("without_largest"))


def _without() -> dict[str, pl.Expr]:
    """Generation without the largest plant, at least and at most."""
    plant_least, plant_most = pl.col("plant_least").fill_null(0.0), pl.col("plant_most").fill_null(0.0)
    left = {
        "without_least": pl.col("generation_least") - plant_most,
        "without_most": pl.col("generation_most") - plant_least,
    }
    there = pl.col("largest_plant").is_not_null()
    return {name: pl.when(there).then(value.clip(lower_bound=0.0)) for name, value in left.items()}


def _known(name: str) -> Iterator[pl.Expr]:
    """A figure where its bounds are the same, as all of it is published; else why there is none."""
    least, most = pl.col(f"{name}_least"), pl.col(f"{name}_most")
    same = (least == most).fill_null(value=False)
    yield pl.when(same).then(least).alias(name)
    yield pl.when(~same).then(pl.lit("suppressed")).alias(f"{name}_absent")


def _percent(part: str, whole: str) -> pl.Expr:
    """A part of a whole in per cent, where the whole is above zero."""
    return pl.when(pl.col(whole) > 0).then(pl.col(part) / pl.col(whole) * 100)
