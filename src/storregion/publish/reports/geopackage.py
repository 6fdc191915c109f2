"""Layers as a GeoPackage in SWEREF 99 TM, with a style for each that QGIS uses when it opens the layer.

The file follows OGC GeoPackage 1.3 (12-128r17): features and attribute tables, and the schema extension for
what columns mean. Styles lie in the table `layer_styles`, as QGIS itself writes them.
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

SRS = 3006
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
    """A layer: rows of values after their shape (None where the table has none), and its style in QGIS."""

    name: str
    title: str
    shape: str | None
    fields: Sequence[Field]
    rows: Sequence[tuple[Any, Sequence[Value]]]
    style: str = ""


def package(layers: Sequence[Layer], date: datetime.date) -> bytes:
    """Layers as the bytes of a GeoPackage; the same layers give the same bytes.

    Parameters
    ----------
    layers : the layers.
    date : the day that the file is dated by.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "layers.gpkg"
        with sqlite3.connect(path) as connection:
            _frame(connection)
            when = f"{date.isoformat()}T00:00:00.000Z"
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
                "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
                (when,),
            )
            for layer in layers:
                _write(connection, layer, when)
        connection.close()
        return path.read_bytes()


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

_STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256),
  f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30),
  styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
  update_time DATETIME)
"""
"""Where QGIS looks for the style of a layer when it opens one."""


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
    connection.execute(_STYLES)
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
    if layer.style:
        style = ("", "", layer.name, "geom", layer.name, layer.style, "", 1, layer.title, "", None, when)
        connection.execute(
            "INSERT INTO layer_styles VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", style
        )
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
