"""Homes: how many are built for how many new people, what they cost, and how prices follow travel time."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.table import BASES, weaker, weakest, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.housing import HOUSEHOLDS_DWELLING, HOUSING, HouseholdsDwelling, Housing, levels
from storregion.facts.places import Membership, Nodes, Places
from storregion.facts.regional_statistics import RegionalStatistics
from storregion.facts.work import SeriesBreaks
from storregion.kernels import synchrony
from storregion.kernels.robust import Line, line
from storregion.kernels.spans import BrokenSpanError, unbroken, yearly_changes
from storregion.studies.nodes import NodeSystem
from storregion.studies.travel_times import AccessPlaces

Floats = NDArray[np.float64]
SERIES = "housing"
"""The name of the series among the breaks."""
WINDOW = 5
"""Years over which dwellings are set against new inhabitants: single years swing."""
LEAST_PLACES = 10
"""Municipalities that a gradient needs."""
TEN = 10.0
"""Minutes that a gradient is given for."""

HOMES_BUILT = columns.schema(
    "homes_built",
    __name__,
    columns.place(),
    columns.year(),
    columns.whole("completed", "dwellings", least=0),
    columns.number("completed_per_1000", "per_thousand", least=0.0),
    columns.whole("completed_5", "dwellings", least=0, absent="window_absent"),
    columns.whole("new_5", "persons_counted", absent="window_absent"),
    columns.number("per_new_5", "ratio", least=0.0, absent="per_new_absent"),
)
HomesBuilt = Annotated[pl.DataFrame, HOMES_BUILT]

HOMES_BY_FORM = columns.schema(
    "homes_by_form",
    __name__,
    columns.place(),
    HOUSEHOLDS_DWELLING["year"],
    HOUSEHOLDS_DWELLING["dwelling"],
    HOUSEHOLDS_DWELLING["households"],
    columns.share("household_share"),
)
HomesByForm = Annotated[pl.DataFrame, HOMES_BY_FORM]

HOUSE_PRICES = columns.schema(
    "house_prices",
    __name__,
    columns.place(),
    columns.year(),
    HOUSING["house_price_sek"],
    columns.number("price_change_percent", "percent", absent="price_change_absent"),
    HOUSING["price_to_assessed_value"],
    columns.number("ratio_change_percent", "percent", absent="ratio_change_absent"),
)
HousePrices = Annotated[pl.DataFrame, HOUSE_PRICES]

PRICE_RATIO_CHANGE = columns.schema(
    "price_ratio_change",
    __name__,
    columns.place(),
    columns.whole("from_year", "year"),
    columns.whole("to_year", "year"),
    columns.number("ratio_percent", "percent"),
    columns.number("price_percent", "percent"),
)
PriceRatioChange = Annotated[pl.DataFrame, PRICE_RATIO_CHANGE]

PRICE_GRADIENT = columns.schema(
    "price_gradient",
    __name__,
    columns.year(),
    columns.node(),
    columns.whole("municipalities", "municipalities", least=LEAST_PLACES),
    columns.number("slope_percent", "percent"),
    columns.number("slope_low", "percent"),
    columns.number("slope_high", "percent"),
    columns.code("judged", choices=("falls", "rises", "unclear")),
)
PriceGradient = Annotated[pl.DataFrame, PRICE_GRADIENT]

PRICE_FOR_ACCESS = columns.schema(
    "price_for_access",
    __name__,
    columns.place(),
    columns.year(),
    columns.duration("minutes", absent="access_absent"),
    HOUSING["house_price_sek"],
    columns.number("expected_sek", "sek", least=0.0, absent="access_absent"),
    columns.number("residual_percent", "percent", absent="access_absent"),
    columns.code("verdict", choices=("dear", "cheap", "as_expected"), absent="access_absent"),
)
PriceForAccess = Annotated[pl.DataFrame, PRICE_FOR_ACCESS]

PRICE_TOGETHER = columns.schema(
    "price_together",
    __name__,
    columns.code("one", key=True, refers=("municipalities", "municipality")),
    columns.code("two", key=True, refers=("municipalities", "municipality")),
    columns.whole("changes", "number", least=synchrony.FEWEST),
    columns.number("correlation", "ratio", least=-1.0, most=1.0),
    columns.number("correlation_low", "ratio", least=-1.0, most=1.0),
    columns.number("correlation_high", "ratio", least=-1.0, most=1.0),
    columns.number("net_correlation", "ratio", least=-1.0, most=1.0),
)
PriceTogether = Annotated[pl.DataFrame, PRICE_TOGETHER]

PRICE_TO_INCOME = columns.schema(
    "price_to_income",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("income_sek", "sek", least=0.0),
    columns.number("price_to_income", "ratio", least=0.0),
)
PriceToIncome = Annotated[pl.DataFrame, PRICE_TO_INCOME]


class Ways(NamedTuple):
    """How long one travels to the nodes, and which of them is the hub."""

    access_places: AccessPlaces
    nodes: Nodes
    node_system: NodeSystem


def homes_built(housing: Housing, population_yearly: PopulationYearly, membership: Membership) -> HomesBuilt:
    """Dwellings completed in every place, per inhabitant and over five years per new inhabitant.

    Parameters
    ----------
    housing : dwellings by municipality and year.
    population_yearly : people in today's division; the year before the first of five is needed too.
    membership : the municipalities of each place.
    """
    both = (
        population_yearly.select("municipality", "year", "persons", basis_people="basis")
        .join(
            housing.select("municipality", "year", "dwellings_completed", "basis"),
            on=["municipality", "year"],
            how="left",
        )
        .with_columns(basis=weaker("basis", "basis_people"))
    )
    sums = (
        membership.select("place", "municipality")
        .join(both, on="municipality")
        .group_by("place", "year", maintain_order=True)
        .agg(
            pl.col("persons").sum(),
            completed=pl.col("dwellings_completed").sum(),
            known=pl.col("dwellings_completed").is_not_null().all(),
            basis=weakest(),
        )
        .sort("place", "year")
    )
    new = pl.col("persons") - pl.col("persons").shift(WINDOW).over("place", order_by="year")
    rows = sums.with_columns(new_5=new, completed=pl.when("known").then("completed")).with_columns(
        completed_5=pl.col("completed").rolling_sum(WINDOW).over("place", order_by="year"),
        # The sums of five years rest on all of them, and the growth on the year before, too.
        basis=_weakest_lately(WINDOW + 1),
    )
    whole = pl.col("completed_5").is_not_null() & pl.col("new_5").is_not_null()
    grew = whole & (pl.col("new_5") > 0)
    return rows.filter("known").select(
        "place",
        "year",
        "completed",
        completed_per_1000=1000 * pl.col("completed") / pl.col("persons"),
        completed_5=pl.when(whole).then("completed_5"),
        new_5=pl.when(whole).then("new_5"),
        window_absent=pl.when(~whole).then(pl.lit("not_applicable")),
        per_new_5=pl.when(grew).then(pl.col("completed_5") / pl.col("new_5")),
        per_new_absent=pl.when(~grew).then(pl.lit("not_applicable")),
        basis="basis",
    )


def _weakest_lately(years: int) -> pl.Expr:
    """The weakest basis of each place's rows of so many years up to each."""
    rank = pl.col("basis").replace_strict(BASES, range(len(BASES)), return_dtype=pl.Int64)
    worst = rank.rolling_max(years, min_samples=1).over("place", order_by="year")
    return worst.replace_strict(range(len(BASES)), BASES, return_dtype=pl.String)


