"""Similar municipalities: alike in size, growth, commuting and travel time to the hub."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import SettingError
from storregion.core.table import weaker
from storregion.facts.places import Nodes, Places
from storregion.facts.work import LabourMarketAreas
from storregion.kernels.similarity import Apart, apart, standardised
from storregion.studies.growth import Growth
from storregion.studies.nodes import NodeSystem
from storregion.studies.travel_times import AccessPlaces

TRAITS = ("size", "growth", "commuting", "travel")
"""What municipalities are alike or unlike in."""
NAMED = 5
"""How many others are named for each municipality."""

MUNICIPALITY_TRAITS = columns.schema(
    "municipality_traits",
    __name__,
    columns.municipality(key=True),
    columns.whole("year", "year", least=1749, most=2100),
    columns.whole("persons", "persons_of_place", least=0, absent="persons_absent"),
    columns.number("annual_percent", "percent_a_year", absent="growth_absent"),
    columns.share("out_share", absent="out_absent"),
    columns.duration("hub_minutes", absent="hub_absent"),
)
MunicipalityTraits = Annotated[pl.DataFrame, MUNICIPALITY_TRAITS]

SIMILAR_MUNICIPALITIES = columns.schema(
    "similar_municipalities",
    __name__,
    columns.municipality(key=True),
    columns.whole("rank", "number", key=True, least=1),
    columns.code("other", refers=("municipalities", "municipality")),
    columns.number("distance", "deviations", least=0.0),
    columns.whole("shared", "measures", least=1, most=len(TRAITS)),
    *(columns.number(f"apart_{it}", "deviations", absent=f"apart_{it}_absent") for it in TRAITS),
    columns.code("most_apart", choices=TRAITS),
)
SimilarMunicipalities = Annotated[pl.DataFrame, SIMILAR_MUNICIPALITIES]


class Hub(NamedTuple):
    """The hub, the nodes with their municipalities, and the times between municipalities."""

    nodes: Nodes
    node_system: NodeSystem
    access_places: AccessPlaces


def municipality_traits(
    places: Places, growth: Growth, labour_market_areas: LabourMarketAreas, hub: Hub
) -> MunicipalityTraits:
    """What the municipalities of the group are compared by, each in its latest year.

    Parameters
    ----------
    places : the municipalities of the group.
    growth : residents, and their growth since the base year.
    labour_market_areas : the published share of the employed residents who work elsewhere.
    hub : which municipality holds the hub, and the typical time to it in the morning; it is at no distance
        from itself.
    """
    own = places.filter(kind="municipality").select(municipality="place")
    people = growth.filter(pl.col("year") == growth["year"].max()).select(
        "year",
        "persons",
        "persons_absent",
        municipality="place",
        annual_percent="base_annual_percent",
        growth_absent="base_absent",
        basis_growth="basis",
    )
    areas = labour_market_areas.filter(pl.col("year") == labour_market_areas["year"].max()).select(
        "municipality", "out_share", basis_work="basis"
    )
    rows = own.join(people, on="municipality").join(areas, on="municipality", how="left")
    rows = rows.join(_to_hub(own, hub), on="municipality", how="left")
    return rows.with_columns(
        out_absent=_gap("out_share"),
        basis=weaker("basis_growth", "basis_work", "basis_travel"),
    ).select(column.name for column in MUNICIPALITY_TRAITS.columns)


def _to_hub(own: pl.DataFrame, hub: Hub) -> pl.DataFrame:
    """Minutes from each municipality to the hub's own, with the reason where no time is known."""
    latest = hub.node_system.sort("year").tail(1).select(node="hub")
    centre = hub.nodes.join(latest, on="node")["municipality"].implode()
    morning = hub.access_places.filter(period="morning", way="depart_at")
    times = morning.filter(pl.col("destination").is_in(centre))
    rows = own.join(times, left_on="municipality", right_on="origin", how="left")
    itself = pl.col("municipality").is_in(centre)
    return rows.select(
        "municipality",
        hub_minutes=pl.when(itself).then(0.0).otherwise("typical"),
        hub_absent=pl.when(~itself).then(pl.coalesce("times_absent", _gap("typical"))),
        basis_travel=pl.col("basis").fill_null("observed"),
    )


