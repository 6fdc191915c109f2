"""Statistics Sweden's geodata: areas within municipalities, each kind a file of one area a line."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl

from storregion.core import columns, figurefile, geodesy
from storregion.core.errors import DataError, some
from storregion.core.lineage import Raw
from storregion.facts import cells, places
from storregion.facts import small_areas as facts
from storregion.facts.places import Boundaries, Municipalities
from storregion.facts.settlement import SIZE
from storregion.facts.small_areas import SMALL_AREAS

LARGEST = 512 * 2**20
"""Bytes that a file of shapes may hold."""
_LINE = {
    "code": pl.String,
    "name": pl.String,
    "municipality": pl.String,
    "population": pl.Int64,
    "wkb": pl.String,
}


LINES = columns.schema(
    "small_areas",
    __name__,
    SMALL_AREAS["kind"],
    SMALL_AREAS["code"],
    SMALL_AREAS["name"],
    SMALL_AREAS["municipality"],
    SMALL_AREAS["population"],
    replace(SMALL_AREAS["geometry"], dtype=pl.String),
    with_basis=False,
)
"""What a file of one kind of areas carries; area and basis are the step's to say."""


def written(areas: pl.DataFrame) -> bytes:
    """Areas as the step reads them, a line of JSON for each, in order of code.

    Parameters
    ----------
    areas : some or all of the columns of `LINES`, the shapes as WKB in hexadecimal.
    """
    lines = areas.rename({"geometry": "wkb"})
    missing = [pl.lit(None, kind).alias(name) for name, kind in _LINE.items() if name not in lines.columns]
    return lines.with_columns(missing).select(list(_LINE)).sort("code").write_ndjson().encode()


def small_areas(
    deso: Annotated[
        Path | None, Raw("small_areas_deso.jsonl", optional=True, carries=LINES, written=written)
    ],
    regso: Annotated[
        Path | None, Raw("small_areas_regso.jsonl", optional=True, carries=LINES, written=written)
    ],
    localities: Annotated[
        Path | None, Raw("small_areas_locality.jsonl", optional=True, carries=LINES, written=written)
    ],
    grid: Annotated[
        Path | None, Raw("small_areas_grid_1km.jsonl", optional=True, carries=LINES, written=written)
    ],
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


def localities(
    raw: Annotated[Path, Raw("localities_2020.csv")],
    shapes: Annotated[
        Path | None, Raw("small_areas_locality.jsonl", optional=True, carries=LINES, written=written)
    ],
    municipalities: Municipalities,
) -> places.Localities:
    """The localities (tätorter): those whose shapes are fetched, else the bundled ones.

    Parameters
    ----------
    raw : the bundled ones, with the publisher's point and land area.
    shapes : the fetched ones; their point lies on the shape, and their area is the shape's.
    municipalities : which there are.
    """
    if shapes is None:
        known = {("municipalities", "municipality"): municipalities["municipality"]}
        return figurefile.read(raw, places.LOCALITIES, known=known).with_columns(basis=pl.lit("observed"))
    import shapely

    found = _read("locality", shapes)
    points = shapely.get_coordinates(shapely.point_on_surface(shapely.from_wkb(found["geometry"].to_numpy())))
    longitude, latitude = geodesy.degrees(points[:, 0], points[:, 1])
    return found.select(
        pl.col("code").alias("locality"),
        "name",
        "municipality",
        "population",
        latitude=pl.Series(latitude),
        longitude=pl.Series(longitude),
        area_ha=(pl.col("area_km2") * 100).round().cast(pl.Int64),
        basis="basis",
    )


def population_grid(
    raw: Annotated[Path | None, Raw("population_grid.csv", optional=True)],
    squares: Annotated[
        Path | None, Raw("small_areas_grid_1km.jsonl", optional=True, carries=LINES, written=written)
    ],
    municipalities: Municipalities,
    boundaries: Boundaries,
) -> cells.PopulationGrid:
    """Population by square kilometre: a file of the group's own, else the fetched squares, else no rows.

    Parameters
    ----------
    raw : the group's own file, which names each cell's municipality.
    squares : the publisher's squares, which do not.
    municipalities, boundaries : a square belongs to the municipality that its centre lies in or nearest to.

    Raises
    ------
    DataError
        A square is not part of the national grid, or has no population.
    """
    known = {("municipalities", "municipality"): municipalities["municipality"]}
    if raw is not None:
        return figurefile.read(raw, cells.POPULATION_GRID, known=known).with_columns(basis=pl.lit("observed"))
    if squares is None:
        return pl.DataFrame(schema={column.name: column.dtype for column in cells.POPULATION_GRID.columns})
    import shapely

    found = _read("grid_1km", squares)
    bounds = shapely.bounds(shapely.from_wkb(found["geometry"].to_numpy())) / SIZE
    corners = np.rint(bounds).astype(np.int64)
    # A metre's worth of rounding is let be.
    off = (np.abs(bounds - corners).max(axis=1) > 0.001) | np.any(
        corners[:, 2:] - corners[:, :2] != 1, axis=1
    )
    if wrong := found["code"].filter(pl.Series(off)).to_list():
        raise DataError(f"{squares}: {some(wrong)} are not squares of the national grid of 1 km")
    if missing := found["code"].filter(found["population"].is_null()).to_list():
        raise DataError(f"{squares}: the squares {some(missing)} have no population; name its property")
    shapes = boundaries.join(municipalities, left_on="area", right_on="municipality", how="semi")
    at = pl.DataFrame({"column": corners[:, 0], "row": corners[:, 1]})
    middle = (pl.col("column", "row") + 0.5) * SIZE
    return at.select(
        pl.format("{}_{}", "column", "row").alias("cell"),
        _homes(at, shapes),
        middle.name.map({"column": "east", "row": "north"}.__getitem__),
        residents=found["population"].cast(pl.Float64),
        basis=pl.lit("observed"),
    ).sort("cell")


def _homes(at: pl.DataFrame, boundaries: pl.DataFrame) -> pl.Series:
    """The municipality that each square's centre lies in, or nearest to."""
    import shapely

    rows = boundaries.sort("area")
    tree = shapely.STRtree(shapely.from_wkb(rows["geometry"].to_numpy()))
    east, north = ((at[name].to_numpy() + 0.5) * SIZE for name in ("column", "row"))
    return rows["area"].gather(tree.nearest(shapely.points(east, north))).alias("municipality")


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
        raise DataError(
            f"{raw}: the shapes of {outside[:8]} lie outside Sweden; they must be in SWEREF 99 TM, metres"
        )
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