def homes_by_form(households_dwelling: HouseholdsDwelling, membership: Membership) -> HomesByForm:
    """How the households of every place live.

    Parameters
    ----------
    households_dwelling : by municipality, form of dwelling and tenure.
    membership : the municipalities of each place.
    """
    rows = membership.select("place", "municipality").join(households_dwelling, on="municipality")
    sums = rows.group_by("place", "year", "dwelling", maintain_order=True).agg(
        pl.col("households").sum(), weakest()
    )
    part = pl.col("households") / pl.col("households").sum().over("place", "year")
    whole = weakest().over("place", "year")
    return sums.select("place", "year", "dwelling", "households", household_share=part, basis=whole).sort(
        "place", "year", "dwelling"
    )


def house_prices(housing: Housing, places: Places, series_breaks: SeriesBreaks) -> HousePrices:
    """Prices of houses in the group's municipalities, and their change from the year before.

    Parameters
    ----------
    housing : prices, and prices over assessed values.
    places : the group's municipalities.
    series_breaks : years of new assessed values, in which the ratio has no change.
    """
    breaks = _breaks(series_breaks)
    parts = []
    for (_,), rows in _own(housing, places).group_by("municipality", maintain_order=True):
        years = rows["year"].to_numpy()
        price, ratio = (
            rows[name].to_numpy().astype(np.float64)
            for name in ("house_price_sek", "price_to_assessed_value")
        )
        parts.append(
            rows.with_columns(
                price_change_percent=pl.Series(100 * yearly_changes(years, price, ())).fill_nan(None),
                ratio_change_percent=pl.Series(100 * yearly_changes(years, ratio, breaks)).fill_nan(None),
            )
        )
    broken = pl.when(pl.col("year").is_in(breaks)).then(pl.lit("not_comparable"))
    first = pl.lit("not_applicable")
    return (
        pl.concat(parts)
        .with_columns(basis_before=pl.col("basis").shift(1).over("municipality", order_by="year"))
        .select(
            "year",
            "house_price_sek",
            "price_change_percent",
            "price_to_assessed_value",
            "ratio_change_percent",
            basis=weaker("basis", "basis_before"),
            place="municipality",
            price_change_absent=pl.when(pl.col("price_change_percent").is_null()).then(first),
            ratio_change_absent=pl.when(pl.col("ratio_change_percent").is_null()).then(
                broken.otherwise(first)
            ),
        )
        .select(column.name for column in HOUSE_PRICES.columns)
    )


