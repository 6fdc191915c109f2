"""Where the people of municipalities live, estimated from localities: how many where, on square cells.

A locality is known by its point, area and population alone, and may reach into several municipalities. Two
margins hold it together: the published population of every municipality, and that of every locality.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIZE = 1000.0
"""Metres along the side of a cell."""

STEP = 250.0
"""Metres between the points at which a locality's density is taken."""

_REACH = 2.0
"""How many radii from its point a locality ends at the latest."""

_LEAST_LAND = 0.5
"""The share of a disc that counts as land at least, when the disc is widened for the water in it."""

_LEAST_RADIUS = 300.0
_ROUNDS = 300
_ROW = 100_000


@dataclass(frozen=True)
class Ground:
    """Cells with land, in order of column and row.

    Parameters
    ----------
    column, row : (cells,) kilometres of the south-west corner, east and north.
    land : (cells,) share of the cell that is land of its municipality.
    home : (cells,) the municipality with most land in it, by number.
    """

    column: Ints
    row: Ints
    land: Floats
    home: Ints

    @cached_property
    def keys(self) -> Ints:
        """(cells,) one number for column and row, rising."""
        return self.column * _ROW + self.row

    def around(self, east: float, north: float, radius: float) -> tuple[Ints, Floats, Floats]:
        """Points within a radius of a point, `STEP` apart: each one's cell, -1 off land; east; north."""
        x, y = _lattice(east, north, radius, STEP)
        wanted = _keys(x, y)
        at = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        return np.where(self.keys[at] == wanted, at, -1), x, y


@dataclass(frozen=True)
class Towns:
    """Localities.

    Parameters
    ----------
    east, north : (localities,) metres.
    area : (localities,) square metres of land.
    people : (localities,) persons.
    home : (localities,) the municipality each is coded to, by number.
    """

    east: Floats
    north: Floats
    area: Floats
    people: Floats
    home: Ints


@dataclass(frozen=True)
class Homes:
    """Municipalities.

    Parameters
    ----------
    people : (municipalities,) persons to be placed.
    land_km2 : (municipalities,) square kilometres.
    east, north : (municipalities,) metres; NaN where there is no point but a locality's.
    """

    people: Floats
    land_km2: Floats
    east: Floats
    north: Floats


@dataclass(frozen=True)
class Assumed:
    """What is assumed of localities.

    Parameters
    ----------
    fall : how density falls from a locality's point to the edge of its disc, as the power of e.
    edge : the same for a radius more beyond the edge.
    elsewhere : the weight of land outside the municipality that a locality is coded to.
    rural_most : persons per square kilometre of land that may live outside localities.
    rural_km : kilometres from the edge of a locality's disc within which they do.
    """

    fall: float
    edge: float
    elsewhere: float
    rural_most: float
    rural_km: float


def ground(towns: Towns, shapes: NDArray[np.object_], rural_km: float) -> Ground:
    """The cells with land within reach of any locality; all those of a municipality that has none of these.

    Parameters
    ----------
    towns : the localities.
    shapes : (municipalities,) polygons of their land, metres.
    rural_km : as of `Assumed`.
    """
    # Loaded here: it takes long to import.
    import shapely

    radius = np.maximum(np.sqrt(towns.area / np.pi), _LEAST_RADIUS)
    reach = np.maximum(_REACH * radius / np.sqrt(_LEAST_LAND), radius + 1000.0 * rural_km)
    near = [
        _keys(*_lattice(x, y, r + SIZE, SIZE)) for x, y, r in zip(towns.east, towns.north, reach, strict=True)
    ]
    found = _landed(np.concatenate([np.zeros(0, np.int64), *near]), shapes)
    bare = np.setdiff1d(np.arange(len(shapes)), found.home)
    if len(bare):
        more = [_keys(*_boxed(shapely.bounds(shapes[at]))) for at in bare]
        found = _landed(np.concatenate([found.keys, *more]), shapes)
    return found


