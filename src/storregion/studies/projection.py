"""The population to come of every place, with intervals from the model's own past errors."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl

from storregion.core import columns
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.demography import PopulationYearly
from storregion.facts.places import Membership, Places
from storregion.studies.projection_hindcasts import HindcastCases, MunicipalTrend
from storregion.studies.projection_municipal import CLASSES, MunicipalProjection, ProjectionAges
from storregion.studies.projection_totals import FRAMES

PROJECTION = columns.schema(
    "projection",
    __name__,
    columns.code("frame", key=True, choices=FRAMES),
    columns.place(),
    columns.year(),
    columns.whole("persons", "persons", least=0),
    columns.whole("at_least", "persons", least=0, absent="interval_absent"),
    columns.whole("at_most", "persons", least=0, absent="interval_absent"),
    columns.number("change_percent", "percent"),
    columns.whole("births", "persons", least=0),
    columns.whole("deaths", "persons", least=0),
    columns.whole("net_migration", "persons"),
)
Projection = Annotated[pl.DataFrame, PROJECTION]

PLACE_HISTORY = columns.schema(
    "place_history",
    __name__,
    columns.place(),
    columns.year(),
    columns.whole("persons", "persons", least=0),
)
PlaceHistory = Annotated[pl.DataFrame, PLACE_HISTORY]

PLACE_HINDCASTS = columns.schema(
    "place_hindcasts",
    __name__,
    columns.place(),
    columns.whole("launch", "year", key=True),
    columns.whole("horizon", "years_ahead", key=True, least=1),
    columns.number("projected", "persons", least=0.0),
    columns.whole("outcome", "persons_counted", least=0),
    columns.number("error_percent", "percent"),
)
PlaceHindcasts = Annotated[pl.DataFrame, PLACE_HINDCASTS]

PLACE_AGES = columns.schema(
    "place_ages",
    __name__,
    columns.place(),
    columns.year(),
    columns.code("age_class", key=True, choices=CLASSES),
    columns.sex(),
    columns.number("persons", "persons", least=0.0),
)
PlaceAges = Annotated[pl.DataFrame, PLACE_AGES]

PLACE_PATHS = columns.schema(
    "place_paths",
    __name__,
    columns.place(),
    columns.year(),
    columns.number("from_latest", "percent"),
    columns.number("from_latest_least", "percent", absent="interval_absent"),
    columns.number("from_latest_most", "percent", absent="interval_absent"),
)
PlacePaths = Annotated[pl.DataFrame, PLACE_PATHS]


class Past(NamedTuple):
    """What the intervals rest on."""

    municipal_trend: MunicipalTrend
    place_hindcasts: PlaceHindcasts
    place_history: PlaceHistory


def place_history(
    population_yearly: PopulationYearly, membership: Membership, places: Places
) -> PlaceHistory:
    """The population of every place in every year, in today's division.

    Parameters
    ----------
    population_yearly : persons by municipality.
    membership, places : the municipalities that each place is added up from.
    """
    return _summed(population_yearly, ["year"], "persons", membership, places).sort("place", "year")


def place_hindcasts(hindcast_cases: HindcastCases, membership: Membership, places: Places) -> PlaceHindcasts:
    """The model's projections of every place from earlier years, and what came.

    Parameters
    ----------
    hindcast_cases : those of municipalities.
    membership, places : the municipalities that each place is added up from.
    """
    keys = ["launch", "horizon"]
    made = _summed(hindcast_cases, keys, "projected", membership, places)
    came = _summed(hindcast_cases, keys, "outcome", membership, places)
    error = 100.0 * (pl.col("projected") / pl.col("outcome") - 1.0)
    return (
        made.join(came, on=["place", *keys])
        .with_columns(error_percent=error, basis=weaker("basis", "basis_right"))
        .select(column.name for column in PLACE_HINDCASTS.columns)
        .sort("place", *keys)
    )


def place_ages(
    projection_ages: ProjectionAges,
    membership: Membership,
    places: Places,
    *,
    years: tuple[int, ...] = (2030, 2035, 2040, 2045, 2050),
) -> PlaceAges:
    """People of every place by five-year class and sex in some years, base frame.

    Parameters
    ----------
    projection_ages : those of municipalities.
    membership, places : the municipalities that each place is added up from.
    years : the years that are kept, besides the first.
    """
    year = pl.col("year")
    kept = projection_ages.filter(year.is_in(years) | (year == year.min()))
    keys = ["year", "age_class", "sex"]
    order = pl.col("age_class").str.extract(r"^(\d+)").cast(pl.Int64)
    return _summed(kept, keys, "persons", membership, places).sort("place", "year", order, "sex")


def projection(
    municipal_projection: MunicipalProjection,
    past: Past,
    membership: Membership,
    places: Places,
    *,
    coverage: float = 0.8,
) -> Projection:
    """Every place's population in three national frames, with what happens and how far off it may be.

    Parameters
    ----------
    municipal_projection : that of municipalities.
    past : the errors that intervals are made of.
    membership, places : the municipalities that each place is added up from.
    coverage : the share of past errors that an interval holds; as for `municipal_trend`.
    """
    keys, names = ["frame", "year"], ["persons", "births", "deaths", "net_migration"]
    sums = [_summed(municipal_projection, keys, name, membership, places).drop("basis") for name in names]
    frame = sums[0]
    for one in sums[1:]:
        frame = frame.join(one, on=["place", *keys])
    newest = past.place_history.filter(pl.col("year") == pl.col("year").max())
    now = newest.select("place", latest="persons", launch="year")
    widths = _half_widths(past, membership, places, coverage)
    spread = frame.join(now, on="place").with_columns(horizon=pl.col("year") - pl.col("launch"))
    spread = spread.join(widths, on=["place", "horizon"], how="left")
    bound = pl.col("persons") * (1.0 + pl.col("half_width") / 100.0)
    lower = pl.col("persons") / (1.0 + pl.col("half_width") / 100.0)
    return (
        spread.with_columns(
            at_least=lower.round().cast(pl.Int64),
            at_most=bound.round().cast(pl.Int64),
            interval_absent=pl.when(pl.col("half_width").is_null()).then(pl.lit("not_applicable")),
            change_percent=100.0 * (pl.col("persons") / pl.col("latest") - 1.0),
            basis=pl.lit(weakest_of("estimated", municipal_projection, *past)),
        )
        .select(column.name for column in PROJECTION.columns)
        .sort("frame", "place", "year")
    )


def place_paths(projection: Projection, place_history: PlaceHistory, places: Places) -> PlacePaths:
    """Where counties and the group come from and go, in per cent of the latest year's population.

    Parameters
    ----------
    projection : of every place; the base frame is taken.
    place_history : the population of every year.
    places : which places are counties, and which is the group.

    Returns
    -------
    A row for each of them and every year, past and to come, with the interval of those to come. Places of
    different size can be compared on it.
    """
    large = places.filter(pl.col("kind").is_in(["county", "group"])).select("place")
    newest = place_history.filter(pl.col("year") == pl.col("year").max())
    bounds = {"from_latest": "persons", "from_latest_least": "at_least", "from_latest_most": "at_most"}
    ahead = projection.filter(frame="base").select(
        "place", "year", *bounds.values(), "interval_absent", "basis"
    )
    none = pl.lit(None, pl.Int64)
    past = place_history.select(
        *("place", "year", "persons", "basis"),
        at_least=none,
        at_most=none,
        interval_absent=pl.lit("not_applicable"),
    )
    return (
        pl.concat([past.select(ahead.columns), ahead])
        .join(large, on="place")
        .join(newest.select("place", latest="persons", basis_latest="basis"), on="place")
        .with_columns(basis=weaker("basis", "basis_latest"))
        .with_columns(
            (100.0 * (pl.col(bound) / pl.col("latest") - 1.0)).alias(name) for name, bound in bounds.items()
        )
        .select(column.name for column in PLACE_PATHS.columns)
        .sort("place", "year")
    )


def _summed(
    rows: pl.DataFrame, keys: list[str], value: str, membership: pl.DataFrame, places: pl.DataFrame
) -> pl.DataFrame:
    """A column added up over the municipalities of each place."""
    parts = membership.join(places.select("place"), on="place").select("place", "municipality")
    joined = parts.join(rows.select("municipality", *keys, value, "basis"), on="municipality")
    return joined.group_by("place", *keys, maintain_order=True).agg(pl.col(value).sum(), weakest())


def _half_widths(past: Past, membership: pl.DataFrame, places: pl.DataFrame, coverage: float) -> pl.DataFrame:
    """Half the interval of each place and number of years ahead, in per cent.

    A municipality has that of its size class, or of its county's municipalities where that is wider; larger
    places that of all of their kind, or their own where that is wider. Between the horizons
    that were tried it lies on a line, and beyond the last one it goes on along it. The country has none, as
    it is given.
    """
    members = membership.group_by("place", maintain_order=True).agg(pl.len(), pl.col("municipality").first())
    single = _of_municipalities(past, members.filter(pl.col("len") == 1), coverage)
    kinds = places.filter(pl.col("kind") != "country").select("place", "kind")
    several = members.filter(pl.col("len") > 1).join(kinds, on="place")
    size = pl.col("error_percent").abs()
    tried = past.place_hindcasts.join(several, on="place").with_columns(size)
    pooled, own = (
        tried.group_by(part, "horizon", maintain_order=True).agg(
            half_width=pl.col("error_percent").quantile(coverage, "linear")
        )
        for part in ("kind", "place")
    )
    wider = (
        several.join(pooled, on="kind")
        .join(own, on=["place", "horizon"])
        .select("place", "horizon", half_width=pl.max_horizontal("half_width", "half_width_right"))
    )
    known = pl.concat([single, wider])
    ahead = np.arange(1, 101)
    found = []
    for (place,), rows in known.sort("place", "horizon").group_by("place", maintain_order=True):
        knots = np.concatenate([[0.0], rows["horizon"].to_numpy()])
        # A longer way ahead is never surer, though the few outcomes of the longest may look so.
        widths = np.maximum.accumulate(np.concatenate([[0.0], rows["half_width"].to_numpy()]))
        slope = max((widths[-1] - widths[-2]) / (knots[-1] - knots[-2]), 0.0)
        width = np.interp(ahead, knots, widths) + slope * np.maximum(ahead - knots[-1], 0.0)
        found.append(pl.DataFrame({"place": [place] * len(ahead), "horizon": ahead, "half_width": width}))
    return pl.concat(found)


def _of_municipalities(past: Past, single: pl.DataFrame, coverage: float) -> pl.DataFrame:
    """Half the interval of every place of one municipality: of its size class or its county, the wider."""
    county = pl.col("municipality").str.head(2)
    tried = past.place_hindcasts.join(single, on="place").unique(
        ["municipality", "launch", "horizon"], maintain_order=True
    )
    error = pl.col("error_percent").abs().quantile(coverage, "linear")
    around = tried.group_by("horizon", county=county, maintain_order=True).agg(around=error)
    return (
        single.join(past.municipal_trend, on="municipality")
        .with_columns(county=county)
        .join(around, on=["county", "horizon"], how="left")
        .select("place", "horizon", half_width=pl.max_horizontal("half_width", "around"))
    )
