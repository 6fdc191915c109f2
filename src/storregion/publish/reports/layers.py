"""A place's map layers as a GeoPackage in SWEREF 99 TM, for a plan's "utvecklingsinriktning".

Boverket's ÖP-modell 2.1 (August 2020) names the aspect and its categories; the layers
`noder` and `pendlingsrelationer` carry them in `aspekt` and `kategori`, and show functions, not land. The
attribute names of Boverket's own database could not be read, so the other columns' names are ours.
"""

import datetime

import polars as pl

from storregion.core import geodesy
from storregion.core.lineage import Figure
from storregion.publish.reports import geopackage, layer_styles
from storregion.publish.reports.geopackage import Field, Layer, Value
from storregion.publish.reports.subject import Subject

ASPECT = "Utvecklingsinriktning"
NEAR = 1000.0
"""Metres within which a municipality is a neighbour and a station belongs to the place's surroundings."""


_WHERE = (
    Field("aspekt", str, "Aspekt i ÖP-modell 2.1."),
    Field("kategori", str, "Kategori i aspekten Utvecklingsinriktning, ÖP-modell 2.1."),
)


_TRACE = (
    Field("ar", int, "År som siffran gäller."),
    Field("grund", str, "observed, estimated eller assumed: observerad, uppskattad eller antagen."),
    Field("siffra", str, "Siffrans cell: tabell/kolumn?nyckel#version."),
)


def written(it: Subject, date: datetime.date) -> bytes:
    """The layers of a place as the bytes of a GeoPackage. The same tables give the same bytes.

    Parameters
    ----------
    it : the place; names are Swedish whatever its language.
    date : the day of the newest source; it dates the file.
    """
    return geopackage.package(layers(it), date)


def layers(it: Subject) -> list[Layer]:
    """The place's municipalities and neighbours, nodes, stations, commuting, localities, and the sources.

    Parameters
    ----------
    it : the place.
    """
    found = [_municipalities(it), _neighbours(it), _nodes(it)]
    if it.there("access_stations", "stops"):
        found.append(_stations(it))
    if it.there("commuting", "municipality_points"):
        found.append(_relations(it))
    return [*found, _localities(it), _sources(it)]


def _municipalities(it: Subject) -> Layer:
    import shapely

    counted = ("folkmangd", "forandring_sedan_basar", "forandring_procent_per_ar", "basar")
    fields = (
        Field("kommunkod", str, "Kommunkod enligt SCB."),
        Field("namn", str, "Kommunens namn."),
        Field("lanskod", str, "Länskod."),
        Field("ar", int, "År som siffrorna gäller."),
        Field("folkmangd", int, "Invånare den 31 december året i ar."),
        Field("forandring_sedan_basar", int, "Ändring i antal invånare sedan basåret."),
        Field("forandring_procent_per_ar", float, "Genomsnittlig ändring sedan basåret, procent per år."),
        Field("basar", int, "Basåret; tomt där ändringen inte går att ange."),
        Field("grund", str, "Radens grund, som gäller alla fyra: observed, estimated eller assumed."),
        *(
            Field(f"siffra_{name}", str, f"Cellen för {name}: tabell/kolumn?nyckel#version.")
            for name in counted
        ),
    )
    rows = []
    latest = {row["place"]: row for row in it.latest("growth").iter_rows(named=True)}
    county = {r["place"]: r["county"] for r in it.workspace.table("places").iter_rows(named=True)}
    for code in sorted(code for code in it.members if code in it.site.atlas.geometries):
        row = latest[code]
        names = ("persons", "base_change", "base_annual_percent", "base_year")
        cells = [it.cell("growth", name, row) for name in names]
        shape = it.site.atlas.geometries[code]
        shape = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
        values = [cell.value for cell in cells]
        traced = (row["basis"], *(cell.id for cell in cells))
        rows.append((shape, (code, it.names[code], county[code], row["year"], *values, *traced)))
    title = "Kommuner med folkmängd och tillväxt"
    return Layer("kommuner", title, "MULTIPOLYGON", fields, rows, layer_styles.AREA)


