"""Moves: who comes and goes, at what age and how far, and between which counties and municipalities."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns
from storregion.core.errors import DataError
from storregion.core.geodesy import projected
from storregion.core.table import weaker, weakest, weakest_of
from storregion.facts.demography import (
    MIGRATION_AGE_CLASS,
    ComponentsCounty,
    ComponentsMunicipality,
    MigrationAgeClass,
    MovesKnown,
    PopulationAgeSex,
)
from storregion.facts.places import Municipalities, Nodes, Places
from storregion.kernels.decay import Form, Margins, fitted, moves, stayed
from storregion.studies.nodes import NodeSystem

Floats = NDArray[np.float64]
BANDS = (50, 100, 200, 400)
"""Kilometres between the bands of distance."""
_FORMS: tuple[Form, Form] = ("power", "exp")

MOVES_BALANCE = columns.schema(
    "moves_balance",
    __name__,
    columns.place(),
    columns.year(),
    columns.whole("came", "persons", least=0, absent="moves_absent"),
    columns.whole("left", "persons", least=0, absent="moves_absent"),
    columns.whole("domestic_net", "net_moves", absent="moves_absent"),
    columns.number("domestic_per_1000", "per_thousand", absent="moves_absent"),
    columns.whole("abroad_net", "net_moves", absent="moves_absent"),
    columns.whole("natural", "persons", absent="natural_absent"),
)
MovesBalance = Annotated[pl.DataFrame, MOVES_BALANCE]

MOVES_AGE = columns.schema(
    "moves_age",
    __name__,
    columns.county(key=True),
    columns.year(),
    MIGRATION_AGE_CLASS["age_class"],
    columns.whole("net", "net_moves"),
    columns.number("net_per_1000", "per_thousand"),
)
MovesAge = Annotated[pl.DataFrame, MOVES_AGE]

MOVES_FIT = columns.schema(
    "moves_fit",
    __name__,
    columns.code("form", key=True, choices=_FORMS),
    columns.year(),
    columns.number("decay", "coefficient", least=0.0),
    columns.share("stays"),
    columns.number("mean_error", "share_points", least=0.0),
)
MovesFit = Annotated[pl.DataFrame, MOVES_FIT]

MUNICIPAL_MOVES = columns.schema(
    "municipal_moves",
    __name__,
    columns.code("moved_from", key=True, refers=("municipalities", "municipality")),
    columns.code("moved_to", key=True, refers=("municipalities", "municipality")),
    columns.year(),
    columns.number("persons", "persons", least=0.0),
    columns.number("persons_exp", "persons", least=0.0, absent="other_absent"),
    columns.number("km", "km", least=0.0),
)
MunicipalMoves = Annotated[pl.DataFrame, MUNICIPAL_MOVES]

COUNTY_FLOWS = columns.schema(
    "county_flows",
    __name__,
    columns.code("origin_county", key=True, refers=("counties", "county")),
    columns.code("destination_county", key=True, refers=("counties", "county")),
    columns.year(),
    columns.number("persons", "persons", least=0.0),
)
CountyFlows = Annotated[pl.DataFrame, COUNTY_FLOWS]

HUB_MOVES = columns.schema(
    "hub_moves",
    __name__,
    columns.code("other_county", key=True, refers=("counties", "county")),
    columns.year(),
    columns.code("hub_county", refers=("counties", "county")),
    columns.number("out_of_hub", "persons", least=0.0),
    columns.number("into_hub", "persons", least=0.0),
    columns.number("hub_net", "net_moves"),
    columns.share("out_share"),
)
HubMoves = Annotated[pl.DataFrame, HUB_MOVES]

MOVES_DISTANCE = columns.schema(
    "moves_distance",
    __name__,
    columns.place(),
    columns.whole("at_most_km", "km", key=True, least=0),
    columns.number("persons", "persons", least=0.0),
    columns.share("moves_share"),
)
MovesDistance = Annotated[pl.DataFrame, MOVES_DISTANCE]


class Known(NamedTuple):
    """What is published of moves between municipalities: margins, and flows that were read in."""

    components_municipality: ComponentsMunicipality
    moves_known: MovesKnown
    municipalities: Municipalities


class _Case(NamedTuple):
    """Municipalities in order, the year, margins of their moves, kilometres between them, and the basis."""

    codes: list[str]
    year: int
    margins: Margins
    km: Floats
    known: str


def _within_counties(components: pl.DataFrame) -> pl.DataFrame:
    """Components with nobody moving within a county of one municipality; a number that is missing raises."""
    empty = pl.col("in_same_county").is_null() | pl.col("out_same_county").is_null()
    wrong = empty & pl.col("same_county_absent").ne_missing("not_applicable")
    if lost := components.filter(wrong)["municipality"].to_list():
        raise DataError(
            f"components_municipality says nothing of moves within the county of {lost[:8]}; "
            "only a county of one municipality may leave them out"
        )
    return components.with_columns(pl.col("in_same_county", "out_same_county").fill_null(0))


def moves_balance(
    components_county: ComponentsCounty, components_municipality: ComponentsMunicipality, places: Places
) -> MovesBalance:
    """Moves in and out within the country, net from abroad, and births less deaths.

    Parameters
    ----------
    components_county : every year; its moves in and out cross the county's border and hold those from and to
        abroad, which are taken off here.
    components_municipality : one year; moves in and out cross the municipality's border.
    places : the group's counties and municipalities.
    """
    county = components_county.select(
        "year", "persons", "immigration", "emigration", "births", "deaths", "basis",
        place="county", came=pl.col("in_moves") - pl.col("immigration"),
        left=pl.col("out_moves") - pl.col("emigration"),
    )  # fmt: skip
    municipal = _within_counties(components_municipality).select(
        "year", "persons", "immigration", "emigration", "births", "deaths", "basis", place="municipality",
        came=pl.col("in_same_county") + pl.col("in_rest_of_sweden"),
        left=pl.col("out_same_county") + pl.col("out_rest_of_sweden"),
    )  # fmt: skip
    rows = pl.concat([county, municipal.select(county.columns)]).join(
        places.select("place"), on="place", how="semi"
    )
    net = pl.col("came") - pl.col("left")
    abroad = pl.col("immigration") - pl.col("emigration")
    natural = pl.col("births") - pl.col("deaths")
    whole = pl.all_horizontal(pl.col("came", "left", "immigration", "emigration").is_not_null())
    return rows.sort("place", "year").select(
        "place",
        "year",
        came=pl.when(whole).then("came"),
        left=pl.when(whole).then("left"),
        domestic_net=pl.when(whole).then(net),
        domestic_per_1000=pl.when(whole).then(1000 * net / pl.col("persons")),
        abroad_net=pl.when(whole).then(abroad),
        moves_absent=pl.when(~whole).then(pl.lit("missing")),
        natural=natural,
        natural_absent=pl.when(natural.is_null()).then(pl.lit("missing")),
        basis="basis",
    )


def moves_age(
    migration_age_class: MigrationAgeClass, population_age_sex: PopulationAgeSex, places: Places
) -> MovesAge:
    """Net domestic moves of the group's counties by age, in the years that have ages.

    Parameters
    ----------
    migration_age_class : moves by the counties of the time; those of the group are the same today.
    population_age_sex : people by age, in today's division.
    places : the group's counties.
    """
    own = places.filter(kind="county").select(county="place")
    moved = migration_age_class.filter(pl.col("age_class") != "unknown").rename({"county_then": "county"})
    first = pl.col("age_class").str.extract(r"^(\d+)").cast(pl.Int64)
    people = population_age_sex.group_by(
        "county", "year", youngest=pl.col("age") // 5 * 5, maintain_order=True
    ).agg(pl.col("persons").sum(), basis_people=weakest())
    net = pl.col("domestic_in") - pl.col("domestic_out")
    return (
        moved.join(own, on="county", how="semi")
        .with_columns(youngest=first)
        .join(people, on=["county", "year", "youngest"])
        .filter(pl.col("persons") > 0)
        .sort("county", "year", "youngest")
        .select(
            "county",
            "year",
            "age_class",
            net=net,
            net_per_1000=1000 * net / pl.col("persons"),
            basis=weaker("basis", "basis_people"),
        )
    )


def moves_fit(known: Known) -> MovesFit:
    """How fast moves thin out with distance, and how well that says where they stay.

    Parameters
    ----------
    known : margins of the moves, within the county and beyond it.
    """
    case = _case(known)
    out = case.margins.out_within + case.margins.out_beyond
    rows = []
    for form in _FORMS:
        beta = fitted(case.margins, case.km, form)
        expected = stayed(case.margins, case.km, form, beta)
        error = float(np.abs(expected - case.margins.out_within / out).mean())
        share = float(case.margins.out_within.sum() / out.sum())
        rows.append((form, case.year, beta, share, error, case.known))
    types = {column.name: column.dtype for column in MOVES_FIT.columns}
    return pl.DataFrame(rows, schema=types, orient="row")


def municipal_moves(known: Known, moves_fit: MovesFit, places: Places) -> MunicipalMoves:
    """Moves between municipalities with an end in the group: read in, or estimated within published margins.

    Parameters
    ----------
    known : flows that were read in by municipality take the place of the estimate.
    moves_fit : the decay with distance, of both forms.
    places : the group's municipalities.
    """
    case = _case(known)
    seen = _observed(known.moves_known, 4)
    if seen.height:
        rows = seen.with_columns(
            persons_exp=pl.lit(None, pl.Float64),
            other_absent=pl.lit("not_applicable"),
        )
    else:
        one, two = (
            moves(case.margins, case.km, form, moves_fit.filter(form=form)["decay"].item()) for form in _FORMS
        )
        rows = _long(case, one).with_columns(
            persons_exp=pl.Series(two[~np.eye(len(case.codes), dtype=np.bool_)]),
            year=pl.lit(case.year, pl.Int64),
            other_absent=pl.lit(None, pl.String),
            basis=pl.lit(weakest_of(case.known, moves_fit)),
        )
    own = places.filter(kind="municipality")["place"].implode()
    km = _long(case, case.km).rename({"persons": "km"})
    inside = pl.col("moved_from").is_in(own) | pl.col("moved_to").is_in(own)
    return (
        rows.filter(inside)
        .join(km, on=["moved_from", "moved_to"], maintain_order="left")
        .select(column.name for column in MUNICIPAL_MOVES.columns)
    )


def county_flows(known: Known, moves_fit: MovesFit) -> CountyFlows:
    """Moves between all counties: read in, or the sum of the estimated moves between their municipalities.

    Parameters
    ----------
    known : flows that were read in, by county or municipality, take the place of the estimate.
    moves_fit : the decay with distance.
    """
    case = _case(known)
    seen = known.moves_known
    if seen.height:
        rows = _observed(seen, None)
    else:
        basis = weakest_of(case.known, moves_fit)
        table = moves(case.margins, case.km, "power", moves_fit.filter(form="power")["decay"].item())
        rows = _long(case, table).with_columns(year=pl.lit(case.year, pl.Int64), basis=pl.lit(basis))
    return (
        rows.group_by(
            "year",
            origin_county=pl.col("moved_from").str.head(2),
            destination_county=pl.col("moved_to").str.head(2),
            maintain_order=True,
        )
        .agg(pl.col("persons").sum(), weakest())
        .filter(pl.col("origin_county") != pl.col("destination_county"))
        .sort("origin_county", "destination_county")
        .select(column.name for column in COUNTY_FLOWS.columns)
    )


def hub_moves(county_flows: CountyFlows, nodes: Nodes, node_system: NodeSystem) -> HubMoves:
    """Moves between the hub's county and every other.

    Parameters
    ----------
    county_flows : between all counties.
    nodes, node_system : which node is the hub, and where it lies.
    """
    hub = nodes.filter(node=node_system.sort("year")["hub"].last())["municipality"].str.head(2).to_list()
    own = hub[0] if hub else None
    out = county_flows.filter(origin_county=own).select(
        "year", "basis", other_county="destination_county", out_of_hub="persons"
    )
    into = county_flows.filter(destination_county=own).select(
        "basis", other_county="origin_county", into_hub="persons"
    )
    return out.join(into, on="other_county", maintain_order="left").select(
        "other_county",
        "year",
        pl.lit(own, pl.String).alias("hub_county"),
        "out_of_hub",
        "into_hub",
        hub_net=pl.col("into_hub") - pl.col("out_of_hub"),
        out_share=pl.col("out_of_hub") / pl.col("out_of_hub").sum(),
        # The share is one of all that leave the hub.
        basis=pl.lit(weakest_of("observed", out, into)),
    )


def moves_distance(municipal_moves: MunicipalMoves, places: Places) -> MovesDistance:
    """How far those move who leave each county's municipalities for another municipality.

    Parameters
    ----------
    municipal_moves : with kilometres between the municipalities' points.
    places : the group's counties.
    """
    own = places.filter(kind="county")["place"].implode()
    # The last band has no upper end; the earth has none further.
    ends = (*BANDS, 20_000)
    band = pl.min_horizontal(pl.when(pl.col("km") <= end).then(pl.lit(end, pl.Int64)) for end in ends)
    rows = municipal_moves.with_columns(place=pl.col("moved_from").str.head(2), at_most_km=band)
    sums = (
        rows.filter(pl.col("place").is_in(own))
        .group_by("place", "at_most_km", maintain_order=True)
        .agg(pl.col("persons").sum(), weakest())
    )
    part = pl.col("persons") / pl.col("persons").sum().over("place")
    # A band's share rests on all bands.
    return sums.sort("place", "at_most_km").select(
        "place", "at_most_km", "persons", moves_share=part, basis=weakest().over("place")
    )


def _case(known: Known) -> _Case:
    """The latest year's margins, in the order of the municipalities' codes.

    Raises
    ------
    DataError
        A municipality has no margins, or moves in and out of all do not match.
    """
    rows = (
        known.municipalities.select("municipality", "county", "latitude", "longitude")
        .join(
            _within_counties(known.components_municipality.filter(pl.col("year") == pl.col("year").max())),
            on="municipality",
            how="left",
        )
        .sort("municipality")
    )
    if lost := rows.filter(pl.col("in_rest_of_sweden").is_null())["municipality"].to_list():
        raise DataError(f"components_municipality has no moves of {lost[:8]}; every municipality needs them")
    names = ("out_same_county", "in_same_county", "out_rest_of_sweden", "in_rest_of_sweden")
    found = [rows[name].to_numpy().astype(np.float64) for name in names]
    if found[2].sum() != found[3].sum():
        raise DataError(
            f"components_municipality has {found[2].sum():.0f} moves out of counties and "
            f"{found[3].sum():.0f} into them; within the country they are the same moves, so check the file"
        )
    group = rows["county"].rank("dense").cast(pl.Int64).to_numpy()
    east, north = projected(rows)
    km = np.hypot(east[:, None] - east, north[:, None] - north) / 1000.0
    year = int(rows["year"][0])
    basis = weakest_of("estimated", known.municipalities, rows)
    return _Case(rows["municipality"].to_list(), year, Margins(group, *found), np.maximum(km, 1.0), basis)


def _long(case: _Case, table: Floats) -> pl.DataFrame:
    """A table of pairs as rows, the diagonal left out."""
    n = len(case.codes)
    one, two = np.nonzero(~np.eye(n, dtype=np.bool_))
    codes = pl.Series(case.codes)
    return pl.DataFrame(
        {"moved_from": codes.gather(one), "moved_to": codes.gather(two), "persons": table[one, two]}
    )


def _observed(seen: pl.DataFrame, length: int | None) -> pl.DataFrame:
    """The latest year's flows that were read in, of codes of that length."""
    rows = seen.filter(pl.col("year") == pl.col("year").max())
    if length is not None:
        rows = rows.filter(pl.col("moved_from").str.len_chars() == length)
    return rows.select("moved_from", "moved_to", "year", pl.col("persons").cast(pl.Float64), "basis")
