"""Production and ports: the totals that are published, and which sums a year has."""

import polars as pl
import pytest

from storregion.core.workspace import Workspace

PARTS = ("domestic_unloaded_kt", "domestic_loaded_kt", "foreign_unloaded_kt", "foreign_loaded_kt")


def test_regional_product_has_its_published_sum(bundled: Workspace) -> None:
    rows = bundled.table("gross_regional_product").filter(year=2019)
    assert rows["gdp_million_sek"].sum() == pytest.approx(5_048_572, abs=1)
    # One rate of exchange for all: 10.589 kronor to the euro in 2019.
    rate = rows["gdp_million_sek"] / rows["gdp_million_eur"]
    assert rate.min() == pytest.approx(10.589, abs=0.001)
    assert rate.max() == pytest.approx(10.589, abs=0.001)


def test_goods_add_up_in_every_row(bundled: Workspace) -> None:
    rows = bundled.table("port_goods")
    apart = rows.filter(year=2022)
    assert apart.filter(pl.sum_horizontal(PARTS) != pl.col("total_kt")).height == 0
    assert set(apart["sums_absent"]) == {"missing"}
    together = rows.filter(year=2024)
    assert together.filter(pl.col("domestic_kt") + pl.col("foreign_kt") != pl.col("total_kt")).height == 0
    assert set(together["directions_absent"]) == {"missing"}
