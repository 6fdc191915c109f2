"""A GeoJSON file of areas as a grid of words: a row for each feature, its shape beside its properties."""

import json
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from storregion.core.errors import CallError, DataError
from storregion.core.table import listed
from storregion.intake.grid import Grid, decoded, read_bytes, within

GEOMETRY = "geometry"
"""What the shapes of a file of areas are called among its columns; their cells are WKB in hexadecimal."""


def read_geojson(path: Path) -> Grid:
    """Read a GeoJSON file of areas: a row for each feature, its shape beside its properties.

    Parameters
    ----------
    path : the file.

    Raises
    ------
    DataError
        It is not GeoJSON, or a feature has no area for a shape.
    CallError
        The package that reads shapes is not installed.
    """
    if find_spec("shapely") is None:
        raise CallError("reading GeoJSON needs shapely; install with: pip install shapely")
    import shapely

    try:
        features = json.loads(decoded(path, read_bytes(path), "utf-8"))["features"]
        properties = [feature["properties"] or {} for feature in features]
        shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    except (ValueError, KeyError, TypeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise DataError(f"{path} is not GeoJSON of features with shapes ({error})") from None
    rows = pl.int_range(1, len(features) + 1, eager=True)
    wrong = [
        f"feature {row} has no area for a shape"
        for row, shape in zip(rows, shapes, strict=True)
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty
    ]
    if wrong:
        raise DataError(f"{path}:\n  {listed(wrong)}")
    names = tuple(dict.fromkeys(name for one in properties for name in one if name != GEOMETRY))
    within(path, len(features) * (len(names) + 1))
    words = [
        pl.Series(
            str(at), [None if (v := one.get(name)) is None else str(v) for one in properties], dtype=pl.String
        )
        for at, name in enumerate(names)
    ]
    words.append(pl.Series(str(len(names)), shapely.to_wkb(shapes, hex=True, byte_order=1), dtype=pl.String))
    return Grid((*names, GEOMETRY), pl.DataFrame(words), rows)
