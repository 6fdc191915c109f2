"""Relations between where things lie: distances, areas and who lives there."""

import polars as pl

from storregion.core.geodesy import distances
from storregion.core.plausibility import Relation, Tables, totals
from storregion.facts.relations.people import Numbers


def _from_municipality(table: str, key: str) -> Numbers:
    """Kilometres to the municipality's point, and how far a place of so large a municipality may lie."""

    def numbers(tables: Tables) -> pl.DataFrame:
        here = tables(table).select(key, "municipality", "latitude", "longitude")
        there = tables("municipalities").select(
            "municipality", "land_km2", north="latitude", east="longitude"
        )
        both = here.join(there, on="municipality")
        km = distances(*(both[name].to_numpy() for name in ("latitude", "longitude", "north", "east")))
        return both.select(key, a=pl.Series(km), b=20 + 2.5 * pl.col("land_km2").sqrt())

    return numbers


def _midst_of_localities(tables: Tables) -> pl.DataFrame:
    """Kilometres from a municipality's point to the middle of its localities, and how far that may be."""
    middle = (
        tables("localities")
        .group_by("municipality", maintain_order=True)
        .agg(pl.col("latitude", "longitude").mean())
    )
    there = tables("municipalities").select("municipality", "land_km2", north="latitude", east="longitude")
    both = middle.join(there, on="municipality")
    km = distances(*(both[name].to_numpy() for name in ("latitude", "longitude", "north", "east")))
    return both.select("municipality", a=pl.Series(km), b=10 + 1.5 * pl.col("land_km2").sqrt()).sort(
        "municipality"
    )


def _retired(tables: Tables) -> pl.DataFrame:
    return tables("power_plants").select("unit", a="year_in", b="year_out")


def _land(tables: Tables) -> pl.DataFrame:
    shapes = tables("boundaries").select("area_km2", municipality="area")
    return (
        tables("municipalities")
        .join(shapes, on="municipality")
        .select("municipality", a="land_km2", b="area_km2")
    )


def _in_localities(tables: Tables) -> pl.DataFrame:
    """People in localities, by county, and all of the year that they were counted in, 2020."""
    counties = tables("municipalities").select("municipality", "county")
    people = tables("population").filter(pl.col("year") == 2020).join(counties, on="municipality")
    lived = tables("localities").join(counties, on="municipality")
    return totals(lived, ["county"], "population", "a").join(
        totals(people, ["county"], "persons", "b"), on="county"
    )


def _density(tables: Tables) -> pl.DataFrame:
    return tables("localities").select("locality", a="population", b="area_ha")


def _as_the_crow_flies(tables: Tables) -> pl.DataFrame:
    """Kilometres by road, and as the crow flies between the localities' points."""
    points = tables("localities").select("locality", "latitude", "longitude")
    both = (
        tables("drive_times")
        .select("from_locality", "to_locality", a="km")
        .join(points, left_on="from_locality", right_on="locality")
        .join(points, left_on="to_locality", right_on="locality", suffix="_to")
    )
    columns = ("latitude", "longitude", "latitude_to", "longitude_to")
    km = distances(*(both[name].to_numpy() for name in columns))
    return both.select("from_locality", "to_locality", "a", b=pl.Series(km))


def _speed(tables: Tables) -> pl.DataFrame:
    return tables("drive_times").select("from_locality", "to_locality", a="km", b=pl.col("minutes") / 60)


_FAR = ("kilometres from the municipality's point", "as far as it may be")
RELATIONS = (
    Relation("locality_in_municipality", _from_municipality("localities", "locality"), _FAR, 0, 1),
    Relation("node_in_municipality", _from_municipality("nodes", "node"), _FAR, 0, 1),
    Relation(
        "municipality_and_localities",
        _midst_of_localities,
        ("kilometres to the middle of the localities", "as far as it may be"),
        0,
        1,
    ),
    Relation("plant_years", _retired, ("the year a plant began", "the year it ended"), 0, 1),
    Relation("land", _land, ("land", "the area within the boundary"), 0.5, 2.2),
    Relation("people_in_localities", _in_localities, ("people in localities", "people"), 0.5, 1),
    Relation("density_of_localities", _density, ("people", "hectares"), 0.2, 150),
    Relation(
        "road_and_crow", _as_the_crow_flies, ("kilometres by road", "those as the crow flies"), 0.98, 2.5
    ),
    Relation("speed", _speed, ("kilometres", "hours"), 25, 125),
)