def _keys(east: Floats, north: Floats) -> Ints:
    return (east // SIZE).astype(np.int64) * _ROW + (north // SIZE).astype(np.int64)


def _lattice(east: float, north: float, radius: float, step: float) -> tuple[Floats, Floats]:
    """The middles of squares of a step within a radius of a point; that of the point's own square always."""
    x = (np.arange(np.floor((east - radius) / step), np.floor((east + radius) / step) + 1) + 0.5) * step
    y = (np.arange(np.floor((north - radius) / step), np.floor((north + radius) / step) + 1) + 0.5) * step
    within = np.hypot(x - east, (y - north)[:, None]) <= radius
    within |= (x // step == east // step) & (y // step == north // step)[:, None]
    rows, columns = np.nonzero(within)
    return x[columns], y[rows]


def _boxed(bounds: Floats) -> tuple[Floats, Floats]:
    """The centres of the cells that a box touches; none of an empty one."""
    if np.isnan(bounds).any():
        return np.zeros(0), np.zeros(0)
    low, high = np.floor(bounds[:2] / SIZE), np.floor(bounds[2:] / SIZE) + 1
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    return (x.ravel() + 0.5) * SIZE, (y.ravel() + 0.5) * SIZE


def _landed(keys: Ints, shapes: NDArray[np.object_]) -> Ground:
    """Those of the cells that have land, each with the municipality that has most of it."""
    # Loaded here: it takes long to import.
    import shapely

    keys = np.unique(keys)
    column, row = keys // _ROW, keys % _ROW
    boxes = shapely.box(column * SIZE, row * SIZE, (column + 1) * SIZE, (row + 1) * SIZE)
    shapely.prepare(shapes)
    cell, home = shapely.STRtree(shapes).query(boxes, predicate="intersects")
    land = np.ones(len(cell))
    cut = ~shapely.contains_properly(shapes[home], boxes[cell])
    land[cut] = shapely.area(shapely.intersection(shapes[home[cut]], boxes[cell[cut]])) / SIZE**2
    # By cell, then the most land, then the lower number.
    order = np.lexsort((home, -land, cell))
    order = order[land[order] > 0]
    first = order[np.unique(cell[order], return_index=True)[1]]
    return Ground(column[cell[first]], row[cell[first]], land[first], home[first])


def settled(found: Ground, towns: Towns, homes: Homes, assumed: Assumed) -> tuple[Floats, Floats]:
    """How many live in every cell, and how many of every locality were placed.

    As many of a municipality's people as its own localities do not account for live outside localities, up to
    `rural_most`; the rest live in localities, its own or others that reach it. The table of localities by
    municipality starts from each one's density over land and is balanced to both margins (Deming & Stephan
    1940), that of the municipalities last, so that it is exact. Density falls exponentially with distance
    from the point (Clark 1951), and twice as fast beyond a disc with the locality's area of land.

    Parameters
    ----------
    found : the cells with land.
    towns : the localities.
    homes : the municipalities.
    assumed : see there.

    Returns
    -------
    (cells,) and (localities,) persons. A municipality without any cell is left out.
    """
    count = len(homes.people)
    own = _sums(towns.home, towns.people, count)
    rural = np.clip(homes.people - own, 0.0, assumed.rural_most * homes.land_km2)
    town, cell, weight = _weights(found, towns, homes, homes.people - rural - own, assumed)
    pairs, at = np.unique(town * count + found.home[cell], return_inverse=True)
    seed = _sums(at, weight, len(pairs))
    there = _sums(pairs % count, seed, count) > 0
    rural = np.where(there, rural, homes.people)
    made = _balanced(seed, pairs // count, pairs % count, towns.people, homes.people - rural)
    people = _sums(cell, weight * (made / seed)[at], len(found.land))
    fields = found.land * _fields(found, towns, assumed.rural_km, count)
    share = fields / _sums(found.home, fields, count)[found.home]
    placed = _sums(pairs // count, made, len(towns.people))
    return people + share * rural[found.home], placed


def _weights(
    found: Ground, towns: Towns, homes: Homes, missing: Floats, assumed: Assumed
) -> tuple[Ints, Ints, Floats]:
    """The share of each locality's people in each cell before balancing: locality, cell, share."""
    parts = []
    for town in range(len(towns.people)):
        cell, weight = _density(found, towns, town, homes, missing, assumed)
        cells, at = np.unique(cell, return_inverse=True)
        share = _sums(at, weight, len(cells)) / (weight.sum() or 1.0)
        parts.append((np.full(len(cells), town), cells, share))
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    towns_, cells_, shares = (np.concatenate(part) for part in zip(*parts, strict=True))
    return towns_, cells_, shares


def _density(
    found: Ground, towns: Towns, town: int, homes: Homes, missing: Floats, assumed: Assumed
) -> tuple[Ints, Floats]:
    """A locality's density at points on land: their cells and weights.

    In another municipality whose own localities do not account for its people, and that has a point of its
    own, the same weight lies around that point as well, in a disc that holds those people.
    """
    x, y, area = towns.east[town], towns.north[town], towns.area[town]
    radius = max(float(np.sqrt(area / np.pi)), _LEAST_RADIUS)
    cell, _, _ = found.around(x, y, radius)
    land = np.where(cell >= 0, found.land[cell], 0.0).mean()
    radius /= float(np.sqrt(max(land, _LEAST_LAND)))
    cell, east, north = found.around(x, y, _REACH * radius)
    on = cell >= 0
    cell, east, north = cell[on], east[on], north[on]
    away = np.hypot(east - x, north - y) / radius
    home = found.home[cell]
    weight = found.land[cell] * _falling(away, assumed)
    crowd = towns.people[town] / area
    for other in np.unique(home[(home != towns.home[town]) & (missing[home] > 0)]):
        if np.isnan(homes.east[other]) or crowd <= 0:
            continue
        there = home == other
        own = np.hypot(east[there] - homes.east[other], north[there] - homes.north[other])
        own /= np.sqrt(missing[other] / crowd / np.pi)
        both = found.land[cell[there]] * _falling(np.minimum(away[there], own), assumed)
        weight[there] = both * weight[there].sum() / both.sum()
    return cell, weight * np.where(home == towns.home[town], 1.0, assumed.elsewhere)


def _sums(at: Ints, weight: Floats, count: int) -> Floats:
    """(count,) the weights added up by index, in the order given."""
    return np.bincount(at, weight, count).astype(np.float64)


def _falling(away: Floats, assumed: Assumed) -> Floats:
    """Density at a distance given in radii, 1 at the point."""
    return np.exp(-assumed.fall * np.minimum(away, 1.0) - assumed.edge * np.maximum(away - 1.0, 0.0))


def _balanced(seed: Floats, row: Ints, column: Ints, rows: Floats, columns: Floats) -> Floats:
    """A sparse table scaled to its rows and columns in turn, to the columns last.

    Where no table fits both, as when a municipality grew after its localities were counted, the columns hold.
    """
    made = seed.copy()
    for _ in range(_ROUNDS):
        for at, wanted in ((row, rows), (column, columns)):
            total = _sums(at, made, len(wanted))
            made *= np.divide(wanted, total, out=np.zeros(len(wanted)), where=total > 0)[at]
    return made


def _fields(found: Ground, towns: Towns, rural_km: float, count: int) -> Floats:
    """(cells,) 1 where people may live outside localities: near one; anywhere in a municipality without."""
    # Loaded here: it takes long to import.
    import shapely

    near = np.zeros(len(found.land))
    x, y = (found.column + 0.5) * SIZE, (found.row + 0.5) * SIZE
    reach = np.sqrt(towns.area / np.pi) + 1000.0 * rural_km
    if len(reach):
        tree = shapely.STRtree(shapely.points(x, y))
        circles = shapely.points(towns.east, towns.north)
        _, cells = tree.query(circles, predicate="dwithin", distance=reach)
        near[cells] = 1.0
    bare = _sums(found.home, near * found.land, count) == 0
    return np.where(bare[found.home], 1.0, near)