def _gap(column: str) -> pl.Expr:
    return pl.when(pl.col(column).is_null()).then(pl.lit("missing"))


def similar_municipalities(
    municipality_traits: MunicipalityTraits,
    *,
    weight_size: float = 1.0,
    weight_growth: float = 1.0,
    weight_commuting: float = 1.0,
    weight_travel: float = 1.0,
) -> SimilarMunicipalities:
    """The municipalities most like each one, the most similar first.

    Each measure is standardised over the municipalities of the group, the number of residents as its
    logarithm. The distance is the root of the weighted mean of the squared differences, over the measures
    that both have.

    Parameters
    ----------
    municipality_traits : what they are compared by.
    weight_size : of the number of residents.
    weight_growth : of growth a year since the base year.
    weight_commuting : of the share of the employed residents who commute out.
    weight_travel : of the travel time to the hub.

    Raises
    ------
    SettingError
        A weight is negative, or none is above 0.
    """
    weights = np.array([weight_size, weight_growth, weight_commuting, weight_travel])
    if weights.min() < 0 or weights.max() == 0:
        raise SettingError(
            "similar_municipalities: a weight is negative, or all are 0; set each to 0 or more, one above 0"
        )
    rows = municipality_traits.sort("municipality")
    found = apart(_measures(rows), weights)
    pairs = [
        _pair(found, weights, one, rank, two)
        for one in range(rows.height)
        for rank, two in enumerate(_nearest(found.distance[one], one), 1)
    ]
    return _named(pairs, rows)


def _measures(rows: pl.DataFrame) -> NDArray[np.float64]:
    """The standardised measures, one row a municipality."""
    people = pl.when(pl.col("persons") > 0).then(pl.col("persons").log())
    chosen = rows.select(people, "annual_percent", "out_share", "hub_minutes").cast(pl.Float64)
    return standardised(chosen.fill_null(float("nan")).to_numpy())


def _nearest(distance: NDArray[np.float64], own: int) -> list[int]:
    """The nearest others, in the order of their codes where two are equally near."""
    order = np.argsort(distance, kind="stable")
    return [int(at) for at in order if at != own and not np.isnan(distance[at])][:NAMED]


def _pair(found: Apart, weights: NDArray[np.float64], one: int, rank: int, two: int) -> tuple[object, ...]:
    gaps = found.gaps[one, two]
    most = int(np.nanargmax(np.abs(gaps) * np.sqrt(weights)))
    apart_by = (None if np.isnan(gap) else float(gap) for gap in gaps)
    return (
        one,
        rank,
        two,
        float(found.distance[one, two]),
        int(found.shared[one, two]),
        *apart_by,
        TRAITS[most],
    )


def _named(pairs: list[tuple[object, ...]], rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs of row numbers as rows of the table."""
    names = ["one", "rank", "two", "distance", "shared", *(f"apart_{it}" for it in TRAITS), "most_apart"]
    types = dict.fromkeys(("one", "rank", "two", "shared"), pl.Int64) | {"most_apart": pl.String}
    frame = pl.DataFrame(pairs, schema={it: types.get(it, pl.Float64) for it in names}, orient="row")
    codes, bases = rows["municipality"], rows["basis"]
    return frame.with_columns(
        municipality=codes.gather(frame["one"]),
        other=codes.gather(frame["two"]),
        basis_one=bases.gather(frame["one"]),
        basis_two=bases.gather(frame["two"]),
        **{f"apart_{it}_absent": _gap(f"apart_{it}") for it in TRAITS},
    ).select(
        *(column.name for column in SIMILAR_MUNICIPALITIES.columns if column.name != "basis"),
        weaker("basis_one", "basis_two"),
    )