def _neighbours(it: Subject) -> Layer:
    """The municipalities of the whole country within a kilometre of the place's own."""
    import shapely

    fields = (
        Field("kommunkod", str, "Kommunkod enligt SCB."),
        Field("namn", str, "Kommunens namn."),
        Field("lanskod", str, "Länskod."),
        Field("grund", str, "observed, estimated eller assumed."),
    )
    names = {row["municipality"]: row for row in it.workspace.table("municipalities").iter_rows(named=True)}
    own = shapely.union_all([it.site.atlas.geometries[code] for code in it.members])
    rows = []
    for row in it.workspace.table("boundaries").sort("area").iter_rows(named=True):
        code = row["area"]
        if code not in names or code in it.members:
            continue
        shape = shapely.from_wkb(row["geometry"])
        # Simplified boundaries of neighbours, lakes cut out, seldom touch exactly.
        if shapely.dwithin(own, shape, NEAR):
            shape = shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])
            values = (code, names[code]["name"], names[code]["county"], row["basis"])
            rows.append((shape, values))
    title = "Angränsande kommuner, inom en kilometer"
    return Layer("grannkommuner", title, "MULTIPOLYGON", fields, rows, layer_styles.NEIGHBOUR)


def _stations(it: Subject) -> Layer:
    """The stations in the place and within a kilometre of it."""
    import shapely

    fields = (
        Field("station", str, "Stationens namn i tabellerna."),
        Field("namn", str, "Stationens namn."),
        Field("narmaste_nod", str, "Noden som nås snabbast."),
        Field("minuter_till_nod", float, "Typisk restid dit, minuter; tomt där ingen nås."),
        Field("avgangar", int, "Avgångar på morgonen med påstigning, alla riktningar."),
        Field("storregional", str, "ja om stationen har storregional tillgänglighet, annars nej."),
        Field("grund", str, "observed, estimated eller assumed."),
        Field("siffra", str, "Restidens cell: tabell/kolumn?nyckel#version."),
    )
    stops = it.workspace.table("stops").unique("station", keep="first", maintain_order=True)
    points = {
        row["station"]: _project(row["longitude"], row["latitude"]) for row in stops.iter_rows(named=True)
    }
    own = shapely.union_all([it.site.atlas.geometries[code] for code in it.members])
    nodes = {code: label.text for code, label in it.labels["node"].items()}
    rows = []
    for row in it.workspace.table("access_stations").sort("station").iter_rows(named=True):
        if row["station"] not in points:
            continue
        point = shapely.Point(points[row["station"]])
        if not shapely.dwithin(own, point, NEAR):
            continue
        figure = it.cell("access_stations", "node_minutes", row)
        node = nodes.get(row["nearest_node"] or "", row["nearest_node"])
        good = {"yes": "ja", "no": "nej"}.get(row["storregional"], row["storregional"])
        values = (row["station"], row["name"], node, figure.value, row["departures"], good)
        rows.append((point, (*values, figure.basis, figure.id)))
    return Layer(
        "stationer", "Stationer i platsen och inom en kilometer", "POINT", fields, rows, layer_styles.STATION
    )


def _traced(figure: Figure, year: int) -> tuple[Value, ...]:
    return year, figure.basis, figure.id


def _nodes(it: Subject) -> Layer:
    import shapely

    fields = (
        *_WHERE,
        Field("nod", str, "Nodens namn i tabellerna."),
        Field("namn", str, "Nodens namn."),
        Field("typ", str, "Nodstad eller regional stadskärna."),
        Field("kommunkod", str, "Kommunen som noden ligger i."),
        Field("i_platsen", str, "ja om noden ligger i kommunen eller länet som filen gäller, annars nej."),
        Field("grund", str, "assumed där läget är läst på karta."),
        Field("punkt", str, "Vad punkten är."),
    )
    kinds = {"city": "Nodstad", "regional_core": "Regional stadskärna"}
    rows = []
    for row in it.workspace.table("nodes").sort("node").iter_rows(named=True):
        inside = "ja" if row["municipality"] in it.members else "nej"
        point = shapely.Point(_project(row["longitude"], row["latitude"]))
        kind = kinds.get(row["kind"], row["kind"])
        values = (row["node"], row["name"], kind, row["municipality"], inside, row["basis"], row["point"])
        rows.append((point, (ASPECT, "Bebyggelse", *values)))
    return Layer("noder", "Nodstäder och regionala stadskärnor", "POINT", fields, rows, layer_styles.NODE)


