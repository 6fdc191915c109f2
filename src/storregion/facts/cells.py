"""Where people live, by square cells of one kilometre."""

from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.errors import DataError
from storregion.facts.people import Population
from storregion.facts.places import (
    Boundaries,
    Localities,
    Municipalities,
    NodeLocalities,
    Nodes,
    municipality,
)
from storregion.language import Text
from storregion.table import Column, Schema, basis

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZE = 1000.0
"""Metres along the side of a cell."""


def _metres(name: str, label: Text, about: Text) -> Column:
    return Column(name, pl.Float64, "metres", label, about)


_CELL_COLUMNS = (
    Column(
        "cell",
        pl.String,
        "code",
        Text("Ruta", "Cell"),
        Text(
            "Rutans sydvästra hörn i kilometer: öst och nord i SWEREF 99 TM.",
            "The cell's south-west corner in kilometres: east and north in SWEREF 99 TM.",
        ),
        key=True,
        pattern=r"\d{1,4}_\d{1,5}",
    ),
    municipality(),
    _metres(
        "east",
        Text("Öst", "East"),
        Text("Mittpunkt, SWEREF 99 TM.", "Centre, SWEREF 99 TM."),
    ),
    _metres(
        "north",
        Text("Nord", "North"),
        Text("Mittpunkt, SWEREF 99 TM.", "Centre, SWEREF 99 TM."),
    ),
    Column(
        "residents",
        pl.Float64,
        "persons",
        Text("Invånare", "Residents"),
        Text("Invånare i rutan.", "Residents of the cell."),
        least=0.0,
    ),
    basis(),
)

POPULATION_GRID = Schema(
    "population_grid",
    Text("Befolkning på rutor, publicerad", "Population by cell, as published"),
    Text(
        "Publicerad befolkning per kilometerruta, där den finns.",
        "Published population by square kilometre, where there is one.",
    ),
    _CELL_COLUMNS,
)
PopulationGrid = Annotated[pl.DataFrame, POPULATION_GRID]

CELLS = Schema(
    "cells",
    Text("Befolkning på rutor", "Population by cell"),
    Text(
        "Befolkning per kilometerruta: publicerad, annars kommunens spridd över dess tätorter.",
        "Population by square kilometre: as published, else the municipality's spread over its localities.",
    ),
    _CELL_COLUMNS,
)
Cells = Annotated[pl.DataFrame, CELLS]


def cells(
    localities: Localities,
    nodes: Nodes,
    node_localities: NodeLocalities,
    municipalities: Municipalities,
    boundaries: Boundaries,
    population: Population,
    population_grid: PopulationGrid,
    *,
    density: float = 2000.0,
    densest: float = 10_000.0,
) -> Cells:
    """The published grid; without one, each municipality's residents spread over discs of its localities.

    A locality is a disc of its area around its point, or around the point of the city node it is, for the
    published points of large localities lie far from where their people do. Each municipality's latest
    published population is laid on the cells within its borders, as dense as the discs make them; where none
    is published, that of its localities stands.

    Parameters
    ----------
    localities : points in WGS 84, area in hectares, population.
    nodes, node_localities : the city nodes' points, and their localities.
    municipalities : one without cells enough of any locality gets a disc around its point as well.
    boundaries : shapes; a cell belongs to the municipality, of those there are, that its centre lies in or
        nearest to.
    population : by municipality; the latest year counts.
    population_grid : the published cells, empty where there are none.
    density : residents per square kilometre of such a disc.
    densest : residents to the cell, on average over a municipality, beyond which its cells are not enough.

    Raises
    ------
    DataError
        A municipality has residents, but its point lies so far outside its borders that no cell is its own.
    """
    if population_grid.height:
        return population_grid
    latest = population.filter(pl.col("year") == pl.col("year").max()).select("municipality", "persons")
    boundaries = boundaries.join(municipalities, left_on="area", right_on="municipality", how="semi")
    settled = centred(localities.drop_nulls("area_ha"), nodes, node_localities)
    found = _spread(settled, settled["population"], settled["area_ha"].to_numpy() * 1e4, boundaries)
    bare = _crowded(municipalities.join(latest, on="municipality"), found, densest)
    own = _spread(bare, bare["persons"], bare["persons"].to_numpy() / density * 1e6, boundaries)
    both = pl.concat([found, own]).group_by("column", "row", "municipality").agg(pl.col("weight").sum())
    _all_housed(latest, both)
    share = pl.col("weight") / pl.col("weight").sum().over("municipality")
    return (
        both.sort("column", "row")
        .join(latest, on="municipality", how="left", maintain_order="left")
        .select(
            pl.format("{}_{}", "column", "row").alias("cell"),
            "municipality",
            ((pl.col("column") + 0.5) * SIZE).alias("east"),
            ((pl.col("row") + 0.5) * SIZE).alias("north"),
            pl.coalesce(share * pl.col("persons"), "weight").alias("residents"),
            pl.lit("estimated").alias("basis"),
        )
    )


