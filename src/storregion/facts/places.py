"""The places a group is made of: municipalities, counties, localities, nodes, and their shapes."""

from typing import Annotated

import polars as pl

from storregion.core.errors import DataError, nearest
from storregion.core.group import Country, RegionGroup
from storregion.core.language import Text
from storregion.core.table import Column, Schema, basis

MUNICIPALITY = r"\d{4}"
COUNTY = r"\d\d"
NODE_KINDS = ("city", "regional_core")
PLACE_KINDS = ("country", "group", "nodes", "rest", "county", "municipality", "node")


def municipality(*, key: bool = False, about: Text | None = None) -> Column:
    """The column that names a municipality by its four-digit code."""
    return Column(
        "municipality",
        pl.String,
        "code",
        Text("Kommun", "Municipality"),
        about
        or Text(
            "Kommunkod enligt SCB, fyra siffror.", "Municipality code of Statistics Sweden, four digits."
        ),
        key=key,
        pattern=MUNICIPALITY,
        refers=("municipalities", "municipality"),
    )


def county(*, key: bool = False, country: bool = False) -> Column:
    """The column that names a county by its two-digit code.

    Parameters
    ----------
    key : whether it is part of the key.
    country : whether the country's own code may stand among them; the source then says which it is.
    """
    return Column(
        "county",
        pl.String,
        "code",
        Text("Län", "County"),
        Text(
            "Länskod enligt SCB, två siffror; 00 är riket.",
            "County code of Statistics Sweden; 00 is the country.",
        ),
        key=key,
        pattern=COUNTY,
        refers=("counties and country" if country else "counties", "county"),
    )


def _name(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.String, "name", label, about)


def _latitude(of: Text) -> Column:
    label = Text("Latitud", "Latitude")
    about = Text(f"Latitud i WGS 84 för {of.sv}.", f"Latitude in WGS 84 of {of.en}.")
    return Column("latitude", pl.Float64, "degrees", label, about, least=55.0, most=70.0)


def _longitude(of: Text) -> Column:
    label = Text("Longitud", "Longitude")
    about = Text(f"Longitud i WGS 84 för {of.sv}.", f"Longitude in WGS 84 of {of.en}.")
    return Column("longitude", pl.Float64, "degrees", label, about, least=10.0, most=25.0)


COUNTIES = Schema(
    "counties",
    Text("Län", "Counties"),
    Text("Sveriges län med kod och namn.", "The counties of Sweden with code and name."),
    (
        Column(
            "county",
            pl.String,
            "code",
            Text("Län", "County"),
            Text("Länskod enligt SCB, två siffror.", "County code of Statistics Sweden, two digits."),
            key=True,
            pattern=COUNTY,
        ),
        _name("name_sv", Text("Namn", "Name"), Text("Länets namn.", "The county's name in Swedish.")),
        _name(
            "name_en",
            Text("Engelskt namn", "English name"),
            Text("Länets engelska namn.", "Its English name."),
        ),
        basis(),
    ),
)
Counties = Annotated[pl.DataFrame, COUNTIES]

MUNICIPALITIES = Schema(
    "municipalities",
    Text("Kommuner", "Municipalities"),
    Text(
        "Sveriges kommuner med län, landareal och punkt.", "Municipalities with county, land area and point."
    ),
    (
        Column(
            "municipality",
            pl.String,
            "code",
            Text("Kommun", "Municipality"),
            Text(
                "Kommunkod enligt SCB, fyra siffror.", "Municipality code of Statistics Sweden, four digits."
            ),
            key=True,
            pattern=MUNICIPALITY,
        ),
        _name("name", Text("Namn", "Name"), Text("Kommunens namn.", "The municipality's name.")),
        county(),
        Column(
            "land_km2",
            pl.Float64,
            "km2",
            Text("Landareal", "Land area"),
            Text("Landareal i kvadratkilometer.", "Land area in square kilometres."),
            least=1.0,
        ),
        _latitude(
            Text(
                "kommunens största tätort, annars kommunens punkt", "its largest locality, else its own point"
            )
        ),
        _longitude(
            Text(
                "kommunens största tätort, annars kommunens punkt", "its largest locality, else its own point"
            )
        ),
        basis(),
    ),
)
Municipalities = Annotated[pl.DataFrame, MUNICIPALITIES]

LOCALITIES = Schema(
    "localities",
    Text("Tätorter", "Localities"),
    Text(
        "Landets tätorter med folkmängd, punkt och areal, enligt den avgränsning som källan anger.",
        "The localities (tätorter) of the country with population, point and area, as their source delimits "
        "them.",
    ),
    (
        Column(
            "locality",
            pl.String,
            "code",
            Text("Tätort", "Locality"),
            Text("Tätortskod enligt SCB.", "Locality code of Statistics Sweden."),
            key=True,
            pattern=r"\d{4}T[BC]\d{3}",
        ),
        _name("name", Text("Namn", "Name"), Text("Tätortens namn.", "The locality's name.")),
        municipality(
            about=Text(
                "Kommunen som tätorten är kodad till; en tätort kan sträcka sig över kommungränsen.",
                "The municipality the locality is coded to; a locality may cross borders.",
            )
        ),
        Column(
            "population",
            pl.Int64,
            "persons",
            Text("Folkmängd", "Population"),
            Text("Folkmängd i tätorten.", "Population of the locality."),
            least=0,
        ),
        _latitude(Text("tätorten", "the locality")),
        _longitude(Text("tätorten", "the locality")),
        Column(
            "area_ha",
            pl.Int64,
            "hectares",
            Text("Areal", "Area"),
            Text("Tätortens landareal i hektar.", "The locality's land area in hectares."),
            least=0,
        ),
        basis(),
    ),
)
Localities = Annotated[pl.DataFrame, LOCALITIES]