def price_ratio_change(
    house_prices: HousePrices, series_breaks: SeriesBreaks, *, since: int = 2018, until: int = 2023
) -> PriceRatioChange:
    """How much the price over the assessed value has changed between two years of the same assessment.

    Parameters
    ----------
    house_prices : of the group's municipalities.
    series_breaks : years of new assessed values.
    since : the year that is compared with.
    until : the later year.

    Raises
    ------
    DataError
        Values were assessed anew between the years, or one of them is not in the series.
    """
    breaks = _breaks(series_breaks)
    try:
        unbroken(since, until, breaks)
    except BrokenSpanError as error:
        raise DataError(
            f"{since} to {until} is asked for, but values were assessed anew in {error.broken}; "
            "the price over the assessed value is not comparable across it. Choose two years between the "
            f"assessments of {breaks}"
        ) from None
    ends = [house_prices.filter(year=year) for year in (since, until)]
    if lost := [year for year, rows in zip((since, until), ends, strict=True) if rows.is_empty()]:
        raise DataError(f"house_prices has no rows of {lost}; choose other years for price_ratio_change")
    then = ends[0].select("place", ratio="price_to_assessed_value", price="house_price_sek")
    change = {
        "ratio_percent": pl.col("price_to_assessed_value") / pl.col("ratio"),
        "price_percent": pl.col("house_price_sek") / pl.col("price"),
    }
    return (
        ends[1]
        .join(then, on="place", maintain_order="left")
        .select(
            "place",
            pl.lit(since, pl.Int64).alias("from_year"),
            pl.lit(until, pl.Int64).alias("to_year"),
            *((100 * (ratio - 1)).alias(name) for name, ratio in change.items()),
            "basis",
        )
    )


