"""Homes: the totals that are published, and the breaks that stand beside prices."""

from pathlib import Path

import polars as pl
import pytest

from storregion.core.errors import DataError
from storregion.core.workspace import Workspace
from storregion.sources import housing


def test_homes_and_households_have_their_published_totals(bundled: Workspace) -> None:
    completed = bundled.table("housing").filter(year=2019)
    members = bundled.table("membership").filter(place=bundled.group.code)
    assert completed["dwellings_completed"].sum() == 55_659
    assert completed.join(members, on="municipality", how="semi")["dwellings_completed"].sum() == 25_677
    assert bundled.table("households_dwelling")["households"].sum() == 4_707_272


def test_the_years_of_new_assessments_are_breaks(bundled: Workspace) -> None:
    breaks = bundled.table("series_breaks").filter(series="housing")
    assert breaks["year"].to_list() == [2018, 2024]
    # The ratio falls for nearly all at once when values are assessed anew, which prices did not.
    ratio = bundled.table("housing").pivot(on="year", index="municipality", values="price_to_assessed_value")
    assert (ratio["2018"] < ratio["2017"]).mean() > 0.9  # type: ignore[operator]
    prices = bundled.table("housing").group_by("year").agg(pl.col("house_price_sek").median())
    median = dict(prices.iter_rows())
    assert median[2018] > median[2017]


def test_prices_in_thousands_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "housing.csv"
    header = "municipality,year,dwellings_completed,price_to_assessed_value,house_price_sek"
    file.write_text(f"{header}\n0114,2020,10,1.5,3120\n", "utf-8")
    municipalities = pl.DataFrame({"municipality": ["0114"]})
    with pytest.raises(DataError, match=r"below 50000 kronor.*3120.*in thousands: give them in whole kronor"):
        housing.housing(file, municipalities)
    file.write_text(f"{header}\n0114,2020,10,1.5,{housing.LEAST_PRICE}\n", "utf-8")
    assert housing.housing(file, municipalities)["house_price_sek"].item() == housing.LEAST_PRICE