def _crowded(homes: pl.DataFrame, found: pl.DataFrame, densest: float) -> pl.DataFrame:
    """The municipalities with more residents than their cells can hold; those without any cell, too."""
    room = found.group_by("municipality").len("cells")
    return homes.join(room, on="municipality", how="left").filter(
        pl.col("persons") > densest * pl.col("cells").fill_null(0)
    )


def _all_housed(latest: pl.DataFrame, spread: pl.DataFrame) -> None:
    """Refuse to lose the residents of a municipality that has no cell."""
    settled = latest.filter(pl.col("persons") > 0)["municipality"]
    if lost := sorted(set(settled) - set(spread["municipality"])):
        raise DataError(
            f"no cell lies within municipality {lost[0]!r}, so its residents lie nowhere; look at its point "
            "and those of its localities, or give a population_grid.csv"
        )


def centred(localities: pl.DataFrame, nodes: pl.DataFrame, node_localities: pl.DataFrame) -> pl.DataFrame:
    """The localities, those that are a city node with its point in place of their own.

    Parameters
    ----------
    localities, nodes, node_localities : the tables of those names.
    """
    cities = node_localities.filter(basis="observed").join(
        nodes.filter(kind="city").select("node", node_latitude="latitude", node_longitude="longitude"),
        on="node",
    )
    return localities.join(cities, on="locality", how="left", suffix="_node").with_columns(
        latitude=pl.coalesce("node_latitude", "latitude"),
        longitude=pl.coalesce("node_longitude", "longitude"),
    )


def _spread(places: pl.DataFrame, people: pl.Series, area: Floats, boundaries: pl.DataFrame) -> pl.DataFrame:
    """The cells of discs around places: column, row, municipality, and people as a weight."""
    # Loaded here: it takes long to import.
    import pyproj

    project = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3006", always_xy=True).transform
    east, north = project(places["longitude"].to_numpy(), places["latitude"].to_numpy())
    at, column, row = _discs(np.asarray(east), np.asarray(north), np.sqrt(area / np.pi))
    size = np.bincount(at, minlength=places.height)
    weight = people.to_numpy()[at] / size[at]
    found = pl.DataFrame({"column": column, "row": row, "weight": weight})
    # Summed in a fixed order, so that the last bit never differs.
    found = (
        found.sort("column", "row", "weight")
        .group_by("column", "row", maintain_order=True)
        .agg(pl.col("weight").sum())
    )
    return found.with_columns(municipality=pl.Series(homes(found, boundaries), dtype=pl.String))


def homes(points: pl.DataFrame, boundaries: pl.DataFrame) -> list[str]:
    """The municipality that each cell's centre lies in, or nearest to.

    Parameters
    ----------
    points : the cells by `column` and `row`, kilometres.
    boundaries : the municipalities' shapes.
    """
    # Loaded here: it takes long to import.
    import shapely

    rows = boundaries.sort("area")
    tree = shapely.STRtree(shapely.from_wkb(rows["geometry"].to_numpy()))
    east, north = ((points[name].to_numpy() + 0.5) * SIZE for name in ("column", "row"))
    nearest = tree.nearest(shapely.points(east, north))
    return rows["area"].gather(nearest).to_list()


def _discs(east: Floats, north: Floats, radius: Floats) -> tuple[Ints, Ints, Ints]:
    """For each disc, the cells with their centre inside, or the one its middle lies in: disc, column, row."""
    found: list[Floats] = []
    for at, (x, y, r) in enumerate(zip(east, north, radius, strict=True)):
        columns = np.arange(np.floor((x - r) / SIZE), np.floor((x + r) / SIZE) + 1)
        rows = np.arange(np.floor((y - r) / SIZE), np.floor((y + r) / SIZE) + 1)
        c, n = (grid.ravel() for grid in np.meshgrid(columns, rows))
        within = np.hypot((c + 0.5) * SIZE - x, (n + 0.5) * SIZE - y) <= r
        if not within.any():
            c, n, within = np.floor([x / SIZE]), np.floor([y / SIZE]), np.array([True])
        found.append(np.column_stack([np.full(within.sum(), at), c[within], n[within]]))
    every = np.concatenate(found).astype(np.int64) if found else np.zeros((0, 3), np.int64)
    return every[:, 0], every[:, 1], every[:, 2]