NODES = Schema(
    "nodes",
    Text("Nodstäder", "Node cities"),
    Text(
        "Gruppens nodstäder och regionala stadskärnor, med punkt och kommun som ställföreträdare.",
        "The group's node cities and regional urban cores, with a point and a municipality as stand-in.",
    ),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nodstad", "Node"),
            Text("Nodens kod.", "The node's code."),
            key=True,
            pattern=r"[a-z][a-z-]*",
        ),
        _name("name", Text("Namn", "Name"), Text("Nodens namn.", "The node's name.")),
        Column(
            "kind",
            pl.String,
            "code",
            Text("Slag", "Kind"),
            Text(
                "city (stad) eller regional_core (regional stadskärna).",
                "city, or regional_core: an urban core inside a larger urban area.",
            ),
            choices=NODE_KINDS,
        ),
        municipality(
            about=Text(
                "Kommunen som står för noden i statistik som bara finns per kommun.",
                "The municipality that stands in for the node where statistics exist by municipality only.",
            )
        ),
        _latitude(Text("noden", "the node")),
        _longitude(Text("noden", "the node")),
        Column(
            "point",
            pl.String,
            "text",
            Text("Punktens källa", "Source of the point"),
            Text("Varifrån punkten kommer.", "Where the point comes from."),
        ),
        Column(
            "basis",
            pl.String,
            "code",
            Text("Grund", "Basis"),
            Text(
                "observed där punkten är publicerad, assumed där den är läst på karta.",
                "observed where the point is published, assumed where it was read off a map.",
            ),
            choices=("observed", "assumed"),
        ),
    ),
)
Nodes = Annotated[pl.DataFrame, NODES]

NODE_LOCALITIES = Schema(
    "node_localities",
    Text("Nodernas tätorter", "The nodes' localities"),
    Text("Tätorterna som varje nod ligger i.", "The localities that each node lies in."),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nodstad", "Node"),
            Text("Nodens kod.", "The node's code."),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "locality",
            pl.String,
            "code",
            Text("Tätort", "Locality"),
            Text("Tätortskod enligt SCB.", "Locality code of Statistics Sweden."),
            key=True,
            refers=("localities", "locality"),
        ),
        basis(),
    ),
)
NodeLocalities = Annotated[pl.DataFrame, NODE_LOCALITIES]

NODE_STATIONS = Schema(
    "node_stations",
    Text("Nodernas stationer", "The nodes' stations"),
    Text(
        "Namnen på de stationer som står för en nod, där de inte väljs efter trafiken.",
        "The names of the stations that stand for a node, where they are not chosen by service.",
    ),
    (
        Column(
            "node",
            pl.String,
            "code",
            Text("Nodstad", "Node"),
            Text("Nodens kod.", "The node's code."),
            key=True,
            refers=("nodes", "node"),
        ),
        Column(
            "name",
            pl.String,
            "name",
            Text("Station", "Station"),
            Text("Stationens namn som i tidtabellen.", "The station's name as in the timetable."),
            key=True,
        ),
        basis(),
    ),
)
NodeStations = Annotated[pl.DataFrame, NODE_STATIONS]

BOUNDARIES = Schema(
    "boundaries",
    Text("Gränser", "Boundaries"),
    Text(
        "Kommunernas och länens ytor i SWEREF 99 TM (EPSG:3006), sjöar urtagna, förenklade för "
        "översiktskartor.",
        "The shapes of municipalities and counties in SWEREF 99 TM (EPSG:3006), lakes cut out, simplified.",
    ),
    (
        Column(
            "area",
            pl.String,
            "code",
            Text("Område", "Area"),
            Text("Kommunkod eller länskod.", "Municipality or county code."),
            key=True,
            pattern=rf"{MUNICIPALITY}|{COUNTY}",
        ),
        Column(
            "geometry",
            pl.Binary,
            "wkb",
            Text("Geometri", "Geometry"),
            Text("Multipolygon som WKB, meter.", "Multipolygon as WKB, metres."),
        ),
        Column(
            "area_km2",
            pl.Float64,
            "km2",
            Text("Ytans storlek", "Size of the shape"),
            Text(
                "Den förenklade ytans storlek; för kontroll, inte för statistik.",
                "Size of the simplified shape; for checking, not for statistics.",
            ),
            least=0.0,
        ),
        basis(),
    ),
)
Boundaries = Annotated[pl.DataFrame, BOUNDARIES]

