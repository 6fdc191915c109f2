"""Places of a made country: municipalities, localities, nodes, campuses, and what belongs to counties."""

from collections.abc import Iterator

import polars as pl
from benchmarks.made.country import AGAIN, SIDE, Made, read
from benchmarks.made.rows import of_municipalities


def places(made: Made) -> Iterator[tuple[str, pl.DataFrame]]:
    """Counties, municipalities, localities and nodes."""
    places = made.municipalities
    name = pl.format("Made {}", "county")
    yield "counties", made.counties.select("county", name_sv=name, name_en=name)
    degrees = [pl.col(axis).round(5) for axis in ("latitude", "longitude")]
    land = pl.lit(0.9 * (SIDE / 1000) ** 2).alias("land_km2")
    yield "municipalities", places.select("municipality", "name", "county", land, *degrees)
    formed = of_municipalities(made, read("municipality_changes"), keep=("copy",))
    parents = places.select("copy", "municipality", parent="real")
    formed = formed.join(parents, on=["parent", "copy"], suffix="_of_parent")
    yield "municipality_changes", formed.select("municipality", "year", parent="municipality_of_parent")
    towns = _towns(made)
    yield "localities_2020", towns
    codes = [f"node-{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(len(range(0, made.size, 11)))]
    chosen = places.gather_every(11).with_columns(node=pl.Series(codes))
    words = {"kind": pl.lit("city"), "point": pl.lit("Made"), "basis": pl.lit("assumed")}
    yield "nodes", chosen.select("node", "name", "municipality", *degrees, **words)
    largest = towns.sort(pl.col("population").cast(int), descending=True).unique("municipality")
    linked = chosen.select("node", "municipality").join(largest, on="municipality", maintain_order="left")
    yield "node_localities", linked.select("node", "locality", basis=pl.lit("assumed"))
    yield "node_stations", chosen.select("node", "name", basis=pl.lit("assumed"))


def _towns(made: Made) -> pl.DataFrame:
    """Localities, the largest of a municipality in its middle and the others around it."""
    real = read("localities_2020")
    persons = pl.col("population").cast(int)
    moved = _moved(made, real).sort("municipality", persons, descending=[False, True], maintain_order=True)
    number = pl.int_range(pl.len()).over("municipality")
    middle = [
        pl.when(number == 0).then(axis).otherwise(f"{axis}_town").alias(axis)
        for axis in ("latitude", "longitude")
    ]
    code = pl.format("{}TC{}", "municipality", number + 100)
    return moved.with_columns(*middle, locality=code).select(real.columns)


def _moved(made: Made, real: pl.DataFrame) -> pl.DataFrame:
    """Points in real municipalities, as `_town` of each axis moved with these and kept inside the squares."""
    rows = of_municipalities(
        made,
        real.rename({axis: f"{axis}_town" for axis in ("latitude", "longitude")}),
        keep=("copy", "latitude", "longitude", "real_latitude", "real_longitude"),
    )
    return rows.with_columns(
        (pl.col(axis) + (pl.col(f"{axis}_town").cast(float) - pl.col(f"real_{axis}")).clip(-most, most))
        .round(5)
        .alias(f"{axis}_town")
        for axis, most in (("latitude", 0.05), ("longitude", 0.08))
    )


def others(made: Made) -> Iterator[tuple[str, pl.DataFrame]]:
    """Commuting and house prices of counties, power plants, and the country's outages and coverage."""
    counties = made.counties
    parts = made.part_of
    real = read("commuting_county_county").with_columns(pl.col("persons").cast(int))
    both = [
        pl.col(name).replace_strict(parts).alias(f"{name}_part") for name in ("home_county", "work_county")
    ]
    flows = real.with_columns(both).group_by(
        "year", "home_county_part", "work_county_part", maintain_order=True
    )
    homes = counties.select("copy", home_county="county", home_county_part="part")
    works = counties.select("copy", work_county="county", work_county_part="part")
    made_flows = (
        flows.agg(pl.col("persons").sum())
        .join(homes, on="home_county_part")
        .join(works, on=["work_county_part", "copy"])
    )
    yield (
        "commuting_county_county",
        made_flows.sort("year", "home_county", "work_county").select(real.columns),
    )
    first = counties.with_columns(
        real=pl.col("part").replace_strict({at: part[0] for at, part in enumerate(made.parts)})
    )
    prices = read("county_house_prices")
    yield "county_house_prices", first.join(prices, left_on="real", right_on="county").select(prices.columns)
    plants = read("power_plants").with_columns(part=pl.col("county").replace_strict(parts)).drop("county")
    joined = counties.join(plants, on="part", maintain_order="left").with_columns(
        unit=pl.int_range(1, pl.len() + 1)
    )
    yield "power_plants", joined.select(read("power_plants").columns)
    for name in ("outages", "digital_coverage"):
        yield name, read(name).filter(pl.col("area") == "00")


def labour_markets(made: Made) -> pl.DataFrame:
    """Official labour market areas, each copy's its own; those cut off commute to the first municipality."""
    real = read("labour_market_areas")
    number = 100 * pl.col("copy") + pl.col("la_code").rank("dense").over("year").cast(pl.Int64)
    rows = of_municipalities(made, real, keep=("copy",)).with_columns(
        la_code=pl.format("LA{}", number.cast(pl.String).str.zfill(4))
    )
    targets = made.municipalities.select("copy", largest_destination="real", there="municipality")
    joined = rows.join(targets, on=["copy", "largest_destination"], how="left", maintain_order="left")
    here = pl.when(pl.col("largest_destination").is_not_null()).then(
        pl.lit(made.municipalities["municipality"][0])
    )
    return joined.with_columns(largest_destination=pl.coalesce("there", here)).select(real.columns)


def education(made: Made) -> Iterator[tuple[str, pl.DataFrame]]:
    """Institutions in their first county, with their students, and with the campuses that are there."""
    parts = made.part_of
    students = read("students")
    homes = (
        students.select("institution", part=pl.col("counties").str.split("+"))
        .explode("part")
        .with_columns(pl.col("part").replace_strict(parts))
    )
    first = homes.unique("institution", keep="first", maintain_order=True)
    there = first.join(made.counties, on="part", maintain_order="left").rename(
        {"institution": "real_institution"}
    )
    there = there.with_columns(institution=pl.col("real_institution") + AGAIN, again=AGAIN)
    for name in ("students", "institutions"):
        real = read(name)
        rows = there.join(real, left_on="real_institution", right_on="institution", maintain_order="left")
        more = (
            {"counties": "county"}
            if name == "students"
            else {n: pl.col(n) + pl.col("again") for n in ("name_sv", "name_en")}
        )
        yield name, rows.with_columns(**more).select(real.columns)
    real = read("campuses")
    sites = _moved(made, real).rename({"institution": "real_institution"})
    kept = sites.join(
        there.select("copy", "real_institution", "institution", "again"), on=["copy", "real_institution"]
    )
    kept = kept.with_columns(
        pl.col("campus") + pl.col("again"), latitude="latitude_town", longitude="longitude_town"
    )
    yield "campuses", kept.select(real.columns)
