"""The places a group is made of: municipalities, counties, localities, nodes, and their shapes."""

from typing import Annotated

import polars as pl

from storregion.core import columns, geodesy
from storregion.core.columns import COUNTY, MUNICIPALITY
from storregion.core.errors import DataError, nearest, some
from storregion.core.group import Country, RegionGroup

NODE_KINDS = ("city", "regional_core")
PLACE_KINDS = ("country", "group", "nodes", "rest", "county", "municipality", "node")


COUNTIES = columns.schema(
    "counties",
    __name__,
    columns.code("county", key=True, pattern=COUNTY),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
)
Counties = Annotated[pl.DataFrame, COUNTIES]

MUNICIPALITIES = columns.schema(
    "municipalities",
    __name__,
    columns.municipality(key=True, refers=None),
    columns.text("name", "name"),
    columns.county(),
    columns.number("land_km2", "km2", least=1.0),
    columns.number("latitude", "degrees", least=55.0, most=70.0),
    columns.number("longitude", "degrees", least=10.0, most=25.0),
)
Municipalities = Annotated[pl.DataFrame, MUNICIPALITIES]

LOCALITIES = columns.schema(
    "localities",
    __name__,
    columns.locality(pattern=r"\d{4}T[BC]\d{3}", refers=None),
    columns.text("name", "name"),
    columns.code("municipality", pattern=MUNICIPALITY, refers=("municipalities", "municipality")),
    columns.whole("population", "persons", least=0),
    columns.number("latitude", "degrees", least=55.0, most=70.0),
    columns.number("longitude", "degrees", least=10.0, most=25.0),
    columns.whole("area_ha", "hectares", least=0),
)
Localities = Annotated[pl.DataFrame, LOCALITIES]

NODES = columns.schema(
    "nodes",
    __name__,
    columns.node(pattern="[a-z][a-z-]*", refers=None),
    columns.text("name", "name"),
    columns.code("kind", choices=NODE_KINDS),
    columns.code("municipality", pattern=MUNICIPALITY, refers=("municipalities", "municipality")),
    columns.number("latitude", "degrees", least=55.0, most=70.0),
    columns.number("longitude", "degrees", least=10.0, most=25.0),
    columns.text("point"),
    columns.basis(choices=("observed", "assumed")),
)
Nodes = Annotated[pl.DataFrame, NODES]

NODE_LOCALITIES = columns.schema(
    "node_localities",
    __name__,
    columns.node(),
    columns.locality(),
)
NodeLocalities = Annotated[pl.DataFrame, NODE_LOCALITIES]

NODE_STATIONS = columns.schema(
    "node_stations",
    __name__,
    columns.node(),
    columns.text("name", "name", key=True),
)
NodeStations = Annotated[pl.DataFrame, NODE_STATIONS]

BOUNDARIES = columns.schema(
    "boundaries",
    __name__,
    columns.code("area", key=True, pattern=r"\d{4}|\d\d"),
    columns.shape("geometry"),
    columns.number("area_km2", "km2", least=0.0),
)
Boundaries = Annotated[pl.DataFrame, BOUNDARIES]

MUNICIPALITY_POINTS = columns.schema(
    "municipality_points",
    __name__,
    columns.municipality(key=True),
    columns.number("east", "metres", least=200000.0, most=1000000.0),
    columns.number("north", "metres", least=6100000.0, most=7700000.0),
)
MunicipalityPoints = Annotated[pl.DataFrame, MUNICIPALITY_POINTS]