MUNICIPALITY_POINTS = Schema(
    "municipality_points",
    Text("Kommunernas punkter", "Points of municipalities"),
    Text(
        "En punkt i SWEREF 99 TM för varje kommun, för avstånd mellan kommuner.",
        "A point in SWEREF 99 TM for every municipality, for distances between them.",
    ),
    (
        municipality(key=True),
        Column(
            "east",
            pl.Float64,
            "metres",
            Text("Öst", "East"),
            Text("Östkoordinat i SWEREF 99 TM, meter.", "Easting in SWEREF 99 TM, metres."),
            least=200_000.0,
            most=1_000_000.0,
        ),
        Column(
            "north",
            pl.Float64,
            "metres",
            Text("Nord", "North"),
            Text("Nordkoordinat i SWEREF 99 TM, meter.", "Northing in SWEREF 99 TM, metres."),
            least=6_100_000.0,
            most=7_700_000.0,
        ),
        Column(
            "basis",
            pl.String,
            "code",
            Text("Grund", "Basis"),
            Text(
                "observed där registrets punkt ligger i kommunen, estimated där en punkt inne i "
                "ytan tagits i stället.",
                "observed where the register's point lies in the municipality, estimated where a "
                "point within the "
                "shape was taken instead.",
            ),
            choices=("observed", "estimated", "assumed"),
        ),
    ),
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
    # Loaded here: together they take longer to import than all the rest.
    import pyproj
    import shapely

    both = municipalities.join(boundaries, left_on="municipality", right_on="area", maintain_order="left")
    if both.height != municipalities.height:
        lost = set(municipalities["municipality"]) - set(both["municipality"])
        raise DataError(f"the municipalities {sorted(lost)} have no boundary; add their shapes")
    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True).transform
    points = shapely.points(*project(both["longitude"].to_numpy(), both["latitude"].to_numpy()))
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


PLACES = Schema(
    "places",
    Text("Platser", "Places"),
    Text(
        "Alla platser som gruppen redovisar: riket, gruppen, noderna tillsammans, övriga gruppen, län, "
        "kommuner, noder.",
        "Every place reported on: country, group, the nodes together, the rest, counties, municipalities, "
        "nodes.",
    ),
    (
        Column(
            "place",
            pl.String,
            "code",
            Text("Plats", "Place"),
            Text(
                "Platsens kod: SCB:s kod för riket, län och kommuner, egen kod för gruppen och noderna.",
                "The place's code: that of Statistics Sweden, or the group's own for itself and its nodes.",
            ),
            key=True,
        ),
        Column(
            "kind",
            pl.String,
            "code",
            Text("Slag", "Kind"),
            Text(
                "country (riket), group (gruppen), nodes (nodkommunerna tillsammans), rest (övriga kommuner "
                "i gruppen), county (län), municipality (kommun) eller node (nod).",
                "country, group, nodes (the node municipalities together), rest (the group's other "
                "municipalities), county, municipality or node.",
            ),
            choices=PLACE_KINDS,
        ),
        _name("name_sv", Text("Namn", "Name"), Text("Namn på svenska.", "Name in Swedish.")),
        _name(
            "name_en", Text("Engelskt namn", "English name"), Text("Namn på engelska.", "Name in English.")
        ),
        Column(
            "county",
            pl.String,
            "code",
            Text("Län", "County"),
            Text(
                "Länet som platsen ligger i; tomt för större platser.",
                "The place's county; empty for larger ones.",
            ),
            optional=True,
        ),
        basis(),
    ),
)
Places = Annotated[pl.DataFrame, PLACES]

MEMBERSHIP = Schema(
    "membership",
    Text("Platsernas kommuner", "The municipalities of each place"),
    Text(
        "Vilka kommuner varje plats räknas ihop av.",
        "Which municipalities each place is added up from.",
    ),
    (
        Column(
            "place",
            pl.String,
            "code",
            Text("Plats", "Place"),
            Text("Platsens kod.", "The place's code."),
            key=True,
        ),
        municipality(key=True),
        basis(),
    ),
)
Membership = Annotated[pl.DataFrame, MEMBERSHIP]

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
            f"group.toml names the counties {unknown}, which the register lacks; {nearest(unknown[0], known)}"
        )
    inside = municipalities.filter(pl.col("county").is_in(list(group.counties)))
    if empty := sorted(set(group.counties) - set(inside["county"])):
        raise DataError(f"the register has no municipality in the counties {empty} of group.toml")
    return inside


def _nodes_inside(group: RegionGroup, nodes: pl.DataFrame, inside: pl.DataFrame) -> None:
    outside = nodes.filter(~pl.col("municipality").is_in(inside["municipality"].implode()))
    if outside.height:
        raise DataError(
            f"the nodes {outside['node'].to_list()} have a municipality outside the group; correct nodes.csv"
        )
    taken = {group.code, f"{group.code}-nodes", f"{group.code}-rest"} & set(nodes["node"])
    if taken:
        raise DataError(f"the node codes {sorted(taken)} are the group's own; choose others in nodes.csv")
