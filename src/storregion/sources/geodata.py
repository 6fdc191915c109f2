"""Statistics Sweden's geodata: areas within municipalities, each kind a file of one area a line."""

from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl

from storregion.errors import DataError
from storregion.facts import small_areas as facts
from storregion.lineage import Raw

LARGEST = 512 * 2**20
"""Bytes that a file of shapes may hold."""
_LINE = {
    "code": pl.String,
    "name": pl.String,
    "municipality": pl.String,
    "population": pl.Int64,
    "wkb": pl.String,
}


def small_areas(
    deso: Annotated[Path | None, Raw("small_areas_deso.jsonl", optional=True)],
    regso: Annotated[Path | None, Raw("small_areas_regso.jsonl", optional=True)],
    localities: Annotated[Path | None, Raw("small_areas_locality.jsonl", optional=True)],
    grid: Annotated[Path | None, Raw("small_areas_grid_1km.jsonl", optional=True)],
) -> facts.SmallAreas:
    """Every area that was fetched, its shape made valid; no rows before that.

    Raises
    ------
    DataError
        A file is damaged, or a shape lies outside Sweden.
    """
    raws = zip(facts.KINDS, (deso, regso, localities, grid), strict=True)
    frames = [_read(kind, raw) for kind, raw in raws if raw is not None]
    if not frames:
        return pl.DataFrame(schema={column.name: column.dtype for column in facts.SMALL_AREAS.columns})
    return pl.concat(frames)


def _read(kind: str, raw: Path) -> pl.DataFrame:
    import shapely

    if (size := raw.stat().st_size) > LARGEST:
        raise DataError(f"{raw} holds {size} bytes; at most {LARGEST} are read")
    try:
        lines = pl.read_ndjson(raw, schema=_LINE)
        shapes = shapely.from_wkb([bytes.fromhex(shape) for shape in lines["wkb"]])
    except (pl.exceptions.PolarsError, ValueError, TypeError, shapely.errors.ShapelyError) as error:
        raise DataError(f"{raw} is damaged ({str(error).splitlines()[0]}); fetch it again") from None
    valid = shapely.make_valid(shapes)
    west, south, east, north = shapely.bounds(valid).T
    inside = (west > 200_000) & (east < 1_000_000) & (south > 6_100_000) & (north < 7_700_000)
    if not np.all(inside):
        outside = lines["code"].filter(pl.Series(~inside)).to_list()
        raise DataError(f"{raw}: the shapes of {outside[:8]} lie outside Sweden")
    return lines.select(
        pl.lit(kind).alias("kind"),
        "code",
        "name",
        "municipality",
        "population",
        geometry=pl.Series(shapely.to_wkb(valid), dtype=pl.Binary),
        area_km2=pl.Series(shapely.area(valid) / 1e6),
        basis=pl.lit("observed"),
    )