def municipality_points(
    municipalities: Municipalities, boundaries: Boundaries, *, tolerance_m: float = 2000.0
) -> MunicipalityPoints:
    """The register's point of each municipality, or one within its shape where that point lies outside.

    Parameters
    ----------
    municipalities : the register, with points in WGS 84.
    boundaries : shapes in SWEREF 99 TM.
    tolerance_m : metres that a point may lie outside the simplified shape and still count as inside.
    """
    # Loaded here: it takes long to import.
    import shapely

    both = municipalities.join(boundaries, left_on="municipality", right_on="area", maintain_order="left")
    if both.height != municipalities.height:
        lost = set(municipalities["municipality"]) - set(both["municipality"])
        raise DataError(f"the municipalities {some(sorted(lost))} have no boundary; add their shapes")
    points = shapely.points(*geodesy.projected(both))
    shapes = shapely.from_wkb(both["geometry"].to_numpy())
    inside = shapely.distance(points, shapes) <= tolerance_m
    found = [
        point if within else shapely.point_on_surface(shape)
        for point, within, shape in zip(points, inside, shapes, strict=True)
    ]
    return both.select(
        "municipality",
        east=pl.Series(shapely.get_x(found)),
        north=pl.Series(shapely.get_y(found)),
        basis=pl.when(pl.Series(inside)).then("basis").otherwise(pl.lit("estimated")),
    )


PLACES = columns.schema(
    "places",
    __name__,
    columns.code("place", key=True),
    columns.code("kind", choices=PLACE_KINDS),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
    columns.code("county", optional=True),
)
Places = Annotated[pl.DataFrame, PLACES]

MEMBERSHIP = columns.schema(
    "membership",
    __name__,
    columns.place(refers=None),
    columns.municipality(key=True),
)
Membership = Annotated[pl.DataFrame, MEMBERSHIP]

GEOGRAPHIES = columns.schema(
    "geographies",
    __name__,
    columns.code("geography", key=True),
    columns.county(key=True, refers=("counties", "county")),
    columns.text("name_sv", "name"),
    columns.text("name_en", "name"),
)
Geographies = Annotated[pl.DataFrame, GEOGRAPHIES]

_OBSERVED = pl.lit("observed").alias("basis")


def places(group: RegionGroup, counties: Counties, municipalities: Municipalities, nodes: Nodes) -> Places:
    """Every place the group reports on.

    Parameters
    ----------
    group : the group's definition; its counties must exist.
    counties, municipalities, nodes : the registers.

    Raises
    ------
    DataError
        A county of the group is unknown, a node lies outside, or a code is used twice.
    """
    inside = _inside(group, counties, municipalities)
    _nodes_inside(group, nodes, inside)
    whole = [(group.code, "group", group.name.sv, group.name.en)]
    if group.country is not None:
        country = group.country
        whole.insert(0, (country.code, "country", country.name.sv, country.name.en))
    if nodes.height:
        short = group.short
        whole += [
            (
                f"{group.code}-nodes",
                "nodes",
                f"nodkommunerna i {short.sv}",
                f"the node municipalities of {short.en}",
            ),
            (
                f"{group.code}-rest",
                "rest",
                f"övriga kommuner i {short.sv}",
                f"the other municipalities of {short.en}",
            ),
        ]
    large = pl.DataFrame(whole, schema=["place", "kind", "name_sv", "name_en"], orient="row")
    none = pl.lit(None, pl.String).alias("county")
    own = counties.filter(pl.col("county").is_in(list(group.counties)))
    parts = [
        large.with_columns(none),
        own.select(
            place="county", kind=pl.lit("county"), name_sv="name_sv", name_en="name_en", county="county"
        ),
        inside.select(
            place="municipality", kind=pl.lit("municipality"), name_sv="name", name_en="name", county="county"
        ),
        nodes.join(inside, on="municipality", suffix="_municipality").select(
            place="node", kind=pl.lit("node"), name_sv="name", name_en="name", county="county"
        ),
    ]
    return pl.concat(parts).with_columns(_OBSERVED)


