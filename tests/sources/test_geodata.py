"""Squares of the national grid by hand: where they lie, whose they are, and those that are none."""

import json
from pathlib import Path

import polars as pl
import pytest
import shapely

from storregion.core import geodesy
from storregion.core.errors import DataError
from storregion.facts.cells import POPULATION_GRID
from storregion.facts.places import LOCALITIES
from storregion.sources.geodata import localities, population_grid

X, Y = 600_000, 6_600_000
"""A corner of the grid."""
MUNICIPALITIES = pl.DataFrame({"municipality": ["0101", "0102"]})
# The first reaches 1 600 m to the east of the corner, and the second begins there. A county lies over both.
BOUNDARIES = pl.DataFrame(
    {
        "area": ["0102", "0101", "01"],
        "geometry": [
            shapely.box(X + 1600, Y, X + 9000, Y + 9000).wkb,
            shapely.box(X, Y, X + 1600, Y + 9000).wkb,
            shapely.box(X, Y, X + 9000, Y + 9000).wkb,
        ],
    }
)


def squares(tmp_path: Path, *corners: tuple[float, float, float, float], people: int | None = 7) -> Path:
    """A file of shapes from west, south, east and north in metres from the corner of the grid."""
    lines = [
        {
            "code": f"S{at}",
            "name": None,
            "municipality": None,
            "population": people,
            "wkb": shapely.box(X + west, Y + south, X + east, Y + north).wkb_hex,
        }
        for at, (west, south, east, north) in enumerate(corners)
    ]
    path = tmp_path / "squares.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return path


def grid(path: Path | None) -> pl.DataFrame:
    return POPULATION_GRID.check(population_grid(None, path, MUNICIPALITIES, BOUNDARIES), maker="the grid")


def test_a_square_belongs_to_the_municipality_of_its_middle(tmp_path: Path) -> None:
    # The middle of the second square, 1 500 m to the east, lies in the first municipality; a third square
    # lies west of both, nearest to the first. A metre's rounding is let be.
    found = grid(
        squares(
            tmp_path, (0, 0, 1000, 1000), (1000, 0.9, 2000, 1000), (2000, 0, 3000, 1000), (-1000, 0, 0, 1000)
        )
    )
    assert found.select("cell", "municipality", "east", "north", "residents").rows() == [
        ("599_6600", "0101", X - 500, Y + 500, 7),
        ("600_6600", "0101", X + 500, Y + 500, 7),
        ("601_6600", "0101", X + 1500, Y + 500, 7),
        ("602_6600", "0102", X + 2500, Y + 500, 7),
    ]
    assert set(found["basis"]) == {"observed"}


@pytest.mark.parametrize(
    "other",
    [
        (2000, 0, 4000, 1000),
        (2000, 0, 3000, 2000),
        (2000, 0, 2000.5, 1000),
        (2500, 500, 3500, 1500),
        (2002, 0, 3002, 1000),
        (2000, 0, 3000, 998),
    ],
)
def test_what_is_no_square_of_the_grid_is_named(tmp_path: Path, other: tuple[float, ...]) -> None:
    west, south, east, north = other
    with pytest.raises(DataError, match="S1 are not squares of the national grid of 1 km"):
        grid(squares(tmp_path, (0, 0, 1000, 1000), (west, south, east, north)))


def test_squares_without_people_or_in_degrees_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the squares S0 have no population; name its property"):
        grid(squares(tmp_path, (0, 0, 1000, 1000), people=None))
    with pytest.raises(DataError, match=r"the shapes of .*S1.* lie outside Sweden"):
        grid(squares(tmp_path, (0, 0, 1000, 1000), (-X + 15, -Y + 59, -X + 16, -Y + 60)))


def test_a_group_without_squares_has_no_rows() -> None:
    assert grid(None).is_empty()


def test_a_fetched_locality_has_the_land_and_a_point_of_its_shape(tmp_path: Path) -> None:
    # 2 000 by 3 000 metres are 600 hectares; the point lies within, near 59.5° north and 16.8° east.
    path = squares(tmp_path, (0, 0, 2000, 3000), people=321)
    line = json.loads(path.read_text("utf-8")) | {"code": "0101TB101", "name": "A", "municipality": "0101"}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    found = LOCALITIES.check(localities(tmp_path / "none.csv", path, MUNICIPALITIES), maker="the test")
    (row,) = found.iter_rows(named=True)
    assert (row["locality"], row["municipality"], row["population"]) == ("0101TB101", "0101", 321)
    assert (row["area_ha"], row["basis"]) == (600, "observed")
    east, north = geodesy.metres([row["longitude"]], [row["latitude"]])
    assert X < east[0] < X + 2000
    assert Y < north[0] < Y + 3000
