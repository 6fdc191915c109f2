"""A place's map layers as a GeoPackage in SWEREF 99 TM, for a plan's "utvecklingsinriktning".

The file follows OGC GeoPackage 1.3 (12-128r17): features and attribute tables, and the schema extension for
what columns mean. Boverket's ÖP-modell 2.1 (August 2020) names the aspect and its categories; the layers
`noder` and `pendlingsrelationer` carry them in `aspekt` and `kategori`, and show functions, not land. The
attribute names of Boverket's own database could not be read, so the other columns' names are ours.
"""

import datetime
import sqlite3
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from storregion.core import geodesy
from storregion.core.lineage import Figure
from storregion.publish.reports.subject import Subject

SRS = 3006
ASPECT = "Utvecklingsinriktning"


_APPLICATION, _VERSION = 0x47504B47, 10300


Value = str | int | float | None


_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL"}


@dataclass(frozen=True)
class Field:
    """A column: its name, the type of its values, and what it means."""

    name: str
    kind: type
    about: str


@dataclass(frozen=True)
class Layer:
    """A layer: rows of values after their shape (None where the table has no shapes)."""

    name: str
    title: str
    shape: str | None
    fields: Sequence[Field]
    rows: Sequence[tuple[Any, Sequence[Value]]]


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
    with TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        with sqlite3.connect(path) as connection:
            _frame(connection)
            when = f"{date.isoformat()}T00:00:00.000Z"
            for layer in layers(it):
                _write(connection, layer, when)
        connection.close()
        return path.read_bytes()


def layers(it: Subject) -> list[Layer]:
    """The place's municipalities, the nodes, commuting to them, its localities, and where all is from.

    Parameters
    ----------
    it : the place.
    """
    found = [_municipalities(it), _nodes(it), _localities(it)]
    if it.there("commuting", "municipality_points"):
        found.insert(2, _relations(it))
    return [*found, _sources(it)]


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
    return Layer("kommuner", "Kommuner med folkmängd och tillväxt", "MULTIPOLYGON", fields, rows)


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
    return Layer("noder", "Nodstäder och regionala stadskärnor", "POINT", fields, rows)


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
    homes = it.workspace.table("nodes")["municipality"].unique().to_list()
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
    return Layer("pendlingsrelationer", "Pendling mellan platsen och noderna", "LINESTRING", fields, rows)


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
    return Layer("tatorter", "Tätorter i platsen", "POINT", fields, rows)


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
    tables = [t for t in ("growth", "nodes", "commuting", "localities", "boundaries") if it.there(t)]
    rows = [
        (None, (table, it.workspace.key(table), o.producer, o.title.sv, o.licence, o.defects.sv, o.sha256))
        for table in tables
        for o in it.workspace.origins(table)
    ]
    return Layer("kallor", "Källor till siffror och geometri", None, fields, rows)


_CORE = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL,
  definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL,
  identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
  definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT,
  description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL,
  value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
"""


@cache
def _definition(code: int) -> str:
    import pyproj

    return str(pyproj.CRS.from_epsg(code).to_wkt("WKT1_GDAL"))


def _frame(connection: sqlite3.Connection) -> None:
    """The tables that make a database a GeoPackage."""
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
    connection.executescript(_CORE)
    systems = [
        ("Undefined cartesian SRS", -1, "NONE", -1, "undefined", None),
        ("Undefined geographic SRS", 0, "NONE", 0, "undefined", None),
        ("WGS 84 geodetic", 4326, "EPSG", 4326, _definition(4326), None),
        ("SWEREF 99 TM", SRS, "EPSG", SRS, _definition(SRS), None),
    ]
    connection.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", systems)
    schema = ("gpkg_schema", "http://www.geopackage.org/spec131/#extension_schema", "read-write")
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        connection.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)", (table, *schema))


def _write(connection: sqlite3.Connection, layer: Layer, when: str) -> None:
    """One layer: its table, its entries in the contents, and its rows."""
    # Names are our own literals; values go in as parameters.
    columns = ", ".join(f'"{field.name}" {_TYPES[field.kind]}' for field in layer.fields)
    shape = f'"geom" {layer.shape}, ' if layer.shape else ""
    connection.execute(
        f'CREATE TABLE "{layer.name}" ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {shape}{columns})'
    )
    kind = "features" if layer.shape else "attributes"
    box = _box([found for found, _ in layer.rows]) if layer.shape else (None,) * 4
    srs = SRS if layer.shape else None
    contents = (layer.name, kind, layer.name, layer.title, when, *box, srs)
    connection.execute("INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", contents)
    if layer.shape:
        geometry = (layer.name, "geom", layer.shape, SRS)
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)", geometry)
    described = [(layer.name, field.name, field.name, field.name, field.about) for field in layer.fields]
    connection.executemany("INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, NULL)", described)
    marks = ",".join("?" * (len(layer.fields) + (1 if layer.shape else 0)))
    names = ", ".join(([] if layer.shape is None else ["geom"]) + [field.name for field in layer.fields])
    rows = [([_blob(found)] if layer.shape else []) + list(values) for found, values in layer.rows]
    connection.executemany(f'INSERT INTO "{layer.name}" ({names}) VALUES ({marks})', rows)  # noqa: S608


def _box(shapes: Sequence[Any]) -> tuple[float | None, ...]:
    import shapely

    return tuple(map(float, shapely.total_bounds(shapes))) if shapes else (None,) * 4


def _blob(shape: Any) -> bytes:
    """A shape in the GeoPackage's binary form: header with its box, then well-known binary."""
    import shapely

    west, south, east, north = shape.bounds
    head = struct.pack("<2sBBi4d", b"GP", 0, 0b00000011, SRS, west, east, south, north)
    return head + bytes(shapely.to_wkb(shape, byte_order=1, flavor="iso"))