def geographies(group: RegionGroup, counties: Counties) -> Geographies:
    """The counties of the group, and of every other set of counties that it names.

    Parameters
    ----------
    group : the group's definition.
    counties : the register.

    Raises
    ------
    DataError
        A set has the group's code, names a county twice, or one that does not exist.
    """
    known = counties["county"].to_list()
    sets = {group.code: (group.name, list(group.counties))}
    for code, other in group.geographies.items():
        where = f"group.toml: [geographies.{code}]"
        if code == group.code:
            raise DataError(f"{where} has the group's own code; choose another")
        if unknown := sorted(set(other.counties) - set(known)):
            raise DataError(
                f"{where} names the counties {unknown}, which do not exist; {nearest(unknown[0], known)}"
            )
        if len(set(other.counties)) < len(other.counties):
            raise DataError(f"{where} names a county twice; keep it once")
        sets[code] = (other.name, list(other.counties))
    rows = [
        {"geography": code, "county": county, "name_sv": name.sv, "name_en": name.en}
        for code, (name, members) in sets.items()
        for county in sorted(members)
    ]
    return pl.DataFrame(rows).with_columns(_OBSERVED.alias("basis"))


def membership(
    group: RegionGroup, counties: Counties, municipalities: Municipalities, nodes: Nodes
) -> Membership:
    """The municipalities that each place is added up from.

    Parameters
    ----------
    group, counties, municipalities, nodes : as for `places`.
    """
    inside = _inside(group, counties, municipalities).select("municipality", "county")
    stands_in = pl.col("municipality").is_in(nodes["municipality"].implode())
    parts = [
        inside.select(pl.lit(group.code).alias("place"), "municipality"),
        inside.select(place="county", municipality="municipality"),
        inside.select(place="municipality", municipality="municipality"),
        nodes.select(place="node", municipality="municipality"),
    ]
    if nodes.height:
        parts += [
            inside.filter(stands_in).select(pl.lit(f"{group.code}-nodes").alias("place"), "municipality"),
            inside.filter(~stands_in).select(pl.lit(f"{group.code}-rest").alias("place"), "municipality"),
        ]
    if group.country is not None:
        parts.append(_country(group.country, municipalities))
    # A county that a scenario has moved a municipality into is itself assumed from there on.
    known = municipalities.select("municipality", "basis")
    # A municipality that stands in for an urban core inside it is a choice of the group, no observation.
    cores = nodes.filter(pl.col("kind") == "regional_core")["node"]
    stand_in = pl.col("place").is_in(cores.implode())
    return (
        pl.concat(parts)
        .join(known, on="municipality", maintain_order="left")
        .with_columns(pl.when(stand_in).then(pl.lit("assumed")).otherwise("basis").alias("basis"))
    )


def _country(country: Country, municipalities: pl.DataFrame) -> pl.DataFrame:
    if municipalities.height != country.municipalities:
        raise DataError(
            f"the register holds {municipalities.height} municipalities, but group.toml says that "
            f"{country.name.en} has {country.municipalities}; correct either, or leave [country] out"
        )
    return municipalities.select(pl.lit(country.code).alias("place"), "municipality")


def _inside(group: RegionGroup, counties: pl.DataFrame, municipalities: pl.DataFrame) -> pl.DataFrame:
    known = counties["county"].to_list()
    if unknown := sorted(set(group.counties) - set(known)):
        raise DataError(
            f"group.toml names the counties {unknown}, which do not exist in the register; "
            f"{nearest(unknown[0], known)}"
        )
    inside = municipalities.filter(pl.col("county").is_in(list(group.counties)))
    if empty := sorted(set(group.counties) - set(inside["county"])):
        raise DataError(f"the register has no municipality in the counties {empty} of group.toml")
    return inside


def _nodes_inside(group: RegionGroup, nodes: pl.DataFrame, inside: pl.DataFrame) -> None:
    outside = nodes.filter(~pl.col("municipality").is_in(inside["municipality"].implode()))
    if outside.height:
        raise DataError(
            f"the nodes {some(outside['node'])} have a municipality outside the group; correct nodes.csv"
        )
    taken = {group.code, f"{group.code}-nodes", f"{group.code}-rest"} & set(nodes["node"])
    if taken:
        raise DataError(
            f"the group's own codes {some(sorted(taken))} are nodes' too; choose others in nodes.csv"
        )
