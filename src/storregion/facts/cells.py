"""Where people live, by square cells of one kilometre."""

from typing import Annotated, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from storregion.core import columns, geodesy
from storregion.core.errors import DataError
from storregion.core.table import weakest_of
from storregion.facts.people import Population
from storregion.facts.places import Boundaries, Localities, Municipalities, NodeLocalities, Nodes
from storregion.facts.settlement import SIZE, Assumed, Ground, Homes, Towns, ground, settled

Floats = NDArray[np.float64]


POPULATION_GRID = columns.schema(
    "population_grid",
    __name__,
    columns.code("cell", key=True, pattern=r"\d{1,4}_\d{1,5}"),
    columns.municipality(),
    columns.number("east", "metres"),
    columns.number("north", "metres"),
    columns.number("residents", "persons", least=0.0),
)
PopulationGrid = Annotated[pl.DataFrame, POPULATION_GRID]

CELLS = POPULATION_GRID.renamed("cells", __name__)
Cells = Annotated[pl.DataFrame, CELLS]


class Peopled(NamedTuple):
    """Where people are known to live, by municipality and locality."""

    localities: Localities
    nodes: Nodes
    node_localities: NodeLocalities
    municipalities: Municipalities
    boundaries: Boundaries
    population: Population


def cells(
    peopled: Peopled,
    population_grid: PopulationGrid,
    *,
    fall: float = 2.0,
    edge: float = 4.0,
    elsewhere: float = 0.1,
    rural_most: float = 40.0,
    rural_km: float = 3.0,
) -> Cells:
    """The published grid; without one, each municipality's residents on cells of its own land.

    A locality may reach into every municipality near its point: what a municipality's own localities do not
    account for lives in those that reach it, up to `rural_most` outside localities. Each municipality's
    latest published population holds exactly, that of each locality as nearly as that allows; where none is
    published, its localities' stands. A cell belongs to the municipality with most land in it.

    Parameters
    ----------
    peopled : localities with points in WGS 84, area in hectares and population; the city nodes' points, which
        stand for those of their localities; municipalities with land area and points (one that is not a
        locality's is where people from localities coded to other municipalities live as well); the shapes of
        their land; and their population, of which the latest year counts.
    population_grid : the published cells, empty where there are none.
    fall : density falls to e^-fall from a locality's point to the edge of a disc with its area of land.
    edge : the same over a radius more beyond that edge; it ends there.
    elsewhere : the weight of land in a municipality other than the one a locality is coded to.
    rural_most : persons per square kilometre of land that live outside localities at most.
    rural_km : kilometres from the edge of a locality's disc within which they do, evenly.

    Raises
    ------
    DataError
        A municipality has residents, but its boundary holds no cell; or how many it has is not known.
    """
    if population_grid.height:
        return population_grid
    localities = peopled.localities.drop_nulls("area_ha")
    register = _register(peopled.municipalities, peopled.localities, peopled.population)
    towns, homes = _arrays(centred(localities, peopled.nodes, peopled.node_localities), register)
    found = ground(towns, _shapes(register, peopled.boundaries), rural_km)
    _all_housed(register, found)
    people, _ = settled(found, towns, homes, Assumed(fall, edge, elsewhere, rural_most, rural_km))
    made = pl.DataFrame(
        {
            "cell": [f"{c}_{r}" for c, r in zip(found.column.tolist(), found.row.tolist(), strict=True)],
            "municipality": register["municipality"].gather(found.home),
            "east": (found.column + 0.5) * SIZE,
            "north": (found.row + 0.5) * SIZE,
            "residents": people,
        }
    )
    return made.filter(pl.col("residents") > 0).with_columns(basis=pl.lit(_basis(peopled)))


def _basis(peopled: Peopled) -> str:
    """How all cells are known: localities reach into several municipalities, and so on from there."""
    latest = peopled.population.filter(pl.col("year") == pl.col("year").max())
    placed = peopled.nodes.filter(kind="city").join(
        peopled.node_localities.filter(basis="observed"), on="node", how="semi"
    )
    others = peopled.localities, peopled.municipalities, peopled.boundaries
    return weakest_of("estimated", latest, placed, *others)


def _register(
    municipalities: pl.DataFrame, localities: pl.DataFrame, population: pl.DataFrame
) -> pl.DataFrame:
    """The register with persons to place, and no point where it has that of a locality."""
    latest = population.filter(pl.col("year") == pl.col("year").max()).select("municipality", "persons")
    counted = localities.group_by("municipality", maintain_order=True).agg(counted=pl.col("population").sum())
    points = localities.select("latitude", "longitude").unique(maintain_order=True).with_columns(taken=True)
    register = (
        municipalities.join(latest, on="municipality", how="left")
        .join(counted, on="municipality", how="left")
        .join(points, on=["latitude", "longitude"], how="left")
        .with_columns(pl.coalesce("persons", "counted").cast(pl.Float64).alias("persons"))
        .sort("municipality")
    )
    if lost := register.filter(pl.col("persons").is_null())["municipality"].to_list():
        raise DataError(
            f"municipality {lost[0]!r} has neither a published population in the latest year nor a "
            "locality, so how many live there is unknown; add its population, or give a population_grid.csv"
        )
    return register


def _arrays(towns: pl.DataFrame, register: pl.DataFrame) -> tuple[Towns, Homes]:
    """The localities and municipalities as arrays, in metres."""
    number = {code: at for at, code in enumerate(register["municipality"])}
    east, north = geodesy.projected(towns)
    found = Towns(
        east,
        north,
        towns["area_ha"].to_numpy() * 1e4,
        towns["population"].to_numpy().astype(np.float64),
        np.array([number[code] for code in towns["municipality"]], np.int64),
    )
    own = register["taken"].is_null().to_numpy()
    x, y = (np.where(own, metres, np.nan) for metres in geodesy.projected(register))
    return found, Homes(register["persons"].to_numpy(), register["land_km2"].to_numpy(), x, y)


def _shapes(register: pl.DataFrame, boundaries: pl.DataFrame) -> NDArray[np.object_]:
    """The municipalities' shapes in order; an empty one where there is none."""
    # Loaded here: it takes long to import.
    import shapely

    rows = register.join(boundaries, left_on="municipality", right_on="area", how="left").sort("municipality")
    empty = shapely.to_wkb(shapely.MultiPolygon())
    return np.asarray(shapely.from_wkb([shape or empty for shape in rows["geometry"]]), dtype=object)


def _all_housed(register: pl.DataFrame, found: Ground) -> None:
    """Refuse to lose the residents of a municipality that has no cell."""
    bare = np.bincount(found.home, minlength=register.height) == 0
    if lost := register.filter(pl.Series(bare), pl.col("persons") > 0)["municipality"].to_list():
        raise DataError(
            f"no cell lies within municipality {lost[0]!r}, so its residents lie nowhere; look at its "
            "boundary, or give a population_grid.csv"
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
