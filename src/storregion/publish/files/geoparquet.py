"""What Parquet files with shapes say of them, after the specification GeoParquet 1.1."""

import json
from functools import cache
from typing import Any

import polars as pl

SRS = 3006
"""SWEREF 99 TM, in which every column of shapes lies."""


def geo_metadata(frame: pl.DataFrame) -> dict[str, str]:
    """The metadata that make a Parquet file a GeoParquet file; nothing for a table without shapes.

    Parameters
    ----------
    frame : the rows; every column of bytes holds shapes as well-known binary in SWEREF 99 TM.

    Returns
    -------
    The value of the key `geo`: encoding, types, reference system (PROJJSON) and box of each column.
    """
    shapes = [name for name, dtype in frame.schema.items() if dtype == pl.Binary]
    if not shapes:
        return {}
    document = {
        "version": "1.1.0",
        "primary_column": shapes[0],
        "columns": {name: _column(frame[name]) for name in shapes},
    }
    return {"geo": json.dumps(document, ensure_ascii=False)}


def _column(shapes: pl.Series) -> dict[str, Any]:
    import shapely

    found = shapely.from_wkb(shapes.drop_nulls().to_numpy())
    about: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in found}),
        "crs": _system(),
    }
    return about | ({"bbox": shapely.total_bounds(found).tolist()} if len(found) else {})


@cache
def _system() -> dict[str, Any]:
    import pyproj

    return pyproj.CRS.from_epsg(SRS).to_json_dict()