def price_gradient(
    house_prices: HousePrices, ways: Ways, *, gradient_minutes: float = 120.0
) -> PriceGradient:
    """How much lower prices are ten minutes further from each node, in every year and with today's times.

    Parameters
    ----------
    house_prices : of the group's municipalities.
    ways : morning times with the wait from the municipalities to those of the nodes.
    gradient_minutes : municipalities further away say nothing of a node.
    """
    times = _times(ways).filter(pl.col("minutes") <= gradient_minutes)
    rows = house_prices.select("place", "year", "house_price_sek").join(times, on="place")
    found = []
    for (year, node), part in rows.sort("year", "node", "place").group_by(
        "year", "node", maintain_order=True
    ):
        if part.height < LEAST_PLACES:
            continue
        fit = _fit(part)
        slope, low, high = (100.0 * np.expm1(TEN * value) for value in (fit.slope, fit.low, fit.high))
        judged = "falls" if high < 0 else "rises" if low > 0 else "unclear"
        found.append((year, node, part.height, slope, low, high, judged, weakest_of("estimated", part)))
    types = {column.name: column.dtype for column in PRICE_GRADIENT.columns}
    return pl.DataFrame(found, schema=types, orient="row")


def price_for_access(
    house_prices: HousePrices, ways: Ways, *, gradient_minutes: float = 120.0, verdict_spread: float = 1.0
) -> PriceForAccess:
    """Whether houses are dear or cheap for the time to the hub, in the latest year.

    Parameters
    ----------
    house_prices : of the group's municipalities.
    ways : morning times with the wait, and which node is the hub; its own municipality has no time to it.
    gradient_minutes : of a municipality further away the hub says nothing, so nothing is expected.
    verdict_spread : how many robust standard deviations from what is expected a price is dear or cheap.
    """
    hub = ways.node_system.sort("year")["hub"].last()
    latest = house_prices.filter(pl.col("year") == pl.col("year").max())
    rows = latest.select("place", "year", "house_price_sek", price_basis="basis").join(
        _times(ways).filter(node=hub), on="place", how="left", maintain_order="left"
    )
    known = rows.filter(pl.col("minutes") <= gradient_minutes)
    empty = pl.lit(None, pl.Float64)
    expected, off, verdict = empty, empty, pl.lit(None, pl.String)
    if known.height >= LEAST_PLACES:
        fit = _fit(known)
        expected = (fit.level + fit.slope * pl.col("minutes")).exp()
        off = pl.col("house_price_sek") / expected - 1.0
        away = (pl.col("house_price_sek") / expected).log() / max(fit.spread, 1e-12)
        verdict = (
            pl.when(away > verdict_spread)
            .then(pl.lit("dear"))
            .when(away < -verdict_spread)
            .then(pl.lit("cheap"))
            .otherwise(pl.lit("as_expected"))
        )
    own = ways.nodes.filter(node=hub)["municipality"].to_list()
    beyond = pl.col("place").is_in(own) | (pl.col("minutes") > gradient_minutes).fill_null(value=False)
    reason = pl.when(beyond).then(pl.lit("not_applicable")).otherwise(pl.lit("missing"))
    there = (pl.col("minutes") <= gradient_minutes).fill_null(value=False) & (known.height >= LEAST_PLACES)
    return rows.select(
        "place",
        "year",
        minutes=pl.when(there).then("minutes"),
        access_absent=pl.when(~there).then(reason),
        house_price_sek="house_price_sek",
        # Prices are published in thousands; an expectation is not known so well.
        expected_sek=pl.when(there).then((expected / 1e4).round() * 1e4),
        residual_percent=pl.when(there).then(100 * off),
        verdict=pl.when(there).then(verdict),
        basis=pl.when(there).then(pl.col("basis").replace("observed", "estimated")).otherwise("price_basis"),
    )


