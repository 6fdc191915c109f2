"""The municipalities and main towns as GeoJSON, for the scripts of maps."""

import json
from typing import Any

import numpy as np
import polars as pl

from storregion.core import geodesy
from storregion.core.language import Language
from storregion.publish.labels import municipality_labels
from storregion.publish.site import Site


def geojson(site: Site, language: Language) -> bytes:
    """The municipalities in WGS 84, the main towns, and the names of all municipalities of the country.

    Parameters
    ----------
    site, language : of the page.

    Returns
    -------
    A feature collection. A feature has `code`, `name` and `point`, where its people are; beside the features
    stand `towns`, each a name, longitude and latitude with the largest first, and `names` by code.
    """
    import shapely

    names = {code: label.text for code, label in municipality_labels(site, language).items()}
    features = []
    points = site.workspace.table("municipality_points").sort("municipality")
    for code, east, north in points.select("municipality", "east", "north").iter_rows():
        if code not in site.atlas.geometries:
            continue
        shape = shapely.transform(site.atlas.geometries[code], _turned)
        point = _turned(np.array([[east, north]]))[0].tolist()
        properties = {"code": code, "name": names[code], "point": point}
        geometry = json.loads(shapely.to_geojson(shape))
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    rows = main_towns(site).select("name", pl.col("longitude", "latitude").round(4))
    towns = [list(row) for row in rows.iter_rows()]
    found = {"type": "FeatureCollection", "features": features, "towns": towns, "names": names}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _turned(points: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Points in SWEREF 99 TM as longitude and latitude."""
    return np.round(np.column_stack(geodesy.degrees(points[:, 0], points[:, 1])), 4)


def main_towns(site: Site) -> pl.DataFrame:
    """The nodes, those in the municipalities with most people first."""
    last = pl.col("year") == pl.col("year").max()
    sizes = site.workspace.table("growth").filter(last).select("place", size="persons")
    nodes = site.workspace.table("nodes").join(sizes, left_on="municipality", right_on="place", how="left")
    return nodes.sort("size", "node", descending=[True, False], nulls_last=True)