def _project(longitude: float, latitude: float) -> tuple[float, float]:
    east, north = geodesy.metres(longitude, latitude)
    return round(float(east), 1), round(float(north), 1)


def _relations(it: Subject) -> Layer:
    import shapely

    fields = (
        *_WHERE,
        Field("fran_kommun", str, "Bostadskommunens kod."),
        Field("fran_namn", str, "Bostadskommunens namn."),
        Field("till_kommun", str, "Arbetskommunens kod."),
        Field("till_namn", str, "Arbetskommunens namn."),
        Field("sysselsatta", float, "Sysselsatta som bor i den ena och arbetar i den andra kommunen."),
        Field("hur", str, "published_share: bygger på publicerad andel. spread: uppskattad."),
        *_TRACE,
    )
    points = it.workspace.table("municipality_points").sort("municipality")
    where = {row["municipality"]: (row["east"], row["north"]) for row in points.iter_rows(named=True)}
    names = {code: label.text for code, label in it.labels["municipality"].items()}
    homes = it.workspace.table("nodes")["municipality"].unique(maintain_order=True).to_list()
    ours = pl.col("home").is_in(it.members) & pl.col("work").is_in(homes)
    theirs = pl.col("work").is_in(it.members) & pl.col("home").is_in(homes)
    flows = it.latest("commuting").filter(ours | theirs, pl.col("home") != pl.col("work"), sex="total")
    rows = []
    for row in flows.filter(pl.col("persons") >= 1).sort("home", "work").iter_rows(named=True):
        figure = it.cell("commuting", "persons", row)
        ends = (row["home"], names[row["home"]], row["work"], names[row["work"]])
        line = shapely.LineString([where[row["home"]], where[row["work"]]])
        values = (*ends, figure.value, row["cell"], *_traced(figure, row["year"]))
        rows.append((line, (ASPECT, "Kommunikationer", *values)))
    title = "Pendling mellan platsen och noderna"
    return Layer("pendlingsrelationer", title, "LINESTRING", fields, rows, layer_styles.FLOW)


def _localities(it: Subject) -> Layer:
    import shapely

    fields = (
        Field("tatortskod", str, "Tätortskod enligt SCB."),
        Field("namn", str, "Tätortens namn."),
        Field("kommunkod", str, "Kommun."),
        Field("folkmangd", int, "Folkmängd i tätorten."),
        Field("grund", str, "observed, estimated eller assumed."),
        Field("siffra", str, "Siffrans cell: tabell/kolumn?nyckel#version."),
    )
    inside = it.workspace.table("localities").filter(pl.col("municipality").is_in(it.members))
    rows = []
    for row in inside.sort("locality").iter_rows(named=True):
        if row["longitude"] is None or row["latitude"] is None:
            continue
        figure = it.cell("localities", "population", row)
        point = shapely.Point(_project(row["longitude"], row["latitude"]))
        values = (row["locality"], row["name"], row["municipality"], figure.value, figure.basis, figure.id)
        rows.append((point, values))
    return Layer("tatorter", "Tätorter i platsen", "POINT", fields, rows, layer_styles.LOCALITY)


def _sources(it: Subject) -> Layer:
    fields = (
        Field("tabell", str, "Tabellens namn."),
        Field("version", str, "Tabellens version; ändras när något bakom den gör det."),
        Field("utgivare", str, "Vem som gett ut filen."),
        Field("titel", str, "Vad filen heter."),
        Field("licens", str, "Filens licens."),
        Field("brister", str, "Kända brister."),
        Field("sha256", str, "Filens kontrollsumma."),
    )
    wanted = ("growth", "nodes", "access_stations", "commuting", "localities", "boundaries")
    tables = [table for table in wanted if it.there(table)]
    rows = [
        (None, (table, it.workspace.key(table), o.producer, o.title.sv, o.licence, o.defects.sv, o.sha256))
        for table in tables
        for o in it.workspace.origins(table)
    ]
    return Layer("kallor", "Källor till siffror och geometri", None, fields, rows)
