"""Groups made for benchmarks are whole: of the size asked for, in Sweden's box, and read without a fault."""

from pathlib import Path

import polars as pl
import pytest
from benchmarks.growth import exponent
from benchmarks.made import group
from benchmarks.made.country import Made, read
from benchmarks.made.rows import of_counties

from storregion.core.workspace import Workspace
from storregion.facts.places import MUNICIPALITIES


@pytest.mark.parametrize(("size", "counties"), [(88, 7), (290, 21), (1000, 73), (3000, 94)])
def test_a_made_group_has_as_many_municipalities_as_asked_for_each_with_a_place_of_its_own(
    size: int, counties: int
) -> None:
    made = Made(size)
    places = made.municipalities
    assert (made.counties.height, places.height) == (counties, size)
    for names in (["municipality"], ["name"], ["column", "line"]):
        assert places.select(names).is_duplicated().sum() == 0
    MUNICIPALITIES.check(
        places.select("municipality", "name", "county", land_km2=1.0, basis=pl.lit("observed"))
        .with_columns(places.select("latitude", "longitude"))
        .select(column.name for column in MUNICIPALITIES.columns),
        maker="the made group",
        known={("counties", "county"): made.counties["county"]},
    )


def test_a_size_that_cuts_a_county_is_refused() -> None:
    with pytest.raises(ValueError, match="89 municipalities are not a sum of whole made counties"):
        _ = Made(89).counties


def test_the_country_is_the_sum_of_its_counties_and_twice_as_many_copies_are_twice_as_much() -> None:
    # 580 municipalities are the country twice; a county is then there twice with the same figures.
    keys = ("year", "industry")
    real = read("employment_industry_yearly")
    once, twice = (of_counties(Made(size), real, keys) for size in (290, 580))
    for frame, times in ((once, 1), (twice, 2)):
        country, rest = frame.filter(pl.col("county") == "00"), frame.filter(pl.col("county") != "00")
        sums = rest.group_by(keys).agg(pl.col("employed_thousand").sum())
        both = country.join(sums, on=keys, suffix="_sum")
        assert both.height == country.height
        # Each of the 21 counties is rounded by itself, to whole thousands.
        apart = (both["employed_thousand"] - both["employed_thousand_sum"]).abs().to_numpy()
        assert apart.max() <= 11 * times
    joined = once.join(twice, on=["county", *keys], suffix="_twice").filter(pl.col("county") == "00")
    apart = (joined["employed_thousand_twice"] - 2 * joined["employed_thousand"]).abs().to_numpy()
    assert apart.max() <= 1


def test_a_made_group_is_read_without_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = group.write(88, tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    work = Workspace(home, tmp_path / "store")
    for table in ("municipality_points", "components_municipality", "county_commuting", "lines"):
        work.build(table)
    assert work.table("boundaries").height == 88 + 7
    assert work.table("municipality_points").height >= 88
    moves = pl.read_csv(home / "figures" / "components_municipality.csv")
    sums = moves.group_by("year").agg(pl.col("in_rest_of_sweden", "out_rest_of_sweden").sum())
    assert sums["in_rest_of_sweden"].equals(sums["out_rest_of_sweden"], check_names=False)


def test_the_exponent_by_hand() -> None:
    # Eight times as much for twice as many is the third power; nothing is said of what costs nothing.
    assert exponent((100, 200), (1.0, 8.0)) == pytest.approx(3.0)
    assert exponent((100, 200), (0.0, 8.0)) is None
    assert exponent((88, 290), (5.0, 5.0 * 290 / 88)) == pytest.approx(1.0)