def price_together(housing: Housing, places: Places) -> PriceTogether:
    """How house prices of every two municipalities move together, year by year.

    Parameters
    ----------
    housing : prices of all the country's municipalities, whose median change is taken off for the net
        correlation.
    places : the group's municipalities.

    Raises
    ------
    DataError
        A price is zero.
    """
    known = levels(housing, "municipality", "house_price_sek")
    changes = synchrony.relative(known.prices)
    net = synchrony.beyond_common(changes)
    own = set(places.filter(kind="municipality")["place"])
    basis = weakest_of("estimated", housing)
    types = {column.name: column.dtype for column in PRICE_TOGETHER.columns}
    parts = [pl.DataFrame(schema=types)]
    chosen = [at for at, place in enumerate(known.places) if place in own]
    names = pl.Series(known.places, dtype=pl.String)
    for number, one in enumerate(chosen, 1):
        rest = chosen[number:]
        found = synchrony.correlations(changes[one], changes[rest])
        beyond = synchrony.correlations(net[one], net[rest]).value
        ends = [known.places[one]] * len(rest), names.gather(rest)
        figures = (*ends, found.changes, *found[:3], beyond, [basis] * len(rest))
        parts.append(pl.DataFrame(dict(zip(types, figures, strict=True)), schema=types))
    return pl.concat(parts).drop_nans()


def price_to_income(
    house_prices: HousePrices,
    regional_statistics: RegionalStatistics,
    *,
    income_measure: str = "Medianinkomst, tkr",
) -> PriceToIncome:
    """How many yearly incomes a house costs, where incomes have been fetched; no rows without them.

    Parameters
    ----------
    house_prices : of the group's municipalities.
    regional_statistics : the statistic `income`, of both sexes together.
    income_measure : which of its measures, by the publisher's label; it is in thousands of kronor.

    Raises
    ------
    DataError
        Incomes have been fetched, but not that measure.
    """
    income = regional_statistics.filter(statistic="income", sex="total")
    chosen = income.filter(measure=income_measure).drop_nulls("value")
    if income.height and chosen.is_empty():
        raise DataError(
            f"the fetched incomes have no measure {income_measure!r}, but "
            f"{income['measure'].unique().sort().to_list()}; set income_measure of price_to_income to one in "
            "thousands of kronor"
        )
    thousand = chosen.filter(pl.col("period").str.contains(r"^\d{4}$")).select(
        place="area", year=pl.col("period").cast(pl.Int64), income_sek=1000.0 * pl.col("value"), found="basis"
    )
    return (
        house_prices.join(thousand, on=["place", "year"], maintain_order="left")
        .with_columns(
            weaker("basis", "found"), price_to_income=pl.col("house_price_sek") / pl.col("income_sek")
        )
        .select(column.name for column in PRICE_TO_INCOME.columns)
    )


def _breaks(series_breaks: pl.DataFrame) -> list[int]:
    """The years in which values were assessed anew."""
    found: list[int] = series_breaks.filter(series=SERIES)["year"].sort().to_list()
    return found


def _own(housing: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """The rows of the group's municipalities, by year."""
    own = places.filter(kind="municipality")["place"].implode()
    return housing.filter(pl.col("municipality").is_in(own)).sort("municipality", "year")


def _times(ways: Ways) -> pl.DataFrame:
    """Minutes with the wait from municipalities to nodes in the morning; a node's own has none."""
    morning = ways.access_places.filter(period="morning", way="depart_at").drop_nulls("with_wait")
    ends = ways.nodes.select("node", destination="municipality")
    return morning.join(ends, on="destination").select("node", "basis", place="origin", minutes="with_wait")


def _fit(rows: pl.DataFrame) -> Line:
    """The robust line of the logarithm of prices on minutes."""
    return line(rows["minutes"].to_numpy(), np.log(rows["house_price_sek"].to_numpy().astype(np.float64)))
